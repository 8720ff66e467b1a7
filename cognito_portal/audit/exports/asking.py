"""Asking for an export: who asked for what stands in the log before anything goes out.

The filter may name a person, so the row of the log holds only the export's id; the filter stands in the
table of exports.
"""

import secrets
from datetime import datetime

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.exports.formats import Form, Format
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.models import Export
from cognito_portal.audit.record import By, note
from cognito_portal.audit.writing import write_transaction


def ask(
    filter_: Filter, form: Form, *, by: By, now: datetime, state: Export.State = Export.State.WAITING
) -> Export:
    """Write an export down, for the worker to make unless `state` says otherwise. Raises AuditUnavailable."""
    with write_transaction():
        export = Export.objects.create(
            id=secrets.token_hex(16),
            asked_by=by.actor,
            asked_at=now,
            query=filter_.query(),
            format=form.format.value,
            has_byte_order_mark=form.has_byte_order_mark,
            state=state,
        )
        note(event=Event.AUDIT_EXPORTED, outcome=Outcome.RECORDED, by=by, step=export.id, now=now)
    return export


def fetched(export: Export, *, by: By, what: str = "") -> None:
    """Write down that its file goes out, or with `what` something beside it. Raises AuditUnavailable."""
    note(
        event=Event.AUDIT_EXPORT_FETCHED,
        outcome=Outcome.RECORDED,
        by=by,
        step=" ".join(filter(None, [export.id, what])),
    )


def cancel(export: Export, *, by: By) -> bool:
    """Have a file not be made that is not finished; whether there was something to cancel.

    Raises AuditUnavailable.
    """
    with write_transaction():
        unfinished = Export.objects.filter(
            id=export.id, state__in=(Export.State.WAITING, Export.State.RUNNING)
        )
        if not unfinished.update(state=Export.State.CANCELLED):
            return False
        note(event=Event.AUDIT_EXPORTED, outcome=Outcome.RECORDED, by=by, step=f"{export.id} cancelled")
    return True


def form_of(export: Export) -> Form:
    """In which form an export was asked for."""
    return Form(format=Format(export.format), has_byte_order_mark=export.has_byte_order_mark)
