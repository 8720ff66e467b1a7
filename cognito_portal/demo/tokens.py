"""What stands in a token. The emulator checks signatures; here a token that it accepted is only read."""

import base64
import binascii
import json

from cognito_portal.demo.wire import Body


def claims_of(token: str) -> Body:
    """Return a token's unverified claims; empty when it is no JWT, as a refresh token need not be."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
