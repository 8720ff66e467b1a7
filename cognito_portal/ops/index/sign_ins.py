"""The last sign-in and the last failure of each account, out of the audit log and kept beside it.

Sealed rows are read in their order, once. Whoever they speak of is only marked; then the times of the marked are
asked of the log anew, by every name that it knows them by. So a name that turns out to be an alias brings its
earlier rows with it, and an account that comes into the index later has its times too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from cognito_portal.audit import sign_ins
from cognito_portal.ops.models import NEVER, PoolIndexEntry, PoolIndexState
from cognito_portal.worker import jobs

JOB = "sign-in times"
EVERY_S = 2.0
LEAVES = 1_000
BATCH = 100
Due = PoolIndexEntry.Due


def work() -> None:
    """Bring the times of all accounts up to date with what is sealed of the log.

    Raises django.db.Error, and Interrupted where the worker is told to stop.
    """
    pool_id = settings.COGNITO_USER_POOL_ID
    state = PoolIndexState.objects.filter(pk=pool_id).first()
    if state is None or settings.POOL_INDEX_MINUTES <= 0:
        return
    end = sign_ins.end_of_seals()
    while state.next_leaf < end:
        jobs.stop_if_told()
        _mark_whom_rows_speak_of(state, min(end, state.next_leaf + LEAVES))
    while _bring_up_to_date(pool_id):
        jobs.stop_if_told()


def _mark_whom_rows_speak_of(state: PoolIndexState, end: int) -> None:
    first = state.next_leaf
    with transaction.atomic():
        if sign_ins.was_anybody_forgotten(first_leaf=first, end=end):
            _mark_all(state.pk)
        people = sorted(sign_ins.people_in(first_leaf=first, end=end))
        for start in range(0, len(people), BATCH):
            _mark(state.pk, people[start : start + BATCH])
        PoolIndexState.objects.filter(pk=state.pk, next_leaf=first).update(next_leaf=end)
    state.next_leaf = end


def _mark(pool_id: str, people: Collection[str]) -> None:
    names = sign_ins.namings(pool_id=pool_id, person_ids=people)
    subs = {each.sub for each in names if each.sub}
    accounts = {each.account for each in names if each.account}
    known_as = Q(folded__in=accounts) | Q(email_folded__in=accounts) | Q(phone_number__in=accounts)
    for which in (Q(sub__in=subs), known_as):
        PoolIndexEntry.objects.filter(which, pool_id=pool_id, times_due=Due.NOT).update(times_due=Due.LATER)


def _mark_all(pool_id: str) -> None:
    """What came of the log has to be asked of it anew: of whoever was forgotten it no longer knows anything."""
    has_times = Q(last_sign_in_at__gt=NEVER) | Q(last_failure_at__gt=NEVER)
    PoolIndexEntry.objects.filter(has_times, pool_id=pool_id).update(times_due=Due.ANEW)


def _bring_up_to_date(pool_id: str) -> bool:
    """Do some of the marked accounts; whether there were any."""
    with transaction.atomic():
        marked = PoolIndexEntry.objects.filter(pool_id=pool_id, times_due__in=(Due.LATER, Due.ANEW))
        some = list(marked.order_by("times_due", "id")[:BATCH])
        # First, so that whoever is marked meanwhile stays marked.
        PoolIndexEntry.objects.filter(pk__in=[each.pk for each in some]).update(times_due=Due.NOT)
        _set_times(pool_id, some)
        PoolIndexEntry.objects.bulk_update(some, ["last_sign_in_at", "last_failure_at"])
    return bool(some)


def _set_times(pool_id: str, entries: Sequence[PoolIndexEntry]) -> None:
    names = sign_ins.namings_by(
        pool_id=pool_id,
        subs=[each.sub for each in entries],
        accounts=sorted({name for each in entries for name in _known_as(each)}),
    )
    by_name: dict[str, set[str]] = defaultdict(set)
    for each in names:
        by_name[each.account].add(each.person_id)
        by_name[each.sub].add(each.person_id)
    times: dict[str, list[sign_ins.LastTimes]] = defaultdict(list)
    for last in sign_ins.last_times(person_ids=sorted({each.person_id for each in names})):
        times[last.person_id].append(last)
    for entry in entries:
        ids = {person for name in (entry.sub, *_known_as(entry)) for person in by_name.get(name, ())}
        _set(entry, ids, times)


def _known_as(entry: PoolIndexEntry) -> list[str]:
    return [name for name in (entry.folded, entry.email_folded, entry.phone_number) if name]


def _set(
    entry: PoolIndexEntry, ids: Collection[str], times: Mapping[str, Sequence[sign_ins.LastTimes]]
) -> None:
    """Set the times of one account. Rows that name another sub are another account's, which had the name before."""
    its = [last for person in ids for last in times.get(person, ()) if last.sub in (entry.sub, "")]
    keeps = entry.times_due != Due.ANEW and bool(ids)
    # What retention removed from the log is still known here.
    before = (entry.last_sign_in_at, entry.last_failure_at) if keeps else (NEVER, NEVER)
    entry.last_sign_in_at = _latest(before[0], (last.signed_in_at for last in its))
    entry.last_failure_at = _latest(before[1], (last.failed_at for last in its))


def _latest(before: datetime, moments: Iterable[datetime | None]) -> datetime:
    return max([before, *(moment for moment in moments if moment is not None)])
