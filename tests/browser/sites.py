"""The sites that the browsers visit: gunicorn on a database of its own, with an auditor and an admin in it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from cognito_portal.demo.server import EmbeddedCognito
from cognito_portal.identity import SIGNED_IN
from cognito_portal.sessions import SessionStore
from tests.databases import default_database
from tests.demo.conftest import Caller
from tests.live import ROOT, LiveSite, environment_for, live_site
from tests.signin.stub import CLIENT_ID, POOL_ID, StubCognito

AUDITOR = "audrey"
HELP_DESK = "hedda"
ADMIN = "adam"
STAFF_PASSWORD = "long-enough-for-the-staff-1"

_ROWS = """
SELECT event, phase, outcome, attempt_id, step FROM audit_event
WHERE person_id IN (SELECT person_id FROM audit_person WHERE account = ?) ORDER BY id
"""
_SESSIONS = "SELECT session_key, session_data FROM django_session"
_AGE = "UPDATE django_session SET session_data = ? WHERE session_key = ?"


@dataclass(frozen=True)
class Row:
    """What a test looks at of an audit row."""

    event: str
    phase: str
    outcome: str
    attempt_id: str
    step: str


@dataclass
class AnySite:
    """A running site and its database."""

    live: LiveSite
    database: Path

    @property
    def url(self) -> str:
        return self.live.url

    def rows(self, username: str) -> list[Row]:
        """The audit rows of a person, oldest first."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return [Row(*values) for values in connection.execute(_ROWS, [username])]

    def calls(self, username: str) -> int:
        """How many calls to Cognito were begun for a person."""
        return sum(row.phase == "begin" for row in self.rows(username))

    def steps(self, username: str) -> list[str]:
        """The steps that Cognito was called for, oldest first."""
        return [row.step for row in self.rows(username) if row.phase == "begin"]

    def age_sign_in(self, username: str, seconds: int) -> None:
        """Have a person's sessions begin so much earlier."""
        key, salt = self.live.environment["SECRET_KEY"], SessionStore().key_salt
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            for session_key, stored in connection.execute(_SESSIONS).fetchall():
                held = signing.loads(stored, key=key, salt=salt, serializer=JSONSerializer)
                if held.get(SIGNED_IN, {}).get("username") != username:
                    continue
                held[SIGNED_IN]["since"] -= seconds
                data = signing.dumps(held, key=key, salt=salt, serializer=JSONSerializer)
                connection.execute(_AGE, [data, session_key])


@dataclass
class BrowserSite(AnySite):
    """A running site and the app client it stands for."""

    api: Caller


def prepare_database(migrated: Path, path: Path) -> Path:
    """A copy of a migrated database, with one of each kind of staff added."""
    shutil.copy(migrated, path)
    with default_database(f"sqlite:///{path}"):
        for name, group in ((HELP_DESK, "ops"), (AUDITOR, "auditors"), (ADMIN, "admins")):
            member = User.objects.create_user(name, password=STAFF_PASSWORD)
            member.groups.add(Group.objects.get(name=group))
    return path


@contextmanager
def browser_site(
    cognito: EmbeddedCognito, api: Caller, database: Path, *, collect: bool = False, **environment: str
) -> Iterator[BrowserSite]:
    """Serve the site for this app client; `environment` adds to what every site has.

    With `collect` the static files are collected first, as an installation in production does.
    """
    settings = environment_for(
        cognito,
        database_url=f"sqlite:///{database}",
        # All browsers here share one address; the throttle has tests of its own.
        THROTTLE_ADDRESS_LIMIT="1000000",
        EXPORT_DIR=str(database.parent / "exports"),
        COGNITO_USER_POOL_ID=api.pool_id,
        COGNITO_CLIENT_ID=api.client_id,
        COGNITO_ISSUER=f"https://cognito-idp.{cognito.region}.amazonaws.com/{api.pool_id}",
        **environment,
    )
    with serve(settings, database, collect=collect) as live:
        yield BrowserSite(live, database, api)


@contextmanager
def stub_site(stub: StubCognito, cognito: EmbeddedCognito, database: Path) -> Iterator[AnySite]:
    """Serve the site on another Cognito, one that asks whatever a test tells it to ask."""
    settings = environment_for(
        cognito,
        database_url=f"sqlite:///{database}",
        THROTTLE_ADDRESS_LIMIT="1000000",
        AWS_REGION="eu-west-1",
        AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=stub.url,
        COGNITO_USER_POOL_ID=POOL_ID,
        COGNITO_CLIENT_ID=CLIENT_ID,
        COGNITO_ISSUER=stub.ways.issuer,
        COGNITO_JWKS_URL=stub.keys_url,
    )
    with serve(settings, database) as live:
        yield AnySite(live, database)


@contextmanager
def serve(settings: dict[str, str], database: Path, *, collect: bool = False) -> Iterator[LiveSite]:
    """Run the site with this environment, its log beside its database."""
    if collect:
        command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=settings, check=True)
    with live_site(settings, log=database.with_suffix(".log")) as live:
        yield live
