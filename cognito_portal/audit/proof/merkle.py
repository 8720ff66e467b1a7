"""Merkle tree hashes and inclusion paths (RFC 6962 sections 2.1 and 2.1.1), over leaf hashes."""

import hashlib
from collections.abc import Sequence

NODE_TAG = b"\x01"


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE_TAG + left + right).digest()


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level of the tree, the leaves first. An odd last hash rises as it is, which is RFC 6962's split."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The tree's root hash, 32 bytes; of no leaves it is the hash of nothing."""
    return levels_of(leaves)[-1][0] if leaves else hashlib.sha256(b"").digest()


def path_of(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion path of one leaf, nearest sibling first. Raises IndexError where there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    return path_in(levels_of(leaves), index)


def path_in(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The inclusion path of one leaf of the tree that has these levels, nearest sibling first."""
    path = []
    for level in levels[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path
