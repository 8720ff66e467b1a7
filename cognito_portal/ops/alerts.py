"""Telling the help desk by mail that people ask for something, and that flags were raised (decision D14).

The worker looks every EVERY_S seconds, and sends one mail at most in OPS_ALERT_MINUTES: how many requests and flags
are new, how many stand open, and where to look. It names nobody.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cognito_portal import mail
from cognito_portal.audit import queries
from cognito_portal.audit.insight import flags
from cognito_portal.ops.models import Alert
from cognito_portal.worker import jobs

log = logging.getLogger(__name__)

JOB = "ops alerts"
EVERY_S = 30.0
OPEN_FOR = timedelta(days=30)
MOST = 5_000
SETTLED = timedelta(seconds=10)
"""Rows get their ids in one order and are committed in another: younger ones are left to the next look."""
ONE_ROW = 1


class NotSent(Exception):
    """The mail could not be sent: what it would have told of is told of the next time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The ids of what stands open, in their order, and those among them that no mail has told of."""

    open: Sequence[int]
    new: Sequence[int]

    @property
    def newest(self) -> int:
        return max(self.open, default=0)


def register() -> None:
    """Tell the worker of this job."""
    jobs.register(jobs.Job(name=JOB, run=work, every_s=EVERY_S))


def work(*, now: datetime | None = None) -> bool:
    """Send a mail if something is new and none went out of late; whether one was sent.

    Raises NotSent, and django.db.Error.
    """
    now = now or timezone.now()
    if not settings.OPS_ALERT_EMAILS:
        return False
    told, _made = Alert.objects.get_or_create(id=ONE_ROW)
    if told.sent_at is not None and told.sent_at > now - timedelta(minutes=settings.OPS_ALERT_MINUTES):
        return False
    requests, raised = _requests(told.request_id, now), _flags(told.flag_id)
    if not requests.new and not raised.new:
        return False
    if not _claim(told, requests, raised, now):
        return False
    if not _send(requests, raised):
        _give_back(told, now)
        raise NotSent
    return True


def _requests(after: int, now: datetime) -> Waiting:
    rows = queries.open_requests(since=now - OPEN_FOR, limit=MOST)
    ids = [row.id for row in rows if row.time <= now - SETTLED]
    return Waiting(ids, [row_id for row_id in ids if row_id > after])


def _flags(after: int) -> Waiting:
    ids = flags.open_ids(limit=MOST)
    return Waiting(ids, [flag_id for flag_id in ids if flag_id > after])


def _claim(told: Alert, requests: Waiting, raised: Waiting, now: datetime) -> bool:
    """Say that this mail is being sent, before it is: two workers must not send it twice."""
    mine = Alert.objects.filter(id=ONE_ROW, sent_at=told.sent_at, request_id=told.request_id)
    return bool(
        mine.filter(flag_id=told.flag_id).update(
            sent_at=now,
            request_id=max(told.request_id, requests.newest),
            flag_id=max(told.flag_id, raised.newest),
        )
    )


def _give_back(told: Alert, now: datetime) -> None:
    Alert.objects.filter(id=ONE_ROW, sent_at=now).update(
        sent_at=told.sent_at, request_id=told.request_id, flag_id=told.flag_id
    )


def _send(requests: Waiting, raised: Waiting) -> bool:
    lines = [
        _line(ngettext("%(new)d new request", "%(new)d new requests", len(requests.new)), requests),
        _line(ngettext("%(new)d new flag", "%(new)d new flags", len(raised.new)), raised),
    ]
    links = ["desk:requests", "audit:flags"]
    told = [
        (line, _link(name)) for line, name, of in zip(lines, links, (requests, raised), strict=True) if of.new
    ]
    site = settings.SITE_NAME or _("Sign-in")
    return mail.post(
        to=settings.OPS_ALERT_EMAILS,
        subject=f"{site}: {', '.join(line.partition(',')[0] for line, _url in told)}",
        body=render_to_string("mail/waiting.txt", {"site": site, "told": told}),
    )


def _line(words: str, of: Waiting) -> str:
    return _("%(words)s, %(open)d open") % {"words": words % {"new": len(of.new)}, "open": len(of.open)}


def _link(name: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{reverse(name)}" if settings.SITE_URL else ""
