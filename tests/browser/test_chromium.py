"""The browser itself."""

import pytest

from tests.browser.chromium import MISSING, find_chromium


def test_a_chromium_is_installed() -> None:
    if find_chromium() is None:
        pytest.fail(MISSING, pytrace=False)
