"""One row, with all that it says and every way on from it."""

import pytest
from django.test import Client

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import AuditEvent, AuditLeaf
from tests.audit.pages.reading import NOW, row_url
from tests.audit.rows import begun, noted, somebody
from tests.audit.visitors import URL, auditor

__all__ = ["auditor"]


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
