"""How long staff stay signed in: 15 minutes of leave, 8 hours in all, kept by the server (ASVS 7.3)."""

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import Group, User

from tests.audit.rows import stored
from tests.ops.staff.conftest import Clock, code_of, member, sign_in, with_app
from tests.signin.browsing import Tab, session_of

pytestmark = pytest.mark.usefixtures("sqlite")
IDLE, ABSOLUTE = site_settings.STAFF_IDLE_SECONDS, site_settings.STAFF_ABSOLUTE_SECONDS


@pytest.fixture
def olga(tab: Tab) -> User:
    user, app = with_app("olga", "ops")
    sign_in(tab, "olga")
    tab.post("/staff/second-step/", {"code": code_of(app)})
    return user


def reaches_the_desk(tab: Tab) -> bool:
    tab.get("/ops/")
    return tab.path == "/ops/"


def test_limits_are_those_of_the_security_rules() -> None:
    assert (IDLE, ABSOLUTE) == (15 * 60, 8 * 3600)


def test_session_that_was_left_alone_ends_with_a_row(tab: Tab, olga: User, later: Clock) -> None:
    was = tab.cookie
    later.offset_s = IDLE - 30
    assert reaches_the_desk(tab)
    later.offset_s += IDLE + 1
    assert not reaches_the_desk(tab)
    assert session_of(was) == {}
    row = next(row for row in stored() if row["event"] == "staff.session_ended")
    assert (row["outcome"], row["actor"]) == ("expired", f"staff:{olga.pk}")


def test_session_in_use_ends_after_eight_hours(tab: Tab, olga: User, later: Clock) -> None:
    while later.offset_s < ABSOLUTE - IDLE:
        later.offset_s += IDLE - 60
        assert reaches_the_desk(tab)
    later.offset_s = ABSOLUTE + 1
    assert not reaches_the_desk(tab)


def test_looking_at_public_pages_keeps_no_session_beyond_eight_hours(
    tab: Tab, olga: User, later: Clock
) -> None:
    while later.offset_s < ABSOLUTE:
        later.offset_s += IDLE - 60
        tab.get("/sign-in/")
    assert not reaches_the_desk(tab)


def test_signing_in_by_the_second_step_begins_the_hours_anew(tab: Tab, later: Clock) -> None:
    _, app = with_app("olga", "ops")
    for hours in (0, 7):
        later.offset_s = hours * 3600
        sign_in(tab, "olga")
        tab.post("/staff/second-step/", {"code": code_of(app)})
    while later.offset_s < 14 * 3600:
        later.offset_s += IDLE - 60
        assert reaches_the_desk(tab)


def test_role_taken_away_and_person_retired_are_out_at_the_next_request(tab: Tab, olga: User) -> None:
    olga.groups.clear()
    tab.get("/ops/")
    assert tab.status == 403
    olga.groups.add(Group.objects.get(name="ops"))
    assert reaches_the_desk(tab)
    User.objects.update(is_active=False)
    assert not reaches_the_desk(tab)


def test_half_a_sign_in_is_no_session_of_its_person(tab: Tab) -> None:
    with_app("olga", "ops")
    member("audrey", "auditors")
    sign_in(tab, "audrey")
    was = tab.cookie
    sign_in(tab, "olga")
    assert session_of(was) == {}
    tab.get("/audit/")
    assert tab.path == "/staff/sign-in/"
