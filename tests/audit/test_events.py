import pytest

from cognito_portal.audit.event_names import EVENTS
from cognito_portal.audit.events import COUNTS, Event, Outcome, result_of
from cognito_portal.audit.models import AuditEvent
from cognito_portal.audit.readings import OUTCOMES
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.meanings import Cause
from cognito_portal.cognito.refusal_table import TABLE

# The words of https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html in use here.
OWASP = {
    "authn_login_success",
    "authn_login_fail",
    "authn_login_fail_max",
    "authn_password_change",
    "authn_password_change_fail",
    "authn_token_revoked",
    "authz_admin",
    "authz_fail",
    "crypt_decrypt_fail",
    "input_validation_fail",
    "malicious_csrf",
    "malicious_extraneous",
    "sensitive_read",
    "sequence_fail",
    "session_expired",
    "session_logout",
    "session_renewed",
    "sys_crash",
    "user_created",
    "user_deleted",
    "user_updated",
}
# https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category
ECS = {"authentication", "configuration", "database", "file", "iam", "intrusion_detection", "session", "web"}


def test_every_event_and_outcome_has_its_names() -> None:
    assert set(EVENTS) == set(Event)
    assert set(OUTCOMES) == set(Outcome)


def test_events_are_named_room_and_verb() -> None:
    rooms = {"signin", "account", "staff", "ops", "access", "audit", "portal"}
    parts = [event.value.split(".") for event in Event]
    assert {room for room, _ in parts} == rooms
    assert all(verb.replace("_", "").isalpha() for _, verb in parts)


def test_names_for_others_are_words_of_their_vocabularies() -> None:
    for names in EVENTS.values():
        assert {names.owasp, names.owasp_failed} <= OWASP
        assert {*names.category} <= ECS


def test_every_cause_and_every_missing_answer_is_an_outcome() -> None:
    assert {*Cause} | CognitoUnavailable.KINDS <= {*Outcome}


def test_refusals_that_must_look_alike_count_alike() -> None:
    uniform = {row.meaning.cause.value for row in TABLE if row.meaning.uniform}
    assert uniform
    assert uniform <= COUNTS


def test_our_own_faults_count_against_nobody() -> None:
    ours = {row.meaning.cause.value for row in TABLE if row.meaning.our_fault}
    assert ours
    assert not ours & COUNTS


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (Outcome.NONE, "unknown"),
        (Outcome.UNKNOWN, "unknown"),
        (Outcome.CHALLENGE, "success"),
        (Outcome.SUCCESS, "success"),
        (Outcome.DISABLED, "failure"),
    ],
)
def test_result_of(outcome: Outcome, result: str) -> None:
    assert result_of(outcome) == result


def test_every_word_fits_its_column() -> None:
    for field, words in (("event", Event), ("outcome", Outcome)):
        assert max(map(len, words)) <= AuditEvent._meta.get_field(field).max_length
