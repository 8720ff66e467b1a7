"""Whoever is forgotten stands in no view of the list of accounts that staff kept."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db import transaction
from pytest_django import Settings

from cognito_portal.audit import forgetting
from cognito_portal.audit.record import By
from cognito_portal.ops.index import entries
from cognito_portal.ops.models import SavedView
from tests.databases import default_database
from tests.ops.index.accounts import sub_of, user
from tests.test_roles import Made, roles, roles_apart

__all__ = ["roles", "roles_apart"]

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OPERATOR = By(actor="shell:root", address="", user_agent="")


@pytest.fixture(autouse=True)
def attributes(settings: Settings) -> None:
    settings.POOL_INDEX_ATTRIBUTES = ["email", "phone_number", "name", "custom:team"]


@pytest.fixture
def accounts(database: object) -> None:
    indexed()


def indexed() -> None:
    with transaction.atomic():
        entries.store(
            [
                user(
                    "ann",
                    email="Ann@example.com",
                    phone_number="+12025550123",
                    name="Ann Lee",
                    **team("Blue"),
                ),
                user("joann", email="joann@example.com", name="Jo Ann", **team("Blue")),
            ],
            is_whole=False,
        )


def team(name: str) -> dict[str, str]:
    return {"custom:team": name}


def view(
    value: str, *, attribute: str = "email", how: str = "is", name: str = "mine", more: str = ""
) -> SavedView:
    owner, _ = get_user_model().objects.get_or_create(username="helpdesk")
    asked = {"attribute": attribute} | ({"how": how} if how != "is" else {})
    query = more + urlencode(asked if value else {"status": "CONFIRMED"})
    return SavedView.objects.create(owner=owner, name=name, query=query, value=value, created_at=NOW)


def forgotten(who: str = sub_of("ann")) -> int:
    pool_id = django_settings.COGNITO_USER_POOL_ID
    return forgetting.forget(pool_id=pool_id, username=who, reason="GDPR-1", by=OPERATOR).erased


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("who", [sub_of("ann"), "ann"])
@pytest.mark.parametrize(
    ("attribute", "how", "value"),
    [
        ("email", "is", "ann@example.com"),
        ("email", "is", "ANN@Example.com"),
        # A whole address of theirs, though it ends another's.
        ("email", "has", "ann@example.com"),
        ("phone_number", "is", "+12025550123"),
        ("phone_number", "has", "5550123"),
        ("name", "has", "Lee"),
        ("custom:team", "is", "sub-ann"),
    ],
)
def test_value_of_a_forgotten_person_finds_nobody_from_then_on(
    who: str, attribute: str, how: str, value: str
) -> None:
    kept = view(value, attribute=attribute, how=how, more="status=CONFIRMED&")
    assert forgotten(who) == 1
    kept.refresh_from_db()
    assert (kept.value, kept.name) == ("-", "mine")
    assert kept.query == "status=CONFIRMED&" + urlencode({"attribute": attribute})


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("attribute", "how", "value"),
    [
        ("email", "is", "joann@example.com"),
        ("email", "has", "@example.com"),
        ("custom:team", "is", "Blue"),
        ("custom:team", "is", "a"),
        ("name", "has", "an"),
    ],
)
def test_what_another_account_is_meant_by_stays(attribute: str, how: str, value: str) -> None:
    kept = view(value, attribute=attribute, how=how)
    before = (kept.query, kept.value)
    assert forgotten() == 0
    kept.refresh_from_db()
    assert (kept.query, kept.value) == before


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("name", ["about Ann@example.com", "Ann Lee’s", "+12025550123", "call sub-ann"])
def test_view_is_called_after_a_forgotten_person_no_more(name: str) -> None:
    kept, other = view("", name=name), view("", name="Blue ones")
    view("", name=f"view {kept.pk}")
    assert forgotten() == 1
    kept.refresh_from_db()
    other.refresh_from_db()
    assert (kept.name, other.name) == (f"view {kept.pk}’", "Blue ones")
    assert kept.query == "status=CONFIRMED"


@pytest.mark.usefixtures("database")
def test_value_goes_where_the_account_is_gone_from_the_list() -> None:
    kept = view("ann@example.com")
    assert forgotten("ann@example.com") == 1
    kept.refresh_from_db()
    assert kept.value == "-"


def test_whoever_forgets_people_may_redact_views(roles_apart: Made) -> None:
    indexed()
    kept = view("ann@example.com", name="of Ann Lee")
    with default_database(roles_apart.url("retention")):
        assert forgotten() == 1
    kept.refresh_from_db()
    assert (kept.value, kept.name) == ("-", f"view {kept.pk}")
