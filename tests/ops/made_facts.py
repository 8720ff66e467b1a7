"""Facts as the tests of the verdict need them: a person who can sign in, but for what is said otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.queries import Row
from cognito_portal.cognito.types import ClientSettings, PasswordPolicy, PoolSettings, PoolUser
from cognito_portal.ops.diagnosis.facts import Facts, Lookup

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VERIFIED = {"sub": "s-1", "email": "ann@example.com", "email_verified": "true", "name": "Ann"}


def row(outcome: Outcome, *, ago_s: float = 60, event: Event = Event.SIGNIN_STARTED) -> Row:
    texts = dict.fromkeys(Row.__slots__, "")
    values: dict[str, Any] = {**texts, "id": 1, "duration_ms": None, "count": None}
    values |= {"time": NOW - timedelta(seconds=ago_s), "event": event.value, "outcome": outcome.value}
    return Row(**values | {"phase": "end"})


def account(status: str = "CONFIRMED", *, age: timedelta = DAY, **more: Any) -> PoolUser:
    at = (NOW - age).timestamp()
    values = {"username": "ann", "status": status, "enabled": True, "attributes": VERIFIED} | more
    return PoolUser(
        created_at=at, modified_at=at, mfa_factors=values.pop("mfa_factors", ()), preferred_mfa=None, **values
    )


def pool(**more: Any) -> PoolSettings:
    empty: dict[str, Any] = dict.fromkeys(PoolSettings.__slots__, ())
    policy = PasswordPolicy(8, True, True, True, True, 0, 7)
    off = dict.fromkeys(
        ("case_sensitive", "device_tracking", "device_confirmation", "admin_create_only"), False
    )
    return PoolSettings(**empty | off | {"pool_id": "p", "name": "p", "policy": policy} | more)


def client(**more: Any) -> ClientSettings:
    empty: dict[str, Any] = dict.fromkeys(ClientSettings.__slots__)
    flows = ("ALLOW_USER_PASSWORD_AUTH",)
    return ClientSettings(
        **empty | {"client_id": "c", "has_secret": False, "explicit_auth_flows": flows} | more
    )


def facts(**more: Any) -> Facts:
    values: dict[str, Any] = {
        "typed": "ann",
        "now": NOW.timestamp(),
        "lookup": Lookup.FOUND,
        "account": account(),
        "pool": pool(),
        "client": client(),
        "flows": ("USER_PASSWORD_AUTH", "USER_SRP_AUTH"),
    }
    return Facts(**values | more)
