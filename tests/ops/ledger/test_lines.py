"""The lines of the ledger: made out of the log and the index, on both databases, and forgotten with their people."""

import pytest
from pytest_django import Settings

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.forgetting import forget
from cognito_portal.ops.index import entries, passes
from cognito_portal.ops.ledger import keeping
from cognito_portal.ops.models import Invitation, InvitationLedger, PoolIndexEntry
from tests.audit.rows import BY
from tests.databases import Database
from tests.ops.index.accounts import sub_of
from tests.ops.ledger import world
from tests.ops.ledger.world import account, at, kept, line, opened, sent, set_password

Stage = Invitation.Stage


@pytest.fixture(autouse=True)
def index(database: Database) -> None:
    """An index and a ledger that are begun, with nobody in them."""
    passes.begin_anew()
    keeping.work()


def test_account_that_waits_has_a_line_from_when_it_was_last_changed() -> None:
    account("ann", minutes=3)
    kept()
    assert (line("ann").sent_at, line("ann").sent_by, line("ann").stage) == (at(3), "", Stage.SENT)


def test_account_that_nobody_invited_has_none() -> None:
    account("ann", status="CONFIRMED")
    opened("ann", minutes=1)
    kept()
    assert list(world.lines()) == []


def test_what_the_portal_sent_says_when_and_by_whom() -> None:
    account("ann", minutes=0.5)
    sent("ann", minutes=0)
    kept()
    assert (line("ann").sent_at, line("ann").sent_by) == (at(0), "staff:1")


def test_every_step_is_told_by_its_row() -> None:
    account("ann")
    sent("ann", minutes=0)
    kept()
    opened("ann", minutes=10)
    kept()
    assert (line("ann").stage, line("ann").opened_at) == (Stage.OPENED, at(10))
    set_password("ann", minutes=11)
    kept()
    assert (line("ann").stage, line("ann").password_at, line("ann").is_open) == (
        Stage.PASSWORD_SET,
        at(11),
        False,
    )
    world.row("ann", Event.ACCOUNT_FACTOR_ENROLLED, minutes=12)
    world.row("ann", Event.ACCOUNT_ATTRIBUTE_VERIFIED, minutes=13)
    kept()
    assert (line("ann").stage, line("ann").factor_at, line("ann").verified_at) == (
        Stage.VERIFIED,
        at(12),
        at(13),
    )
    assert line("ann").moved_at == at(13)


@pytest.mark.parametrize("event", [Event.OPS_ACCOUNT_VERIFIED, Event.OPS_VERIFICATION_APPROVED])
def test_account_that_staff_verified_counts_as_verified_until_they_undo_it(event: Event) -> None:
    account("ann")
    sent("ann", minutes=0)
    set_password("ann", minutes=11)
    world.row("ann", event, Outcome.RECORDED, minutes=12)
    kept()
    assert (line("ann").stage, line("ann").verified_at) == (Stage.VERIFIED, at(12))
    world.row("ann", Event.OPS_VERIFICATION_UNDONE, Outcome.RECORDED, minutes=13)
    kept()
    assert (line("ann").stage, line("ann").verified_at) == (Stage.PASSWORD_SET, None)


def test_password_that_was_refused_is_none_and_shows_that_the_invitation_was_opened() -> None:
    account("ann")
    set_password("ann", minutes=2, outcome=Outcome.PASSWORD_POLICY)
    kept()
    assert (line("ann").stage, line("ann").opened_at, line("ann").password_at) == (Stage.OPENED, at(2), None)


def test_first_question_of_srp_says_nothing_before_the_password_is_proved() -> None:
    account("ann")
    for minutes, outcome in ((1, Outcome.BAD_CREDENTIALS), (5, Outcome.CHALLENGE)):
        attempt = f"srp{minutes}"
        started = {"minutes": minutes, "step": "InitiateAuth", "attempt": attempt}
        world.row("ann", Event.SIGNIN_STARTED, Outcome.CHALLENGE, **started)
        world.row(
            "ann", Event.SIGNIN_ANSWERED, outcome, minutes=minutes, step="PASSWORD_VERIFIER", attempt=attempt
        )
    kept()
    assert line("ann").opened_at == at(5)


def test_new_invitation_begins_the_line_anew() -> None:
    account("ann")
    sent("ann", minutes=0)
    opened("ann", minutes=10)
    sent("ann", minutes=60, event=Event.OPS_INVITATION_RESENT)
    account("ann", minutes=60)
    kept()
    assert (line("ann").sent_at, line("ann").stage, line("ann").opened_at) == (at(60), Stage.SENT, None)


