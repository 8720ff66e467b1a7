"""Which sealed batches retention has removed, as far as the log itself says so.

Retention removes the oldest batches first. Its row `audit.pruned` says up to which seal everything may be gone;
being sealed, that row is as good as any other, so nobody without the keys can add one.
"""

import re

from cognito_portal.audit.events import Event
from cognito_portal.audit.sql import fetch

_STEP = re.compile(r"through seal ([1-9][0-9]{0,17})")


def step_of(seal_no: int) -> str:
    """What `audit.pruned` says in `step` when everything up to and including this seal may be removed."""
    return f"through seal {seal_no}"


def pruned_through() -> int:
    """The greatest seal number that a row `audit.pruned` names; 0 where there is none. Raises django.db.Error."""
    rows = fetch("SELECT step FROM audit_event WHERE event = %s", [Event.AUDIT_PRUNED.value])
    named = (_STEP.fullmatch(str(step)) for (step,) in rows)
    return max((int(found[1]) for found in named if found), default=0)


def is_named(seal_no: int) -> bool:
    """Whether `audit_prune` names this seal. Raises django.db.Error."""
    return bool(fetch("SELECT 1 FROM audit_prune WHERE seal_no = %s", [seal_no]))


def find_above(seal_no: int) -> int | None:
    """The lowest seal above this one that `audit_prune` names. Raises django.db.Error."""
    ((found,),) = fetch("SELECT MIN(seal_no) FROM audit_prune WHERE seal_no > %s", [seal_no])
    return None if found is None else int(found)
