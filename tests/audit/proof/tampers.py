"""Single acts of somebody who may do everything with the database, but holds none of the keys.

Each takes the open database and a source of chance, and changes one thing. What only the anchors can show (a cut
tail, an earlier state, a log rewritten with the true keys) is done as well as it can be done.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import override_settings

from cognito_portal.audit.proof import keys
from cognito_portal.audit.proof.canonical import SIGNED, leaf_of, mac_of, signed_values
from cognito_portal.audit.proof.merkle import root_of
from cognito_portal.audit.proof.statements import NO_SEAL, Seal, Statement
from tests.audit.proof.victim import KEYS

Tamper = Callable[[sqlite3.Connection, Random], None]
Row = dict[str, Any]
PERSON = ("person_id", "pool_id", "account", "typed", "canonical", "sub", "salt", "commitment")
LEAF = ("leaf_no", "event_id", "seal_no", "leaf_hash")
SEAL = (
    *("no", "log_id", "first_leaf", "count", "total", "last_event_id", "root", "prev_hash", "seal_hash"),
    *("time", "key_id", "signature"),
)
EVENT = (*SIGNED, "mac", "address_packed")


def rows_of(database: sqlite3.Connection, sql: str, *params: Any) -> list[Row]:
    found = database.execute(sql, params)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def sealed(database: sqlite3.Connection) -> list[Row]:
    return rows_of(
        database, "SELECT e.* FROM audit_event e JOIN audit_leaf l ON l.event_id = e.id ORDER BY id"
    )


def waiting(database: sqlite3.Connection) -> list[Row]:
    return rows_of(
        database, "SELECT * FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_leaf) ORDER BY id"
    )


def live_leaves(database: sqlite3.Connection) -> list[Row]:
    return rows_of(database, "SELECT l.* FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id")


def all_of(database: sqlite3.Connection, table: str, order: str) -> list[Row]:
    return rows_of(database, f"SELECT * FROM {table} ORDER BY {order}")


def insert(database: sqlite3.Connection, table: str, row: Row) -> None:
    names, slots = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({slots})", list(row.values()))


def other(value: Any, chance: Random) -> Any:
    """Another value of the same kind, as near as can be."""
    if value is None:
        return chance.choice([0, 1, "x"])
    if isinstance(value, bytes):
        at = chance.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 1000])
    near = [f"{value} ", value[:-1], value + "\0", f"x{value[1:]}", value.swapcase(), value.encode(), None]
    return chance.choice([each for each in near if each != value])


def other_time(value: str, chance: Random) -> str:
    later = chance.randrange(10)
    near = [value.replace(" ", "T"), f"{value}+00:00", f"{value[:-1]}{later}", f"20{later}{value[3:]}"]
    return chance.choice([each for each in near if each != value])


def edit(
    database: sqlite3.Connection, chance: Random, table: str, row: Row, key: str, names: Iterable[str]
) -> None:
    """Change one column of one row, really: what the database makes the same of again is tried anew."""
    ((place,),) = database.execute(f"SELECT rowid FROM {table} WHERE {key} = ?", [row[key]])
    for _ in range(50):
        name = chance.choice(list(names))
        value = other_time(row[name], chance) if name == "time" else other(row[name], chance)
        try:
            database.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', [value, place])
        except sqlite3.IntegrityError:
            continue
        ((after, kind),) = database.execute(
            f'SELECT "{name}", typeof("{name}") FROM {table} WHERE rowid = ?', [place]
        )
        if (after, kind) != (row[name], _kind(row[name])):
            return
    raise AssertionError("nothing could be changed")


def _kind(value: Any) -> str:
    return {bytes: "blob", int: "integer", str: "text"}.get(type(value), "null")


def edit_a_row(database: sqlite3.Connection, chance: Random) -> None:
    edit(database, chance, "audit_event", chance.choice(sealed(database)), "id", EVENT)


def edit_a_waiting_row(database: sqlite3.Connection, chance: Random) -> None:
    edit(database, chance, "audit_event", chance.choice(waiting(database)), "id", EVENT)


def renumber_a_row(database: sqlite3.Connection, chance: Random) -> None:
    row_id = chance.choice(sealed(database))["id"]
    database.execute("UPDATE audit_event SET id = ? WHERE id = ?", [chance.choice([-1, 0, 5000]), row_id])


def delete_a_row(database: sqlite3.Connection, chance: Random) -> None:
    database.execute("DELETE FROM audit_event WHERE id = ?", [chance.choice(sealed(database))["id"]])


def delete_a_row_and_its_leaf(database: sqlite3.Connection, chance: Random) -> None:
    row_id = chance.choice(sealed(database))["id"]
    database.execute("DELETE FROM audit_event WHERE id = ?", [row_id])
    database.execute("DELETE FROM audit_leaf WHERE event_id = ?", [row_id])


def insert_a_forged_row(database: sqlite3.Connection, chance: Random) -> None:
    row = chance.choice(sealed(database))
    row |= {"id": _free_id(database, chance), "outcome": "success", "call_id": chance.randbytes(16).hex()}
    row["mac"] = chance.choice([row["mac"], chance.randbytes(32), None, b""])
    insert(database, "audit_event", row)


def insert_a_row_of_version_1(database: sqlite3.Connection, chance: Random) -> None:
    row = chance.choice(sealed(database)) | {"version": 1, "mac": None, "key_id": None}
    insert(database, "audit_event", row | {"id": _free_id(database, chance)})


def insert_a_copy(database: sqlite3.Connection, chance: Random) -> None:
    row = chance.choice(sealed(database) + waiting(database))
    insert(database, "audit_event", row | {"id": _free_id(database, chance)})


def insert_a_copy_with_a_leaf(database: sqlite3.Connection, chance: Random) -> None:
    row = chance.choice(sealed(database)) | {"id": _free_id(database, chance)}
    insert(database, "audit_event", row)
    last = all_of(database, "audit_leaf", "leaf_no")[-1]
    leaf = leaf_of(row["id"], row["mac"], values_of(row))
    number = chance.choice([last["leaf_no"], last["leaf_no"] + 1])
    insert(database, "audit_leaf", last | {"leaf_no": number, "event_id": row["id"], "leaf_hash": leaf})


def _free_id(database: sqlite3.Connection, chance: Random) -> int:
    """An id above all others, one that retention has made free, or one that another row has."""
    highest = max(row["id"] for row in all_of(database, "audit_event", "id"))
    return chance.choice([highest + 1, highest + 7, 2, -3, highest - 9])


def swap_two_ids(database: sqlite3.Connection, chance: Random) -> None:
    one, two = (row["id"] for row in chance.sample(sealed(database), 2))
    for old, new in ((one, -99), (two, one), (-99, two)):
        database.execute("UPDATE audit_event SET id = ? WHERE id = ?", [new, old])


def _cut_after(database: sqlite3.Connection, chance: Random) -> tuple[int, int]:
    """A seal after which everything goes, and the last row up to it."""
    seal = chance.choice(all_of(database, "audit_seal", "no")[1:-1])
    database.execute("DELETE FROM audit_leaf WHERE seal_no > ?", [seal["no"]])
    database.execute("DELETE FROM audit_seal WHERE no > ?", [seal["no"]])
    return seal["no"], seal["last_event_id"]


def cut_the_tail(database: sqlite3.Connection, chance: Random) -> None:
    _, last_event_id = _cut_after(database, chance)
    database.execute("DELETE FROM audit_event WHERE id > ?", [last_event_id])


def unseal_the_tail(database: sqlite3.Connection, chance: Random) -> None:
    _cut_after(database, chance)


def remove_every_seal(database: sqlite3.Connection, chance: Random) -> None:
    for table in ("audit_leaf", "audit_seal", "audit_prune", *chance.choice([[], ["audit_event"]])):
        database.execute(f"DELETE FROM {table}")


def values_of(row: Row) -> list[Any]:
    return signed_values(row | {"time": datetime.fromisoformat(row["time"])})


def authenticate(database: sqlite3.Connection, row: Row, key: bytes) -> None:
    """Give a row the MAC that this key makes."""
    mac = mac_of(values_of(row), key=key)
    row["mac"] = mac
    database.execute(
        "UPDATE audit_event SET mac = ?, key_id = ? WHERE id = ?", [mac, row["key_id"], row["id"]]
    )


def rekey_a_row(database: sqlite3.Connection, chance: Random) -> None:
    row = chance.choice(sealed(database))
    row["key_id"] = chance.choice([row["key_id"], "k3"])
    authenticate(database, row, chance.randbytes(32))


def downgrade_a_row(database: sqlite3.Connection, chance: Random) -> None:
    row_id = chance.choice(sealed(database))["id"]
    more = chance.choice(["", ", mac = NULL", ", mac = NULL, key_id = NULL"])
    database.execute(f"UPDATE audit_event SET version = 1{more} WHERE id = ?", [row_id])


def edit_a_leaf(database: sqlite3.Connection, chance: Random) -> None:
    edit(database, chance, "audit_leaf", chance.choice(live_leaves(database)), "leaf_no", LEAF)


def delete_a_leaf(database: sqlite3.Connection, chance: Random) -> None:
    database.execute(
        "DELETE FROM audit_leaf WHERE leaf_no = ?", [chance.choice(live_leaves(database))["leaf_no"]]
    )


def add_a_leaf(database: sqlite3.Connection, chance: Random) -> None:
    leaf = all_of(database, "audit_leaf", "leaf_no")[-1]
    number = chance.choice([-1, leaf["leaf_no"] + 1])
    insert(database, "audit_leaf", leaf | {"leaf_no": number, "event_id": 9000})


def edit_a_seal(database: sqlite3.Connection, chance: Random) -> None:
    edit(database, chance, "audit_seal", chance.choice(all_of(database, "audit_seal", "no")), "no", SEAL)


def delete_a_seal(database: sqlite3.Connection, chance: Random) -> None:
    no = chance.choice(all_of(database, "audit_seal", "no"))["no"]
    database.execute("DELETE FROM audit_seal WHERE no = ?", [no])


def swap_two_seals(database: sqlite3.Connection, chance: Random) -> None:
    one, two = (seal["no"] for seal in chance.sample(all_of(database, "audit_seal", "no"), 2))
    for old, new in ((one, 999), (two, one), (999, two)):
        database.execute("UPDATE audit_seal SET no = ? WHERE no = ?", [new, old])


def prune_by_hand(database: sqlite3.Connection, chance: Random) -> None:
    seal = chance.choice([each for each in all_of(database, "audit_seal", "no") if each["count"] > 1][1:])
    event_id = chance.choice(sealed(database))["id"]
    insert(database, "audit_prune", {"seal_no": seal["no"], "event_id": event_id, "time": seal["time"]})
    if chance.random() < 0.8:
        database.execute(
            "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_leaf WHERE seal_no = ?)",
            [seal["no"]],
        )


def remove_the_prune_rows(database: sqlite3.Connection, chance: Random) -> None:
    if chance.random() < 0.5:
        database.execute("DELETE FROM audit_prune")
    else:
        database.execute("DELETE FROM audit_event WHERE event = 'audit.pruned'")


def rename_a_person(database: sqlite3.Connection, chance: Random) -> None:
    people = rows_of(
        database,
        "SELECT p.* FROM audit_person p JOIN audit_event e ON e.person_commitment = p.commitment GROUP BY p.id",
    )
    edit(database, chance, "audit_person", chance.choice(people), "id", PERSON)


def reseal(database: sqlite3.Connection, sign: Callable[[str], Ed25519PrivateKey]) -> None:
    """Make leaves, roots, chain and signatures anew for the rows as they are."""
    before = NO_SEAL
    for stored in all_of(database, "audit_seal", "no"):
        leaves = []
        for leaf in rows_of(database, "SELECT * FROM audit_leaf WHERE seal_no = ?", stored["no"]):
            row = rows_of(database, "SELECT * FROM audit_event WHERE id = ?", leaf["event_id"])
            hashed = leaf_of(row[0]["id"], row[0]["mac"], values_of(row[0])) if row else leaf["leaf_hash"]
            database.execute(
                "UPDATE audit_leaf SET leaf_hash = ? WHERE leaf_no = ?", [hashed, leaf["leaf_no"]]
            )
            leaves.append(hashed)
        before = _sign(database, stored, root_of(leaves), before, sign(stored["key_id"]))


def _sign(
    database: sqlite3.Connection, stored: Row, root: bytes, before: bytes, private: Ed25519PrivateKey
) -> bytes:
    fields = {name: stored[name] for name in SEAL if name not in ("seal_hash", "signature")}
    statement = Statement(**fields | {"time": datetime.fromisoformat(stored["time"])})
    seal = Seal.signed(replace(statement, root=root, prev_hash=before), private)
    database.execute(
        "UPDATE audit_seal SET root = ?, prev_hash = ?, seal_hash = ?, signature = ? WHERE no = ?",
        [root, before, seal.seal_hash, seal.signature, stored["no"]],
    )
    return seal.seal_hash


def resign_a_seal(database: sqlite3.Connection, chance: Random) -> None:
    stored = chance.choice(all_of(database, "audit_seal", "no"))
    key_id = chance.choice([stored["key_id"], "k3"])
    database.execute("UPDATE audit_seal SET key_id = ? WHERE no = ?", [key_id, stored["no"]])
    foreign = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    _sign(database, stored | {"key_id": key_id}, stored["root"], stored["prev_hash"], foreign)


def _rewrite_a_row(database: sqlite3.Connection, chance: Random) -> Row:
    row = chance.choice(sealed(database))
    row["user_agent"] = f"{row['user_agent']} rewritten"
    database.execute("UPDATE audit_event SET user_agent = ? WHERE id = ?", [row["user_agent"], row["id"]])
    return row


def rewrite_with_foreign_keys(database: sqlite3.Connection, chance: Random) -> None:
    _rewrite_a_row(database, chance)
    key = chance.randbytes(32)
    for row in rows_of(database, "SELECT * FROM audit_event"):
        authenticate(database, row, key)
    foreign = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(key).digest())
    reseal(database, lambda _: foreign)


def rewrite_with_the_true_keys(database: sqlite3.Connection, chance: Random) -> None:
    """Somebody has the keys too: the anchors alone can show it."""
    row = _rewrite_a_row(database, chance)
    with override_settings(**KEYS):
        authenticate(database, row, keys.row_keys()[row["key_id"]])
        private = {key.key_id: key.private for key in keys.signing_keys()}
    reseal(database, private.__getitem__)


def rewrite_with_the_row_key(database: sqlite3.Connection, chance: Random) -> None:
    """Somebody has what the site has: the key of rows, and not the one that signs seals."""
    row = _rewrite_a_row(database, chance)
    with override_settings(**KEYS):
        authenticate(database, row, keys.row_keys()[row["key_id"]])
    leaf = leaf_of(row["id"], row["mac"], values_of(row))
    database.execute("UPDATE audit_leaf SET leaf_hash = ? WHERE event_id = ?", [leaf, row["id"]])


def edit_a_leaf_of_a_pruned_row(database: sqlite3.Connection, chance: Random) -> None:
    leaves = rows_of(database, "SELECT * FROM audit_leaf WHERE seal_no = 1")
    edit(
        database, chance, "audit_leaf", chance.choice(leaves), "leaf_no", ["leaf_no", "seal_no", "leaf_hash"]
    )


TAMPERS: tuple[Tamper, ...] = (
    *(edit_a_row, edit_a_row, edit_a_row, edit_a_waiting_row, renumber_a_row),
    *(delete_a_row, delete_a_row_and_its_leaf),
    *(insert_a_forged_row, insert_a_row_of_version_1, insert_a_copy, insert_a_copy_with_a_leaf),
    *(swap_two_ids, cut_the_tail, unseal_the_tail, remove_every_seal),
    *(rekey_a_row, downgrade_a_row, resign_a_seal),
    *(rewrite_with_foreign_keys, rewrite_with_the_row_key, rewrite_with_the_true_keys),
    *(
        edit_a_leaf_of_a_pruned_row,
        edit_a_leaf,
        delete_a_leaf,
        add_a_leaf,
        edit_a_seal,
        edit_a_seal,
        delete_a_seal,
        swap_two_seals,
    ),
    *(prune_by_hand, remove_the_prune_rows, rename_a_person, rename_a_person),
)
