"""Going through the whole pool, page by page, so that the index has what others changed and lacks who is gone.

A pass keeps no more than AWS's token of the next page, in the transaction that writes the page before it: a worker
that is killed or told to stop loses one page at most, and the next one goes on from there.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cognito_portal import clients
from cognito_portal.audit import sign_ins
from cognito_portal.audit.events import Outcome
from cognito_portal.cognito.errors import CognitoError, CognitoRefused
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.index import entries
from cognito_portal.ops.models import PoolIndexEntry, PoolIndexState
from cognito_portal.outcomes import outcome_of
from cognito_portal.worker import jobs

log = logging.getLogger(__name__)

JOB = "pool index"
EVERY_S = 2.0
"""How often it is looked whether a pass is due."""
AGAIN_S = 60.0
"""After a problem that only somebody's hand can mend."""
FIRST_WAIT_S, LONGEST_WAIT_S, WAITS = 1.0, 30.0, 6
GONE_AT_ONCE = 500
LISTING = "ListUsers"
BY_HAND = (Outcome.ACCESS_DENIED, Outcome.NO_CREDENTIALS)
Now = Callable[[], datetime]


class OtherPass(Exception):
    """Another worker has gone on with this pass, or begun one."""


def work(*, now: Now = timezone.now) -> None:
    """Make a pass if one is due, or go on with the one at hand.

    Raises django.db.Error, CognitoError where Cognito gives no page, and Interrupted where the worker is told to
    stop.
    """
    state = state_of_pool()
    if settings.POOL_INDEX_MINUTES > 0 and is_due(state, now()):
        go_on(state, now=now)


def state_of_pool() -> PoolIndexState:
    """How far the index is; a row that is not saved yet where there is none. Raises django.db.Error."""
    pool_id = settings.COGNITO_USER_POOL_ID
    return PoolIndexState.objects.filter(pk=pool_id).first() or _new_state(pool_id)


def _new_state(pool_id: str, *, generation: int = 0) -> PoolIndexState:
    """New accounts ask the log for their times, so only what it will have from now on is left to be read."""
    return PoolIndexState(pool_id=pool_id, generation=generation, next_leaf=sign_ins.end_of_seals())


def is_due(state: PoolIndexState, now: datetime) -> bool:
    """Whether there is a pass to be made now."""
    if state.problem_at is not None and now - state.problem_at < timedelta(seconds=AGAIN_S):
        return False
    if state.is_running or state.whole_at is None or state.attributes != chosen():
        return True
    return now - state.whole_at >= timedelta(minutes=settings.POOL_INDEX_MINUTES)


def chosen() -> str:
    """The attributes that are copied now, as the state has them."""
    return ",".join(entries.chosen_attributes())


def go_on(state: PoolIndexState, *, now: Now = timezone.now) -> None:
    """Make a pass to its end, from where it stands; raises as `work` does."""
    try:
        if not state.is_running or state.attributes != chosen():
            _begin(state, now())
        while state.is_running:
            jobs.stop_if_told()
            began = time.monotonic()
            _one_page(state, now)
            rest_s = 1 / max(0.01, settings.POOL_INDEX_CALLS_PER_SECOND) - (time.monotonic() - began)
            if state.is_running and rest_s > 0:
                jobs.stopping().wait(rest_s)
    except OtherPass:
        log.info("index.other_pass")
    except CognitoError as error:
        # The page says which right is missing; nothing here fails that somebody would have to look at.
        if outcome_of(error) not in BY_HAND:
            raise


def begin_anew() -> None:
    """Forget every account and begin with an empty index, the times out of the log as well."""
    pool_id = settings.COGNITO_USER_POOL_ID
    while ids := list(
        PoolIndexEntry.objects.filter(pool_id=pool_id).values_list("pk", flat=True)[:GONE_AT_ONCE]
    ):
        with transaction.atomic():
            entries.remove(ids)
    with transaction.atomic():
        state = state_of_pool()
        # A number that was never used, so that a pass at hand elsewhere stops.
        PoolIndexState.objects.filter(pk=pool_id).delete()
        _new_state(pool_id, generation=state.generation + 1).save(force_insert=True)


def _begin(state: PoolIndexState, now: datetime) -> None:
    generation = state.generation
    state.generation, state.token, state.is_running = generation + 1, "", True
    state.started_at, state.seen, state.attributes = now, 0, chosen()
    state.problem, state.lacking, state.problem_at = "", "", None
    with transaction.atomic():
        if state._state.adding:
            state.save(force_insert=True)
        elif not _update(state, generation=generation):
            raise OtherPass


_OF_A_PASS = (
    *("generation", "token", "is_running", "started_at", "seen", "attributes", "whole_at", "accounts"),
    *("problem", "lacking", "problem_at"),
)


def _update(state: PoolIndexState, **where: object) -> bool:
    """Write the pass as it is here, if it is there as `where` says."""
    changed = {name: getattr(state, name) for name in _OF_A_PASS}
    return bool(PoolIndexState.objects.filter(pk=state.pk, **where).update(**changed))


def _one_page(state: PoolIndexState, now: Now) -> None:
    accounts, following = _listed(state, now)
    token, state.token = state.token, following or ""
    state.seen += len(accounts)
    state.problem, state.lacking, state.problem_at = "", "", None
    with transaction.atomic():
        if not _update(state, generation=state.generation, token=token, is_running=True):
            raise OtherPass
        entries.store(accounts, is_whole=False, generation=state.generation)
    if following is None:
        _remove_gone(state)
        state.is_running, state.whole_at, state.accounts = False, now(), state.seen
        _update(state, generation=state.generation, is_running=True)


def _remove_gone(state: PoolIndexState) -> None:
    """Drop whoever no page of this pass had, and nobody has read since it began."""
    gone = PoolIndexEntry.objects.filter(pool_id=state.pk, generation__lt=state.generation)
    while ids := list(gone.values_list("pk", flat=True)[:GONE_AT_ONCE]):
        with transaction.atomic():
            entries.remove(ids)


def _listed(state: PoolIndexState, now: Now) -> tuple[tuple[PoolUser, ...], str | None]:
    """The next page. Where AWS throttles, wait longer each time; a token that is over begins the pass anew."""
    waits = 0
    while True:
        jobs.stop_if_told()
        try:
            return clients.cognito().list_users(pagination_token=state.token or None)
        except CognitoError as error:
            outcome = outcome_of(error)
            if outcome is Outcome.THROTTLED and waits < WAITS:
                jobs.stopping().wait(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**waits))
                waits += 1
            elif isinstance(error, CognitoRefused) and state.token and _is_of_the_token(outcome):
                _begin(state, now())
            else:
                _note_problem(state, error, outcome, now())
                raise


def _is_of_the_token(outcome: Outcome) -> bool:
    return outcome in (Outcome.BAD_REQUEST, Outcome.INVALID_INPUT, Outcome.UNEXPECTED)


def _note_problem(state: PoolIndexState, error: CognitoError, outcome: Outcome, now: datetime) -> None:
    lacking = f"cognito-idp:{LISTING}" if outcome is Outcome.ACCESS_DENIED else ""
    PoolIndexState.objects.filter(pk=state.pk).update(problem=outcome.value, lacking=lacking, problem_at=now)
