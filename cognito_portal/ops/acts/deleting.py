"""Deleting an account, once its username has been typed."""

from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.diagnosis.acts import Act


def _ask_username(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    return (
        Ask(
            name="username",
            label=_("Type the username to delete it"),
            required=True,
            fault=partial(_other_than, account.username),
        ),
    )


def _other_than(username: str, typed: str) -> str:
    return "" if typed == username else _("This is not the username of the account, letter for letter.")


DELETE = Entry(
    act=Act.DELETE,
    event=Event.OPS_ACCOUNT_DELETED,
    will=lambda account: _(
        "The account and all that Cognito has of it are gone, and their sessions end. This cannot be undone. To "
        "keep them out for a while, disable the account instead."
    ),
    did=gettext_lazy("The account is deleted."),
    asks=_ask_username,
    call=lambda cognito, account, given: cognito.admin_delete_user(username=account.username),
    is_danger=True,
    ends_account=True,
)
