"""Remembered devices of whoever is signed in."""

import base64

from tests.stub.model import Body, Device, Refusal, StubUser
from tests.stub.pool import Pool, required


def _device(pool: Pool, body: Body) -> tuple[StubUser, Device]:
    user = pool.owner_of(body)
    device = user.devices.get(required(body, "DeviceKey"))
    if device is None:
        raise Refusal(*pool.ways.device_unknown)
    return user, device


def confirm(pool: Pool, body: Body) -> Body:
    _, device = _device(pool, body)
    secret = required(body, "DeviceSecretVerifierConfig")
    if device.is_confirmed:
        raise Refusal("DeviceKeyExistsException", "The device is confirmed already")
    device.salt = int.from_bytes(base64.b64decode(required(secret, "Salt"), validate=True))
    device.verifier = int.from_bytes(base64.b64decode(required(secret, "PasswordVerifier"), validate=True))
    device.name = body.get("DeviceName", "")
    device.is_remembered = not pool.ways.device_prompt
    return {"UserConfirmationNecessary": pool.ways.device_prompt}


def update_status(pool: Pool, body: Body) -> Body:
    _, device = _device(pool, body)
    status = required(body, "DeviceRememberedStatus")
    if status not in ("remembered", "not_remembered"):
        raise Refusal("InvalidParameterException", "Invalid device status")
    device.is_remembered = status == "remembered"
    return {}


def get(pool: Pool, body: Body) -> Body:
    _, device = _device(pool, body)
    return {"Device": _told(device)}


def list_all(pool: Pool, body: Body) -> Body:
    user, start = pool.owner_of(body), int(body.get("PaginationToken") or 0)
    size = min(body.get("Limit") or pool.ways.page_size, pool.ways.page_size)
    known = [device for device in user.devices.values() if device.is_confirmed]
    more = {"PaginationToken": str(start + size)} if start + size < len(known) else {}
    return {"Devices": [_told(device) for device in known[start : start + size]], **more}


def forget(pool: Pool, body: Body) -> Body:
    user, device = _device(pool, body)
    del user.devices[device.key]
    return {}


def _told(device: Device) -> Body:
    attributes = {
        "device_name": device.name,
        "last_ip_used": "192.0.2.1",
        "device_status": "valid",
        "dev:device_remembered_status": "remembered" if device.is_remembered else "not_remembered",
    }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "DeviceCreateDate": device.created_at,
        "DeviceLastModifiedDate": device.created_at,
        "DeviceLastAuthenticatedDate": device.created_at,
    }
