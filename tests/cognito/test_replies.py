import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_portal.cognito import replies, strict_json
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.types import Answer, AuthenticationResult, ChallengeName, IssuedChallenge

TOKENS: dict[str, Any] = {
    "AccessToken": "a.a.a",
    "IdToken": "i.i.i",
    "RefreshToken": "canary-refresh",
    "ExpiresIn": 3600,
    "TokenType": "Bearer",
}
CHALLENGE: dict[str, Any] = {
    "ChallengeName": "NEW_PASSWORD_REQUIRED",
    "Session": "canary-session",
    "ChallengeParameters": {
        "USER_ID_FOR_SRP": "mary",
        "requiredAttributes": '["userAttributes.name","userAttributes.custom:dept","email"]',
        "userAttributes": '{"email":"mary@example.com","name":"Mary"}',
    },
}


def read(payload: dict[str, Any]) -> Answer:
    return replies.answer(payload, operation="InitiateAuth", request_id="r-1")


def challenge(**parameters: str) -> IssuedChallenge:
    answer = read({**CHALLENGE, "ChallengeParameters": parameters})
    assert isinstance(answer, IssuedChallenge)
    return answer


def test_tokens_are_read() -> None:
    answer = read({"AuthenticationResult": TOKENS, "ChallengeParameters": {}})
    assert isinstance(answer, AuthenticationResult)
    assert (answer.access_token, answer.expires_in_s, answer.request_id) == ("a.a.a", 3600, "r-1")


def test_refresh_token_may_be_missing() -> None:
    answer = read({"AuthenticationResult": {**TOKENS, "RefreshToken": None}})
    assert isinstance(answer, AuthenticationResult)
    assert answer.refresh_token is None


def test_challenge_is_read() -> None:
    answer = read(CHALLENGE)
    assert isinstance(answer, IssuedChallenge)
    assert answer.name == ChallengeName.NEW_PASSWORD_REQUIRED
    assert answer.session == "canary-session"
    assert answer.required_attributes() == ("name", "custom:dept", "email")
    assert answer.user_attributes() == {"email": "mary@example.com", "name": "Mary"}


@pytest.mark.parametrize("answer", [read(CHALLENGE), read({"AuthenticationResult": TOKENS})])
def test_answer_shows_no_secret(answer: Answer) -> None:
    for secret in ("canary", "a.a.a", "i.i.i", "mary"):
        assert secret not in repr(answer)


def test_unknown_challenge_name_survives() -> None:
    answer = read({**CHALLENGE, "ChallengeName": "RETINA_SCAN"})
    assert isinstance(answer, IssuedChallenge)
    assert answer.name == "RETINA_SCAN"


@pytest.mark.parametrize("length", [1, 20, 4096, 5000])
def test_session_of_any_length_is_kept(length: int) -> None:
    answer = read({**CHALLENGE, "Session": "s" * length})
    assert isinstance(answer, IssuedChallenge)
    assert answer.session == "s" * length


def test_password_verifier_may_come_without_session() -> None:
    answer = read({"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": {}})
    assert isinstance(answer, IssuedChallenge)
    assert answer.session is None


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"AuthenticationResult": None},
        {"AuthenticationResult": {}},
        {"AuthenticationResult": []},
        {"AuthenticationResult": "tokens"},
        {"AuthenticationResult": TOKENS, **CHALLENGE},
        {"AuthenticationResult": {**TOKENS, "AccessToken": None}},
        {"AuthenticationResult": {**TOKENS, "AccessToken": ""}},
        {"AuthenticationResult": {**TOKENS, "AccessToken": 1}},
        {"AuthenticationResult": {**TOKENS, "AccessToken": "with space"}},
        {"AuthenticationResult": {**TOKENS, "IdToken": None}},
        {"AuthenticationResult": {**TOKENS, "IdToken": ["i"]}},
        {"AuthenticationResult": {**TOKENS, "IdToken": "i" * 70_000}},
        {"AuthenticationResult": {**TOKENS, "RefreshToken": {}}},
        {"AuthenticationResult": {**TOKENS, "ExpiresIn": "3600"}},
        {"AuthenticationResult": {**TOKENS, "ExpiresIn": True}},
        {"AuthenticationResult": {**TOKENS, "ExpiresIn": 0}},
        {"AuthenticationResult": {**TOKENS, "TokenType": "mac"}},
        {"AuthenticationResult": {**TOKENS, "TokenType": None}},
        {"AuthenticationResult": {**TOKENS, "NewDeviceMetadata": "device"}},
        {**CHALLENGE, "Session": None},
        {**CHALLENGE, "Session": ""},
        {**CHALLENGE, "Session": 12345},
        {**CHALLENGE, "Session": "s" * 70_000},
        {**CHALLENGE, "ChallengeName": ""},
        {**CHALLENGE, "ChallengeName": 7},
        {**CHALLENGE, "ChallengeName": "TWO\nLINES"},
        {**CHALLENGE, "ChallengeParameters": []},
        {**CHALLENGE, "ChallengeParameters": {"USERNAME": 7}},
        {**CHALLENGE, "AvailableChallenges": "PASSWORD"},
        {**CHALLENGE, "AvailableChallenges": [1]},
        {"Session": "s" * 30},
    ],
)
def test_odd_success_is_no_answer(payload: dict[str, Any]) -> None:
    with pytest.raises(CognitoUnavailable) as raised:
        read(payload)
    assert (raised.value.kind, raised.value.request_id) == ("garbage", "r-1")


@pytest.mark.parametrize(
    "parameters, username",
    [
        ({"USERNAME": "real", "USER_ID_FOR_SRP": "srp"}, "real"),
        ({"USER_ID_FOR_SRP": "srp"}, "srp"),
        ({"USERNAME": ""}, "typed"),
        ({}, "typed"),
    ],
)
def test_canonical_username(parameters: dict[str, str], username: str) -> None:
    assert challenge(**parameters).canonical_username("typed") == username


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", "not json", "[1, null]", "[" * 5000, '["userAttributes."]']
)
def test_unreadable_required_attributes_are_none(text: str) -> None:
    assert challenge(requiredAttributes=text).required_attributes() == ()


@pytest.mark.parametrize("text", ["", "[]", "null", "not json", '{"email": 1}'])
def test_unreadable_user_attributes_are_none(text: str) -> None:
    assert challenge(userAttributes=text).user_attributes() == {}


def test_missing_parameters_are_tolerated() -> None:
    answer = read({"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s", "ChallengeParameters": None})
    assert isinstance(answer, IssuedChallenge)
    assert answer.required_attributes() == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["AuthenticationResult", "ChallengeName", "Session", "ChallengeParameters", "UserPool"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES | st.just(TOKENS), max_size=4))
def test_no_payload_breaks_the_reader(payload: dict[str, Any]) -> None:
    try:
        answer = read(payload)
    except CognitoUnavailable:
        return
    assert isinstance(answer, IssuedChallenge) or payload["AuthenticationResult"] == TOKENS


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps({"a": value}).encode()))
def test_no_body_breaks_the_parser(body: bytes) -> None:
    try:
        value = strict_json.loads(body)
    except ValueError:
        return
    assert isinstance(value, dict)
