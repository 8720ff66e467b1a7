"""Every refusal looks the same from outside, and leaves the same three ways on (decision D2)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from cognito_portal.demo.server import EmbeddedCognito
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD

# Why each is refused, as the audit log alone tells; of unknown names Cognito itself does not.
REFUSED = {
    "unknown": "bad_credentials",
    "wrong": "bad_credentials",
    "disabled": "disabled",
    "expired": "temporary_password_expired",
    "unconfirmed": "unconfirmed",
    "reset required": "reset_required",
}
WAYS_ON = ("Forgot password?", "Enter a confirmation code", "Ask for a new invitation")


@pytest.fixture
def credentials(embedded: EmbeddedCognito) -> Callable[[str], tuple[str, str]]:
    """Return the name and password of somebody who is refused for this reason."""
    seeded = {user.username: user for user in embedded.users}
    names = {"wrong": "active", "reset required": "resetme"}

    def find(reason: str) -> tuple[str, str]:
        user = seeded.get(names.get(reason, reason))
        return (
            ("nobody", GOOD_PASSWORD) if user is None else (user.username, _password(reason, user.password))
        )

    return find


def _password(reason: str, right: str) -> str:
    return "Wrong-pass-1" if reason == "wrong" else right


def test_every_refusal_shows_the_same_page(
    person: Person, site: BrowserSite, credentials: Callable[[str], tuple[str, str]]
) -> None:
    pages = {}
    for reason in REFUSED:
        username, password = credentials(reason)
        person.sign_in(username, password)
        person.sees_problem("We could not sign you in")
        expect(person.page.get_by_role("button", name="Show password")).to_be_visible()
        pages[reason] = person.reads().replace(username, "…")

    assert len(set(pages.values())) == 1, pages
    assert {reason: site.rows(credentials(reason)[0])[-1].outcome for reason in REFUSED} == REFUSED


@pytest.mark.parametrize("way", WAYS_ON)
def test_each_way_on_leads_to_its_page(way: str, person: Person) -> None:
    person.sign_in("nobody-at-all", "Wrong-pass-1")
    person.sees_problem("We could not sign you in")
    person.follow(way)

    person.sees(way)
    expect(person.page.get_by_role("link", name="help@example.com").first).to_be_visible()


def test_request_for_a_new_invitation_is_recorded(person: Person, site: BrowserSite, newhire: str) -> None:
    person.open("/sign-in/invitation/")
    person.field("Username").fill(newhire)
    person.press("Ask for a new invitation")

    person.sees("Your request was taken")
    assert [(row.event, row.outcome) for row in site.rows(newhire)] == [
        ("signin.invitation_requested", ""),
        ("signin.invitation_requested", "recorded"),
    ]


def test_answer_to_a_request_is_the_same_for_a_name_that_does_not_exist(person: Person) -> None:
    person.open("/sign-in/invitation/")
    person.field("Username").fill("nobody-asks")
    person.press("Ask for a new invitation")

    person.sees("Your request was taken")
