"""Name, logo, accent colour and help contact, as pages show them."""

from pathlib import Path

import pytest
from pytest_django import Settings

from cognito_portal import site
from tests.databases import Database
from tests.security.browsing import Browser, Page

CONTACTS = {
    "help@example.com": "mailto:help@example.com",
    "https://help.example.com/": "https://help.example.com/",
    "+44 20 7946-0018": "tel:+442079460018",
    "the desk on floor 2": "",
    "ask help@example.com": "",
    "javascript:alert(1)": "",
    "": "",
}
IMAGES = {"logo.svg": "image/svg+xml", "logo.PNG": "image/png", "logo.webp": "image/webp"}
A_YEAR = "max-age=31536000"


@pytest.fixture
def browser(sqlite: Database) -> Browser:
    return Browser()


@pytest.mark.parametrize("contact", CONTACTS)
def test_help_contact_becomes_a_link_where_it_is_one(contact: str) -> None:
    assert site.help_href(contact) == CONTACTS[contact]


def test_every_page_shows_the_name_and_whom_to_ask(browser: Browser, settings: Settings) -> None:
    settings.SITE_NAME, settings.HELP_CONTACT = "Sable & Co <b>", "help@example.com"
    for path in ("/sign-in/", "/nowhere", "/staff/sign-in/", "/sign-in/forgot-password/"):
        page = Page(browser.get(path).content.decode())
        assert "Sable & Co <b>" in page.text
        assert ("a", {"href": "mailto:help@example.com"}) in page.elements


def test_accent_is_a_style_sheet_that_pages_link(browser: Browser, settings: Settings) -> None:
    settings.SITE_ACCENT = "#0a5f38"
    links = [
        at["href"] for tag, at in Page(browser.get("/sign-in/").content.decode()).elements if tag == "link"
    ]
    sheet = browser.get(next(href for href in links if href.startswith("/site/accent.css")))
    assert (sheet.content, sheet.headers["Content-Type"]) == (
        b":root{--accent:#0a5f38}",
        "text/css; charset=utf-8",
    )
    assert A_YEAR in sheet.headers["Cache-Control"]


def test_another_accent_has_another_address(settings: Settings) -> None:
    settings.SITE_ACCENT = "#0a5f38"
    first = site.context(None)["site"]["accent_css_url"]  # type: ignore[arg-type]
    settings.SITE_ACCENT = "#0a5f39"
    assert site.context(None)["site"]["accent_css_url"] != first  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/site/accent.css", "/site/logo"])
def test_without_a_look_of_its_own_there_is_nothing_to_fetch(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("name", IMAGES)
def test_logo_is_sent_as_the_image_it_is(
    browser: Browser, settings: Settings, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"an image")
    settings.SITE_LOGO = str(tmp_path / name)
    shown = [
        at["src"] for tag, at in Page(browser.get("/sign-in/").content.decode()).elements if tag == "img"
    ]
    image = browser.get(shown[0])
    assert (b"".join(image.streaming_content), image.headers["Content-Type"]) == (b"an image", IMAGES[name])
    assert A_YEAR in image.headers["Cache-Control"]


def test_logo_that_is_gone_is_a_404(browser: Browser, settings: Settings, tmp_path: Path) -> None:
    settings.SITE_LOGO = str(tmp_path / "gone.svg")
    assert browser.get("/site/logo").status_code == 404


def test_way_on_is_what_the_settings_say(settings: Settings) -> None:
    settings.ONWARD_URL, settings.ONWARD_LABEL = "https://app.example.com/", "To the app"
    assert site.onward() == {"onward_url": "https://app.example.com/", "onward_label": "To the app"}
