"""Pages as an auditor's browser gets them."""

from django.test import Client

from tests.security.browsing import Page


def read(client: Client, url: str) -> Page:
    """A page that was asked for and came."""
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return Page(response.content.decode())


def links(page: Page, *, holding: str = "") -> list[str]:
    """Where the links of a page lead."""
    found = [attributes.get("href", "") for tag, attributes in page.elements if tag == "a"]
    return [link for link in found if holding in link]
