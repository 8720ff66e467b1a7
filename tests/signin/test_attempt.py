from dataclasses import replace
from typing import Any

import pytest

from cognito_portal.cognito.types import IssuedChallenge
from cognito_portal.signin import attempt as module
from cognito_portal.signin.attempt import Attempt, Beginning, is_attempt_id, new_attempt_id

POOL, CLIENT = "eu-west-1_Pool00001", "1client"
PARAMETERS = {"USER_ID_FOR_SRP": "newhire", "requiredAttributes": '["userAttributes.name"]'}


def challenge(
    name: str = "NEW_PASSWORD_REQUIRED", session: str = "s" * 30, **parameters: str
) -> IssuedChallenge:
    return IssuedChallenge(name, parameters or PARAMETERS, session, (), "request-1")


def begun(issued: IssuedChallenge | None = None, *, minutes: int | None = 3) -> Attempt:
    return Attempt.begun(
        issued or challenge(),
        attempt_id=new_attempt_id(),
        turn=1,
        pool_id=POOL,
        client_id=CLIENT,
        beginning=Beginning(username="NewHire", flow="USER_PASSWORD_AUTH", password="Temporary-1-pass"),
        session_minutes=minutes,
    )


def stored(attempt: Attempt) -> dict[str, Any]:
    return attempt.to_session()


def read(held: object, *, pool_id: str = POOL, client_id: str = CLIENT) -> Attempt | None:
    return Attempt.from_session(held, pool_id=pool_id, client_id=client_id)


def test_it_comes_back_from_the_session_as_it_went() -> None:
    attempt = begun()
    assert read(stored(attempt)) == attempt


@pytest.mark.parametrize("where", [{"pool_id": "eu-west-1_Other"}, {"client_id": "2client"}])
def test_it_cannot_be_read_for_another_pool_or_client(where: dict[str, str]) -> None:
    assert read(stored(begun()), **where) is None


def test_it_cannot_be_read_under_another_id() -> None:
    held = stored(begun()) | {"id": new_attempt_id()}
    assert read(held) is None


@pytest.mark.parametrize(
    "held", [None, "", 7, [], {}, {"v": 1}, {"v": 2}, {"v": 2, "id": None, "blob": None}]
)
def test_garbage_is_no_attempt(held: object) -> None:
    assert read(held) is None


def test_only_its_id_stands_in_clear() -> None:
    held = stored(begun())
    assert held.keys() == {"v", "id", "blob"}
    assert "newhire" not in held["blob"]


def test_the_name_that_cognito_uses_wins_over_the_typed_one() -> None:
    assert begun().canonical_username == "newhire"
    named = begun(challenge(USERNAME="first", USER_ID_FOR_SRP="second"))
    assert (named.canonical_username, named.is_canonical_certain) == ("first", True)
    unnamed = begun(challenge(requiredAttributes="[]"))
    assert (unnamed.canonical_username, unnamed.is_canonical_certain) == ("NewHire", False)


def test_an_advance_takes_the_new_session_and_the_next_turn() -> None:
    earlier = begun()
    later = earlier.advanced(challenge("SMS_MFA", "t" * 30), session_minutes=5)
    assert (later.turn, later.cognito_session, later.challenge) == (2, "t" * 30, "SMS_MFA")
    assert later.attempt_id == earlier.attempt_id
    assert later.password_changed


def test_a_kept_attempt_has_the_same_session_and_expiry_and_the_next_turn() -> None:
    earlier = begun()
    assert earlier.kept() == replace(earlier, turn=2)


def test_a_missing_attribute_is_asked_for_once() -> None:
    attempt = begun().kept(also_required="email").kept(also_required="email")
    assert attempt.required_attributes == ("name", "email")


def test_a_known_expiry_counts_to_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = replace(begun(), issued_at=1000.0, expires_at=1180.0)
    assert attempt.is_expiry_known
    assert (attempt.remaining_s(1000.0), attempt.remaining_s(1179.5), attempt.remaining_s(2000.0)) == (
        180,
        0,
        0,
    )
    assert [attempt.is_over(now) for now in (1179.9, 1180.0)] == [False, True]


def test_an_unknown_expiry_is_about_three_minutes_and_refused_after_fifteen() -> None:
    attempt = replace(begun(minutes=None), issued_at=1000.0)
    assert not attempt.is_expiry_known
    assert attempt.remaining_s(1000.0) == module.ASSUMED_SECONDS
    assert [attempt.is_over(1000.0 + seconds) for seconds in (181, 899, 900)] == [False, False, True]


def test_it_knows_the_temporary_password_without_holding_it() -> None:
    attempt = begun()
    assert attempt.is_temporary_password("Temporary-1-pass")
    assert not attempt.is_temporary_password("Temporary-1-pass ")
    assert "Temporary" not in repr(attempt.temporary_password)
    assert begun().temporary_password != attempt.temporary_password


def test_a_form_serves_the_same_person_and_step_only() -> None:
    attempt = begun()
    assert attempt.kept().is_same_step_as(attempt)
    assert not replace(attempt, challenge="SMS_MFA").is_same_step_as(attempt)
    assert not replace(attempt, canonical_username="other").is_same_step_as(attempt)
    assert not attempt.kept(also_required="email").is_same_step_as(attempt)


@pytest.mark.parametrize("text", ["", "f" * 31, "f" * 33, "F" * 32, "g" * 32, "é" * 32, "0" * 31 + "\n"])
def test_what_is_no_attempt_id(text: str) -> None:
    assert is_attempt_id(new_attempt_id())
    assert not is_attempt_id(text)
