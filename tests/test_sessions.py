"""The session engine, on both databases: what Django promises of a session, and one statement for each act."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cognito_portal import sessions
from cognito_portal.sessions import SessionStore
from tests.databases import Database


@pytest.fixture(autouse=True)
def own_database(database: Database) -> None:
    """Each test here runs on SQLite and on PostgreSQL."""


def stored(**content: str) -> SessionStore:
    session = SessionStore()
    session.update(content)
    session.save()
    return session


def reopened(session: SessionStore) -> SessionStore:
    return SessionStore(session.session_key)


@contextmanager
def statements(count: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    assert len(captured) == count, captured.captured_queries


def test_new_session_is_one_insert() -> None:
    with statements(1):
        session = stored(name="ada")
    assert reopened(session)["name"] == "ada"


def test_key_has_160_bits() -> None:
    keys = {stored().session_key for _ in range(10)}
    assert len(keys) == 10
    assert {len(bytes.fromhex(str(key))) for key in keys} == {20}


def test_session_that_stands_as_it_is_is_not_written_again() -> None:
    session = stored(name="ada")
    with statements(0):
        session.save()


def test_changed_session_is_one_update() -> None:
    session = stored(name="ada")
    session["name"] = "mary"
    with statements(1):
        session.save()
    assert reopened(session)["name"] == "mary"


def test_value_that_was_changed_in_place_is_written() -> None:
    session = stored()
    session["names"] = ["ada"]
    session.save()
    session["names"].append("mary")
    session.save()
    assert reopened(session)["names"] == ["ada", "mary"]


def test_cycled_key_takes_everything_along_in_one_statement() -> None:
    session = stored(name="ada")
    earlier = session.session_key
    session["step"] = "two"
    with statements(1):
        session.cycle_key()
        session.save()
    assert dict(reopened(session).items()) == {"name": "ada", "step": "two"}
    assert not SessionStore(earlier).exists(str(earlier))


def test_cycled_key_of_an_unread_session_keeps_what_it_held() -> None:
    session = reopened(stored(name="ada"))
    session.cycle_key()
    assert reopened(session)["name"] == "ada"


def test_cycling_a_session_that_was_ended_meanwhile_revives_nothing() -> None:
    session = stored(name="ada")
    reopened(session).flush()
    with pytest.raises(UpdateError):
        session.cycle_key()
    assert Session.objects.count() == 0


def test_saving_a_session_that_was_ended_meanwhile_revives_nothing() -> None:
    session = stored(name="ada")
    reopened(session).flush()
    session["name"] = "mary"
    with pytest.raises(UpdateError):
        session.save()
    assert Session.objects.count() == 0


def test_flushed_session_leaves_no_row_and_no_content() -> None:
    session = stored(name="ada")
    session.flush()
    assert Session.objects.count() == 0
    assert (session.session_key, session.is_empty()) == (None, True)


def test_flushing_a_session_without_a_row_asks_the_database_nothing() -> None:
    with statements(0):
        SessionStore().flush()


def test_unknown_key_is_not_adopted() -> None:
    session = SessionStore("f" * 40)
    assert "name" not in session
    assert session.session_key is None


def test_expired_session_reads_as_empty() -> None:
    session = stored(name="ada")
    session.set_expiry(-1)
    session.save()
    assert "name" not in reopened(session)


def test_row_is_gone_with_the_transaction_that_wrote_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        stored(name="ada")
        raise RuntimeError
    assert Session.objects.count() == 0


def test_row_is_one_that_django_itself_can_read() -> None:
    session = stored(name="ada")
    assert Session.objects.get(pk=session.session_key).get_decoded() == {"name": "ada"}


def test_failing_database_is_no_ended_session() -> None:
    session = stored(name="ada")
    session["name"] = "mary"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_session RENAME TO elsewhere")
    with pytest.raises(DatabaseError):
        session.save()


def test_held_session_is_what_another_request_wrote() -> None:
    session = stored(name="ada")
    other = reopened(session)
    other["tokens"] = "new"
    other.save()
    with transaction.atomic():
        session.hold()
        session["seen"] = "now"
        session.save()
    assert dict(reopened(session).items()) == {"name": "ada", "tokens": "new", "seen": "now"}


def test_session_that_was_ended_meanwhile_cannot_be_held() -> None:
    session = stored(name="ada")
    reopened(session).flush()
    with pytest.raises(UpdateError), transaction.atomic():
        session.hold()


def test_held_session_that_is_not_changed_is_not_written_again() -> None:
    session = stored(name="ada")
    with transaction.atomic():
        session.hold()
        with statements(0):
            session.save()


def test_sessions_that_are_over_are_removed_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CLEAR_ROWS", 2)
    for _ in range(5):
        session = stored()
        Session.objects.filter(pk=session.session_key).update(
            expire_date=timezone.now() - timedelta(seconds=1)
        )
    young = stored(name="ada")
    with statements(3):
        SessionStore.clear_expired()
    assert list(Session.objects.values_list("pk", flat=True)) == [young.session_key]
