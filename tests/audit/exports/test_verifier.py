import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from cognito_portal.audit import verifier
from cognito_portal.audit.exports import manifest
from cognito_portal.audit.proof.seals import heartbeat, seal_pending
from tests.audit.exports.made import exported, public_key, with_manifest
from tests.audit.proof.logs import all_seals, in_an_hour, key_line, write_rows
from tests.audit.rows import begun, noted, somebody
from tests.databases import Database

MUTATIONS = 100
Made = tuple[Path, Path]


@pytest.fixture
def log(database: Database) -> Database:
    """A log of several seals, of a person who was forgotten, and of rows that are not sealed yet."""
    begun(somebody("Forgotten"))
    for count in (20, 1, 7):
        write_rows(count)
        seal_pending()
    heartbeat(in_an_hour())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person WHERE typed = 'Forgotten'")
    noted()
    return database


def run(made: Made, *keys: str) -> tuple[int, str]:
    """(exit status, what it said) of the program, alone in a directory of its own."""
    export, beside = made
    script = export.parent / "verifier.py"
    script.write_bytes(Path(verifier.__file__).read_bytes())
    given = [part for key in keys or (public_key(),) for part in ("--public-key", key)]
    done = subprocess.run(
        [sys.executable, "-I", script.name, export.name, "--manifest", beside.name, *given],
        cwd=export.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def checked(made: Made) -> str:
    """What is altered, empty where nothing is; in this process, which is faster."""
    try:
        verifier.verify(*made, verifier.keys_of([public_key()]))
    except verifier.Altered as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize("kind", ["ndjson", "csv", "xlsx"])
def test_what_was_not_altered_is_good(log: Database, tmp_path: Path, kind: str) -> None:
    status, said = run(with_manifest(tmp_path, kind))
    assert (status, "ALTERED" in said) == (0, False), said
    assert "SHA-256" in said


def test_it_says_what_stands_under_seals_and_what_does_not(log: Database, tmp_path: Path) -> None:
    _, said = run(with_manifest(tmp_path))
    assert "1 were not sealed yet, 1 are of people who were forgotten" in said


def test_an_empty_export_is_good(database: Database, tmp_path: Path) -> None:
    assert run(with_manifest(tmp_path))[0] == 0


def test_every_random_mutation_is_found(log: Database, tmp_path: Path) -> None:
    """Of 2 files on 2 databases: one byte changed, added or taken away, or one line cut, doubled or moved."""
    made = with_manifest(tmp_path)
    missed = [what for what in mutated(made, random.Random(4)) if not checked(made)]
    assert not missed
    assert not checked(made)


def mutated(made: Made, chance: random.Random) -> Iterator[str]:
    for path in made:
        whole = path.read_bytes()
        for _ in range(MUTATIONS):
            name, altered = mutation(whole, chance)
            path.write_bytes(altered)
            yield f"{path.suffix}: {name}"
        path.write_bytes(whole)


def mutation(whole: bytes, chance: random.Random) -> tuple[str, bytes]:
    kinds = [
        changed,
        added,
        taken,
        *([line_cut, line_doubled, lines_swapped] if whole.count(b"\n") > 1 else []),
    ]
    while True:
        kind = chance.choice(kinds)
        altered = kind(whole, chance)
        if altered != whole:
            return kind.__name__, altered


def changed(whole: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(whole))
    return whole[:at] + bytes([chance.choice(b'0123456789abcdefABC",:[]{} \n')]) + whole[at + 1 :]


def added(whole: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(whole) + 1)
    return whole[:at] + bytes([chance.choice(b'0a ,"\n')]) + whole[at:]


def taken(whole: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(whole))
    return whole[:at] + whole[at + 1 :]


def line_cut(whole: bytes, chance: random.Random) -> bytes:
    lines = whole.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def line_doubled(whole: bytes, chance: random.Random) -> bytes:
    lines = whole.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"".join(lines)


def lines_swapped(whole: bytes, chance: random.Random) -> bytes:
    lines = whole.splitlines(keepends=True)
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def test_the_exit_status_says_it_and_the_first_broken_line_is_named(log: Database, tmp_path: Path) -> None:
    made = with_manifest(tmp_path)
    lines = made[0].read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b"192.0.2.", b"192.0.3.").replace(b"staff:1", b"staff:2")
    lines[9] = lines[9].replace(b"192.0.2.", b"192.0.3.").replace(b"staff:1", b"staff:2")
    made[0].write_bytes(b"".join(lines))
    status, said = run(made)
    assert (status, "line 5 (row 5)" in said, "line 10" in said) == (1, True, False), said


ALTERED_FIELDS = [
    *("time", "event", "phase", "attempt_id", "call_id", "step", "outcome", "pool_id", "client_id", "actor"),
    *("username", "canonical_username", "sub", "address", "user_agent", "error_code", "request_id"),
    *("proof.id", "proof.person_id", "proof.person_commitment", "proof.salt", "proof.address_key"),
    *("proof.once", "proof.mac", "proof.key_id", "proof.version", "proof.turn", "proof.leaf", "duration_ms"),
]


