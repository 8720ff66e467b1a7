"""New tokens for old, in both of Cognito's ways, and the end of them."""

import secrets
import time

from tests.stub.model import Body, Refusal
from tests.stub.pool import Family, Pool, required


def refresh_token_auth(pool: Pool, given: Body) -> Body:
    """InitiateAuth with REFRESH_TOKEN_AUTH: no new refresh token ever comes."""
    if pool.ways.rotation:
        raise Refusal("InvalidParameterException", "REFRESH_TOKEN_AUTH flow not enabled for this client")
    family = _family_of(pool, required(given, "REFRESH_TOKEN"), given.get("DEVICE_KEY", ""))
    if pool.hash_is_right(given.get("SECRET_HASH"), family.user.username) is False:
        raise Refusal("NotAuthorizedException", "SecretHash does not match for the client")
    return {"AuthenticationResult": pool.tokens(family), "ChallengeParameters": {}}


def get_tokens(pool: Pool, body: Body) -> Body:
    """GetTokensFromRefreshToken; a new refresh token comes where rotation is on."""
    if not pool.ways.newer_refresh:
        raise Refusal("UnknownOperationException")
    pool.check_client(body)
    pool.check_raw_secret(body)
    family = _family_of(pool, required(body, "RefreshToken"), body.get("DeviceKey", ""))
    result = pool.tokens(family)
    if pool.ways.rotation:
        family.retired[family.refresh_token] = time.time()
        result["RefreshToken"] = family.refresh_token = secrets.token_urlsafe(800)
    return {"AuthenticationResult": result}


def revoke(pool: Pool, body: Body) -> Body:
    """RevokeToken: unknown tokens are no error."""
    pool.check_client(body)
    if body.get("ClientSecret", "") != pool.client_secret:
        raise Refusal("UnauthorizedException", "secret")
    token = required(body, "Token")
    if token in pool.access_tokens:
        raise Refusal("UnsupportedTokenTypeException", "Unsupported token type")
    for family in pool.families:
        if token == family.refresh_token or token in family.retired:
            family.is_revoked = True
    return {}


def global_sign_out(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    for family in pool.families:
        family.is_revoked |= family.user is user
    return {}


def _family_of(pool: Pool, token: str, device_key: str) -> Family:
    for family in pool.families:
        if token in family.retired and time.time() - family.retired[token] >= pool.ways.grace_s:
            raise Refusal("RefreshTokenReuseException", "Refresh token has been reused")
        if token == family.refresh_token or token in family.retired:
            return _usable(pool, family, device_key)
    raise Refusal("NotAuthorizedException", "refresh")


def _usable(pool: Pool, family: Family, device_key: str) -> Family:
    if family.is_revoked:
        raise Refusal("NotAuthorizedException", "Refresh Token has been revoked")
    if not family.user.is_enabled:
        raise Refusal("NotAuthorizedException", "User is disabled.")
    if pool.ways.devices and family.device_key:
        device = family.user.devices.get(family.device_key)
        if device is None or not device.is_confirmed or device_key != device.key:
            raise Refusal("NotAuthorizedException", "refresh")
    return family
