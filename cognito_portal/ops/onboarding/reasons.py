"""What a list is called and why it is stopped: words for the log, which name nobody (decision D3)."""

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from cognito_portal.audit.record import account_of
from cognito_portal.ops.acts.flow import LEAST_REASON, LONGEST_REASON
from cognito_portal.ops.models import OnboardingJob
from cognito_portal.ops.onboarding.sealed import opened

_NAMING = ("username", "email", "phone_number")


def fault_of(reason: str) -> str:
    """What is wrong with a reason by itself; empty where nothing is."""
    if len(reason) < LEAST_REASON:
        return _("Say what it is for, for instance by the number of a ticket.")
    if len(reason) > LONGEST_REASON or "\0" in reason:
        return _("There is room for %(count)d characters.") % {"count": LONGEST_REASON}
    return ""


def names_somebody(reason: str, names: Iterable[str]) -> str:
    """What is wrong with a reason that holds one of these names or addresses as a word."""
    words = {account_of(word) for word in re.split(r"[\s,;:()]+", reason) if word}
    if any(account_of(name) in words for name in names):
        return _("Leave out people's names and addresses: the log keeps them apart from its rows.")
    return ""


def named_in(job: OnboardingJob) -> Iterator[str]:
    """The names and addresses of everybody in a list, as far as they are kept. Raises django.db.Error."""
    for number, blob in job.items.values_list("number", "sealed"):
        content = opened(blob, job_id=job.id, number=number)
        if content:
            yield from (content.values[name] for name in _NAMING if name in content.values)
