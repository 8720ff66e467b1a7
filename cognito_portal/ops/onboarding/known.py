"""Which accounts of a list are there already: Cognito says it of a few, the local index of many.

Either may be wrong by the time the list is sent; then Cognito says so of the row.
"""

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db.models import Q

from cognito_portal import clients
from cognito_portal.audit.record import account_of
from cognito_portal.cognito.errors import CognitoError, UserNotFoundError
from cognito_portal.ops.models import PoolIndexEntry

MOST_LOOKED_UP = 20
_BATCH = 500


def existing(names: Sequence[str]) -> set[str]:
    """Those of these usernames that have an account, as far as that is known. Raises django.db.Error."""
    asked = _asked(names) if len(names) <= MOST_LOOKED_UP else None
    return _in_index(names) if asked is None else asked


def _asked(names: Sequence[str]) -> set[str] | None:
    """What Cognito says of each; None where it does not."""
    found = set()
    for name in names:
        try:
            clients.cognito().admin_get_user(username=name)
        except UserNotFoundError:
            continue
        except CognitoError:
            return None
        found.add(name)
    return found


def _in_index(names: Sequence[str]) -> set[str]:
    pool = clients.pool_settings()
    by_address = bool(pool and pool.username_attributes)
    is_exact = bool(pool and pool.case_sensitive and not by_address)
    taken: set[str] = set()
    for start in range(0, len(names), _BATCH):
        taken |= _taken(names[start : start + _BATCH], by_address=by_address)
    return {name for name in names if (name if is_exact else account_of(name)) in taken}


def _taken(names: Collection[str], *, by_address: bool) -> set[str]:
    """Every name of the accounts found, as it is written and folded."""
    folded = {account_of(name) for name in names}
    meant = Q(email_folded__in=folded) | Q(phone_number__in=names) if by_address else Q(folded__in=folded)
    entries = PoolIndexEntry.objects.filter(meant, pool_id=settings.COGNITO_USER_POOL_ID)
    columns = ("email_folded", "phone_number") if by_address else ("username", "folded")
    return {name for entry in entries.values_list(*columns) for name in entry if name}
