"""``manage.py demo``: the one JSON line, clean stopping, what may be printed where."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from cognito_portal.demo.portal import environment, fresh_data
from cognito_portal.demo.seed_users import SeededUser
from cognito_portal.demo.server import HOST, EmbeddedCognito
from cognito_portal.demo.staff import Staff, serve
from cognito_portal.demo.table import summary, users_table

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
USERS = [
    SeededUser("newhire", "Secret-1-newhire", "FORCE_CHANGE_PASSWORD", temporary=True),
    SeededUser("mfa", "Secret-1-mfa", "CONFIRMED", temporary=False, totp_secret="TOTPSECRET"),
]


@pytest.fixture(scope="module")
def alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """The embedded Cognito as a process of its own, with no database and no setting."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "COVERAGE_PROCESS_START") if name in os.environ
    }
    env = kept | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    command = [sys.executable, str(MANAGE), "demo", "--only-cognito", "--port", "0"]
    with (
        (tmp_path_factory.mktemp("alone") / "stderr").open("wb") as errors,
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
        process.kill()


def printed(*, show_passwords: bool) -> str:
    return summary(
        url="http://localhost:8000",
        outbox_url="http://127.0.0.1:9000",
        users=USERS,
        staff=[
            Staff("auditor", "auditors", "Secret-1-auditor"),
            Staff("admin", "admins", "Secret-1-admin", "STAFFSECRET"),
        ],
        codes_url="http://127.0.0.1:9001",
        show_passwords=show_passwords,
    )


def test_line_names_everything_another_tool_needs(alone: tuple[Any, dict[str, Any]]) -> None:
    assert set(alone[1]) >= {
        "endpoint", "region", "user_pool_id", "client_id", "secret_client_id", "client_secret", "issuer",
        "jwks", "outbox", "users", "srp_client_id", "rotating_client_id",
    }  # fmt: skip
    assert len(alone[1]["users"]) == 216


def test_line_leads_to_a_cognito_that_answers(alone: tuple[Any, dict[str, Any]]) -> None:
    line = alone[1]
    user = next(each for each in line["users"] if each["username"] == "newhire")
    body = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": line["client_id"],
        "AuthParameters": {"USERNAME": "newhire", "PASSWORD": user["password"]},
    }
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    }
    answer = requests.post(line["endpoint"], data=json.dumps(body), headers=headers, timeout=20)
    assert answer.json()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert requests.get(line["jwks"], timeout=20).json()["keys"]
    assert requests.get(line["outbox"] + "/messages.json", timeout=20).ok


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_it_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, str(MANAGE), "demo", "--only-cognito"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        process.send_signal(number)
        started = time.monotonic()
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, b"", b"")
    assert time.monotonic() - started < 5
    with pytest.raises(requests.ConnectionError):
        requests.get(endpoint, timeout=2)


def test_taken_port_is_refused(embedded: EmbeddedCognito) -> None:
    port = embedded.endpoint.rpartition(":")[2]
    command = [sys.executable, str(MANAGE), "demo", "--only-cognito", "--port", port]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 1
    assert b"cannot be bound" in done.stderr
    assert b"Traceback" not in done.stderr


def test_passwords_are_printed_on_loopback() -> None:
    text = printed(show_passwords=True)
    staff = ("Secret-1-auditor", "Secret-1-admin")
    for secret in ("Secret-1-newhire", "Secret-1-mfa", "TOTPSECRET", *staff):
        assert secret in text


def test_no_secret_is_printed_elsewhere() -> None:
    text = printed(show_passwords=False)
    assert "newhire" in text
    assert "Secret" not in text
    assert "TOTPSECRET" not in text
    assert "STAFFSECRET" not in text


def test_page_of_codes_shows_what_an_app_would_and_for_this_machine_only() -> None:
    secret = pyotp.random_base32()
    with closing(
        serve([Staff("admin", "admins", "p", secret), Staff("auditor", "auditors", "p")], host=HOST)
    ) as codes:
        codes.start()
        before = pyotp.TOTP(secret).now()
        [shown] = requests.get(f"{codes.url}/codes.json", timeout=5).json()
        page = requests.get(codes.url, timeout=5).text
        elsewhere = requests.get(codes.url, headers={"Host": "evil.example"}, timeout=5)
    assert shown["staff"] == "admin"
    assert before in (shown["now"], shown["next"])
    assert shown["next"] in page
    assert (secret in page, elsewhere.status_code) == (False, 403)


def test_columns_are_aligned() -> None:
    lines = printed(show_passwords=True).splitlines()
    rows = [line for line in lines if line.startswith(("user ", "newhire", "mfa"))]
    assert len({line.index(word) for line, word in zip(rows, ("status", "FORCE", "CONF"), strict=True)}) == 1


@pytest.mark.parametrize(
    ("host", "debug"), [("localhost", "1"), ("127.0.0.1", "1"), ("0.0.0.0", "0"), ("portal.lan", "0")]
)
def test_debug_is_on_for_loopback_only(
    embedded: EmbeddedCognito, tmp_path: Path, host: str, debug: str
) -> None:
    env = environment(embedded, data=tmp_path, host=host, port=8000, with_secret=False)
    assert env["DEBUG"] == debug
    assert {host, "*"} & set(env["ALLOWED_HOSTS"].split(","))


def test_portal_is_pointed_at_the_embedded_pool(embedded: EmbeddedCognito, tmp_path: Path) -> None:
    env = environment(embedded, data=tmp_path, host="localhost", port=8000, with_secret=True)
    assert env["COGNITO_CLIENT_ID"] == embedded.secret_client_id
    assert env["COGNITO_CLIENT_SECRET"] == embedded.client_secret
    assert env["COGNITO_ISSUER"] == embedded.issuer


def test_flow_and_remembered_devices_come_from_the_caller(
    embedded: EmbeddedCognito, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def passed() -> tuple[str, str]:
        env = environment(embedded, data=tmp_path, host="localhost", port=8000, with_secret=False)
        return env["COGNITO_AUTH_FLOW"], env["REMEMBER_DEVICES"]

    for name in ("COGNITO_AUTH_FLOW", "REMEMBER_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    assert passed() == ("auto", "1")
    monkeypatch.setenv("COGNITO_AUTH_FLOW", "CUSTOM_AUTH")
    monkeypatch.setenv("REMEMBER_DEVICES", "0")
    assert passed() == ("CUSTOM_AUTH", "0")


def test_table_names_the_flow_that_shows_a_user() -> None:
    user = SeededUser(
        "custom", "Secret-1", "CONFIRMED", temporary=False, note="two questions", flow="CUSTOM_AUTH"
    )
    shown = users_table([user], show_passwords=False)
    assert "two questions (COGNITO_AUTH_FLOW=CUSTOM_AUTH make run)" in shown


def test_foreign_aws_profile_does_not_reach_the_portal(
    embedded: EmbeddedCognito, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", "of-another-pool")
    env = environment(embedded, data=tmp_path, host="localhost", port=8000, with_secret=False)
    assert "AWS_PROFILE" not in env
    assert env["COGNITO_CLIENT_SECRET"] == ""


def test_data_directory_is_fresh_private_and_removed(tmp_path: Path) -> None:
    data = tmp_path / ".demo" / "8000"
    data.mkdir(parents=True)
    (data / "left").touch()
    with fresh_data(data):
        assert list(data.iterdir()) == []
        assert data.stat().st_mode & 0o077 == 0
    assert not data.exists()
