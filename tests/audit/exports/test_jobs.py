import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from cognito_portal.audit import record, verifier
from cognito_portal.audit.exports import asking, files, jobs
from cognito_portal.audit.exports.formats import Form, Format
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.models import Export
from cognito_portal.audit.proof.seals import seal_pending
from cognito_portal.worker.jobs import stopping
from tests.audit.exports.made import by_csv_writer, insert_raw, public_key
from tests.audit.proof.logs import write_rows
from tests.audit.rows import stored
from tests.databases import Database, environment_for, in_threads

pytestmark = pytest.mark.usefixtures("directory")
BY = record.By("staff:7", "192.0.2.1", "Firefox")
KEY = "tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw"


@pytest.fixture
def directory(settings: Settings, tmp_path: Path, database: Database) -> Path:
    settings.EXPORT_DIR = str(tmp_path / "exports")
    return tmp_path / "exports"


@pytest.fixture(autouse=True)
def never_stopped() -> Iterator[None]:
    yield
    stopping().clear()


def asked(kind: str = "ndjson", filter_: Filter | None = None) -> Export:
    form = Form(format=Format(kind))
    now = datetime.now(UTC)
    return asking.ask(filter_ or Filter(begun=True), form, by=BY, now=now)


def again(export: Export) -> Export:
    export.refresh_from_db()
    return export


def left_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


@pytest.mark.parametrize("kind", ["csv", "ndjson", "xlsx"])
def test_what_waits_is_made_with_a_manifest_that_verifies(directory: Path, kind: str) -> None:
    write_rows(20)
    seal_pending()
    export = asked(kind)
    assert jobs.make_waiting() == 1
    made = again(export)
    assert (made.state, made.file, made.rows) == ("done", f"{export.id}.{kind}", 22)
    path = directory / made.file
    assert made.size == path.stat().st_size
    beside = directory / f"{made.file}.manifest.json"
    assert verifier.verify(path, beside, verifier.keys_of([public_key()]))
    assert left_in(directory) == sorted([path.name, beside.name])


def test_files_are_for_the_portals_own_account_alone(directory: Path) -> None:
    made = asked()
    jobs.make_waiting()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert (modes, stat.S_IMODE(directory.stat().st_mode)) == ({0o600}, 0o700)
    assert again(made).state == "done"


def test_it_is_written_down_before_it_is_made_and_names_nobody(directory: Path) -> None:
    export = asked(filter_=Filter(person="Mary Miller"))
    row = stored()[-1]
    assert (row["event"], row["actor"], row["step"]) == ("audit.exported", "staff:7", export.id)
    assert not [value for value in row.values() if isinstance(value, str) and "Mary" in value]
    assert "Mary" in export.query


def test_the_oldest_is_made_first(directory: Path) -> None:
    first, second = asked(), asked()
    Export.objects.filter(id=second.id).update(asked_at=datetime.now(UTC) - timedelta(hours=1))
    jobs.make_waiting()
    finished = [again(export).finished_at for export in (second, first)]
    assert finished[0] and finished[1] and finished[0] < finished[1]


def test_a_cancelled_export_is_not_made(directory: Path) -> None:
    export = asked()
    assert asking.cancel(export, by=BY)
    assert (jobs.make_waiting(), again(export).state, left_in(directory)) == (0, "cancelled", [])
    assert stored()[-1]["step"] == f"{export.id} cancelled"
    assert not asking.cancel(export, by=BY)


