"""Settings of the app client that keep people out, and how each is mended: words, and a line to run.

The portal changes no settings itself (decision D8).
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import ClientSettings
from cognito_portal.ops.diagnosis.conditions import SHORT_SESSION_MINUTES
from cognito_portal.ops.trouble import trouble

# The longest that AWS lets a challenge's Session live.
LONGEST_SESSION_MINUTES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """One setting: its code, what is wrong with it, what mends it, and the shell line that does.

    `command` is empty where it could not be built; `why_not` says why.
    """

    code: str
    words: str
    command: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    code: str
    is_wrong: Callable[[ClientSettings], bool]
    words: Callable[[], str]
    changes: Callable[[ClientSettings], Mapping[str, object]]


def _wanted_flows() -> tuple[str, ...]:
    """The flows of which one has to be allowed, the one to add first."""
    configured: str = settings.COGNITO_AUTH_FLOW
    return ("USER_PASSWORD_AUTH", "USER_SRP_AUTH") if configured == clients.AUTO else (configured,)


def _flow_is_off(client: ClientSettings) -> bool:
    allowed = {name.removeprefix("ALLOW_") for name in client.explicit_auth_flows}
    return bool(allowed) and allowed.isdisjoint(_wanted_flows())


def _with_flow(client: ClientSettings) -> dict[str, object]:
    """The flows with the one that is lacking, in the spelling of the others: AWS takes no mixture."""
    allowed = client.explicit_auth_flows
    prefix = "ALLOW_" if any(name.startswith("ALLOW_") for name in allowed) else ""
    return {"ExplicitAuthFlows": [*allowed, prefix + _wanted_flows()[0]]}


_SETTINGS = (
    _Setting(
        code="flow_not_enabled",
        is_wrong=_flow_is_off,
        words=lambda: _(
            "The app client does not allow the way in which this portal signs people in. Add the flow to "
            "ExplicitAuthFlows."
        ),
        changes=_with_flow,
    ),
    _Setting(
        code="short_session",
        is_wrong=lambda client: (
            # AWS's own default is as short.
            (client.auth_session_validity_minutes or SHORT_SESSION_MINUTES) <= SHORT_SESSION_MINUTES
        ),
        words=lambda: _(
            "People have 3 minutes for each step of a sign-in, which is short for choosing a password or waiting "
            "for a code. Set AuthSessionValidity to 15."
        ),
        changes=lambda client: {"AuthSessionValidity": LONGEST_SESSION_MINUTES},
    ),
    _Setting(
        code="user_existence_errors",
        is_wrong=lambda client: client.prevent_user_existence_errors != "ENABLED",
        words=lambda: _(
            "The app client tells strangers which usernames exist. Set PreventUserExistenceErrors to ENABLED."
        ),
        changes=lambda client: {"PreventUserExistenceErrors": "ENABLED"},
    ),
    _Setting(
        code="no_revocation",
        is_wrong=lambda client: not client.token_revocation_enabled,
        words=lambda: _(
            "Tokens of this app client cannot be revoked: whoever signs out here leaves tokens behind that can be "
            "renewed. Set EnableTokenRevocation to true."
        ),
        changes=lambda client: {"EnableTokenRevocation": True},
    ),
)


def settings_mends(client: ClientSettings | None) -> tuple[Mend, ...]:
    """What of the settings keeps people out or lets too much be known, each with its mend.

    Nothing where the settings could not be read. Asks Cognito once, for the lines, where anything is wrong.
    """
    if client is None:
        return ()
    wrong = [each for each in _SETTINGS if each.is_wrong(client)]
    lines, why_not = _lines(client, wrong)
    mends = tuple(
        Mend(code=each.code, words=each.words(), command=line, why_not=why_not)
        for each, line in zip(wrong, lines, strict=True)
    )
    return (*_secret(client), *mends)


def _lines(client: ClientSettings, wrong: list[_Setting]) -> tuple[tuple[str, ...], str]:
    if not wrong:
        return (), ""
    changes = [each.changes(client) for each in wrong]
    try:
        return clients.cognito().update_client_commands(changes, region=settings.AWS_REGION), ""
    except CognitoError as error:
        return ("",) * len(wrong), trouble(error)


def _secret(client: ClientSettings) -> tuple[Mend, ...]:
    """The client's secret, which the portal lacks, or has where the client has none."""
    given = bool(settings.COGNITO_CLIENT_SECRET)
    if client.has_secret == given:
        return ()
    if given:
        words = _("The portal was given a secret, and the app client has none. Empty COGNITO_CLIENT_SECRET.")
        return (Mend(code="client_secret_needless", words=words),)
    words = _(
        "The app client has a secret, and the portal has not been given it. Put what this line prints into "
        "COGNITO_CLIENT_SECRET, then start the portal anew."
    )
    asked = ["aws", "cognito-idp", "describe-user-pool-client", "--region", settings.AWS_REGION]
    asked += ["--user-pool-id", settings.COGNITO_USER_POOL_ID, "--client-id", settings.COGNITO_CLIENT_ID]
    asked += ["--query", "UserPoolClient.ClientSecret", "--output", "text"]
    return (Mend(code="client_secret_missing", words=words, command=shlex.join(asked)),)
