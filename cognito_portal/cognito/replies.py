"""Cognito's answers to a sign-in turned into types. What does not fit exactly is no answer: CognitoUnavailable."""

import re
from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito.fields import Misfit, dicts, names, optional, reader, required, strings
from cognito_portal.cognito.types import (
    Answer,
    AuthenticationResult,
    ChallengeName,
    CodeDelivery,
    CodeSent,
    IssuedChallenge,
    Receipt,
    SoftwareTokenSecret,
    SoftwareTokenVerified,
)

# AWS says 20 to 4,096 and has raised it before; this only keeps a broken server from filling a database.
SESSION_CAP = 65_536
TOKEN_CAP = 65_536
# The first answer of the SRP flows may come without a Session.
_SESSION_OPTIONAL = frozenset(
    {
        ChallengeName.PASSWORD_VERIFIER,
        ChallengeName.DEVICE_SRP_AUTH,
        ChallengeName.DEVICE_PASSWORD_VERIFIER,
    }
)
_NAME = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[!-~]+")
_SECRET_CODE = re.compile(r"[A-Za-z0-9]{16,256}")


@reader
def answer(payload: Mapping[str, Any], request_id: str | None) -> Answer:
    """Read the reply to a step of a sign-in: either tokens or a challenge, never both."""
    result = optional(payload, "AuthenticationResult", dict)
    name = optional(payload, "ChallengeName", str)
    if result and not name:
        return _tokens(result, request_id)
    if name and not result:
        return _challenge(payload, name, request_id)
    raise Misfit


@reader
def tokens(payload: Mapping[str, Any], request_id: str | None) -> AuthenticationResult:
    """Read the reply to a refresh: tokens, and never a challenge."""
    if optional(payload, "ChallengeName", str):
        raise Misfit
    return _tokens(required(payload, "AuthenticationResult", dict), request_id)


@reader
def receipt(_payload: Mapping[str, Any], request_id: str | None) -> Receipt:
    """Read the reply of an operation that answers nothing; what it may hold one day is not looked at."""
    return Receipt(request_id)


@reader
def code_sent(payload: Mapping[str, Any], request_id: str | None) -> CodeSent:
    """Read where a code went. AWS names one delivery, a list of them, or none."""
    one = optional(payload, "CodeDeliveryDetails", dict)
    each = [one] if one else dicts(payload, "CodeDeliveryDetailsList")
    return CodeSent(tuple(_delivery(details) for details in each), request_id)


@reader
def software_token_secret(payload: Mapping[str, Any], request_id: str | None) -> SoftwareTokenSecret:
    """Read AssociateSoftwareToken's reply. It has a Session only where the call had one."""
    secret = required(payload, "SecretCode", str)
    if not _SECRET_CODE.fullmatch(secret):
        raise Misfit
    return SoftwareTokenSecret(secret, _session(payload), request_id)


@reader
def software_token_verified(
    payload: Mapping[str, Any], request_id: str | None
) -> SoftwareTokenVerified | None:
    """Read VerifySoftwareToken's reply; None where its status says that the code was wrong."""
    status = required(payload, "Status", str)
    if status not in ("SUCCESS", "ERROR"):
        raise Misfit
    return SoftwareTokenVerified(_session(payload), request_id) if status == "SUCCESS" else None


def _delivery(details: Mapping[str, Any]) -> CodeDelivery:
    return CodeDelivery(
        medium=optional(details, "DeliveryMedium", str) or "",
        destination=optional(details, "Destination", str) or "",
        attribute=optional(details, "AttributeName", str) or "",
    )


def _session(payload: Mapping[str, Any]) -> str | None:
    session = optional(payload, "Session", str) or None
    if session is not None and len(session) > SESSION_CAP:
        raise Misfit
    return session


def _tokens(result: Mapping[str, Any], request_id: str | None) -> AuthenticationResult:
    expires_in_s = required(result, "ExpiresIn", int)
    if expires_in_s <= 0:
        raise Misfit
    device = optional(result, "NewDeviceMetadata", dict)
    return AuthenticationResult(
        access_token=_token(required(result, "AccessToken", str)),
        id_token=_token(required(result, "IdToken", str)),
        refresh_token=_token(refresh) if (refresh := optional(result, "RefreshToken", str)) else None,
        expires_in_s=expires_in_s,
        token_type=_bearer(required(result, "TokenType", str)),
        new_device_metadata=strings(device) if device else None,
        request_id=request_id,
    )


def _token(text: str) -> str:
    if not (_TOKEN.fullmatch(text) and len(text) <= TOKEN_CAP):
        raise Misfit
    return text


def _bearer(token_type: str) -> str:
    if token_type.lower() != "bearer":
        raise Misfit
    return token_type


def _challenge(payload: Mapping[str, Any], name: str, request_id: str | None) -> IssuedChallenge:
    session = _session(payload)
    if session is None and name not in _SESSION_OPTIONAL:
        raise Misfit
    if not _NAME.fullmatch(name):
        raise Misfit
    return IssuedChallenge(
        name=name,
        parameters=strings(optional(payload, "ChallengeParameters", dict) or {}),
        session=session,
        available_challenges=names(payload, "AvailableChallenges") or (),
        request_id=request_id,
    )
