"""Every door to an audit row that the ORM has."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from cognito_portal.audit.models import AppendOnlyError, AuditEvent, AuditPerson
from tests.audit.rows import begun, somebody, stored
from tests.databases import Database

pytestmark = pytest.mark.usefixtures("database")


def _first() -> AuditEvent:
    return AuditEvent.objects.get(pk=1)


def _changed() -> AuditEvent:
    row = _first()
    row.outcome = "success"
    return row


def _forged() -> AuditEvent:
    return AuditEvent(pk=1, time=datetime.now(UTC), outcome="success")


DOORS: dict[str, Callable[[], object]] = {
    "save": lambda: _changed().save(),
    "save of one field": lambda: _changed().save(update_fields=["outcome"]),
    "forced save": lambda: _changed().save(force_update=True),
    "forced save of a new object": lambda: _forged().save(force_update=True),
    "save_base": lambda: _changed().save_base(force_update=True),
    "delete": lambda: _first().delete(),
    "update": lambda: AuditEvent.objects.update(outcome="success"),
    "filtered update": lambda: AuditEvent.objects.filter(pk=1).update(outcome="success"),
    "delete of a query set": lambda: AuditEvent.objects.filter(pk=1).delete(),
    "raw delete": lambda: AuditEvent.objects.all()._raw_delete("default"),
    "bulk_update": lambda: AuditEvent.objects.bulk_update([_changed()], ["outcome"]),
    "bulk upsert": lambda: AuditEvent.objects.bulk_create(
        [_forged()], update_conflicts=True, unique_fields=["id"], update_fields=["outcome"]
    ),
    "update_or_create": lambda: AuditEvent.objects.update_or_create({"outcome": "success"}, pk=1),
    "base manager": lambda: AuditEvent._base_manager.filter(pk=1).update(outcome="success"),
    "default manager": lambda: AuditEvent._default_manager.filter(pk=1).delete(),
}


@pytest.mark.parametrize("door", DOORS)
def test_the_orm_changes_and_removes_no_row(door: str) -> None:
    begun()
    before = stored()
    with pytest.raises(AppendOnlyError):
        DOORS[door]()
    assert stored() == before


def test_a_new_object_with_an_old_key_is_not_saved_over_it() -> None:
    begun()
    with pytest.raises(IntegrityError):
        _forged().save()
    assert stored()[0]["outcome"] == ""


def test_a_person_is_append_only_as_well() -> None:
    begun(somebody("ann"))
    person = AuditPerson.objects.get()
    person.typed = "bob"
    with pytest.raises(AppendOnlyError):
        person.save()
    with pytest.raises(AppendOnlyError):
        AuditPerson.objects.all().delete()


def test_rows_can_be_appended_through_the_orm(database: Database) -> None:
    AuditEvent.objects.create(time=datetime.now(UTC), event="audit.exported", phase="single")
    AuditEvent.objects.bulk_create([AuditEvent(time=datetime.now(UTC), event="audit.exported")])
    assert AuditEvent.objects.count() == 2
    assert str(AuditEvent.objects.first()) == "1 audit.exported single "
