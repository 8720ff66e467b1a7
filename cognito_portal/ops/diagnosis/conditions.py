"""What the causes ask of the facts, and the sentences that take more than a line."""

from collections.abc import Callable
from math import ceil, floor

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cognito_portal.audit.events import Outcome
from cognito_portal.audit.readings import OUTCOMES
from cognito_portal.ops.diagnosis.facts import DAY_S, Facts, Lookup

SHORT_SESSION_MINUTES = 3
SOON_DAYS = 1
HOUR_S = 3600.0
LOST_FACTOR_FAILURES = 3
CODES_WRONG = (Outcome.CODE_MISMATCH, Outcome.CODE_EXPIRED, Outcome.CODE_REUSED)
NO_ANSWER = (
    *(Outcome.NOT_SENT, Outcome.TLS, Outcome.SERVER_ERROR, Outcome.GARBAGE, Outcome.SERVICE),
    Outcome.UNKNOWN,
)
PASSWORD_WRONG = (Outcome.BAD_CREDENTIALS, Outcome.LOCKED)
NOT_LOOKED = (Lookup.DENIED, Lookup.NO_CREDENTIALS, Lookup.UNREACHABLE)
# What no cause of its own tells. Not among them is what is over by now, since the account's state says otherwise.
OTHER_FAILURES = (
    *(Outcome.ASKED_AGAIN, Outcome.PASSKEY_REFUSED, Outcome.DEVICE_UNKNOWN, Outcome.ALIAS_EXISTS),
    *(Outcome.BAD_REQUEST, Outcome.INVALID_INPUT, Outcome.NOT_AVAILABLE, Outcome.WRONG_USER_STATE),
    *(Outcome.NOT_RESETTABLE, Outcome.NO_VERIFIED_CONTACT, Outcome.ACCESS_DENIED, Outcome.NO_CREDENTIALS),
    *(Outcome.UNEXPECTED, Outcome.ERROR),
)
OUT_OF_USE = ("ARCHIVED", "COMPROMISED", "UNKNOWN")
# Set by Cognito itself or derived; nobody is asked for them.
NOT_ASKED_FOR = frozenset({"sub", "email_verified", "phone_number_verified", "updated_at"})


def newest(*outcomes: Outcome) -> Callable[[Facts], bool]:
    return lambda facts: facts.last_failure(*outcomes) is not None


def told_by_log(facts: Facts, outcome: Outcome) -> bool:
    """Whether the newest try told this state of an account that cannot be looked at."""
    return facts.lookup in NOT_LOOKED and facts.last_failure(outcome) is not None


def secret_missing(facts: Facts) -> bool:
    return facts.client is not None and facts.client.has_secret and not facts.has_secret


def flow_off(facts: Facts) -> bool:
    if facts.client is None or not facts.client.explicit_auth_flows:
        return facts.last_failure(Outcome.FLOW_NOT_ENABLED) is not None
    allowed = facts.client.explicit_auth_flows
    return not any(flow in allowed or f"ALLOW_{flow}" in allowed for flow in facts.flows)


def days_left(facts: Facts) -> float:
    """Days until the temporary password ends; the pool's whole term where nobody knows when it was made."""
    ends_at = facts.invitation_ends_at
    return facts.temporary_days if ends_at is None else (ends_at - facts.now) / DAY_S


def invitation_over(facts: Facts) -> bool:
    if not facts.is_invited:
        return told_by_log(facts, Outcome.TEMPORARY_PASSWORD_EXPIRED)
    return days_left(facts) <= 0 or was_refused_as_expired(facts)


def invitation_over_sentence(facts: Facts) -> str:
    if facts.pool is None:
        return _("Their temporary password has expired.")
    return ngettext(
        "Their temporary password has expired: it was valid for %(count)d day.",
        "Their temporary password has expired: it was valid for %(count)d days.",
        facts.temporary_days,
    ) % {"count": facts.temporary_days}


def invitation_ends_soon(facts: Facts) -> bool:
    return facts.is_invited and not invitation_over(facts) and days_left(facts) <= SOON_DAYS


def hours_left(facts: Facts) -> int:
    return max(1, floor(days_left(facts) * 24))


def was_refused_as_expired(facts: Facts) -> bool:
    """Whether the present temporary password was: a try of the one before it says nothing."""
    refused = facts.last_failure(Outcome.TEMPORARY_PASSWORD_EXPIRED)
    changed_at = (facts.account and facts.account.modified_at) or 0.0
    return refused is not None and refused.time.timestamp() > changed_at


