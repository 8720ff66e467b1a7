"""Reminding people by mail, once, that their invitation ends (decision D14). Never by RESEND: that changes the
password.

A reminder is written down before it is handed to the mail server, and its row is one of its kind. So a worker that
is killed in between loses that one mail and sends none twice; its row then says that nobody knows. As long as the
mail server takes no connection nothing is begun, and so nothing is lost.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cognito_portal import clients, mail
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import UserNotFoundError
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.flow import person_of
from cognito_portal.ops.index import entries, terms
from cognito_portal.ops.index.entries import chosen_attributes
from cognito_portal.ops.index.words import INVITED, Term
from cognito_portal.ops.ledger.words import ends_at
from cognito_portal.ops.models import Invitation, PoolIndexEntry
from cognito_portal.worker import jobs

log = logging.getLogger(__name__)

JOB = "invitation reminders"
EVERY_S = 60.0
STEP = "reminder"
NO_ADDRESS = "no_address"
WORKER = record.By(actor="worker", address="", user_agent="")
Now = Callable[[], datetime]


class MailServerAway(Exception):
    """No mail can be sent at the moment; nothing was begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Who has a reminder sent, why, and under which name of its row; no two have the same."""

    by: record.By
    reason: str
    attempt_id: str


def work(*, now: Now = timezone.now) -> None:
    """Remind whoever's invitation ends within INVITATION_REMINDER_HOURS and was not reminded yet.

    Raises MailServerAway, django.db.Error, AuditUnavailable, CognitoError where Cognito cannot be asked, and
    Interrupted where the worker is told to stop.
    """
    days = terms.known_days()
    if settings.INVITATION_REMINDER_HOURS <= 0 or settings.POOL_INDEX_MINUTES <= 0 or days is None:
        # Where nobody knows the days, until when the password is valid would be a guess.
        return
    term = Term(now=now(), days=days)
    for line in _due(term):
        jobs.stop_if_told()
        if not mail.is_ready():
            raise MailServerAway
        _remind(line, term, now)
        jobs.stopping().wait(1 / max(0.01, settings.POOL_INDEX_CALLS_PER_SECOND))


def _due(term: Term) -> Iterator[Invitation]:
    """Of those that end soon whoever has not been reminded: those that end first come first."""
    # Nobody is reminded in the first half of the time that they have.
    before = min(timedelta(hours=settings.INVITATION_REMINDER_HOURS), timedelta(days=term.days) / 2)
    found = Invitation.objects.filter(
        pool_id=settings.COGNITO_USER_POOL_ID,
        is_open=True,
        is_undelivered=False,
        sent_at__gt=term.oldest_open,
        sent_at__lte=term.oldest_open + before,
        reminded_at=None,
        reminder="",
        entry__enabled=True,
        entry__status=INVITED,
    )
    if "email" in chosen_attributes():
        found = found.exclude(entry__email="")
    ids = list(found.order_by("sent_at", "id").values_list("pk", flat=True))
    for pk in ids:
        # Another worker may have reminded them meanwhile.
        yield from Invitation.objects.select_related("entry").filter(Q(pk=pk, reminded_at=None))


def _remind(line: Invitation, term: Term, now: Now) -> None:
    account = find_unused(line)
    if account is None:
        return
    if not account.attributes.get("email"):
        Invitation.objects.filter(pk=line.pk).update(reminder=NO_ADDRESS)
        return
    try:
        sending = Sending(by=WORKER, reason=STEP, attempt_id=_name_of(line))
        send(line, account, term, sending, now=now)
    except record.AlreadyTaken:
        # Begun by a worker that died, or by another one just now: what became of it stands in the log.
        Invitation.objects.filter(pk=line.pk, reminded_at=None).update(
            reminded_at=now(), reminder=Outcome.UNKNOWN.value
        )


def find_unused(line: Invitation) -> PoolUser | None:
    """The account as Cognito has it now; None where its invitation is not the one of this line any more.

    Raises CognitoError where Cognito cannot be asked.
    """
    try:
        account = clients.cognito().admin_get_user(username=line.entry.username)
    except UserNotFoundError:
        return None
    entries.refresh(account)
    is_same = PoolIndexEntry.objects.filter(pk=line.entry_id, modified_at=line.changed_at).exists()
    return account if is_same and account.enabled and account.status == INVITED else None


def send(
    line: Invitation, account: PoolUser, term: Term, sending: Sending, *, now: Now = timezone.now
) -> bool:
    """Send a reminder, once for each name of `sending`; whether the mail server took it.

    Raises record.AlreadyTaken, and record.AuditUnavailable: before anything was sent, or after it.
    """
    call = record.begin(
        event=Event.OPS_REMINDER_SENT,
        step=sending.reason,
        attempt_id=sending.attempt_id,
        turn=0,
        person=person_of(account),
        client_id=settings.COGNITO_CLIENT_ID,
        by=sending.by,
        now=now(),
    )
    is_sent = _post(line, account, term)
    outcome = Outcome.SUCCESS if is_sent else Outcome.ERROR
    record.end(call, outcome=outcome, now=now())
    Invitation.objects.filter(pk=line.pk).update(reminded_at=now(), reminder=outcome.value)
    return is_sent


def _post(line: Invitation, account: PoolUser, term: Term) -> bool:
    site, address = settings.SITE_NAME or _("Sign-in"), account.attributes["email"]
    # Where Cognito made the username itself, nobody knows themselves by it.
    name = address if account.username == account.sub else account.username
    text = {
        "site": site,
        "username": name,
        "was_text_message": line.medium == "SMS",
        "ends_at": ends_at(line, term),
        "link": _link(name),
        "help_contact": settings.HELP_CONTACT,
    }
    return mail.post(
        to=[address],
        subject=_("%(site)s: your invitation ends soon") % {"site": site},
        body=render_to_string("mail/reminder.txt", text),
    )


def _link(username: str) -> str:
    """The sign-in page with the name filled in (decision D14); empty where the site's address is not known."""
    if not settings.SITE_URL:
        return ""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('signin:start')}?{urlencode({'username': username})}"


def _name_of(line: Invitation) -> str:
    """What makes the row of this invitation's reminder one of its kind, and tells nothing of whose it is."""
    named = f"{line.pool_id}:{line.entry.sub}:{line.sent_at.isoformat()}"
    return salted_hmac("cognito_portal.ops.ledger.reminders", named, algorithm="sha256").hexdigest()[:64]
