"""Nothing can be done to a sealed log that a verification with anchors does not find, and a whole log is whole.

TAMPER_MUTATIONS is how many acts are tried, TAMPER_CLEAN_LOGS how many logs are left alone; `make tamper` tries
1,000 and 100. TAMPER_SEED repeats a run.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from cognito_portal.audit.proof import seals
from tests.audit.proof.logs import anchor_lines, fault, in_an_hour, key_line, write_rows
from tests.audit.proof.tampers import TAMPERS
from tests.audit.proof.victim import KEYS, Victim, fault_of_copy, forget, make_victim, prune, tampering
from tests.databases import default_database

MUTATIONS = int(os.environ.get("TAMPER_MUTATIONS", "40"))
CLEAN_LOGS = int(os.environ.get("TAMPER_CLEAN_LOGS", "5"))
SEED = int(os.environ.get("TAMPER_SEED", Random().randrange(10**9)))


@pytest.fixture(scope="module")
def victim(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Victim]:
    with django_db_blocker.unblock():
        yield make_victim(tmp_path_factory.mktemp("victim"), migrated_sqlite)


def test_the_log_is_whole_before_anybody_touches_it(victim: Victim) -> None:
    assert fault_of_copy(victim.path, victim.anchors) == ""


@pytest.mark.timeout(0)
def test_every_single_act_of_tampering_is_found(victim: Victim, tmp_path: Path) -> None:
    missed = []
    done: Counter[str] = Counter()
    for number in range(MUTATIONS):
        chance = Random(f"{SEED}-{number}")
        tamper = TAMPERS[number % len(TAMPERS)]
        copy = tmp_path / f"{number}.sqlite3"
        with tampering(victim, copy) as database:
            tamper(database, chance)
        if not fault_of_copy(copy, victim.anchors):
            missed.append(f"{tamper.__name__} {SEED}-{number}")
        done[tamper.__name__] += 1
        copy.unlink()
    print(f"seed {SEED}: {done.total()} acts of {len(done)} kinds, {len(missed)} missed")
    assert missed == []


def test_a_log_put_back_to_any_earlier_day_is_found(victim: Victim) -> None:
    assert all(
        fault_of_copy(path, []) == "" or "no anchor" in fault_of_copy(path, []) for path in victim.earlier
    )
    assert all("anchored" in fault_of_copy(path, victim.anchors) for path in victim.earlier)


def test_a_log_put_back_and_carried_on_is_found(victim: Victim) -> None:
    assert all("anchored" in fault_of_copy(path, victim.anchors) for path in victim.forks)


@pytest.mark.timeout(0)
def test_clean_logs_of_all_sizes_are_found_whole(
    migrated_sqlite: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    alarms = []
    for number in range(CLEAN_LOGS):
        path = tmp_path / f"clean-{number}.sqlite3"
        shutil.copy(migrated_sqlite, path)
        with django_db_blocker.unblock(), default_database(f"sqlite:///{path}"):
            found = _live(Random(f"{SEED}-{number}"))
        if found:
            alarms.append(f"{SEED}-{number}: {found}")
        path.unlink()
    assert alarms == []


def _live(chance: Random) -> str:
    """Have a log go through this and that, and say what a verification finds."""
    keys = [key_line("first")]
    with override_settings(**KEYS | {"AUDIT_KEYS": keys}):
        for _ in range(chance.randrange(8)):
            write_rows(chance.choice([0, 1, 5, 40, 120]))
            seals.seal_pending()
            act = chance.randrange(8)
            if act == 0:
                seals.heartbeat(in_an_hour())
            elif act == 1:
                keys.insert(0, key_line(f"key-{len(keys)}"))
            elif act == 2:
                forget(f"Person.{chance.randrange(7)}")
        anchors = anchor_lines()
        if len(anchors) > 3 and chance.random() < 0.6:
            prune(chance.randrange(1, len(anchors) - 1), all_leaves=chance.random() < 0.5)
        write_rows(chance.choice([0, 0, 3]))
        return fault(anchors)
