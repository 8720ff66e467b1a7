"""What docs/production.md tells an operator to type works as it stands there."""

import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from cognito_portal.demo.server import EmbeddedCognito
from tests.databases import Database
from tests.demo.conftest import TEMPORARY_PASSWORD, Caller
from tests.live import Visitor, environment_for, live_site

DOCS = Path(__file__).resolve().parent.parent / "docs" / "production.md"


def as_role(url: str, role: str) -> str:
    """The address of the same database for another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}@{host}"))


def test_the_rights_in_the_docs_are_enough_for_the_site_and_no_more(
    embedded: EmbeddedCognito, api: Caller, postgresql: Database, tmp_path: Path
) -> None:
    (grants,) = re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL)
    role = f"portal_site_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql.url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN")
        owner.execute(grants.replace("portal_site", role))
    newhire = api.invite()
    environment = environment_for(embedded, database_url=as_role(postgresql.url, role))
    with live_site(environment, log=tmp_path / "log") as site:
        visitor = Visitor(site)
        assert visitor.get("/readyz").json() == {"status": "ok"}
        visitor.sign_in(newhire, TEMPORARY_PASSWORD)
        fields = {"userAttributes.name": "Nia", "new_password": "Brand-new-1-pass"}
        assert visitor.post("/sign-in/new-password/", **fields).url.endswith("/sign-in/done/")
        assert visitor.post("/account/sign-out/").ok
    with psycopg.connect(as_role(postgresql.url, role)) as site_role:
        for act in (
            "DELETE FROM audit_event",
            "UPDATE audit_event SET outcome = ''",
            "DELETE FROM audit_person",
        ):
            refused = None
            try:
                site_role.execute(act)
            except psycopg.errors.InsufficientPrivilege as error:
                refused = error
                site_role.rollback()
            assert refused is not None, act
    with psycopg.connect(postgresql.url, autocommit=True) as owner:
        owner.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
