"""Flags: what in the log wants looking at. The worker calls `look` every ten seconds; auditors judge what it finds.

A look reads the tries that were written since the last one, and for each address, account and pool among them
the tries within the rule's window: so its cost hangs on what came since, never on how long the log is. Where
the last look ended is the worker's own knowledge, in its lease of this job (`ran_at`); that moves on only when a
look went well, and a table of ours beside it could only disagree with it. OVERLAP covers transactions that took
a while and clocks that differ. Looking at a row twice, or two looks at once, change nothing: a flag is found by
its kind, subject and window, and grows while its rule goes on holding.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from cognito_portal.audit import record
from cognito_portal.audit.addresses import parsed_address
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import ANY_FAILURE, Filter
from cognito_portal.audit.insight import tries, windows
from cognito_portal.audit.insight.rules import RULES, Kind
from cognito_portal.audit.insight.windows import Run, Try
from cognito_portal.audit.models import Flag
from cognito_portal.worker import jobs
from cognito_portal.worker.models import Lease

JOB = "flags"
EVERY_S = 10.0
OVERLAP = timedelta(seconds=20)
FIRST_LOOK = timedelta(hours=24)
BATCH = 2_000
WORKER = record.By(actor="worker", address="", user_agent="")
INSTANT = timedelta(microseconds=1)


class Interrupted(Exception):
    """The worker was told to stop before it had looked at everything: the next look begins where this one did."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found about one subject: an address, a person id or a pool id."""

    kind: Kind
    subject: str
    run: Run


def look(*, now: datetime | None = None) -> int:
    """Raise and grow flags for what was written since the last look; return how many tries were read.

    Raises django.db.Error, AuditUnavailable where a flag cannot be written, and Interrupted.
    """
    now = now or timezone.now()
    place, read = (_last_look(now) - OVERLAP, 0), 0
    while batch := tries.written_since(after=place, limit=BATCH):
        for found in _found_in(batch):
            _raise_or_grow(found, now)
        place, read = (batch[-1].time, batch[-1].row_id), read + len(batch)
        if len(batch) < BATCH:
            break
        if jobs.stopping().is_set():
            raise Interrupted
    return read


def _last_look(now: datetime) -> datetime:
    ran_at = Lease.objects.filter(name=JOB).values_list("ran_at", flat=True).first()
    return ran_at or now - FIRST_LOOK


def _found_in(batch: Sequence[Try]) -> Iterator[Found]:
    first_at, last_at = batch[0].time, batch[-1].time
    failed = [one for one in batch if one.has_failed]
    for address_key in sorted({one.address_key for one in failed if _is_address(one.address_key)}):
        yield from _about_address(address_key, first_at, last_at)
    yield from _about_people(batch, first_at, last_at)
    expired = {
        one.pool_id for one in failed if one.pool_id and one.outcome == Outcome.TEMPORARY_PASSWORD_EXPIRED
    }
    for pool_id in sorted(expired):
        since = first_at - RULES[Kind.EXPIRED_INVITATIONS].window
        rows = tries.expired_in(pool_id, since=since, until=last_at)
        yield from _held(Kind.EXPIRED_INVITATIONS, pool_id, rows)


def _is_address(address_key: str) -> bool:
    """What a proxy or a socket gave in the place of an address is nobody's, and no filter finds it."""
    return parsed_address(address_key.partition("/")[0]) is not None


def _about_address(address_key: str, first_at: datetime, last_at: datetime) -> Iterator[Found]:
    since = first_at - max(RULES[kind].window for kind in (Kind.SPRAYING, Kind.STUFFING))
    rows = tries.failed_from(address_key, since=since, until=last_at)
    yield from _held(Kind.SPRAYING, address_key, rows)
    yield from _held(Kind.STUFFING, address_key, rows)


def _about_people(batch: Sequence[Try], first_at: datetime, last_at: datetime) -> Iterator[Found]:
    wanted = {one.person_id for one in batch if one.person_id and (one.has_failed or one.is_sign_in)}
    names = tries.names_of(wanted)
    since = first_at - max(RULES[kind].window for kind in (Kind.BURST, Kind.SUCCESS_AFTER_FAILURES))
    for person_ids in sorted(set(names.values())):
        subject, rows = person_ids[0], tries.of_people(person_ids, since=since, until=last_at)
        yield from _held(Kind.BURST, subject, [one for one in rows if one.has_failed])
        yield from _of(Kind.SUCCESS_AFTER_FAILURES, subject, rows, windows.succeeded_after)
    for one in batch:
        if one.is_sign_in and one.person_id and _is_address(one.address_key):
            yield from _first_address(one, names[one.person_id])


def _first_address(success: Try, person_ids: Collection[str]) -> Iterator[Found]:
    within = RULES[Kind.FIRST_ADDRESS].window
    if tries.is_first_from_there(success, person_ids, within=within):
        yield Found(Kind.FIRST_ADDRESS, min(person_ids), Run((success,)))


