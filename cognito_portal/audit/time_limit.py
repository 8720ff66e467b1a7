"""A limit to how long the database may think about what somebody asked."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from cognito_portal.audit import sql

_STEPS_BETWEEN_LOOKS = 20_000
_CANCELLED = "57014"  # query_canceled (https://www.postgresql.org/docs/current/errcodes-appendix.html)


class OutOfTime(Exception):
    """The time is over, and the database was stopped."""


class Clock:
    """What is left of a time, over all the statements that are asked by it. Made by `time_limit`."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def fetch(self, statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Every row of a query with `%s` placeholders. Raises OutOfTime, and django.db.Error."""
        if self.is_over:
            raise OutOfTime
        try:
            if connection.vendor == "postgresql":
                left_ms = max(1, int(1000 * (self._deadline - time.monotonic())))
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {left_ms}")
            return sql.fetch(statement, params)
        except OperationalError as error:
            if str(error) == "interrupted" or _is_cancelled(error):
                raise OutOfTime from None
            raise


@contextmanager
def time_limit(seconds: float) -> Iterator[Clock]:
    """A Clock for `seconds` from now on. Only read by it: on PostgreSQL it is a transaction, on SQLite it is none,
    since there every transaction takes the place of a writer.
    """
    clock = Clock(seconds)
    if connection.vendor == "postgresql":
        try:
            with transaction.atomic():
                yield clock
        except OperationalError as error:
            # The limit is the last COMMIT's too, which may have but a millisecond left.
            if _is_cancelled(error):
                raise OutOfTime from None
            raise
    else:
        connection.ensure_connection()
        driver = connection.connection
        driver.set_progress_handler(lambda: clock.is_over, _STEPS_BETWEEN_LOOKS)
        try:
            yield clock
        finally:
            driver.set_progress_handler(None, 0)


def _is_cancelled(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == _CANCELLED
