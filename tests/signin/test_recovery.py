"""A forgotten password and an unconfirmed account: everybody finds the way out, nobody learns who exists."""

import secrets
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from pytest_django import Settings

from cognito_portal import clients
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, OTHER_PASSWORD, TEMPORARY_PASSWORD, Caller, make_client
from tests.security.conftest import Site, faulty, patient_site, site
from tests.security.faulty import Play, refuses, reset, says
from tests.security.test_enumeration import as_seen, signed_up
from tests.signin.browsing import Tab, new_client

__all__ = ["faulty", "make_client", "patient_site", "site"]

FORGOT, RESET, CONFIRM = "/sign-in/forgot-password/", "/sign-in/reset-password/", "/sign-in/confirm-account/"
RESEND = f"{CONFIRM}code/"
CODE_SENT = "If there is an account with that username, a code is on its way."
RESENT = "If there is an account that waits for confirmation, a code is on its way."
REFUSED = "This code is not right or no longer valid. Ask for a new one."
PLAINLY = {"username": "mary", "code": "123456", "new_password": OTHER_PASSWORD}
OPERATIONS = {
    FORGOT: "ForgotPassword",
    RESET: "ConfirmForgotPassword",
    CONFIRM: "ConfirmSignUp",
    RESEND: "ResendConfirmationCode",
}
ASKS, TRIES = (FORGOT, RESEND), (RESET, CONFIRM)


def send(tab: Tab, path: str, **fields: str) -> HttpResponse:
    """Open the page and send its form."""
    tab.get(CONFIRM if path == RESEND else path)
    return tab.post(path, {**tab.hidden, **fields})


def set_password(tab: Tab, username: str, code: str, password: str = OTHER_PASSWORD) -> HttpResponse:
    return send(tab, RESET, username=username, code=code, new_password=password)


def ends() -> list[tuple[str, str]]:
    """(step, outcome) of every call that ended."""
    return [(row["step"], row["outcome"]) for row in stored() if row["phase"] == "end"]


@pytest.fixture(params=["client", "client with a secret"])
def either(request: pytest.FixtureRequest, portal: Portal, settings: Settings) -> Caller:
    """The portal through an app client of either kind."""
    if request.param == "client with a secret":
        settings.COGNITO_CLIENT_ID = portal.cognito.secret_client_id
        settings.COGNITO_CLIENT_SECRET = portal.cognito.client_secret
        clients.forget()
    return portal.api


def test_forgotten_password_is_set_with_the_code(either: Caller, tab: Tab) -> None:
    user = either.confirm()
    send(tab, FORGOT, username=user)
    assert (tab.path, tab.status) == (RESET, 200)
    assert CODE_SENT in tab.text
    assert f'value="{user}"' in tab.text
    set_password(tab, user, either.code(user))
    assert (tab.path, tab.status) == ("/sign-in/", 200)
    assert "Your password is set. Sign in with it." in tab.text
    assert f'value="{user}"' in tab.text
    tab.start(user, OTHER_PASSWORD)
    assert tab.path == "/account/"


def test_an_address_is_as_good_as_the_username(either: Caller, tab: Tab) -> None:
    user = either.confirm()
    send(tab, FORGOT, username=f"{user}@example.com")
    set_password(tab, f"{user}@example.com", either.code(user))
    assert tab.path == "/sign-in/"
    assert ends()[-1] == ("ConfirmForgotPassword", "success")


def test_who_has_to_reset_starts_with_the_code_that_was_sent(portal: Portal, tab: Tab) -> None:
    user = portal.api.confirm()
    portal.api.signed("AdminResetUserPassword", Username=user)
    tab.start(user, GOOD_PASSWORD)
    assert tab.status == 403
    set_password(tab, user, portal.api.code(user))
    tab.start(user, OTHER_PASSWORD)
    assert tab.path == "/account/"


def test_a_code_may_be_typed_with_blanks(portal: Portal, tab: Tab) -> None:
    user = portal.api.confirm()
    send(tab, FORGOT, username=user)
    code = portal.api.code(user)
    set_password(tab, user, f" {code[:3]} {code[3:]}\t")
    assert ends()[-1] == ("ConfirmForgotPassword", "success")


def test_who_still_has_a_temporary_password_is_led_on(portal: Portal, tab: Tab) -> None:
    user = portal.api.invite()
    send(tab, FORGOT, username=user)
    assert CODE_SENT in tab.text
    assert "Your account may still have its temporary password" in tab.text
    assert 'href="/sign-in/invitation/"' in tab.text
    assert ends() == [("ForgotPassword", "not_resettable")]
    assert [message["kind"] for message in portal.api.outbox(user)] == ["invitation"]


