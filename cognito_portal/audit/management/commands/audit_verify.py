"""`manage.py audit_verify`: whether any row of the log was altered, put in or taken out."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils.translation import ngettext

from cognito_portal.audit.operators import operator
from cognito_portal.audit.proof.keys import BadKeys
from cognito_portal.audit.proof.stored import Doubt
from cognito_portal.audit.proof.verification import Verified, verify_and_record
from cognito_portal.audit.proof.verify import Verdict


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Check every row and every seal. Exit status 1, and the first fault, where the log is not whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            metavar="FILE",
            help="compare with the anchors in this file as well, such as AUDIT_ANCHOR_FILE or the worker's"
            " output; - is standard input",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with _lines(options["anchor"]) as lines:
                verified = verify_and_record(operator(), lines, self._progress())
        except (Error, Doubt) as error:
            raise CommandError(f"The audit log cannot be read: {type(error).__name__}.") from None
        except BadKeys as error:
            raise CommandError(f"{error}.") from None
        except OSError as error:
            raise CommandError(f"The anchors cannot be read: {error.strerror}.") from None
        self._tell(verified, is_anchored=options["anchor"] is not None)

    def _tell(self, verified: Verified, *, is_anchored: bool) -> None:
        verdict = verified.verdict
        if not verified.is_recorded:
            self.stderr.write("This result could not be written to the database.")
        if verdict.first_fault:
            raise CommandError(f"The audit log is not whole. {verdict.first_fault}")
        self.stdout.write(_summary(verdict, is_anchored=is_anchored))

    def _progress(self) -> Any:
        """Tells how far it is on a terminal, and nowhere else."""
        if not self.stderr.isatty():
            return None

        def show(done: int, total: int) -> None:
            ending = "\n" if done >= total else ""
            rows = _counted(ngettext("{} row", "{} rows", total), total)
            self.stderr.write(f"\r{done:,} of {rows}", style_func=str, ending=ending)
            self.stderr.flush()

        return show


def _summary(verdict: Verdict, *, is_anchored: bool) -> str:
    rows = _counted(ngettext("{} row", "{} rows", verdict.rows), verdict.rows)
    seals = _counted(ngettext("{} seal", "{} seals", verdict.seals), verdict.seals)
    parts = [f"The audit log is whole: {rows} under {seals}."]
    if verdict.pruned:
        words = ngettext(
            "{} older row was removed by retention.",
            "{} older rows were removed by retention.",
            verdict.pruned,
        )
        parts.append(_counted(words, verdict.pruned))
    if verdict.unsealed:
        words = ngettext(
            "{} new row waits for its seal.", "{} new rows wait for their seal.", verdict.unsealed
        )
        parts.append(_counted(words, verdict.unsealed))
    if is_anchored:
        words = ngettext("{} anchor agrees.", "{} anchors agree.", verdict.anchors)
        parts.append(_counted(words, verdict.anchors))
    else:
        parts.append("Without --anchor an end that was cut off cannot be seen.")
    return " ".join(parts)


def _counted(words: str, number: int) -> str:
    return words.format(f"{number:,}")


@contextmanager
def _lines(name: str | None) -> Iterator[Iterable[str] | None]:
    if name is None:
        yield None
    elif name == "-":
        yield sys.stdin
    else:
        with open(name, encoding="utf-8", errors="replace") as file:
            yield file
