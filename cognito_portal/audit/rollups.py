"""Roll-ups: how many acts there were in each hour and day, kept by the sealer in the transaction of each seal.

SQL stands here because both databases add up in one statement what the ORM would ask for cell by cell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cognito_portal.audit.events import Phase
from cognito_portal.audit.models import AuditRollup


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What of a sealed row is counted by. `time` is in UTC."""

    time: datetime
    phase: str
    event: str
    outcome: str
    error_code: str
    client_id: str


Cell = tuple[str, datetime, str, str, str, str]
"""Grain, start (UTC), event, outcome, Cognito error, app client."""

_ADD = (
    "INSERT INTO audit_rollup (grain, start, event, outcome, error_code, client_id, acts)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (grain, start, event, outcome, error_code, client_id)"
    " DO UPDATE SET acts = audit_rollup.acts + excluded.acts"
)


def add(counted: Mapping[Cell, int]) -> None:
    """Count rows in, by what `counts_of` says of them. Call it in the transaction that seals them.

    Raises django.db.Error.
    """
    if not counted:
        return
    rows = [
        [grain, _stored(start), *rest, number] for (grain, start, *rest), number in sorted(counted.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, rows)


def counts_of(acts: Iterable[Act]) -> Counter[Cell]:
    """How many of these rows fall into each cell. Begin rows are left out: their act is counted by its end row."""
    # Few cells hold many rows: each is told its hour, and only each cell its day.
    hours = Counter(
        (
            act.time.replace(minute=0, second=0, microsecond=0),
            act.event,
            act.outcome,
            act.error_code,
            act.client_id,
        )
        for act in acts
        if act.phase != Phase.BEGIN
    )
    counted: Counter[Cell] = Counter()
    for (hour, event, outcome, error_code, client_id), number in hours.items():
        what = event, outcome, error_code, client_id
        counted[(AuditRollup.Grain.HOUR.value, hour, *what)] += number
        counted[(AuditRollup.Grain.DAY.value, hour.replace(hour=0), *what)] += number
    return counted


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
