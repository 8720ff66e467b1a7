"""Is what staff typed of the right form? Nothing here knows of anybody's factors."""

import json
import re
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

APP_CODE = re.compile(r"[0-9]{6}")
ANY_CODE = re.compile(r"[0-9]{6}|[0-9]{8}")
CREDENTIAL_CHARS = 16384
NAME_CHARS = 60
TYPE_THE_CODE = _("Type the code.")
NOT_SIX = _("The code of an authenticator app has 6 digits.")
NOT_A_CODE = _("A code of the app has 6 digits, a recovery code has 8.")


def read_code(data: QueryDict, *, of_app: bool = False) -> tuple[str, str | Promise]:
    """A code without the blanks and dashes that people put into it, and what is wrong about it."""
    code = re.sub(r"[\s-]", "", data.get("code", ""))
    if not code:
        return code, TYPE_THE_CODE
    if of_app:
        return code, "" if APP_CODE.fullmatch(code) else NOT_SIX
    return code, "" if ANY_CODE.fullmatch(code) else NOT_A_CODE


def read_credential(data: QueryDict) -> dict[str, Any] | None:
    """What the browser made with a passkey, or None where that is no JSON object of a sane length."""
    text = data.get("credential", "")
    if not 0 < len(text) <= CREDENTIAL_CHARS:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def read_name(data: QueryDict) -> str:
    """What somebody calls a passkey, cut to length; the word itself where they gave no name."""
    return data.get("name", "").strip()[:NAME_CHARS] or gettext("Passkey")
