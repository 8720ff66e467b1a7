"""AWS CLI lines that change an app client, for a person to run: the portal itself changes no settings.

UpdateUserPoolClient resets whatever it is not told, so a line repeats all that DescribeUserPoolClient said.
The secret, which that answer holds in clear, is left out: it stays what it is.
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from cognito_portal.cognito.calls import Calls
from cognito_portal.cognito.fields import Reader, reader, required

# What is told and cannot be given back.
_TOLD_ONLY = frozenset({"CreationDate", "LastModifiedDate"})
# What stands for a setting that is not there, and that the update does not take.
_UNSET: tuple[object, ...] = (None, "", {})

Changes = Mapping[str, object]


class UpdateCommandCalls(Calls):
    """Building the lines out of the settings as they are now. Signed."""

    def update_client_commands(self, changes: Sequence[Changes], *, region: str) -> tuple[str, ...]:
        """Return one shell line for each of `changes`, which are fields of UpdateUserPoolClient."""
        payload = {"UserPoolId": self.pool_id, "ClientId": self.client_id}
        return self._signed_call("DescribeUserPoolClient", payload, _commands(changes, region))


def _commands(changes: Sequence[Changes], region: str) -> Reader[tuple[str, ...]]:
    @reader
    def build(payload: Mapping[str, Any], _request_id: str | None) -> tuple[str, ...]:
        kept = _to_give_back(required(payload, "UserPoolClient", dict))
        return tuple(update_command(kept | dict(each), region=region) for each in changes)

    return build


def _to_give_back(client: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in client.items()
        # No field of the update is a secret: whatever is named like one is never repeated.
        if name not in _TOLD_ONLY and "secret" not in name.lower() and value not in _UNSET
    }


def update_command(given: Mapping[str, Any], *, region: str) -> str:
    """Return the shell line that sends exactly this."""
    document = json.dumps(given, sort_keys=True)
    words = [
        "aws",
        "cognito-idp",
        "update-user-pool-client",
        "--region",
        region,
        "--cli-input-json",
        document,
    ]
    return shlex.join(words)
