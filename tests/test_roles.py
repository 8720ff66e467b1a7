"""Each role that `manage.py audit_roles` makes can do its work, and none can change what was written."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pyotp
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from cognito_portal.audit.models import Export
from cognito_portal.audit.roles import RETENTION, SITE, WORKER
from cognito_portal.demo.server import EmbeddedCognito
from cognito_portal.ops.index import text
from tests.audit.proof.logs import fault
from tests.audit.rows import begun, stored
from tests.databases import Database
from tests.databases import environment_for as environment_of
from tests.demo.conftest import TEMPORARY_PASSWORD, Caller
from tests.live import Visitor, environment_for, live_site
from tests.ops.staff.conftest import PASSWORD, member

ROOT = Path(__file__).resolve().parent.parent
POOL = {
    "AWS_REGION": "us-east-1",
    "COGNITO_USER_POOL_ID": "us-east-1_UnSet0000",
    "COGNITO_CLIENT_ID": "1example",
}
CHANGES = (
    "UPDATE audit_event SET outcome = ''",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "UPDATE audit_person SET typed = ''",
    "DELETE FROM audit_person",
    "DELETE FROM audit_name_part",
    "UPDATE audit_seal SET count = 0",
    "DELETE FROM audit_seal",
    "UPDATE audit_leaf SET seal_no = 0",
    "DELETE FROM audit_leaf",
    "UPDATE audit_prune SET seal_no = 0",
    "DELETE FROM audit_prune",
    "TRUNCATE audit_person, audit_leaf, audit_seal, audit_prune",
    "DROP TRIGGER audit_event_no_update ON audit_event",
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "ALTER TABLE audit_event ADD COLUMN more text",
    "DROP TABLE audit_event",
    "CREATE TABLE audit_event_of_mine ()",
    "CREATE TEMPORARY TABLE audit_event ()",
    "CREATE SCHEMA mine",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "UPDATE ops_verification SET method = 'manager'",
    "UPDATE ops_verification SET asked_by = ''",
    "DELETE FROM ops_verification",
    "TRUNCATE ops_verification",
    "UPDATE django_migrations SET app = ''",
    "INSERT INTO auth_user_groups (user_id, group_id) VALUES (1, 1)",
    "DELETE FROM auth_user_groups",
    "UPDATE auth_user SET is_active = true",
    "UPDATE auth_user SET username = 'admin'",
    "DELETE FROM auth_user",
)
OF_THE_WORKER = ("INSERT INTO audit_leaf", "INSERT INTO audit_seal")
MAY_BE_TRIED_BY_RETENTION = (
    "DELETE FROM audit_event",
    "DELETE FROM audit_person",
    "DELETE FROM audit_name_part",
    "DELETE FROM audit_leaf",
)


@dataclass(frozen=True)
class Made:
    """Roles of this test's own on a database of its own."""

    database: Database
    names: dict[str, str]

    def url(self, role: str) -> str:
        """The address of the same database for another role."""
        parts = urlsplit(self.database.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{self.names[role]}@{host}"))

    def manage(self, role: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | environment_of(Database("postgresql", self.url(role))) | POOL
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    def refuses(self, role: str, act: str) -> bool:
        with psycopg.connect(self.url(role)) as server:
            try:
                server.execute(act)
            except psycopg.errors.InsufficientPrivilege:
                server.rollback()
                return True
            server.rollback()
            return False


def printed(names: dict[str, str], *options: str) -> str:
    output = StringIO()
    given = [word for role, name in names.items() for word in (f"--{role}", name)]
    call_command("audit_roles", *given, *options, stdout=output)
    return output.getvalue()


def made(database: Database, *options: str) -> Iterator[Made]:
    mark = secrets.token_hex(4)
    names = {role: f"portal_{role}_{mark}" for role in ("site", "worker", "retention")}
    sql = printed(names, *options)
    with psycopg.connect(database.url, autocommit=True) as owner:
        # Twice, as after a migration.
        owner.execute(sql)
        owner.execute(sql)
        yield Made(database, names)
        for name in names.values():
            owner.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.fixture
def roles(postgresql: Database) -> Iterator[Made]:
    yield from made(postgresql)


@pytest.fixture
def roles_apart(postgresql: Database) -> Iterator[Made]:
    yield from made(postgresql, "--retention-apart")


def test_every_table_has_its_rights_stated(sqlite: Database) -> None:
    tables = {*connection.introspection.django_table_names(), "django_migrations", text.TABLE}
    assert tables == {*SITE, *WORKER, *RETENTION}


@pytest.mark.parametrize(
    ("role", "act"),
    [
        ("site", "UPDATE ops_verification SET approved_at = now(), approved_by = 'staff:2'"),
        ("site", "UPDATE ops_verification SET undone_at = now(), undone_by = 'staff:1', undone_why = 'so'"),
        ("worker", "INSERT INTO ops_alert (id, request_id, flag_id) VALUES (1, 0, 0)"),
        ("worker", "UPDATE ops_alert SET sent_at = now()"),
        ("retention", "UPDATE ops_verification SET sub = '', note = '-', marks = '{}', undone_why = '-'"),
    ],
)
def test_each_role_may_do_its_part_of_the_help_desks_records(roles: Made, role: str, act: str) -> None:
    assert not roles.refuses(role, act)


def test_rights_of_the_site_are_enough_to_sign_in_and_out(
    embedded: EmbeddedCognito, api: Caller, roles: Made, tmp_path: Path
) -> None:
    newhire = api.invite()
    environment = environment_for(embedded, database_url=roles.url("site"))
    with live_site(environment, log=tmp_path / "log") as site:
        visitor = Visitor(site)
        assert visitor.get("/readyz").json() == {"status": "ok"}
        visitor.sign_in(newhire, TEMPORARY_PASSWORD)
        fields = {"userAttributes.name": "Nia", "new_password": "Brand-new-1-pass"}
        assert visitor.post("/sign-in/new-password/", **fields).url.endswith("/sign-in/done/")
        assert visitor.post("/account/sign-out/").ok


def test_rights_of_the_site_are_enough_for_staff_to_set_up_a_second_step_and_use_it(
    embedded: EmbeddedCognito, roles: Made, tmp_path: Path
) -> None:
    member("olga", "ops")
    environment = environment_for(embedded, database_url=roles.url("site"), STAFF_MFA_REQUIRED="ops")
    with live_site(environment, log=tmp_path / "log") as site:
        visitor = Visitor(site)
        visitor.get("/staff/sign-in/")
        visitor.post("/staff/sign-in/", username="olga", password=PASSWORD)
        app = pyotp.TOTP(re.findall(r"secret=([A-Z2-7]+)", visitor.page.text if visitor.page else "")[0])
        done = visitor.post("/staff/set-up/", offer=visitor.hidden("offer"), code=app.now())
        codes = re.findall(r"<code>(\d{4}) (\d{4})</code>", done.text)
        other = Visitor(site)
        other.get("/staff/sign-in/")
        other.post("/staff/sign-in/", username="olga", password=PASSWORD)
        assert other.post("/staff/second-step/", code="".join(codes[0])).url.endswith("/ops/")


def test_site_can_make_no_staff(roles: Made) -> None:
    member("olga", "ops")
    member("rita", "ops")
    User.objects.filter(username="rita").update(is_active=False)
    acts = [
        ["add", "eve", "--role", "admins"],
        ["retire", "olga"],
        ["restore", "rita", "--role", "admins"],
        ["set-role", "olga", "--role", "admins"],
    ]
    done = [roles.manage("site", "staff", *act) for act in acts]
    assert [(each.returncode, "the database refused it" in each.stderr) for each in done] == [(1, True)] * 4
    assert set(User.objects.values_list("username", "is_active")) == {("olga", True), ("rita", False)}


def test_site_can_change_nothing_of_the_log(roles: Made) -> None:
    begun()
    allowed = [act for act in CHANGES if not roles.refuses("site", act)]
    assert allowed == []


def test_site_cannot_seal(roles: Made) -> None:
    allowed = [act for act in OF_THE_WORKER if not roles.refuses("site", f"{act} DEFAULT VALUES")]
    assert allowed == []


def test_worker_that_does_not_delete_can_change_nothing_of_the_log(roles_apart: Made) -> None:
    begun()
    assert [act for act in CHANGES if not roles_apart.refuses("worker", act)] == []


@pytest.mark.parametrize("role", ["worker", "retention"])
def test_who_deletes_can_change_nothing_and_delete_no_row_that_is_not_marked(roles: Made, role: str) -> None:
    begun()
    tried = {*CHANGES, "UPDATE audit_review SET rows = 0", "DELETE FROM audit_saved_search"}
    tried -= {*MAY_BE_TRIED_BY_RETENTION}
    assert [act for act in tried if not roles.refuses(role, act)] == []
    with psycopg.connect(roles.url(role)) as server, pytest.raises(psycopg.errors.IntegrityError):
        server.execute("DELETE FROM audit_event")


def aged(database: Database) -> None:
    """Have everything that is sealed be two years old."""
    with psycopg.connect(database.url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_seal DISABLE TRIGGER ALL")
        owner.execute("UPDATE audit_seal SET time = %s", [datetime.now(UTC) - timedelta(days=730)])
        owner.execute("ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER audit_seal_no_update")
        owner.execute("ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER audit_seal_no_delete")
        owner.execute("ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER audit_seal_no_truncate")


def test_rights_of_the_worker_are_enough_for_every_job(roles: Made) -> None:
    begun()
    done = roles.manage("worker", "worker", "--once")
    assert done.returncode == 0, done.stderr
    assert fault() == ""
    aged(roles.database)
    for _ in range(2):
        done = roles.manage("worker", "worker", "--once")
        assert done.returncode == 0, done.stderr
    assert [row["event"] for row in stored()] == ["audit.pruned"]


def test_retention_apart_prunes_and_forgets_beside_a_worker_that_cannot(roles_apart: Made) -> None:
    begun()
    kept = Export.objects.create(
        id="kept", asked_by="staff:1", asked_at=datetime.now(UTC), query="person=newhire", state="done"
    )
    without = ("worker", "--once", "--without", "retention")
    assert roles_apart.manage("worker", *without).returncode == 0
    forgotten = roles_apart.manage(
        "retention", "audit_forget", "newhire", "--pool", "eu-west-1_TESTS", "--reason", "ticket 4711"
    )
    assert forgotten.returncode == 0, forgotten.stderr
    kept.refresh_from_db()
    assert "newhire" not in kept.query
    aged(roles_apart.database)
    assert roles_apart.manage("worker", "worker", "--once").returncode == 1
    with ThreadPoolExecutor() as beside:
        pruning = beside.submit(roles_apart.manage, "retention", "audit_prune")
        while not pruning.done():
            assert roles_apart.manage("worker", *without).returncode == 0
    assert pruning.result().returncode == 0, pruning.result().stderr
    assert [row["event"] for row in stored()] == [
        *("audit.person_forgotten", "audit.filters_redacted"),
        "audit.pruned",
    ]


def test_sqlite_has_no_roles(sqlite: Database) -> None:
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("audit_roles")


@pytest.mark.parametrize("name", ["Portal", "a; DROP TABLE b", "1a", ""])
def test_name_that_is_none_is_refused(postgresql: Database, name: str) -> None:
    with pytest.raises(CommandError, match="no name of a role"):
        printed({"site": name})
