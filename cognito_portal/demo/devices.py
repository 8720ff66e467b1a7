"""Devices that a pool tracks: offered with the tokens, confirmed, remembered, and asked for in place of MFA.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html
"""

import secrets
import string
import uuid
from collections.abc import Mapping

from cognito_portal.demo.accounts import Account, Device
from cognito_portal.demo.device_srp import DeviceRound
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.state import State, Turn, required, signed_in
from cognito_portal.demo.tokens import claims_of
from cognito_portal.demo.wire import (
    Body,
    CognitoError,
    bad_credentials,
    invalid_session,
    not_authorized,
)

DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"
DEVICE_STEPS = frozenset({DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER})
_LETTERS = string.ascii_letters + string.digits


class Devices:
    """The part that devices have in a sign-in and in renewing one."""

    def __init__(self, state: State) -> None:
        self._state = state

    def stands_for_factor(self, turn: Turn) -> bool:
        """Tell whether the caller named a device that is asked instead of a second factor."""
        device = self._named(turn)
        challenged = turn.pool.device_configuration.get("ChallengeRequiredOnNewDevice")
        return device is not None and device.remembered and bool(challenged)

    def finish(self, turn: Turn, tokens: Body) -> Body:
        """Ask a remembered device for its proof; offer a device key where none was named; return the tokens.

        Raises ResourceNotFoundException where the device that was named is not this user's.
        """
        device = self._named(turn)
        if device is not None and device.remembered:
            return turn.challenge(DEVICE_SRP_AUTH, {}, tokens=tokens)
        if device is None and self._tracks(turn):
            device = self._offered(turn)
            offer = {"DeviceKey": device.key, "DeviceGroupKey": device.group_key}
            tokens = {**tokens, "NewDeviceMetadata": offer}
        if device is not None:
            device.signed_in(sign_in_of(tokens["AccessToken"]), now=self._state.clock.now())
        return signed_in(tokens)

    def answer(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        """Check a device's answer; return the second of its questions, or the tokens."""
        required(responses, "DEVICE_KEY")
        device = self._named(turn)
        if device is None or device.key != session.device_key:
            raise no_such_device()
        if session.step == DEVICE_SRP_AUTH:
            return self._begin(turn, device, session, required(responses, "SRP_A"))
        self._prove(turn, device, session.state["round"], responses)
        tokens: Body = session.state["tokens"]
        device.signed_in(sign_in_of(tokens["AccessToken"]), now=self._state.clock.now())
        return signed_in(tokens)

    def _begin(self, turn: Turn, device: Device, session: ChallengeSession, srp_a: str) -> Body:
        begun = DeviceRound.begin(device.verifier, srp_a)
        if begun is None:
            raise bad_credentials()
        parameters = {
            "DEVICE_KEY": device.key,
            "USERNAME": turn.user.username,
            "SALT": f"{device.salt:x}",
            "SRP_B": begun.srp_b,
            "SECRET_BLOCK": begun.secret_block,
        }
        return turn.challenge(
            DEVICE_PASSWORD_VERIFIER, parameters, tokens=session.state["tokens"], round=begun
        )

    def _prove(self, turn: Turn, device: Device, begun: DeviceRound, responses: Mapping[str, str]) -> None:
        lockout, now = turn.account.code_lockout, self._state.clock.now()
        lockout.check(now)
        if required(responses, "PASSWORD_CLAIM_SECRET_BLOCK") != begun.secret_block:
            raise invalid_session()
        signature = required(responses, "PASSWORD_CLAIM_SIGNATURE")
        timestamp = required(responses, "TIMESTAMP")
        names = device.group_key + device.key
        if not begun.is_proved(names=names, signature=signature, timestamp=timestamp, now=now):
            lockout.fail(now)
            raise bad_credentials()
        lockout.clear()

    def check_may_renew(self, refresh_token: str, device_key: str | None) -> None:
        """Refuse to renew a device's sign-in for a caller who does not name that device."""
        claims = claims_of(refresh_token)
        pool_id, sub = str(claims.get("iss")).rpartition("/")[2], str(claims.get("sub"))
        if not sub or not self._state.directory.pool(pool_id).device_configuration:
            return
        account, sign_in = self._state.accounts.of(pool_id, sub), sign_in_of(refresh_token)
        if sign_in in account.forgotten_sign_ins:
            raise _invalid_refresh_token()
        device = next((each for each in account.devices.values() if sign_in in each.sign_ins), None)
        if device is None:
            return
        if device.confirmed and device_key != device.key:
            raise _invalid_refresh_token()
        if not device.confirmed and not self._state.switches.unconfirmed_devices_renewed:
            raise _invalid_refresh_token()

    def _tracks(self, turn: Turn) -> bool:
        return not turn.admin and bool(turn.pool.device_configuration)

    def _named(self, turn: Turn) -> Device | None:
        if not turn.device_key or not self._tracks(turn):
            return None
        return confirmed_device(turn.account, turn.device_key)

    def _offered(self, turn: Turn) -> Device:
        region = turn.user.pool_id.partition("_")[0]
        group_key = "-" + "".join(secrets.choice(_LETTERS) for _ in range(8))
        device = Device(f"{region}_{uuid.uuid4()}", group_key, created_at=self._state.clock.now())
        turn.account.devices[device.key] = device
        return device


def confirmed_device(account: Account, device_key: str) -> Device:
    """Return the user's device of this key, or raise ResourceNotFoundException: also for somebody else's."""
    device = account.devices.get(device_key)
    if device is None or not device.confirmed:
        raise no_such_device()
    return device


def no_such_device() -> CognitoError:
    return CognitoError("ResourceNotFoundException", "Device does not exist.")


def sign_in_of(token: str) -> str:
    """Return the sign-in that a token, or the one it was renewed from, came from."""
    return str(claims_of(token).get("origin_jti"))


def _invalid_refresh_token() -> CognitoError:
    return not_authorized("Invalid Refresh Token.")
