"""The session engine: Django's database sessions, each written once a request.

The walk saves the session inside the transaction that also holds the audit row (decision D5). The session
middleware then asks for the same save again, and here that second one finds nothing to do.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session


class SessionStore(DatabaseStore):
    """A session row in the database that knows what it wrote last."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._written: tuple[str | None, str] | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def save(self, must_create: bool = False) -> None:
        if not must_create and self.session_key is not None and self._written == self._content():
            return
        super().save(must_create)
        self._written = self._content()

    def flush(self) -> None:
        super().flush()
        self._written = None

    def _content(self) -> tuple[str | None, str]:
        data: dict[str, Any] = self._get_session()  # type: ignore[attr-defined]
        return self.session_key, repr(data)
