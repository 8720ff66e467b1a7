import botocore.session
import pytest

from cognito_portal.cognito.errors import (
    ERRORS,
    SERVER_FAULTS,
    Cause,
    CognitoError,
    CognitoRefused,
    CognitoUnavailable,
    InvalidInput,
    NoCredentials,
    TokenRefused,
    error_for,
    meaning_of,
)
from cognito_portal.cognito.refusal_table import TABLE

NOT_AUTHORIZED = "NotAuthorizedException"
INVALID_PARAMETER = "InvalidParameterException"
OPERATIONS = (
    "InitiateAuth",
    "RespondToAuthChallenge",
    "RevokeToken",
    "DescribeUserPool",
    "DescribeUserPoolClient",
    "GetUserPoolMfaConfig",
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "AssociateSoftwareToken",
    "VerifySoftwareToken",
    "ForgotPassword",
    "ConfirmForgotPassword",
    "ConfirmSignUp",
    "ResendConfirmationCode",
    "GetTokensFromRefreshToken",
    "GlobalSignOut",
    "GetUser",
    "ChangePassword",
    "UpdateUserAttributes",
    "DeleteUserAttributes",
    "GetUserAttributeVerificationCode",
    "VerifyUserAttribute",
    "SetUserMFAPreference",
    "StartWebAuthnRegistration",
    "CompleteWebAuthnRegistration",
    "ListWebAuthnCredentials",
    "DeleteWebAuthnCredential",
    "ConfirmDevice",
    "UpdateDeviceStatus",
    "ListDevices",
    "ForgetDevice",
)
# Operations that an access token in the body authorises.
BY_ACCESS_TOKEN = OPERATIONS[OPERATIONS.index("GlobalSignOut") :]


