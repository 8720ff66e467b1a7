"""Anchors: each seal said once more in places that whoever can change the database cannot reach.

Only such a copy shows that the end of the log was cut off, or all of it put back to an earlier day. Each place
gets the seals in their order. What fails is logged and caught up later; it is a job apart from sealing, so that
a place that hangs keeps no row from being sealed. A place that starts anew begins with the newest seal: by the
chain that stands for all before it.
"""

import fcntl
import json
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Protocol

from django.conf import settings

from cognito_portal.audit.proof import ledger
from cognito_portal.audit.proof.statements import Seal, anchor_of_line

log = logging.getLogger(__name__)

BATCH = 500
LONGEST_LINE_BYTES = 4096
COMMAND_TIMEOUT_S = 20.0


class AnchorFailed(Exception):
    """A place did not take its anchors; they are given to it again."""


class Place(Protocol):
    """Where anchors go. It knows which seal it has last, as far as that outlives the process."""

    def last_no(self) -> int | None:
        """The number of the last seal there; None where that is not known."""

    def put(self, lines: Sequence[str]) -> None:
        """Add lines at the end. Raises OSError or subprocess.SubprocessError where that fails."""


class Stdout:
    """The worker's standard output, which a log collector keeps."""

    def last_no(self) -> int | None:
        return None

    def put(self, lines: Sequence[str]) -> None:
        sys.stdout.write("".join(lines))
        sys.stdout.flush()


class File:
    """A file that is only appended to, each time down to the disk."""

    def __init__(self, path: str) -> None:
        self._path = path

    def last_no(self) -> int | None:
        """The number in the last line that is an anchor. Raises OSError."""
        try:
            with open(self._path, "rb") as file:
                tail = _tail(file)
        except FileNotFoundError:
            return None
        for line in reversed(tail.decode(errors="replace").splitlines()):
            anchor = anchor_of_line(line)
            if anchor is not None:
                return int(anchor["no"])
        return None

    def put(self, lines: Sequence[str]) -> None:
        with open(self._path, "ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Another worker may have been first; a line that a power cut tore is left to stand alone.
            tail, last_no = _tail(file), self.last_no() or 0
            fresh = [line for line in lines if json.loads(line)["no"] > last_no]
            torn = b"\n" if tail and not tail.endswith(b"\n") else b""
            file.write(torn + "".join(fresh).encode())
            file.flush()
            os.fsync(file.fileno())


class Command:
    """A command of the operator's that reads anchor lines from its standard input."""

    def __init__(self, command: str) -> None:
        self._command = command

    def last_no(self) -> int | None:
        return None

    def put(self, lines: Sequence[str]) -> None:
        subprocess.run(  # noqa: S603 (the operator names it in AUDIT_ANCHOR_COMMAND)
            shlex.split(self._command),
            input="".join(lines).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_TIMEOUT_S,
            check=True,
        )


class Anchors:
    """The places of one process, and how far each has got."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._reached: list[tuple[Place, int | None]] = [(place, None) for place in places]

    def publish(self) -> bool:
        """Give every place the seals it lacks; whether all have them now. Raises django.db.Error.

        The first time in a process a place that cannot say what it has gets the newest seal.
        """
        head = ledger.find_head()
        until = head.statement.no if head else 0
        self._reached = [(place, self._catch_up(place, reached, until)) for place, reached in self._reached]
        return all(reached is not None and reached >= until for _, reached in self._reached)

    def _catch_up(self, place: Place, reached: int | None, until: int) -> int | None:
        try:
            if reached is None:
                reached = place.last_no()
            if reached is None:
                reached = max(0, until - 1)
            if reached > until:
                log.error("audit.anchor_is_ahead", extra={"anchored": reached, "sealed": until})
            for seals in _in_batches(reached, until):
                place.put([seal.anchor_line() for seal in seals])
                reached = seals[-1].statement.no
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.error("audit.anchor_failed", extra={"place": type(place).__name__}, exc_info=error)
        return reached


def _in_batches(no: int, until: int) -> Iterator[list[Seal]]:
    while seals := ledger.seals_after(no, until=until, limit=BATCH):
        yield seals
        no = seals[-1].statement.no


def _tail(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2 * LONGEST_LINE_BYTES))
    return file.read()


def configured(*, stdout: bool) -> Anchors:
    """The places that the settings name; standard output only where this process may use it for anchors."""
    places: list[Place] = []
    if stdout and settings.AUDIT_ANCHOR_STDOUT:
        places.append(Stdout())
    if settings.AUDIT_ANCHOR_FILE:
        places.append(File(settings.AUDIT_ANCHOR_FILE))
    if settings.AUDIT_ANCHOR_COMMAND:
        places.append(Command(settings.AUDIT_ANCHOR_COMMAND))
    return Anchors(places)


_of_this_process: list[Anchors] = []


def work() -> None:
    """The worker's job: anchor what was sealed since the last time. Raises AnchorFailed and django.db.Error."""
    if not _of_this_process:
        _of_this_process.append(configured(stdout=True))
    if not _of_this_process[0].publish():
        raise AnchorFailed
