"""Remembered browsers (decision D13): off by default, and only where the person asked for it.

The browser holds 256 random bits in a cookie. Their hash finds a row, and the row holds, encrypted and bound
to pool and sub, what proves to Cognito that this is the remembered device.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from cognito_portal.audit.record import account_of
from cognito_portal.encryption import seal, unseal
from cognito_portal.signin.models import RememberedDevice

PURPOSE = "portal/device/v1"
REMEMBERED_FOR = timedelta(days=90)
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A remembered device of one user. `names`: the accounts this user signs in under, normalised."""

    pool_id: str
    sub: str
    names: tuple[str, ...]
    device_key: str = field(repr=False)
    group_key: str = field(repr=False)
    password: str = field(repr=False)

    def is_of(self, username: str) -> bool:
        """Whether the user who signs in under this name is the one who had the browser remembered."""
        return account_of(username) in self.names


def cookie_name() -> str:
    """The cookie's name: without TLS, as in the demo, no `__Host-` cookie would be kept."""
    return "device" if settings.DEBUG else "__Host-device"


def find(request: HttpRequest, *, pool_id: str) -> Device | None:
    """The device of the browser that sent this request, or None. Raises django.db.Error."""
    token = request.COOKIES.get(cookie_name(), "")
    if not settings.REMEMBER_DEVICES or not token:
        return None
    row = RememberedDevice.objects.filter(
        token_hash=_hash(token), pool_id=pool_id, expires_at__gt=timezone.now()
    ).first()
    if row is None:
        return None
    held = unseal(row.sealed, purpose=PURPOSE, bound_to=_place(row.pool_id, row.sub, row.token_hash))
    if held is None:
        return None
    try:
        return Device(pool_id=pool_id, sub=row.sub, **{**held, "names": tuple(held["names"])})
    except (TypeError, KeyError):
        return None


def new_token() -> str:
    """A fresh, unguessable text for the browser's cookie: 256 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def remember(device: Device, token: str) -> None:
    """Keep a device for the browser that will hold this token. Raises django.db.Error."""
    token_hash = _hash(token)
    held = {
        "names": list(device.names),
        "device_key": device.device_key,
        "group_key": device.group_key,
        "password": device.password,
    }
    RememberedDevice.objects.filter(expires_at__lte=timezone.now()).delete()
    RememberedDevice.objects.create(
        token_hash=token_hash,
        pool_id=device.pool_id,
        sub=device.sub,
        sealed=seal(held, purpose=PURPOSE, bound_to=_place(device.pool_id, device.sub, token_hash)),
        expires_at=timezone.now() + REMEMBERED_FOR,
    )


def forget(*, pool_id: str, sub: str, device_key: str | None = None) -> int:
    """Drop this user's devices, or the one of that key; return how many. Raises django.db.Error."""
    rows = RememberedDevice.objects.filter(pool_id=pool_id, sub=sub)
    if device_key is not None:
        rows = rows.filter(token_hash__in=[row.token_hash for row in rows if _key_of(row) == device_key])
    return rows.delete()[0]


def set_cookie(response: HttpResponseBase, token: str) -> None:
    """Give the browser the token of its device."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=REMEMBERED_FOR,
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )


def _key_of(row: RememberedDevice) -> str | None:
    held = unseal(row.sealed, purpose=PURPOSE, bound_to=_place(row.pool_id, row.sub, row.token_hash))
    return held.get("device_key") if held else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _place(pool_id: str, sub: str, token_hash: str) -> str:
    return f"{pool_id}|{sub}|{token_hash}"
