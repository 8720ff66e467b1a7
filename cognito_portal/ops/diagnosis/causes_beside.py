"""What leaves it open whether somebody could sign in, and what stops nobody."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cognito_portal.ops.diagnosis import conditions as on
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.diagnosis.cause import Cause
from cognito_portal.ops.diagnosis.facts import Lookup

BESIDE: tuple[Cause, ...] = (
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
    Cause("other_failure", on.newest(*on.OTHER_FAILURES), on.other_failure, stops=False),
    Cause(
        "invitation_expires_soon",
        on.invitation_ends_soon,
        lambda facts: (
            ngettext(
                "Their temporary password expires within %(count)d hour.",
                "Their temporary password expires within %(count)d hours.",
                on.hours_left(facts),
            )
            % {"count": on.hours_left(facts)}
        ),
        Act.RESEND_INVITATION,
        stops=False,
    ),
    Cause(
        "address_was_throttled",
        on.refused_there,
        lambda facts: (
            _(
                "%(time)s ago this portal turned people away at the address they use, since too many tried from "
                "there; they may have been among them."
            )
            % {"time": on.minutes_since(facts.address_refused_at, facts)}
        ),
        stops=False,
    ),
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
        "changed_address_not_verified",
        on.changed_address,
        on.changed_address_sentence,
        Act.MARK_VERIFIED,
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
