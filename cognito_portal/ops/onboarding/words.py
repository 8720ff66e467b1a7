"""What became of each row of a list, and why one waits or paused, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.ops.jobs import words as jobs
from cognito_portal.ops.jobs.words import Words
from cognito_portal.ops.models import OnboardingItem
from cognito_portal.ops.onboarding import checking, claiming, keeping, settling
from cognito_portal.ops.onboarding.looking import Line
from cognito_portal.ops.onboarding.results import Why

_Item = OnboardingItem.State

# (words, kind of badge, icon)
ITEMS: Mapping[str, tuple[Words, str, str]] = {
    _Item.BAD: (gettext_lazy("Has a problem"), "bad", "cross"),
    _Item.WAITING: (gettext_lazy("Not sent yet"), "plain", "circle"),
    _Item.SENDING: (gettext_lazy("Being sent"), "plain", "begun"),
    _Item.UNKNOWN: (gettext_lazy("Unclear, will be looked up"), "warn", "clock"),
    _Item.DONE: (gettext_lazy("Invited"), "good", "check"),
    _Item.EXISTS: (gettext_lazy("Exists already"), "plain", "info"),
    _Item.MAIL_FAILED: (gettext_lazy("Exists, mail failed"), "warn", "warn"),
    _Item.REFUSED: (gettext_lazy("Refused"), "bad", "cross"),
}
WHY: Mapping[str, Words] = {
    **jobs.WHY,
    Why.LEFT: gettext_lazy("Nobody started or resumed it in time, so the portal ended it."),
    Why.STAFF: gettext_lazy("Staff paused it."),
    Why.MAIL_LIMIT: gettext_lazy(
        "As many invitations went out by e-mail in 24 hours as may (ONBOARDING_MAILS_PER_DAY)."
    ),
    Why.MAIL_LIMIT_OF_AWS: gettext_lazy(
        "Cognito's daily limit for e-mail is used up. A pool that sends by Amazon SES has a higher one."
    ),
    Why.THROTTLED: gettext_lazy("Cognito throttles this AWS account; the list goes on more slowly."),
    Why.UNDELIVERED: gettext_lazy(
        "Three invitations in a row could not be delivered. Check the pool's e-mail settings, then resume."
    ),
    Why.REFUSED: gettext_lazy(
        "Cognito refused a row in a way that the others would meet too. See the code at that row, then resume."
    ),
}
_PROBLEMS: Mapping[str, Words] = {
    checking.KNOWN: gettext_lazy("An account of this name is there already: nothing will be sent."),
    claiming.UNREADABLE: gettext_lazy("The row could not be decrypted any more. Upload it again."),
    claiming.SCHEMA_CHANGED: gettext_lazy("The pool's schema was changed since the check. Upload it again."),
    keeping.ERASED: gettext_lazy("The person was forgotten at their wish."),
    settling.FOUND: gettext_lazy("Cognito's answer was lost; the account was found afterwards."),
    settling.NOT_FOUND: gettext_lazy(
        "Cognito's answer was lost again and again, and the account is not there."
    ),
    "UsernameExistsException": gettext_lazy("There was an account of this name before. Nothing was sent."),
    "AliasExistsException": gettext_lazy("Another account has this e-mail address or phone number."),
    "InvalidParameterException": gettext_lazy("Cognito did not accept one of the values."),
    "CodeDeliveryFailureException": gettext_lazy(
        "The account was made, and its invitation could not be delivered. Check the address, then resend it."
    ),
    "LimitExceededException": gettext_lazy("The daily limit for e-mail was used up."),
    "UserLambdaValidationException": gettext_lazy("The pool's own trigger refused this person."),
}


def problem_of(line: Line) -> str:
    """What there is to say about a row, in one line; empty where nothing is."""
    if line.problems:
        return " ".join(line.problems)
    if not line.problem:
        return ""
    known = _PROBLEMS.get(line.problem)
    return str(known) if known else _("Cognito answered %(code)s.") % {"code": line.problem}
