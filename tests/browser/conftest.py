"""A real Chromium, the sites it visits, and a watch over every page it opens."""

import os
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_django.plugin import DjangoDbBlocker

from cognito_portal.demo.server import EmbeddedCognito
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.sites import AnySite, BrowserSite, browser_site, prepare_database, stub_site
from tests.browser.walking import Person
from tests.browser.watching import Watch
from tests.demo.conftest import Caller, make_client, make_pool
from tests.ops.staff.oidc import CLIENT_ID, CLIENT_SECRET, Provider
from tests.signin.conftest import stub_server
from tests.signin.stub import StubCognito

__all__ = ["make_client", "make_pool", "stub_server"]

HERE = Path(__file__).parent
ONLY_WITHOUT_CHROMIUM = "test_a_chromium_is_installed"
PATIENCE_MS = 20_000

# Playwright leaves its event loop running in this thread, where Django then refuses every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
expect.set_options(timeout=PATIENCE_MS)

NewContext = Callable[..., BrowserContext]
NewPerson = Callable[..., Person]

installed_chromium = cache(find_chromium)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a Chromium one test fails, with one line, in the place of all."""
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    if not mine or installed_chromium():
        return
    left_out = [item for item in mine if item.name != ONLY_WITHOUT_CHROMIUM]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    result = yield
    watch = pyfuncitem.funcargs.get("watch")
    if isinstance(watch, Watch) and watch.faults:
        pytest.fail("\n".join(watch.faults), pytrace=False)
    return result


@pytest.fixture(scope="session")
def browser_type_launch_args(pytestconfig: pytest.Config) -> dict[str, Any]:
    pytestconfig.option.screenshot = "only-on-failure"
    return {"executable_path": installed_chromium(), "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def new_context(new_context: NewContext, watch: Watch) -> NewContext:
    def make(**options: Any) -> BrowserContext:
        context = watch.over(new_context(**options))
        context.set_default_timeout(PATIENCE_MS)
        return context

    return make


@pytest.fixture
def new_person(new_context: NewContext) -> NewPerson:
    """Return a maker of people, each with a browser of their own; options are those of a context."""

    def make(site: BrowserSite, **options: Any) -> Person:
        return Person(new_context(**options).new_page(), site)

    return make


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite) -> Person:
    return new_person(site)


@pytest.fixture(scope="session")
def make_database(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Callable[[], Path]:
    """Return a maker of databases with an auditor."""

    def make() -> Path:
        with django_db_blocker.unblock():
            return prepare_database(migrated_sqlite, tmp_path_factory.mktemp("site") / "site.sqlite3")

    return make


@pytest.fixture(scope="session")
def site(embedded: EmbeddedCognito, api: Caller, make_database: Callable[[], Path]) -> Iterator[BrowserSite]:
    """The demo pool through its public app client."""
    with browser_site(embedded, api, make_database()) as running:
        yield running


@pytest.fixture(scope="session")
def secret_site(
    embedded: EmbeddedCognito, secret_api: Caller, make_database: Callable[[], Path]
) -> Iterator[BrowserSite]:
    """The demo pool through the app client that has a secret."""
    secret = {"COGNITO_CLIENT_SECRET": embedded.client_secret}
    with browser_site(embedded, secret_api, make_database(), **secret) as running:
        yield running


@pytest.fixture(scope="session")
def production_site(
    embedded: EmbeddedCognito,
    api: Caller,
    make_database: Callable[[], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserSite]:
    """The same with DEBUG off, behind a proxy that speaks TLS, with collected and compressed static files."""
    environment = {
        "DEBUG": "0",
        "AUDIT_KEYS": "tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw",
        "ALLOWED_HOSTS": "localhost",
        "TRUSTED_PROXY_COUNT": "1",
        "DJANGO_SETTINGS_MODULE": "tests.browser.collected_settings",
        "COLLECTED_STATIC_ROOT": str(tmp_path_factory.mktemp("static")),
    }
    with browser_site(embedded, api, make_database(), collect=True, **environment) as running:
        yield running


@pytest.fixture(scope="session")
def srp_site(embedded: EmbeddedCognito, make_database: Callable[[], Path]) -> Iterator[BrowserSite]:
    """The demo pool through the app client that allows SRP alone; browsers can be remembered."""
    client = Caller(embedded, embedded.user_pool_id, embedded.srp_client_id)
    with browser_site(embedded, client, make_database(), REMEMBER_DEVICES="1") as running:
        yield running


@pytest.fixture(scope="session")
def custom_site(
    embedded: EmbeddedCognito, api: Caller, make_database: Callable[[], Path]
) -> Iterator[BrowserSite]:
    """The demo pool with questions of its own."""
    with browser_site(embedded, api, make_database(), COGNITO_AUTH_FLOW="CUSTOM_AUTH") as running:
        yield running


@pytest.fixture(scope="session")
def admin_site(make_database: Callable[[], Path]) -> Iterator[BrowserSite]:
    """A pool that takes passwords from administrators, and asks for them by a challenge."""
    with EmbeddedCognito(extra_users=0, admin_challenge_first=True) as cognito:
        client = Caller(cognito, cognito.user_pool_id, cognito.client_id)
        flow = {"COGNITO_AUTH_FLOW": "ADMIN_USER_PASSWORD_AUTH"}
        with browser_site(cognito, client, make_database(), **flow) as running:
            yield running


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """A company's sign-in for staff, where Jo signs in with no more than a look at the page."""
    with Provider("localhost") as running:
        yield running


@pytest.fixture(scope="session")
def staff_site(
    embedded: EmbeddedCognito, api: Caller, make_database: Callable[[], Path], provider: Provider
) -> Iterator[BrowserSite]:
    """The demo pool with a second step for the help desk, and a company's sign-in."""
    environment = {
        "STAFF_MFA_REQUIRED": "ops,admins",
        "STAFF_OIDC_ISSUER": provider.issuer,
        "STAFF_OIDC_CLIENT_ID": CLIENT_ID,
        "STAFF_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "STAFF_OIDC_ROLES": "desk=ops",
    }
    with browser_site(embedded, api, make_database(), **environment) as running:
        yield running


@pytest.fixture(scope="session")
def scripted_site(
    stub_server: StubCognito, embedded: EmbeddedCognito, make_database: Callable[[], Path]
) -> Iterator[AnySite]:
    """A Cognito that asks each of its users whatever it was told to."""
    with stub_site(stub_server, embedded, make_database()) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; a test that asks for this runs both ways."""
    has_scripts: bool = request.param
    return has_scripts


@pytest.fixture
def newhire(api: Caller) -> str:
    """A user with a temporary password who lacks a required attribute."""
    return api.invite()
