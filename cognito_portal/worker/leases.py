"""Leases: of several workers one runs a job, and where that one dies another takes over within LEASE_S seconds.

All times are compared by the database, since the clocks of several hosts differ. Every function raises
django.db.Error.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from cognito_portal.worker.models import Lease

LEASE_S = 15.0
RENEW_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a job since its lease was taken: how long ago it last ended well, and failures since then.

    Without either there is nothing to say yet, and what the lease says stays.
    """

    ran_s_ago: float | None = None
    failures: int = 0
    error: str = ""


def take(name: str, *, holder: str) -> bool:
    """Whether this lease is `holder`'s from now on, because it was nobody's or theirs already."""
    free = Q(name=name) & (Q(until__lte=Now()) | Q(holder=holder))
    taking = {"holder": holder, "until": Now() + timedelta(seconds=LEASE_S), "seen_at": Now()}
    if Lease.objects.filter(free).update(**taking):
        return True
    _, is_new = Lease.objects.get_or_create(name=name, defaults=taking)
    return is_new


def seconds_since_run(name: str) -> float | None:
    """How long ago this job last ended well, whoever ran it, or None where it never did."""
    passed = Lease.objects.filter(name=name, ran_at__isnull=False).values_list(Now() - F("ran_at"), flat=True)
    for each in passed:
        return max(0.0, float(each.total_seconds()))
    return None


def renew(name: str, report: Report, *, holder: str) -> bool:
    """Hold a lease for LEASE_S seconds from now; False where it is not `holder`'s any more."""
    until = Now() + timedelta(seconds=LEASE_S)
    return bool(_held(name, holder).update(until=until, seen_at=Now(), **_said(report)))


def release(name: str, report: Report, *, holder: str) -> None:
    """Give a lease back, so that another worker need not wait until it lapses."""
    _held(name, holder).update(holder="", until=Now(), **_said(report))


def _held(name: str, holder: str) -> QuerySet[Lease]:
    return Lease.objects.filter(name=name, holder=holder)


def _said(report: Report) -> dict[str, object]:
    if report.failures:
        return {"failures": report.failures, "error": report.error[:64]}
    if report.ran_s_ago is None:
        return {}
    return {"failures": 0, "error": "", "ran_at": Now() - timedelta(seconds=report.ran_s_ago)}
