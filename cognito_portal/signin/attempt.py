"""The attempt: one unfinished sign-in, as it stands in the server-side session (decision D5)."""

import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, Self

from cognito_portal.cognito.types import ChallengeName, IssuedChallenge
from cognito_portal.encryption import is_same_digest, keyed_digest, seal, unseal

VERSION = 1
PURPOSE = "portal/attempt/v1"
TEMPORARY_PASSWORD_PURPOSE = "portal/temporary-password/v1"
ATTEMPT_ID_BYTES = 16
ASSUMED_SECONDS = 3 * 60
LONGEST_SECONDS = 15 * 60


def new_attempt_id() -> str:
    """A fresh, unguessable name for one sign-in: 128 bits as 32 hexadecimal digits."""
    return secrets.token_hex(ATTEMPT_ID_BYTES)


def is_attempt_id(text: str) -> bool:
    """Whether a text out of a form has the form of an attempt id."""
    return len(text) == 2 * ATTEMPT_ID_BYTES and set(text) <= set("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One unfinished sign-in. Times are seconds of the epoch; `expires_at` is None where nobody told us."""

    attempt_id: str
    turn: int
    pool_id: str
    client_id: str
    username: str
    canonical_username: str
    is_canonical_certain: bool
    challenge: str
    cognito_session: str | None
    required_attributes: tuple[str, ...]
    temporary_password: str
    issued_at: float
    expires_at: float | None
    password_changed: bool = False

    @classmethod
    def begun(
        cls,
        challenge: IssuedChallenge,
        *,
        attempt_id: str,
        turn: int,
        pool_id: str,
        client_id: str,
        username: str,
        password: str,
        session_minutes: int | None,
    ) -> Self:
        """The attempt after InitiateAuth answered with its first challenge."""
        now = time.time()
        canonical = challenge.canonical_username("")
        return cls(
            attempt_id=attempt_id,
            turn=turn,
            pool_id=pool_id,
            client_id=client_id,
            username=username,
            canonical_username=canonical or username,
            is_canonical_certain=bool(canonical),
            challenge=challenge.name,
            cognito_session=challenge.session,
            required_attributes=challenge.required_attributes(),
            temporary_password=keyed_digest(f"{attempt_id}|{password}", purpose=TEMPORARY_PASSWORD_PURPOSE),
            issued_at=now,
            expires_at=now + session_minutes * 60 if session_minutes else None,
        )

    def advanced(self, challenge: IssuedChallenge, *, session_minutes: int | None) -> Self:
        """The attempt after a right answer that brought another challenge and a new Session."""
        now = time.time()
        return replace(
            self,
            turn=self.turn + 1,
            challenge=challenge.name,
            cognito_session=challenge.session,
            required_attributes=challenge.required_attributes(),
            issued_at=now,
            expires_at=now + session_minutes * 60 if session_minutes else None,
            password_changed=self.changes_password,
        )

    def kept(self, *, also_required: str | None = None) -> Self:
        """The attempt after a refusal that leaves its Session alive: same Session, same expiry, next turn."""
        required = self.required_attributes
        if also_required and also_required not in required:
            required = (*required, also_required)
        return replace(self, turn=self.turn + 1, required_attributes=required)

    def after_renewal(self, earlier: "Attempt") -> "Attempt":
        """This attempt, begun anew in the place of `earlier`, with what Cognito asked that one for in passing."""
        if (self.challenge, self.canonical_username) != (earlier.challenge, earlier.canonical_username):
            return self
        required = dict.fromkeys((*earlier.required_attributes, *self.required_attributes))
        return replace(self, required_attributes=tuple(required))

    @property
    def changes_password(self) -> bool:
        """Whether a right answer to this attempt leaves the person with a new password."""
        return self.password_changed or self.challenge == ChallengeName.NEW_PASSWORD_REQUIRED

    @property
    def is_expiry_known(self) -> bool:
        return self.expires_at is not None

    def remaining_s(self, now: float) -> int:
        """Whole seconds until the challenge's Session ends; an assumption where the expiry is not known."""
        end = self.issued_at + ASSUMED_SECONDS if self.expires_at is None else self.expires_at
        return max(0, int(end - now))

    def is_over(self, now: float) -> bool:
        """Whether Cognito is certain to refuse this Session. Where the expiry is not known, Cognito decides."""
        end = self.issued_at + LONGEST_SECONDS if self.expires_at is None else self.expires_at
        return now >= end

    def is_temporary_password(self, password: str) -> bool:
        """Whether this is the very password that the attempt was begun with."""
        typed = f"{self.attempt_id}|{password}"
        return is_same_digest(typed, self.temporary_password, purpose=TEMPORARY_PASSWORD_PURPOSE)

    def is_same_step_as(self, other: "Attempt") -> bool:
        """Whether the form of `other` serves this attempt as well: same person, same challenge, same inputs."""
        return (
            self.challenge == other.challenge
            and self.canonical_username == other.canonical_username
            and set(self.required_attributes) <= set(other.required_attributes)
        )

    def to_session(self) -> dict[str, Any]:
        """What stands in the session: the id in clear, everything else encrypted and bound to its place."""
        # Not asdict(), which copies every value.
        fields = {name: getattr(self, name) for name in self.__slots__}
        bound_to = _place(self.attempt_id, self.pool_id, self.client_id)
        blob = seal(fields, purpose=PURPOSE, bound_to=bound_to)
        return {"v": VERSION, "id": self.attempt_id, "blob": blob}

    @classmethod
    def from_session(cls, stored: Any, *, pool_id: str, client_id: str) -> Self | None:
        """The attempt that `to_session` wrote for this pool and client, or None where it cannot be read."""
        if not isinstance(stored, dict) or stored.get("v") != VERSION:
            return None
        bound_to = _place(str(stored.get("id")), pool_id, client_id)
        fields = unseal(str(stored.get("blob")), purpose=PURPOSE, bound_to=bound_to)
        if fields is None:
            return None
        try:
            return cls(**{**fields, "required_attributes": tuple(fields["required_attributes"])})
        except (TypeError, KeyError):
            return None


def _place(attempt_id: str, pool_id: str, client_id: str) -> str:
    return f"{VERSION}|{attempt_id}|{pool_id}|{client_id}"
