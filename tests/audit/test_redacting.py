"""Whoever is forgotten stands in no filter that auditors kept."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model

from cognito_portal.audit.events import Event
from cognito_portal.audit.filters import MAX_QUERY
from cognito_portal.audit.models import AuditEvent, AuditPerson, Export, Review, SavedSearch
from tests.audit.test_forgetting import forgotten, said, signed_in

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("database")


def search(person: str, *, name: str = "mine", more: str = "") -> SavedSearch:
    owner, _ = get_user_model().objects.get_or_create(username="auditor")
    query = urlencode({"person": person}) + more
    return SavedSearch.objects.create(owner=owner, name=name, query=query, created_at=NOW)


def query_after_forgetting(typed: str, *, of: str = "newhire") -> str:
    kept = search(typed)
    forgotten(of)
    kept.refresh_from_db()
    return kept.query


def id_of(account: str) -> str:
    return AuditPerson.objects.filter(account=account).values_list("person_id", flat=True)[0]


@pytest.mark.parametrize(
    "typed", ["newhire", "NewHire", '"newhire"', "newh", "hire", "sub-of-1", "f-1", "newhire@home.example"]
)
def test_name_part_of_a_name_or_sub_gives_way_to_the_id(typed: str) -> None:
    signed_in("newhire", "newhire", "sub-of-1")
    person_id = id_of("newhire")
    assert query_after_forgetting(typed) == f"person={person_id}"


def test_rest_of_the_filter_is_kept() -> None:
    signed_in("newhire", "newhire", "sub-1")
    person_id = id_of("newhire")
    kept = search("newhire", more="&outcome=failure&address=192.0.2.7")
    forgotten("newhire")
    kept.refresh_from_db()
    assert kept.query == f"person={person_id}&outcome=failure&address=192.0.2.7"


@pytest.mark.parametrize("typed", ["other", "@example.com", "e", "ot"])
def test_what_somebody_else_is_meant_by_stays(typed: str) -> None:
    signed_in("newhire@example.com", "newhire", "sub-1")
    signed_in("other@example.com", "other", "sub-2")
    signed_in("erna", "erna", "sub-3")
    assert query_after_forgetting(typed) == urlencode({"person": typed})


def test_whole_name_goes_though_another_name_has_it_in_it() -> None:
    signed_in("anna", "anna", "sub-a")
    signed_in("annabel", "annabel", "sub-b")
    person_id = id_of("anna")
    assert query_after_forgetting("anna", of="anna") == f"person={person_id}"


def test_name_that_another_user_has_now_stays() -> None:
    signed_in("desk@example.com", "anna", "sub-a")
    signed_in("desk@example.com", "bert", "sub-b")
    assert query_after_forgetting("desk@example.com", of="sub-a") == urlencode({"person": "desk@example.com"})


def test_reviews_and_exports_are_redacted_too() -> None:
    signed_in("newhire", "newhire", "sub-1")
    of_newhire = f"person={id_of('newhire')}"
    review = Review.objects.create(
        reviewer="staff:1", reviewed_at=NOW, query="person=newhire", until=NOW, last_event_id=1, rows=1
    )
    export = Export.objects.create(id="e", asked_by="staff:1", asked_at=NOW, query="person=newhire")
    assert forgotten("newhire").redacted == 2
    review.refresh_from_db()
    export.refresh_from_db()
    assert (review.query, export.query) == (of_newhire, of_newhire)


def test_search_that_is_called_after_the_person_gets_another_name() -> None:
    signed_in("newhire", "newhire", "sub-1")
    kept = search("other", name="What NewHire did")
    forgotten("newhire")
    kept.refresh_from_db()
    assert kept.name == f"search {kept.pk}"


def test_filter_that_is_full_gets_no_longer() -> None:
    signed_in("newhire", "newhire", "sub-1")
    kept = search("newhire", more="&x=" + "x" * (MAX_QUERY - len("person=newhire&x=")))
    forgotten("newhire")
    kept.refresh_from_db()
    assert kept.query.startswith("person=-&x=xx")


def test_log_says_how_many_were_redacted_and_not_what() -> None:
    signed_in("newhire", "newhire", "sub-1")
    search("newhire", name="a")
    search("sub-1", name="b")
    forgotten("newhire")
    row = AuditEvent.objects.get(event=Event.AUDIT_FILTERS_REDACTED)
    assert (row.count, row.step, row.person_id, row.outcome) == (2, "", "", "recorded")


def test_command_says_how_many_were_redacted() -> None:
    signed_in("newhire", "newhire", "sub-1")
    search("newhire")
    assert said("newhire").splitlines()[1] == "Filters of searches, reviews and exports redacted: 1."
