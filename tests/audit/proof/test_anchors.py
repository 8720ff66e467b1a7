import json
import sys
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from cognito_portal.audit.proof import anchors, seals
from tests.audit.proof.logs import anchor_lines, fault
from tests.audit.rows import noted
from tests.databases import Database

KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


@pytest.fixture(autouse=True)
def places(settings: Settings, sqlite: Database, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_STDOUT = False
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    settings.AUDIT_ANCHOR_COMMAND = ""


def seal(times: int = 1) -> None:
    for _ in range(times):
        noted()
        seals.seal_pending()


def kept(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def test_file_gets_each_seal_once_and_in_order(tmp_path: Path) -> None:
    publishing = anchors.configured(stdout=False)
    assert publishing.publish()
    for _ in range(3):
        seal(2)
        assert publishing.publish()
        assert publishing.publish()
    assert kept(tmp_path / "anchors") == anchor_lines()
    assert len(anchor_lines()) == 6
    assert fault(anchor_lines()) == ""


def test_file_is_carried_on_by_another_process(tmp_path: Path) -> None:
    anchors.configured(stdout=False).publish()
    for _ in range(2):
        seal(2)
        anchors.configured(stdout=False).publish()
    assert kept(tmp_path / "anchors") == anchor_lines()[1:]


def test_two_processes_write_no_seal_twice(tmp_path: Path) -> None:
    one, two = anchors.configured(stdout=False), anchors.configured(stdout=False)
    one.publish(), two.publish()
    seal(3)
    one.publish(), two.publish()
    assert kept(tmp_path / "anchors") == anchor_lines()


def test_file_that_is_new_begins_with_the_newest_seal(tmp_path: Path) -> None:
    seal(5)
    anchors.configured(stdout=False).publish()
    assert kept(tmp_path / "anchors") == anchor_lines()[-1:]


def test_line_that_a_power_cut_tore_stands_alone_and_is_written_again(tmp_path: Path) -> None:
    publishing = anchors.configured(stdout=False)
    publishing.publish()
    seal(2)
    whole, torn = anchor_lines()
    (tmp_path / "anchors").write_text(whole + torn[:50])
    anchors.configured(stdout=False).publish()
    assert kept(tmp_path / "anchors") == [whole, torn[:50] + "\n", torn]
    assert fault(kept(tmp_path / "anchors")) == ""


def test_missed_anchors_are_caught_up_in_order(tmp_path: Path, settings: Settings) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "mount" / "anchors")
    publishing = anchors.configured(stdout=False)
    publishing.publish()
    seal(2)
    assert not publishing.publish()
    seal()
    (tmp_path / "mount").mkdir()
    assert publishing.publish()
    assert kept(tmp_path / "mount" / "anchors") == anchor_lines()


def test_command_gets_the_lines_on_its_standard_input(tmp_path: Path, settings: Settings) -> None:
    settings.AUDIT_ANCHOR_FILE = ""
    settings.AUDIT_ANCHOR_COMMAND = f'{sys.executable} -c "{KEEP}" "{tmp_path / "of the command"}"'
    publishing = anchors.configured(stdout=False)
    publishing.publish()
    seal(2)
    assert publishing.publish()
    seal()
    assert publishing.publish()
    assert kept(tmp_path / "of the command") == anchor_lines()


@pytest.mark.parametrize("command", ["/no/such/command", "false", '"unbalanced'])
def test_command_that_fails_is_logged_and_tried_again(
    command: str, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_ANCHOR_COMMAND = command
    publishing = anchors.configured(stdout=False)
    publishing.publish()
    seal()
    assert not publishing.publish()
    assert "audit.anchor_failed" in caplog.text
    assert kept(tmp_path / "anchors") == anchor_lines()


def test_command_that_hangs_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "COMMAND_TIMEOUT_S", 0.2)
    settings.AUDIT_ANCHOR_COMMAND = "sleep 60"
    publishing = anchors.configured(stdout=False)
    publishing.publish()
    seal()
    began = time.monotonic()
    assert not publishing.publish()
    assert time.monotonic() - began < 5


def test_standard_output_is_the_workers_alone(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.AUDIT_ANCHOR_STDOUT = True
    seal()
    anchors.configured(stdout=False).publish()
    assert capsys.readouterr().out == ""
    anchors.configured(stdout=True).publish()
    assert capsys.readouterr().out.splitlines(keepends=True) == anchor_lines()


def test_anchor_says_what_an_auditor_needs() -> None:
    seal()
    (line,) = anchor_lines()
    assert list(json.loads(line)) == [
        *("log_id", "no", "total", "root", "prev", "hash", "time", "key_id", "signature")
    ]


def test_log_that_is_behind_its_anchors_is_logged_and_adds_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seal()
    (line,) = anchor_lines()
    (tmp_path / "anchors").write_text(line.replace('"no":1', '"no":7'))
    anchors.configured(stdout=False).publish()
    assert "audit.anchor_is_ahead" in caplog.text
    assert len(kept(tmp_path / "anchors")) == 1


def test_job_of_the_worker_fails_where_a_place_does(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchors, "_of_this_process", [])
    settings.AUDIT_ANCHOR_FILE = "/no/such/directory/anchors"
    anchors.work()
    seal()
    with pytest.raises(anchors.AnchorFailed):
        anchors.work()
