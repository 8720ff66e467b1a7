"""What our log says of the newest tries: somebody tried at the site, and it came to nothing."""

import secrets

from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD
from tests.ops.states.world import WRONG_PASSWORD, World, set_factor
from tests.signin.browsing import Tab


def wrong_twice(world: World) -> str:
    username = world.api.confirm()
    world.signs_in(username, WRONG_PASSWORD, times=2)
    return username


def wrong_to_the_limit_of_the_portal(world: World) -> str:
    username = world.api.confirm()
    world.signs_in(username, WRONG_PASSWORD, times=5)
    return username


def wrong_to_the_lock_of_cognito(world: World) -> str:
    world.settings.THROTTLE_ACCOUNT_LIMIT = 100
    username = world.api.confirm()
    for minute in range(12):
        with world.portal.cognito.clock.moved(minute * 120):
            world.signs_in(username, WRONG_PASSWORD)
    return username


def crowd_at_their_address(world: World) -> str:
    """Others who share an address with somebody that signed in there before."""
    world.settings.THROTTLE_ADDRESS_LIMIT = 3
    # The process remembers whom it turned away, longer than this test's database lasts.
    address = f"2001:db8:0:{secrets.randbelow(65_535):x}::1"
    username = world.api.confirm()
    assert world.signs_in(username, address=address).path == "/account/"
    for number in range(4):
        tab = world.signs_in(f"somebody-else-{number}", WRONG_PASSWORD, address=address)
    assert tab.status == 429
    return username


def crowd_at_their_address_a_while_ago(world: World) -> str:
    username = crowd_at_their_address(world)
    world.settings.THROTTLE_ADDRESS_LIMIT = 100
    return username


def _code_typed(world: World, times: int) -> str:
    username = world.api.confirm()
    set_factor(world.api, username, "EmailMfaSettings")
    tab = world.signs_in(username)
    wrong = "00000000" if world.api.code(username) != "00000000" else "11111111"
    for _ in range(times):
        tab.post(tab.path, {**tab.hidden, "code": wrong})
        assert tab.status == 400
    return username


def code_wrong_once(world: World) -> str:
    return _code_typed(world, 1)


def code_wrong_again_and_again(world: World) -> str:
    return _code_typed(world, 3)


def _at_new_password(world: World, **attributes: str) -> tuple[str, Tab]:
    username = world.api.invite(**attributes)
    tab = world.signs_in(username, TEMPORARY_PASSWORD)
    assert tab.path == "/sign-in/new-password/"
    return username, tab


def new_password_used_before(world: World) -> str:
    username = world.api.confirm()
    temporary = f"{TEMPORARY_PASSWORD}-2"
    world.api.signed("AdminSetUserPassword", Username=username, Password=temporary, Permanent=False)
    world.signs_in(username, temporary).answer(GOOD_PASSWORD)
    return username


def attribute_that_the_client_may_not_write(world: World) -> str:
    client = world.make_client(WriteAttributes=["email"])
    world.use_client(client.client_id)
    username, tab = _at_new_password(world)
    tab.answer()
    return username


def step_left_too_long(world: World) -> str:
    username, tab = _at_new_password(world, name="Nia Newhire")
    with world.portal.cognito.clock.moved(3600):
        tab.answer()
    return username


# What the embedded Cognito has no part for, its front is told to answer.


def _answered_with(world: World, code: str, status: int = 400) -> str:
    username = world.api.confirm()
    world.refuse("InitiateAuth", code, status)
    world.signs_in(username)
    return username


def firewall(world: World) -> str:
    return _answered_with(world, "ForbiddenException", 403)


def trigger_refuses(world: World) -> str:
    return _answered_with(world, "UserLambdaValidationException")


def trigger_fails(world: World) -> str:
    return _answered_with(world, "UnexpectedLambdaException")


def quota_of_the_pool_used_up(world: World) -> str:
    return _answered_with(world, "TooManyRequestsException")


def cognito_fails(world: World) -> str:
    return _answered_with(world, "InternalErrorException", 500)


def code_cannot_be_delivered(world: World) -> str:
    return _answered_with(world, "CodeDeliveryFailureException")


def pool_out_of_order(world: World) -> str:
    return _answered_with(world, "InvalidUserPoolConfigurationException")


def quota_of_the_account_used_up(world: World) -> str:
    return _answered_with(world, "LimitExceededException")


def factor_never_set_up(world: World) -> str:
    return _answered_with(world, "MFAMethodNotFoundException")


def refusal_of_a_later_year(world: World) -> str:
    return _answered_with(world, "BrandNewException")


def challenge_of_a_later_year(world: World) -> str:
    username = world.api.confirm()
    world.answer(
        "InitiateAuth", {"ChallengeName": "BRAND_NEW", "Session": "s" * 20, "ChallengeParameters": {}}
    )
    world.signs_in(username)
    return username
