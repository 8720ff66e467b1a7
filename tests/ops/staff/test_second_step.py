"""The second step of staff: nobody is signed in before it, and no code works twice."""

import re

import pyotp
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as site_settings
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from pytest_django import Settings

from cognito_portal.audit import record
from cognito_portal.ops.staff import factors
from tests.audit.rows import stored
from tests.ops.staff.conftest import PASSWORD, Clock, code_of, member, sign_in, with_app
from tests.signin.browsing import Tab, session_of

pytestmark = pytest.mark.usefixtures("sqlite")
STEP, SET_UP = "/staff/second-step/", "/staff/set-up/"


def answer(tab: Tab, code: str) -> None:
    tab.post(STEP, {"code": code})


def rows(event: str) -> list[tuple[str, str, str]]:
    return [(row["phase"], row["step"], row["outcome"]) for row in stored() if row["event"] == event]


def offered(tab: Tab) -> tuple[str, pyotp.TOTP]:
    """The form's hidden offer, and the app that was set up with what the page shows."""
    secret = re.search(r"secret=([A-Z2-7]+)", tab.text)
    sealed = re.search(r'name="offer" value="([^"]+)"', tab.text)
    assert secret and sealed
    return sealed[1], pyotp.TOTP(secret[1])


def test_password_alone_leads_to_the_second_step_and_reaches_nothing(tab: Tab) -> None:
    with_app("olga", "ops")
    sign_in(tab, "olga")
    assert (tab.path, tab.status) == (STEP, 200)
    assert "_auth_user_id" not in tab.session()
    for path in ("/ops/", "/audit/"):
        tab.get(path)
        assert tab.path == "/staff/sign-in/"
    assert [outcome for _, _, outcome in rows("staff.signed_in")] == ["", "challenge"]


def test_code_signs_in_with_a_new_key_and_two_rows(tab: Tab) -> None:
    user, app = with_app("olga", "ops")
    sign_in(tab, "olga")
    was = tab.cookie
    answer(tab, code_of(app))
    assert (tab.path, tab.status) == ("/ops/", 200)
    assert tab.session()["_auth_user_id"] == str(user.pk)
    assert (session_of(was), tab.cookie == was) == ({}, False)
    assert rows("staff.answered") == [("begin", "totp", ""), ("end", "totp", "success")]


def test_wrong_code_is_refused_and_asked_for_again(tab: Tab) -> None:
    _, app = with_app("olga", "ops")
    sign_in(tab, "olga")
    answer(tab, "000000")
    assert (tab.path, tab.status) == (STEP, 403)
    assert "not the right code" in tab.text
    answer(tab, code_of(app))
    assert tab.path == "/ops/"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_code_of_another_form_is_told_so_and_tries_nothing(tab: Tab, code: str) -> None:
    with_app("olga", "ops")
    sign_in(tab, "olga")
    answer(tab, code)
    assert tab.status == 400
    assert rows("staff.answered") == []


