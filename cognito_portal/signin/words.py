"""What a person reads when the walk stops or starts again. Never a text of Cognito's."""

from dataclasses import dataclass
from math import ceil

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cognito_portal.cognito.password_policy import Rule

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """The box at the top of a page: what happened, and what to do next."""

    title: Words
    text: Words


# One text for everything that Cognito may refuse a name and a password for (decision D2).
NOT_SIGNED_IN = Problem(
    _("We could not sign you in"),
    _(
        "Check the username and the password, then try again. If that does not help, take one of the ways below."
    ),
)


def too_many_tries(retry_after_s: int) -> Problem:
    """What our own throttle says: how many minutes to wait, rounded up."""
    minutes = max(1, ceil(retry_after_s / 60))
    text = ngettext(
        "Nothing was sent. Please wait %(count)d minute, then try again.",
        "Nothing was sent. Please wait %(count)d minutes, then try again.",
        minutes,
    )
    return Problem(_("Too many tries"), text % {"count": minutes})


NO_ANSWER = Problem(
    _("Sign-in is not available at the moment"),
    _("Nothing was lost. Please try again in a moment."),
)
TRY_AGAIN = Problem(
    _("That could not be sent"),
    _("Nothing was lost. Please send it again in a moment."),
)

NOT_ACCEPTED = Problem(_("This was not accepted"), "")
UNSUPPORTED = Problem(
    _("One more step is needed"),
    _(
        "Your account asks for a step that this site does not offer yet. The help desk can tell you how to go on."
    ),
)
UNSUPPORTED_AFTER_CHANGE = _(
    "Your new password is set: use it from now on. Your account asks for one more step that this site does "
    "not offer yet. The help desk can tell you how to go on."
)
BROKEN_RULES: dict[Rule, Words] = {
    Rule.LENGTH: _("This password is too short. Choose a longer one."),
    Rule.UPPERCASE: _("This password needs a capital letter (A–Z)."),
    Rule.LOWERCASE: _("This password needs a small letter (a–z)."),
    Rule.NUMBERS: _("This password needs a digit (0–9)."),
    Rule.SYMBOLS: _("This password needs a special character, such as ! ? or -."),
}
SAME_AS_TEMPORARY = _("Choose a password other than the temporary one.")
TYPE_TEMPORARY_PASSWORD = _("Type your temporary password.")
NOT_RENEWED = _("This did not work. Check the temporary password and try again.")

CONTACT_NOT_TAKEN = Problem(
    _("This could not be set up here"),
    _("Check what you typed. If it is right, start again and choose another way, or ask the help desk."),
)
PASSWORD_IS_SET = _("Your new password is set: use it from now on.")
TYPE_THE_CODE = _("Type the code.")
TYPE_THE_ANSWER = _("Type your answer.")
ANSWER_THE_QUESTION = _("Type the answer that your organisation gave you.")
CANNOT_BE_SENT = _("This is too long, or holds characters that cannot be sent.")
CHOOSE_ONE = _("Choose one of the ways.")
CODE_REUSED = _("This code was already used. Wait for the next one.")
NO_PASSKEY_USED = _("No passkey was used. Try again, or start again and choose another way.")
WRITE_A_PHONE_NUMBER = _("Write the number with + and country code, digits only.")
WRITE_AN_ADDRESS = _("Write an e-mail address, for example name@example.com.")
OPEN_THE_APP = _("Open your authenticator app and type the code it shows.")
SENT_BY_MAIL = _("We sent a code to your e-mail address.")
SENT_BY_SMS = _("We sent a code to your phone.")
NO_CODE_YET = _("It can take a minute. If no code comes, start again and a new one is sent.")
CONFIRM_IT_IS_YOU = _("To go on, please sign in once more.")

NOTICES: dict[str, Words] = {
    "session_over": _("This step timed out or was already used. Please sign in again."),
    "expired": _("The time for this step was over. Please sign in again."),
    "too_many_codes": _(
        "There were too many wrong answers. Please sign in again; where a code is sent, a new one comes."
    ),
    "no_code": _("We could not send you a code. Please try again later, or contact the help desk."),
    "factor_missing": _("Your second step is not set up. Please contact the help desk."),
    "device_unknown": _("This browser is no longer remembered. Please sign in again."),
    "session_ended": _("Your session has ended. Please sign in again."),
    "signed_out_everywhere": _("You are signed out everywhere."),
    "signed_out_here": _(
        "You are signed out of this site everywhere. Other sites could not be reached; sign out there yourself."
    ),
    "not_me_reported": _(
        "You are signed out everywhere, and your report is on record for the help desk. Now set a new password: choose "
        "“Forgot password?” below, or sign in and change it."
    ),
    "not_me_reported_here": _(
        "You are signed out of this site everywhere, and your report is on record for the help desk; "
        "other sites could not be reached. Now set a new password: choose “Forgot password?” below, or sign in "
        "and change it."
    ),
    "unreadable": _("Your sign-in could not be continued. Please sign in again."),
    "interrupted": _(
        "This step could not be finished. If you chose a new password it may be set: sign in with it, "
        "otherwise with the temporary one."
    ),
    "password_set": _("Your password is set. Sign in with it."),
    "account_confirmed": _("Your account is confirmed. Sign in."),
}

BLANK_AROUND = _(
    "The password you sent begins or ends with a blank. If you copied it, check that no blank came along."
)
FULL_STOP = _(
    "The password you sent ends with a full stop. If you copied it from a sentence, it may not belong to it."
)


def password_hint(password: str) -> Words:
    """What a pasted password may have picked up on its way; it says nothing of the account."""
    if password != password.strip():
        return BLANK_AROUND
    return FULL_STOP if password.endswith(".") else ""
