"""Sign-in and sign-out of staff as audit rows and a session: a password or the company's word, then a second step.

Whoever has proven the first step only is half signed in (cognito_portal.ops.staff.half) and reaches nothing.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from cognito_portal import access, clients, identity, throttle
from cognito_portal.actors import actor, visitor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.staff import factors, half, passkeys
from cognito_portal.ops.staff.half import Half
from cognito_portal.ops.staff.person import POOL, person_of
from cognito_portal.revocation import revoke_quietly

SSO = "sso"
PASSWORD = "password"


class Next(StrEnum):
    """What follows a first step that was right: nothing, or a page of this name."""

    DONE = "done"
    SECOND_STEP = "second_step"
    SET_UP = "set_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """A first step that was right, of somebody who is called `typed` in the log.

    `roles` and `trusted` are of a company's sign-in: what its ID token gives the person, and whether it counts
    for the second step as well.
    """

    user: User
    call: record.Call
    typed: str
    next_path: str
    roles: tuple[str, ...] | None = None
    trusted: bool = False


def admit(request: HttpRequest, username: str) -> record.Call:
    """Take one of the tries that this name and address have left. Raises `throttle.Throttled`."""
    return throttle.admit(
        event=Event.STAFF_SIGNED_IN,
        step=PASSWORD,
        attempt_id=secrets.token_hex(16),
        turn=0,
        person=record.Person(pool_id=POOL, typed=username.strip()),
        client_id="",
        by=visitor(request),
    )


def go_on(request: HttpRequest, first: First) -> Next:
    """Sign in whoever needs no second step; let the others have half a sign-in, in one transaction with the row."""
    user, call = first.user, first.call
    held: Collection[str] = access.groups_of(user) if first.roles is None else first.roles
    can = factors.has_factor(user)
    needs = can or factors.is_required(held, settings.STAFF_MFA_REQUIRED)
    if first.trusted or not needs:
        with _session_changes(request):
            step = SSO if first.trusted else ""
            _sign_in(request, user, call, step=step, roles=first.roles, typed=first.typed)
        return Next.DONE
    with _session_changes(request):
        record.end(call, outcome=Outcome.CHALLENGE, person=person_of(user, typed=first.typed))
        # Whoever was here before has no part in what begins now.
        request.session.flush()
        begun = Half(
            user_id=user.pk,
            typed=first.typed,
            attempt_id=call.attempt_id,
            turn=1,
            since=time.time(),
            proof=user.get_session_auth_hash(),
            next_path=first.next_path,
            roles=first.roles,
            passkey=_challenge(request, user),
        )
        half.keep(request.session, begun)
        request.session.set_expiry(settings.STAFF_HALF_SECONDS)
        request.session.save()
    rotate_token(request)
    return Next.SECOND_STEP if can else Next.SET_UP


def refuse(call: record.Call) -> None:
    """Write down that name and password were not right."""
    record.end(call, outcome=Outcome.BAD_CREDENTIALS)


def answer_code(request: HttpRequest, begun: Half, user: User, code: str) -> Outcome:
    """Hold a code of an app, or a recovery code, against the person's; SUCCESS signs them in.

    Raises `throttle.Throttled`, `record.AlreadyTaken` and `record.AuditUnavailable`.
    """
    call = _admit(Event.STAFF_ANSWERED, request, begun, user, step=factors.kind_of(code))
    with _session_changes(request):
        checked = factors.check(user, code)
        if checked.outcome is Outcome.SUCCESS and checked.factor is not None:
            checked.factor.record_usage()
            _sign_in(request, user, call, step=checked.kind, roles=begun.roles, typed=begun.typed)
        else:
            _ask_again(request, begun, user, call, checked.outcome)
    return checked.outcome


def answer_passkey(request: HttpRequest, begun: Half, user: User, answer: dict[str, Any]) -> Outcome:
    """Hold what a passkey signed against the challenge of this half sign-in. Raises as `answer_code`."""
    call = _admit(Event.STAFF_ANSWERED, request, begun, user, step=factors.PASSKEY)
    with _session_changes(request):
        used = passkeys.check(request, user, begun.passkey, answer)
        if used is None:
            _ask_again(request, begun, user, call, Outcome.PASSKEY_REFUSED)
            return Outcome.PASSKEY_REFUSED
        used.record_usage()
        _sign_in(request, user, call, step=factors.PASSKEY, roles=begun.roles, typed=begun.typed)
    return Outcome.SUCCESS


def set_up_app(
    request: HttpRequest, begun: Half, user: User, *, secret: str, code: str
) -> tuple[Outcome, list[str]]:
    """Set up the app of somebody who has no second step yet, and sign them in: the outcome and recovery codes.

    Raises as `answer_code`.
    """

    def add() -> Outcome:
        outcome = factors.check_new_app(user, secret, code)
        if outcome is Outcome.SUCCESS:
            factors.add_app(user, secret)
        return outcome

    return _set_up(request, begun, user, factors.APP, add)


def set_up_passkey(
    request: HttpRequest, begun: Half, user: User, *, name: str, answer: dict[str, Any]
) -> tuple[Outcome, list[str]]:
    """The same with a passkey that the browser made."""

    def add() -> Outcome:
        if begun.passkey is None or not passkeys.is_new(request, begun.passkey, answer):
            return Outcome.PASSKEY_REFUSED
        passkeys.add(user, name=name, credential=answer)
        return Outcome.SUCCESS

    return _set_up(request, begun, user, factors.PASSKEY, add)


def _set_up(
    request: HttpRequest, begun: Half, user: User, kind: str, add: Callable[[], Outcome]
) -> tuple[Outcome, list[str]]:
    call = _admit(Event.STAFF_FACTOR_ADDED, request, begun, user, step=kind)
    with _session_changes(request):
        # In another tab one may have been set up meanwhile, and then that one has to be proven.
        outcome = Outcome.NOT_AVAILABLE if factors.has_factor(user) else add()
        if outcome is not Outcome.SUCCESS:
            _ask_again(request, begun, user, call, outcome)
            return outcome, []
        codes = factors.new_recovery_codes(user)
        _sign_in(request, user, call, step=kind, roles=begun.roles, typed=begun.typed)
    return outcome, codes


def sign_out(request: HttpRequest) -> None:
    """End the session, in one transaction with its row."""
    with record.write_transaction():
        record.note(event=Event.STAFF_SIGNED_OUT, outcome=Outcome.SUCCESS, by=actor(request))
        request.session.delete()
    logout(request)


def _admit(event: Event, request: HttpRequest, begun: Half, user: User, *, step: str) -> record.Call:
    return throttle.admit(
        event=event,
        step=step,
        attempt_id=begun.attempt_id,
        turn=begun.turn,
        person=begun.person(user),
        client_id="",
        by=visitor(request),
    )


def _challenge(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """What a passkey of this person's has to answer, or what they may make one with who have no second step."""
    if factors.has_factor(user):
        return passkeys.ask(request, user)
    return passkeys.ask_for_new(request, user)


