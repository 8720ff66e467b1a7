"""Every cause that the embedded Cognito can be brought to, on a real account, as `manage.py why --json` tells it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from cognito_portal.ops.diagnosis.cause import FINE
from cognito_portal.ops.diagnosis.causes import CAUSES
from tests.conftest import Portal
from tests.demo.conftest import Caller, make_client, make_pool
from tests.ops.states import accounts, clients, tries
from tests.ops.states.world import World
from tests.ops.test_desk import opened, staff

__all__ = ["make_client", "make_pool"]

State = Callable[[World], str]

# The cause, the state that it is told of, and words of its sentence.
LIVE: list[tuple[str, State, str]] = [
    ("can_sign_in", accounts.fine, "Nothing stands in their way"),
    ("no_such_user", accounts.nobody, "There is no such account"),
    ("disabled", accounts.disabled, "The account is disabled."),
    ("unconfirmed", accounts.never_confirmed, "was never confirmed"),
    ("reset_required", accounts.reset, "choose a new one with the code"),
    ("reset_without_contact", accounts.reset_and_without_contact, "no verified address"),
    ("invitation_open", accounts.invited, "have not signed in yet"),
    ("invitation_open", accounts.invited_and_opened, "have not set one of their own"),
    ("invitation_expires_soon", accounts.invited_a_week_ago, "expires within 11 hours"),
    ("invitation_expired", accounts.invited_and_expired, "it was valid for 7 days"),
    ("attributes_to_give", accounts.invited_without_a_name, "They will be asked for name."),
    ("required_attribute_fixed", accounts.invited_without_a_fixed_attribute, "birthdate"),
    ("sms_without_phone", accounts.text_messages_and_no_phone, "no phone number"),
    ("second_factor_to_set_up", accounts.second_factor_not_set_up, "requires a second factor"),
    ("address_not_verified", accounts.address_not_verified, "cannot sign in with it"),
    ("changed_address_not_verified", accounts.alias_changed, "neither the old address nor the new one"),
    ("changed_address_not_verified", accounts.address_changed, "the old address no longer signs them in"),
    ("no_verified_contact", accounts.no_verified_contact, "No verified address is there"),
    ("other_spelling", accounts.typed_in_capitals, "almost the same name"),
    ("other_spelling", accounts.typed_without_capitals, "almost the same name: Foo.Bar"),
    ("namesakes", accounts.twins_but_for_capitals, "easily mistaken for this one: foo.bar"),
    ("namesakes", accounts.twins_of_one_address, "easily mistaken"),
    ("several_accounts", accounts.address_that_two_share, "Several accounts have this address"),
    ("client_secret_missing", clients.secret_not_given, "has not been given it"),
    ("client_secret_wrong", clients.secret_of_another_client, "does not match"),
    ("no_such_client", clients.client_that_is_gone, "is not in the user pool"),
    ("tokens_refused", clients.issuer_of_another_pool, "did not pass the check"),
    ("flow_not_enabled", clients.flow_switched_off, "does not allow the way"),
    ("short_session", clients.three_minutes_for_a_step, "gives 3 minutes for each step"),
    ("no_rights", clients.portal_without_rights, "lacks the IAM action cognito-idp:AdminGetUser."),
    ("no_credentials", clients.portal_without_credentials, "no AWS credentials"),
    ("cognito_unreachable", clients.cognito_out_of_reach, "gives no answer at the moment"),
    ("wrong_password", tries.wrong_twice, "not right, 2 times"),
    ("throttled_by_portal", tries.wrong_to_the_limit_of_the_portal, "for another 15 minutes"),
    ("throttled_address", tries.crowd_at_their_address, "lets nobody there try for another"),
    ("address_was_throttled", tries.crowd_at_their_address_a_while_ago, "turned people away"),
    ("locked_by_cognito", tries.wrong_to_the_lock_of_cognito, "locked the account for about 2 minutes"),
    ("code_refused", tries.code_wrong_once, "newest code they entered"),
    ("lost_second_factor", tries.code_wrong_again_and_again, "refused again and again"),
    ("new_password_refused", tries.new_password_used_before, "do not follow the pool's rules"),
    ("attribute_refused", tries.attribute_that_the_client_may_not_write, "may not be set by the app client"),
    ("out_of_time", tries.step_left_too_long, "ran out of time between two steps"),
    ("waf", tries.firewall, "firewall"),
    ("trigger_refused", tries.trigger_refuses, "trigger of the pool refused"),
    ("trigger_broken", tries.trigger_fails, "trigger of the pool failed"),
    ("cognito_throttled", tries.quota_of_the_pool_used_up, "more often than its quota allows"),
    ("cognito_unavailable", tries.cognito_fails, "no usable answer"),
    ("pool_misconfigured", tries.pool_out_of_order, "configuration is not valid"),
    ("too_many_attempts", tries.quota_of_the_account_used_up, "tries of this hour are used up"),
    ("factor_not_set_up", tries.factor_never_set_up, "never set up on the account"),
    ("unsupported_challenge", tries.challenge_of_a_later_year, "does not know"),
    ("other_failure", tries.refusal_of_a_later_year, "came to nothing: Unknown refusal."),
    ("code_not_delivered", tries.code_cannot_be_delivered, "could not deliver the code"),
]

# What tests/ops/test_diagnosis.py alone shows, on made facts, and why.
NOT_LIVE = {
    "external_provider": "the embedded Cognito has no other identity provider to federate with",
    "out_of_use": "AWS alone sets ARCHIVED and COMPROMISED, and no operation of its API does",
}

# What is told beside a verdict on something else.
BESIDE = {"attributes_to_give", "namesakes"}


@pytest.fixture
def world(
    portal: Portal,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    make_client: Callable[..., Caller],
    make_pool: Callable[..., Caller],
) -> World:
    return World(portal, settings, monkeypatch, make_client, make_pool)


@pytest.fixture
def why(capsys: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, Any]]:
    def run(name: str) -> dict[str, Any]:
        with pytest.raises(SystemExit):
            call_command("why", name, "--json")
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    return run


def sentences(told: dict[str, Any]) -> dict[str, str]:
    return {told["code"]: told["sentence"]} | {each["code"]: each["sentence"] for each in told["also"]}


@pytest.mark.parametrize(
    ("code", "state", "words"), LIVE, ids=[f"{code}-{state.__name__}" for code, state, _ in LIVE]
)
def test_account_in_this_state_is_told_its_cause(
    world: World, why: Callable[[str], dict[str, Any]], code: str, state: State, words: str
) -> None:
    told = why(state(world))
    assert words in sentences(told).get(code, ""), told
    assert code in BESIDE or told["code"] == code


@pytest.mark.parametrize("state", [accounts.disabled, accounts.invited_a_week_ago, tries.wrong_twice])
def test_page_of_the_account_says_the_same(
    world: World, why: Callable[[str], dict[str, Any]], state: State
) -> None:
    username = state(world)
    assert why(username)["sentence"] in opened(staff("ops"), username).text


def test_all_causes_are_shown_live_but_those_that_cannot_be() -> None:
    shown = {code for code, _, _ in LIVE}
    assert len(shown) >= 20
    assert shown | NOT_LIVE.keys() == {cause.code for cause in (*CAUSES, FINE)}
    assert not shown & NOT_LIVE.keys()
