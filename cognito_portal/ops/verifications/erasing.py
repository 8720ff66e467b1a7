"""What goes of a verification when its person is forgotten: the sub, and every text. That there was one stays."""

from cognito_portal.audit import forgetting
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.verifications.guard import ERASED

_TEXTS = ("note", "refused_why", "undone_why")


def register() -> None:
    """Tell the log, which knows no room, to have this done with the rest."""
    forgetting.also_erase(erase)


def erase(pool_id: str, sub: str) -> int:
    """Erase a person from their verifications; how many those were. Raises django.db.Error."""
    theirs = AccountVerification.objects.filter(pool_id=pool_id, sub=sub).exclude(sub="")
    for each in theirs:
        written = {name: ERASED for name in _TEXTS if getattr(each, name)}
        AccountVerification.objects.filter(pk=each.pk).update(sub="", marks={}, **written)
    return len(theirs)
