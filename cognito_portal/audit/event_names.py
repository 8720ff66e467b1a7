"""What each event is called elsewhere.

Each stands beside its word in the OWASP logging vocabulary
(https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html) and its categories in
the Elastic Common Schema (https://www.elastic.co/docs/reference/ecs), for rows that are pushed elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """One event in three languages: the reader's, OWASP's (where it went well, and where not) and ECS's."""

    label: str | Promise
    owasp: str
    owasp_failed: str
    category: tuple[str, ...]


def _names(label: str | Promise, owasp: str, owasp_failed: str = "", *, category: str) -> Names:
    return Names(
        label=label,
        owasp=owasp,
        owasp_failed=owasp_failed or owasp,
        category=tuple(category.split()),
    )


EVENTS: Mapping[Event, Names] = MappingProxyType(
    {
        Event.SIGNIN_STARTED: _names(
            _("Username and password sent"),
            "authn_login_success",
            "authn_login_fail",
            category="authentication",
        ),
        Event.SIGNIN_USERNAME_SENT: _names(
            _("Username sent"), "authn_login_success", "authn_login_fail", category="authentication"
        ),
        Event.SIGNIN_CODE_REQUESTED: _names(
            _("Code asked for"), "authn_login_success", "authn_login_fail", category="authentication"
        ),
        Event.SIGNIN_ANSWERED: _names(
            _("Challenge answered"), "authn_login_success", "authn_login_fail", category="authentication"
        ),
        Event.SIGNIN_RENEWED: _names(
            _("Step renewed"), "session_renewed", "authn_login_fail", category="authentication session"
        ),
        Event.SIGNIN_INPUT_REFUSED: _names(_("Input refused"), "input_validation_fail", category="web"),
        Event.SIGNIN_OUT_OF_ORDER: _names(
            _("Step out of order"), "sequence_fail", category="authentication web"
        ),
        Event.SIGNIN_STATE_UNREADABLE: _names(
            _("Sign-in state unreadable"), "crypt_decrypt_fail", category="session"
        ),
        Event.SIGNIN_EXPIRED: _names(_("Sign-in expired"), "session_expired", category="session"),
        Event.SIGNIN_THROTTLED: _names(
            _("Too many tries"), "authn_login_fail_max", category="authentication intrusion_detection"
        ),
        Event.SIGNIN_INVITATION_REQUESTED: _names(
            _("New invitation asked for"), "user_updated", category="authentication"
        ),
        Event.SIGNIN_DEVICE_REMEMBERED: _names(
            _("Browser remembered"), "user_updated", category="authentication iam"
        ),
        Event.SIGNIN_RESET_REQUESTED: _names(
            _("Reset code asked for"), "authn_password_change", "authn_password_change_fail", category="iam"
        ),
        Event.SIGNIN_RESET_CONFIRMED: _names(
            _("Password reset by code"), "authn_password_change", "authn_password_change_fail", category="iam"
        ),
        Event.SIGNIN_CONFIRMATION_SENT: _names(
            _("Confirmation code asked for"), "user_updated", category="iam"
        ),
        Event.SIGNIN_CONFIRMED: _names(
            _("Account confirmed by code"), "user_updated", "authn_login_fail", category="iam"
        ),
        Event.SIGNIN_CSRF_FAILED: _names(_("Foreign or stale form"), "malicious_csrf", category="web"),
        Event.ACCOUNT_SIGNED_OUT: _names(
            _("Signed out"), "authn_token_revoked", "session_logout", category="authentication session"
        ),
        Event.ACCOUNT_SIGNED_OUT_EVERYWHERE: _names(
            _("Signed out everywhere"), "authn_token_revoked", category="authentication session"
        ),
        Event.ACCOUNT_SESSION_ENDED: _names(_("Session ended"), "session_expired", category="session"),
        Event.ACCOUNT_TOKENS_REFRESHED: _names(
            _("Tokens refreshed"), "session_renewed", "session_expired", category="authentication session"
        ),
        Event.ACCOUNT_INPUT_REFUSED: _names(_("Input refused"), "input_validation_fail", category="web"),
        Event.ACCOUNT_PASSWORD_CHANGED: _names(
            _("Password changed"), "authn_password_change", "authn_password_change_fail", category="iam"
        ),
        Event.ACCOUNT_ATTRIBUTES_CHANGED: _names(_("Details changed"), "user_updated", category="iam"),
        Event.ACCOUNT_CONTACT_CHANGED: _names(_("E-mail or phone changed"), "user_updated", category="iam"),
        Event.ACCOUNT_CODE_SENT: _names(_("Code sent"), "user_updated", category="iam"),
        Event.ACCOUNT_ATTRIBUTE_VERIFIED: _names(
            _("Address verified"), "user_updated", "authn_login_fail", category="iam"
        ),
        Event.ACCOUNT_FACTOR_ENROLLED: _names(
            _("Authenticator app set up"), "user_updated", "authn_login_fail", category="iam"
        ),
        Event.ACCOUNT_FACTORS_CHANGED: _names(_("Second factors changed"), "user_updated", category="iam"),
        Event.ACCOUNT_PASSKEY_ADDED: _names(_("Passkey added"), "user_updated", category="iam"),
        Event.ACCOUNT_PASSKEY_REMOVED: _names(_("Passkey removed"), "user_updated", category="iam"),
        Event.ACCOUNT_DEVICE_FORGOTTEN: _names(_("Device forgotten"), "user_updated", category="iam"),
        Event.ACCOUNT_NOTIFIED: _names(_("Person told by mail"), "user_updated", category="iam"),
        Event.ACCOUNT_NOT_ME_REPORTED: _names(
            _("Reported: this was not me"), "malicious_extraneous", category="authentication"
        ),
        Event.STAFF_SIGNED_IN: _names(
            _("Staff sign-in"), "authn_login_success", "authn_login_fail", category="authentication"
        ),
        Event.STAFF_SIGNED_OUT: _names(
            _("Staff signed out"), "session_logout", category="authentication session"
        ),
        Event.STAFF_SESSION_ENDED: _names(_("Staff session ended"), "session_expired", category="session"),
        Event.STAFF_THROTTLED: _names(
            _("Too many staff tries"), "authn_login_fail_max", category="authentication intrusion_detection"
        ),
        Event.STAFF_COMPANY_ASKED: _names(
            _("Company sign-in begun"), "authn_login_success", "authn_login_fail", category="authentication"
        ),
        Event.STAFF_ANSWERED: _names(
            _("Staff second step"), "authn_login_success", "authn_login_fail", category="authentication"
        ),
        Event.STAFF_FACTOR_ADDED: _names(
            _("Staff second step set up"), "user_updated", "authn_login_fail", category="iam"
        ),
        Event.STAFF_FACTOR_REMOVED: _names(_("Staff second step removed"), "user_updated", category="iam"),
        Event.STAFF_RECOVERY_CODES_MADE: _names(
            _("Staff recovery codes made"), "user_updated", category="iam"
        ),
        Event.STAFF_PASSWORD_CHANGED: _names(
            _("Staff password changed"), "authn_password_change", "authn_password_change_fail", category="iam"
        ),
        Event.STAFF_NOTIFIED: _names(_("Staff told by mail"), "user_updated", category="iam"),
        Event.STAFF_SHORTCUTS_SET: _names(_("Staff shortcuts set"), "user_updated", category="iam"),
        Event.STAFF_ADDED: _names(_("Staff added"), "authz_admin", category="iam"),
        Event.STAFF_ROLE_SET: _names(_("Staff role set"), "authz_admin", category="iam"),
        Event.STAFF_RETIRED: _names(_("Staff retired"), "authz_admin", category="iam"),
        Event.STAFF_RESTORED: _names(_("Staff restored"), "authz_admin", category="iam"),
        Event.STAFF_FACTORS_RESET: _names(
            _("Staff second steps reset"), "authz_admin", category="iam configuration"
        ),
        Event.STAFF_PASSWORD_SET: _names(
            _("Staff password set from the terminal"), "authn_password_change", category="iam"
        ),
        Event.OPS_THROTTLE_LIFTED: _names(_("Throttle lifted"), "authz_admin", category="iam configuration"),
        Event.OPS_ACCOUNT_VIEWED: _names(_("Account looked at"), "sensitive_read", category="iam"),
        Event.OPS_ATTRIBUTES_SHOWN: _names(_("Attributes shown in clear"), "sensitive_read", category="iam"),
        Event.OPS_INVITATION_RESENT: _names(_("Invitation sent again"), "user_updated", category="iam"),
        Event.OPS_RESET_CODE_SENT: _names(
            _("Password reset by staff"), "authn_password_change", category="iam"
        ),
        Event.OPS_ACCOUNT_CONFIRMED: _names(_("Account confirmed by staff"), "user_updated", category="iam"),
        Event.OPS_ACCOUNT_ENABLED: _names(_("Account enabled"), "user_updated", category="iam"),
        Event.OPS_ACCOUNT_DISABLED: _names(_("Account disabled"), "user_updated", category="iam"),
        Event.OPS_SIGNED_OUT_EVERYWHERE: _names(
            _("Signed out everywhere by staff"), "authn_token_revoked", category="iam session"
        ),
        Event.OPS_FACTORS_REMOVED: _names(
            _("Second factors removed by staff"), "user_updated", category="iam"
        ),
        Event.OPS_CONTACT_VERIFIED: _names(_("Address marked as verified"), "user_updated", category="iam"),
        Event.OPS_REQUEST_HANDLED: _names(_("Request dealt with"), "user_updated", category="iam"),
        Event.OPS_USER_INVITED: _names(_("Person invited"), "user_created", category="iam"),
        Event.OPS_GROUP_JOINED: _names(_("Put into a group"), "user_updated", category="iam"),
        Event.OPS_GROUP_LEFT: _names(_("Taken out of a group"), "user_updated", category="iam"),
        Event.OPS_ATTRIBUTES_CHANGED: _names(
            _("Attributes changed by staff"), "user_updated", category="iam"
        ),
        Event.OPS_DEVICE_FORGOTTEN: _names(_("Device forgotten by staff"), "user_updated", category="iam"),
        Event.OPS_ACCOUNT_DELETED: _names(_("Account deleted"), "user_deleted", category="iam"),
        Event.OPS_RECORDS_SHOWN: _names(
            _("Groups, devices and sign-ins looked at"), "sensitive_read", category="iam"
        ),
        Event.OPS_ACCOUNT_VERIFIED: _names(_("Account verified by staff"), "user_updated", category="iam"),
        Event.OPS_VERIFICATION_ASKED: _names(
            _("Verification waits for a second person"), "user_updated", category="iam"
        ),
        Event.OPS_VERIFICATION_APPROVED: _names(
            _("Verification approved by a second person"), "user_updated", category="iam"
        ),
        Event.OPS_VERIFICATION_REFUSED: _names(
            _("Verification refused by a second person"), "user_updated", category="iam"
        ),
        Event.OPS_VERIFICATION_UNDONE: _names(_("Verification undone"), "user_updated", category="iam"),
        Event.OPS_BULK_STARTED: _names(_("Act on many accounts started"), "user_updated", category="iam"),
        Event.OPS_BULK_PAUSED: _names(_("Act on many accounts paused"), "user_updated", category="iam"),
        Event.OPS_BULK_RESUMED: _names(_("Act on many accounts resumed"), "user_updated", category="iam"),
        Event.OPS_BULK_CANCELLED: _names(_("Act on many accounts cancelled"), "user_updated", category="iam"),
        Event.OPS_BULK_FINISHED: _names(_("Act on many accounts finished"), "user_updated", category="iam"),
        Event.OPS_BULK_FETCHED: _names(
            _("Results of an act on many accounts taken"), "sensitive_read", category="iam file"
        ),
        Event.OPS_ONBOARDING_CHECKED: _names(_("Onboarding list checked"), "user_created", category="iam"),
        Event.OPS_ONBOARDING_STARTED: _names(_("Onboarding started"), "user_created", category="iam"),
        Event.OPS_ONBOARDING_PAUSED: _names(_("Onboarding paused"), "user_created", category="iam"),
        Event.OPS_ONBOARDING_RESUMED: _names(_("Onboarding resumed"), "user_created", category="iam"),
        Event.OPS_ONBOARDING_CANCELLED: _names(_("Onboarding cancelled"), "user_created", category="iam"),
        Event.OPS_ONBOARDING_FINISHED: _names(_("Onboarding finished"), "user_created", category="iam"),
        Event.OPS_ONBOARDING_SETTLED: _names(
            _("Unclear invitation looked up"), "user_created", category="iam"
        ),
        Event.OPS_ONBOARDING_FETCHED: _names(
            _("Onboarding results taken"), "sensitive_read", category="iam file"
        ),
        Event.OPS_ACT_REFUSED: _names(_("Act not carried out"), "input_validation_fail", category="iam"),
        Event.OPS_ACCOUNTS_LISTED: _names(_("Accounts listed"), "sensitive_read", category="iam"),
        Event.OPS_INPUT_REFUSED: _names(_("Input refused"), "input_validation_fail", category="web"),
        Event.OPS_VIEW_SAVED: _names(_("View of accounts saved"), "authz_admin", category="configuration"),
        Event.OPS_VIEW_SHARED: _names(
            _("View of accounts shared, or no longer"), "authz_admin", category="configuration"
        ),
        Event.OPS_VIEW_REMOVED: _names(
            _("View of accounts removed"), "authz_admin", category="configuration"
        ),
        Event.OPS_REMINDER_SENT: _names(_("Reminder of an invitation sent"), "user_updated", category="iam"),
        Event.ACCESS_DENIED: _names(_("Access denied"), "authz_fail", category="iam web"),
        Event.AUDIT_INPUT_REFUSED: _names(_("Input refused"), "input_validation_fail", category="web"),
        Event.AUDIT_EXPORTED: _names(_("Audit rows exported"), "sensitive_read", category="file iam"),
        Event.AUDIT_EXPORT_FETCHED: _names(_("Export fetched"), "sensitive_read", category="file iam"),
        Event.AUDIT_REVIEWED: _names(_("Audit rows reviewed"), "sensitive_read", category="iam"),
        Event.AUDIT_SEARCH_SAVED: _names(_("Search saved"), "authz_admin", category="configuration"),
        Event.AUDIT_SEARCH_SHARED: _names(
            _("Search shared, or no longer"), "authz_admin", category="configuration"
        ),
        Event.AUDIT_SEARCH_REMOVED: _names(_("Search removed"), "authz_admin", category="configuration"),
        Event.AUDIT_FLAG_RAISED: _names(
            _("Flag raised"), "malicious_extraneous", category="intrusion_detection"
        ),
        Event.AUDIT_FLAG_JUDGED: _names(_("Flag judged"), "authz_admin", category="intrusion_detection"),
        Event.AUDIT_VERIFIED: _names(
            _("Log verified"), "sensitive_read", "malicious_extraneous", category="configuration"
        ),
        Event.AUDIT_TAMPERING_FOUND: _names(
            _("Log was altered"), "malicious_extraneous", category="intrusion_detection"
        ),
        Event.AUDIT_KEY_ROTATED: _names(_("Audit key changed"), "authz_admin", category="configuration"),
        Event.AUDIT_PRUNED: _names(_("Old rows removed"), "authz_admin", category="database"),
        Event.AUDIT_PUSH_CHANGED: _names(_("Webhook changed"), "authz_admin", category="configuration"),
        Event.AUDIT_PERSON_FORGOTTEN: _names(_("Person forgotten"), "authz_admin", category="database iam"),
        Event.AUDIT_FILTERS_REDACTED: _names(
            _("Person taken out of filters"), "authz_admin", category="database iam"
        ),
        Event.PORTAL_FAILED: _names(_("Unexpected failure"), "sys_crash", category="web"),
    }
)
