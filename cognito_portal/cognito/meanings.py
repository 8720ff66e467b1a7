"""What can go wrong, in words: the causes, what people read and what ops read, and the way on."""

from dataclasses import dataclass
from enum import StrEnum


def gettext_noop(message: str) -> str:
    """Mark a msgid for makemessages; this room knows no Django, its callers translate."""
    return message


class Cause(StrEnum):
    """Why there was no sign-in: the closed list that audit rows and ops pages use."""

    BAD_CREDENTIALS = "bad_credentials"
    LOCKED = "locked_temporarily"
    TEMPORARY_PASSWORD_EXPIRED = "temporary_password_expired"
    DISABLED = "disabled"
    UNKNOWN_USER = "unknown_user"
    UNCONFIRMED = "unconfirmed"
    RESET_REQUIRED = "reset_required"
    SESSION_OVER = "session_over"
    SECRET_HASH = "secret_hash"
    PASSWORD_POLICY = "password_policy"
    PASSWORD_HISTORY = "password_history"
    ATTRIBUTE_MISSING = "attribute_missing"
    ATTRIBUTE_NOT_WRITABLE = "attribute_not_writable"
    CODE_MISMATCH = "code_mismatch"
    CODE_EXPIRED = "code_expired"
    CODE_REUSED = "code_reused"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    THROTTLED = "throttled"
    SERVICE = "service"
    WAF = "waf"
    FLOW_NOT_ENABLED = "flow_not_enabled"
    BAD_REQUEST = "bad_request"
    INVALID_INPUT = "invalid_input"
    NO_SUCH_CLIENT = "no_such_client"
    TRIGGER_REFUSED = "trigger_refused"
    TRIGGER_BROKEN = "trigger_broken"
    MFA_NOT_SET_UP = "mfa_not_set_up"
    CODE_DELIVERY = "code_delivery"
    POOL_CONFIGURATION = "pool_configuration"
    ALIAS_EXISTS = "alias_exists"
    NOT_RESETTABLE = "not_resettable"
    NO_VERIFIED_CONTACT = "no_verified_contact"
    TOKEN_OVER = "token_over"
    TOKEN_REFUSED = "token_refused"
    REFRESH_OVER = "refresh_over"
    REVOCATION_OFF = "revocation_off"
    WRONG_USER_STATE = "wrong_user_state"
    DEVICE_UNKNOWN = "device_unknown"
    PASSKEY_REFUSED = "passkey_refused"
    TOO_MANY_PASSKEYS = "too_many_passkeys"
    NOT_AVAILABLE = "not_available"
    ACCESS_DENIED = "access_denied"
    NO_CREDENTIALS = "no_credentials"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One reading of a refusal.

    `user` and `ops` are msgids. `retry`: the same call may be sent again later by itself. `restart`: the
    attempt is over, back to username and password. `uniform`: must look like every other refusal at
    sign-in. `our_fault`: configuration or service, so it counts as no bad password.
    """

    cause: Cause
    user: str
    ops: str
    retry: bool = False
    restart: bool = True
    uniform: bool = False
    our_fault: bool = False


NOT_SIGNED_IN_TEXT = gettext_noop("We could not sign you in with this username and password.")
STEP_OVER_TEXT = gettext_noop("This step timed out or was already used. Please sign in again.")
UNAVAILABLE_TEXT = gettext_noop("Sign-in is not available at the moment. Please contact the help desk.")
SERVICE_TEXT = gettext_noop("The sign-in service has a problem. Please try again in a moment.")
BUSY_TEXT = gettext_noop("The sign-in service is busy. Please try again in a moment.")
WAIT_TEXT = gettext_noop("There were too many tries. Please wait a while, then try again.")
OUR_SIDE_TEXT = gettext_noop("Something is wrong on our side. Please contact the help desk.")
NO_CODE_TEXT = gettext_noop("We could not send you a code. Please contact the help desk.")
UNEXPECTED_TEXT = gettext_noop("There was an unexpected problem. Please sign in again.")
OPS_ONLY_TEXT = gettext_noop("This cannot be done at the moment.")
SESSION_ENDED_TEXT = gettext_noop("Your session has ended. Please sign in again.")

PASSKEY_TEXT = gettext_noop("This passkey was not accepted. Please try again.")


def personal(cause: Cause, ops: str) -> Meaning:
    """A refusal about this person: from outside they all look alike."""
    return Meaning(cause=cause, user=NOT_SIGNED_IN_TEXT, ops=ops, uniform=True)


def ours(cause: Cause, ops: str, user: str = UNAVAILABLE_TEXT) -> Meaning:
    """A fault of configuration or service."""
    return Meaning(cause=cause, user=user, ops=ops, our_fault=True)


def stay(cause: Cause, user: str, ops: str) -> Meaning:
    """A refusal that leaves the challenge open."""
    return Meaning(cause=cause, user=user, ops=ops, restart=False)


UNEXPECTED = ours(
    Cause.UNEXPECTED,
    gettext_noop("Cognito answered with an error this portal does not know. See its code and request id."),
    UNEXPECTED_TEXT,
)
SERVICE = Meaning(
    cause=Cause.SERVICE,
    user=SERVICE_TEXT,
    ops=gettext_noop("Cognito failed or gave no usable answer. Check AWS's status and the request id."),
    our_fault=True,
)
NOT_SENT = Meaning(
    cause=Cause.SERVICE,
    user=SERVICE_TEXT,
    ops=gettext_noop("Cognito could not be reached; nothing was sent. Check network, DNS, proxy and TLS."),
    retry=True,
    restart=False,
    our_fault=True,
)
NO_CREDENTIALS = ours(
    Cause.NO_CREDENTIALS,
    gettext_noop("The portal has no AWS credentials, so the pool's rules cannot be read."),
    OPS_ONLY_TEXT,
)
INVALID_INPUT = Meaning(
    cause=Cause.INVALID_INPUT,
    user=gettext_noop("This cannot be right. Please check what you typed."),
    ops=gettext_noop("The input lies outside Cognito's limits; no call was made."),
    restart=False,
)
TOKEN_REFUSED = ours(
    Cause.TOKEN_REFUSED,
    gettext_noop("The tokens did not pass verification. Check issuer, JWKS address and app client id."),
)

SESSION_OVER = Meaning(
    cause=Cause.SESSION_OVER,
    user=STEP_OVER_TEXT,
    ops=gettext_noop("Challenge session over, or a double submit. Consider a longer AuthSessionValidity."),
)
BAD_CREDENTIALS = personal(
    Cause.BAD_CREDENTIALS,
    gettext_noop("Wrong password or unknown user. Many in a row: an attack, or a temporary lock."),
)
LOCKED = personal(Cause.LOCKED, gettext_noop("Locked by Cognito after failed tries, up to 15 minutes."))
ATTRIBUTE_NOT_WRITABLE = Meaning(
    cause=Cause.ATTRIBUTE_NOT_WRITABLE,
    user=OUR_SIDE_TEXT,
    ops=gettext_noop("An attribute may not be written. Check the client's WriteAttributes and the schema."),
    restart=False,
    our_fault=True,
)
SECRET_HASH = ours(
    Cause.SECRET_HASH, gettext_noop("The client secret is missing, wrong or not wanted. Check the settings.")
)
NOT_RESETTABLE = personal(
    Cause.NOT_RESETTABLE,
    gettext_noop("A user with a temporary password cannot reset it. Resend the invitation."),
)
TOKEN_OVER = Meaning(
    cause=Cause.TOKEN_OVER,
    user=SESSION_ENDED_TEXT,
    ops=gettext_noop("The access token is expired, revoked or lacks a scope. Normal after sign-out."),
)
REFRESH_OVER = Meaning(
    cause=Cause.REFRESH_OVER,
    user=SESSION_ENDED_TEXT,
    ops=gettext_noop("The refresh token is over. Reuse of a rotated one is a race, or theft."),
)
ACCESS_DENIED = ours(
    Cause.ACCESS_DENIED,
    gettext_noop("AWS refused the portal's own credentials. Check its IAM policy, its keys and the clock."),
    OPS_ONLY_TEXT,
)
THROTTLED = Meaning(
    cause=Cause.THROTTLED,
    user=BUSY_TEXT,
    ops=gettext_noop("Cognito throttles this account and region. Check the request rate quotas."),
    retry=True,
    restart=False,
    our_fault=True,
)
WAIT_AN_HOUR = Meaning(
    cause=Cause.TOO_MANY_ATTEMPTS,
    user=WAIT_TEXT,
    ops=gettext_noop("Cognito's quota for this user is used up, for about an hour. Do not repeat it."),
)
WAIT_HERE = stay(
    Cause.TOO_MANY_ATTEMPTS,
    WAIT_TEXT,
    gettext_noop("Cognito's quota of this person for this act is used up. Do not repeat it."),
)
CODE_DELIVERY = ours(
    Cause.CODE_DELIVERY,
    gettext_noop("Cognito could not send a code. Check SES and SNS: role, sandbox, quota."),
    NO_CODE_TEXT,
)
TRIGGER_BROKEN = ours(
    Cause.TRIGGER_BROKEN, gettext_noop("A Lambda trigger failed. See its log."), SERVICE_TEXT
)
MFA_NOT_SET_UP = ours(
    Cause.MFA_NOT_SET_UP,
    gettext_noop("The user's second factor is missing or off for this pool."),
    gettext_noop("Your second sign-in step is not set up. Please contact the help desk."),
)
NOT_AVAILABLE = ours(
    Cause.NOT_AVAILABLE,
    gettext_noop("This pool's tier or settings do not offer this operation."),
    OPS_ONLY_TEXT,
)
BAD_REQUEST = ours(
    Cause.BAD_REQUEST, gettext_noop("Cognito did not accept the form of the request: a fault of the portal.")
)
INVALID_FORM = stay(
    Cause.INVALID_INPUT,
    gettext_noop("Something in this form was not accepted. Please check each field."),
    gettext_noop("Cognito refused the form of a value. The attempt goes on."),
)
DEVICE_UNKNOWN = Meaning(
    cause=Cause.DEVICE_UNKNOWN,
    user=gettext_noop("This browser is not remembered any more. Please sign in again."),
    ops=gettext_noop("Cognito does not know the device: forgotten, or device tracking was turned off."),
)
TOO_MANY_PASSKEYS = stay(
    Cause.TOO_MANY_PASSKEYS,
    gettext_noop("You have as many passkeys as are allowed. Remove one first."),
    gettext_noop("The user holds as many passkeys as Cognito keeps."),
)


def passkey_refused(ops: str, user: str = PASSKEY_TEXT) -> Meaning:
    """A refusal of one passkey, which another try or another passkey may mend."""
    return stay(Cause.PASSKEY_REFUSED, user, ops)
