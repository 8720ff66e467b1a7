"""What Cognito tells ops of an account, turned into types."""

from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito.fields import dicts, flag, names, optional, pairs, reader, required, seconds
from cognito_portal.cognito.profile_replies import Page
from cognito_portal.cognito.types import PoolUser


@reader
def one_user(payload: Mapping[str, Any], _request_id: str | None) -> PoolUser:
    """Read AdminGetUser's reply."""
    return _user(payload, "UserAttributes")


@reader
def users(payload: Mapping[str, Any], _request_id: str | None) -> Page[PoolUser]:
    """Read one page of ListUsers, which names the attributes otherwise and leaves the factors out."""
    found = tuple(_user(each, "Attributes") for each in dicts(payload, "Users"))
    return found, optional(payload, "PaginationToken", str) or None


def _user(user: Mapping[str, Any], attributes: str) -> PoolUser:
    return PoolUser(
        username=required(user, "Username", str),
        status=required(user, "UserStatus", str),
        enabled=flag(user, "Enabled", default=True),
        attributes=pairs(user, attributes),
        created_at=seconds(user, "UserCreateDate"),
        modified_at=seconds(user, "UserLastModifiedDate"),
        mfa_factors=names(user, "UserMFASettingList") or (),
        preferred_mfa=optional(user, "PreferredMfaSetting", str) or None,
    )
