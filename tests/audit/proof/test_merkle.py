import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from cognito_portal.audit.proof.merkle import path_of, root_of
from cognito_portal.audit.verifier import root_of as root_above

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "merkle.json").read_text())
LEAVES = [hashlib.sha256(b"\x00" + bytes.fromhex(each)).digest() for each in VECTORS["leaves"]]


@pytest.mark.parametrize("size", range(9))
def test_root_is_the_published_one(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == VECTORS["roots"][size]


@pytest.mark.parametrize("case", VECTORS["paths"], ids=lambda case: f"{case['index']}-of-{case['size']}")
def test_path_is_the_published_one(case: dict[str, Any]) -> None:
    assert [each.hex() for each in path_of(LEAVES[: case["size"]], case["index"])] == case["path"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 100])
def test_every_path_leads_to_the_root(size: int) -> None:
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(size)]
    roots = {root_above(leaf, index, size, path_of(leaves, index)) for index, leaf in enumerate(leaves)}
    assert roots == {root_of(leaves)}


def test_path_of_another_place_or_length_leads_elsewhere() -> None:
    path = path_of(LEAVES, 3)
    found = [
        root_above(LEAVES[3], index, size, given)
        for index, size, given in ((2, 8, path), (3, 8, path[:-1]), (3, 8, [*path, path[0]]), (9, 8, path))
    ]
    assert root_of(LEAVES) not in found
    assert found[1:] == [None, None, None]


def test_a_node_is_no_leaf() -> None:
    assert root_of([root_of(LEAVES[:2]), root_of(LEAVES[2:4])]) == root_of(LEAVES[:4])
    assert root_of(LEAVES[:2]) != hashlib.sha256(b"\x00" + LEAVES[0] + LEAVES[1]).digest()


def test_leaf_that_is_not_there_has_no_path() -> None:
    with pytest.raises(IndexError):
        path_of(LEAVES, 8)
