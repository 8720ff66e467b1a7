import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from cognito_portal.audit import verifier
from cognito_portal.audit.exports import jobs, pages
from cognito_portal.audit.models import Export
from tests.audit.exports.made import objects, sheets
from tests.audit.rows import begun, noted, somebody, stored
from tests.audit.test_pages import client_of
from tests.databases import Database

URL = "/audit/exports/"


@pytest.fixture
def auditor(settings: Settings, tmp_path: Path, sqlite: Database) -> Client:
    settings.EXPORT_DIR = str(tmp_path / "exports")
    return client_of("auditors")


def ask(client: Client, kind: str = "ndjson", query: str = "begun=1", **more: str) -> Any:
    return client.post(URL, {"format": kind, "query": query, **more})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def last_row() -> tuple[str, str, str]:
    row = stored()[-1]
    return row["event"], row["outcome"], row["step"]


def made(client: Client, **more: str) -> str:
    """The address of an export that the worker has made."""
    place = ask(client, manifest="1", **more).headers["Location"]
    assert jobs.make_waiting() == 1
    return str(place)


def test_few_rows_come_at_once_as_a_file(auditor: Client) -> None:
    begun(somebody("Ann"))
    response = ask(auditor)
    export = Export.objects.get()
    assert response.headers["Content-Disposition"] == f'attachment; filename="audit-{export.id}.ndjson"'
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert [row["username"] for row in objects(body(response))] == ["Ann"]
    assert last_row() == ("audit.exported", "recorded", export.id)
    assert (export.state, export.rows, export.file) == ("done", 1, "")


def test_each_format_comes_at_once(auditor: Client) -> None:
    begun(somebody("=Ann"))
    assert b"'=Ann" in body(ask(auditor, "csv"))
    assert body(ask(auditor, "csv", bom="1")).startswith(b"\xef\xbb\xbftime,")
    assert "=Ann" in sheets(body(ask(auditor, "xlsx", bom="1")))[0][1]


def test_exactly_the_filter_goes_out(auditor: Client) -> None:
    begun(somebody("Ann"))
    noted(error_code="Rare")
    (row,) = objects(body(ask(auditor, query="error_code=Rare")))
    assert row["error_code"] == "Rare"


def test_its_own_row_stands_in_the_log_and_not_in_the_file(auditor: Client) -> None:
    noted()
    assert [row["event"] for row in objects(body(ask(auditor)))] == ["access.denied"]


