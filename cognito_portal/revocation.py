"""Giving back a refresh token that nobody may have or needs any more, beside what a person waits for."""

import logging

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import CognitoError

log = logging.getLogger(__name__)


def revoke_quietly(client: CognitoClient, refresh_token: str | None) -> None:
    """Revoke a token, if there is one. A failure changes nothing for the person: the site's log has it."""
    if refresh_token is None:
        return
    try:
        client.revoke_token(refresh_token=refresh_token)
    except CognitoError as error:
        log.warning("tokens.revoke_failed", extra={"code": error.code, "aws_request_id": error.request_id})
