"""What a person reads on the pages of their account. Never a text of Cognito's."""

from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.events import Outcome
from cognito_portal.signin.words import Problem, Words

NOTICES: dict[str, Words] = {
    "password_changed": _("Your password is changed. Everywhere else you are signed out of this site."),
    "details_changed": _("Your details are saved."),
    "code_sent": _("A code is on its way. Type it below."),
    "contact_changed": _("Saved. A code is on its way to the new address: type it below."),
    "contact_saved": _("Saved."),
    "verified": _("Thank you. This address is confirmed."),
    "app_verified": _(
        "Your authenticator app is set up. If it stands as off below, please set it up once more."
    ),
    "app_on": _("Your authenticator app is set up. From now on you are asked for a code when you sign in."),
    "factors_changed": _("Your second steps are saved."),
    "passkey_added": _("Your passkey is added. You can sign in with it from now on."),
    "passkey_removed": _("The passkey is removed. Delete it on your device as well."),
    "device_forgotten": _("The device is forgotten. It is asked for a code the next time."),
}

NOT_YOUR_PASSWORD = _("This is not your present password.")
TYPE_PRESENT_PASSWORD = _("Type your present password.")
PRESENT_PASSWORD_TOO_LONG = _("A password has at most 256 characters.")
SAME_PASSWORD = _("Choose a password other than your present one.")
CODE_TOO_LONG = _("This is too long for a code.")
NO_PASSKEY = _("Your browser sent no passkey. Nothing was changed. Please try again.")
PASSWORD_PERHAPS_CHANGED = Problem(
    _("Your password may be a new one"),
    _(
        "We do not know whether your password was changed. Sign in again with the new one; if that does not "
        "work, with the old one. Where you are signed in elsewhere, you stay so until you sign out everywhere."
    ),
)
WAIT_AN_HOUR = Problem(_("Too many tries"), _("Nothing was changed. Please wait an hour, then try again."))
NOT_POSSIBLE = Problem(
    _("This was not done"),
    _(
        "Nothing was changed. This cannot be done with your account at the moment. The help desk can tell you why."
    ),
)
CANNOT_SHOW = Problem(
    _("This cannot be shown at the moment"), _("Nothing was lost. Please try again in a moment.")
)
REFUSED_TITLE = _("This was not accepted")
TRY_AGAIN_TITLE = _("That could not be sent")

FACTORS: dict[str, Words] = {
    "SOFTWARE_TOKEN_MFA": _("Authenticator app"),
    "SMS_MFA": _("Text message"),
    "EMAIL_OTP": _("E-mail"),
}

_NOT_DONE = _("Not signed in: this site or Cognito had a problem")
SIGN_INS: dict[str, Words] = {
    Outcome.SUCCESS: _("Signed in"),
    Outcome.BAD_CREDENTIALS: _("Not signed in: wrong password"),
    Outcome.CODE_MISMATCH: _("Not signed in: wrong code"),
    Outcome.CODE_EXPIRED: _("Not signed in: the code came too late"),
    Outcome.CODE_REUSED: _("Not signed in: the code was used already"),
    Outcome.SESSION_OVER: _("Not signed in: the time for a step was over"),
    Outcome.SERVICE: _NOT_DONE,
    Outcome.NOT_SENT: _NOT_DONE,
    Outcome.UNKNOWN: _NOT_DONE,
    Outcome.SERVER_ERROR: _NOT_DONE,
    Outcome.GARBAGE: _NOT_DONE,
}
NOT_SIGNED_IN = _("Not signed in")
