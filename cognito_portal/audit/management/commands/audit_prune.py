"""`manage.py audit_prune`: retention now, beside what the worker does every hour."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from cognito_portal.audit.operators import operator
from cognito_portal.audit.proof import retention
from cognito_portal.audit.proof.keys import BadKeys
from cognito_portal.audit.record import AuditUnavailable

EVERY = 2**31


class Command(BaseCommand):
    help = (
        "Delete whole sealed batches that are older than AUDIT_RETENTION_DAYS, and record that it was done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.say_due() if options["dry_run"] else self.prune()
        except (AuditUnavailable, BadKeys) as error:
            raise CommandError(f"The audit log cannot be pruned ({error}).") from None
        except Error as error:
            raise CommandError(f"The audit log cannot be pruned: {type(error).__name__}.") from None

    def say_due(self) -> None:
        now = timezone.now()
        before = retention.cutoff(now)
        if before is None:
            self.stdout.write("AUDIT_RETENTION_DAYS is 0: every row is kept.")
            return
        due = retention.due(now, limit=EVERY)
        self.stdout.write(
            f"{due.rows} rows in {due.batches} batches were sealed before {before:%Y-%m-%d %H:%M} UTC"
            f" ({settings.AUDIT_RETENTION_DAYS} days ago) and would go."
        )

    def prune(self) -> None:
        done = retention.work(by=operator())
        self.stdout.write(
            f"{done.marked} rows marked, {done.deleted} deleted, with {done.people} names that no row points to any"
            f" more and {done.leaves} leaf hashes."
        )
        if done.marked > done.deleted:
            self.stdout.write("The rest goes once the row that says so is sealed: run this again.")
