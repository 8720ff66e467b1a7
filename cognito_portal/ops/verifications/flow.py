"""Asking for a verification, agreeing to it or not, and undoing it: each in one transaction with its row.

Where the log cannot be written nothing is done. Every function raises record.AuditUnavailable.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.flow import is_oneself, person_of
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import Method
from cognito_portal.ops.verifications import marks
from cognito_portal.ops.verifications.marks import Failed, Mark

ASKED_ONCE = "ops.verification:"
"""Before a form's id: under this name the row that it was sent is written once."""

Answer = dict[str, datetime | str]
"""The columns that an answer fills."""
_WAITS = Q(needs_second=True, approved_at__isnull=True, refused_at__isnull=True, undone_at__isnull=True)
_IS_OPEN = Q(refused_at__isnull=True, undone_at__isnull=True)


class Overtaken(Exception):
    """This form was sent before, or somebody else was first: nothing more was done."""


@dataclass(frozen=True, slots=True)
class NotAllowed(Exception):
    """This member of staff may not do it, whatever their role; the log has that they tried. `why` is a fixed word."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of staff who acts, as auth knows them and as the log names them."""

    user: AbstractBaseUser | AnonymousUser
    by: record.By


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form asks for. `form_id` are 32 random hex digits of the form's own."""

    method: Method
    note: str
    with_second: bool
    also: list[Mark]
    form_id: str


def needs_second_person() -> bool:
    """Whether this site lets nobody verify an account alone."""
    return bool(settings.VERIFY_SECOND_PERSON)


def ask(account: PoolUser, asked: Asked, *, staff: Staff) -> AccountVerification:
    """Verify an account, or have it wait for a second person. Raises NotAllowed, Overtaken."""
    _allow(account, staff, "ask")
    now = timezone.now()
    with record.write_transaction():
        made = _create(account, asked, staff, now)
        event = Event.OPS_VERIFICATION_ASKED if made.needs_second else Event.OPS_ACCOUNT_VERIFIED
        once = f"{ASKED_ONCE}{asked.form_id}"
        if not _note(event, made, account, staff, now, once=once, detail=f":{made.method}"):
            raise Overtaken
    return made


def _create(account: PoolUser, asked: Asked, staff: Staff, now: datetime) -> AccountVerification:
    pool_id = settings.COGNITO_USER_POOL_ID
    if AccountVerification.objects.filter(_WAITS, pool_id=pool_id, sub=account.sub).exists():
        raise Overtaken
    try:
        with transaction.atomic():
            return AccountVerification.objects.create(
                pool_id=pool_id,
                sub=account.sub,
                method=asked.method,
                note=asked.note,
                marks=marks.bound(asked.also, account),
                needs_second=asked.with_second or needs_second_person(),
                asked_at=now,
                asked_by=staff.by.actor,
            )
    except IntegrityError:
        # Somebody else asked for a second person at this very moment.
        raise Overtaken from None


def approve(which: AccountVerification, account: PoolUser, *, staff: Staff) -> AccountVerification:
    """Agree to a verification that waits, as the second person. Raises NotAllowed, Overtaken."""
    _allow(account, staff, "approve", which)
    now = timezone.now()
    answer: Answer = {"approved_at": now, "approved_by": staff.by.actor}
    return _answer(which, account, staff, Event.OPS_VERIFICATION_APPROVED, _WAITS, answer, now)


def refuse(
    which: AccountVerification, account: PoolUser | None, *, why: str, staff: Staff
) -> AccountVerification:
    """Do not agree to a verification that waits. Raises NotAllowed, Overtaken.

    `account` is None where it is gone, here and in `undo`: then nobody can be acting on their own.
    """
    _allow(account, staff, "refuse", which)
    now = timezone.now()
    answer: Answer = {"refused_at": now, "refused_by": staff.by.actor, "refused_why": why}
    return _answer(which, account, staff, Event.OPS_VERIFICATION_REFUSED, _WAITS, answer, now)


def undo(
    which: AccountVerification, account: PoolUser | None, *, why: str, staff: Staff
) -> AccountVerification:
    """Take a verification back that stands or waits. Raises NotAllowed, Overtaken."""
    _allow(account, staff, "undo")
    now = timezone.now()
    answer: Answer = {"undone_at": now, "undone_by": staff.by.actor, "undone_why": why}
    return _answer(which, account, staff, Event.OPS_VERIFICATION_UNDONE, _IS_OPEN, answer, now)


def first_marks_of(which: AccountVerification) -> str:
    """What the marks of a verification are made under as soon as it stands, in the place of a form's id."""
    return f"verification-{which.pk}"


def make_marks(which: AccountVerification, account: PoolUser, *, form_id: str, staff: Staff) -> list[Failed]:
    """Make what was asked for beside a verification that stands, and is not made yet; what Cognito did not make.

    Raises NotAllowed, and record.AlreadyTaken where this form was sent before.
    """
    _allow(account, staff, "marks")
    pending = marks.pending(which.marks, account)
    return marks.make(pending, account, reason=_step(which), form_id=form_id, by=staff.by)


def _answer(
    which: AccountVerification,
    account: PoolUser | None,
    staff: Staff,
    event: Event,
    while_it: Q,
    answer: Answer,
    now: datetime,
) -> AccountVerification:
    """Write an answer down if the record is still open to it: of two at once one finds it changed."""
    with record.write_transaction():
        if not AccountVerification.objects.filter(while_it, pk=which.pk).update(**answer):
            raise Overtaken
        _note(event, which, account, staff, now)
    return AccountVerification.objects.get(pk=which.pk)


def _allow(
    account: PoolUser | None, staff: Staff, act: str, second_for: AccountVerification | None = None
) -> None:
    """Raise NotAllowed, with a row in the log, where staff would act for themselves."""
    if account is not None and is_oneself(staff.user, account):
        why = "oneself"
    elif second_for is not None and second_for.asked_by == staff.by.actor:
        why = "same_person"
    else:
        return
    record.note(
        event=Event.OPS_ACT_REFUSED,
        outcome=Outcome.DENIED,
        by=staff.by,
        step=f"verification_{act}",
        error_code=why,
        person=person_of(account) if account else None,
    )
    raise NotAllowed(why)


def _person(which: AccountVerification, account: PoolUser | None) -> record.Person:
    if account is not None:
        return person_of(account)
    names = queries.names_of_subs(pool_id=which.pool_id, subs=[which.sub])
    name = names.get(which.sub, which.sub)
    return record.Person(pool_id=which.pool_id, typed=name, canonical=name, sub=which.sub)


def _step(which: AccountVerification) -> str:
    return f"verification:{which.pk}"


def _note(
    event: Event,
    which: AccountVerification,
    account: PoolUser | None,
    staff: Staff,
    now: datetime,
    *,
    once: str | None = None,
    detail: str = "",
) -> bool:
    return record.note(
        event=event,
        outcome=Outcome.RECORDED,
        by=staff.by,
        step=f"{_step(which)}{detail}",
        person=_person(which, account),
        client_id=settings.COGNITO_CLIENT_ID,
        once=once,
        now=now,
    )
