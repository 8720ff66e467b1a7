"""The portal's own mail (decision D14): to a person, that their password or a second factor was changed.

Whoever changes them in a person's name must not be able to do it unnoticed (ASVS 6.3.7). A mail that cannot be
sent never breaks the act: it becomes an audit row.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome

log = logging.getLogger(__name__)
TIMEOUT_S = 5


class What(StrEnum):
    """What a person is told of; it stands in the audit row as the step."""

    PASSWORD_CHANGED = "password_changed"
    PASSWORD_PERHAPS_CHANGED = "password_perhaps_changed"
    CONTACT_CHANGED = "contact_changed"
    FACTOR_ADDED = "factor_added"
    FACTORS_CHANGED = "factors_changed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"


SENTENCES: dict[What, str | Promise] = {
    What.PASSWORD_CHANGED: _("Your password was changed."),
    What.PASSWORD_PERHAPS_CHANGED: _("Your password may have been changed. We could not find out."),
    What.CONTACT_CHANGED: _("The e-mail address or phone number of your account was changed."),
    What.FACTOR_ADDED: _("A second step was set up for your account."),
    What.FACTORS_CHANGED: _("The second steps that you are asked for when you sign in were changed."),
    What.PASSKEY_ADDED: _("A passkey was added to your account."),
    What.PASSKEY_REMOVED: _("A passkey was removed from your account."),
    What.RECOVERY_CODES_MADE: _(
        "New recovery codes were made for your account. Earlier ones are worth nothing."
    ),
}


def notify(
    address: str,
    *,
    what: What,
    by: record.By,
    person: record.Person,
    client_id: str,
    attempt_id: str,
    at: datetime | None = None,
    of_staff: bool = False,
) -> bool:
    """Tell a person by mail what was changed, when, and from where; whether the mail went out.

    `address` is one that Cognito calls verified, or that of a member of staff (`of_staff`); empty where there is
    none. Raises nothing: what went wrong
    stands in the audit log, or where that does not answer in the site's own.
    """
    event = Event.STAFF_NOTIFIED if of_staff else Event.ACCOUNT_NOTIFIED
    template = "mail/staff_changed.txt" if of_staff else "mail/changed.txt"
    outcome = Outcome.NO_VERIFIED_CONTACT
    if address:
        outcome = _sent(address, what, by, person, at=at or timezone.now(), template=template)
    try:
        record.note(
            event=event,
            outcome=outcome,
            by=by,
            step=what.value,
            attempt_id=attempt_id,
            person=person,
            client_id=client_id,
        )
    except record.AuditUnavailable:
        log.error("audit.unavailable", extra={"event_name": event.value})
    return outcome is Outcome.SUCCESS


def _shown_name(person: record.Person) -> str:
    """As identity.CognitoUser.shown_name: nobody knows themselves by their sub."""
    return person.typed if person.canonical == person.sub else person.canonical or person.typed


def _sent(
    address: str, what: What, by: record.By, person: record.Person, *, at: datetime, template: str
) -> Outcome:
    site = settings.SITE_NAME or gettext("Sign-in")
    text = {
        "site": site,
        "username": _shown_name(person),
        "sentence": SENTENCES[what],
        "at": at,
        "address": by.address,
        "help_contact": settings.HELP_CONTACT,
    }
    is_sent = post(
        to=[address],
        subject=f"{site}: {SENTENCES[what]}".rstrip("."),
        body=render_to_string(template, text),
    )
    return Outcome.SUCCESS if is_sent else Outcome.ERROR


def post(*, to: Sequence[str], subject: str, body: str) -> bool:
    """Send a mail that nobody is to answer; whether it went out. Raises nothing."""
    mail = EmailMessage(subject=subject, body=body, to=to, headers={"Auto-Submitted": "auto-generated"})
    try:
        mail.connection = get_connection(timeout=TIMEOUT_S)
        mail.send()
    except (OSError, SMTPException, ValueError) as error:
        # The text of such an error may hold the address.
        log.warning("mail.failed", extra={"error": type(error).__name__})
        return False
    return True


def is_ready() -> bool:
    """Whether the mail server takes mails now, as far as it can be told without sending one. Raises nothing."""
    try:
        with get_connection(timeout=TIMEOUT_S):
            return True
    except (OSError, SMTPException, ValueError) as error:
        log.warning("mail.not_ready", extra={"error": type(error).__name__})
        return False
