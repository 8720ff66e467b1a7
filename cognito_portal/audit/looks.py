"""Which accounts a member of staff looked at, out of the rows of their own looks.

SQL stands here for the reason it does in cognito_portal.audit.queries.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from datetime import datetime

from django.db import connection

from cognito_portal.audit import queries
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.terms import stored

LOOKED_THROUGH = 500
"""So many rows of one actor are read at most, whatever they are of."""

# A range of the index, and an order that no other index has: with `actor = ` PostgreSQL might go through the
# whole log in the order of time (cognito_portal.audit.walk).
_LOOKS = f"""
SELECT v.id, p.sub FROM (
    SELECT e.id, e.time, e.event, e.outcome, e.pool_id, e.person_commitment FROM audit_event e{{by_actor}}
    WHERE (e.actor, e.time) > (%s, %s) AND e.actor <= %s AND NOT (e.actor = 'visitor')
    ORDER BY e.actor DESC, e.time DESC, e.id DESC LIMIT {LOOKED_THROUGH}
) v JOIN audit_person p ON p.commitment = v.person_commitment
WHERE v.event = '{Event.OPS_ACCOUNT_VIEWED}' AND v.outcome = '{Outcome.SUCCESS}' AND v.pool_id = %s
AND p.sub > '' AND p.sub NOT IN (
    SELECT q.sub FROM audit_event d JOIN audit_person q ON q.commitment = d.person_commitment
    WHERE d.event = '{Event.OPS_ACCOUNT_DELETED}' AND d.outcome = '{Outcome.SUCCESS}' AND d.time > %s
)
ORDER BY v.time DESC, v.id DESC
"""


def latest_looks(*, actor: str, pool_id: str, since: datetime, limit: int) -> list[queries.Row]:
    """The newest look of this actor at each account after `since`, newest first, at most `limit`.

    Left out is who was forgotten, and what staff deleted after `since`. Looks that lie behind LOOKED_THROUGH
    newer rows of the actor are not found. Raises django.db.Error.
    """
    by_actor = " INDEXED BY audit_event_actor" if connection.vendor == "sqlite" else ""
    moment = stored(since)
    found = fetch(_LOOKS.format(by_actor=by_actor), [actor, moment, actor, pool_id, moment])
    newest: dict[str, int] = {}
    for row_id, sub in found:
        newest.setdefault(sub, row_id)
    return queries.rows_by_id(list(newest.values())[:limit])
