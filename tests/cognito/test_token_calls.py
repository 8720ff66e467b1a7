import pytest

from cognito_portal.cognito.errors import Cause, CognitoRefused, CognitoUnavailable
from cognito_portal.cognito.secret_hash import secret_hash
from cognito_portal.cognito.types import AuthenticationResult
from tests.cognito.conftest import CLIENT_ID, Serve, client_for
from tests.cognito.servers import answering, response
from tests.cognito.test_operations import DEVICE_KEY, RENEWED, RESULT, SECRET, sent

OK = response({"AuthenticationResult": RENEWED, "ChallengeParameters": {}})


def refusal(message: str, code: str = "NotAuthorizedException") -> bytes:
    return response({"__type": code, "message": message}, status=400)


def test_older_renewal_sends_no_username(serve: Serve) -> None:
    server = serve(answering(OK))
    client = client_for(server)
    result = client.refresh_token_auth(username="mary", refresh_token="r", device_key=DEVICE_KEY)
    assert result == RESULT
    assert sent(server) == {
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": CLIENT_ID,
        "AuthParameters": {"REFRESH_TOKEN": "r", "DEVICE_KEY": DEVICE_KEY},
    }


def test_older_renewal_hashes_the_username_it_does_not_send(serve: Serve) -> None:
    server = serve(answering(OK))
    client_for(server, client_secret=SECRET).refresh_token_auth(username="mary", refresh_token="r")
    expected = secret_hash(username="mary", client_id=CLIENT_ID, client_secret=SECRET)
    assert sent(server)["AuthParameters"] == {"REFRESH_TOKEN": "r", "SECRET_HASH": expected}


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("Invalid Refresh Token", Cause.REFRESH_OVER),
        ("words that nobody has seen", Cause.REFRESH_OVER),
        ("SecretHash does not match for the client: 1abc", Cause.SECRET_HASH),
        ("User is disabled.", Cause.DISABLED),
    ],
)
def test_refused_renewal_is_not_read_as_a_wrong_password(serve: Serve, message: str, cause: Cause) -> None:
    client = client_for(serve(answering(refusal(message))))
    with pytest.raises(CognitoRefused) as older:
        client.refresh_token_auth(username="mary", refresh_token="r")
    with pytest.raises(CognitoRefused) as newer:
        client.get_tokens_from_refresh_token(refresh_token="r")
    assert (older.value.meaning.cause, newer.value.meaning.cause) == (cause, cause)
    assert (older.value.request_id, older.value.status) == ("req-1", 400)


def test_reuse_of_a_rotated_token_ends_the_session(serve: Serve) -> None:
    client = client_for(serve(answering(refusal("", "RefreshTokenReuseException"))))
    with pytest.raises(CognitoRefused) as raised:
        client.get_tokens_from_refresh_token(refresh_token="r")
    assert raised.value.meaning.cause is Cause.REFRESH_OVER


def test_rotated_token_comes_with_the_new_ones(serve: Serve) -> None:
    rotated = response({"AuthenticationResult": {**RENEWED, "RefreshToken": "r.2"}})
    result = client_for(serve(answering(rotated))).get_tokens_from_refresh_token(refresh_token="r.1")
    assert isinstance(result, AuthenticationResult)
    assert result.refresh_token == "r.2"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"AuthenticationResult": {**RENEWED, "IdToken": None}},
        {"AuthenticationResult": {**RENEWED, "AccessToken": ""}},
        {"ChallengeName": "SMS_MFA", "Session": "s" * 20},
        {"ChallengeName": "SMS_MFA", "AuthenticationResult": RENEWED},
    ],
)
def test_renewal_that_brings_no_whole_set_of_tokens_is_no_answer(
    serve: Serve, answer: dict[str, object]
) -> None:
    client = client_for(serve(answering(response(answer))))
    with pytest.raises(CognitoUnavailable):
        client.get_tokens_from_refresh_token(refresh_token="r")
    with pytest.raises(CognitoUnavailable):
        client.refresh_token_auth(username="mary", refresh_token="r")


def test_renewal_without_an_answer_is_not_repeated(serve: Serve) -> None:
    server = serve(answering(response({"__type": "InternalErrorException"}, status=500)))
    with pytest.raises(CognitoUnavailable):
        client_for(server).get_tokens_from_refresh_token(refresh_token="r")
    assert len(server.requests) == 1
