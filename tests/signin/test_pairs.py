"""Each pair of a challenge and an error that AWS's service model lets its operation answer.

The expectations are the contract's: what a code means with no message at all, and where it leaves a person.
"""

import os
from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest
from pytest_django import Settings

from cognito_portal.signin.models import RememberedDevice
from tests.audit.rows import stored
from tests.signin.answering import PATHS, RIGHT, answer_rightly, open_challenge, send
from tests.signin.browsing import Tab
from tests.signin.conftest import point_at
from tests.signin.stub import StubCognito, StubUser, Ways

MODEL = botocore.session.get_session().get_service_model("cognito-idp")
# With no message, a refused proof of who one is reads as a wrong password; at any other step, as its end.
PROOFS = {"PASSWORD", "PASSWORD_SRP", "SELECT_CHALLENGE", "WEB_AUTHN", "CUSTOM_CHALLENGE"}
# A password that is in hand answers these without a page.
ANSWERED_BY_ITSELF = {"PASSWORD", "PASSWORD_SRP", "SELECT_CHALLENGE"}

# Uniform: the same page as for a wrong password, whatever the cause.
UNIFORM = {
    "UserNotFoundException": "unknown_user",
    "UserNotConfirmedException": "unconfirmed",
    "PasswordResetRequiredException": "reset_required",
    "UserLambdaValidationException": "trigger_refused",
}
# The step is over: back to the sign-in page, with words.
OVER = {
    "ResourceNotFoundException": "no_such_client",
    "UnexpectedLambdaException": "trigger_broken",
    "InvalidLambdaResponseException": "trigger_broken",
    "InvalidUserPoolConfigurationException": "pool_configuration",
    "InvalidSmsRoleAccessPolicyException": "code_delivery",
    "InvalidSmsRoleTrustRelationshipException": "code_delivery",
    "InvalidEmailRoleAccessPolicyException": "code_delivery",
    "MFAMethodNotFoundException": "mfa_not_set_up",
    "SoftwareTokenMFANotFoundException": "mfa_not_set_up",
    "InternalErrorException": "server_error",
    "ForbiddenException": "waf",
    "OperationNotEnabledException": "not_available",
    "UnsupportedOperationException": "not_available",
}
# The step stays open.
STAYS = {
    "CodeMismatchException": "code_mismatch",
    "ExpiredCodeException": "code_expired",
    "InvalidPasswordException": "password_policy",
    "PasswordHistoryPolicyViolationException": "password_history",
    "AliasExistsException": "alias_exists",
    "InvalidParameterException": "invalid_input",
    "EnableSoftwareTokenMFAException": "code_mismatch",
}
BUSY = {"TooManyRequestsException": "throttled", "ConcurrentModificationException": "service"}


@dataclass(frozen=True)
class Expected:
    """Where a refusal leaves a person: the page, its status, and the end row's outcome."""

    path: str
    status: int
    outcome: str


def errors_of(operation: str) -> list[str]:
    """The codes of AWS's model, and the two that every operation may answer."""
    codes = [shape.name for shape in MODEL.operation_model(operation).error_shapes]
    assert len(codes) > 5
    return sorted({*codes, "TooManyRequestsException", "InternalErrorException"})


def expected_at_step(challenge: str, code: str, *, is_further: bool = False) -> Expected:
    """`is_further`: the answer itself was right, and what is left of the step is a page to go on from."""
    page = PATHS[challenge]
    if code == "NotAuthorizedException":
        return Expected("/sign-in/", 200, "bad_credentials" if challenge in PROOFS else "session_over")
    if code in STAYS:
        return Expected(page, 200 if is_further else 400, STAYS[code])
    if code in BUSY:
        return Expected(page, 200 if is_further else 503, BUSY[code])
    return Expected("/sign-in/", 200, (UNIFORM | OVER)[code])


def expected_at_start(code: str) -> Expected:
    if code == "NotAuthorizedException":
        return Expected("/sign-in/", 403, "bad_credentials")
    if code == "InvalidParameterException":
        return Expected("/sign-in/", 503, "bad_request")
    if code in UNIFORM:
        return Expected("/sign-in/", 403, UNIFORM[code])
    return Expected("/sign-in/", 503, (OVER | BUSY)[code])


def calls_since(row_id: int) -> list[dict[str, Any]]:
    return [
        row
        for row in stored()
        if row["id"] > row_id and row["phase"] != "single" and row["event"].startswith("signin.")
    ]


def newest_row() -> int:
    rows = stored()
    return rows[-1]["id"] if rows else 0


