"""`manage.py audit_roles`: the SQL that separates who may do what on PostgreSQL."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from cognito_portal.audit.roles import BadRole, Roles, statements

HEAD = """\
-- Run this as the role that owns the database and its tables, after each `manage.py migrate`. It needs CREATEROLE.
-- Then give each role a password of its own, with \\password in psql for instance."""


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Print SQL for PostgreSQL roles: one for the site, one for the worker, one for retention."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", default="portal_site", help="the role that gunicorn connects with")
        parser.add_argument("--worker", default="portal_worker", help="the role of manage.py worker")
        parser.add_argument(
            "--retention", default="portal_retention", help="the role of audit_prune and audit_forget"
        )
        parser.add_argument(
            "--retention-apart",
            action="store_true",
            help="keep the worker from deleting rows: run it --without retention, and audit_prune by cron",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles, and DATABASE_URL names another database.")
        try:
            roles = Roles(site=options["site"], worker=options["worker"], retention=options["retention"])
        except BadRole as error:
            raise CommandError(f"{error} is no name of a role here: use a-z, 0-9 and _.") from None
        self.stdout.write(HEAD)
        database = str(connection.settings_dict["NAME"])
        for sql in statements(roles, database=database, is_retention_apart=options["retention_apart"]):
            self.stdout.write(f"{sql};")
