"""Your sign-in: staff change what they sign in with, freshly signed in, and are told of it by mail."""

import json
import re
import time

import pyotp
import pytest
from allauth.mfa.models import Authenticator as Factor
from django.contrib.auth.models import User
from django.core import mail
from pytest_django import Settings

from cognito_portal.ops.staff import factors
from tests.audit.rows import stored
from tests.demo.authenticator import Authenticator
from tests.ops.staff.conftest import PASSWORD, Clock, code_of, member, sign_in, with_app
from tests.signin.browsing import Tab, new_client, session_of

pytestmark = pytest.mark.usefixtures("sqlite")
OWN, APP, STEP = "/staff/own/", "/staff/own/app/", "/staff/second-step/"
ORIGIN = "https://localhost"
NEW = "Another-long-staff-password"


@pytest.fixture
def olga(tab: Tab) -> User:
    """Of the help desk, signed in with her app a moment ago."""
    user, app = with_app("olga", "ops", email="olga@example.com")
    sign_in(tab, "olga")
    tab.post(STEP, {"code": code_of(app)})
    assert tab.path == "/ops/"
    return user


@pytest.fixture
def audrey(tab: Tab) -> User:
    """An auditor without a second step."""
    user = member("audrey", "auditors", email="audrey@example.com")
    sign_in(tab, "audrey")
    return user


def last() -> tuple[str, str, str]:
    row = [each for each in stored() if each["event"] != "staff.notified"][-1]
    return row["event"], row["step"], row["outcome"]


def offered(tab: Tab) -> tuple[str, pyotp.TOTP]:
    secret = re.search(r"secret=([A-Z2-7]+)", tab.text)
    sealed = re.search(r'name="offer" value="([^"]+)"', tab.text)
    assert secret and sealed
    return sealed[1], pyotp.TOTP(secret[1])


def options(tab: Tab) -> dict[str, object]:
    """What the page hands to the browser's passkeys."""
    found = re.search(r'id="passkey-options"[^>]*>(.*?)</script>', tab.text)
    assert found
    read: dict[str, object] = json.loads(found[1])
    return read


def add_passkey(tab: Tab, key: Authenticator, **changed: object) -> None:
    tab.post("/staff/own/passkey/begin/", {})
    made = key.create(options(tab), ORIGIN, **changed)
    tab.post("/staff/own/passkey/", {"credential": json.dumps(made), "name": "work laptop"})


def id_of(kind: str) -> str:
    return str(Factor.objects.get(type=kind).pk)


def test_page_shows_what_there_is_and_no_secret(tab: Tab, olga: User) -> None:
    tab.get(OWN)
    assert "You are olga, with the role ops." in tab.text
    assert "Authenticator app" in tab.text and "last used" in tab.text
    assert "secret=" not in tab.text


def test_page_changes_nothing_once_the_sign_in_is_not_fresh(
    tab: Tab, olga: User, later: Clock, settings: Settings
) -> None:
    later.offset_s = settings.FRESH_SIGN_IN_SECONDS - 60
    tab.get(OWN)
    later.offset_s = settings.FRESH_SIGN_IN_SECONDS + 1
    tab.get(OWN)
    assert "sign in again first" in tab.text
    for path in ("app/", "password/"):
        tab.get(OWN + path)
        assert tab.path == "/staff/sign-in/"
    for path in ("remove/", "recovery-codes/", "passkey/begin/", "password/"):
        tab.post(OWN + path, {"factor": id_of("totp"), "password": PASSWORD, "new_password": NEW})
        assert tab.path == "/staff/sign-in/"
    assert Factor.objects.count() == 1
    assert User.objects.get().check_password(PASSWORD)


def test_another_app_takes_the_place_of_the_first(tab: Tab, olga: User) -> None:
    tab.get(APP)
    sealed, app = offered(tab)
    tab.post(APP, {"offer": sealed, "code": code_of(app)})
    assert last() == ("staff.factor_added", "totp", "success")
    assert [message.to for message in mail.outbox] == [["olga@example.com"]]
    tab.post("/staff/sign-out/", {})
    sign_in(tab, "olga")
    tab.post(STEP, {"code": app.at(int(time.time()) + 30)})
    assert tab.path == "/ops/"


