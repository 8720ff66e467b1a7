"""Asking Cognito, the settings and the log for what a verdict is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from cognito_portal import clients, throttle
from cognito_portal.audit import queries
from cognito_portal.audit.events import TRIES
from cognito_portal.audit.queries import Row
from cognito_portal.audit.record import Person, address_key
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
ADDRESSES = 5
JUST_NOW = timedelta(hours=1)
NO_RIGHTS = (Cause.ACCESS_DENIED, Cause.NO_CREDENTIALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of looking for a name: the account, other usernames like it, or why nobody could look.

    `lacking` is the IAM action that is missing; with an account, the one to look for others like it.
    """

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
        if account is not None:
            return (
                _with_others(account, typed) if with_others else Found(lookup=Lookup.FOUND, account=account)
            )
        like_it = _like(typed, None)
    except InvalidInput:
        return Found(lookup=Lookup.NOT_FOUND)
    except CognitoError as error:
        return _not_looked(error)
    if len(like_it) == 1 and _is_address_of(typed, like_it[0]):
        return Found(lookup=Lookup.FOUND, account=like_it[0])
    several = len(like_it) > 1 and all(_is_address_of(typed, each) for each in like_it)
    return Found(lookup=Lookup.SEVERAL if several else Lookup.NOT_FOUND, others=like_it)


def find_by_sub(sub: str) -> Found:
    """Look for the account with this sub, and for others that are easily mistaken for it. Never raises."""
    try:
        account = _by_sub(sub)
        return _with_others(account, account.username) if account else Found(lookup=Lookup.NOT_FOUND)
    except InvalidInput:
        return Found(lookup=Lookup.NOT_FOUND)
    except CognitoError as error:
        return _not_looked(error)


def gather(typed: str, found: Found) -> Facts:
    """Put together what is known of a name that was looked for. Raises django.db.Error."""
    now = timezone.now()
    ids = _ids(typed, found.account)
    client = clients.client_settings()
    rows = tuple(queries.rows_of_person(person_ids=ids, since=now - LOOK_BACK, limit=ROWS))
    there = _addresses_of(rows)
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
        throttled_until=_seconds(throttle.account_full_until(person_ids=ids, now=now)),
        address_throttled_until=_seconds(throttle.address_full_until(address_keys=there, now=now)),
        address_refused_at=_seconds(queries.address_refused_at(address_keys=there, since=now - JUST_NOW)),
        rows=rows,
    )


def _not_looked(error: CognitoError) -> Found:
    if isinstance(error, NoCredentials):
        return Found(lookup=Lookup.NO_CREDENTIALS)
    if isinstance(error, CognitoUnavailable) or error.meaning.cause not in NO_RIGHTS:
        return Found(lookup=Lookup.UNREACHABLE)
    return Found(lookup=Lookup.DENIED, lacking=f"cognito-idp:{error.operation}")


def _with_others(account: PoolUser, typed: str) -> Found:
    """An account that was found, whether or not others may be looked for."""
    try:
        return Found(lookup=Lookup.FOUND, account=account, others=_like(typed, account))
    except CognitoError as error:
        not_looked = _not_looked(error)
        if not_looked.lookup is not Lookup.DENIED:
            raise
        return Found(lookup=Lookup.FOUND, account=account, lacking=not_looked.lacking)


def _by_sub(sub: str) -> PoolUser | None:
    """ListUsers is sure, and lags behind: an account that was made just now AdminGetUser alone knows."""
    try:
        listed = clients.cognito().find_users(attribute="sub", value=sub)
    except CognitoRefused as error:
        if error.meaning.cause is not Cause.ACCESS_DENIED or (account := _named_by(sub)) is None:
            raise
        return account
    return _by_name(listed[0].username) if listed else _named_by(sub)


def _named_by(sub: str) -> PoolUser | None:
    """AdminGetUser takes a sub as well, unless it is somebody's alias."""
    account = _by_name(sub)
    return account if account is not None and account.sub == sub else None


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
    """The same name as others would type it, and as the log knows it: ListUsers tells capitals apart."""
    pool, name = clients.pool_settings(), typed.strip()
    by_capitals = {name.lower(), name.upper(), name.title()} if pool is None or pool.case_sensitive else set()
    pool_id = settings.COGNITO_USER_POOL_ID
    known = queries.names_of_account(pool_id=pool_id, account=Person(pool_id=pool_id, typed=name).account)
    return {name, *by_capitals, *known} - {typed}


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


def _addresses_of(rows: Sequence[Row]) -> list[str]:
    """What the throttle counts the addresses by that this person tried from, the newest first."""
    keys = (address_key(row.address) for row in rows if row.event in TRIES)
    return [key for key in dict.fromkeys(keys) if key][:ADDRESSES]


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
