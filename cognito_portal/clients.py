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
from cognito_portal.cognito.types import ClientSettings, PoolSettings

# A sign-in that has its tokens already waits no longer than this for the keys to check them with.
KEYS_TIMEOUTS = Timeouts(connect_s=1, read_s=2, total_s=2)
# Seconds that a sign-in waits for the pool's rules while none are known; later reads happen beside it.
FIRST_READ_S = 1.0


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
    return Transport(
        endpoint(),
        proxies={"https": settings.HTTPS_PROXY} if settings.HTTPS_PROXY else None,
        ca_file=settings.COGNITO_CA_FILE or None,
    )


@lru_cache(maxsize=1)
def cognito() -> CognitoClient:
    """The client of the one configured pool and app client."""
    return CognitoClient(
        transport=transport(),
        pool_id=settings.COGNITO_USER_POOL_ID,
        client_id=settings.COGNITO_CLIENT_ID,
        client_secret=settings.COGNITO_CLIENT_SECRET or None,
        signer=AwsSigner(settings.AWS_REGION),
    )


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


def pool_settings() -> PoolSettings | None:
    """The pool's rules as last read from AWS, or None where they cannot be read."""
    return _pool_cache().get_soon(wait_s=FIRST_READ_S)


def client_settings() -> ClientSettings | None:
    """The app client's settings as last read from AWS, or None where they cannot be read."""
    return _client_cache().get_soon(wait_s=FIRST_READ_S)


def warm() -> None:
    """Have what a sign-in will need read beside the request that shows the first page."""
    _pool_cache().get_soon(wait_s=0)
    _client_cache().get_soon(wait_s=0)
    token_verifier().warm()


def session_minutes() -> int | None:
    """Minutes that a challenge's Session lives (AuthSessionValidity), or None where nobody tells us."""
    known = client_settings()
    return (known and known.auth_session_validity_minutes) or settings.COGNITO_SESSION_MINUTES or None


def forget() -> None:
    """Drop every client of this process, so that the next call reads the settings anew."""
    for built in (transport, cognito, token_verifier, _pool_cache, _client_cache):
        built.cache_clear()
