"""Who is signed in through Cognito: `request.cognito_user` (decision D6).

No auth.User stands behind such a person. What is known of them stands under one session key; their tokens
stand encrypted beside it, kept only because signing out must revoke them and the account page acts with them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase

from cognito_portal import clients
from cognito_portal.actors import actor
from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.encryption import seal, unseal
from cognito_portal.failures import unavailable
from cognito_portal.revocation import revoke_quietly
from cognito_portal.sessions import hold

SIGNED_IN = "cognito_user"
TOKENS = "cognito_tokens"
SEEN = "seen"
SINCE = "since"
TOKENS_PURPOSE = "portal/tokens/v1"
SEEN_GRAIN_S = 60
# How far before a session's start by this machine's clock its first row may stand by another's.
MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CognitoUser:
    """A person whose ID and access tokens were verified. `since` is seconds of the epoch."""

    pool_id: str
    client_id: str
    username: str
    typed: str
    sub: str
    groups: tuple[str, ...]
    attempt_id: str
    since: float

    @property
    def shown_name(self) -> str:
        """What the person knows themselves by: pools with an address as username name them by their sub."""
        return self.typed if self.username == self.sub else self.username

    @property
    def signed_in_at(self) -> datetime:
        return datetime.fromtimestamp(self.since, tz=UTC)

    def to_session(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"groups": list(self.groups)}

    @classmethod
    def from_session(cls, stored: Any) -> "CognitoUser | None":
        """The user that a session names, or None where it names none that this release can read."""
        if not isinstance(stored, dict):
            return None
        try:
            return cls(**{**stored, "groups": tuple(stored["groups"])})
        except (TypeError, KeyError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What Cognito granted a person. `access_expires_at` is seconds of the epoch.

    `serial` counts how often they were asked to be refreshed: a refresh of each serial is made once.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    access_expires_at: float
    device_key: str | None = field(default=None, repr=False)
    serial: int = 0


def sign_in(session: SessionBase, user: CognitoUser, tokens: Tokens) -> None:
    """Write a verified user and their tokens into a session; the caller saves it in its transaction."""
    session[SIGNED_IN] = user.to_session()
    keep_tokens(session, user, tokens)
    session[SEEN] = user.since
    session.set_expiry(settings.COGNITO_USER_ABSOLUTE_SECONDS)


def keep_tokens(session: SessionBase, user: CognitoUser, tokens: Tokens) -> None:
    """Put tokens, encrypted, in the place of those that the session holds; the caller saves it."""
    kept = {name: getattr(tokens, name) for name in tokens.__slots__}
    session[TOKENS] = seal(kept, purpose=TOKENS_PURPOSE, bound_to=bound_to(user))


def tokens_of(session: SessionBase, user: CognitoUser) -> Tokens | None:
    """The tokens that a session holds, or None where there are none that this release can read."""
    kept = unseal(str(session.get(TOKENS, "")), purpose=TOKENS_PURPOSE, bound_to=bound_to(user))
    try:
        return Tokens(**kept) if kept else None
    except TypeError:
        return None


def refresh_token(session: SessionBase, user: CognitoUser) -> str | None:
    """The refresh token kept for signing out, or None where there is none or its key is gone."""
    tokens = tokens_of(session, user)
    return tokens.refresh_token if tokens else None


def held_refresh_token(session: SessionBase) -> str | None:
    """The refresh token of whoever is signed in with this session, or None; of the present app client alone."""
    user = CognitoUser.from_session(session.get(SIGNED_IN))
    here = (settings.COGNITO_USER_POOL_ID, settings.COGNITO_CLIENT_ID)
    return refresh_token(session, user) if user and (user.pool_id, user.client_id) == here else None


def is_fresh(user: CognitoUser, *, now: float) -> bool:
    """Whether this person signed in so lately that they may change how they sign in (ASVS 7.5.1)."""
    fresh_s: int = settings.FRESH_SIGN_IN_SECONDS
    return now - user.since <= fresh_s


def names_somebody(session: SessionBase) -> bool:
    """Whether anybody, Cognito user or staff, is signed in with this session."""
    return SIGNED_IN in session or SESSION_KEY in session


def bound_to(user: CognitoUser) -> str:
    """What everything encrypted in this person's session is bound to, so that it opens for nobody else."""
    return f"{user.pool_id}|{user.client_id}|{user.sub}"


