"""Every flow and every challenge, from the sign-in page to the account page, with the stub as the judge."""

import pytest
from pytest_django import Settings

from tests.audit.rows import stored
from tests.signin.answering import (
    PATHS,
    answer_rightly,
    open_challenge,
    send,
    shown_secret,
    walk_through,
)
from tests.signin.browsing import GOOD_PASSWORD, Tab
from tests.signin.conftest import point_at
from tests.signin.stub import StubCognito, StubUser, Ways
from tests.stub.model import FLOWS

SECRET = "a-client-secret"
CHANGES = {"NEW_PASSWORD_REQUIRED", "MFA_SETUP"}
PASSWORD_FLOWS = (
    "USER_PASSWORD_AUTH",
    "USER_SRP_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
    "USER_AUTH",
    "CUSTOM_AUTH",
)


@pytest.fixture(params=["", SECRET], ids=["no secret", "secret"])
def either(request: pytest.FixtureRequest, stub: StubCognito, settings: Settings) -> StubCognito:
    """The stub, with an app client that has no secret, and with one that has."""
    return pointed(stub, settings, secret=request.param)


def pointed(
    stub: StubCognito, settings: Settings, ways: Ways | None = None, *, secret: str = ""
) -> StubCognito:
    stub.client_secret = secret
    stub.reset(ways)
    point_at(stub, settings)
    return stub


