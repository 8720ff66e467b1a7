"""The site's middleware where no walk is needed to see it."""

import pytest
from csp.utils import build_policy
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpResponse
from django.test import RequestFactory

from cognito_portal.middleware import FailuresMiddleware, ResponseHeadersMiddleware
from tests.audit.rows import shown
from tests.databases import Database


def answered(response: HttpResponse) -> HttpResponse:
    """A response after it has passed ResponseHeadersMiddleware."""
    passed = ResponseHeadersMiddleware(lambda request: response)(RequestFactory().get("/"))
    assert isinstance(passed, HttpResponse)
    return passed


@pytest.mark.parametrize("error", [SessionInterrupted(), UpdateError()])
def test_session_that_was_ended_meanwhile_is_a_409_with_a_row(error: Exception, sqlite: Database) -> None:
    page = FailuresMiddleware(lambda request: HttpResponse()).process_exception(
        RequestFactory().post("/staff/sign-in/"), error
    )
    assert page is not None
    assert page.status_code == 409
    assert [row.event for row in shown()] == ["signin.out_of_order"]


def test_answer_carries_the_policy_of_the_settings() -> None:
    directives = set(answered(HttpResponse()).headers["Content-Security-Policy"].split("; "))
    assert directives == set(build_policy().split("; "))
    assert "default-src 'none'" in directives


def test_answer_is_never_stored() -> None:
    assert "no-store" in answered(HttpResponse()).headers["Cache-Control"]


def test_answer_that_may_be_stored_stays_so() -> None:
    kept = answered(HttpResponse(headers={"Cache-Control": "public, max-age=60"}))
    assert kept.headers["Cache-Control"] == "public, max-age=60"
