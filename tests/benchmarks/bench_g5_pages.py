"""G5 and G6: what an auditor's page costs at many rows, against the same page at 10 thousand, and against the page
that Django's admin shows of django-easy-audit's LoginEvent over as many rows.

Both logs end at the same moment and are as dense, so that the same hours hold as much in both; there are as many
rows to a person. What is rare is looked for where both have as many rows of it: to show a row costs more than to
find it. SQLite in CPU time of this process, PostgreSQL in wall time; both beside the admin in wall time.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

import django

from tests.benchmarks import logs
from tests.benchmarks.easy_audit import page as peer
from tests.benchmarks.logs import AS_DENSE, LONG, Databases, Shape
from tests.benchmarks.measuring import COSTS, wall_us

ACTS_IN_WINDOW = 2_400
ROWS_OF_RARE, ROWS_OF_NETWORK, ROWS_OF_PERSON = 5, 3, 16
CALLS = int(os.environ.get("CALLS", "20"))


@dataclass
class Log:
    """A database with a log of this shape, its connection, the browser of an auditor, and what they ask for: by
    its name a filter, and the place at which its page begins.
    """

    shape: Shape
    connection: Any
    browser: Any
    asked: dict[str, tuple[Any, Any]]


def run() -> dict[str, float]:
    """Print the tables and return the ratios of G5 and G6."""
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.settings", DJANGO_ALLOW_ASYNC_UNSAFE="1")
    django.setup()
    ratios: dict[str, float] = {}
    for vendor in logs.VENDORS:
        with logs.databases(vendor) as databases:
            ratios |= {f"g5_{vendor}_{name}": ratio for name, ratio in _on(databases).items()}
    return ratios


def _on(databases: Databases) -> dict[str, float]:
    long_url = databases.made(LONG.name, logs.fill_log(LONG))
    with (
        databases.passing("short", logs.fill_log(AS_DENSE)) as short_url,
        _log(short_url, AS_DENSE) as short,
        _log(long_url, LONG) as long,
    ):
        searches = _compare(f"search alone, {databases.vendor}", short, long, _searching)
        pages = _compare(f"whole page, {databases.vendor}", short, long, _opening)
        first = wall_us({"first": _first(long)}, calls=CALLS)["first"]
    names = list(short.asked)
    ratios = {f"search_{name.replace(' ', '_')}": _ratio(searches, name) for name in names}
    ratios["page_worst"] = max(_ratio(pages, name) for name in names)
    part, whole = (pages[f"{name}|{LONG.rows}"] for name in ("part of a name", "name"))
    return ratios | {
        "page_of_a_part_vs_page_of_a_name": part / whole,
        "easy_audit_vs_first": _peer(databases, first),
    }


def _peer(databases: Databases, first: float) -> float:
    """How many times as long as our first page the admin takes for its own."""
    url = databases.made(f"peer_{LONG.name}", lambda url: _apart(peer.fill, url, databases.url(LONG.name)))
    theirs: float = _apart(peer.wall_us, url)
    print(f"  first page {first / 1000:.1f} ms, easy-audit's {theirs / 1000:.0f} ms: {theirs / first:.0f} x")
    return theirs / first


def _apart(act: Callable[..., Any], *told: str) -> Any:
    """What a process of its own answers: Django is set up once in each."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(act, *told).result()


def _ratio(costs: dict[str, float], name: str) -> float:
    return costs[f"{name}|{LONG.rows}"] / costs[f"{name}|{AS_DENSE.rows}"]


@contextmanager
def _log(url: str, shape: Shape) -> Iterator[Log]:
    from django.contrib.auth.models import User
    from django.db import connections
    from django.test import Client

    from tests.databases import default_database

    with default_database(url):
        browser = Client(headers={"host": "localhost"})
        browser.force_login(User.objects.get(username="auditor"))
        yield Log(shape, connections["default"], browser, _asked(shape))


