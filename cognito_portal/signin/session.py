"""Where the attempt lives between two requests, and the one place that writes it (decision D5).

After each call to Cognito exactly one state follows: a next attempt (advanced or kept), a signed-in person,
or the end. The call's end row and that state are one transaction, so that no grant exists without its row.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted

from cognito_portal import identity
from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.identity import CognitoUser, Tokens
from cognito_portal.signin import devices
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.devices import Device

ATTEMPT = "attempt"
NOTICE = "notice"
# A little longer than the longest Session of Cognito's, so that an expired step can still be renewed.
HALF_SIGNED_IN_S = 20 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the next page has to say after an attempt ended.

    `kind` is "done", "unsupported", or one of `signin.words.NOTICES`; `reference` stands with "unsupported".
    """

    kind: str
    pool_id: str
    username: str = ""
    password_changed: bool = False
    factor_enrolled: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A browser to be remembered: what Cognito knows it by, and the token for its cookie."""

    device: Device
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The end of the walk: a verified person and the tokens that were granted.

    `email` is the address that a verified token calls verified, or empty.
    """

    user: CognitoUser
    tokens: Tokens
    email: str = ""
    password_changed: bool = False
    factor_enrolled: bool = False
    remembered: Remembered | None = None
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The attempt is over without a grant."""

    notice: Notice | None = None


State = Attempt | SignedIn | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRow:
    """The end of one call, as the audit log will hold it."""

    call: record.Call
    outcome: Outcome
    person: record.Person
    error_code: str = ""
    request_id: str = ""


class AttemptStore:
    """The attempt of one browser, round its Django session."""

    def __init__(self, session: SessionBase, *, pool_id: str, client_id: str) -> None:
        self._session = session
        self._pool_id = pool_id
        self._client_id = client_id

    @property
    def has_attempt(self) -> bool:
        """Whether anything stands where an attempt does, or in a session that cannot be read at all."""
        return ATTEMPT in self._session or getattr(self._session, "is_unreadable", False)

    def load(self) -> Attempt | None:
        """The attempt, or None where there is none or it cannot be read (`has_attempt` tells which)."""
        stored = self._session.get(ATTEMPT)
        return Attempt.from_session(stored, pool_id=self._pool_id, client_id=self._client_id)

    def notice(self) -> Notice | None:
        """What the last attempt of this browser left to be said."""
        stored = self._session.get(NOTICE)
        try:
            notice = Notice(**stored) if isinstance(stored, dict) else None
        except TypeError:
            return None
        return notice if notice is not None and notice.pool_id == self._pool_id else None

    def refresh_token(self) -> str | None:
        """The refresh token of whoever is signed in with this session, or None."""
        return identity.held_refresh_token(self._session)

    def commit(self, end_row: EndRow, state: State) -> None:
        """Write the call's end row and the state that follows it, in one transaction.

        Raises `record.AuditUnavailable` where either cannot be written; then neither is. Raises
        `SessionInterrupted` where another request ended this session meanwhile and no grant came of it; then
        only the row is written. A grant stands all the same: its person answered everything.
        """
        try:
            with record.write_transaction():
                self._end(end_row)
                self._end_somebody_else(state, end_row.call.by)
                self._write(state)
        except UpdateError as error:
            self._drop()
            self._end(end_row)
            raise SessionInterrupted("Another request of this browser ended the sign-in.") from error
        except record.AuditUnavailable:
            self._drop()
            raise

    def _end(self, row: EndRow) -> None:
        record.end(
            row.call,
            outcome=row.outcome,
            person=row.person,
            error_code=row.error_code,
            request_id=row.request_id,
        )

    def _end_somebody_else(self, state: State, by: record.By) -> None:
        # A sign-in in the browser of somebody who is signed in ends theirs (decision D6).
        if not isinstance(state, Ended) and identity.names_somebody(self._session):
            identity.record_end(self._session, outcome=Outcome.RECORDED, by=by)

    def end(self, notice: Notice | None = None) -> None:
        """End the attempt outside any call: it ran out, could not be read, or was given up."""
        self._write(Ended(notice))

    def _drop(self) -> None:
        # What was not committed must not be saved later either: the session middleware would do just that.
        self._session.clear()
        self._session.modified = False

    def _write(self, state: State) -> None:
        if isinstance(state, Attempt):
            self._write_attempt(state)
        elif isinstance(state, SignedIn):
            self._write_signed_in(state)
        else:
            self._write_end(state)

    def _write_attempt(self, attempt: Attempt) -> None:
        earlier = self.load()
        if identity.names_somebody(self._session):
            self._session.flush()
        is_step_up = earlier is None or earlier.cognito_session != attempt.cognito_session
        self._session.pop(NOTICE, None)
        self._session[ATTEMPT] = attempt.to_session()
        self._session.set_expiry(HALF_SIGNED_IN_S)
        if is_step_up and self._session.session_key is not None:
            self._session.cycle_key()
        self._session.save()

    def _write_signed_in(self, state: SignedIn) -> None:
        # A session that named somebody else, or carried anything of theirs, is not built upon.
        self._session.flush()
        identity.sign_in(self._session, state.user, state.tokens)
        self._session[NOTICE] = _stored(
            Notice(
                kind="done",
                pool_id=self._pool_id,
                username=state.user.username,
                password_changed=state.password_changed,
                factor_enrolled=state.factor_enrolled,
            )
        )
        self._session.save()
        _keep_devices(state)

    def _write_end(self, state: Ended) -> None:
        had_attempt = self._session.pop(ATTEMPT, None) is not None
        had_notice = self._session.pop(NOTICE, None) is not None
        if state.notice is not None:
            self._session[NOTICE] = _stored(state.notice)
        is_anonymous = not identity.names_somebody(self._session)
        if state.notice is not None and is_anonymous:
            self._session.set_expiry(HALF_SIGNED_IN_S)
        if had_attempt and is_anonymous and state.notice is None:
            self._session.flush()
        elif had_attempt or had_notice or state.notice is not None:
            self._session.save()


def _keep_devices(state: SignedIn) -> None:
    user = state.user
    if state.password_changed:
        devices.forget(pool_id=user.pool_id, sub=user.sub)
    if state.remembered is not None:
        devices.remember(state.remembered.device, state.remembered.token)


def _stored(notice: Notice) -> dict[str, Any]:
    return {name: getattr(notice, name) for name in notice.__slots__}