def test_password_that_breaks_a_rule_uses_up_no_code(portal: Portal, tab: Tab) -> None:
    user = portal.api.confirm()
    send(tab, FORGOT, username=user)
    code = portal.api.code(user)
    set_password(tab, user, code, "no-capital-1")
    assert tab.status == 400
    assert '<li data-rule="uppercase" class="failed">' in tab.text
    assert "This password needs a capital letter" in tab.text
    assert ends() == [("ForgotPassword", "success")]
    set_password(tab, user, code)
    assert tab.path == "/sign-in/"


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (
            "InvalidPasswordException",
            "Password did not conform with policy: Password must have symbol characters",
            "This password needs a special character",
        ),
        ("InvalidPasswordException", "No.", "This password does not meet the rules."),
        ("PasswordHistoryPolicyViolationException", "No.", "You have used this password before."),
    ],
)
def test_what_cognito_has_against_a_password_stands_beside_it(
    site: Site, tab: Tab, code: str, message: str, words: str
) -> None:
    site.cognito.play("ConfirmForgotPassword", refuses(code, message))
    send(tab, RESET, **PLAINLY)
    assert tab.status == 400
    assert f'<a href="#new-password">{words}' in tab.text
    assert REFUSED not in tab.text


def test_shortest_password_is_checked_where_the_rules_are_not_known(site: Site, tab: Tab) -> None:
    send(tab, RESET, **PLAINLY | {"new_password": "Aa-1"})
    assert tab.status == 400
    assert "This password is too short" in tab.text
    assert site.cognito.count("ConfirmForgotPassword") == 0


@pytest.mark.parametrize("path", TRIES)
def test_refused_code_keeps_the_username_and_no_secret(site: Site, tab: Tab, path: str) -> None:
    site.cognito.play(OPERATIONS[path], refuses("CodeMismatchException"))
    send(tab, path, **PLAINLY | {"code": "918273"})
    assert (tab.status, tab.path) == (400, path)
    assert 'value="mary"' in tab.text
    assert f'<a href="#code">{REFUSED}' in tab.text
    assert "918273" not in tab.text
    assert OTHER_PASSWORD not in tab.text
    assert "918273" not in str(stored()) + str(tab.session())


def test_new_account_is_confirmed_by_its_code(either: Caller, tab: Tab) -> None:
    user = signed_up(either)
    send(tab, CONFIRM, username=user, code=either.code(user))
    assert (tab.path, tab.status) == ("/sign-in/", 200)
    assert "Your account is confirmed. Sign in." in tab.text
    tab.start(user, GOOD_PASSWORD)
    assert tab.path == "/account/"


def test_a_new_code_takes_the_place_of_the_first(either: Caller, tab: Tab) -> None:
    user = signed_up(either)
    first = either.code(user)
    send(tab, RESEND, username=user)
    assert (tab.path, tab.status) == (CONFIRM, 200)
    assert RESENT in tab.text
    assert f'value="{user}"' in tab.text
    send(tab, CONFIRM, username=user, code=first)
    assert REFUSED in tab.text
    send(tab, CONFIRM, username=user, code=either.code(user))
    assert tab.path == "/sign-in/"


def test_an_alias_of_somebody_else_has_its_own_words(site: Site, tab: Tab) -> None:
    site.cognito.play("ConfirmSignUp", refuses("AliasExistsException"))
    send(tab, CONFIRM, **PLAINLY)
    assert tab.status == 400
    assert "another account uses this address or number already" in tab.text
    assert REFUSED not in tab.text