def _held(kind: Kind, subject: str, rows: Sequence[Try]) -> Iterator[Found]:
    return _of(kind, subject, rows, windows.held)


def _of(kind: Kind, subject: str, rows: Sequence[Try], judge: Callable[..., list[Run]]) -> Iterator[Found]:
    """The runs of a rule in the tries that no one has judged yet."""
    runs = judge(RULES[kind], rows)
    if not runs:
        return
    judged_up_to = _judged_up_to(kind, subject)
    if judged_up_to is not None:
        runs = judge(RULES[kind], [one for one in rows if one.time > judged_up_to])
    for run in runs:
        yield Found(kind, subject, run)


def _judged_up_to(kind: Kind, subject: str) -> datetime | None:
    judged = Flag.objects.filter(kind=kind, subject=subject).exclude(state=Flag.State.OPEN)
    return judged.order_by("-last_at").values_list("last_at", flat=True).first()


def _overlapping(found: Found, flags: QuerySet[Flag] | None = None) -> Flag | None:
    mine = (Flag.objects.all() if flags is None else flags).filter(kind=found.kind, subject=found.subject)
    run = found.run
    return mine.filter(last_at__gte=run.first_at, first_at__lte=run.last_at).order_by("-last_at").first()


def _raise_or_grow(found: Found, now: datetime) -> None:
    """Write what is new of a run. What is not is found out without holding the database's one writer up."""
    flag = _overlapping(found)
    if flag is not None and flag.last_at >= found.run.last_at:
        return
    with record.write_transaction():
        # Locked, so that nobody judges it meanwhile.
        flag = _overlapping(found, Flag.objects.select_for_update())
        if flag is None:
            _raise(found, now)
        elif flag.last_at < found.run.last_at:
            _grow(flag, found)


def _raise(found: Found, now: datetime) -> None:
    run = found.run
    flag = Flag.objects.create(
        kind=found.kind,
        subject=found.subject,
        window_start=run.first_at,
        first_at=run.first_at,
        last_at=run.last_at,
        rows=len(run.tries),
        query=rows_behind(found.kind, found.subject, run.first_at, run.last_at),
        raised_at=now,
    )
    is_of_person = RULES[found.kind].subject == "person"
    record.note(
        event=Event.AUDIT_FLAG_RAISED,
        outcome=Outcome.RECORDED,
        by=WORKER,
        step=f"{flag.kind}:{flag.id}",
        person=tries.find_person(found.subject) if is_of_person else None,
        once=f"flag:{flag.id}",
        now=now,
    )


def _grow(flag: Flag, found: Found) -> None:
    run = found.run
    flag.rows += sum(one.time > flag.last_at for one in run.tries)
    flag.last_at = run.last_at
    flag.query = rows_behind(found.kind, found.subject, flag.first_at, run.last_at)
    flag.save(update_fields=["rows", "last_at", "query"])


_OUTCOME_BEHIND = {
    Kind.SPRAYING: ANY_FAILURE,
    Kind.STUFFING: ANY_FAILURE,
    Kind.BURST: ANY_FAILURE,
    Kind.FIRST_ADDRESS: Outcome.SUCCESS.value,
    Kind.EXPIRED_INVITATIONS: Outcome.TEMPORARY_PASSWORD_EXPIRED.value,
}


def rows_behind(kind: Kind, subject: str, first_at: datetime, last_at: datetime) -> str:
    """The query string of the filter that shows the rows behind a flag. It names nobody but by person id."""
    about = RULES[kind].subject
    return Filter(
        since=first_at,
        # The end of a filter is exclusive.
        until=last_at + INSTANT,
        outcome=_OUTCOME_BEHIND.get(kind, ""),
        address=subject if about == "address" else "",
        person=subject if about == "person" else "",
    ).query()


def open_ids(*, limit: int) -> list[int]:
    """The ids of the flags that nobody has judged yet, at most the newest `limit`. Raises django.db.Error."""
    flags = Flag.objects.filter(state=Flag.State.OPEN).order_by("-id")
    return list(flags.values_list("id", flat=True)[:limit])


def judge(flag: Flag, *, valid: bool, note: str, by: record.By, now: datetime | None = None) -> None:
    """Write down what an auditor makes of a flag, first in the log, then on the flag, in one transaction.

    Raises AuditUnavailable.
    """
    now = now or timezone.now()
    state = Flag.State.VALID if valid else Flag.State.NOT_VALID
    with record.write_transaction():
        record.note(
            event=Event.AUDIT_FLAG_JUDGED,
            outcome=Outcome.RECORDED,
            by=by,
            step=f"{flag.kind}:{flag.id}:{state}",
            now=now,
        )
        flag.state, flag.note, flag.judged_by, flag.judged_at = state, note, by.actor, now
        flag.save(update_fields=["state", "note", "judged_by", "judged_at"])
