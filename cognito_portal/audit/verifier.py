#!/usr/bin/env python3
"""Checks an export of the audit log on any machine: is it the file that was made, and are its rows the log's?

    python verifier.py EXPORT --manifest MANIFEST --public-key ID:BASE64

Needs Python 3.11 and the package `cryptography`; nothing of the portal, which this file is no part of. Get the
public key by another way than the export: `manage.py audit_keys` prints it. Several may be given.

Exit status 0: all is as it was. 1: something was altered; the first thing that is wrong is printed. 2: it
could not be checked.

The forms of rows, seals and manifests are those of docs/audit-proof.md and docs/audit-exports.md.
"""
# ruff: noqa: T201 (a program of its own, which prints what it found)

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KIND = "cognito-portal/export-manifest/v1"
SEAL_TAG = b"cognito-portal/audit-seal/v1\n"
HASH = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(r"[0-9a-f]{128}")
MAC = re.compile(r"(?:[0-9a-f]{64})?")
SALT = re.compile(r"[0-9a-f]{32}")

LINE_KEYS = (
    *("time", "event", "phase", "attempt_id", "call_id", "step", "outcome", "pool_id", "client_id"),
    *("actor", "username", "canonical_username", "sub", "address", "user_agent", "error_code"),
    *("request_id", "duration_ms"),
)
PROOF_KEYS = (
    *("id", "version", "key_id", "turn", "person_id", "person_commitment", "salt", "address_key"),
    *("once", "mac", "seal", "leaf", "path"),
)
LEAF_FIELDS = (
    *("version", "key_id", "time", "event", "phase", "attempt_id", "turn", "call_id", "step", "outcome"),
    *("pool_id", "client_id", "actor", "person_id", "person_commitment", "address", "address_key"),
    *("user_agent", "error_code", "request_id", "duration_ms", "count", "once"),
)
SEAL_FIELDS = (
    *("log_id", "no", "first_leaf", "count", "total", "last_event_id", "root", "prev_hash", "time", "key_id"),
)
STATEMENT_KEYS = {
    *("kind", "export", "filter", "format", "has_byte_order_mark", "file", "size", "sha256", "rows", "first"),
    *("last", "seals", "newest_seal", "made_at", "key_id"),
}
Keys = dict[str, Ed25519PublicKey]
Object = dict[str, Any]


class Altered(Exception):
    """Something is not what was made; the text says what."""


class Unusable(Exception):
    """The check cannot be made; the text says why."""


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path, metavar="EXPORT", help="the exported file")
    parser.add_argument("--manifest", type=Path, required=True, help="the manifest that came with it")
    parser.add_argument("--public-key", action="append", required=True, metavar="ID:BASE64")
    options = parser.parse_args(arguments)
    try:
        for line in verify(options.export, options.manifest, keys_of(options.public_key)):
            print(line)
    except Altered as fault:
        print(f"ALTERED: {fault}")
        return 1
    except (Unusable, OSError) as error:
        print(f"Cannot be checked: {error}", file=sys.stderr)
        return 2
    return 0


def verify(export: Path, manifest: Path, keys: Keys) -> list[str]:
    """What was found, in sentences. Raises Altered, Unusable and OSError."""
    statement, seals = read_manifest(manifest, keys)
    said = [
        f"Manifest of {statement['made_at']}, signed with the key {statement['key_id']!r}: good.",
        f"Filter: {statement['filter'] or 'none, the whole log'}",
    ]
    if statement["format"] == "ndjson":
        said.append(check_lines(export, statement, seals))
    check_file(export, statement)
    said.append(f"File: {statement['rows']} rows, SHA-256 {statement['sha256']}: good.")
    if statement["newest_seal"]:
        newest = statement["newest_seal"]
        said.append(f"The log's newest seal then was {newest['no']}, hash {newest['hash']}.")
    return said


def keys_of(texts: list[str]) -> Keys:
    """Public keys out of ID:BASE64. Raises Unusable."""
    keys: Keys = {}
    for text in ",".join(texts).split(","):
        key_id, _, encoded = text.strip().partition(":")
        try:
            raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            keys[key_id] = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError:
            raise Unusable("a public key is written as ID:BASE64, 32 bytes of Ed25519") from None
    return keys


