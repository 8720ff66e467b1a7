"""InitiateAuth and its admin twin: how each flow begins."""

from collections.abc import Callable

from tests.stub import challenges
from tests.stub.model import FLOWS, REFRESH, Body, Refusal, SignIn
from tests.stub.pool import Pool, required
from tests.stub.refreshing import refresh_token_auth

ADMIN_FLOWS = frozenset({"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"})


def initiate(pool: Pool, body: Body) -> Body:
    pool.check_client(body)
    flow = required(body, "AuthFlow")
    if flow in ADMIN_FLOWS:
        raise Refusal("InvalidParameterException", "Initiate Auth method not supported.")
    return _begin(pool, flow, body, is_admin=False)


def admin_initiate(pool: Pool, body: Body) -> Body:
    pool.check_pool(body)
    pool.check_client(body)
    flow = required(body, "AuthFlow")
    return _begin(pool, "ADMIN_USER_PASSWORD_AUTH" if flow in ADMIN_FLOWS else flow, body, is_admin=True)


def _begin(pool: Pool, flow: str, body: Body, *, is_admin: bool) -> Body:
    flow = REFRESH if flow == "REFRESH_TOKEN" else flow
    if flow not in FLOWS:
        raise Refusal("InvalidParameterException", f"Unsupported auth flow {flow}")
    if flow not in pool.ways.flows:
        named = f"{flow} flow not enabled for this client"
        raise Refusal(
            "InvalidParameterException",
            named if pool.ways.flow_text == "named" else "Auth flow not enabled for this client",
        )
    given = body.get("AuthParameters") or {}
    if flow == REFRESH:
        return refresh_token_auth(pool, given)
    name = required(given, "USERNAME")
    pool.check_hash(given.get("SECRET_HASH"), name)
    return _BEGINNINGS[flow](pool, given, is_admin)


def _admitted(pool: Pool, given: Body, is_admin: bool) -> SignIn:
    """Who signs in, refused for what is told before any password is looked at."""
    user = pool.find_or_ghost(given["USERNAME"])
    if not user.is_confirmed:
        raise Refusal("UserNotConfirmedException", "User is not confirmed.")
    sign_in = SignIn(user, given["USERNAME"], is_admin=is_admin)
    device_key = given.get("DEVICE_KEY", "")
    if device_key and not user.is_ghost:
        if device_key not in user.devices:
            raise Refusal(*pool.ways.device_unknown)
        sign_in.device_key = device_key
    return sign_in


def _with_password(pool: Pool, given: Body, is_admin: bool) -> Body:
    password = required(given, "PASSWORD")
    sign_in = _admitted(pool, given, is_admin)
    challenges.check_password(sign_in.user, password)
    return challenges.proceed(pool, sign_in, challenges.after_password(sign_in))


def _with_srp(pool: Pool, given: Body, is_admin: bool) -> Body:
    srp_a = challenges.srp_a_of(given)
    sign_in = _admitted(pool, given, is_admin)
    return challenges.put_verifier(pool, sign_in, srp_a, challenges.after_password(sign_in))


def _with_custom(pool: Pool, given: Body, is_admin: bool) -> Body:
    if given.get("CHALLENGE_NAME") == "SRP_A":
        return _with_srp(pool, given, is_admin)
    sign_in = _admitted(pool, given, is_admin)
    if sign_in.user.is_ghost:
        raise Refusal("NotAuthorizedException", "credentials")
    return challenges.proceed(pool, sign_in, tuple(sign_in.user.script) or ("CUSTOM_CHALLENGE",))


def _with_choice(pool: Pool, given: Body, is_admin: bool) -> Body:
    sign_in = _admitted(pool, given, is_admin)
    preferred = given.get("PREFERRED_CHALLENGE", "")
    then = challenges.after_password(sign_in)
    if preferred not in challenges.first_factors(sign_in.user):
        return challenges.proceed(pool, sign_in, (sign_in.user.opens_with, *then))
    if preferred == "PASSWORD" and "PASSWORD" in given:
        challenges.check_password(sign_in.user, given["PASSWORD"])
        return challenges.proceed(pool, sign_in, then)
    if preferred == "PASSWORD_SRP" and "SRP_A" in given:
        return challenges.put_verifier(pool, sign_in, challenges.srp_a_of(given), then)
    return challenges.proceed(pool, sign_in, (preferred, *then))


_BEGINNINGS: dict[str, Callable[[Pool, Body, bool], Body]] = {
    "USER_PASSWORD_AUTH": _with_password,
    "ADMIN_USER_PASSWORD_AUTH": _with_password,
    "USER_SRP_AUTH": _with_srp,
    "CUSTOM_AUTH": _with_custom,
    "USER_AUTH": _with_choice,
}
