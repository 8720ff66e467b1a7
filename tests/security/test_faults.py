"""Whatever Cognito does: no failure of ours, nobody signed in by it, one row before it and one after.

Every fault meets both calls of the walk, through the real pages (security row C).
"""

import time

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from django.http import HttpResponse

from cognito_portal.audit.events import Phase
from cognito_portal.audit.models import AuditEvent
from cognito_portal.cognito.types import ChallengeName
from cognito_portal.signin.challenges import STEPS
from tests.databases import in_threads
from tests.security import faulty
from tests.security.browsing import Browser, Page
from tests.security.conftest import Site
from tests.security.faulty import BROKEN, ODD, RAW, challenge, refuses, says

SIGN_IN, ANSWER = "InitiateAuth", "RespondToAuthChallenge"

# What a person gets and what the log says, for each error in AWS's own model of the call.
SIGN_IN_ERRORS = {
    "NotAuthorizedException": (403, "bad_credentials"),
    "UserNotFoundException": (403, "unknown_user"),
    "UserNotConfirmedException": (403, "unconfirmed"),
    "PasswordResetRequiredException": (403, "reset_required"),
    "UserLambdaValidationException": (403, "trigger_refused"),
    "TooManyRequestsException": (503, "throttled"),
    "InternalErrorException": (503, "server_error"),
    "ForbiddenException": (503, "waf"),
    "ResourceNotFoundException": (503, "no_such_client"),
    "InvalidParameterException": (503, "bad_request"),
    "InvalidUserPoolConfigurationException": (503, "pool_configuration"),
    "UnexpectedLambdaException": (503, "trigger_broken"),
    "InvalidLambdaResponseException": (503, "trigger_broken"),
    "InvalidSmsRoleAccessPolicyException": (503, "code_delivery"),
    "InvalidSmsRoleTrustRelationshipException": (503, "code_delivery"),
    "InvalidEmailRoleAccessPolicyException": (503, "code_delivery"),
    "OperationNotEnabledException": (503, "not_available"),
    "UnsupportedOperationException": (503, "not_available"),
}
# Status 302 leads back to the sign-in page: the attempt is over. Any other keeps it.
ANSWER_ERRORS = {
    "InvalidPasswordException": (400, "password_policy"),
    "PasswordHistoryPolicyViolationException": (400, "password_history"),
    "CodeMismatchException": (400, "code_mismatch"),
    "ExpiredCodeException": (400, "code_expired"),
    "AliasExistsException": (400, "alias_exists"),
    "TooManyRequestsException": (503, "throttled"),
    "NotAuthorizedException": (302, "session_over"),
    "UserNotFoundException": (302, "unknown_user"),
    "UserNotConfirmedException": (302, "unconfirmed"),
    "PasswordResetRequiredException": (302, "reset_required"),
    "UserLambdaValidationException": (302, "trigger_refused"),
    "InternalErrorException": (302, "server_error"),
    "ForbiddenException": (302, "waf"),
    "ResourceNotFoundException": (302, "no_such_client"),
    "InvalidParameterException": (400, "invalid_input"),
    "InvalidUserPoolConfigurationException": (302, "pool_configuration"),
    "UnexpectedLambdaException": (302, "trigger_broken"),
    "InvalidLambdaResponseException": (302, "trigger_broken"),
    "MFAMethodNotFoundException": (302, "mfa_not_set_up"),
    "SoftwareTokenMFANotFoundException": (302, "mfa_not_set_up"),
    "InvalidSmsRoleAccessPolicyException": (302, "code_delivery"),
    "InvalidSmsRoleTrustRelationshipException": (302, "code_delivery"),
    "InvalidEmailRoleAccessPolicyException": (302, "code_delivery"),
    "OperationNotEnabledException": (302, "not_available"),
}
UNBUILT = [*sorted(set(ChallengeName) - {ChallengeName.NEW_PASSWORD_REQUIRED}), "BRAND_NEW_CHALLENGE"]


def modelled_errors(operation: str) -> set[str]:
    service = ServiceModel(Loader().load_service_model("cognito-idp", "service-2"), "cognito-idp")
    return {shape.name for shape in service.operation_model(operation).error_shapes}


