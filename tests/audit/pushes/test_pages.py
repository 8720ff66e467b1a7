from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from cognito_portal.access import Role
from cognito_portal.audit.models import Push
from tests.audit.pushes.receiver import Receiver
from tests.audit.rows import stored
from tests.databases import Database
from tests.signin.browsing import TlsClient

HOOK = "https://siem.example.com/hook"


def staff(role: Role) -> Client:
    user = User.objects.create_user(role.value)
    user.groups.add(Group.objects.get(name=role.value))
    client = TlsClient()
    client.force_login(user)
    return client


@pytest.fixture
def admin(sqlite: Database) -> Iterator[Client]:
    yield staff(Role.ADMINS)


def add(admin: Client, target: str = HOOK, **more: object) -> Push:
    assert admin.post("/audit/pushes/add/", {"target": target, **more}).status_code == 201
    return Push.objects.get(target=target)


def test_the_secret_is_shown_once_and_stored_encrypted(admin: Client) -> None:
    page = admin.post("/audit/pushes/add/", {"target": HOOK, "events": ["signin.started"]})
    secret = page.context["secret"]
    assert secret in page.text
    push = Push.objects.get()
    assert secret not in str(vars(push))
    assert push.events == "signin.started"
    for path in ("/audit/pushes/", f"/audit/pushes/{push.pk}/"):
        shown = admin.get(path)
        assert shown.status_code == 200
        assert secret not in shown.text


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("", "Type the address."),
        ("http://siem.example.com/hook", "must begin with https://"),
        ("http://127.0.0.1:8000/", "must begin with https://"),
        ("https://user:pass@siem.example.com/", "Leave user and password out"),
        ("https://", "Type the whole address"),
        ("https://[", "Type the whole address"),
        ("javascript:alert(1)", "Type the whole address"),
        ("https://siem.example.com/" + "x" * 500, "at most 500 characters"),
    ],
)
def test_a_bad_address_is_kept_and_explained(admin: Client, target: str, words: str) -> None:
    page = admin.post("/audit/pushes/add/", {"target": target})
    assert page.status_code == 400
    assert words in page.text
    assert not Push.objects.exists()
    assert stored()[-1]["event"] == "audit.input_refused"


def test_the_same_address_is_not_added_twice(admin: Client) -> None:
    add(admin)
    page = admin.post("/audit/pushes/add/", {"target": HOOK})
    assert (page.status_code, Push.objects.count()) == (400, 1)


@pytest.mark.parametrize(("act", "is_active"), [("pause", False), ("resume", True)])
def test_a_webhook_is_paused_and_resumed(admin: Client, act: str, is_active: bool) -> None:
    push = add(admin)
    admin.post(f"/audit/pushes/{push.pk}/act/", {"act": act})
    push.refresh_from_db()
    assert push.is_active is is_active


def test_a_removed_webhook_is_gone(admin: Client) -> None:
    push = add(admin)
    admin.post(f"/audit/pushes/{push.pk}/act/", {"act": "remove"})
    assert not Push.objects.exists()
    assert admin.get(f"/audit/pushes/{push.pk}/").status_code == 404


def test_every_act_is_written_down_before_it_takes_effect(admin: Client) -> None:
    push = add(admin)
    for act in ("pause", "resume", "remove"):
        admin.post(f"/audit/pushes/{push.pk}/act/", {"act": act})
    steps = [row["step"] for row in stored() if row["event"] == "audit.push_changed"]
    assert steps == [f"{act} {push.pk}" for act in ("add", "pause", "resume", "remove")]


def test_an_act_that_nobody_knows_is_not_found(admin: Client) -> None:
    push = add(admin)
    assert admin.post(f"/audit/pushes/{push.pk}/act/", {"act": "explode"}).status_code == 404


def test_a_test_goes_out_at_once_and_stands_among_the_deliveries(admin: Client, settings: Settings) -> None:
    settings.DEBUG = True
    with Receiver() as receiver:
        push = add(admin, receiver.url)
        admin.post(f"/audit/pushes/{push.pk}/act/", {"act": "test"})
        assert b'"rows":[]' in receiver.got[0].body
    assert "HTTP 200" in admin.get(f"/audit/pushes/{push.pk}/").text


def test_an_auditor_sees_webhooks_and_changes_none(sqlite: Database) -> None:
    push = add(staff(Role.ADMINS))
    auditor = staff(Role.AUDITORS)
    for path in ("/audit/pushes/", f"/audit/pushes/{push.pk}/"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert "Only an admin" in page.text
        assert "<button" not in page.text.partition("<main")[2]
    for path in ("/audit/pushes/add/", f"/audit/pushes/{push.pk}/act/"):
        assert auditor.post(path, {"target": HOOK + "2", "act": "remove"}).status_code == 403
    assert Push.objects.get() == push


def test_ops_see_no_webhooks(sqlite: Database) -> None:
    assert staff(Role.OPS).get("/audit/pushes/").status_code == 403
