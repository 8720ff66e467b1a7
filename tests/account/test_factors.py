"""Second steps: set up, turned on, asked for first, turned off."""

import re

import pyotp
import pytest
from django.core import mail

from cognito_portal.account.pages.factors import factors_of, preferences_after
from cognito_portal.cognito.types import MfaConfig, MfaPreference, UserProfile
from cognito_portal.signin import used_codes
from tests.account.conftest import Person
from tests.audit.rows import stored
from tests.signin.browsing import Tab, new_client
from tests.signin.stub import POOL_ID, StubCognito

PAGE, SET = "/account/factors/", "/account/factors/set/"
APP, BEGIN = "/account/factors/app/", "/account/factors/app/begin/"
ON, OFF = MfaPreference(True, False), MfaPreference(False, False)
FIRST = MfaPreference(True, True)


def begin_app(person: Person) -> str:
    """Open the set-up page; return the secret that it shows."""
    person.send(PAGE, BEGIN)
    assert person.tab.path == APP
    found = re.search(r'data-copy="([A-Z2-7]+)"', person.text)
    assert found
    return found[1]


def enrol(person: Person) -> str:
    secret = begin_app(person)
    person.tab.post(APP, person.form(APP) | {"code": pyotp.TOTP(secret).now()})
    return secret


