"""The challenges: how each is put. A sign-in is a chain of them, and tokens at its end."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.stub import passkeys, srp
from tests.stub.model import POOL_ID, Body, Issued, Refusal, SignIn, StubUser
from tests.stub.pool import SESSION_S, Pool, required

NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"
# What a remembered device stands in for.
SECOND_FACTORS = frozenset({"SMS_MFA", "EMAIL_OTP", "EMAIL_MFA", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE"})
SENT_BY = {"SMS_MFA": "SMS", "SMS_OTP": "SMS", "EMAIL_OTP": "EMAIL", "EMAIL_MFA": "EMAIL"}
# Those that some write to come without a Session.
SRP_CHALLENGES = frozenset({"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"})


def proceed(pool: Pool, sign_in: SignIn, chain: tuple[str, ...], **data: Any) -> Body:
    """Put the first challenge of the chain, or grant tokens where there is none left."""
    return _put(pool, sign_in, chain, data) if chain else pool.grant(sign_in)


def put_verifier(pool: Pool, sign_in: SignIn, srp_a: int, then: tuple[str, ...]) -> Body:
    """Answer SRP_A with PASSWORD_VERIFIER."""
    return proceed(pool, sign_in, ("PASSWORD_VERIFIER", *then), srp_a=srp_a)


def put_device_verifier(pool: Pool, sign_in: SignIn, srp_a: int, then: tuple[str, ...]) -> Body:
    """Answer SRP_A of DEVICE_SRP_AUTH with DEVICE_PASSWORD_VERIFIER."""
    device = sign_in.user.devices[sign_in.device_key]
    begun = srp.Round(device.group_key + device.key, device.salt, device.verifier, srp_a)
    return proceed(pool, sign_in, ("DEVICE_PASSWORD_VERIFIER", *then), round=begun)


def after_password(sign_in: SignIn) -> tuple[str, ...]:
    """What is asked for once the password, or what stands for it, was right."""
    user, chain = sign_in.user, tuple(sign_in.user.script)
    device = user.devices.get(sign_in.device_key)
    if device is not None and device.is_confirmed and SECOND_FACTORS & set(chain):
        chain = ("DEVICE_SRP_AUTH", *(name for name in chain if name not in SECOND_FACTORS))
    return (NEW_PASSWORD, *chain) if user.is_temporary and NEW_PASSWORD not in chain else chain


def check_password(user: StubUser, password: str) -> None:
    if user.is_ghost or password != user.password:
        raise Refusal("NotAuthorizedException", "credentials")
    check_status(user)


def check_status(user: StubUser) -> None:
    """What is told only once the password was right."""
    if not user.is_enabled:
        raise Refusal("NotAuthorizedException", "User is disabled.")
    if user.must_reset:
        raise Refusal("PasswordResetRequiredException", "Password reset required for the user")


def srp_a_of(given: Mapping[str, str]) -> int:
    srp_a = srp.read_a(required(given, "SRP_A"))
    if srp_a is None:
        raise Refusal("InvalidParameterException", "Invalid SRP_A")
    return srp_a


def first_factors(user: StubUser) -> tuple[str, ...]:
    """AvailableChallenges: whoever has a temporary password must begin with it."""
    if not user.is_temporary:
        return user.first_factors
    return tuple(name for name in user.first_factors if name.startswith("PASSWORD"))


def _put(pool: Pool, sign_in: SignIn, chain: tuple[str, ...], data: dict[str, Any]) -> Body:
    name, user = chain[0], sign_in.user
    if name == "PASSWORD_VERIFIER":
        data["round"] = _round(pool, sign_in, data.pop("srp_a", 1))
    parameters = _names(pool, sign_in, name)
    parameters |= _PARAMETERS[name](pool, user, data) if name in _PARAMETERS else {}
    parameters |= user.parameters.get(name, {})
    parameters = {key: value for key, value in parameters.items() if value is not None}
    if {"USERNAME", "USER_ID_FOR_SRP"} & parameters.keys():
        sign_in.name = pool.canonical(user)
    issued = Issued(sign_in, name, sign_in.name, time.time() + SESSION_S, chain[1:], data)
    token = pool.open_session(issued)
    payload: Body = {"ChallengeName": name, "ChallengeParameters": parameters}
    if pool.ways.srp_session or name not in SRP_CHALLENGES:
        payload["Session"] = token
    else:
        issued.is_unnamed = True
    if name == "SELECT_CHALLENGE":
        payload["AvailableChallenges"] = list(first_factors(user))
    return payload


def _names(pool: Pool, sign_in: SignIn, challenge: str) -> dict[str, Any]:
    told = pool.ways.verifier_names if challenge == "PASSWORD_VERIFIER" else pool.ways.names
    wanted = {"both": ("USERNAME", "USER_ID_FOR_SRP"), "neither": ()}.get(told, (told,))
    return dict.fromkeys(wanted, pool.canonical(sign_in.user))


def _round(pool: Pool, sign_in: SignIn, srp_a: int) -> srp.Round:
    is_told = pool.ways.verifier_names != "neither"
    user_id = pool.canonical(sign_in.user) if is_told else sign_in.name
    identity = POOL_ID.partition("_")[2] + user_id
    salt = secrets.randbits(128)
    return srp.Round(identity, salt, srp.verifier_of(salt, identity, sign_in.user.password), srp_a)


def _new_password(pool: Pool, user: StubUser, data: dict[str, Any]) -> dict[str, Any]:
    prefixed = [f"userAttributes.{name}" for name in user.lacks]
    required_attributes = {
        "prefixed": json.dumps(prefixed),
        "bare": json.dumps(list(user.lacks)),
        "empty": "",
        "null": "null",
        "refusal": "[]",
    }.get(pool.ways.required)
    parameters = {} if required_attributes is None else {"requiredAttributes": required_attributes}
    if pool.ways.user_attributes:
        parameters["userAttributes"] = json.dumps({"email": user.alias})
    return parameters


def _sent(medium: str, purpose: str) -> Callable[[Pool, StubUser, dict[str, Any]], dict[str, Any]]:
    def send(pool: Pool, user: StubUser, data: dict[str, Any]) -> dict[str, Any]:
        data["code"] = user.new_code(purpose, pool.ways.code_digits)
        destination = "+*******0199" if medium == "SMS" else "u***@e***"
        return {"CODE_DELIVERY_DELIVERY_MEDIUM": medium, "CODE_DELIVERY_DESTINATION": destination}

    return send


def _passkey(pool: Pool, user: StubUser, data: dict[str, Any]) -> dict[str, Any]:
    if not user.passkeys:
        user.passkeys.append(passkeys.Passkey(passkeys.new_id(), pool.ways.rp_id))
    data["options"] = user.passkey_options = passkeys.request_options(user.passkeys, pool.ways.rp_id)
    return {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(user.passkey_options)}


def _custom(pool: Pool, user: StubUser, data: dict[str, Any]) -> dict[str, Any]:
    user.codes_sent += 1
    data["answer"] = user.answer = f"answer {user.codes_sent} of {user.username}"
    return {"question": "What is the word of the day?"}


def _verifier(pool: Pool, user: StubUser, data: dict[str, Any]) -> dict[str, Any]:
    return dict(data["round"].parameters)


def _device_verifier(pool: Pool, user: StubUser, data: dict[str, Any]) -> dict[str, Any]:
    begun: srp.Round = data["round"]
    key = next(device.key for device in user.devices.values() if begun.identity.endswith(device.key))
    return {**begun.parameters, "DEVICE_KEY": key}


_PARAMETERS: dict[str, Callable[[Pool, StubUser, dict[str, Any]], dict[str, Any]]] = {
    NEW_PASSWORD: _new_password,
    **{name: _sent(medium, name) for name, medium in SENT_BY.items()},
    "SOFTWARE_TOKEN_MFA": lambda pool, user, data: {"FRIENDLY_DEVICE_NAME": "My phone"},
    "SELECT_MFA_TYPE": lambda pool, user, data: {"MFAS_CAN_CHOOSE": json.dumps(list(user.can_choose))},
    "MFA_SETUP": lambda pool, user, data: {"MFAS_CAN_SETUP": json.dumps(list(user.can_set_up))},
    "WEB_AUTHN": _passkey,
    "CUSTOM_CHALLENGE": _custom,
    "PASSWORD_VERIFIER": _verifier,
    "DEVICE_PASSWORD_VERIFIER": _device_verifier,
}
