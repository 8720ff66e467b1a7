"""A device that staff have Cognito forget is remembered by the portal no more either."""

from typing import Any

import pytest

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable, error_for
from cognito_portal.signin import devices
from tests.conftest import Portal
from tests.ops.test_acts import account, send
from tests.ops.test_choices import with_device
from tests.ops.test_desk import desk
from tests.signin.browsing import Tab

__all__ = ["desk"]


def remembered(portal: Portal, username: str, *keys: str) -> None:
    """Browsers that the portal remembers for an account, by the keys of their devices."""
    pool_id, sub = portal.cognito.user_pool_id, account(portal.api, username)["sub"]
    for key in keys:
        device = devices.Device(
            pool_id=pool_id, sub=sub, names=(username,), device_key=key, group_key="group", password="p"
        )
        devices.remember(device, devices.new_token())


def keys_kept(portal: Portal, username: str, *keys: str) -> list[str]:
    """Which of these the portal still holds for an account; asking drops them."""
    pool_id, sub = portal.cognito.user_pool_id, account(portal.api, username)["sub"]
    return [key for key in keys if devices.forget(pool_id=pool_id, sub=sub, device_key=key)]


def test_browser_whose_device_staff_forget_is_remembered_here_no_more(portal: Portal, desk: Tab) -> None:
    username, key = with_device(portal.api)
    other = portal.api.confirm()
    remembered(portal, username, key, "another")
    remembered(portal, other, key)
    send(desk, portal.api, username, "forget_device", device=key)
    assert keys_kept(portal, username, key, "another") == ["another"]
    assert keys_kept(portal, other, key) == [key]


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [
        (
            error_for(
                "AccessDeniedException", "", status=400, operation="AdminForgetDevice", request_id=None
            ),
            True,
        ),
        # It may be forgotten: the second step is then asked for once more, which harms nobody.
        (CognitoUnavailable("unknown", operation="AdminForgetDevice"), False),
    ],
    ids=["refused", "unknown"],
)
def test_browser_stays_remembered_where_cognito_certainly_keeps_its_device(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch, error: CognitoError, is_kept: bool
) -> None:
    def fails(**_: str) -> Any:
        raise error

    username, key = with_device(portal.api)
    remembered(portal, username, key)
    monkeypatch.setattr(clients.cognito(), "admin_forget_device", fails)
    send(desk, portal.api, username, "forget_device", device=key)
    assert desk.status == 502
    assert keys_kept(portal, username, key) == ([key] if is_kept else [])
