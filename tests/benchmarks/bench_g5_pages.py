"""G5 and G6: what an auditor's page costs at many rows, against the same page at 10 thousand.

Both logs end at the same moment and are as dense, so that the same two hours hold as much in both; there are as
many rows to a person. SQLite, in this process, where CPU time is all there is. ROWS in the environment is how
many rows the long log has; a million if it is not set.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from tests.benchmarks.measuring import cpu_us

SHORT_ROWS = 10_000
LONG_ROWS = int(os.environ.get("ROWS", "1_000_000"))
ROWS_A_PERSON = 33
CALLS = 20


@dataclass
class Log:
    """A database of so many rows, its connection, and the browser of an auditor."""

    rows: int
    connection: Any
    browser: Any


def run() -> dict[str, float]:
    """Print the tables and return the ratios of G5 and G6."""
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.settings", DJANGO_ALLOW_ASYNC_UNSAFE="1")
    django.setup()
    with (
        tempfile.TemporaryDirectory() as folder,
        _log(folder, SHORT_ROWS) as short,
        _log(folder, LONG_ROWS) as long,
    ):
        searches = _compare("search alone", short, long, _searching)
        pages = _compare("whole page", short, long, _opening)
    names = list(_asked(SHORT_ROWS))
    ratios = {f"g5_search_{name.replace(' ', '_')}": _ratio(searches, name) for name in names}
    ratios["g5_page_worst"] = max(_ratio(pages, name) for name in names)
    part, whole = searches[f"part of a name|{LONG_ROWS}"], searches[f"name|{LONG_ROWS}"]
    return ratios | {"g6_part_of_a_name_vs_name": part / whole}


def _ratio(costs: dict[str, float], name: str) -> float:
    return costs[f"{name}|{LONG_ROWS}"] / costs[f"{name}|{SHORT_ROWS}"]


@contextmanager
def _log(folder: str, rows: int) -> Iterator[Log]:
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import connections
    from django.test import Client

    from tests.audit.many import fill
    from tests.databases import default_database

    with default_database(f"sqlite:///{Path(folder) / f'{rows}.sqlite3'}"):
        call_command("migrate", verbosity=0, skip_checks=True)
        fill(rows, people=rows // ROWS_A_PERSON)
        auditor = User.objects.create_user("auditor")
        auditor.groups.add(Group.objects.get(name="auditors"))
        browser = Client(headers={"host": "localhost"})
        browser.force_login(auditor)
        yield Log(rows, connections["default"], browser)


def _asked(rows: int) -> dict[str, tuple[Any, Any]]:
    """What is looked at, by its name: a filter, and the place at which its page begins."""
    from cognito_portal.audit.filters import Filter
    from cognito_portal.audit.search import Place
    from tests.audit.many import END, name_of, person_id_of

    hours = Filter(since=END - timedelta(hours=2), until=END + timedelta(seconds=1))
    deep = Place(END - timedelta(seconds=3 * rows // 4), 1)
    people = rows // ROWS_A_PERSON
    return {
        "latest": (hours, None),
        "deep": (Filter(), deep),
        "event": (replace(hours, event="signin.started"), None),
        "rare event": (replace(hours, event="ops.throttle_lifted"), None),
        "outcome": (replace(hours, outcome="success"), None),
        "any failure": (replace(hours, outcome="failure"), None),
        "error": (replace(hours, error_code="NotAuthorizedException"), None),
        "client": (replace(hours, client_id="web"), None),
        "actor": (replace(hours, actor="staff:1"), None),
        "address": (replace(hours, address="10.1.7.9"), None),
        "network": (replace(hours, address="10.1.7.0/24"), None),
        "wide network": (replace(hours, address="10.1.0.0/16"), None),
        "client and event": (replace(hours, client_id="web", event="signin.answered"), None),
        "person": (Filter(person=person_id_of(people // 2)), None),
        "name": (Filter(person=f'"{name_of(people // 2)}"'), None),
        "part of a name": (Filter(person=name_of(people // 2)[1:]), None),
        "attempt": (Filter(attempt_id=f"{rows // 4:032x}"), None),
        "request": (Filter(request_id=f"aws-{rows // 4:032x}"), None),
    }


def _searching(log: Log, asked: Any, place: Any) -> None:
    from cognito_portal.audit import search

    page = search.page(asked, before=place)
    if place is None and page.older:
        search.capped_count(asked)


def _opening(log: Log, asked: Any, place: Any) -> None:
    query = asked.query() + (f"&before={place}" if place else "")
    answer = log.browser.get(f"/audit/?{query}", secure=True)
    if answer.status_code != 200:
        raise AssertionError(f"{answer.status_code} for {query}")


def _compare(title: str, short: Log, long: Log, act: Callable[[Log, Any, Any], None]) -> dict[str, float]:
    """The CPU microseconds of each page on each log, by `name|rows`."""
    ways = {
        f"{name}|{log.rows}": _way(log, act, asked, place)
        for log in (short, long)
        for name, (asked, place) in _asked(log.rows).items()
    }
    costs = cpu_us(ways, calls=CALLS)
    print(f"\nG5 {title} (CPU us, median; ratio of {long.rows:,} rows to {short.rows:,})")
    for name in _asked(short.rows):
        few, many = costs[f"{name}|{short.rows}"], costs[f"{name}|{long.rows}"]
        print(f"  {name:<24}{few:>10.0f}{many:>10.0f}{many / few:>8.2f}")
    return costs


def _way(log: Log, act: Callable[[Log, Any, Any], None], asked: Any, place: Any) -> Callable[[], None]:
    from django.db import connections

    def way() -> None:
        connections["default"] = log.connection
        act(log, asked, place)

    return way


if __name__ == "__main__":
    run()