def _asked(shape: Shape) -> dict[str, tuple[Any, Any]]:
    from cognito_portal.audit.filters import Filter
    from cognito_portal.audit.search import Place
    from tests.audit.many import END, name_of, person_id_of

    window = timedelta(seconds=ACTS_IN_WINDOW * shape.gap_s)
    hours = Filter(since=END - window, until=END + timedelta(seconds=1))
    deep = Place(END - timedelta(seconds=shape.gap_s * shape.rows / 4), 1)
    middle, act = _person_of(ROWS_OF_PERSON, shape), shape.rows // 4
    rare = Filter(since=_time_of_rare(ROWS_OF_RARE), until=hours.until)
    return {
        "latest": (hours, None),
        "deep": (Filter(), deep),
        "event": (replace(hours, event="signin.started"), None),
        "rare event": (replace(rare, event="ops.throttle_lifted"), None),
        "outcome": (replace(hours, outcome="success"), None),
        "any failure": (replace(hours, outcome="failure"), None),
        "error": (replace(hours, error_code="NotAuthorizedException"), None),
        "client": (replace(hours, client_id="web"), None),
        "actor": (replace(rare, actor="staff:1"), None),
        "address": (replace(hours, address="10.1.7.9"), None),
        "network": (replace(hours, address=_network_of(ROWS_OF_NETWORK, hours.since)), None),
        "wide network": (replace(hours, address="10.1.0.0/16"), None),
        "client and event": (replace(hours, client_id="web", event="signin.answered"), None),
        "person": (Filter(person=person_id_of(middle)), None),
        "name": (Filter(person=f'"{name_of(middle)}"'), None),
        "part of a name": (Filter(person=name_of(middle)[1:]), None),
        "attempt": (Filter(attempt_id=f"{act:032x}"), None),
        "request": (Filter(request_id=f"aws-{act:032x}"), None),
    }


def _time_of_rare(rows: int) -> Any:
    """Since when there are so many acts of the rare event, which are those of the actor as well."""
    from cognito_portal.audit.models import AuditEvent

    rare = AuditEvent.objects.filter(event="ops.throttle_lifted", phase="end").order_by("-time")
    return rare.values_list("time", flat=True)[rows - 1]


def _network_of(rows: int, since: Any) -> str:
    """The first network of 256 addresses that has so many acts in the window."""
    from cognito_portal.audit.models import AuditEvent

    acts = AuditEvent.objects.filter(time__gte=since, phase="end").values_list("address", flat=True)
    counted = Counter(address.rpartition(".")[0] for address in acts)
    return min(f"{network}.0/24" for network, number in counted.items() if number == rows)


def _person_of(rows: int, shape: Shape) -> int:
    """The first person from the middle on who has so many acts."""
    from cognito_portal.audit.models import AuditEvent
    from tests.audit.many import person_id_of

    for number in range(shape.people // 2, shape.people):
        if AuditEvent.objects.filter(person_id=person_id_of(number), phase="end").count() == rows:
            return number
    raise AssertionError(f"nobody has {rows} acts")


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
    """The microseconds of each page on each log, by `name|rows`."""
    ways = {
        f"{name}|{log.shape.rows}": _way(log, act, asked, place)
        for log in (short, long)
        for name, (asked, place) in log.asked.items()
    }
    few_rows, many_rows = short.shape.rows, long.shape.rows
    costs = COSTS[long.connection.vendor](ways, calls=CALLS)
    print(f"\nG5 {title} (us, median; ratio of {many_rows:,} rows to {few_rows:,})")
    for name in short.asked:
        few, many = costs[f"{name}|{few_rows}"], costs[f"{name}|{many_rows}"]
        print(f"  {name:<24}{few:>10.0f}{many:>10.0f}{many / few:>8.2f}")
    return costs


def _way(log: Log, act: Callable[[Log, Any, Any], None], asked: Any, place: Any) -> Callable[[], None]:
    from django.db import connections

    def way() -> None:
        connections["default"] = log.connection
        act(log, asked, place)

    return way


def _first(log: Log) -> Callable[[], None]:
    """The page that an auditor meets who has asked for nothing, as the admin's is."""
    from cognito_portal.audit.filters import Filter

    return _way(log, _opening, Filter(), None)


if __name__ == "__main__":
    run()
