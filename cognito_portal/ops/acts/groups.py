"""Putting an account into a group of the pool, and taking it out of one."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import Group, PoolUser
from cognito_portal.ops.acts.entry import Entry, Given
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.diagnosis.acts import Act

_GROUP = "group"


def _ask_new(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    is_in = {group.name for group in cognito.admin_list_groups_for_user(username=account.username)}
    return _ask([group for group in cognito.list_groups() if group.name not in is_in])


def _ask_own(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    return _ask(list(cognito.admin_list_groups_for_user(username=account.username)))


def _ask(found: list[Group]) -> tuple[Ask, ...]:
    choices = tuple((group.name, _called(group)) for group in sorted(found, key=lambda group: group.name))
    return (Ask(name=_GROUP, label=_("Group"), type="select", choices=choices, required=True),)


def _called(group: Group) -> str:
    return f"{group.name} – {group.description}" if group.description else group.name


def _named(account: PoolUser, given: Given) -> tuple[str, ...]:
    return (given[_GROUP],)


JOIN = Entry(
    act=Act.JOIN_GROUP,
    event=Event.OPS_GROUP_JOINED,
    will=lambda account: _(
        "They have what the group gives from their next sign-in on: tokens that they have now do not name it."
    ),
    did=gettext_lazy("They are in the group."),
    asks=_ask_new,
    nothing_left=gettext_lazy("There is no group of the pool that they are not in."),
    call=lambda cognito, account, given: cognito.admin_add_user_to_group(
        username=account.username, group=given[_GROUP]
    ),
    details=_named,
)
LEAVE = Entry(
    act=Act.LEAVE_GROUP,
    event=Event.OPS_GROUP_LEFT,
    will=lambda account: _(
        "They lose what the group gives. Tokens that they have now name it until they run out; to end them at "
        "once, sign them out everywhere as well."
    ),
    did=gettext_lazy("They are out of the group."),
    asks=_ask_own,
    nothing_left=gettext_lazy("The account is in no group."),
    call=lambda cognito, account, given: cognito.admin_remove_user_from_group(
        username=account.username, group=given[_GROUP]
    ),
    details=_named,
    is_danger=True,
)
