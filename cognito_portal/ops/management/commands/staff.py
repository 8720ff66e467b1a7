"""`manage.py staff`: make, list, retire and restore the people who work with this portal."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils.timezone import localtime

from cognito_portal.access import STAFF_GROUPS, Role
from cognito_portal.audit.operators import operator
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.staff import factors, people
from cognito_portal.ops.staff.people import Member

HEADINGS = ("name", "roles", "state", "second step", "last sign-in", "e-mail")
FROM_STDIN = "read the password from standard input, its first line, in the place of a random one"


class Command(BaseCommand):
    help = "Make, list, retire and restore staff. Nobody exists by default."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="make a member of staff and print their first password, once")
        add.add_argument("--email", default="", help="where they are told of changes to their sign-in")
        role = acts.add_parser("set-role", help="give somebody another role, from their next request on")
        restore = acts.add_parser(
            "restore", help="let somebody in again who was retired, as if they were new"
        )
        roles = [role.value for role in STAFF_GROUPS]
        for each in (add, role):
            each.add_argument("--role", required=True, choices=roles)
        restore.add_argument(
            "--role", choices=roles, help="for all but whoever comes by the company's sign-in"
        )
        listing = acts.add_parser("list", help="list all staff")
        listing.add_argument("--json", action="store_true", help="as JSON")
        retire = acts.add_parser("retire", help="let somebody in no more; nothing of them is deleted")
        reset = acts.add_parser("reset-factors", help="take a lost second step away")
        password = acts.add_parser("set-password", help="give somebody another password and print it, once")
        acts.add_parser(
            "reseal", help="seal second steps by the present SECRET_KEY, before its fallback goes"
        )
        for each in (add, restore, password):
            each.add_argument("--password-stdin", action="store_true", help=FROM_STDIN)
        for each in (add, role, retire, restore, reset, password):
            each.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        acts: dict[str, Callable[..., None]] = {
            "add": self.add,
            "set-role": self.set_role,
            "list": self.list,
            "retire": self.retire,
            "restore": self.restore,
            "reset-factors": self.reset_factors,
            "set-password": self.set_password,
            "reseal": self.reseal,
        }
        try:
            acts[options["act"]](**options)
        except people.NotDone as error:
            raise CommandError(f"Nothing was changed. {error}") from None
        except (AuditUnavailable, Error) as error:
            raise CommandError(f"Nothing was changed: the database refused it ({error}).") from None

    def add(self, *, name: str, role: str, email: str, password_stdin: bool, **_: Any) -> None:
        password = _password(password_stdin)
        people.add(name=name, role=Role(role), email=email, password=password, by=operator())
        self.stdout.write(f"{name} may sign in at /staff/sign-in/ ({role}).")
        self.show(password, password_stdin)

    def set_role(self, *, name: str, role: str, **_: Any) -> None:
        people.set_role(name=name, role=Role(role), by=operator())
        self.stdout.write(f"{name} has the role {role} from the next request on.")

    def list(self, *, json: bool, **_: Any) -> None:
        members = people.members()
        if json:
            self.stdout.write(_as_json(members))
        elif members:
            self.stdout.write(_as_table(members))
        else:
            self.stdout.write(
                "There is nobody yet. Make the first with: manage.py staff add NAME --role admins"
            )

    def retire(self, *, name: str, **_: Any) -> None:
        ended = people.retire(name=name, by=operator())
        self.stdout.write(f"{name} is retired. Sessions ended: {ended}.")

    def restore(self, *, name: str, role: str | None, password_stdin: bool, **_: Any) -> None:
        password = _password(password_stdin)
        if people.restore(name=name, role=Role(role) if role else None, password=password, by=operator()):
            self.stdout.write(f"{name} may sign in at /staff/sign-in/ again ({role}), with a new password.")
            self.show(password, password_stdin)
        else:
            self.stdout.write(f"{name} may come by the company's sign-in again.")

    def reset_factors(self, *, name: str, **_: Any) -> None:
        removed = people.reset_factors(name=name, by=operator())
        self.stdout.write(f"Second steps of {name} taken away: {removed}. Their sessions are ended.")

    def set_password(self, *, name: str, password_stdin: bool, **_: Any) -> None:
        password = _password(password_stdin)
        people.set_password(name=name, password=password, by=operator())
        self.stdout.write(f"{name} has a new password. Their sessions are ended.")
        self.show(password, password_stdin)

    def reseal(self, **_: Any) -> None:
        sealed, unreadable = factors.reseal()
        self.stdout.write(f"Sealed by the present key: {sealed}.")
        if unreadable:
            names = ", ".join(sorted(set(unreadable)))
            raise CommandError(f"No key opens the second step of: {names}. Use reset-factors for them.")

    def show(self, password: str, is_known: bool) -> None:
        if not is_known:
            self.stdout.write(f"Password, shown this once: {password}")


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else people.new_password()


def _as_json(members: list[Member]) -> str:
    return json.dumps([asdict(member) for member in members], default=str, indent=2)


def _as_table(members: list[Member]) -> str:
    rows = [HEADINGS, *map(_row, members)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(member: Member) -> tuple[str, ...]:
    seen = member.last_sign_in
    return (
        member.name,
        ", ".join(member.roles) or ("by the company" if member.comes_from == "company" else "none"),
        "active" if member.is_active else "retired",
        ", ".join(member.second_steps) or "none",
        localtime(seen).strftime("%Y-%m-%d %H:%M %Z") if seen else "never",
        member.email,
    )
