"""The pages of charts, flags and reviews in every state, and how an auditor gets there."""

from tests.browser.reaching import Reach
from tests.browser.walking import Person

WRITE = "from tests.audit.insight.acts import write_a_guessed_account; write_a_guessed_account()"


def written(person: Person) -> None:
    """A log in which somebody guessed, and a flag that says so."""
    person.site.live.manage("shell", "--no-imports", "--command", WRITE)


def opened(path: str, heading: str) -> Reach:
    def reach(person: Person) -> None:
        written(person)
        person.sign_in_as_auditor()
        person.open(path)
        person.sees(heading)

    return reach


def charts(person: Person) -> None:
    opened("/audit/charts/", "Charts")(person)
    for summary in person.page.locator("details.numbers > summary").all():
        summary.click()


def flag_to_judge(person: Person) -> None:
    opened("/audit/flags/", "Flags")(person)
    person.page.locator(".flag summary").first.click()


def flag_judged(person: Person) -> None:
    flag_to_judge(person)
    person.field("Note").first.fill("A program with an old password.")
    person.page.get_by_role("button", name="Not valid", exact=True).first.click()
    person.is_told("is marked: Not valid.")


def flag_refused(person: Person) -> None:
    flag_to_judge(person)
    person.field("Note").first.fill("n" * 1001)
    person.page.get_by_role("button", name="Valid", exact=True).first.click()
    person.sees_problem("The note is too long")


def review_to_sign(person: Person) -> None:
    opened("/audit/reviews/sign/?outcome=failure", "Sign a review")(person)


def review_signed(person: Person) -> None:
    review_to_sign(person)
    person.field("Remarks").fill("Looked at all of them.")
    person.press("Sign this review")
    person.is_told("Your review is signed")


def review_refused(person: Person) -> None:
    review_to_sign(person)
    person.field("Remarks").fill("r" * 4001)
    person.press("Sign this review")
    person.sees_problem("The remarks are too long")


def verification_asked_for(person: Person) -> None:
    opened("/audit/reviews/", "Reviews")(person)
    # Another test may have asked already, of the worker that this site has not.
    if person.page.get_by_role("button", name="Verify now", exact=True).count():
        person.press("Verify now")
    person.is_told("the worker is at it")


INSIGHT: dict[str, Reach] = {
    "charts": charts,
    "charts, empty": opened("/audit/charts/?since=2020-01-01&until=2020-01-02", "Charts"),
    "charts, no such filter": opened("/audit/charts/?since=never&person=ann", "Charts"),
    "flags": flag_to_judge,
    "flags, judged": flag_judged,
    "flags, refused": flag_refused,
    "flags, empty": opened("/audit/flags/?state=valid", "Flags"),
    "review to sign": review_to_sign,
    "review, refused": review_refused,
    "reviews": review_signed,
    "reviews, verification asked for": verification_asked_for,
}
