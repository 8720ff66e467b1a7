"""The lock after five failures: 2^(n-5) seconds, at most 15 minutes."""

import pytest

from cognito_portal.demo.lockout import Lockout
from cognito_portal.demo.wire import CognitoError

from .conftest import GOOD_PASSWORD, Caller

LOCKED = ("NotAuthorizedException", "Password attempts exceeded")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOW = 1_000_000.0


def failed(times: int) -> Lockout:
    lockout = Lockout()
    for _ in range(times):
        lockout.fail(NOW)
    return lockout


def is_locked(lockout: Lockout, *, after: float) -> bool:
    try:
        lockout.check(NOW + after)
    except CognitoError:
        return True
    return False


@pytest.mark.parametrize(
    ("failures", "seconds"), [(5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (40, 900)]
)
def test_lock_doubles_up_to_fifteen_minutes(failures: int, seconds: float) -> None:
    lockout = failed(failures)
    assert is_locked(lockout, after=seconds - 0.01)
    assert not is_locked(lockout, after=seconds)


def test_four_failures_lock_nothing() -> None:
    assert not is_locked(failed(4), after=0)


def test_try_during_the_lock_does_not_lengthen_it() -> None:
    lockout = failed(7)
    for tenth in range(39):
        assert is_locked(lockout, after=tenth / 10)
    assert not is_locked(lockout, after=4)


def test_quiet_time_clears_the_count() -> None:
    lockout = failed(7)
    assert not is_locked(lockout, after=900)
    assert lockout.failures == 0


def test_fifth_wrong_password_locks(api: Caller) -> None:
    user = api.confirm()
    for _ in range(5):
        assert api.sign_in(user, "wrong").refusal == WRONG
    # A little earlier, so that a slow machine does not outlive the lock of one second.
    with api.cognito.clock.moved(-30):
        assert api.sign_in(user, GOOD_PASSWORD).refusal == LOCKED


def test_lock_runs_out(api: Caller) -> None:
    user = api.confirm()
    for _ in range(5):
        api.sign_in(user, "wrong")
    with api.cognito.clock.moved(1):
        assert api.sign_in(user, GOOD_PASSWORD).tokens


def test_success_clears_the_count(api: Caller) -> None:
    user = api.confirm()
    for _ in range(4):
        api.sign_in(user, "wrong")
    api.sign_in(user, GOOD_PASSWORD)
    for _ in range(4):
        api.sign_in(user, "wrong")
    assert api.sign_in(user, GOOD_PASSWORD).tokens


def test_one_users_lock_is_nobody_elses(api: Caller) -> None:
    user, other = api.confirm(), api.confirm()
    for _ in range(6):
        api.sign_in(user, "wrong")
    assert api.sign_in(other, GOOD_PASSWORD).tokens


def test_admin_flow_shares_the_lock(api: Caller) -> None:
    user = api.confirm()
    parameters = {"USERNAME": user, "PASSWORD": "wrong"}
    request = {
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "ClientId": api.client_id,
        "AuthParameters": parameters,
    }
    for _ in range(5):
        assert api.signed("AdminInitiateAuth", **request).refusal == WRONG
    with api.cognito.clock.moved(-30):
        assert api.sign_in(user, GOOD_PASSWORD).refusal == LOCKED


def test_enabling_does_not_clear_the_lock(api: Caller) -> None:
    user = api.confirm()
    for _ in range(5):
        api.sign_in(user, "wrong")
    api.signed("AdminEnableUser", Username=user)
    with api.cognito.clock.moved(-30):
        assert api.sign_in(user, GOOD_PASSWORD).refusal == LOCKED


def test_wrong_codes_lock_as_well(api: Caller) -> None:
    user = api.confirm()
    api.signed("AdminSetUserMFAPreference", Username=user, EmailMfaSettings={"Enabled": True})
    session = api.sign_in(user, GOOD_PASSWORD).session
    for _ in range(5):
        refused = api.respond("EMAIL_OTP", session, USERNAME=user, EMAIL_OTP_CODE="x")
        assert refused.body["__type"] == "CodeMismatchException"
    given = {"USERNAME": user, "EMAIL_OTP_CODE": api.code(user)}
    with api.cognito.clock.moved(-30):
        assert api.respond("EMAIL_OTP", session, **given).refusal == LOCKED
    with api.cognito.clock.moved(1):
        assert api.respond("EMAIL_OTP", session, **given).tokens