def test_invitation_that_could_not_be_delivered_is_marked() -> None:
    account("ann")
    sent("ann", minutes=0, event=Event.OPS_INVITATION_RESENT)
    kept()
    assert not line("ann").is_undelivered
    world.row("ann", Event.OPS_USER_INVITED, Outcome.CODE_DELIVERY, minutes=1, by=world.HEDDA)
    kept()
    assert line("ann").is_undelivered


def test_invitation_that_the_log_knows_nothing_of_counts_from_the_change() -> None:
    account("ann")
    sent("ann", minutes=0)
    account("ann", minutes=600)
    kept()
    assert (line("ann").sent_at, line("ann").sent_by) == (at(600), "")


def test_change_by_staff_is_no_new_invitation() -> None:
    account("ann")
    sent("ann", minutes=0)
    world.row("ann", Event.OPS_CONTACT_VERIFIED, minutes=600, by=world.HEDDA)
    account("ann", minutes=600)
    kept()
    assert (line("ann").sent_at, line("ann").sent_by) == (at(0), "staff:1")


def test_password_that_was_set_elsewhere_is_known_by_the_account() -> None:
    account("ann")
    kept()
    account("ann", minutes=90, status="CONFIRMED", email="ann@example.com", email_verified="true")
    kept()
    assert (line("ann").stage, line("ann").password_at) == (Stage.VERIFIED, None)
    assert line("ann").sent_at == at(0)


def test_account_that_comes_into_the_index_after_its_rows_has_them() -> None:
    sent("ann", minutes=0)
    set_password("ann", minutes=5)
    kept()
    account("ann", minutes=5, status="CONFIRMED")
    kept()
    kept()
    assert (line("ann").sent_at, line("ann").password_at) == (at(0), at(5))


def test_rows_of_whoever_had_the_name_before_are_not_theirs() -> None:
    account("ann", minutes=100, email="shared@example.com")
    sent("ann", minutes=0)
    world.row("shared@example.com", Event.SIGNIN_ANSWERED, minutes=110, step="NEW_PASSWORD_REQUIRED")
    kept()
    assert line("ann").stage == Stage.SENT


def test_line_goes_with_its_account() -> None:
    account("ann")
    kept()
    entries.remove(list(PoolIndexEntry.objects.values_list("pk", flat=True)))
    assert not Invitation.objects.exists()


def test_ledger_that_was_thrown_away_is_made_again_as_it_was() -> None:
    for number, name in enumerate(("ann", "bob", "cleo")):
        account(name)
        sent(name, minutes=number)
    opened("bob", minutes=10)
    set_password("cleo", minutes=10)
    kept()
    before = list(Invitation.objects.order_by("entry_id").values("entry", "sent_at", "sent_by", "stage"))
    keeping.begin_anew()
    assert not Invitation.objects.exists()
    kept()
    assert (
        list(Invitation.objects.order_by("entry_id").values("entry", "sent_at", "sent_by", "stage")) == before
    )
    assert len(before) == 3


def test_of_whoever_is_forgotten_nothing_stays_that_came_out_of_the_log(settings: Settings) -> None:
    for name in ("ann", "bob"):
        account(name, status="CONFIRMED", minutes=5)
        sent(name, minutes=0)
        set_password(name, minutes=5)
    kept()
    assert list(world.lines()) == ["ann", "bob"]
    forget(pool_id=settings.COGNITO_USER_POOL_ID, username=sub_of("ann"), reason="asked for", by=BY)
    kept()
    assert list(world.lines()) == ["bob"]
    assert line("bob").password_at == at(5)


def test_forgotten_person_who_still_waits_is_known_by_the_pool_alone(settings: Settings) -> None:
    account("ann", minutes=1)
    sent("ann", minutes=0)
    opened("ann", minutes=2)
    kept()
    forget(pool_id=settings.COGNITO_USER_POOL_ID, username=sub_of("ann"), reason="asked for", by=BY)
    kept()
    assert (line("ann").sent_by, line("ann").stage, line("ann").sent_at) == ("", Stage.SENT, at(1))


def test_no_ledger_is_kept_where_the_index_is_off(settings: Settings) -> None:
    account("ann")
    settings.POOL_INDEX_MINUTES = 0
    InvitationLedger.objects.all().delete()
    keeping.work()
    assert not InvitationLedger.objects.exists()
