"""Every page about verifying an account in every state, and how staff get there."""

from playwright.sync_api import expect

from tests.browser.reaching import Reach
from tests.browser.walking import Person

NOTE = "Passport seen at the front desk, and the badge’s picture compared"


def account(person: Person) -> str:
    """The desk's page of an account whose address is not verified; the account's username."""
    username = person.site.api.confirm(email_verified="false")
    person.sign_in_as_help_desk()
    person.find(username)
    person.sees(username)
    return username


def form(person: Person) -> None:
    account(person)
    person.follow("Verify the account")
    person.sees("Verify the account")


def form_without_anything(person: Person) -> None:
    form(person)
    person.press("Verify the account")
    person.sees_problem("There is a problem")


def fill_in(person: Person, *, with_second: bool) -> None:
    person.field("Identity document seen").check()
    person.field("Note").fill(NOTE)
    person.field("Mark the e-mail address as verified").check()
    if with_second:
        person.field("Ask for a second person’s approval").check()
    person.press("Verify the account")
    person.sees("Verification")


def verified(person: Person) -> None:
    form(person)
    fill_in(person, with_second=False)
    person.is_told("The account counts as verified.")


def waits(person: Person) -> str:
    """A verification that the help desk asked for; the username of its account."""
    username = account(person)
    person.follow("Verify the account")
    fill_in(person, with_second=True)
    person.is_told("It waits for a second person now.")
    return username


def waits_already(person: Person) -> None:
    username = waits(person)
    person.follow(username)
    person.follow("Verify the account")
    expect(person.page.get_by_text("waits for a second person already")).to_be_visible()


def second_person(person: Person) -> str:
    """The list of what waits, as a colleague has it."""
    username = waits(person)
    person.press("Sign out")
    person.sees("Staff sign-in")
    person.sign_in_as_admin()
    person.open("/ops/verifications/")
    person.sees("Approvals")
    return username


def waiting(person: Person) -> None:
    waits(person)


def listed(person: Person) -> None:
    second_person(person)


def to_answer(person: Person) -> None:
    person.follow(second_person(person))
    person.sees("Verification")
    expect(person.page.get_by_role("button", name="Approve")).to_be_visible()


def refused_without_remark(person: Person) -> None:
    to_answer(person)
    person.press("Refuse")
    person.sees_problem("There is a problem")


def refused(person: Person) -> None:
    to_answer(person)
    person.field("Why not").fill("The picture shows somebody else")
    person.press("Refuse")
    person.is_told("You refused it.")


def approved(person: Person) -> None:
    to_answer(person)
    person.press("Approve")
    person.is_told("You approved it: the account counts as verified.")


def undoing(person: Person) -> None:
    verified(person)
    person.follow("Undo this verification")
    person.sees("Undo the verification")


def undone_without_reason(person: Person) -> None:
    undoing(person)
    person.press("Undo the verification")
    person.sees_problem("There is a problem")


def undone(person: Person) -> None:
    undoing(person)
    person.field("Reason").fill("It was the wrong account")
    person.press("Undo the verification")
    person.is_told("The verification is undone.")


def history(person: Person) -> None:
    """The account's page, with one verification undone and another that stands."""
    undone(person)
    person.page.get_by_role("main").get_by_role("link").first.click()
    person.follow("Verify the account")
    person.field("Called back on a known number").check()
    person.field("Note").fill(NOTE)
    person.press("Verify the account")
    person.page.get_by_role("main").get_by_role("link").first.click()
    expect(person.page.get_by_role("heading", name="Who has this account")).to_be_visible()


def no_longer_done(person: Person) -> None:
    """A verification whose marking was taken back at Cognito: the page offers to do it again."""
    verified(person)
    username = person.page.get_by_role("main").get_by_role("link").first.inner_text()
    unverified = [{"Name": "email_verified", "Value": "false"}]
    person.site.api.signed("AdminUpdateUserAttributes", Username=username, UserAttributes=unverified)
    person.page.reload()
    expect(person.page.get_by_role("button", name="Do it now")).to_be_visible()


def nothing_waits(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.open("/ops/verifications/")
    person.sees("Approvals")


VERIFY: dict[str, Reach] = {
    "verify": form,
    "verify, nothing filled in": form_without_anything,
    "verify, one waits already": waits_already,
    "verification that stands": verified,
    "verification that waits": waiting,
    "verifications": listed,
    "verifications at first": nothing_waits,
    "verification to answer": to_answer,
    "verification to answer, no remark": refused_without_remark,
    "verification refused": refused,
    "verification approved": approved,
    "verification to undo": undoing,
    "verification to undo, no reason": undone_without_reason,
    "verification undone": undone,
    "verification not wholly done": no_longer_done,
    "account with verifications": history,
}
