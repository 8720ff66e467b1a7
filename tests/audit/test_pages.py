import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from cognito_portal.audit import names, record, search
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import LABELS
from cognito_portal.audit.models import AuditEvent, AuditLeaf, SavedSearch
from cognito_portal.audit.pages import saved
from tests.audit.rows import begun, noted, somebody, stored
from tests.audit.test_search import NO_PLACES
from tests.audit.visitors import URL, TlsClient, auditor, client_of
from tests.databases import Database

__all__ = ["auditor"]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NASTY = '"><script>alert(1)</script>\u2028\r\n\x1b[31m'


class _Markup(HTMLParser):
    """What of a page a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.inline_scripts = 0
        self.handlers: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.inline_scripts += tag == "script" and "src" not in named
        self.handlers += [name for name in named if name.startswith("on") or name == "style"]
        self.links += [named["href"] or ""] if tag == "a" and "href" in named else []


def markup_of(page: Any) -> _Markup:
    markup = _Markup()
    markup.feed(page.content.decode())
    return markup


def assert_harmless(page: Any) -> None:
    markup = markup_of(page)
    assert (markup.inline_scripts, markup.handlers) == (0, [])
    assert all(link.startswith(("/", "?", "#", "mailto:")) for link in markup.links)


def last_row() -> dict[str, Any]:
    return stored()[-1]


# --- the list


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


# --- bad input


@pytest.mark.parametrize(
    ("query", "field", "kept"),
    [
        ("since=2026-02-30T09%3A00", "since", "2026-02-30T09:00"),
        ("event=signin.dreamt", "event", "signin.dreamt"),
        ("outcome=perhaps", "outcome", "perhaps"),
        ("address=192.0.2.0/99", "address", "192.0.2.0/99"),
        ("preset=2h", "preset", ""),
        ("person=%22%22", "person", "&quot;&quot;"),
        ("begun=yes", "begun", ""),
    ],
)
def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(
    auditor: Client, query: str, field: str, kept: str
) -> None:
    page = auditor.get(f"{URL}?{query}")
    text = page.content.decode()
    assert page.status_code == 400
    assert f'id="{field}-error"' in text
    assert f'aria-describedby="{field}-error' in text
    assert f'href="#{field}"' in text
    assert f'value="{kept}"' in text
    assert (last_row()["event"], last_row()["step"]) == ("audit.input_refused", field)


@pytest.mark.parametrize(
    "query", ["id__gt=5", "order=time", "before=x", "after=x", "before=&after=", "before="]
)
def test_what_nobody_knows_is_refused_and_recorded(auditor: Client, query: str) -> None:
    assert auditor.get(f"{URL}?{query}").status_code == 400
    assert (last_row()["event"], last_row()["outcome"], last_row()["step"]) == (
        "audit.input_refused",
        "input_refused",
        "filter",
    )


@pytest.mark.parametrize("place", NO_PLACES)
def test_a_place_made_by_hand_is_refused(auditor: Client, place: str) -> None:
    assert auditor.get(URL, {"before": place}).status_code == 400


def test_a_flood_of_bad_input_is_no_flood_of_rows(auditor: Client) -> None:
    for _ in range(3 * record.ROWS_A_SECOND):
        auditor.get(URL, {"event": "x"})
    assert len(stored()) < 3 * record.ROWS_A_SECOND


# --- limits


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


# --- one row


def row_url(row_id: int) -> str:
    return f"{URL}rows/{row_id}/"


def test_a_row_opens_with_all_its_fields_and_its_attempt(auditor: Client) -> None:
    call = begun(somebody("Ann"), attempt_id="a1")
    record.end(call, outcome=Outcome.SUCCESS, request_id="aws-1", error_code="")
    noted(attempt_id="a1", event=Event.SIGNIN_EXPIRED, outcome=Outcome.EXPIRED)
    page = auditor.get(row_url(2))
    fields = {field["name"]: field["value"] for field in page.context["fields"]}
    assert (fields["username"], fields["request_id"], fields["attempt_id"]) == ("Ann", "aws-1", "a1")
    assert len(fields["mac"]) == 64
    assert [step["id"] for step in page.context["attempt"]] == [1, 2, 3]
    assert "Not yet sealed" in page.content.decode()


def test_every_way_on_from_a_row_leads_to_it_again(auditor: Client) -> None:
    record.end(begun(somebody("Ann"), attempt_id="a1"), outcome=Outcome.SUCCESS, request_id="aws-1")
    ways = auditor.get(row_url(2)).context["ways"]
    assert [str(way["label"]) for way in ways] == [
        "Same person",
        "Same address",
        "Around this minute",
        "Whole attempt",
        "Same AWS request",
    ]
    for way in ways:
        page = auditor.get(f"{URL}?{way['query']}")
        assert 2 in [row["id"] for row in page.context["rows"]], way


def test_a_row_without_person_address_or_attempt_has_only_its_minute(auditor: Client) -> None:
    noted(by=record.By(actor="", address="unknown", user_agent=""))
    assert [str(way["label"]) for way in auditor.get(row_url(1)).context["ways"]] == ["Around this minute"]


def test_a_sealed_row_names_its_seal(auditor: Client) -> None:
    noted()
    AuditLeaf.objects.create(leaf_no=40, event_id=1, seal_no=3, leaf_hash=bytes(32))
    assert "seal 3, leaf 40" in auditor.get(row_url(1)).content.decode()


@pytest.mark.parametrize("row_id", [0, 9, 2**63, 10**30])
def test_a_row_that_is_not_there_is_not_found(auditor: Client, row_id: int) -> None:
    assert auditor.get(row_url(row_id)).status_code == 404


def test_a_row_of_another_release_is_shown_as_it_is(auditor: Client) -> None:
    AuditEvent.objects.create(time=NOW, event="signin.dreamt", phase="single", outcome="perhaps")
    (row,) = auditor.get(URL).context["rows"]
    assert (row["event_label"], row["outcome_label"], row["outcome_tone"]) == (
        "signin.dreamt",
        "perhaps",
        "plain",
    )
    assert auditor.get(row_url(1)).status_code == 200


def test_hostile_text_is_text(auditor: Client) -> None:
    by = record.By(actor=NASTY, address=NASTY, user_agent=NASTY)
    noted(by=by, step=NASTY, attempt_id=NASTY, person=somebody(NASTY), client_id=NASTY, error_code=NASTY)
    SavedSearch.objects.create(
        owner=User.objects.get(), name=NASTY[:80], query="outcome=denied", created_at=NOW
    )
    for url in (URL, row_url(1), f"{URL}searches/"):
        page = auditor.get(url)
        assert "alert(1)" in page.content.decode()
        assert_harmless(page)
    for field in LABELS:
        assert_harmless(auditor.get(URL, {field: NASTY}))
    assert_harmless(auditor.get(URL, {NASTY: NASTY}))


# --- time in one click


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


# --- saved searches

SEARCHES = f"{URL}searches/"


def kept() -> list[tuple[str, str, bool]]:
    return [(one.name, one.query, one.is_shared) for one in SavedSearch.objects.order_by("id")]


def test_a_search_is_kept_in_its_canonical_form_and_offered(auditor: Client) -> None:
    page = auditor.post(SEARCHES, {"name": " Failures ", "query": "preset=7d&outcome=failure&person="})
    assert (page.status_code, page.headers["Location"]) == (302, SEARCHES)
    assert kept() == [("Failures", "preset=7d&outcome=failure", False)]
    assert 'href="/audit/?preset=7d&amp;outcome=failure">Failures</a>' in auditor.get(URL).content.decode()
    assert "Outcome: Any failure" in auditor.get(SEARCHES).content.decode()


def test_only_what_is_shared_is_seen_by_others(auditor: Client) -> None:
    other = client_of("auditors", "ops")
    for name, more in (("mine", {}), ("ours", {"is_shared": "1"})):
        other.post(SEARCHES, {"name": name, "query": "outcome=failure", **more})
    page = auditor.get(SEARCHES)
    assert [each["search"].name for each in page.context["shared"]] == ["ours"]
    assert page.context["own"] == []


def test_only_the_owner_shares_and_deletes(auditor: Client) -> None:
    other = client_of("auditors", "ops")
    other.post(SEARCHES, {"name": "ours", "query": "outcome=failure", "is_shared": "1"})
    one = SavedSearch.objects.get()
    assert auditor.post(f"{SEARCHES}{one.pk}/delete/").status_code == 404
    assert auditor.post(f"{SEARCHES}{one.pk}/share/").status_code == 404
    other.post(f"{SEARCHES}{one.pk}/share/")
    assert kept() == [("ours", "outcome=failure", False)]
    other.post(f"{SEARCHES}{one.pk}/delete/")
    assert kept() == []


def test_keeping_sharing_and_deleting_stand_in_the_log_by_the_id_of_the_search(auditor: Client) -> None:
    auditor.post(SEARCHES, {"name": "What newhire did", "query": "person=newhire"})
    one = SavedSearch.objects.get()
    auditor.post(f"{SEARCHES}{one.pk}/share/", {"is_shared": "1"})
    auditor.post(f"{SEARCHES}{one.pk}/share/")
    auditor.post(f"{SEARCHES}{one.pk}/delete/")
    rows = [row for row in stored() if row["event"].startswith("audit.search")]
    assert [(row["event"], row["step"]) for row in rows] == [
        ("audit.search_saved", f"search:{one.pk} own"),
        ("audit.search_shared", f"search:{one.pk} shared"),
        ("audit.search_shared", f"search:{one.pk} own"),
        ("audit.search_removed", f"search:{one.pk} own"),
    ]
    assert {(row["actor"], row["outcome"]) for row in rows} == {(f"staff:{one.owner_id}", "recorded")}


@pytest.mark.parametrize(
    ("path", "form"),
    [("", {"name": "two", "query": "outcome=success"}), ("1/share/", {"is_shared": "1"}), ("1/delete/", {})],
)
def test_without_a_row_in_the_log_no_search_is_changed(
    auditor: Client, monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, str]
) -> None:
    auditor.post(SEARCHES, {"name": "one", "query": "outcome=success"})
    before = kept()

    def fails(**_: object) -> bool:
        raise AuditUnavailable("disk full")

    monkeypatch.setattr(record, "note", fails)
    assert (
        auditor.post(SEARCHES + path.replace("1", str(SavedSearch.objects.get().pk)), form).status_code == 503
    )
    assert kept() == before


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("", "outcome=failure"),
        ("n" * 81, "outcome=failure"),
        ("a\x00b", "outcome=failure"),
        ("all", ""),
        ("bad", "outcome=perhaps"),
        ("bad", "id__gt=5"),
        ("taken", "outcome=failure"),
    ],
)
def test_a_search_that_cannot_be_kept_says_why(auditor: Client, name: str, query: str) -> None:
    auditor.post(SEARCHES, {"name": "taken", "query": "outcome=success"})
    page = auditor.post(SEARCHES, {"name": name, "query": query})
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert len(kept()) == 1
    assert last_row()["event"] == "audit.input_refused"


def test_there_is_an_end_to_the_searches_of_one_auditor(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "MAX_OWN", 1)
    auditor.post(SEARCHES, {"name": "one", "query": "outcome=success"})
    assert auditor.post(SEARCHES, {"name": "two", "query": "outcome=success"}).status_code == 400


def test_a_search_that_another_release_kept_is_still_listed(auditor: Client) -> None:
    SavedSearch.objects.create(owner=User.objects.get(), name="old", query="colour=red", created_at=NOW)
    assert "old" in auditor.get(SEARCHES).content.decode()


def test_keeping_needs_the_token_of_a_form(sqlite: Database) -> None:
    client_of("auditors")
    strict = TlsClient(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.force_login(User.objects.get())
    assert strict.post(SEARCHES, {"name": "x", "query": "outcome=success"}).status_code == 403
    assert kept() == []


# --- who, and how


def test_reading_writes_nothing(auditor: Client) -> None:
    noted()
    before = stored()
    for url in (URL, row_url(1), SEARCHES):
        auditor.get(url)
        auditor.head(url)
    assert stored() == before


@pytest.mark.parametrize("url", [URL, row_url(1), SEARCHES])
def test_no_page_is_kept_anywhere(auditor: Client, url: str) -> None:
    noted()
    assert "no-store" in auditor.get(url).headers["Cache-Control"]


def test_other_methods_are_refused(auditor: Client) -> None:
    assert auditor.post(URL).status_code == 405


@pytest.mark.parametrize("url", [URL, row_url(1), SEARCHES])
def test_staff_without_the_role_are_refused_and_recorded(sqlite: Database, url: str) -> None:
    assert client_of("ops").get(url).status_code == 403
    assert [row["event"] for row in stored()] == ["access.denied"]


def test_strangers_are_sent_to_the_staff_sign_in(sqlite: Database) -> None:
    client = TlsClient(headers={"host": "localhost"})
    response = client.get(URL)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/staff/sign-in/")


def test_log_that_cannot_be_read_is_a_clear_page(auditor: Client) -> None:
    noted()
    auditor.get(URL)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_person")
    assert auditor.get(URL).status_code == 503


def test_a_page_asks_the_database_as_often_for_many_rows_as_for_few(
    auditor: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        noted(person=somebody(f"user{number}"))
    auditor.get(URL)
    with django_assert_max_num_queries(10):
        auditor.get(URL)