def read_manifest(path: Path, keys: Keys) -> tuple[Object, dict[int, Object]]:
    """The signed statement, and the seals by number, every one of them checked. Raises as `verify` does."""
    raw = path.read_bytes()
    try:
        manifest = json.loads(raw)
        if raw != to_json(manifest, sort_keys=True) + b"\n" or set(manifest) != {
            "seals",
            "signature",
            "statement",
        }:
            raise ValueError
        statement = manifest["statement"]
        if set(statement) != STATEMENT_KEYS or statement["kind"] != KIND:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Altered("the manifest is not in the form in which manifests are written") from None
    key = key_named(statement["key_id"], keys, "the manifest")
    message = f"{KIND}\n".encode() + to_json(statement, sort_keys=True)
    if not is_signed(key, manifest["signature"], message):
        raise Altered("the signature of the manifest is not that of what stands in it")
    return statement, check_seals(manifest["seals"], statement, keys)


def check_seals(seals: list[Object], statement: Object, keys: Keys) -> dict[int, Object]:
    """The listed seals by number: all that were listed, each with its hash and signature, each after the last."""
    lines = b"".join(to_json(seal, sort_keys=True) + b"\n" for seal in seals)
    listed = statement["seals"]
    if len(seals) != listed["count"] or hashlib.sha256(lines).hexdigest() != listed["sha256"]:
        raise Altered("the seals of the manifest are not those that were listed when it was signed")
    before: Object | None = None
    for seal in seals:
        check_seal(seal, before, keys)
        before = seal
    newest = statement["newest_seal"]
    if newest and (before is None or before["no"] != newest["no"] or before["hash"] != newest["hash"]):
        raise Altered("the newest seal that the manifest names is not the last that it lists")
    return {seal["no"]: seal for seal in seals}


def check_seal(seal: Object, before: Object | None, keys: Keys) -> None:
    """One seal by itself, and against the listed one before it. Raises Altered."""
    name = f"seal {seal.get('no')}"
    if set(seal) != {*SEAL_FIELDS, "hash", "signature"}:
        raise Altered(f"{name} is not in the form of a seal")
    message = SEAL_TAG + to_json([seal[field] for field in SEAL_FIELDS], ascii_only=False)
    if hashlib.sha256(message).hexdigest() != seal["hash"]:
        raise Altered(f"{name} does not have the hash of what stands in it")
    if not is_signed(key_named(seal["key_id"], keys, name), seal["signature"], message):
        raise Altered(f"{name} is not signed with its key")
    if seal["total"] != seal["first_leaf"] + seal["count"]:
        raise Altered(f"{name} counts its rows wrongly")
    if before is None:
        return
    if seal["log_id"] != before["log_id"] or seal["no"] <= before["no"]:
        raise Altered(f"{name} does not come after seal {before['no']} in the same log")
    if seal["no"] == before["no"] + 1 and (
        seal["prev_hash"] != before["hash"] or seal["first_leaf"] != before["total"]
    ):
        raise Altered(f"{name} does not follow seal {before['no']}")


def check_lines(export: Path, statement: Object, seals: dict[int, Object]) -> str:
    """Every line of NDJSON; what was found in a sentence. Raises Altered."""
    lines = unsealed = forgotten = 0
    with export.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            row = line_of(raw, number)
            lines += 1
            proof = row.get("proof")
            if proof is None:
                unsealed += 1
                continue
            check_names(row, proof, number)
            forgotten += proof["person_commitment"] != "" and proof["salt"] is None
            check_leaf(row, proof, number, seals)
            check_place(statement, row, proof, number)
    if lines != statement["rows"]:
        raise Altered(f"there are {lines} lines where {statement['rows']} were written")
    return (
        f"Lines: {lines - unsealed} stand under their seals, {unsealed} were not sealed yet,"
        f" {forgotten} are of people who were forgotten: good."
    )


def line_of(raw: bytes, number: int) -> Object:
    """One line as an object, if it is written as lines are. Raises Altered."""
    try:
        row = json.loads(raw)
        keys = tuple(key for key in row if key not in ("count", "proof"))
        if keys != LINE_KEYS or raw != to_json(row) + b"\n":
            raise ValueError
        if "proof" in row and tuple(row["proof"]) != PROOF_KEYS:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise Altered(f"line {number} is not in the form in which lines are written") from None
    return dict(row)


