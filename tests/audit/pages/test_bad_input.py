"""What cannot be asked for, and hostile text in rows."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from cognito_portal.audit import record
from cognito_portal.audit.filters import LABELS
from cognito_portal.audit.models import SavedSearch
from tests.audit.pages.reading import NASTY, NOW, assert_harmless, last_row, row_url
from tests.audit.rows import noted, somebody, stored
from tests.audit.test_search import NO_PLACES
from tests.audit.visitors import URL, auditor

__all__ = ["auditor"]


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
