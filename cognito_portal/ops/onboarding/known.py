"""Which accounts of a list are there already, as far as a few calls can tell."""

from collections.abc import Sequence

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoError, UserNotFoundError

MOST_LOOKED_UP = 20
"""A longer list is not looked up: Cognito says of each account that it exists when it is sent."""


def existing(names: Sequence[str]) -> set[str]:
    """Those of at most MOST_LOOKED_UP usernames that have an account; of more names, none."""
    if len(names) > MOST_LOOKED_UP:
        return set()
    found = set()
    for name in names:
        try:
            clients.cognito().admin_get_user(username=name)
        except UserNotFoundError:
            continue
        except CognitoError:
            # What cannot be looked up now is told by the sending.
            break
        found.add(name)
    return found