def test_many_rows_are_made_by_the_worker_and_fetched_later(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    for _ in range(3):
        noted()
    place = ask(auditor, "csv").headers["Location"]
    waiting = auditor.get(place)
    assert waiting.context["export"]["state"] == "waiting"
    assert "<progress" in waiting.content.decode()
    jobs.make_waiting()
    page = auditor.get(place).content.decode()
    assert f"{place}file/" in page
    assert body(auditor.get(f"{place}file/")).count(b"\r\n") == 4
    assert last_row()[0] == "audit.export_fetched"


def test_a_fetch_is_written_down_before_anything_goes_out(auditor: Client) -> None:
    noted()
    place = made(auditor)
    export = Export.objects.get()
    for what, step in (("file", export.id), ("manifest", f"{export.id} manifest")):
        response = auditor.get(f"{place}{what}/")
        assert last_row() == ("audit.export_fetched", "recorded", step)
        assert body(response)
        assert "no-store" in response.headers["Cache-Control"]


def test_what_cannot_be_written_down_does_not_go_out(auditor: Client, settings: Settings) -> None:
    place = made(auditor)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_event")
    response = auditor.get(f"{place}file/")
    assert (response.status_code, response.streaming) == (503, False)


def test_downloads_verify_with_the_program_the_page_offers(auditor: Client, tmp_path: Path) -> None:
    begun(somebody("Ann"))
    place = made(auditor)
    page = auditor.get(place)
    script = auditor.get("/audit/verifier.py")
    assert script.headers["Content-Disposition"] == 'attachment; filename="verifier.py"'
    assert script.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert body(script) == Path(verifier.__file__).read_bytes()
    for what in ("file", "manifest"):
        (tmp_path / what).write_bytes(body(auditor.get(f"{place}{what}/")))
    keys = verifier.keys_of(page.context["public_keys"])
    assert verifier.verify(tmp_path / "file", tmp_path / "manifest", keys)


def test_cancelled_it_says_so(auditor: Client) -> None:
    place = ask(auditor, manifest="1").headers["Location"]
    page = auditor.post(f"{place}cancel/", follow=True)
    assert page.context["export"]["state"] == "cancelled"
    assert jobs.make_waiting() == 0
    assert auditor.get(f"{place}file/").headers["Location"] == place


def test_of_an_expired_file_the_page_says_so(auditor: Client) -> None:
    place = made(auditor)
    Export.objects.update(finished_at="2026-01-01T00:00:00Z")
    jobs.make_waiting()
    assert auditor.get(f"{place}file/").headers["Location"] == place
    assert "deleted after seven days" in auditor.get(place).content.decode()


def test_of_a_failed_one_the_page_says_why(auditor: Client) -> None:
    place = ask(auditor, manifest="1").headers["Location"]
    Export.objects.update(state="failed", problem="The file cannot be written: No space left on device.")
    assert "No space left on device" in auditor.get(place).content.decode()


def test_the_page_says_what_the_filter_is_and_what_others_exported(auditor: Client) -> None:
    body(ask(auditor, query="error_code=Rare"))
    page = auditor.get(f"{URL}?error_code=Rare")
    assert [str(chip.label) for chip in page.context["chips"]] == ["Cognito error"]
    assert [export["query"].partition("&")[0] for export in page.context["exports"]] != []
    assert 'name="query" value="error_code=Rare"' in page.content.decode()


@pytest.mark.parametrize("query", ["nobody=1", "since=2026-02-30", "event=no.such", "since=1&since=2"])
def test_a_filter_nobody_knows_is_a_sentence_400_and_a_row(auditor: Client, query: str) -> None:
    for response in (auditor.get(f"{URL}?{query}"), ask(auditor, query=query)):
        assert response.status_code == 400
        assert 'role="alert"' in response.content.decode()
        assert last_row()[:2] == ("audit.input_refused", "input_refused")
    assert not Export.objects.exists()


@pytest.mark.parametrize("kind", ["", "pdf", "CSV", "../csv"])
def test_a_format_nobody_knows_is_refused(auditor: Client, kind: str) -> None:
    assert ask(auditor, kind).status_code == 400
    assert not Export.objects.exists()


def test_an_export_that_is_none_is_refused_with_a_row(auditor: Client) -> None:
    unknown = "0" * 32
    for path in ("", "file/", "manifest/"):
        assert auditor.get(f"{URL}{unknown}/{path}").status_code == 403
        assert last_row() == ("audit.input_refused", "input_refused", unknown)
    for path in ("x/", "..%2f..%2fetc/", f"{unknown}0/file/"):
        assert auditor.get(f"{URL}{path}").status_code == 404


@pytest.mark.parametrize(("group", "status"), [("ops", 403), ("admins", 200), ("auditors", 200)])
def test_only_auditors_and_admins_export(auditor: Client, group: str, status: int) -> None:
    place = made(auditor)
    body(auditor.get(f"{place}file/"))
    client = auditor if group == "auditors" else client_of(group)
    assert client.get(URL).status_code == status
    assert ask(client).status_code == status
    for path in (place, f"{place}file/", f"{place}manifest/", "/audit/verifier.py"):
        assert client.get(path).status_code == status, path


def test_what_was_typed_stays_text_on_the_page(auditor: Client) -> None:
    nasty = "<script>alert(1)</script>"
    page = auditor.get(URL, {"person": nasty}).content.decode()
    assert nasty not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


def test_the_list_leads_to_the_export_of_what_it_shows(auditor: Client) -> None:
    noted(error_code="Rare")
    page = auditor.get("/audit/?error_code=Rare").content.decode()
    assert f'href="{URL}?error_code=Rare"' in page
