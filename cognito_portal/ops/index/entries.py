"""Copying accounts into the index: a page of ListUsers, or one account that was just read or acted on.

Only what is chosen (POOL_INDEX_ATTRIBUTES) is copied, and an entry is written only where it differs.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone

from cognito_portal.audit.record import account_of
from cognito_portal.audit.storable import storable
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.index import flags, text
from cognito_portal.ops.models import NEVER, PoolIndexEntry, PoolIndexState, PoolIndexValue

log = logging.getLogger(__name__)

LONGEST_VALUE = 256
NO_FACTORS = "none"


def chosen_attributes() -> tuple[str, ...]:
    """The attributes that are copied, in the order of their names."""
    return tuple(sorted({name.strip() for name in settings.POOL_INDEX_ATTRIBUTES if name.strip()}))


def refresh(account: PoolUser) -> None:
    """Bring one account up to date that AdminGetUser has told just now. What the database refuses is logged."""
    if settings.POOL_INDEX_MINUTES <= 0:
        return
    try:
        with transaction.atomic():
            store([account], is_whole=True)
    except Error as error:
        log.warning("index.not_refreshed", extra={"error": type(error).__name__})


def store(accounts: Sequence[PoolUser], *, is_whole: bool, generation: int | None = None) -> None:
    """Copy accounts; call it in a transaction. `is_whole`: their second factors were told too.

    `generation` is the pass that saw them, or else the latest one. Raises django.db.Error.
    """
    by_sub = {account.sub: account for account in accounts if account.sub}
    pool_id = settings.COGNITO_USER_POOL_ID
    if generation is None:
        generation = _latest_generation(pool_id)
    required = flags.required_attributes()
    columns = {
        sub: _columns(account, is_whole=is_whole) | flags.flags(account, required)
        for sub, account in by_sub.items()
    }
    kept = {each.sub: each for each in PoolIndexEntry.objects.filter(pool_id=pool_id, sub__in=by_sub)}
    named = {each.folded for each in kept.values()} | {each["folded"] for each in columns.values()}
    seen = {"generation": generation, "indexed_at": timezone.now()}
    new = [
        PoolIndexEntry(pool_id=pool_id, sub=sub, **columns[sub], **seen) for sub in by_sub if sub not in kept
    ]
    # Another process may have been first with one of them.
    PoolIndexEntry.objects.bulk_create(new, ignore_conflicts=True)
    changed = [entry for sub, entry in kept.items() if _change(entry, columns[sub])]
    PoolIndexEntry.objects.bulk_update(changed, [*_COLUMNS])
    PoolIndexEntry.objects.filter(pool_id=pool_id, sub__in=by_sub).update(**seen)
    made = PoolIndexEntry.objects.filter(pool_id=pool_id, sub__in=[each.sub for each in new])
    _find_by([*changed, *made])
    flags.mark_twins(pool_id, named)


def remove(entries: Collection[int]) -> None:
    """Drop entries by their ids, and what they are found by; call it in a transaction. Raises django.db.Error."""
    text.forget(entries)
    PoolIndexValue.objects.filter(entry__in=entries).delete()
    gone = PoolIndexEntry.objects.filter(pk__in=entries)
    named = set(gone.values_list("folded", flat=True))
    gone.delete()
    flags.mark_twins(settings.COGNITO_USER_POOL_ID, named)


def _latest_generation(pool_id: str) -> int:
    found = PoolIndexState.objects.filter(pk=pool_id).values_list("generation", flat=True).first()
    return found or 0


def _change(entry: PoolIndexEntry, columns: Mapping[str, Any]) -> bool:
    """Bring an entry up to date; whether anything differed. What is older than what is there changes nothing."""
    if entry.modified_at > columns["modified_at"]:
        return False
    differs = {name: value for name, value in columns.items() if getattr(entry, name) != value}
    for name, value in differs.items():
        setattr(entry, name, value)
    if differs.keys() & _KNOWN_BY:
        # Another name may have rows of the log.
        PoolIndexEntry.objects.filter(pk=entry.pk, times_due=PoolIndexEntry.Due.NOT).update(
            times_due=PoolIndexEntry.Due.LATER
        )
    return bool(differs)


_KNOWN_BY = frozenset({"folded", "email_folded", "phone_number"})


def _find_by(entries: Collection[PoolIndexEntry]) -> None:
    """Have these found by what they hold now."""
    text.replace({entry.pk: entry.search_text for entry in entries})
    PoolIndexValue.objects.filter(entry__in=entries).delete()
    PoolIndexValue.objects.bulk_create(
        PoolIndexValue(entry=entry, name=name[:64], folded=account_of(value))
        for entry in entries
        for name, value in entry.attributes.items()
    )


def _columns(account: PoolUser, *, is_whole: bool) -> dict[str, Any]:
    """What of an account is kept, by its column; ListUsers does not tell the second factors."""
    has = account.attributes
    kept = {name: storable(has[name], LONGEST_VALUE) for name in chosen_attributes() if has.get(name)}
    username = storable(account.username, 128)
    found_by = dict.fromkeys(account_of(each) for each in (username, account.sub, *kept.values()))
    columns = {
        "username": username,
        "folded": account_of(username),
        "email": kept.get("email", ""),
        "email_folded": account_of(kept.get("email", "")),
        "phone_number": kept.get("phone_number", "")[:64],
        "status": storable(account.status, 32),
        "enabled": account.enabled,
        "email_verified": _is_true(has.get("email_verified")),
        "phone_number_verified": _is_true(has.get("phone_number_verified")),
        "attributes": kept,
        "search_text": "\n".join(found_by),
        "created_at": _moment(account.created_at),
        "modified_at": _moment(account.modified_at or account.created_at),
    }
    return columns | ({"mfa": ",".join(account.mfa_factors)[:128] or NO_FACTORS} if is_whole else {})


_COLUMNS = (
    *("username", "folded", "email", "email_folded", "phone_number", "status", "enabled", "email_verified"),
    *("phone_number_verified", "mfa", "attributes", "search_text", "created_at", "modified_at"),
    *("is_unreachable", "has_unverified_email", "is_incomplete"),
)


def _is_true(flag: str | None) -> bool:
    return (flag or "").lower() == "true"


def _moment(seconds: float | None) -> datetime:
    return NEVER if seconds is None else datetime.fromtimestamp(seconds, UTC)
