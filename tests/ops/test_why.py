"""What the help desk reads of accounts on the embedded Cognito; tests/ops/test_live_causes.py has every cause."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from cognito_portal import clients
from cognito_portal.ops import accounts
from cognito_portal.ops.diagnosis.verdict import Verdict
from tests.audit.rows import BY, stored
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller
from tests.signin.browsing import Tab, new_client

DAY_S = 86_400
VIEWED = "ops.account_viewed"


def why(typed: str) -> Verdict:
    return accounts.look_up(typed, by=BY).verdict


def signs_in(username: str, password: str = GOOD_PASSWORD, times: int = 1) -> Tab:
    tab = Tab(new_client())
    for _ in range(times):
        tab.start(username, password)
    return tab


def nobody(api: Caller) -> str:
    return "nobody-at-all"


def expired(api: Caller) -> str:
    with api.cognito.clock.moved(-9 * DAY_S):
        return api.invite(name="Noa Late")


def disabled(api: Caller) -> str:
    username = api.confirm()
    api.signed("AdminDisableUser", Username=username)
    return username


def unconfirmed(api: Caller) -> str:
    username = f"uli-{secrets.token_hex(4)}"
    api.call(
        "SignUp",
        ClientId=api.client_id,
        Username=username,
        Password=GOOD_PASSWORD,
        UserAttributes=[
            {"Name": "email", "Value": f"{username}@example.com"},
            {"Name": "name", "Value": "Uli"},
        ],
    )
    return username


def fine(api: Caller) -> str:
    username = api.confirm()
    signs_in(username)
    return username


def test_invitation_that_was_sent_again_is_open_whatever_was_tried_before(portal: Portal) -> None:
    username = expired(portal.api)
    signs_in(username, TEMPORARY_PASSWORD)
    assert why(username).code == "invitation_expired"
    resend = {"MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]}
    portal.api.signed("AdminCreateUser", Username=username, **resend)
    assert why(username).code == "invitation_open"


@pytest.mark.parametrize("spelling", [lambda name: f"{name}@example.com", lambda name: f" {name} "])
def test_address_and_stray_spaces_lead_to_the_account(portal: Portal, spelling: Callable[[str], str]) -> None:
    username = portal.api.confirm()
    seen = accounts.look_up(spelling(username).strip(), by=BY)
    assert seen.account is not None
    assert seen.account.username == username


def test_sub_leads_to_the_account(portal: Portal) -> None:
    username = portal.api.confirm()
    account = accounts.look_up(username, by=BY).account
    assert account is not None
    seen = accounts.look_at(account.sub, by=BY)
    assert seen.account is not None
    assert seen.account.username == username


def test_address_of_two_accounts_leads_to_both(portal: Portal) -> None:
    names = [portal.api.confirm(email="shared@example.com") for _ in range(2)]
    seen = accounts.look_up("shared@example.com", by=BY)
    # Whether an address that several have is a name at all is up to the pool.
    found = [*seen.others, *([seen.account] if seen.account else [])]
    assert sorted(each.username for each in found) == sorted(names)
    assert "namesakes" in [code for code, _ in why(names[0]).also] + [why(names[0]).code]


def test_failure_is_found_under_the_address_that_was_typed(portal: Portal) -> None:
    username = portal.api.confirm()
    signs_in(f"{username}@example.com", "Wrong-pass-1")
    signs_in(username)
    signs_in(username, "Wrong-pass-1")
    verdict = why(username)
    assert verdict.code == "wrong_password"
    assert "1 time since" in verdict.sentence


def test_without_credentials_the_verdict_says_so_and_the_log_still_speaks(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = portal.api.confirm()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.forget()
    assert (why(username).code, why(username).can_sign_in) == ("no_credentials", None)
    signs_in(username, "Wrong-pass-1")
    assert why(username).code == "wrong_password"


def test_every_look_is_a_row_of_the_log(portal: Portal) -> None:
    username = portal.api.confirm()
    why(username)
    why("nobody-at-all")
    rows = [(row["outcome"], row["actor"]) for row in stored() if row["event"] == VIEWED]
    assert rows == [("success", BY.actor), ("unknown_user", BY.actor)]


# --- from the terminal


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        call_command("why", *arguments)
    return int(ended.value.code or 0), capsys.readouterr().out


def test_command_prints_sentence_act_and_evidence(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = run(capsys, disabled(portal.api))
    assert status == 1
    assert text.startswith("The account is disabled.\n-> Enable the account (enable)\n")
    assert "Status" in text
    assert "code: disabled" in text


@pytest.mark.parametrize(("state", "status"), [(fine, 0), (expired, 1), (nobody, 2)])
def test_command_tells_by_its_exit_status(
    portal: Portal, capsys: pytest.CaptureFixture[str], state: Callable[[Caller], str], status: int
) -> None:
    assert run(capsys, state(portal.api))[0] == status


def test_command_prints_json(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = run(capsys, expired(portal.api), "--json")
    told: dict[str, Any] = json.loads(text)
    assert set(told) == {"code", "sentence", "can_sign_in", "act", "evidence", "also"}
    assert (told["code"], told["act"], told["can_sign_in"]) == (
        "invitation_expired",
        "resend_invitation",
        False,
    )
    assert {"label": "Status", "value": "FORCE_CHANGE_PASSWORD"} in told["evidence"]
