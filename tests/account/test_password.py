"""Changing the password, and who is told."""

import pytest
from django.core import mail
from pytest_django import Settings

from cognito_portal.signin import devices
from tests.account.conftest import Clock, Person
from tests.audit.rows import stored
from tests.databases import Database
from tests.signin.browsing import Tab
from tests.signin.stub import POOL_ID, StubCognito, StubUser, Ways

NEW = "Quite-other-2-pass"
PAGE = "/account/password/"


def change(person: Person, present: str = "", new: str = NEW) -> None:
    person.send(PAGE, PAGE, password=present or person.password, new_password=new)


def test_new_password_is_set_and_the_person_told(person: Person) -> None:
    change(person)
    assert (person.tab.status, person.tab.path) == (200, PAGE)
    assert "Your password is changed" in person.text
    assert person.api.sign_in(person.username, NEW).refusal is None
    (letter,) = mail.outbox
    assert letter.to == [f"{person.username}@example.com"]
    assert "Your password was changed." in letter.body
    assert "192.0.2.1" in letter.body
    assert person.outcomes("account.notified") == ["success"]


def test_notice_is_said_once(person: Person) -> None:
    change(person)
    person.get(PAGE)
    assert "Your password is changed" not in person.text


def test_wrong_present_password_is_said_at_its_field(person: Person) -> None:
    change(person, present="Not-my-password-1")
    assert person.tab.status == 400
    assert 'id="password-error"' in person.text
    assert person.outcomes("account.password_changed") == ["bad_credentials"]
    assert mail.outbox == []


def test_wrong_present_passwords_fill_the_counter_of_sign_in(person: Person) -> None:
    for _ in range(5):
        change(person, present="Not-my-password-1")
    change(person)
    assert person.tab.status == 429
    assert person.tab.page["Retry-After"]
    assert person.api.sign_in(person.username, NEW).refusal is not None


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"new_password": "short"}, "too short"),
        ({"new_password": "all-small-letters-1"}, "capital letter"),
        ({"new_password": " " + NEW}, "begin or end with a blank"),
        ({"new_password": ""}, "Type a new password"),
        ({"new_password": "Brand-new-1-pass"}, "other than your present one"),
    ],
)
def test_what_is_certainly_wrong_is_not_sent(person: Person, typed: dict[str, str], error: str) -> None:
    person.send(PAGE, PAGE, **{"password": person.password, **typed})
    assert person.tab.status == 400
    assert error in person.text
    assert person.rows("account.password_changed") == []
    assert person.outcomes("account.input_refused") == ["input_refused"]


def test_password_of_the_history_is_refused_at_its_field(person: Person) -> None:
    change(person)
    person.send(PAGE, PAGE, password=NEW, new_password=person.password)
    assert person.tab.status == 400
    assert person.outcomes("account.password_changed") == ["success", "password_history"]
    assert 'id="new-password-error"' in person.text


def test_form_sent_twice_is_carried_out_once(person: Person) -> None:
    person.get(PAGE)
    form = person.form(PAGE) | {"password": person.password, "new_password": NEW}
    person.tab.post(PAGE, form)
    person.tab.post(PAGE, form)
    assert person.tab.status == 409
    assert person.outcomes("account.password_changed") == ["success"]
    assert person.outcomes("account.input_refused") == ["already_sent"]


def test_form_without_a_turn_changes_nothing(person: Person) -> None:
    person.tab.post(PAGE, {"password": person.password, "new_password": NEW})
    assert person.tab.status == 409
    assert person.outcomes("account.input_refused") == ["out_of_order"]
    assert person.api.sign_in(person.username, NEW).refusal is not None


def test_mail_that_cannot_be_sent_breaks_nothing(person: Person, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    change(person)
    assert "Your password is changed" in person.text
    assert person.outcomes("account.notified") == ["error"]


def test_person_without_a_verified_address_cannot_be_told(person: Person) -> None:
    pairs = [{"Name": "email_verified", "Value": "false"}]
    person.api.signed("AdminUpdateUserAttributes", Username=person.username, UserAttributes=pairs)
    change(person)
    assert (person.outcomes("account.notified"), mail.outbox) == (["no_verified_contact"], [])


def test_no_password_stands_in_a_row_or_a_session(person: Person, sqlite: Database) -> None:
    change(person, present="Not-my-canary-1-pass")
    change(person, new="Quite-canary-2-pass")
    kept = repr(stored()) + repr(person.tab.session()) + person.text
    assert "canary" not in kept


def without_password(stub: StubCognito, tab: Tab) -> StubUser:
    """Somebody signed in who has no password, in a pool that signs people in without one too."""
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    stub.described["UserPool"] = {"Id": POOL_ID, "Policies": policies}
    user = stub.confirm()
    tab.start(user.username, user.password)
    user.password = ""
    tab.get(PAGE)
    return user


def test_who_never_had_a_password_sets_one_after_a_fresh_sign_in(
    stub: StubCognito, tab: Tab, aws_keys: None
) -> None:
    user = without_password(stub, tab)
    tab.post(PAGE, {**tab.hidden, "password": "", "new_password": NEW})
    assert "Your password is changed" in tab.text
    assert user.password == NEW


def test_without_a_present_password_an_old_sign_in_is_asked_for_again(
    stub: StubCognito, tab: Tab, aws_keys: None, later: Clock
) -> None:
    without_password(stub, tab)
    later.offset_s = 16 * 60
    answer = tab.client.post(PAGE, {**tab.hidden, "password": "", "new_password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?again=password")
    assert stub.count("ChangePassword") == 0


def test_present_password_needs_no_fresh_sign_in(person: Person, later: Clock) -> None:
    later.offset_s = 16 * 60
    change(person)
    assert "Your password is changed" in person.text


def test_change_without_an_answer_is_told_as_a_possible_one(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm(attributes={"email": "ada@example.com"})
    tab.start(user.username, user.password)
    tab.get(PAGE)
    stub.refuse_next("ChangePassword", "InternalErrorException", status=500)
    tab.post(PAGE, {**tab.hidden, "password": user.password, "new_password": NEW})
    assert (tab.status, tab.path) == (503, PAGE)
    assert "Sign in again with the new one; if that does not work, with the old one." in tab.text
    assert ["may have been changed" in letter.body for letter in mail.outbox] == [True]


def test_change_without_an_answer_forgets_remembered_browsers(
    stub: StubCognito, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = stub.confirm()
    tab.start(user.username, user.password)
    tab.get(PAGE)
    forgotten: list[str] = []
    monkeypatch.setattr(devices, "forget", lambda *, pool_id, sub: forgotten.append(sub))
    stub.refuse_next("ChangePassword", "InternalErrorException", status=500)
    tab.post(PAGE, {**tab.hidden, "password": user.password, "new_password": NEW})
    assert forgotten == [user.sub]


def test_refresh_without_an_answer_is_no_possible_change(stub: StubCognito, tab: Tab) -> None:
    stub.reset(Ways(access_s=30))
    user = stub.confirm()
    tab.start(user.username, user.password)
    tab.get(PAGE)
    for _ in range(2):
        stub.refuse_next("GetTokensFromRefreshToken", "InternalErrorException", status=500)
    tab.post(PAGE, {**tab.hidden, "password": user.password, "new_password": NEW})
    assert (tab.status, stub.count("ChangePassword"), mail.outbox) == (503, 0, [])
    assert "We do not know whether" not in tab.text
