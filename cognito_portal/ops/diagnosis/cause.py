"""What a cause is, and what is told where there is none."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.diagnosis.facts import Facts


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason. `stops`: nobody signs in while it holds. `unknown`: whether they could is not known."""

    code: str
    holds: Callable[[Facts], bool]
    sentence: Callable[[Facts], str]
    act: Act = Act.NONE
    stops: bool = True
    unknown: bool = False


FINE = Cause(
    "can_sign_in",
    lambda facts: True,
    lambda facts: _("Nothing stands in their way: with the right password they can sign in."),
    stops=False,
)
