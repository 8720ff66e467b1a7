"""The accounts that fail at their next sign-in, or when they forget their password: kinds of trouble, and mends."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.index import search
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.search import Count
from cognito_portal.ops.index.words import TROUBLES, Term


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble. `meaning` is what it does to people, `mend` what to do; `act` does it to many at once."""

    code: str
    meaning: str | Promise
    mend: str | Promise
    act: Act = Act.NONE

    @property
    def label(self) -> str | Promise:
        """What it is called, as in the list's filter."""
        return TROUBLES[self.code]

    @property
    def accounts(self) -> AccountFilter:
        """The accounts that have it."""
        return AccountFilter(trouble=self.code)


KINDS = (
    Kind(
        "expired",
        _("Their temporary password is no longer valid, so they cannot sign in for the first time."),
        _("Cognito makes a new temporary password and sends it."),
        Act.RESEND_INVITATION,
    ),
    Kind(
        "unreachable",
        _("No code can be sent to them: a forgotten password is the end of the account."),
        _(
            "Mark the address as verified where you know that it is theirs; where there is none, give them one."
        ),
        Act.MARK_VERIFIED,
    ),
    Kind(
        "unverified_email",
        _(
            "The e-mail address was never verified, or was changed and not verified since: people cannot sign in "
            "with it where the pool takes it in place of a username, and get no codes there."
        ),
        _("Mark it as verified where you know that it is theirs."),
        Act.MARK_VERIFIED,
    ),
    Kind(
        "incomplete",
        _(
            "The pool requires an attribute that they lack. Whoever is invited is asked for it; where it may not be "
            "changed any more they cannot get in."
        ),
        _("Open the account and fill it in, or make the account anew."),
    ),
    Kind(
        "twin",
        _(
            "Another account has the same name but for upper and lower case: people sign in to the wrong one, or "
            "are told that the password is wrong."
        ),
        _("Open both, find the one that is in use by its last sign-in, and disable the other."),
    ),
)
BY_CODE = {kind.code: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Found:
    """How many accounts have a kind of trouble; None where counting took too long."""

    kind: Kind
    count: Count | None

    @property
    def is_there(self) -> bool:
        """Whether any account has it, as far as that could be told."""
        return self.count is None or self.count.accounts > 0


def found(term: Term) -> tuple[Found, ...]:
    """Every kind of trouble with its count. Raises django.db.Error."""
    return tuple(Found(kind, search.capped_count(kind.accounts, term)) for kind in KINDS)


def kinds_there(term: Term) -> int:
    """How many kinds of trouble some account has. Raises django.db.Error."""
    return sum(search.is_any(kind.accounts, term) for kind in KINDS)
