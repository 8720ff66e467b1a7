"""The address of a list of accounts."""

from django.http import HttpRequest
from django.urls import reverse

from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.pages import typed as typed_texts

KEY = "typed"


def list_url(request: HttpRequest, asked: AccountFilter) -> str:
    """Where the accounts of a filter are listed; what was typed goes into the session."""
    query = asked.query(**{KEY: typed_texts.keep(request, asked.typed())})
    return reverse("desk:accounts") + (f"?{query}" if query else "")
