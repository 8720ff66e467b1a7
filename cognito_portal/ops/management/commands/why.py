"""`manage.py why`: one sentence on why somebody cannot sign in, with the evidence and what to do about it."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from cognito_portal.audit import record
from cognito_portal.audit.operators import operator
from cognito_portal.ops import accounts
from cognito_portal.ops.diagnosis.verdict import Verdict

CAN, CANNOT, NOT_KNOWN = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Why can this user not sign in? Exit status 0: they can. 1: they cannot. 2: there is no such user, or it "
        "cannot be known."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "username", help="a username, an alias, an e-mail address, a phone number, or the sub"
        )
        parser.add_argument(
            "--json", action="store_true", help="print code, sentence, can_sign_in, act, evidence and also"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seen = accounts.look_up(options["username"], by=operator())
        except (Error, record.AuditUnavailable) as error:
            raise CommandError(f"The audit log cannot be read or written ({type(error).__name__}).") from None
        verdict = seen.verdict
        self.stdout.write(json.dumps(verdict.as_json(), indent=2) if options["json"] else _text(verdict))
        sys.exit(_status(verdict))


def _text(verdict: Verdict) -> str:
    lines = [verdict.sentence]
    if verdict.act_label:
        lines.append(f"-> {verdict.act_label} ({verdict.act})")
    width = max((len(each.label) for each in verdict.evidence), default=0)
    lines += [f"   {each.label.ljust(width)}  {each.value}" for each in verdict.evidence]
    lines += [f" + {sentence}" for _, sentence in verdict.also]
    return "\n".join([*lines, f"   code: {verdict.code}"])


def _status(verdict: Verdict) -> int:
    if verdict.can_sign_in is None or verdict.code in ("no_such_user", "other_spelling", "several_accounts"):
        return NOT_KNOWN
    return CAN if verdict.can_sign_in else CANNOT
