"""What became of an invitation, in words, and the rows of what was looked at or refused on the way."""

from django.conf import settings
from django.utils.translation import gettext as _

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.acts.flow import person_of
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.invitations.checking import Arguments
from cognito_portal.ops.invitations.existing import Existing
from cognito_portal.ops.invitations.inviting import Invited, Status


def told(made: Invited) -> str:
    """What became of it; empty where there is nothing more to say than the account's own page does."""
    if made.status is Status.UNDELIVERED:
        return _(
            "The account exists, but Cognito could not deliver its invitation. Look for the account, check its "
            "address, then resend the invitation."
        )
    if made.status is Status.UNKNOWN:
        return _(
            "Nobody knows whether the account was made: Cognito’s answer did not arrive. Look for the name "
            "before you try again."
        )
    if made.status is Status.NOT_NOW:
        return _("Nothing was done: Cognito takes no more for the moment. Try again in a while.")
    return refusal(made) if made.status is Status.REFUSED else ""


def refusal(made: Invited) -> str:
    """Why Cognito refused it."""
    if made.not_done is None:
        return ""
    if made.not_done.lacking:
        return _("Nothing was done: the portal lacks the IAM action %(action)s.") % {
            "action": made.not_done.lacking
        }
    error = made.not_done.error
    return _("Nothing was done: Cognito refused it (%(code)s). %(reading)s") % {
        "code": error.code,
        "reading": _(error.meaning.ops),
    }


def note_found(found: Existing, *, by: record.By) -> None:
    """Write down which accounts the form is about to show."""
    for account in ([found.same] if found.same else []) + list(found.like):
        record.note(
            event=Event.OPS_ACCOUNT_VIEWED,
            outcome=Outcome.SUCCESS,
            by=by,
            step=Act.INVITE.value,
            person=person_of(account),
            client_id=settings.COGNITO_CLIENT_ID,
        )


def note_refused(wanted: Arguments, *, by: record.By) -> None:
    """Write down that somebody wanted to invite themselves."""
    record.note(
        event=Event.OPS_ACT_REFUSED,
        outcome=Outcome.DENIED,
        by=by,
        step=Act.INVITE.value,
        error_code="oneself",
        person=record.Person(pool_id=settings.COGNITO_USER_POOL_ID, typed=wanted.username),
    )
