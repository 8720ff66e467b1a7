"""The company's OpenID Connect provider, asked by Authlib's client: code flow with PKCE, state and nonce.

Authlib and not allauth's provider, which checks no signature of the ID token after the code's exchange and sends
no nonce (65.21); and not PyJWT alone, with which discovery, PKCE, exchange and the claims would be ours to write.
https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.conf import settings
from joserfc.errors import JoseError
from requests import RequestException

SCOPE = "openid email profile"
CONNECT_S, READ_S = 2, 5
# No key, and no address, of the provider's is believed for longer without asking it again.
KNOWN_FOR_S = 3600
LEEWAY_S = 30
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderUnavailable(Exception):
    """The provider gave no answer that can be used. The text is a class name and holds nothing it said."""


class ProviderRefused(Exception):
    """The provider, or the check of its ID token, said no. The text is a short reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One sign-in that was sent to the provider: what its answer has to fit. `url` is where the browser goes."""

    url: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str


class Provider(DjangoOAuth2App):  # type: ignore[misc]  # authlib has no types
    """Authlib's client, with its metadata held to the configured issuer and read anew every hour."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server_metadata: dict[str, Any] = {}
        # Until they are checked, nobody else may see what the provider says of itself.
        self._reading = threading.Lock()

    def load_server_metadata(self) -> dict[str, Any]:
        with self._reading:
            if time.time() - self.server_metadata.get("_loaded_at", 0) > KNOWN_FOR_S:
                self.server_metadata = {}
                found = super().load_server_metadata()
                self.server_metadata = {}
                self.server_metadata = _checked(found)
            return self.server_metadata


def _checked(found: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the metadata that is used. Whatever else there is would become arguments of the client, among
    them those that govern TLS.
    """
    issuer: str = settings.STAFF_OIDC_ISSUER
    if found.get("issuer") != issuer:
        raise ProviderRefused("issuer")
    addresses = {name: str(found.get(name, "")) for name in _ADDRESSES}
    schemes = {"https", issuer.partition("://")[0]}
    if not {address.partition("://")[0] for address in addresses.values()} <= schemes:
        raise ProviderRefused("metadata")
    algorithms = {"id_token_signing_alg_values_supported": ALGORITHMS}
    return {"issuer": issuer, "_loaded_at": time.time()} | addresses | algorithms


@lru_cache(maxsize=1)
def provider() -> Provider:
    """The process's one client of the configured provider."""
    issuer: str = settings.STAFF_OIDC_ISSUER
    return Provider(
        DjangoIntegration("staff"),
        "staff",
        client_id=settings.STAFF_OIDC_CLIENT_ID,
        client_secret=settings.STAFF_OIDC_CLIENT_SECRET,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "default_timeout": (CONNECT_S, READ_S),
            "trust_env": False,
            "max_redirects": 0,
            "proxies": {"https": settings.HTTPS_PROXY} if settings.HTTPS_PROXY else {},
            "verify": settings.STAFF_OIDC_CA_FILE or True,
        },
    )


def ask(redirect_uri: str) -> Asked:
    """Begin a sign-in. Raises ProviderUnavailable and ProviderRefused."""
    try:
        begun = provider().create_authorization_url(redirect_uri)
    except (RequestException, ValueError, RuntimeError) as error:
        raise ProviderUnavailable(type(error).__name__) from None
    return Asked(**begun, redirect_uri=redirect_uri)


def exchange(asked: Asked, code: str) -> Mapping[str, Any]:
    """The verified claims of the ID token that this code is worth: signature, issuer, audience, times, nonce, azp.

    Raises ProviderUnavailable and ProviderRefused.
    """
    client_id: str = settings.STAFF_OIDC_CLIENT_ID
    claims_options = {
        "iss": {"essential": True, "values": [settings.STAFF_OIDC_ISSUER]},
        # Authlib alone would take a token for others whose `azp` is this client.
        "aud": {"essential": True, "values": [client_id]},
        "sub": {"essential": True},
    }
    try:
        token = provider().fetch_access_token(
            redirect_uri=asked.redirect_uri, code=code, code_verifier=asked.code_verifier
        )
        claims = provider().parse_id_token(
            token, nonce=asked.nonce, claims_options=claims_options, leeway=LEEWAY_S
        )
    except (OAuthError, AuthlibBaseError, JoseError) as error:
        raise ProviderRefused(str(error.error)[:64]) from None
    except RequestException as error:
        raise ProviderUnavailable(type(error).__name__) from None
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ProviderRefused(type(error).__name__) from None
    if claims is None:
        raise ProviderRefused("no_id_token")
    return dict(claims)
