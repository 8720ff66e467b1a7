import hashlib
import json
import secrets
from datetime import UTC, datetime

import pytest
from django.db import connection

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from tests.audit.rows import BY, POOL, begun, noted, somebody, stored
from tests.databases import in_threads

pytestmark = pytest.mark.usefixtures("database")


def test_begin_row_says_who_what_when_and_where() -> None:
    before = datetime.now(UTC)
    call = begun(attempt_id="attempt-1")
    (row,) = stored()
    written = {
        key: row[key] for key in ("event", "phase", "attempt_id", "turn", "call_id", "step", "outcome")
    }
    assert written == {
        "event": "signin.started",
        "phase": "begin",
        "attempt_id": "attempt-1",
        "turn": 0,
        "call_id": call.call_id,
        "step": "InitiateAuth",
        "outcome": "",
    }
    assert (row["pool_id"], row["client_id"], row["actor"]) == (POOL, "client", "visitor")
    assert (row["address"], row["user_agent"], row["version"]) == ("192.0.2.7", "Firefox", 2)
    assert before <= row["time"].replace(tzinfo=UTC) <= datetime.now(UTC)


def test_end_row_joins_its_begin_row_and_has_a_duration() -> None:
    call = begun()
    record.end(call, outcome=Outcome.BAD_CREDENTIALS, error_code="NotAuthorizedException", request_id="r-1")
    begin_row, end_row = stored()
    assert end_row["call_id"] == begin_row["call_id"]
    assert (end_row["phase"], end_row["outcome"], end_row["turn"]) == ("end", "bad_credentials", None)
    assert (end_row["error_code"], end_row["request_id"]) == ("NotAuthorizedException", "r-1")
    assert 0 <= end_row["duration_ms"] < 5000


def test_a_turn_of_an_attempt_is_taken_once() -> None:
    begun(attempt_id="a", turn=3)
    with pytest.raises(record.AlreadyTaken):
        begun(attempt_id="a", turn=3)
    begun(attempt_id="a", turn=4)
    assert [row["turn"] for row in stored()] == [3, 4]


def test_of_fifty_parallel_posts_of_one_form_one_is_begun() -> None:
    def post(_: int) -> bool:
        try:
            begun(attempt_id="a")
        except record.AlreadyTaken:
            return False
        return True

    assert sum(in_threads(post, range(50), threads=10)) == 1
    assert len(stored()) == 1


def test_a_call_ends_once() -> None:
    call = begun()
    record.end(call, outcome=Outcome.SUCCESS)
    with pytest.raises(record.AuditUnavailable):
        record.end(call, outcome=Outcome.BAD_CREDENTIALS)
    assert [row["outcome"] for row in stored()] == ["", "success"]


def test_end_without_an_outcome_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="outcome"):
        record.end(begun(), outcome=Outcome.NONE)


def test_unknown_events_and_outcomes_are_refused() -> None:
    with pytest.raises(ValueError, match="guessed"):
        noted(event="signin.guessed")
    with pytest.raises(ValueError, match="maybe"):
        noted(outcome="maybe")
    assert stored() == []


def test_rows_hold_no_name() -> None:
    person = somebody("Ann.Archer", canonical="archer", sub="0a1b2c")
    record.end(begun(person), outcome=Outcome.SUCCESS, person=person)
    written = json.dumps(stored(), default=str).casefold()
    assert "archer" not in written
    assert "0a1b2c" not in written


def test_spellings_of_one_account_share_a_person_id_and_keep_what_was_typed() -> None:
    for typed in ("newhire", " NewHire ", "ｎewhire"):
        begun(somebody(typed))
    assert len({row["person_id"] for row in stored()}) == 1
    assert {row["typed"] for row in stored("audit_person")} == {"newhire", " NewHire ", "ｎewhire"}
    assert len({row["person_commitment"] for row in stored()}) == 3


