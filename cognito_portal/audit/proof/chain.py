"""Whether seals follow one another: each signed by a known key, numbered on, and chained to the one before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cognito_portal.audit.proof.statements import NO_SEAL, Seal


class Broken(Exception):
    """A fault of the log, in one plain sentence that names the row or the seal."""


@dataclass(slots=True)
class Chain:
    """The seals so far."""

    public_keys: Mapping[str, Ed25519PublicKey]
    last: Seal | None = field(default=None)

    @property
    def length(self) -> int:
        """The number of the last seal; 0 before the first."""
        return self.last.statement.no if self.last else 0

    def add(self, seal: Seal) -> None:
        """Take in the next seal. Raises Broken."""
        no = self.length + 1
        if seal.statement.no != no:
            raise Broken(f"Seal {no} is missing.")
        self._check_signature(seal)
        if seal.statement.prev_hash != (self.last.seal_hash if self.last else NO_SEAL):
            raise Broken(f"Seal {no} does not follow the seal before it.")
        self._check_numbers(seal)
        self.last = seal

    def _check_signature(self, seal: Seal) -> None:
        no, key_id = seal.statement.no, seal.statement.key_id
        public = self.public_keys.get(key_id)
        if public is None:
            raise Broken(f"Seal {no} names the key {key_id[:16]!r}, which is not one of the portal's.")
        if not seal.has_its_hash() or not seal.is_signed_by(public):
            raise Broken(f"Seal {no} was altered: its hash or signature is not that of what it states.")

    def _check_numbers(self, seal: Seal) -> None:
        said, before = seal.statement, self.last.statement if self.last else None
        if before and said.log_id != before.log_id:
            raise Broken(f"Seal {said.no} belongs to another log.")
        total, last_event_id = (before.total, before.last_event_id) if before else (0, 0)
        if said.count < 0 or (said.first_leaf, said.total) != (total, total + said.count):
            raise Broken(f"Seal {said.no} does not count on from the seal before it.")
        if said.last_event_id < last_event_id:
            raise Broken(f"Seal {said.no} names a lower last row than the seal before it.")
