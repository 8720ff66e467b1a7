"""How far an act on many is, and what became of each account, for the page and the file."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count

from cognito_portal.audit.exports.cells import cell
from cognito_portal.ops.bulk.words import ITEMS, problem_of
from cognito_portal.ops.models import BulkAct, BulkActItem, PoolIndexEntry

BYTE_ORDER_MARK = "\ufeff"
"""Without it some spreadsheets show accents wrongly."""
PROBLEMS = tuple(BulkActItem.State[name].value for name in ("UNKNOWN", "UNDELIVERED", "SKIPPED", "REFUSED"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many accounts stand in which state."""

    by_state: Mapping[str, int]

    @property
    def all(self) -> int:
        """Every account of the selection."""
        return sum(self.by_state.values())

    @property
    def over(self) -> int:
        """Those that were dealt with."""
        return self.all - self.by_state.get("waiting", 0) - self.by_state.get("sending", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account: its username out of the index, empty where that has it no more, and what became of it."""

    number: int
    sub: str
    username: str
    state: str
    problem: str


def counts(job: BulkAct) -> Counts:
    """Count the accounts of a selection. Raises django.db.Error."""
    return Counts(by_state=dict(job.items.values_list("state").annotate(Count("id")).order_by()))


def lines(
    job: BulkAct, states: Collection[str] = (), *, after: int = 0, most: int | None = None
) -> Iterator[Line]:
    """The accounts of a selection in their order, those in `states` where given. Raises django.db.Error."""
    wanted = job.items.filter(number__gt=after).order_by("number")
    found = list((wanted.filter(state__in=states) if states else wanted)[:most])
    named = PoolIndexEntry.objects.filter(pool_id=job.pool_id, sub__in=[each.sub for each in found])
    names = dict(named.values_list("sub", "username"))
    for item in found:
        yield Line(
            number=item.number,
            sub=item.sub,
            username=names.get(item.sub, ""),
            state=item.state,
            problem=problem_of(item),
        )


def results(job: BulkAct) -> Iterator[str]:
    """Lines of CSV that say what became of each account."""
    yield BYTE_ORDER_MARK + _line(["username", "sub", "act", "result", "what to know"])
    for each in lines(job):
        words = str(ITEMS[each.state][0])
        yield _line([each.username, each.sub, job.act, words, each.problem])


def _line(cells: list[str]) -> str:
    return ",".join(cell(each) for each in cells) + "\r\n"