@pytest.mark.parametrize("name", ALTERED_FIELDS)
def test_each_field_of_a_line_is_bound_to_the_seal(sealed: list[bytes], name: str) -> None:
    """Without the file's hash: what is altered in one line is found by that line alone."""
    row = json.loads(sealed[1])
    holder, key = (row["proof"], name[6:]) if name.startswith("proof.") else (row, name)
    value = holder[key]
    holder[key] = value + 1 if isinstance(value, int) else altered(value)
    assert fault_of(row)


@pytest.mark.parametrize("name", ["seal", "path", "mac", "salt", "leaf"])
@pytest.mark.parametrize("value", [None, 0, -1, [], [None], {}, "", "x", 10**30, True, 1.5, "\ud800"])
def test_a_proof_of_another_form_is_refused_and_breaks_nothing(
    sealed: list[bytes], name: str, value: object
) -> None:
    row = json.loads(sealed[1])
    if row["proof"][name] == value and type(row["proof"][name]) is type(value):
        return
    row["proof"][name] = value
    assert fault_of(row)


def altered(value: str | None) -> str:
    text = value or ""
    return ("0" if text[:1] != "0" else "1") + text[1:]


@pytest.fixture
def sealed(sqlite: Database) -> list[bytes]:
    """The lines of a sealed log, the second of them of a named person's call that has ended."""
    write_rows(9)
    seal_pending()
    return exported("ndjson").splitlines(keepends=True)


def fault_of(row: dict[str, object]) -> str:
    seals = {seal["no"]: seal for seal in map(manifest.as_json, all_seals())}
    raw = json.dumps(row, separators=(",", ":")).encode() + b"\n"
    try:
        read = verifier.line_of(raw, 2)
        verifier.check_names(read, read["proof"], 2)
        verifier.check_leaf(read, read["proof"], 2, seals)
    except verifier.Altered as fault:
        return str(fault)
    return ""


def test_the_line_as_it_was_is_good(sealed: list[bytes]) -> None:
    assert fault_of(json.loads(sealed[1])) == ""


def test_another_key_is_refused(log: Database, tmp_path: Path) -> None:
    status, said = run(with_manifest(tmp_path), "tests:" + "A" * 43)
    assert (status, "signature of the manifest" in said) == (1, True)


def test_a_key_nobody_gave_is_named(log: Database, tmp_path: Path) -> None:
    status, said = run(with_manifest(tmp_path), "other:" + public_key().partition(":")[2])
    assert (status, "'tests'" in said) == (1, True)


def test_what_is_no_key_is_said(log: Database, tmp_path: Path) -> None:
    assert run(with_manifest(tmp_path), "tests:short")[0] == 2


def test_a_missing_file_is_said(log: Database, tmp_path: Path) -> None:
    export, beside = with_manifest(tmp_path)
    beside.unlink()
    assert run((export, beside))[0] == 2


def test_seals_of_two_keys_are_checked_by_both(
    database: Database, tmp_path: Path, settings: Settings
) -> None:
    old, new = key_line("old"), key_line("new")
    settings.AUDIT_KEYS = [old]
    write_rows(4)
    seal_pending()
    settings.AUDIT_KEYS = [new, old]
    write_rows(4)
    seal_pending()
    made = with_manifest(tmp_path)
    assert run(made)[0] == 0
    assert run(made, public_key().split(",")[0])[0] == 1


def test_it_imports_nothing_but_python_and_cryptography() -> None:
    code = "import sys; before = set(sys.modules); import verifier; print(sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(verifier.__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not [name for name in ("django", "cognito_portal") if name in done.stdout]


def test_a_name_that_was_put_in_for_another_is_found_in_its_line(log: Database, tmp_path: Path) -> None:
    export, beside = with_manifest(tmp_path)
    lines = export.read_bytes().splitlines(keepends=True)
    assert b'"username":"Person.0"' in lines[1]
    lines[1] = lines[1].replace(b'"username":"Person.0"', b'"username":"Person.1"')
    export.write_bytes(b"".join(lines))
    assert checked((export, beside)) == "line 2 names another person than its row was written for"


def test_a_name_put_in_for_somebody_who_was_forgotten_is_found(log: Database, tmp_path: Path) -> None:
    export, beside = with_manifest(tmp_path)
    lines = export.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0].replace(b'"username":""', b'"username":"Mary"')
    export.write_bytes(b"".join(lines))
    assert checked((export, beside)) == "line 1 has names that no commitment vouches for"


def test_a_seal_cut_out_of_the_manifest_is_missed(log: Database, tmp_path: Path) -> None:
    export, beside = with_manifest(tmp_path, "csv")
    said = json.loads(beside.read_bytes())
    del said["seals"][0]
    beside.write_bytes(json.dumps(said, separators=(",", ":"), sort_keys=True).encode() + b"\n")
    assert "not those that were listed" in checked((export, beside))
