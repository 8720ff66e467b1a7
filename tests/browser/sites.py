"""The sites that the browsers visit: gunicorn on a database of its own, with one auditor in it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import Group, User

from cognito_portal.demo.server import EmbeddedCognito
from tests.databases import default_database
from tests.demo.conftest import Caller
from tests.live import ROOT, LiveSite, environment_for, live_site

AUDITOR = "audrey"
AUDITOR_PASSWORD = "long-enough-for-the-staff-1"

_ROWS = """
SELECT event, phase, outcome, attempt_id FROM audit_event
WHERE person_id IN (SELECT person_id FROM audit_person WHERE account = ?) ORDER BY id
"""


@dataclass(frozen=True)
class Row:
    """What a test looks at of an audit row."""

    event: str
    phase: str
    outcome: str
    attempt_id: str


@dataclass
class BrowserSite:
    """A running site, its database, and the app client it stands for."""

    live: LiveSite
    database: Path
    api: Caller

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


def prepare_database(migrated: Path, path: Path) -> Path:
    """A copy of a migrated database, with an auditor added."""
    shutil.copy(migrated, path)
    with default_database(f"sqlite:///{path}"):
        auditor = User.objects.create_user(AUDITOR, password=AUDITOR_PASSWORD)
        auditor.groups.add(Group.objects.get(name="auditors"))
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
        COGNITO_USER_POOL_ID=api.pool_id,
        COGNITO_CLIENT_ID=api.client_id,
        COGNITO_ISSUER=f"https://cognito-idp.{cognito.region}.amazonaws.com/{api.pool_id}",
        **environment,
    )
    if collect:
        command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=settings, check=True)
    with live_site(settings, log=database.with_suffix(".log")) as live:
        yield BrowserSite(live, database, api)
