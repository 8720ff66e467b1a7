"""What the charts say, and the page that shows them."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.insight import charts, drawing
from cognito_portal.audit.insight.results import Result
from cognito_portal.audit.insight.spans import Span
from cognito_portal.audit.models import AuditEvent
from cognito_portal.audit.proof import seals
from tests.audit.insight.acts import HOME, NOW, before, throttled, tried
from tests.audit.insight.staff import links, read
from tests.audit.pages.reading import NASTY
from tests.audit.rows import noted, somebody
from tests.audit.visitors import client_of
from tests.databases import Database

URL = "/audit/charts/"
DAY = Filter(since=before(hours=24), until=NOW + timedelta(hours=1))


def made(asked: Filter = DAY) -> charts.Charts:
    return charts.charts(asked, now=NOW)


def answered(name: str, step: str, outcome: Outcome) -> None:
    tried(name, outcome, event=Event.SIGNIN_ANSWERED, step=step)


def invited(name: str) -> None:
    noted(event=Event.SIGNIN_INVITATION_REQUESTED, outcome=Outcome.RECORDED, person=somebody(name), now=NOW)


def test_sign_ins_are_stacked_by_result(database: Database) -> None:
    tried(outcome=Outcome.SUCCESS)
    tried(outcome=Outcome.CHALLENGE)
    tried(outcome=Outcome.BAD_CREDENTIALS)
    tried(outcome=Outcome.SERVER_ERROR)
    throttled()
    assert made().totals == {
        Result.SUCCESS: 1,
        Result.REFUSED: 1,
        Result.REFUSED_HERE: 1,
        Result.FAULT: 1,
    }


def test_other_events_are_no_sign_ins_unless_the_filter_names_them(database: Database) -> None:
    tried(outcome=Outcome.SUCCESS, event=Event.ACCOUNT_PASSWORD_CHANGED)
    assert sum(made().totals.values()) == 0
    named = Filter(since=DAY.since, until=DAY.until, event=Event.ACCOUNT_PASSWORD_CHANGED)
    assert made(named).totals[Result.SUCCESS] == 1


def test_bar_narrows_the_filter_to_its_hour(database: Database) -> None:
    tried(at=before(minutes=90))
    (bucket,) = [bucket for bucket in made().sign_ins or [] if bucket.total]
    assert bucket.query == "since=2026-03-02T07%3A00%3A00Z&until=2026-03-02T08%3A00%3A00Z"


def test_bar_keeps_the_rest_of_the_filter(database: Database) -> None:
    asked = Filter(preset="24h", since=DAY.since, client_id="a client", outcome="failure")
    tried(client_id="a client")
    for bucket in made(asked).sign_ins or []:
        expected = replace(asked, preset="", since=bucket.span.since, until=bucket.span.until)
        assert bucket.query == expected.query()


def test_reasons_are_counted_by_outcome(database: Database) -> None:
    tried(outcome=Outcome.UNKNOWN_USER)
    for _ in range(2):
        tried(outcome=Outcome.BAD_CREDENTIALS)
    tried(outcome=Outcome.SUCCESS)
    found = made().reasons or []
    assert [(reason.outcome, reason.acts) for reason in found] == [
        ("bad_credentials", 2),
        ("unknown_user", 1),
    ]
    assert "outcome=bad_credentials" in found[0].query


def test_funnel_counts_people_once_and_each_step_among_those_of_the_step_before(database: Database) -> None:
    invited("asked")
    tried("late", Outcome.TEMPORARY_PASSWORD_EXPIRED)
    answered("weak", "NEW_PASSWORD_REQUIRED", Outcome.PASSWORD_POLICY)
    for name in ("half", "whole"):
        answered(name, "NEW_PASSWORD_REQUIRED", Outcome.PASSWORD_POLICY)
        answered(name, "NEW_PASSWORD_REQUIRED", Outcome.CHALLENGE)
    answered("whole", "MFA_SETUP", Outcome.SUCCESS)
    answered("long-here", "MFA_SETUP", Outcome.SUCCESS)
    assert [stage.people for stage in made().funnel or []] == [5, 3, 2, 1]


def test_second_factor_may_be_set_up_later_on_the_account_page(database: Database) -> None:
    answered("ann", "NEW_PASSWORD_REQUIRED", Outcome.SUCCESS)
    tried("ann", Outcome.SUCCESS, event=Event.ACCOUNT_FACTOR_ENROLLED)
    assert [stage.people for stage in made().funnel or []] == [1, 1, 1, 1]


def test_funnel_leaves_event_and_outcome_of_the_filter_aside(database: Database) -> None:
    answered("ann", "NEW_PASSWORD_REQUIRED", Outcome.SUCCESS)
    asked = Filter(since=DAY.since, until=DAY.until, event=Event.SIGNIN_STARTED, outcome="success")
    assert [stage.people for stage in made(asked).funnel or []] == [1, 1, 1, 0]


def test_addresses_are_ordered_by_failures_with_successes_beside(database: Database) -> None:
    for _ in range(3):
        tried(outcome=Outcome.BAD_CREDENTIALS, address="198.51.100.1")
    tried(outcome=Outcome.SUCCESS, address="198.51.100.1")
    tried(outcome=Outcome.UNKNOWN_USER, address=HOME)
    tried(outcome=Outcome.SUCCESS, address="203.0.113.9")
    tried(outcome=Outcome.SERVER_ERROR, address="203.0.113.9")
    found = [(source.address_key, source.failures, source.successes) for source in made().sources or []]
    assert found == [("198.51.100.1", 3, 1), (HOME, 1, 0)]


def test_what_is_no_address_leads_nowhere(database: Database) -> None:
    tried(address="unknown")
    assert [(source.address_key, source.query) for source in made().sources or []] == [("unknown", "")]


def test_counting_that_takes_too_long_is_stopped_and_said(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried(at=timezone.now())
    monkeypatch.setattr(charts, "LIMIT_S", 0.0)
    page = read(auditor, URL)
    assert page.text.count("Narrow the search") == 4


def test_page_shows_a_picture_and_a_table_of_each_chart(auditor: Client) -> None:
    tried(at=timezone.now())
    tried(
        "ann", Outcome.SUCCESS, event=Event.SIGNIN_ANSWERED, step="NEW_PASSWORD_REQUIRED", at=timezone.now()
    )
    page = read(auditor, URL)
    pictures = [attributes for tag, attributes in page.elements if attributes.get("role") == "img"]
    assert len(pictures) == 4
    tags = [tag for tag, _ in page.elements]
    assert (tags.count("desc"), tags.count("table")) == (4, 4)
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert {name for picture in pictures for name in picture["aria-labelledby"].split()} <= ids


def test_picture_and_table_lead_to_the_same_rows(auditor: Client) -> None:
    tried(at=timezone.now())
    page = read(auditor, URL)
    anchors = [attributes for tag, attributes in page.elements if tag == "a"]
    in_pictures = {each["href"] for each in anchors if each.get("tabindex") == "-1"}
    in_tables = {each["href"] for each in anchors if "tabindex" not in each}
    assert in_pictures and in_pictures <= in_tables
    for link in in_pictures:
        assert Filter.of_query(unescape(link).partition("?")[2], now=NOW).query()


def test_page_has_no_style_and_no_script_of_its_own(auditor: Client) -> None:
    tried(at=timezone.now())
    page = read(auditor, URL)
    assert not [attributes for _, attributes in page.elements if "style" in attributes]
    assert not [
        tag
        for tag, attributes in page.elements
        if tag == "style" or (tag == "script" and "src" not in attributes)
    ]


def test_filter_of_the_url_narrows_every_chart(auditor: Client) -> None:
    tried("ann", at=timezone.now(), address=HOME)
    tried("bob", at=timezone.now(), address="198.51.100.1")
    page = auditor.get(URL, {"address": "198.51.100.1"})
    assert sum(entry["acts"] for entry in page.context["sign_ins"]["legend"]) == 1
    assert [source.address_key for source, _ in page.context["sources"]["bars"]] == ["198.51.100.1"]


def test_page_says_so_where_there_is_nothing(auditor: Client) -> None:
    page = read(auditor, URL)
    assert page.text.count("No failures in this time.") == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-02-30"},
        {"nonsense": "1"},
        {"outcome": "fine"},
        {"address": "999.1.1.1"},
        {"person": "x\x00"},
    ],
)
def test_bad_filter_is_told_with_what_was_typed(auditor: Client, asked: dict[str, str]) -> None:
    response = auditor.get(URL, asked | {"client_id": "kept-as-it-was"})
    assert response.status_code == 400
    assert "kept-as-it-was" in response.content.decode()
    assert AuditEvent.objects.filter(event=Event.AUDIT_INPUT_REFUSED).count() == 1


def test_hostile_text_is_text(auditor: Client) -> None:
    by = record.By(actor="visitor", address=NASTY, user_agent=NASTY)
    record.note(event=Event.SIGNIN_THROTTLED, outcome=Outcome.THROTTLED_HERE, by=by, person=somebody(NASTY))
    page = read(auditor, URL)
    assert not [tag for tag, attributes in page.elements if tag == "script" and "src" not in attributes]
    refused = auditor.get(URL, {"person": NASTY})
    assert "<script>alert" not in refused.content.decode()


@pytest.mark.parametrize("most", [0, 1, 4, 5, 9, 10, 11, 99, 100, 101, 12345])
def test_no_bar_is_higher_than_the_picture(most: int) -> None:
    acts = dict.fromkeys(Result, 0) | {Result.SUCCESS: most}
    bucket = charts.Bucket(Span(before(hours=1), NOW), acts, "")
    (column,) = drawing.columns([bucket])
    assert drawing.ceiling([bucket]) >= most
    assert all(float(layer.y) >= drawing.TOP for layer in column.layers)


def test_reading_writes_nothing(auditor: Client) -> None:
    tried()
    seals.seal_pending()
    rows = AuditEvent.objects.count()
    read(auditor, URL)
    assert AuditEvent.objects.count() == rows


def test_others_of_the_staff_do_not_see_it(database: Database) -> None:
    assert client_of("ops").get(URL).status_code == 403


def test_rows_and_charts_lead_to_each_other_with_the_filter(auditor: Client) -> None:
    asked = "outcome=success&client_id=client"
    assert links(read(auditor, f"{URL}?{asked}"), holding="/audit/?") == [f"/audit/?{asked}"] * 2
    assert f"{URL}?{asked}" in links(read(auditor, f"/audit/?{asked}"))
