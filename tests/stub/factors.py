"""Second factors and passkeys: set up in a sign-in's chain, or by whoever is signed in."""

import base64
import secrets
from dataclasses import replace

from tests.stub import passkeys
from tests.stub.model import Body, Issued, Refusal
from tests.stub.pool import Pool, required

MAX_PASSKEYS = 20
_SETTINGS = {
    "SMSMfaSettings": ("SMS_MFA", "phone_number"),
    "SoftwareTokenMfaSettings": ("SOFTWARE_TOKEN_MFA", "totp"),
    "EmailMfaSettings": ("EMAIL_OTP", "email"),
}


def _in_setup(pool: Pool, body: Body) -> Issued:
    issued = pool.session_of(body["Session"])
    if issued.challenge != "MFA_SETUP":
        raise Refusal("NotAuthorizedException", "session")
    return issued


def _only_one(body: Body) -> None:
    if bool(body.get("Session")) == bool(body.get("AccessToken")):
        raise Refusal("InvalidParameterException", "Exactly one of AccessToken and Session must be given")


def _next_session(pool: Pool, way: str, token: str, issued: Issued) -> Body:
    """What becomes of a Session that Associate or Verify was called with."""
    if way != "new":
        return {"Session": token} if way == "same" else {}
    issued.is_used = True
    return {"Session": pool.open_session(replace(issued, is_used=False))}


def associate(pool: Pool, body: Body) -> Body:
    _only_one(body)
    secret = base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=")
    if body.get("AccessToken"):
        pool.owner_of(body).pending["totp"] = secret
        return {"SecretCode": secret}
    issued = _in_setup(pool, body)
    issued.data["secret"] = issued.user.pending["totp"] = secret
    return {"SecretCode": secret, **_next_session(pool, pool.ways.associate_session, body["Session"], issued)}


def verify(pool: Pool, body: Body) -> Body:
    _only_one(body)
    code = required(body, "UserCode")
    if len(code) != 6 or not code.isdigit():
        raise Refusal("InvalidParameterException", "1 validation error detected: Value at 'userCode' failed")
    issued = None if body.get("AccessToken") else _in_setup(pool, body)
    user = issued.user if issued else pool.owner_of(body)
    secret = issued.data.get("secret") if issued else user.pending.get("totp")
    if not secret:
        raise Refusal("InvalidParameterException", "Software token not associated")
    try:
        user.check_totp(code, secret)
    except Refusal as refusal:
        if refusal.code == "ExpiredCodeException":
            raise Refusal("EnableSoftwareTokenMFAException", "enable") from refusal
        return _wrong_code(pool, body)
    user.totp_secret = secret
    user.verified.add("totp")
    user.pending.pop("totp", None)
    if issued is None:
        return {"Status": "SUCCESS"}
    issued.data["is_verified"] = True
    return {"Status": "SUCCESS", **_next_session(pool, pool.ways.verify_session, body["Session"], issued)}


def _wrong_code(pool: Pool, body: Body) -> Body:
    if pool.ways.verify_refusal == "status":
        return {"Status": "ERROR"} | ({"Session": body["Session"]} if body.get("Session") else {})
    if pool.ways.verify_refusal == "mismatch":
        raise Refusal("CodeMismatchException", "code")
    raise Refusal("EnableSoftwareTokenMFAException", "enable")


def set_mfa_preference(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    given = {key: body[key] for key in _SETTINGS if body.get(key)}
    if sum(bool(settings.get("PreferredMfa")) for settings in given.values()) > 1:
        raise Refusal("InvalidParameterException", "Only one MFA can be preferred")
    for key, settings in given.items():
        factor, needs = _SETTINGS[key]
        if settings.get("Enabled") and needs not in user.verified:
            raise Refusal("InvalidParameterException", "User has not set up software token mfa")
    for key, settings in given.items():
        factor, _ = _SETTINGS[key]
        (user.mfa.add if settings.get("Enabled") else user.mfa.discard)(factor)
        if settings.get("PreferredMfa"):
            user.preferred_mfa = factor
        elif user.preferred_mfa == factor:
            user.preferred_mfa = ""
    return {}


def start_registration(pool: Pool, body: Body) -> Body:
    user = pool.owner_of(body)
    options = passkeys.creation_options(user.passkeys, pool.ways.rp_id, user.username)
    user.passkey_options = options
    return {"CredentialCreationOptions": options}


def complete_registration(pool: Pool, body: Body) -> Body:
    user, credential = pool.owner_of(body), required(body, "Credential")
    options, user.passkey_options = user.passkey_options, {}
    if not options:
        raise Refusal("WebAuthnChallengeNotFoundException", "No registration is under way")
    if not passkeys.is_registration(credential, options):
        raise Refusal("WebAuthnClientMismatchException", "The credential is not of this registration")
    if len(user.passkeys) >= MAX_PASSKEYS:
        raise Refusal("LimitExceededException", "Too many passkeys")
    user.passkeys.append(passkeys.Passkey(credential["id"], pool.ways.rp_id))
    return {}


def list_credentials(pool: Pool, body: Body) -> Body:
    user, start = pool.owner_of(body), int(body.get("NextToken") or 0)
    size = min(body.get("MaxResults") or pool.ways.page_size, pool.ways.page_size)
    listed = [
        {
            "CredentialId": key.key_id,
            "FriendlyCredentialName": key.name,
            "RelyingPartyId": key.rp_id,
            "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal"],
            "CreatedAt": key.created_at,
        }
        for key in user.passkeys[start : start + size]
    ]
    more = {"NextToken": str(start + size)} if start + size < len(user.passkeys) else {}
    return {"Credentials": listed, **more}


def delete_credential(pool: Pool, body: Body) -> Body:
    user, key_id = pool.owner_of(body), required(body, "CredentialId")
    kept = [key for key in user.passkeys if key.key_id != key_id]
    if len(kept) == len(user.passkeys):
        raise Refusal("ResourceNotFoundException", "Credential does not exist.")
    user.passkeys = kept
    return {}
