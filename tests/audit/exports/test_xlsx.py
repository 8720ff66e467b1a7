import pytest

from cognito_portal.audit import record
from cognito_portal.audit.exports import xlsx
from cognito_portal.audit.exports.columns import COLUMNS
from cognito_portal.audit.exports.selection import Facts, select
from tests.audit.exports.made import EVERYTHING, NASTY, by_hand, exported, sheets
from tests.audit.rows import begun, noted, somebody

pytestmark = pytest.mark.usefixtures("database")


def test_every_cell_is_a_text_and_is_what_was_typed() -> None:
    for nasty in NASTY:
        noted(by=record.By(nasty, nasty, nasty), step=nasty, error_code="http://example.com/=1")
        begun(somebody(nasty), by=record.By("visitor", "192.0.2.7", nasty))
    (sheet,) = sheets(exported("xlsx"))
    assert tuple(sheet[0]) == COLUMNS
    assert sheet[1:] == by_hand(neutral=False)


def test_rows_beyond_a_sheet_go_to_the_next() -> None:
    for number in range(7):
        noted(step=str(number))
    facts = Facts()
    made = b"".join(xlsx.chunks(select(EVERYTHING), facts, directory=None, rows_a_sheet=3))
    found = sheets(made)
    assert [[row[5] for row in sheet[1:]] for sheet in found] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert {tuple(sheet[0]) for sheet in found} == {COLUMNS}
    assert facts.rows == 7


def test_without_rows_there_is_a_sheet_with_its_header() -> None:
    assert sheets(exported("xlsx")) == [[list(COLUMNS)]]


def test_the_same_rows_make_the_same_bytes() -> None:
    noted()
    assert exported("xlsx") == exported("xlsx")
