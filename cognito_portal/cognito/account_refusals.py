"""Refusals of people's own account: quotas, devices, passkeys. A part of the refusal table."""

from cognito_portal.cognito import meanings
from cognito_portal.cognito.meanings import Cause, Meaning, gettext_noop, ours, passkey_refused
from cognito_portal.cognito.refusal_rows import (
    BY_ACCESS_TOKEN,
    DEVICE,
    OF_A_DEVICE,
    RECOVERY,
    REGISTER,
    Row,
    row,
)

ROWS: tuple[Row, ...] = (
    row("TooManyFailedAttemptsException", None, meanings.WAIT_HERE, RECOVERY | BY_ACCESS_TOKEN),
    row("TooManyFailedAttemptsException", None, meanings.WAIT_AN_HOUR),
    row("LimitExceededException", None, meanings.TOO_MANY_PASSKEYS, REGISTER),
    row("LimitExceededException", None, meanings.WAIT_HERE, RECOVERY | BY_ACCESS_TOKEN),
    row("LimitExceededException", None, meanings.WAIT_AN_HOUR),
    row("ResourceNotFoundException", DEVICE, meanings.DEVICE_UNKNOWN),
    row("ResourceNotFoundException", None, meanings.DEVICE_UNKNOWN, OF_A_DEVICE),
    row(
        "ResourceNotFoundException",
        None,
        passkey_refused(
            gettext_noop("The passkey is not there any more."),
            gettext_noop("This passkey is not there any more."),
        ),
        frozenset({"DeleteWebAuthnCredential"}),
    ),
    row(
        "ResourceNotFoundException",
        None,
        ours(
            Cause.NO_SUCH_CLIENT,
            gettext_noop("Pool or app client does not exist. Check region, pool id and client id."),
        ),
    ),
    row("WebAuthnNotEnabledException", None, meanings.NOT_AVAILABLE),
    row(
        "WebAuthnConfigurationMissingException",
        None,
        ours(
            Cause.POOL_CONFIGURATION,
            gettext_noop("The pool names no relying party for passkeys. Set its WebAuthnConfiguration."),
            meanings.OPS_ONLY_TEXT,
        ),
    ),
    row(
        "WebAuthnChallengeNotFoundException",
        None,
        passkey_refused(
            gettext_noop("The registration was not begun, or ran out."),
            gettext_noop("This took too long. Please add the passkey again."),
        ),
    ),
    row(
        "WebAuthnRelyingPartyMismatchException",
        None,
        passkey_refused(gettext_noop("The passkey belongs to another relying party than the pool's.")),
    ),
    row(
        "WebAuthnClientMismatchException",
        None,
        passkey_refused(gettext_noop("The registration was begun by another app client.")),
    ),
    row(
        "WebAuthnOriginNotAllowedException",
        None,
        passkey_refused(gettext_noop("The portal's address does not lie under the pool's relying party.")),
    ),
    row(
        "WebAuthnCredentialNotSupportedException",
        None,
        passkey_refused(
            gettext_noop("Cognito does not support this kind of authenticator."),
            gettext_noop("This kind of passkey cannot be used here. Please try another one."),
        ),
    ),
    row("DeviceKeyExistsException", None, meanings.BAD_REQUEST),
    row(
        "ConcurrentModificationException",
        None,
        Meaning(
            cause=Cause.SERVICE,
            user=meanings.BUSY_TEXT,
            ops=gettext_noop("Two requests changed one authenticator app at once."),
            restart=False,
            our_fault=True,
        ),
    ),
)
