"""Second factors: which one is asked for, how its code is checked, how an address becomes one.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
"""

import json
from collections.abc import Mapping

from cognito_portal.demo import attributes, totp
from cognito_portal.demo.accounts import Account
from cognito_portal.demo.codes import deliver_code, take_code
from cognito_portal.demo.devices import Devices
from cognito_portal.demo.renewal import Renewal
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.state import State, Turn, required
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, invalid_session

SOFTWARE_TOKEN_MFA = "SOFTWARE_TOKEN_MFA"
SMS_MFA = "SMS_MFA"
EMAIL_OTP = "EMAIL_OTP"
SMS_OTP = "SMS_OTP"
SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
MFA_SETUP = "MFA_SETUP"
# Between AssociateSoftwareToken and VerifySoftwareToken the Session stands for a step of its own.
MFA_ASSOCIATED = "MFA_SETUP/associated"
FACTOR_STEPS = frozenset({MFA_SETUP, MFA_ASSOCIATED})

ADDRESSES = {SMS_MFA: "phone_number", EMAIL_OTP: "email", SMS_OTP: "phone_number"}
_CODE_DIGITS = {SMS_MFA: 6, EMAIL_OTP: 8, SMS_OTP: 8}
# MFA_SETUP answered with an address: the code that goes there is the factor.
_SET_UP_BY = {"EMAIL": EMAIL_OTP, "PHONE_NUMBER": SMS_MFA}


class Factors:
    """Everything between a right password and tokens."""

    def __init__(self, state: State, renewal: Renewal, devices: Devices) -> None:
        self._state = state
        self._renewal = renewal
        self._devices = devices

    def next_step(self, turn: Turn, tokens: Body) -> Body:
        """Return the question the user's factors call for, or the tokens. The tokens wait in the Session."""
        if turn.pool.mfa_configuration == "OFF" or self._devices.stands_for_factor(turn):
            return self.finish(turn, tokens)
        account = turn.account
        if account.preferred_factor:
            return self._ask(turn, account.preferred_factor, tokens)
        if len(account.factors) == 1:
            return self._ask(turn, account.factors[0], tokens)
        if account.factors:
            choice = {"MFAS_CAN_CHOOSE": json.dumps(account.factors)}
            return turn.challenge(SELECT_MFA_TYPE, choice, tokens=tokens)
        if turn.pool.mfa_configuration == "ON" or account.must_set_up_mfa:
            can_set_up = {"MFAS_CAN_SETUP": json.dumps(turn.pool.mfa_factors)}
            return turn.challenge(MFA_SETUP, can_set_up, tokens=tokens)
        return self.finish(turn, tokens)

    def finish(self, turn: Turn, tokens: Body) -> Body:
        """Return the answer that ends a sign-in. Every sign-in ends here."""
        self._renewal.remember(turn, tokens)
        return self._devices.finish(turn, tokens)

    def answer(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        """Check the answer to a factor's question; return the next question or the tokens."""
        tokens: Body = session.state["tokens"]
        if session.step == SELECT_MFA_TYPE:
            chosen = required(responses, "ANSWER")
            if chosen not in turn.account.factors:
                raise invalid_parameter("Invalid MFA type selected.")
            return self._ask(turn, chosen, tokens)
        if session.step == MFA_SETUP:
            if session.state.get("verified"):
                return self.finish(turn, tokens)
            return self._set_up_by_code(turn, responses, tokens)
        self.check_code(turn, session, responses)
        if session.state.get("setting_up"):
            self._keep_address(turn, session.step, session.state["setting_up"])
        return self.finish(turn, tokens)

    def send_code(self, turn: Turn, factor: str, *, address: str | None = None, **kept: object) -> Body:
        """Send a code to the user's address, or the given one; return the challenge that asks for it."""
        attribute = ADDRESSES[factor]
        code, delivery = deliver_code(
            self._state,
            turn.user,
            attribute=attribute,
            address=address or turn.user.attributes[attribute],
            kind=factor,
            digits=_CODE_DIGITS[factor],
        )
        return turn.challenge(factor, shown_delivery(delivery), code=code, **kept)

    def check_code(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> None:
        """Refuse a wrong code, count it, and refuse every code while the user is locked out."""
        code = required(responses, f"{session.step}_CODE")
        lockout = turn.account.code_lockout
        lockout.check(self._state.clock.now())
        try:
            self._check_code(turn.account, session, code)
        except CognitoError as error:
            if error.code == "CodeMismatchException":
                lockout.fail(self._state.clock.now())
            raise
        lockout.clear()

    def _ask(self, turn: Turn, factor: str, tokens: Body) -> Body:
        if factor == SOFTWARE_TOKEN_MFA:
            return turn.challenge(factor, {}, tokens=tokens)
        return self.send_code(turn, factor, tokens=tokens)

    def _set_up_by_code(self, turn: Turn, responses: Mapping[str, str], tokens: Body) -> Body:
        """Ask for a code that goes to the address in the answer."""
        for field, factor in _SET_UP_BY.items():
            address = responses.get(field)
            if not address:
                continue
            if factor not in turn.pool.mfa_factors:
                raise invalid_parameter(f"{factor} is not enabled for the user pool.")
            attributes.check_value(turn.pool, ADDRESSES[factor], address)
            return self.send_code(turn, factor, address=address, tokens=tokens, setting_up=address)
        # Neither an address, nor a Session that VerifySoftwareToken has passed.
        raise invalid_session()

    def _keep_address(self, turn: Turn, factor: str, address: str) -> None:
        attribute = ADDRESSES[factor]
        owner = self._state.directory.find_signing_in(turn.user.pool_id, address)
        if owner is not None and owner.sub != turn.user.sub:
            raise CognitoError("AliasExistsException", f"An account with the {attribute} already exists.")
        pairs = [
            {"Name": attribute, "Value": address},
            {"Name": f"{attribute}_verified", "Value": "true"},
        ]
        request = {"UserPoolId": turn.user.pool_id, "Username": turn.user.username}
        self._state.upstream.signed("AdminUpdateUserAttributes", {**request, "UserAttributes": pairs})
        turn.account.enable_factor(factor, preferred=True)

    def _check_code(self, account: Account, session: ChallengeSession, code: str) -> None:
        if session.step == SOFTWARE_TOKEN_MFA:
            if account.totp_secret is None:
                raise CognitoError(
                    "SoftwareTokenMFANotFoundException",
                    "Software Token MFA has not been enabled by the userPool",
                )
            self._use_totp(account, account.totp_secret, code)
        elif not take_code(session.state["code"], code):
            raise wrong_code()

    def _use_totp(self, account: Account, secret: str, code: str) -> None:
        step = totp.matching_step(secret, code, now=self._state.clock.now())
        if step is None:
            raise wrong_code()
        if step <= account.totp_last_step:
            raise CognitoError("ExpiredCodeException", "Your software token has already been used once.")
        account.totp_last_step = step


def shown_delivery(delivery: Body) -> dict[str, str]:
    """Return ChallengeParameters that say where a code went."""
    return {
        "CODE_DELIVERY_DELIVERY_MEDIUM": delivery["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": delivery["Destination"],
    }


def wrong_code() -> CognitoError:
    return CognitoError("CodeMismatchException", "Invalid code or auth state for the user.")
