"""What goes of a verification when its person is forgotten: the sub, and every text. That there was one stays."""

from cognito_portal.audit.forgetting import Forgetting, register_eraser
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.verifications.guard import ERASED

_TEXTS = ("note", "refused_why", "undone_why")


def register() -> None:
    """Tell the log, which knows no room, to have this done with the rest."""
    register_eraser(erase)


def erase(person: Forgetting) -> int:
    """Erase a person from their verifications; how many those were. Raises django.db.Error."""
    theirs = AccountVerification.objects.filter(pool_id=person.pool_id, sub=person.sub).exclude(sub="")
    for each in theirs:
        written = {name: ERASED for name in _TEXTS if getattr(each, name)}
        AccountVerification.objects.filter(pk=each.pk).update(sub="", marks={}, **written)
    return len(theirs)
