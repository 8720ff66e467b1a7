"""The pages of onboarding lists, as staff see them."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.pages.onboarding import door
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.ops.onboarding.lists import TITLE, again, names, started, states, table, work
from tests.ops.test_desk import desk, staff
from tests.security.test_crawl import REVIEWED
from tests.signin.browsing import Tab, new_client

__all__ = ["desk"]

NEW = "/ops/onboarding/new/"
BROKEN = ("broken,no-address,X", "two words,two@example.com,Two Words", "formula,f@example.com,=1+1")


def fields(**more: str) -> dict[str, str]:
    return {"title": TITLE, "rows": "", "medium": ""} | more


def upload(tab: Tab, data: bytes, **more: str) -> Tab:
    given = fields(**more) | {"file": SimpleUploadedFile("people.csv", data, "text/csv")}
    tab.post(NEW, given)  # type: ignore[arg-type]
    return tab


def paste(tab: Tab, text: str, **more: str) -> Tab:
    tab.post(NEW, fields(rows=text, **more))
    return tab


def events() -> list[str]:
    return [row["event"] for row in stored() if row["event"].startswith("ops.onboarding")]


def test_file_becomes_a_checked_list_and_nothing_is_sent(portal: Portal, desk: Tab) -> None:
    upload(desk, table(names(3), *BROKEN).encode())
    job = OnboardingJob.objects.get()
    assert (desk.status, desk.path) == (200, f"/ops/onboarding/{job.id}/")
    assert "Nothing has been sent. 3 people would be invited. 3 rows have problems and stay out." in desk.text
    assert "“email”: Write an e-mail address" in desk.text
    assert "“username”: A username has no blanks in it." in desk.text
    assert "“name” begins like a formula" in desk.text
    assert events() == ["ops.onboarding_checked"]


def test_pasted_rows_are_started_and_end_up_invited(portal: Portal, desk: Tab) -> None:
    people = names(2)
    paste(desk, table(people).replace(",", "\t"))
    desk.post(f"{desk.path}act/", {"act": "start"})
    assert "0 of 2" in desk.text
    work()
    desk.get(desk.path)
    assert "2 of 2" in desk.text
    assert "Finished" in desk.text
    assert desk.text.count('href="/ops/accounts/') == 2
    assert events() == ["ops.onboarding_checked", "ops.onboarding_started", "ops.onboarding_finished"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"title": ""}, "Say what it is for"),
        ({"title": "t" * 65}, "room for 64"),
        ({"title": "for mary@example.com"}, "Leave out people's names"),
        ({"rows": ""}, "Choose a file, or paste rows"),
        ({"rows": "mary,mary@example.com"}, "The first row has to name the columns"),
        ({"rows": "username,email"}, "no row under it"),
    ],
)
def test_what_cannot_be_taken_is_said_and_kept(
    portal: Portal, desk: Tab, given: dict[str, str], words: str
) -> None:
    typed = fields(rows="username,email\nmary,mary@example.com") | given
    desk.post(NEW, typed)
    assert desk.status == 400
    assert words in desk.text
    assert f'value="{typed["title"]}"' in desk.text
    assert typed["rows"] in desk.text
    assert OnboardingJob.objects.count() == 0


def test_file_and_pasted_rows_at_once_are_one_too_many(portal: Portal, desk: Tab) -> None:
    upload(desk, table(names(1)).encode(), rows=table(names(1)))
    assert (desk.status, "not both" in desk.text) == (400, True)


def test_unreadable_file_leaves_a_row_with_its_code(portal: Portal, desk: Tab) -> None:
    upload(desk, "username,name\nanne,Änne".encode("latin-1"))
    assert (desk.status, "Line 2 holds characters that are not UTF-8" in desk.text) == (400, True)
    refused = next(row for row in stored() if row["event"] == "ops.onboarding_checked")
    assert (refused["outcome"], refused["error_code"]) == ("input_refused", "encoding")


def test_more_than_may_be_pasted_is_said(portal: Portal, desk: Tab) -> None:
    paste(desk, table(names(2_000)))
    assert (desk.status, "too much to paste (64 kB)" in desk.text) == (400, True)


def test_file_of_more_than_may_be_pasted_is_taken(portal: Portal, desk: Tab) -> None:
    upload(desk, table(names(2_000)).encode())
    assert (desk.status, OnboardingItem.objects.count()) == (200, 2_000)


def test_file_that_is_too_large_is_said_and_not_kept(portal: Portal, desk: Tab) -> None:
    upload(desk, b"username,email\n" + b"x" * door.MOST_BYTES)
    assert (desk.status, "larger than 5 MB" in desk.text) == (400, True)
    assert OnboardingJob.objects.count() == 0


def test_million_rows_are_said_to_be_too_many(portal: Portal, desk: Tab) -> None:
    upload(desk, b"username,email\n" + b"a,b\n" * 1_000_000)
    assert (desk.status, "more than 10000 rows" in desk.text) == (400, True)


def test_no_other_field_and_no_other_page_takes_a_file(portal: Portal, desk: Tab) -> None:
    good = table(names(1)).encode()
    desk.post(NEW, fields() | {"rows": SimpleUploadedFile("x.csv", good)})  # type: ignore[arg-type]
    assert (desk.status, "Choose a file" in desk.text) == (400, True)
    desk.post("/ops/", {"name": SimpleUploadedFile("name", b"somebody")})  # type: ignore[dict-item]
    assert desk.status == 400


def test_no_page_but_this_one_takes_a_file(portal: Portal) -> None:
    client, takers = staff("admins").client, set()
    # In this order signing out comes last.
    for path in sorted(path for path, (_, methods) in REVIEWED.items() if "POST" in methods):
        sent = client.post(path, fields() | {"file": SimpleUploadedFile("people.csv", b"username")})
        takers |= {path} if sent.wsgi_request.FILES else set()
    assert takers == {NEW}


def taken(**files: bytes) -> set[str]:
    request = RequestFactory().post(
        "/", {name: SimpleUploadedFile(name, data) for name, data in files.items()}
    )
    request.upload_handlers = [door.OneFile(request)]
    return set(request.FILES)


def test_door_is_open_for_one_field_alone() -> None:
    assert taken(file=b"a") == {"file"}
    assert taken(another=b"a") == set()
    assert taken(another=b"a", file=b"b") == {"file"}


def test_request_of_many_megabytes_is_not_read_to_its_end() -> None:
    one = door.OneFile(RequestFactory().post("/"))
    one.handle_raw_input(None, {}, door.MOST_DRAINED_BYTES + 1, b"")
    with pytest.raises(door.StopUpload):
        one.new_file(door.FIELD, "x.csv", "text/csv", None, None, None)
    assert one.is_too_big


def test_nobody_elses_file_is_read(portal: Portal) -> None:
    for tab, expected in ((Tab(new_client()), 200), (staff("auditors"), 403)):
        upload(tab, table(names(1)).encode())
        assert (tab.status, OnboardingJob.objects.count()) == (expected, 0)


def test_foreign_form_is_refused(portal: Portal) -> None:
    tab = staff("ops")
    tab.client.handler.enforce_csrf_checks = True
    upload(tab, table(names(1)).encode())
    assert (tab.status, OnboardingJob.objects.count()) == (403, 0)


def test_own_form_passes_the_same_check(portal: Portal) -> None:
    tab = staff("ops")
    tab.client.handler.enforce_csrf_checks = True
    tab.client.defaults["HTTP_ORIGIN"] = "https://localhost"
    tab.get(NEW)
    token = tab.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    upload(tab, table(names(1)).encode(), csrfmiddlewaretoken=token)
    assert OnboardingJob.objects.count() == 1


def act(tab: Tab, job: OnboardingJob, name: str, reason: str = "lunch break") -> Tab:
    tab.post(f"/ops/onboarding/{job.id}/act/", {"act": name, "reason": reason})
    return tab


def test_list_is_paused_resumed_and_cancelled(portal: Portal, desk: Tab) -> None:
    job = started(table(names(2)))
    for name, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert act(desk, job, name).status == 200
        assert again(job).state == state
    said = [(row["event"], row["step"]) for row in stored() if row["event"].startswith("ops.onboarding")][2:]
    assert said == [
        ("ops.onboarding_paused", "lunch break"),
        ("ops.onboarding_resumed", "lunch break"),
        ("ops.onboarding_cancelled", "lunch break"),
    ]


def test_reason_is_asked_for_and_names_nobody(portal: Portal, desk: Tab) -> None:
    job = started(table(people := names(1)))
    for reason in ("", f"because of {people[0]}"):
        assert act(desk, job, "pause", reason).status == 400
        assert f'value="{reason}"' in desk.text
    assert again(job).state == "running"


def test_button_of_a_page_that_is_out_of_date_does_nothing(portal: Portal, desk: Tab) -> None:
    job = started(table(names(1)))
    work()
    for name in ("start", "pause", "cancel", "discard"):
        act(desk, job, name)
        assert (desk.status, "Nothing was done" in desk.text) == (409, True)
    assert again(job).state == "finished"


def test_draft_is_discarded(portal: Portal, desk: Tab) -> None:
    paste(desk, table(names(1)))
    desk.post(f"{desk.path}act/", {"act": "discard"})
    assert (desk.path, OnboardingJob.objects.count()) == ("/ops/onboarding/", 0)


@pytest.mark.parametrize("path", ["no-such-list/", "0" * 32 + "/", "0" * 32 + "/rows/results/"])
def test_list_that_there_is_none_of_is_not_found(portal: Portal, desk: Tab, path: str) -> None:
    desk.get(f"/ops/onboarding/{path}")
    assert desk.status == 404


def test_act_and_file_that_there_are_none_of_are_not_found(portal: Portal, desk: Tab) -> None:
    job = started(table(names(1)))
    assert act(desk, job, "explode").status == 404
    desk.get(f"/ops/onboarding/{job.id}/rows/secrets/")
    assert desk.status == 404


def rows_of(tab: Tab, job: OnboardingJob, which: str) -> list[dict[str, str]]:
    tab.get(f"/ops/onboarding/{job.id}/rows/{which}/")
    assert tab.page and tab.page.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(tab.page.content.decode("utf-8-sig"), newline="")))


def test_broken_rows_are_taken_mended_and_sent_again(portal: Portal, desk: Tab) -> None:
    people = names(1)
    upload(desk, table(people, "broken,no-address,X", "formula,f@example.com,=1+1").encode())
    job = OnboardingJob.objects.get()
    found = rows_of(desk, job, "to-mend")
    assert [row["username"] for row in found] == ["broken", "formula"]
    assert found[1]["name"] == "'=1+1"
    assert all(row["problem"] for row in found)
    assert events()[-1] == "ops.onboarding_fetched"
    content = desk.page.content if desk.page else b""
    mended = content.replace(b"no-address", b"broken@example.com").replace(b"'=1+1", b"One")
    upload(desk, mended)
    assert "2 people would be invited." in desk.text
    assert "“problem”" in desk.text


def test_what_became_of_every_row_is_taken(portal: Portal, desk: Tab) -> None:
    job = started(table(names(1), "broken,no-address,X"))
    work()
    found = rows_of(desk, job, "results")
    assert [(row["row"], row["result"]) for row in found] == [("2", "Invited"), ("3", "Has a problem")]
    assert found[0]["sub"]


def test_addresses_are_masked_until_asked_for_and_the_asking_is_in_the_log(
    portal: Portal, desk: Tab, settings: Settings
) -> None:
    rows = "username,email\nmary@example.com,mary@example.com"
    paste(desk, rows)
    job = OnboardingJob.objects.get()
    assert "mary@example.com" not in desk.text
    assert "m•••@e•••" in desk.text
    desk.post(f"/ops/onboarding/{job.id}/in-clear/", {})
    assert "mary@example.com" in desk.text
    shown = [row for row in stored() if row["event"] == "ops.attributes_shown"]
    assert [(row["attempt_id"], row["step"]) for row in shown] == [(job.id, "onboarding")]


def test_auditor_reads_and_may_do_nothing(portal: Portal) -> None:
    job, tab = started(table(names(1))), staff("auditors")
    for path in ("", f"{job.id}/", f"{job.id}/rows/results/"):
        tab.get(f"/ops/onboarding/{path}")
        assert tab.status == 200
        assert "Cancel" not in tab.text
        assert "New list" not in tab.text
    assert act(tab, job, "cancel").status == 403
    tab.get(NEW)
    assert tab.status == 403


def test_rows_are_paged_and_chosen_by_what_became_of_them(portal: Portal, desk: Tab) -> None:
    paste(desk, table(names(60), "broken,no-address,X"))
    here = desk.path
    assert (desk.text.count("Not sent yet</span>"), "?after=51" in desk.text) == (50, True)
    desk.get(f"{here}?after=51")
    assert desk.text.count("Not sent yet</span>") == 10
    desk.get(f"{here}?show=problems")
    assert (desk.text.count("Not sent yet</span>"), "broken" in desk.text) == (0, True)
    for odd in ("?after=x", "?after=-1", "?after=99999999999999999999", "?show=<b>", "?after=²"):
        desk.get(here + odd)
        assert desk.status == 200


def test_lacking_right_is_named_on_the_page(portal: Portal, desk: Tab) -> None:
    job = started(table(names(1)))
    OnboardingJob.objects.update(state="paused", why="access_denied", lacking="cognito-idp:AdminCreateUser")
    desk.get(f"/ops/onboarding/{job.id}/")
    assert "cognito-idp:AdminCreateUser" in desk.text
    assert "Resume" in desk.text


def test_page_says_so_where_the_pools_settings_cannot_be_read(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "pool_settings", lambda: None)
    desk.get(NEW)
    assert "cognito-idp:DescribeUserPool" in desk.text


def test_values_of_a_file_never_become_markup(portal: Portal, desk: Tab) -> None:
    paste(desk, 'username,email,"<script>alert(1)</script>"\n<img>,<b>@example.com,x')
    text = desk.page.content.decode() if desk.page else ""
    assert "<script>alert" not in text
    assert "<img>" not in text
    assert states(OnboardingJob.objects.get()) == {"waiting": 1}
