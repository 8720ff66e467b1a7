"""Company sign-in of staff: the groups of a verified ID token become roles, anew each time (decision D6).

The roles stand in the session and not in Django's groups, so that the site's own database role need not be able
to give anybody one. An account of the portal's own is never taken over: whoever comes this way has a name made
of issuer and subject, with a colon that no name made here can hold, and is never found by an e-mail address.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db import Error, transaction
from django.http import HttpRequest

from cognito_portal import identity
from cognito_portal.actors import visitor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.encryption import seal, unseal
from cognito_portal.ops.staff import provider, signing_in
from cognito_portal.ops.staff.people import COMPANY_PREFIX
from cognito_portal.ops.staff.person import POOL, person_of
from cognito_portal.ops.staff.provider import Asked, ProviderRefused, ProviderUnavailable
from cognito_portal.ops.staff.signing_in import SSO, First, Next

KEY = "staff_company"
PURPOSE = "portal/staff-company/v1"
LIVES_S = 10 * 60
EMAIL_CHARS, NAME_CHARS = 254, 150


class NoRole(Exception):
    """This person is who they say and has no role here, or was retired. The text is their name at the company."""


class NotBegun(Exception):
    """What came back belongs to no sign-in that this browser began, or to one that is over."""


def begin(request: HttpRequest, *, redirect_uri: str, next_path: str) -> str | None:
    """Keep what the provider's answer has to fit; the address to go to, or None after too many a second.

    Raises ProviderUnavailable, ProviderRefused and `record.AuditUnavailable`.
    """
    by = visitor(request)
    if not record.note_bounded(event=Event.STAFF_COMPANY_ASKED, outcome=Outcome.RECORDED, by=by, step=SSO):
        return None
    asked = provider.ask(redirect_uri)
    kept = asdict(asked) | {"next": next_path, "attempt": secrets.token_hex(16), "at": time.time()}
    with record.write_transaction():
        request.session[KEY] = seal(kept, purpose=PURPOSE, bound_to=KEY)
        if not identity.names_somebody(request.session):
            request.session.set_expiry(LIVES_S)
        request.session.save()
    return asked.url


def has_begun(session: SessionBase) -> bool:
    """Whether a company sign-in was begun in this session."""
    return KEY in session


def finish(request: HttpRequest, *, state: str, code: str, error: str) -> tuple[Next, str]:
    """Sign in whoever comes back from the provider: what follows, and where they wanted to go.

    Raises NotBegun, NoRole, ProviderRefused, ProviderUnavailable, `record.AlreadyTaken`, `record.AuditUnavailable`.
    """
    kept = _kept(request.session, state)
    if kept is None:
        record.note_bounded(
            event=Event.STAFF_SIGNED_IN, outcome=Outcome.OUT_OF_ORDER, by=visitor(request), step=SSO
        )
        raise NotBegun
    call = _take(request, kept["attempt"])
    if error or not code:
        record.end(call, outcome=Outcome.DENIED, error_code=_word(error))
        raise ProviderRefused("denied")
    try:
        claims = provider.exchange(_asked(kept), code)
    except ProviderRefused as refusal:
        record.end(call, outcome=Outcome.TOKEN_REFUSED, error_code=str(refusal))
        raise
    except ProviderUnavailable as silence:
        record.end(call, outcome=Outcome.UNKNOWN, error_code=str(silence))
        raise
    return _admit(request, call, claims, kept["next"]), kept["next"]


def roles_in(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The roles that the groups of an ID token give, by STAFF_OIDC_ROLES; a single group may be plain text."""
    held = claims.get(settings.STAFF_OIDC_GROUPS_CLAIM)
    groups = [held] if isinstance(held, str) else held if isinstance(held, list) else []
    pairs = (pair.rpartition("=") for pair in settings.STAFF_OIDC_ROLES)
    return tuple(sorted({role.strip() for group, _, role in pairs if group.strip() in groups}))


def username_of(claims: Mapping[str, Any]) -> str:
    """The name of this issuer's subject here. Neither can be chosen by whoever signs in."""
    named = f"{settings.STAFF_OIDC_ISSUER} {claims['sub']}"
    return COMPANY_PREFIX + hashlib.sha256(named.encode()).hexdigest()[:40]


def _admit(request: HttpRequest, call: record.Call, claims: Mapping[str, Any], next_path: str) -> Next:
    shown, roles = _shown(claims), roles_in(claims)
    typed = f"{COMPANY_PREFIX}{shown}"
    if not roles:
        unknown = record.Person(pool_id=POOL, typed=typed)
        record.end(call, outcome=Outcome.DENIED, person=unknown, error_code="no_role")
        raise NoRole(shown)
    user = _user(claims)
    if not user.is_active:
        record.end(call, outcome=Outcome.DENIED, person=person_of(user, typed=typed), error_code="retired")
        raise NoRole(shown)
    first = First(
        user=user,
        call=call,
        typed=typed,
        next_path=next_path,
        roles=roles,
        trusted=settings.STAFF_OIDC_TRUST_MFA,
    )
    return signing_in.go_on(request, first)


def _user(claims: Mapping[str, Any]) -> User:
    """The account of this subject, made where it is new. Raises `record.AuditUnavailable`."""
    email = claims.get("email", "")
    email = email if isinstance(email, str) and len(email) <= EMAIL_CHARS else ""
    made = {"email": email, "password": make_password(None)}
    try:
        with transaction.atomic():
            user, is_new = User.objects.get_or_create(username=username_of(claims), defaults=made)
            if not is_new and email and user.email != email:
                user.email = email
                user.save(update_fields=["email"])
    except Error as error:
        raise record.AuditUnavailable(type(error).__name__) from None
    return user


def _take(request: HttpRequest, attempt_id: str) -> record.Call:
    """The begin row, and an end to what was kept: an answer of the provider's is good for one try."""
    with record.write_transaction():
        call = record.begin(
            event=Event.STAFF_SIGNED_IN,
            step=SSO,
            attempt_id=attempt_id,
            turn=0,
            person=record.Person(pool_id=POOL, typed=""),
            client_id=settings.STAFF_OIDC_CLIENT_ID,
            by=visitor(request),
        )
        del request.session[KEY]
        request.session.save()
    return call


def _kept(session: SessionBase, state: str) -> dict[str, Any] | None:
    kept = unseal(str(session.get(KEY, "")), purpose=PURPOSE, bound_to=KEY)
    if kept is None or not 0 <= time.time() - kept["at"] <= LIVES_S:
        return None
    return kept if hmac.compare_digest(kept["state"].encode(), state.encode()) else None


def _asked(kept: Mapping[str, Any]) -> Asked:
    return Asked(**{name: kept[name] for name in ("url", "state", "nonce", "code_verifier", "redirect_uri")})


def _shown(claims: Mapping[str, Any]) -> str:
    """What people call this person: their address or name at the company, else the subject."""
    named = (claims.get(name) for name in ("email", "preferred_username", "cognito:username", "sub"))
    return next(each for each in named if isinstance(each, str) and each)[:NAME_CHARS]


def _word(error: str) -> str:
    """One of OAuth's own error words, so that nothing that was typed into an address gets into the log."""
    return error if error in ("access_denied", "login_required", "server_error", "invalid_scope") else "other"
