"""Settings that keep people out: what is told of them, and the line that mends each without losing another."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import error_for
from cognito_portal.ops.diagnosis.mending import Mend, settings_mends
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import Caller, make_client
from tests.ops.test_desk import desk, staff
from tests.signin.browsing import Tab

__all__ = ["desk", "make_client"]

BAD: dict[str, Any] = {
    "AuthSessionValidity": 3,
    "PreventUserExistenceErrors": "LEGACY",
    "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "CallbackURLs": ["https://app.example/it's-here?a=1&b=$HOME"],
    "GenerateSecret": True,
}


@pytest.fixture
def bad_client(portal: Portal, settings: Settings, make_client: Callable[..., Caller]) -> Caller:
    """The portal on an app client with a secret of which every setting that can hurt does."""
    client = make_client(**BAD)
    settings.COGNITO_CLIENT_ID = client.client_id
    clients.forget()
    return client


def mends() -> dict[str, Mend]:
    return {each.code: each for each in settings_mends(clients.client_settings())}


def sent_by(command: str) -> dict[str, Any]:
    words = shlex.split(command)
    assert words[:3] == ["aws", "cognito-idp", "update-user-pool-client"]
    sent: dict[str, Any] = json.loads(words[words.index("--cli-input-json") + 1])
    return sent


def described(client: Caller) -> dict[str, Any]:
    answer = client.signed("DescribeUserPoolClient", ClientId=client.client_id)
    found: dict[str, Any] = answer.body["UserPoolClient"]
    return found


def test_every_setting_that_hurts_is_told(bad_client: Caller) -> None:
    assert set(mends()) == {
        *("client_secret_missing", "flow_not_enabled", "short_session", "user_existence_errors")
    }


def test_good_settings_have_nothing_to_mend(portal: Portal) -> None:
    assert mends() == {}


def test_nothing_is_told_where_nothing_is_known() -> None:
    assert settings_mends(None) == ()


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("short_session", {"AuthSessionValidity": 15}),
        ("user_existence_errors", {"PreventUserExistenceErrors": "ENABLED"}),
        ("flow_not_enabled", {"ExplicitAuthFlows": [*BAD["ExplicitAuthFlows"], "ALLOW_USER_PASSWORD_AUTH"]}),
    ],
)
def test_line_changes_one_setting_and_repeats_all_others(
    bad_client: Caller, code: str, changed: dict[str, Any]
) -> None:
    before, sent = described(bad_client), sent_by(mends()[code].command)
    told_only = {"ClientSecret", "CreationDate", "LastModifiedDate"}
    kept = {name: value for name, value in before.items() if name not in told_only and value not in ("", {})}
    assert sent == kept | changed
    assert sent["CallbackURLs"] == BAD["CallbackURLs"]


def test_what_the_line_sends_is_taken_and_mends(bad_client: Caller) -> None:
    before = described(bad_client)
    sent = sent_by(mends()["short_session"].command)
    assert bad_client.signed("UpdateUserPoolClient", **sent).refusal is None
    clients.forget()
    assert "short_session" not in mends()
    after = described(bad_client)
    assert (after["CallbackURLs"], after["ClientSecret"]) == (before["CallbackURLs"], before["ClientSecret"])


def test_secret_is_in_no_line_and_on_no_page(bad_client: Caller, desk: Tab) -> None:
    secret = described(bad_client)["ClientSecret"]
    desk.get("/ops/settings/")
    assert desk.status == 200
    assert "client_secret_missing" in desk.text
    assert secret not in desk.text
    assert not [each for each in mends().values() if secret in str(each)]
    assert not [row for row in stored() if secret in str(row)]


def test_flow_is_added_in_the_spelling_of_the_others(portal: Portal) -> None:
    known = clients.client_settings()
    assert known is not None
    flows = {name: getattr(known, name) for name in known.__slots__} | {
        "explicit_auth_flows": ("CUSTOM_AUTH_FLOW_ONLY",)
    }
    (mend,) = settings_mends(type(known)(**flows))
    assert sent_by(mend.command)["ExplicitAuthFlows"] == ["CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"]


def test_line_that_cannot_be_built_is_told_and_the_words_stay(
    bad_client: Caller, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*given: Any, **more: Any) -> Any:
        raise error_for(
            "AccessDeniedException", "", status=400, operation="DescribeUserPoolClient", request_id=None
        )

    monkeypatch.setattr(clients.cognito(), "update_client_commands", denied)
    desk.get("/ops/settings/")
    assert "Set AuthSessionValidity to 15." in desk.text
    assert "cognito-idp:DescribeUserPoolClient" in desk.text


def test_secret_that_the_client_does_not_have_is_told(portal: Portal, settings: Settings) -> None:
    settings.COGNITO_CLIENT_SECRET = "needless"
    assert [each.code for each in settings_mends(clients.client_settings())] == ["client_secret_needless"]


def test_verdict_leads_to_the_settings(bad_client: Caller, desk: Tab) -> None:
    desk.post("/ops/", {"name": bad_client.confirm()})
    assert 'class="button" href="/ops/settings/"' in desk.text


def test_auditor_may_read_the_settings(portal: Portal) -> None:
    tab = staff("auditors")
    tab.get("/ops/settings/")
    assert tab.status == 200
    assert "Nothing in the settings keeps people out." in tab.text
