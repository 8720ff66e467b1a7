"""The verdict, out of facts alone: which cause counts, in which order, and that there is always one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.queries import Row
from cognito_portal.cognito.types import MfaConfig, PoolUser, SchemaAttribute
from cognito_portal.ops.diagnosis.acts import ACTS, Act
from cognito_portal.ops.diagnosis.causes import CAUSES
from cognito_portal.ops.diagnosis.facts import Facts, Lookup
from cognito_portal.ops.diagnosis.verdict import diagnose
from tests.ops.made_facts import DAY, NOW, VERIFIED, account, client, facts, pool, row

INVITED = account("FORCE_CHANGE_PASSWORD")
WITH_APP = account(mfa_factors=("SOFTWARE_TOKEN_MFA",))
ENDING = account("FORCE_CHANGE_PASSWORD", age=6.5 * DAY)
EXPIRED = account("FORCE_CHANGE_PASSWORD", age=8 * DAY)
BARE: dict[str, str] = {"sub": "s-1"}
FIXED = SchemaAttribute("custom:staff_id", "String", True, False, None, None)
WANTED = SchemaAttribute("given_name", "String", True, True, None, None)
WRONG = tuple(row(Outcome.BAD_CREDENTIALS, ago_s=number) for number in range(1, 9))
CODES = tuple(row(Outcome.CODE_MISMATCH, event=Event.SIGNIN_ANSWERED) for _ in range(3))
NOBODY = {"lookup": Lookup.NOT_FOUND, "account": None}
CHANGED = {
    "account": account(attributes=VERIFIED | {"email_verified": "false"}),
    "rows": (row(Outcome.SUCCESS, event=Event.ACCOUNT_CONTACT_CHANGED),),
}
SMS_ALONE = MfaConfig("ON", False, True, False, None, None)

# What is known, and the code and the act that must come of it.
CASES: list[tuple[dict[str, Any], str, Act]] = [
    ({}, "can_sign_in", Act.NONE),
    ({"rows": (row(Outcome.NO_SUCH_CLIENT),)}, "no_such_client", Act.MEND_SETTINGS),
    ({"client": client(has_secret=True)}, "client_secret_missing", Act.MEND_SETTINGS),
    ({"rows": (row(Outcome.SECRET_HASH),)}, "client_secret_wrong", Act.MEND_SETTINGS),
    ({"client": client(explicit_auth_flows=("ALLOW_CUSTOM_AUTH",))}, "flow_not_enabled", Act.MEND_SETTINGS),
    ({"client": None, "rows": (row(Outcome.FLOW_NOT_ENABLED),)}, "flow_not_enabled", Act.MEND_SETTINGS),
    (NOBODY | {"others": ("Ann",)}, "other_spelling", Act.FIND_AGAIN),
    (NOBODY, "no_such_user", Act.INVITE),
    ({"lookup": Lookup.SEVERAL, "account": None, "others": ("a", "b")}, "several_accounts", Act.FIND_AGAIN),
    ({"account": account(enabled=False)}, "disabled", Act.ENABLE),
    ({"account": account("EXTERNAL_PROVIDER")}, "external_provider", Act.NONE),
    ({"account": account("COMPROMISED")}, "out_of_use", Act.SEND_RESET_CODE),
    ({"account": account("UNCONFIRMED")}, "unconfirmed", Act.CONFIRM),
    ({"account": account("RESET_REQUIRED", attributes=BARE)}, "reset_without_contact", Act.MARK_VERIFIED),
    ({"account": account("RESET_REQUIRED")}, "reset_required", Act.SEND_RESET_CODE),
    ({"account": EXPIRED}, "invitation_expired", Act.RESEND_INVITATION),
    (
        {"account": INVITED, "rows": (row(Outcome.TEMPORARY_PASSWORD_EXPIRED),)},
        "invitation_expired",
        Act.RESEND_INVITATION,
    ),
    ({"account": INVITED, "pool": pool(schema=(FIXED,))}, "required_attribute_fixed", Act.INVITE),
    ({"account": account(mfa_factors=("SMS_MFA",))}, "sms_without_phone", Act.EDIT),
    ({"pool": pool(mfa_configuration="ON"), "mfa": SMS_ALONE}, "sms_without_phone", Act.EDIT),
    ({"rows": (row(Outcome.TOKEN_REFUSED),)}, "tokens_refused", Act.MEND_SETTINGS),
    ({"rows": (row(Outcome.POOL_CONFIGURATION),)}, "pool_misconfigured", Act.MEND_SETTINGS),
    ({"rows": (row(Outcome.TOO_MANY_ATTEMPTS),)}, "too_many_attempts", Act.WAIT),
    ({"rows": (row(Outcome.UNSUPPORTED_CHALLENGE),)}, "unsupported_challenge", Act.NONE),
    ({"rows": (row(Outcome.MFA_NOT_SET_UP),)}, "factor_not_set_up", Act.REMOVE_SECOND_FACTOR),
    ({"rows": (row(Outcome.UNEXPECTED),)}, "other_failure", Act.NONE),
    ({"throttled_until": NOW.timestamp() + 300}, "throttled_by_portal", Act.LIFT_THROTTLE),
    ({"address_throttled_until": NOW.timestamp() + 30}, "throttled_address", Act.WAIT),
    ({"address_refused_at": NOW.timestamp() - 300}, "address_was_throttled", Act.NONE),
    ({"rows": WRONG}, "locked_by_cognito", Act.WAIT),
    ({"rows": CODES, "account": WITH_APP}, "lost_second_factor", Act.REMOVE_SECOND_FACTOR),
    ({"rows": (row(Outcome.WAF),)}, "waf", Act.NONE),
    ({"rows": (row(Outcome.TRIGGER_REFUSED),)}, "trigger_refused", Act.NONE),
    ({"rows": (row(Outcome.TRIGGER_BROKEN),)}, "trigger_broken", Act.NONE),
    ({"rows": (row(Outcome.THROTTLED),)}, "cognito_throttled", Act.WAIT),
    ({"rows": (row(Outcome.SERVER_ERROR),)}, "cognito_unavailable", Act.WAIT),
    ({"rows": (row(Outcome.CODE_DELIVERY),)}, "code_not_delivered", Act.EDIT),
    ({"rows": (row(Outcome.ATTRIBUTE_MISSING),)}, "attribute_refused", Act.EDIT),
    ({"rows": (row(Outcome.PASSWORD_HISTORY),)}, "new_password_refused", Act.NONE),
    ({"rows": (row(Outcome.SESSION_OVER),)}, "out_of_time", Act.NONE),
    ({"rows": CODES[:1]}, "code_refused", Act.NONE),
    ({"rows": WRONG[:2]}, "wrong_password", Act.SEND_RESET_CODE),
    (
        {"lookup": Lookup.DENIED, "account": None, "lacking": "cognito-idp:ListUsers"},
        "no_rights",
        Act.MEND_RIGHTS,
    ),
    ({"lookup": Lookup.NO_CREDENTIALS, "account": None}, "no_credentials", Act.MEND_RIGHTS),
    ({"lookup": Lookup.UNREACHABLE, "account": None}, "cognito_unreachable", Act.WAIT),
    ({"account": INVITED}, "invitation_open", Act.NONE),
    ({"account": ENDING}, "invitation_expires_soon", Act.RESEND_INVITATION),
    ({"pool": pool(mfa_configuration="ON")}, "second_factor_to_set_up", Act.NONE),
    ({"account": account(attributes=BARE)}, "no_verified_contact", Act.MARK_VERIFIED),
    (
        {
            "account": account(attributes=VERIFIED | {"email_verified": "false"}),
            "pool": pool(alias_attributes=("email",)),
        },
        "address_not_verified",
        Act.MARK_VERIFIED,
    ),
    (
        CHANGED | {"pool": pool(alias_attributes=("email",))},
        "changed_address_not_verified",
        Act.MARK_VERIFIED,
    ),
    (
        CHANGED | {"pool": pool(username_attributes=("email",))},
        "changed_address_not_verified",
        Act.MARK_VERIFIED,
    ),
    ({"others": ("Ann",)}, "namesakes", Act.NONE),
    ({"session_minutes": 3}, "short_session", Act.MEND_SETTINGS),
]


@pytest.mark.parametrize(
    ("known", "code", "act"), CASES, ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(CASES)]
)
def test_each_cause_is_found_with_its_act(known: dict[str, Any], code: str, act: Act) -> None:
    verdict = diagnose(facts(**known))
    assert (verdict.code, verdict.act) == (code, act)
    assert verdict.sentence.endswith((".", "!"))
    assert "%(" not in verdict.sentence


def test_every_cause_has_a_case_and_codes_are_unique() -> None:
    codes = [cause.code for cause in CAUSES]
    assert len(codes) == len(set(codes)) >= 20
    shown = {code for known, _, _ in CASES for code in codes_of(facts(**known))}
    assert set(codes) <= shown | {"attributes_to_give"}
    assert "attributes_to_give" in codes_of(facts(account=INVITED, pool=pool(schema=(WANTED,))))


def codes_of(known: Facts) -> list[str]:
    verdict = diagnose(known)
    return [verdict.code, *(code for code, _ in verdict.also)]


def test_every_act_has_words() -> None:
    assert set(ACTS) == set(Act)


def test_what_stops_them_comes_first_and_the_rest_stands_beside_it() -> None:
    known = facts(account=account("FORCE_CHANGE_PASSWORD", age=8 * DAY, enabled=False), session_minutes=3)
    assert codes_of(known) == ["disabled", "invitation_expired", "short_session"]


@pytest.mark.parametrize(
    ("known", "expected"),
    [({}, True), ({"account": INVITED}, True), ({"account": EXPIRED}, False), (NOBODY, False)],
)
def test_whether_they_can_sign_in(known: dict[str, Any], expected: bool) -> None:
    assert diagnose(facts(**known)).can_sign_in is expected


def test_limit_of_the_account_comes_before_that_of_the_address() -> None:
    soon = NOW.timestamp() + 30
    known = facts(throttled_until=soon, address_throttled_until=soon, address_refused_at=soon - 40)
    assert codes_of(known) == ["throttled_by_portal", "throttled_address"]


def test_refusal_at_an_address_is_past_once_they_have_tried_again() -> None:
    known = facts(rows=(row(Outcome.SUCCESS, ago_s=60),), address_refused_at=NOW.timestamp() - 300)
    assert codes_of(known) == ["can_sign_in"]


def test_unverified_name_that_nobody_changed_signs_in_all_the_same() -> None:
    """Where e-mail is the username, AWS takes it whether it is verified or not."""
    unverified = account(attributes=VERIFIED | {"email_verified": "false"})
    known = facts(account=unverified, pool=pool(username_attributes=("email",)))
    assert codes_of(known) == ["no_verified_contact"]


def test_without_rights_the_log_still_speaks() -> None:
    verdict = diagnose(facts(lookup=Lookup.DENIED, account=None, lacking="cognito-idp:X", rows=WRONG[:1]))
    assert verdict.code == "wrong_password"
    assert verdict.also[0][0] == "no_rights"


def test_try_of_the_invitation_before_this_one_says_nothing_of_this_one() -> None:
    resent = account("FORCE_CHANGE_PASSWORD", age=timedelta(seconds=30))
    tried_before = (row(Outcome.TEMPORARY_PASSWORD_EXPIRED, ago_s=60),)
    assert diagnose(facts(account=resent, rows=tried_before)).code == "invitation_open"


# What tells of the account as it was at that moment: its present state is looked at instead.
OF_THE_STATE = {
    *(Outcome.DISABLED, Outcome.UNKNOWN_USER, Outcome.UNCONFIRMED, Outcome.RESET_REQUIRED),
    Outcome.TEMPORARY_PASSWORD_EXPIRED,
}
WELL = {Outcome.NONE, Outcome.SUCCESS, Outcome.CHALLENGE, Outcome.RECORDED}
# What no row of a sign-in is: acts of the account page, or of the portal itself.
ELSEWHERE = {
    *(Outcome.TOKEN_OVER, Outcome.REFRESH_OVER, Outcome.REVOCATION_OFF, Outcome.TOO_MANY_PASSKEYS),
    *(Outcome.THROTTLED_HERE, Outcome.INPUT_REFUSED, Outcome.ALREADY_SENT, Outcome.OUT_OF_ORDER),
    *(Outcome.UNREADABLE, Outcome.DENIED, Outcome.FLOW_NOT_ENABLED),
}


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - OF_THE_STATE - WELL - ELSEWHERE))
def test_no_failure_of_the_newest_try_goes_untold(outcome: Outcome) -> None:
    assert diagnose(facts(rows=(row(outcome),))).code != "can_sign_in"


@pytest.mark.parametrize("outcome", sorted(OF_THE_STATE))
def test_state_that_is_over_stops_nobody(outcome: Outcome) -> None:
    assert diagnose(facts(rows=(row(outcome),))).code == "can_sign_in"


def test_tries_during_the_lock_are_not_counted_as_wrong_passwords() -> None:
    during = tuple(row(Outcome.LOCKED, ago_s=1000 + number) for number in range(3))
    wrong = tuple(row(Outcome.BAD_CREDENTIALS, ago_s=1010 + number) for number in range(5))
    assert "not right, 5 times" in diagnose(facts(rows=during + wrong)).sentence


@pytest.mark.parametrize("outcome", [Outcome.BAD_CREDENTIALS, Outcome.WAF, Outcome.NO_SUCH_CLIENT])
def test_failure_of_long_ago_stops_nobody(outcome: Outcome) -> None:
    assert diagnose(facts(rows=(row(outcome, ago_s=2 * 86_400),))).code == "can_sign_in"


def test_state_of_the_account_comes_before_a_failure_of_the_app_client() -> None:
    known = facts(account=account(enabled=False), rows=(row(Outcome.SECRET_HASH),))
    assert codes_of(known) == ["disabled", "client_secret_wrong"]


def test_factor_that_is_removed_is_not_to_be_removed_again() -> None:
    assert diagnose(facts(rows=CODES)).code == "code_refused"


def test_what_failed_before_the_last_sign_in_is_past() -> None:
    signed_in = row(Outcome.SUCCESS, ago_s=30)
    assert diagnose(facts(rows=(signed_in, row(Outcome.BAD_CREDENTIALS, ago_s=60)))).code == "can_sign_in"


@pytest.mark.parametrize(
    ("failures", "ago_s", "locked_s"),
    [(4, 0, None), (5, 0, 1), (8, 0, 8), (8, 5, 3), (8, 9, None), (20, 0, 900), (20, 901, None)],
)
def test_lock_of_cognito_is_estimated(failures: int, ago_s: float, locked_s: float | None) -> None:
    rows = tuple(row(Outcome.BAD_CREDENTIALS, ago_s=ago_s + number) for number in range(failures))
    until = facts(rows=rows).locked_until
    assert (None if until is None else until - NOW.timestamp()) == locked_s


def test_quiet_quarter_of_an_hour_clears_the_lock() -> None:
    old = tuple(row(Outcome.BAD_CREDENTIALS, ago_s=901 + number) for number in range(5))
    assert facts(rows=(row(Outcome.BAD_CREDENTIALS, ago_s=0), *old)).locked_until is None


def test_try_during_the_lock_does_not_lengthen_it() -> None:
    during = tuple(row(Outcome.LOCKED, ago_s=number) for number in range(3))
    wrong = tuple(row(Outcome.BAD_CREDENTIALS, ago_s=4 + number) for number in range(8))
    until = facts(rows=during + wrong).locked_until
    assert until == NOW.timestamp() - 4 + 8


ROWS = st.builds(
    lambda outcome, event, ago_s: row(outcome, event=event, ago_s=ago_s),
    st.sampled_from(list(Outcome)),
    st.sampled_from(list(Event)),
    st.floats(0, 3e6),
)
ACCOUNTS = st.builds(
    account,
    st.sampled_from(
        ["CONFIRMED", "FORCE_CHANGE_PASSWORD", "UNCONFIRMED", "RESET_REQUIRED", "ARCHIVED", "NEW"]
    ),
    age=st.timedeltas(timedelta(0), timedelta(days=400)),
    enabled=st.booleans(),
    attributes=st.dictionaries(st.sampled_from(sorted(VERIFIED)), st.text(max_size=5)),
    mfa_factors=st.sampled_from([(), ("SMS_MFA",), ("SOFTWARE_TOKEN_MFA", "SMS_MFA")]),
)


@given(
    lookup=st.sampled_from(list(Lookup)),
    account=st.none() | ACCOUNTS,
    rows=st.lists(ROWS, max_size=12).map(tuple),
    known=st.booleans(),
    minutes=st.none() | st.integers(0, 20),
    others=st.sampled_from([(), ("Ann",)]),
)
def test_there_is_always_exactly_one_verdict(
    lookup: Lookup,
    account: PoolUser | None,
    rows: tuple[Row, ...],
    known: bool,
    minutes: int | None,
    others: tuple[str, ...],
) -> None:
    more = {} if known else {"pool": None, "client": None}
    found = facts(lookup=lookup, account=account, rows=rows, session_minutes=minutes, others=others, **more)
    verdict = diagnose(found)
    assert verdict.sentence
    assert verdict.code not in [code for code, _ in verdict.also]
    assert verdict.as_json()["act"] == verdict.act.value


def test_invitation_of_unknown_age_does_not_count_as_expired() -> None:
    undated = replace(INVITED, created_at=None, modified_at=None)
    assert diagnose(facts(account=undated)).code == "invitation_open"
