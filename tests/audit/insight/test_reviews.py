"""Reviews: what is signed, by whom, and what is not yet."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.insight import reviews
from cognito_portal.audit.insight.reviews import Scope
from cognito_portal.audit.models import AuditEvent, Export, Review
from cognito_portal.audit.proof.keys import BadKeys
from tests.audit.insight.acts import NOW, before, tried
from tests.audit.insight.staff import read
from tests.audit.pages.reading import NASTY
from tests.audit.rows import noted
from tests.audit.visitors import client_of
from tests.databases import Database
from tests.security.browsing import hidden_inputs

URL, SIGN = "/audit/reviews/", "/audit/reviews/sign/"
BY = record.By(actor="staff:1", address="", user_agent="")


def signed(asked: Filter | None = None, *, now: datetime = NOW, remarks: str = "") -> Review:
    scope = reviews.scope_of(asked or Filter(), now=now)
    return reviews.sign(scope, remarks=remarks, by=BY, now=now)


def unreviewed() -> int:
    return reviews.unreviewed().acts


def test_review_and_its_row_say_the_same(database: Database) -> None:
    tried(at=before(hours=1))
    review = signed(remarks="all well")
    assert (review.reviewer, review.rows, review.remarks) == ("staff:1", 1, "all well")
    assert review.query == "until=2026-03-02T09%3A00%3A00Z"
    row = AuditEvent.objects.get(event=Event.AUDIT_REVIEWED)
    assert (row.actor, row.step, row.outcome) == ("staff:1", f"review:{review.id}", "recorded")
    assert review.last_event_id == row.id - 1


def test_review_that_cannot_be_written_down_is_none(database: Database, settings: Settings) -> None:
    tried(at=before(hours=1))
    scope = reviews.scope_of(Filter(), now=NOW)
    settings.AUDIT_KEYS = ["none"]
    with pytest.raises(BadKeys):
        reviews.sign(scope, remarks="", by=BY, now=NOW)
    assert not Review.objects.exists()


def test_everything_is_unreviewed_before_the_first_review(database: Database) -> None:
    tried(at=before(hours=2))
    tried(at=before(hours=1))
    assert reviews.unreviewed() == reviews.Unreviewed(2, False, None)


def test_review_of_everything_leaves_only_what_came_after(database: Database) -> None:
    tried(at=before(hours=1))
    signed()
    # The row of the review itself is the first that nobody has reviewed.
    assert reviews.unreviewed() == reviews.Unreviewed(1, False, NOW)
    tried(at=NOW)
    assert unreviewed() == 2


def test_review_of_a_part_leaves_everything_as_it_is(database: Database) -> None:
    tried(outcome=Outcome.SUCCESS, at=before(hours=1))
    signed(Filter(outcome="success"))
    assert unreviewed() == 2


def test_rows_that_stand_before_calls_may_be_part_of_a_review_of_everything(database: Database) -> None:
    tried(at=before(hours=1))
    assert signed(Filter(begun=True)).rows == 2
    assert unreviewed() == 1


def test_reviews_that_follow_each_other_cover_together(database: Database) -> None:
    tried(at=before(hours=3))
    signed(Filter(until=before(hours=2)))
    tried(at=before(hours=1))
    assert unreviewed() == 2
    signed(Filter(since=before(hours=2)))
    assert reviews.unreviewed() == reviews.Unreviewed(1, False, NOW)


def test_review_with_a_gap_before_it_covers_nothing(database: Database) -> None:
    tried(at=before(hours=3))
    signed(Filter(until=before(hours=3)))
    signed(Filter(since=before(hours=2)))
    assert unreviewed() == 3


def test_count_stops_at_its_cap(database: Database) -> None:
    for _ in range(4):
        noted()
    assert reviews.unreviewed(3) == reviews.Unreviewed(3, True, None)


def test_preset_is_signed_as_the_times_it_stood_for(database: Database) -> None:
    asked = Filter(preset="24h", since=before(hours=24))
    assert signed(asked).query == "since=2026-03-01T09%3A00%3A00Z&until=2026-03-02T09%3A00%3A00Z"


def test_nobody_signs_what_is_yet_to_come(database: Database) -> None:
    review = signed(Filter(until=NOW + timedelta(days=30)))
    assert review.until == NOW


@pytest.mark.parametrize("more", [{"rows": 7}, {"is_capped": True}, {"last_event_id": 99}])
def test_scope_that_the_log_does_not_show_is_not_signed(database: Database, more: dict[str, int]) -> None:
    tried(at=before(hours=1))
    scope = reviews.scope_of(Filter(), now=NOW)
    values = {"asked": scope.asked, "rows": 1, "is_capped": False, "last_event_id": scope.last_event_id}
    with pytest.raises(reviews.Changed):
        reviews.sign(Scope(**values | more), remarks="", by=BY, now=NOW)


def test_open_end_is_not_signed(database: Database) -> None:
    with pytest.raises(reviews.Changed):
        reviews.sign(
            Scope(asked=Filter(), rows=0, is_capped=False, last_event_id=0), remarks="", by=BY, now=NOW
        )


def test_signing_that_would_take_too_long_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "LIMIT_S", 0.0)
    with pytest.raises(reviews.TooWide):
        reviews.scope_of(Filter(), now=NOW)


# --- the pages


def form_of(auditor: Client, query: str = "") -> dict[str, str]:
    return hidden_inputs(auditor.get(f"{SIGN}?{query}").content.decode())


def test_form_shows_exactly_what_is_signed(auditor: Client) -> None:
    tried(outcome=Outcome.SUCCESS, at=timezone.now())
    page = read(auditor, f"{SIGN}?outcome=success")
    newest = AuditEvent.objects.latest("id").id
    assert "1 row" in page.text and f"up to and including row {newest}" in page.text
    assert "Success" in page.text
    assert "This is a part of the log" in page.text


def test_signing_leads_back_to_the_list_with_the_review_in_it(auditor: Client) -> None:
    tried(at=timezone.now())
    response = auditor.post(SIGN, form_of(auditor) | {"remarks": "Looked at <b>all</b> of it."})
    assert response.status_code == 302
    page = read(auditor, response.headers["Location"])
    assert "Your review is signed" in page.text
    assert "Looked at <b>all</b> of it." in page.text
    assert "staff-auditors" in page.text
    assert "1 act is not yet reviewed." in page.text


def test_row_that_came_meanwhile_does_not_change_what_is_signed(auditor: Client) -> None:
    tried(at=timezone.now())
    form = form_of(auditor)
    tried(at=timezone.now())
    assert auditor.post(SIGN, form).status_code == 302
    assert Review.objects.get().rows == 1


def test_log_that_changed_is_shown_anew_with_the_remarks(auditor: Client) -> None:
    tried(at=timezone.now())
    form = form_of(auditor) | {"rows": "5", "remarks": "kept-words"}
    response = auditor.post(SIGN, form)
    assert response.status_code == 409
    assert "kept-words" in response.content.decode()
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"query": "nonsense=1"},
        {"query": "since=never"},
        {"rows": "-1"},
        {"rows": "²"},
        {"last_event_id": ""},
        {"last_event_id": "9" * 40},
        {"remarks": "x" * 4001},
    ],
)
def test_broken_form_is_refused_and_its_words_are_kept(auditor: Client, broken: dict[str, str]) -> None:
    form = form_of(auditor) | {"remarks": "kept-words"} | broken
    response = auditor.post(SIGN, form)
    assert response.status_code == 400
    assert form["remarks"][:50] in response.content.decode()
    assert not Review.objects.exists()
    assert AuditEvent.objects.filter(event=Event.AUDIT_INPUT_REFUSED).count() == 1


def test_bad_filter_cannot_be_signed(auditor: Client) -> None:
    assert auditor.get(SIGN, {"since": "yesterday-ish"}).status_code == 400


def test_exports_stand_beside_the_reviews(auditor: Client) -> None:
    Export.objects.create(
        id="e" * 32,
        asked_by="staff:77",
        asked_at=NOW,
        query="outcome=success",
        format="csv",
        state="done",
        rows=3,
    )
    noted(event=Event.AUDIT_EXPORTED, outcome=Outcome.SUCCESS, step="export:e")
    page = read(auditor, URL)
    assert "staff:77" in page.text and "3 rows as csv" in page.text and "Outcome: Success" in page.text
    assert "audit.exported" in page.text


def test_review_of_another_release_is_listed_as_it_was_stored(auditor: Client) -> None:
    signed()
    Review.objects.update(query="colour=blue")
    assert "colour=blue" in read(auditor, URL).text
    assert reviews.unreviewed().since is None


def test_long_list_goes_on_on_the_next_page(auditor: Client) -> None:
    for number in range(51):
        signed(remarks=f"remark-{number}.")
    first = read(auditor, URL)
    assert "remark-50." in first.text and "remark-0." not in first.text
    older = [attributes["href"] for tag, attributes in first.elements if attributes.get("rel") == "next"]
    assert "remark-0." in read(auditor, f"{URL}{older[0]}").text


@pytest.mark.parametrize("place", ["x", "-1", "1.5", "9" * 30])
def test_place_that_is_none_is_not_found(auditor: Client, place: str) -> None:
    assert auditor.get(URL, {"before": place}).status_code == 404


def test_hostile_remarks_are_text(auditor: Client) -> None:
    auditor.post(SIGN, form_of(auditor) | {"remarks": NASTY})
    page = read(auditor, URL)
    assert not [tag for tag, attributes in page.elements if tag == "script" and "src" not in attributes]


@pytest.mark.parametrize("url", [URL, SIGN])
def test_others_of_the_staff_do_not_see_it(database: Database, url: str) -> None:
    ops = client_of("ops")
    assert (ops.get(url).status_code, ops.post(SIGN, {}).status_code) == (403, 403)
