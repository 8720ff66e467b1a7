"""Where accounts are brought into a state: the portal on the embedded Cognito, and what can be turned there."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.demo.state import Handler
from cognito_portal.demo.wire import Body, CognitoError
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, Caller
from tests.signin.browsing import Tab, new_client

WRONG_PASSWORD = "Wrong-pass-1"
DAY_S = 86_400


@dataclass(frozen=True)
class World:
    """`make_client` and `make_pool` make more of the demo's; what is changed here ends with the test."""

    portal: Portal
    settings: Settings
    monkeypatch: pytest.MonkeyPatch
    make_client: Callable[..., Caller]
    make_pool: Callable[..., Caller]

    @property
    def api(self) -> Caller:
        return self.portal.api

    def use_client(self, client_id: str, secret: str = "") -> None:
        """Have the portal sign people in through this app client."""
        self.settings.COGNITO_CLIENT_ID = client_id
        self.settings.COGNITO_CLIENT_SECRET = secret
        clients.forget()

    def use_pool(self, **settings: object) -> Caller:
        """Have the portal work for a new pool with these settings of CreateUserPool."""
        pool = self.make_pool(**settings)
        self.settings.COGNITO_USER_POOL_ID = pool.pool_id
        region = self.portal.cognito.region
        self.settings.COGNITO_ISSUER = f"https://cognito-idp.{region}.amazonaws.com/{pool.pool_id}"
        self.use_client(pool.client_id)
        return pool

    def refuse(self, operation: str, code: str, status: int = 400) -> None:
        """Have the embedded Cognito answer an operation with an error that nothing in it brings about."""

        def refuse(body: Body) -> Body:
            raise CognitoError(code, "", status=status)

        self._handle(operation, refuse)

    def answer(self, operation: str, answer: Body) -> None:
        """Have the embedded Cognito answer an operation as nothing in it does."""
        self._handle(operation, lambda body: answer)

    def _handle(self, operation: str, handler: Handler) -> None:
        self.monkeypatch.setitem(self.portal.cognito._front._handlers, operation, handler)

    def signs_in(
        self, username: str, password: str = GOOD_PASSWORD, times: int = 1, address: str = "192.0.2.1"
    ) -> Tab:
        """One browser tries so often; the tab shows what came of the last try."""
        tab = Tab(new_client(address))
        for _ in range(times):
            tab.start(username, password)
        return tab


def signs_up(api: Caller) -> str:
    """The username of somebody who signed up and has not been confirmed."""
    username = f"uli-{secrets.token_hex(4)}"
    named = {"email": f"{username}@example.com", "name": "Uli"}
    pairs = [{"Name": name, "Value": value} for name, value in named.items()]
    api.call(
        "SignUp", ClientId=api.client_id, Username=username, Password=GOOD_PASSWORD, UserAttributes=pairs
    )
    return username


def set_attributes(api: Caller, username: str, **attributes: str) -> None:
    pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
    answer = api.signed("AdminUpdateUserAttributes", Username=username, UserAttributes=pairs)
    assert answer.refusal is None, answer.refusal


def set_factor(api: Caller, username: str, setting: str) -> None:
    """Have codes asked for: EmailMfaSettings or SMSMfaSettings."""
    wanted = {"Enabled": True, "PreferredMfa": True}
    answer = api.signed("AdminSetUserMFAPreference", Username=username, **{setting: wanted})
    assert answer.refusal is None, answer.refusal