@pytest.fixture(params=["ENABLED", "LEGACY"])
def names(
    request: pytest.FixtureRequest, portal: Portal, settings: Settings, make_client: Callable[..., Caller]
) -> dict[str, str]:
    """A name in every state, on both kinds of app client."""
    client = make_client(PreventUserExistenceErrors=request.param)
    settings.COGNITO_CLIENT_ID = client.client_id
    clients.forget()
    api = portal.api
    known = {"active": api.confirm(), "disabled": api.confirm(), "reset required": api.confirm()}
    api.signed("AdminDisableUser", Username=known["disabled"])
    api.signed("AdminResetUserPassword", Username=known["reset required"])
    return known | {
        "unknown": "n" + secrets.token_hex(6),
        "invited": api.invite(),
        "no address": api.confirm(email_verified="false"),
        "unconfirmed": signed_up(client),
    }


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_name_gets_the_same_answer(names: dict[str, str], path: str) -> None:
    seen = {}
    for why, name in names.items():
        browser, fields = new_client(), {"username": name, "code": "wrong", "new_password": OTHER_PASSWORD}
        answer = browser.post(path, fields)
        after = browser.get(answer.headers.get("Location", path))
        seen[why] = (as_seen(answer, name), as_seen(after, name))
    assert seen["unknown"][0][0] == (302 if path in ASKS else 400)
    assert {why: pages for why, pages in seen.items() if pages != seen["unknown"]} == {}
    assert len(set(ends())) > 1


@pytest.mark.parametrize("path", TRIES)
def test_every_name_has_as_many_tries(names: dict[str, str], path: str) -> None:
    seen = {}
    for number, (why, name) in enumerate(names.items()):
        browser = new_client(f"198.51.100.{number}")
        fields = {"username": name, "code": "wrong", "new_password": OTHER_PASSWORD}
        seen[why] = [browser.post(path, fields).status_code for _ in range(6)]
    assert {*map(tuple, seen.values())} == {(400, 400, 400, 400, 400, 429)}


# What may hang on the person: every refusal that is no fault of ours for certain.
PERSONAL = [
    ("UserNotFoundException", "Username/client id combination not found."),
    ("UserNotConfirmedException", "User is not confirmed."),
    ("NotAuthorizedException", "User is disabled."),
    ("NotAuthorizedException", "User password cannot be reset in the current state."),
    ("NotAuthorizedException", "Words that nobody has seen yet."),
    ("InvalidParameterException", "Cannot reset password: no registered/verified email or phone_number"),
    ("InvalidParameterException", "User is already confirmed."),
    ("InvalidParameterException", "Words that nobody has seen yet."),
    ("LimitExceededException", "Attempt limit exceeded, please try after some time."),
    ("TooManyFailedAttemptsException", ""),
    ("CodeDeliveryFailureException", ""),
    ("InvalidEmailRoleAccessPolicyException", ""),
    ("InvalidUserPoolConfigurationException", ""),
    ("UserLambdaValidationException", "CustomMessage failed with error no."),
    ("UnexpectedLambdaException", ""),
    ("InvalidLambdaResponseException", ""),
    ("CodeMismatchException", ""),
    ("ExpiredCodeException", ""),
    ("NewerThanThisCodeException", ""),
]


def answered(site: Site, path: str, play: Play) -> tuple[object, object]:
    """What one browser sees after Cognito answered so: the answer, and the page after it."""
    site.cognito.play(OPERATIONS[path], play)
    name = "n" + secrets.token_hex(6)
    browser = new_client()
    answer = browser.post(path, PLAINLY | {"username": name})
    return as_seen(answer, name), as_seen(browser.get(answer.headers.get("Location", path)), name)


@pytest.mark.parametrize("path", ASKS)
def test_no_refusal_looks_other_than_a_sent_code(site: Site, settings: Settings, path: str) -> None:
    settings.THROTTLE_ADDRESS_LIMIT = 1000
    sent = answered(site, path, says({"CodeDeliveryDetails": {"Destination": "m***@e***"}}))
    different = [refusal for refusal in PERSONAL if answered(site, path, refuses(*refusal)) != sent]
    assert different == []
    assert {outcome for _, outcome in ends()} >= {"success", "unknown_user", "disabled", "code_delivery"}


@pytest.mark.parametrize("path", TRIES)
def test_no_refusal_looks_other_than_a_wrong_code(site: Site, settings: Settings, path: str) -> None:
    settings.THROTTLE_ADDRESS_LIMIT = 1000
    wrong = answered(site, path, refuses("CodeMismatchException"))
    different = [refusal for refusal in PERSONAL if answered(site, path, refuses(*refusal)) != wrong]
    assert different == []
    assert {outcome for _, outcome in ends()} >= {"code_mismatch", "code_expired", "too_many_attempts"}


