"""What stops somebody by Cognito's own word: the app client, the name, the state of the account.

Where nobody may look at the account, the newest try tells its state.
"""

from django.utils.translation import gettext as _

from cognito_portal.audit.events import Outcome
from cognito_portal.ops.diagnosis import conditions as on
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.diagnosis.cause import Cause
from cognito_portal.ops.diagnosis.facts import Lookup

OF_ACCOUNT: tuple[Cause, ...] = (
    # What stops everybody.
    Cause(
        "client_secret_missing",
        on.secret_missing,
        lambda facts: _("The app client has a secret, and the portal has not been given it."),
        Act.MEND_SETTINGS,
    ),
    Cause(
        "flow_not_enabled",
        on.flow_off,
        lambda facts: _("The app client does not allow the way in which this portal signs people in."),
        Act.MEND_SETTINGS,
    ),
    # Whom it is about.
    Cause(
        "other_spelling",
        lambda facts: facts.lookup is Lookup.NOT_FOUND and bool(facts.others),
        lambda facts: (
            _("Nobody is called that. There is an account of almost the same name: %(names)s.")
            % {"names": ", ".join(facts.others)}
        ),
        Act.FIND_AGAIN,
    ),
    Cause(
        "no_such_user",
        lambda facts: facts.lookup is Lookup.NOT_FOUND,
        lambda facts: _("There is no such account in the user pool."),
        Act.INVITE,
    ),
    Cause(
        "several_accounts",
        lambda facts: facts.lookup is Lookup.SEVERAL,
        lambda facts: _("Several accounts have this address, so it is no name to sign in with."),
        Act.FIND_AGAIN,
    ),
    # What state the account is in.
    Cause(
        "disabled",
        lambda facts: (
            on.told_by_log(facts, Outcome.DISABLED)
            or (facts.account is not None and not facts.account.enabled)
        ),
        lambda facts: _("The account is disabled."),
        Act.ENABLE,
    ),
    Cause(
        "external_provider",
        lambda facts: facts.status == "EXTERNAL_PROVIDER",
        lambda facts: _("The account belongs to another identity provider: it has no password here."),
    ),
    Cause(
        "out_of_use",
        lambda facts: facts.status in on.OUT_OF_USE,
        lambda facts: _("Cognito has taken the account out of use (%(status)s).") % {"status": facts.status},
        Act.SEND_RESET_CODE,
    ),
    Cause(
        "unconfirmed",
        lambda facts: facts.status == "UNCONFIRMED" or on.told_by_log(facts, Outcome.UNCONFIRMED),
        lambda facts: _("The account was never confirmed: the code that was sent at sign-up is still open."),
        Act.CONFIRM,
    ),
    Cause(
        "reset_without_contact",
        lambda facts: facts.status == "RESET_REQUIRED" and not facts.verified_contacts,
        lambda facts: _("Their password was reset, and no verified address is there to send a code to."),
        Act.MARK_VERIFIED,
    ),
    Cause(
        "reset_required",
        lambda facts: facts.status == "RESET_REQUIRED" or on.told_by_log(facts, Outcome.RESET_REQUIRED),
        lambda facts: _("Their password was reset: they must choose a new one with the code they were sent."),
        Act.SEND_RESET_CODE,
    ),
    Cause(
        "invitation_expired",
        on.invitation_over,
        on.invitation_over_sentence,
        Act.RESEND_INVITATION,
    ),
    Cause(
        "required_attribute_fixed",
        lambda facts: facts.is_invited and bool(on.unset(facts, mutable=False)),
        lambda facts: (
            _("The pool requires %(names)s, which nobody can set any more on this account.")
            % {"names": ", ".join(on.unset(facts, mutable=False))}
        ),
        Act.INVITE,
    ),
    Cause(
        "sms_without_phone",
        on.sms_without_phone,
        lambda facts: _("Their second step is a text message, and the account has no phone number."),
        Act.EDIT,
    ),
)
