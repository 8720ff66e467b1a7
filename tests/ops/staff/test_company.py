"""Company sign-in: only a verified ID token, for a sign-in that this browser began, gives anybody a role."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from joserfc.jwk import RSAKey
from pytest_django import Settings

from cognito_portal.ops.staff import factors
from cognito_portal.ops.staff import provider as client
from tests.audit.rows import shown, stored
from tests.ops.staff.conftest import PASSWORD, Clock, code_of, member, sign_in
from tests.ops.staff.oidc import CLIENT_ID, CLIENT_SECRET, Provider, shared_key
from tests.ops.staff.test_command import staff
from tests.ops.staff.test_second_step import offered
from tests.signin.browsing import Tab, new_client, session_of

pytestmark = pytest.mark.usefixtures("sqlite")
GO, BACK = "/staff/company/", "/staff/company/back/"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider, settings: Settings) -> Iterator[Provider]:
    running.reset()
    settings.STAFF_OIDC_ISSUER = running.issuer
    settings.STAFF_OIDC_CLIENT_ID, settings.STAFF_OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.STAFF_OIDC_ROLES = ["helpdesk=ops", "security=auditors"]
    client.provider.cache_clear()
    yield running
    client.provider.cache_clear()


def begun(tab: Tab, **fields: str) -> str:
    """Begin a company sign-in; the address that the page leads to."""
    tab.post(GO, fields)
    led = re.search(r'content="0; url=([^"]+)"', tab.page.content.decode() if tab.page else "")
    assert led, tab.text
    return unescape(led[1])


def come(tab: Tab, provider: Provider, **fields: str) -> str:
    """The whole way there and back; the path one came back by."""
    path = provider.authorize(begun(tab, **fields))
    tab.get(path)
    return path


def is_in(tab: Tab) -> bool:
    return "_auth_user_id" in tab.session()


def ends() -> list[tuple[str, str]]:
    return [(row["outcome"], row["error_code"]) for row in stored() if row["phase"] == "end"]


def test_group_of_the_id_token_gives_its_role_and_no_second_step_is_asked_for(
    tab: Tab, provider: Provider
) -> None:
    come(tab, provider)
    assert (tab.path, tab.status) == ("/ops/", 200)
    tab.get("/audit/")
    assert tab.status == 403
    assert ends()[0] == ("success", "")
    user = User.objects.get()
    assert (user.email, user.has_usable_password(), user.groups.count()) == ("jo@corp.example", False, 0)
    named = next(row for row in shown() if row.phase == "end")
    assert (named.username, named.canonical_username) == ("oidc:jo@corp.example", user.username)


def test_way_on_is_kept_and_stays_here(tab: Tab, provider: Provider) -> None:
    come(tab, provider, next="/ops/requests/")
    assert tab.path == "/ops/requests/"
    come(tab, provider, next="https://evil.example/")
    assert tab.path == "/ops/"


def test_roles_are_those_of_the_last_sign_in(tab: Tab, provider: Provider) -> None:
    come(tab, provider)
    provider.person["groups"] = ["security", "no-such-group"]
    come(tab, provider)
    assert tab.path == "/audit/"
    tab.post("/ops/requests/1/handled/", {})
    assert tab.status == 403
    assert User.objects.count() == 1


@pytest.mark.parametrize("groups", [[], ["strangers"], None, "ops", {"helpdesk": True}, [["helpdesk"]], 7])
def test_whoever_has_no_mapped_group_is_told_so_with_a_row(tab: Tab, provider: Provider, groups: Any) -> None:
    provider.person["groups"] = groups
    come(tab, provider)
    assert tab.status == 403
    assert "You have no role here" in tab.text and "jo@corp.example" in tab.text
    assert ends() == [("denied", "no_role")]
    assert not is_in(tab) and not User.objects.exists()


def test_single_group_may_be_plain_text(tab: Tab, provider: Provider) -> None:
    provider.person["groups"] = "security"
    come(tab, provider)
    assert tab.path == "/audit/"


def another_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


def none_signed(provider: Provider) -> None:
    provider.ways.id_token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0."


def change(provider: Provider, **claims: Any) -> None:
    provider.ways.claims = claims


LIES: dict[str, Any] = {
    "bad signature": lambda p: setattr(p.ways, "sign_with", another_key()),
    "unknown key": lambda p: (setattr(p.ways, "sign_with", another_key()), setattr(p.ways, "kid", "two")),
    "signed by the secret": lambda p: (
        setattr(p.ways, "sign_with", shared_key()),
        setattr(p.ways, "algorithm", "HS256"),
    ),
    "not signed": none_signed,
    "no token": lambda p: setattr(p.ways, "id_token", ""),
    "garbage": lambda p: setattr(p.ways, "id_token", "a.b.c"),
    "wrong nonce": lambda p: change(p, nonce="another"),
    "no nonce": lambda p: change(p, nonce=None),
    "other audience": lambda p: change(p, aud="another-client"),
    "other audience, ours as azp": lambda p: change(p, aud=["another-client"], azp=CLIENT_ID),
    "ours among two, no azp": lambda p: change(p, aud=[CLIENT_ID, "another"]),
    "azp of another": lambda p: change(p, azp="another-client"),
    "other issuer": lambda p: change(p, iss="https://evil.example"),
    "expired": lambda p: change(p, exp=int(time.time()) - 60),
    "no expiry": lambda p: change(p, exp=None),
    "not yet": lambda p: change(p, nbf=int(time.time()) + 600),
    "no subject": lambda p: change(p, sub=None),
    "empty subject": lambda p: change(p, sub=""),
    "subject that is a list": lambda p: change(p, sub=["1234"]),
    "access token of another": lambda p: change(p, at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("lie", LIES)
def test_id_token_that_is_not_right_in_one_way_signs_nobody_in(
    tab: Tab, provider: Provider, lie: str
) -> None:
    LIES[lie](provider)
    come(tab, provider)
    assert tab.status == 403
    assert "not accepted" in tab.text
    assert [outcome for outcome, _ in ends()] == ["token_refused"]
    assert not is_in(tab) and not User.objects.exists()


def test_key_that_is_new_at_the_provider_is_fetched(tab: Tab, provider: Provider) -> None:
    come(tab, provider)
    new = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.keys = [new]
    provider.ways.sign_with, provider.ways.kid = new, "two"
    other = Tab()
    come(other, provider)
    assert other.path == "/ops/"


def test_key_that_is_gone_at_the_provider_is_forgotten_within_the_hour(
    tab: Tab, provider: Provider, later: Clock
) -> None:
    come(tab, provider)
    provider.keys = [another_key()]
    later.offset_s = client.KNOWN_FOR_S + 1
    other = Tab()
    come(other, provider)
    assert other.status == 403


@pytest.mark.parametrize("changed", ["", "another", "ÿ"])
def test_state_of_another_sign_in_is_refused(tab: Tab, provider: Provider, changed: str) -> None:
    path = provider.authorize(begun(tab))
    tab.get(re.sub(r"state=[^&]+", f"state={changed}", path))
    assert tab.status == 400
    assert "This sign-in is over" in tab.text
    assert "/token" not in provider.asked


def test_answer_for_another_browser_is_refused(tab: Tab, provider: Provider) -> None:
    path = provider.authorize(begun(tab))
    victim = Tab(new_client("198.51.100.7"))
    victim.get(path)
    assert victim.status == 400
    assert stored()[-1]["event"] == "staff.company_asked"
    begun(victim)
    victim.get(path)
    assert (victim.status, is_in(victim)) == (400, False)


def test_code_is_good_for_one_try_here_and_there(tab: Tab, provider: Provider) -> None:
    path = come(tab, provider)
    was = tab.cookie
    tab.get(path)
    assert tab.status == 400
    assert tab.cookie == was
    other = Tab()
    state = re.search(r"state=([^&]+)", provider.authorize(begun(other)))
    assert state
    other.get(re.sub(r"state=[^&]+", f"state={state[1]}", path))
    assert (other.status, is_in(other)) == (403, False)
    assert ends()[-1] == ("token_refused", "invalid_grant")


def test_sign_in_that_took_too_long_is_over(tab: Tab, provider: Provider, later: Clock) -> None:
    path = provider.authorize(begun(tab))
    later.offset_s = 10 * 60 + 5
    tab.get(path)
    assert tab.status == 400


def test_refusal_of_the_provider_is_told_and_its_words_are_not_kept(tab: Tab, provider: Provider) -> None:
    state = re.search(r"state=([^&]+)", provider.authorize(begun(tab)))
    assert state
    tab.get(f"{BACK}?state={state[1]}&error=<script>&error_description=leave")
    assert tab.status == 403
    assert ends() == [("denied", "other")]
    assert "<script>" not in tab.text and "leave" not in tab.text


@pytest.mark.parametrize(
    ("status", "body", "shown_status"),
    [(500, b"down", 503), (200, b"[]", 403), (200, b"garbage", 403), (302, b"", 503), (429, b"wait", 503)],
)
def test_token_endpoint_without_a_usable_answer_signs_nobody_in(
    tab: Tab, provider: Provider, status: int, body: bytes, shown_status: int
) -> None:
    provider.ways.token_status, provider.ways.token_body = status, body
    come(tab, provider)
    assert tab.status == shown_status
    assert "/elsewhere" not in provider.asked
    assert not is_in(tab)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "ftp://evil.example/token"},
        {"jwks_uri": ""},
    ],
)
def test_provider_that_calls_itself_something_else_is_not_asked(
    tab: Tab, provider: Provider, metadata: dict[str, Any]
) -> None:
    provider.ways.metadata = metadata
    tab.post(GO, {})
    assert tab.status == 503
    assert "url=" not in tab.text


def test_provider_that_is_away_is_told_and_passwords_go_on_working(
    tab: Tab, provider: Provider, settings: Settings
) -> None:
    settings.STAFF_OIDC_ISSUER = "http://127.0.0.1:9"
    client.provider.cache_clear()
    tab.post(GO, {})
    assert tab.status == 503
    member("audrey", "auditors")
    sign_in(tab, "audrey")
    assert tab.path == "/audit/"


def test_account_of_the_same_name_or_address_is_never_taken_over(tab: Tab, provider: Provider) -> None:
    local = member("jo@corp.example", "admins", email="jo@corp.example")
    provider.person |= {"preferred_username": local.username}
    come(tab, provider)
    assert tab.path == "/ops/"
    assert tab.session()["_auth_user_id"] != str(local.pk)
    assert User.objects.get(pk=local.pk).check_password(PASSWORD)


def test_same_subject_of_another_issuer_is_somebody_else(
    tab: Tab, provider: Provider, settings: Settings
) -> None:
    come(tab, provider)
    with Provider() as other:
        settings.STAFF_OIDC_ISSUER = other.issuer
        client.provider.cache_clear()
        come(tab, other)
        assert tab.path == "/ops/"
    assert User.objects.count() == 2


def test_retired_person_comes_in_no_more(tab: Tab, provider: Provider) -> None:
    come(tab, provider)
    User.objects.update(is_active=False)
    tab.get("/ops/")
    assert tab.path == "/staff/sign-in/"
    other = Tab()
    come(other, provider)
    assert (other.status, is_in(other)) == (403, False)
    assert ends()[-1] == ("denied", "retired")


def test_company_session_of_a_retired_person_ends_at_once(tab: Tab, provider: Provider) -> None:
    come(tab, provider)
    was = tab.cookie
    assert session_of(was)
    assert "Sessions ended: 1." in staff("retire", User.objects.get().username)
    assert session_of(was) == {}
    tab.get("/ops/")
    assert tab.path == "/staff/sign-in/"


def test_restored_person_of_the_company_comes_in_with_the_groups_they_have_then(
    tab: Tab, provider: Provider
) -> None:
    come(tab, provider)
    user = User.objects.get()
    factors.add_app(user, factors.new_secret())
    staff("retire", user.username)
    printed = staff("restore", user.username)
    assert "Password" not in printed
    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password(), factors.has_factor(user)) == (True, False, False)
    assert list(user.groups.all()) == []
    provider.person["groups"] = ["security"]
    come(tab, provider)
    assert tab.path == "/audit/"
    tab.get("/ops/invite/")
    assert tab.status == 403


def test_group_taken_away_at_the_company_counts_from_the_next_sign_in(tab: Tab, provider: Provider) -> None:
    come(tab, provider)
    provider.person["groups"] = []
    tab.get("/ops/")
    assert (tab.path, tab.status) == ("/ops/", 200)
    come(tab, provider)
    assert tab.status == 403


def test_without_trust_in_the_companys_second_step_ours_is_set_up_and_asked_for(
    tab: Tab, provider: Provider, settings: Settings
) -> None:
    settings.STAFF_OIDC_TRUST_MFA = False
    come(tab, provider)
    assert tab.path == "/staff/set-up/"
    assert not is_in(tab)
    sealed, app = offered(tab)
    tab.post("/staff/set-up/", {"offer": sealed, "code": code_of(app)})
    tab.get("/ops/")
    assert tab.path == "/ops/"
    tab.get("/audit/")
    assert tab.status == 403


def test_signing_in_changes_the_key(tab: Tab, provider: Provider) -> None:
    path = provider.authorize(begun(tab))
    was = tab.cookie
    tab.get(path)
    assert is_in(tab)
    assert (session_of(was), tab.cookie == was) == ({}, False)


def test_neither_verifier_nor_nonce_stands_readable_in_the_session(tab: Tab, provider: Provider) -> None:
    url = begun(tab)
    nonce = re.search(r"nonce=([^&]+)", url)
    assert nonce and nonce[1] not in str(tab.session())
    assert "code_verifier" not in str(tab.session())


def test_own_sign_in_page_leaves_it_to_the_company(tab: Tab, provider: Provider) -> None:
    come(tab, provider)
    tab.get("/staff/own/")
    assert "You came by your company’s sign-in" in tab.text
    tab.get("/staff/own/app/")
    assert tab.path == "/staff/own/"


def test_it_is_offered_only_where_it_is_set_up(tab: Tab, settings: Settings) -> None:
    tab.get("/staff/sign-in/")
    assert "company account" not in tab.text
    tab.post(GO, {})
    assert tab.status == 404
    settings.STAFF_OIDC_ISSUER = "https://id.example.com"
    tab.get("/staff/sign-in/")
    assert "Sign in with your company account" in tab.text


def test_others_cannot_begin_it_for_somebody(provider: Provider) -> None:
    strict = Tab(new_client(enforce_csrf_checks=True))
    strict.post(GO, {})
    assert strict.status == 403
    assert provider.asked == []
