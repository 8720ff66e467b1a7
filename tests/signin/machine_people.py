"""Who walks through the challenges, and what they type into each page, rightly or not."""

import json
import secrets
import time
from collections.abc import Callable
from itertools import pairwise
from random import Random

from tests.signin.answering import PATHS, RIGHT, Fields, open_challenge, shown_secret
from tests.signin.browsing import Tab
from tests.signin.stub import StubCognito, StubUser, Ways
from tests.stub import totp
from tests.stub.challenges import SECOND_FACTORS
from tests.stub.model import FLOWS

PASSWORD_FLOWS = (
    "auto",
    "USER_PASSWORD_AUTH",
    "USER_SRP_AUTH",
    "USER_AUTH",
    "CUSTOM_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
)
WRONG = ("wrong", "somebody's", "another page's", "not offered", "empty", "spent")

SETTING_UP = [
    ("SOFTWARE_TOKEN_MFA",),
    ("EMAIL_OTP",),
    ("SMS_MFA",),
    ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"),
]
FIRST_FACTORS = [("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"), ("PASSWORD_SRP", "WEB_AUTHN")]


def _is_playable(script: list[str]) -> bool:
    """Whether no factor follows upon its own choice, which the stub would take for the one that was chosen."""
    choices = {"SELECT_MFA_TYPE": SECOND_FACTORS, "SELECT_CHALLENGE": {*sum(FIRST_FACTORS, ())}}
    return not any(then in choices.get(name, ()) for name, then in pairwise(script))


def any_ways(random: Random, flow: str) -> Ways:
    """A Cognito of any kind that allows this flow; `auto` finds its way where passwords may not be sent."""
    way, yes_or_no = random.choice, (True, False)
    some = FLOWS if flow != "auto" else way([FLOWS, FLOWS - {"USER_PASSWORD_AUTH"}])
    return Ways(
        names=way(["USER_ID_FOR_SRP", "USERNAME", "both", "neither"]),
        canonical=way(["username", "sub"]),
        reworded=way(yes_or_no),
        flows=some,
        srp_session=way(yes_or_no),
        associate_session=way(["new", "same", "none"]),
        verify_session=way(["new", "same", "none"]),
        verify_refusal=way(["enable", "mismatch", "status"]),
        custom_again=way(yes_or_no),
        devices=way(yes_or_no),
        device_prompt=way(yes_or_no),
    )


def somebody(stub: StubCognito, name: str, random: Random, flow: str) -> StubUser:
    """Somebody with a chain of challenges, and a temporary password or one of their own."""
    make = random.choice([stub.invite, stub.confirm])
    return make(
        f"{name}-{secrets.token_hex(4)}",
        script=_any_script(random, flow),
        can_set_up=random.choice(SETTING_UP),
        first_factors=random.choice(FIRST_FACTORS),
    )


def _any_script(random: Random, flow: str) -> list[str]:
    may_choose = flow in ("auto", "USER_AUTH")
    while True:
        script = random.choices(sorted(PATHS), k=random.randint(1, 3))
        if _is_playable(["SELECT_CHALLENGE", *script] if may_choose else script):
            # Only the admin flow can answer this one, and only at once.
            is_admin = flow == "ADMIN_USER_PASSWORD_AUTH" and random.random() < 0.3
            return ["ADMIN_NO_SRP_AUTH", *script] if is_admin else script


def right(tab: Tab, user: StubUser, pick: Callable[[list[str]], str]) -> Fields:
    """What this person types into the step that the tab shows. `pick` chooses where there is a choice."""
    challenge = open_challenge(tab)
    if challenge == "NEW_PASSWORD_REQUIRED":
        new = f"Brand-new-{secrets.token_hex(4)}"
        return {**dict.fromkeys(tab.asked, "Some Body"), "new_password": new}
    if challenge == "SELECT_MFA_TYPE":
        return {"answer": pick(sorted(user.can_choose))}
    if challenge == "SELECT_CHALLENGE":
        ways = user.first_factors if not user.is_temporary else ("PASSWORD",)
        chosen = pick(["PASSWORD", *(way for way in ways if not way.startswith("PASSWORD"))])
        return {"answer": chosen} | ({"password": user.password} if chosen == "PASSWORD" else {})
    if challenge == "MFA_SETUP":
        return _set_up(tab, user, pick)
    if challenge == "SOFTWARE_TOKEN_MFA":
        return {"code": fresh_code(user, user.totp_secret)}
    if challenge == "WEB_AUTHN" and not user.passkeys:
        return {"credential": "{}"}
    return RIGHT[challenge](user)


def _set_up(tab: Tab, user: StubUser, pick: Callable[[list[str]], str]) -> Fields:
    secret = shown_secret(tab)
    if secret:
        return {"code": fresh_code(user, secret)}
    if 'name="contact"' in tab.text:
        is_phone = 'type="tel"' in tab.text
        factor = "SMS_MFA" if is_phone else "EMAIL_OTP"
        return {"factor": factor, "contact": "+15550100123" if is_phone else user.alias}
    return {"factor": pick(sorted(user.can_set_up))}


def fresh_code(user: StubUser, secret: str) -> str:
    """A code of the authenticator app that was not used yet; the last one it has, where there is none."""
    now = totp.step_of(time.time())
    steps = [step for step in (now, now + 1) if (secret, step) not in user.totp_used]
    return totp.code_at(secret, (steps or [now])[0])


def wrong(tab: Tab, user: StubUser, other: StubUser, kind: str, spent: str) -> Fields:
    """The answer of somebody who does not know, or means something else. `spent`: a code used before."""
    if kind == "empty":
        return dict.fromkeys(("code", "answer", "password", "credential", "new_password", "contact"), "")
    if kind == "somebody's":
        code = other.code or "000000"
        return {"code": code, "answer": other.answer or "?", "password": other.password, "credential": "{}"}
    if kind == "another page's":
        return {
            "credential": json.dumps({"id": "x"}),
            "factor": "SMS_MFA",
            "new_password": "Brand-new-1-pass",
        }
    if kind == "not offered":
        return {"answer": "PASSWORD_VERIFIER", "factor": "WEB_AUTHN", "code": "12345", "contact": "nowhere"}
    if kind == "spent" and spent:
        return {"code": spent}
    code = str((int(user.code or 0) + 1) % 10**6).zfill(6)
    return {
        "code": code,
        "answer": "Wrong-1-answer",
        "password": "Wrong-1-password",
        "credential": '{"id": "x"}',
    }
