"""A remembered device is forgotten.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgetDevice.html
"""

from cognito_portal.account.flows import act
from cognito_portal.account.visit import Visit
from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.signin import devices


def forget_device(visit: Visit, *, turn: int, device_key: str) -> None:
    """Forget a remembered device, at Cognito and here. One that Cognito does not know is forgotten here.

    Raises what `flows.act` raises.
    """

    def forget() -> None:
        devices.forget(pool_id=visit.user.pool_id, sub=visit.user.sub, device_key=device_key)
        visit.keep(notice="device_forgotten")

    try:
        act(
            visit,
            event=Event.ACCOUNT_DEVICE_FORGOTTEN,
            step="ForgetDevice",
            turn=turn,
            send=lambda token: visit.client.forget_device(access_token=token, device_key=device_key),
            then=lambda _: forget(),
        )
    except CognitoError as error:
        if error.meaning.cause is not Cause.DEVICE_UNKNOWN:
            raise
        with record.write_transaction():
            forget()
