"""The page of flags."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from cognito_portal.audit.events import Event
from cognito_portal.audit.insight import flags
from cognito_portal.audit.insight.rules import RULES, Kind
from cognito_portal.audit.models import AuditEvent, Flag
from tests.audit.insight.acts import NOW, before, tried
from tests.audit.insight.staff import links, read
from tests.audit.pages.reading import NASTY
from tests.audit.visitors import client_of
from tests.databases import Database

URL, JUDGE = "/audit/flags/", "/audit/flags/judge/"


def burst(name: str = "ann") -> Flag:
    for number in range(10):
        tried(name, at=before(seconds=number), address=f"198.51.100.{number}")
    flags.look(now=NOW)
    return Flag.objects.latest("id")


def judged(auditor: Client, flag: Flag, **more: str) -> Any:
    return auditor.post(
        JUDGE, {"flag": flag.id, "was": "open", "judgement": "valid", "note": "seen-by-me"} | more
    )


def test_open_flag_is_shown_with_its_name_sentence_and_rows(auditor: Client) -> None:
    flag = burst("Ann")
    page = read(auditor, URL)
    assert "Ann" in page.text and RULES[Kind.BURST].sentence in page.text
    (link,) = links(page, holding=flag.subject)
    assert link == f"/audit/?{flag.query}"
    assert auditor.get(link).status_code == 200


def test_person_who_was_forgotten_has_no_name(auditor: Client) -> None:
    burst("Ann")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person")
    page = read(auditor, URL)
    assert "Ann" not in page.text and "Somebody who was forgotten" in page.text


def test_judged_flag_leaves_the_open_ones_with_its_note(auditor: Client) -> None:
    flag = burst()
    response = judged(auditor, flag)
    assert response.status_code == 302
    page = read(auditor, response.headers["Location"])
    assert f"Flag {flag.id} (Burst on one account) is marked: Valid." in page.text
    assert "No open flags" in page.text
    valid = read(auditor, f"{URL}?state=valid")
    assert "seen-by-me" in valid.text and "staff-auditors" in valid.text
    assert AuditEvent.objects.get(event=Event.AUDIT_FLAG_JUDGED).step == f"burst:{flag.id}:valid"


def test_flag_may_be_judged_again(auditor: Client) -> None:
    flag = burst()
    judged(auditor, flag)
    judged(auditor, flag, was="valid", judgement="not-valid", note="an old program")
    flag.refresh_from_db()
    assert (flag.state, flag.note) == ("not valid", "an old program")
    assert AuditEvent.objects.filter(event=Event.AUDIT_FLAG_JUDGED).count() == 2


def test_flag_that_somebody_else_judged_meanwhile_is_shown_again(auditor: Client) -> None:
    flag = burst()
    judged(auditor, flag, note="first")
    response = judged(auditor, flag, judgement="not-valid", note="second-words")
    assert response.status_code == 409
    assert "second-words" in response.content.decode()
    flag.refresh_from_db()
    assert (flag.state, flag.note) == ("valid", "first")


@pytest.mark.parametrize("more", [{"judgement": ""}, {"judgement": "perhaps"}, {"note": "n" * 1001}])
def test_bad_judgement_is_refused_and_its_words_are_kept(auditor: Client, more: dict[str, str]) -> None:
    flag = burst()
    response = judged(auditor, flag, **more)
    assert response.status_code == 400
    assert more.get("note", "seen-by-me") in response.content.decode()
    flag.refresh_from_db()
    assert flag.state == "open"


@pytest.mark.parametrize("number", ["", "0", "99", "x", "²", "-1", "9" * 30])
def test_flag_that_is_none_is_not_found(auditor: Client, number: str) -> None:
    assert auditor.post(JUDGE, {"flag": number, "judgement": "valid"}).status_code == 404


@pytest.mark.parametrize("asked", [{"state": "closed"}, {"before": "1"}, {"before": "x-1"}, {"judged": "99"}])
def test_page_that_is_none_is_not_found(auditor: Client, asked: dict[str, str]) -> None:
    assert auditor.get(URL, asked).status_code == 404


def test_long_list_goes_on_on_the_next_page(auditor: Client) -> None:
    for number in range(51):
        at = NOW + timedelta(seconds=number // 2)
        Flag.objects.create(
            kind=Kind.SPRAYING,
            subject=f"192.0.2.{number}",
            window_start=at,
            first_at=at,
            last_at=at,
            rows=1,
            query="",
            raised_at=at,
        )
    first = read(auditor, URL)
    second = read(auditor, f"{URL}{links(first, holding='before=')[0]}")
    shown = [text.strip() for page in (first, second) for text in page.texts if text.startswith("192.0.2.")]
    assert sorted(shown) == sorted(f"192.0.2.{number}" for number in range(51))


def test_flag_of_another_release_is_shown_as_it_is(auditor: Client) -> None:
    burst()
    Flag.objects.update(kind="dreamt", subject=NASTY)
    page = read(auditor, URL)
    assert "dreamt" in page.text
    assert not [tag for tag, attributes in page.elements if tag == "script" and "src" not in attributes]


def test_hostile_note_is_text(auditor: Client) -> None:
    judged(auditor, burst(), note=NASTY)
    page = read(auditor, f"{URL}?state=valid")
    assert not [tag for tag, attributes in page.elements if tag == "script" and "src" not in attributes]


def test_others_of_the_staff_neither_see_nor_judge(database: Database) -> None:
    flag = burst()
    ops = client_of("ops")
    assert (ops.get(URL).status_code, judged(ops, flag).status_code) == (403, 403)
    flag.refresh_from_db()
    assert flag.state == "open"
