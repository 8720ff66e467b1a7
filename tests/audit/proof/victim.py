"""A small sealed log on SQLite, made once, and copies of it to be tampered with.

It has what a log gets in its life: several seals, a heartbeat, a changed key, a batch that retention has begun to
remove, a person who was forgotten, rows that wait for their seal, and anchors that were kept elsewhere.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.test import override_settings

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.proof import prunes, seals
from tests.audit.proof.logs import anchor_lines, fault, in_an_hour, key_line, write_rows
from tests.audit.rows import BY, begun, noted, somebody, stored
from tests.databases import default_database

BATCHES = 6
OLD_KEY, NEW_KEY = key_line("k1"), key_line("k2")
KEYS = {"AUDIT_KEYS": [NEW_KEY, OLD_KEY], "AUDIT_SIGNING_KEYS": [], "AUDIT_PUBLIC_KEYS": []}


@dataclass
class Victim:
    """The files of a log: as it is, as it was after each batch, and as it went on from there another way."""

    path: Path
    anchors: list[str] = field(default_factory=list)
    earlier: list[Path] = field(default_factory=list)
    forks: list[Path] = field(default_factory=list)


def make_victim(directory: Path, migrated: Path) -> Victim:
    """Write and seal the log, and keep its earlier states and forks of them."""
    victim = Victim(directory / "victim.sqlite3")
    shutil.copy(migrated, victim.path)
    with default_database(f"sqlite:///{victim.path}"):
        for number in range(BATCHES):
            keys = [OLD_KEY] if number < BATCHES // 2 else [NEW_KEY, OLD_KEY]
            with override_settings(**KEYS | {"AUDIT_KEYS": keys}):
                write_rows(9)
                seals.seal_pending()
                if number == BATCHES // 2:
                    prune(1)
                _keep(victim, f"earlier-{number}")
        with override_settings(**KEYS):
            seals.heartbeat(in_an_hour())
            forget("Person.1")
            seals.seal_pending(now=in_an_hour())
            victim.anchors = anchor_lines()
            begun(somebody("Person.3"))
            noted()
            _settle()
    victim.forks = [_forked(path) for path in victim.earlier]
    return victim


def prune(through: int, *, all_leaves: bool = False) -> None:
    """Remove the rows of the first batches as retention does."""
    noted(
        event=Event.AUDIT_PRUNED, outcome=Outcome.RECORDED, by=BY, step=prunes.step_of(through), count=through
    )
    seals.seal_pending(now=in_an_hour())
    event_id = next(row["id"] for row in stored()[::-1] if row["event"] == "audit.pruned")
    with connection.cursor() as cursor:
        for seal_no in range(1, through + 1):
            cursor.execute("INSERT INTO audit_prune VALUES (%s, %s, %s)", [seal_no, event_id, in_an_hour()])
            cursor.execute(
                "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_leaf WHERE seal_no = %s)",
                [seal_no],
            )
            if all_leaves:
                cursor.execute("DELETE FROM audit_leaf WHERE seal_no = %s", [seal_no])


def forget(typed: str) -> None:
    """Remove the names of a person."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_person WHERE person_id IN (SELECT person_id FROM audit_person WHERE typed = %s)",
            [typed],
        )


def fault_of_copy(path: Path, anchors: list[str]) -> str:
    """What a verification says of a file of the victim's, empty where it finds nothing."""
    with default_database(f"sqlite:///{path}"), override_settings(**KEYS):
        return fault(anchors)


@contextmanager
def tampering(victim: Victim, copy: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the log, opened by someone who has put every trigger and unique key out of the way."""
    shutil.copy(victim.path, copy)
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA synchronous=OFF")
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for table in ("audit_event", "audit_leaf"):
            _without_keys(database, table)
        yield database
        database.commit()


def _without_keys(database: sqlite3.Connection, table: str) -> None:
    ((sql,),) = database.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
    loose = re.sub(r', CONSTRAINT "\w+" UNIQUE \([^)]*\)| PRIMARY KEY( AUTOINCREMENT)?| UNIQUE', "", sql)
    assert "UNIQUE" not in loose
    database.execute(loose.replace(f'"{table}"', f'"loose_{table}"', 1))
    database.execute(f"INSERT INTO loose_{table} SELECT * FROM {table}")
    database.execute(f"DROP TABLE {table}")
    database.execute(f"ALTER TABLE loose_{table} RENAME TO {table}")


def _keep(victim: Victim, name: str) -> None:
    _settle()
    victim.earlier.append(victim.path.with_name(f"{name}.sqlite3"))
    shutil.copy(victim.path, victim.earlier[-1])


def _settle() -> None:
    """Have the file hold everything, without a write-ahead log beside it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=DELETE")


def _forked(earlier: Path) -> Path:
    path = earlier.with_name(f"fork-of-{earlier.name}")
    shutil.copy(earlier, path)
    with default_database(f"sqlite:///{path}"), override_settings(**KEYS):
        for _ in range(BATCHES + 3):
            write_rows(3)
            seals.seal_pending(now=in_an_hour())
        _settle()
    return path