def check_names(row: Object, proof: Object, number: int) -> None:
    """The person's names, by the commitment that stands in the row. Raises Altered."""
    named = [row["username"], row["canonical_username"], row["sub"]]
    if proof["salt"] is None:
        # Nobody, or somebody who was forgotten.
        if any(named):
            raise Altered(f"line {number} has names that no commitment vouches for")
        return
    if not matches(SALT, proof["salt"]):
        raise Altered(f"line {number} has a salt that is none")
    text = to_json([row["pool_id"], *named], ascii_only=False)
    if hashlib.sha256(bytes.fromhex(proof["salt"]) + text).hexdigest() != proof["person_commitment"]:
        raise Altered(f"line {number} names another person than its row was written for")


def check_leaf(row: Object, proof: Object, number: int, seals: dict[int, Object]) -> None:
    """The leaf of a row, by its path to the root of its seal (RFC 6962 section 2.1.1). Raises Altered."""
    seal = seals.get(proof["seal"]) if type(proof["seal"]) is int else None
    if seal is None:
        raise Altered(f"line {number} stands under a seal that the manifest does not list")
    values = {"count": None} | row | {name: proof[name] for name in PROOF_KEYS if name in LEAF_FIELDS}
    path: list[Any] = proof["path"] if isinstance(proof["path"], list) else [None]
    if not matches(MAC, proof["mac"]) or not all(matches(HASH, node) for node in path):
        raise Altered(f"line {number} has a hash that is none")
    data = [proof["id"], proof["mac"], *(values[name] for name in LEAF_FIELDS)]
    leaf = hashlib.sha256(b"\x00" + to_json(data, ascii_only=False)).digest()
    root = root_of(leaf, proof["leaf"], seal["count"], [bytes.fromhex(node) for node in path])
    if root is None or root.hex() != seal["root"]:
        raise Altered(f"line {number} (row {proof['id']}) is not the row that seal {seal['no']} was put on")


def root_of(leaf: bytes, index: Any, size: int, path: list[bytes]) -> bytes | None:
    """The root above a leaf (RFC 9162 section 2.1.3.2); None where the path is not as long as it has to be."""
    if type(index) is not int or not 0 <= index < size:
        return None
    fn, sn, root = index, size - 1, leaf
    for node in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = hashlib.sha256(b"\x01" + node + root).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + node).digest()
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 else None


def check_place(statement: Object, row: Object, proof: Object, number: int) -> None:
    """Whether a line that the manifest names as first or last is that row, and ids rise. Raises Altered."""
    ends = {1: statement["first"], statement["rows"]: statement["last"]}
    named = ends.get(number)
    if number in ends and (named is None or named["id"] != proof["id"] or named["time"] != row["time"]):
        raise Altered(f"line {number} is not the row that the manifest names there")


def check_file(export: Path, statement: Object) -> None:
    """The whole file, by its SHA-256. Raises Altered."""
    digest, size = hashlib.sha256(), 0
    with export.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    if size != statement["size"]:
        raise Altered(f"the file has {size} bytes where {statement['size']} were written")
    if digest.hexdigest() != statement["sha256"]:
        raise Altered("the file is not the one that was made: its SHA-256 differs")


def to_json(value: Any, *, ascii_only: bool = True, sort_keys: bool = False) -> bytes:
    """JSON without blanks. Raises Altered where a text holds half a character."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only, sort_keys=sort_keys)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Altered("a text holds what is no character") from None


def matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def key_named(key_id: Any, keys: Keys, what: str) -> Ed25519PublicKey:
    """The public key of this id. Raises Altered: whoever alters something may name a key of their own."""
    if not isinstance(key_id, str) or key_id not in keys:
        raise Altered(f"{what} names the key {str(key_id)[:40]!r}, of which no public key was given")
    return keys[key_id]


def is_signed(key: Ed25519PublicKey, signature: Any, message: bytes) -> bool:
    if not matches(SIGNATURE, signature):
        return False
    try:
        key.verify(bytes.fromhex(signature), message)
    except InvalidSignature:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
