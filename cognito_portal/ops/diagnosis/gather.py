"""Asking Cognito, the settings and the log for what a verdict is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from cognito_portal import clients, throttle
from cognito_portal.audit import queries
from cognito_portal.audit.record import Person
from cognito_portal.cognito.errors import (
    Cause,
    CognitoError,
    CognitoRefused,
    CognitoUnavailable,
    InvalidInput,
    NoCredentials,
)
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.diagnosis.facts import Facts, Lookup

ROWS = 200
LOOK_BACK = timedelta(days=30)
NO_RIGHTS = (Cause.ACCESS_DENIED, Cause.NO_CREDENTIALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of looking for a name: the account, other usernames like it, or why nobody could look."""

    lookup: Lookup
    account: PoolUser | None = None
    others: tuple[PoolUser, ...] = ()
    lacking: str = ""


def find(typed: str, *, with_others: bool = True) -> Found:
    """Look for an account by username, alias, e-mail address, phone number or sub. Never raises.

    Without `with_others` only the account itself is looked for, where the name leads to one straight away.
    """
    try:
        account = _by_name(typed)
        like_it = _like(typed, account) if with_others or account is None else ()
    except InvalidInput:
        return Found(lookup=Lookup.NOT_FOUND)
    except CognitoError as error:
        return _not_looked(error)
    if account is not None:
        return Found(lookup=Lookup.FOUND, account=account, others=like_it)
    if len(like_it) == 1 and _is_address_of(typed, like_it[0]):
        return Found(lookup=Lookup.FOUND, account=like_it[0])
    several = len(like_it) > 1 and all(_is_address_of(typed, each) for each in like_it)
    return Found(lookup=Lookup.SEVERAL if several else Lookup.NOT_FOUND, others=like_it)


def find_by_sub(sub: str) -> Found:
    """Look for the account with this sub, and for others that are easily mistaken for it. Never raises."""
    try:
        listed = clients.cognito().find_users(attribute="sub", value=sub)
        # The list lags behind: an account that was made just now is known by its sub alone.
        account = _by_name(listed[0].username if listed else sub)
        others = _like(account.username, account) if account else ()
    except InvalidInput:
        return Found(lookup=Lookup.NOT_FOUND)
    except CognitoError as error:
        return _not_looked(error)
    if account is None or account.sub != sub:
        return Found(lookup=Lookup.NOT_FOUND)
    return Found(lookup=Lookup.FOUND, account=account, others=others)


def gather(typed: str, found: Found) -> Facts:
    """Put together what is known of a name that was looked for. Raises django.db.Error."""
    now = timezone.now()
    ids = _ids(typed, found.account)
    client = clients.client_settings()
    return Facts(
        typed=typed,
        now=now.timestamp(),
        lookup=found.lookup,
        account=found.account,
        others=tuple(each.username for each in found.others),
        lacking=found.lacking,
        pool=clients.pool_settings(),
        client=client,
        mfa=clients.mfa_config(),
        flows=_flows(),
        has_secret=bool(settings.COGNITO_CLIENT_SECRET),
        session_minutes=clients.session_minutes(),
        throttled_until=_throttled_until(ids, now),
        rows=tuple(queries.rows_of_person(person_ids=ids, since=now - LOOK_BACK, limit=ROWS)),
    )


def _not_looked(error: CognitoError) -> Found:
    if isinstance(error, NoCredentials):
        return Found(lookup=Lookup.NO_CREDENTIALS)
    if isinstance(error, CognitoUnavailable) or error.meaning.cause not in NO_RIGHTS:
        return Found(lookup=Lookup.UNREACHABLE)
    return Found(lookup=Lookup.DENIED, lacking=f"cognito-idp:{error.operation}")


def _by_name(name: str) -> PoolUser | None:
    try:
        return clients.cognito().admin_get_user(username=name)
    except CognitoRefused as error:
        if error.meaning.cause is Cause.UNKNOWN_USER:
            return None
        raise


def _like(typed: str, account: PoolUser | None) -> tuple[PoolUser, ...]:
    """Other accounts that this name may stand for: by address, in other letters, as the log knows it."""
    asked = _addresses(typed, account)
    found = [
        each for name, value in asked for each in clients.cognito().find_users(attribute=name, value=value)
    ]
    for name in _spellings(typed) - {account.username if account else ""}:
        found += clients.cognito().find_users(attribute="username", value=name)
    by_name = {each.username: each for each in found}
    if account is not None:
        by_name.pop(account.username, None)
    return tuple(by_name[name] for name in sorted(by_name))


def _addresses(typed: str, account: PoolUser | None) -> list[tuple[str, str]]:
    if account is not None:
        email = account.attributes.get("email")
        return [("email", email)] if email else []
    if "@" in typed:
        return list(dict.fromkeys([("email", typed), ("email", typed.lower())]))
    if typed.startswith("+"):
        return [("phone_number", typed)]
    return [("sub", typed)] if typed.count("-") == 4 else []


def _spellings(typed: str) -> set[str]:
    """The same name as others would type it: ListUsers tells capitals apart."""
    pool_id = settings.COGNITO_USER_POOL_ID
    known = queries.names_of_account(
        pool_id=pool_id, account=Person(pool_id=pool_id, typed=typed.strip()).account
    )
    return {typed.strip(), typed.strip().lower(), *known} - {typed}


def _is_address_of(typed: str, account: PoolUser) -> bool:
    has = account.attributes
    return typed.lower() in {has.get("email", "").lower(), has.get("phone_number", ""), account.sub}


def _ids(typed: str, account: PoolUser | None) -> tuple[str, ...]:
    """The ids of this person in the log, under the name as typed, the canonical one and the sub."""
    pool_id = settings.COGNITO_USER_POOL_ID
    names = {typed.strip(), *([account.username] if account else [])}
    found: set[str] = set()
    for name in names:
        person = Person(pool_id=pool_id, typed=name)
        found |= set(queries.find_identity(pool_id=pool_id, account=person.account).person_ids)
    if account is not None and account.sub:
        found |= set(queries.ids_of_sub(pool_id=pool_id, sub=account.sub))
    return tuple(sorted(found))


def _flows() -> tuple[str, ...]:
    configured: str = settings.COGNITO_AUTH_FLOW
    if configured != clients.AUTO:
        return (configured,)
    return ("USER_PASSWORD_AUTH", "USER_SRP_AUTH")


def _throttled_until(ids: Sequence[str], now: datetime) -> float | None:
    until = throttle.account_full_until(person_ids=ids, now=now)
    return until.astimezone(UTC).timestamp() if until else None
