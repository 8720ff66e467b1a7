"""The acts that make sense for many accounts at once, and what each will do to them."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.acts.table import BY_ACT
from cognito_portal.ops.diagnosis.acts import Act

WILL: Mapping[Act, str | Promise] = MappingProxyType(
    {
        Act.RESEND_INVITATION: _(
            "Cognito makes a new temporary password for each and sends it, by e-mail where there is an address, "
            "else as a text message. The old ones are of no more use."
        ),
        Act.CONFIRM: _("Each can sign in without a code. No address is verified by it."),
        Act.ENABLE: _("Each can sign in again with the password they had."),
        Act.DISABLE: _("None of them can sign in until they are enabled again, and their sessions end."),
        Act.SIGN_OUT_EVERYWHERE: _(
            "Every session of theirs ends, here and wherever else Cognito’s tokens are used. Access tokens run out "
            "by themselves, within a day at most."
        ),
        Act.SEND_RESET_CODE: _(
            "Cognito sends each a code to their verified address. None of them can sign in until they have chosen a "
            "new password with it."
        ),
        Act.MARK_VERIFIED: _(
            "The e-mail address of each counts as verified, or the phone number where the address does already: "
            "codes are sent there. Do it only when you know that they are theirs."
        ),
        Act.LIFT_THROTTLE: _(
            "The portal counts the tries for each from nought again. Cognito’s own locks stay."
        ),
    }
)


def offers() -> tuple[Entry, ...]:
    """The acts for many, in their order."""
    return tuple(BY_ACT[act] for act in WILL)


def offered(name: str) -> Entry | None:
    """The act of this name; None where it is none for many."""
    return BY_ACT[Act(name)] if name in {act.value for act in WILL} else None
