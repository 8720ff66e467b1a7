"""What one session of a person does to their others (ASVS 7.4.3), and the fresh sign-in (ASVS 7.5.1)."""

import pytest

from cognito_portal.audit import queries
from tests.account.conftest import Clock, Person
from tests.signin.browsing import Tab, new_client, session_of

NEW = "Quite-other-2-pass"
TEMPORARY = "For-a-while-3-pass"
SENSITIVE = ["/account/factors/", "/account/passkeys/"]


def change_password(person: Person) -> None:
    page = "/account/password/"
    person.send(page, page, password=person.password, new_password=NEW)
    assert "Your password is changed" in person.text


def sign_out_everywhere(person: Person) -> None:
    person.send("/account/", "/account/sign-out-everywhere/")


def test_changed_password_ends_the_sessions_elsewhere_and_not_this_one(person: Person) -> None:
    other = person.elsewhere()
    was = other.tab.cookie
    change_password(person)
    other.get("/account/")
    assert other.tab.path == "/sign-in/"
    assert session_of(was) == {}
    person.get("/account/")
    assert person.tab.path == "/account/"
    (ended,) = person.rows("account.session_ended")
    assert (ended.outcome, ended.step, ended.address) == (
        "expired",
        "account.password_changed",
        "198.51.100.7",
    )


def test_a_password_chosen_in_the_walk_ends_the_sessions_elsewhere(person: Person) -> None:
    """Somebody in the help desk gave a temporary password; its owner chose a new one, in another browser."""
    assert (
        person.api.signed(
            "AdminSetUserPassword", Username=person.username, Password=TEMPORARY, Permanent=False
        ).refusal
        is None
    )
    walking = Tab(new_client("198.51.100.9"))
    walking.start(person.username, TEMPORARY)
    walking.answer(NEW)
    assert walking.path == "/sign-in/done/"
    person.get("/account/")
    assert person.tab.path == "/sign-in/"


def test_session_begun_after_the_change_goes_on(person: Person) -> None:
    change_password(person)
    later = Person(person.api, person.username, NEW).sign_in()
    later.get("/account/")
    assert later.tab.path == "/account/"


def test_order_of_writing_decides_and_not_the_clock(person: Person, later: Clock) -> None:
    change_password(person)
    later.offset_s = -120
    behind = Person(person.api, person.username, NEW).sign_in()
    behind.get("/account/")
    assert behind.tab.path == "/account/"


def test_refused_change_ends_nothing(person: Person) -> None:
    other = person.elsewhere()
    page = "/account/password/"
    person.send(page, page, password="Not-my-password-1", new_password=NEW)
    other.get("/account/")
    assert other.tab.path == "/account/"


def test_sessions_of_other_people_go_on(person: Person) -> None:
    stranger = Person(person.api, person.api.confirm()).sign_in()
    sign_out_everywhere(person)
    stranger.get("/account/")
    assert stranger.tab.path == "/account/"


def test_signing_out_everywhere_ends_this_session_and_the_others(person: Person) -> None:
    other = person.elsewhere()
    sign_out_everywhere(person)
    assert person.tab.path == "/sign-in/"
    assert "You are signed out everywhere" in person.text
    assert "cognito_user" not in person.tab.session()
    other.get("/account/")
    assert other.tab.path == "/sign-in/"
    assert person.outcomes("account.signed_out_everywhere") == ["success"]


def test_reset_by_code_ends_every_session(person: Person) -> None:
    user = person.username
    page, reset = "/sign-in/forgot-password/", "/sign-in/reset-password/"
    fresh = Person(person.api, user)
    fresh.get(page)
    fresh.tab.post(page, {**fresh.tab.hidden, "username": user})
    fields = {"username": user, "code": person.api.code(user), "new_password": NEW}
    fresh.tab.post(reset, {**fresh.tab.hidden, **fields})
    assert fresh.outcomes("signin.reset_confirmed") == ["success"]
    person.get("/account/")
    assert person.tab.path == "/sign-in/"


def test_the_question_for_other_sessions_is_one_statement(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = queries.fetch
    monkeypatch.setattr(queries, "fetch", lambda sql, params: asked.append(sql) or real(sql, params))
    person.get("/account/password/")
    assert len(asked) == 1


@pytest.mark.parametrize("path", SENSITIVE)
def test_old_sign_in_is_asked_for_again(person: Person, later: Clock, path: str) -> None:
    later.offset_s = 16 * 60
    answer = person.tab.client.get(path)
    name = path.split("/")[-2]
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?again={name}")


def test_act_of_an_old_sign_in_is_not_carried_out(person: Person, later: Clock) -> None:
    person.get("/account/factors/")
    form = person.form("/account/factors/app/begin/")
    later.offset_s = 16 * 60
    answer = person.tab.client.post("/account/factors/app/begin/", form)
    assert answer["Location"] == "/sign-in/?again=factors"
    assert person.rows("account.factors_changed") == []


def test_contact_needs_a_fresh_sign_in_and_the_rest_of_the_details_does_not(
    person: Person, later: Clock
) -> None:
    later.offset_s = 16 * 60
    person.get("/account/details/")
    assert person.tab.path == "/account/details/"
    assert "Sign in again to change it" in person.text
    person.send("/account/details/", "/account/details/", **{"userAttributes.name": "Nora New"})
    later.offset_s = 0
    assert person.attribute("name") == "Nora New"