def test_wrong_code_of_another_app_keeps_the_first(tab: Tab, olga: User) -> None:
    before = Factor.objects.get().data
    tab.get(APP)
    sealed, _ = offered(tab)
    tab.post(APP, {"offer": sealed, "code": "000000"})
    assert tab.status == 403
    assert Factor.objects.get().data == before
    assert mail.outbox == []


def test_passkey_is_added_and_signs_in(tab: Tab, olga: User) -> None:
    key = Authenticator()
    add_passkey(tab, key)
    assert "Your recovery codes" in tab.text
    assert last() == ("staff.factor_added", "webauthn", "success")
    tab.get(OWN)
    assert "work laptop" in tab.text
    other = Tab()
    sign_in(other, "olga")
    answer = key.get(options(other), ORIGIN)
    other.post(STEP, {"credential": json.dumps(answer)})
    assert other.path == "/ops/"
    assert last() == ("staff.answered", "webauthn", "success")


def test_answer_of_a_passkey_is_good_for_its_own_challenge_alone(tab: Tab, olga: User) -> None:
    key = Authenticator()
    add_passkey(tab, key)
    first, second = Tab(), Tab()
    sign_in(first, "olga"), sign_in(second, "olga")
    answer = {"credential": json.dumps(key.get(options(first), ORIGIN))}
    second.post(STEP, answer)
    assert second.status == 403
    first.post(STEP, answer)
    assert first.path == "/ops/"


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "{}", '{"id": 1}', '{"rawId": "AA", "response": {}, "type": "public-key"}', "x" * 20000],
)
def test_made_up_answer_of_a_passkey_signs_nobody_in(tab: Tab, olga: User, answer: str) -> None:
    add_passkey(tab, Authenticator())
    other = Tab()
    sign_in(other, "olga")
    other.post(STEP, {"credential": answer})
    assert other.status in (400, 403)
    assert "_auth_user_id" not in other.session()


def test_passkey_that_was_made_for_another_site_is_not_added(tab: Tab, olga: User) -> None:
    tab.post("/staff/own/passkey/begin/", {})
    made = Authenticator().create(options(tab), "https://evil.example")
    tab.post("/staff/own/passkey/", {"credential": json.dumps(made)})
    assert tab.status == 403
    assert last() == ("staff.factor_added", "webauthn", "passkey_refused")
    assert not Factor.objects.filter(type="webauthn").exists()


def test_passkey_of_somebody_else_is_worth_nothing(tab: Tab, olga: User) -> None:
    hers, his = Authenticator(), Authenticator()
    add_passkey(tab, hers)
    _, app = with_app("omar", "ops")
    other = Tab()
    sign_in(other, "omar")
    other.post(STEP, {"code": code_of(app)})
    add_passkey(other, his)
    third = Tab()
    sign_in(third, "olga")
    answer = his.get(options(third) | {"allowCredentials": []}, ORIGIN)
    third.post(STEP, {"credential": json.dumps(answer)})
    assert third.status == 403
    assert "_auth_user_id" not in third.session()


def test_last_second_step_of_the_help_desk_stays(tab: Tab, olga: User) -> None:
    tab.post(OWN + "remove/", {"factor": id_of("totp")})
    assert tab.status == 400
    assert "Add another one first" in tab.text
    assert factors.has_factor(olga)


def test_app_may_go_once_there_is_a_passkey(tab: Tab, olga: User) -> None:
    add_passkey(tab, Authenticator())
    tab.post(OWN + "remove/", {"factor": id_of("totp")})
    assert (tab.path, tab.status) == (OWN, 200)
    assert last() == ("staff.factor_removed", "totp", "success")
    assert set(Factor.objects.values_list("type", flat=True)) == {"webauthn", "recovery_codes"}


def test_factor_of_somebody_else_is_not_ones_own_to_remove(tab: Tab, olga: User) -> None:
    add_passkey(tab, Authenticator())
    with_app("omar", "ops")
    theirs = Factor.objects.get(user__username="omar")
    tab.post(OWN + "remove/", {"factor": str(theirs.pk)})
    assert tab.status == 400
    assert Factor.objects.filter(pk=theirs.pk).exists()


