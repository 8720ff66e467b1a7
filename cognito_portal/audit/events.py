"""The closed lists an audit row is made of. An event is named `room.verb`; cognito_portal.audit.event_names has
its names elsewhere.
"""

from enum import StrEnum
from typing import Literal

Result = Literal["success", "failure", "unknown"]


class Phase(StrEnum):
    """Where a row stands in its act: before a call to Cognito, after it, or an act without a call."""

    BEGIN = "begin"
    END = "end"
    SINGLE = "single"


class Event(StrEnum):
    """What was done. Never rename an entry: stored rows keep the old name for ever."""

    SIGNIN_STARTED = "signin.started"
    SIGNIN_USERNAME_SENT = "signin.username_sent"
    SIGNIN_CODE_REQUESTED = "signin.code_requested"
    SIGNIN_ANSWERED = "signin.answered"
    SIGNIN_RENEWED = "signin.renewed"
    SIGNIN_INPUT_REFUSED = "signin.input_refused"
    SIGNIN_OUT_OF_ORDER = "signin.out_of_order"
    SIGNIN_STATE_UNREADABLE = "signin.state_unreadable"
    SIGNIN_EXPIRED = "signin.expired"
    SIGNIN_THROTTLED = "signin.throttled"
    SIGNIN_INVITATION_REQUESTED = "signin.invitation_requested"
    SIGNIN_CSRF_FAILED = "signin.csrf_failed"
    SIGNIN_DEVICE_REMEMBERED = "signin.device_remembered"
    SIGNIN_RESET_REQUESTED = "signin.reset_requested"
    SIGNIN_RESET_CONFIRMED = "signin.reset_confirmed"
    SIGNIN_CONFIRMATION_SENT = "signin.confirmation_sent"
    SIGNIN_CONFIRMED = "signin.confirmed"
    ACCOUNT_SIGNED_OUT = "account.signed_out"
    ACCOUNT_SIGNED_OUT_EVERYWHERE = "account.signed_out_everywhere"
    ACCOUNT_SESSION_ENDED = "account.session_ended"
    ACCOUNT_NOT_ME_REPORTED = "account.not_me_reported"
    ACCOUNT_TOKENS_REFRESHED = "account.tokens_refreshed"
    ACCOUNT_INPUT_REFUSED = "account.input_refused"
    ACCOUNT_PASSWORD_CHANGED = "account.password_changed"
    ACCOUNT_ATTRIBUTES_CHANGED = "account.attributes_changed"
    ACCOUNT_CONTACT_CHANGED = "account.contact_changed"
    ACCOUNT_CODE_SENT = "account.code_sent"
    ACCOUNT_ATTRIBUTE_VERIFIED = "account.attribute_verified"
    ACCOUNT_FACTOR_ENROLLED = "account.factor_enrolled"
    ACCOUNT_FACTORS_CHANGED = "account.factors_changed"
    ACCOUNT_PASSKEY_ADDED = "account.passkey_added"
    ACCOUNT_PASSKEY_REMOVED = "account.passkey_removed"
    ACCOUNT_DEVICE_FORGOTTEN = "account.device_forgotten"
    ACCOUNT_NOTIFIED = "account.notified"
    STAFF_SIGNED_IN = "staff.signed_in"
    STAFF_COMPANY_ASKED = "staff.company_asked"
    STAFF_ANSWERED = "staff.answered"
    STAFF_SIGNED_OUT = "staff.signed_out"
    STAFF_SESSION_ENDED = "staff.session_ended"
    STAFF_THROTTLED = "staff.throttled"
    STAFF_FACTOR_ADDED = "staff.factor_added"
    STAFF_FACTOR_REMOVED = "staff.factor_removed"
    STAFF_RECOVERY_CODES_MADE = "staff.recovery_codes_made"
    STAFF_PASSWORD_CHANGED = "staff.password_changed"
    STAFF_NOTIFIED = "staff.notified"
    STAFF_SHORTCUTS_SET = "staff.shortcuts_set"
    STAFF_ADDED = "staff.added"
    STAFF_ROLE_SET = "staff.role_set"
    STAFF_RETIRED = "staff.retired"
    STAFF_RESTORED = "staff.restored"
    STAFF_FACTORS_RESET = "staff.factors_reset"
    STAFF_PASSWORD_SET = "staff.password_set"
    OPS_THROTTLE_LIFTED = "ops.throttle_lifted"
    OPS_ACCOUNT_VIEWED = "ops.account_viewed"
    OPS_ATTRIBUTES_SHOWN = "ops.attributes_shown"
    OPS_INVITATION_RESENT = "ops.invitation_resent"
    OPS_RESET_CODE_SENT = "ops.reset_code_sent"
    OPS_ACCOUNT_CONFIRMED = "ops.account_confirmed"
    OPS_ACCOUNT_ENABLED = "ops.account_enabled"
    OPS_ACCOUNT_DISABLED = "ops.account_disabled"
    OPS_SIGNED_OUT_EVERYWHERE = "ops.signed_out_everywhere"
    OPS_FACTORS_REMOVED = "ops.factors_removed"
    OPS_CONTACT_VERIFIED = "ops.contact_verified"
    OPS_ACT_REFUSED = "ops.act_refused"
    OPS_REQUEST_HANDLED = "ops.request_handled"
    OPS_USER_INVITED = "ops.user_invited"
    OPS_GROUP_JOINED = "ops.group_joined"
    OPS_GROUP_LEFT = "ops.group_left"
    OPS_ATTRIBUTES_CHANGED = "ops.attributes_changed"
    OPS_DEVICE_FORGOTTEN = "ops.device_forgotten"
    OPS_ACCOUNT_DELETED = "ops.account_deleted"
    OPS_RECORDS_SHOWN = "ops.records_shown"
    OPS_ACCOUNT_VERIFIED = "ops.account_verified"
    OPS_VERIFICATION_ASKED = "ops.verification_asked"
    OPS_VERIFICATION_APPROVED = "ops.verification_approved"
    OPS_VERIFICATION_REFUSED = "ops.verification_refused"
    OPS_VERIFICATION_UNDONE = "ops.verification_undone"
    OPS_ACCOUNTS_LISTED = "ops.accounts_listed"
    OPS_INPUT_REFUSED = "ops.input_refused"
    OPS_VIEW_SAVED = "ops.view_saved"
    OPS_VIEW_SHARED = "ops.view_shared"
    OPS_VIEW_REMOVED = "ops.view_removed"
    OPS_BULK_STARTED = "ops.bulk_started"
    OPS_BULK_PAUSED = "ops.bulk_paused"
    OPS_BULK_RESUMED = "ops.bulk_resumed"
    OPS_BULK_CANCELLED = "ops.bulk_cancelled"
    OPS_BULK_FINISHED = "ops.bulk_finished"
    OPS_BULK_FETCHED = "ops.bulk_fetched"
    OPS_ONBOARDING_CHECKED = "ops.onboarding_checked"
    OPS_ONBOARDING_STARTED = "ops.onboarding_started"
    OPS_ONBOARDING_PAUSED = "ops.onboarding_paused"
    OPS_ONBOARDING_RESUMED = "ops.onboarding_resumed"
    OPS_ONBOARDING_CANCELLED = "ops.onboarding_cancelled"
    OPS_ONBOARDING_FINISHED = "ops.onboarding_finished"
    OPS_ONBOARDING_SETTLED = "ops.onboarding_settled"
    OPS_ONBOARDING_FETCHED = "ops.onboarding_fetched"
    OPS_REMINDER_SENT = "ops.reminder_sent"
    ACCESS_DENIED = "access.denied"
    AUDIT_INPUT_REFUSED = "audit.input_refused"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_EXPORT_FETCHED = "audit.export_fetched"
    AUDIT_REVIEWED = "audit.reviewed"
    AUDIT_SEARCH_SAVED = "audit.search_saved"
    AUDIT_SEARCH_SHARED = "audit.search_shared"
    AUDIT_SEARCH_REMOVED = "audit.search_removed"
    AUDIT_FLAG_RAISED = "audit.flag_raised"
    AUDIT_FLAG_JUDGED = "audit.flag_judged"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_TAMPERING_FOUND = "audit.tampering_found"
    AUDIT_KEY_ROTATED = "audit.key_rotated"
    AUDIT_PRUNED = "audit.pruned"
    AUDIT_PUSH_CHANGED = "audit.push_changed"
    AUDIT_PERSON_FORGOTTEN = "audit.person_forgotten"
    AUDIT_FILTERS_REDACTED = "audit.filters_redacted"
    PORTAL_FAILED = "portal.failed"