def test_wrong_codes_are_counted_with_wrong_passwords(tab: Tab, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 3
    _, app = with_app("olga", "ops")
    sign_in(tab, "olga", "Wrong-password-1")
    sign_in(tab, "olga")
    answer(tab, "000000"), answer(tab, "000001")
    answer(tab, code_of(app))
    assert tab.status == 429
    assert "_auth_user_id" not in tab.session()
    other = Tab()
    sign_in(other, "olga")
    assert other.status == 429


def test_right_password_does_not_give_new_tries_of_the_code(tab: Tab, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 3
    with_app("olga", "ops")
    for wrong in ("000000", "000001", "000002"):
        sign_in(tab, "olga")
        answer(tab, wrong)
    sign_in(tab, "olga")
    assert tab.status == 429


def test_code_signs_in_once_whatever_process_it_comes_to(tab: Tab) -> None:
    _, app = with_app("olga", "ops")
    code = code_of(app)
    sign_in(tab, "olga")
    answer(tab, code)
    assert tab.path == "/ops/"
    # Another process has a cache of its own.
    cache.clear()
    other = Tab()
    sign_in(other, "olga")
    answer(other, f"{code[:3]} {code[3:]}")
    assert (other.path, other.status) == (STEP, 403)
    assert "used before" in other.text
    assert rows("staff.answered")[-1][2] == "code_reused"


def test_code_of_somebody_else_is_worth_nothing(tab: Tab) -> None:
    with_app("olga", "ops")
    _, app = with_app("omar", "ops")
    sign_in(tab, "olga")
    answer(tab, code_of(app))
    assert "_auth_user_id" not in tab.session()


def test_half_a_sign_in_ends_after_five_minutes(tab: Tab, later: Clock) -> None:
    _, app = with_app("olga", "ops")
    sign_in(tab, "olga")
    later.offset_s = site_settings.STAFF_HALF_SECONDS - 5
    tab.get(STEP)
    assert tab.path == STEP
    later.offset_s = site_settings.STAFF_HALF_SECONDS + 5
    answer(tab, code_of(app))
    assert tab.path == "/staff/sign-in/"
    assert "_auth_user_id" not in tab.session()


def retire(user: User) -> None:
    user.is_active = False
    user.save()


def renew_password(user: User) -> None:
    user.set_password("Another-long-password")
    user.save()


@pytest.mark.parametrize("act", [retire, renew_password], ids=["retired", "new password"])
def test_half_a_sign_in_ends_with_what_it_stands_on(tab: Tab, act: object) -> None:
    user, app = with_app("olga", "ops")
    sign_in(tab, "olga")
    act(user)  # type: ignore[operator]
    answer(tab, code_of(app))
    assert tab.path == "/staff/sign-in/"
    assert "_auth_user_id" not in tab.session()


def test_second_step_without_a_first_begins_at_the_first(tab: Tab) -> None:
    with_app("olga", "ops")
    answer(tab, "123456")
    assert tab.path == "/staff/sign-in/"
    tab.get(SET_UP)
    assert tab.path == "/staff/sign-in/"


def test_recovery_code_signs_in_once(tab: Tab) -> None:
    user, _ = with_app("olga", "ops")
    code = factors.new_recovery_codes(user)[0]
    sign_in(tab, "olga")
    answer(tab, f"{code[:4]} {code[4:]}")
    assert tab.path == "/ops/"
    assert rows("staff.answered")[-1] == ("end", "recovery_codes", "success")
    other = Tab()
    sign_in(other, "olga")
    answer(other, code)
    assert other.status == 403
    assert factors.recovery_codes_left(user) == 9


def test_way_on_is_kept_over_the_second_step(tab: Tab) -> None:
    _, app = with_app("olga", "ops")
    sign_in(tab, "olga", next="/ops/requests/")
    answer(tab, code_of(app))
    assert tab.path == "/ops/requests/"


@pytest.mark.parametrize("group", ["ops", "admins"])
def test_whoever_has_no_second_step_sets_one_up_before_any_page(tab: Tab, group: str) -> None:
    member("olga", group)
    sign_in(tab, "olga", next="/ops/requests/")
    assert tab.path == SET_UP
    sealed, app = offered(tab)
    tab.get("/ops/")
    assert tab.path == "/staff/sign-in/"
    tab.post(SET_UP, {"offer": sealed, "code": code_of(app)})
    assert (tab.path, tab.status) == (SET_UP, 200)
    codes = re.findall(r"<li><code>(\d{4}) (\d{4})</code>", tab.text)
    assert len(codes) == 10
    assert 'href="/ops/requests/"' in tab.text
    tab.get("/ops/")
    assert (tab.path, tab.status) == ("/ops/", 200)
    assert rows("staff.factor_added") == [("begin", "totp", ""), ("end", "totp", "success")]


def test_wrong_code_at_set_up_keeps_the_same_key_to_scan(tab: Tab) -> None:
    member("olga", "ops")
    sign_in(tab, "olga")
    sealed, app = offered(tab)
    tab.post(SET_UP, {"offer": sealed, "code": "000000"})
    assert tab.status == 403
    assert offered(tab)[1].secret == app.secret
    assert not Authenticator.objects.exists()


def test_key_that_was_offered_to_somebody_else_is_not_taken(tab: Tab) -> None:
    member("olga", "ops"), member("omar", "ops")
    sign_in(tab, "omar")
    sealed, app = offered(tab)
    other = Tab()
    sign_in(other, "olga")
    other.post(SET_UP, {"offer": sealed, "code": code_of(app)})
    assert other.status == 403
    assert not Authenticator.objects.exists()


def test_set_up_is_no_way_around_an_app_that_is_there(tab: Tab) -> None:
    with_app("olga", "ops")
    sign_in(tab, "olga")
    tab.get(SET_UP)
    assert tab.path == STEP
    assert "secret=" not in tab.text


def test_auditor_needs_no_second_step_unless_the_setting_says_so(tab: Tab, settings: Settings) -> None:
    member("audrey", "auditors")
    sign_in(tab, "audrey")
    assert tab.path == "/audit/"
    settings.STAFF_MFA_REQUIRED = ["ops", "auditors", "admins"]
    tab.get("/audit/")
    assert tab.path == "/staff/sign-in/"
    sign_in(tab, "audrey")
    assert tab.path == SET_UP


def test_auditor_who_has_an_app_is_asked_for_it(tab: Tab) -> None:
    with_app("audrey", "auditors")
    sign_in(tab, "audrey")
    assert tab.path == STEP


def test_role_that_came_later_asks_for_the_second_step(tab: Tab) -> None:
    user = member("audrey", "auditors")
    sign_in(tab, "audrey")
    user.groups.add(Group.objects.get(name="ops"))
    tab.get("/ops/")
    assert tab.path == "/staff/sign-in/"


def test_neither_secret_nor_code_nor_seed_stands_in_the_database(tab: Tab) -> None:
    user, app = with_app("olga", "ops")
    factors.new_recovery_codes(user)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert app.secret not in kept
    assert "seed" in kept and not re.search(r"[0-9a-f]{80}", kept)


def test_app_goes_on_working_after_the_secret_key_was_changed(tab: Tab, settings: Settings) -> None:
    _, app = with_app("olga", "ops")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-of-more-than-fifty-characters-long"
    sign_in(tab, "olga")
    answer(tab, code_of(app))
    assert tab.path == "/ops/"


def test_factor_whose_key_is_gone_lets_nobody_in_and_says_whom_to_ask(tab: Tab, settings: Settings) -> None:
    _, app = with_app("olga", "ops")
    settings.SECRET_KEY = "another-secret-key-of-more-than-fifty-characters-long"
    sign_in(tab, "olga")
    answer(tab, code_of(app))
    assert tab.status == 403
    assert "Ask an administrator" in tab.text
    assert rows("staff.answered")[-1][2] == "unreadable"


def test_password_stands_in_no_session(tab: Tab) -> None:
    with_app("olga", "ops")
    sign_in(tab, "olga")
    assert PASSWORD not in str(tab.session())


@pytest.mark.parametrize("path", [STEP, SET_UP, "/staff/sign-in/"])
def test_without_an_audit_row_nobody_is_signed_in_and_nothing_is_set_up(
    tab: Tab, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    _, app = with_app("olga", "ops")
    if path == SET_UP:
        Authenticator.objects.all().delete()
    sign_in(tab, "olga")
    offer = {"offer": offered(tab)[0]} if path == SET_UP else {}
    app = offered(tab)[1] if path == SET_UP else app

    def no_row(row: object) -> bool:
        raise record.AuditUnavailable("no row")

    monkeypatch.setattr(record, "_insert", no_row)
    tab.post(path, {"code": code_of(app), "username": "olga", "password": PASSWORD, **offer})
    assert tab.status == 503
    assert "_auth_user_id" not in tab.session()
    assert Authenticator.objects.exists() is (path != SET_UP)


def test_code_that_signed_nobody_in_for_want_of_a_row_is_still_good(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, app = with_app("olga", "ops")
    sign_in(tab, "olga")

    def no_row(*_: object, **__: object) -> None:
        raise record.AuditUnavailable("no row")

    with monkeypatch.context() as fault:
        fault.setattr(record, "end", no_row)
        answer(tab, code_of(app))
    assert tab.status == 503
    sign_in(tab, "olga")
    answer(tab, code_of(app))
    assert tab.path == "/ops/"
