"""The walk against a Cognito that answers in other ways than AWS's own does today."""

import secrets
from typing import Any

from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.audit.rows import stored
from tests.signin.browsing import GOOD_PASSWORD, Tab
from tests.signin.conftest import point_at
from tests.signin.stub import StubCognito, Ways

SESSION_LENGTHS = st.one_of(st.integers(1, 4096), st.sampled_from([1, 19, 20, 2048, 4096, 5000, 16_384]))
WAYS = st.builds(
    Ways,
    names=st.sampled_from(["USERNAME", "USER_ID_FOR_SRP", "both", "neither"]),
    canonical=st.sampled_from(["username", "sub"]),
    required=st.sampled_from(["prefixed", "bare", "missing", "empty", "null", "refusal"]),
    user_attributes=st.booleans(),
    session_chars=SESSION_LENGTHS,
    reworded=st.booleans(),
    error_form=st.sampled_from(["type", "namespace", "url", "header"]),
    error_status=st.sampled_from([400, 403]),
    extra_fields=st.booleans(),
    empty_void=st.booleans(),
    parameters=st.booleans(),
    refresh_token=st.booleans(),
    keys=st.integers(1, 4),
    issuer=st.sampled_from(["https://issuer.example.test/pool", "http://127.0.0.1:1/eu-west-1_Stub00001"]),
    keys_path=st.sampled_from(["/keys.json", "/pools/of/mine/jwks"]),
    request_id=st.booleans(),
)
LACKS = st.sampled_from([(), ("name",), ("name", "family_name"), ("custom:badge",)])


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ways=WAYS, lacks=LACKS, has_secret=st.booleans(), by_alias=st.booleans())
@example(ways=Ways(names="neither", required="missing"), lacks=("name",), has_secret=True, by_alias=True)
def test_the_whole_walk_succeeds_in_every_way(
    stub: StubCognito,
    settings: Settings,
    ways: Ways,
    lacks: tuple[str, ...],
    has_secret: bool,
    by_alias: bool,
) -> None:
    stub.client_secret = "a-client-secret" if has_secret else ""
    stub.reset(ways)
    point_at(stub, settings)
    settings.THROTTLE_ADDRESS_LIMIT = 100_000
    user = stub.invite(lacks=lacks)
    tab = Tab()

    walk(tab, user.alias if by_alias else user.username, user.password, lacks)

    assert tab.session()["cognito_user"]["sub"] == user.sub
    assert user.password == GOOD_PASSWORD
    assert set(user.attributes) == set(lacks)
    sign_out(tab)
    assert tab.start(user.username, GOOD_PASSWORD).status_code == 200
    assert tab.path == "/account/"


def walk(tab: Tab, typed: str, password: str, lacks: tuple[str, ...]) -> None:
    """Sign in, see one refusal of the new password, and answer as often as attributes are asked for one by one."""
    tab.start(typed, "Wrong-1-password")
    assert tab.status == 403, tab.text
    tab.start(typed, password)
    assert (tab.status, tab.path) == (200, "/sign-in/new-password/"), tab.text
    tab.answer("short")
    assert (tab.status, tab.path) == (400, "/sign-in/new-password/"), tab.text
    for _ in range(1 + len(lacks)):
        tab.answer()
        if tab.path == "/sign-in/done/":
            return
    raise AssertionError(tab.text)


def sign_out(tab: Tab) -> None:
    tab.post("/account/sign-out/", {})
    assert tab.path == "/sign-in/"
    assert "cognito_user" not in tab.session()


def test_the_longest_session_in_the_contract_goes_back_byte_for_byte(stub: StubCognito, tab: Tab) -> None:
    stub.ways = Ways(session_chars=4096)
    user = stub.invite()
    tab.start(user.username, user.password)
    tab.answer()
    given, returned = stub.calls[0].session, stub.calls[-1].body["Session"]
    assert len(given) == 4096
    assert returned == given


def test_an_attribute_told_by_refusal_only_is_asked_for_on_the_same_page(stub: StubCognito, tab: Tab) -> None:
    stub.ways = Ways(required="refusal")
    user = stub.invite(lacks=("name", "family_name"))
    tab.start(user.username, user.password)
    assert tab.asked == []
    tab.answer()
    assert tab.asked == ["userAttributes.name"]
    tab.answer()
    assert tab.asked == ["userAttributes.name", "userAttributes.family_name"]
    tab.answer()
    assert tab.path == "/sign-in/done/"


def test_no_rule_is_shown_where_the_pool_cannot_be_described(stub: StubCognito, tab: Tab) -> None:
    user = stub.invite()
    tab.start(user.username, user.password)
    assert "The rules are not known here" in tab.text
    assert "data-about" in tab.text


def test_a_challenge_nobody_built_ends_on_a_clear_page_with_a_row(stub: StubCognito, tab: Tab) -> None:
    stub.ways = Ways(then="X" + secrets.token_hex(4))
    user = stub.invite()
    tab.start(user.username, user.password)
    tab.answer()
    assert (tab.path, tab.status) == ("/sign-in/ended/", 200)
    assert "Your new password is set" in tab.text
    row: dict[str, Any] = stored()[-1]
    assert (row["outcome"], row["error_code"]) == ("unsupported_challenge", stub.ways.then)
    assert "attempt" not in tab.session()
