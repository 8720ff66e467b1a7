"""What the find page has below its box: the accounts that this member of staff looked at lately."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from cognito_portal.audit.forgetting import forget
from cognito_portal.ops.index import entries
from cognito_portal.ops.models import PoolIndexEntry, PoolIndexState
from tests.audit.rows import BY, stored
from tests.conftest import Portal
from tests.ops.test_accounts import shown
from tests.ops.test_desk import PASSWORD, SECRET_VALUE, desk, opened, staff
from tests.signin.browsing import Tab

__all__ = ["desk"]

HEADING = "You looked at lately"


def looked_at(tab: Tab, *usernames: str) -> None:
    for username in usernames:
        opened(tab, username)
        assert tab.path.startswith("/ops/accounts/")


def recent(tab: Tab) -> list[str]:
    """The usernames in the list, in their order."""
    tab.get("/ops/")
    found = shown(tab)
    assert (HEADING in tab.text) == bool(found)
    return found


def states(tab: Tab) -> list[str]:
    """What stands in the column of states."""
    cells = re.findall(r'data-label="State"><div>(.*?)</div>', tab.text)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def act(tab: Tab, name: str, **fields: str) -> None:
    """Carry an act out on the account whose page this tab shows."""
    path = f"{tab.path}acts/{name}/"
    tab.get(path)
    form_id = tab.text.partition('name="form_id" value="')[2].partition('"')[0]
    tab.post(path, {"form_id": form_id, "reason": "INC-4711", **fields})


def test_whoever_has_looked_at_nobody_sees_no_list(desk: Tab) -> None:
    assert recent(desk) == []


def test_accounts_stand_once_with_the_newest_look_first_and_five_at_most(portal: Portal, desk: Tab) -> None:
    six = [portal.api.confirm() for _ in range(6)]
    looked_at(desk, *six, six[3])
    assert recent(desk) == [six[3], six[5], six[4], six[2], six[1]]


def test_account_has_its_state_the_time_and_a_link_and_its_name_masked(portal: Portal, desk: Tab) -> None:
    looked_at(desk, portal.api.confirm())
    path = desk.path
    recent(desk)
    assert f'href="{path}"' in desk.text
    assert states(desk) == ["Confirmed CONFIRMED"]
    assert f'<time datetime="{timezone.now():%Y-%m-%dT}' in desk.text
    assert "C•••" in desk.text and SECRET_VALUE not in desk.text


def test_list_is_there_too_after_a_name_that_is_none(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    looked_at(desk, username)
    opened(desk, "")
    assert (desk.status, shown(desk)) == (400, [username])


def test_looking_at_the_list_is_no_look_and_writes_nothing_down(portal: Portal, desk: Tab) -> None:
    looked_at(desk, portal.api.confirm())
    rows = stored()
    recent(desk)
    assert stored() == rows


def test_auditors_have_a_list_of_their_own(portal: Portal) -> None:
    auditor, username = staff("auditors"), portal.api.confirm()
    looked_at(auditor, username)
    assert recent(auditor) == [username]


def test_one_member_of_staff_never_sees_what_another_looked_at(portal: Portal, desk: Tab) -> None:
    other, mine, theirs = staff("admins"), portal.api.confirm(), portal.api.confirm()
    looked_at(desk, mine)
    looked_at(other, theirs)
    assert (recent(desk), recent(other)) == ([mine], [theirs])


def test_whoever_signs_in_next_at_the_same_browser_sees_nothing_and_the_first_one_finds_it_again(
    portal: Portal, desk: Tab
) -> None:
    username = portal.api.confirm()
    looked_at(desk, username)
    staff("admins")
    for name, expected in (("staff-admins", []), ("staff-ops", [username])):
        desk.post("/staff/sign-out/", {})
        desk.post("/staff/sign-in/", {"username": name, "password": PASSWORD})
        assert recent(desk) == expected


def test_whoever_was_forgotten_is_gone_from_it(portal: Portal, desk: Tab) -> None:
    kept, gone = portal.api.confirm(), portal.api.confirm()
    looked_at(desk, kept, gone)
    forget(pool_id=portal.api.pool_id, username=gone, reason="ticket 4711", by=BY)
    assert recent(desk) == [kept]
    assert gone not in desk.text


def test_account_that_staff_deleted_is_gone_from_it_at_once(portal: Portal, desk: Tab) -> None:
    kept, gone = portal.api.confirm(), portal.api.confirm()
    looked_at(desk, kept, gone)
    act(desk, "delete", username=gone)
    assert recent(desk) == [kept]


@pytest.mark.parametrize(("minutes", "is_gone"), [(1, True), (-1, False)])
def test_account_that_a_later_pass_over_the_pool_did_not_find_is_gone(
    portal: Portal, desk: Tab, minutes: int, is_gone: bool
) -> None:
    username = portal.api.confirm()
    looked_at(desk, username)
    entries.remove(list(PoolIndexEntry.objects.values_list("pk", flat=True)))
    whole_at = timezone.now() + timedelta(minutes=minutes)
    PoolIndexState.objects.create(pool_id=portal.api.pool_id, whole_at=whole_at)
    assert recent(desk) == ([] if is_gone else [username])
    assert states(desk) == ([] if is_gone else ["–"])


def test_what_changed_since_the_look_is_not_told(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    looked_at(desk, username)
    changed = {"enabled": False, "modified_at": timezone.now() + timedelta(minutes=1)}
    PoolIndexEntry.objects.filter(username=username).update(**changed)
    assert recent(desk) == [username]
    assert states(desk) == ["–"]
    assert "C•••" not in desk.text


def test_without_an_index_the_names_are_there(portal: Portal, desk: Tab, settings: Settings) -> None:
    settings.POOL_INDEX_MINUTES = 0
    username = portal.api.confirm()
    looked_at(desk, username)
    assert recent(desk) == [username]
    assert states(desk) == ["–"]


def test_names_that_led_to_nobody_are_no_part_of_it(portal: Portal, desk: Tab) -> None:
    opened(desk, "nobody-at-all")
    assert recent(desk) == []
