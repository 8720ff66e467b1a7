"""`manage.py audit_keys`: the public keys of the log, and new keys for it."""

import re
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cognito_portal.audit.proof.keys import MIN_KEY_BYTES, BadKeys, as_setting, public_keys, row_keys

KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,16}")


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Print AUDIT_PUBLIC_KEYS, which whoever checks seals needs. It holds no secret."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new",
            metavar="ID",
            help="print a new random key of this id instead, to be put first in AUDIT_KEYS or AUDIT_SIGNING_KEYS:"
            " a secret",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["new"] is None:
                self.stdout.write(f"AUDIT_PUBLIC_KEYS={as_setting(public_keys())}")
            else:
                self.stdout.write(_new_key(options["new"]))
        except BadKeys as error:
            raise CommandError(f"{error}.") from None


def _new_key(key_id: str) -> str:
    if not KEY_ID.fullmatch(key_id):
        raise CommandError("An id is 1 to 16 letters, digits, dots, hyphens or underscores.")
    if key_id in row_keys() or key_id in public_keys():
        raise CommandError(f"There is a key {key_id} already, and rows may name it: choose another id.")
    return f"{key_id}:{secrets.token_urlsafe(MIN_KEY_BYTES)}"
