"""CUSTOM_AUTH: two questions, three wrong answers, with the password first or without it."""

from collections.abc import Callable

import pytest

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Answer, Caller
from .test_srp import client_of, proof

BAD = ("NotAuthorizedException", "Incorrect username or password.")
USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")


def begin(api: Caller, username: str, **more: str) -> Answer:
    parameters = {"USERNAME": username, **more}
    return api.call("InitiateAuth", AuthFlow="CUSTOM_AUTH", ClientId=api.client_id, AuthParameters=parameters)


def answer(api: Caller, username: str, session: str, text: str) -> Answer:
    return api.respond("CUSTOM_CHALLENGE", session, USERNAME=username, ANSWER=text)


def question(asked: Answer) -> str:
    assert asked.body["ChallengeName"] == "CUSTOM_CHALLENGE", asked.body
    return str(asked.body["ChallengeParameters"]["question"])


def test_two_right_answers_sign_in(api: Caller) -> None:
    user = api.confirm()
    first = begin(api, user)
    second = answer(api, user, first.session, "yellow")
    assert question(second) != question(first)
    assert answer(api, user, second.session, " Eight ").tokens


def test_question_publishes_what_a_page_may_and_may_not_show(api: Caller) -> None:
    shown = begin(api, "custom").body["ChallengeParameters"]
    assert set(shown) == {"question", "hint", "internal", "USER_ID_FOR_SRP"}


def test_wrong_answer_is_asked_again_with_a_new_session(api: Caller) -> None:
    user = api.confirm()
    first = begin(api, user)
    again = answer(api, user, first.session, "blue")
    assert question(again) == question(first)
    assert answer(api, user, first.session, "yellow").refusal == USED
    assert question(answer(api, user, again.session, "yellow")) != question(first)


def test_third_wrong_answer_ends_it(api: Caller) -> None:
    user = api.confirm()
    asked = begin(api, user)
    for _ in range(2):
        asked = answer(api, user, asked.session, "blue")
    assert answer(api, user, asked.session, "blue").refusal == BAD
    assert answer(api, user, asked.session, "yellow").refusal == USED


def test_answer_of_the_second_question_does_not_do_for_the_first(api: Caller) -> None:
    user = api.confirm()
    first = begin(api, user)
    assert question(answer(api, user, first.session, "eight")) == question(first)


def begin_with_srp(api: Caller, user: str, password: str) -> Answer:
    srp = client_of(api, user, password)
    begun = begin(api, user, CHALLENGE_NAME="SRP_A", SRP_A=format(srp.large_a_value, "x"))
    assert begun.body["ChallengeName"] == "PASSWORD_VERIFIER"
    return api.respond("PASSWORD_VERIFIER", begun.session, **proof(srp, begun))


def test_password_comes_first_where_it_is_asked_for(api: Caller) -> None:
    user = api.confirm()
    first = begin_with_srp(api, user, GOOD_PASSWORD)
    second = answer(api, user, first.session, "yellow")
    assert answer(api, user, second.session, "eight").tokens


def test_wrong_password_gets_no_question(api: Caller) -> None:
    assert begin_with_srp(api, api.confirm(), "wrong").refusal == BAD


def test_temporary_password_is_replaced_first(api: Caller) -> None:
    user = api.invite(name="Full Name")
    assert begin_with_srp(api, user, TEMPORARY_PASSWORD).body["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_srp_without_its_value_names_it(api: Caller) -> None:
    refused = begin(api, "custom", CHALLENGE_NAME="SRP_A")
    assert refused.refusal == ("InvalidParameterException", "Missing required parameter SRP_A")


@pytest.mark.parametrize(
    ("user", "code"),
    [
        ("newhire", "NotAuthorizedException"),
        ("disabled", "NotAuthorizedException"),
        ("resetme", "PasswordResetRequiredException"),
        ("unconfirmed", "UserNotConfirmedException"),
    ],
)
def test_status_is_told_at_the_start(api: Caller, user: str, code: str) -> None:
    assert begin(api, user).body["__type"] == code


def test_flow_has_to_be_allowed(make_client: Callable[..., Caller]) -> None:
    assert begin(make_client(), "custom").body["__type"] == "InvalidParameterException"


def test_unknown_user_is_asked_and_never_gets_in(api: Caller) -> None:
    asked = begin(api, "nobody-at-all")
    assert question(asked) == question(begin(api, "custom"))
    for _ in range(2):
        asked = answer(api, "nobody-at-all", asked.session, "yellow")
    assert answer(api, "nobody-at-all", asked.session, "yellow").refusal == BAD
