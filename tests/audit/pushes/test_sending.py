import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from cognito_portal.audit.events import Event
from cognito_portal.audit.models import Push
from cognito_portal.audit.pushes import sending, webhooks
from tests.audit.pushes.receiver import Got, Receiver
from tests.audit.pushes.rows import seal_rows
from tests.audit.rows import begun, noted, somebody
from tests.databases import Database

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SECRET = webhooks.new_secret()


@pytest.fixture
def receiver(database: Database) -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def hook(receiver: Receiver, **more: object) -> Push:
    return Push.objects.create(
        kind="webhook",
        target=receiver.url,
        sealed_secret=webhooks.sealed(SECRET, target=receiver.url),
        next_leaf=sending.end_of_log(),
        created_at=NOW,
        created_by="staff:1",
        **more,
    )


def send(at: datetime = NOW) -> None:
    sending.send_all(now=lambda: at)


def actions(got: list[Got]) -> list[list[str]]:
    return [[row["event"]["action"] for row in json.loads(each.body)["data"]["rows"]] for each in got]


def test_sealed_rows_are_sent_once_and_in_their_order(receiver: Receiver) -> None:
    noted()
    seal_rows()
    hook(receiver)
    noted(event=Event.AUDIT_REVIEWED)
    noted(event=Event.STAFF_SIGNED_OUT)
    send()
    assert receiver.got == []
    seal_rows()
    send()
    send()
    assert actions(receiver.got) == [["audit.reviewed", "staff.signed_out"]]


def test_begin_rows_and_events_nobody_asked_for_are_passed_over(receiver: Receiver) -> None:
    push = hook(receiver, events="staff.signed_out")
    begun(somebody())
    noted()
    noted(event=Event.STAFF_SIGNED_OUT)
    seal_rows()
    send()
    assert actions(receiver.got) == [["staff.signed_out"]]
    push.refresh_from_db()
    assert push.next_leaf == 3


def test_a_delivery_is_signed_as_standard_webhooks_has_it(receiver: Receiver) -> None:
    push = hook(receiver)
    noted()
    seal_rows()
    send()
    (got,) = receiver.got
    identity, timestamp = got.headers["webhook-id"], got.headers["webhook-timestamp"]
    signed = f"{identity}.{timestamp}.".encode() + got.body
    key = b64decode(SECRET.removeprefix("whsec_"))
    expected = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"
    assert identity == f"{push.pk}-0"


def test_what_is_not_taken_is_sent_again_later_under_the_same_id(receiver: Receiver) -> None:
    push = hook(receiver)
    noted()
    seal_rows()
    receiver.statuses = [500, 302]
    for seconds in (0, 4, 5, 34, 35, 36):
        send(NOW + timedelta(seconds=seconds))
    assert len(receiver.got) == 3
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    statuses = list(push.deliveries.order_by("id").values_list("status", "problem"))
    assert statuses == [
        (500, "It answered with HTTP status 500."),
        (302, "It answered with HTTP status 302."),
        (200, ""),
    ]
    push.refresh_from_db()
    assert (push.failures, push.problem, push.retry_at, push.next_leaf) == (0, "", None, 1)


def test_a_receiver_that_is_gone_is_asked_no_more(receiver: Receiver) -> None:
    push = hook(receiver)
    noted()
    seal_rows()
    receiver.statuses = [410]
    for hours in (0, 1, 2):
        send(NOW + timedelta(hours=hours))
    push.refresh_from_db()
    assert (len(receiver.got), push.is_active) == (1, False)


def test_one_that_cannot_be_reached_keeps_no_other_from_its_rows(receiver: Receiver) -> None:
    dead = Receiver()
    dead.url = "http://127.0.0.1:1/hook"
    push = hook(dead)
    hook(receiver)
    noted()
    seal_rows()
    send()
    push.refresh_from_db()
    assert push.problem == "It cannot be reached."
    assert len(receiver.got) == 1


def test_more_rows_than_a_batch_come_in_several(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 3)
    hook(receiver)
    for _ in range(7):
        noted()
    seal_rows()
    send()
    assert [len(batch) for batch in actions(receiver.got)] == [3, 3, 1]


def test_old_deliveries_are_forgotten(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "KEPT_DELIVERIES", 2)
    push = hook(receiver)
    for _ in range(4):
        noted()
        seal_rows()
        send()
    assert list(push.deliveries.order_by("id").values_list("first_leaf", flat=True)) == [2, 3]


def test_a_secret_that_cannot_be_opened_is_a_problem_and_no_crash(
    receiver: Receiver, settings: Settings
) -> None:
    push = hook(receiver)
    noted()
    seal_rows()
    settings.SECRET_KEY = "another-secret-key-of-more-than-fifty-characters-0123456789"
    send()
    push.refresh_from_db()
    assert "add it anew" in push.problem
    assert receiver.got == []
