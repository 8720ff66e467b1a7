"""Every page of the site in every state, and how a person gets there."""

import secrets

from playwright.sync_api import expect

from tests.browser import people
from tests.browser.account_states import ACCOUNT
from tests.browser.acts_states import ACTS
from tests.browser.desk_states import DESK
from tests.browser.health_states import HEALTH
from tests.browser.index_states import INDEX
from tests.browser.insight_states import INSIGHT
from tests.browser.ledger_states import LEDGER
from tests.browser.onboarding_states import ONBOARDING
from tests.browser.reaching import Reach, also, at, pressed, wrong_code
from tests.browser.staff_states import SECOND_STEPS
from tests.browser.verify_states import VERIFY
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, OTHER_PASSWORD, TEMPORARY_PASSWORD

STEP_S = 300


# --- the walk of a new hire, and refusals


def refused(person: Person) -> None:
    person.open("/sign-in/")
    person.fill_in_sign_in(person.site.api.invite(), " wrong ")
    person.field("Password").press("Enter")
    person.sees_problem("We could not sign you in")


def new_password(person: Person) -> None:
    person.begin(person.site.api.invite())


def rules_partly_met(person: Person) -> None:
    new_password(person)
    person.field("New password").fill("half way ")
    person.field("Full name").focus()
    expect(person.page.get_by_text("of 5 rules met")).to_be_visible()


def password_refused(person: Person) -> None:
    new_password(person)
    person.fill_in_new_password("weakweak")
    person.press("Set password")
    person.sees_problem("There is a problem")


def last_minute(person: Person) -> None:
    new_password(person)
    person.let_pass(STEP_S - 40)
    expect(person.page.get_by_text("One minute left")).to_be_attached()


def time_over(person: Person) -> None:
    new_password(person)
    person.let_pass(STEP_S)
    expect(person.field("Temporary password")).to_be_visible()


def renewal_refused(person: Person) -> None:
    time_over(person)
    person.field("Temporary password").fill("wrong")
    person.press("Go on")
    person.sees_problem("Check the temporary password")


def done(person: Person) -> None:
    person.walk(person.site.api.invite())


def sent_twice(person: Person) -> None:
    refused(person)
    person.page.reload()
    person.sees("This step was already sent")


def invitation_sent(person: Person) -> None:
    person.open("/sign-in/invitation/")
    person.field("Username").fill("somebody")
    person.press("Ask for a new invitation")
    person.sees("Your request was taken")


WALK: dict[str, Reach] = {
    "start": at("/sign-in/"),
    "start, nothing typed": pressed("/sign-in/", "Sign in"),
    "refused": refused,
    "new password": new_password,
    "new password, rules partly met": rules_partly_met,
    "new password, refused": password_refused,
    "new password, nothing typed": also(new_password, "Set password"),
    "new password, last minute": last_minute,
    "new password, time over": time_over,
    "new password, renewal refused": renewal_refused,
    "done": done,
    "sent twice": sent_twice,
    "invitation": at("/sign-in/invitation/"),
    "invitation, nothing typed": pressed("/sign-in/invitation/", "Ask for a new invitation"),
    "invitation sent": invitation_sent,
}


# --- challenges


def mailed_code(person: Person) -> None:
    person.sign_in(people.with_codes(person.site.api, people.MAIL), GOOD_PASSWORD)
    person.sees("Enter the code we sent you")


def code_over(person: Person) -> None:
    mailed_code(person)
    person.let_pass(STEP_S)
    expect(person.page.get_by_role("heading", name="The time for this step is over")).to_be_visible()


def app_code(person: Person) -> None:
    person.sign_in(people.with_app(person.site.api).username, GOOD_PASSWORD)
    person.sees("Enter the code of your authenticator app")


def second_steps(person: Person) -> None:
    person.sign_in(people.with_choice(person.site.api).username, GOOD_PASSWORD)
    person.sees("Choose your second step")