def test_cancelled_on_the_way_it_leaves_nothing_behind(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BEAT_S", 0.01)
    write_rows(1_200)
    export = asked()
    heard = jobs._Beat.heard

    def cancelled_on_the_way(beat: jobs._Beat, rows: int) -> None:
        # As it comes in life: over another connection than the one that reads.
        in_threads(lambda _: asking.cancel(export, by=BY), [1], threads=1)
        give_up = time.monotonic() + 20
        while not beat.is_lost and time.monotonic() < give_up:
            time.sleep(0.01)
        heard(beat, rows)

    monkeypatch.setattr(jobs._Beat, "heard", cancelled_on_the_way)
    assert jobs.make_waiting() == 0
    assert (again(export).state, left_in(directory)) == ("cancelled", [])


def test_cancelled_when_it_was_all_but_finished_it_leaves_nothing_behind(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked()
    write = jobs.manifest.write

    def cancelled_at_the_end(*args: object, **more: object) -> None:
        write(*args, **more)  # type: ignore[arg-type]
        asking.cancel(export, by=BY)

    monkeypatch.setattr(jobs.manifest, "write", cancelled_at_the_end)
    assert jobs.make_waiting() == 0
    assert (again(export).state, left_in(directory)) == ("cancelled", [])


def test_a_worker_that_has_to_stop_gives_its_export_back(directory: Path) -> None:
    write_rows(30)
    export = asked()
    (claimed,) = [jobs._claim(datetime.now(UTC))]
    assert claimed is not None
    stopping().set()
    assert not jobs._make(claimed)
    assert (again(export).state, left_in(directory)) == ("waiting", [])
    assert jobs.make_waiting() == 0
    stopping().clear()
    assert jobs.make_waiting() == 1


def test_a_silent_workers_export_is_taken_up_and_a_living_ones_is_not(directory: Path) -> None:
    export = asked()
    running = Export.objects.filter(id=export.id)
    running.update(state="running", alive_at=datetime.now(UTC) - jobs.LEASE / 2)
    assert jobs.make_waiting() == 0
    running.update(alive_at=datetime.now(UTC) - 2 * jobs.LEASE)
    assert (jobs.make_waiting(), again(export).state) == (1, "done")


WORKER = """
import django, time
django.setup()
from cognito_portal.audit.exports import jobs
jobs._Beat.heard = lambda beat, rows: (print("writing", flush=True), time.sleep(60))
jobs.make_waiting()
"""


def test_the_export_of_a_killed_worker_is_made_by_the_next(directory: Path, database: Database) -> None:
    write_rows(600)
    export = asked("csv", Filter(begun=True, until=datetime.now(UTC) + timedelta(hours=1)))
    environment = {
        **os.environ,
        **environment_for(database),
        "EXPORT_DIR": str(directory),
        "AUDIT_KEYS": KEY,
        "DATABASE_WAIT_SECONDS": "20",
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout and worker.stdout.readline() == "writing\n"
        assert again(export).state == "running"
        assert [name for name in left_in(directory) if name.endswith(".part")]
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    assert jobs.make_waiting() == 0
    alive_at = datetime.now(UTC) - jobs.LEASE - timedelta(seconds=1)
    Export.objects.filter(id=export.id).update(alive_at=alive_at)
    assert jobs.make_waiting() == 1
    assert (directory / again(export).file).read_bytes() == by_csv_writer()


def test_who_lost_the_lease_changes_nothing(directory: Path) -> None:
    export = asked()
    claimed = jobs._claim(datetime.now(UTC))
    assert claimed is not None
    taken_over = datetime.now(UTC) + timedelta(seconds=5)
    Export.objects.filter(id=export.id).update(alive_at=taken_over)
    assert not jobs._make(claimed)
    assert (again(export).state, again(export).alive_at) == ("running", taken_over)


def test_after_seven_days_the_file_is_gone_and_the_export_stays(directory: Path) -> None:
    export = asked()
    jobs.make_waiting()
    finished = datetime.now(UTC) - jobs.KEPT
    Export.objects.filter(id=export.id).update(finished_at=finished + timedelta(minutes=1))
    assert (jobs.remove_old(now=datetime.now(UTC)), len(left_in(directory))) == (0, 2)
    Export.objects.filter(id=export.id).update(finished_at=finished)
    assert jobs.remove_old(now=datetime.now(UTC)) == 1
    assert (left_in(directory), again(export).file, again(export).state) == ([], "", "done")


def test_what_killed_workers_left_is_gone_a_day_later(directory: Path) -> None:
    files.directory()
    old, young = directory / "a.csv.1-1.part", directory / "b.csv.1-1.part"
    for path in (old, young):
        path.touch()
    os.utime(old, times=(1, 1))
    (directory / "workbook-x").mkdir()
    os.utime(directory / "workbook-x", times=(1, 1))
    jobs.make_waiting()
    assert left_in(directory) == [young.name]


def test_a_directory_that_cannot_be_written_is_said_in_words(directory: Path, settings: Settings) -> None:
    export = asked()
    directory.mkdir()
    (directory / "file").touch()
    claimed = jobs._claim(datetime.now(UTC))
    settings.EXPORT_DIR = str(directory / "file")
    assert claimed is not None
    assert not jobs._make(claimed)
    assert (again(export).state, again(export).problem) == (
        "failed",
        "The file cannot be written: File exists.",
    )


def test_a_key_that_verifiers_do_not_know_signs_nothing(directory: Path, settings: Settings) -> None:
    settings.AUDIT_PUBLIC_KEYS = ["another:" + public_key().partition(":")[2]]
    export = asked()
    jobs.make_waiting()
    assert again(export).state == "failed"
    assert "AUDIT_PUBLIC_KEYS" in again(export).problem
    assert left_in(directory) == []


def test_what_nobody_expected_is_written_down_and_raised(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("a row that says secret")

    monkeypatch.setattr(jobs, "chunks", broken)
    export = asked()
    with pytest.raises(RuntimeError):
        jobs.make_waiting()
    assert again(export).problem == "Something failed unexpectedly: RuntimeError."


def test_rows_that_came_after_it_was_asked_for_are_not_in_it(directory: Path) -> None:
    write_rows(3)
    now = datetime.now(UTC)
    export = asking.ask(Filter(begun=True).fixed(now=now), Form(format=Format.NDJSON), by=BY, now=now)
    insert_raw(call_id="later")
    jobs.make_waiting()
    assert again(export).rows == 3
