"""The one place that builds Cognito's clients out of the settings.

Everything here is made once per process: one pool of connections, one key cache, one cache of the pool's
settings (decision D8). `forget()` drops them, for tests that change the settings.
"""

from functools import lru_cache

from django.conf import settings

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.endpoints import endpoint_for, issuer_for
from cognito_portal.cognito.settings_cache import SettingsCache
from cognito_portal.cognito.signing import AwsSigner
from cognito_portal.cognito.tokens import TokenVerifier
from cognito_portal.cognito.transport import Timeouts, Transport
from cognito_portal.cognito.types import AuthFlow, ClientSettings, MfaConfig, PoolSettings

# A sign-in that has its tokens already waits no longer than this for the keys to check them with.
KEYS_TIMEOUTS = Timeouts(connect_s=1, read_s=2, total_s=2)
# What a person who is signed in already waits for at most: giving old tokens back, remembering the browser.
ASIDE_TIMEOUTS = Timeouts(connect_s=1, read_s=2, total_s=2)
# Seconds that a sign-in waits for the pool's rules while none are known; later reads happen beside it.
FIRST_READ_S = 1.0
AUTO = "auto"
_OTHER = {
    AuthFlow.USER_PASSWORD_AUTH: AuthFlow.USER_SRP_AUTH,
    AuthFlow.USER_SRP_AUTH: AuthFlow.USER_PASSWORD_AUTH,
}
_found_flows: dict[str, AuthFlow] = {}


def endpoint() -> str:
    """The URL that Cognito's API answers at, without a trailing slash."""
    custom: str = settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER
    return custom.rstrip("/") or endpoint_for(settings.AWS_REGION, fips=settings.COGNITO_FIPS)


def issuer() -> str:
    """What a token of the pool must name as its issuer, whatever endpoint it came from (decision D6)."""
    configured: str = settings.COGNITO_ISSUER
    return configured or issuer_for(settings.AWS_REGION, settings.COGNITO_USER_POOL_ID)


def jwks_url() -> str:
    """Where the pool's signing keys are read."""
    configured: str = settings.COGNITO_JWKS_URL
    return configured or f"{endpoint()}/{settings.COGNITO_USER_POOL_ID}/.well-known/jwks.json"


@lru_cache(maxsize=1)
def transport() -> Transport:
    """The process's one way out to Cognito."""
    return _transport(Timeouts())


def _transport(timeouts: Timeouts) -> Transport:
    return Transport(
        endpoint(),
        proxies={"https": settings.HTTPS_PROXY} if settings.HTTPS_PROXY else None,
        ca_file=settings.COGNITO_CA_FILE or None,
        timeouts=timeouts,
    )


@lru_cache(maxsize=1)
def cognito() -> CognitoClient:
    """The client of the one configured pool and app client."""
    return _client(transport())


def _client(transport: Transport) -> CognitoClient:
    return CognitoClient(
        transport=transport,
        pool_id=settings.COGNITO_USER_POOL_ID,
        client_id=settings.COGNITO_CLIENT_ID,
        client_secret=settings.COGNITO_CLIENT_SECRET or None,
        signer=AwsSigner(settings.AWS_REGION),
    )


@lru_cache(maxsize=1)
def cognito_aside() -> CognitoClient:
    """The same, for calls whose failure changes nothing for the person, and which they wait for all the same."""
    return _client(_transport(ASIDE_TIMEOUTS))


@lru_cache(maxsize=1)
def token_verifier() -> TokenVerifier:
    """The check that tokens pass before anyone counts as signed in."""
    return TokenVerifier(
        issuer=issuer(),
        jwks_url=jwks_url(),
        client_id=settings.COGNITO_CLIENT_ID,
        fetch=lambda url: transport().get_json(url, timeouts=KEYS_TIMEOUTS),
    )


@lru_cache(maxsize=1)
def _pool_cache() -> SettingsCache[PoolSettings]:
    return SettingsCache(lambda: cognito().describe_user_pool())


@lru_cache(maxsize=1)
def _client_cache() -> SettingsCache[ClientSettings]:
    return SettingsCache(lambda: cognito().describe_user_pool_client())


@lru_cache(maxsize=1)
def _mfa_cache() -> SettingsCache[MfaConfig]:
    return SettingsCache(lambda: cognito().get_user_pool_mfa_config())


def pool_settings() -> PoolSettings | None:
    """The pool's rules as last read from AWS, or None where they cannot be read."""
    return _pool_cache().get_soon(wait_s=FIRST_READ_S)


def client_settings() -> ClientSettings | None:
    """The app client's settings as last read from AWS, or None where they cannot be read."""
    return _client_cache().get_soon(wait_s=FIRST_READ_S)


def mfa_config() -> MfaConfig | None:
    """The factors the pool offers as last read from AWS, or None where they cannot be read."""
    return _mfa_cache().get_soon(wait_s=FIRST_READ_S)


def warm() -> None:
    """Have what a sign-in will need read beside the request that shows the first page."""
    _pool_cache().get_soon(wait_s=0)
    _client_cache().get_soon(wait_s=0)
    _mfa_cache().get_soon(wait_s=0)
    token_verifier().warm()


def session_minutes() -> int | None:
    """Minutes that a challenge's Session lives (AuthSessionValidity), or None where nobody tells us."""
    known = client_settings()
    return (known and known.auth_session_validity_minutes) or settings.COGNITO_SESSION_MINUTES or None


def auth_flow() -> AuthFlow:
    """The flow that a sign-in with username and password begins by.

    COGNITO_AUTH_FLOW, or for `auto` the one that is known to be allowed: what the app client says of itself,
    what worked in this process before, or USER_PASSWORD_AUTH.
    """
    if settings.COGNITO_AUTH_FLOW != AUTO:
        return AuthFlow(settings.COGNITO_AUTH_FLOW)
    # What is not known yet is not waited for: the first answer tells.
    known = _client_cache().get_soon(wait_s=0)
    allowed = frozenset(known.explicit_auth_flows) if known else frozenset()
    found = _found_flows.get(settings.COGNITO_CLIENT_ID, AuthFlow.USER_PASSWORD_AUTH)
    if f"ALLOW_{found}" in allowed or found in allowed:
        return found
    other = _OTHER[found]
    return other if f"ALLOW_{other}" in allowed else found


def another_auth_flow(refused: str) -> AuthFlow | None:
    """The flow to begin by where the app client does not allow `refused`; remembered for this client.

    None where the settings name the flow, and where there is no other way to send a password.
    """
    other = _OTHER.get(AuthFlow(refused)) if settings.COGNITO_AUTH_FLOW == AUTO else None
    if other is not None:
        _found_flows[settings.COGNITO_CLIENT_ID] = other
    return other


def offers_user_auth() -> bool:
    """Whether the app client is known to allow USER_AUTH, the flow in which people choose how to sign in."""
    known = client_settings()
    return known is not None and f"ALLOW_{AuthFlow.USER_AUTH}" in known.explicit_auth_flows


def forget() -> None:
    """Drop every client of this process, so that the next call reads the settings anew."""
    for built in (transport, cognito, cognito_aside, token_verifier, _pool_cache, _client_cache, _mfa_cache):
        built.cache_clear()
    _found_flows.clear()
