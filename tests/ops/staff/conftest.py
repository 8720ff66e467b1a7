"""Members of staff as an installation has them: who has the role of ops or admin proves a second step."""

import time
from collections.abc import Iterator

import pyotp
import pytest
from django.contrib.auth.models import Group, User
from pytest_django import Settings

from cognito_portal.ops.staff import factors
from tests.signin.browsing import Tab

PASSWORD = "A-long-staff-password"
REQUIRED = ["ops", "admins"]


class Clock:
    """Time as the portal in this process sees it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset_s, real = 0.0, time.time
        monkeypatch.setattr(time, "time", lambda: real() + self.offset_s)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(autouse=True)
def second_step_is_asked_for(settings: Settings) -> Iterator[None]:
    settings.STAFF_MFA_REQUIRED = REQUIRED
    yield


@pytest.fixture
def tab() -> Tab:
    return Tab()


def member(name: str, *groups: str, email: str = "") -> User:
    """Somebody of the staff with a password and no second step."""
    user = User.objects.create_user(name, email, PASSWORD)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def with_app(name: str, *groups: str, email: str = "") -> tuple[User, pyotp.TOTP]:
    """Somebody who has an authenticator app."""
    user, secret = member(name, *groups, email=email), factors.new_secret()
    factors.add_app(user, secret)
    return user, pyotp.TOTP(secret)


def sign_in(tab: Tab, name: str, password: str = PASSWORD, **more: str) -> None:
    tab.post("/staff/sign-in/", {"username": name, "password": password, **more})


def code_of(app: pyotp.TOTP) -> str:
    """What the app shows by the portal's clock."""
    return app.at(int(time.time()))
