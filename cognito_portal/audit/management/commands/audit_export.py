"""`manage.py audit_export`: the whole audit log, streamed."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.export import ndjson_lines
from cognito_portal.audit.record import AuditUnavailable, By, note

MEND = "Where triggers are missing, run: manage.py migrate --skip-checks"


class Command(BaseCommand):
    # The log must be readable when the rest of the configuration is wrong.
    requires_system_checks = ()
    help = "Print every audit row, oldest first, and record that it was done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["ndjson"], default="ndjson", help="one JSON object a line")
        parser.add_argument("--output", metavar="FILE", help="write there, not to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # Before the first line goes out: what was read must not go unrecorded.
            note(event=Event.AUDIT_EXPORTED, outcome=Outcome.RECORDED, by=_operator(), step=options["format"])
            if options["output"]:
                with open(options["output"], "w", encoding="utf-8", newline="\n") as file:
                    _write_lines(file)
            else:
                _write_lines(self.stdout)
        except AuditUnavailable as error:
            raise CommandError(f"The audit log cannot be read or written ({error}). {MEND}") from None
        except Error as error:
            raise CommandError(f"The audit log cannot be read: {type(error).__name__}.") from None
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error.strerror}.") from error


def _write_lines(file: Any) -> None:
    for line in ndjson_lines():
        file.write(line)


def _operator() -> By:
    """Whoever runs the command, by the name of their account on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return By(actor=f"shell:{name}", address="", user_agent="")