@pytest.mark.parametrize("path", OPERATIONS)
@pytest.mark.parametrize(
    "refusal",
    [
        ("TooManyRequestsException", "Rate exceeded"),
        ("InternalErrorException", ""),
        ("ForbiddenException", "Request not allowed due to WAF block."),
        ("ResourceNotFoundException", "User pool client x does not exist."),
        ("NotAuthorizedException", "Unable to verify secret hash for client x"),
    ],
)
def test_what_met_everybody_says_so(site: Site, tab: Tab, path: str, refusal: tuple[str, str]) -> None:
    site.cognito.play(OPERATIONS[path], refuses(*refusal))
    send(tab, path, **PLAINLY)
    assert tab.page is not None
    assert (tab.status, tab.page.headers["Retry-After"]) == (503, "5")
    assert 'value="mary"' in tab.text
    assert "a code is on its way" not in tab.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (RESET, "We do not know whether your password is set"),
        (CONFIRM, "We do not know whether your account is confirmed"),
        (FORGOT, "That could not be sent"),
    ],
)
def test_call_without_an_answer_is_not_repeated(site: Site, tab: Tab, path: str, words: str) -> None:
    site.cognito.play(OPERATIONS[path], reset)
    send(tab, path, **PLAINLY)
    assert tab.status == 503
    assert words in tab.text
    assert site.cognito.count(OPERATIONS[path]) == 1
    assert ends() == [(OPERATIONS[path], "unknown")]


@pytest.mark.parametrize("path", OPERATIONS)
def test_form_that_was_sent_twice_makes_one_call(site: Site, tab: Tab, path: str) -> None:
    site.cognito.play(OPERATIONS[path], says({}))
    tab.get(CONFIRM if path == RESEND else path)
    form = {**tab.hidden, **PLAINLY}
    tab.post(path, form)
    tab.post(path, form)
    assert tab.status == 409
    assert "This step was already sent" in tab.text
    assert site.cognito.count(OPERATIONS[path]) == 1


@pytest.mark.parametrize("path", TRIES)
def test_sixth_code_is_not_sent_even_past_cognitos_own_quota(site: Site, tab: Tab, path: str) -> None:
    """Only a user that exists has a quota; an account that never filled our counter would be known by that."""
    site.cognito.play(OPERATIONS[path], refuses("LimitExceededException"))
    statuses = [send(tab, path, **PLAINLY).status_code for _ in range(6)]
    assert statuses == [400, 400, 400, 400, 400, 429]
    assert site.cognito.count(OPERATIONS[path]) == 5


@pytest.mark.parametrize("path", ASKS)
def test_nobody_is_flooded_with_codes(site: Site, tab: Tab, path: str) -> None:
    site.cognito.play(OPERATIONS[path], says({}))
    statuses = [send(tab, path, username="mary").status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 200, 429]
    assert site.cognito.count(OPERATIONS[path]) == 5


@pytest.mark.parametrize("path", OPERATIONS)
@pytest.mark.parametrize(
    "fields", [{"username": " "}, {"username": "n" * 129}, {"code": " "}, {"code": "1" * 2049}]
)
def test_what_cannot_be_right_is_not_sent(site: Site, tab: Tab, path: str, fields: dict[str, str]) -> None:
    if path in ASKS and "code" in fields:
        return
    send(tab, path, **PLAINLY | fields)
    assert tab.status == 400
    assert 'aria-invalid="true"' in tab.text
    assert "Error:" in tab.text
    assert site.cognito.calls == []
    assert stored()[-1]["outcome"] == "input_refused"


@pytest.mark.parametrize("path", [FORGOT, RESET, CONFIRM])
def test_looking_at_a_page_makes_no_session(site: Site, tab: Tab, path: str) -> None:
    tab.get(f"{path}?username=mary")
    assert (tab.status, tab.cookie) == (200, "")
    assert 'value="mary"' in tab.text


def test_a_code_that_is_wrong_leaves_an_open_sign_in_alone(portal: Portal, tab: Tab) -> None:
    user = portal.api.invite()
    tab.start(user, TEMPORARY_PASSWORD)
    assert tab.path == "/sign-in/new-password/"
    set_password(tab, user, "wrong")
    tab.get("/sign-in/new-password/")
    assert (tab.path, tab.status) == ("/sign-in/new-password/", 200)


def test_pages_work_for_somebody_who_is_signed_in(portal: Portal, tab: Tab) -> None:
    user, other = portal.api.confirm(), portal.api.confirm()
    tab.start(user, GOOD_PASSWORD)
    send(tab, FORGOT, username=other)
    assert CODE_SENT in tab.text
    set_password(tab, other, portal.api.code(other))
    assert tab.path == "/account/"
    assert ends()[-1] == ("ConfirmForgotPassword", "success")
