"""USER_SRP_AUTH against pycognito's arithmetic, which shares nothing with ours."""

from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Answer, Caller

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def client_of(api: Caller, username: str, password: str) -> AWSSRP:
    return AWSSRP(
        username=username, password=password, pool_id=api.pool_id, client_id=api.client_id, client=object()
    )


def begin(api: Caller, username: str, password: str) -> tuple[AWSSRP, Answer]:
    srp = client_of(api, username, password)
    parameters = {"USERNAME": username, "SRP_A": format(srp.large_a_value, "x")}
    return srp, api.call(
        "InitiateAuth", AuthFlow="USER_SRP_AUTH", ClientId=api.client_id, AuthParameters=parameters
    )


def proof(srp: AWSSRP, begun: Answer) -> dict[str, Any]:
    parameters = begun.body["ChallengeParameters"]
    responses: dict[str, Any] = srp.process_challenge(parameters, {"USERNAME": parameters["USERNAME"]})
    return responses


def prove(api: Caller, username: str, password: str) -> Answer:
    srp, begun = begin(api, username, password)
    return api.respond("PASSWORD_VERIFIER", None, **proof(srp, begun))


def test_right_password_signs_in(api: Caller) -> None:
    assert prove(api, api.confirm(), GOOD_PASSWORD).tokens


def test_temporary_password_is_challenged_and_replaced(api: Caller) -> None:
    user = api.invite(name="Full Name")
    challenged = prove(api, user, TEMPORARY_PASSWORD)
    assert challenged.body["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert api.set_password(challenged.session, user).tokens


def test_wrong_password_is_refused(api: Caller) -> None:
    assert prove(api, api.confirm(), "wrong").refusal == WRONG


def test_wrong_proofs_count_towards_the_lock(api: Caller) -> None:
    user = api.confirm()
    for _ in range(5):
        prove(api, user, "wrong")
    with api.cognito.clock.moved(-30):
        assert api.sign_in(user, GOOD_PASSWORD).body["message"] == "Password attempts exceeded"


def test_expired_invitation_is_refused(api: Caller) -> None:
    password = next(user.password for user in api.cognito.users if user.username == "expired")
    assert prove(api, "expired", password).body["message"].startswith("Temporary password has expired")


def test_proof_works_once(api: Caller) -> None:
    srp, begun = begin(api, api.confirm(), GOOD_PASSWORD)
    responses = proof(srp, begun)
    api.respond("PASSWORD_VERIFIER", None, **responses)
    assert api.respond("PASSWORD_VERIFIER", None, **responses).refusal == WRONG


def test_proof_for_another_user_is_refused(api: Caller) -> None:
    srp, begun = begin(api, api.confirm(), GOOD_PASSWORD)
    responses = proof(srp, begun) | {"USERNAME": "active"}
    assert api.respond("PASSWORD_VERIFIER", None, **responses).refusal == WRONG


def test_unknown_user_gets_a_challenge_and_a_refusal(api: Caller) -> None:
    srp, begun = begin(api, "nobody", "anything")
    assert begun.body["ChallengeName"] == "PASSWORD_VERIFIER"
    assert api.respond("PASSWORD_VERIFIER", None, **proof(srp, begun)).refusal == WRONG


@pytest.mark.parametrize(
    ("user", "code"), [("disabled", "NotAuthorizedException"), ("unconfirmed", "UserNotConfirmedException")]
)
def test_status_is_told_at_the_start(api: Caller, user: str, code: str) -> None:
    _, begun = begin(api, user, "anything")
    assert begun.body["__type"] == code
