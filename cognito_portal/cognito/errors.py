"""Everything that can be raised in this room.

`CognitoRefused`: Cognito said no. `CognitoUnavailable`: there is no usable answer. Neither str() nor repr()
ever shows Cognito's message, which may repeat what a person typed: only class, code and request id.
"""

import re
from typing import ClassVar

from cognito_portal.cognito import meanings
from cognito_portal.cognito.meanings import Cause, Meaning
from cognito_portal.cognito.refusal_table import meaning_of

__all__ = ["Cause", "Meaning", "meaning_of"]

_NAMED_ATTRIBUTE = (
    re.compile(r"^Invalid attributes given, ([\w:]{1,64}) is missing"),
    re.compile(r"^Cannot modify an already provided ([\w:]{1,64})"),
    re.compile(r"^user\.([\w:]{1,64}): Attribute cannot be updated"),
)


class CognitoError(Exception):
    """The base of this room's errors. `meaning` says what to tell whom, and whether to start again."""

    operation: str = ""
    request_id: str | None = None

    @property
    def code(self) -> str:
        """What an audit row records as the error: AWS's code, or this room's word where there is none."""
        return type(self).__name__

    @property
    def meaning(self) -> Meaning:
        return meanings.UNEXPECTED

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.operation} code={self.code} request_id={self.request_id}"


class CognitoUnavailable(CognitoError):
    """No usable answer came.

    `kind` is one of: not_sent, tls (nothing of the request left), unknown (it may have been carried out),
    server_error (Cognito failed), garbage (the answer makes no sense). `sent` is True unless it is certain
    that no byte of the request went out.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset({"not_sent", "tls", "unknown", "server_error", "garbage"})

    def __init__(self, kind: str, *, operation: str, request_id: str | None = None) -> None:
        if kind not in self.KINDS:
            raise ValueError(f"Unknown kind: {kind}")
        super().__init__(kind, operation, request_id)
        self.kind = kind
        self.operation = operation
        self.request_id = request_id

    @property
    def code(self) -> str:
        return self.kind

    @property
    def sent(self) -> bool:
        return self.kind not in ("not_sent", "tls")

    @property
    def meaning(self) -> Meaning:
        return meanings.SERVICE if self.sent else meanings.NOT_SENT


class NoCredentials(CognitoError):
    """botocore's credential chain holds nothing to sign with."""

    def __init__(self, *, operation: str) -> None:
        super().__init__(operation)
        self.operation = operation

    @property
    def meaning(self) -> Meaning:
        return meanings.NO_CREDENTIALS


class InvalidInput(CognitoError):
    """A value lies outside Cognito's hard limits; no call was made. `field` is AWS's name of the field."""

    def __init__(self, *, operation: str, field: str) -> None:
        super().__init__(operation, field)
        self.operation = operation
        self.field = field

    @property
    def meaning(self) -> Meaning:
        return meanings.INVALID_INPUT


class TokenRefused(CognitoError):
    """The tokens in an answer did not pass verification. `reason` is a fixed word, never a claim."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def code(self) -> str:
        return f"token_{self.reason}"

    @property
    def meaning(self) -> Meaning:
        return meanings.TOKEN_REFUSED


class CognitoRefused(CognitoError):
    """Cognito answered with an error. Subclasses stand for AWS's codes; an unknown code gets this class.

    `challenge` is the one whose answer was refused, set by the operations that answer one.
    """

    challenge: str = ""

    def __init__(
        self, code: str, message: str, *, status: int, operation: str, request_id: str | None = None
    ) -> None:
        super().__init__(code, operation, request_id)
        self._code = code
        self.message = message
        self.status = status
        self.operation = operation
        self.request_id = request_id

    @property
    def code(self) -> str:
        return self._code

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self._code, self.message, self.operation, self.challenge)

    @property
    def attribute(self) -> str | None:
        """The user attribute that the message names, where it does: the field to point at."""
        found = (pattern.search(self.message) for pattern in _NAMED_ATTRIBUTE)
        return next((match[1] for match in found if match), None)


class NotAuthorizedError(CognitoRefused):
    """Wrong password, lock, disabled, dead session or token, wrong secret: see `meaning`."""


class RefreshTokenReuseError(CognitoRefused):
    """A rotated refresh token came back after its grace period."""


class UserNotFoundError(CognitoRefused):
    """No such user; told only where PreventUserExistenceErrors is LEGACY."""


class UserNotConfirmedError(CognitoRefused):
    """The sign-up was never confirmed. Raised before the password is checked."""


class PasswordResetRequiredError(CognitoRefused):
    """The user's status is RESET_REQUIRED."""


class InvalidPasswordError(CognitoRefused):
    """The new password breaks the policy; `password_policy.rule_from_message` tells which rule."""


class PasswordHistoryPolicyViolationError(CognitoRefused):
    """The new password was used before."""


class CodeMismatchError(CognitoRefused):
    """Wrong code."""


class ExpiredCodeError(CognitoRefused):
    """The code is too old, or was used already."""


