"""A half sign-in: somebody's password was right, and the second step is still to come.

It stands under one session key, holds no secret, and ends five minutes after the password (STAFF_HALF_SECONDS).
"""

from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from cognito_portal.audit import record
from cognito_portal.ops.staff.person import person_of

KEY = "staff_half"


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Who it is, what they typed, when (seconds of the epoch), and where they wanted to go.

    `turn` rises with each try. `proof` is Django's session hash: a new password ends a half sign-in too.
    `roles` are those of a company's ID token, None for an account of the portal's own. `passkey` holds the
    challenge that a passkey has to answer, or that one is made with: `options` for the browser, `state` for the check.
    """

    user_id: int
    typed: str
    attempt_id: str
    turn: int
    since: float
    proof: str
    next_path: str
    roles: tuple[str, ...] | None = None
    passkey: dict[str, Any] | None = field(default=None, repr=False)

    def after_a_try(self, passkey: dict[str, Any] | None) -> "Half":
        """The same one step on, with a new challenge for a passkey."""
        return replace(self, turn=self.turn + 1, passkey=passkey)

    def person(self, user: User) -> record.Person:
        """Whom the audit rows of this sign-in speak of."""
        return person_of(user, typed=self.typed)


def keep(session: SessionBase, half: Half) -> None:
    """Write a half sign-in into a session; the caller saves it in its transaction."""
    session[KEY] = {name: getattr(half, name) for name in half.__slots__}


def find_half(session: SessionBase, *, now: float) -> tuple[Half, User] | None:
    """The half sign-in of a session and whose it is; None where there is none, or it is over.

    It is over after its time, once its person was retired, and once their password was changed.
    """
    stored = session.get(KEY)
    if not isinstance(stored, dict):
        return None
    try:
        half = Half(**{**stored, "roles": None if stored["roles"] is None else tuple(stored["roles"])})
    except (TypeError, KeyError):
        return None
    if not 0 <= now - half.since <= settings.STAFF_HALF_SECONDS:
        return None
    user = User.objects.filter(pk=half.user_id, is_active=True).first()
    if user is None or not constant_time_compare(half.proof, user.get_session_auth_hash()):
        return None
    return half, user
