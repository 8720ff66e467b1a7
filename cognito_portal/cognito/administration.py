"""What ops may ask of any account of the pool. All of it is signed; nothing here changes an account."""

from cognito_portal.cognito import administration_replies
from cognito_portal.cognito.calls import PAGES_CAP, USERNAME_CAP, Calls, within
from cognito_portal.cognito.errors import InvalidInput
from cognito_portal.cognito.profile_replies import Page
from cognito_portal.cognito.types import PoolUser

LIST_LIMIT = 60
MOST = 100
FILTER_CAP = 256
# The attributes that ListUsers can be asked for and of which each has one account, or few.
SEARCHABLE = frozenset({"username", "email", "phone_number", "sub"})


class AdministrationCalls(Calls):
    """Reading accounts. Every method raises `NoCredentials` where there is nothing to sign with, and
    `CognitoRefused` with the cause `access_denied` where the IAM action `cognito-idp:<Operation>` is lacking.
    """

    def admin_get_user(self, *, username: str) -> PoolUser:
        """Read one account. `username` may be an alias, or the `sub`.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
        """
        operation = "AdminGetUser"
        named = {"Username": within(operation, "Username", username, USERNAME_CAP)}
        payload = {"UserPoolId": self.pool_id, **named}
        return self._signed_call(operation, payload, administration_replies.one_user)

    def list_users(
        self, *, filter: str | None = None, limit: int = LIST_LIMIT, pagination_token: str | None = None
    ) -> Page[PoolUser]:
        """Read one page of accounts: at most `limit` of them, also fewer or none where more follow.

        `filter` is AWS's own expression (`equals` makes one). The list lags behind what was changed just now.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        operation = "ListUsers"
        payload: dict[str, object] = {"UserPoolId": self.pool_id, "Limit": limit}
        if filter is not None:
            payload["Filter"] = within(operation, "Filter", filter, FILTER_CAP)
        if pagination_token is not None:
            payload["PaginationToken"] = pagination_token
        return self._signed_call(operation, payload, administration_replies.users)

    def find_users(self, *, attribute: str, value: str) -> tuple[PoolUser, ...]:
        """Read the accounts of which `attribute` (one of SEARCHABLE) is exactly `value`: MOST at most."""
        asked, token = equals(attribute, value), None
        found: list[PoolUser] = []
        for _ in range(PAGES_CAP):
            page, token = self.list_users(filter=asked, pagination_token=token)
            found += page
            if token is None or len(found) >= MOST:
                break
        return tuple(found[:MOST])


def equals(attribute: str, value: str) -> str:
    """Return ListUsers' filter for this attribute and exactly this value. Raises `InvalidInput`.

    https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html
    """
    if attribute not in SEARCHABLE:
        raise ValueError(f"{attribute} is not searched for")
    if "\0" in value:
        raise InvalidInput(operation="ListUsers", field="Filter")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{attribute} = "{escaped}"'
