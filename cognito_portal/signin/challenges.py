"""The one table of the challenges that this portal puts to a person. To add one is to add one entry.

Those that need nobody's answer stand in `automatic`: PASSWORD_VERIFIER, DEVICE_SRP_AUTH,
DEVICE_PASSWORD_VERIFIER and ADMIN_NO_SRP_AUTH. One that stands in neither ends the walk, and says so.
"""

from dataclasses import dataclass

from cognito_portal.cognito.types import ChallengeName
from cognito_portal.signin.steps.choice import PasswordForm, SelectChallengeForm, SelectMfaForm
from cognito_portal.signin.steps.code import AppCodeForm, CodeForm, SmsMfaForm
from cognito_portal.signin.steps.custom import CustomForm
from cognito_portal.signin.steps.form import StepForm
from cognito_portal.signin.steps.mfa_setup import MfaSetupForm
from cognito_portal.signin.steps.new_password import NewPasswordForm
from cognito_portal.signin.steps.passkey import PasskeyForm


@dataclass(frozen=True, slots=True)
class Step:
    """The page of a challenge: the name of its URL, its form, and the template that shows it."""

    name: str
    form: type[StepForm]
    template: str

    @property
    def url_name(self) -> str:
        return f"signin:{self.name}"

    @property
    def path(self) -> str:
        return f"{self.name.replace('_', '-')}/"


STEPS: dict[str, Step] = {
    ChallengeName.NEW_PASSWORD_REQUIRED: Step("new_password", NewPasswordForm, "signin/new_password.html"),
    ChallengeName.MFA_SETUP: Step("mfa_setup", MfaSetupForm, "signin/mfa_setup.html"),
    ChallengeName.SOFTWARE_TOKEN_MFA: Step("software_token", AppCodeForm, "signin/code.html"),
    ChallengeName.SMS_MFA: Step("sms", SmsMfaForm, "signin/code.html"),
    ChallengeName.SMS_OTP: Step("sms_otp", CodeForm, "signin/code.html"),
    ChallengeName.EMAIL_OTP: Step("email_otp", CodeForm, "signin/code.html"),
    # What AWS's prose calls EMAIL_OTP; its enumeration has no such name.
    "EMAIL_MFA": Step("email_mfa", CodeForm, "signin/code.html"),
    ChallengeName.SELECT_MFA_TYPE: Step("select_mfa", SelectMfaForm, "signin/select_mfa.html"),
    ChallengeName.SELECT_CHALLENGE: Step(
        "select_challenge", SelectChallengeForm, "signin/select_challenge.html"
    ),
    ChallengeName.PASSWORD: Step("password", PasswordForm, "signin/password.html"),
    ChallengeName.PASSWORD_SRP: Step("password_srp", PasswordForm, "signin/password.html"),
    ChallengeName.WEB_AUTHN: Step("passkey", PasskeyForm, "signin/passkey.html"),
    ChallengeName.CUSTOM_CHALLENGE: Step("custom", CustomForm, "signin/custom.html"),
}


def is_supported(challenge: str) -> bool:
    """Whether there is a page for a challenge of this name."""
    return challenge in STEPS
