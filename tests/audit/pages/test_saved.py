"""Searches that are kept, shared and deleted."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from cognito_portal.audit import record
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.models import SavedSearch
from cognito_portal.audit.pages import saved
from tests.audit.pages.reading import NOW, SEARCHES, last_row
from tests.audit.rows import stored
from tests.audit.visitors import URL, TlsClient, auditor, client_of
from tests.databases import Database

__all__ = ["auditor"]


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
