"""One code, many browsers, several processes: it signs in once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from django.conf import settings as site_settings

from cognito_portal.demo.server import EmbeddedCognito
from cognito_portal.ops.staff import factors
from tests.databases import Database
from tests.live import Visitor, environment_for, live_site
from tests.ops.staff.conftest import PASSWORD, with_app

BROWSERS = 8


@pytest.mark.parametrize("kind", ["app", "recovery code"])
def test_code_that_comes_from_many_browsers_at_once_signs_in_once(
    embedded: EmbeddedCognito, database: Database, tmp_path: Path, kind: str
) -> None:
    user, app = with_app("olga", "ops")
    codes = factors.new_recovery_codes(user)
    environment = environment_for(
        embedded,
        database_url=database.url,
        SECRET_KEY=site_settings.SECRET_KEY,
        AUDIT_KEYS=os.environ["AUDIT_KEYS"],
        THROTTLE_ACCOUNT_LIMIT="100",
        THROTTLE_ADDRESS_LIMIT="1000",
        DATABASE_WAIT_SECONDS="20",
    )
    with live_site(environment, log=tmp_path / "log", workers=2) as site:
        visitors = [Visitor(site) for _ in range(BROWSERS)]
        for visitor in visitors:
            visitor.get("/staff/sign-in/")
            visitor.post("/staff/sign-in/", username="olga", password=PASSWORD)
        code = pyotp.TOTP(app.secret).now() if kind == "app" else codes[0]
        with ThreadPoolExecutor(BROWSERS) as pool:
            pages = list(pool.map(lambda each: each.post("/staff/second-step/", code=code), visitors))
    arrived = [page.url.endswith("/ops/") for page in pages]
    assert (arrived.count(True), {page.status_code for page in pages}) == (1, {200, 403})
