"""From facts to one sentence, the evidence for it, and the one right act."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from cognito_portal.ops.diagnosis.acts import ACTS, Act
from cognito_portal.ops.diagnosis.cause import FINE, Cause
from cognito_portal.ops.diagnosis.causes import CAUSES
from cognito_portal.ops.diagnosis.facts import Facts, Lookup


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that is known, with its name."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer. `also` are what else stands in the way or will, each as code and sentence."""

    code: str
    sentence: str
    can_sign_in: bool | None
    act: Act
    evidence: tuple[Evidence, ...]
    also: tuple[tuple[str, str], ...] = ()

    @property
    def act_label(self) -> str:
        """What the act is called on a button; empty where there is nothing to do."""
        return str(ACTS[self.act])

    def as_json(self) -> dict[str, Any]:
        """`code`, `sentence`, `can_sign_in` (null where it cannot be known), `act`, `evidence`, `also`."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "can_sign_in": self.can_sign_in,
            "act": self.act.value,
            "evidence": [{"label": each.label, "value": each.value} for each in self.evidence],
            "also": [{"code": code, "sentence": sentence} for code, sentence in self.also],
        }


def diagnose(facts: Facts) -> Verdict:
    """The first cause that stops this person, and whatever else holds beside it. Never raises for any facts."""
    holding = [cause for cause in CAUSES if cause.holds(facts)]
    stopping = [cause for cause in holding if cause.stops]
    first = stopping[0] if stopping else holding[0] if holding else FINE
    rest = [cause for cause in holding if cause is not first]
    return Verdict(
        code=first.code,
        sentence=first.sentence(facts),
        can_sign_in=_can_sign_in(facts, first),
        act=first.act,
        evidence=tuple(_evidence(facts)),
        also=tuple((cause.code, cause.sentence(facts)) for cause in rest),
    )


def _can_sign_in(facts: Facts, first: Cause) -> bool | None:
    if first.stops:
        return None if first.unknown else False
    return True if facts.lookup is Lookup.FOUND else None


def _evidence(facts: Facts) -> list[Evidence]:
    return [Evidence(label, value) for label, value in [*_of_cognito(facts), *_of_log(facts)] if value]


def _of_cognito(facts: Facts) -> list[tuple[str, str]]:
    account = facts.account
    lacking = (_("IAM action that is lacking"), facts.lacking)
    if account is None:
        return [lacking]
    ends_at = facts.invitation_ends_at
    return [
        lacking,
        (_("Status"), account.status),
        (_("Enabled"), _("yes") if account.enabled else _("no")),
        (_("Created"), moment(account.created_at)),
        (_("Last changed"), moment(account.modified_at)),
        (_("Temporary password valid until"), moment(ends_at)),
        (_("Verified contacts"), ", ".join(facts.verified_contacts) or _("none")),
        (_("Second factors"), ", ".join(account.mfa_factors) or _("none")),
        (_("Second factor in this pool"), (facts.pool and facts.pool.mfa_configuration) or ""),
        (_("Minutes for each step"), str(facts.session_minutes or "")),
    ]


def _of_log(facts: Facts) -> list[tuple[str, str]]:
    success, failures = facts.last_success, facts.failures
    shown = [f"{moment(row.time.timestamp())} {row.outcome}" for row in failures[:3]]
    return [
        (_("Last sign-in through this portal"), moment(success.time.timestamp()) if success else _("none")),
        (_("Failures since then"), str(len(failures)) if failures else ""),
        (_("Newest failures"), ", ".join(shown)),
        (_("Others turned away at their address"), moment(facts.address_refused_at)),
    ]


def moment(seconds: float | None) -> str:
    """Epoch seconds as UTC text to the minute; empty where there are none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
