"""CSV out of SQLite: the cells that are plain are put together by the database, which is faster than to hand
them over one by one; the rest goes cell by cell. What comes out is csv.writer's, byte for byte.

SQL stands here for the reason it does in cognito_portal.audit.exports.selection.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Iterator, Sequence
from typing import Any

from cognito_portal.audit.exports.cells import are_plain, cell
from cognito_portal.audit.exports.columns import as_texts
from cognito_portal.audit.exports.selection import SOURCE, Facts, Place, Selection, batches
from cognito_portal.audit.sql import fetch

KEPT_PEOPLE, KEPT_CELLS = 15_000, 2_000
_LEFT = (
    "printf('%.10sT%.15sZ,%s,%s,%s,%s,%s,%s,%s,%s,%s', e.time, substr(e.time || '.000000', 12), e.event,"
    " e.phase, e.attempt_id, e.call_id, e.step, e.outcome, e.pool_id, e.client_id, e.actor)"
)
_RIGHT = "printf('%s,%s,%s,%s', e.error_code, e.request_id, e.duration_ms, e.count)"
_LEFT_CELLS, _RIGHT_CELLS = 10, 4
_SELECTED = f"{_LEFT}, e.person_commitment, e.address, e.user_agent, {_RIGHT}, e.id"


class _Cells(dict[str, str]):
    """Texts as cells, kept because most come again; emptied before it grows large."""

    def __missing__(self, text: str) -> str:
        if len(self) >= KEPT_CELLS:
            self.clear()
        made = self[text] = cell(text)
        return made


class _People(dict[str, str]):
    """The three cells of a person, by the commitment in the row. Nobody, and who was forgotten, is empty."""

    def of(self, commitments: Sequence[str]) -> list[str]:
        try:
            return [self[commitment] for commitment in commitments]
        except KeyError:
            self._learn(set(commitments))
            return [self[commitment] for commitment in commitments]

    def _learn(self, commitments: set[str]) -> None:
        unknown = commitments - self.keys()
        if len(self) + len(unknown) > KEPT_PEOPLE:
            self.clear()
            unknown = commitments
        self |= dict.fromkeys(unknown, ",,") | self._read(list(unknown))

    def _read(self, commitments: list[str]) -> dict[str, str]:
        slots = ", ".join(["%s"] * len(commitments))
        found = fetch(
            f"SELECT commitment, typed, canonical, sub FROM audit_person WHERE commitment IN ({slots})",
            commitments,
        )
        return {key: ",".join(map(cell, named)) for key, *named in found}


def lines(selection: Selection, facts: Facts) -> Iterator[str]:
    """The rows as text, a batch at a time. Raises django.db.Error."""
    people, cells = _People(), _Cells()
    for rows in batches(selection, _SELECTED, "FROM audit_event e"):
        yield _text(rows, people, cells)
        _note(rows, facts)


def _text(rows: list[tuple[Any, ...]], people: _People, cells: _Cells) -> str:
    left, commitments, addresses, agents, right, ids = zip(*rows, strict=True)
    if not (
        are_plain(left, cells=_LEFT_CELLS)
        and are_plain(addresses, cells=1)
        and are_plain(right, cells=_RIGHT_CELLS)
    ):
        return _cell_by_cell(ids)
    whole = zip(left, people.of(commitments), addresses, map(cells.__getitem__, agents), right, strict=True)
    return "\r\n".join(map(",".join, whole)) + "\r\n"


def _cell_by_cell(ids: Sequence[int]) -> str:
    """Rows of which some cell is not plain."""
    slots = ", ".join(["%s"] * len(ids))
    rows = fetch(f"SELECT {as_texts()} {SOURCE} WHERE e.id IN ({slots}) ORDER BY e.id", ids)
    return "".join(",".join(map(cell, row)) + "\r\n" for row in rows)


def _note(rows: list[tuple[Any, ...]], facts: Facts) -> None:
    facts.first = facts.first or _place(rows[0])
    facts.last = _place(rows[-1])
    facts.add(len(rows))


def _place(row: tuple[Any, ...]) -> Place:
    return row[-1], row[0][:27]
