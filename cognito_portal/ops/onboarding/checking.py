"""The dry run: every row held against the pool's schema, and the list written down for staff to look at.

Nothing is sent here.
"""

import secrets
from collections.abc import Callable, Sequence, Set
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.types import PoolSettings
from cognito_portal.ops.invitations.checking import arguments, check
from cognito_portal.ops.invitations.fields import MEDIUM, Field, fields
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding.reading import Row, Sheet, read
from cognito_portal.ops.onboarding.sealed import Content, sealed
from cognito_portal.ops.onboarding.text import Unreadable

Existing = Callable[[Sequence[str]], Set[str]]
"""Which of these usernames have an account already, as far as that is known."""

KNOWN = "known"
"""The `problem` of a row that waits although its account seems to be there already."""
BATCH = 500
_State = OnboardingItem.State


def check_table(given: bytes | str, *, pool: PoolSettings | None, medium: str) -> Sheet:
    """Read a table and hold each row against the schema. `medium` is EMAIL, SMS, or empty for what there is.

    Raises Unreadable.
    """
    wanted = fields(pool)
    names = [each.name for each in wanted]
    sheet = read(given, attributes=names, unique=_unique(pool), most=settings.ONBOARDING_MAX_ROWS)
    for each in wanted:
        if each.required and each.name not in sheet.columns:
            words = _("No column holds “%(name)s”, which every account of this pool needs.")
            raise Unreadable("no_column", words % {"name": each.name})
    rows = tuple(_checked(row, wanted, medium) for row in sheet.rows)
    return Sheet(rows=rows, columns=sheet.columns, unknown=sheet.unknown)


def _unique(pool: PoolSettings | None) -> tuple[str, ...]:
    """What no two accounts share: the username, and what people may sign in with in its place."""
    return ("username", *((*pool.username_attributes, *pool.alias_attributes) if pool else ()))


def _checked(row: Row, wanted: Sequence[Field], medium: str) -> Row:
    values = dict(row.values)
    if medium:
        values.setdefault(MEDIUM, medium)
    found = [f"“{name}”: {words}" for name, words in check(values, wanted).items()]
    return Row(number=row.number, values=values, problems=(*row.problems, *found))


def write_down(
    sheet: Sheet,
    *,
    title: str,
    pool: PoolSettings | None,
    existing: Existing,
    by: record.By,
    now: datetime,
) -> OnboardingJob:
    """Keep what was checked as a draft, its values encrypted, and that it was checked. Raises AuditUnavailable."""
    job = OnboardingJob(
        id=secrets.token_hex(16),
        pool_id=settings.COGNITO_USER_POOL_ID,
        title=title,
        columns=list(sheet.columns),
        not_sent=list(sheet.unknown),
        made_by=by.actor,
        made_at=now,
    )
    items = _items(job, sheet, fields(pool), existing)
    with record.write_transaction():
        job.save(force_insert=True)
        OnboardingItem.objects.bulk_create(items, batch_size=BATCH)
        record.note(
            event=Event.OPS_ONBOARDING_CHECKED,
            outcome=Outcome.RECORDED,
            by=by,
            step=title,
            attempt_id=job.id,
            count=len(items),
            now=now,
        )
    return job


def _items(
    job: OnboardingJob, sheet: Sheet, wanted: Sequence[Field], existing: Existing
) -> list[OnboardingItem]:
    good = {row.number: arguments(row.values, wanted) for row in sheet.rows if not row.problems}
    known = existing([each.username for each in good.values()])
    made = []
    for row in sheet.rows:
        asked = good.get(row.number)
        content = Content(values=row.values, problems=row.problems)
        made.append(
            OnboardingItem(
                job=job,
                number=row.number,
                sealed=sealed(content, job_id=job.id, number=row.number),
                state=_State.WAITING if asked else _State.BAD,
                problem=KNOWN if asked and asked.username in known else "",
                by_mail=asked is not None and "EMAIL" in asked.mediums,
            )
        )
    return made
