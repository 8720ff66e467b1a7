"""A server that loads the application with settings that are wrong does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOAD = "import cognito_portal.wsgi"
GOOD = {
    "SECRET_KEY": "a-key-of-this-test-alone-with-fifty-characters-or-more",
    "AUDIT_KEYS": "tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw",
    "ALLOWED_HOSTS": "portal.example.com",
    "AWS_REGION": "eu-west-1",
    "COGNITO_USER_POOL_ID": "eu-west-1_AbCdEf123",
    "COGNITO_CLIENT_ID": "1example23456789",
    "HELP_CONTACT": "help@example.com",
}


def loaded(environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What became of loading the application with just this environment."""
    database = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | database | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_good_configuration_loads(tmp_path: Path) -> None:
    assert loaded(GOOD, tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"SECRET_KEY": ""}, "portal.E007"),
        ({"COGNITO_USER_POOL_ID": "nonsense"}, "portal.E002"),
        ({"AWS_REGION": "us-east-1"}, "portal.E006"),
        ({"ALLOWED_HOSTS": ""}, "portal.E008"),
    ],
)
def test_bad_configuration_does_not_load_and_says_why(
    wrong: dict[str, str], code: str, tmp_path: Path
) -> None:
    done = loaded(GOOD | wrong, tmp_path)
    assert done.returncode != 0
    assert code in done.stderr


def test_the_example_as_it_stands_gives_messages_and_no_traceback(tmp_path: Path) -> None:
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"]
    example = dict(line.split("=", 1) for line in lines)
    example["DATABASE_URL"] = ""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | example,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "portal.E001" in done.stderr
    assert "portal.E007" in done.stderr
    assert "Traceback" not in done.stderr
