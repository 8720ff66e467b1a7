"""A person is forgotten: no name is left, every row is."""

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from cognito_portal.audit import forgetting, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.forgetting import Forgotten, SeveralPeople, forget
from cognito_portal.audit.models import AuditEvent, AuditNamePart, AuditPerson
from cognito_portal.audit.proof import seals
from tests.audit.proof.logs import fault
from tests.audit.rows import BY, POOL, begun, somebody, stored
from tests.databases import Database

pytestmark = pytest.mark.usefixtures("database")


def signed_in(typed: str, canonical: str, sub: str) -> None:
    record.end(
        begun(somebody(typed)), outcome=Outcome.SUCCESS, person=somebody(typed, canonical=canonical, sub=sub)
    )


def forgotten(username: str, reason: str = "ticket 4711") -> Forgotten:
    return forget(pool_id=POOL, username=username, reason=reason, by=BY)


def names() -> set[str]:
    return {name for row in AuditPerson.objects.all() for name in (row.typed, row.canonical, row.sub)} - {""}


def test_no_name_is_left_and_every_row_is() -> None:
    signed_in("Newhire ", "newhire", "sub-1")
    before = stored()
    assert forgotten("NEWHIRE").ids == 1
    assert names() == set()
    assert not AuditNamePart.objects.exists()
    assert stored()[:-1] == before


def test_proof_of_a_log_that_forgot_somebody_is_whole() -> None:
    signed_in("newhire", "newhire", "sub-1")
    signed_in("other", "other", "sub-2")
    seals.seal_pending()
    forgotten("newhire")
    seals.seal_pending()
    assert fault() == ""


def test_log_says_that_somebody_was_forgotten_and_why_and_not_who() -> None:
    signed_in("newhire", "newhire", "sub-1")
    forgotten("newhire")
    row = AuditEvent.objects.latest("id")
    assert (row.event, row.step, row.actor, row.outcome) == (
        Event.AUDIT_PERSON_FORGOTTEN,
        "ticket 4711",
        BY.actor,
        "recorded",
    )
    assert (row.person_id, row.person_commitment, row.pool_id) == ("", "", "")


@pytest.mark.parametrize("username", ["mary", "mary@example.com", "sub-m"])
def test_name_alias_or_sub_all_forget_the_same_person(username: str) -> None:
    signed_in("mary@example.com", "mary", "sub-m")
    signed_in("other", "other", "sub-o")
    forgotten(username)
    assert names() == {"other", "sub-o"}


def test_name_that_another_user_had_needs_the_sub() -> None:
    signed_in("desk@example.com", "anna", "sub-a")
    signed_in("desk@example.com", "bert", "sub-b")
    with pytest.raises(SeveralPeople) as several:
        forgotten("desk@example.com")
    assert sorted(several.value.subs) == ["sub-a", "sub-b"]
    assert "anna" in names()


def test_alias_that_another_user_has_now_goes_on_naming_that_one() -> None:
    signed_in("desk@example.com", "anna", "sub-a")
    signed_in("desk@example.com", "bert", "sub-b")
    forgotten("sub-a")
    assert names() == {"desk@example.com", "bert", "sub-b"}


def test_same_name_of_another_pool_stays() -> None:
    signed_in("newhire", "newhire", "sub-1")
    assert forget(pool_id="eu-west-1_OTHER", username="newhire", reason="t", by=BY) == Forgotten(0, 0)
    assert "newhire" in names()


def test_of_nobody_nothing_is_written() -> None:
    assert forgotten("nobody") == Forgotten(0, 0)
    assert stored() == []


def test_person_who_comes_back_is_a_new_one() -> None:
    signed_in("newhire", "newhire", "sub-1")
    old = stored()[-1]["person_id"]
    forgotten("newhire")
    signed_in("newhire", "newhire", "sub-1")
    assert stored()[-1]["person_id"] not in ("", old)
    seals.seal_pending()
    assert fault() == ""


@pytest.mark.parametrize("reason", ["x" * 65, "asked by NewHire"])
def test_reason_that_is_too_long_or_names_the_person_is_refused(reason: str) -> None:
    signed_in("newhire", "newhire", "sub-1")
    with pytest.raises(ValueError, match="reason"):
        forgotten("newhire", reason)
    assert "newhire" in names()


def said(*options: str) -> str:
    output = StringIO()
    call_command("audit_forget", "--pool", POOL, "--reason", "ticket 4711", *options, stdout=output)
    return output.getvalue()


def test_command_says_how_many_names_went() -> None:
    signed_in("newhire", "newhire", "sub-1")
    assert said("newhire").startswith("2 ways of naming this person were deleted.")
    assert AuditEvent.objects.latest("id").actor.startswith("shell:")


def test_command_says_that_nobody_has_that_name() -> None:
    with pytest.raises(CommandError, match="Nobody of that name"):
        said("nobody")


def test_command_names_the_subs_to_choose_from() -> None:
    signed_in("desk@example.com", "anna", "sub-a")
    signed_in("desk@example.com", "bert", "sub-b")
    with pytest.raises(CommandError, match="sub-a, sub-b"):
        said("desk@example.com")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_names_that_are_read_for_long_are_given_up_on(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    signed_in("newhire", "newhire", "sub-1")
    monkeypatch.setattr(forgetting, "PATIENCE_S", 0.3)
    with psycopg.connect(database.url) as reader:
        reader.execute("SELECT * FROM audit_person")
        with pytest.raises(record.AuditUnavailable):
            forgotten("newhire")
    assert "newhire" in names()
