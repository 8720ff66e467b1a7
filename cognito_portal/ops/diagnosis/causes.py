"""The causes, in the order in which they count: the first that stops somebody is the verdict.

Each has its code (stable, for scripts), a test on the facts, its sentence, and the one right act. To add one is
to add one entry. Nothing rests on the texts of Cognito's messages.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cognito_portal.audit.events import Outcome
from cognito_portal.ops.diagnosis import conditions as on
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.diagnosis.facts import Facts, Lookup


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason. `stops`: nobody signs in while it holds. `unknown`: whether they could is not known."""

    code: str
    holds: Callable[[Facts], bool]
    sentence: Callable[[Facts], str]
    act: Act = Act.NONE
    stops: bool = True
    unknown: bool = False


FINE = Cause(
    "can_sign_in",
    lambda facts: True,
    lambda facts: _("Nothing stands in their way: with the right password they can sign in."),
    stops=False,
)

CAUSES: tuple[Cause, ...] = (
    # What stops everybody.
    Cause(
        "client_secret_missing",
        on.secret_missing,
        lambda facts: _("The app client has a secret, and the portal has not been given it."),
        Act.MEND_SETTINGS,
    ),
    Cause(
        "flow_not_enabled",
        on.flow_off,
        lambda facts: _("The app client does not allow the way in which this portal signs people in."),
        Act.MEND_SETTINGS,
    ),
    # Whom it is about.
    Cause(
        "other_spelling",
        lambda facts: facts.lookup is Lookup.NOT_FOUND and bool(facts.others),
        lambda facts: (
            _("Nobody is called that. There is an account of almost the same name: %(names)s.")
            % {"names": ", ".join(facts.others)}
        ),
        Act.FIND_AGAIN,
    ),
    Cause(
        "no_such_user",
        lambda facts: facts.lookup is Lookup.NOT_FOUND,
        lambda facts: _("There is no such account in the user pool."),
        Act.INVITE,
    ),
    Cause(
        "several_accounts",
        lambda facts: facts.lookup is Lookup.SEVERAL,
        lambda facts: _("Several accounts have this address, so it is no name to sign in with."),
        Act.FIND_AGAIN,
    ),
    # What state the account is in.
    Cause(
        "disabled",
        lambda facts: facts.account is not None and not facts.account.enabled,
        lambda facts: _("The account is disabled."),
        Act.ENABLE,
    ),
    Cause(
        "external_provider",
        lambda facts: facts.status == "EXTERNAL_PROVIDER",
        lambda facts: _("The account belongs to another identity provider: it has no password here."),
    ),
    Cause(
        "out_of_use",
        lambda facts: facts.status in on.OUT_OF_USE,
        lambda facts: _("Cognito has taken the account out of use (%(status)s).") % {"status": facts.status},
        Act.SEND_RESET_CODE,
    ),
    Cause(
        "unconfirmed",
        lambda facts: facts.status == "UNCONFIRMED",
        lambda facts: _("The account was never confirmed: the code that was sent at sign-up is still open."),
        Act.CONFIRM,
    ),
    Cause(
        "reset_without_contact",
        lambda facts: facts.status == "RESET_REQUIRED" and not facts.verified_contacts,
        lambda facts: _("Their password was reset, and no verified address is there to send a code to."),
        Act.MARK_VERIFIED,
    ),
    Cause(
        "reset_required",
        lambda facts: facts.status == "RESET_REQUIRED",
        lambda facts: _("Their password was reset: they must choose a new one with the code they were sent."),
        Act.SEND_RESET_CODE,
    ),
    Cause(
        "invitation_expired",
        on.invitation_over,
        lambda facts: (
            ngettext(
                "Their temporary password has expired: it was valid for %(count)d day.",
                "Their temporary password has expired: it was valid for %(count)d days.",
                facts.temporary_days,
            )
            % {"count": facts.temporary_days}
        ),
        Act.RESEND_INVITATION,
    ),
    Cause(
        "required_attribute_fixed",
        lambda facts: facts.is_invited and bool(on.unset(facts, mutable=False)),
        lambda facts: (
            _("The pool requires %(names)s, which nobody can set any more on this account.")
            % {"names": ", ".join(on.unset(facts, mutable=False))}
        ),
        Act.INVITE,
    ),
    Cause(
        "sms_without_phone",
        on.sms_without_phone,
        lambda facts: _("Their second step is a text message, and the account has no phone number."),
        Act.EDIT,
    ),
    # What the log says of the newest tries.
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
        "throttled_by_portal",
        lambda facts: facts.throttled_until is not None,
        lambda facts: (
            _("Too many tries failed: this portal lets nobody try for another %(time)s.")
            % {"time": on.minutes_left(facts.throttled_until, facts)}
        ),
        Act.LIFT_THROTTLE,
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
        on.newest(Outcome.BAD_CREDENTIALS),
        lambda facts: (
            ngettext(
                "The password they typed was not right, %(count)d time since they last signed in.",
                "The password they typed was not right, %(count)d times since they last signed in.",
                facts.in_a_row((Outcome.BAD_CREDENTIALS,)),
            )
            % {"count": facts.in_a_row((Outcome.BAD_CREDENTIALS,))}
        ),
        Act.SEND_RESET_CODE,
    ),
    # What cannot be known.
    Cause(
        "no_rights",
        lambda facts: facts.lookup is Lookup.DENIED,
        lambda facts: (
            _("The portal may not look at accounts: it lacks the IAM action %(action)s.")
            % {"action": facts.lacking}
        ),
        Act.MEND_RIGHTS,
        unknown=True,
    ),
    Cause(
        "no_credentials",
        lambda facts: facts.lookup is Lookup.NO_CREDENTIALS,
        lambda facts: _("The portal has no AWS credentials, so it cannot look at accounts."),
        Act.MEND_RIGHTS,
        unknown=True,
    ),
    Cause(
        "cognito_unreachable",
        lambda facts: facts.lookup is Lookup.UNREACHABLE,
        lambda facts: _("Cognito gives no answer at the moment, to this page neither."),
        Act.WAIT,
        unknown=True,
    ),
    # What stops nobody, and will or may.
    Cause(
        "invitation_open",
        lambda facts: facts.is_invited and not on.invitation_over(facts),
        on.invitation_open,
        stops=False,
    ),
    Cause(
        "second_factor_to_set_up",
        on.to_set_up,
        lambda facts: _(
            "The pool requires a second factor, which they are asked to set up when they sign in."
        ),
        stops=False,
    ),
    Cause(
        "attributes_to_give",
        lambda facts: facts.is_invited and bool(on.unset(facts, mutable=True)),
        lambda facts: (
            _("They will be asked for %(names)s.") % {"names": ", ".join(on.unset(facts, mutable=True))}
        ),
        stops=False,
    ),
    Cause(
        "address_not_verified",
        on.unverified_alias,
        lambda facts: _("Their e-mail address is not verified, so they cannot sign in with it."),
        Act.MARK_VERIFIED,
        stops=False,
    ),
    Cause(
        "no_verified_contact",
        on.not_verified,
        lambda facts: _("No verified address is there: a forgotten password cannot be reset by a code."),
        Act.MARK_VERIFIED,
        stops=False,
    ),
    Cause(
        "namesakes",
        lambda facts: facts.lookup is Lookup.FOUND and bool(facts.others),
        lambda facts: (
            _("There are accounts that are easily mistaken for this one: %(names)s.")
            % {"names": ", ".join(facts.others)}
        ),
        stops=False,
    ),
    Cause(
        "short_session",
        lambda facts: 0 < (facts.session_minutes or 0) <= on.SHORT_SESSION_MINUTES,
        lambda facts: (
            ngettext(
                "The app client gives %(count)d minute for each step, which is short.",
                "The app client gives %(count)d minutes for each step, which is short.",
                facts.session_minutes or 0,
            )
            % {"count": facts.session_minutes}
        ),
        Act.MEND_SETTINGS,
        stops=False,
    ),
)
