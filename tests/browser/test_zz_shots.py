import pytest

from tests.browser.health_states import HEALTH
from tests.browser.walking import Person

WANTED = [
    "pool health",
    "list of a trouble",
    "act on many, to confirm",
    "act on many, none fits",
    "act on many, running",
    "act on many, finished",
    "acts on many",
]


@pytest.mark.parametrize("state", WANTED)
def test_shot(state: str, person: Person) -> None:
    HEALTH[state](person)
    for scheme in ("light", "dark"):
        for width in (320, 1280):
            person.page.emulate_media(color_scheme=scheme)
            person.page.set_viewport_size({"width": width, "height": 800})
            name = state.replace(" ", "-").replace(",", "")
            person.page.screenshot(path=f"/tmp/wt/health-scratch/{name}-{scheme}-{width}.png", full_page=True)
            over = person.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert over <= 0, (state, width, over)
