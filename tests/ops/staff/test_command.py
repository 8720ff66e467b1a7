"""`manage.py staff`: who works with the portal is decided in a terminal, and every act of it is a row."""

import io
import json
import re
import sys

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from cognito_portal.ops.staff import factors
from tests.audit.rows import shown, stored
from tests.ops.staff.conftest import PASSWORD, code_of, member, sign_in, with_app
from tests.signin.browsing import Tab, session_of

pytestmark = pytest.mark.usefixtures("sqlite")


def staff(*words: str) -> str:
    output = io.StringIO()
    call_command("staff", *words, stdout=output)
    return output.getvalue()


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def last() -> tuple[str, str, str, str]:
    row = stored()[-1]
    return row["event"], row["step"], row["outcome"], row["actor"].partition(":")[0]


def test_who_was_added_signs_in_with_the_printed_password(tab: Tab) -> None:
    printed = staff("add", "audrey", "--role", "auditors", "--email", "audrey@example.com")
    assert last() == ("staff.added", "auditors", "success", "shell")
    password = re.search(r"this once: (\S{24})", printed)
    assert password
    sign_in(tab, "audrey", password[1])
    assert tab.path == "/audit/"


def test_password_of_ones_own_comes_from_standard_input_and_is_not_printed(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, f"{PASSWORD}\n")
    printed = staff("add", "audrey", "--role", "auditors", "--password-stdin")
    assert PASSWORD not in printed
    sign_in(tab, "audrey")
    assert tab.path == "/audit/"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["add", "oidc:1", "--role", "ops"], "valid username"),
        (["add", "two words", "--role", "ops"], "valid username"),
        (["add", "audrey", "--role", "ops"], "already exists"),
        (["add", "olga", "--role", "ops", "--email", "nowhere"], "valid email"),
        (["add", "olga", "--role", "root"], "invalid choice"),
        (["retire", "nobody"], "nobody called nobody"),
        (["restore", "nobody", "--role", "ops"], "nobody called nobody"),
        (["restore", "audrey", "--role", "ops"], "audrey is not retired"),
        (["restore", "audrey", "--role", "root"], "invalid choice"),
        (["reset-factors", "nobody"], "nobody called nobody"),
        (["set-password", "nobody"], "nobody called nobody"),
        (["set-role", "nobody", "--role", "ops"], "nobody called nobody"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(words: list[str], why: str) -> None:
    member("audrey", "auditors")
    with pytest.raises(CommandError, match=why):
        staff(*words)
    assert User.objects.count() == 1
    assert stored() == []


def test_weak_password_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "short\n")
    with pytest.raises(CommandError, match="too short"):
        staff("add", "audrey", "--role", "auditors", "--password-stdin")
    assert not User.objects.exists()


def test_list_names_everybody_with_role_state_and_second_step() -> None:
    assert "nobody yet" in staff("list")
    with_app("olga", "ops", email="olga@example.com")
    member("audrey", "auditors")
    staff("retire", "audrey")
    table = staff("list").splitlines()
    assert re.match(r"audrey +auditors +retired +none +never", table[1])
    assert re.match(r"olga +ops +active +totp +never +olga@example.com", table[2])
    listed = json.loads(staff("list", "--json"))
    assert [(each["name"], each["roles"], each["is_active"]) for each in listed] == [
        ("audrey", ["auditors"], False),
        ("olga", ["ops"], True),
    ]


def test_retired_person_is_out_at_once_and_stays_on_record(tab: Tab) -> None:
    member("audrey", "auditors")
    sign_in(tab, "audrey")
    was = tab.cookie
    assert "Sessions ended: 1." in staff("retire", "audrey")
    assert last() == ("staff.retired", "", "success", "shell")
    assert session_of(was) == {}
    tab.get("/audit/")
    assert tab.path == "/staff/sign-in/"
    sign_in(tab, "audrey")
    assert tab.status == 403
    assert User.objects.filter(username="audrey", is_active=False).exists()


def test_retired_person_is_out_though_their_session_row_came_back(tab: Tab) -> None:
    user = member("audrey", "auditors")
    sign_in(tab, "audrey")
    user.refresh_from_db()
    user.is_active = False
    user.save()
    tab.get("/audit/")
    assert tab.path == "/staff/sign-in/"


def test_half_a_sign_in_of_a_retired_person_is_ended_too(tab: Tab) -> None:
    with_app("olga", "ops")
    sign_in(tab, "olga")
    assert "Sessions ended: 1." in staff("retire", "olga")


