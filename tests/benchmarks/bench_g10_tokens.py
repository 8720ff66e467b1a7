"""G10: both tokens of one sign-in verified, against joserfc and PyJWT with the same keys at hand."""

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt as jose
from joserfc.jwk import KeySet, RSAKey

from cognito_portal.cognito.tokens import TokenVerifier
from cognito_portal.cognito.types import AuthenticationResult
from tests.benchmarks.measuring import cpu_us, print_table
from tests.benchmarks.stand_in import CLIENT_ID, POOL_ID, key_set, signed_tokens

CALLS = 1_000
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}"
JWKS_URL = f"{ISSUER}/.well-known/jwks.json"


def run() -> dict[str, float]:
    """Print the table and return G10's ratios, and how often the key set was fetched once warm."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    tokens = signed_tokens(private, ISSUER)
    document = key_set(private)
    fetches: list[str] = []

    def fetch(url: str) -> dict[str, object]:
        fetches.append(url)
        return document

    verifier = TokenVerifier(issuer=ISSUER, jwks_url=JWKS_URL, client_id=CLIENT_ID, fetch=fetch)
    result = AuthenticationResult(
        access_token=tokens["AccessToken"],
        id_token=tokens["IdToken"],
        refresh_token=None,
        expires_in_s=3600,
        token_type="Bearer",
        new_device_metadata=None,
        request_id=None,
    )
    verifier.verify(result, expected_username=None)
    both = (tokens["AccessToken"], tokens["IdToken"])
    jose_keys = KeySet([RSAKey.import_key(each) for each in document["keys"]])
    jose_claims = jose.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, exp={"essential": True})
    py_keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(document).keys}

    def by_joserfc() -> None:
        for token in both:
            jose_claims.validate(jose.decode(token, jose_keys, algorithms=["RS256"]).claims)

    def by_pyjwt() -> None:
        for token in both:
            key = py_keys[jwt.get_unverified_header(token)["kid"]]
            jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options={"verify_aud": False})

    costs = cpu_us(
        {
            "joserfc": by_joserfc,
            "PyJWT": by_pyjwt,
            "cognito_portal": lambda: verifier.verify(result, expected_username=None),
        },
        calls=CALLS,
    )
    print_table("G10 both tokens of a sign-in", costs, baseline="joserfc")
    print(f"  key set fetched when warm: {len(fetches) - 1}")
    return {
        "g10_tokens_vs_joserfc": costs["cognito_portal"] / costs["joserfc"],
        "g10_tokens_vs_pyjwt": costs["cognito_portal"] / costs["PyJWT"],
        "g10_fetches_when_warm": len(fetches) - 1,
    }


if __name__ == "__main__":
    run()
