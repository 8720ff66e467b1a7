"""Signed calls about one account of the pool: what reading and acting share."""

from collections.abc import Mapping

from cognito_portal.cognito import replies
from cognito_portal.cognito.calls import USERNAME_CAP, Calls, within
from cognito_portal.cognito.types import Receipt


class NamedCalls(Calls):
    """`UserPoolId` and `Username` of every such call, and the reading of an answer that answers nothing."""

    def _named_user(self, operation: str, username: str) -> dict[str, object]:
        name = within(operation, "Username", username, USERNAME_CAP)
        return {"UserPoolId": self.pool_id, "Username": name}

    def _act(self, operation: str, username: str, more: Mapping[str, object] | None = None) -> Receipt:
        payload = self._named_user(operation, username) | dict(more or {})
        return self._signed_call(operation, payload, replies.receipt)
