"""From outside nobody learns which names exist, or why one was refused (decision D2, security figure 6)."""

import re
import secrets
import statistics
import time
from collections import defaultdict
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.audit.events import Phase
from cognito_portal.audit.models import AuditEvent
from tests.cognito.servers import Connection, response
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller, make_client
from tests.security.browsing import Browser
from tests.security.conftest import Site
from tests.security.faulty import tokens

__all__ = ["make_client"]

# What differs from one answer to the next, whoever asks.
OF_THE_REQUEST = re.compile(r'(name="(?:csrfmiddlewaretoken|attempt)" value=")[^"]*')
DAY_S = 24 * 60 * 60
ROUNDS = 200
ALLOWED_MS = 2.0


def as_seen(page: HttpResponse, username: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without what names the request: CSRF token, attempt id, what was typed."""
    dated = ("Content-Length", "Date", "Expires")
    headers = {name: text for name, text in page.headers.items() if name not in dated}
    cookies = {name: {**cookie, "expires": ""} for name, cookie in page.cookies.items()}
    body = OF_THE_REQUEST.sub(r"\1", page.content.decode()).replace(username, "NAME")
    return page.status_code, headers | {"cookies": str(cookies)}, body


@pytest.fixture(params=["ENABLED", "LEGACY"])
def refusals(
    request: pytest.FixtureRequest, portal: Portal, settings: Settings, make_client: Callable[..., Caller]
) -> dict[str, tuple[str, str]]:
    """A name and a password for every reason to be refused, on both kinds of app client."""
    flows = ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH"]
    client = make_client(
        PreventUserExistenceErrors=request.param,
        ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in [*flows, "REFRESH_TOKEN_AUTH"]],
    )
    settings.COGNITO_CLIENT_ID = client.client_id
    clients.forget()
    api, wrong = portal.api, "Wrong-1-password"
    names = {why: api.confirm() for why in ("wrong", "disabled", "reset required", "locked")}
    assert api.signed("AdminDisableUser", Username=names["disabled"]).refusal is None
    assert api.signed("AdminResetUserPassword", Username=names["reset required"]).refusal is None
    with portal.cognito.clock.moved(-30 * DAY_S):
        expired = api.invite()
    with portal.cognito.clock.moved(100):
        for _ in range(5):
            client.sign_in(names["locked"], wrong)
    right = {"wrong": wrong, "locked": wrong}
    known = {why: (name, right.get(why, GOOD_PASSWORD)) for why, name in names.items()}
    return known | {
        "unknown": ("nobody-of-that-name", wrong),
        "expired": (expired, TEMPORARY_PASSWORD),
        "unconfirmed": (signed_up(client), GOOD_PASSWORD),
    }


def signed_up(client: Caller) -> str:
    """A person who signed up and never confirmed it."""
    name = "s" + secrets.token_hex(6)
    attributes = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "name", "Value": "Uli Unsure"}]
    answer = client.call(
        "SignUp",
        ClientId=client.client_id,
        Username=name,
        Password=GOOD_PASSWORD,
        UserAttributes=attributes,
    )
    assert answer.refusal is None, answer.refusal
    return name


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"])
def test_every_refusal_looks_the_same(
    refusals: dict[str, tuple[str, str]], settings: Settings, flow: str
) -> None:
    settings.COGNITO_AUTH_FLOW = flow
    seen = {
        why: as_seen(Browser().post("/sign-in/", {"username": name, "password": password}), name)
        for why, (name, password) in refusals.items()
    }
    assert seen["unknown"][0] == 403
    assert {why: page for why, page in seen.items() if page != seen["unknown"]} == {}


@pytest.mark.parametrize("flow", ["USER_AUTH", "CUSTOM_AUTH"])
def test_a_name_alone_is_never_refused_at_once(
    refusals: dict[str, tuple[str, str]], settings: Settings, flow: str
) -> None:
    """Whoever Cognito refuses is asked something as everybody is, and no answer will do."""
    settings.COGNITO_AUTH_FLOW = flow
    for why, (name, password) in refusals.items():
        browser = Browser()
        asked = browser.post("/sign-in/", {"username": name})
        assert (asked.status_code, asked.headers["Location"]) in (
            (302, "/sign-in/select-challenge/"),
            (302, "/sign-in/custom/"),
        ), why
        assert set(browser.cookies) >= {settings.SESSION_COOKIE_NAME}
        if why in ("disabled", "unconfirmed"):
            page = browser.get(asked.headers["Location"]).content.decode()
            hidden = dict(re.findall(r'name="(attempt|turn)" value="([^"]*)"', page))
            refused = browser.post(
                asked.headers["Location"], {**hidden, "answer": "PASSWORD", "password": password}
            )
            assert refused.headers["Location"] == "/sign-in/"
            assert "We could not sign you in" in browser.get("/sign-in/").content.decode()


def test_operators_see_the_reasons_apart(refusals: dict[str, tuple[str, str]]) -> None:
    for name, password in refusals.values():
        Browser().post("/sign-in/", {"username": name, "password": password})
    outcomes = set(AuditEvent.objects.filter(phase=Phase.END).values_list("outcome", flat=True))
    assert outcomes >= {
        "bad_credentials",
        "disabled",
        "temporary_password_expired",
        "unconfirmed",
        "reset_required",
        "locked_temporarily",
    }


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"])
def test_every_name_is_throttled_after_as_many_tries(
    refusals: dict[str, tuple[str, str]], settings: Settings, flow: str
) -> None:
    settings.COGNITO_AUTH_FLOW = flow
    seen = {}
    for number, (why, (name, _)) in enumerate(refusals.items()):
        browser = Browser(f"198.51.100.{number}")
        form = {"username": name, "password": "Wrong-1-password"}
        pages = [browser.post("/sign-in/", form) for _ in range(6)]
        status, headers, body = as_seen(pages[-1], name)
        headers.pop("Retry-After")
        seen[why] = ([page.status_code for page in pages], status, headers, body)
    assert seen["unknown"][0] == [403] * 5 + [429]
    assert {why: page for why, page in seen.items() if page != seen["unknown"]} == {}


def test_invitation_page_is_the_same_for_every_name(refusals: dict[str, tuple[str, str]]) -> None:
    seen = {
        why: as_seen(Browser().post("/sign-in/invitation/", {"username": name}), name)
        for why, (name, _) in refusals.items()
    }
    assert seen["unknown"][0] == 302
    assert {why: page for why, page in seen.items() if page != seen["unknown"]} == {}


CODES = {
    "unknown": ("UserNotFoundException", "User does not exist."),
    "wrong": ("NotAuthorizedException", "Incorrect username or password."),
    "disabled": ("NotAuthorizedException", "User is disabled."),
    "locked": ("NotAuthorizedException", "Password attempts exceeded"),
}


def answering_by_name(site: Site) -> None:
    """A Cognito that takes as long for every name and says of each what its first letters ask for."""

    def play(connection: Connection) -> None:
        kind = site.cognito.calls[-1][1]["AuthParameters"]["USERNAME"].partition("-")[0]
        body, status = tokens(), 200
        if kind in CODES:
            code, message = CODES[kind]
            body, status = {"__type": code, "message": message}, 400
        connection.send(response(body, status=status))

    site.cognito.play("InitiateAuth", play)


def test_refusals_take_the_same_time(site: Site, settings: Settings) -> None:
    """The portal's own cost. Names of people who were here before stand beside names never heard of."""
    settings.THROTTLE_ACCOUNT_LIMIT = settings.THROTTLE_ADDRESS_LIMIT = 1_000_000
    answering_by_name(site)
    browser, took = Browser(), defaultdict[str, list[float]](list)
    for number in range(ROUNDS):
        for kind in CODES:
            began = time.perf_counter()
            browser.post("/sign-in/", {"username": f"{kind}-{number}", "password": "secret"})
            took[kind].append(1000 * (time.perf_counter() - began))
    medians = {kind: statistics.median(times[10:]) for kind, times in took.items()}
    # On a machine that is busy with other things every step takes long, and their noise grows with it.
    allowed_ms = max(ALLOWED_MS, 0.1 * min(medians.values()))
    assert max(medians.values()) - min(medians.values()) <= allowed_ms, medians
