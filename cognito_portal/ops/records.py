"""What Cognito keeps of an account beside its attributes. Each part is read by itself, and may fail by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import AuthEvent, Device, Group, PoolUser
from cognito_portal.ops.trouble import trouble

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[T]):
    """What was found, or why it could not be read."""

    found: Sequence[T] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Groups, devices, and Cognito's own sign-in events, the newest first."""

    groups: Part[Group]
    devices: Part[Device]
    sign_ins: Part[AuthEvent]


def records_of(account: PoolUser) -> Records:
    """Ask for everything. The request's own end of time holds for all of it (cognito.deadline)."""
    cognito, name = clients.cognito(), account.username
    return Records(
        groups=_part(lambda: cognito.admin_list_groups_for_user(username=name)),
        devices=_part(lambda: cognito.admin_list_devices(username=name)),
        sign_ins=_part(lambda: cognito.admin_list_user_auth_events(username=name)),
    )


def _part(ask: Callable[[], Sequence[T]]) -> Part[T]:
    try:
        return Part(found=ask())
    except CognitoError as error:
        return Part(trouble=trouble(error))