def test_restored_person_comes_in_as_somebody_new(tab: Tab) -> None:
    user, app = with_app("olga", "admins", email="olga@example.com")
    factors.new_recovery_codes(user)
    sign_in(tab, "olga")
    tab.post("/staff/second-step/", {"code": code_of(app)})
    was = Session.objects.get()
    staff("retire", "olga")
    printed = staff("restore", "olga", "--role", "auditors")
    assert [row["event"] for row in stored()[-2:]] == ["staff.restored", "staff.notified"]
    assert [(row["step"], row["outcome"]) for row in stored() if row["event"] == "staff.restored"] == [
        ("auditors", "success")
    ]
    assert not Authenticator.objects.filter(user=user).exists()
    assert [message.to for message in mail.outbox] == [["olga@example.com"]]
    # Their session of before, out of a backup.
    was.save(force_insert=True)
    tab.get("/audit/")
    assert tab.path == "/staff/sign-in/"
    sign_in(tab, "olga")
    assert tab.status == 403
    sign_in(tab, "olga", printed.split()[-1])
    assert tab.path == "/audit/"
    tab.get("/ops/invite/")
    assert tab.status == 403


def test_restored_person_sets_up_the_second_step_that_their_role_asks_for(tab: Tab) -> None:
    with_app("olga", "ops")
    staff("retire", "olga")
    sign_in(tab, "olga", staff("restore", "olga", "--role", "ops").split()[-1])
    assert tab.path == "/staff/set-up/"


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("audrey", [], "Say which role"),
        ("oidc:1", ["--role", "ops"], "leave --role out"),
        ("audrey", ["--role", "ops", "--password-stdin"], "too short"),
    ],
)
def test_whoever_cannot_be_restored_so_stays_retired(
    monkeypatch: pytest.MonkeyPatch, name: str, words: list[str], why: str
) -> None:
    user, _ = with_app(name, "auditors")
    staff("retire", name)
    given(monkeypatch, "short\n")
    with pytest.raises(CommandError, match=why):
        staff("restore", name, *words)
    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password()) == (False, False)
    assert Authenticator.objects.filter(user=user).exists()
    assert last()[0] == "staff.retired"


def test_lost_second_step_is_reset_and_set_up_anew(tab: Tab) -> None:
    user, app = with_app("olga", "ops", email="olga@example.com")
    sign_in(tab, "olga")
    tab.post("/staff/second-step/", {"code": code_of(app)})
    staff("reset-factors", "olga")
    assert ("staff.factors_reset", "success") in [(row["event"], row["outcome"]) for row in stored()]
    assert not Authenticator.objects.filter(user=user).exists()
    assert "_auth_user_id" not in tab.session()
    assert [message.to for message in mail.outbox] == [["olga@example.com"]]
    sign_in(tab, "olga")
    assert tab.path == "/staff/set-up/"


def test_new_password_ends_the_sessions_of_the_old_one(tab: Tab) -> None:
    member("audrey", "auditors", email="audrey@example.com")
    sign_in(tab, "audrey")
    printed = staff("set-password", "audrey")
    assert "_auth_user_id" not in tab.session()
    sign_in(tab, "audrey")
    assert tab.status == 403
    sign_in(tab, "audrey", printed.split()[-1])
    assert tab.path == "/audit/"
    assert "password was changed" in mail.outbox[0].subject
    assert "staff account" in mail.outbox[0].body


def test_role_that_was_taken_away_is_gone_with_the_next_request(tab: Tab) -> None:
    member("audrey", "auditors")
    sign_in(tab, "audrey")
    staff("set-role", "audrey", "--role", "ops")
    assert last() == ("staff.role_set", "ops", "success", "shell")
    tab.get("/audit/")
    assert tab.path == "/staff/sign-in/"


def test_session_goes_on_with_the_role_that_is_set_meanwhile(tab: Tab) -> None:
    _, app = with_app("olga", "ops")
    sign_in(tab, "olga")
    tab.post("/staff/second-step/", {"code": code_of(app)})
    staff("set-role", "olga", "--role", "auditors")
    tab.get("/ops/invite/")
    assert (tab.path, tab.status) == ("/ops/invite/", 403)
    tab.get("/audit/")
    assert (tab.path, tab.status) == ("/audit/", 200)


def test_row_says_whom_it_was_about() -> None:
    staff("add", "audrey", "--role", "auditors")
    row = shown()[-1]
    assert (row.pool_id, row.canonical_username) == ("staff", "audrey")


def test_second_steps_outlive_the_secret_key_that_sealed_them(tab: Tab, settings: Settings) -> None:
    user, app = with_app("olga", "ops")
    old, new = settings.SECRET_KEY, "another-secret-key-of-more-than-fifty-characters-long"
    codes = factors.new_recovery_codes(user)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [old]
    assert "Sealed by the present key: 2." in staff("reseal")
    settings.SECRET_KEY_FALLBACKS = []
    for code in (code_of(app), codes[0]):
        sign_in(tab, "olga")
        tab.post("/staff/second-step/", {"code": code})
        assert tab.path == "/ops/"


def test_second_step_that_no_key_opens_is_named(settings: Settings) -> None:
    with_app("olga", "ops")
    settings.SECRET_KEY = "another-secret-key-of-more-than-fifty-characters-long"
    with pytest.raises(CommandError, match="olga"):
        staff("reseal")
