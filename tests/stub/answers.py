"""RespondToAuthChallenge and its admin twin: what is right for each challenge, and what follows it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.stub import challenges, passkeys, srp
from tests.stub.challenges import proceed
from tests.stub.model import Body, Issued, Refusal
from tests.stub.pool import Pool, required

Given = Mapping[str, str]
CLAIM = ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP")
KEYS: dict[str, tuple[str, ...]] = {
    "NEW_PASSWORD_REQUIRED": ("NEW_PASSWORD",),
    "SMS_MFA": ("SMS_MFA_CODE",),
    "SMS_OTP": ("SMS_OTP_CODE",),
    "EMAIL_OTP": ("EMAIL_OTP_CODE",),
    "EMAIL_MFA": ("EMAIL_MFA_CODE",),
    "SOFTWARE_TOKEN_MFA": ("SOFTWARE_TOKEN_MFA_CODE",),
    "SELECT_MFA_TYPE": ("ANSWER",),
    "SELECT_CHALLENGE": ("ANSWER", "PASSWORD", "SRP_A", "CREDENTIAL"),
    "MFA_SETUP": ("EMAIL", "PHONE_NUMBER"),
    "PASSWORD": ("PASSWORD",),
    "PASSWORD_SRP": ("SRP_A",),
    "PASSWORD_VERIFIER": CLAIM,
    "WEB_AUTHN": ("CREDENTIAL",),
    "CUSTOM_CHALLENGE": ("ANSWER",),
    "DEVICE_SRP_AUTH": ("SRP_A",),
    "DEVICE_PASSWORD_VERIFIER": CLAIM,
    "ADMIN_NO_SRP_AUTH": ("PASSWORD",),
}
_COMMON = frozenset({"USERNAME", "SECRET_HASH", "DEVICE_KEY"})


def respond(pool: Pool, body: Body) -> Body:
    return _respond(pool, body, is_admin=False)


def admin_respond(pool: Pool, body: Body) -> Body:
    pool.check_pool(body)
    return _respond(pool, body, is_admin=True)


def _respond(pool: Pool, body: Body, *, is_admin: bool) -> Body:
    pool.check_client(body)
    challenge, given = required(body, "ChallengeName"), body.get("ChallengeResponses") or {}
    name = required(given, "USERNAME")
    pool.check_hash(given.get("SECRET_HASH"), name)
    if challenge == "ADMIN_NO_SRP_AUTH" and not is_admin:
        raise Refusal("InvalidParameterException", "Unsupported challenge name ADMIN_NO_SRP_AUTH")
    if challenge not in KEYS:
        raise Refusal("InvalidParameterException", f"Unsupported challenge name {challenge}")
    issued = _issued(pool, body, challenge, given)
    if name != issued.name:
        raise Refusal("NotAuthorizedException", "secret" if pool.client_secret else "session")
    if challenge != issued.challenge or is_admin != issued.sign_in.is_admin:
        raise Refusal("NotAuthorizedException", "session")
    surplus = {key for key in given if not key.startswith("userAttributes.")} - _COMMON - set(KEYS[challenge])
    if surplus or any(not isinstance(value, str) for value in given.values()):
        raise Refusal("InvalidParameterException", f"Unexpected responses to {challenge}")
    try:
        payload = _ANSWERS[challenge](pool, issued, given)
    except Refusal as refusal:
        if refusal.code == "InvalidPasswordException":
            issued.is_used |= not pool.ways.refusal_keeps
        raise
    issued.is_used = True
    return payload


def _issued(pool: Pool, body: Body, challenge: str, given: Given) -> Issued:
    token = body.get("Session")
    if token:
        return pool.session_of(token)
    if challenge not in challenges.SRP_CHALLENGES or pool.ways.srp_session:
        raise Refusal("InvalidParameterException", "Missing required parameter Session")
    for issued in reversed(pool.sessions.values()):
        is_meant = issued.is_unnamed and issued.challenge == challenge and issued.name == given["USERNAME"]
        block = issued.data["round"].block if "round" in issued.data else None
        if is_meant and block == given.get("PASSWORD_CLAIM_SECRET_BLOCK"):
            if issued.is_used or time.time() >= issued.expires_at:
                break
            return issued
    raise Refusal("NotAuthorizedException", "credentials")


def _new_password(pool: Pool, issued: Issued, given: Given) -> Body:
    user, password = issued.user, required(given, "NEW_PASSWORD")
    check_policy(password)
    for name in user.lacks:
        if not given.get(f"userAttributes.{name}"):
            raise Refusal("InvalidParameterException", f"Invalid attributes given, {name} is missing")
    sent = {name for name in given if name.startswith("userAttributes.")}
    if sent - {f"userAttributes.{name}" for name in user.lacks}:
        raise Refusal("NotAuthorizedException", "Cannot modify an already provided email")
    # A Session does not outlive the password it was given for.
    for other in pool.sessions.values():
        other.is_used |= other.user is user
    user.attributes |= {name: given[f"userAttributes.{name}"] for name in user.lacks}
    user.password, user.is_temporary, user.lacks = password, False, ()
    further = (pool.ways.then,) if pool.ways.then else ()
    return proceed(pool, issued.sign_in, issued.then + further)


def check_policy(password: str) -> None:
    if len(password) < 8 or not any(character.isdigit() for character in password):
        raise Refusal("InvalidPasswordException", "policy")


def _code(pool: Pool, issued: Issued, given: Given) -> Body:
    if required(given, KEYS[issued.challenge][0]) != issued.data["code"]:
        raise Refusal("CodeMismatchException", "code")
    return proceed(pool, issued.sign_in, issued.then)


def _totp(pool: Pool, issued: Issued, given: Given) -> Body:
    issued.user.check_totp(required(given, "SOFTWARE_TOKEN_MFA_CODE"))
    return proceed(pool, issued.sign_in, issued.then)


def _select_mfa(pool: Pool, issued: Issued, given: Given) -> Body:
    chosen, options = required(given, "ANSWER"), issued.user.can_choose
    if chosen not in options:
        raise Refusal("InvalidParameterException", "Invalid MFA type")
    is_in_script = issued.then[:1] and issued.then[0] in options
    return proceed(pool, issued.sign_in, (chosen, *(issued.then[1:] if is_in_script else issued.then)))


def _select_challenge(pool: Pool, issued: Issued, given: Given) -> Body:
    chosen = required(given, "ANSWER")
    if chosen not in challenges.first_factors(issued.user):
        raise Refusal("InvalidParameterException", "Invalid challenge")
    companions = {"PASSWORD": "PASSWORD", "PASSWORD_SRP": "SRP_A", "WEB_AUTHN": "CREDENTIAL"}
    if set(KEYS["SELECT_CHALLENGE"][1:]) & given.keys() - {companions.get(chosen, "")}:
        raise Refusal("InvalidParameterException", f"Unexpected responses beside {chosen}")
    then = issued.then[1:] if issued.then[:1] == (chosen,) else issued.then
    if chosen in ("PASSWORD", "PASSWORD_SRP"):
        issued.then = then
        return _ANSWERS[chosen](pool, issued, given)
    if "CREDENTIAL" in given:
        raise Refusal("NotAuthorizedException", "Invalid credential")
    return proceed(pool, issued.sign_in, (chosen, *then))


def _password(pool: Pool, issued: Issued, given: Given) -> Body:
    challenges.check_password(issued.user, required(given, "PASSWORD"))
    return proceed(pool, issued.sign_in, issued.then)


def _password_srp(pool: Pool, issued: Issued, given: Given) -> Body:
    return challenges.put_verifier(pool, issued.sign_in, challenges.srp_a_of(given), issued.then)


def _verifier(pool: Pool, issued: Issued, given: Given) -> Body:
    for name in CLAIM:
        required(given, name)
    if issued.user.is_ghost or not issued.data["round"].is_proved_by(given):
        raise Refusal("NotAuthorizedException", "credentials")
    challenges.check_status(issued.user)
    return proceed(pool, issued.sign_in, issued.then)


def _passkey(pool: Pool, issued: Issued, given: Given) -> Body:
    try:
        credential: Any = json.loads(required(given, "CREDENTIAL"))
    except ValueError:
        raise Refusal("InvalidParameterException", "Invalid credential") from None
    if not passkeys.is_right(credential, issued.user.passkeys, issued.data["options"]):
        raise Refusal("NotAuthorizedException", "Invalid credential")
    return proceed(pool, issued.sign_in, issued.then)


def _custom(pool: Pool, issued: Issued, given: Given) -> Body:
    if required(given, "ANSWER") != issued.data["answer"]:
        if pool.ways.custom_again:
            return proceed(pool, issued.sign_in, ("CUSTOM_CHALLENGE", *issued.then))
        raise Refusal("NotAuthorizedException", "credentials")
    return proceed(pool, issued.sign_in, issued.then)


def _mfa_setup(pool: Pool, issued: Issued, given: Given) -> Body:
    user = issued.user
    if issued.data.get("is_verified"):
        user.mfa.add("SOFTWARE_TOKEN_MFA")
        return proceed(pool, issued.sign_in, issued.then)
    contacts = {"EMAIL": ("email", "EMAIL_OTP"), "PHONE_NUMBER": ("phone_number", "SMS_MFA")}
    for key, (attribute, factor) in contacts.items():
        if given.get(key) and factor in user.can_set_up and pool.ways.email_setup == "code":
            user.attributes[attribute] = given[key]
            user.mfa.add(factor)
            return proceed(pool, issued.sign_in, (factor, *issued.then))
    raise Refusal("InvalidParameterException", "User has not set up software token mfa")


def _device_srp(pool: Pool, issued: Issued, given: Given) -> Body:
    device = issued.user.devices.get(required(given, "DEVICE_KEY"))
    if device is None or not device.is_confirmed:
        raise Refusal(*pool.ways.device_unknown)
    issued.sign_in.device_key = device.key
    return challenges.put_device_verifier(pool, issued.sign_in, challenges.srp_a_of(given), issued.then)


def _device_verifier(pool: Pool, issued: Issued, given: Given) -> Body:
    begun: srp.Round = issued.data["round"]
    if required(given, "DEVICE_KEY") != issued.sign_in.device_key or not begun.is_proved_by(dict(given)):
        raise Refusal("NotAuthorizedException", "credentials")
    return proceed(pool, issued.sign_in, issued.then)


_ANSWERS: dict[str, Callable[[Pool, Issued, Given], Body]] = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    **dict.fromkeys(challenges.SENT_BY, _code),
    "SOFTWARE_TOKEN_MFA": _totp,
    "SELECT_MFA_TYPE": _select_mfa,
    "SELECT_CHALLENGE": _select_challenge,
    "MFA_SETUP": _mfa_setup,
    "PASSWORD": _password,
    "ADMIN_NO_SRP_AUTH": _password,
    "PASSWORD_SRP": _password_srp,
    "PASSWORD_VERIFIER": _verifier,
    "WEB_AUTHN": _passkey,
    "CUSTOM_CHALLENGE": _custom,
    "DEVICE_SRP_AUTH": _device_srp,
    "DEVICE_PASSWORD_VERIFIER": _device_verifier,
}
