"""What Cognito tells ops of an account, turned into types."""

from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito.fields import dicts, flag, names, optional, pairs, reader, required, seconds
from cognito_portal.cognito.profile_replies import Page
from cognito_portal.cognito.types import AuthEvent, Group, PoolUser


@reader
def one_user(payload: Mapping[str, Any], _request_id: str | None) -> PoolUser:
    """Read AdminGetUser's reply."""
    return _user(payload, "UserAttributes")


@reader
def users(payload: Mapping[str, Any], _request_id: str | None) -> Page[PoolUser]:
    """Read one page of ListUsers, which names the attributes otherwise and leaves the factors out."""
    found = tuple(_user(each, "Attributes") for each in dicts(payload, "Users"))
    return found, optional(payload, "PaginationToken", str) or None


@reader
def created_user(payload: Mapping[str, Any], _request_id: str | None) -> PoolUser:
    """Read AdminCreateUser's reply."""
    return _user(required(payload, "User", dict), "Attributes")


@reader
def groups(payload: Mapping[str, Any], _request_id: str | None) -> Page[Group]:
    """Read one page of ListGroups or AdminListGroupsForUser."""
    found = tuple(
        Group(
            name=required(each, "GroupName", str),
            description=optional(each, "Description", str) or "",
            precedence=optional(each, "Precedence", int),
        )
        for each in dicts(payload, "Groups")
    )
    return found, optional(payload, "NextToken", str) or None


@reader
def auth_events(payload: Mapping[str, Any], _request_id: str | None) -> tuple[AuthEvent, ...]:
    """Read one page of AdminListUserAuthEvents."""
    return tuple(_auth_event(each) for each in dicts(payload, "AuthEvents"))


def _auth_event(event: Mapping[str, Any]) -> AuthEvent:
    risk = optional(event, "EventRisk", dict) or {}
    context = optional(event, "EventContextData", dict) or {}
    place = [optional(context, key, str) or "" for key in ("City", "Country")]
    return AuthEvent(
        event_id=optional(event, "EventId", str) or "",
        kind=optional(event, "EventType", str) or "",
        response=optional(event, "EventResponse", str) or "",
        at=seconds(event, "CreationDate"),
        risk=optional(risk, "RiskLevel", str) or optional(risk, "RiskDecision", str) or "",
        challenges=tuple(
            (optional(each, "ChallengeName", str) or "", optional(each, "ChallengeResponse", str) or "")
            for each in dicts(event, "ChallengeResponses")
        ),
        ip_address=optional(context, "IpAddress", str) or "",
        device_name=optional(context, "DeviceName", str) or "",
        place=", ".join(filter(None, place)),
    )


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