def test_the_same_name_in_two_pools_is_two_persons() -> None:
    begun(record.Person(pool_id="eu-west-1_A", typed="ann"))
    begun(record.Person(pool_id="eu-west-1_B", typed="ann"))
    assert len({row["person_id"] for row in stored()}) == 2


def test_a_person_is_written_once() -> None:
    for _ in range(3):
        begun(somebody("ann", canonical="ann", sub="s"))
    assert len(stored("audit_person")) == 2  # the account itself, and the name with its sub


def test_parallel_first_sights_of_one_account_agree_on_its_id() -> None:
    spellings = ["newhire", "NewHire", "NEWHIRE", " newhire", "newhire "] * 4
    in_threads(lambda typed: begun(somebody(typed)) and None, spellings, threads=8)
    assert len({row["person_id"] for row in stored()}) == 1


def test_commitment_is_a_salted_hash_that_anyone_can_recompute() -> None:
    begun(somebody("Zoë"))
    person = stored("audit_person")[1]
    named = json.dumps([POOL, "Zoë", "", ""], ensure_ascii=False, separators=(",", ":")).encode()
    expected = hashlib.sha256(bytes.fromhex(person["salt"]) + named).hexdigest()
    assert stored()[0]["person_commitment"] == expected
    assert len(bytes.fromhex(person["salt"])) == 16


def test_a_row_named_once_is_written_once() -> None:
    assert noted(once="k") is True
    assert noted(once="k") is False
    assert noted(once="other") is True
    assert len(stored()) == 2


def test_hostile_text_is_stored_on_one_line_and_cut() -> None:
    nasty = "a\r\nb\x00c\x1b[31m\u2028\u2029\ud800\u202e" + "x" * 5000
    by = record.By(actor=nasty, address=nasty, user_agent=nasty)
    noted(by=by, step=nasty, attempt_id=nasty, person=somebody(nasty), client_id=nasty, error_code=nasty)
    (row,) = stored()
    texts = [value for value in row.values() if isinstance(value, str)]
    texts += [
        value for person in stored("audit_person") for value in person.values() if isinstance(value, str)
    ]
    assert all(text.isprintable() for text in texts)
    assert len(row["user_agent"]) == 256
    assert row["user_agent"].startswith("a␍␊b␀c␛[31m��")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("nonsense\n", "nonsense␊"),
    ],
)
def test_address_key(address: str, key: str) -> None:
    assert record.address_key(address) == key


def test_a_note_inside_a_failed_transaction_is_gone_with_it() -> None:
    with pytest.raises(ZeroDivisionError), record.write_transaction():
        noted()
        raise ZeroDivisionError
    assert stored() == []


def test_failure_of_the_database_tells_nothing_of_the_row() -> None:
    secret = secrets.token_hex(8)
    noted()  # the log is known to be guarded
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_person")
    with pytest.raises(record.AuditUnavailable) as caught:
        noted(person=somebody(secret))
    assert secret not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_note_says_who_did_what() -> None:
    record.note(event=Event.AUDIT_EXPORTED, outcome=Outcome.RECORDED, by=BY, count=7)
    (row,) = stored()
    assert (row["phase"], row["outcome"], row["count"], row["person_id"]) == ("single", "recorded", 7, "")


def test_a_flood_of_unadmitted_acts_leaves_a_few_rows_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record.time, "time", lambda: 1_000_000.0)
    written = [refused_form(BY) for _ in range(record.ROWS_A_SECOND + 5)]
    assert written == [True] * record.ROWS_A_SECOND + [False] * 5
    assert len(stored()) == record.ROWS_A_SECOND


def test_the_next_second_and_another_address_have_rows_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr(record.time, "time", lambda: now[0])
    for _ in range(record.ROWS_A_SECOND):
        refused_form(BY)
    assert refused_form(record.By(actor="visitor", address="192.0.2.2", user_agent=""))
    now[0] += 1
    assert refused_form(BY)


def refused_form(by: record.By) -> bool:
    return record.note_bounded(
        event=Event.SIGNIN_CSRF_FAILED, outcome=Outcome.DENIED, by=by, step="/sign-in/"
    )
