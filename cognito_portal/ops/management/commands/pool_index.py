"""`manage.py pool_index`: how the local index of the pool stands, and making a pass by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from cognito_portal.cognito.errors import CognitoError
from cognito_portal.ops.index import entries, passes, sign_ins


class Command(BaseCommand):
    help = "Go through the whole user pool once, or on with the pass at hand, and bring the local index up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--rebuild", action="store_true", help="empty the index first")
        which.add_argument("--status", action="store_true", help="only say how the index stands")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if not options["status"]:
                self.bring_up_to_date(is_anew=options["rebuild"])
            self.tell()
        except Error as error:
            raise CommandError(f"The database refused ({type(error).__name__}).") from None

    def bring_up_to_date(self, *, is_anew: bool) -> None:
        if is_anew:
            passes.begin_anew()
        try:
            passes.go_on(passes.state_of_pool())
        except CognitoError as error:
            raise CommandError(f"Cognito gave no list of accounts ({error.code}).") from None
        sign_ins.work()

    def tell(self) -> None:
        state = passes.state_of_pool()
        whole = f"{state.whole_at:%Y-%m-%d %H:%M:%S} UTC" if state.whole_at else "never"
        self.stdout.write(f"last whole: {whole}, {state.accounts} accounts")
        if state.is_running:
            self.stdout.write(
                f"under way: {state.seen} accounts seen since {state.started_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        self.stdout.write(f"attributes: {', '.join(entries.chosen_attributes()) or 'none'}")
        if state.problem:
            lacking = f", the IAM action {state.lacking} is missing" if state.lacking else ""
            raise CommandError(f"The last call failed: {state.problem}{lacking}.")
