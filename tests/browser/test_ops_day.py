"""A day of the help desk: a call is answered, an account verified by two, fifty people invited, one disabled; and
the auditor who reads all of it afterwards.
"""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.onboarding_states import BROKEN, people, work
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person

REASON = "INC-4711"


def test_day_of_the_help_desk_is_read_by_the_auditor(
    new_person: NewPerson, site: BrowserSite, tmp_path: Path
) -> None:
    caller = _with_an_invitation_that_is_over(site)
    desk = new_person(site)
    desk.sign_in_as_help_desk()
    _answer_the_call(desk, caller)
    _ask_for_a_second_person(desk, caller)
    _approve(new_person(site), caller)
    _invite_fifty(desk, tmp_path / "people.csv")
    _disable(desk, caller)
    _read(new_person(site), caller)


def _with_an_invitation_that_is_over(site: BrowserSite) -> str:
    with site.api.cognito.clock.moved(-8 * 86_400):
        return site.api.invite(name="Carla Caller", email_verified="false")


def _answer_the_call(desk: Person, caller: str) -> None:
    desk.find(caller)
    desk.sees(caller)
    expect(desk.page.get_by_role("main")).to_contain_text("Their temporary password has expired")
    sent = len(desk.site.api.outbox(caller))
    desk.page.get_by_role("link", name="Resend the invitation").first.click()
    desk.sees("Resend the invitation")
    desk.field("Reason").fill(REASON)
    desk.press("Resend the invitation")
    desk.is_told("A new invitation is on its way.")
    assert len(desk.site.api.outbox(caller)) == sent + 1


def _ask_for_a_second_person(desk: Person, caller: str) -> None:
    desk.follow("Verify the account")
    desk.field("Called back on a known number").check()
    desk.field("Note").fill("Number of the staff directory, answered at once")
    desk.field("Ask for a second person’s approval").check()
    desk.press("Verify the account")
    desk.is_told("It waits for a second person now.")


def _approve(colleague: Person, caller: str) -> None:
    colleague.sign_in_as_admin()
    colleague.open("/ops/verifications/")
    colleague.follow(caller)
    colleague.press("Approve")
    colleague.is_told("You approved it: the account counts as verified.")


def _invite_fifty(desk: Person, path: Path) -> None:
    path.write_text(people(50, *BROKEN))
    desk.open("/ops/onboarding/new/")
    desk.field("What it is for").fill(REASON)
    desk.field("CSV file").set_input_files(path)
    desk.press("Check the rows")
    main = desk.page.get_by_role("main")
    expect(main).to_contain_text("50 people would be invited. 3 rows have problems and stay out.")
    desk.press("Invite 50 people")
    expect(main).to_contain_text("of 50")
    work(desk.site)
    expect(desk.page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(main).to_contain_text("50 of 50")


def _disable(desk: Person, caller: str) -> None:
    desk.open("/ops/")
    desk.find(caller)
    desk.sees(caller)
    desk.follow("Disable the account")
    desk.field("Reason").fill(REASON)
    desk.press("Disable the account")
    desk.is_told("The account is disabled.")


def _read(auditor: Person, caller: str) -> None:
    """All of it stands in the log of the person, each with who did it."""
    auditor.sign_in_as_auditor()
    auditor.open("/audit/")
    auditor.field("Person").fill(caller)
    auditor.page.keyboard.press("Enter")
    rows = auditor.page.get_by_role("table").get_by_role("row")
    for event, who in (
        ("Invitation sent again", "hedda"),
        ("Verification waits for a second person", "hedda"),
        ("Verification approved by a second person", "adam"),
        ("Account disabled", "hedda"),
    ):
        expect(rows.filter(has_text=event).filter(has_text=who).first).to_be_visible()
    auditor.open("/audit/?event=ops.user_invited")
    expect(rows.filter(has_text="hedda").filter(has_text="Success")).to_have_count(50)
