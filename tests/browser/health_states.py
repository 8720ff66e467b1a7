"""The pool's health and acts on many accounts in every state, and how staff get there."""

import subprocess
import sys

from playwright.sync_api import expect

from tests.browser.desk_states import desk
from tests.browser.reaching import Reach
from tests.browser.sites import AnySite
from tests.browser.walking import Person
from tests.live import ROOT

WORK = "import django; django.setup(); from cognito_portal.ops.bulk import running; running.work()"
PASS = """import django; django.setup()
from cognito_portal.ops.index import passes
from cognito_portal.ops.models import PoolIndexState
PoolIndexState.objects.update(whole_at=None)
passes.work()
"""
DISABLE = "Disable the account"


def run(site: AnySite, code: str) -> None:
    """Do a part of what the worker does, once."""
    given = {**site.live.environment, "DJANGO_SETTINGS_MODULE": "cognito_portal.settings"}
    fast = {"BULK_PER_SECOND": "0", "POOL_INDEX_CALLS_PER_SECOND": "1000"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given | fast, check=True, timeout=60)


def health(person: Person) -> None:
    person.site.api.confirm(email_verified="false")
    run(person.site, PASS)
    desk(person)
    person.follow("Pool health")
    person.sees("Pool health")


def trouble(person: Person) -> None:
    health(person)
    person.follow("List them and mend them No verified address")
    person.sees("All accounts")
    expect(person.page.get_by_text("Trouble: No verified address")).to_be_visible()


def chosen(person: Person, *, act: str = DISABLE) -> str:
    """The page that says what will happen to two accounts; the name of one of them."""
    names = [person.site.api.confirm() for _ in range(2)]
    desk(person)
    for name in names:
        person.open("/ops/")
        person.find(name)
        person.sees(name)
    person.open("/ops/accounts/?sort=-created")
    for name in names:
        person.page.get_by_role("checkbox", name=f"Choose {name}").check()
    person.page.get_by_label("Do to the accounts that are chosen").select_option(label=act or "Choose")
    person.press("With the chosen")
    return names[0]


def to_confirm(person: Person) -> None:
    chosen(person)
    person.sees(f"{DISABLE}: 2 accounts")


def no_reason(person: Person) -> None:
    to_confirm(person)
    person.press(f"{DISABLE}: 2 accounts")
    person.sees_problem("There is a problem")


def no_act(person: Person) -> None:
    chosen(person, act="")
    person.sees_problem("There is a problem")


def none_fits(person: Person) -> None:
    chosen(person, act="Enable the account")
    expect(person.page.get_by_text("It applies to none of the chosen accounts.")).to_be_visible()


def running(person: Person) -> None:
    to_confirm(person)
    person.field("Reason").fill("INC-4711")
    person.press(f"{DISABLE}: 2 accounts")
    person.sees(DISABLE)
    expect(person.page.get_by_text("0 of 2")).to_be_visible()


def cancel_without_reason(person: Person) -> None:
    running(person)
    person.press("Cancel the rest")
    person.sees_problem("There is a problem")


def finished(person: Person) -> None:
    running(person)
    run(person.site, WORK)
    person.page.reload()
    expect(person.page.get_by_text("Finished", exact=True)).to_be_visible()


def all_acts(person: Person) -> None:
    running(person)
    person.follow("All acts on many")
    person.sees("Acts on many")


HEALTH: dict[str, Reach] = {
    "pool health": health,
    "list of a trouble": trouble,
    "act on many, to confirm": to_confirm,
    "act on many, no reason": no_reason,
    "act on many, none chosen": no_act,
    "act on many, none fits": none_fits,
    "act on many, running": running,
    "act on many, cancel without reason": cancel_without_reason,
    "act on many, finished": finished,
    "acts on many": all_acts,
}
