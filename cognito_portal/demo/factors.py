"""Second factors: which one is asked for, how its code is checked, how an authenticator app is enrolled.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
"""

import json
from collections.abc import Mapping

from cognito_portal.demo import totp
from cognito_portal.demo.accounts import Account
from cognito_portal.demo.codes import deliver_code, take_code
from cognito_portal.demo.directory import User
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.state import Handler, State, Turn, required, signed_in
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, invalid_session

SOFTWARE_TOKEN_MFA = "SOFTWARE_TOKEN_MFA"
SMS_MFA = "SMS_MFA"
EMAIL_OTP = "EMAIL_OTP"
SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
MFA_SETUP = "MFA_SETUP"
# Between AssociateSoftwareToken and VerifySoftwareToken the Session stands for a step of its own.
MFA_ASSOCIATED = "MFA_SETUP/associated"
FACTOR_STEPS = frozenset({MFA_SETUP, MFA_ASSOCIATED})

SETTINGS = {
    "SoftwareTokenMfaSettings": SOFTWARE_TOKEN_MFA,
    "SMSMfaSettings": SMS_MFA,
    "EmailMfaSettings": EMAIL_OTP,
}
_ADDRESSES = {SMS_MFA: "phone_number", EMAIL_OTP: "email"}
_CODE_DIGITS = {SMS_MFA: 6, EMAIL_OTP: 8}


