"""The forms in which rows and seals are hashed, by a vector that was computed without the portal's code."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pytest_django import Settings

from cognito_portal.audit.proof import keys
from cognito_portal.audit.proof.canonical import SIGNED, leaf_of, mac_of, signed_values, time_text
from cognito_portal.audit.proof.statements import ANCHOR_KEYS, Seal, Statement, anchor_of_line

VECTOR = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "audit_proof.json").read_text())
ROW, SEAL = VECTOR["row"], VECTOR["seal"]


def values() -> list[Any]:
    moment = datetime.fromisoformat(ROW["time"])
    return signed_values({name: ROW[name] for name in SIGNED} | {"time": moment})


def seal() -> Seal:
    names = ("log_id", "no", "first_leaf", "count", "total", "last_event_id", "key_id")
    statement = Statement(
        **{name: SEAL[name] for name in names},
        root=bytes.fromhex(SEAL["root"]),
        prev_hash=bytes.fromhex(SEAL["prev_hash"]),
        time=datetime.fromisoformat(SEAL["time"]),
    )
    return Seal(
        statement=statement,
        seal_hash=bytes.fromhex(SEAL["hash"]),
        signature=bytes.fromhex(SEAL["signature"]),
    )


def test_keys_are_derived_as_documented(settings: Settings) -> None:
    settings.AUDIT_KEYS = ["tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw"]
    assert keys.row_keys()["tests"].hex() == VECTOR["key"]["row_key"]
    assert keys.public_keys()["tests"].public_bytes_raw().hex() == VECTOR["key"]["seal_public"]


def test_row_has_the_mac_and_leaf_of_the_vector() -> None:
    mac = mac_of(values(), key=bytes.fromhex(VECTOR["key"]["row_key"]))
    assert json.dumps(values(), ensure_ascii=False, separators=(",", ":")) == ROW["canonical"]
    assert mac.hex() == ROW["mac"]
    assert leaf_of(ROW["id"], mac, values()).hex() == ROW["leaf"]


def test_row_of_version_1_has_the_leaf_of_the_vector() -> None:
    first = [1, None, *values()[2:]]
    assert leaf_of(VECTOR["row_of_version_1"]["id"], None, first).hex() == VECTOR["row_of_version_1"]["leaf"]


def test_seal_has_the_message_hash_and_signature_of_the_vector() -> None:
    assert seal().statement.message().decode() == SEAL["message"]
    assert seal().has_its_hash()
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(VECTOR["key"]["seal_public"]))
    assert seal().is_signed_by(public)


def test_anchor_line_is_that_of_the_vector() -> None:
    assert seal().anchor_line() == VECTOR["anchor"] + "\n"
    assert seal().anchor().keys() == ANCHOR_KEYS


def test_foreign_signature_is_none() -> None:
    assert not seal().is_signed_by(Ed25519PrivateKey.generate().public_key())


def test_time_is_utc_to_the_microsecond_whatever_zone_it_came_in() -> None:
    moment = datetime(2026, 11, 25, 2, 31, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=-5)))
    assert {time_text(each) for each in (moment, elsewhere, moment.replace(tzinfo=None))} == {
        "2026-11-25T02:31:00.000000Z"
    }


def test_lines_that_are_no_anchors_are_known_for_that() -> None:
    line = seal().anchor_line()
    others = ["", "{", "[1]", '"text"', '{"event":"worker.started"}', line.replace(":3,", ':"3",')]
    assert [anchor_of_line(each) for each in others] == [None] * len(others)
    assert anchor_of_line(line) == seal().anchor()
