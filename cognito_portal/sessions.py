"""The session engine: Django's database sessions with one statement for each act, each row written once.

The rows are Django's own (`clearsessions` and `django.contrib.sessions.models.Session` read them); only how
they are written differs. Through the ORM a sign-in's session costs more than the rest of its SQL (decision D9):
a new key is asked for before it is inserted, every write stands in a savepoint, and a changed key is an insert,
a delete and an update.

The walk saves the session inside the transaction that also holds the audit row (decision D5). The session
middleware then asks for the same save again, and here that second one finds nothing to do.
"""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core import signing
from django.db import connection
from django.utils import timezone

KEY_BYTES = 20
_LOAD = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
_LOCKED = f"{_LOAD} FOR UPDATE"
_INSERT = (
    "INSERT INTO django_session (session_data, expire_date, session_key) VALUES (%s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
_UPDATE = (
    "UPDATE django_session SET session_data = %s, expire_date = %s, session_key = %s WHERE session_key = %s"
)
_DELETE = "DELETE FROM django_session WHERE session_key = %s"
_DELETE_OVER = (
    "DELETE FROM django_session WHERE session_key IN"
    " (SELECT session_key FROM django_session WHERE expire_date < %s LIMIT %s)"
)
CLEAR_ROWS = 500


class SessionStore(DatabaseStore):
    """A session row in the database that knows what it wrote last.

    Every method that writes raises django.db.Error where the database fails.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._written: tuple[str | None, str] | None = None
        self.is_unreadable = False
        """Whether the row holds something that no key of ours has signed. It reads as empty."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The session signed as Django does it, but not compressed: what it holds is encrypted already."""
        return signing.dumps(session_dict, salt=self.key_salt, serializer=self.serializer)

    def decode(self, session_data: str) -> dict[str, Any]:  # type: ignore[override]  # rows are text
        """What `encode` was given; empty, and noted in `is_unreadable`, where its key is gone."""
        try:
            data: dict[str, Any] = signing.loads(session_data, salt=self.key_salt, serializer=self.serializer)
        except (signing.BadSignature, ValueError):
            self.is_unreadable = True
            return {}
        return data

    def get_expire_at_browser_close(self) -> bool:
        """How long a row lives is the server's business; the cookie goes with the browser whatever that is."""
        close: bool = settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
        return close

    def load(self) -> dict[str, Any]:
        """What the row holds; empty, and without a key, where there is none or it has expired."""
        with connection.cursor() as cursor:
            cursor.execute(_LOAD, [self.session_key, _stored(timezone.now())])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])

    def create(self) -> None:
        """Give the session a new key and a row."""
        inserted = False
        while not inserted:
            self._session_key = _new_key()
            try:
                self.save(must_create=True)
                inserted = True
            except CreateError:
                continue
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the row unless it stands there as it is.

        Raises CreateError where the key is taken and `must_create` says it must not be, and UpdateError where
        the row is gone.
        """
        if self.session_key is None:
            return self.create()
        data = self._data(no_load=must_create)
        if must_create:
            if not self._write(_INSERT, data, self.session_key):
                raise CreateError
        elif self._written == (self.session_key, repr(data)):
            return None
        elif not self._write(_UPDATE, data, self.session_key, self.session_key):
            raise UpdateError
        return None

    def hold(self) -> None:
        """Read the row anew, and let nobody else write it until the transaction ends.

        What was changed in memory and not saved is dropped: this comes before the change, so that a request
        which began earlier overwrites nothing of a later one. Raises UpdateError where the row is gone.
        """
        # SQLite has one writer at a time, and a transaction here begins as that writer.
        sql = _LOCKED if connection.features.has_select_for_update else _LOAD
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.session_key, _stored(timezone.now())])
            row = cursor.fetchone()
        if row is None:
            raise UpdateError
        self._session_cache = self.decode(row[0])
        self._written = (self.session_key, repr(self._session_cache))

    def cycle_key(self) -> None:
        """Move the row, with what the session holds now, to a new key; the old one is worth nothing then.

        Raises UpdateError where the row is gone: another request ended the session.
        """
        data, earlier = self._data(), self.session_key
        if earlier is None:
            return self.create()
        self._session_key = _new_key()
        if not self._write(_UPDATE, data, self._session_key, earlier):
            raise UpdateError
        self.modified = True
        return None

    def delete(self, session_key: str | None = None) -> None:
        """Remove a row, this session's unless another is named."""
        key = session_key or self.session_key
        if key is not None:
            with connection.cursor() as cursor:
                cursor.execute(_DELETE, [key])

    @classmethod
    def clear_expired(cls) -> None:
        """Remove the rows that are over, CLEAR_ROWS in a statement, so that nobody waits long to write."""
        now = _stored(timezone.now())
        removed = CLEAR_ROWS
        while removed == CLEAR_ROWS:
            with connection.cursor() as cursor:
                cursor.execute(_DELETE_OVER, [now, CLEAR_ROWS])
                removed = cursor.rowcount

    def flush(self) -> None:
        super().flush()
        self._written = None

    def _write(self, sql: str, data: dict[str, Any], *keys: str) -> bool:
        """Run one statement on the row; whether it met one."""
        values = [self.encode(data), _stored(self.get_expiry_date()), *keys]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            written = bool(cursor.rowcount == 1)
        if written:
            self._written = (self.session_key, repr(data))
        return written

    def _data(self, *, no_load: bool = False) -> dict[str, Any]:
        data: dict[str, Any] = self._get_session(no_load=no_load)  # type: ignore[attr-defined]
        return data


def _new_key() -> str:
    return secrets.token_hex(KEY_BYTES)


def _stored(moment: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def hold(session: SessionBase) -> None:
    """`SessionStore.hold` of a session that comes with a request."""
    if not isinstance(session, SessionStore):
        raise TypeError("the portal's sessions are its own")
    session.hold()