@pytest.fixture(scope="module")
def modelled() -> dict[str, set[str]]:
    """Operation -> error codes, as botocore's service model has them."""
    model = botocore.session.get_session().get_service_model("cognito-idp")
    return {
        operation: {shape.name for shape in model.operation_model(operation).error_shapes}
        for operation in OPERATIONS
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_modelled_error_is_mapped(modelled: dict[str, set[str]], operation: str) -> None:
    codes = modelled[operation]
    assert len(codes) >= 5
    assert codes <= set(ERRORS) | SERVER_FAULTS
    assert all(meaning_of(code, "", operation).cause is not Cause.UNEXPECTED for code in codes)


def test_every_class_has_a_row_that_needs_no_message() -> None:
    assert {
        code for code in ERRORS if meaning_of(code, "", "InitiateAuth").cause is Cause.UNEXPECTED
    } == set()


def test_every_row_belongs_to_a_class() -> None:
    assert {row.code for row in TABLE} <= set(ERRORS) | SERVER_FAULTS


@pytest.mark.parametrize(
    "message, cause",
    [
        ("Incorrect username or password.", Cause.BAD_CREDENTIALS),
        ("Password attempts exceeded", Cause.LOCKED),
        (
            "Temporary password has expired and must be reset by an administrator.",
            Cause.TEMPORARY_PASSWORD_EXPIRED,
        ),
        ("User account has expired, it must be reset by an administrator.", Cause.TEMPORARY_PASSWORD_EXPIRED),
        ("User is disabled.", Cause.DISABLED),
        ("Invalid session for the user, session is expired.", Cause.SESSION_OVER),
        ("Invalid session for the user, session can only be used once.", Cause.SESSION_OVER),
        ("Invalid session provided for the user.", Cause.SESSION_OVER),
        ("Cannot modify an already provided email", Cause.ATTRIBUTE_NOT_WRITABLE),
        ("A client attempted to write unauthorized attribute", Cause.ATTRIBUTE_NOT_WRITABLE),
        ("Unable to verify secret hash for client 1abc", Cause.SECRET_HASH),
        ("Client 1abc is configured with secret but SECRET_HASH was not received", Cause.SECRET_HASH),
        ("SecretHash does not match for the client: 1abc", Cause.SECRET_HASH),
        ("User password cannot be reset in the current state.", Cause.NOT_RESETTABLE),
        ("Access Token has been revoked", Cause.TOKEN_OVER),
        ("Invalid Refresh Token", Cause.REFRESH_OVER),
        ("words that nobody has seen", Cause.BAD_CREDENTIALS),
    ],
)
def test_not_authorized_is_told_apart_by_its_message(message: str, cause: Cause) -> None:
    assert meaning_of(NOT_AUTHORIZED, message, "InitiateAuth").cause is cause


@pytest.mark.parametrize(
    "message, cause",
    [
        ("USER_PASSWORD_AUTH flow not enabled for this client", Cause.FLOW_NOT_ENABLED),
        ("Initiate Auth method not supported", Cause.FLOW_NOT_ENABLED),
        ("Invalid attributes given, name is missing", Cause.ATTRIBUTE_MISSING),
        ("user.custom:role: Attribute cannot be updated.", Cause.ATTRIBUTE_NOT_WRITABLE),
        ("Missing required parameter Session", Cause.BAD_REQUEST),
        ("Invalid phone number format.", Cause.INVALID_INPUT),
        ("", Cause.INVALID_INPUT),
    ],
)
def test_invalid_parameter_is_told_apart_by_its_message(message: str, cause: Cause) -> None:
    assert meaning_of(INVALID_PARAMETER, message, "RespondToAuthChallenge").cause is cause


def test_unworded_invalid_parameter_at_the_start_is_our_own_fault() -> None:
    assert meaning_of(INVALID_PARAMETER, "", "InitiateAuth").cause is Cause.BAD_REQUEST


def test_a_value_that_cognito_does_not_like_leaves_the_attempt_alive() -> None:
    assert not meaning_of(INVALID_PARAMETER, "Invalid phone number format.", "RespondToAuthChallenge").restart


def test_unworded_not_authorized_after_a_challenge_ends_the_attempt() -> None:
    meaning = meaning_of(NOT_AUTHORIZED, "", "RespondToAuthChallenge")
    assert (meaning.cause, meaning.restart) == (Cause.SESSION_OVER, True)


def test_not_authorized_on_a_signed_call_is_our_lack_of_rights() -> None:
    assert meaning_of(NOT_AUTHORIZED, "", "DescribeUserPool").cause is Cause.ACCESS_DENIED


@pytest.mark.parametrize("operation", BY_ACCESS_TOKEN)
def test_unworded_not_authorized_by_an_access_token_ends_the_session(operation: str) -> None:
    assert meaning_of(NOT_AUTHORIZED, "", operation).cause is Cause.TOKEN_OVER


def test_operations_by_access_token_are_those_of_botocores_model() -> None:
    model = botocore.session.get_session().get_service_model("cognito-idp")
    either = {"AssociateSoftwareToken", "VerifySoftwareToken"}
    assert (
        set(BY_ACCESS_TOKEN)
        == {name for name in OPERATIONS if "AccessToken" in model.operation_model(name).input_shape.members}
        - either
    )


def test_wrong_old_password_is_told_from_a_session_that_is_over() -> None:
    meaning = meaning_of(NOT_AUTHORIZED, "Incorrect username or password.", "ChangePassword")
    assert meaning.cause is Cause.BAD_CREDENTIALS


@pytest.mark.parametrize("operation", ["GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH", "RevokeToken"])
def test_unworded_not_authorized_at_a_renewal_ends_the_session(operation: str) -> None:
    assert meaning_of(NOT_AUTHORIZED, "", operation).cause is Cause.REFRESH_OVER


def test_user_who_waits_for_no_confirmation_is_refused_like_every_other() -> None:
    message = "User cannot be confirmed. Current status is CONFIRMED"
    meaning = meaning_of(NOT_AUTHORIZED, message, "ConfirmSignUp")
    other = meaning_of(NOT_AUTHORIZED, "Incorrect username or password.", "ConfirmSignUp")
    assert meaning.cause is Cause.WRONG_USER_STATE
    assert (meaning.user, meaning.uniform, meaning.restart) == (other.user, True, other.restart)


@pytest.mark.parametrize(
    "operation", ["ForgotPassword", "ConfirmForgotPassword", "UpdateUserAttributes", "SetUserMFAPreference"]
)
def test_value_that_cognito_does_not_like_leaves_a_form_open(operation: str) -> None:
    meaning = meaning_of(INVALID_PARAMETER, "Invalid phone number format.", operation)
    assert (meaning.cause, meaning.restart) == (Cause.INVALID_INPUT, False)


@pytest.mark.parametrize(
    ("code", "message", "operation"),
    [
        ("ResourceNotFoundException", "Device does not exist.", "InitiateAuth"),
        ("ResourceNotFoundException", "Device does not exist.", "RespondToAuthChallenge"),
        ("ResourceNotFoundException", "", "ForgetDevice"),
        ("ResourceNotFoundException", "", "ConfirmDevice"),
        (INVALID_PARAMETER, "Invalid device key given.", "UpdateDeviceStatus"),
        (INVALID_PARAMETER, "Value at 'deviceKey' failed to satisfy constraint", "ForgetDevice"),
        (NOT_AUTHORIZED, "Invalid device.", "RespondToAuthChallenge"),
    ],
)
def test_device_that_cognito_does_not_know(code: str, message: str, operation: str) -> None:
    meaning = meaning_of(code, message, operation)
    assert meaning.cause is Cause.DEVICE_UNKNOWN
    assert (meaning.restart, meaning.uniform, meaning.our_fault) == (True, False, False)


@pytest.mark.parametrize(
    ("code", "message", "operation", "cause"),
    [
        (
            "ResourceNotFoundException",
            "User pool client 1abc does not exist.",
            "InitiateAuth",
            Cause.NO_SUCH_CLIENT,
        ),
        (
            INVALID_PARAMETER,
            "Missing required parameter DEVICE_KEY",
            "RespondToAuthChallenge",
            Cause.BAD_REQUEST,
        ),
        (
            INVALID_PARAMETER,
            "Value at 'friendlyDeviceName' failed",
            "VerifySoftwareToken",
            Cause.INVALID_INPUT,
        ),
        (NOT_AUTHORIZED, "Invalid Refresh Token", "GetTokensFromRefreshToken", Cause.REFRESH_OVER),
        ("ResourceNotFoundException", "", "DeleteWebAuthnCredential", Cause.PASSKEY_REFUSED),
    ],
)
def test_what_is_not_about_a_device(code: str, message: str, operation: str, cause: Cause) -> None:
    assert meaning_of(code, message, operation).cause is cause


@pytest.mark.parametrize(
    "message",
    [
        "User has not set up software token mfa",
        "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
    ],
)
def test_factor_that_is_not_set_up_keeps_the_page(message: str) -> None:
    meaning = meaning_of(INVALID_PARAMETER, message, "SetUserMFAPreference")
    assert (meaning.cause, meaning.restart) == (Cause.MFA_NOT_SET_UP, False)


@pytest.mark.parametrize(
    ("code", "cause", "our_fault"),
    [
        ("WebAuthnCredentialNotSupportedException", Cause.PASSKEY_REFUSED, False),
        ("WebAuthnOriginNotAllowedException", Cause.PASSKEY_REFUSED, False),
        ("WebAuthnClientMismatchException", Cause.PASSKEY_REFUSED, False),
        ("WebAuthnChallengeNotFoundException", Cause.PASSKEY_REFUSED, False),
        ("WebAuthnRelyingPartyMismatchException", Cause.PASSKEY_REFUSED, False),
        (INVALID_PARAMETER, Cause.PASSKEY_REFUSED, False),
        ("LimitExceededException", Cause.TOO_MANY_PASSKEYS, False),
        ("WebAuthnNotEnabledException", Cause.NOT_AVAILABLE, True),
        ("WebAuthnConfigurationMissingException", Cause.POOL_CONFIGURATION, True),
    ],
)
def test_refused_registration_of_a_passkey(code: str, cause: Cause, our_fault: bool) -> None:
    meaning = meaning_of(code, "", "CompleteWebAuthnRegistration")
    assert (meaning.cause, meaning.restart, meaning.our_fault) == (cause, our_fault, our_fault)


@pytest.mark.parametrize("operation", ["ChangePassword", "VerifyUserAttribute", "ConfirmForgotPassword"])
def test_used_up_quota_leaves_the_page_and_ends_a_sign_in(operation: str) -> None:
    assert not meaning_of("LimitExceededException", "", operation).restart
    assert meaning_of("LimitExceededException", "", "RespondToAuthChallenge").restart


def test_unknown_code_denies_and_restarts() -> None:
    meaning = meaning_of("BrandNewException", "anything", "InitiateAuth")
    assert (meaning.cause, meaning.restart) == (Cause.UNEXPECTED, True)


UNIFORM = [
    (NOT_AUTHORIZED, "Incorrect username or password."),
    (NOT_AUTHORIZED, "Password attempts exceeded"),
    (NOT_AUTHORIZED, "Temporary password has expired and must be reset by an administrator."),
    (NOT_AUTHORIZED, "User is disabled."),
    ("UserNotFoundException", "User does not exist."),
    ("UserNotConfirmedException", "User is not confirmed."),
    ("PasswordResetRequiredException", "Password reset required for the user"),
    ("UserLambdaValidationException", "PreAuthentication failed with error no."),
]


def test_refusals_about_a_person_look_alike() -> None:
    meanings = [meaning_of(code, message, "InitiateAuth") for code, message in UNIFORM]
    assert {(each.user, each.restart, each.uniform, each.our_fault) for each in meanings} == {
        (meanings[0].user, True, True, False)
    }


@pytest.mark.parametrize(
    "code",
    [
        "InvalidPasswordException",
        "PasswordHistoryPolicyViolationException",
        "CodeMismatchException",
        "TooManyRequestsException",
        "AliasExistsException",
    ],
)
def test_refusal_that_leaves_the_session_alive_does_not_restart(code: str) -> None:
    assert not meaning_of(code, "", "RespondToAuthChallenge").restart


def test_per_user_quota_is_never_retried_by_itself() -> None:
    assert not meaning_of("LimitExceededException", "", "RespondToAuthChallenge").retry


@pytest.mark.parametrize(
    "kind, sent", [("not_sent", False), ("tls", False), ("unknown", True), ("garbage", True)]
)
def test_unavailable_knows_whether_anything_was_sent(kind: str, sent: bool) -> None:
    error = CognitoUnavailable(kind, operation="InitiateAuth")
    assert (error.sent, error.meaning.restart) == (sent, sent)


ALL_KINDS: list[CognitoError] = [
    error_for(NOT_AUTHORIZED, "canary", status=400, operation="InitiateAuth", request_id="r-1"),
    error_for("BrandNewException", "canary", status=400, operation="InitiateAuth", request_id="r-1"),
    CognitoUnavailable("garbage", operation="InitiateAuth", request_id="r-1"),
    InvalidInput(operation="InitiateAuth", field="USERNAME"),
    NoCredentials(operation="DescribeUserPool"),
    TokenRefused("expired"),
]


@pytest.mark.parametrize("error", ALL_KINDS, ids=lambda error: type(error).__name__)
def test_error_shows_class_and_code_but_never_the_message(error: CognitoError) -> None:
    for text in (str(error), repr(error), f"{error!r:>200}", repr(error.args)):
        assert "canary" not in text
    assert type(error).__name__ in str(error)
    assert error.code in str(error)


@pytest.mark.parametrize(
    "message, attribute",
    [
        ("Invalid attributes given, custom:dept is missing", "custom:dept"),
        ("Cannot modify an already provided email", "email"),
        ("user.custom:role: Attribute cannot be updated.", "custom:role"),
        ("Invalid attributes given, <b>x</b> is missing", None),
        ("something else", None),
    ],
)
def test_attribute_that_the_message_names(message: str, attribute: str | None) -> None:
    refused = CognitoRefused(INVALID_PARAMETER, message, status=400, operation="RespondToAuthChallenge")
    assert refused.attribute == attribute
