"""G5 and G6: what an auditor's page costs at many rows, against the same page at 10 thousand.

Both logs end at the same moment and are as dense, so that the same two hours hold as much in both; there are as
many rows to a person. SQLite, in this process, in CPU time; PostgreSQL in wall time, since the server thinks
elsewhere. Beside them, on the very rows of the long log, Django admin with django-easy-audit. ROWS in the
environment is how many rows the long log has; a million if it is not set.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import django

from tests.benchmarks.measuring import cpu_us, wall_us
from tests.benchmarks.servers import postgresql_urls, sqlite_urls, unlimited

SHORT_ROWS = 10_000
LONG_ROWS = int(os.environ.get("ROWS", "1_000_000"))
ROWS_A_PERSON = 33
CALLS = 20
Cost = Callable[..., dict[str, float]]


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
    with sqlite_urls("short", "long") as urls:
        ratios = _measured("sqlite", urls, cpu_us)
    with postgresql_urls("short", "long") as urls:
        return ratios | _measured("postgresql", urls, wall_us)


def _measured(vendor: str, urls: Mapping[str, str], cost: Cost) -> dict[str, float]:
    with _log(urls["short"], SHORT_ROWS) as short, _log(urls["long"], LONG_ROWS) as long:
        searches = _compare(f"search alone, {vendor}", short, long, _searching, cost)
        pages = _compare(f"whole page, {vendor}", short, long, _opening, cost)
    easy = _easy_audit(urls["long"])
    names = list(_asked(SHORT_ROWS))
    ratios = {f"g5_{vendor}_search_{name.replace(' ', '_')}": _ratio(searches, name) for name in names}
    ratios[f"g5_{vendor}_page_worst"] = max(_ratio(pages, name) for name in names)
    part, whole = searches[f"part of a name|{LONG_ROWS}"], searches[f"name|{LONG_ROWS}"]
    print(f"\nDjango admin with easy-audit on the same {LONG_ROWS:,} rows, {vendor} (us; ratio to ours)")
    for name, seconds in easy.items():
        ours = pages[f"{name}|{LONG_ROWS}"]
        print(f"  {name:<24}{1e6 * seconds:>14.0f}{1e6 * seconds / ours:>10.0f}")
        ratios[f"g5_{vendor}_easy_audit_{name.replace(' ', '_')}"] = 1e6 * seconds / ours
    return ratios | {f"g6_{vendor}_part_of_a_name_vs_name": part / whole}


def _easy_audit(url: str) -> dict[str, float]:
    """Seconds of easy-audit's pages over the rows of this log."""
    from tests.audit.many import name_of

    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.easyaudit_page",
        name_of(LONG_ROWS // ROWS_A_PERSON // 2)[1:],
    ]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"DATABASE_URL": url}
    )
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


def _ratio(costs: dict[str, float], name: str) -> float:
    return costs[f"{name}|{LONG_ROWS}"] / costs[f"{name}|{SHORT_ROWS}"]


@contextmanager
def _log(url: str, rows: int) -> Iterator[Log]:
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import connections
    from django.test import Client

    from tests.audit.many import fill
    from tests.databases import default_database

    with default_database(url):
        unlimited()
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


def _compare(
    title: str, short: Log, long: Log, act: Callable[[Log, Any, Any], None], cost: Cost
) -> dict[str, float]:
    """The microseconds of each page on each log, by `name|rows`."""
    ways = {
        f"{name}|{log.rows}": _way(log, act, asked, place)
        for log in (short, long)
        for name, (asked, place) in _asked(log.rows).items()
    }
    costs = cost(ways, calls=CALLS)
    print(f"\nG5 {title} (us, median; ratio of {long.rows:,} rows to {short.rows:,})")
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
