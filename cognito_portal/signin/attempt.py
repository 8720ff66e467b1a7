"""The attempt: one unfinished sign-in, as it stands in the server-side session (decision D5)."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.conf import settings

from cognito_portal.cognito.types import (
    ChallengeName,
    IssuedChallenge,
    SoftwareTokenSecret,
    SoftwareTokenVerified,
)
from cognito_portal.encryption import is_same_digest, keyed_digest, seal, unseal

VERSION = 2
PURPOSE = "portal/attempt/v1"
TEMPORARY_PASSWORD_PURPOSE = "portal/temporary-password/v1"
ATTEMPT_ID_BYTES = 16
ASSUMED_SECONDS = 3 * 60
LONGEST_SECONDS = 15 * 60
MAX_TRIES = 5
MAX_PARAMETER_CHARS = 16_384
# The ChallengeParameters that pages need. A custom challenge's are named by CUSTOM_CHALLENGE_PARAMETERS.
PAGE_PARAMETERS = frozenset(
    {
        "CODE_DELIVERY_DELIVERY_MEDIUM",
        "CODE_DELIVERY_DESTINATION",
        "FRIENDLY_DEVICE_NAME",
        "MFAS_CAN_CHOOSE",
        "MFAS_CAN_SETUP",
        "CREDENTIAL_REQUEST_OPTIONS",
    }
)


def new_attempt_id() -> str:
    """A fresh, unguessable name for one sign-in: 128 bits as 32 hexadecimal digits."""
    return secrets.token_hex(ATTEMPT_ID_BYTES)


def is_attempt_id(text: str) -> bool:
    """Whether a text out of a form has the form of an attempt id."""
    return len(text) == 2 * ATTEMPT_ID_BYTES and set(text) <= set("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a sign-in is begun with. Only a digest of the password is ever kept."""

    username: str
    flow: str
    password: str = field(default="", repr=False)
    remember: bool = False
    goal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One unfinished sign-in. Times are seconds of the epoch; `expires_at` is None where nobody told us.

    `parameters` are the ChallengeParameters that a page needs, by an allow-list. `tries` counts the wrong
    codes of this challenge. `secret_code` is what MFA_SETUP gave out for the
    authenticator app, until `is_app_verified`. `goal` names the account page that asked for this sign-in;
    `email` is the person's, where a challenge called it verified. `is_stand_in`: Cognito refused the name at
    once, and no answer will do (decision D2).
    """

    attempt_id: str
    turn: int
    pool_id: str
    client_id: str
    username: str
    canonical_username: str
    is_canonical_certain: bool
    flow: str
    challenge: str
    cognito_session: str | None = field(repr=False)
    parameters: Mapping[str, str]
    available_challenges: tuple[str, ...]
    required_attributes: tuple[str, ...]
    temporary_password: str = field(repr=False)
    issued_at: float
    expires_at: float | None
    tries: int = 0
    secret_code: str = field(default="", repr=False)
    is_app_verified: bool = False
    password_changed: bool = False
    factor_enrolled: bool = False
    remember: bool = False
    goal: str = ""
    email: str = field(default="", repr=False)
    is_stand_in: bool = False

    @classmethod
    def begun(
        cls,
        challenge: IssuedChallenge,
        *,
        attempt_id: str,
        turn: int,
        pool_id: str,
        client_id: str,
        beginning: "Beginning",
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
            username=beginning.username,
            canonical_username=canonical or beginning.username,
            is_canonical_certain=bool(canonical),
            flow=beginning.flow,
            challenge=challenge.name,
            cognito_session=challenge.session,
            parameters=_allowed(challenge),
            available_challenges=challenge.available_challenges,
            required_attributes=challenge.required_attributes(),
            temporary_password=_digest_of(attempt_id, beginning.password),
            issued_at=now,
            expires_at=now + session_minutes * 60 if session_minutes else None,
            remember=beginning.remember,
            goal=beginning.goal,
            email=_verified_email(challenge),
        )

    def advanced(
        self, challenge: IssuedChallenge, *, session_minutes: int | None, password: str = ""
    ) -> Self:
        """The attempt after a right answer that brought another challenge and a new Session.

        `password` is the one that was sent with that answer, if any: it may turn out to be a temporary one.
        """
        now = time.time()
        named = "" if self.is_canonical_certain else challenge.canonical_username("")
        return replace(
            self,
            turn=self.turn + 1,
            canonical_username=named or self.canonical_username,
            is_canonical_certain=self.is_canonical_certain or bool(named),
            challenge=challenge.name,
            cognito_session=challenge.session,
            parameters=_allowed(challenge),
            available_challenges=challenge.available_challenges,
            required_attributes=challenge.required_attributes(),
            temporary_password=(
                _digest_of(self.attempt_id, password) if password else self.temporary_password
            ),
            issued_at=now,
            expires_at=now + session_minutes * 60 if session_minutes else None,
            tries=0,
            secret_code="",
            is_app_verified=False,
            password_changed=self.changes_password,
            factor_enrolled=self.enrols_factor,
            email=_verified_email(challenge) or self.email,
        )

    def with_secret_code(self, secret: SoftwareTokenSecret) -> Self:
        """The attempt after AssociateSoftwareToken: what the app needs, and the Session it goes on with."""
        return replace(
            self,
            turn=self.turn + 1,
            cognito_session=secret.session or self.cognito_session,
            secret_code=secret.secret_code,
        )

    def with_app_verified(self, verified: SoftwareTokenVerified) -> Self:
        """The attempt after VerifySoftwareToken: the app is set up, MFA_SETUP waits for its answer."""
        return replace(
            self,
            turn=self.turn + 1,
            cognito_session=verified.session or self.cognito_session,
            secret_code="",
            is_app_verified=True,
        )

    def kept(
        self, *, turn: int | None = None, also_required: str | None = None, wrong_codes: int = 0
    ) -> Self:
        """The attempt after a refusal that leaves its Session alive: same Session, same expiry, next turn.

        `turn` is that of the call that was refused, where it is not this attempt's own.
        """
        required = self.required_attributes
        if also_required and also_required not in required:
            required = (*required, also_required)
        return replace(
            self,
            turn=(self.turn if turn is None else turn) + 1,
            required_attributes=required,
            tries=self.tries + wrong_codes,
        )

    def after_renewal(self, earlier: "Attempt") -> "Attempt":
        """This attempt, begun anew in the place of `earlier`, with what Cognito asked that one for in passing."""
        if (self.challenge, self.canonical_username) != (earlier.challenge, earlier.canonical_username):
            return self
        required = dict.fromkeys((*earlier.required_attributes, *self.required_attributes))
        return replace(self, required_attributes=tuple(required))

    @property
    def enrols_factor(self) -> bool:
        """Whether a right answer to this attempt leaves the person with a new second factor."""
        return self.factor_enrolled or self.challenge == ChallengeName.MFA_SETUP

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
            lists = {name: tuple(fields[name]) for name in ("required_attributes", "available_challenges")}
            return cls(**{**fields, **lists})
        except (TypeError, KeyError):
            return None


def _digest_of(attempt_id: str, password: str) -> str:
    return keyed_digest(f"{attempt_id}|{password}", purpose=TEMPORARY_PASSWORD_PURPOSE)


def _allowed(challenge: IssuedChallenge) -> Mapping[str, str]:
    is_custom = challenge.name == ChallengeName.CUSTOM_CHALLENGE
    names = frozenset(settings.CUSTOM_CHALLENGE_PARAMETERS) if is_custom else PAGE_PARAMETERS
    return {
        name: value
        for name, value in challenge.parameters.items()
        if name in names and len(value) <= MAX_PARAMETER_CHARS
    }


def _verified_email(challenge: IssuedChallenge) -> str:
    attributes = challenge.user_attributes()
    return attributes.get("email", "") if attributes.get("email_verified") == "true" else ""


def _place(attempt_id: str, pool_id: str, client_id: str) -> str:
    return f"{VERSION}|{attempt_id}|{pool_id}|{client_id}"
