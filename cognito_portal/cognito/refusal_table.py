"""Which of Cognito's refusals means what.

One table, read from the top: the code decides, the message only refines. Messages are hints that AWS may
reword, so each code also has a row without a pattern that is safe by itself.
"""

import re
from dataclasses import dataclass
from functools import cache

from cognito_portal.cognito import meanings
from cognito_portal.cognito.meanings import Cause, Meaning, gettext_noop, ours, personal, stay

RESPOND = frozenset({"RespondToAuthChallenge", "AssociateSoftwareToken", "VerifySoftwareToken"})
REVOKE = frozenset({"RevokeToken"})
SIGNED = frozenset({"DescribeUserPool", "DescribeUserPoolClient"})


@dataclass(frozen=True, slots=True)
class _Row:
    code: str
    message: re.Pattern[str] | None
    meaning: Meaning
    operations: frozenset[str] | None = None

    def matches(self, message: str, operation: str) -> bool:
        if self.operations is not None and operation not in self.operations:
            return False
        return self.message is None or self.message.search(message) is not None


def _row(code: str, message: str | None, meaning: Meaning, only: frozenset[str] | None = None) -> _Row:
    return _Row(code, re.compile(message, re.IGNORECASE) if message else None, meaning, only)


_NOT_AUTHORIZED = "NotAuthorizedException"
_INVALID_PARAMETER = "InvalidParameterException"

