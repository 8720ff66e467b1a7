"""What else is done once a verification stands: an address counts as verified, an account is confirmed.

Each is an act of the help desk's (cognito_portal.ops.acts), with the rows that acts have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit import record
from cognito_portal.cognito.types import PoolUser
from cognito_portal.encryption import is_same_digest, keyed_digest
from cognito_portal.ops.acts import flow as acts
from cognito_portal.ops.acts.table import ATTRIBUTE, BY_ACT, is_verified
from cognito_portal.ops.diagnosis.acts import Act

PURPOSE = "portal/verified-address/v1"


class Mark(StrEnum):
    """What can be asked for beside the verification itself."""

    EMAIL = "email"
    PHONE = "phone_number"
    CONFIRM = "confirm"


LABELS: Mapping[Mark, str | Promise] = {
    Mark.EMAIL: _("Mark the e-mail address as verified"),
    Mark.PHONE: _("Mark the phone number as verified"),
    Mark.CONFIRM: _("Confirm the account"),
}


@dataclass(frozen=True, slots=True)
class Failed:
    """A mark that was not made, and why."""

    mark: Mark
    error: acts.NotDone


def offered(account: PoolUser) -> list[Mark]:
    """The marks that would change something of this account."""
    return [mark for mark in Mark if _is_lacking(mark, account)]


def bound(marks: list[Mark], account: PoolUser) -> dict[str, str]:
    """These marks as a verification keeps them, each with a digest of the address that is meant."""
    return {
        mark.value: "" if mark is Mark.CONFIRM else keyed_digest(_address(mark, account), purpose=PURPOSE)
        for mark in marks
    }


def pending(marks: Mapping[str, str], account: PoolUser) -> list[Mark]:
    """Which of the kept marks are still to be made. An address that is another one by now is not what was seen."""
    return [
        mark
        for mark in offered(account)
        if mark.value in marks and not _is_another(mark, account, marks[mark.value])
    ]


def changed(marks: Mapping[str, str], account: PoolUser) -> list[Mark]:
    """Which of the kept marks will never be made: the account has another address by now, or none."""
    return [
        mark
        for mark in (Mark.EMAIL, Mark.PHONE)
        if mark.value in marks and _is_another(mark, account, marks[mark.value])
    ]


def make(marks: list[Mark], account: PoolUser, *, reason: str, form_id: str, by: record.By) -> list[Failed]:
    """Make each of them, once for each `form_id`; those that Cognito did not make.

    Raises record.AlreadyTaken and record.AuditUnavailable as acts do.
    """
    failed = []
    for mark in marks:
        try:
            _perform(mark, account, reason=reason, form_id=f"{form_id}:{mark}", by=by)
        except acts.NotDone as error:
            failed.append(Failed(mark, error))
    return failed


def _address(mark: Mark, account: PoolUser) -> str:
    return account.attributes.get(mark.value, "")


def _is_lacking(mark: Mark, account: PoolUser) -> bool:
    if mark is Mark.CONFIRM:
        return not BY_ACT[Act.CONFIRM].why_not(account)
    return bool(_address(mark, account)) and not is_verified(account, mark.value)


def _is_another(mark: Mark, account: PoolUser, digest: str) -> bool:
    return mark is not Mark.CONFIRM and not is_same_digest(_address(mark, account), digest, purpose=PURPOSE)


def _perform(mark: Mark, account: PoolUser, *, reason: str, form_id: str, by: record.By) -> None:
    act = Act.CONFIRM if mark is Mark.CONFIRM else Act.MARK_VERIFIED
    given = {} if mark is Mark.CONFIRM else {ATTRIBUTE: mark.value}
    acts.perform(BY_ACT[act], account, reason=reason, form_id=form_id, by=by, given=given)
