"""A new password for whoever is signed in.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html
"""

from typing import Any

from cognito_portal.account.flows import act
from cognito_portal.account.telling import tell, verified_email
from cognito_portal.account.visit import Visit
from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.mail import What
from cognito_portal.signin import devices

STEP = "ChangePassword"


class PerhapsChanged(Exception):
    """The new password was sent, and no answer came: nobody here knows which one is good."""


def change_password(visit: Visit, *, turn: int, present: str | None, new: str) -> None:
    """Set a new password. Sessions elsewhere end, remembered browsers are forgotten, the person is told.

    Raises `PerhapsChanged`: then they are forgotten and told as well, but no session ends, since only a change
    that is certain ends any. Raises what `flows.act` raises besides.
    """
    address = verified_email(visit)

    def then(_: Any) -> None:
        _forget_browsers(visit)
        visit.keep(notice="password_changed")

    try:
        act(
            visit,
            event=Event.ACCOUNT_PASSWORD_CHANGED,
            step=STEP,
            turn=turn,
            send=lambda token: visit.client.change_password(
                access_token=token, previous_password=present, proposed_password=new
            ),
            then=then,
        )
    except CognitoUnavailable as error:
        # A refresh of the tokens before it may have failed instead.
        if not error.sent or error.operation != STEP:
            raise
        with record.write_transaction():
            _forget_browsers(visit)
        tell(visit, address, What.PASSWORD_PERHAPS_CHANGED)
        raise PerhapsChanged from error
    tell(visit, address, What.PASSWORD_CHANGED)


def _forget_browsers(visit: Visit) -> None:
    devices.forget(pool_id=visit.user.pool_id, sub=visit.user.sub)
