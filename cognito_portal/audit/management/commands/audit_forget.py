"""`manage.py audit_forget`: delete a person's names from the log; its rows and its proof stay whole."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cognito_portal.audit import forgetting
from cognito_portal.audit.operators import operator
from cognito_portal.audit.record import AuditUnavailable


class Command(BaseCommand):
    help = "Delete every name of one person from the log. The rows stay, and name nobody any more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="a username, an alias, or the sub")
        parser.add_argument("--pool", default=settings.COGNITO_USER_POOL_ID, help="the user pool's id")
        parser.add_argument(
            "--reason",
            required=True,
            help=f"why, such as a ticket's number; at most {forgetting.LONGEST_REASON} characters, without the name",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            forgotten = forgetting.forget(
                pool_id=options["pool"],
                username=options["username"],
                reason=options["reason"],
                by=operator(),
            )
        except ValueError as error:
            raise CommandError(f"Give another reason: {error}.") from None
        except forgetting.SeveralPeople as several:
            raise CommandError(
                f"{several} had this name. Give the sub of the one who is meant: {', '.join(several.subs)}"
            ) from None
        except AuditUnavailable as error:
            raise CommandError(f"Nobody was forgotten: the audit log cannot be written ({error}).") from None
        if not forgotten.ids and not forgotten.erased:
            raise CommandError(f"Nobody of that name is known in {options['pool']}.")
        self.stdout.write(f"{forgotten.names} ways of naming this person were deleted. The rows stay.")
        if forgotten.redacted:
            self.stdout.write(f"Filters of searches, reviews and exports redacted: {forgotten.redacted}.")
        if forgotten.erased:
            self.stdout.write(f"Erased elsewhere, rows of onboarding lists for instance: {forgotten.erased}.")
