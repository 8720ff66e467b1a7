"""What the stub Cognito holds: the ways it answers in, its people, and what it gave out."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from tests.stub import passkeys, totp
from tests.stub.passkeys import Passkey

POOL_ID = "eu-west-1_Stub00001"
CLIENT_ID = "1stubexample23456789"
REFRESH = "REFRESH_TOKEN_AUTH"
FLOWS = frozenset(
    {"USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH", "ADMIN_USER_PASSWORD_AUTH", REFRESH}
)

MESSAGES = {
    "credentials": "Incorrect username or password.",
    "session": "Invalid session for the user.",
    "used": "Invalid session for the user, session can only be used once.",
    "expired": "Invalid session for the user, session is expired.",
    "policy": "Password did not conform with policy: Password not long enough",
    "secret": f"Unable to verify secret hash for client {CLIENT_ID}",
    "code": "Invalid code or auth state for the user.",
    "code used": "Your software token has already been used once.",
    "enable": "Code mismatch and fail enable Software Token MFA",
    "refresh": "Invalid Refresh Token",
    "access": "Access Token has been revoked",
}

Body = dict[str, Any]


class Refusal(Exception):
    """One of Cognito's errors."""

    def __init__(self, code: str, message: str = "", *, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = MESSAGES.get(message, message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How this Cognito answers. The defaults are AWS's own ways."""

    names: str = "USER_ID_FOR_SRP"  # USERNAME, USER_ID_FOR_SRP, both, neither
    verifier_names: str = "both"  # the same, of PASSWORD_VERIFIER
    canonical: str = "username"  # username, sub
    required: str = "prefixed"  # prefixed, bare, missing, empty, null, refusal: told only by refusing
    user_attributes: bool = True
    session_chars: int = 1_560
    reworded: bool = False
    error_form: str = "type"  # type, namespace, url, header
    error_status: int = 400
    extra_fields: bool = False
    empty_void: bool = False
    parameters: bool = True  # whether tokens come beside an empty ChallengeParameters
    refresh_token: bool = True
    keys: int = 2
    access_key: int = 0  # which of them signs access tokens; the last one signs ID tokens
    issuer: str = "https://issuer.example.test/" + POOL_ID
    keys_path: str = "/keys/of/its/own.json"
    request_id: bool = True
    then: str = ""  # a further challenge after the new password
    flows: frozenset[str] = FLOWS
    flow_text: str = "named"  # named, plain: what a flow that is not enabled is refused with
    srp_session: bool = True  # whether PASSWORD_VERIFIER and the device challenges come with a Session
    associate_session: str = "new"  # new, same: both carry a Session; none: the one sent stays good
    verify_session: str = "new"  # new, same, none
    verify_refusal: str = "enable"  # enable, mismatch, status: how a wrong code of MFA_SETUP is told
    refusal_keeps: bool = True  # whether a Session survives a refused new password
    custom_again: bool = False  # whether a wrong custom answer is asked again, with a new Session
    email_setup: str = "code"  # code, refused: what MFA_SETUP answered with EMAIL does
    code_digits: int = 6
    hides_users: bool = True  # PreventUserExistenceErrors
    access_s: int = 3600
    rotation: bool = False
    grace_s: float = 0.0
    newer_refresh: bool = True  # whether GetTokensFromRefreshToken is to be had
    devices: bool = False
    device_prompt: bool = False  # UserConfirmationNecessary
    device_unknown: tuple[str, str] = ("ResourceNotFoundException", "Device does not exist.")
    verify_before_update: bool = False
    rp_id: str = "localhost"
    page_size: int = 60


@dataclass
class Device:
    """A device a token was given to; it counts once ConfirmDevice brought its verifier."""

    key: str
    group_key: str
    salt: int = 0
    verifier: int = 0
    name: str = ""
    is_remembered: bool = False
    created_at: float = field(default_factory=time.time)

    @property
    def is_confirmed(self) -> bool:
        return self.verifier != 0


@dataclass
class StubUser:
    """Somebody in the stub's pool; `lacks` is what the pool requires and this person has not.

    `script` is the chain of challenges after the password. What the open challenge wants is `code` (the last
    code sent), `totp()`, `answer` (CUSTOM_CHALLENGE) or `credential` (WEB_AUTHN).
    """

    username: str
    password: str
    alias: str = ""
    sub: str = ""
    is_temporary: bool = True
    lacks: tuple[str, ...] = ("name",)
    attributes: dict[str, str] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    # By challenge, laid over what the stub would send; None takes one out.
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    can_choose: tuple[str, ...] = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    can_set_up: tuple[str, ...] = ("SMS_MFA", "SOFTWARE_TOKEN_MFA")
    first_factors: tuple[str, ...] = ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
    opens_with: str = "SELECT_CHALLENGE"  # of USER_AUTH, where no preference is sent
    phone: str = "+15550100199"
    answer: str = ""
    code: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    codes_sent: int = 0
    totp_secret: str = ""
    totp_used: set[tuple[str, int]] = field(default_factory=set)
    mfa: set[str] = field(default_factory=set)
    preferred_mfa: str = ""
    passkeys: list[Passkey] = field(default_factory=list)
    passkey_options: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    verified: set[str] = field(default_factory=lambda: {"email", "phone_number"})
    pending: dict[str, str] = field(default_factory=dict)
    is_enabled: bool = True
    is_confirmed: bool = True
    must_reset: bool = False
    is_ghost: bool = False  # simulated for a name that nobody has

    def __post_init__(self) -> None:
        seed = hashlib.sha256(self.username.encode()).digest()
        self.totp_secret = self.totp_secret or base64.b32encode(seed[:20]).decode()

    def totp(self, step: int = 0) -> str:
        """The code the authenticator app shows now, or `step` half minutes from now."""
        return totp.code_at(self.totp_secret, totp.step_of(time.time()) + step)

    @property
    def credential(self) -> str:
        """What the browser answers to the WEB_AUTHN challenge sent last."""
        return json.dumps(passkeys.assertion(self.passkeys[0], self.passkey_options))

    @property
    def registration(self) -> dict[str, Any]:
        """What the browser answers to the last StartWebAuthnRegistration."""
        return passkeys.registration(self.passkey_options)

    def new_code(self, purpose: str, digits: int = 6) -> str:
        """Send the next code; an older one of the same purpose no longer counts."""
        self.codes_sent += 1
        number = int.from_bytes(hashlib.sha256(f"{self.username} {self.codes_sent}".encode()).digest())
        self.code = self.codes[purpose] = str(number % 10**digits).zfill(digits)
        return self.code

    def new_totp(self, step: int = 0) -> str:
        """The same for the secret that is being set up."""
        return totp.code_at(self.pending["totp"], totp.step_of(time.time()) + step)

    def check_totp(self, code: str, secret: str = "") -> None:
        """Take a right code once; refuse a wrong and a used one."""
        secret, now = secret or self.totp_secret, totp.step_of(time.time())
        for step in (now, now - 1, now + 1):
            if code == totp.code_at(secret, step):
                if (secret, step) in self.totp_used:
                    raise Refusal("ExpiredCodeException", "code used")
                self.totp_used.add((secret, step))
                return
        raise Refusal("CodeMismatchException", "code")


@dataclass
class SignIn:
    """One sign-in, from its InitiateAuth to its tokens."""

    user: StubUser
    typed: str
    is_admin: bool = False
    device_key: str = ""
    name: str = ""  # what must be sent back as USERNAME: as typed, until a challenge tells the real one

    def __post_init__(self) -> None:
        self.name = self.name or self.typed


@dataclass
class Issued:
    """A Session that was given out: for which challenge, and what follows it."""

    sign_in: SignIn
    challenge: str
    name: str  # the USERNAME to be sent back
    expires_at: float
    then: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    is_used: bool = False
    is_unnamed: bool = False  # the Session was not told: what comes back is known by its SECRET_BLOCK

    @property
    def user(self) -> StubUser:
        return self.sign_in.user

    @user.setter
    def user(self, other: StubUser) -> None:
        self.sign_in = replace(self.sign_in, user=other)


@dataclass(frozen=True)
class Received:
    """One call as it arrived, whom its answer granted tokens to, and the Session it gave out.

    `username` is the name the call sent, `user` whom it or its Session or token is of, `session_sent` the
    Session it carried. `hash_ok` is None where no SECRET_HASH came and none was wanted.
    """

    operation: str
    body: Body
    granted: str = ""
    session: str = ""
    refused: str = ""
    challenge: str = ""  # the one answered
    asked: str = ""  # the one its answer put
    username: str = ""
    user: str = ""
    session_sent: str = ""
    hash_ok: bool | None = None
