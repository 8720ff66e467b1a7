"""How often one user may try within an hour."""

import pytest

from cognito_portal.demo.accounts import Account
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.quotas import PER_HOUR, Quotas
from cognito_portal.demo.wire import CognitoError

from .conftest import GOOD_PASSWORD, Answer, Caller
from .test_recovery import confirm, forgot, reset, sign_up

SPENT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def test_changes_of_password_are_limited(api: Caller) -> None:
    access = api.sign_in(api.confirm(), GOOD_PASSWORD).tokens["AccessToken"]

    def change() -> Answer:
        given = {"PreviousPassword": "wrong", "ProposedPassword": "Another-3-pass"}
        return api.call("ChangePassword", AccessToken=access, **given)

    assert all(change().refusal != SPENT for _ in range(5))
    assert change().refusal == SPENT


def test_codes_for_a_sign_up_are_limited(api: Caller) -> None:
    user, _ = sign_up(api)
    answers = [
        api.call("ResendConfirmationCode", ClientId=api.client_id, Username=user).refusal for _ in range(6)
    ]
    assert answers == [None] * 5 + [SPENT]


def test_guesses_at_a_sign_up_code_are_limited(api: Caller) -> None:
    user, _ = sign_up(api)
    wrong = f"{(int(api.code(user)) + 1) % 10**6:06d}"
    refusals = [confirm(api, user, wrong).body["__type"] for _ in range(16)]
    assert refusals == ["CodeMismatchException"] * 15 + ["LimitExceededException"]


def test_guesses_at_a_reset_code_are_limited_and_the_hour_passes(api: Caller) -> None:
    user = api.confirm()
    forgot(api, user)
    wrong = f"{(int(api.code(user)) + 1) % 10**6:06d}"
    refusals = [reset(api, user, wrong).body["__type"] for _ in range(21)]
    assert refusals == ["CodeMismatchException"] * 20 + ["LimitExceededException"]
    with api.cognito.clock.moved(3600):
        forgot(api, user)
        assert reset(api, user, api.code(user)).refusal is None


def test_one_users_tries_cost_another_nothing() -> None:
    clock = Clock()
    quotas, one, other = Quotas(clock, enabled=True), Account(0, 0), Account(0, 0)
    for _ in range(PER_HOUR["VerifyUserAttribute"]):
        quotas.spend("VerifyUserAttribute", one)
    with pytest.raises(CognitoError, match="LimitExceeded"):
        quotas.spend("VerifyUserAttribute", one)
    quotas.spend("VerifyUserAttribute", other)


def test_quotas_may_be_lifted() -> None:
    quotas, account = Quotas(Clock(), enabled=False), Account(0, 0)
    for _ in range(50):
        quotas.spend("ChangePassword", account)
    assert account.spent == {}
