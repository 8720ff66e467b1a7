"""Who may import whom. Imports inside functions count as well."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "cognito_portal"
ROOMS = ("cognito", "audit", "signin", "account", "ops", "api", "demo")

# What each room may import of ours: rooms, and modules of the top level. Its own modules go without saying.
ALLOWED: dict[str, set[str]] = {
    "cognito": set(),
    "demo": set(),
    "audit": {"access", "actors", "encryption", "worker"},
    "signin": {
        "cognito",
        "audit.record",
        "audit.queries",
        "audit.events",
        *("clients", "throttle", "access", "actors", "identity", "encryption", "failures", "site"),
        *("again", "browsers", "mail", "revocation", "outcomes"),
        "attributes",
    },
    "ops": {
        *(
            "cognito",
            "audit.record",
            "audit.queries",
            "audit.events",
            "audit.operators",
            "audit.pages.reading",
            "audit.looks",
            "audit.forgetting",
            "audit.insight.flags",
            "audit.readings",
            "audit.people",
            "audit.sign_ins",
            "audit.invitations",
            "audit.exports.cells",
            "audit.insight.drawing",
            "audit.storable",
            "audit.time_limit",
        ),
        *("encryption", "mail", "worker"),
        *(
            "clients",
            "throttle",
            "access",
            "actors",
            "identity",
            "failures",
            "site",
            "mail",
            "revocation",
            "outcomes",
        ),
        # Staff prove a second step as users do, and are told of its changes by mail.
        *("encryption", "mail", "sessions", "signin.authenticator_app", "signin.used_codes"),
        # A device that staff forget is remembered here no more either.
        "signin.devices",
        "attributes",
        # Rows out of files, and the worker that sends them.
        *("encryption", "worker", "audit.forgetting", "audit.storable", "audit.exports.cells"),
    },
    "account": {
        *("signin", "cognito", "audit.record", "audit.queries", "audit.events"),
        *("clients", "throttle", "access", "actors", "identity", "encryption", "failures", "site"),
        *("again", "browsers", "mail", "sessions", "revocation", "outcomes"),
        "attributes",
    },
    # Runs what the rooms register with it, and knows none of them.
    "worker": set(),
    # The top level below the rooms' views: it may use the two ground rooms.
    "clients": {"cognito"},
    "attributes": {"cognito"},
    "outcomes": {"cognito", "audit.events"},
    "revocation": {"cognito"},
    "throttle": {"audit"},
    "actors": {"audit.record"},
    "encryption": set(),
    "sessions": set(),
    "logs": set(),
    "settings": set(),
    "wsgi": {"checks"},
    "again": set(),
    "browsers": set(),
    "mail": {"audit.record", "audit.events"},
    "checks": {"cognito", "audit.proof.keys", "audit.pushes.streams"},
    "client_checks": {"checks", "clients", "cognito"},
    "apps": {"checks", "client_checks"},
    "failures": {"actors", "audit.record", "audit.events"},
    "identity": {
        *("encryption", "failures", "actors", "sessions", "audit.record", "audit.queries", "audit.events"),
        # A session that ends here ends at Cognito as well.
        *("clients", "revocation"),
    },
    "access": {"actors", "identity", "audit.record", "audit.events"},
    "site": {"access"},
    "health": {"access", "audit"},
    "middleware": {"failures", "audit.record", "cognito.errors", "cognito.deadline"},
    "urls": {"health", "site", "access"},
}
MODULES = sorted(path for path in (ROOT / PACKAGE).rglob("*.py") if "migrations" not in path.parts)


def _imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted module) of every import of ours in a file, relative ones made absolute."""
    package = [PACKAGE, *path.relative_to(ROOT / PACKAGE).parts[:-1]]
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, name.name) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(node.lineno, f"{module}.{name.name}") for name in node.names]
    return found


def _home(path: Path) -> str:
    first = path.relative_to(ROOT / PACKAGE).parts[0]
    return first.removesuffix(".py")


def _is_allowed(home: str, target: str) -> bool:
    return target.partition(".")[0] == home or any(
        target == allowed or target.startswith(f"{allowed}.") for allowed in ALLOWED[home]
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    home = _home(path)
    if home == "__init__":
        return
    broken = [
        f"{path.relative_to(ROOT)}:{line}: {home} may not import {target}"
        for line, module in _imports(path)
        if (target := module.removeprefix(f"{PACKAGE}.")) != module and not _is_allowed(home, target)
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("room", ["cognito"])
def test_the_ground_room_knows_no_django(room: str) -> None:
    names = [name for path in (ROOT / PACKAGE / room).rglob("*.py") for _, name in _imports(path)]
    assert names
    assert not [name for name in names if name.partition(".")[0] == "django"]


def test_views_never_import_views_and_forms_never_import_views() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if path.name in ("views.py", "forms.py")
        for line, module in _imports(path)
        if module.startswith(PACKAGE) and ".views" in module
    ]
    assert not broken, "\n".join(broken)
