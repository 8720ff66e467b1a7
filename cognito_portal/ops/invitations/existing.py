"""Whether somebody has an account already: of this name, of nearly this name, or with this address."""

from dataclasses import dataclass

from cognito_portal.cognito.types import PoolSettings, PoolUser
from cognito_portal.ops.diagnosis import gather
from cognito_portal.ops.diagnosis.facts import Lookup
from cognito_portal.ops.invitations.checking import Arguments
from cognito_portal.ops.invitations.fields import CONTACTS

_LOOKED = (Lookup.FOUND, Lookup.NOT_FOUND, Lookup.SEVERAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """`same` is the account that Cognito would refuse this one for. `like` are those it may be mistaken for.

    `is_known` is False where nobody could look; then Cognito decides.
    """

    same: PoolUser | None = None
    like: tuple[PoolUser, ...] = ()
    is_known: bool = True


def existing(wanted: Arguments, pool: PoolSettings | None) -> Existing:
    """Look for whoever has this name, in whatever letters, or one of these addresses. Raises django.db.Error."""
    by_name = gather.find(wanted.username)
    addresses = {wanted.attributes[name] for name in CONTACTS if name in wanted.attributes}
    looked = [by_name, *(gather.find(address) for address in sorted(addresses - {wanted.username}))]
    same = by_name.account if by_name.account and _is_the_name(wanted, by_name.account, pool) else None
    found = {
        each.username: each
        for one in looked
        for each in (*([one.account] if one.account else []), *one.others)
        if same is None or each.username != same.username
    }
    return Existing(
        same=same,
        like=tuple(found[name] for name in sorted(found)),
        is_known=all(each.lookup in _LOOKED for each in looked),
    )


def _is_the_name(wanted: Arguments, account: PoolUser, pool: PoolSettings | None) -> bool:
    if pool is not None and pool.username_attributes:
        return True
    return account.username.casefold() == wanted.username.casefold()