class Outcome(StrEnum):
    """How an act ended, and why. A begin row has none; its place is held by NONE."""

    NONE = ""
    SUCCESS = "success"
    CHALLENGE = "challenge"
    ASKED_AGAIN = "asked_again"
    RECORDED = "recorded"
    # What Cognito refused, by the causes that cognito_portal.cognito gives (a test holds the two together).
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
    # No usable answer of Cognito's. UNKNOWN: sent, and nobody knows what became of it.
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    SERVER_ERROR = "server_error"
    GARBAGE = "garbage"
    TLS = "tls"
    UNSUPPORTED_CHALLENGE = "unsupported_challenge"
    # What the portal itself refused.
    THROTTLED_HERE = "throttled_here"
    INPUT_REFUSED = "input_refused"
    ALREADY_SENT = "already_sent"
    OUT_OF_ORDER = "out_of_order"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"
    DENIED = "denied"
    ERROR = "error"


TRIES = frozenset(
    {
        Event.SIGNIN_STARTED,
        Event.SIGNIN_ANSWERED,
        Event.SIGNIN_RENEWED,
        Event.SIGNIN_RESET_CONFIRMED,
        Event.SIGNIN_CONFIRMED,
        Event.ACCOUNT_PASSWORD_CHANGED,
        Event.ACCOUNT_ATTRIBUTE_VERIFIED,
        Event.ACCOUNT_FACTOR_ENROLLED,
        Event.STAFF_SIGNED_IN,
        Event.STAFF_ANSWERED,
        Event.STAFF_FACTOR_ADDED,
        Event.STAFF_PASSWORD_CHANGED,
    }
)
"""The events that try a secret, so that those of one person fill one counter of the throttle."""

