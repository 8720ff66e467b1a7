"""What an act consists of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import PoolUser, Receipt
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.diagnosis.acts import ACTS, Act

# What was answered, by the name of its Ask.
Given = Mapping[str, str]


def always(account: PoolUser) -> str:
    """Nothing stands against it."""
    return ""


def asks_nothing(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    """The reason is all that is asked for."""
    return ()


def finds_nothing(account: PoolUser, given: Given) -> str:
    """Whatever was answered is fine."""
    return ""


def writes_nothing(account: PoolUser, given: Given) -> tuple[str, ...]:
    """The event says all that was done."""
    return ()


def drops_nothing(account: PoolUser, given: Given) -> None:
    """The portal itself holds nothing that the act is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: its words before and after it, why it does not apply (empty where it does), and its call.

    `call` is None for what the portal does by itself. `asks` may ask Cognito what there is to choose from, and
    raises its errors; where a choice has nothing to choose, `nothing_left` is why the act does not apply.
    `wrong` says what is wrong about the answers together. `details` are what the log names of them: which
    group, which attributes, never a value of a person's. `drop` takes out of the portal's own tables what is
    worth nothing once Cognito has done it, in one transaction with the row after it. `shows_values`: the form
    shows attributes in clear.
    """

    act: Act
    event: Event
    will: Callable[[PoolUser], str]
    did: str | Promise
    call: Callable[[CognitoClient, PoolUser, Given], Receipt] | None
    why_not: Callable[[PoolUser], str] = always
    asks: Callable[[CognitoClient, PoolUser], tuple[Ask, ...]] = asks_nothing
    nothing_left: str | Promise = ""
    wrong: Callable[[PoolUser, Given], str] = finds_nothing
    details: Callable[[PoolUser, Given], tuple[str, ...]] = writes_nothing
    drop: Callable[[PoolUser, Given], None] = drops_nothing
    is_danger: bool = False
    shows_values: bool = False
    ends_account: bool = False

    @property
    def label(self) -> str | Promise:
        """What it is called on a button, as in a verdict."""
        return ACTS[self.act]
