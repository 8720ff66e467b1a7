"""Back, reload, double clicks, second tabs and second people: no step is ever sent twice."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller

ALREADY_SENT = "This step was already sent"
BOTH_WAYS = pytest.mark.parametrize(
    "javascript", [True, False], ids=["with-javascript", "without-javascript"]
)


def second_tab(person: Person, path: str) -> Person:
    other = Person(person.page.context.new_page(), person.site)
    other.open(path)
    return other


def test_reloading_any_page_of_the_walk_sends_nothing(
    person: Person, site: BrowserSite, newhire: str
) -> None:
    person.begin(newhire)
    person.page.reload()
    person.fill_in_new_password()
    person.press("Set password")
    person.sees("Your password is set")
    person.page.reload()
    person.follow("See your account")
    person.page.reload()

    person.sees("Your account")
    assert site.calls(newhire) == 2


def test_going_back_through_the_walk_sends_nothing(person: Person, site: BrowserSite, newhire: str) -> None:
    person.begin(newhire)
    person.page.go_back()
    person.sees("Sign in")
    person.page.go_forward()
    person.fill_in_new_password()
    person.press("Set password")
    person.sees("Your password is set")
    person.page.go_back()

    person.sees("Your account")
    assert site.calls(newhire) == 2


def test_reloading_a_refused_sign_in_sends_it_once(person: Person, site: BrowserSite, newhire: str) -> None:
    person.sign_in(newhire, "wrong")
    person.sees_problem("We could not sign you in")
    person.page.reload()

    person.sees(ALREADY_SENT)
    assert site.calls(newhire) == 1
    person.follow("Go to sign-in")
    expect(person.field("Username")).to_have_value(newhire)


def test_reloading_a_refused_new_password_sends_it_once(
    person: Person, site: BrowserSite, newhire: str
) -> None:
    person.begin(newhire)
    person.fill_in_new_password("weakweak")
    person.press("Set password")
    person.sees_problem("password")
    person.page.reload()

    person.sees(ALREADY_SENT)
    assert site.calls(newhire) == 2


@BOTH_WAYS
def test_double_click_signs_in_once(
    javascript: bool, new_person: NewPerson, site: BrowserSite, newhire: str
) -> None:
    person = new_person(site, java_script_enabled=javascript)
    person.open("/sign-in/")
    person.fill_in_sign_in(newhire, TEMPORARY_PASSWORD)
    person.page.get_by_role("button", name="Sign in", exact=True).dblclick()

    sees_either(person, "Choose your password", javascript=javascript)
    assert site.calls(newhire) == 1


@BOTH_WAYS
def test_double_click_sets_the_password_once(
    javascript: bool, new_person: NewPerson, site: BrowserSite, newhire: str
) -> None:
    person = new_person(site, java_script_enabled=javascript)
    person.begin(newhire)
    person.fill_in_new_password()
    person.page.get_by_role("button", name="Set password").dblclick()

    sees_either(person, "Your password is set", javascript=javascript)
    assert site.calls(newhire) == 2


def sees_either(person: Person, heading: str, *, javascript: bool) -> None:
    """The next page; without JavaScript the second click may get the page that says that the first one counted."""
    shown = person.page.get_by_role("heading", level=1, name=heading, exact=True)
    if not javascript:
        shown = shown.or_(person.page.get_by_role("heading", level=1, name=ALREADY_SENT, exact=True))
    expect(shown).to_be_visible()


def test_older_tab_is_told_that_its_step_was_sent_and_keeps_the_username(
    person: Person, site: BrowserSite, newhire: str
) -> None:
    person.begin(newhire)
    other = second_tab(person, "/sign-in/new-password/")
    other.fill_in_new_password("weakweak")
    other.press("Set password")
    other.sees_problem("password")
    person.fill_in_new_password()
    person.press("Set password")

    person.sees(ALREADY_SENT)
    assert site.calls(newhire) == 2
    person.follow("Start again")
    expect(person.field("Username")).to_have_value(newhire)


def test_newer_tab_goes_on_after_the_older_one_was_refused(person: Person, newhire: str) -> None:
    person.begin(newhire)
    other = second_tab(person, "/sign-in/new-password/")
    other.fill_in_new_password("weakweak")
    other.press("Set password")
    other.sees_problem("password")
    person.fill_in_new_password()
    person.press("Set password")
    person.sees(ALREADY_SENT)
    other.field("New password").fill(GOOD_PASSWORD)
    other.press("Set password")

    other.sees("Your password is set")


def test_second_person_in_the_same_browser_takes_over_an_unfinished_walk(
    person: Person, api: Caller, newhire: str
) -> None:
    second = api.invite()
    person.begin(newhire)
    person.walk(second)
    person.open("/account/")

    expect(person.page.get_by_role("main")).to_contain_text(second)
    expect(person.page.get_by_role("main")).not_to_contain_text(newhire)
    assert "ChallengeName" in api.sign_in(newhire, TEMPORARY_PASSWORD).body


def test_form_of_the_first_person_cannot_answer_for_the_second(
    person: Person, api: Caller, site: BrowserSite, newhire: str
) -> None:
    second = api.invite()
    person.begin(newhire)
    second_tab(person, "/sign-in/").begin(second)
    person.fill_in_new_password()
    person.press("Set password")

    expect(person.page.get_by_role("heading", level=1)).not_to_have_text("Your password is set")
    assert (site.calls(newhire), site.calls(second)) == (1, 1)
