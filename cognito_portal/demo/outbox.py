"""The mails and texts a real pool would have sent, kept in memory."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from cognito_portal.demo.clock import Clock

KEPT = 1000
Medium = Literal["EMAIL", "SMS"]


@dataclass(frozen=True)
class Message:
    """One message: ``at`` is UTC in ISO 8601, ``kind`` says what it was for."""

    to: str
    medium: Medium
    subject: str
    body: str
    at: str
    kind: str
    username: str


class Outbox:
    """The newest messages, newest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def send(self, *, to: str, medium: Medium, subject: str, body: str, kind: str, username: str) -> None:
        at = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds")
        with self._lock:
            self._messages.appendleft(Message(to, medium, subject, body, at, kind, username))

    def messages(self) -> list[Message]:
        with self._lock:
            return list(self._messages)

    def codes(self) -> list[Message]:
        """Return what is not an invitation: codes, which somebody is waiting for."""
        return [message for message in self.messages() if message.kind != "invitation"]

    def as_json(self) -> list[dict[str, str]]:
        return [asdict(message) for message in self.messages()]