class EnableSoftwareTokenMFAError(CognitoRefused):
    """The first code of an authenticator app was wrong."""


class TooManyFailedAttemptsError(CognitoRefused):
    """Too many wrong codes for this user."""


class LimitExceededError(CognitoRefused):
    """A per-user quota is used up; never repeated by itself."""


class TooManyRequestsError(CognitoRefused):
    """A request rate quota is used up."""


class ThrottlingError(CognitoRefused):
    """AWS's general throttle."""


class ForbiddenError(CognitoRefused):
    """AWS WAF blocked the call."""


class InvalidParameterError(CognitoRefused):
    """The request is malformed, an attribute is missing, or a flow is off."""


class ResourceNotFoundError(CognitoRefused):
    """No such pool or app client."""


class UserLambdaValidationError(CognitoRefused):
    """A Lambda trigger refused."""


class UnexpectedLambdaError(CognitoRefused):
    """A Lambda trigger failed."""


class InvalidLambdaResponseError(CognitoRefused):
    """A Lambda trigger answered nonsense."""


class MFAMethodNotFoundError(CognitoRefused):
    """Cognito finds no second factor to use."""


class SoftwareTokenMFANotFoundError(CognitoRefused):
    """Authenticator apps are off for this pool or user."""


class CodeDeliveryFailureError(CognitoRefused):
    """A code could not be sent."""


class InvalidSmsRoleAccessPolicyError(CognitoRefused):
    """The pool's SMS role may not publish."""


class InvalidSmsRoleTrustRelationshipError(CognitoRefused):
    """The pool's SMS role does not trust Cognito."""


class InvalidEmailRoleAccessPolicyError(CognitoRefused):
    """Cognito may not send mail for this pool."""


class InvalidUserPoolConfigurationError(CognitoRefused):
    """The pool's configuration is not valid."""


class AliasExistsError(CognitoRefused):
    """Another user has this e-mail address or phone number."""


class UnsupportedUserStateError(CognitoRefused):
    """The user's status does not allow this act."""


class UsernameExistsError(CognitoRefused):
    """The name is taken."""


class UserPoolAddOnNotEnabledError(CognitoRefused):
    """The pool lacks threat protection."""


class FeatureUnavailableInTierError(CognitoRefused):
    """The pool's tier lacks the feature."""


class OperationNotEnabledError(CognitoRefused):
    """The pool does not offer this operation."""


class UnknownOperationError(CognitoRefused):
    """The endpoint does not know the operation at all."""


class ConcurrentModificationError(CognitoRefused):
    """Two requests changed the same authenticator app at once."""


class DeviceKeyExistsError(CognitoRefused):
    """The device was confirmed before."""


class WebAuthnNotEnabledError(CognitoRefused):
    """Passkeys are off for this pool."""


class WebAuthnConfigurationMissingError(CognitoRefused):
    """The pool names no relying party for passkeys."""


class WebAuthnChallengeNotFoundError(CognitoRefused):
    """The registration was not begun, or too long ago."""


class WebAuthnRelyingPartyMismatchError(CognitoRefused):
    """The passkey was made for another site."""


class WebAuthnClientMismatchError(CognitoRefused):
    """The registration was begun by another app client."""


class WebAuthnOriginNotAllowedError(CognitoRefused):
    """The page's address does not belong to the pool's relying party."""


class WebAuthnCredentialNotSupportedError(CognitoRefused):
    """Cognito cannot use this kind of passkey."""


class UserPoolTaggingError(CognitoRefused):
    """A tag of the pool cannot be read or set."""


class UnsupportedOperationError(CognitoRefused):
    """Token revocation is off for this app client."""


class UnsupportedTokenTypeError(CognitoRefused):
    """Only refresh tokens can be revoked."""


class UnauthorizedError(CognitoRefused):
    """The token may not be revoked by this client."""


class AccessDeniedError(CognitoRefused):
    """IAM refused the portal's own credentials."""


class UnrecognizedClientError(CognitoRefused):
    """AWS does not know the portal's access key."""


class InvalidSignatureError(CognitoRefused):
    """The signature is wrong: secret key, or clock."""


class ExpiredTokenError(CognitoRefused):
    """The portal's temporary AWS credentials have expired."""


ERRORS: dict[str, type[CognitoRefused]] = {
    subclass.__name__.removesuffix("Error") + "Exception": subclass
    for subclass in CognitoRefused.__subclasses__()
}

# Codes that say that Cognito itself failed, under whatever HTTP status.
SERVER_FAULTS = frozenset(
    {
        "InternalErrorException",
        "InternalServerException",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)


def error_for(
    code: str, message: str, *, status: int, operation: str, request_id: str | None
) -> CognitoRefused | CognitoUnavailable:
    """Return the error for a non-2xx answer. A known code decides; the status only where there is none."""
    if code in SERVER_FAULTS or (status >= 500 and code not in ERRORS):
        return CognitoUnavailable("server_error", operation=operation, request_id=request_id)
    refused = ERRORS.get(code, CognitoRefused)
    return refused(code, message, status=status, operation=operation, request_id=request_id)