def test_auditor_adds_an_app_gets_recovery_codes_and_may_remove_it_again(tab: Tab, audrey: User) -> None:
    tab.get(APP)
    sealed, app = offered(tab)
    tab.post(APP, {"offer": sealed, "code": code_of(app)})
    assert len(re.findall(r"<li><code>\d{4} \d{4}</code>", tab.text)) == 10
    assert tab.session()["staff_second_step"] == "totp"
    tab.post(OWN + "remove/", {"factor": id_of("totp")})
    assert not Factor.objects.exists()
    assert "staff_second_step" not in tab.session()


def test_new_recovery_codes_end_the_old_ones_and_are_on_no_page_that_is_looked_at(
    tab: Tab, olga: User
) -> None:
    old = factors.new_recovery_codes(olga)
    tab.post(OWN + "recovery-codes/", {})
    new = [f"{a}{b}" for a, b in re.findall(r"<code>(\d{4}) (\d{4})</code>", tab.text)]
    assert len(new) == 10 and not set(new) & set(old)
    assert last() == ("staff.recovery_codes_made", "", "success")
    tab.get(OWN)
    assert not re.search(r"\d{4} \d{4}", tab.text)
    other = Tab()
    sign_in(other, "olga")
    other.post(STEP, {"code": old[0]})
    assert other.status == 403


def change_password(tab: Tab, present: str, new: str) -> None:
    tab.post(OWN + "password/", {"password": present, "new_password": new})


def test_new_password_ends_every_other_session_and_not_this_one(tab: Tab, audrey: User) -> None:
    other = Tab(new_client("198.51.100.7"))
    sign_in(other, "audrey")
    was = tab.cookie
    change_password(tab, PASSWORD, NEW)
    assert (tab.path, tab.status) == (OWN, 200)
    assert (session_of(was), tab.cookie == was) == ({}, False)
    other.get("/audit/")
    assert other.path == "/staff/sign-in/"
    assert "password was changed" in mail.outbox[0].subject
    sign_in(other, "audrey", NEW)
    assert other.path == "/audit/"


@pytest.mark.parametrize(
    ("present", "new", "status"),
    [
        ("Wrong-password-1", NEW, 403),
        (PASSWORD, "short", 400),
        (PASSWORD, PASSWORD, 400),
        (PASSWORD, "audrey@example.com", 400),
        ("", NEW, 400),
        (PASSWORD, "", 400),
    ],
)
def test_password_that_cannot_be_set_is_told_so_and_nothing_changes(
    tab: Tab, audrey: User, present: str, new: str, status: int
) -> None:
    change_password(tab, present, new)
    assert tab.status == status
    assert 'aria-invalid="true"' in tab.text or "error" in tab.text
    assert User.objects.get().check_password(PASSWORD)
    assert mail.outbox == []


def test_guesses_of_the_present_password_are_counted(tab: Tab, audrey: User, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 2
    change_password(tab, "Wrong-password-1", NEW)
    change_password(tab, "Wrong-password-2", NEW)
    change_password(tab, PASSWORD, NEW)
    assert tab.status == 429
    assert User.objects.get().check_password(PASSWORD)


def test_staff_without_an_address_are_told_nothing_and_the_row_says_so(tab: Tab) -> None:
    member("audrey", "auditors")
    sign_in(tab, "audrey")
    change_password(tab, PASSWORD, NEW)
    assert mail.outbox == []
    row = stored()[-1]
    assert (row["event"], row["outcome"]) == ("staff.notified", "no_verified_contact")


def test_first_second_step_may_be_a_passkey(tab: Tab) -> None:
    member("olga", "ops")
    sign_in(tab, "olga")
    key = Authenticator()
    tab.post("/staff/set-up/", {"credential": json.dumps(key.create(options(tab), ORIGIN))})
    assert "Your recovery codes" in tab.text
    assert tab.session()["staff_second_step"] == "webauthn"
    other = Tab()
    sign_in(other, "olga")
    other.post(STEP, {"credential": json.dumps(key.get(options(other), ORIGIN))})
    assert other.path == "/ops/"


def test_first_passkey_that_was_made_for_another_site_signs_nobody_in(tab: Tab) -> None:
    member("olga", "ops")
    sign_in(tab, "olga")
    made = Authenticator().create(options(tab), "https://evil.example")
    tab.post("/staff/set-up/", {"credential": json.dumps(made)})
    assert tab.status == 403
    assert "_auth_user_id" not in tab.session()
    assert not Factor.objects.exists()
