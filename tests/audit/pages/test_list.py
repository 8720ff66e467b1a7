"""The list of rows: its pages, its filters, and a search that comes to its limits."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from cognito_portal.audit import names, record, search
from cognito_portal.audit.events import Event, Outcome
from tests.audit.pages.reading import NOW
from tests.audit.rows import begun, noted, somebody
from tests.audit.visitors import URL, auditor

__all__ = ["auditor"]


def test_auditor_sees_the_newest_acts_with_their_people(auditor: Client) -> None:
    record.end(begun(somebody("Ann")), outcome=Outcome.BAD_CREDENTIALS, error_code="NotAuthorizedException")
    page = auditor.get(URL)
    (row,) = page.context["rows"]
    assert (row["username"], str(row["outcome_label"]), row["outcome_tone"]) == (
        "Ann",
        "Wrong username or password",
        "bad",
    )
    assert "NotAuthorizedException" in page.content.decode()


def test_what_was_begun_is_shown_when_asked_for(auditor: Client) -> None:
    record.end(begun(somebody("Ann")), outcome=Outcome.SUCCESS)
    phases = [row["phase"] for row in auditor.get(URL, {"begun": "1"}).context["rows"]]
    assert phases == ["end", "begin"]


def test_pages_of_fifty_follow_each_other_and_lead_back(auditor: Client) -> None:
    for number in range(120):
        noted(now=NOW + timedelta(seconds=number // 4))
    first = auditor.get(URL, {"outcome": "denied"})
    second = auditor.get(f"{URL}?{first.context['older_query']}")
    third = auditor.get(f"{URL}?{second.context['older_query']}")
    seen = [[row["id"] for row in page.context["rows"]] for page in (first, second, third)]
    assert seen == [[*range(120, 70, -1)], [*range(70, 20, -1)], [*range(20, 0, -1)]]
    assert (third.context["older_query"], third.context["newest_query"]) == ("", "outcome=denied")
    back = auditor.get(f"{URL}?{third.context['newer_query']}")
    assert [row["id"] for row in back.context["rows"]] == seen[1]
    assert "50 of 120 rows" in first.content.decode()


def test_a_long_log_is_counted_no_further_than_to_the_cap(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search.capped_count, "__kwdefaults__", {"cap": 60})
    for _ in range(61):
        noted()
    assert "50 of 60+ rows" in auditor.get(URL).content.decode()


def test_filters_stand_in_the_form_and_as_chips_that_remove_them(auditor: Client) -> None:
    noted(person=somebody("Ann"))
    noted(event=Event.SIGNIN_EXPIRED, outcome=Outcome.EXPIRED, person=somebody("Ann"))
    page = auditor.get(URL, {"person": "ann", "event": "access.denied", "since": "2026-01-01T00:00"})
    text = page.content.decode()
    assert [row["event"] for row in page.context["rows"]] == ["access.denied"]
    assert 'value="ann"' in text
    assert '<option value="access.denied" selected>' in text
    assert 'value="2026-01-01T00:00:00"' in text
    assert [chip.query_without for chip in page.context["chips"]] == [
        "person=ann&event=access.denied",
        "since=2026-01-01T00%3A00%3A00Z&event=access.denied",
        "since=2026-01-01T00%3A00%3A00Z&person=ann",
    ]


def test_nothing_found_says_what_to_do(auditor: Client) -> None:
    assert "Remove one of them" in auditor.get(URL, {"person": "nobody"}).content.decode()


def test_staff_are_shown_and_found_by_their_username(auditor: Client) -> None:
    audrey = User.objects.create_user("audrey")
    noted(by=record.By(actor=f"staff:{audrey.pk}", address="192.0.2.7", user_agent=""))
    noted()
    page = auditor.get(URL, {"actor": "audrey"})
    assert [row["actor_name"] for row in page.context["rows"]] == ["audrey"]
    assert "by audrey" in page.content.decode()


def test_a_person_who_was_forgotten_is_shown_as_that(auditor: Client) -> None:
    noted(person=somebody("ann"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person")
    assert "Forgotten" in auditor.get(URL).content.decode()


def test_presets_are_links_that_keep_the_other_filters(auditor: Client) -> None:
    page = auditor.get(URL, {"since": "2026-03-01T00:00", "person": "a b", "begun": "1"}).content.decode()
    for preset in ("1h", "24h", "7d", "30d"):
        assert f'<a href="?preset={preset}&amp;person=a+b&amp;begun=1">' in page
    assert '<a href="?person=a+b&amp;begun=1">Whole log</a>' in page
    assert 'aria-current="true"' not in page


@pytest.mark.parametrize(
    ("params", "in_force"),
    [({"preset": "7d", "outcome": "failure"}, "Last 7 days"), ({"outcome": "failure"}, "Whole log")],
)
def test_preset_in_force_is_marked(auditor: Client, params: dict[str, str], in_force: str) -> None:
    page = auditor.get(URL, params).content.decode()
    assert re.findall(r'aria-current="true">([^<]+)<', page) == [in_force]


def test_a_name_that_too_many_have_asks_for_more_of_it(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MAX_PEOPLE", 1)
    for name in ("anna", "anne"):
        noted(person=somebody(name))
    page = auditor.get(URL, {"person": "ann"})
    assert page.status_code == 200
    assert "Too many people" in page.content.decode()


def test_a_search_out_of_time_asks_to_narrow_it(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    noted()
    monkeypatch.setattr(search, "LIMIT_S", 0.0)
    page = auditor.get(URL)
    assert page.status_code == 200
    assert "stopped after two seconds" in page.content.decode()


def test_a_search_that_came_some_way_can_go_on(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = search.Page([], stopped=True, searched_to=search.Place(NOW, 7))
    monkeypatch.setattr(search, "page", lambda *_args, **_more: stopped)
    text = auditor.get(URL, {"person": "ann"}).content.decode()
    assert 'href="?person=ann&amp;before=20260302T090000.000000-7"' in text