def judge(stub: StubCognito, tab: Tab, code: str, since: int, expected: Expected) -> str:
    """What is wrong about how this refusal was met, or an empty text."""
    made = calls_since(since)
    refused = [row for row in made if row["phase"] == "end" and row["outcome"] != "challenge"]
    met = Expected(tab.path, tab.status, ",".join(row["outcome"] for row in refused))
    if met != expected:
        return f"{code}: {met}"
    if code not in ("InternalErrorException",) and refused[0]["error_code"] != code:
        return f"{code}: recorded as {refused[0]['error_code']}"
    if [row["phase"] for row in made] != ["begin", "end"] * (len(made) // 2):
        return f"{code}: rows {[row['phase'] for row in made]}"
    if "cognito_user" in tab.session() or any(call.granted for call in stub.calls):
        return f"{code}: somebody was let in"
    return "" if stub.planned == 0 else f"{code}: was never met"


@pytest.fixture(autouse=True)
def no_limit(settings: Settings) -> None:
    settings.THROTTLE_ADDRESS_LIMIT = 1_000_000


@pytest.mark.parametrize("challenge", PATHS)
def test_every_error_of_an_answer(stub: StubCognito, challenge: str) -> None:
    assert problems_at(stub, challenge, "RespondToAuthChallenge") == []


@pytest.mark.skipif(not os.environ.get("THOROUGH"), reason="make thorough")
@pytest.mark.parametrize("challenge", sorted(PATHS.keys() - ANSWERED_BY_ITSELF))
def test_every_error_of_an_answer_in_the_admin_flow(
    stub: StubCognito, settings: Settings, aws_keys: None, challenge: str
) -> None:
    settings.COGNITO_AUTH_FLOW = "ADMIN_USER_PASSWORD_AUTH"
    assert problems_at(stub, challenge, "AdminRespondToAuthChallenge") == []


def problems_at(stub: StubCognito, challenge: str, operation: str) -> list[str]:
    problems = []
    for code in errors_of(operation):
        tab, user = reached(stub, challenge)
        fields = RIGHT[challenge](user)
        since = newest_row()
        stub.refuse_next(operation, code, status=500 if code.startswith("Internal") else None)
        if challenge == "NEW_PASSWORD_REQUIRED":
            tab.answer()
        else:
            send(tab, fields)
        expected = expected_at_step(challenge, code, is_further=challenge == "MFA_SETUP")
        problems.append(judge(stub, tab, code, since, expected))
    return [problem for problem in problems if problem]


def reached(stub: StubCognito, challenge: str) -> tuple[Tab, StubUser]:
    """A new person on the page of this challenge; at MFA_SETUP, with the app's code as the last thing to give."""
    user, tab = stub.confirm(script=[challenge]), Tab()
    tab.start(user.username, user.password)
    if challenge == "MFA_SETUP":
        answer_rightly(tab, user)
    assert open_challenge(tab) == challenge
    return tab, user


@pytest.mark.parametrize("operation", ["InitiateAuth", "AdminInitiateAuth"])
def test_every_error_of_a_beginning(
    stub: StubCognito, settings: Settings, aws_keys: None, operation: str
) -> None:
    is_admin = operation.startswith("Admin")
    settings.COGNITO_AUTH_FLOW = "ADMIN_USER_PASSWORD_AUTH" if is_admin else "USER_PASSWORD_AUTH"
    problems = []
    for code in errors_of(operation):
        user, tab, since = stub.confirm(), Tab(), newest_row()
        stub.refuse_next(operation, code, status=500 if code.startswith("Internal") else None)
        tab.start(user.username, user.password)
        problems.append(judge(stub, tab, code, since, expected_at_start(code)))
    assert [problem for problem in problems if problem] == []


def test_every_error_of_a_proof_by_srp(stub: StubCognito, settings: Settings) -> None:
    """Both calls are made in one request: what fails at the second one ends where a start that fails does."""
    settings.COGNITO_AUTH_FLOW = "USER_SRP_AUTH"
    problems = []
    for code in errors_of("RespondToAuthChallenge"):
        user, tab, since = stub.confirm(), Tab(), newest_row()
        stub.refuse_next("RespondToAuthChallenge", code, status=500 if code.startswith("Internal") else None)
        tab.start(user.username, user.password)
        outcome = (
            "bad_credentials" if code == "NotAuthorizedException" else (UNIFORM | OVER | STAYS | BUSY)[code]
        )
        status = 403 if code in UNIFORM or code == "NotAuthorizedException" else 503
        problems.append(judge(stub, tab, code, since, Expected("/sign-in/", status, outcome)))
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("operation", ["AssociateSoftwareToken", "VerifySoftwareToken"])
def test_every_error_of_setting_up_an_app(stub: StubCognito, operation: str) -> None:
    problems = []
    for code in errors_of(operation):
        user, tab = stub.confirm(script=["MFA_SETUP"]), Tab()
        tab.start(user.username, user.password)
        if operation == "VerifySoftwareToken":
            answer_rightly(tab, user)
        since = newest_row()
        stub.refuse_next(operation, code, status=500 if code.startswith("Internal") else None)
        answer_rightly(tab, user)
        problems.append(judge(stub, tab, code, since, expected_at_step("MFA_SETUP", code)))
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("challenge", ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"])
def test_every_error_of_a_remembered_device(stub: StubCognito, settings: Settings, challenge: str) -> None:
    """A refused device costs the second factor; where Cognito itself fails, nothing is learnt of the device."""
    settings.REMEMBER_DEVICES = True
    stub.reset(Ways(devices=True))
    point_at(stub, settings)
    problems = []
    for code in errors_of("RespondToAuthChallenge"):
        user, tab = stub.confirm(script=["SMS_MFA"]), Tab()
        remember(tab, user)
        stub.calls.clear()
        since = newest_row()
        stub.refuse_next(
            "RespondToAuthChallenge",
            code,
            challenge=challenge,
            status=500 if code.startswith("Internal") else None,
        )
        tab.start(user.username, user.password)
        outcome = (
            "session_over" if code == "NotAuthorizedException" else (UNIFORM | OVER | STAYS | BUSY)[code]
        )
        fails = code in (OVER | BUSY) and code != "ResourceNotFoundException"
        page = ("/sign-in/", 503) if fails else (PATHS["SMS_MFA"], 200)
        problems.append(judge(stub, tab, code, since, Expected(*page, outcome)))
        if RememberedDevice.objects.filter(sub=user.sub).exists() is not fails:
            problems.append(f"{code}: device row")
    assert [problem for problem in problems if problem] == []


def remember(tab: Tab, user: StubUser) -> None:
    tab.get("/sign-in/")
    fields = {"username": user.username, "password": user.password, "remember": "1"}
    tab.post("/sign-in/", {**tab.hidden, **fields})
    answer_rightly(tab, user)
    assert tab.path == "/account/"
    tab.post("/account/sign-out/", {})
