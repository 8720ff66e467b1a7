"""What the worker does for acts on many. OpsConfig.ready() registers it."""

from cognito_portal.audit.forgetting import Forgetting, register_eraser
from cognito_portal.ops.bulk import running, steering
from cognito_portal.ops.models import BulkActItem
from cognito_portal.worker.jobs import Job, register

ERASED = "erased"
_Item = BulkActItem.State


def register_all() -> None:
    """Tell the worker of it, and the log of what has to be erased with a person."""
    register(Job(name="bulk acts", run=running.work, every_s=1))
    register(Job(name="bulk acts left alone", run=steering.end_left, every_s=3600))
    register_eraser(forget)


def forget(person: Forgetting) -> int:
    """Erase a person's sub; whoever was still to be dealt with is not. How many rows."""
    if not person.sub:
        return 0
    theirs = BulkActItem.objects.filter(job__pool_id=person.pool_id, sub=person.sub)
    ids = list(theirs.values_list("id", flat=True))
    BulkActItem.objects.filter(id__in=ids, state=_Item.WAITING).update(state=_Item.SKIPPED, problem=ERASED)
    for item_id in ids:
        # No two of a job may be alike.
        BulkActItem.objects.filter(id=item_id).update(sub=f"{ERASED}-{item_id}")
    return len(ids)
