"""Looking at an account: the verdict on it, and the row in the log that says who looked."""

from dataclasses import dataclass

from django.conf import settings

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.diagnosis import gather
from cognito_portal.ops.diagnosis.facts import Facts, Lookup
from cognito_portal.ops.diagnosis.verdict import Verdict, diagnose
from cognito_portal.ops.index import entries

_OUTCOMES = {
    Lookup.FOUND: Outcome.SUCCESS,
    Lookup.NOT_FOUND: Outcome.UNKNOWN_USER,
    Lookup.SEVERAL: Outcome.UNKNOWN_USER,
    Lookup.DENIED: Outcome.ACCESS_DENIED,
    Lookup.NO_CREDENTIALS: Outcome.NO_CREDENTIALS,
    Lookup.UNREACHABLE: Outcome.SERVICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found of a name, and the verdict on it. `others` are accounts it may be mistaken for."""

    facts: Facts
    verdict: Verdict
    others: tuple[PoolUser, ...]

    @property
    def account(self) -> PoolUser | None:
        """The account as Cognito has it now."""
        return self.facts.account


def look_up(typed: str, *, by: record.By) -> Seen:
    """Look at the account of a username, an alias, an address or a sub; that it was looked at is logged first.

    Raises AuditUnavailable, and django.db.Error where the log cannot be read.
    """
    return _seen(typed, gather.find(typed), by)


def resolve(typed: str) -> gather.Found:
    """The account of a name, to be looked at by its sub: as nothing of it is shown, nothing is logged yet."""
    return gather.find(typed, with_others=False)


def tell(typed: str, found: gather.Found, *, by: record.By) -> Seen:
    """What is known of a name that `resolve` led to no account; that it was asked for is logged as a look is."""
    return _seen(typed, found, by)


def look_at(sub: str, *, by: record.By) -> Seen:
    """Look at the account with this sub, as `look_up` does."""
    found = gather.find_by_sub(sub)
    return _seen(found.account.username if found.account else sub, found, by)


def _seen(typed: str, found: gather.Found, by: record.By) -> Seen:
    account = found.account
    person = record.Person(
        pool_id=settings.COGNITO_USER_POOL_ID,
        typed=typed.strip(),
        canonical=account.username if account else "",
        sub=account.sub if account else "",
    )
    record.note(
        event=Event.OPS_ACCOUNT_VIEWED,
        outcome=_OUTCOMES[found.lookup],
        by=by,
        step="why",
        person=person,
        client_id=settings.COGNITO_CLIENT_ID,
    )
    if account is not None:
        entries.refresh(account)
    facts = gather.gather(typed, found)
    return Seen(facts=facts, verdict=diagnose(facts), others=found.others)
