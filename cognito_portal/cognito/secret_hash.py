"""SECRET_HASH, which an app client with a secret must send with each username."""

import base64
import hmac


def secret_hash(*, username: str, client_id: str, client_secret: str) -> str:
    """Return base64(HMAC-SHA256(client_secret, username + client_id)).

    `username` must be exactly the string sent as USERNAME in the same request: the alias at InitiateAuth,
    the real username in every challenge response.
    https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
    """
    digest = hmac.digest(client_secret.encode(), (username + client_id).encode(), "sha256")
    return base64.b64encode(digest).decode("ascii")
