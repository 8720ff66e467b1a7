"""What every call shares: the checks before it, the hash of a client secret, and the reading of its answer."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from cognito_portal.cognito.errors import CognitoUnavailable, InvalidInput, NoCredentials
from cognito_portal.cognito.fields import Reader
from cognito_portal.cognito.profile_replies import Page
from cognito_portal.cognito.replies import TOKEN_CAP
from cognito_portal.cognito.secret_hash import secret_hash
from cognito_portal.cognito.transport import RequestSigner, Timeouts, Transport

USERNAME_CAP = 128
PASSWORD_CAP = 256
ATTRIBUTE_CAP = 2048
ATTRIBUTE_NAME_CAP = 32
CODE_CAP = 2048
DEVICE_KEY_CAP = 55
DEVICE_NAME_CAP = 1024
GROUP_NAME_CAP = 128
VALUE_CAP = 131_072
# No person has so many devices or passkeys: a list that goes on is a server that turns in a circle.
PAGES_CAP = 50

_PASSWORDS = frozenset({"PASSWORD", "NEW_PASSWORD"})

T = TypeVar("T")


class Calls:
    """One user pool, seen from one app client: what the operations of each subject are built on."""

    def __init__(
        self,
        *,
        transport: Transport,
        pool_id: str,
        client_id: str,
        client_secret: str | None = None,
        signer: RequestSigner | None = None,
    ) -> None:
        self.pool_id = pool_id
        self.client_id = client_id
        self._transport = transport
        self._client_secret = client_secret
        self._signer = signer

    def _call(self, operation: str, payload: Mapping[str, Any], reader: Reader[T]) -> T:
        reply = self._transport.call(operation, payload)
        return reader(reply.payload, operation=operation, request_id=reply.request_id)

    def _signed_call(
        self,
        operation: str,
        payload: Mapping[str, Any],
        reader: Reader[T],
        timeouts: Timeouts | None = None,
    ) -> T:
        if self._signer is None:
            raise NoCredentials(operation=operation)
        reply = self._transport.call(operation, payload, signer=self._signer, timeouts=timeouts)
        return reader(reply.payload, operation=operation, request_id=reply.request_id)

    def _all_pages(
        self,
        operation: str,
        payload: Mapping[str, Any],
        token: str,
        reader: Reader[Page[T]],
        *,
        signed: bool = False,
    ) -> tuple[T, ...]:
        """Return what stands on every page of a list; `token` is the field that asks for the next one."""
        call = self._signed_call if signed else self._call
        found: list[T] = []
        following: str | None = None
        for _ in range(PAGES_CAP):
            asked = {**payload, token: following} if following else payload
            page, following = call(operation, asked, reader)
            found += page
            if following is None:
                return tuple(found)
        raise CognitoUnavailable("garbage", operation=operation)

    def _named(self, operation: str, username: str, values: dict[str, str]) -> dict[str, str]:
        """Check every value, then set USERNAME and the hash over exactly that username.

        Both come last: no value of the caller's may stand in for them.
        """
        for name, value in values.items():
            within(operation, name, value, _cap_of(name))
        values.pop("SECRET_HASH", None)
        values["USERNAME"] = within(operation, "USERNAME", username, USERNAME_CAP)
        return values | self._hashed(username, "SECRET_HASH")

    def _hashed(self, username: str, field: str) -> dict[str, str]:
        """Return the field that proves the client secret for this username; nothing without a secret."""
        if self._client_secret is None:
            return {}
        return {
            field: secret_hash(username=username, client_id=self.client_id, client_secret=self._client_secret)
        }

    def _raw_secret(self) -> dict[str, str]:
        """Return the field of the two operations that take the client secret itself, not a hash."""
        return {} if self._client_secret is None else {"ClientSecret": self._client_secret}


def _cap_of(name: str) -> int:
    if name in _PASSWORDS:
        return PASSWORD_CAP
    return ATTRIBUTE_CAP if name.startswith("userAttributes.") else VALUE_CAP


def within(operation: str, field: str, value: str, cap: int, *, least: int = 1) -> str:
    """Return `value` if it has `least` to `cap` characters that UTF-8 can carry and no NUL.

    Raises `InvalidInput`.
    """
    if least <= len(value) <= cap and "\0" not in value:
        try:
            value.encode()
        except UnicodeEncodeError:
            pass
        else:
            return value
    raise InvalidInput(operation=operation, field=field)


def authorised(operation: str, token: str) -> dict[str, str]:
    """Return the field that authorises an operation on one's own account. Raises `InvalidInput`."""
    return {"AccessToken": within(operation, "AccessToken", token, TOKEN_CAP)}


def document(operation: str, field: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `value` if it can be sent as JSON of bearable length. Raises `InvalidInput`."""
    try:
        length = len(json.dumps(value, allow_nan=False))
    except (ValueError, TypeError, RecursionError):
        length = VALUE_CAP + 1
    if length > VALUE_CAP:
        raise InvalidInput(operation=operation, field=field)
    return value
