"""`manage.py audit_seal`: seal now what the worker would seal within a second."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.proof import anchors, seals
from cognito_portal.audit.proof.keys import BadKeys
from cognito_portal.audit.proof.stored import Doubt


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Seal every row that is not sealed yet, and anchor the seals in the file and command of the settings."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sealed = seals.seal_pending()
            seals.heartbeat()
            is_anchored = anchors.configured(stdout=False).publish()
        except (AuditUnavailable, Error) as error:
            raise CommandError(f"The audit log cannot be sealed ({type(error).__name__}).") from None
        except Doubt as doubt:
            raise CommandError(f"The newest seal cannot be read: {doubt}. Run audit_verify.") from None
        except BadKeys as error:
            raise CommandError(f"{error}.") from None
        self.stdout.write(f"{sealed} row{'' if sealed == 1 else 's'} sealed.")
        if not is_anchored:
            raise CommandError("The seals could not be anchored everywhere. The log says where.")
