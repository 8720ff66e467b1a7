"""What of the pool's own settings hurts, and what cannot be told for want of a right."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cognito_portal import clients
from cognito_portal.cognito.types import MfaConfig, PoolSettings
from cognito_portal.ops.diagnosis.mending import Mend

FEW_DAYS = 2
"""An invitation that was sent on a Friday has to last until Monday."""


def pool_mends(pool: PoolSettings | None, mfa: MfaConfig | None) -> tuple[Mend, ...]:
    """What of the pool's settings hurts. Nothing of what could not be read."""
    return (*_invitations(pool), *_second_factor(pool, mfa), *_names(pool))


def _invitations(pool: PoolSettings | None) -> tuple[Mend, ...]:
    days = pool.policy.temporary_password_validity_days if pool and pool.policy else None
    if days is None or days > FEW_DAYS:
        return ()
    words = ngettext(
        "Temporary passwords are valid for %(count)d day: an invitation of a Friday is over on Monday. Set "
        "TemporaryPasswordValidityDays to 7 in the pool’s password policy.",
        "Temporary passwords are valid for %(count)d days: an invitation of a Friday is over on Monday. Set "
        "TemporaryPasswordValidityDays to 7 in the pool’s password policy.",
        days,
    ) % {"count": days}
    return (Mend(code="short_invitations", words=words),)


def _second_factor(pool: PoolSettings | None, mfa: MfaConfig | None) -> tuple[Mend, ...]:
    known = (mfa and mfa.mfa_configuration) or (pool and pool.mfa_configuration)
    if known != "OFF":
        return ()
    words = _(
        "The pool asks nobody for a second factor: a password that leaks is enough. Let people set one up: "
        "OPTIONAL for MFA in the pool’s sign-in settings keeps nobody out."
    )
    return (Mend(code="no_second_factor", words=words),)


def _names(pool: PoolSettings | None) -> tuple[Mend, ...]:
    if pool is None or not pool.case_sensitive:
        return ()
    words = _(
        "Usernames differ by upper and lower case: “Ann” and “ann” are two people. AWS lets only a new pool be made "
        "without it."
    )
    return (Mend(code="case_sensitive", words=words),)


def untold() -> tuple[tuple[str, str], ...]:
    """What cannot be told, each with the IAM action that is missing, or that nobody answered."""
    read = (
        (
            clients.pool_settings(),
            "cognito-idp:DescribeUserPool",
            _("Which attributes are required, and how long invitations last: 7 days are assumed."),
        ),
        (
            clients.client_settings(),
            "cognito-idp:DescribeUserPoolClient",
            _("Whether the app client keeps people out: its flows, its secret and the time it gives them."),
        ),
        (
            clients.mfa_config(),
            "cognito-idp:GetUserPoolMfaConfig",
            _("Which second factors the pool offers."),
        ),
    )
    return tuple((words, action) for known, action, words in read if known is None)
