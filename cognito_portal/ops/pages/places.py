"""Where a page of a list begins, out of its address."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from cognito_portal.ops.index.filters import BadFilter

PLACES = ("after", "before")
LARGEST_ID = 2**63 - 1


def places_of(params: QueryDict) -> dict[str, int]:
    """The id after or before which a page begins, by that word. Raises BadFilter where it is no place, or two."""
    found = {name: str(params[name]) for name in PLACES if name in params}
    is_one = all(
        text.isascii() and text.isdigit() and 0 < int(text[:20]) <= LARGEST_ID for text in found.values()
    )
    if len(found) > 1 or not is_one:
        raise BadFilter({"": _("This is no address of a page. Start again from the first page.")})
    return {name: int(text) for name, text in found.items()}
