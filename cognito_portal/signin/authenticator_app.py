"""The secret of an authenticator app, as a person can take it over: a picture, a text, a link.

https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

from typing import Any
from urllib.parse import quote

import segno
from django.utils.safestring import mark_safe

GROUP = 4


def otpauth(secret: str, *, username: str, issuer: str) -> str:
    """The otpauth: link of a TOTP secret (SHA-1, 6 digits, 30 seconds, as Cognito has it)."""
    label = f"{quote(issuer, safe='')}:{quote(username, safe='')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"


def secret_context(secret: str, *, username: str, issuer: str) -> dict[str, Any]:
    """What a template shows of a secret: `qr` (inline SVG), `secret`, `secret_groups` of 4, `otpauth`."""
    link = otpauth(secret, username=username, issuer=issuer)
    # Our own SVG: nothing of it but the squares depends on what anybody typed.
    qr = mark_safe(segno.make(link, error="m").svg_inline(omitsize=True, dark="#000", light="#fff"))  # noqa: S308
    groups = [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
    return {"qr": qr, "secret": secret, "secret_groups": groups, "otpauth": link}
