"""One act of a person, and every call that follows from it without asking them again.

Each call keeps to one order of work: its begin row is committed, Cognito is called, its end row is committed;
the last one's together with the state that follows.
"""

from dataclasses import dataclass, field, replace

from cognito_portal import throttle
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoRefused, CognitoUnavailable
from cognito_portal.cognito.types import (
    AuthenticationResult,
    AuthFlow,
    ChallengeName,
    IssuedChallenge,
    SoftwareTokenSecret,
    SoftwareTokenVerified,
)
from cognito_portal.outcomes import outcome_of
from cognito_portal.signin import devices, granting
from cognito_portal.signin.attempt import MAX_TRIES, Attempt, Beginning
from cognito_portal.signin.automatic import DEVICE_STEPS, Ask, Received, next_ask
from cognito_portal.signin.endings import ended, notice_for
from cognito_portal.signin.session import Ended, EndRow, State
from cognito_portal.signin.walk import Walk, person_of

# Cognito asks four things at most without a word from the person; a server that asks for ever is stopped.
MAX_CALLS = 8
# How Cognito says that it does not know a DEVICE_KEY is told by its message alone, if at all.
DEVICE_LOST = frozenset({Cause.DEVICE_UNKNOWN, Cause.NO_SUCH_CLIENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where one act stands between two calls.

    `attempt` is the one that the next call answers, None before InitiateAuth. `renewing` is the attempt
    whose place a renewal takes: whatever becomes of the renewal, its own Session lives on. `is_first`: the
    person sits before the start page. `made` lists the calls of this act so far, as (turn, step).
    """

    walk: Walk
    event: Event
    attempt_id: str
    turn: int
    person: record.Person
    beginning: Beginning
    attempt: Attempt | None = None
    renewing: Attempt | None = None
    is_first: bool = False
    made: list[tuple[int, str]] = field(default_factory=list)

    @property
    def next_turn(self) -> int:
        """The first turn after those that this act's calls have taken."""
        return max((turn for turn, _ in self.made), default=self.turn - 1) + 1

    @property
    def step(self) -> str:
        """The step that this act's last call was for."""
        return self.made[-1][1] if self.made else ""

    def carry_out(self, ask: Ask) -> State:
        """Make a call, and those that follow by themselves, until a person is asked, signed in, or refused.

        Raises `throttle.Throttled` and `record.AlreadyTaken` (this call was not made), `CognitoError`
        (refused or no answer; the log knows why) and `record.AuditUnavailable`.
        """
        run = self
        for _ in range(MAX_CALLS):
            call, received = run._made(ask)
            if isinstance(received, AuthenticationResult):
                return granting.grant(run.walk, call, received, run._grounds())
            attempt = run._attempt_after(received)
            following = next_ask(run.walk, attempt, received, ask.hand)
            if following is None:
                return run._asked(call, attempt, received)
            run._step_done(call, attempt, received)
            run = replace(
                run,
                attempt=attempt,
                turn=attempt.turn,
                person=person_of(attempt),
                event=run.event if run.renewing else Event.SIGNIN_ANSWERED,
            )
            ask = following
        return run._asked(call, attempt, received)

    def _step_done(self, call: record.Call, attempt: Attempt, received: Received) -> None:
        """Write down a call that another follows by itself; where that one fails, the walk stands here."""
        row = EndRow(
            call=call,
            outcome=self._outcome_before(attempt),
            person=person_of(attempt),
            request_id=_id(received),
        )
        if self.renewing is None and not self.is_first and self.walk.has_page(attempt.challenge):
            self.walk.commit(row, attempt)
        else:
            record.end(call, outcome=row.outcome, person=row.person, request_id=row.request_id)

    def _outcome_before(self, attempt: Attempt) -> Outcome:
        """How a call ended that brought this question. A custom one put again was, for all we know, answered wrong."""
        before = self.attempt.challenge if self.attempt else ""
        is_again = before == attempt.challenge == ChallengeName.CUSTOM_CHALLENGE
        return Outcome.ASKED_AGAIN if is_again else Outcome.CHALLENGE

    def _made(self, ask: Ask) -> tuple[record.Call, Received]:
        call = throttle.admit(
            event=self.event,
            step=ask.step,
            attempt_id=self.attempt_id,
            turn=self.turn,
            person=self.person,
            client_id=self.walk.client.client_id,
            by=self.walk.by,
        )
        self.made.append((self.turn, ask.step))
        try:
            return call, ask.send()
        except CognitoError as error:
            self._refused(call, error)
            raise

    def _refused(self, call: record.Call, error: CognitoError) -> None:
        row = EndRow(
            call=call,
            outcome=outcome_of(error),
            person=self.person,
            error_code=error.code,
            request_id=error.request_id or "",
        )
        self.walk.commit(row, self._after_refusal(error))
        device = self.walk.device
        if device is not None and self._is_at_device and is_device_lost(error):
            devices.forget(pool_id=device.pool_id, sub=device.sub, device_key=device.device_key)

    @property
    def _is_at_device(self) -> bool:
        return self.attempt is not None and self.attempt.challenge in DEVICE_STEPS

    def _after_refusal(self, error: CognitoError) -> State:
        """Keep the attempt where its Session lives on; otherwise end it, and say why on the next page."""
        if self.renewing is not None:
            return self.renewing.kept(turn=self.turn)
        attempt = self.attempt
        if attempt is None:
            return self._stand_in() if self._is_by_name_alone and error.meaning.uniform else Ended()
        cause = error.meaning.cause
        if self._is_at_device:
            return self._over("device_unknown")
        if error.meaning.restart or not self.walk.has_page(attempt.challenge):
            return self._over(notice_for(error))
        missing = error.attribute if isinstance(error, CognitoRefused) else None
        also_required = missing if cause is Cause.ATTRIBUTE_MISSING else None
        wrong_codes = 1 if cause is Cause.CODE_MISMATCH else 0
        kept = attempt.kept(also_required=also_required, wrong_codes=wrong_codes)
        return ended(attempt, "too_many_codes") if kept.tries >= MAX_TRIES else kept

    @property
    def _is_by_name_alone(self) -> bool:
        return self.event is Event.SIGNIN_USERNAME_SENT

    def _stand_in(self) -> Attempt:
        """What a name that Cognito refuses at once is asked: what others are, so that it tells nothing (D2)."""
        is_custom = self.beginning.flow == AuthFlow.CUSTOM_AUTH
        asked = IssuedChallenge(
            name=ChallengeName.CUSTOM_CHALLENGE if is_custom else ChallengeName.SELECT_CHALLENGE,
            parameters={},
            session=None,
            available_challenges=(ChallengeName.PASSWORD.value,),
            request_id=None,
        )
        return replace(self._attempt_after(asked), is_stand_in=True)

    def _over(self, kind: str) -> Ended:
        """The end of the attempt. Of a sign-in that has shown no page yet, the start page itself says why: a
        session made for a notice would tell one refusal from another (D2).
        """
        if self.attempt is None or self.is_first:
            return Ended()
        return ended(self.attempt, kind)

    def _attempt_after(self, received: Received) -> Attempt:
        if isinstance(received, SoftwareTokenSecret):
            return self._present().with_secret_code(received)
        if isinstance(received, SoftwareTokenVerified):
            return self._present().with_app_verified(received)
        assert isinstance(received, IssuedChallenge)  # noqa: S101 - tokens never come here
        minutes = self.walk.session_minutes()
        if self.attempt is not None:
            return self.attempt.advanced(received, session_minutes=minutes, password=self.beginning.password)
        return Attempt.begun(
            received,
            attempt_id=self.attempt_id,
            turn=self.turn + 1,
            pool_id=self.walk.client.pool_id,
            client_id=self.walk.client.client_id,
            beginning=self.beginning,
            session_minutes=minutes,
        )

    def _present(self) -> Attempt:
        if self.attempt is None:
            raise LookupError("no challenge was answered")
        return self.attempt

    def _asked(self, call: record.Call, attempt: Attempt, received: Received) -> State:
        """Cognito asks something of the person: the attempt is stored, or ends where there is no page for it."""
        if self.renewing is not None:
            attempt = attempt.after_renewal(self.renewing)
        supported = self.walk.has_page(attempt.challenge)
        state: State = attempt if supported else ended(attempt, "unsupported", reference=call.call_id[:8])
        row = EndRow(
            call=call,
            outcome=self._outcome_before(attempt) if supported else Outcome.UNSUPPORTED_CHALLENGE,
            person=person_of(attempt),
            error_code="" if supported else attempt.challenge,
            request_id=_id(received),
        )
        self.walk.commit(row, state)
        return state

    def _grounds(self) -> granting.Grounds:
        attempt = None if self.renewing else self.attempt
        return granting.Grounds(
            attempt=self.attempt,
            typed=self.beginning.username,
            password_changed=attempt is not None and attempt.changes_password,
            factor_enrolled=attempt is not None and attempt.enrols_factor,
            remember=self.beginning.remember,
            goal=self.beginning.goal,
        )


def is_device_lost(error: CognitoError) -> bool:
    """Whether Cognito no longer takes a device's proof, whatever its words for that; not: it failed itself."""
    if isinstance(error, CognitoUnavailable):
        return error.kind == "garbage"
    return error.meaning.cause in DEVICE_LOST or not error.meaning.our_fault


def _id(received: Received) -> str:
    return received.request_id or ""
