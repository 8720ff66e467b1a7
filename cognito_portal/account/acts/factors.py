"""Second steps: an authenticator app is set up, factors are turned on and off.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserMFAPreference.html
"""

from collections.abc import Mapping

from cognito_portal.account.flows import act
from cognito_portal.account.telling import tell, verified_email
from cognito_portal.account.visit import SignInAgain, Visit
from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable
from cognito_portal.cognito.types import MfaPreference
from cognito_portal.mail import What
from cognito_portal.signin import used_codes
from cognito_portal.signin.flow import CodeReused
from cognito_portal.throttle import Throttled

# The factors of SetUserMFAPreference, and the argument that stands for each.
FACTORS = {"SOFTWARE_TOKEN_MFA": "software_token", "SMS_MFA": "sms", "EMAIL_OTP": "email"}


def begin_app(visit: Visit, *, turn: int) -> None:
    """Ask for the secret of an authenticator app; it waits, encrypted, for the app's first code.

    Raises what `flows.act` raises, as every function here.
    """
    act(
        visit,
        event=Event.ACCOUNT_FACTORS_CHANGED,
        step="AssociateSoftwareToken",
        turn=turn,
        send=lambda token: visit.client.associate_software_token(access_token=token),
        then=lambda secret: visit.keep(app_secret=secret.secret_code),
    )


def verify_app(visit: Visit, *, turn: int, code: str) -> None:
    """Prove with a first code that the app is set up, which tells the person: it may replace another app.

    The code signs nobody in after that. Raises `CodeReused` where this person used it a moment ago.
    """
    address, user = verified_email(visit), visit.user
    digest = used_codes.digest_of(pool_id=user.pool_id, username=user.username, code=code)
    if not used_codes.reserve(digest):
        raise CodeReused
    try:
        act(
            visit,
            event=Event.ACCOUNT_FACTOR_ENROLLED,
            step="VerifySoftwareToken",
            turn=turn,
            send=lambda token: visit.client.verify_software_token(code=code, access_token=token),
            then=lambda _: visit.keep(app_secret=None, notice="app_verified"),
        )
    except (CognitoError, Throttled, record.AlreadyTaken, SignInAgain) as error:
        may_be_taken = isinstance(error, CognitoUnavailable) and error.sent
        if not may_be_taken:
            used_codes.release(digest)
        raise
    tell(visit, address, What.FACTOR_ADDED)


def set_factors(
    visit: Visit,
    *,
    turn: int,
    preferences: Mapping[str, MfaPreference],
    notice: str,
    is_told: bool = False,
) -> None:
    """Turn second factors on or off, and say which one is asked for. `preferences` are by AWS's names.

    `is_told`: the act that this one belongs to has told the person already.
    """
    address = "" if is_told else verified_email(visit)
    given = {FACTORS[name]: preference for name, preference in preferences.items()}
    act(
        visit,
        event=Event.ACCOUNT_FACTORS_CHANGED,
        step="SetUserMFAPreference",
        turn=turn,
        send=lambda token: visit.client.set_user_mfa_preference(access_token=token, **given),
        then=lambda _: visit.keep(notice=notice),
    )
    if not is_told:
        tell(visit, address, What.FACTORS_CHANGED)