RENEWS_TRIES = frozenset(
    {
        Event.SIGNIN_STARTED,
        Event.SIGNIN_ANSWERED,
        Event.SIGNIN_RENEWED,
        Event.SIGNIN_RESET_CONFIRMED,
        Event.STAFF_SIGNED_IN,
        Event.STAFF_ANSWERED,
    }
)
"""The tries whose success lets an account's count start anew. An act of the account page does not: its secret
may be one that whoever sits there has made.
"""

BEGINNINGS = frozenset({Event.SIGNIN_USERNAME_SENT, Event.SIGNIN_CODE_REQUESTED})
"""The events that begin a sign-in without trying a secret, and may have a code sent to somebody.

Each is counted by itself, and only while its attempt has come to no success: people who sign in are never
stopped by them, and nobody is flooded with codes.
"""

MAY_SEND_CODE = frozenset({Event.SIGNIN_STARTED})
"""The tries whose secret, where it is right, may have a code sent to somebody at once.

Beside being counted as tries they are counted by themselves, while they have come to no failure and their
account to no success: whoever has learnt a password has no more codes sent by it than a stranger has guesses.
"""

COUNTS = frozenset(
    {
        Outcome.BAD_CREDENTIALS,
        Outcome.UNKNOWN_USER,
        Outcome.DISABLED,
        Outcome.TEMPORARY_PASSWORD_EXPIRED,
        # The lock of Cognito's own counts as well: an account that never filled our counter would be known
        # by that to exist, since a name that does not exist is never locked.
        Outcome.LOCKED,
        Outcome.UNCONFIRMED,
        Outcome.RESET_REQUIRED,
        Outcome.TRIGGER_REFUSED,
        Outcome.NOT_RESETTABLE,
        Outcome.WRONG_USER_STATE,
        Outcome.NO_VERIFIED_CONTACT,
        Outcome.CODE_MISMATCH,
        Outcome.CODE_EXPIRED,
        Outcome.CODE_REUSED,
        # As with the lock: only a user that exists has a quota to use up.
        Outcome.TOO_MANY_ATTEMPTS,
        # Whether the answer to a custom question was wrong is not told.
        Outcome.ASKED_AGAIN,
        Outcome.UNKNOWN,
    }
)
"""The outcomes that make a try a failed one: refusals that hang on what a stranger typed.

Throttling, faults of the service, our own misconfiguration, and refused new passwords or attributes do
not count. A begin row without an end counts until it has one.
"""


ASKS_MORE = frozenset({Outcome.CHALLENGE, Outcome.UNSUPPORTED_CHALLENGE})
"""The outcomes of a secret that was right and did not suffice."""


_WENT_WELL = frozenset({Outcome.SUCCESS, Outcome.CHALLENGE, Outcome.ASKED_AGAIN, Outcome.RECORDED})


def result_of(outcome: Outcome) -> Result:
    """ECS `event.outcome` of an outcome: of an open call and of an unanswered one nobody knows."""
    if outcome in {Outcome.NONE, Outcome.UNKNOWN}:
        return "unknown"
    return "success" if outcome in _WENT_WELL else "failure"
