"""All that a verdict is made of. Nothing here asks anybody anything."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from cognito_portal.audit.events import TRIES, Event, Outcome
from cognito_portal.audit.queries import Row
from cognito_portal.cognito.types import ClientSettings, MfaConfig, PoolSettings, PoolUser

DAY_S = 86_400.0
# https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html (lockout behavior)
FREE_FAILURES = 5
LONGEST_LOCK_S = 900.0


class Lookup(StrEnum):
    """What came of asking Cognito for the account."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    SEVERAL = "several"
    DENIED = "denied"
    NO_CREDENTIALS = "no_credentials"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What Cognito, the settings and our log say of one name at `now` (epoch seconds).

    `others` are usernames it may be mistaken for: another spelling, or the same address. `rows` are the rows
    of the log about this person, newest first. `throttled_until` is when the portal lets this account try
    again, `address_throttled_until` when it lets the addresses that this person tried from;
    `address_refused_at` is when it last turned somebody away there. `lacking` is the IAM action that is missing.
    """

    typed: str = field(repr=False)
    now: float
    lookup: Lookup
    account: PoolUser | None = None
    others: tuple[str, ...] = field(default=(), repr=False)
    lacking: str = ""
    pool: PoolSettings | None = None
    client: ClientSettings | None = None
    mfa: MfaConfig | None = None
    flows: tuple[str, ...] = ()
    has_secret: bool = False
    session_minutes: int | None = None
    throttled_until: float | None = None
    address_throttled_until: float | None = None
    address_refused_at: float | None = None
    rows: tuple[Row, ...] = ()

    @property
    def status(self) -> str:
        """UserStatus; empty without an account."""
        return self.account.status if self.account else ""

    @property
    def is_invited(self) -> bool:
        """Whether the account waits for its first password to be replaced."""
        return self.status == "FORCE_CHANGE_PASSWORD"

    @property
    def temporary_days(self) -> int:
        """Days that a temporary password lives: the pool's, or AWS's default."""
        return self.pool.policy.temporary_password_validity_days if self.pool and self.pool.policy else 7

    @property
    def invitation_ends_at(self) -> float | None:
        """When the temporary password ends; the account was last changed when it was made, or later."""
        if not self.is_invited or self.account is None:
            return None
        made_at = self.account.modified_at or self.account.created_at
        return None if made_at is None else made_at + self.temporary_days * DAY_S

    @property
    def verified_contacts(self) -> tuple[str, ...]:
        """The attributes that a code can be sent to."""
        has = self.account.attributes if self.account else {}
        return tuple(
            name
            for name in ("email", "phone_number")
            if has.get(name) and has.get(f"{name}_verified", "").lower() == "true"
        )

    @property
    def tries(self) -> tuple[Row, ...]:
        """The rows of this person's sign-ins, newest first."""
        return tuple(row for row in self.rows if row.event in TRIES or row.event == Event.SIGNIN_THROTTLED)

    @property
    def has_changed_contact(self) -> bool:
        """Whether they gave another e-mail address or phone number on the account page, as far as the log goes."""
        return any(
            row.event == Event.ACCOUNT_CONTACT_CHANGED and row.outcome == Outcome.SUCCESS for row in self.rows
        )

    @property
    def last_success(self) -> Row | None:
        """The newest row of a sign-in that went to its end."""
        wanted = (Event.SIGNIN_STARTED, Event.SIGNIN_ANSWERED)
        found = (row for row in self.rows if row.event in wanted and row.outcome == Outcome.SUCCESS)
        return next(found, None)

    @property
    def failures(self) -> tuple[Row, ...]:
        """The tries that failed since the last sign-in that succeeded, newest first."""
        ended = self.last_success
        well = (Outcome.SUCCESS, Outcome.CHALLENGE, Outcome.RECORDED)
        return tuple(
            row for row in self.tries if row.outcome not in well and (ended is None or row.time > ended.time)
        )

    def last_failure(self, *outcomes: Outcome) -> Row | None:
        """The newest failure, where it is of one of these kinds and no older than a day."""
        newest = self.failures[0] if self.failures else None
        if newest is None or self.now - newest.time.timestamp() > DAY_S:
            return None
        return newest if newest.outcome in outcomes else None

    def in_a_row(self, outcomes: Collection[Outcome]) -> int:
        """How many of the newest failures are of these kinds, one after another; 0 once a day has passed."""
        number = 0
        if self.last_failure(*outcomes) is None:
            return number
        for row in self.failures:
            if row.outcome not in outcomes:
                break
            number += 1
        return number

    @property
    def locked_until(self) -> float | None:
        """When Cognito's own lock ends, as estimated from the failures that went through this portal.

        After 5 failures 2^(n-5) seconds, 15 minutes at most; 15 quiet minutes clear it (contract 4.5).
        """
        wrong = (Outcome.BAD_CREDENTIALS, Outcome.LOCKED)
        recent: list[float] = []
        for row in self.failures:
            moment = row.time.timestamp()
            if row.outcome not in wrong or (recent and recent[-1] - moment >= LONGEST_LOCK_S):
                break
            # A try during the lock is refused without making it longer.
            if row.outcome == Outcome.BAD_CREDENTIALS:
                recent.append(moment)
        if len(recent) < FREE_FAILURES:
            return None
        until = recent[0] + min(2.0 ** min(len(recent) - FREE_FAILURES, 10), LONGEST_LOCK_S)
        return until if until > self.now else None
