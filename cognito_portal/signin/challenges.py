"""The one table of the challenges this portal can put to a person. To add one is to add one entry."""

from dataclasses import dataclass

from cognito_portal.cognito.types import ChallengeName


@dataclass(frozen=True, slots=True)
class Step:
    """The page for a challenge. `url_name` is the name of its view, `position` its place in the walk."""

    url_name: str
    position: int


STEPS: dict[str, Step] = {
    ChallengeName.NEW_PASSWORD_REQUIRED: Step(url_name="signin:new_password", position=2),
}
STEP_COUNT = 3


def is_supported(challenge: str) -> bool:
    """Whether there is a page for a challenge of this name."""
    return challenge in STEPS
