"""The second factors of staff: allauth.mfa's, with every code of an app taken once across all processes.

allauth remembers used codes in Django's cache, which each process has for itself; here they stand in the
database, beside those of the walk. All functions raise django.db.Error.
"""

from collections.abc import Collection
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from allauth.mfa.utils import decrypt, encrypt
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from cognito_portal.audit.events import Outcome
from cognito_portal.ops.staff.person import POOL
from cognito_portal.signin import used_codes

TOTP_DIGITS = 6
APP, PASSKEY, RECOVERY_CODES = (
    Authenticator.Type.TOTP.value,
    Authenticator.Type.WEBAUTHN.value,
    Authenticator.Type.RECOVERY_CODES.value,
)

SECRETS = {APP: "secret", RECOVERY_CODES: "seed"}
"""What is secret of a factor; of a passkey nothing is."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a code: SUCCESS, CODE_MISMATCH or CODE_REUSED, and the factor it was of."""

    outcome: Outcome
    kind: str
    factor: Authenticator | None = None


def factors_of(user: User) -> list[Authenticator]:
    """Every factor of a member of staff, oldest first; recovery codes are one of them."""
    return list(Authenticator.objects.filter(user=user).order_by("pk"))


def has_factor(user: User) -> bool:
    """Whether this person can prove a second factor. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=(APP, PASSKEY)).exists())


def new_secret() -> str:
    """A secret for an authenticator app, 160 bits as base32."""
    secret: str = generate_totp_secret()
    return secret


def kind_of(code: str) -> str:
    """Which factor a code without blanks is of, by its length."""
    return str(APP if len(code) == TOTP_DIGITS else RECOVERY_CODES)


def check(user: User, code: str) -> Checked:
    """Hold a code against the person's app, or their recovery codes. One that is right is used up by it.

    Call it in the transaction that writes what comes of it.
    """
    kind = kind_of(code)
    factor = Authenticator.objects.filter(user=user, type=kind).first()
    if factor is None:
        return Checked(Outcome.CODE_MISMATCH, kind)
    try:
        if kind == APP:
            outcome = _check_app(user, decrypt(factor.data["secret"]), code)
        else:
            outcome = Outcome.SUCCESS if RecoveryCodes(factor).validate_code(code) else Outcome.CODE_MISMATCH
    except ImproperlyConfigured:
        # Nobody proves anything with a factor that cannot be read; `manage.py staff reset-factors` mends it.
        return Checked(Outcome.UNREADABLE, kind)
    return Checked(outcome, kind, factor)


def check_new_app(user: User, secret: str, code: str) -> Outcome:
    """Hold a code against the secret of an app that is being set up."""
    return _check_app(user, secret, code)


def add_app(user: User, secret: str) -> None:
    """Have the codes of this secret asked for from now on, in the place of an earlier app's."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user, type=APP).delete()
        TOTP.activate(user, secret)


def new_recovery_codes(user: User) -> list[str]:
    """Ten new recovery codes; earlier ones are worth nothing from now on."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user, type=RECOVERY_CODES).delete()
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


def recovery_codes_left(user: User) -> int:
    factor = Authenticator.objects.filter(user=user, type=RECOVERY_CODES).first()
    try:
        return len(RecoveryCodes(factor).get_unused_codes()) if factor else 0
    except ImproperlyConfigured:
        return 0


def remove(user: User, factor_id: int, *, may_be_last: bool) -> str:
    """Take one factor away, and recovery codes with the last; which kind it was.

    Empty where there is none of this id, or it is the last one and may not go.
    """
    with transaction.atomic():
        proofs = Authenticator.objects.filter(user=user, type__in=(APP, PASSKEY))
        factor = proofs.filter(pk=factor_id).first()
        is_last = not proofs.exclude(pk=factor_id).exists()
        if factor is None or (is_last and not may_be_last):
            return ""
        kind: str = factor.type
        factor.delete()
        if is_last:
            remove_all(user)
        return kind


def remove_all(user: User) -> int:
    """Take every factor away; how many there were."""
    return int(Authenticator.objects.filter(user=user).delete()[0])


def reseal() -> tuple[int, list[str]]:
    """Seal every factor by the present SECRET_KEY: how many were, and whose could not be opened by any key."""
    sealed, unreadable = 0, []
    for factor in Authenticator.objects.filter(type__in=SECRETS).select_related("user"):
        name = SECRETS[factor.type]
        try:
            factor.data[name] = encrypt(decrypt(factor.data[name]))
        except ImproperlyConfigured:
            unreadable.append(factor.user.get_username())
            continue
        factor.save(update_fields=["data"])
        sealed += 1
    return sealed, unreadable


def is_required(roles: Collection[str], required: Collection[str]) -> bool:
    """Whether people of these roles must prove a second factor."""
    return bool(set(roles) & set(required))


def _check_app(user: User, secret: str, code: str) -> Outcome:
    if not validate_totp_code(secret, code):
        return Outcome.CODE_MISMATCH
    digest = used_codes.digest_of(pool_id=POOL, username=str(user.pk), code=code)
    return Outcome.SUCCESS if used_codes.reserve(digest) else Outcome.CODE_REUSED
