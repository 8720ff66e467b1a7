"""Who of the staff is there: sign-in and sign-out of auth.User, as audit rows and a session."""

import secrets
import time

from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest

from cognito_portal import clients, identity, throttle
from cognito_portal.actors import actor, visitor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.revocation import revoke_quietly

# Staff are no users of a pool; their rows name this in its place, so the two can never be mixed.
POOL = "staff"


def admit(request: HttpRequest, username: str) -> record.Call:
    """Take one of the tries that this name and address have left. Raises `throttle.Throttled`."""
    return throttle.admit(
        event=Event.STAFF_SIGNED_IN,
        step="password",
        attempt_id=secrets.token_hex(16),
        turn=0,
        person=record.Person(pool_id=POOL, typed=username.strip()),
        client_id="",
        by=visitor(request),
    )


def sign_in(request: HttpRequest, user: User, call: record.Call) -> None:
    """Make this session the staff member's, in one transaction with the end row."""
    held = identity.held_refresh_token(request.session)
    with record.write_transaction():
        person = record.Person(
            pool_id=POOL, typed=call.person.typed, canonical=user.get_username(), sub=str(user.pk)
        )
        record.end(call, outcome=Outcome.SUCCESS, person=person)
        # Whoever was here before, and an unfinished sign-in of theirs, has no part in a session of staff.
        request.session.flush()
        login(request, user)
        request.session[identity.SINCE] = request.session[identity.SEEN] = time.time()
        request.session.save()
    revoke_quietly(clients.cognito_aside(), held)


def refuse(call: record.Call) -> None:
    """Write down that name and password were not right."""
    record.end(call, outcome=Outcome.BAD_CREDENTIALS)


def sign_out(request: HttpRequest) -> None:
    """End the session, in one transaction with its row."""
    with record.write_transaction():
        record.note(event=Event.STAFF_SIGNED_OUT, outcome=Outcome.SUCCESS, by=actor(request))
        request.session.delete()
    logout(request)
