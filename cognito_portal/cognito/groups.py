"""The groups of the pool, and who is in them. All of it is signed."""

from cognito_portal.cognito import administration_replies
from cognito_portal.cognito.calls import GROUP_NAME_CAP, within
from cognito_portal.cognito.named_calls import NamedCalls
from cognito_portal.cognito.types import Group, Receipt

GROUPS_A_PAGE = 60


class GroupCalls(NamedCalls):
    """Listing groups, putting an account into one and taking it out."""

    def list_groups(self) -> tuple[Group, ...]:
        """Return every group of the pool, of all pages.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListGroups.html
        """
        payload = {"UserPoolId": self.pool_id, "Limit": GROUPS_A_PAGE}
        return self._all_pages("ListGroups", payload, "NextToken", administration_replies.groups, signed=True)

    def admin_list_groups_for_user(self, *, username: str) -> tuple[Group, ...]:
        """Return the groups that this account is in, of all pages.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html
        """
        operation = "AdminListGroupsForUser"
        payload = self._named_user(operation, username) | {"Limit": GROUPS_A_PAGE}
        return self._all_pages(operation, payload, "NextToken", administration_replies.groups, signed=True)

    def admin_add_user_to_group(self, *, username: str, group: str) -> Receipt:
        """Put an account into a group. Tokens that it has already do not tell of it.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminAddUserToGroup.html
        """
        operation = "AdminAddUserToGroup"
        return self._act(operation, username, _named_group(operation, group))

    def admin_remove_user_from_group(self, *, username: str, group: str) -> Receipt:
        """Take an account out of a group. Tokens that it has already name the group until they end.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRemoveUserFromGroup.html
        """
        operation = "AdminRemoveUserFromGroup"
        return self._act(operation, username, _named_group(operation, group))


def _named_group(operation: str, group: str) -> dict[str, object]:
    return {"GroupName": within(operation, "GroupName", group, GROUP_NAME_CAP)}
