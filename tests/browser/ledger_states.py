"""The invitation ledger and its funnel in every state."""

import subprocess
import sys

from playwright.sync_api import expect

from tests.browser.desk_states import desk
from tests.browser.reaching import Reach
from tests.browser.walking import Person
from tests.live import ROOT

WORK = """
import django
django.setup()
from cognito_portal.audit.proof import seals
from cognito_portal.ops.ledger import keeping
seals.seal_pending()
keeping.work()
keeping.work()
"""


def work(person: Person) -> None:
    """Do what the worker does for the ledger."""
    environment = {**person.site.live.environment, "DJANGO_SETTINGS_MODULE": "cognito_portal.settings"}
    subprocess.run([sys.executable, "-c", WORK], cwd=ROOT, env=environment, check=True, timeout=120)


def ledger(person: Person) -> None:
    """The ledger with an invitation in it that the worker has seen."""
    username = person.site.api.invite(name="Nia Newhire")
    desk(person)
    person.find(username)
    person.sees(username)
    work(person)
    person.open("/ops/invitations/")
    person.sees("Invitations")
    expect(person.page.get_by_role("table", name="Invitations")).to_be_visible()


def done(person: Person) -> None:
    """The ledger with somebody in it who has come all the way."""
    username = person.site.api.invite()
    person.walk(username)
    desk(person)
    person.find(username)
    person.sees(username)
    work(person)
    person.open("/ops/invitations/?state=verified")
    expect(person.page.get_by_role("link", name=username, exact=True)).to_be_visible()


def filtered(person: Person) -> None:
    ledger(person)
    person.field("Name, address, number or sub").fill("@example.com")
    person.field("State").select_option("Sent, never opened")
    person.page.get_by_text("More filters").click()
    person.field("Sent from").fill("2020-01-01")
    person.press("Show")
    expect(person.page.get_by_role("list", name="Filters in force")).to_be_visible()


def nobody_fits(person: Person) -> None:
    ledger(person)
    person.field("Name, address, number or sub").fill("nobody has this")
    person.press("Show")
    person.page.get_by_role("heading", name="No invitations here").wait_for()


def not_a_filter(person: Person) -> None:
    ledger(person)
    person.page.get_by_text("More filters").click()
    person.field("Sent from").fill("2026-03-02")
    person.field("Sent up to").fill("2026-03-01")
    person.press("Show")
    person.sees_problem("There is a problem")


def funnel(person: Person) -> None:
    done(person)
    person.follow("Funnel")
    person.sees("Funnel of invitations")
    expect(person.page.get_by_role("img", name="Onboarding, invited accounts")).to_be_visible()


def funnel_of_nobody(person: Person) -> None:
    desk(person)
    person.open("/ops/invitations/funnel/?until=2001-01-01")
    expect(person.page.get_by_text("No invitation was sent in this time.")).to_be_visible()


def funnel_refused(person: Person) -> None:
    desk(person)
    person.open("/ops/invitations/funnel/?since=soon")
    person.sees_problem("There is a problem")


def reminder(person: Person) -> None:
    ledger(person)
    person.page.get_by_role("link", name="Remind").first.click()
    person.sees("Send a reminder")


def reminder_without_reason(person: Person) -> None:
    reminder(person)
    person.press("Send a reminder")
    person.sees_problem("There is a problem")


LEDGER: dict[str, Reach] = {
    "ledger": ledger,
    "ledger, done": done,
    "ledger, filtered": filtered,
    "ledger, nobody fits": nobody_fits,
    "ledger, no filter": not_a_filter,
    "reminder": reminder,
    "reminder, no reason": reminder_without_reason,
    "funnel": funnel,
    "funnel, nobody": funnel_of_nobody,
    "funnel, no filter": funnel_refused,
}
