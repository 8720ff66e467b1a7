"""How good the index is: when it was last whole, how far a pass is, and what stands in its way."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from cognito_portal.audit.events import Outcome
from cognito_portal.audit.readings import OUTCOMES
from cognito_portal.ops.index import passes, terms
from cognito_portal.ops.index.words import Term
from cognito_portal.worker import jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What `templates/ops/index_standing.html` shows. `problem` is a sentence, `lacking` an IAM action."""

    is_off: bool
    is_running: bool
    whole_at: datetime | None
    accounts: int
    seen: int
    problem: str
    is_of_rights: bool
    lacking: str
    worker_is_late: bool


def standing() -> Standing:
    """How the index stands now. Raises django.db.Error."""
    state = passes.state_of_pool()
    return Standing(
        is_off=settings.POOL_INDEX_MINUTES <= 0,
        is_running=state.is_running,
        whole_at=state.whole_at,
        accounts=state.accounts,
        seen=state.seen,
        problem=_in_words(state.problem),
        is_of_rights=state.problem in passes.BY_HAND,
        lacking=state.lacking,
        worker_is_late=jobs.is_silent(jobs.last_seen(), jobs.LATE),
    )


def term() -> Term:
    """The pool's term for invitations at this moment."""
    return terms.term(timezone.now())


def _in_words(problem: str) -> str:
    if problem == Outcome.NO_CREDENTIALS:
        return _("The portal has no AWS credentials, so it cannot list the accounts.")
    if problem == Outcome.ACCESS_DENIED:
        return _("The portal may not list the accounts.")
    if problem and problem in set(Outcome):
        reading = OUTCOMES[Outcome(problem)].label
        return _("The last call for the list of accounts failed (%(why)s). It is made again.") % {
            "why": reading
        }
    return ""
