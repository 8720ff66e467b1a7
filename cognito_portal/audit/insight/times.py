"""Moments on their way into SQL and out of it."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection


def stored(moment: datetime) -> Any:
    """A moment as the database's own adapter takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def utc(moment: datetime) -> datetime:
    """A moment out of raw SQL, which SQLite gives without its zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
