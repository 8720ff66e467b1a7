from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client

from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.audit.models import AuditEvent
from tests.audit.rows import begun, noted, somebody, stored
from tests.databases import Database

URL = "/audit/"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NASTY = '"><script>alert(1)</script>\u2028\r\n\x1b[31m'


class TlsClient(Client):
    """A browser that comes by TLS."""

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "secure": True})


def client_of(*groups: str) -> Client:
    """A browser in which a member of staff in these groups has signed in."""
    user = User.objects.create_user("-".join(["staff", *groups]))
    user.groups.set(Group.objects.get_or_create(name=name)[0] for name in groups)
    client = TlsClient(headers={"host": "localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def auditor(sqlite: Database) -> Iterator[Client]:
    yield client_of("auditors")


class _InlineScripts(HTMLParser):
    """Counts the scripts of a page that come from no file."""

    count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count += tag == "script" and "src" not in dict(attrs)


def inline_scripts(client: Client) -> int:
    page = _InlineScripts()
    page.feed(client.get(URL).content.decode())
    return page.count


def test_auditor_sees_the_newest_rows_with_their_people(auditor: Client) -> None:
    record.end(begun(somebody("Ann")), outcome=Outcome.BAD_CREDENTIALS, request_id="aws-1")
    response = auditor.get(URL)
    assert response.status_code == 200
    row, earlier = response.context["rows"]
    assert (row["username"], str(row["outcome_label"]), row["outcome_tone"], row["request_id"]) == (
        "Ann",
        "Wrong username or password",
        "bad",
        "aws-1",
    )
    assert (str(earlier["event_label"]), earlier["phase"]) == ("Username and password sent", "begin")
    assert "aws-1" in response.content.decode()


def test_pages_of_fifty_follow_each_other(auditor: Client) -> None:
    for number in range(120):
        noted(now=NOW + timedelta(seconds=number // 4))
    url, seen = URL, []
    while True:
        context = auditor.get(url).context
        seen.append([row["id"] for row in context["rows"]])
        if not context["older"]:
            break
        url = f"{URL}?{context['older']}"
    assert seen == [[*range(120, 70, -1)], [*range(70, 20, -1)], [*range(20, 0, -1)]]
    assert context["newest_url"] == URL


@pytest.mark.parametrize(
    "place",
    [
        "",
        "1",
        "x-1",
        "20260302T090000.000000-",
        "20260302T090000.000000--1",
        "20260302T090000.000000-²",
        "20260302T090000.000000-99999999999999999999",
        "20261302T090000.000000-1",
        "' OR 1=1--",
        "\x00-1",
    ],
)
def test_a_place_that_is_none_is_not_found(auditor: Client, place: str) -> None:
    assert auditor.get(URL, {"before": place}).status_code == 404


def test_unlisted_parameters_change_nothing(auditor: Client) -> None:
    noted()
    query = {"id__gt": "5", "outcome": "success", "order": "time"}
    assert len(auditor.get(URL, query).context["rows"]) == 1


def test_hostile_text_is_text(auditor: Client) -> None:
    by = record.By(actor=NASTY, address=NASTY, user_agent=NASTY)
    noted(by=by, step=NASTY, attempt_id=NASTY, person=somebody(NASTY), client_id=NASTY, error_code=NASTY)
    assert "alert(1)" in auditor.get(URL).content.decode()
    assert inline_scripts(auditor) == 0


def test_a_row_of_another_release_is_shown_as_it_is(auditor: Client) -> None:
    AuditEvent.objects.create(time=NOW, event="signin.dreamt", outcome="perhaps")
    (row,) = auditor.get(URL).context["rows"]
    assert (row["event_label"], row["outcome_label"], row["outcome_tone"]) == (
        "signin.dreamt",
        "perhaps",
        "plain",
    )


def test_reading_writes_nothing(auditor: Client) -> None:
    noted()
    before = stored()
    auditor.get(URL)
    auditor.head(URL)
    assert stored() == before


def test_the_page_is_not_kept_anywhere(auditor: Client) -> None:
    assert "no-store" in auditor.get(URL).headers["Cache-Control"]


def test_other_methods_are_refused(auditor: Client) -> None:
    assert auditor.post(URL).status_code == 405


def test_staff_without_the_role_are_refused_and_recorded(sqlite: Database) -> None:
    assert client_of("ops").get(URL).status_code == 403
    assert [row["event"] for row in stored()] == ["access.denied"]


def test_strangers_are_sent_to_the_staff_sign_in(sqlite: Database) -> None:
    client = TlsClient(headers={"host": "localhost"})
    response = client.get(URL)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/staff/sign-in/")


def test_log_that_cannot_be_read_is_a_clear_page(auditor: Client) -> None:
    auditor.get(URL)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_person")
    assert auditor.get(URL).status_code == 503