def _ask_again(request: HttpRequest, begun: Half, user: User, call: record.Call, outcome: Outcome) -> None:
    record.end(call, outcome=outcome)
    half.keep(request.session, begun.after_a_try(_challenge(request, user)))
    request.session.save()


def _sign_in(
    request: HttpRequest,
    user: User,
    call: record.Call,
    *,
    step: str,
    roles: tuple[str, ...] | None,
    typed: str,
) -> None:
    """Make this session the staff member's; the caller's transaction holds the end row and this."""
    record.end(call, outcome=Outcome.SUCCESS, person=person_of(user, typed=typed))
    # Whoever was here before, and an unfinished sign-in of theirs, has no part in a session of staff.
    request.session.flush()
    login(request, user)
    request.session[identity.SINCE] = request.session[identity.SEEN] = time.time()
    if step:
        request.session[access.SECOND_STEP] = step
    if roles is not None:
        request.session[access.ROLES] = list(roles)
    request.session.save()


@contextmanager
def _session_changes(request: HttpRequest) -> Iterator[None]:
    """One transaction for a session and its rows; a Cognito user who goes with it is signed out at Cognito too."""
    held = identity.held_refresh_token(request.session)
    with record.write_transaction():
        yield
    if identity.held_refresh_token(request.session) != held:
        revoke_quietly(clients.cognito_aside(), held)
