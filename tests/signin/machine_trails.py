"""How a Session of Cognito's came about, and what its owner still owes before tokens may come of it."""

from collections import Counter
from dataclasses import dataclass, field, replace

from tests.signin.answering import Fields
from tests.signin.stub import Received, StubUser
from tests.stub.challenges import SECOND_FACTORS
from tests.stub.model import REFRESH

OPENINGS = frozenset({"InitiateAuth", "AdminInitiateAuth"})
RESPONSES = frozenset({"RespondToAuthChallenge", "AdminRespondToAuthChallenge"})
SETTING_UP = frozenset({"AssociateSoftwareToken", "VerifySoftwareToken"})
BESIDE = frozenset(
    {"ForgotPassword", "ConfirmForgotPassword", "ConfirmSignUp", "ResendConfirmationCode", "ConfirmDevice"}
)


def is_of_walk(call: Received) -> bool:
    """Whether a call is one of a sign-in, not of somebody who is signed in."""
    if call.operation in SETTING_UP:
        return "AccessToken" not in call.body
    return call.operation in OPENINGS | RESPONSES and call.body.get("AuthFlow") != REFRESH


def has_rows(call: Received) -> bool:
    """Whether a call belongs to the walk or to the pages round it, where each has its two rows."""
    return is_of_walk(call) or call.operation in BESIDE


def step_of(call: Received) -> str:
    """What the audit log calls a call."""
    return call.challenge if call.operation in RESPONSES else call.operation


@dataclass(frozen=True)
class Trail:
    """In which browser and attempt a Session was given out, for whom, what is owed and what was answered.

    `question` is the right answer to the custom challenge that was put last.
    """

    browser: int
    attempt_id: str
    user: StubUser
    owed: tuple[str, ...]
    answered: tuple[str, ...] = ()
    question: str = field(default="", repr=False)

    @property
    def missing(self) -> Counter[str]:
        """What was asked and not answered; a remembered device stands in for a second factor."""
        is_device = "DEVICE_PASSWORD_VERIFIER" in self.answered
        owed = Counter(name for name in self.owed if not (is_device and name in SECOND_FACTORS))
        return owed - Counter(self.answered)

    def after(self, call: Received) -> "Trail":
        """The trail after a call that was not refused."""
        asked = replace(self, question=self.user.answer)
        if not call.challenge:
            return asked
        given = call.body["ChallengeResponses"]
        owed = self.owed + _put_on_top(call.challenge, given)
        if call.challenge == "CUSTOM_CHALLENGE" and given["ANSWER"] != self.question:
            # Cognito may ask a custom question again instead of refusing: that was no right answer.
            return replace(asked, owed=owed)
        return replace(asked, owed=owed, answered=(*self.answered, call.challenge))


def owed_by(user: StubUser, call: Received) -> tuple[str, ...]:
    """What somebody has to answer who signs in by this call, going by their script and nothing else."""
    flow, given = call.body["AuthFlow"], call.body["AuthParameters"]
    is_new = user.is_temporary and "NEW_PASSWORD_REQUIRED" not in user.script
    chain = ["NEW_PASSWORD_REQUIRED", *user.script] if is_new else user.script
    if "SRP_A" in given:
        return ("PASSWORD_VERIFIER", *chain)
    if "PASSWORD" in given:
        return tuple(chain)
    if flow == "CUSTOM_AUTH":
        return tuple(user.script) or ("CUSTOM_CHALLENGE",)
    return (user.opens_with, *chain)


def _put_on_top(challenge: str, given: Fields) -> tuple[str, ...]:
    """What an answer to this challenge makes owed beside the script."""
    if "SRP_A" in given:
        return ("DEVICE_PASSWORD_VERIFIER" if challenge == "DEVICE_SRP_AUTH" else "PASSWORD_VERIFIER",)
    if challenge == "MFA_SETUP" and given.keys() & {"EMAIL", "PHONE_NUMBER"}:
        return ("EMAIL_OTP" if "EMAIL" in given else "SMS_MFA",)
    is_choice = challenge in ("SELECT_MFA_TYPE", "SELECT_CHALLENGE") and "PASSWORD" not in given
    return (given["ANSWER"],) if is_choice else ()
