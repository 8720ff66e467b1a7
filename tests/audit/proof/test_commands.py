import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from cognito_portal.audit import triggers
from cognito_portal.audit.models import AuditVerification
from cognito_portal.audit.proof import keys
from tests.audit.proof.logs import all_seals, anchor_lines, guarded, key_line, unguarded, write_rows
from tests.audit.rows import noted, stored

pytestmark = pytest.mark.usefixtures("database")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def said(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def verified() -> tuple[str, str]:
    """Outcome and step of the newest row that says that the log was verified."""
    row = [row for row in stored() if row["event"] == "audit.verified"][-1]
    return row["outcome"], row["step"]


def test_audit_seal_says_how_many_rows_it_sealed() -> None:
    noted()
    assert said("audit_seal") == "1 row sealed.\n"
    noted()
    noted()
    assert said("audit_seal") == "2 rows sealed.\n"
    assert said("audit_seal") == "0 rows sealed.\n"


def test_audit_seal_anchors_what_it_sealed(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    noted()
    said("audit_seal")
    assert (tmp_path / "anchors").read_text() == anchor_lines()[-1]


def test_audit_seal_fails_aloud_where_a_seal_could_not_be_anchored(settings: Settings) -> None:
    settings.AUDIT_ANCHOR_FILE = "/no/such/directory/anchors"
    noted()
    with pytest.raises(CommandError, match="anchored"):
        said("audit_seal")
    assert len(all_seals()) == 1


def test_audit_verify_says_that_the_log_is_whole_and_writes_that_down(tmp_path: Path) -> None:
    write_rows(9)
    said("audit_seal")
    (tmp_path / "anchors").write_text("".join(anchor_lines()))
    assert "is whole: 9 rows under 1 seal. 1 anchor agrees." in said(
        "audit_verify", "--anchor", str(tmp_path / "anchors")
    )
    run = AuditVerification.objects.get()
    assert (run.rows, run.seals, run.broken, run.asked_by[:6]) == (9, 1, "", "shell:")
    assert run.finished_at is not None
    assert verified() == ("success", "9 rows, 1 seal")


@pytest.mark.parametrize(
    ("sealed", "unsealed", "words"),
    [
        ((1,), 1, "1 row under 1 seal. 1 new row waits for its seal."),
        ((1, 2), 2, "3 rows under 2 seals. 2 new rows wait for their seal."),
        ((), 0, "0 rows under 0 seals. Without"),
    ],
)
def test_audit_verify_counts_one_of_a_kind_as_one(sealed: tuple[int, ...], unsealed: int, words: str) -> None:
    for count in sealed:
        assert all(noted() for _ in range(count))
        said("audit_seal")
    assert all(noted() for _ in range(unsealed))
    assert f"is whole: {words}" in said("audit_verify")


def test_audit_verify_without_anchors_says_what_that_cannot_see() -> None:
    assert "Without --anchor" in said("audit_verify")


def test_audit_verify_fails_with_the_first_fault_and_writes_that_down() -> None:
    write_rows(9)
    said("audit_seal")
    unguarded("UPDATE audit_event SET actor = 'x' WHERE id = (SELECT MIN(id) FROM audit_event)")
    guarded()
    row_id = stored()[0]["id"]
    with pytest.raises(CommandError, match=f"Row {row_id}, which seal 1 is over, was altered") as caught:
        said("audit_verify")
    assert caught.value.returncode == 1
    assert "was altered" in AuditVerification.objects.get().broken
    assert verified()[0] == "error"


def test_audit_verify_tells_its_verdict_where_nothing_can_be_written() -> None:
    noted()
    said("audit_seal")
    unguarded()
    triggers._checked.clear()
    err = io.StringIO()
    call_command("audit_verify", stdout=io.StringIO(), stderr=err)
    assert "could not be written" in err.getvalue()
    with pytest.raises(CommandError, match="is missing"):
        unguarded("DELETE FROM audit_event WHERE event = 'access.denied'")
        call_command("audit_verify", stderr=err)


def test_audit_verify_shows_progress_on_a_terminal_alone() -> None:
    write_rows(9)
    said("audit_seal")
    terminal, elsewhere = Terminal(), io.StringIO()
    call_command("audit_verify", stdout=io.StringIO(), stderr=terminal)
    call_command("audit_verify", stdout=io.StringIO(), stderr=elsewhere)
    assert "9 of 9 rows" in terminal.getvalue()
    assert elsewhere.getvalue() == ""


def test_audit_verify_with_anchors_that_cannot_be_read_says_so() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        said("audit_verify", "--anchor", "/no/such/file")


def test_audit_keys_prints_what_checks_seals_elsewhere(settings: Settings) -> None:
    settings.AUDIT_KEYS = [key_line("b"), key_line("a")]
    line = said("audit_keys").strip()
    settings.AUDIT_PUBLIC_KEYS = line.removeprefix("AUDIT_PUBLIC_KEYS=").split(",")
    assert list(keys.public_keys()) == ["b", "a"]
    noted()
    said("audit_seal")
    assert "is whole" in said("audit_verify")


def test_audit_keys_makes_a_new_key_each_time(settings: Settings) -> None:
    made = [said("audit_keys", "--new", "2026-11").strip() for _ in range(2)]
    assert made[0] != made[1]
    assert re.fullmatch(r"2026-11:[\w-]{43}", made[0])
    settings.AUDIT_KEYS = made[:1]
    assert keys.row_key().key_id == "2026-11"


@pytest.mark.parametrize("key_id", ["", "a:b", "a,b", "a b", "x" * 17, "tests"])
def test_audit_keys_refuses_an_id_that_cannot_be_listed_or_is_taken(key_id: str) -> None:
    with pytest.raises(CommandError):
        said("audit_keys", "--new", key_id)


@pytest.mark.parametrize("command", ["audit_seal", "audit_verify", "audit_keys"])
def test_keys_that_cannot_be_read_are_told_without_being_shown(command: str, settings: Settings) -> None:
    settings.AUDIT_KEYS = ["short:c2VjcmV0"]
    noted_before = len(stored())
    with pytest.raises(CommandError, match="AUDIT_KEYS is a list") as caught:
        said(command)
    assert "c2VjcmV0" not in str(caught.value)
    assert len(stored()) == noted_before
