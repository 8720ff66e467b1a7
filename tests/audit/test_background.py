"""The auditors' page says whether somebody does the background work."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from cognito_portal.worker import leases
from cognito_portal.worker.leases import Report
from cognito_portal.worker.models import Lease
from tests.audit.visitors import URL, auditor

__all__ = ["auditor"]

STOPPED = "Background work has stopped"
NEVER = "Background work has not been done yet"
SEEN = "Background work last seen"


def page(auditor: Client) -> str:
    return auditor.get(URL).content.decode()


def seen(*, ago: timedelta) -> None:
    leases.take("reconcile", holder="w")
    Lease.objects.update(seen_at=Now() - ago)


def test_page_of_a_site_without_a_worker_asks_for_one(auditor: Client) -> None:
    assert NEVER in page(auditor)
    assert SEEN not in page(auditor)


@pytest.mark.parametrize(("seconds", "warns"), [(110, False), (130, True)])
def test_page_warns_two_minutes_after_the_worker_was_seen_last(
    auditor: Client, seconds: int, warns: bool
) -> None:
    seen(ago=timedelta(seconds=seconds))
    assert (STOPPED in page(auditor)) is warns
    assert SEEN in page(auditor)


def test_page_names_the_jobs_that_fail(auditor: Client) -> None:
    leases.take("reconcile", holder="w")
    leases.renew("reconcile", Report(failures=1, error="OperationalError"), holder="w")
    assert "These background jobs fail and are tried again: reconcile." in page(auditor)
    assert STOPPED not in page(auditor)
