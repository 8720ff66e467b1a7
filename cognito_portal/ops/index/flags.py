"""What keeps an account out, or will at its next sign-in, as flags of its entry in the index.

Three follow from the account itself; whether it has a twin follows from the others as well.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Count

from cognito_portal import clients
from cognito_portal.cognito.types import PoolSettings, PoolUser
from cognito_portal.ops.diagnosis.conditions import NOT_ASKED_FOR
from cognito_portal.ops.models import PoolIndexEntry

_HAS_PASSWORD = ("CONFIRMED", "RESET_REQUIRED")
_CONTACTS = ("email", "phone_number")


def required_attributes() -> frozenset[str] | None:
    """What every account of the pool has to have; None where the pool's settings cannot be read."""
    pool = clients.pool_settings()
    return _required(pool) if pool else None


def _required(pool: PoolSettings) -> frozenset[str]:
    return frozenset(each.name for each in pool.schema if each.required) - NOT_ASKED_FOR


def flags(account: PoolUser, required: frozenset[str] | None) -> dict[str, Any]:
    """The flags of an account, by column; what cannot be told is left out. Whoever is disabled is out anyway."""
    has = account.attributes
    verified = [name for name in _CONTACTS if has.get(name) and _is_true(has.get(f"{name}_verified"))]
    may_come_in = account.enabled and account.status in _HAS_PASSWORD
    found = {
        "is_unreachable": may_come_in and not verified,
        "has_unverified_email": may_come_in and bool(has.get("email")) and "email" not in verified,
    }
    if required is not None:
        found["is_incomplete"] = account.enabled and not all(has.get(name) for name in required)
    return found


def _is_true(flag: str | None) -> bool:
    return (flag or "").lower() == "true"


def mark_twins(pool_id: str, folded: Collection[str]) -> None:
    """Have those of these names, folded as in the index, say whether more than one account has them.

    Call it in a transaction after accounts came, went or got another name. Raises django.db.Error.
    """
    named = PoolIndexEntry.objects.filter(pool_id=pool_id, folded__in=folded)
    # Without its order, by which Django would group as well.
    counted = named.order_by().values("folded").annotate(count=Count("id")).filter(count__gt=1)
    twins = [row["folded"] for row in counted]
    named.filter(folded__in=twins, has_twin=False).update(has_twin=True)
    named.filter(has_twin=True).exclude(folded__in=twins).update(has_twin=False)