def outcome_of_last_call(step: str) -> str:
    """The end row's outcome, where the call left exactly one begin row and one end row."""
    rows = list(AuditEvent.objects.filter(step=step).exclude(phase=Phase.SINGLE).order_by("id"))
    assert [row.phase for row in rows] == [Phase.BEGIN, Phase.END]
    assert rows[0].call_id == rows[1].call_id
    return str(rows[1].outcome)


def assert_page_of_ours(page: HttpResponse, *, status: int) -> None:
    assert page.status_code == status
    assert "RAW-COGNITO" not in page.content.decode()
    if status != 302:
        assert ("body", {"class": "walk"}) in Page(page.content.decode()).elements


def assert_not_signed_in(site: Site, outcome: str, expected: str, step: str) -> None:
    assert outcome == expected, step
    assert not site.is_signed_in


def at_sign_in(site: Site, play: faulty.Play, *, status: int, outcome: str) -> None:
    site.cognito.play(SIGN_IN, play)
    page = site.sign_in()
    assert_page_of_ours(page, status=status)
    assert_not_signed_in(site, outcome_of_last_call(SIGN_IN), outcome, SIGN_IN)
    assert not site.is_at_new_password


def at_new_password(site: Site, play: faulty.Play, *, status: int, outcome: str) -> None:
    site.come_to_new_password()
    site.cognito.play(ANSWER, play)
    page = site.answer()
    assert_page_of_ours(page, status=status)
    assert_not_signed_in(site, outcome_of_last_call("NEW_PASSWORD_REQUIRED"), outcome, ANSWER)
    assert site.is_at_new_password == (status != 302)
    assert site.cognito.count(ANSWER) == 1, "an answer is never sent twice"


@pytest.mark.parametrize("name", BROKEN)
def test_no_usable_answer_to_a_password_signs_nobody_in(site: Site, name: str) -> None:
    play, outcome = BROKEN[name]
    at_sign_in(site, play, status=503, outcome=outcome)
    assert site.cognito.count(SIGN_IN) == 1, "what may have been carried out is never sent twice"


@pytest.mark.parametrize("name", BROKEN)
def test_no_usable_answer_to_a_new_password_ends_the_attempt(site: Site, name: str) -> None:
    play, outcome = BROKEN[name]
    at_new_password(site, play, status=302, outcome=outcome)
    assert "it may be set" in site.browser.get("/sign-in/").content.decode()


@pytest.mark.parametrize("name", ODD)
def test_odd_answer_to_a_password_signs_nobody_in(site: Site, name: str) -> None:
    body, outcome = ODD[name]
    at_sign_in(site, says(body()), status=503, outcome=outcome)


@pytest.mark.parametrize("name", ODD)
def test_odd_answer_to_a_new_password_signs_nobody_in(site: Site, name: str) -> None:
    body, outcome = ODD[name]
    at_new_password(site, says(body()), status=302, outcome=outcome)


def test_tokens_of_someone_else_than_was_challenged_are_refused_and_revoked(site: Site) -> None:
    at_new_password(site, says(faulty.someone_else()), status=302, outcome="token_refused")
    assert site.cognito.count("RevokeToken") == 1


@pytest.mark.parametrize("code", SIGN_IN_ERRORS)
def test_every_error_of_initiate_auth_is_a_page_and_a_row(site: Site, code: str) -> None:
    status, outcome = SIGN_IN_ERRORS[code]
    at_sign_in(site, refuses(code), status=status, outcome=outcome)


@pytest.mark.parametrize("code", ANSWER_ERRORS)
def test_every_error_of_respond_to_auth_challenge_is_a_page_and_a_row(site: Site, code: str) -> None:
    status, outcome = ANSWER_ERRORS[code]
    at_new_password(site, refuses(code), status=status, outcome=outcome)


@pytest.mark.parametrize(("operation", "table"), [(SIGN_IN, SIGN_IN_ERRORS), (ANSWER, ANSWER_ERRORS)])
def test_the_tables_above_hold_every_error_of_awss_model(operation: str, table: dict[str, object]) -> None:
    assert set(table) == modelled_errors(operation)


