"""What a person reads on the ways out of a dead end. No text hangs on whether there is such a user."""

from django.utils.translation import gettext_lazy as _

from cognito_portal.signin.words import Problem, Words

# What the page says after a code was asked for, by the kind of the notice.
CODE_SENT: dict[str, Words] = {
    "code_sent": _(
        "If there is an account with that username, a code is on its way. It may take a few minutes."
    ),
    "confirmation_sent": _("If there is an account that waits for confirmation, a code is on its way."),
}

# One text for everything that a code may be refused for (decision D2).
CODE_REFUSED = _("This code is not right or no longer valid. Ask for a new one.")
CODE_NOT_ACCEPTED = Problem(_("This code was not accepted"), "")
PASSWORD_REFUSED = Problem(
    _("This password was not accepted"),
    _("Choose another password, and type the code once more."),
)
ALIAS_TAKEN = Problem(
    _("Your account was not confirmed"),
    _("The code is right, but another account uses this address or number already. Ask the help desk."),
)
NOT_SENT = Problem(
    _("That could not be sent"),
    _("Nothing was changed. Please try again in a moment."),
)
MAYBE_SET = Problem(
    _("We do not know whether your password is set"),
    _("No answer came. Try to sign in with the new password first; if that fails, ask for a new code."),
)
MAYBE_CONFIRMED = Problem(
    _("We do not know whether your account is confirmed"),
    _("No answer came. Try to sign in first; if that fails, ask for a new code."),
)
