"""CSV out of SQLite: the database puts each line together, which is faster than to hand its cells over one by
one; what is not plain is put right here. What comes out is csv.writer's, byte for byte.

SQL stands here for the reason it does in cognito_portal.audit.exports.selection.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from cognito_portal.audit.exports.cells import are_plain, cell
from cognito_portal.audit.exports.columns import as_texts
from cognito_portal.audit.exports.selection import SOURCE, Facts, Place, Selection, batches
from cognito_portal.audit.sql import fetch

KEPT = 2_000
_END = "\x1f"
# A line in parts that are treated differently: what comes before the person, the person, the address, the user
# agent, what comes after it, and the id, which does not go out.
_LINE = (
    f"printf('%.10sT%.15sZ,%s,%s,%s,%s,%s,%s,%s,%s,%s,{_END}%s,%s,%s{_END},%s,{_END}%s{_END},%s,%s,%s,%s{_END}%d',"
    " e.time, substr(e.time || '.000000', 12), e.event, e.phase, e.attempt_id, e.call_id, e.step, e.outcome,"
    " e.pool_id, e.client_id, e.actor, p.typed, p.canonical, p.sub, e.address, e.user_agent, e.error_code,"
    " e.request_id, e.duration_ms, e.count, e.id)"
)
_PARTS = 6
_BEFORE, _PERSON, _ADDRESS, _AGENT, _AFTER, _ID = (slice(at, None, _PARTS) for at in range(_PARTS))
_PERSON_COMMAS, _OTHER_COMMAS = 2, 10 + 2 + 4
_TIME_LENGTH = 27
Cells = Callable[[str], str]
"""From a text to the cells that it makes in the file."""


def lines(selection: Selection, facts: Facts) -> Iterator[bytes]:
    """The rows as bytes, a batch at a time. Raises django.db.Error."""
    # Most come again.
    agents, names = lru_cache(KEPT)(cell), lru_cache(KEPT)(_names)
    for rows in batches(selection, _LINE):
        yield _text(rows, agents, names).encode()
        facts.first = facts.first or _place(*rows[0])
        facts.last = _place(*rows[-1])
        facts.add(len(rows))


def _text(rows: Sequence[tuple[str]], agents: Cells, names: Cells) -> str:
    count = len(rows)
    parts = _END.join(chain.from_iterable(rows)).split(_END)
    others = parts[_BEFORE] + parts[_ADDRESS] + parts[_AFTER]
    if len(parts) != _PARTS * count or not are_plain(others, commas=_OTHER_COMMAS * count):
        return _cell_by_cell(rows)
    people = parts[_PERSON]
    if not are_plain(people, commas=_PERSON_COMMAS * count):
        if any(person.count(",") != _PERSON_COMMAS for person in people):
            return _cell_by_cell(rows)
        parts[_PERSON] = map(names, people)
    parts[_AGENT] = map(agents, parts[_AGENT])
    parts[_ID] = ["\r\n"] * count
    return "".join(parts)


def _names(person: str) -> str:
    """The three cells of a person, of which none holds a comma."""
    return ",".join(map(cell, person.split(",")))


def _cell_by_cell(rows: Sequence[tuple[str]]) -> str:
    """Rows of which some cell is not plain."""
    ids = [_place(*row)[0] for row in rows]
    slots = ", ".join(["%s"] * len(ids))
    found = fetch(f"SELECT {as_texts()} {SOURCE} WHERE e.id IN ({slots}) ORDER BY e.id", ids)
    return "".join(",".join(map(cell, row)) + "\r\n" for row in found)


def _place(line: str) -> Place:
    return int(line.rpartition(_END)[2]), line[:_TIME_LENGTH]