def unset(facts: Facts, *, mutable: bool) -> list[str]:
    if facts.pool is None or facts.account is None:
        return []
    return [
        each.name
        for each in facts.pool.schema
        if each.required
        and each.mutable is mutable
        and each.name not in NOT_ASKED_FOR
        and not facts.account.attributes.get(each.name)
    ]


def mfa_is_on(facts: Facts) -> bool:
    return facts.pool is not None and facts.pool.mfa_configuration == "ON"


def sms_without_phone(facts: Facts) -> bool:
    if facts.account is None or facts.account.attributes.get("phone_number"):
        return False
    only_sms = facts.mfa is not None and facts.mfa.sms and not (facts.mfa.software_token or facts.mfa.email)
    return "SMS_MFA" in facts.account.mfa_factors or (mfa_is_on(facts) and only_sms)


def to_set_up(facts: Facts) -> bool:
    return mfa_is_on(facts) and facts.account is not None and not facts.account.mfa_factors


def unverified_alias(facts: Facts) -> bool:
    """Whether an alias signs nobody in for want of being verified; a pool's username attribute needs no such thing."""
    return _is_unverified(facts) and "email" in _aliases(facts) and not facts.has_changed_contact


def changed_address(facts: Facts) -> bool:
    signs_in = _aliases(facts) or (facts.pool.username_attributes if facts.pool else ())
    return _is_unverified(facts) and "email" in signs_in and facts.has_changed_contact


def changed_address_sentence(facts: Facts) -> str:
    """An alias counts once it is verified; the new value of a username attribute counts at once.

    https://github.com/aws-amplify/amplify-js/issues/987
    """
    if "email" in _aliases(facts):
        return _(
            "They changed how they are reached, and their e-mail address is not verified: neither the old address "
            "nor the new one signs them in."
        )
    return _(
        "They changed how they are reached, and their e-mail address is not verified: the old address no longer "
        "signs them in, and no code can be sent to the new one."
    )


def _is_unverified(facts: Facts) -> bool:
    email = facts.account.attributes.get("email", "") if facts.account else ""
    return bool(email) and "email" not in facts.verified_contacts


def _aliases(facts: Facts) -> tuple[str, ...]:
    return facts.pool.alias_attributes if facts.pool else ()


def refused_there(facts: Facts) -> bool:
    """Whether their address was refused after the newest thing that the log knows of them, and is no longer."""
    if facts.address_refused_at is None or facts.address_throttled_until is not None:
        return False
    newest = facts.tries[0].time.timestamp() if facts.tries else 0.0
    return facts.address_refused_at > newest


def minutes_left(until: float | None, facts: Facts) -> str:
    minutes = max(1, round(((until or facts.now) - facts.now) / 60))
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def seconds_left(until: float | None, facts: Facts) -> str:
    seconds = max(1, ceil((until or facts.now) - facts.now))
    return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}


def minutes_since(moment: float | None, facts: Facts) -> str:
    minutes = max(1, round((facts.now - (moment or facts.now)) / 60))
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def quota_used_up(facts: Facts) -> bool:
    """Cognito counts the tries of one account within an hour."""
    refused = facts.last_failure(Outcome.TOO_MANY_ATTEMPTS)
    return refused is not None and facts.now - refused.time.timestamp() < HOUR_S


def passwords_wrong(facts: Facts) -> int:
    """How many of the newest tries had a wrong password; what came during Cognito's lock was not looked at."""
    newest = facts.failures[: facts.in_a_row(PASSWORD_WRONG)]
    return max(1, sum(row.outcome == Outcome.BAD_CREDENTIALS for row in newest))


def other_failure(facts: Facts) -> str:
    newest = facts.last_failure(*OTHER_FAILURES)
    return _("Their newest try came to nothing: %(outcome)s.") % {
        "outcome": OUTCOMES[Outcome(newest.outcome)].label if newest else ""
    }


def codes_fail(facts: Facts) -> bool:
    has_factor = facts.account is None or bool(facts.account.mfa_factors)
    return has_factor and facts.in_a_row(CODES_WRONG) >= LOST_FACTOR_FAILURES


def invitation_open(facts: Facts) -> str:
    days = max(0, int(days_left(facts)))
    opened = any(row.outcome == Outcome.CHALLENGE for row in facts.tries)
    if opened:
        return _("They signed in with the temporary password but have not set one of their own.")
    return ngettext(
        "They were invited and have not signed in yet; less than %(count)d day is left for it.",
        "They were invited and have not signed in yet; about %(count)d days are left for it.",
        max(days, 1),
    ) % {"count": max(days, 1)}


def not_verified(facts: Facts) -> bool:
    return facts.account is not None and facts.status == "CONFIRMED" and not facts.verified_contacts
