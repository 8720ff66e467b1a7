"""The accounts that a member of staff looked at lately, for nobody but themselves.

They come out of the log, which has their looks anyway: so nothing more is kept of anybody, the list is the same on
every browser of theirs and on nobody else's, and whoever is forgotten is gone from it at once.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from cognito_portal.actors import actor
from cognito_portal.audit.looks import latest_looks
from cognito_portal.audit.queries import Row
from cognito_portal.ops.index import passes
from cognito_portal.ops.models import PoolIndexEntry
from cognito_portal.ops.pages.account_rows import rows
from cognito_portal.ops.pages.standing import term

MOST = 5
READ = 4 * MOST
"""Of so many, those that are gone from the pool are left out."""
LATELY = timedelta(days=30)


def recent_looks(request: HttpRequest) -> list[dict[str, Any]]:
    """What `templates/ops/recent_looks.html` shows: at most MOST accounts, the newest look first.

    As no look is written down for it, it tells nothing that this person has not seen: what the index has of an
    account that was changed since is left out. Raises django.db.Error.
    """
    pool_id = settings.COGNITO_USER_POOL_ID
    looks = latest_looks(
        actor=actor(request).actor, pool_id=pool_id, since=timezone.now() - LATELY, limit=READ
    )
    if not looks:
        return []
    known, whole_at = _known(pool_id, looks)
    there = [look for look in looks if look.sub in known or whole_at is None or look.time >= whole_at][:MOST]
    seen = [known[look.sub] for look in there if _is_as_seen(known.get(look.sub), look)]
    shown = {each["sub"]: each for each in rows(seen, term(), masked=True)} if seen else {}
    nothing = {"name": "", "state": None, "status": ""}
    return [
        {
            **shown.get(look.sub, nothing),
            "sub": look.sub,
            "username": look.canonical_username,
            "at": look.time,
        }
        for look in there
    ]


def _known(pool_id: str, looks: list[Row]) -> tuple[dict[str, PoolIndexEntry], datetime | None]:
    """What the index has of these accounts, and when it was last whole: what it then lacked is gone."""
    if settings.POOL_INDEX_MINUTES <= 0:
        return {}, None
    entries = PoolIndexEntry.objects.filter(pool_id=pool_id, sub__in=[look.sub for look in looks])
    return {entry.sub: entry for entry in entries}, passes.state_of_pool().whole_at


def _is_as_seen(entry: PoolIndexEntry | None, look: Row) -> bool:
    """Whether the account is in the index, and unchanged since this look."""
    return entry is not None and entry.modified_at <= look.time
