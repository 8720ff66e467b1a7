"""From the first seal to the newest: every seal by its chain and signature, every row by its leaf and its MAC.

SQL stands here for what cognito_portal.audit.proof.stored says.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError

from cognito_portal.audit.proof import ledger, prunes, rotation, stored
from cognito_portal.audit.proof.chain import Broken, Chain
from cognito_portal.audit.proof.merkle import root_of
from cognito_portal.audit.proof.statements import Seal
from cognito_portal.audit.sql import fetch

SEALS_A_PAGE = 500
ROWS_A_PAGE = 2000


@dataclass(slots=True)
class Leaf:
    """A leaf with the row it is of, None where that row is not there."""

    leaf_no: int
    event_id: int
    seal_no: int
    leaf_hash: bytes
    row: stored.Stored | None

    def __str__(self) -> str:
        return f"Row {self.event_id}, which seal {self.seal_no} is over,"


@dataclass(slots=True)
class Tally:
    """How far a verification has got."""

    rows: int = 0
    seals: int = 0
    pruned: int = 0
    unsealed: int = 0
    anchors: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """What has to be known of a batch to judge the next one's key."""

    key_id: str
    only_row: stored.Stored | None
    is_whole: bool


@dataclass(slots=True, kw_only=True)
class Walk:
    """One pass over the sealed log, up to and including the seal numbered `until`."""

    chain: Chain
    until: int
    total: int
    row_keys: Mapping[str, bytes]
    tally: Tally
    _pruned_through: int = field(default=0)
    may_be_first_version: bool = field(default=True)
    _before: _Batch | None = field(default=None)

    def go(self, progress: Callable[[int, int], None]) -> None:
        """Check everything, telling `progress` how many of how many rows are done.

        Raises Broken at the first fault, and django.db.Error.
        """
        self._pruned_through = prunes.pruned_through()
        while self.chain.length < self.until:
            for page in self._pages(self._next_seals()):
                self._check_page(page)
                progress(self.tally.rows + self.tally.pruned, self.total)

    def _next_seals(self) -> list[Seal]:
        no = self.chain.length
        try:
            seals = ledger.seals_after(no, until=self.until, limit=SEALS_A_PAGE)
        except stored.Doubt as doubt:
            raise Broken(f"A seal after seal {no} cannot be read: {doubt}.") from None
        if not seals:
            raise Broken(f"Seal {no + 1} is missing.")
        return seals

    def _pages(self, seals: Sequence[Seal]) -> Iterator[list[Seal]]:
        """The seals, each added to the chain, in pages that are over ROWS_A_PAGE rows or little more."""
        page: list[Seal] = []
        rows = 0
        for seal in seals:
            self.chain.add(seal)
            page.append(seal)
            rows += seal.statement.count
            if rows >= ROWS_A_PAGE:
                yield page
                page, rows = [], 0
        if page:
            yield page

    def _check_page(self, page: Sequence[Seal]) -> None:
        leaves = _leaves(page[0].statement.first_leaf, page[-1].statement.total)
        at = 0
        for seal in page:
            end = at
            while end < len(leaves) and leaves[end].leaf_no < seal.statement.total:
                end += 1
            self._check_batch(seal, leaves[at:end])
            at = end

    def _check_batch(self, seal: Seal, leaves: Sequence[Leaf]) -> None:
        said = seal.statement
        is_pruned = said.count > 0 and said.no <= self._pruned_through and prunes.is_named(said.no)
        _check_numbers(seal, leaves, is_pruned=is_pruned)
        for leaf in leaves:
            self._check_leaf(leaf, is_pruned=is_pruned)
        self.tally.pruned += said.count - len(leaves)
        if len(leaves) == said.count:
            _check_root(seal, leaves)
        batch = _Batch(
            said.key_id,
            leaves[0].row if said.count == 1 and leaves else None,
            len(leaves) == said.count and all(leaf.row for leaf in leaves),
        )
        _check_key(said.no, self._before, batch)
        self._before = batch
        self.tally.seals += 1

    def _check_leaf(self, leaf: Leaf, *, is_pruned: bool) -> None:
        row = leaf.row
        if row is None:
            if not is_pruned:
                raise Broken(f"{leaf} is missing.")
            self.tally.pruned += 1
            return
        try:
            body = stored.encoded(row)
            fits = stored.leaf_of_stored(row, body) == leaf.leaf_hash
            stored.authenticate(row, body, self.row_keys, may_be_first_version=self.may_be_first_version)
        except stored.Doubt as doubt:
            raise Broken(f"{leaf} was altered: {doubt}.") from None
        if not fits:
            raise Broken(f"{leaf} does not fit its leaf: the leaf or the row's id was altered.")
        self.may_be_first_version &= row[stored.VERSION] == stored.FIRST_VERSION
        self.tally.rows += 1


def _check_numbers(seal: Seal, leaves: Sequence[Leaf], *, is_pruned: bool) -> None:
    """Each leaf of the batch is there once; of a pruned batch leaves may be gone too."""
    said = seal.statement
    due = said.first_leaf
    for leaf in leaves:
        if leaf.leaf_no < due or leaf.seal_no != said.no:
            raise Broken(f"Leaf {leaf.leaf_no} of seal {said.no} is there twice, or names another seal.")
        if leaf.leaf_no > due and not is_pruned:
            break
        due = leaf.leaf_no + 1
    if due < said.total and not is_pruned:
        raise Broken(f"Leaf {due} of seal {said.no} is missing.")


def _check_root(seal: Seal, leaves: Sequence[Leaf]) -> None:
    if root_of([leaf.leaf_hash for leaf in leaves]) != seal.statement.root:
        raise Broken(f"The leaves of seal {seal.statement.no} do not give the root that it states.")


def _check_key(no: int, before: _Batch | None, batch: _Batch) -> None:
    if before is None or before.key_id == batch.key_id or not (before.is_whole and batch.is_whole):
        return
    rows = before.only_row, batch.only_row
    if not any(rotation.announces(row, before.key_id, batch.key_id) for row in rows):
        raise Broken(f"Seal {no} is signed by another key than the one before it, and no row says so.")


def _leaves(first: int, end: int) -> list[Leaf]:
    if first == end:
        return []
    leaf = "l.leaf_no, l.event_id, l.seal_no, l.leaf_hash"
    of_page = "WHERE l.leaf_no >= %s AND l.leaf_no < %s ORDER BY l.leaf_no"
    try:
        rows = fetch(
            f"SELECT {leaf}, {stored.columns()} FROM audit_leaf l"
            f" LEFT JOIN audit_event e ON e.id = l.event_id {of_page}",
            [first, end],
        )
    except OperationalError as error:
        if not stored.is_unreadable(error):
            raise
        rows = fetch(f"SELECT {leaf} FROM audit_leaf l {of_page}", [first, end])
        return [_leaf(row, stored.row_numbered(row[1])) for row in rows]
    return [_leaf(row, None if row[4] is None else row[4:]) for row in rows]


def _leaf(of: Sequence[Any], row: stored.Stored | None) -> Leaf:
    return Leaf(of[0], of[1], of[2], of[3], row)