def set_up(person: Person) -> None:
    person.sign_in(people.without_factor(person.site.api), GOOD_PASSWORD)
    person.sees("Set up a second step")


def set_up_by(way: str) -> Reach:
    def reach(person: Person) -> None:
        set_up(person)
        person.choose(way)
        expect(person.page.get_by_role("radio")).to_have_count(0)

    return reach


def set_up_done(person: Person) -> None:
    set_up_by("Authenticator app")(person)
    person.enter_code(people.code_of(person.site.api, person.scan()))
    person.sees("Your second step is set up")


def ways_in(person: Person) -> None:
    person.sign_in_other_way(people.with_phone(person.site.api))


CHALLENGES: dict[str, Reach] = {
    "code": mailed_code,
    "code, nothing typed": also(mailed_code, "Continue"),
    "code, wrong": wrong_code(mailed_code),
    "code, time over": code_over,
    "app code": app_code,
    "app code, wrong": wrong_code(app_code),
    "second steps": second_steps,
    "second steps, none chosen": also(second_steps, "Continue"),
    "set-up": set_up,
    "set-up, none chosen": also(set_up, "Continue"),
    "set-up of an app": set_up_by("Authenticator app"),
    "set-up of an app, wrong code": wrong_code(set_up_by("Authenticator app")),
    "set-up by mail": set_up_by("E-mail"),
    "set-up by mail, nothing typed": also(set_up_by("E-mail"), "Continue"),
    "set-up done": set_up_done,
    "ways in": ways_in,
    "ways in, nothing typed": also(ways_in, "Continue"),
}


# --- ways out of a dead end


def reset(person: Person) -> None:
    person.open("/sign-in/forgot-password/")
    person.field("Username").fill(people.with_phone(person.site.api))
    person.press("Send me a code")
    person.sees("Set a new password")


def reset_refused(person: Person) -> None:
    reset(person)
    person.field("New password").fill(OTHER_PASSWORD)
    person.enter_code("000000", "Set password")
    person.sees_problem("This code was not accepted")


def confirmation(person: Person) -> None:
    person.open("/sign-in/confirm-account/")
    person.field("Username").fill(people.unconfirmed(person.site.api))


def confirmation_sent(person: Person) -> None:
    confirmation(person)
    person.press("Send me a new code")
    person.is_told("a code is on its way")


def confirmation_refused(person: Person) -> None:
    confirmation(person)
    person.enter_code("000000", "Confirm my account")
    person.sees_problem("This code was not accepted")


RECOVERY: dict[str, Reach] = {
    "forgot password": at("/sign-in/forgot-password/"),
    "forgot password, nothing typed": pressed("/sign-in/forgot-password/", "Send me a code"),
    "reset": reset,
    "reset, nothing typed": also(reset, "Set password"),
    "reset, refused": reset_refused,
    "confirm account": at("/sign-in/confirm-account/"),
    "confirm account, nothing typed": pressed("/sign-in/confirm-account/", "Confirm my account"),
    "confirm account, sent": confirmation_sent,
    "confirm account, refused": confirmation_refused,
}


# --- sites of other flows, by the name of their fixture


def remembered_device(person: Person) -> None:
    username = person.site.api.confirm()
    person.sign_in_to_be_remembered(username)
    person.arrives(username)
    person.follow("Remembered devices")
    person.sees("Remembered devices")


def question(person: Person) -> None:
    person.open("/sign-in/")
    person.field("Username").fill(person.site.api.confirm())
    person.press("Continue")
    person.sees("One more question")


ELSEWHERE: dict[str, tuple[str, Reach]] = {
    "start, to be remembered": ("srp_site", at("/sign-in/")),
    "devices": ("srp_site", remembered_device),
    "start, password optional": ("custom_site", at("/sign-in/")),
    "question": ("custom_site", question),
    "question, nothing typed": ("custom_site", also(question, "Continue")),
}


# --- staff


def staff_refused(person: Person) -> None:
    person.open("/staff/sign-in/")
    person.field("Username").fill("nobody")
    person.field("Password").fill(TEMPORARY_PASSWORD)
    person.press("Sign in")
    person.sees_problem("There is a problem")


