"""``manage.py demo``: the portal on an embedded Cognito, from nothing, in one command."""

import os
import signal
import sys
import threading
import webbrowser
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cognito_portal.demo import staff as staff_accounts
from cognito_portal.demo.portal import (
    LOOPBACK_HOSTS,
    Portal,
    PortalError,
    check_port,
    environment,
    fresh_data,
)
from cognito_portal.demo.server import HOST, EmbeddedCognito
from cognito_portal.demo.staff import Staff
from cognito_portal.demo.table import summary, users_table

MANAGE = f"{sys.executable} manage.py"
NEEDS_TLS = (
    "Other computers can reach this port, so the site is served over TLS only: put a proxy in front that brings "
    "TLS and sets X-Forwarded-Proto and X-Forwarded-For. On this computer alone, leave HOST at localhost."
)


class Command(BaseCommand):
    help = "Run the portal on an embedded Cognito with invented users. Not for production."
    # A demo needs no configuration, so nothing is held against missing settings.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="where the portal listens (HOST)")
        parser.add_argument("--port", type=int, default=None, help="the port it listens on (PORT)")
        parser.add_argument(
            "--show-passwords",
            action="store_true",
            help="print passwords for a host that is not loopback too",
        )
        parser.add_argument("--no-open", action="store_true", help="open no browser")
        parser.add_argument("--with-secret", action="store_true", help="use the app client that has a secret")
        parser.add_argument(
            "--only-cognito",
            action="store_true",
            help="run the embedded Cognito alone on --port (0: a free one) and print one line of JSON",
        )
        parser.add_argument("--prepare", action="store_true", help=SUPPRESS)

    def handle(self, *_: Any, **options: Any) -> None:
        if options["prepare"]:
            prepare(staff_accounts.of_lines(sys.stdin.read().splitlines()))
            return
        stopping = stop_on_signals()
        if options["only_cognito"]:
            self.run_cognito(port=options["port"] or 0, stopping=stopping)
            return
        try:
            self.run_portal(options, stopping=stopping)
        except PortalError as error:
            raise CommandError(str(error)) from error

    def run_cognito(self, *, port: int, stopping: threading.Event) -> None:
        try:
            cognito = EmbeddedCognito(port=port).start()
        except OSError as error:
            raise CommandError(f"port {port} cannot be bound: {error.strerror}") from error
        try:
            self.stdout.write(cognito.as_json())
            self.stdout.flush()
            stopping.wait()
        finally:
            cognito.stop()

    def run_portal(self, options: dict[str, Any], *, stopping: threading.Event) -> None:
        host, port = options["host"], settings.PORT if options["port"] is None else options["port"]
        show_passwords = host in LOOPBACK_HOSTS or options["show_passwords"]
        staff = staff_accounts.invent()
        # By port, so that two demos at once do not wipe each other's database.
        directory = Path(settings.BASE_DIR) / ".demo" / str(port)
        check_port(host, port)
        codes = staff_accounts.serve(staff, host=HOST)
        with closing(codes), fresh_data(directory) as data, EmbeddedCognito() as cognito:
            codes.start()
            env = environment(cognito, data=data, host=host, port=port, with_secret=options["with_secret"])
            with Portal(Path(settings.BASE_DIR) / "manage.py", host=host, port=port, env=env) as portal:
                portal.prepare(staff)
                portal.start(stopping)
                self.stdout.write(
                    summary(
                        url=portal.url,
                        outbox_url=cognito.outbox_url,
                        users=cognito.users,
                        staff=staff,
                        codes_url=codes.url,
                        show_passwords=show_passwords,
                    )
                )
                if show_passwords:
                    self.keep_list(cognito, data)
                self.tell_of_log(env, data)
                if host not in LOOPBACK_HOSTS:
                    self.stdout.write(NEEDS_TLS)
                self.stdout.write("Press Ctrl-C to stop.")
                self.stdout.flush()
                if not options["no_open"] and host in LOOPBACK_HOSTS and has_desktop():
                    open_browser(portal.url)
                portal.wait(stopping)

    def tell_of_log(self, env: dict[str, str], data: Path) -> None:
        """Say how to read and to verify the log of this demo, whose keys are nowhere else."""
        keys = data / "audit-keys"
        keys.touch(mode=0o600)
        keys.write_text(env["AUDIT_KEYS"])
        where = f"AUDIT_KEYS_FILE={keys.relative_to(settings.BASE_DIR)} DATABASE_URL={env['DATABASE_URL']}"
        self.stdout.write(f"The log: {where} {MANAGE} audit_export --format ndjson")
        self.stdout.write(f"Is it whole: {where} {MANAGE} audit_verify")

    def keep_list(self, cognito: EmbeddedCognito, data: Path) -> None:
        path = data / "users.txt"
        path.write_text(users_table(cognito.users, show_passwords=True) + "\n")
        self.stdout.write(f"All of them with their passwords: {path.relative_to(settings.BASE_DIR)}")


def prepare(staff: Sequence[Staff]) -> None:
    """Migrate the database that the environment names and create the staff in it."""
    call_command("migrate", interactive=False, verbosity=0)
    for each in staff:
        user = User.objects.create_user(each.username, password=each.password, is_staff=True)
        user.groups.add(Group.objects.get_or_create(name=each.group)[0])
        if each.totp_secret:
            TOTP.activate(user, each.totp_secret)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def has_desktop() -> bool:
    """Tell whether a browser window has somewhere to open."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_browser(url: str) -> None:
    """Open the page if the desktop knows how; the address stands in the terminal anyway."""
    try:
        webbrowser.open(url)
    except webbrowser.Error:
        return