UNKNOWN_ERRORS: dict[str, faulty.Play] = {
    "a new name": refuses("BrandNewException"),
    "no name": says({"message": RAW}, status=400),
    "only a header": says(b"", status=400, X_Amzn_Errortype="BrandNewException:http://x/"),
    "a name that is a list": says({"__type": ["NotAuthorizedException"]}, status=400),
    "a page": says(b"<html>RAW-COGNITO</html>", status=404, Content_Type="text/html"),
}


@pytest.mark.parametrize("name", UNKNOWN_ERRORS)
def test_unknown_error_denies_a_password(site: Site, name: str) -> None:
    at_sign_in(site, UNKNOWN_ERRORS[name], status=503, outcome="unexpected")


@pytest.mark.parametrize("name", UNKNOWN_ERRORS)
def test_unknown_error_denies_a_new_password(site: Site, name: str) -> None:
    at_new_password(site, UNKNOWN_ERRORS[name], status=302, outcome="unexpected")


@pytest.mark.parametrize("name", [name for name in UNBUILT if name not in STEPS])
def test_challenge_that_is_not_built_ends_on_a_clear_page(site: Site, name: str) -> None:
    site.cognito.play(SIGN_IN, says(challenge(name)))
    at_end = site.browser.get(site.sign_in().headers["Location"])
    assert (at_end.status_code, "One more step is needed" in at_end.content.decode()) == (200, True)
    assert_not_signed_in(site, outcome_of_last_call(SIGN_IN), "unsupported_challenge", name)


def test_challenge_that_is_not_built_says_that_the_new_password_is_set(site: Site) -> None:
    site.come_to_new_password()
    site.cognito.play(ANSWER, says(challenge("BRAND_NEW_CHALLENGE")))
    at_end = site.browser.get(site.answer().headers["Location"])
    assert "Your new password is set" in at_end.content.decode()
    assert_not_signed_in(site, outcome_of_last_call("NEW_PASSWORD_REQUIRED"), "unsupported_challenge", ANSWER)


def test_cognito_that_cannot_be_reached_is_no_refusal(site: Site) -> None:
    site.cognito.disappear()
    page = site.sign_in()
    assert_page_of_ours(page, status=503)
    assert_not_signed_in(site, outcome_of_last_call(SIGN_IN), "not_sent", SIGN_IN)


def test_new_password_that_was_not_sent_keeps_the_attempt(site: Site) -> None:
    site.come_to_new_password()
    site.cognito.disappear()
    page = site.answer()
    assert_page_of_ours(page, status=503)
    assert_not_signed_in(site, outcome_of_last_call("NEW_PASSWORD_REQUIRED"), "not_sent", ANSWER)
    assert site.is_at_new_password


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException"])
def test_throttled_by_cognito_is_no_failed_try(site: Site, code: str) -> None:
    site.cognito.play(SIGN_IN, refuses(code))
    for _ in range(6):
        page = site.sign_in()
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    site.cognito.plays.clear()
    site.come_to_new_password()


def test_answer_within_the_limits_of_time_is_taken(site: Site) -> None:
    site.cognito.play(ANSWER, faulty.late(0.1, faulty.tokens))
    site.come_to_new_password()
    site.answer()
    assert site.is_signed_in


SLOW = {"silence": faulty.silent, "drip": faulty.dripping(1.0)}


def test_hung_cognito_is_given_up_within_eight_and_a_half_seconds(patient_site: Site) -> None:
    """In real time, with the portal's own limits: decision D7."""
    calls = patient_site.cognito.calls
    patient_site.cognito.play(
        SIGN_IN, lambda connection: SLOW[calls[-1][1]["AuthParameters"]["USERNAME"]](connection)
    )

    def sign_in(name: str) -> tuple[int, bool]:
        time.sleep(0.3 * list(SLOW).index(name))
        began = time.monotonic()
        page = Browser().post("/sign-in/", {"username": name, "password": "secret"})
        return page.status_code, time.monotonic() - began <= 8.5

    assert in_threads(sign_in, list(SLOW), threads=2) == [(503, True), (503, True)]
    assert set(AuditEvent.objects.filter(phase=Phase.END).values_list("outcome", flat=True)) == {"unknown"}
