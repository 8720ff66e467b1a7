"""Keeping the ledger up to date: with the log row by row as it is sealed, and with the index entry by entry.

Every line is made anew out of all that is known of its account, so that it does no harm to make one twice, and the
whole ledger can be thrown away.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q

from cognito_portal.audit import invitations, sign_ins
from cognito_portal.audit.invitations import Told
from cognito_portal.ops.index.words import INVITED
from cognito_portal.ops.ledger.lines import line_of
from cognito_portal.ops.models import Invitation, InvitationLedger, PoolIndexEntry
from cognito_portal.worker import jobs

JOB = "invitation ledger"
EVERY_S = 10.0
LEAVES = 1_000
BATCH = 100
_MADE = [
    field.name for field in Invitation._meta.concrete_fields if field.name not in ("id", "entry", "pool_id")
]


def work() -> None:
    """Bring the ledger up to date.

    Raises django.db.Error, and Interrupted where the worker is told to stop.
    """
    if settings.POOL_INDEX_MINUTES <= 0:
        return
    ledger = _ledger()
    end = sign_ins.end_of_seals()
    while ledger.next_leaf < end:
        jobs.stop_if_told()
        _read_rows(ledger, min(end, ledger.next_leaf + LEAVES))
    _look_at_new_entries(ledger)
    while some := _changed():
        jobs.stop_if_told()
        with transaction.atomic():
            _make(some)


def _ledger() -> InvitationLedger:
    """Where it stands. A new one looks at every entry, so only what the log has from now on is left to be read."""
    ledger, _ = InvitationLedger.objects.get_or_create(
        pool_id=settings.COGNITO_USER_POOL_ID, defaults={"next_leaf": sign_ins.end_of_seals()}
    )
    return ledger


def begin_anew() -> None:
    """Throw the ledger away; the next run makes it again."""
    pool_id = settings.COGNITO_USER_POOL_ID
    with transaction.atomic():
        Invitation.objects.filter(pool_id=pool_id).delete()
        InvitationLedger.objects.filter(pk=pool_id).delete()


def _read_rows(ledger: InvitationLedger, end: int) -> None:
    first = ledger.next_leaf
    with transaction.atomic():
        if sign_ins.was_anybody_forgotten(first_leaf=first, end=end):
            _forget(ledger)
        for some in _batches(sorted(invitations.people_in(first_leaf=first, end=end))):
            _make(_entries_of(some))
        InvitationLedger.objects.filter(pk=ledger.pk, next_leaf=first).update(next_leaf=end)
    ledger.next_leaf = end


def _forget(ledger: InvitationLedger) -> None:
    """Whom the log forgot it no longer tells, so what came of it is asked of it anew, for everybody."""
    Invitation.objects.filter(pool_id=ledger.pk).update(is_anew=True)
    InvitationLedger.objects.filter(pk=ledger.pk).update(next_entry=0)
    ledger.next_entry = 0


def _look_at_new_entries(ledger: InvitationLedger) -> None:
    while ledger.next_entry <= ledger.seen_entry:
        jobs.stop_if_told()
        new = PoolIndexEntry.objects.filter(pk__gte=ledger.next_entry, pk__lte=ledger.seen_entry)
        some = list(new.filter(pool_id=ledger.pk).order_by("pk")[:BATCH])
        following = some[-1].pk + 1 if some else ledger.seen_entry + 1
        with transaction.atomic():
            _make(some)
            InvitationLedger.objects.filter(pk=ledger.pk).update(next_entry=following)
        ledger.next_entry = following
    newest = PoolIndexEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    InvitationLedger.objects.filter(pk=ledger.pk).update(seen_entry=newest)


def _changed() -> list[PoolIndexEntry]:
    """Some accounts that changed since their line was made, or wait and have none."""
    differs = Q(invitation__isnull=False) & ~Q(invitation__changed_at=F("modified_at"))
    which = differs | Q(invitation__isnull=True, status=INVITED)
    return list(PoolIndexEntry.objects.filter(which, pool_id=settings.COGNITO_USER_POOL_ID)[:BATCH])


def _entries_of(people: Sequence[str]) -> list[PoolIndexEntry]:
    pool_id = settings.COGNITO_USER_POOL_ID
    names = sign_ins.namings(pool_id=pool_id, person_ids=people)
    subs = {each.sub for each in names if each.sub}
    accounts = {each.account for each in names if each.account}
    known_as = Q(folded__in=accounts) | Q(email_folded__in=accounts) | Q(phone_number__in=accounts)
    found = (PoolIndexEntry.objects.filter(which, pool_id=pool_id) for which in (Q(sub__in=subs), known_as))
    return list({entry.pk: entry for some in found for entry in some}.values())


def _make(entries: Sequence[PoolIndexEntry]) -> None:
    """Make the lines of these accounts; call it in a transaction."""
    before = {each.entry_id: each for each in Invitation.objects.filter(entry__in=entries)}
    rows = _rows_by_entry(entries)
    made = []
    for entry in entries:
        kept = before.get(entry.pk)
        line = line_of(entry, rows[entry.pk], None if kept is None or kept.is_anew else kept)
        if line is not None:
            made.append(line)
    gone = before.keys() - {line.entry_id for line in made}
    Invitation.objects.filter(entry__in=gone).delete()
    Invitation.objects.bulk_create(made, update_conflicts=True, unique_fields=["entry"], update_fields=_MADE)


def _rows_by_entry(entries: Sequence[PoolIndexEntry]) -> dict[int, list[Told]]:
    """What the log tells of each account. Rows that name another sub are of whoever had the name before."""
    accounts = {entry.pk: _known_as(entry) for entry in entries}
    names = sign_ins.namings_by(
        pool_id=settings.COGNITO_USER_POOL_ID,
        subs=[entry.sub for entry in entries],
        accounts=sorted({name for some in accounts.values() for name in some}),
    )
    by_name: dict[str, set[str]] = defaultdict(set)
    for each in names:
        by_name[each.account].add(each.person_id)
        by_name[each.sub].add(each.person_id)
    by_person: dict[str, list[Told]] = defaultdict(list)
    for row in invitations.rows_of(person_ids=sorted({each.person_id for each in names})):
        by_person[row.person_id].append(row)
    return {
        entry.pk: _in_order(
            entry, {p for name in (entry.sub, *accounts[entry.pk]) for p in by_name[name]}, by_person
        )
        for entry in entries
    }


def _in_order(entry: PoolIndexEntry, people: Collection[str], by_person: dict[str, list[Told]]) -> list[Told]:
    its = (row for person in people for row in by_person[person] if row.sub in (entry.sub, ""))
    return sorted(its, key=lambda row: row.time)


def _known_as(entry: PoolIndexEntry) -> list[str]:
    return [name for name in (entry.folded, entry.email_folded, entry.phone_number) if name]


def _batches(people: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(people), BATCH):
        yield people[start : start + BATCH]
