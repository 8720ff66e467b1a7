"""What can be done about a cause, and what each act is called on a button."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class Act(StrEnum):
    """What ops can do about it."""

    NONE = ""
    INVITE = "invite"
    RESEND_INVITATION = "resend_invitation"
    LIFT_THROTTLE = "lift_throttle"
    SEND_RESET_CODE = "send_reset_code"
    CONFIRM = "confirm"
    ENABLE = "enable"
    DISABLE = "disable"
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere"
    REMOVE_SECOND_FACTOR = "remove_second_factor"
    MARK_VERIFIED = "mark_verified"
    EDIT = "edit"
    JOIN_GROUP = "join_group"
    LEAVE_GROUP = "leave_group"
    FORGET_DEVICE = "forget_device"
    DELETE = "delete"
    MEND_SETTINGS = "mend_settings"
    MEND_RIGHTS = "mend_rights"
    WAIT = "wait"
    FIND_AGAIN = "find_again"


ACTS: dict[Act, str | Promise] = {
    Act.NONE: "",
    Act.INVITE: gettext_lazy("Invite them"),
    Act.RESEND_INVITATION: gettext_lazy("Resend the invitation"),
    Act.LIFT_THROTTLE: gettext_lazy("Lift the portal's limit"),
    Act.SEND_RESET_CODE: gettext_lazy("Send a reset code"),
    Act.CONFIRM: gettext_lazy("Confirm the account"),
    Act.ENABLE: gettext_lazy("Enable the account"),
    Act.DISABLE: gettext_lazy("Disable the account"),
    Act.SIGN_OUT_EVERYWHERE: gettext_lazy("Sign out everywhere"),
    Act.REMOVE_SECOND_FACTOR: gettext_lazy("Remove the second factor"),
    Act.MARK_VERIFIED: gettext_lazy("Mark e-mail or phone as verified"),
    Act.EDIT: gettext_lazy("Edit the attributes"),
    Act.JOIN_GROUP: gettext_lazy("Add to a group"),
    Act.LEAVE_GROUP: gettext_lazy("Take out of a group"),
    Act.FORGET_DEVICE: gettext_lazy("Forget a device"),
    Act.DELETE: gettext_lazy("Delete the account"),
    Act.MEND_SETTINGS: gettext_lazy("Mend the app client's settings"),
    Act.MEND_RIGHTS: gettext_lazy("Give the portal the IAM action"),
    Act.WAIT: gettext_lazy("Wait, then let them try again"),
    Act.FIND_AGAIN: gettext_lazy("Look for the other spelling"),
}