def person_of(user: CognitoUser) -> record.Person:
    """Whom the audit rows of a signed-in person speak of."""
    return record.Person(pool_id=user.pool_id, typed=user.typed, canonical=user.username, sub=user.sub)


def current_user(request: HttpRequest) -> CognitoUser | None:
    """Who is signed in through Cognito in this request, or None."""
    user: CognitoUser | None = getattr(request, "cognito_user", None)
    return user


def signed_in_user(request: HttpRequest) -> CognitoUser:
    """The same behind `access.cognito_user_required`, where it is certain. Raises LookupError elsewhere."""
    user = current_user(request)
    if user is None:
        raise LookupError("nobody is signed in")
    return user


class CognitoUserMiddleware:
    """Sets `request.cognito_user`, and ends sessions that are too old, were left alone (ASVS 7.3), or were ended
    by another session of the same person (ASVS 7.4.3).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.cognito_user = None  # type: ignore[attr-defined]
        if request.COOKIES.get(settings.SESSION_COOKIE_NAME):
            try:
                _end_if_over(request)
                request.cognito_user = _current(request)  # type: ignore[attr-defined]
            except (record.AuditUnavailable, DatabaseError, InterfaceError):
                return unavailable(request)
        return self.get_response(request)


def _current(request: HttpRequest) -> CognitoUser | None:
    user = CognitoUser.from_session(request.session.get(SIGNED_IN))
    if user is None or user.pool_id != settings.COGNITO_USER_POOL_ID:
        return None
    ended_by = queries.find_end_of_session(
        pool_id=user.pool_id, sub=user.sub, attempt_id=user.attempt_id, since=user.signed_in_at - MARGIN
    )
    if ended_by is None:
        return user
    _end(request, step=ended_by)
    return None


def _end_if_over(request: HttpRequest) -> None:
    session = request.session
    if not names_somebody(session):
        return
    now = time.time()
    is_staff = SESSION_KEY in session
    idle_s = settings.STAFF_IDLE_SECONDS if is_staff else settings.COGNITO_USER_IDLE_SECONDS
    absolute_s = settings.STAFF_ABSOLUTE_SECONDS if is_staff else settings.COGNITO_USER_ABSOLUTE_SECONDS
    stored = session.get(SIGNED_IN)
    since = session.get(SINCE, now) if is_staff or not isinstance(stored, dict) else stored.get("since", 0)
    seen = session.get(SEEN, since)
    if now - since > absolute_s or now - seen > idle_s:
        _end(request)
    elif now - seen > SEEN_GRAIN_S:
        _see(session, now)


def _see(session: SessionBase, now: float) -> None:
    """Note that the session is in use, at once: a request that saved it at its end would write back tokens that
    another one has refreshed meanwhile.
    """
    try:
        with record.write_transaction():
            hold(session)
            session[SEEN] = now
            session.save()
    except UpdateError:
        session.flush()


def _end(request: HttpRequest, *, step: str = "") -> None:
    """End a session here, with its row, and then at Cognito: its tokens outlive it by weeks."""
    held = held_refresh_token(request.session)
    with record.write_transaction():
        record_end(request.session, outcome=Outcome.EXPIRED, by=actor(request), step=step)
        request.session.flush()
    revoke_quietly(clients.cognito_aside(), held)


def record_end(session: SessionBase, *, outcome: Outcome, by: record.By, step: str = "") -> None:
    """Write down that the session of whoever it names ends; the caller ends it in the same transaction.

    `step` names what ended it, where that was another act.
    """
    user = CognitoUser.from_session(session.get(SIGNED_IN))
    record.note(
        event=Event.STAFF_SESSION_ENDED if SESSION_KEY in session else Event.ACCOUNT_SESSION_ENDED,
        outcome=outcome,
        by=by,
        step=step,
        person=person_of(user) if user else None,
        attempt_id=user.attempt_id if user else "",
        client_id=user.client_id if user else "",
    )
