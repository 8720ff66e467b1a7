"""Making, listing, retiring and restoring staff, by whoever has a terminal on the host, each with its audit row.

The site's own database role cannot do any of this (cognito_portal.audit.roles): it is for the role that migrates.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError

from cognito_portal import mail
from cognito_portal.access import Role, groups_of
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.mail import What
from cognito_portal.ops.staff import factors, half
from cognito_portal.ops.staff.person import person_of
from cognito_portal.sessions import SessionStore

PASSWORD_BYTES = 18
COMPANY_PREFIX = "oidc:"
"""Begins the name of whoever came by the company's sign-in; no name made here can hold a colon."""


class NotDone(Exception):
    """Nothing was changed; the text says why, in the words of whoever runs the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the staff as the list shows them. `second_steps` are kinds of factors."""

    name: str
    email: str
    roles: tuple[str, ...]
    is_active: bool
    comes_from: str
    second_steps: tuple[str, ...]
    last_sign_in: datetime | None


def new_password() -> str:
    """A password that nobody can guess, 24 characters long."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def add(*, name: str, role: Role, email: str, password: str, by: record.By) -> None:
    """Make a member of staff. Raises NotDone and `record.AuditUnavailable`."""
    user = User(username=name, email=email)
    user.set_password(password)
    try:
        user.full_clean()
        validate_password(password, user)
    except ValidationError as error:
        raise NotDone(" ".join(error.messages)) from None
    with record.write_transaction():
        user.save()
        user.groups.set([Group.objects.get(name=role)])
        _note(Event.STAFF_ADDED, user, by, step=role)


def members() -> list[Member]:
    """All staff, those who were retired too, by name. Raises django.db.Error."""
    return [_member(user) for user in User.objects.prefetch_related("groups").order_by("username")]


def set_role(*, name: str, role: Role, by: record.By) -> None:
    """Give a member of staff this role in the place of any other. It holds from their next request.

    Raises NotDone and `record.AuditUnavailable`.
    """
    with record.write_transaction():
        user = _find(name)
        if name.startswith(COMPANY_PREFIX):
            raise NotDone("The company's provider says what this person may do: change their groups there.")
        user.groups.set([Group.objects.get(name=role)])
        _note(Event.STAFF_ROLE_SET, user, by, step=role)


def retire(*, name: str, by: record.By) -> int:
    """Let somebody in no more, and end their sessions; how many those were. Nothing of them is deleted.

    Raises NotDone and `record.AuditUnavailable`.
    """
    with record.write_transaction():
        user = _find(name)
        user.is_active = False
        # Whatever session of theirs came back from a backup is worth nothing either.
        user.set_unusable_password()
        user.save(update_fields=["is_active", "password"])
        ended = _end_sessions(user)
        _note(Event.STAFF_RETIRED, user, by)
    return ended


def restore(*, name: str, role: Role | None, password: str, by: record.By) -> bool:
    """Let somebody in again who was retired, as if they were new; whether they sign in with this password.

    They have this role and no earlier one. The password takes the place of the old one; of the second steps
    none is left, so that one is set up anew. Whoever comes by the company's sign-in gets neither: `role` is
    None for them. Raises NotDone and `record.AuditUnavailable`.
    """
    with record.write_transaction():
        user = _known(name)
        if user.is_active:
            raise NotDone(f"{name} is not retired.")
        has_password = not name.startswith(COMPANY_PREFIX)
        if has_password and role is None:
            raise NotDone("Say which role this person has from now on, with --role.")
        if not has_password and role is not None:
            raise NotDone("The company's provider says what this person may do: leave --role out.")
        user.is_active = True
        # For the company's people as well: a session that came back from a backup stays worth nothing.
        user.set_unusable_password()
        if has_password:
            _set_password(user, password)
        user.save(update_fields=["is_active", "password"])
        user.groups.set(Group.objects.filter(name=role))
        factors.remove_all(user)
        _end_sessions(user)
        _note(Event.STAFF_RESTORED, user, by, step=role or "")
    if has_password:
        tell(user, What.PASSWORD_CHANGED, by)
    return has_password


def reset_factors(*, name: str, by: record.By) -> int:
    """Take every second step of somebody away, who lost theirs, and end their sessions; how many steps it were.

    They set one up when they sign in next. Raises NotDone and `record.AuditUnavailable`.
    """
    with record.write_transaction():
        user = _find(name)
        removed = factors.remove_all(user)
        _end_sessions(user)
        _note(Event.STAFF_FACTORS_RESET, user, by)
    tell(user, What.FACTORS_CHANGED, by)
    return removed


def set_password(*, name: str, password: str, by: record.By) -> None:
    """Give somebody another password, and end their sessions. Raises NotDone and `record.AuditUnavailable`."""
    with record.write_transaction():
        user = _find(name)
        if name.startswith(COMPANY_PREFIX):
            raise NotDone("This person signs in at the company's provider and has no password here.")
        _set_password(user, password)
        user.save(update_fields=["password"])
        _end_sessions(user)
        _note(Event.STAFF_PASSWORD_SET, user, by)
    tell(user, What.PASSWORD_CHANGED, by)


def tell(user: User, what: What, by: record.By) -> None:
    """Tell somebody by mail what was changed about their sign-in. Raises nothing."""
    mail.notify(
        user.email, what=what, by=by, person=person_of(user), client_id="", attempt_id="", of_staff=True
    )


def _set_password(user: User, password: str) -> None:
    """Give somebody a password; the caller saves it. Raises NotDone for one that is too weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise NotDone(" ".join(error.messages)) from None
    user.set_password(password)


def _known(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotDone(f"There is nobody called {name}.")
    return user


def _find(name: str) -> User:
    user = _known(name)
    if not user.is_active:
        raise NotDone(f"{name} was retired.")
    return user


def _note(event: Event, user: User, by: record.By, *, step: str = "") -> None:
    record.note(event=event, outcome=Outcome.SUCCESS, by=by, step=step, person=person_of(user))


def _end_sessions(user: User) -> int:
    """Delete the sessions of somebody, half sign-ins too; how many there were."""
    ended = []
    for session in Session.objects.iterator():
        held = SessionStore().decode(session.session_data)
        begun = held.get(half.KEY)
        is_half = isinstance(begun, dict) and begun.get("user_id") == user.pk
        if held.get(SESSION_KEY) == str(user.pk) or is_half:
            ended.append(session.session_key)
    for key in ended:
        SessionStore().delete(key)
    return len(ended)


def _member(user: User) -> Member:
    is_company = user.username.startswith(COMPANY_PREFIX)
    return Member(
        name=user.username,
        email=user.email,
        roles=tuple(sorted(groups_of(user))),
        is_active=user.is_active,
        comes_from="company" if is_company else "portal",
        second_steps=tuple(dict.fromkeys(str(factor.type) for factor in factors.factors_of(user))),
        last_sign_in=user.last_login,
    )
