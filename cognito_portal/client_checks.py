"""What the app client allows, in plain words: `manage.py check --deploy`, which asks AWS for it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning

from cognito_portal import clients
from cognito_portal.checks import configuration
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoUnavailable
from cognito_portal.cognito.types import AuthFlow, ClientSettings

WORDS: dict[AuthFlow, str] = {
    AuthFlow.USER_PASSWORD_AUTH: "sign-in with username and password",
    AuthFlow.USER_SRP_AUTH: "sign-in with a password that is proved and not sent (SRP)",
    AuthFlow.ADMIN_USER_PASSWORD_AUTH: "sign-in with a password by the portal's own AWS rights",
    AuthFlow.USER_AUTH: "choosing how to sign in: codes, passkeys",
    AuthFlow.CUSTOM_AUTH: "custom challenges by Lambda triggers",
    AuthFlow.REFRESH_TOKEN_AUTH: "refreshing tokens, which the account page needs after an hour",
}
_BY_PASSWORD = (AuthFlow.USER_PASSWORD_AUTH, AuthFlow.USER_SRP_AUTH)
# What an app client allows whose ExplicitAuthFlows was never set.
_UNSET = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
# The names that the flows had before they were called ALLOW_*.
_OLD_NAMES = {
    AuthFlow.USER_PASSWORD_AUTH: "USER_PASSWORD_AUTH",
    AuthFlow.ADMIN_USER_PASSWORD_AUTH: "ADMIN_NO_SRP_AUTH",
    AuthFlow.CUSTOM_AUTH: "CUSTOM_AUTH_FLOW_ONLY",
}


def app_client(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What the app client allows and what it lacks for this configuration. One call to AWS.

    Where the settings are wrong in themselves, `checks.configuration` says so and nothing is asked.
    """
    if any(found.is_serious() for found in configuration(None)):
        return []
    try:
        client = clients.cognito().describe_user_pool_client()
    except CognitoError as error:
        return [_unread(error)]
    return list(_findings(client))


def _unread(error: CognitoError) -> CheckMessage:
    cause = error.meaning.cause
    if cause is Cause.NO_SUCH_CLIENT:
        return Error(
            "AWS knows no such user pool or app client.",
            hint="Check AWS_REGION, COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID.",
            id="portal.E018",
        )
    if isinstance(error, CognitoUnavailable):
        return Warning(
            f"Cognito could not be reached ({error.code}).",
            hint="Check network, DNS, proxy and AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER.",
            id="portal.W005",
        )
    hint = "Allow cognito-idp:DescribeUserPoolClient to have them checked here."
    if cause is Cause.NO_CREDENTIALS:
        hint = "Give the portal AWS credentials to have them checked here; it does without."
    return Info(f"The app client's settings could not be read ({error.code}).", hint=hint, id="portal.I001")


def _findings(client: ClientSettings) -> Iterator[CheckMessage]:
    allowed = [flow for flow in WORDS if _allows(client, flow)]
    lacking = [flow for flow in WORDS if flow not in allowed]
    lacks = f" It does not allow {_listed(lacking)}." if lacking else ""
    yield Info(f"The app client allows {_listed(allowed)}.{lacks}", id="portal.I002")
    needed = _BY_PASSWORD if settings.COGNITO_AUTH_FLOW == clients.AUTO else (settings.COGNITO_AUTH_FLOW,)
    if not any(AuthFlow(flow) in allowed for flow in needed):
        yield Warning(
            f"Nobody can sign in: the app client does not allow {' or '.join(needed)}.",
            hint=f"Add ALLOW_{needed[0]} to its ExplicitAuthFlows, or set COGNITO_AUTH_FLOW.",
            id="portal.W002",
        )
    if AuthFlow.REFRESH_TOKEN_AUTH in lacking and not client.refresh_token_rotation:
        yield Warning(
            "The app client does not allow tokens to be refreshed.",
            hint="Add ALLOW_REFRESH_TOKEN_AUTH, or people sign in anew for their account page every hour.",
            id="portal.W003",
        )
    if client.has_secret != bool(settings.COGNITO_CLIENT_SECRET):
        yield Warning(
            "The app client has a secret, and none is configured."
            if client.has_secret
            else "COGNITO_CLIENT_SECRET is set, and the app client has no secret.",
            hint="Cognito refuses every sign-in until the two agree.",
            id="portal.W004",
        )


def _allows(client: ClientSettings, flow: AuthFlow) -> bool:
    flows = client.explicit_auth_flows or _UNSET
    return f"ALLOW_{flow}" in flows or _OLD_NAMES.get(flow) in flows


def _listed(flows: list[AuthFlow]) -> str:
    return "; ".join(f"{WORDS[flow]} (ALLOW_{flow})" for flow in flows) or "nothing"
