"""The dry run: each row held against the pool's schema, and nothing sent."""

import pytest
from pytest_django import Settings

from cognito_portal.cognito.types import PoolSettings
from cognito_portal.ops.models import OnboardingItem
from cognito_portal.ops.onboarding.checking import check_table
from cognito_portal.ops.onboarding.known import MOST_LOOKED_UP, existing
from cognito_portal.ops.onboarding.text import Unreadable
from tests.conftest import Portal
from tests.ops.onboarding.lists import (
    TITLE,
    accounts,
    drafted,
    item,
    names,
    rows,
    started,
    states,
    table,
    work,
)
from tests.ops.test_invitations import pool


def problems(text: str, settings: PoolSettings | None = None, *, medium: str = "") -> dict[int, str]:
    sheet = check_table(text, pool=settings or pool(), medium=medium)
    return {row.number: " ".join(row.problems) for row in sheet.rows if row.problems}


GOOD = "mary,mary@example.com,,B-17,5"
HEADER = "username,email,phone_number,custom:badge,custom:level"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (GOOD, ""),
        ("ma ry,mary@example.com,,B-17,", "“username”"),
        (",mary@example.com,,B-17,", "“username”: Fill in this field."),
        ("mary,mary at example,,B-17,", "“email”"),
        ("mary,,020 7946 0018,B-17,", "“phone_number”"),
        ("mary,,,B-17,", "“email”: Give an e-mail address or a phone number"),
        ("mary,mary@example.com,,B,", "“custom:badge”: Write at least 3"),
        ("mary,mary@example.com,,,", "“custom:badge”: Fill in this field."),
        ("mary,mary@example.com,,B-17,high", "“custom:level”: Write a whole number."),
    ],
)
def test_row_is_held_against_the_schema(row: str, words: str) -> None:
    found = problems(f"{HEADER}\n{row}")
    assert (words in found[2]) if words else not found


def test_chosen_medium_needs_its_address() -> None:
    text = f"{HEADER}\n{GOOD}"
    assert problems(text, medium="EMAIL") == {}
    assert "“phone_number”: The invitation is sent there" in problems(text, medium="SMS")[2]


def test_medium_of_a_row_goes_before_the_chosen_one() -> None:
    assert problems(f"{HEADER},medium\n{GOOD},EMAIL", medium="SMS") == {}


def test_column_that_every_account_needs_is_missed_once() -> None:
    with pytest.raises(Unreadable) as caught:
        check_table("username,email\nmary,mary@example.com", pool=pool(), medium="")
    assert (caught.value.code, "custom:badge" in caught.value.words) == ("no_column", True)


def test_pool_without_usernames_does_not_send_that_column() -> None:
    by_mail = pool(username_attributes=("email",))
    sheet = check_table("cognito:username,email,badge\nmary,mary@example.com,B-17", pool=by_mail, medium="")
    assert (sheet.unknown, sheet.rows[0].problems) == (("cognito:username",), ())


def test_alias_is_nobody_elses() -> None:
    text = f"{HEADER}\n{GOOD}\njohn,MARY@example.com,,B-18,"
    assert "“email” is the same as in row 2." in problems(text, pool(aliases=("email",)))[3]
    assert problems(text) == {}


def test_without_the_pools_settings_the_usual_columns_are_read() -> None:
    sheet = check_table("username,email,badge\nmary,mary@example.com,B-17", pool=None, medium="")
    assert (sheet.rows[0].problems, sheet.unknown) == ((), ("badge",))


def test_more_rows_than_the_setting_are_refused(portal: Portal, settings: Settings) -> None:
    settings.ONBOARDING_MAX_ROWS = 2
    with pytest.raises(Unreadable) as caught:
        drafted(table(names(3)))
    assert caught.value.code == "too_many"
    assert OnboardingItem.objects.count() == 0


def test_draft_says_what_is_good_and_sends_nothing(portal: Portal) -> None:
    people = names(2)
    job = drafted(table(people, "broken,no-address,X"))
    assert states(job) == {"waiting": 2, "bad": 1}
    assert accounts(portal.api, people) == []
    assert rows(job, "ops.onboarding_checked") == [("single", "recorded", "staff:1")]
    assert (job.title, job.columns) == (TITLE, ["username", "email", "name"])


def test_account_that_is_there_already_is_told_before_anything_is_sent(portal: Portal) -> None:
    people = names(2)
    started(table(people[:1]))
    work()
    job = drafted(table(people), existing=existing)
    assert [item(job, number).problem for number in (2, 3)] == ["known", ""]


def test_long_list_is_not_looked_up(portal: Portal) -> None:
    people = names(MOST_LOOKED_UP + 1)
    started(table(people[:1]))
    work()
    assert existing(people) == set()
    assert existing(people[:-1]) == {people[0]}
