"""Verifications from asking to undoing, without a page; on both databases where that matters."""

import secrets
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from cognito_portal.audit import record
from cognito_portal.audit.forgetting import forget
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import Method, State
from cognito_portal.ops.verifications import flow, reading
from cognito_portal.ops.verifications.flow import Asked, NotAllowed, Overtaken, Staff
from cognito_portal.ops.verifications.marks import Mark, bound, changed, pending
from tests.audit.rows import POOL, stored
from tests.databases import in_threads

pytestmark = pytest.mark.usefixtures("database")


def account(username: str = "newhire", *, sub: str = "sub-1", **attributes: str) -> PoolUser:
    return PoolUser(
        username=username,
        status="CONFIRMED",
        enabled=True,
        attributes={"sub": sub, "email": "newhire@example.com", "email_verified": "false"} | attributes,
        created_at=None,
        modified_at=None,
        mfa_factors=(),
        preferred_mfa=None,
    )


WHO = account()


@pytest.fixture(autouse=True)
def pool(settings: Settings) -> None:
    settings.COGNITO_USER_POOL_ID = POOL


def staff(name: str) -> Staff:
    user, _made = User.objects.get_or_create(username=name)
    return Staff(user=user, by=record.By(actor=f"staff:{user.pk}", address="192.0.2.9", user_agent=""))


def asked(*, with_second: bool = True, form_id: str = "") -> Asked:
    return Asked(
        method=Method.DOCUMENT,
        note="passport seen",
        with_second=with_second,
        also=[Mark.EMAIL],
        form_id=form_id or secrets.token_hex(16),
    )


def rows() -> list[tuple[str, str]]:
    return [(row["event"], row["step"]) for row in stored()]


def test_each_step_is_a_row_of_the_log_with_its_number() -> None:
    waits = flow.ask(WHO, asked(), staff=staff("hedda"))
    stands = flow.approve(waits, WHO, staff=staff("olga"))
    undone = flow.undo(stands, WHO, why="the wrong account", staff=staff("hedda"))
    assert [waits.state, stands.state, undone.state] == [State.WAITING, State.STANDS, State.UNDONE]
    assert rows() == [
        ("ops.verification_asked", f"verification:{waits.pk}:document"),
        ("ops.verification_approved", f"verification:{waits.pk}"),
        ("ops.verification_undone", f"verification:{waits.pk}"),
    ]


def test_verification_that_needs_nobody_stands_at_once() -> None:
    assert flow.ask(WHO, asked(with_second=False), staff=staff("hedda")).state is State.STANDS
    assert [event for event, _step in rows()] == ["ops.account_verified"]


def test_site_may_ask_for_a_second_person_always(settings: Settings) -> None:
    settings.VERIFY_SECOND_PERSON = True
    assert flow.ask(WHO, asked(with_second=False), staff=staff("hedda")).state is State.WAITING


def test_refused_verification_is_over() -> None:
    waits = flow.ask(WHO, asked(), staff=staff("hedda"))
    refused = flow.refuse(waits, WHO, why="that is somebody else", staff=staff("olga"))
    assert refused.state is State.REFUSED
    with pytest.raises(Overtaken):
        flow.approve(waits, WHO, staff=staff("olga"))
    with pytest.raises(Overtaken):
        flow.undo(waits, WHO, why="so", staff=staff("olga"))


@pytest.mark.parametrize("act", [flow.approve, lambda *given, **more: flow.refuse(*given, why="no", **more)])
def test_whoever_asked_cannot_answer(act: Callable[..., AccountVerification]) -> None:
    waits = flow.ask(WHO, asked(), staff=staff("hedda"))
    with pytest.raises(NotAllowed):
        act(waits, WHO, staff=staff("hedda"))
    assert AccountVerification.objects.get().state is State.WAITING
    assert stored()[-1]["error_code"] == "same_person"


def test_nobody_verifies_themselves() -> None:
    with pytest.raises(NotAllowed):
        flow.ask(WHO, asked(), staff=staff("NEWHIRE"))
    waits = flow.ask(WHO, asked(), staff=staff("hedda"))
    with pytest.raises(NotAllowed):
        flow.approve(waits, WHO, staff=staff("newhire@example.com"))
    assert AccountVerification.objects.get().state is State.WAITING
    assert [row["error_code"] for row in stored() if row["event"] == "ops.act_refused"] == ["oneself"] * 2


