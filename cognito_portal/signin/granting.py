"""The end of the walk: tokens are verified, the browser is remembered where that was asked for, and written down."""

import time
from dataclasses import dataclass

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import account_of
from cognito_portal.browsers import browser_of
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable, TokenRefused
from cognito_portal.cognito.srp import DeviceSecret, new_device_secret
from cognito_portal.cognito.tokens import Identity
from cognito_portal.cognito.types import AuthenticationResult
from cognito_portal.identity import CognitoUser, Tokens, person_of
from cognito_portal.outcomes import outcome_of
from cognito_portal.revocation import revoke_quietly
from cognito_portal.signin import devices
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.devices import Device
from cognito_portal.signin.endings import ended
from cognito_portal.signin.session import Ended, EndRow, Remembered, SignedIn
from cognito_portal.signin.walk import Walk
from cognito_portal.signin.walk import person_of as person_of_attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a grant rests on: the attempt that was answered, if any, and what is known of the person."""

    attempt: Attempt | None
    typed: str
    password_changed: bool
    factor_enrolled: bool
    remember: bool
    goal: str


def grant(walk: Walk, call: record.Call, result: AuthenticationResult, grounds: Grounds) -> SignedIn:
    """Sign a person in by the tokens that `call` brought.

    Raises `TokenRefused` where they do not pass, and `record.AuditUnavailable`: then nothing is granted and
    the tokens are given back.
    """
    identity = _verified(walk, call, result, grounds)
    try:
        state = _signed_in(walk, call, result, identity, grounds)
        row = EndRow(
            call=call,
            outcome=Outcome.SUCCESS,
            person=person_of(state.user),
            request_id=result.request_id or "",
        )
        walk.commit(row, state)
    except record.AuditUnavailable:
        revoke_quietly(walk.aside, result.refresh_token)
        raise
    return state


def _signed_in(
    walk: Walk, call: record.Call, result: AuthenticationResult, identity: Identity, grounds: Grounds
) -> SignedIn:
    remembered = _remember(walk, call, result, identity, grounds)
    # Where the pool tracks devices, tokens may be refreshed only under the device that they were given to: a new
    # one, or the one that the sign-in named, whether or not Cognito asked for its proof.
    offered = (result.new_device_metadata or {}).get("DeviceKey")
    named = walk.device if walk.device and walk.device.is_of(grounds.typed) else None
    return SignedIn(
        user=_user(walk, call, identity, grounds),
        tokens=Tokens(
            access_token=result.access_token,
            refresh_token=result.refresh_token,
            access_expires_at=identity.expires_at,
            device_key=offered or (named.device_key if named else None),
        ),
        email=identity.email,
        password_changed=grounds.password_changed,
        factor_enrolled=grounds.factor_enrolled,
        remembered=remembered,
        goal=grounds.goal,
    )


def _verified(walk: Walk, call: record.Call, result: AuthenticationResult, grounds: Grounds) -> Identity:
    attempt = grounds.attempt
    asked = attempt.canonical_username if attempt and attempt.is_canonical_certain else None
    try:
        return walk.verifier.verify(result, expected_username=asked)
    except CognitoUnavailable as error:
        # It was the keys that could not be read: what Cognito was asked before, it did.
        refused = TokenRefused("keys_unavailable")
        _give_back(walk, call, result, grounds, refused)
        raise refused from error
    except CognitoError as error:
        _give_back(walk, call, result, grounds, error)
        raise


def _give_back(
    walk: Walk, call: record.Call, result: AuthenticationResult, grounds: Grounds, error: CognitoError
) -> None:
    attempt = grounds.attempt
    row = EndRow(
        call=call,
        outcome=outcome_of(error),
        person=person_of_attempt(attempt) if attempt else call.person,
        error_code=error.code,
    )
    walk.commit(row, ended(attempt, "interrupted") if attempt else Ended())
    revoke_quietly(walk.aside, result.refresh_token)


def _user(walk: Walk, call: record.Call, identity: Identity, grounds: Grounds) -> CognitoUser:
    return CognitoUser(
        pool_id=walk.client.pool_id,
        client_id=walk.client.client_id,
        username=identity.username,
        typed=grounds.typed,
        sub=identity.sub,
        groups=identity.groups,
        attempt_id=call.attempt_id,
        since=time.time(),
    )


def _remember(
    walk: Walk, call: record.Call, result: AuthenticationResult, identity: Identity, grounds: Grounds
) -> Remembered | None:
    """Have Cognito remember this browser, where the pool offers it and the person asked (decision D13).

    A sign-in does not fail by it: the row says why the browser is not remembered.
    """
    metadata = result.new_device_metadata or {}
    device_key, group_key = metadata.get("DeviceKey"), metadata.get("DeviceGroupKey")
    if not (walk.remembers_devices and grounds.remember and device_key and group_key):
        return None
    secret = new_device_secret(group_key, device_key)
    confirming = _begin_confirming(walk, call, identity, grounds)
    try:
        _confirm(walk, result.access_token, device_key, secret)
    except CognitoError as error:
        record.end(
            confirming,
            outcome=outcome_of(error),
            error_code=error.code,
            request_id=error.request_id or "",
        )
        return None
    record.end(confirming, outcome=Outcome.SUCCESS)
    device = Device(
        pool_id=walk.client.pool_id,
        sub=identity.sub,
        names=tuple(dict.fromkeys(account_of(name) for name in (grounds.typed, identity.username))),
        device_key=device_key,
        group_key=group_key,
        password=secret.password,
    )
    return Remembered(device=device, token=devices.new_token())


def _begin_confirming(walk: Walk, call: record.Call, identity: Identity, grounds: Grounds) -> record.Call:
    person = record.Person(
        pool_id=walk.client.pool_id,
        typed=grounds.typed,
        canonical=identity.username,
        sub=identity.sub,
    )
    return record.begin(
        event=Event.SIGNIN_DEVICE_REMEMBERED,
        step="ConfirmDevice",
        attempt_id=call.attempt_id,
        turn=call.turn + 1,
        person=person,
        client_id=call.client_id,
        by=call.by,
    )


def _confirm(walk: Walk, access_token: str, device_key: str, secret: DeviceSecret) -> None:
    """Have Cognito keep the device, and remember it where the pool leaves that to the person. Raises CognitoError."""
    asks = walk.aside.confirm_device(
        access_token=access_token,
        device_key=device_key,
        verifier=secret,
        device_name=str(browser_of(walk.by.user_agent)),
    )
    if asks:
        walk.aside.update_device_status(access_token=access_token, device_key=device_key, remembered=True)