def audit(person: Person) -> None:
    refused(person)
    person.sign_in_as_auditor()
    expect(person.page.get_by_role("table")).to_be_visible()


def audit_empty(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/?before=20200101T000000.000000-1")
    expect(person.page.get_by_role("heading", name="No rows here")).to_be_visible()


def audit_filtered(person: Person) -> None:
    audit(person)
    person.open("/audit/?outcome=failure&preset=24h&event=signin.started&address=127.0.0.0/8&begun=1")
    person.page.get_by_text("Saved searches").last.click()
    expect(person.field("Keep this search as")).to_be_visible()


def audit_refused(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open(
        "/audit/?since=2026-02-30T09:00&event=signin.dreamt&outcome=perhaps&address=1.2.3/4&preset=2h"
    )
    person.sees_problem("There is a problem with this filter")


def audit_row(person: Person) -> None:
    audit(person)
    person.page.get_by_role("table").get_by_role("link").first.click()
    expect(person.page.get_by_role("heading", name="All fields")).to_be_visible()
    person.page.get_by_text("As JSON").click()


def saved_searches(person: Person) -> None:
    person.sign_in_as_auditor()
    for name, shared in (("Failures of today", True), ("Failures of the week", False)):
        person.open(f"/audit/?outcome=failure&preset={'24h' if shared else '7d'}")
        person.page.get_by_text("Saved searches").last.click()
        person.field("Keep this search as").fill(f"{name} {secrets.token_hex(4)}")
        person.field("For all auditors").set_checked(shared)
        person.press("Keep")
        person.sees("Saved searches")


def saved_search_refused(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/?outcome=failure")
    person.page.get_by_text("Saved searches").last.click()
    person.field("Keep this search as").fill(" ")
    person.press("Keep")
    person.sees_problem("There is a problem")


def exports(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/exports/?outcome=failure&person=mary")
    person.sees("Exports")


def export_waiting(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/exports/?person=mary")
    person.page.get_by_role("checkbox", name="With a signed manifest").check()
    person.press("Export")
    expect(person.page.get_by_role("progressbar")).to_be_visible()


def pushes(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/pushes/")
    person.sees("Pushes")


def push_refused(person: Person) -> None:
    person.sign_in_as_admin()
    person.open("/audit/pushes/")
    person.page.get_by_text("Only some events").click()
    person.field("Address").fill("http://siem.example.com/hook")
    person.press("Add webhook")
    person.sees_problem("The address must begin with https://")


def push_added(person: Person) -> None:
    person.sign_in_as_admin()
    person.open("/audit/pushes/")
    person.field("Address").fill(f"https://siem.example.com/{secrets.token_hex(8)}")
    person.press("Add webhook")
    person.sees("Webhook added")


def push(person: Person) -> None:
    push_added(person)
    person.page.get_by_role("link", name="To its deliveries").click()
    expect(person.page.get_by_role("button", name="Send a test")).to_be_visible()


STAFF: dict[str, Reach] = {
    "staff sign-in": at("/staff/sign-in/"),
    "staff sign-in, refused": staff_refused,
    "audit": audit,
    "audit, empty": audit_empty,
    "audit, filtered": audit_filtered,
    "audit, refused": audit_refused,
    "audit row": audit_row,
    "saved searches": saved_searches,
    "saved searches, refused": saved_search_refused,
    "pushes": pushes,
    "push, refused": push_refused,
    "push, added": push_added,
    "push": push,
    "exports": exports,
    "export, waiting": export_waiting,
}

ELSEWHERE |= {name: ("staff_site", reach) for name, reach in SECOND_STEPS.items()}

STATES: dict[str, Reach] = (
    WALK | CHALLENGES | RECOVERY | ACCOUNT | STAFF | DESK | VERIFY | INSIGHT | ACTS | INDEX
)
STATES |= ONBOARDING | LEDGER | HEALTH
