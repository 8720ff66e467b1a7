"""Whom audit rows about staff speak of."""

from django.contrib.auth.models import User

from cognito_portal.audit import record

# Staff are no users of a pool; their rows name this in its place, so the two can never be mixed.
POOL = "staff"


def person_of(user: User, *, typed: str = "") -> record.Person:
    """A member of staff, by the name that was typed or else their own."""
    name = user.get_username()
    return record.Person(pool_id=POOL, typed=typed or name, canonical=name, sub=str(user.pk))
