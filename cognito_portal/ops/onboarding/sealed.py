"""A row's values as they lie in the database: encrypted, and bound to their row of their list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cognito_portal.encryption import seal, unseal

_PURPOSE = "portal/onboarding-row/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a row says, by attribute, and what is wrong about it in words."""

    values: Mapping[str, str] = field(repr=False)
    problems: Sequence[str] = ()


def sealed(content: Content, *, job_id: str, number: int) -> str:
    """The content, encrypted."""
    payload = {"values": dict(content.values), "problems": list(content.problems)}
    return seal(payload, purpose=_PURPOSE, bound_to=_place(job_id, number))


def opened(blob: str, *, job_id: str, number: int) -> Content | None:
    """The content; None where it was erased, or SECRET_KEY was changed without its fallback."""
    payload = unseal(blob, purpose=_PURPOSE, bound_to=_place(job_id, number)) if blob else None
    if payload is None:
        return None
    return Content(values=payload["values"], problems=payload["problems"])


def _place(job_id: str, number: int) -> str:
    return f"{job_id}:{number}"
