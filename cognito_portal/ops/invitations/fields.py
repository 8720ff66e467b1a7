"""What a new account of the pool is made of, as fields to fill in: out of the pool's schema.

Cognito lets ops make an account without what the pool requires, and asks the person for it at the first
sign-in. What can never be changed cannot be given then either, so that much is asked of ops.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.attributes import NEVER_WRITABLE, Kind, kind_of
from cognito_portal.cognito.types import PoolSettings, SchemaAttribute

USERNAME = "username"
MEDIUM = "medium"
CONTACTS = ("email", "phone_number")
TRUE = "true"
# By what Cognito sends the invitation.
MEDIUMS = {"EMAIL": "email", "SMS": "phone_number"}

# Not for anybody to give: Cognito's own, and what an identity provider brings.
_NOT_GIVEN = NEVER_WRITABLE | {"identities", "updated_at"}
_NOT_GIVEN_PREFIX = "dev:"
# Where nobody says what the pool has.
_USUAL = ("email", "phone_number", "name", "given_name", "family_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `name` is Cognito's word: an attribute, or `username` and `medium`, which are none.

    `required`: it must be given now. `asked_later`: the pool requires it, and Cognito asks the person.
    `is_fixed`: once given it stays for ever. `names_account`: the account is called what stands here.
    `not_like`: the attributes whose shape a username must not have. `choices` are values with their words.
    """

    name: str
    kind: Kind
    schema: SchemaAttribute | None = None
    required: bool = False
    asked_later: bool = False
    names_account: bool = False
    not_like: tuple[str, ...] = ()
    choices: tuple[tuple[str, str | Promise], ...] = ()

    @property
    def label(self) -> str | Promise:
        """What it is called on a form."""
        return self.kind.label

    @property
    def is_flag(self) -> bool:
        """Whether it is answered by `true` or left out."""
        return self.kind.type == "checkbox"

    @property
    def is_fixed(self) -> bool:
        """Whether nobody can change it once the account is there."""
        return self.schema is not None and not self.schema.mutable


def fields(pool: PoolSettings | None) -> tuple[Field, ...]:
    """The fields of a new account: what must be given first, then what the pool requires, then the rest.

    Without the pool's settings they are the usual ones, and Cognito decides.
    """
    attributes = sorted(_attributes(pool), key=_rank)
    named = () if pool and pool.username_attributes else (_username(pool),)
    flags = tuple(_FLAGS[each.name] for each in attributes if each.name in _FLAGS)
    return (*named, *attributes, *flags, _MEDIUM)


def _attributes(pool: PoolSettings | None) -> list[Field]:
    if pool is None:
        return [Field(name=name, kind=kind_of(name)) for name in _USUAL]
    return [_attribute(each, pool) for each in pool.schema if _is_given(each.name)]


def _is_given(name: str) -> bool:
    return name not in _NOT_GIVEN and not name.startswith(_NOT_GIVEN_PREFIX)


def _attribute(schema: SchemaAttribute, pool: PoolSettings) -> Field:
    names_account = schema.name in pool.username_attributes
    is_the_name = names_account and len(pool.username_attributes) == 1
    return Field(
        name=schema.name,
        kind=kind_of(schema.name),
        schema=schema,
        required=is_the_name or (schema.required and not schema.mutable),
        asked_later=schema.required and schema.mutable and not is_the_name,
        names_account=names_account,
    )


def _username(pool: PoolSettings | None) -> Field:
    return Field(
        name=USERNAME,
        kind=Kind(_("Username"), autocomplete="off"),
        required=True,
        names_account=True,
        not_like=tuple(name for name in CONTACTS if pool and name in pool.alias_attributes),
    )


def _rank(field: Field) -> int:
    """Required ones first, then the addresses, one of which every invitation needs."""
    if field.required:
        return 0
    return 1 if field.asked_later else 2 if field.name in CONTACTS else 3


_FLAGS = {
    "email": Field(
        name="email_verified", kind=Kind(_("The e-mail address is theirs: count it as verified"), "checkbox")
    ),
    "phone_number": Field(
        name="phone_number_verified",
        kind=Kind(_("The phone number is theirs: count it as verified"), "checkbox"),
    ),
}
_MEDIUM = Field(
    name=MEDIUM,
    kind=Kind(_("Send the invitation")),
    choices=(("EMAIL", _("by e-mail")), ("SMS", _("by text message"))),
)
