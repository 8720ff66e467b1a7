"""A page costs what it costs, however long the log is: every way to it goes along an index."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from cognito_portal.audit import search, sql
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.search import Place
from tests.audit.many import END, fill, name_of, person_id_of
from tests.databases import Database

ROWS, PEOPLE = 24_000, 300
WINDOW = {"since": END - timedelta(days=1), "until": END - timedelta(minutes=5)}
DEEP = Place(END - timedelta(hours=5), 1)

# What is asked for, and the index that has to lead to it.
LEADS: dict[str, tuple[Filter, str]] = {
    "all": (Filter(), "audit_event_time"),
    "window": (Filter(**WINDOW), "audit_event_time"),
    "event": (Filter(event="signin.started"), "audit_event_event"),
    "rare event": (Filter(event="ops.throttle_lifted"), "audit_event_event"),
    "outcome": (Filter(outcome="success"), "audit_event_outcome"),
    "any failure": (Filter(outcome="failure"), "audit_event_outcome"),
    "error": (Filter(error_code="NotAuthorizedException"), "audit_event_error"),
    "client": (Filter(client_id="web"), "audit_event_client"),
    "actor": (Filter(actor="staff:1"), "audit_event_actor"),
    "visitors": (Filter(actor="visitor"), "audit_event_time"),
    "address": (Filter(address="10.0.1.2"), "audit_event_packed"),
    "network": (Filter(address="10.1.7.0/24"), "audit_event_packed"),
    "wide network": (Filter(address="10.0.0.0/8"), "audit_event_time"),
    "person": (Filter(person=person_id_of(7)), "audit_event_person"),
    "name": (Filter(person=name_of(7)), "audit_event_person"),
    "part of a name": (Filter(person=".00001"), "audit_event_person"),
    "attempt": (Filter(attempt_id=f"{77:032x}"), "(audit_event_turn|sqlite_autoindex_audit_event_1)"),
    "request": (Filter(request_id=f"aws-{77:032x}"), "audit_event_request"),
    "person and outcome": (Filter(person=name_of(7), outcome="success"), "audit_event_person"),
    "client and event": (Filter(client_id="web", event="signin.answered"), "audit_event_(client|event)"),
}

Asked = list[tuple[str, Sequence[Any]]]


@pytest.fixture
def asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The statements that searches make, on a log of ROWS rows."""
    fill(ROWS, people=PEOPLE)
    noted: Asked = []
    original = sql.fetch

    def note(text: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        noted.append((text, params))
        return original(text, params)

    monkeypatch.setattr(sql, "fetch", note)
    return noted


def plan_of(text: str, params: Sequence[Any]) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {text}", params)
            return "\n".join(row[3] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN (FORMAT JSON) {text}", params)
        return json.dumps(cursor.fetchall())


def indexes_in(plan: str) -> set[str]:
    return set(re.findall(r"(?:sqlite_autoindex_)?audit_event_[a-z0-9]+", plan))


def test_every_page_is_led_to_by_its_index(asked: Asked) -> None:
    faults = []
    for name, (filter_, index) in LEADS.items():
        for more in ({}, {"before": DEEP}, {"after": DEEP}):
            asked.clear()
            search.page(filter_, **more)  # type: ignore[arg-type]
            plan = plan_of(*asked[-1])
            if not any(re.fullmatch(index, used) for used in indexes_in(plan)):
                faults.append(f"{name} {more}: {plan}")
            if "Seq Scan" in plan and '"Relation Name": "audit_event"' in plan:
                faults.append(f"{name} {more} reads everything: {plan}")
    assert not faults, "\n\n".join(faults)
