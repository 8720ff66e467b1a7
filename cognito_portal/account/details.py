"""Which attributes of a person stand on the details page, and which of them may be changed there."""

from collections.abc import Mapping
from dataclasses import dataclass

from cognito_portal.account.profile import CONTACTS, is_verified
from cognito_portal.attributes import NEVER_WRITABLE
from cognito_portal.cognito.types import ClientSettings, PoolSettings, UserProfile
from cognito_portal.signin.attributes import AttributeInput, inputs_for

# Cognito's own, and such as only administrators may write.
NOT_SHOWN = NEVER_WRITABLE | {"identities", "updated_at", "cognito:user_status"}
NOT_SHOWN_PREFIX = "dev:"
# What is asked for though it has no value, where nobody says what the client may write.
# What people may sign in with, where the pool takes it for a name (alias).
SIGN_IN_NAMES = frozenset({"preferred_username"})
USUAL = frozenset({"name", "given_name", "family_name", "nickname", *CONTACTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An e-mail address or a phone number. `waiting` is a new one that waits for its code, or empty."""

    field: AttributeInput
    is_verified: bool
    can_change: bool
    waiting: str

    @property
    def name(self) -> str:
        return self.field.attribute

    @property
    def value(self) -> str:
        return self.field.value

    @property
    def takes_code(self) -> bool:
        """Whether a code would change anything."""
        return bool(self.waiting or (self.value and not self.is_verified))


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The page: what can be edited, what can only be seen, and how the person can be reached."""

    inputs: tuple[AttributeInput, ...]
    facts: tuple[AttributeInput, ...]
    contacts: tuple[Contact, ...]

    def changed(self, profile: UserProfile) -> dict[str, str]:
        """What differs from what Cognito has."""
        return {
            item.attribute: item.value
            for item in self.inputs
            if item.value != profile.attributes.get(item.attribute, "")
        }


def details_of(
    profile: UserProfile,
    *,
    pool: PoolSettings | None,
    client: ClientSettings | None,
    waiting: Mapping[str, str],
) -> Details:
    """Sort a person's attributes. Where the settings are not known, everything that has a value can be tried."""
    names = _names(profile, pool, client)
    filled = {
        item.attribute: _with_value(item, profile.attributes.get(item.attribute, ""))
        for item in inputs_for(names, pool)
    }
    plain = [item for name, item in filled.items() if name not in CONTACTS]
    return Details(
        inputs=tuple(item for item in plain if _may_write(item.attribute, pool, client)),
        facts=tuple(item for item in plain if not _may_write(item.attribute, pool, client) and item.value),
        contacts=tuple(
            Contact(
                field=filled[name],
                is_verified=is_verified(profile, name),
                can_change=_may_write(name, pool, client),
                waiting=_waiting(waiting.get(name, ""), filled[name].value),
            )
            for name in CONTACTS
            if name in filled and (filled[name].value or _may_write(name, pool, client))
        ),
    )


def with_values(details: Details, values: Mapping[str, str]) -> Details:
    """The details with what a person typed in place of what Cognito has, and what is wrong about it.

    What the form did not bring is left alone.
    """
    typed = tuple(
        _typed(item, values[item.name].strip()) if item.name in values else item for item in details.inputs
    )
    return Details(inputs=typed, facts=details.facts, contacts=details.contacts)


def _waiting(new: str, present: str) -> str:
    # A pool that does not wait for the code has the new one in its place already.
    return "" if new == present else new


def _typed(item: AttributeInput, value: str) -> AttributeInput:
    is_required = item.schema is not None and item.schema.required
    # An attribute that nobody asks for may be taken away.
    return item.filled(value) if value or is_required else _with_value(item, "")


def _with_value(item: AttributeInput, value: str) -> AttributeInput:
    return AttributeInput(item.attribute, item.kind, item.schema, value)


def _names(profile: UserProfile, pool: PoolSettings | None, client: ClientSettings | None) -> tuple[str, ...]:
    schema = [attribute.name for attribute in pool.schema] if pool else list(profile.attributes)
    writable = (client and client.write_attributes) or [
        name for name in schema if name in USUAL or name.startswith("custom:")
    ]
    shown = [name for name in schema if name in profile.attributes or name in writable]
    return tuple(name for name in shown if name not in NOT_SHOWN and not name.startswith(NOT_SHOWN_PREFIX))


def _may_write(name: str, pool: PoolSettings | None, client: ClientSettings | None) -> bool:
    schema = {attribute.name: attribute for attribute in pool.schema} if pool else {}
    if name in schema and not schema[name].mutable:
        return False
    # A client that was never limited has no list, or an empty one; then Cognito decides.
    return client is None or not client.write_attributes or name in client.write_attributes
