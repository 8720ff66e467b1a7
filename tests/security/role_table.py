"""Every URL of the URLconf with a path to visit it by, and the table of docs/roles.md. Nothing is listed by hand."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from cognito_portal.access import Role, declared

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "roles.md"
COMMAND = "WRITE_ROLES=1 python -m pytest -n 0 tests/security/test_role_matrix.py"

# Tried in this order for what stands for a variable part of a path.
SAMPLES = ("1", "x", "a-1", "0" * 32, "00000000-0000-4000-8000-000000000000")

WORDS = {
    Role.PUBLIC: "everybody",
    Role.COGNITO_USER: "whoever has signed in with their Cognito account, about themselves",
    Role.OPS: "staff in `ops`",
    Role.AUDITORS: "staff in `auditors`",
    Role.ADMINS: "staff in `admins`",
}

HEAD = f"""# Who may do what

Every URL of the site, the methods it answers, and who gets in. Everybody else is sent to a sign-in page, or
refused with status 403 and a row `access.denied` in the audit log. `admins` get in wherever other staff do. A
page that may be read by many has buttons for those who may press them: what a button does is a URL of its own.

Written out of the site itself by `{COMMAND}`;
the same test, without `WRITE_ROLES`, visits every URL as everybody and fails where this table is not what it finds.

| URL | Methods | Who gets in |
|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Url:
    """One URL: its route as the URLconf has it, a path that leads to it, and the roles that its view declares."""

    route: str
    path: str
    roles: frozenset[Role]


def urls_of(urlconf: str) -> list[Url]:
    """Every URL of a URLconf, in its order. Raises ValueError for a part of a path that no sample fits."""
    return list(_walked(get_resolver(urlconf).url_patterns, "/", "/"))


def _walked(patterns: Iterable[URLPattern | URLResolver], route: str, path: str) -> Iterator[Url]:
    for pattern in patterns:
        here, there = route + str(pattern.pattern), path + _filled(pattern)
        if isinstance(pattern, URLResolver):
            yield from _walked(pattern.url_patterns, here, there)
        else:
            yield Url(here, there, declared(pattern.callback))


def _filled(pattern: URLPattern | URLResolver) -> str:
    """The pattern's part of the path, with something in every place that its converter takes."""
    path = str(pattern.pattern)
    for part in [each.partition(">")[0] for each in path.split("<")[1:]]:
        regex = pattern.pattern.converters[part.rpartition(":")[2]].regex
        fitting = [sample for sample in SAMPLES if re.fullmatch(regex, sample)]
        if not fitting:
            raise ValueError(f"nothing to visit {path} by")
        path = path.replace(f"<{part}>", fitting[0])
    return path


def table(urls: Iterable[Url], methods: Mapping[str, Iterable[str]]) -> str:
    """The document: `methods` are those that each route answers."""
    rows = [
        f"| `{url.route}` | {', '.join(sorted(methods[url.route]))} | {in_words(url.roles)} |" for url in urls
    ]
    return HEAD + "\n".join(rows) + "\n"


def in_words(roles: frozenset[Role]) -> str:
    return ", ".join(WORDS[role] for role in Role if role in roles)
