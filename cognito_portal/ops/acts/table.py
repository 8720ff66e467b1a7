"""The acts of ops. To add one is to add one entry.

No act takes or shows a password: where one is needed, Cognito makes and sends it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import PoolUser, Receipt
from cognito_portal.ops.diagnosis.acts import ACTS, Act

_CONTACTS = ("email", "phone_number")
_NO_PASSWORD = ("FORCE_CHANGE_PASSWORD", "UNCONFIRMED", "EXTERNAL_PROVIDER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: its words before and after it, why it does not apply (empty where it does), and its call.

    `call` is None for what the portal does by itself.
    """

    act: Act
    event: Event
    will: Callable[[PoolUser], str]
    did: str | Promise
    why_not: Callable[[PoolUser], str]
    call: Callable[[CognitoClient, PoolUser], Receipt] | None
    is_danger: bool = False

    @property
    def label(self) -> str | Promise:
        """What it is called on a button, as in a verdict."""
        return ACTS[self.act]


def is_verified(account: PoolUser, attribute: str) -> bool:
    """Whether a code can be sent to this attribute, `email` or `phone_number`."""
    return account.attributes.get(f"{attribute}_verified", "").lower() == "true"


def to_verify(account: PoolUser) -> str:
    """The attribute that can be marked as verified, the e-mail address first; empty where there is none."""
    unverified = (
        name for name in _CONTACTS if account.attributes.get(name) and not is_verified(account, name)
    )
    return next(unverified, "")


def medium(account: PoolUser) -> str:
    """By what an invitation is sent: EMAIL where there is an address, SMS where there is only a phone number."""
    has = account.attributes
    return "EMAIL" if has.get("email") else "SMS" if has.get("phone_number") else ""


def _no_resend(account: PoolUser) -> str:
    if account.status != "FORCE_CHANGE_PASSWORD":
        return _("Only whoever still has a temporary password can be sent a new one.")
    return "" if medium(account) else _("The account has no address that it could be sent to.")


def _no_reset(account: PoolUser) -> str:
    if account.status in _NO_PASSWORD:
        return _("This account has no password of its own to reset.")
    if any(account.attributes.get(name) and is_verified(account, name) for name in _CONTACTS):
        return ""
    return _("The account has no verified address that a code could be sent to.")


def _no_confirm(account: PoolUser) -> str:
    return "" if account.status == "UNCONFIRMED" else _("The account is not waiting to be confirmed.")


def _no_factor(account: PoolUser) -> str:
    return "" if account.mfa_factors else _("The account has no second factor.")


def _no_address(account: PoolUser) -> str:
    return "" if to_verify(account) else _("The account has no unverified address.")


def _will_resend(account: PoolUser) -> str:
    sent = _("by e-mail") if medium(account) == "EMAIL" else _("by text message")
    return _(
        "Cognito makes a new temporary password and sends it %(medium)s. The old one is of no more use."
    ) % {"medium": sent}


def _will_verify(account: PoolUser) -> str:
    return _(
        "%(attribute)s counts as verified from then on: codes are sent there. Do it only when you know that the "
        "address is theirs."
    ) % {"attribute": to_verify(account)}


ENTRIES: tuple[Entry, ...] = (
    Entry(
        act=Act.RESEND_INVITATION,
        event=Event.OPS_INVITATION_RESENT,
        will=_will_resend,
        did=gettext_lazy("A new invitation is on its way."),
        why_not=_no_resend,
        call=lambda cognito, account: cognito.admin_resend_invitation(
            username=account.username, medium=medium(account)
        ),
    ),
    Entry(
        act=Act.SEND_RESET_CODE,
        event=Event.OPS_RESET_CODE_SENT,
        will=lambda account: _(
            "Cognito sends a code to their verified address. They cannot sign in until they have chosen a new "
            "password with it."
        ),
        did=gettext_lazy("A code is on its way. They must choose a new password with it."),
        why_not=_no_reset,
        call=lambda cognito, account: cognito.admin_reset_user_password(username=account.username),
        is_danger=True,
    ),
    Entry(
        act=Act.CONFIRM,
        event=Event.OPS_ACCOUNT_CONFIRMED,
        will=lambda account: _("The account can sign in without its code. No address is verified by it."),
        did=gettext_lazy("The account is confirmed."),
        why_not=_no_confirm,
        call=lambda cognito, account: cognito.admin_confirm_sign_up(username=account.username),
    ),
    Entry(
        act=Act.LIFT_THROTTLE,
        event=Event.OPS_THROTTLE_LIFTED,
        will=lambda account: _(
            "The portal counts the tries for this account from nought again. Cognito's own lock stays."
        ),
        did=gettext_lazy("The limit is lifted: they may try again at once."),
        why_not=lambda account: "",
        call=None,
    ),
    Entry(
        act=Act.MARK_VERIFIED,
        event=Event.OPS_CONTACT_VERIFIED,
        will=_will_verify,
        did=gettext_lazy("The address counts as verified."),
        why_not=_no_address,
        call=lambda cognito, account: cognito.admin_verify_attribute(
            username=account.username, attribute=to_verify(account)
        ),
    ),
    Entry(
        act=Act.REMOVE_SECOND_FACTOR,
        event=Event.OPS_FACTORS_REMOVED,
        will=lambda account: (
            _(
                "They sign in without %(factors)s, or are asked to set a new one up where the pool requires one. Do it "
                "only when you know who is asking."
            )
            % {"factors": ", ".join(account.mfa_factors)}
        ),
        did=gettext_lazy("The second factors are removed."),
        why_not=_no_factor,
        call=lambda cognito, account: cognito.admin_remove_factors(
            username=account.username, factors=account.mfa_factors
        ),
        is_danger=True,
    ),
    Entry(
        act=Act.SIGN_OUT_EVERYWHERE,
        event=Event.OPS_SIGNED_OUT_EVERYWHERE,
        will=lambda account: _(
            "Every session of theirs ends, here and wherever else Cognito's tokens are used. Access tokens run "
            "out by themselves, within a day at most."
        ),
        did=gettext_lazy("They are signed out everywhere."),
        why_not=lambda account: "",
        call=lambda cognito, account: cognito.admin_user_global_sign_out(username=account.username),
        is_danger=True,
    ),
    Entry(
        act=Act.ENABLE,
        event=Event.OPS_ACCOUNT_ENABLED,
        will=lambda account: _("They can sign in again with the password they had."),
        did=gettext_lazy("The account is enabled."),
        why_not=lambda account: _("The account is enabled.") if account.enabled else "",
        call=lambda cognito, account: cognito.admin_enable_user(username=account.username),
    ),
    Entry(
        act=Act.DISABLE,
        event=Event.OPS_ACCOUNT_DISABLED,
        will=lambda account: _(
            "They cannot sign in until the account is enabled again, and their sessions end."
        ),
        did=gettext_lazy("The account is disabled."),
        why_not=lambda account: "" if account.enabled else _("The account is disabled already."),
        call=lambda cognito, account: cognito.admin_disable_user(username=account.username),
        is_danger=True,
    ),
)

BY_ACT: Mapping[Act, Entry] = {entry.act: entry for entry in ENTRIES}
