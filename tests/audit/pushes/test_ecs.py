import json

from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import AuditEvent
from cognito_portal.audit.pushes.ecs import document
from tests.audit.rows import POOL, begun, noted, somebody
from tests.databases import Database


def written() -> list[dict[str, object]]:
    return [document(row, sequence=place) for place, row in enumerate(every_row())]


def every_row() -> list[queries.Row]:
    """Every row, oldest first."""
    return queries.rows_by_id(list(AuditEvent.objects.order_by("id").values_list("id", flat=True)))


def test_a_refused_sign_in_in_the_words_of_ecs_and_owasp(database: Database) -> None:
    call = begun(somebody("ann"), attempt_id="a" * 32)
    record.end(call, outcome=Outcome.BAD_CREDENTIALS, error_code="NotAuthorizedException", request_id="r-1")
    sent = written()[1]
    duration, time = sent["event"].pop("duration"), sent.pop("@timestamp")
    assert duration % 1_000_000 == 0
    assert time.endswith("Z")
    row_id = sent["event"].pop("id")
    assert row_id.isdigit()
    assert sent == {
        "ecs": {"version": "8.11.0"},
        "message": "Username and password sent: Wrong username or password",
        "log": {"level": "warn"},
        "event": {
            "sequence": 1,
            "kind": "event",
            "module": "cognito_portal",
            "dataset": "cognito_portal.audit",
            "action": "signin.started",
            "category": ["authentication"],
            "type": ["end"],
            "outcome": "failure",
            "code": "NotAuthorizedException",
        },
        "user": {"name": "ann"},
        "source": {"ip": "192.0.2.7"},
        "user_agent": {"original": "Firefox"},
        "http": {"request": {"id": "r-1"}},
        "owasp": {"event": "authn_login_fail:ann", "level": "WARN"},
        "cognito_portal": {
            "outcome": "bad_credentials",
            "phase": "end",
            "step": "InitiateAuth",
            "attempt_id": "a" * 32,
            "call_id": call.call_id,
            "pool_id": POOL,
            "client_id": "client",
            "actor": "visitor",
        },
    }


def test_every_event_with_every_outcome_has_a_document_on_one_line(sqlite: Database) -> None:
    hostile = record.By("staff:1", "not an address", "a\r\nb\u2028c\x1b[31m")
    for event in Event:
        noted(event=event, outcome=Outcome.DENIED, by=hostile, person=somebody('"x\n'))
    for row in every_row():
        line = json.dumps(document(row, sequence=0))
        assert line.isascii()
        assert not any(ord(letter) < 32 for letter in line)
        assert document(row, sequence=0)["source"] == {"address": "not an address"}
    for outcome in set(Outcome) - {Outcome.NONE}:
        noted(outcome=outcome)
        assert written()[-1]["event"]["outcome"] in ("success", "failure", "unknown")
