"""A person's own sign-ins, and "this wasn't me"."""

import pytest

from cognito_portal.browsers import browser_of
from cognito_portal.signin import devices
from cognito_portal.signin.models import RememberedDevice
from tests.account.conftest import Person
from tests.signin.browsing import Tab, new_client

PAGE, NOT_ME = "/account/activity/", "/account/activity/not-me/"


def report(person: Person) -> None:
    person.send(PAGE, NOT_ME)


def test_sign_ins_are_shown_with_place_and_end(person: Person) -> None:
    stranger = Tab(new_client("203.0.113.9"))
    stranger.start(person.username, "Not-my-password-1")
    person.elsewhere("198.51.100.7")
    person.get(PAGE)
    shown = [person.text.index(text) for text in ("198.51.100.7", "203.0.113.9", "192.0.2.1")]
    assert shown == sorted(shown)
    assert person.text.count("Signed in</span>") == 2
    assert person.text.count("wrong password") == 1
    assert person.text.count("You, now") == 1


def test_sign_ins_of_others_are_not_shown(person: Person) -> None:
    Person(person.api, person.api.confirm()).elsewhere("198.51.100.99")
    person.get(PAGE)
    assert "198.51.100.99" not in person.text


def test_not_me_ends_every_session_and_tells_ops(person: Person) -> None:
    other = person.elsewhere()
    report(person)
    assert person.tab.path == "/sign-in/"
    assert "your report is on record for the help desk" in person.text
    other.get("/account/")
    assert other.tab.path == "/sign-in/"
    assert person.outcomes("account.signed_out_everywhere") == ["success"]
    assert person.outcomes("account.not_me_reported") == ["recorded"]


def test_not_me_forgets_the_remembered_browsers(person: Person) -> None:
    sub = person.attribute("sub")
    device = devices.Device(
        pool_id=person.api.pool_id,
        sub=sub,
        names=(person.username,),
        device_key="k",
        group_key="g",
        password="p",
    )
    devices.remember(device, devices.new_token())
    report(person)
    assert RememberedDevice.objects.count() == 0


def test_second_report_adds_no_request(person: Person) -> None:
    report(person)
    person.sign_in()
    report(person)
    assert len(person.rows("account.not_me_reported")) == 1


def test_not_me_works_though_cognito_does_not_answer(person: Person, settings: object) -> None:
    other = person.elsewhere()
    person.get(PAGE)
    form = person.form(NOT_ME)
    person.api.signed("AdminUserGlobalSignOut", Username=person.username)
    person.tab.post(NOT_ME, form)
    assert person.tab.path == "/sign-in/"
    assert "other sites could not be reached" in person.text
    other.get("/account/password/")
    assert other.tab.path == "/sign-in/"
    assert len(person.rows("account.not_me_reported")) == 1


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browser_is_named_as_far_as_it_is_known(user_agent: str, name: str) -> None:
    assert str(browser_of(user_agent)) == name
