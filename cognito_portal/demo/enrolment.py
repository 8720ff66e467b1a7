"""Authenticator apps enrolled, by Session or by token, and second factors switched on and off.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

from cognito_portal.demo import totp
from cognito_portal.demo.accounts import Account
from cognito_portal.demo.directory import User
from cognito_portal.demo.factors import (
    ADDRESSES,
    EMAIL_OTP,
    MFA_ASSOCIATED,
    MFA_SETUP,
    SMS_MFA,
    SOFTWARE_TOKEN_MFA,
)
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.state import Handler, State, Turn
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, invalid_session

SETTINGS = {
    "SoftwareTokenMfaSettings": SOFTWARE_TOKEN_MFA,
    "SMSMfaSettings": SMS_MFA,
    "EmailMfaSettings": EMAIL_OTP,
}


class Enrolment:
    """The operations that set second factors up."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        return {
            "AssociateSoftwareToken": self.associate_software_token,
            "VerifySoftwareToken": self.verify_software_token,
            "SetUserMFAPreference": self.set_user_mfa_preference,
            "AdminSetUserMFAPreference": self.admin_set_user_mfa_preference,
        }

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
            account.enable_factor(SOFTWARE_TOKEN_MFA, preferred=True)
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
        turn = Turn(self._state, client, user, admin=session.admin, device_key=session.device_key)
        return turn.issue(step, tokens=session.state["tokens"], **kept)

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
                    account.enable_factor(factor, preferred=bool(wanted.get("PreferredMfa")))
                else:
                    account.disable_factor(factor)
        return {}


def _check_can_enable(account: Account, user: User, factor: str) -> None:
    if factor == SOFTWARE_TOKEN_MFA:
        if account.totp_secret is None:
            raise invalid_parameter("User has not set up software token mfa")
    elif not user.attributes.get(ADDRESSES[factor]):
        raise invalid_parameter(f"User does not have delivery config set to turn on {factor}")
