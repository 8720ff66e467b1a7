"""What the ops app does by itself."""

from pathlib import Path

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests.databases import Database, default_database


def test_groups_of_staff_exist_after_migrating(sqlite: Database) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {"ops", "auditors", "admins"}


def test_migrating_again_makes_no_second_group(sqlite: Database) -> None:
    call_command("migrate", verbosity=0, skip_checks=True)

    assert Group.objects.count() == 3


def test_migrating_one_app_alone_needs_no_groups(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), default_database(f"sqlite:///{tmp_path / 'new.sqlite3'}"):
        call_command("migrate", "contenttypes", verbosity=0, skip_checks=True)

        assert "auth_group" not in connection.introspection.table_names()
