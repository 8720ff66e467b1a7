"""Finding one account: straight to it where the name is exact, and else whoever has it in theirs."""

import secrets

import pytest

from cognito_portal import clients
from cognito_portal.ops.models import PoolIndexEntry
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.ops.index.accounts import user
from tests.ops.test_accounts import indexed, shown
from tests.ops.test_desk import desk, opened
from tests.signin.browsing import Tab

__all__ = ["desk"]


def looks() -> list[str]:
    return [row["outcome"] for row in stored() if row["event"] == "ops.account_viewed"]


def test_exact_name_opens_the_account_and_is_looked_at_once(portal: Portal, desk: Tab) -> None:
    opened(desk, portal.api.confirm())
    assert desk.path.startswith("/ops/accounts/")
    assert looks() == ["success"]


@pytest.mark.parametrize("part", ["email", "sub", "phone_number"])
def test_address_number_and_sub_open_the_account_too(portal: Portal, desk: Tab, part: str) -> None:
    username = portal.api.confirm(phone_number=f"+1202{secrets.randbelow(10**7):07d}")
    pairs = portal.api.signed("AdminGetUser", Username=username).body["UserAttributes"]
    opened(desk, {pair["Name"]: pair["Value"] for pair in pairs}[part])
    assert f"<h1>{username}</h1>" in desk.text


def test_exact_name_takes_one_call_before_the_accounts_own_page(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = portal.api.confirm()
    clients.pool_settings(), clients.client_settings(), clients.mfa_config()
    calls: list[str] = []
    send = clients.transport().call
    monkeypatch.setattr(
        clients.transport(),
        "call",
        lambda name, *given, **more: (calls.append(name), send(name, *given, **more))[1],
    )
    desk.client.post("/ops/", {"name": username})
    assert calls == ["AdminGetUser"]


def test_account_that_was_looked_at_is_in_the_index_at_once(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    opened(desk, username)
    entry = PoolIndexEntry.objects.get(username=username)
    assert (entry.status, entry.email, entry.mfa) == ("CONFIRMED", f"{username}@example.com", "none")


def test_account_that_was_acted_on_is_brought_up_to_date_at_once(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    opened(desk, username)
    act = f"{desk.path}acts/disable/"
    desk.get(act)
    form_id = desk.text.partition('name="form_id" value="')[2].partition('"')[0]
    desk.post(act, {"form_id": form_id, "reason": "INC-4711"})
    assert PoolIndexEntry.objects.get(username=username).enabled is False


def test_part_of_a_name_shows_who_has_it_and_leads_to_the_list(portal: Portal, desk: Tab) -> None:
    indexed(*(user(f"someone{number:02d}") for number in range(12)))
    opened(desk, "omeone")
    assert shown(desk) == [f"someone{number:02d}" for number in range(10)]
    assert "Show all 12 in the list of accounts" in desk.text
    assert looks() == ["unknown_user"]
    assert [row["count"] for row in stored() if row["event"] == "ops.accounts_listed"] == [10]


def test_list_behind_a_part_of_a_name_has_the_text_and_not_in_its_address(portal: Portal, desk: Tab) -> None:
    indexed(user("someone"), user("nobody"))
    opened(desk, "omeo")
    link = desk.text.partition('<p class="list-acts"><a href="')[2].partition('"')[0]
    assert "omeo" not in link
    desk.get(link)
    assert shown(desk) == ["someone"]
    assert 'value="omeo"' in desk.text


def test_index_answers_where_cognito_may_not_be_asked(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(user("someone"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.forget()
    opened(desk, "someone")
    assert shown(desk) == ["someone"]
    assert looks() == ["no_credentials"]
