"""What stopped the newest tries, by the word of our log and of the limits."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cognito_portal.audit.events import Outcome
from cognito_portal.ops.diagnosis import conditions as on
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.diagnosis.cause import Cause

OF_TRIES: tuple[Cause, ...] = (
    Cause(
        "no_such_client",
        on.newest(Outcome.NO_SUCH_CLIENT),
        lambda facts: _("The app client that this portal uses is not in the user pool."),
        Act.MEND_SETTINGS,
    ),
    Cause(
        "client_secret_wrong",
        on.newest(Outcome.SECRET_HASH),
        lambda facts: _("The app client's secret does not match the one that the portal has."),
        Act.MEND_SETTINGS,
    ),
    Cause(
        "tokens_refused",
        on.newest(Outcome.TOKEN_REFUSED),
        lambda facts: _(
            "Cognito let them in, but its tokens did not pass the check here: issuer, key set or clock do not fit."
        ),
        Act.MEND_SETTINGS,
    ),
    Cause(
        "pool_misconfigured",
        on.newest(Outcome.POOL_CONFIGURATION),
        lambda facts: _("Cognito says that the user pool's own configuration is not valid."),
        Act.MEND_SETTINGS,
    ),
    Cause(
        "throttled_by_portal",
        lambda facts: facts.throttled_until is not None,
        lambda facts: (
            _("Too many tries failed: this portal lets nobody try for another %(time)s.")
            % {"time": on.minutes_left(facts.throttled_until, facts)}
        ),
        Act.LIFT_THROTTLE,
    ),
    Cause(
        "throttled_address",
        lambda facts: facts.address_throttled_until is not None,
        lambda facts: (
            _(
                "Too many people try from the address they use: this portal lets nobody there try for another %(time)s."
            )
            % {"time": on.seconds_left(facts.address_throttled_until, facts)}
        ),
        Act.WAIT,
    ),
    Cause(
        "locked_by_cognito",
        lambda facts: facts.locked_until is not None,
        lambda facts: (
            _("Cognito has locked the account for about %(time)s after wrong passwords.")
            % {"time": on.minutes_left(facts.locked_until, facts)}
        ),
        Act.WAIT,
    ),
    Cause(
        "lost_second_factor",
        on.codes_fail,
        lambda facts: _("The password is right, but their codes are refused again and again."),
        Act.REMOVE_SECOND_FACTOR,
    ),
    Cause(
        "waf",
        on.newest(Outcome.WAF),
        lambda facts: _("A web application firewall in front of Cognito blocked the newest try."),
    ),
    Cause(
        "trigger_refused",
        on.newest(Outcome.TRIGGER_REFUSED),
        lambda facts: _("A Lambda trigger of the pool refused the newest try."),
    ),
    Cause(
        "trigger_broken",
        on.newest(Outcome.TRIGGER_BROKEN),
        lambda facts: _("A Lambda trigger of the pool failed at the newest try."),
    ),
    Cause(
        "cognito_throttled",
        on.newest(Outcome.THROTTLED),
        lambda facts: _("Cognito was asked more often than its quota allows. The next try may succeed."),
        Act.WAIT,
    ),
    Cause(
        "cognito_unavailable",
        on.newest(*on.NO_ANSWER),
        lambda facts: _("Cognito gave no usable answer to the newest try."),
        Act.WAIT,
    ),
    Cause(
        "too_many_attempts",
        on.quota_used_up,
        lambda facts: _(
            "The account's tries of this hour are used up: Cognito takes no more until it is over."
        ),
        Act.WAIT,
    ),
    Cause(
        "unsupported_challenge",
        on.newest(Outcome.UNSUPPORTED_CHALLENGE),
        lambda facts: _("Cognito asked for a step that this portal does not know."),
    ),
    Cause(
        "factor_not_set_up",
        on.newest(Outcome.MFA_NOT_SET_UP),
        lambda facts: _("Cognito asked for a second factor that was never set up on the account."),
        Act.REMOVE_SECOND_FACTOR,
    ),
    Cause(
        "code_not_delivered",
        on.newest(Outcome.CODE_DELIVERY),
        lambda facts: _("Cognito could not deliver the code of the newest try."),
        Act.EDIT,
    ),
    Cause(
        "attribute_refused",
        on.newest(Outcome.ATTRIBUTE_MISSING, Outcome.ATTRIBUTE_NOT_WRITABLE),
        lambda facts: _(
            "An attribute that the pool requires was missing or may not be set by the app client."
        ),
        Act.EDIT,
    ),
    Cause(
        "new_password_refused",
        on.newest(Outcome.PASSWORD_POLICY, Outcome.PASSWORD_HISTORY),
        lambda facts: _("The passwords they chose do not follow the pool's rules."),
    ),
    Cause(
        "out_of_time",
        on.newest(Outcome.SESSION_OVER, Outcome.EXPIRED),
        lambda facts: _("They ran out of time between two steps."),
    ),
    Cause(
        "code_refused",
        on.newest(*on.CODES_WRONG),
        lambda facts: _("The newest code they entered was not right or no longer valid."),
    ),
    Cause(
        "wrong_password",
        on.newest(*on.PASSWORD_WRONG),
        lambda facts: (
            ngettext(
                "The password they typed was not right, %(count)d time since they last signed in.",
                "The password they typed was not right, %(count)d times since they last signed in.",
                on.passwords_wrong(facts),
            )
            % {"count": on.passwords_wrong(facts)}
        ),
        Act.SEND_RESET_CODE,
    ),
)