def test_nobody_verifies_alone_what_waits_for_a_second_person() -> None:
    flow.ask(WHO, asked(), staff=staff("hedda"))
    with pytest.raises(Overtaken):
        flow.ask(WHO, asked(with_second=False), staff=staff("olga"))
    assert AccountVerification.objects.count() == 1


def test_form_counts_once() -> None:
    form = asked(with_second=False)
    flow.ask(WHO, form, staff=staff("hedda"))
    with pytest.raises(Overtaken):
        flow.ask(WHO, form, staff=staff("hedda"))
    assert AccountVerification.objects.count() == 1


def test_one_of_several_who_approve_at_once_wins() -> None:
    waits = flow.ask(WHO, asked(), staff=staff("hedda"))
    others = [staff(f"other-{number}") for number in range(6)]

    def approves(other: Staff) -> bool:
        try:
            return flow.approve(waits, WHO, staff=other).approved_by == other.by.actor
        except Overtaken:
            return False

    assert sum(in_threads(approves, others, threads=6)) == 1
    assert [event for event, _step in rows()].count("ops.verification_approved") == 1


def test_one_of_several_who_ask_at_once_wins() -> None:
    who = [staff(f"other-{number}") for number in range(4)]

    def asks(one: Staff) -> bool:
        try:
            return bool(flow.ask(WHO, asked(), staff=one))
        except Overtaken:
            return False

    assert sum(in_threads(asks, who, threads=4)) == 1
    assert AccountVerification.objects.count() == 1


def test_nothing_is_verified_that_cannot_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    hedda, olga = staff("hedda"), staff("olga")
    waits = flow.ask(WHO, asked(), staff=hedda)
    monkeypatch.setattr(record, "_insert", fails)
    with pytest.raises(record.AuditUnavailable):
        flow.approve(waits, WHO, staff=olga)
    with pytest.raises(record.AuditUnavailable):
        flow.ask(account(sub="sub-2"), asked(), staff=hedda)
    assert [each.state for each in AccountVerification.objects.all()] == [State.WAITING]


def fails(row: object) -> bool:
    raise record.AuditUnavailable("full")


def test_nothing_of_a_forgotten_person_is_left_but_that_it_was() -> None:
    waits = flow.ask(WHO, asked(), staff=staff("hedda"))
    flow.undo(waits, WHO, why="newhire left", staff=staff("hedda"))
    other = flow.ask(account("other", sub="sub-2"), asked(), staff=staff("hedda"))
    assert forget(pool_id=POOL, username="newhire", reason="ticket", by=staff("hedda").by).erased == 1
    left = AccountVerification.objects.get(pk=waits.pk)
    assert (left.sub, left.note, left.undone_why, left.marks) == ("", "-", "-", {})
    assert left.state is State.UNDONE
    assert AccountVerification.objects.get(pk=other.pk).note == "passport seen"


def test_person_of_whom_the_log_has_no_row_any_more_is_forgotten_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    AccountVerification.objects.create(
        pool_id=POOL,
        sub="sub-9",
        method=Method.MANAGER,
        note="their manager said so",
        needs_second=False,
        asked_at=timezone.now(),
        asked_by="staff:1",
    )
    call_command("audit_forget", "sub-9", pool=POOL, reason="ticket")
    assert "Records of the help desk that say no more whom they are of: 1." in capsys.readouterr().out
    assert AccountVerification.objects.get().sub == ""


def test_forgotten_person_waits_for_nobody() -> None:
    flow.ask(WHO, asked(), staff=staff("hedda"))
    assert [each.person for each in reading.waiting()] == ["newhire"]
    forget(pool_id=POOL, username="sub-1", reason="ticket", by=staff("hedda").by)
    assert reading.waiting() == []


def test_mark_is_for_the_address_that_was_seen() -> None:
    kept = bound([Mark.EMAIL], WHO)
    assert "newhire@example.com" not in str(kept)
    assert pending(kept, WHO) == [Mark.EMAIL]
    moved = account(email="other@example.com")
    assert (pending(kept, moved), changed(kept, moved)) == ([], [Mark.EMAIL])
    done = account(email_verified="true")
    assert (pending(kept, done), changed(kept, done)) == ([], [])
