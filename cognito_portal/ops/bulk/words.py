"""What became of each account of an act on many, and why one waits or paused, in words."""

from collections.abc import Mapping

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.ops.bulk.steering import LEFT_DAYS
from cognito_portal.ops.jobs import words as jobs
from cognito_portal.ops.jobs.answers import Why
from cognito_portal.ops.jobs.words import Words
from cognito_portal.ops.models import BulkActItem

GONE, ONESELF = "gone", "oneself"
_Item = BulkActItem.State

# (words, kind of badge, icon)
ITEMS: Mapping[str, tuple[Words, str, str]] = {
    _Item.WAITING: (gettext_lazy("Not done yet"), "plain", "circle"),
    _Item.SENDING: (gettext_lazy("Being done"), "plain", "begun"),
    _Item.UNKNOWN: (gettext_lazy("Nobody knows"), "warn", "warn"),
    _Item.DONE: (gettext_lazy("Done"), "good", "check"),
    _Item.UNDELIVERED: (gettext_lazy("Done, message failed"), "warn", "warn"),
    _Item.SKIPPED: (gettext_lazy("Left out"), "plain", "info"),
    _Item.REFUSED: (gettext_lazy("Refused"), "bad", "cross"),
}
WHY: Mapping[str, Words] = {
    **jobs.WHY,
    Why.LEFT: format_lazy(
        gettext_lazy(
            "Nobody resumed it for {days} days, so the portal ended it. Whoever was not dealt with has to be chosen "
            "anew."
        ),
        days=LEFT_DAYS,
    ),
    Why.MAIL_LIMIT_OF_AWS: gettext_lazy("Cognito’s daily limit for messages is used up."),
    Why.THROTTLED: gettext_lazy("Cognito throttles this AWS account; it goes on more slowly."),
    Why.REFUSED: gettext_lazy(
        "Cognito refused an account in a way that the others would meet too. See the code there, then resume."
    ),
}
_PROBLEMS: Mapping[str, Words] = {
    GONE: gettext_lazy("There is no such account any more."),
    ONESELF: gettext_lazy("Nobody acts on an account of their own."),
    "CodeDeliveryFailureException": gettext_lazy("The message could not be delivered. Check the address."),
    "LimitExceededException": gettext_lazy("The daily limit for messages was used up."),
}


def problem_of(item: BulkActItem) -> str:
    """What there is to say about an account, in one line; empty where nothing is."""
    if item.state == _Item.UNKNOWN:
        code = f" ({item.problem})" if item.problem else ""
        return _("The answer was lost: look at the account before you try again.") + code
    if item.problem in _PROBLEMS:
        return str(_PROBLEMS[item.problem])
    if item.state == _Item.SKIPPED or not item.problem:
        return item.problem
    return _("Cognito answered %(code)s.") % {"code": item.problem}
