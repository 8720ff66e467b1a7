"""The acts of ops. To add one is to add one entry.

No act takes or shows a password: where one is needed, Cognito makes and sends it.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import deleting, devices, editing, groups
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.diagnosis.acts import Act

__all__ = ["BY_ACT", "ENTRIES", "Entry"]

_CONTACTS = ("email", "phone_number")
_CALLED = {"email": gettext_lazy("The e-mail address"), "phone_number": gettext_lazy("The phone number")}
_MEDIUMS = {"EMAIL": gettext_lazy("By e-mail"), "SMS": gettext_lazy("By text message")}
_NO_PASSWORD = ("FORCE_CHANGE_PASSWORD", "UNCONFIRMED", "EXTERNAL_PROVIDER")


def is_verified(account: PoolUser, attribute: str) -> bool:
    """Whether a code can be sent to this attribute, `email` or `phone_number`."""
    return account.attributes.get(f"{attribute}_verified", "").lower() == "true"


def to_verify(account: PoolUser) -> list[str]:
    """The attributes that can be marked as verified."""
    return [name for name in _CONTACTS if account.attributes.get(name) and not is_verified(account, name)]


def mediums(account: PoolUser) -> list[str]:
    """By what an invitation can be sent: EMAIL where there is an address, SMS where there is a phone number."""
    has = account.attributes
    return [medium for name, medium in zip(_CONTACTS, _MEDIUMS, strict=True) if has.get(name)]


def _ask_medium(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    found = mediums(account)
    choices = tuple((each, _MEDIUMS[each]) for each in found)
    return (_one_of("medium", _("Send it"), choices),)


def _ask_contact(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    choices = tuple((each, _CALLED[each]) for each in to_verify(account))
    return (_one_of("attribute", _("What is theirs"), choices),)


def _one_of(name: str, label: str, choices: tuple[tuple[str, object], ...]) -> Ask:
    """A choice; made already by whoever asks for the first, as it is where there is but one."""
    shown = tuple((value, str(words)) for value, words in choices)
    return Ask(name=name, label=label, type="radio", choices=shown, required=True, value=shown[0][0])


def _no_resend(account: PoolUser) -> str:
    if account.status != "FORCE_CHANGE_PASSWORD":
        return _("Only whoever still has a temporary password can be sent a new one.")
    return "" if mediums(account) else _("The account has no address that it could be sent to.")


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
    return _("Cognito makes a new temporary password and sends it. The old one is of no more use.")


def _will_verify(account: PoolUser) -> str:
    return _(
        "It counts as verified from then on: codes are sent there. Do it only when you know that it is theirs."
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(
        act=Act.RESEND_INVITATION,
        event=Event.OPS_INVITATION_RESENT,
        will=_will_resend,
        did=gettext_lazy("A new invitation is on its way."),
        why_not=_no_resend,
        call=lambda cognito, account, given: cognito.admin_resend_invitation(
            username=account.username, medium=given.get("medium") or mediums(account)[0]
        ),
        asks=_ask_medium,
        details=lambda account, given: (given.get("medium") or mediums(account)[0],),
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
        call=lambda cognito, account, given: cognito.admin_reset_user_password(username=account.username),
        is_danger=True,
    ),
    Entry(
        act=Act.CONFIRM,
        event=Event.OPS_ACCOUNT_CONFIRMED,
        will=lambda account: _("The account can sign in without its code. No address is verified by it."),
        did=gettext_lazy("The account is confirmed."),
        why_not=_no_confirm,
        call=lambda cognito, account, given: cognito.admin_confirm_sign_up(username=account.username),
    ),
    Entry(
        act=Act.LIFT_THROTTLE,
        event=Event.OPS_THROTTLE_LIFTED,
        will=lambda account: _(
            "The portal counts the tries for this account from nought again. Cognito's own lock stays."
        ),
        did=gettext_lazy("The limit is lifted: they may try again at once."),
        call=None,
    ),
    Entry(
        act=Act.MARK_VERIFIED,
        event=Event.OPS_CONTACT_VERIFIED,
        will=_will_verify,
        did=gettext_lazy("The address counts as verified."),
        why_not=_no_address,
        call=lambda cognito, account, given: cognito.admin_verify_attribute(
            username=account.username, attribute=given.get("attribute") or to_verify(account)[0]
        ),
        asks=_ask_contact,
        details=lambda account, given: (given.get("attribute") or to_verify(account)[0],),
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
        call=lambda cognito, account, given: cognito.admin_remove_factors(
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
        call=lambda cognito, account, given: cognito.admin_user_global_sign_out(username=account.username),
        is_danger=True,
    ),
    Entry(
        act=Act.ENABLE,
        event=Event.OPS_ACCOUNT_ENABLED,
        will=lambda account: _("They can sign in again with the password they had."),
        did=gettext_lazy("The account is enabled."),
        why_not=lambda account: _("The account is enabled.") if account.enabled else "",
        call=lambda cognito, account, given: cognito.admin_enable_user(username=account.username),
    ),
    Entry(
        act=Act.DISABLE,
        event=Event.OPS_ACCOUNT_DISABLED,
        will=lambda account: _(
            "They cannot sign in until the account is enabled again, and their sessions end."
        ),
        did=gettext_lazy("The account is disabled."),
        why_not=lambda account: "" if account.enabled else _("The account is disabled already."),
        call=lambda cognito, account, given: cognito.admin_disable_user(username=account.username),
        is_danger=True,
    ),
    editing.EDIT,
    groups.JOIN,
    groups.LEAVE,
    devices.FORGET,
    deleting.DELETE,
)

BY_ACT: Mapping[Act, Entry] = {entry.act: entry for entry in ENTRIES}