def test_authenticator_app_is_set_up_and_asked_for(person: Person) -> None:
    enrol(person)
    assert "Your authenticator app is set up" in person.text
    assert person.user()["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert person.user()["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    assert "A second step was set up" in mail.outbox[0].body
    assert person.api.sign_in(person.username, person.password).body["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_set_up_page_shows_picture_text_and_link_of_one_secret(person: Person) -> None:
    secret = begin_app(person)
    assert "<svg" in person.text
    assert f"secret={secret}&" in person.text
    assert " ".join(re.findall("....", secret)) in person.text


def test_page_loaded_again_shows_the_same_secret(person: Person) -> None:
    secret = begin_app(person)
    person.get(APP)
    assert f'data-copy="{secret}"' in person.text
    assert len([row for row in person.rows("account.factors_changed") if row.phase == "begin"]) == 1


def test_wrong_code_keeps_the_secret(person: Person) -> None:
    secret = begin_app(person)
    wrong = f"{(int(pyotp.TOTP(secret).now()) + 1) % 10**6:06}"
    person.tab.post(APP, person.form(APP) | {"code": wrong})
    assert (person.tab.status, f'data-copy="{secret}"' in person.text) == (400, True)
    assert person.outcomes("account.factor_enrolled") == ["code_mismatch"]
    person.tab.post(APP, person.form(APP) | {"code": pyotp.TOTP(secret).now()})
    assert person.tab.path == PAGE


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567"])
def test_code_of_another_form_is_not_sent(person: Person, code: str) -> None:
    begin_app(person)
    person.tab.post(APP, person.form(APP) | {"code": code})
    assert person.tab.status == 400
    assert person.rows("account.factor_enrolled") == []


def test_secret_stands_in_no_row_and_not_readable_in_the_session(person: Person) -> None:
    secret = begin_app(person)
    assert secret not in repr(stored()) + repr(person.tab.session())
    person.tab.post(APP, person.form(APP) | {"code": pyotp.TOTP(secret).now()})
    person.get(APP)
    assert person.tab.path == PAGE


def test_email_step_is_turned_on_and_off(person: Person) -> None:
    person.send(PAGE, SET, {"factor": "EMAIL_OTP", "act": "on"})
    assert person.user()["UserMFASettingList"] == ["EMAIL_OTP"]
    person.send(PAGE, SET, {"factor": "EMAIL_OTP", "act": "off"})
    assert person.user().get("UserMFASettingList", []) == []
    assert [letter.body.count("second steps") for letter in mail.outbox] == [1, 1]


def test_another_step_can_be_asked_for_first(person: Person) -> None:
    enrol(person)
    person.send(PAGE, SET, {"factor": "EMAIL_OTP", "act": "on"})
    person.send(PAGE, SET, {"factor": "EMAIL_OTP", "act": "prefer"})
    assert person.user()["PreferredMfaSetting"] == "EMAIL_OTP"


def test_app_can_be_removed(person: Person) -> None:
    enrol(person)
    person.send(PAGE, SET, {"factor": "SOFTWARE_TOKEN_MFA", "act": "off"})
    assert "ChallengeName" not in person.api.sign_in(person.username, person.password).body


@pytest.mark.parametrize("forged", [{"factor": "NONE", "act": "on"}, {"factor": "SMS_MFA", "act": "x"}])
def test_forged_choice_changes_nothing(person: Person, forged: dict[str, str]) -> None:
    person.get(PAGE)
    person.tab.post(SET, {"turn": person.form(BEGIN)["turn"], **forged})
    assert person.tab.status == 400
    assert person.rows("account.factors_changed") == []


def profile(*on: str, preferred: str | None = None, **verified: str) -> UserProfile:
    return UserProfile(
        "ada", {f"{name}_verified": value for name, value in verified.items()}, on, preferred, None
    )


@pytest.mark.parametrize(
    ("before", "name", "act", "after"),
    [
        (profile(), "EMAIL_OTP", "on", {"EMAIL_OTP": FIRST}),
        (
            profile("SMS_MFA", preferred="SMS_MFA"),
            "EMAIL_OTP",
            "on",
            {"SMS_MFA": FIRST, "EMAIL_OTP": ON},
        ),
        (
            profile("SMS_MFA", "EMAIL_OTP", preferred="SMS_MFA"),
            "EMAIL_OTP",
            "prefer",
            {"SMS_MFA": ON, "EMAIL_OTP": FIRST},
        ),
        (
            profile("SMS_MFA", "EMAIL_OTP", preferred="SMS_MFA"),
            "SMS_MFA",
            "off",
            {"SMS_MFA": OFF, "EMAIL_OTP": ON},
        ),
    ],
)
def test_one_step_at_most_is_preferred(
    before: UserProfile, name: str, act: str, after: dict[str, MfaPreference]
) -> None:
    assert preferences_after(before, name, act) == after


def test_last_step_cannot_be_turned_off_where_one_is_demanded() -> None:
    config = MfaConfig("ON", True, True, True, None, None)
    (only, *_) = factors_of(profile("SOFTWARE_TOKEN_MFA"), config)
    assert not only.can_turn_off
    assert all(factor.can_turn_off for factor in factors_of(profile("SMS_MFA", "EMAIL_OTP"), config))


def test_step_needs_a_confirmed_address() -> None:
    config = MfaConfig("OPTIONAL", False, True, True, None, None)
    found = factors_of(profile(email="true"), config)
    assert [(factor.name, factor.can_turn_on) for factor in found] == [
        ("SMS_MFA", False),
        ("EMAIL_OTP", True),
    ]


def test_app_that_is_set_up_is_told_once_though_it_is_not_turned_on(stub: StubCognito, tab: Tab) -> None:
    secret = stub_app(stub, tab)
    stub.refuse_next("SetUserMFAPreference", "InternalErrorException", status=500)
    tab.post(APP, {**tab.hidden, "code": pyotp.TOTP(secret).now()})
    assert [letter.body.count("A second step was set up") for letter in mail.outbox] == [1]
    tab.get(PAGE)
    assert "If it stands as off below, please set it up once more." in tab.text


def test_code_that_set_up_an_app_signs_nobody_in(person: Person) -> None:
    code = pyotp.TOTP(begin_app(person)).now()
    person.tab.post(APP, person.form(APP) | {"code": code})
    other = Tab(new_client("198.51.100.7"))
    other.start(person.username, person.password)
    other.post(other.path, {**other.hidden, "code": code})
    assert (other.status, "This code was already used" in other.text) == (400, True)
    # Said by this site, before Cognito is asked.
    assert person.outcomes("signin.input_refused") == ["code_reused"]


def test_code_that_signed_in_sets_up_no_app(stub: StubCognito, tab: Tab) -> None:
    secret = stub_app(stub, tab)
    code = pyotp.TOTP(secret).now()
    user = tab.session()["cognito_user"]
    digest = used_codes.digest_of(pool_id=POOL_ID, username=user["username"], code=code)
    assert used_codes.reserve(digest)
    tab.post(APP, {**tab.hidden, "code": code})
    assert (tab.status, "This code was already used" in tab.text) == (400, True)
    assert stub.count("VerifySoftwareToken") == 0


@pytest.mark.parametrize(("status", "is_given_back"), [(400, True), (500, False)])
def test_code_is_given_back_only_where_it_was_certainly_not_taken(
    stub: StubCognito, tab: Tab, status: int, is_given_back: bool
) -> None:
    secret = stub_app(stub, tab)
    code = pyotp.TOTP(secret).now()
    refusal = "CodeMismatchException" if is_given_back else "InternalErrorException"
    stub.refuse_next("VerifySoftwareToken", refusal, status=status)
    tab.post(APP, {**tab.hidden, "code": code})
    tab.post(APP, {**tab.hidden, "code": code})
    assert (tab.path == PAGE) is is_given_back


def stub_app(stub: StubCognito, tab: Tab, **more: str) -> str:
    """Somebody of the stub's before the set-up page; the secret that it shows."""
    user = stub.confirm(**more)
    tab.start(user.alias, user.password)
    tab.get(PAGE)
    tab.post(BEGIN, tab.hidden)
    found = re.search(r'data-copy="([A-Z2-7]+)"', tab.text)
    assert found
    return found[1]


def test_set_up_page_names_people_by_what_they_typed_where_their_username_is_their_sub(
    stub: StubCognito, tab: Tab
) -> None:
    sub = "0b8f6a52-3f0e-4c1b-9d55-1f2a3c4d5e6f"
    stub_app(stub, tab, username=sub, sub=sub, alias="ada@example.com")
    assert "ada%40example.com?secret=" in tab.text
    assert sub not in tab.text
    tab.get("/account/")
    assert ("ada@example.com" in tab.text, sub in tab.text) == (True, False)
