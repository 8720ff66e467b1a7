"""Whether the log is whole: every seal and every row of it, and what was said of it elsewhere.

One pass in constant memory. The order is that of the log, so that the fault that is named is the first one.
What this cannot see: a row that was removed before it was sealed, and, without anchors, an end that was cut off.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError
from django.utils import timezone

from cognito_portal.audit.proof import ledger, leftovers, stored
from cognito_portal.audit.proof.chain import Broken, Chain
from cognito_portal.audit.proof.keys import public_keys, row_keys
from cognito_portal.audit.proof.outside import check_anchors
from cognito_portal.audit.proof.walk import Tally, Walk

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification found. `first_fault` is one sentence, None where the log is whole.

    `rows` and `seals` are how many were checked, `pruned` how many sealed rows retention has removed, `unsealed`
    how many wait for their seal, `anchors` how many lines of those given were compared.
    """

    rows: int
    seals: int
    pruned: int
    unsealed: int
    anchors: int
    first_fault: str | None


def verify(
    anchor_lines: Iterable[str] | None = None,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
) -> Verdict:
    """Check the whole log, and compare it with anchor lines where there are any.

    `progress` is told now and then how many of how many sealed rows are done.
    Raises django.db.Error, keys.BadKeys, and what reading the lines raises.
    """
    tally = Tally()
    fault = None
    try:
        _check(tally, anchor_lines, progress or _tell_nobody, now or timezone.now())
    except Broken as broken:
        fault = str(broken)
    except OperationalError as error:
        if not stored.is_unreadable(error):
            raise
        fault = f"Something that belongs to the log after seal {tally.seals} is stored as text that is none."
    return Verdict(
        rows=tally.rows,
        seals=tally.seals,
        pruned=tally.pruned,
        unsealed=tally.unsealed,
        anchors=tally.anchors,
        first_fault=fault,
    )


def _check(tally: Tally, anchor_lines: Iterable[str] | None, progress: Progress, now: datetime) -> None:
    try:
        head = ledger.find_head()
    except stored.Doubt as doubt:
        raise Broken(f"The newest seal cannot be read: {doubt}.") from None
    leftovers.check_stray_seals(head)
    may_be_first_version = True
    if head is not None:
        walk = Walk(
            chain=Chain(public_keys()),
            until=head.statement.no,
            total=head.statement.total,
            row_keys=row_keys(),
            tally=tally,
        )
        walk.go(progress)
        may_be_first_version = walk.may_be_first_version
    leftovers.check_stray_leaves(head)
    if anchor_lines is not None:
        tally.anchors = check_anchors(anchor_lines, log_has_seals=head is not None)
    tally.unsealed = leftovers.check_unsealed(
        head, row_keys(), may_be_first_version=may_be_first_version, now=now
    )
    leftovers.check_prunes()
    leftovers.check_people()


def _tell_nobody(done: int, total: int) -> None:
    return None
