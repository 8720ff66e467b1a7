"""How each outcome reads on a page: a label, and the tone of its badge."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.events import Outcome

Tone = Literal["good", "bad", "warn", "plain"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How an outcome reads: a label, and the tone of its badge."""

    label: str | Promise
    tone: Tone


_SERVICE_LABEL = _("Fault at Cognito")

OUTCOMES: Mapping[Outcome, Reading] = MappingProxyType(
    {
        Outcome.NONE: Reading(_("Begun"), "plain"),
        Outcome.SUCCESS: Reading(_("Success"), "good"),
        Outcome.CHALLENGE: Reading(_("Next step asked"), "good"),
        Outcome.ASKED_AGAIN: Reading(_("Asked once more"), "warn"),
        Outcome.RECORDED: Reading(_("Recorded"), "plain"),
        Outcome.BAD_CREDENTIALS: Reading(_("Wrong username or password"), "bad"),
        Outcome.LOCKED: Reading(_("Locked by Cognito for a while"), "bad"),
        Outcome.TEMPORARY_PASSWORD_EXPIRED: Reading(_("Temporary password expired"), "bad"),
        Outcome.DISABLED: Reading(_("User disabled"), "bad"),
        Outcome.UNKNOWN_USER: Reading(_("No such user"), "bad"),
        Outcome.UNCONFIRMED: Reading(_("User not confirmed"), "bad"),
        Outcome.RESET_REQUIRED: Reading(_("Password reset required"), "bad"),
        Outcome.SESSION_OVER: Reading(_("Step timed out or was used already"), "warn"),
        Outcome.SECRET_HASH: Reading(_("Client secret not accepted"), "bad"),
        Outcome.PASSWORD_POLICY: Reading(_("New password breaks a rule"), "warn"),
        Outcome.PASSWORD_HISTORY: Reading(_("New password was used before"), "warn"),
        Outcome.ATTRIBUTE_MISSING: Reading(_("Attribute missing"), "warn"),
        Outcome.ATTRIBUTE_NOT_WRITABLE: Reading(_("Attribute may not be written"), "bad"),
        Outcome.CODE_MISMATCH: Reading(_("Wrong code"), "bad"),
        Outcome.CODE_EXPIRED: Reading(_("Code expired"), "warn"),
        Outcome.CODE_REUSED: Reading(_("Code used already"), "bad"),
        Outcome.TOO_MANY_ATTEMPTS: Reading(_("Quota of Cognito reached"), "bad"),
        Outcome.THROTTLED: Reading(_("Throttled by Cognito"), "warn"),
        Outcome.SERVICE: Reading(_SERVICE_LABEL, "warn"),
        Outcome.WAF: Reading(_("Blocked by the web firewall"), "bad"),
        Outcome.FLOW_NOT_ENABLED: Reading(_("Sign-in flow not enabled"), "bad"),
        Outcome.BAD_REQUEST: Reading(_("Request not understood by Cognito"), "bad"),
        Outcome.INVALID_INPUT: Reading(_("Outside Cognito's limits"), "warn"),
        Outcome.NO_SUCH_CLIENT: Reading(_("No such app client"), "bad"),
        Outcome.TRIGGER_REFUSED: Reading(_("Refused by a trigger"), "bad"),
        Outcome.TRIGGER_BROKEN: Reading(_("Trigger failed"), "bad"),
        Outcome.MFA_NOT_SET_UP: Reading(_("Second factor not set up"), "bad"),
        Outcome.CODE_DELIVERY: Reading(_("Code could not be delivered"), "bad"),
        Outcome.POOL_CONFIGURATION: Reading(_("Pool configuration not valid"), "bad"),
        Outcome.ALIAS_EXISTS: Reading(_("Address belongs to another user"), "bad"),
        Outcome.NOT_RESETTABLE: Reading(_("Password cannot be reset now"), "bad"),
        Outcome.NO_VERIFIED_CONTACT: Reading(_("No verified contact"), "bad"),
        Outcome.TOKEN_OVER: Reading(_("Token expired or revoked"), "warn"),
        Outcome.TOKEN_REFUSED: Reading(_("Token not accepted"), "bad"),
        Outcome.REFRESH_OVER: Reading(_("Refresh token expired or revoked"), "warn"),
        Outcome.REVOCATION_OFF: Reading(_("Token revocation is off"), "warn"),
        Outcome.WRONG_USER_STATE: Reading(_("User is in another state"), "bad"),
        Outcome.DEVICE_UNKNOWN: Reading(_("Device not known to Cognito"), "warn"),
        Outcome.PASSKEY_REFUSED: Reading(_("Passkey not accepted"), "warn"),
        Outcome.TOO_MANY_PASSKEYS: Reading(_("Too many passkeys"), "warn"),
        Outcome.NOT_AVAILABLE: Reading(_("Not available on this pool"), "bad"),
        Outcome.ACCESS_DENIED: Reading(_("AWS rights missing"), "bad"),
        Outcome.NO_CREDENTIALS: Reading(_("No AWS credentials"), "warn"),
        Outcome.UNEXPECTED: Reading(_("Unknown refusal"), "bad"),
        Outcome.NOT_SENT: Reading(_("Cognito not reached"), "warn"),
        Outcome.UNKNOWN: Reading(_("No answer in time"), "warn"),
        Outcome.SERVER_ERROR: Reading(_SERVICE_LABEL, "warn"),
        Outcome.GARBAGE: Reading(_("Answer not understood"), "warn"),
        Outcome.TLS: Reading(_("TLS check failed"), "bad"),
        Outcome.UNSUPPORTED_CHALLENGE: Reading(_("Step not supported here"), "warn"),
        Outcome.THROTTLED_HERE: Reading(_("Too many tries"), "bad"),
        Outcome.INPUT_REFUSED: Reading(_("Input refused"), "warn"),
        Outcome.ALREADY_SENT: Reading(_("Sent a second time"), "warn"),
        Outcome.OUT_OF_ORDER: Reading(_("Out of order"), "warn"),
        Outcome.EXPIRED: Reading(_("Expired"), "warn"),
        Outcome.UNREADABLE: Reading(_("Unreadable"), "bad"),
        Outcome.DENIED: Reading(_("Denied"), "bad"),
        Outcome.ERROR: Reading(_("Error"), "bad"),
    }
)