class Factors:
    """Everything between a right password and tokens."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        return {
            "AssociateSoftwareToken": self.associate_software_token,
            "VerifySoftwareToken": self.verify_software_token,
            "SetUserMFAPreference": self.set_user_mfa_preference,
            "AdminSetUserMFAPreference": self.admin_set_user_mfa_preference,
        }

    def next_step(self, turn: Turn, tokens: Body) -> Body:
        """Return the question the user's factors call for, or the tokens. The tokens wait in the Session."""
        if turn.pool.mfa_configuration == "OFF":
            return signed_in(tokens)
        account = turn.account
        if account.preferred_factor:
            return self._ask(turn, account.preferred_factor, tokens)
        if len(account.factors) == 1:
            return self._ask(turn, account.factors[0], tokens)
        if account.factors:
            choice = {"MFAS_CAN_CHOOSE": json.dumps(account.factors)}
            return turn.challenge(SELECT_MFA_TYPE, choice, tokens=tokens)
        if turn.pool.mfa_configuration == "ON":
            can_set_up = {"MFAS_CAN_SETUP": json.dumps([SOFTWARE_TOKEN_MFA])}
            return turn.challenge(MFA_SETUP, can_set_up, tokens=tokens)
        return signed_in(tokens)

    def answer(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        """Check the answer to a factor's question; return the next question or the tokens."""
        tokens: Body = session.state["tokens"]
        if session.step == SELECT_MFA_TYPE:
            chosen = required(responses, "ANSWER")
            if chosen not in turn.account.factors:
                raise invalid_parameter("Invalid MFA type selected.")
            return self._ask(turn, chosen, tokens)
        if session.step == MFA_SETUP:
            # Answered with a Session that VerifySoftwareToken has not passed.
            if not session.state.get("verified"):
                raise invalid_session()
            return signed_in(tokens)
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
        return signed_in(tokens)

    def _ask(self, turn: Turn, factor: str, tokens: Body) -> Body:
        if factor == SOFTWARE_TOKEN_MFA:
            return turn.challenge(factor, {}, tokens=tokens)
        address = turn.user.attributes[_ADDRESSES[factor]]
        code, delivery = deliver_code(
            self._state,
            turn.user,
            attribute=_ADDRESSES[factor],
            address=address,
            kind=factor,
            digits=_CODE_DIGITS[factor],
        )
        parameters = {
            "CODE_DELIVERY_DELIVERY_MEDIUM": delivery["DeliveryMedium"],
            "CODE_DELIVERY_DESTINATION": delivery["Destination"],
        }
        return turn.challenge(factor, parameters, tokens=tokens, code=code)

    def _check_code(self, account: Account, session: ChallengeSession, code: str) -> None:
        if session.step == SOFTWARE_TOKEN_MFA:
            if account.totp_secret is None:
                raise CognitoError(
                    "SoftwareTokenMFANotFoundException",
                    "Software Token MFA has not been enabled by the userPool",
                )
            self._use_totp(account, account.totp_secret, code)
        elif not take_code(session.state["code"], code):
            raise _wrong_code()

    def _use_totp(self, account: Account, secret: str, code: str) -> None:
        step = totp.matching_step(secret, code, now=self._state.clock.now())
        if step is None:
            raise _wrong_code()
        if step <= account.totp_last_step:
            raise CognitoError("ExpiredCodeException", "Your software token has already been used once.")
        account.totp_last_step = step

    def associate_software_token(self, body: Body) -> Body:
        if body.get("AccessToken"):
            user = self._state.directory.token_owner(body["AccessToken"])
            account = self._state.account(user)
            account.totp_pending = totp.new_secret()
            return {"SecretCode": account.totp_pending}
        session, user = self._setting_up(body, MFA_SETUP)
        with self._state.account(user).lock:
            self._state.sessions.check_alive(session)
            secret = totp.new_secret()
            token = self._chain(session, user, MFA_ASSOCIATED, secret=secret)
            session.used = True
        return {"SecretCode": secret, "Session": token}

    def verify_software_token(self, body: Body) -> Body:
        if body.get("AccessToken"):
            user = self._state.directory.token_owner(body["AccessToken"])
            account = self._state.account(user)
            with account.lock:
                if account.totp_pending is None:
                    raise invalid_parameter("User has not set up software token mfa")
                self._enrol(account, account.totp_pending, body["UserCode"])
                account.totp_pending = None
            return {"Status": "SUCCESS"}
        session, user = self._setting_up(body, MFA_ASSOCIATED)
        account = self._state.account(user)
        with account.lock:
            self._state.sessions.check_alive(session)
            self._enrol(account, session.state["secret"], body["UserCode"])
            self._enable(account, SOFTWARE_TOKEN_MFA, preferred=True)
            token = self._chain(session, user, MFA_SETUP, verified=True)
            session.used = True
        return {"Status": "SUCCESS", "Session": token}

    def _enrol(self, account: Account, secret: str, code: str) -> None:
        step = totp.matching_step(secret, code, now=self._state.clock.now())
        if step is None:
            raise CognitoError(
                "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA"
            )
        account.totp_secret = secret
        # The code that enrolled the app does not sign in as well.
        account.totp_last_step = step

    def _setting_up(self, body: Body, step: str) -> tuple[ChallengeSession, User]:
        if not body.get("Session"):
            raise invalid_parameter("Missing required parameter Session")
        session = self._state.sessions.find_any_client(body["Session"])
        user = self._state.directory.find_signing_in(session.pool_id, session.username)
        if session.step != step or session.state.get("verified") or user is None or user.sub != session.sub:
            raise invalid_session()
        return session, user

    def _chain(self, session: ChallengeSession, user: User, step: str, **kept: object) -> str:
        client = self._state.directory.client(session.client_id)
        return Turn(self._state, client, user).issue(step, tokens=session.state["tokens"], **kept)

    def set_user_mfa_preference(self, body: Body) -> Body:
        return self._prefer(self._state.directory.token_owner(body["AccessToken"]), body)

    def admin_set_user_mfa_preference(self, body: Body) -> Body:
        return self._prefer(self._state.directory.user(body["UserPoolId"], body["Username"]), body)

    def _prefer(self, user: User, body: Body) -> Body:
        account = self._state.account(user)
        with account.lock:
            for setting, factor in SETTINGS.items():
                wanted = body.get(setting)
                if wanted is None:
                    continue
                if wanted.get("Enabled"):
                    _check_can_enable(account, user, factor)
                    self._enable(account, factor, preferred=bool(wanted.get("PreferredMfa")))
                else:
                    self._disable(account, factor)
        return {}

    def _enable(self, account: Account, factor: str, *, preferred: bool) -> None:
        if factor not in account.factors:
            account.factors.append(factor)
        if preferred:
            account.preferred_factor = factor
        elif account.preferred_factor == factor:
            account.preferred_factor = None

    def _disable(self, account: Account, factor: str) -> None:
        if factor in account.factors:
            account.factors.remove(factor)
        if account.preferred_factor == factor:
            account.preferred_factor = None


def _check_can_enable(account: Account, user: User, factor: str) -> None:
    if factor == SOFTWARE_TOKEN_MFA:
        if account.totp_secret is None:
            raise invalid_parameter("User has not set up software token mfa")
    elif not user.attributes.get(_ADDRESSES[factor]):
        raise invalid_parameter(f"User does not have delivery config set to turn on {factor}")


def _wrong_code() -> CognitoError:
    return CognitoError("CodeMismatchException", "Invalid code or auth state for the user.")
