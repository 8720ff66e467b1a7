"""The inputs for the attributes that a challenge asks for, typed by the pool's schema."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cognito_portal.attributes import NEVER_WRITABLE, Kind, Words, fault, kind_of
from cognito_portal.cognito.types import PoolSettings, SchemaAttribute

PREFIX = "userAttributes."


@dataclass(frozen=True, slots=True)
class AttributeInput:
    """One input of the form. `name` and `id` are the HTML ones, `attribute` is Cognito's."""

    attribute: str
    kind: Kind
    schema: SchemaAttribute | None
    value: str = ""
    error: Words = ""

    @property
    def name(self) -> str:
        return PREFIX + self.attribute

    @property
    def id(self) -> str:
        return "attribute-" + re.sub(r"[^A-Za-z0-9_-]", "-", self.attribute)

    @property
    def label(self) -> Words:
        return self.kind.label

    @property
    def type(self) -> str:
        return self.kind.type

    @property
    def autocomplete(self) -> str:
        return self.kind.autocomplete

    @property
    def inputmode(self) -> str:
        is_number = self.schema is not None and self.schema.data_type == "Number"
        return self.kind.inputmode or ("numeric" if is_number else "")

    @property
    def help(self) -> Words:
        return self.kind.help

    def filled(self, value: str) -> "AttributeInput":
        """This input with what the person typed, and with what is certainly wrong about it."""
        return AttributeInput(self.attribute, self.kind, self.schema, value, self._fault(value))

    def failed(self, error: Words) -> "AttributeInput":
        """This input with what Cognito did not like about it."""
        return AttributeInput(self.attribute, self.kind, self.schema, self.value, error)

    def _fault(self, value: str) -> Words:
        if not value.strip():
            return _("Fill in this field.")
        return fault(self.attribute, value, self.schema)


def inputs_for(names: tuple[str, ...], pool: PoolSettings | None) -> tuple[AttributeInput, ...]:
    """One empty input for each attribute that a person can give, in the order that Cognito asked for them."""
    schema = {attribute.name: attribute for attribute in pool.schema} if pool else {}
    return tuple(
        AttributeInput(name, kind_of(name), schema.get(name)) for name in names if name not in NEVER_WRITABLE
    )
