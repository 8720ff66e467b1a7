"""Rows go out in the order in which they were sealed, at least once, to each receiver at its own pace."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from cognito_portal.audit import queries
from cognito_portal.audit.events import Phase
from cognito_portal.audit.models import AuditLeaf, Delivery, Push
from cognito_portal.audit.pushes import streams, webhooks
from cognito_portal.audit.pushes.ecs import Document, document
from cognito_portal.audit.pushes.failing import NotTaken
from cognito_portal.worker.jobs import stopping

BATCH = 200
BATCHES_A_RUN = 20
RETRY_AFTER_S = (5, 30, 120, 600, 3600)
KEPT_DELIVERIES = 500


def send_all(*, now: Callable[[], datetime] = timezone.now) -> None:
    """Hand every receiver what was sealed since it last took something. Raises django.db.Error.

    One that fails is tried again later, and keeps nobody else waiting but for its own time-out.
    """
    follow_setting()
    due = Q(retry_at=None) | Q(retry_at__lte=now())
    for push in Push.objects.filter(due, is_active=True).order_by("id"):
        for _ in range(BATCHES_A_RUN):
            if stopping().is_set() or not send_next(push, now=now()):
                break


def follow_setting() -> None:
    """Have the stream of AUDIT_STREAM, and no other, among the receivers; a new one begins with what comes."""
    target: str = settings.AUDIT_STREAM
    Push.objects.filter(kind=Push.Kind.STREAM).exclude(target=target).delete()
    if target:
        Push.objects.get_or_create(
            kind=Push.Kind.STREAM,
            target=target,
            defaults={"next_leaf": end_of_log(), "created_at": timezone.now(), "created_by": "settings"},
        )


def end_of_log() -> int:
    """The number that the next sealed row will have."""
    top = AuditLeaf.objects.aggregate(top=Max("leaf_no"))["top"]
    return 0 if top is None else top + 1


def send_next(push: Push, *, now: datetime) -> bool:
    """Send one batch; whether there may be more to send. `push` is brought up to date."""
    first, end = push.next_leaf, min(push.next_leaf + BATCH, end_of_log())
    if first >= end:
        return False
    wanted = set(push.events.split(",")) if push.events else None
    documents = [
        document(row, sequence=leaf_no)
        for leaf_no, row in queries.sealed_rows(first_leaf=first, end=end)
        if row.phase != Phase.BEGIN and (wanted is None or row.event in wanted)
    ]
    if documents and not _hand_over(push, documents, now):
        return False
    moved = Push.objects.filter(pk=push.pk, next_leaf=first)
    if not moved.update(next_leaf=end, failures=0, retry_at=None, problem=""):
        # Another worker was here meanwhile; it goes on.
        return False
    push.next_leaf = end
    return True


def _hand_over(push: Push, documents: list[Document], now: datetime) -> bool:
    started = time.monotonic()
    status, failed = None, None
    try:
        if push.kind == Push.Kind.STREAM:
            streams.deliver(push.target, documents)
        else:
            status = webhooks.deliver(
                target=push.target,
                sealed_secret=push.sealed_secret,
                message_id=f"{push.pk}-{push.next_leaf}",
                documents=documents,
            )
    except NotTaken as error:
        status, failed = error.status, error
    if push.kind == Push.Kind.WEBHOOK:
        _write_down(push, documents, status, failed, now, round(1000 * (time.monotonic() - started)))
    if failed is not None:
        _put_off(push, failed, now)
    return failed is None


def _write_down(
    push: Push, documents: list[Document], status: int | None, failed: NotTaken | None, now: datetime, ms: int
) -> None:
    Delivery.objects.create(
        push=push,
        at=now,
        first_leaf=push.next_leaf,
        rows=len(documents),
        status=status,
        problem=failed.problem if failed else "",
        duration_ms=ms,
    )
    oldest_kept = push.deliveries.order_by("-id").values_list("id", flat=True)[KEPT_DELIVERIES - 1 :][:1]
    for kept in oldest_kept:
        push.deliveries.filter(id__lt=kept).delete()


def _put_off(push: Push, failed: NotTaken, now: datetime) -> None:
    wait_s = RETRY_AFTER_S[min(push.failures, len(RETRY_AFTER_S) - 1)]
    push.failures += 1
    push.retry_at = now + timedelta(seconds=wait_s)
    push.problem = failed.problem
    # Whoever answers 410 wants no more of it (Standard Webhooks).
    push.is_active = not failed.is_gone
    push.save(update_fields=["failures", "retry_at", "problem", "is_active"])