def judge(stub: StubCognito, tab: Tab, user: StubUser, *, changed: bool = False) -> None:
    """Who is in is who was granted, every call was made under the right name, every call has its rows."""
    assert tab.path == ("/sign-in/done/" if changed else "/account/"), tab.text
    assert tab.session()["cognito_user"]["sub"] == user.sub
    named = [call for call in stub.calls if call.username]
    assert {call.hash_ok for call in named} == {True if stub.client_secret else None}
    answers = [call for call in named if call.operation.endswith("RespondToAuthChallenge")]
    assert {call.username for call in answers} <= {stub.canonical(user)}
    assert [call.granted for call in stub.calls if call.granted] == [user.username]
    calls = [row for row in stored() if row["event"].startswith("signin.") and row["phase"] != "single"]
    assert [row["phase"] for row in calls] == ["begin", "end"] * (len(calls) // 2)
    assert calls[-1]["outcome"] == "success"


@pytest.mark.parametrize("challenge", PATHS)
def test_every_challenge_leads_to_the_account_page(either: StubCognito, tab: Tab, challenge: str) -> None:
    user = either.confirm(script=[challenge])
    shown = walk_through(tab, user, typed=user.alias)
    assert shown[0] == challenge
    judge(either, tab, user, changed=challenge in CHANGES)


@pytest.mark.parametrize("flow", PASSWORD_FLOWS)
def test_every_flow_signs_in_by_password(
    either: StubCognito, tab: Tab, settings: Settings, flow: str, aws_keys: None
) -> None:
    settings.COGNITO_AUTH_FLOW = flow
    user = either.confirm(script=["SMS_MFA"])
    begin(tab, user, flow)
    assert open_challenge(tab) == "SMS_MFA"
    answer_rightly(tab, user)
    judge(either, tab, user)
    first = next(call.body for call in either.calls if "AuthFlow" in call.body)
    assert first["AuthFlow"] == flow
    assert "PASSWORD" not in first["AuthParameters"] or flow in (
        "USER_PASSWORD_AUTH",
        "ADMIN_USER_PASSWORD_AUTH",
    )


@pytest.mark.parametrize("flow", PASSWORD_FLOWS)
def test_every_flow_replaces_a_temporary_password(
    either: StubCognito, tab: Tab, settings: Settings, flow: str, aws_keys: None
) -> None:
    settings.COGNITO_AUTH_FLOW = flow
    user = either.invite()
    begin(tab, user, flow)
    assert open_challenge(tab) == "NEW_PASSWORD_REQUIRED"
    tab.answer(user.password)
    assert "other than the temporary one" in tab.text
    tab.answer()
    judge(either, tab, user, changed=True)
    assert user.password == GOOD_PASSWORD


@pytest.mark.parametrize("flow", PASSWORD_FLOWS)
def test_every_flow_refuses_a_wrong_password_as_it_refuses_an_unknown_name(
    stub: StubCognito, settings: Settings, flow: str, aws_keys: None
) -> None:
    settings.COGNITO_AUTH_FLOW = flow
    known, unknown = Tab(), Tab()
    begin(known, stub.confirm(password="Right-1-password"), flow, password="Wrong-1-password")
    begin(unknown, StubUser("nobody", "", alias="nobody@example.test"), flow, password="Wrong-1-password")
    assert (known.path, known.status) == (unknown.path, unknown.status)
    assert "We could not sign you in" in known.text
    assert "We could not sign you in" in unknown.text
    assert not any(call.granted for call in stub.calls)


def begin(tab: Tab, user: StubUser, flow: str, *, password: str = "") -> None:
    """Sign in up to where the password was sent, wherever the flow asks for it."""
    password = password or user.password
    tab.get("/sign-in/")
    typed = {"username": user.alias} | ({} if flow == "USER_AUTH" else {"password": password})
    tab.post("/sign-in/", {**tab.hidden, **typed})
    if flow == "USER_AUTH":
        assert open_challenge(tab) == "SELECT_CHALLENGE", tab.text
        send(tab, {"answer": "PASSWORD", "password": password})


def test_auto_takes_srp_where_passwords_may_not_be_sent_and_remembers_it(
    either: StubCognito, settings: Settings
) -> None:
    pointed(either, settings, Ways(flows=FLOWS - {"USER_PASSWORD_AUTH"}), secret=either.client_secret)
    for _ in range(2):
        user, tab = either.confirm(), Tab()
        walk_through(tab, user, typed=user.alias)
        assert tab.path == "/account/"
    flows = [call.body["AuthFlow"] for call in either.sent("InitiateAuth")]
    assert flows == ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_SRP_AUTH"]


@pytest.mark.parametrize("text", ["named", "plain"])
def test_a_flow_that_is_named_and_not_enabled_is_our_fault(
    stub: StubCognito, tab: Tab, settings: Settings, text: str
) -> None:
    settings.COGNITO_AUTH_FLOW = "USER_PASSWORD_AUTH"
    pointed(stub, settings, Ways(flows=frozenset({"USER_SRP_AUTH"}), flow_text=text))
    user = stub.confirm()
    tab.start(user.username, user.password)
    assert (tab.path, tab.status) == ("/sign-in/", 503)
    assert stored()[-1]["outcome"] == "flow_not_enabled"


def test_custom_auth_without_a_password_asks_its_questions_at_once(
    either: StubCognito, tab: Tab, settings: Settings
) -> None:
    settings.COGNITO_AUTH_FLOW = "CUSTOM_AUTH"
    user = either.confirm(script=["CUSTOM_CHALLENGE"] * 3)
    tab.get("/sign-in/")
    tab.post("/sign-in/", {**tab.hidden, "username": user.alias, "password": ""})
    for _ in range(3):
        assert "What is the word of the day?" in tab.text
        answer_rightly(tab, user)
    judge(either, tab, user)


@pytest.mark.parametrize("opens_with", ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"])
def test_choice_based_sign_in_may_open_with_any_first_factor(
    either: StubCognito, tab: Tab, settings: Settings, opens_with: str
) -> None:
    settings.COGNITO_AUTH_FLOW = "USER_AUTH"
    user = either.confirm(opens_with=opens_with)
    tab.get("/sign-in/")
    tab.post("/sign-in/", {**tab.hidden, "username": user.alias})
    assert open_challenge(tab) == opens_with
    answer_rightly(tab, user)
    judge(either, tab, user)


@pytest.mark.parametrize("chosen", ["EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"])
def test_each_way_without_a_password_can_be_chosen(either: StubCognito, tab: Tab, chosen: str) -> None:
    user = either.confirm(script=["SELECT_CHALLENGE"])
    tab.start(user.alias, user.password)
    send(tab, {"answer": chosen})
    assert open_challenge(tab) == chosen
    answer_rightly(tab, user)
    judge(either, tab, user)


def test_a_password_is_proved_by_srp_where_that_is_all_that_is_offered(either: StubCognito, tab: Tab) -> None:
    user = either.confirm(script=["SELECT_CHALLENGE"], first_factors=("PASSWORD_SRP",))
    walk_through(tab, user, typed=user.alias)
    judge(either, tab, user)
    assert [call.challenge for call in either.calls if call.challenge] == [
        "SELECT_CHALLENGE",
        "PASSWORD_VERIFIER",
    ]


@pytest.mark.parametrize("chosen", ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"])
def test_each_second_factor_can_be_chosen(either: StubCognito, tab: Tab, chosen: str) -> None:
    user = either.confirm(script=["SELECT_MFA_TYPE"])
    tab.start(user.alias, user.password)
    send(tab, {"answer": chosen})
    assert open_challenge(tab) == chosen
    answer_rightly(tab, user)
    judge(either, tab, user)


def test_a_factor_that_was_not_offered_cannot_be_chosen(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm(script=["SELECT_MFA_TYPE"], can_choose=("SMS_MFA", "EMAIL_OTP"))
    tab.start(user.username, user.password)
    send(tab, {"answer": "SOFTWARE_TOKEN_MFA"})
    assert (tab.path, tab.status) == (PATHS["SELECT_MFA_TYPE"], 400)
    assert stub.count("RespondToAuthChallenge") == 0


CHAINS = [
    ["NEW_PASSWORD_REQUIRED", "MFA_SETUP"],
    ["NEW_PASSWORD_REQUIRED", "SELECT_MFA_TYPE", "EMAIL_OTP"],
    ["NEW_PASSWORD_REQUIRED", "SMS_MFA"],
    ["SELECT_CHALLENGE", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"],
    ["CUSTOM_CHALLENGE", "CUSTOM_CHALLENGE", "WEB_AUTHN"],
    ["WEB_AUTHN", "MFA_SETUP", "CUSTOM_CHALLENGE"],
    ["PASSWORD_SRP", "PASSWORD", "SMS_OTP", "EMAIL_OTP", "SMS_MFA"],
]


@pytest.mark.parametrize("chain", CHAINS, ids="-".join)
def test_challenges_follow_one_another_in_any_chain(either: StubCognito, tab: Tab, chain: list[str]) -> None:
    user = either.invite(script=chain)
    walk_through(tab, user, typed=user.alias)
    judge(either, tab, user, changed=True)
    responded = [call for call in either.calls if call.challenge and not call.refused]
    given = [either.calls[0].session, *(call.session for call in either.calls if call.session_sent)]
    assert [call.session_sent in given for call in responded] == [True] * len(responded)
    assert len({call.session_sent for call in responded}) == len(responded)


@pytest.mark.parametrize("associate", ["new", "same", "none"])
@pytest.mark.parametrize("verify", ["new", "same", "none"])
def test_an_app_is_set_up_wherever_the_session_comes_from(
    either: StubCognito, tab: Tab, settings: Settings, associate: str, verify: str
) -> None:
    ways = Ways(associate_session=associate, verify_session=verify)
    pointed(either, settings, ways, secret=either.client_secret)
    user = either.confirm(script=["MFA_SETUP"], can_set_up=("SOFTWARE_TOKEN_MFA",))
    tab.start(user.alias, user.password)
    assert shown_secret(tab) == user.pending["totp"]
    tab.get(tab.path)
    assert shown_secret(tab) == user.pending["totp"]
    answer_rightly(tab, user)
    judge(either, tab, user, changed=True)
    assert either.count("AssociateSoftwareToken") == 1
    assert user.mfa == {"SOFTWARE_TOKEN_MFA"}


@pytest.mark.parametrize("told", ["enable", "mismatch", "status"])
def test_a_wrong_first_code_of_an_app_can_be_tried_again(
    stub: StubCognito, tab: Tab, settings: Settings, told: str
) -> None:
    pointed(stub, settings, Ways(verify_refusal=told))
    user = stub.confirm(script=["MFA_SETUP"], can_set_up=("SOFTWARE_TOKEN_MFA",))
    tab.start(user.username, user.password)
    secret = shown_secret(tab)
    send(tab, {"code": wrong(user.new_totp())})
    assert (tab.status, shown_secret(tab)) == (400, secret)
    answer_rightly(tab, user)
    judge(stub, tab, user, changed=True)


def wrong(code: str) -> str:
    return str((int(code) + 7) % 10 ** len(code)).zfill(len(code))


@pytest.mark.parametrize(
    ("factor", "contact", "then"),
    [("EMAIL_OTP", "me@example.test", "EMAIL_OTP"), ("SMS_MFA", "+15550100123", "SMS_MFA")],
)
def test_a_contact_is_set_up_as_a_second_factor(
    either: StubCognito, tab: Tab, factor: str, contact: str, then: str
) -> None:
    user = either.confirm(script=["MFA_SETUP"], can_set_up=("SOFTWARE_TOKEN_MFA", factor))
    tab.start(user.alias, user.password)
    send(tab, {"factor": factor})
    send(tab, {"factor": factor, "contact": contact})
    assert open_challenge(tab) == then
    answer_rightly(tab, user)
    judge(either, tab, user, changed=True)
    assert user.mfa == {factor}


@pytest.mark.parametrize("names", ["USERNAME", "USER_ID_FOR_SRP", "both", "neither"])
@pytest.mark.parametrize("canonical", ["username", "sub"])
def test_the_name_sent_back_is_the_one_cognito_told(
    stub: StubCognito, tab: Tab, settings: Settings, names: str, canonical: str
) -> None:
    pointed(stub, settings, Ways(names=names, canonical=canonical), secret=SECRET)
    user = stub.invite(script=[name for name in PATHS if name not in ("MFA_SETUP", "PASSWORD_SRP")])
    typed = user.username if names == "neither" else user.alias
    walk_through(tab, user, typed=typed)
    assert tab.session()["cognito_user"]["sub"] == user.sub
    told = user.username if names == "neither" else stub.canonical(user)
    responded = [call for call in stub.calls if call.challenge]
    assert {(call.username, call.hash_ok) for call in responded} == {(told, True)}


@pytest.mark.parametrize("with_session", [True, False])
@pytest.mark.parametrize("canonical", ["username", "sub"])
def test_srp_works_with_a_session_and_without(
    either: StubCognito, tab: Tab, settings: Settings, with_session: bool, canonical: str
) -> None:
    settings.COGNITO_AUTH_FLOW = "USER_SRP_AUTH"
    ways = Ways(srp_session=with_session, canonical=canonical)
    pointed(either, settings, ways, secret=either.client_secret)
    user = either.confirm(script=["EMAIL_OTP"])
    walk_through(tab, user, typed=user.alias)
    judge(either, tab, user)


def test_the_admin_flow_answers_its_own_challenge(
    either: StubCognito, tab: Tab, settings: Settings, aws_keys: None
) -> None:
    settings.COGNITO_AUTH_FLOW = "ADMIN_USER_PASSWORD_AUTH"
    user = either.confirm(script=["ADMIN_NO_SRP_AUTH", "SMS_MFA"])
    tab.start(user.alias, user.password)
    answer_rightly(tab, user)
    judge(either, tab, user)


@pytest.mark.parametrize(
    "challenge", ["ADMIN_NO_SRP_AUTH", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "NOVELTY"]
)
def test_a_challenge_that_nobody_here_can_answer_ends_on_a_clear_page(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = stub.confirm(script=[challenge])
    tab.start(user.username, user.password)
    assert (tab.path, tab.status) == ("/sign-in/ended/", 200)
    row = stored()[-1]
    assert (row["outcome"], row["error_code"]) == ("unsupported_challenge", challenge)
    assert "attempt" not in tab.session()


@pytest.mark.parametrize("with_session", [True, False])
def test_a_remembered_browser_is_not_asked_for_the_second_factor(
    either: StubCognito, tab: Tab, settings: Settings, with_session: bool
) -> None:
    settings.REMEMBER_DEVICES = True
    pointed(either, settings, Ways(devices=True, srp_session=with_session), secret=either.client_secret)
    user = either.confirm(script=["SMS_MFA"])
    remembered(tab, user)
    tab.post("/account/sign-out/", {})
    either.calls.clear()
    assert walk_through(tab, user, typed=user.alias) == []
    assert tab.path == "/account/"
    answered = [call.challenge for call in either.calls if call.challenge]
    assert answered == ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]
    assert walk_through(Tab(), user) == ["SMS_MFA"]


def remembered(tab: Tab, user: StubUser) -> None:
    """Sign in so that the browser is remembered."""
    tab.get("/sign-in/")
    fields = {"username": user.alias, "password": user.password, "remember": "1"}
    tab.post("/sign-in/", {**tab.hidden, **fields})
    while open_challenge(tab):
        answer_rightly(tab, user)
    assert tab.path == "/account/", tab.text
    assert [device.is_confirmed for device in user.devices.values()] == [True]


@pytest.mark.parametrize("lost", ["forgotten", "verifier"])
def test_a_device_that_cognito_forgot_costs_the_second_factor_only(
    stub: StubCognito, tab: Tab, settings: Settings, lost: str
) -> None:
    settings.REMEMBER_DEVICES = True
    pointed(stub, settings, Ways(devices=True))
    user = stub.confirm(script=["SMS_MFA"])
    remembered(tab, user)
    tab.post("/account/sign-out/", {})
    if lost == "forgotten":
        user.devices.clear()
    else:
        next(iter(user.devices.values())).verifier += 1
    assert walk_through(tab, user, typed=user.alias) == ["SMS_MFA"]
    assert tab.path == "/account/"
