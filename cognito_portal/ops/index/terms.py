"""How long invitations to the pool live."""

from datetime import datetime

from cognito_portal import clients
from cognito_portal.ops.index.words import Term

AWS_DEFAULT_DAYS = 7


def known_days() -> int | None:
    """The pool's days of a temporary password, or None where they cannot be read."""
    pool = clients.pool_settings()
    return pool.policy.temporary_password_validity_days if pool and pool.policy else None


def term(now: datetime) -> Term:
    """The pool's term for invitations, or AWS's own where the pool's cannot be read."""
    return Term(now=now, days=known_days() or AWS_DEFAULT_DAYS)
