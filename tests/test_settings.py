"""The settings: the names they read, the file that explains them, secrets out of files, cookies by mode."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {
    "SECRET_KEY": ("a-secret-key-out-of-a-file", "SECRET_KEY"),
    "SECRET_KEY_FALLBACKS": ("an-earlier-key-out-of-a-file", "SECRET_KEY_FALLBACKS"),
    "COGNITO_CLIENT_SECRET": ("client-secret-out-of-a-file", "COGNITO_CLIENT_SECRET"),
    "DATABASE_URL": ("postgres://portal:password-out-of-a-file@db.example/portal", "DATABASES"),
    "EMAIL_URL": ("smtp+tls://portal:password-out-of-a-file@mail.example:587", "EMAIL_HOST_PASSWORD"),
    "HTTPS_PROXY": ("http://portal:password-out-of-a-file@proxy.example:3128", "HTTPS_PROXY"),
}


# Read by gunicorn.conf.py alone, beside HOST and PORT, which both read.
OF_THE_SERVER = {"WEB_CONCURRENCY"}


def read_by_settings() -> set[str]:
    """The first argument of every `env.something(...)` in settings.py."""
    tree = ast.parse((ROOT / "cognito_portal" / "settings.py").read_text())
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def read_by_the_server() -> set[str]:
    """The names that gunicorn.conf.py takes out of the environment."""
    return set(re.findall(r"""environ(?:\.get\(|\[)['"](\w+)""", (ROOT / "gunicorn.conf.py").read_text()))


def explained() -> dict[str, str]:
    """The names in .env.example with the values that stand there."""
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text, flags=re.MULTILINE))


def settings_with(*names: str, **environment: str) -> dict[str, Any]:
    """What these settings are in a process of its own with this environment and no other."""
    script = (
        "import json, sys, cognito_portal.settings as s;"
        "print(json.dumps({name: getattr(s, name) for name in sys.argv[1:]}, default=str))"
    )
    given = {"PATH": os.environ["PATH"]} | environment
    done = subprocess.run(
        [sys.executable, "-c", script, *names],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        check=True,
    )
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_example_holds_exactly_the_names_that_are_read() -> None:
    assert set(explained()) == read_by_settings() | OF_THE_SERVER


def test_server_reads_only_names_that_are_explained() -> None:
    assert read_by_the_server() == OF_THE_SERVER | {"HOST", "PORT"}


def test_example_changes_nothing_when_copied() -> None:
    named = {name for name in read_by_settings() if name not in ("EMAIL_URL", "DATABASE_URL")}
    names = sorted(named - {"AWS_DEFAULT_REGION"})
    copied = {name: text for name, text in explained().items() if text}
    assert settings_with(*names, **copied) == settings_with(*names)


@pytest.mark.parametrize("name", SECRETS)
def test_secret_may_come_out_of_a_file(tmp_path: Path, name: str) -> None:
    value, setting = SECRETS[name]
    (tmp_path / "secret").write_text(value)
    read = settings_with(setting, **{f"{name}_FILE": str(tmp_path / "secret")})
    assert "out-of-a-file" in json.dumps(read)


def test_site_listens_where_it_is_told() -> None:
    assert settings_with("HOST", "PORT") == {"HOST": "localhost", "PORT": 8000}
    assert settings_with("HOST", "PORT", HOST="0.0.0.0", PORT="9") == {"HOST": "0.0.0.0", "PORT": 9}


COOKIES = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]


@pytest.mark.parametrize(
    ("debug", "names", "secure"),
    [("1", ["sessionid", "csrftoken"], True), ("0", ["__Host-sessionid", "__Host-csrftoken"], False)],
)
def test_cookies_have_host_names_and_are_secure_but_in_debug_mode(
    debug: str, names: list[str], secure: bool
) -> None:
    read = list(settings_with(*COOKIES, DEBUG=debug).values())
    assert read == [*names, not secure, not secure]


def test_debug_mode_is_off_unless_asked_for() -> None:
    assert settings_with("DEBUG", "ALLOWED_HOSTS") == {"DEBUG": False, "ALLOWED_HOSTS": []}


def test_demo_is_an_app_in_debug_mode_only() -> None:
    apps = {debug: settings_with("INSTALLED_APPS", DEBUG=debug)["INSTALLED_APPS"] for debug in ("0", "1")}
    assert {debug: "cognito_portal.demo" in names for debug, names in apps.items()} == {"0": False, "1": True}


def test_region_falls_back_to_awss_other_name() -> None:
    assert settings_with("AWS_REGION", AWS_DEFAULT_REGION="eu-west-1") == {"AWS_REGION": "eu-west-1"}
