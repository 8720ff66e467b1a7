"""G2: the CPU of one whole login step, against one stock `requests.Session.post` to the same stand-in.

A step is what the portal does for one POST: CSRF, form, throttle, begin row, the call over TLS, end row and
session, redirect or page. Two fsyncs belong to it; they cost time but hardly any CPU.
"""

import json
import resource
import secrets
import shutil
import statistics
import subprocess
from collections.abc import Callable
from itertools import count, cycle

import requests
from pycognito import Cognito

from tests.benchmarks.measuring import ROUNDS, cpu_us, print_table
from tests.benchmarks.people import People, username
from tests.benchmarks.site import Answer, Site, production_site
from tests.benchmarks.stand_in import CLIENT_ID, POOL_ID

CALLS = 100
FEW_CALLS = 5
AWS_RUNS = 5
STOCK = "requests.Session.post, stock"
KNOWN = "POST sign-in: challenge"
NEW = "POST sign-in, new person: challenge"
REFUSED = "POST sign-in, refused: the page again"
ANSWERED = "POST new password: signed in"
START_PAGE = "GET sign-in"
PASSWORD_PAGE = "GET new password"
PYCOGNITO = "pycognito login by SRP, checked tokens"
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
}


class Steps:
    """Visitors of the site, each with a browser of their own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        page = site.get("/sign-in/")
        self._cookies, self._token = page.cookies(), page.csrf_token
        self._newcomers = count()

    def sign_in(self, number: int, password: str = "Temporary-Pass-1") -> Answer:
        fields = {
            "csrfmiddlewaretoken": self._token,
            "attempt": secrets.token_hex(16),
            "username": username(number),
            "password": password,
        }
        return self._site.post("/sign-in/", fields, self._cookies)

    def sign_in_known(self, people: int) -> Callable[[], None]:
        """Sign-ins of people whom the log knows already."""
        numbers = [next(self._newcomers) for _ in range(people)]
        for number in numbers:
            self.sign_in(number)
        turns = cycle(numbers)

        def way() -> None:
            _expect(self.sign_in(next(turns)), "302", "/sign-in/new-password/")

        return way

    def sign_in_new(self) -> None:
        _expect(self.sign_in(next(self._newcomers)), "302", "/sign-in/new-password/")

    def be_refused(self) -> None:
        _expect(self.sign_in(next(self._newcomers), password="wrong"), "403", "")

    def open_start(self) -> None:
        _expect(self._site.get("/sign-in/", self._cookies), "200", "")

    def open_new_password(self) -> Callable[[], None]:
        _, cookies = self._challenged(next(self._newcomers))

        def way() -> None:
            _expect(self._site.get("/sign-in/new-password/", cookies), "200", "")

        return way

    def answer_all(self, people: int) -> Callable[[], None]:
        """The second step of people who took the first already; each answers once."""
        waiting = iter([self._challenged(next(self._newcomers)) for _ in range(people)])

        def way() -> None:
            fields, cookies = next(waiting)
            _expect(self._site.post("/sign-in/new-password/", fields, cookies), "302", "/sign-in/done/")

        return way

    def _challenged(self, number: int) -> tuple[dict[str, str], str]:
        """A filled form of the new-password page, and the cookies that go with it."""
        redirect = self.sign_in(number)
        cookies = redirect.cookies(self._cookies)
        page = self._site.get("/sign-in/new-password/", cookies)
        text = page.body.decode()
        fields = {name: _hidden(text, name) for name in ("csrfmiddlewaretoken", "attempt", "turn")}
        fields |= {"userAttributes.name": "Ada", "new_password": "Correct-Horse-Battery-1"}
        return fields, page.cookies(cookies)


def _hidden(text: str, name: str) -> str:
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


def _expect(answer: Answer, status: str, location: str) -> None:
    """A step that went another way than the one to be measured must not be counted."""
    went = dict(answer.headers).get("Location", "")
    if not answer.status.startswith(status) or went != location:
        raise AssertionError(f"{answer.status} {went}: {answer.body[:2000]!r}")


def run() -> dict[str, float]:
    """Print the tables and return G2's ratios."""
    with People() as people, production_site(people) as site:
        steps = Steps(site)
        # So many that none begins five sign-ins without an end: those are throttled.
        known = steps.sign_in_known(2 * CALLS)
        costs = cpu_us(
            {
                STOCK: stock_requests(people),
                KNOWN: known,
                NEW: steps.sign_in_new,
                REFUSED: steps.be_refused,
                ANSWERED: steps.answer_all(ROUNDS * CALLS + max(CALLS // 10, 3)),
                START_PAGE: steps.open_start,
                PASSWORD_PAGE: steps.open_new_password(),
            },
            calls=CALLS,
        )
        dear = cpu_us({KNOWN: known, PYCOGNITO: pycognito_login(people)}, calls=FEW_CALLS)
        ratios = {
            "g2_step_vs_requests_stock": costs[KNOWN] / costs[STOCK],
            "g2_step_and_next_page_vs_requests_stock": (costs[KNOWN] + costs[PASSWORD_PAGE]) / costs[STOCK],
            "g2_first_step_of_new_person_vs_requests_stock": costs[NEW] / costs[STOCK],
            "g2_refused_step_vs_requests_stock": costs[REFUSED] / costs[STOCK],
            "g2_new_password_step_vs_requests_stock": costs[ANSWERED] / costs[STOCK],
            "g2_pycognito_vs_step": dear[PYCOGNITO] / dear[KNOWN],
        }
        print_table("G2 one login step", costs, baseline=STOCK)
        print_table("G2 a login step and a pycognito login", dear, baseline=KNOWN)
        return ratios | aws_ratio(people, step_us=costs[KNOWN])


def stock_requests(people: People) -> Callable[[], object]:
    """InitiateAuth with nothing but `requests`: one Session, its defaults, the CA file."""
    session = requests.Session()
    payload = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT_ID,
        "AuthParameters": {"USERNAME": username(0), "PASSWORD": "Temporary-Pass-1"},
    }
    return lambda: session.post(
        people.url + "/", data=json.dumps(payload), headers=HEADERS, verify=people.ca_file, timeout=(2, 5)
    ).json()


def pycognito_login(people: People) -> Callable[[], None]:
    """A login as pycognito's own README has it: an object per login. The key set is spared it."""
    keys = requests.get(f"{people.issuer}/.well-known/jwks.json", verify=people.ca_file, timeout=5).json()

    def way() -> None:
        login = Cognito(
            POOL_ID,
            CLIENT_ID,
            username=username(0),
            boto3_client_kwargs={"endpoint_url": people.url, "verify": people.ca_file},
        )
        login.pool_jwk = keys
        login.authenticate(password="Correct-Horse-Battery-1")

    return way


def aws_ratio(people: People, *, step_us: float) -> dict[str, float]:
    """How many steps one `aws cognito-idp initiate-auth` process costs; nothing where there is no such command."""
    command = shutil.which("aws")
    if command is None:
        print("  no aws command on this machine: left out")
        return {}
    arguments = [command, "cognito-idp", "initiate-auth", "--no-sign-request", "--region", "eu-west-1"]
    arguments += ["--endpoint-url", people.url, "--ca-bundle", people.ca_file, "--client-id", CLIENT_ID]
    arguments += ["--auth-flow", "USER_PASSWORD_AUTH"]
    arguments += ["--auth-parameters", f"USERNAME={username(0)},PASSWORD=Temporary-Pass-1"]
    taken = []
    for _ in range(AWS_RUNS):
        before = _children_us()
        subprocess.run(arguments, check=True, capture_output=True)
        taken.append(_children_us() - before)
    process_us = statistics.median(taken)
    print(
        f"  one aws cognito-idp initiate-auth process: {process_us:.0f} us = {process_us / step_us:.0f} steps"
    )
    return {"g2_aws_cli_vs_step": process_us / step_us}


def _children_us() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e6


if __name__ == "__main__":
    run()
