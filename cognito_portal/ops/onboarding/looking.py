"""What a list holds and how far it is, for the pages and files that show it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding.checking import KNOWN
from cognito_portal.ops.onboarding.sealed import opened

_Item = OnboardingItem.State
_State = OnboardingJob.State
# What is to be put right and sent again in another file.
TO_MEND = (_Item.BAD, _Item.REFUSED)
PROBLEMS = (*TO_MEND, _Item.MAIL_FAILED, _Item.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows of a list stand in which state."""

    by_state: Mapping[str, int]

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.by_state.values())

    @property
    def bad(self) -> int:
        """Those that are never sent."""
        return self.by_state.get(_Item.BAD, 0)

    @property
    def to_send(self) -> int:
        """Those that are sent, or were."""
        return self.rows - self.bad

    @property
    def over(self) -> int:
        """Those of which is known what became."""
        return self.to_send - sum(
            self.by_state.get(state, 0) for state in (_Item.WAITING, _Item.SENDING, _Item.UNKNOWN)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a list. `values` are empty where they were erased; `problems` are those of the dry run."""

    number: int
    state: str
    problem: str
    sub: str
    values: Mapping[str, str] = field(repr=False)
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the person is called: the username, or the address that stands for it."""
        given = self.values
        return given.get("username") or given.get("email") or given.get("phone_number") or ""


def counts(job: OnboardingJob) -> Counts:
    """Count a list's rows. Raises django.db.Error."""
    return counts_of([job])[job.id]


def counts_of(jobs: Collection[OnboardingJob]) -> dict[str, Counts]:
    """The counts of each of these lists by its id. Raises django.db.Error."""
    by_state: dict[str, dict[str, int]] = {job.id: {} for job in jobs}
    rows = OnboardingItem.objects.filter(job_id__in=by_state).values_list("job_id", "state")
    for job_id, state, count in rows.annotate(Count("id")).order_by():
        by_state[job_id][state] = count
    return {job_id: Counts(by_state=found) for job_id, found in by_state.items()}


def known(job: OnboardingJob) -> int:
    """How many rows of a draft seem to have an account already. Raises django.db.Error."""
    return OnboardingItem.objects.filter(job_id=job.id, problem=KNOWN).count()


def lines(
    job: OnboardingJob, states: Collection[str] = (), *, after: int = 0, most: int | None = None
) -> Iterator[Line]:
    """The rows of a list in their order, those in `states` where given. Raises django.db.Error."""
    wanted = OnboardingItem.objects.filter(job_id=job.id, number__gt=after).order_by("number")
    if states:
        wanted = wanted.filter(state__in=states)
    for item in wanted[:most]:
        content = opened(item.sealed, job_id=job.id, number=item.number)
        yield Line(
            number=item.number,
            state=item.state,
            problem=item.problem,
            sub=item.sub,
            values=content.values if content else {},
            problems=tuple(content.problems) if content else (),
        )


def to_mend(job: OnboardingJob) -> tuple[str, ...]:
    """The states of rows to put right: of a cancelled list also what was not sent."""
    return (*TO_MEND, _Item.WAITING) if job.state == _State.CANCELLED else TO_MEND
