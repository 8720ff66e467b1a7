import csv
import io
from datetime import UTC, datetime

import pytest

from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.audit.exports import csv_sqlite
from cognito_portal.audit.exports.cells import original
from cognito_portal.audit.exports.columns import COLUMNS
from cognito_portal.audit.exports.selection import Facts
from cognito_portal.audit.filters import Filter
from tests.audit.exports.made import NASTY, by_csv_writer, by_hand, exported, insert_raw
from tests.audit.rows import begun, noted, shown, somebody

pytestmark = pytest.mark.usefixtures("database")
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"


def reparsed(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline=""), strict=True))


def write_ordinary(rows: int = 6) -> None:
    for number in range(rows):
        by = record.By("visitor", f"192.0.2.{number}", AGENT)
        record.end(begun(somebody(f"user{number}@example.com"), by=by), outcome=Outcome.SUCCESS)


def test_bytes_are_those_of_csv_writer() -> None:
    write_ordinary()
    noted(count=7)
    assert exported() == by_csv_writer()


def test_what_was_typed_is_neutral_and_read_back_it_is_what_was_typed() -> None:
    write_ordinary(2)
    for nasty in NASTY:
        by = record.By("visitor", nasty, nasty)
        noted(by=by, step=nasty, attempt_id=nasty, client_id=nasty, error_code=nasty)
        call = begun(somebody(nasty, canonical=nasty, sub="s-1"), by=by)
        record.end(call, outcome=Outcome.SUCCESS, request_id=nasty)
    text = exported()
    assert text == by_csv_writer()
    header, *rows = reparsed(text)
    assert tuple(header) == COLUMNS
    assert [[original(cell) for cell in row] for row in rows] == by_hand(neutral=False)
    assert not [cell for row in rows for cell in row if cell[:1] and cell[0] in "=+-@\t\r\n＝＋－＠"]


@pytest.mark.parametrize(
    "column", ["event", "step", "actor", "attempt_id", "address", "user_agent", "request_id"]
)
def test_a_row_written_past_the_portal_cannot_break_a_line(column: str) -> None:
    write_ordinary(2)
    for number, nasty in enumerate(NASTY):
        insert_raw(**{column: nasty[:16], "call_id": str(number)})
    text = exported()
    assert text == by_csv_writer()
    assert len(reparsed(text)) == 1 + 4 + len(NASTY)


@pytest.mark.parametrize("nasty", NASTY)
def test_each_odd_cell_alone_is_seen(nasty: str) -> None:
    """By itself, so that no other cell of its batch is what was noticed."""
    write_ordinary(1)
    insert_raw(request_id=nasty, call_id="raw")
    assert exported() == by_csv_writer()


def test_byte_order_mark_by_choice() -> None:
    write_ordinary(1)
    assert exported(bom=True) == b"\xef\xbb\xbf" + exported()
    assert not exported().startswith(b"\xef\xbb\xbf")


def test_without_rows_there_is_the_header_alone() -> None:
    assert exported() == (",".join(COLUMNS) + "\r\n").encode()
    facts = Facts()
    exported(facts=facts)
    assert (facts.rows, facts.first, facts.last) == (0, None, None)


def test_time_has_microseconds_where_there_are_none_too() -> None:
    noted(now=datetime(2026, 3, 2, 9, 0, 0, 4_999, tzinfo=UTC))
    noted(now=datetime(2026, 3, 2, 9, 0, 0, 0, tzinfo=UTC))
    assert [row[0] for row in reparsed(exported())[1:]] == [
        "2026-03-02T09:00:00.004999Z",
        "2026-03-02T09:00:00.000000Z",
    ]


def test_facts_say_how_many_rows_and_which_were_first_and_last() -> None:
    write_ordinary()
    facts, rows = Facts(), shown()
    exported(facts=facts)
    assert (facts.rows, facts.first and facts.first[0], facts.last and facts.last[0]) == (
        len(rows),
        rows[0].id,
        rows[-1].id,
    )
    assert facts.last and facts.last[1] == f"{rows[-1].time:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_only_the_rows_of_the_filter_go_out() -> None:
    write_ordinary()
    noted(error_code="Rare")
    assert [row[15] for row in reparsed(exported(filter_=Filter(error_code="Rare")))[1:]] == ["Rare"]
    phases = {row[2] for row in reparsed(exported(filter_=Filter()))[1:]}
    assert phases == {"end", "single"}


def test_more_rows_than_a_batch_come_in_order() -> None:
    for number in range(1_203):
        noted(step=str(number))
    assert [row[5] for row in reparsed(exported())[1:]] == [str(number) for number in range(1_203)]


def test_a_batch_with_one_odd_row_has_them_all_in_order() -> None:
    for number in range(1_203):
        noted(step="=odd" if number == 700 else str(number))
    assert exported() == by_csv_writer()


def test_names_that_look_like_formulas_are_put_right_where_more_of_them_come_than_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_sqlite, "KEPT", 2)
    for number in range(5):
        begun(somebody(f"+4420794600{number}", canonical=f"né{number}", sub=f"s-{number}"))
    assert exported() == by_csv_writer()
