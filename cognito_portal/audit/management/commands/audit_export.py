"""`manage.py audit_export`: the audit log, or the rows of a filter, streamed."""

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.http import QueryDict
from django.utils import timezone

from cognito_portal.audit.exports import asking, files, manifest
from cognito_portal.audit.exports.formats import Form, Format, chunks
from cognito_portal.audit.exports.selection import Facts, Selection, count, select
from cognito_portal.audit.filters import BadFilter, Filter
from cognito_portal.audit.models import Export
from cognito_portal.audit.names import TooManyPeople
from cognito_portal.audit.operators import operator
from cognito_portal.audit.proof.keys import BadKeys
from cognito_portal.audit.proof.stored import Doubt
from cognito_portal.audit.record import AuditUnavailable

MEND = "Where triggers are missing, run: manage.py migrate --skip-checks"
BAD_USAGE = 2
FILTERS = {
    "since": ("since", "rows from this moment on, such as 2026-03-02T09:30 (UTC unless it says otherwise)"),
    "until": ("until", "rows before this moment"),
    "event": ("event", "one event, such as signin.started"),
    "outcome": ("outcome", "one outcome, or `failure` for all that are"),
    "person": ("person", "a name or a sub, or a part of one"),
    "address": ("address", "an address or a network"),
    "client": ("client_id", "an app client"),
    "attempt": ("attempt_id", "an attempt"),
    "request": ("request_id", "an AWS request id"),
    "actor": ("actor", "who acted: `visitor`, a member of staff"),
    "error": ("error_code", "Cognito's error"),
}
"""Each option with the parameter of a filter's URL that it is."""


class Command(BaseCommand):
    # The log must be readable when the rest of the configuration is wrong.
    requires_system_checks = ()
    help = (
        "Print audit rows, oldest first, and record that it was done. Without a filter that is every row;"
        " with one, as on the page, rows that stand before calls only with --begun."
        " Exit status 1: it could not be done; 2: the filter or the options are wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=[*Format], default="ndjson", help="ndjson unless given")
        parser.add_argument("--output", metavar="FILE", help="write there, not to standard output")
        parser.add_argument("--bom", action="store_true", help="a byte order mark before CSV")
        parser.add_argument(
            "--manifest", action="store_true", help="a signed manifest beside FILE, as FILE.manifest.json"
        )
        for name, (_, help_text) in FILTERS.items():
            parser.add_argument(f"--{name}", default="", help=help_text)
        parser.add_argument("--begun", action="store_true", help="also the rows that stand before calls")

    def handle(self, *args: Any, **options: Any) -> None:
        filter_, form = _filter(options), _form(options)
        try:
            if options["manifest"]:
                manifest.signing_key()
            # Before the first line goes out: what was read must not go unrecorded.
            export = asking.ask(filter_, form, by=operator(), now=timezone.now(), state=Export.State.DONE)
            selection = select(filter_)
            if options["output"]:
                self._to_file(Path(options["output"]), export, selection, with_manifest=options["manifest"])
            else:
                for chunk in chunks(selection, form, Facts()):
                    self.stdout.write(chunk.decode(), ending="")
        except AuditUnavailable as error:
            raise CommandError(f"The audit log cannot be read or written ({error}). {MEND}") from None
        except Error as error:
            raise CommandError(f"The audit log cannot be read: {type(error).__name__}.") from None
        except Doubt as doubt:
            raise CommandError(
                f"A row or a seal cannot be read: {doubt}. Run: manage.py audit_verify"
            ) from None
        except TooManyPeople:
            raise CommandError("Too many people have this in their name.", returncode=BAD_USAGE) from None
        except BadKeys as error:
            raise CommandError(f"The manifest cannot be signed: {error}.") from None
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error.strerror}.") from error

    def _to_file(self, path: Path, export: Export, selection: Selection, *, with_manifest: bool) -> None:
        bar = _Bar(selection, self.stderr) if sys.stderr.isatty() else None
        facts, digest, form = (
            Facts(on_rows=bar.show if bar else None),
            hashlib.sha256(),
            asking.form_of(export),
        )
        with path.open("wb") as file:
            for chunk in chunks(selection, form, facts, directory=path.parent):
                file.write(chunk)
                digest.update(chunk)
            size = file.tell()
        Export.objects.filter(id=export.id).update(rows=facts.rows, size=size, finished_at=timezone.now())
        if bar:
            bar.end()
        if with_manifest:
            made = manifest.Made(
                export_id=export.id,
                query=export.query,
                form=form,
                file=path.name,
                size=size,
                sha256=digest.hexdigest(),
                facts=facts,
            )
            with path.with_name(files.manifest_name(path.name)).open("wb") as beside:
                manifest.write(made, beside, now=timezone.now())


class _Bar:
    """How far an export is, on a terminal."""

    WIDTH = 30

    def __init__(self, selection: Selection, stream: Any) -> None:
        self._total, self._stream = max(1, count(selection)), stream

    def show(self, rows: int) -> None:
        done = min(self.WIDTH, self.WIDTH * rows // self._total)
        bar = "#" * done + "-" * (self.WIDTH - done)
        self._stream.write(f"\r[{bar}] {rows:,} of {self._total:,} rows", ending="")

    def end(self) -> None:
        self._stream.write("")


def _filter(options: dict[str, Any]) -> Filter:
    """The filter that the options are; every row where there is none of them."""
    asked = {parameter: options[name] for name, (parameter, _) in FILTERS.items() if options[name]}
    if not asked:
        return Filter(begun=True)
    params = QueryDict(mutable=True)
    params.update(asked | ({"begun": "1"} if options["begun"] else {}))
    try:
        return Filter.parse(params, now=timezone.now())
    except BadFilter as bad:
        option = next((name for name, (field, _) in FILTERS.items() if field == bad.field), "")
        raise CommandError(f"--{option}: {bad.message}", returncode=BAD_USAGE) from None


def _form(options: dict[str, Any]) -> Form:
    form = Form(format=Format(options["format"]), has_byte_order_mark=options["bom"])
    if form.has_byte_order_mark and form.format is not Format.CSV:
        raise CommandError("--bom is for CSV.", returncode=BAD_USAGE)
    if not options["output"] and (form.format is Format.XLSX or options["manifest"]):
        raise CommandError("A workbook, and a manifest, need --output FILE.", returncode=BAD_USAGE)
    return form
