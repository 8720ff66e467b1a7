"""Whether the log still has what was anchored outside of it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from cognito_portal.audit.proof import ledger, stored
from cognito_portal.audit.proof.chain import Broken
from cognito_portal.audit.proof.statements import anchor_of_line

BATCH = 500


def check_anchors(lines: Iterable[str], *, log_has_seals: bool) -> int:
    """How many anchors there are, each of which names a seal that is in the log and is the same still.

    Lines that are no anchors are passed over, since a worker prints others too.
    Raises Broken, also where there is none although the log has seals, and django.db.Error.
    """
    count = 0
    anchors = (anchor for line in lines if (anchor := anchor_of_line(line)) is not None)
    while batch := list(islice(anchors, BATCH)):
        _compare(batch)
        count += len(batch)
    if not count and log_has_seals:
        raise Broken("There is no anchor in what was given as anchors, although the log has seals.")
    return count


def _compare(anchors: list[Mapping[str, Any]]) -> None:
    try:
        seals = ledger.seals_numbered(sorted({anchor["no"] for anchor in anchors}))
    except stored.Doubt as doubt:
        raise Broken(f"A seal that was anchored cannot be read: {doubt}.") from None
    for anchor in anchors:
        seal = seals.get(anchor["no"])
        if seal is None:
            raise Broken(
                f"Seal {anchor['no']} was anchored and is not in the log: its end was cut off, or it was put back."
            )
        for key in _differing(anchor, seal.anchor()):
            raise Broken(f"Seal {anchor['no']} is not the one that was anchored: its {key} is another.")


def _differing(anchor: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[str]:
    return (key for key in ("log_id", *present) if anchor[key] != present[key])
