"""Accounts as Cognito would tell them, and the list of all of them in pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cognito_portal.cognito.errors import CognitoError, NoCredentials
from cognito_portal.cognito.types import PoolSettings, PoolUser

NOON = 1_790_000_000.0


def user(
    name: str, /, *, at: float = NOON, status: str = "CONFIRMED", enabled: bool = True, **has: str
) -> PoolUser:
    """An account whose sub follows from its name."""
    return PoolUser(
        username=name,
        status=status,
        enabled=enabled,
        attributes={"sub": sub_of(name), **has},
        created_at=at,
        modified_at=at,
        mfa_factors=(),
        preferred_mfa=None,
    )


def sub_of(name: str) -> str:
    return f"sub-{name.lower()}"[:64]


@dataclass
class Listing:
    """ListUsers of an invented pool, `size` accounts a page. `faults` are raised first, one a call."""

    accounts: list[PoolUser]
    size: int = 2
    faults: list[CognitoError] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    before: Callable[[], None] | None = None

    def describe_user_pool(self) -> PoolSettings:
        raise NoCredentials(operation="DescribeUserPool")

    def list_users(self, *, pagination_token: str | None = None) -> tuple[Sequence[PoolUser], str | None]:
        self.tokens.append(pagination_token)
        if self.before:
            self.before()
        if self.faults:
            raise self.faults.pop(0)
        start = int(pagination_token or 0)
        end = start + self.size
        return tuple(self.accounts[start:end]), str(end) if end < len(self.accounts) else None
