"""The signed operations that tell how pool and app client are set up: `pool.described` says what."""

from tests.stub.model import Body, Refusal
from tests.stub.pool import Pool


def mfa_config(pool: Pool, body: Body) -> Body:
    pool.check_pool(body)
    return _described(pool, "MfaConfig")


def describe_pool(pool: Pool, body: Body) -> Body:
    pool.check_pool(body)
    return {"UserPool": _described(pool, "UserPool")}


def describe_client(pool: Pool, body: Body) -> Body:
    pool.check_pool(body)
    pool.check_client(body)
    return {"UserPoolClient": _described(pool, "UserPoolClient")}


def _described(pool: Pool, name: str) -> Body:
    if name not in pool.described:
        raise Refusal("AccessDeniedException", f"not allowed to read {name}")
    return dict(pool.described[name])
