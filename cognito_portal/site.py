"""What every page shows of the site itself: name, logo, accent colour, help contact."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, is_in_group, public

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
YEAR_S = 365 * 24 * 60 * 60


def context(request: HttpRequest) -> dict[str, Any]:
    """The template context `site`, and whether whoever is here `reads_log`: looked up where a page asks."""
    return {
        "reads_log": SimpleLazyObject(lambda: _reads_log(request)),
        "site": _site(settings.SITE_NAME, settings.SITE_LOGO, settings.SITE_ACCENT, settings.HELP_CONTACT),
    }


@lru_cache(maxsize=4)
def _site(name: str, logo: str, accent: str, help_contact: str) -> dict[str, str]:
    version = hashlib.sha256(f"{logo}|{accent}".encode()).hexdigest()[:8]
    return {
        "name": name,
        "logo_url": f"{reverse('logo')}?v={version}" if logo else "",
        "accent_css_url": f"{reverse('accent')}?v={version}" if accent else "",
        "help_contact": help_contact,
        "help_href": help_href(help_contact),
    }


def _reads_log(request: HttpRequest) -> bool:
    return request.user.is_authenticated and is_in_group(request, Role.AUDITORS, Role.ADMINS)


def onward() -> dict[str, str]:
    """Where to go after the walk (decision D14): `onward_url` and `onward_label`, empty where not set."""
    return {"onward_url": settings.ONWARD_URL, "onward_label": settings.ONWARD_LABEL}


def help_href(contact: str) -> str:
    """The link behind a help contact: a URL, a mail address, a telephone number, or nothing."""
    if contact.startswith(("https://", "http://")):
        return contact
    if "@" in contact and " " not in contact:
        return f"mailto:{contact}"
    digits = contact.replace(" ", "").replace("-", "")
    return f"tel:{digits}" if digits.lstrip("+").isdigit() else ""


@public
@require_safe
@cache_control(public=True, max_age=YEAR_S, immutable=True)
def accent(request: HttpRequest) -> HttpResponse:
    """The accent colour of SITE_ACCENT as a style sheet: the policy allows no style inside a page."""
    if not settings.SITE_ACCENT:
        raise Http404
    css = f":root{{--accent:{settings.SITE_ACCENT}}}"
    return HttpResponse(css, content_type="text/css; charset=utf-8")


@public
@require_safe
@cache_control(public=True, max_age=YEAR_S, immutable=True)
def logo(request: HttpRequest) -> FileResponse:
    """The image file that SITE_LOGO names."""
    path = Path(settings.SITE_LOGO)
    if not settings.SITE_LOGO or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type=LOGO_TYPES.get(path.suffix.lower(), "image/png"))
