"""The server's half of a device's proof, against pycognito as the device and published vectors."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from cognito_portal.demo import device_srp
from cognito_portal.demo.device_srp import DeviceRound, G, N, seconds_of

GROUP, KEY = "-Gr0upKey", "us-east-1_11111111-2222-3333-4444-555555555555"
# RFC 5054's 3072-bit prime is RFC 3526's; the multiplier for it is widely published.
MULTIPLIER = "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"
AT = datetime(2026, 11, 2, 8, 5, 9, tzinfo=UTC).timestamp()


class Device:
    """A device as pycognito has it."""

    def __init__(self) -> None:
        self.password, secret = generate_hash_device(GROUP, KEY)
        self.verifier = int.from_bytes(base64.b64decode(secret["PasswordVerifier"]), "big")
        self.salt = int.from_bytes(base64.b64decode(secret["Salt"]), "big")
        self.srp = AWSSRP(
            "dora",
            "",
            "us-east-1_ExAmPlE12",
            "client",
            client=object(),
            device_key=KEY,
            device_group_key=GROUP,
            device_password=self.password,
        )
        self.srp_a = f"{self.srp.large_a_value:x}"

    def claim(self, begun: DeviceRound) -> dict[str, str]:
        claim: dict[str, str] = self.srp.process_device_challenge(
            {
                "USERNAME": "dora",
                "SALT": f"{self.salt:x}",
                "SRP_B": begun.srp_b,
                "SECRET_BLOCK": begun.secret_block,
            }
        )
        return claim


def begin(device: Device) -> DeviceRound:
    begun = DeviceRound.begin(device.verifier, device.srp_a)
    assert begun is not None
    return begun


def proved(begun: DeviceRound, claim: dict[str, str], *, names: str = GROUP + KEY, late_s: float = 0) -> bool:
    at = seconds_of(claim["TIMESTAMP"])
    assert at is not None
    return begun.is_proved(
        names=names,
        signature=claim["PASSWORD_CLAIM_SIGNATURE"],
        timestamp=claim["TIMESTAMP"],
        now=at + late_s,
    )


def test_prime_is_the_published_one() -> None:
    padded_n, padded_g = b"\x00" + N.to_bytes(384, "big"), b"\x02"
    assert (N.bit_length(), G) == (3072, 2)
    assert hashlib.sha256(padded_n + padded_g).hexdigest() == MULTIPLIER


@pytest.mark.parametrize("_", range(10))
def test_pycognito_proves_a_device(_: int) -> None:
    device = Device()
    begun = begin(device)
    assert proved(begun, device.claim(begun))


def test_another_device_proves_nothing() -> None:
    begun = begin(Device())
    assert not proved(begun, Device().claim(begun))


def test_claim_of_another_round_proves_nothing() -> None:
    device = Device()
    assert not proved(begin(device), device.claim(begin(device)))


def test_claim_is_over_the_names() -> None:
    device = Device()
    begun = begin(device)
    assert not proved(begun, device.claim(begun), names=GROUP + "us-east-1_other")


@pytest.mark.parametrize(("late_s", "fresh"), [(299, True), (301, False), (-299, True), (-301, False)])
def test_claim_is_fresh_for_five_minutes(late_s: float, fresh: bool) -> None:
    device = Device()
    begun = begin(device)
    assert proved(begun, device.claim(begun), late_s=late_s) is fresh


@pytest.mark.parametrize("srp_a", ["0", "00", f"{N:x}", f"{N * 2:x}", "no-hex", "", "-1", "f" * 1025])
def test_unusable_srp_a_begins_nothing(srp_a: str) -> None:
    assert DeviceRound.begin(Device().verifier, srp_a) is None


def test_timestamp_is_read() -> None:
    assert seconds_of("Mon Nov 2 08:05:09 UTC 2026") == AT


@pytest.mark.parametrize(
    "timestamp",
    [
        "Mon Nov 02 08:05:09 UTC 2026",
        "Tue Nov 2 08:05:09 UTC 2026",
        "Mon Nov 31 08:05:09 UTC 2026",
        "Mon Nuv 2 08:05:09 UTC 2026",
        "Mon Nov 2 08:05:09 CET 2026",
        "2026-11-02T08:05:09Z",
        "",
    ],
)
def test_timestamp_of_another_form_is_none(timestamp: str) -> None:
    assert seconds_of(timestamp) is None


def test_key_does_not_show() -> None:
    begun = begin(Device())
    assert repr(begun.key) not in repr(begun)
    assert device_srp.LONGEST_PROOF_S == 300
