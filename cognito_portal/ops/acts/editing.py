"""Editing attributes: those that the pool's schema and the site's settings let ops change."""

from collections.abc import Collection
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal import clients
from cognito_portal.attributes import NEVER_WRITABLE, fault, kind_of
from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import PoolSettings, PoolUser, SchemaAttribute
from cognito_portal.ops.acts.entry import Entry, Given
from cognito_portal.ops.asks import TRUE, Ask
from cognito_portal.ops.diagnosis.acts import Act

_VERIFIED = {
    "email_verified": gettext_lazy("The new e-mail address is theirs: count it as verified"),
    "phone_number_verified": gettext_lazy("The new phone number is theirs: count it as verified"),
}
_NOT_EDITED = NEVER_WRITABLE | {"identities", "updated_at"}
_NOT_EDITED_PREFIX = "dev:"


def editable(account: PoolUser, pool: PoolSettings | None) -> list[str]:
    """The attributes that may be changed, those that have a value first.

    Without the pool's settings they are those that have one, and Cognito decides.
    """
    named = [each.name for each in pool.schema if each.mutable] if pool else sorted(account.attributes)
    allowed: Collection[str] = settings.OPS_EDITABLE_ATTRIBUTES
    found = [name for name in named if _is_edited(name) and (not allowed or name in allowed)]
    return sorted(found, key=lambda name: not account.attributes.get(name))


def _is_edited(name: str) -> bool:
    return name not in _NOT_EDITED and not name.startswith(_NOT_EDITED_PREFIX)


def changed(account: PoolUser, given: Given) -> dict[str, str]:
    """What differs from what Cognito has; a new address with whether it counts as verified."""
    new = {
        name: value
        for name, value in given.items()
        if name not in _VERIFIED and value != account.attributes.get(name, "")
    }
    ticked = {
        flag: TRUE
        for flag in _VERIFIED
        if given.get(flag) == TRUE and new.get(flag.removesuffix("_verified"))
    }
    return new | ticked


def _no_edit(account: PoolUser) -> str:
    return (
        "" if editable(account, clients.pool_settings()) else _("There is nothing that may be changed here.")
    )


def _ask_attributes(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    pool = clients.pool_settings()
    schema = {each.name: each for each in pool.schema} if pool else {}
    names = editable(account, pool)
    found: list[Ask] = []
    for name in names:
        found.append(_ask(name, account.attributes.get(name, ""), schema.get(name)))
        if (flag := f"{name}_verified") in _VERIFIED:
            found.append(
                Ask(name=flag, label=_VERIFIED[flag], type="checkbox", is_further=found[-1].is_further)
            )
    return tuple(found)


def _ask(name: str, value: str, schema: SchemaAttribute | None) -> Ask:
    kind = kind_of(name)
    is_number = schema is not None and schema.data_type == "Number"
    return Ask(
        name=name,
        label=kind.label,
        # A browser shows nothing of a date it cannot read, and would send that nothing back.
        type="text" if value and fault(name, value, schema) else kind.type,
        help=kind.help,
        inputmode=kind.inputmode or ("numeric" if is_number else ""),
        required=schema is not None and schema.required,
        is_further=not value and not (schema is not None and schema.required),
        fault=partial(fault, name, schema=schema),
        was=value,
        value=value,
    )


def _nothing_new(account: PoolUser, given: Given) -> str:
    return "" if changed(account, given) else _("Nothing is changed yet.")


EDIT = Entry(
    act=Act.EDIT,
    event=Event.OPS_ATTRIBUTES_CHANGED,
    will=lambda account: _(
        "Only what you change is sent. A new e-mail address or phone number counts as not verified unless you say "
        "that it is theirs, and where people sign in with it, they sign in with the new one."
    ),
    did=gettext_lazy("The attributes are changed."),
    why_not=_no_edit,
    asks=_ask_attributes,
    wrong=_nothing_new,
    call=lambda cognito, account, given: cognito.admin_update_user_attributes(
        username=account.username, attributes=changed(account, given)
    ),
    details=lambda account, given: tuple(changed(account, given)),
    shows_values=True,
)
