"""Every page of onboarding lists in every state, and how staff get there."""

import secrets
import subprocess
import sys

from playwright.sync_api import expect

from tests.browser.reaching import Reach
from tests.browser.sites import AnySite
from tests.browser.walking import Person
from tests.live import ROOT

WORK = "import django; django.setup(); from cognito_portal.ops.onboarding import running; running.work()"
BROKEN = ("broken,no-address,X", "two words,two@example.com,X", "formula,formula@example.com,=1+1")


def work(site: AnySite, **environment: str) -> None:
    """Do what the worker does for onboarding, once."""
    given = {**site.live.environment, "DJANGO_SETTINGS_MODULE": "cognito_portal.settings", **environment}
    fast = {"ONBOARDING_PER_SECOND": "0", "ONBOARDING_MAILS_PER_DAY": "0"}
    subprocess.run([sys.executable, "-c", WORK], cwd=ROOT, env=fast | given, check=True, timeout=60)


def people(count: int, *more: str) -> str:
    mark = secrets.token_hex(4)
    rows = [f"b{mark}-{number},b{mark}-{number}@example.com,Bo Browser" for number in range(count)]
    return "\n".join(["username,email,name,Shoe size", *(f"{row},38" for row in (*rows, *more))])


def lists(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.follow("Onboarding")
    person.sees("Onboarding")


def new(person: Person) -> None:
    lists(person)
    person.follow("New list")
    person.sees("New list")


def nothing_given(person: Person) -> None:
    new(person)
    person.press("Check the rows")
    person.sees_problem("There is a problem")


def no_header(person: Person) -> None:
    new(person)
    person.field("What it is for").fill("INC-4711")
    person.field("Or paste rows").fill("mary,mary@example.com")
    person.press("Check the rows")
    person.sees_problem("The first row has to name the columns")


def checked(person: Person, text: str = "") -> None:
    new(person)
    person.field("What it is for").fill("INC-4711")
    person.field("Or paste rows").fill(text or people(4, *BROKEN))
    person.press("Check the rows")
    person.sees("INC-4711")


def running(person: Person) -> None:
    checked(person)
    person.press("Invite 4 people")
    expect(person.page.get_by_role("progressbar")).to_be_visible()


def no_reason(person: Person) -> None:
    running(person)
    person.press("Pause")
    person.sees_problem("Say what it is for")


def paused(person: Person) -> None:
    running(person)
    person.field("Reason").fill("lunch break")
    person.press("Pause")
    expect(person.page.get_by_role("button", name="Resume")).to_be_visible()


def waiting(person: Person) -> None:
    running(person)
    # Every mail of the day has gone out already, also those of other lists.
    work(person.site, ONBOARDING_MAILS_PER_DAY="1")
    work(person.site, ONBOARDING_MAILS_PER_DAY="1")
    person.page.reload()
    expect(person.page.get_by_role("button", name="Go on now")).to_be_visible()


def finished(person: Person) -> None:
    running(person)
    work(person.site)
    person.page.reload()
    expect(person.page.get_by_text("Finished", exact=True)).to_be_visible()


ONBOARDING: dict[str, Reach] = {
    "onboarding": lists,
    "onboarding, new": new,
    "onboarding, nothing given": nothing_given,
    "onboarding, no header": no_header,
    "onboarding, checked": checked,
    "onboarding, running": running,
    "onboarding, no reason": no_reason,
    "onboarding, paused": paused,
    "onboarding, waiting": waiting,
    "onboarding, finished": finished,
}
