import json
import os
import pty
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from cognito_portal.audit import record, verifier
from cognito_portal.audit.events import Outcome
from cognito_portal.audit.exports.columns import KEYS
from cognito_portal.audit.models import Export
from tests.audit.exports.made import public_key, sheets
from tests.audit.rows import begun, noted, somebody
from tests.databases import Database, environment_for
from tests.live import ROOT

pytestmark = pytest.mark.usefixtures("database")


def exported(**options: Any) -> list[str]:
    output = StringIO()
    call_command("audit_export", stdout=output, **options)
    return output.getvalue().splitlines(keepends=True)


def test_keys_stand_in_their_order_and_count_only_in_summaries() -> None:
    record.end(begun(), outcome=Outcome.SUCCESS)
    noted(count=7)
    begin_row, end_row, summary, _ = [json.loads(line) for line in exported()]
    assert tuple(begin_row) == tuple(end_row) == KEYS
    assert tuple(summary) == (*KEYS, "count")
    assert summary["count"] == 7


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
    export = Export.objects.get()
    assert (last["event"], last["outcome"], last["step"]) == ("audit.exported", "recorded", export.id)
    assert last["actor"].startswith("shell:")
    assert (export.format, export.asked_by) == ("ndjson", last["actor"])


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    begun()
    call_command("audit_export", output=str(tmp_path / "audit.ndjson"))
    assert len((tmp_path / "audit.ndjson").read_text().splitlines()) == 2


def test_each_option_is_a_part_of_the_filter() -> None:
    call = begun(somebody("Ann"))
    record.end(call, outcome=Outcome.SUCCESS, error_code="Rare", request_id="aws-1")
    begun(somebody("Ben"), by=record.By("visitor", "198.51.100.9", "curl"))
    for options in (
        {"person": "ann"},
        {"error": "Rare"},
        {"request": "aws-1"},
        {"attempt": call.attempt_id},
        {"outcome": "success"},
        {"event": "signin.started"},
        {"address": "192.0.2.0/24"},
        {"client": "client"},
        {"actor": "visitor"},
        {"since": "2026-01-01"},
    ):
        rows = [json.loads(line) for line in exported(**options)]
        acts = [row for row in rows if row["event"] == "signin.started"]
        assert [(row["username"], row["phase"]) for row in acts] == [("Ann", "end")], options
    assert exported(until="2026-01-01") == []


def test_begun_adds_the_rows_before_calls() -> None:
    begun(somebody("Ann"))
    assert [json.loads(line)["phase"] for line in exported(person="ann", begun=True)] == ["begin"]
    assert exported(person="ann") == []


def test_csv_with_a_byte_order_mark(tmp_path: Path) -> None:
    call_command("audit_export", format="csv", bom=True, output=str(tmp_path / "audit.csv"))
    assert (tmp_path / "audit.csv").read_bytes().startswith(b"\xef\xbb\xbftime,event,")
    assert exported(format="csv", bom=True)[0].startswith("\ufefftime,event,")


def test_a_workbook(tmp_path: Path) -> None:
    begun(somebody("Ann"))
    call_command("audit_export", format="xlsx", output=str(tmp_path / "audit.xlsx"))
    assert "Ann" in sheets((tmp_path / "audit.xlsx").read_bytes())[0][1]
    assert not list(tmp_path.glob("workbook-*"))


def test_a_manifest_that_verifies(tmp_path: Path) -> None:
    begun(somebody("Ann"))
    path = tmp_path / "audit.csv"
    call_command("audit_export", format="csv", output=str(path), manifest=True)
    beside = tmp_path / "audit.csv.manifest.json"
    assert verifier.verify(path, beside, verifier.keys_of([public_key()]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"event": "no.such"}, "--event: There is no such event"),
        ({"since": "2026-02-30"}, "--since: There is no such time"),
        ({"bom": True}, "--bom is for CSV"),
        ({"format": "xlsx"}, "need --output"),
        ({"manifest": True}, "need --output"),
    ],
)
def test_what_makes_no_sense_is_said_and_has_a_status_of_its_own(options: Any, words: str) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        exported(**options)
    assert refused.value.returncode == 2
    assert not Export.objects.exists()


def test_a_manifest_that_no_verifier_would_take_is_not_begun(tmp_path: Path, settings: Settings) -> None:
    settings.AUDIT_PUBLIC_KEYS = ["another:" + public_key().partition(":")[2]]
    with pytest.raises(CommandError, match="cannot be signed"):
        call_command("audit_export", output=str(tmp_path / "a"), manifest=True)
    assert not (tmp_path / "a").exists()


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


def test_on_a_terminal_a_bar_shows_how_far_it_is(database: Database, tmp_path: Path) -> None:
    noted()
    terminal, end = pty.openpty()
    command = [sys.executable, "manage.py", "audit_export", "--output", str(tmp_path / "out")]
    environment = {**os.environ, **environment_for(database)}
    subprocess.run(command, cwd=ROOT, env=environment, stderr=end, check=True, timeout=60)
    os.close(end)
    assert "2 of 2 rows" in os.read(terminal, 10_000).decode()
    os.close(terminal)
