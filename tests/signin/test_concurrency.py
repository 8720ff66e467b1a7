"""Many at once against the real site: gunicorn in several processes, and a stub that counts what reaches it."""

import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.databases import Database
from tests.live import LiveSite, Visitor, live_site
from tests.signin.browsing import GOOD_PASSWORD
from tests.signin.stub import CLIENT_ID, POOL_ID, StubCognito

PARALLEL = 50
GUESSES = 200
LIMIT = 5
SPELLINGS = ("victim", "Victim", " VICTIM", "ｖictim", "vıctim".replace("ı", "i"))


@contextmanager
def site_on(
    stub: StubCognito, database: Database, folder: Path, *, workers: int, **more: str
) -> Iterator[LiveSite]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "DEBUG": "1",
        "SECRET_KEY": secrets.token_urlsafe(40),
        "DATABASE_URL": database.url,
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": stub.url,
        "COGNITO_USER_POOL_ID": POOL_ID,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_ISSUER": stub.ways.issuer,
        "COGNITO_JWKS_URL": stub.keys_url,
        "HELP_CONTACT": "help@example.com",
        **more,
    }
    with live_site(environment, log=folder / "site.log", workers=workers) as site:
        yield site


def post_in_parallel(visitor: Visitor, path: str, fields: dict[str, str], times: int) -> list[int]:
    """The statuses of one form sent so often at the same time, by one browser; redirects are not followed."""
    names = ("csrfmiddlewaretoken", "attempt", "turn")
    data = {name: value for name in names if (value := visitor.hidden(name))} | fields
    cookies, url = visitor.http.cookies.get_dict(), visitor.site.url + path

    def send(_: int) -> int:
        answer = requests.post(url, data=data, cookies=cookies, allow_redirects=False, timeout=60)
        return answer.status_code

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def test_a_sign_in_form_sent_fifty_times_at_once_makes_one_call(
    stub: StubCognito, sqlite: Database, tmp_path: Path
) -> None:
    user = stub.invite()
    stub.latency_s = 0.3
    with site_on(stub, sqlite, tmp_path, workers=2) as site:
        visitor = Visitor(site)
        visitor.get("/sign-in/")
        fields = {"username": user.username, "password": user.password}
        statuses = Counter(post_in_parallel(visitor, "/sign-in/", fields, PARALLEL))
    assert stub.count("InitiateAuth") == 1
    assert statuses == {302: 1, 409: PARALLEL - 1}


def test_a_new_password_sent_fifty_times_at_once_makes_one_call(
    stub: StubCognito, sqlite: Database, tmp_path: Path
) -> None:
    user = stub.invite()
    with site_on(stub, sqlite, tmp_path, workers=2) as site:
        visitor = Visitor(site)
        visitor.sign_in(user.username, user.password)
        stub.latency_s = 0.3
        fields = {"userAttributes.name": "Newton Hire", "new_password": GOOD_PASSWORD}
        statuses = Counter(post_in_parallel(visitor, "/sign-in/new-password/", fields, PARALLEL))
    assert stub.count("RespondToAuthChallenge") == 1
    assert statuses == {302: 1, 409: PARALLEL - 1}


def test_two_hundred_guesses_reach_cognito_five_times_and_an_honest_person_gets_in(
    stub: StubCognito, database: Database, tmp_path: Path
) -> None:
    victim, honest = stub.confirm("victim"), stub.confirm("honest")
    more = {"THROTTLE_ACCOUNT_LIMIT": str(LIMIT), "TRUSTED_PROXY_COUNT": "1"}
    with site_on(stub, database, tmp_path, workers=4, **more) as site:
        beside = Visitor(site, address="203.0.113.7")
        beside.get("/sign-in/")

        def guess(number: int) -> int:
            visitor = Visitor(site, address=f"198.51.100.{number}")
            typed = SPELLINGS[number % len(SPELLINGS)]
            return visitor.sign_in(typed, f"Guess-{number}-password").status_code

        with ThreadPoolExecutor(32) as pool:
            guesses = [pool.submit(guess, number) for number in range(GUESSES)]
            page = beside.post("/sign-in/", username=honest.username, password=honest.password)
            statuses = Counter(guess.result() for guess in guesses)
    tried = [
        call.body["AuthParameters"]["USERNAME"] for call in stub.sent("InitiateAuth") if not call.granted
    ]
    assert len(tried) <= LIMIT
    assert statuses[403] == len(tried) >= 1
    assert set(statuses) <= {403, 429, 503}
    assert statuses[503] == 0
    assert page.url.endswith("/account/")
    assert victim.password == "Confirmed-1-pass"


def test_the_whole_walk_over_two_processes_with_sessions_in_the_database(
    stub: StubCognito, database: Database, tmp_path: Path
) -> None:
    user = stub.invite()
    with site_on(stub, database, tmp_path, workers=2) as site:
        visitor = Visitor(site)
        assert "Choose your password" in visitor.sign_in(user.username, user.password).text
        fields = {"userAttributes.name": "Newton Hire", "new_password": "short"}
        assert visitor.post("/sign-in/new-password/", **fields).status_code == 400
        fields["new_password"] = GOOD_PASSWORD
        assert visitor.post("/sign-in/new-password/", **fields).url.endswith("/sign-in/done/")
        again = Visitor(site)
        assert again.sign_in(user.username, GOOD_PASSWORD).url.endswith("/account/")
        assert again.post("/account/sign-out/").url.endswith("/sign-in/")
    assert stub.count("RevokeToken") == 1


pytestmark = pytest.mark.timeout(120)
