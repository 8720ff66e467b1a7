"""Which of Cognito's refusals means what.

One table, read from the top: the code decides, the message only refines. Messages are hints that AWS may
reword, so each code also has a row without a pattern that is safe by itself.
"""

from functools import cache

from cognito_portal.cognito import account_refusals, meanings
from cognito_portal.cognito.meanings import (
    Cause,
    Meaning,
    gettext_noop,
    ours,
    passkey_refused,
    personal,
    stay,
)
from cognito_portal.cognito.refusal_rows import (
    ATTRIBUTES,
    BY_ACCESS_TOKEN,
    DEVICE,
    INVALID_PARAMETER,
    NOT_AUTHORIZED,
    PROOFS,
    RECOVERY,
    REFRESH,
    REGISTER,
    RESPOND,
    REVOKE,
    SETTINGS,
    Row,
    row,
)

TABLE: tuple[Row, ...] = (
    row(NOT_AUTHORIZED, None, meanings.ACCESS_DENIED, SETTINGS),
    row(NOT_AUTHORIZED, r"^incorrect username or password", meanings.BAD_CREDENTIALS),
    row(NOT_AUTHORIZED, r"^password attempts exceeded", meanings.LOCKED),
    row(
        NOT_AUTHORIZED,
        r"expired.*administrator",
        personal(
            Cause.TEMPORARY_PASSWORD_EXPIRED,
            gettext_noop("The temporary password has expired. Resend the invitation or set a new one."),
        ),
    ),
    row(
        NOT_AUTHORIZED,
        r"^user is disabled",
        personal(Cause.DISABLED, gettext_noop("The user is disabled. Enable it to let this person in.")),
    ),
    row(NOT_AUTHORIZED, r"^invalid session", meanings.SESSION_OVER),
    row(
        NOT_AUTHORIZED,
        r"cannot modify an already provided|unauthorized attribute",
        meanings.ATTRIBUTE_NOT_WRITABLE,
    ),
    row(
        NOT_AUTHORIZED,
        r"secret[ _]?hash|configured (with|for) secret|client secret",
        meanings.SECRET_HASH,
    ),
    row(NOT_AUTHORIZED, r"cannot be reset in the current state", meanings.NOT_RESETTABLE),
    row(
        NOT_AUTHORIZED,
        r"cannot be confirmed",
        personal(
            Cause.WRONG_USER_STATE,
            gettext_noop("The user is not waiting for a confirmation, most often confirmed already."),
        ),
    ),
    row(NOT_AUTHORIZED, r"access token", meanings.TOKEN_OVER),
    row(NOT_AUTHORIZED, r"refresh token", meanings.REFRESH_OVER),
    row(NOT_AUTHORIZED, DEVICE, meanings.DEVICE_UNKNOWN),
    row(NOT_AUTHORIZED, None, meanings.BAD_CREDENTIALS, RESPOND, challenges=PROOFS),
    row(NOT_AUTHORIZED, None, meanings.SESSION_OVER, RESPOND),
    row(NOT_AUTHORIZED, None, meanings.REFRESH_OVER, REVOKE | REFRESH),
    row(NOT_AUTHORIZED, None, meanings.TOKEN_OVER, BY_ACCESS_TOKEN),
    row(NOT_AUTHORIZED, None, meanings.BAD_CREDENTIALS),
    row("RefreshTokenReuseException", None, meanings.REFRESH_OVER),
    row(
        "UserNotFoundException",
        None,
        personal(
            Cause.UNKNOWN_USER,
            gettext_noop("No such user. Turn on PreventUserExistenceErrors for this app client."),
        ),
    ),
    row(
        "UserNotConfirmedException",
        None,
        personal(Cause.UNCONFIRMED, gettext_noop("The user has not been confirmed. Confirm the sign-up.")),
    ),
    row(
        "PasswordResetRequiredException",
        None,
        personal(
            Cause.RESET_REQUIRED,
            gettext_noop("An administrator asked for a reset. The person needs the code that was sent."),
        ),
    ),
    row(
        "InvalidPasswordException",
        None,
        stay(
            Cause.PASSWORD_POLICY,
            gettext_noop("This password does not meet the rules. Please choose another."),
            gettext_noop("The new password breaks the pool's policy."),
        ),
    ),
    row(
        "PasswordHistoryPolicyViolationException",
        None,
        stay(
            Cause.PASSWORD_HISTORY,
            gettext_noop("You have used this password before. Please choose another."),
            gettext_noop("The new password stands in the user's password history."),
        ),
    ),
    row(
        "CodeMismatchException",
        None,
        stay(
            Cause.CODE_MISMATCH,
            gettext_noop("This code is not right. Please try again."),
            gettext_noop("Wrong code. Many in a row: guessing."),
        ),
    ),
    row(
        "ExpiredCodeException",
        r"already been used",
        stay(
            Cause.CODE_REUSED,
            gettext_noop("This code was already used. Please wait for the next one."),
            gettext_noop("A code was sent twice within its half minute."),
        ),
    ),
    row(
        "ExpiredCodeException",
        None,
        stay(
            Cause.CODE_EXPIRED,
            gettext_noop("This code has expired. Please ask for a new one."),
            gettext_noop("The code came too late."),
        ),
    ),
    row(
        "EnableSoftwareTokenMFAException",
        None,
        stay(
            Cause.CODE_MISMATCH,
            gettext_noop("This code was not accepted. Please check the clock of your phone and try again."),
            gettext_noop("The first code of an authenticator app was wrong."),
        ),
    ),
    row("TooManyRequestsException", None, meanings.THROTTLED),
    row("ThrottlingException", None, meanings.THROTTLED),
    row("InternalErrorException", None, meanings.SERVICE),
    row("InternalServerException", None, meanings.SERVICE),
    row(
        "ForbiddenException",
        None,
        ours(
            Cause.WAF,
            gettext_noop("A WAF rule blocked the call. Check whether this server's address is rate limited."),
            gettext_noop("The request was blocked. Please contact the help desk."),
        ),
    ),
    row(
        INVALID_PARAMETER,
        r"flow not enabled|auth method not supported",
        ours(
            Cause.FLOW_NOT_ENABLED,
            gettext_noop("The app client does not allow this flow. Check its ExplicitAuthFlows."),
        ),
    ),
    row(
        INVALID_PARAMETER,
        r"^invalid attributes given",
        stay(
            Cause.ATTRIBUTE_MISSING,
            gettext_noop("Something is still missing. Please fill in every field."),
            gettext_noop("A required attribute has no value. Set it when creating users."),
        ),
    ),
    row(INVALID_PARAMETER, r"attribute cannot be updated", meanings.ATTRIBUTE_NOT_WRITABLE),
    row(
        INVALID_PARAMETER,
        r"no registered/verified",
        personal(
            Cause.NO_VERIFIED_CONTACT,
            gettext_noop("The user has no verified address to send a code to. Verify one."),
        ),
    ),
    row(INVALID_PARAMETER, r"missing required parameter", meanings.BAD_REQUEST),
    row(INVALID_PARAMETER, r"value at 'session'", meanings.SESSION_OVER, RESPOND),
    row(
        INVALID_PARAMETER,
        r"not set up software token|delivery config",
        stay(
            Cause.MFA_NOT_SET_UP,
            gettext_noop("This way is not set up yet. Please set it up first."),
            gettext_noop("A factor was to be turned on before it was verified."),
        ),
        frozenset({"SetUserMFAPreference"}),
    ),
    row(INVALID_PARAMETER, DEVICE, meanings.DEVICE_UNKNOWN),
    row(
        INVALID_PARAMETER,
        None,
        passkey_refused(gettext_noop("Cognito refused the form of what the browser made.")),
        REGISTER,
    ),
    # A value that was typed, such as a telephone number, and that Cognito names in words of its own.
    row(INVALID_PARAMETER, None, meanings.INVALID_FORM, RESPOND | RECOVERY | ATTRIBUTES),
    row(INVALID_PARAMETER, None, meanings.BAD_REQUEST),
    row(
        "UserLambdaValidationException",
        None,
        personal(Cause.TRIGGER_REFUSED, gettext_noop("A Lambda trigger refused this sign-in.")),
    ),
    row("UnexpectedLambdaException", None, meanings.TRIGGER_BROKEN),
    row("InvalidLambdaResponseException", None, meanings.TRIGGER_BROKEN),
    row("MFAMethodNotFoundException", None, meanings.MFA_NOT_SET_UP),
    row("SoftwareTokenMFANotFoundException", None, meanings.MFA_NOT_SET_UP),
    row("CodeDeliveryFailureException", None, meanings.CODE_DELIVERY),
    row("InvalidSmsRoleAccessPolicyException", None, meanings.CODE_DELIVERY),
    row("InvalidSmsRoleTrustRelationshipException", None, meanings.CODE_DELIVERY),
    row("InvalidEmailRoleAccessPolicyException", None, meanings.CODE_DELIVERY),
    row(
        "InvalidUserPoolConfigurationException",
        None,
        ours(
            Cause.POOL_CONFIGURATION,
            gettext_noop("The pool's configuration is not valid."),
            meanings.NO_CODE_TEXT,
        ),
    ),
    row(
        "AliasExistsException",
        None,
        stay(
            Cause.ALIAS_EXISTS,
            gettext_noop("This address or number is already in use by another account."),
            gettext_noop("Another user holds this alias: a duplicate account."),
        ),
    ),
    row(
        "UnsupportedUserStateException",
        None,
        stay(
            Cause.WRONG_USER_STATE,
            meanings.OPS_ONLY_TEXT,
            gettext_noop("The user's status does not allow this act."),
        ),
    ),
    row(
        "UsernameExistsException",
        None,
        stay(
            Cause.WRONG_USER_STATE,
            meanings.OPS_ONLY_TEXT,
            gettext_noop("A user of this name exists already."),
        ),
    ),
    row("UserPoolAddOnNotEnabledException", None, meanings.NOT_AVAILABLE),
    row("FeatureUnavailableInTierException", None, meanings.NOT_AVAILABLE),
    row("OperationNotEnabledException", None, meanings.NOT_AVAILABLE),
    row("UnknownOperationException", None, meanings.NOT_AVAILABLE),
    row("UserPoolTaggingException", None, meanings.NOT_AVAILABLE),
    row(
        "UnsupportedOperationException",
        None,
        ours(
            Cause.REVOCATION_OFF,
            gettext_noop("Token revocation is off for this app client."),
            meanings.OPS_ONLY_TEXT,
        ),
        REVOKE,
    ),
    row("UnsupportedOperationException", None, meanings.NOT_AVAILABLE),
    row("UnsupportedTokenTypeException", None, meanings.BAD_REQUEST),
    row("UnauthorizedException", None, meanings.REFRESH_OVER),
    row("AccessDeniedException", None, meanings.ACCESS_DENIED),
    row("UnrecognizedClientException", None, meanings.ACCESS_DENIED),
    row("InvalidSignatureException", None, meanings.ACCESS_DENIED),
    row("ExpiredTokenException", None, meanings.ACCESS_DENIED),
    *account_refusals.ROWS,
)


@cache
def _rows_for(code: str) -> tuple[Row, ...]:
    return tuple(each for each in TABLE if each.code == code)


def meaning_of(code: str, message: str, operation: str, challenge: str = "") -> Meaning:
    """Return the first reading that fits; a code nobody knows denies and starts again.

    `challenge` is the one that a refused answer was for.
    """
    fitting = (each.meaning for each in _rows_for(code) if each.matches(message, operation, challenge))
    return next(fitting, meanings.UNEXPECTED)
