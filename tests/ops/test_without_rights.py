"""A portal that may not ask AWS, or not everything: which IAM action is lacking is named, and the log still speaks."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, make_client, make_pool
from tests.ops.states import accounts
from tests.ops.states.clients import portal_without_credentials, portal_without_rights
from tests.ops.states.world import WRONG_PASSWORD, World
from tests.ops.test_desk import opened, staff
from tests.ops.test_live_causes import sentences, why, world

__all__ = ["make_client", "make_pool", "why", "world"]

Why = Callable[[str], dict[str, Any]]


def evidence(told: dict[str, Any]) -> dict[str, str]:
    return {each["label"]: each["value"] for each in told["evidence"]}


def test_action_is_named_and_the_last_failures_are_told(world: World, why: Why) -> None:
    username = portal_without_rights(world)
    world.signs_in(username, WRONG_PASSWORD, times=2)
    told = why(username)
    assert told["code"] == "wrong_password"
    assert "lacks the IAM action cognito-idp:AdminGetUser." in sentences(told)["no_rights"]
    assert evidence(told)["IAM action that is lacking"] == "cognito-idp:AdminGetUser"
    assert evidence(told)["Newest failures"].count("bad_credentials") == 2


@pytest.mark.parametrize(
    ("code", "state", "password"),
    [
        ("disabled", accounts.disabled, GOOD_PASSWORD),
        ("unconfirmed", accounts.never_confirmed, GOOD_PASSWORD),
        ("reset_required", accounts.reset, GOOD_PASSWORD),
        ("invitation_expired", accounts.invited_and_expired, TEMPORARY_PASSWORD),
    ],
)
def test_state_that_cannot_be_looked_at_is_told_by_the_newest_try(
    world: World, why: Why, code: str, state: Callable[[World], str], password: str
) -> None:
    username = state(world)
    world.refuse("AdminGetUser", "AccessDeniedException")
    assert why(username)["code"] == "no_rights"
    world.signs_in(username, password)
    assert why(username)["code"] == code


def test_without_credentials_the_last_failures_are_told(world: World, why: Why) -> None:
    username = portal_without_credentials(world)
    world.signs_in(username, WRONG_PASSWORD)
    told = why(username)
    assert (told["code"], [each["code"] for each in told["also"]]) == ("wrong_password", ["no_credentials"])
    assert evidence(told)["Failures since then"] == "1"


def test_last_sign_in_is_told_where_whether_they_could_is_not_known(world: World, why: Why) -> None:
    username = portal_without_rights(world)
    world.signs_in(username)
    told = why(username)
    assert (told["code"], told["can_sign_in"], told["act"]) == ("no_rights", None, "mend_rights")
    assert evidence(told)["Last sign-in through this portal"].endswith("UTC")


def test_account_is_shown_though_others_like_it_may_not_be_looked_for(world: World, why: Why) -> None:
    world.refuse("ListUsers", "AccessDeniedException")
    username = world.api.confirm()
    told = why(username)
    assert (told["code"], evidence(told)["Status"]) == ("can_sign_in", "CONFIRMED")
    assert evidence(told)["IAM action that is lacking"] == "cognito-idp:ListUsers"


def test_page_of_an_account_opens_without_the_right_to_list(world: World) -> None:
    world.refuse("ListUsers", "AccessDeniedException")
    desk = opened(staff("ops"), username := world.api.confirm())
    assert (desk.status, f"<h1>{username}</h1>" in desk.text) == (200, True)
    assert "cognito-idp:ListUsers" in desk.text


@pytest.mark.parametrize("typed", ["Nobody-At-All", "somebody@example.com"])
def test_name_that_may_not_be_looked_for_is_not_said_to_be_nobodys(
    world: World, why: Why, typed: str
) -> None:
    world.refuse("ListUsers", "AccessDeniedException")
    assert why(typed)["code"] == "no_rights"
