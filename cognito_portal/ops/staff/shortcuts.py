"""Whether a key by itself does something on a page: each member of staff can turn that off (WCAG 2.1.4)."""

from django.contrib.auth.models import AnonymousUser, User

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.models import StaffPreferences
from cognito_portal.ops.staff.person import person_of


def has_shortcuts(user: User | AnonymousUser) -> bool:
    """Whether this person has them on, as everybody does at first. Raises django.db.Error."""
    chosen = StaffPreferences.objects.filter(user=user.pk).values_list("has_shortcuts", flat=True).first()
    return chosen is not False


def set_shortcuts(user: User, is_on: bool, *, by: record.By) -> None:
    """Turn them on or off, from this person's next page on, in every browser. Raises `record.AuditUnavailable`."""
    with record.write_transaction():
        StaffPreferences.objects.update_or_create(user=user, defaults={"has_shortcuts": is_on})
        record.note(
            event=Event.STAFF_SHORTCUTS_SET,
            outcome=Outcome.SUCCESS,
            by=by,
            step="on" if is_on else "off",
            person=person_of(user),
        )
