"""Remembered devices: seen and forgotten."""

from typing import Any

import pytest

from cognito_portal.account.turns import HIGHEST, LOWEST, new_turn
from cognito_portal.signin import devices
from cognito_portal.signin.models import RememberedDevice
from tests.signin.browsing import Tab
from tests.signin.stub import StubCognito, StubUser, Ways
from tests.stub.model import Device

PAGE, FORGET = "/account/devices/", "/account/devices/forget/"
KEY = "eu-west-1_11111111-2222-3333-4444-555555555555"


@pytest.fixture
def owner(stub: StubCognito, tab: Tab, settings: Any) -> StubUser:
    """Somebody with one device, remembered by Cognito and by the portal, signed in elsewhere."""
    stub.reset(Ways(devices=True))
    user = stub.confirm()
    tab.start(user.username, user.password)
    user.devices[KEY] = Device(KEY, "group", verifier=7, name="My browser", is_remembered=True)
    remembered = devices.Device(
        pool_id=settings.COGNITO_USER_POOL_ID,
        sub=user.sub,
        names=(user.username,),
        device_key=KEY,
        group_key="group",
        password="p",
    )
    devices.remember(remembered, devices.new_token())
    return user


def forget(tab: Tab) -> None:
    tab.post(FORGET, {"turn": str(new_turn()), "device_key": KEY})


def test_devices_are_listed(owner: StubUser, tab: Tab) -> None:
    tab.get(PAGE)
    assert "My browser" in tab.text
    assert f'value="{KEY}"' in tab.text


def test_device_is_forgotten_at_cognito_and_here(owner: StubUser, tab: Tab) -> None:
    forget(tab)
    assert "The device is forgotten" in tab.text
    assert KEY not in owner.devices
    assert RememberedDevice.objects.count() == 0


def test_device_that_cognito_has_forgotten_is_forgotten_here(owner: StubUser, tab: Tab) -> None:
    del owner.devices[KEY]
    forget(tab)
    assert "The device is forgotten" in tab.text
    assert RememberedDevice.objects.count() == 0


def test_device_stays_remembered_where_cognito_does_not_answer(
    stub: StubCognito, owner: StubUser, tab: Tab
) -> None:
    stub.refuse_next("ForgetDevice", "InternalErrorException", status=500)
    forget(tab)
    assert (tab.status, RememberedDevice.objects.count()) == (503, 1)


@pytest.mark.parametrize("key", ["", "k" * 56])
def test_what_is_no_device_key_is_not_sent(stub: StubCognito, owner: StubUser, tab: Tab, key: str) -> None:
    tab.post(FORGET, {"turn": str(new_turn()), "device_key": key})
    assert (tab.status, stub.count("ForgetDevice")) == (400, 0)


def test_every_turn_fits_its_column_and_meets_no_turn_of_the_walk() -> None:
    assert all(LOWEST <= new_turn() <= HIGHEST for _ in range(100))
    assert LOWEST > 100
    assert HIGHEST < 2**31
