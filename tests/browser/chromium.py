"""Which Chromium the browser tests drive."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

# The shell draws pages alone, without a browser's own window around each: a third less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = (
    "The browser tests need a Chromium: install Debian's package `chromium-headless-shell`, run `playwright"
    " install chromium`, or name one in the environment variable CHROMIUM."
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """The path of CHROMIUM, else of an installed one, else of Playwright's own; None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    return installed or _playwrights_own()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None
