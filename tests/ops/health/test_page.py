"""The pool's health: each kind of trouble, brought about on the embedded Cognito, and what is told of it."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import NoCredentials, error_for
from cognito_portal.ops.index import passes
from cognito_portal.ops.models import PoolIndexEntry, PoolIndexState
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, Caller, make_client, make_pool
from tests.ops.test_desk import desk, staff
from tests.signin.browsing import Tab

__all__ = ["desk", "make_client", "make_pool"]


def index() -> None:
    """Have the index as the pool is now."""
    PoolIndexState.objects.update(whole_at=timezone.now() - timedelta(days=1))
    passes.work()


@pytest.fixture
def pool(portal: Portal, settings: Settings, make_pool: Callable[..., Caller]) -> Caller:
    """A pool of its own for the portal, so that whoever is in it is known."""
    api = make_pool(
        Schema=[
            {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
            {"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True},
        ]
    )
    settings.COGNITO_USER_POOL_ID, settings.COGNITO_CLIENT_ID = api.pool_id, api.client_id
    settings.POOL_INDEX_CALLS_PER_SECOND = 10_000
    clients.forget()
    return api


def told(desk: Tab) -> dict[str, str]:
    """The number beside each kind of trouble on the page."""
    desk.get("/ops/health/")
    assert desk.status == 200
    found = re.findall(r'<h3 id="(\w+)">.*?</svg>.*?<span class="badge warn">(.*?)</span>', raw(desk), re.S)
    return dict(found)


def raw(tab: Tab) -> str:
    return tab.page.content.decode() if tab.page else ""


def listed(desk: Tab, trouble: str) -> list[str]:
    desk.get(f"/ops/accounts/?trouble={trouble}")
    assert desk.status == 200
    return [html.unescape(name) for name in re.findall(r'<a class="person"[^>]*>(.*?)</a>', raw(desk))]


def expired(api: Caller) -> str:
    username = api.invite()
    index()
    PoolIndexEntry.objects.filter(username=username).update(modified_at=timezone.now() - timedelta(days=8))
    return username


def without_contact(api: Caller) -> str:
    username = api.confirm()
    api.signed(
        "AdminUpdateUserAttributes", Username=username, UserAttributes=[pair("email_verified", "false")]
    )
    return username


def changed_email(api: Caller) -> str:
    username = api.confirm(phone_number="+15550100", phone_number_verified="true")
    changed = [pair("email", f"new-{username}@example.com")]
    token = api.sign_in(username, GOOD_PASSWORD).tokens["AccessToken"]
    assert api.call("UpdateUserAttributes", AccessToken=token, UserAttributes=changed).refusal is None
    return username


def pair(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def incomplete(api: Caller) -> str:
    return api.invite()


def twin(api: Caller) -> str:
    first = api.confirm()
    api.signed("AdminCreateUser", Username=first.upper(), MessageAction="SUPPRESS")
    return first


@pytest.mark.parametrize(
    ("brought_about", "trouble"),
    [
        (expired, "expired"),
        (without_contact, "unreachable"),
        (changed_email, "unverified_email"),
        (incomplete, "incomplete"),
        (twin, "twin"),
    ],
)
def test_kind_of_trouble_is_counted_and_lists_exactly_its_accounts(
    pool: Caller, desk: Tab, brought_about: Callable[[Caller], str], trouble: str
) -> None:
    pool.confirm()
    username = brought_about(pool)
    if brought_about is not expired:
        index()
    names = {username, username.upper()} if trouble == "twin" else {username}
    assert told(desk)[trouble] == str(len(names))
    assert set(listed(desk, trouble)) == names
    assert "kind of trouble" in desk.text or "kinds of trouble" in desk.text


def test_pool_without_trouble_says_so(pool: Caller, desk: Tab) -> None:
    pool.confirm(name="Cora Confirmed")
    index()
    assert told(desk) == {}
    assert "No account of the list will fail" in desk.text


def test_trouble_that_was_mended_is_gone(pool: Caller, desk: Tab) -> None:
    username = without_contact(pool)
    index()
    assert "unreachable" in told(desk)
    pool.signed(
        "AdminUpdateUserAttributes", Username=username, UserAttributes=[pair("email_verified", "true")]
    )
    index()
    assert "unreachable" not in told(desk)


def test_twin_that_is_deleted_leaves_no_twin(pool: Caller, desk: Tab) -> None:
    username = twin(pool)
    index()
    pool.signed("AdminDeleteUser", Username=username.upper())
    index()
    assert listed(desk, "twin") == []


def test_whoever_is_disabled_is_out_anyway(pool: Caller, desk: Tab) -> None:
    pool.signed("AdminDisableUser", Username=without_contact(pool))
    index()
    assert listed(desk, "unreachable") == []


def test_auditor_reads_it_and_is_offered_no_mend(pool: Caller) -> None:
    without_contact(pool)
    index()
    auditor = staff("auditors")
    assert "unreachable" in told(auditor)
    assert "List them and mend them" not in auditor.text


def test_settings_that_hurt_are_told_with_their_lines(
    portal: Portal, settings: Settings, make_client: Callable[..., Caller], desk: Tab
) -> None:
    client = make_client(AuthSessionValidity=3, PreventUserExistenceErrors="LEGACY", GenerateSecret=True)
    settings.COGNITO_CLIENT_ID = client.client_id
    clients.forget()
    desk.get("/ops/health/")
    for code in ("short_session", "user_existence_errors", "client_secret_missing", "case_sensitive"):
        assert f'id="{code}"' in raw(desk)
    assert "update-user-pool-client" in desk.text


def test_right_that_is_missing_is_named_with_what_cannot_be_told(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.forget()

    def refuse(**more: Any) -> Any:
        raise error_for(
            "AccessDeniedException", "", status=400, operation="DescribeUserPool", request_id=None
        )

    monkeypatch.setattr(clients.cognito(), "describe_user_pool", refuse)
    desk.get("/ops/health/")
    assert "<code>cognito-idp:DescribeUserPool</code>" in raw(desk)
    assert "7 days are assumed" in desk.text


def test_index_without_its_right_says_so(portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**more: Any) -> Any:
        raise NoCredentials(operation="ListUsers")

    monkeypatch.setattr(clients.cognito(), "list_users", refuse)
    passes.work()
    desk.get("/ops/health/")
    assert "no AWS credentials" in desk.text
    assert "before the list of accounts has been whole" in desk.text
