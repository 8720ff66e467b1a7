"""How many invited accounts came how far: the funnel, as a whole and by sender, and as a CSV file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.exports.cells import cell
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger import search
from cognito_portal.ops.ledger.filters import ELSEWHERE, LedgerFilter
from cognito_portal.ops.models import Invitation

Stage = Invitation.Stage
STEPS: Sequence[tuple[str, str | Promise, str | Promise, Q]] = (
    ("invited", gettext_lazy("Invited"), gettext_lazy("were sent an invitation in this time"), Q()),
    (
        "opened",
        gettext_lazy("Opened"),
        gettext_lazy("of these, signed in with the temporary password"),
        Q(stage__gte=Stage.OPENED),
    ),
    (
        "password",
        gettext_lazy("Password set"),
        gettext_lazy("of these, chose a password of their own"),
        Q(stage__gte=Stage.PASSWORD_SET),
    ),
    (
        "factor",
        gettext_lazy("Second factor set"),
        gettext_lazy("of these with a password, set up a second factor here"),
        Q(stage__gte=Stage.PASSWORD_SET, factor_at__isnull=False),
    ),
    (
        "verified",
        gettext_lazy("Verified"),
        gettext_lazy("of these with a password, have a verified e-mail address or phone number"),
        Q(stage=Stage.VERIFIED),
    ),
)
"""Each step by a name, its label, who is counted, and by what. The last two are steps beside each other."""
LABELS = {name: label for name, label, _counted, _which in STEPS}
_BEFORE = {"opened": "invited", "password": "opened", "factor": "password", "verified": "password"}


@dataclass(frozen=True, slots=True)
class Step:
    """How many came so far; `of_invited` and `of_before` are per cent, None where there was nobody."""

    name: str
    label: str | Promise
    counted: str | Promise
    people: int
    of_invited: float | None
    of_before: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """All steps of a filter, and the numbers of each sender by the names of the steps."""

    steps: list[Step]
    by_sender: list[tuple[str, dict[str, int]]]


def funnel(asked: LedgerFilter, term: Term) -> Funnel:
    """The funnel of a filter, whose state plays no part. Raises django.db.Error."""
    counted = {name: Count("pk", filter=which) for name, _label, _counted, which in STEPS}
    rows = search.meant(asked, term).order_by("sent_by").values_list("sent_by").annotate(**counted)
    by_sender = [(row[0] or ELSEWHERE, dict(zip(counted, row[1:], strict=True))) for row in rows]
    totals = {name: sum(numbers[name] for _sender, numbers in by_sender) for name in counted}
    steps = [
        Step(
            name,
            label,
            who,
            totals[name],
            _share(totals, name, "invited"),
            _share(totals, name, _BEFORE.get(name)),
        )
        for name, label, who, _which in STEPS
    ]
    return Funnel(steps, by_sender)


def _share(totals: Mapping[str, int], name: str, of: str | None) -> float | None:
    return 100 * totals[name] / totals[of] if of is not None and totals[of] else None


def csv_of(found: Funnel, senders: Mapping[str, str]) -> str:
    """The funnel as a CSV file: the steps, an empty line, then the numbers of each sender by name."""
    head = [_("Step"), _("People"), _("Per cent of the invited"), _("Per cent of the step before")]
    lines = [head]
    lines += [[str(s.label), str(s.people), _number(s.of_invited), _number(s.of_before)] for s in found.steps]
    lines += [[], [_("Sent by"), *(str(label) for label in LABELS.values())]]
    lines += [
        [senders.get(sender, sender), *map(str, numbers.values())] for sender, numbers in found.by_sender
    ]
    return "".join(f"{_line(line)}\r\n" for line in lines)


def _line(texts: Iterable[str]) -> str:
    return ",".join(map(cell, texts))


def _number(share: float | None) -> str:
    return "" if share is None else f"{share:.1f}"
