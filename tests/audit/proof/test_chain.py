"""What seals may not state even under a right signature, such as one of an earlier life of the same log."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cognito_portal.audit.proof.chain import Broken, Chain
from cognito_portal.audit.proof.merkle import root_of
from cognito_portal.audit.proof.statements import NO_SEAL, Seal, Statement

PRIVATE = Ed25519PrivateKey.generate()
FIRST = Statement(
    log_id="a" * 32,
    no=1,
    first_leaf=0,
    count=5,
    total=5,
    last_event_id=7,
    root=root_of([]),
    prev_hash=NO_SEAL,
    time=datetime.now(UTC),
    key_id="k",
)


def following(seal: Seal) -> Statement:
    """A right second statement."""
    said = replace(FIRST, no=2, first_leaf=5, count=2, total=7, last_event_id=9)
    return replace(said, prev_hash=seal.seal_hash)


def chained(first: Statement, **changes: Any) -> Chain:
    """Two seals, the second changed before it was signed."""
    chain = Chain({"k": PRIVATE.public_key()})
    seal = Seal.signed(first, PRIVATE)
    chain.add(seal)
    chain.add(Seal.signed(replace(following(seal), **changes), PRIVATE))
    return chain


def test_seals_that_follow_one_another_are_a_chain() -> None:
    assert chained(FIRST).length == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"no": 3}, "Seal 2 is missing"),
        ({"prev_hash": NO_SEAL}, "Seal 2 does not follow"),
        ({"log_id": "b" * 32}, "Seal 2 belongs to another log"),
        ({"first_leaf": 4, "total": 6}, "Seal 2 does not count on"),
        ({"total": 8}, "Seal 2 does not count on"),
        ({"count": -2, "total": 3}, "Seal 2 does not count on"),
        ({"last_event_id": 6}, "Seal 2 names a lower last row"),
        ({"key_id": "other"}, "Seal 2 names the key 'other'"),
    ],
)
def test_seal_that_does_not_fit_the_one_before_breaks_the_chain(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Broken, match=words):
        chained(FIRST, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prev_hash": b"\1" * 32}, "Seal 1 does not follow"),
        ({"first_leaf": 1, "total": 6}, "Seal 1 does not count on"),
        ({"no": 0}, "Seal 1 is missing"),
    ],
)
def test_first_seal_begins_at_nothing(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Broken, match=words):
        chained(replace(FIRST, **changes))


def test_signature_or_hash_of_something_else_breaks_the_chain() -> None:
    seal = Seal.signed(FIRST, PRIVATE)
    for wrong in (replace(seal, signature=bytes(64)), replace(seal, seal_hash=bytes(32))):
        with pytest.raises(Broken, match="Seal 1 was altered"):
            Chain({"k": PRIVATE.public_key()}).add(wrong)
