"""What app client, pool and rights are like: it stops everybody."""

from cognito_portal import clients
from tests.ops.states.world import World


def secret_not_given(world: World) -> str:
    world.use_client(world.portal.cognito.secret_client_id)
    return world.api.confirm()


def secret_of_another_client(world: World) -> str:
    world.use_client(world.portal.cognito.secret_client_id, secret="of-another-client")
    username = world.api.confirm()
    world.signs_in(username)
    return username


def client_that_is_gone(world: World) -> str:
    world.use_client("0" * 26)
    username = world.api.confirm()
    world.signs_in(username)
    return username


def issuer_of_another_pool(world: World) -> str:
    world.settings.COGNITO_ISSUER = world.portal.cognito.issuer + "x"
    clients.forget()
    username = world.api.confirm()
    world.signs_in(username)
    return username


def flow_switched_off(world: World) -> str:
    world.use_client(world.make_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"]).client_id)
    return world.api.confirm()


def three_minutes_for_a_step(world: World) -> str:
    world.use_client(world.make_client(AuthSessionValidity=3).client_id)
    return world.api.confirm()


def portal_without_rights(world: World) -> str:
    world.refuse("AdminGetUser", "AccessDeniedException")
    return world.api.confirm()


def portal_without_credentials(world: World) -> str:
    username = world.api.confirm()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        world.monkeypatch.delenv(name)
    world.monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.forget()
    return username


def cognito_out_of_reach(world: World) -> str:
    username = world.api.confirm()
    world.settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = "http://127.0.0.1:9"
    clients.forget()
    return username
