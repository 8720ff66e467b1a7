"""Logs of production: one JSON line an event, and never a value that was typed."""

import json
import subprocess
import sys
from typing import Any

import pytest

NASTY = {
    "line feed": "\n",
    "carriage return": "\r",
    "both": "\r\n",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "next line": "\x85",
    "escape": "\x1b[2J",
    "NUL": "\x00",
    "vertical tab": "\x0b",
    "closing": '"}\n{"event": "forged"}',
}
SET_UP = """
import logging, sys
from cognito_portal import logs
logs.configure({"level": "DEBUG", "as_json": sys.argv[1] == "json"})
log = logging.getLogger("portal.test")
text = sys.argv[2].encode().decode("unicode_escape")
"""


def printed(script: str, text: str = "", *, form: str = "json") -> str:
    """What a process that runs this after the set-up writes to its standard error."""
    escaped = text.encode("unicode_escape").decode()
    command = [sys.executable, "-c", SET_UP + script, form, escaped]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def only_line(output: str) -> dict[str, Any]:
    lines = output.removesuffix("\n").split("\n")
    assert len(lines) == 1, output
    line: dict[str, Any] = json.loads(lines[0])
    return line


def test_line_says_when_where_how_bad_and_what() -> None:
    line = only_line(printed('log.warning("portal.tried", extra={"reference": "ab12"})'))
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "portal.tried",
        "level": "warning",
        "logger": "portal.test",
        "reference": "ab12",
    }


def test_whatever_was_sent_stays_in_its_line() -> None:
    text = "before" + "".join(NASTY.values()) + "after"
    output = printed(
        'log.warning("Not Found: %s", text, extra={"user_agent": text, text: "as a name"})', text
    )
    line = only_line(output)
    assert (line["event"], line["user_agent"]) == (f"Not Found: {text}", text)
    assert output.isascii() and "\x1b" not in output and "\x00" not in output


@pytest.mark.parametrize("form", ["json", "console"])
def test_exception_is_its_class_and_place_and_none_of_its_words(form: str) -> None:
    output = printed(
        """
def check(password):
    raise ValueError(f"cannot use {password}")
try:
    check("canary-" + text)
except ValueError:
    log.exception("portal.failed")
""",
        "of-a-password",
        form=form,
    )
    assert "canary" not in output
    assert "ValueError" in output and "check:" in output and "Traceback" not in output


@pytest.mark.parametrize("field", ["request", "params", "sql", "stack_info", "exc_text"])
def test_fields_that_may_hold_what_was_typed_are_dropped(field: str) -> None:
    script = (
        f'log.handle(logging.makeLogRecord({{"name": "django.request", "levelno": 40, "levelname": "ERROR",'
        f' "msg": "failed", "{field}": "canary " + text}}))'
    )
    assert "canary" not in printed(script, "typed")


def test_every_level_from_the_configured_one_up_is_written() -> None:
    output = printed('logging.getLogger().setLevel("INFO"); log.debug("no"); log.info("yes")')
    assert only_line(output)["event"] == "yes"
