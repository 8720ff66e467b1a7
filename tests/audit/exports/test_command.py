import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from cognito_portal.audit.export import KEYS
from django.core.management import CommandError, call_command
from django.db import connection

from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from tests.audit.rows import begun, noted, somebody

pytestmark = pytest.mark.usefixtures("database")


def exported() -> list[str]:
    output = StringIO()
    call_command("audit_export", format="ndjson", stdout=output)
    return output.getvalue().splitlines(keepends=True)


def test_keys_stand_in_their_order_and_count_only_in_summaries() -> None:
    record.end(begun(), outcome=Outcome.SUCCESS)
    noted(count=7)
    begin_row, end_row, summary, _ = [json.loads(line) for line in exported()]
    assert tuple(begin_row) == tuple(end_row) == KEYS
    assert tuple(summary) == (*KEYS, "count")
    assert summary["count"] == 7


def test_time_is_iso_8601_in_utc_with_milliseconds() -> None:
    noted(now=datetime(2026, 3, 2, 9, 0, 0, 4_999, tzinfo=UTC))
    noted(now=datetime(2026, 3, 2, 9, 0, 0, 0, tzinfo=UTC))
    assert [json.loads(line)["time"] for line in exported()[:2]] == [
        "2026-03-02T09:00:00.004Z",
        "2026-03-02T09:00:00.000Z",
    ]


def test_a_row_is_exported_with_its_person() -> None:
    begun(somebody(" Zoë", canonical="zoe", sub="s-1"))
    line = json.loads(exported()[0])
    assert (line["username"], line["canonical_username"], line["sub"]) == (" Zoë", "zoe", "s-1")
    assert (line["address"], line["user_agent"], line["duration_ms"]) == ("192.0.2.7", "Firefox", None)


@pytest.mark.parametrize(
    "nasty", ["\r\n", "\u2028\u2029", "\x1b[2J", "\x00", '"},{"', "\ud800", "\x85", "\x0b\x0c"]
)
def test_whatever_was_typed_each_row_is_one_line(nasty: str) -> None:
    by = record.By(actor=nasty, address=nasty, user_agent=nasty)
    noted(by=by, step=nasty, attempt_id=nasty, person=somebody(nasty), client_id=nasty, error_code=nasty)
    lines = exported()
    assert len(lines) == 2
    assert all(line.isascii() and line.endswith("}\n") and json.loads(line) for line in lines)


def test_an_export_is_recorded_before_it_is_read() -> None:
    last = json.loads(exported()[-1])
    assert (last["event"], last["outcome"], last["step"]) == ("audit.exported", "recorded", "ndjson")
    assert last["actor"].startswith("shell:")


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    begun()
    call_command("audit_export", output=str(tmp_path / "audit.ndjson"))
    assert len((tmp_path / "audit.ndjson").read_text().splitlines()) == 2


def test_a_file_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The file cannot be written: Is a directory"):
        call_command("audit_export", output=str(tmp_path))


def test_nothing_is_exported_that_cannot_be_recorded() -> None:
    noted()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_event")
    output = StringIO()
    with pytest.raises(CommandError, match="cannot be read or written"):
        call_command("audit_export", stdout=output)
    assert output.getvalue() == ""
