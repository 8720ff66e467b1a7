"""What staff change about their own sign-in. Each is an audit row, and a mail to whom it is about.

Raises `throttle.Throttled` where a secret is tried, and `record.AuditUnavailable`: no row, no change.
"""

import secrets
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from cognito_portal import access, identity, throttle
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.mail import What
from cognito_portal.ops.staff import factors, passkeys
from cognito_portal.ops.staff.people import tell
from cognito_portal.ops.staff.person import person_of
from cognito_portal.ops.staff.signing_in import PASSWORD

NEW_PASSKEY = "staff_new_passkey"
"""The session's key for what a passkey is being made with: it is good for one try."""


def is_fresh(session: SessionBase, *, now: float) -> bool:
    """Whether this person signed in so lately that they may change how they sign in (ASVS 7.5.1)."""
    fresh_s: int = settings.FRESH_SIGN_IN_SECONDS
    return 0 <= now - float(session.get(identity.SINCE, 0)) <= fresh_s


def add_app(request: HttpRequest, user: User, *, secret: str, code: str) -> tuple[Outcome, list[str]]:
    """Have codes of this app asked for, in the place of an earlier one's: the outcome, and recovery codes where
    there were none.
    """
    call = _admit(Event.STAFF_FACTOR_ADDED, factors.APP, request, user)
    codes: list[str] = []
    with record.write_transaction():
        outcome = factors.check_new_app(user, secret, code)
        record.end(call, outcome=outcome)
        if outcome is Outcome.SUCCESS:
            factors.add_app(user, secret)
            codes = _added(request, user, factors.APP)
    if outcome is Outcome.SUCCESS:
        tell(user, What.FACTOR_ADDED, actor(request))
    return outcome, codes


def begin_passkey(request: HttpRequest, user: User) -> None:
    """Keep what the browser will make a passkey with."""
    with record.write_transaction():
        request.session[NEW_PASSKEY] = passkeys.ask_for_new(request, user) | {"since": time.time()}
        request.session.save()


def new_passkey(session: SessionBase, *, now: float) -> dict[str, Any] | None:
    """What a passkey is being made with, or None where nothing was begun within the time of a half sign-in."""
    asked = session.get(NEW_PASSKEY)
    if not isinstance(asked, dict) or not 0 <= now - asked.get("since", 0) <= settings.STAFF_HALF_SECONDS:
        return None
    return asked


def add_passkey(
    request: HttpRequest, user: User, asked: dict[str, Any], *, name: str, answer: dict[str, Any]
) -> tuple[Outcome, list[str]]:
    """Keep a passkey that the browser made; otherwise as `add_app`."""
    codes: list[str] = []
    with record.write_transaction():
        outcome = Outcome.SUCCESS if passkeys.is_new(request, asked, answer) else Outcome.PASSKEY_REFUSED
        _note(Event.STAFF_FACTOR_ADDED, outcome, request, user, step=factors.PASSKEY)
        del request.session[NEW_PASSKEY]
        if outcome is Outcome.SUCCESS:
            passkeys.add(user, name=name, credential=answer)
            codes = _added(request, user, factors.PASSKEY)
        request.session.save()
    if outcome is Outcome.SUCCESS:
        tell(user, What.PASSKEY_ADDED, actor(request))
    return outcome, codes


def remove(request: HttpRequest, user: User, factor_id: int) -> bool:
    """Take a factor away; False where there is none of this id, or it is the last one that their role asks for."""
    may_be_last = not factors.is_required(access.roles_of(request), settings.STAFF_MFA_REQUIRED)
    with record.write_transaction():
        kind = factors.remove(user, factor_id, may_be_last=may_be_last)
        if not kind:
            return False
        _note(Event.STAFF_FACTOR_REMOVED, Outcome.SUCCESS, request, user, step=kind)
        if not factors.has_factor(user):
            request.session.pop(access.SECOND_STEP, None)
            request.session.save()
    is_passkey = kind == factors.PASSKEY
    tell(user, What.PASSKEY_REMOVED if is_passkey else What.FACTORS_CHANGED, actor(request))
    return True


def new_recovery_codes(request: HttpRequest, user: User) -> list[str]:
    """Ten new recovery codes, or none where there is no other factor that they could stand in for."""
    with record.write_transaction():
        if not factors.has_factor(user):
            return []
        codes = factors.new_recovery_codes(user)
        _note(Event.STAFF_RECOVERY_CODES_MADE, Outcome.SUCCESS, request, user)
    tell(user, What.RECOVERY_CODES_MADE, actor(request))
    return codes


def change_password(request: HttpRequest, user: User, *, present: str, new: str) -> Outcome:
    """Set a new password where the present one is right. This session goes on; every other one ends."""
    call = _admit(Event.STAFF_PASSWORD_CHANGED, PASSWORD, request, user)
    if not user.check_password(present):
        record.end(call, outcome=Outcome.BAD_CREDENTIALS)
        return Outcome.BAD_CREDENTIALS
    user.set_password(new)
    with record.write_transaction():
        record.end(call, outcome=Outcome.SUCCESS)
        user.save(update_fields=["password"])
        # The hash of the password stands in every session: those of the old one are worth nothing now.
        update_session_auth_hash(request, user)
        request.session.save()
    tell(user, What.PASSWORD_CHANGED, actor(request))
    return Outcome.SUCCESS


def _added(request: HttpRequest, user: User, kind: str) -> list[str]:
    if access.SECOND_STEP not in request.session:
        request.session[access.SECOND_STEP] = kind
        request.session.save()
    return [] if factors.recovery_codes_left(user) else factors.new_recovery_codes(user)


def _admit(event: Event, step: str, request: HttpRequest, user: User) -> record.Call:
    return throttle.admit(
        event=event,
        step=step,
        attempt_id=secrets.token_hex(16),
        turn=0,
        person=person_of(user),
        client_id="",
        by=actor(request),
    )


def _note(event: Event, outcome: Outcome, request: HttpRequest, user: User, *, step: str = "") -> None:
    record.note(event=event, outcome=outcome, by=actor(request), step=step, person=person_of(user))
