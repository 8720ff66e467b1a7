"""The worker's part: files of rows that were asked for, each under a lease, and what is seven days old removed.

A worker that makes a file says every second that it is alive. One that was killed is silent; after LEASE
another one begins that file anew. The moment last said is the lease itself: who finds another moment there has
lost it and leaves no file behind.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import Error, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from cognito_portal.audit.exports import files, manifest
from cognito_portal.audit.exports.asking import form_of
from cognito_portal.audit.exports.formats import chunks
from cognito_portal.audit.exports.selection import Facts, count, select
from cognito_portal.audit.filters import BadFilter, Filter
from cognito_portal.audit.models import Export
from cognito_portal.audit.names import TooManyPeople
from cognito_portal.audit.proof.keys import BadKeys
from cognito_portal.audit.proof.stored import Doubt
from cognito_portal.worker.jobs import stopping

LEASE = timedelta(seconds=30)
KEPT = timedelta(days=7)
BEAT_S = 1.0
_State = Export.State
log = logging.getLogger(__name__)


class Interrupted(Exception):
    """The file is not to be made any further: cancelled, taken over, or the worker has to stop."""


def make_waiting() -> int:
    """Make every file that waits, and remove what is too old; how many were made.

    Raises django.db.Error and OSError where not even that can be written down.
    """
    remove_old(now=timezone.now())
    made = 0
    while not stopping().is_set() and (export := _claim(timezone.now())) is not None:
        made += _make(export)
    return made


def remove_old(*, now: datetime) -> int:
    """Remove files that were finished KEPT ago; how many. Raises django.db.Error and OSError."""
    old = Export.objects.filter(finished_at__lt=now - KEPT).exclude(file="")
    for export in old:
        files.remove(export.file)
        Export.objects.filter(id=export.id).update(file="")
    files.remove_left_behind(now_s=now.timestamp())
    return len(old)


def _claim(now: datetime) -> Export | None:
    """The oldest export that waits, or whose worker fell silent, under a lease of this worker's."""
    free = Q(state=_State.WAITING) | Q(state=_State.RUNNING, alive_at__lt=now - LEASE)
    for export in Export.objects.filter(free).order_by("asked_at"):
        if Export.objects.filter(free, id=export.id).update(state=_State.RUNNING, alive_at=now, rows=0):
            export.state, export.alive_at, export.rows = _State.RUNNING, now, 0
            return export
    return None


class _Beat(threading.Thread):
    """Says every second that the file is being made and how far it is, over a connection of its own."""

    def __init__(self, export: Export) -> None:
        super().__init__(name=f"export {export.id}", daemon=True)
        self.rows = 0
        self.is_lost = False
        self._export = export
        self._alive_at = export.alive_at
        self._over = threading.Event()

    def run(self) -> None:
        try:
            while not self._over.wait(BEAT_S):
                self._say()
        finally:
            connection.close()

    def _say(self) -> None:
        now = timezone.now()
        try:
            self.is_lost = not self._held().update(alive_at=now, rows=self.rows)
        except Error as error:
            # The lease lasts for many beats.
            log.warning("audit.export_beat_failed", extra={"error": type(error).__name__})
            return
        self._alive_at = now

    def _held(self) -> QuerySet[Export]:
        return Export.objects.filter(id=self._export.id, state=_State.RUNNING, alive_at=self._alive_at)

    def heard(self, rows: int) -> None:
        """What the export calls with each batch. Raises Interrupted."""
        self.rows = rows
        if self.is_lost or stopping().is_set():
            raise Interrupted

    def end(self, *, query: str | None = None, **said: object) -> bool:
        """Stop, and write down how it ended; False where the lease was lost, or where the export's filter is no
        longer `query`. Raises django.db.Error.
        """
        self._over.set()
        self.join()
        held = self._held() if query is None else self._held().filter(query=query)
        return bool(held.update(**said))


def _make(export: Export) -> bool:
    """Make one file; whether it is finished."""
    beat = _Beat(export)
    beat.start()
    try:
        return _write(export, beat)
    except Interrupted:
        # A worker that has to stop gives it back; where the lease is lost this changes nothing.
        beat.end(state=_State.WAITING, rows=0)
    except Exception as error:
        beat.end(state=_State.FAILED, finished_at=timezone.now(), problem=_in_words(error))
        if not isinstance(error, _EXPECTED):
            raise
        log.warning("audit.export_failed", extra={"error": type(error).__name__, "export": export.id})
    return False


def _write(export: Export, beat: _Beat) -> bool:
    manifest.signing_key()  # rather before an hour of work than after it
    selection = select(Filter.of_query(export.query, now=export.asked_at))
    Export.objects.filter(id=export.id).update(expected_rows=count(selection))
    facts = Facts(on_rows=beat.heard)
    name, digest, size = f"{export.id}.{export.format}", hashlib.sha256(), 0
    with files.written(name) as file:
        for chunk in chunks(selection, form_of(export), facts, directory=files.directory()):
            digest.update(chunk)
            size += file.write(chunk)
    made = manifest.Made(
        export_id=export.id,
        query=export.query,
        form=form_of(export),
        file=name,
        size=size,
        sha256=digest.hexdigest(),
        facts=facts,
    )
    return _finish(export, beat, made)


def _finish(export: Export, beat: _Beat, made: manifest.Made) -> bool:
    """Write the manifest of a file that is written, and say that both are there; False where the lease was lost.

    The filter is read anew: the person whom it names may have been forgotten since it was asked for.
    """
    rows = made.facts.rows
    while True:
        query = _query_of(export)
        with files.written(files.manifest_name(made.file)) as file:
            manifest.write(replace(made, query=query), file, now=timezone.now())
        finished = {"state": _State.DONE, "finished_at": timezone.now(), "problem": "", "file": made.file}
        if beat.end(query=query, **finished, size=made.size, rows=rows, expected_rows=rows):
            return True
        if _query_of(export) == query:
            _remove_unless_wanted(export, made.file)
            return False


def _query_of(export: Export) -> str:
    return Export.objects.values_list("query", flat=True).get(id=export.id)


def _remove_unless_wanted(export: Export, name: str) -> None:
    """Whoever took this export over makes the same file; of a cancelled one nothing may stay."""
    if Export.objects.filter(id=export.id, state=_State.CANCELLED).exists():
        files.remove(name)


_EXPECTED = (Error, OSError, BadKeys, Doubt, TooManyPeople, BadFilter)
_WORDS: dict[type[Exception], Callable[[Exception], str]] = {
    OSError: lambda error: f"The file cannot be written: {error.strerror}.",  # type: ignore[attr-defined]
    Error: lambda error: f"The log cannot be read: {type(error).__name__}.",
    BadKeys: lambda error: f"The manifest cannot be signed: {error}.",
    Doubt: lambda error: f"A row or a seal cannot be read: {error}. Have the log verified.",
    TooManyPeople: lambda error: "Too many people have this in their name. Give more of it.",
    BadFilter: lambda error: f"The filter cannot be read: {error}",
}


def _in_words(error: Exception) -> str:
    """What stopped it, for the page. Of anything unexpected the class alone: its text may quote a row."""
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words(error)[:200]
    return f"Something failed unexpectedly: {type(error).__name__}."