TABLE: tuple[_Row, ...] = (
    _row(_NOT_AUTHORIZED, None, meanings.ACCESS_DENIED, SIGNED),
    _row(_NOT_AUTHORIZED, r"^incorrect username or password", meanings.BAD_CREDENTIALS),
    _row(_NOT_AUTHORIZED, r"^password attempts exceeded", meanings.LOCKED),
    _row(
        _NOT_AUTHORIZED,
        r"expired.*administrator",
        personal(
            Cause.TEMPORARY_PASSWORD_EXPIRED,
            gettext_noop("The temporary password has expired. Resend the invitation or set a new one."),
        ),
    ),
    _row(
        _NOT_AUTHORIZED,
        r"^user is disabled",
        personal(Cause.DISABLED, gettext_noop("The user is disabled. Enable it to let this person in.")),
    ),
    _row(_NOT_AUTHORIZED, r"^invalid session", meanings.SESSION_OVER),
    _row(
        _NOT_AUTHORIZED,
        r"cannot modify an already provided|unauthorized attribute",
        meanings.ATTRIBUTE_NOT_WRITABLE,
    ),
    _row(
        _NOT_AUTHORIZED,
        r"secret[ _]?hash|configured (with|for) secret|client secret",
        meanings.SECRET_HASH,
    ),
    _row(_NOT_AUTHORIZED, r"cannot be reset in the current state", meanings.NOT_RESETTABLE),
    _row(_NOT_AUTHORIZED, r"access token", meanings.TOKEN_OVER),
    _row(_NOT_AUTHORIZED, r"refresh token", meanings.REFRESH_OVER),
    _row(_NOT_AUTHORIZED, None, meanings.SESSION_OVER, RESPOND),
    _row(_NOT_AUTHORIZED, None, meanings.REFRESH_OVER, REVOKE),
    _row(_NOT_AUTHORIZED, None, meanings.BAD_CREDENTIALS),
    _row("RefreshTokenReuseException", None, meanings.REFRESH_OVER),
    _row(
        "UserNotFoundException",
        None,
        personal(
            Cause.UNKNOWN_USER,
            gettext_noop("No such user. Turn on PreventUserExistenceErrors for this app client."),
        ),
    ),
    _row(
        "UserNotConfirmedException",
        None,
        personal(Cause.UNCONFIRMED, gettext_noop("The user has not been confirmed. Confirm the sign-up.")),
    ),
    _row(
        "PasswordResetRequiredException",
        None,
        personal(
            Cause.RESET_REQUIRED,
            gettext_noop("An administrator asked for a reset. The person needs the code that was sent."),
        ),
    ),
    _row(
        "InvalidPasswordException",
        None,
        stay(
            Cause.PASSWORD_POLICY,
            gettext_noop("This password does not meet the rules. Please choose another."),
            gettext_noop("The new password breaks the pool's policy."),
        ),
    ),
    _row(
        "PasswordHistoryPolicyViolationException",
        None,
        stay(
            Cause.PASSWORD_HISTORY,
            gettext_noop("You have used this password before. Please choose another."),
            gettext_noop("The new password stands in the user's password history."),
        ),
    ),
    _row(
        "CodeMismatchException",
        None,
        stay(
            Cause.CODE_MISMATCH,
            gettext_noop("This code is not right. Please try again."),
            gettext_noop("Wrong code. Many in a row: guessing."),
        ),
    ),
    _row(
        "ExpiredCodeException",
        r"already been used",
        stay(
            Cause.CODE_REUSED,
            gettext_noop("This code was already used. Please wait for the next one."),
            gettext_noop("A code was sent twice within its half minute."),
        ),
    ),
    _row(
        "ExpiredCodeException",
        None,
        stay(
            Cause.CODE_EXPIRED,
            gettext_noop("This code has expired. Please ask for a new one."),
            gettext_noop("The code came too late."),
        ),
    ),
    _row(
        "EnableSoftwareTokenMFAException",
        None,
        stay(
            Cause.CODE_MISMATCH,
            gettext_noop("This code was not accepted. Please check the clock of your phone and try again."),
            gettext_noop("The first code of an authenticator app was wrong."),
        ),
    ),
    _row("TooManyFailedAttemptsException", None, meanings.WAIT_AN_HOUR),
    _row("LimitExceededException", None, meanings.WAIT_AN_HOUR),
    _row("TooManyRequestsException", None, meanings.THROTTLED),
    _row("ThrottlingException", None, meanings.THROTTLED),
    _row("InternalErrorException", None, meanings.SERVICE),
    _row("InternalServerException", None, meanings.SERVICE),
    _row(
        "ForbiddenException",
        None,
        ours(
            Cause.WAF,
            gettext_noop("A WAF rule blocked the call. Check whether this server's address is rate limited."),
            gettext_noop("The request was blocked. Please contact the help desk."),
        ),
    ),
    _row(
        _INVALID_PARAMETER,
        r"flow not enabled|auth method not supported",
        ours(
            Cause.FLOW_NOT_ENABLED,
            gettext_noop("The app client does not allow this flow. Check its ExplicitAuthFlows."),
        ),
    ),
    _row(
        _INVALID_PARAMETER,
        r"^invalid attributes given",
        stay(
            Cause.ATTRIBUTE_MISSING,
            gettext_noop("Something is still missing. Please fill in every field."),
            gettext_noop("A required attribute has no value. Set it when creating users."),
        ),
    ),
    _row(_INVALID_PARAMETER, r"attribute cannot be updated", meanings.ATTRIBUTE_NOT_WRITABLE),
    _row(
        _INVALID_PARAMETER,
        r"no registered/verified",
        personal(
            Cause.NO_VERIFIED_CONTACT,
            gettext_noop("The user has no verified address to send a code to. Verify one."),
        ),
    ),
    _row(_INVALID_PARAMETER, r"missing required parameter", meanings.BAD_REQUEST),
    _row(_INVALID_PARAMETER, r"value at 'session'", meanings.SESSION_OVER, RESPOND),
    # A value that was typed, such as a telephone number, and that Cognito names in words of its own.
    _row(
        _INVALID_PARAMETER,
        None,
        stay(
            Cause.INVALID_INPUT,
            gettext_noop("Something in this form was not accepted. Please check each field."),
            gettext_noop("Cognito refused the form of a value. The attempt goes on."),
        ),
        RESPOND,
    ),
    _row(_INVALID_PARAMETER, None, meanings.BAD_REQUEST),
    _row(
        "ResourceNotFoundException",
        None,
        ours(
            Cause.NO_SUCH_CLIENT,
            gettext_noop("Pool or app client does not exist. Check region, pool id and client id."),
        ),
    ),
    _row(
        "UserLambdaValidationException",
        None,
        personal(Cause.TRIGGER_REFUSED, gettext_noop("A Lambda trigger refused this sign-in.")),
    ),
    _row("UnexpectedLambdaException", None, meanings.TRIGGER_BROKEN),
    _row("InvalidLambdaResponseException", None, meanings.TRIGGER_BROKEN),
    _row("MFAMethodNotFoundException", None, meanings.MFA_NOT_SET_UP),
    _row("SoftwareTokenMFANotFoundException", None, meanings.MFA_NOT_SET_UP),
    _row("CodeDeliveryFailureException", None, meanings.CODE_DELIVERY),
    _row("InvalidSmsRoleAccessPolicyException", None, meanings.CODE_DELIVERY),
    _row("InvalidSmsRoleTrustRelationshipException", None, meanings.CODE_DELIVERY),
    _row("InvalidEmailRoleAccessPolicyException", None, meanings.CODE_DELIVERY),
    _row(
        "InvalidUserPoolConfigurationException",
        None,
        ours(
            Cause.POOL_CONFIGURATION,
            gettext_noop("The pool's configuration is not valid."),
            meanings.NO_CODE_TEXT,
        ),
    ),
    _row(
        "AliasExistsException",
        None,
        stay(
            Cause.ALIAS_EXISTS,
            gettext_noop("This address or number is already in use by another account."),
            gettext_noop("Another user holds this alias: a duplicate account."),
        ),
    ),
    _row(
        "UnsupportedUserStateException",
        None,
        ours(
            Cause.WRONG_USER_STATE,
            gettext_noop("The user's status does not allow this act."),
            meanings.OPS_ONLY_TEXT,
        ),
    ),
    _row(
        "UsernameExistsException",
        None,
        ours(
            Cause.WRONG_USER_STATE,
            gettext_noop("A user of this name exists already."),
            meanings.OPS_ONLY_TEXT,
        ),
    ),
    _row("UserPoolAddOnNotEnabledException", None, meanings.NOT_AVAILABLE),
    _row("FeatureUnavailableInTierException", None, meanings.NOT_AVAILABLE),
    _row("OperationNotEnabledException", None, meanings.NOT_AVAILABLE),
    _row("UserPoolTaggingException", None, meanings.NOT_AVAILABLE),
    _row(
        "UnsupportedOperationException",
        None,
        ours(
            Cause.REVOCATION_OFF,
            gettext_noop("Token revocation is off for this app client."),
            meanings.OPS_ONLY_TEXT,
        ),
        REVOKE,
    ),
    _row("UnsupportedOperationException", None, meanings.NOT_AVAILABLE),
    _row("UnsupportedTokenTypeException", None, meanings.BAD_REQUEST),
    _row("UnauthorizedException", None, meanings.REFRESH_OVER),
    _row("AccessDeniedException", None, meanings.ACCESS_DENIED),
    _row("UnrecognizedClientException", None, meanings.ACCESS_DENIED),
    _row("InvalidSignatureException", None, meanings.ACCESS_DENIED),
    _row("ExpiredTokenException", None, meanings.ACCESS_DENIED),
)


@cache
def _rows_for(code: str) -> tuple[_Row, ...]:
    return tuple(row for row in TABLE if row.code == code)


def meaning_of(code: str, message: str, operation: str) -> Meaning:
    """Return the first reading that fits; a code nobody knows denies and starts again."""
    return next(
        (row.meaning for row in _rows_for(code) if row.matches(message, operation)), meanings.UNEXPECTED
    )
