"""How the audit log writes: in one transaction, in a fair queue, and with one exception for every failure."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection, transaction

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.triggers import require
from cognito_portal.audit.turns import Turns

_turns = Turns()

# Below this the wait in the queue is not worth telling SQLite of.
NEGLIGIBLE_S = 0.05


@contextmanager
def _in_turn() -> Iterator[None]:
    """Hold SQLite's turn. Queue and database together take no longer than the connection's `timeout`."""
    budget_s = float(connection.settings_dict["OPTIONS"].get("timeout", 5.0))
    began = time.monotonic()
    if not _turns.acquire(str(connection.settings_dict["NAME"]), budget_s):
        raise AuditUnavailable("busy")
    waited_s = time.monotonic() - began
    try:
        if waited_s < NEGLIGIBLE_S:
            yield
        else:
            with _busy_timeout(max(0.001, budget_s - waited_s), then_s=budget_s):
                yield
    finally:
        _turns.release()


@contextmanager
def _busy_timeout(limit_s: float, *, then_s: float) -> Iterator[None]:
    """Have SQLite wait `limit_s` seconds for other processes, and `then_s` again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(1000 * limit_s)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(1000 * then_s)}")


@contextmanager
def write_transaction() -> Iterator[None]:
    """One transaction for audit rows and what must stand or fall with them, the session for instance.

    Inside a transaction of the caller's it joins that one. Raises AuditUnavailable for every failure of the
    database, inside the block too, and where the log is not guarded against change.
    """
    try:
        if connection.in_atomic_block:
            require()
            yield
        elif connection.vendor == "sqlite":
            with _in_turn(), transaction.atomic():
                require()
                yield
        else:
            with transaction.atomic():
                require()
                yield
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
