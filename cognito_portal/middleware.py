"""The site's own middleware: what failures become, TLS, headers, and no uploads."""

from collections.abc import Callable
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from cognito_portal import failures
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.cognito import deadline
from cognito_portal.cognito.errors import CognitoError

GetResponse = Callable[[HttpRequest], HttpResponseBase]
HANDLED_BY_DJANGO = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)
STORE_FAILURES = (AuditUnavailable, DatabaseError, InterfaceError)
NEVER_STORED = "max-age=0, no-cache, no-store, must-revalidate, private"
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class OneActMiddleware:
    """Has a request wait for Cognito no longer than for one call, however many calls it makes (decision D7)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with deadline.one_act():
            return self.get_response(request)


class FailuresMiddleware:
    """Turns every exception of a view into a page of ours, in debug mode as well."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == 404:
            # Django would show its table of URLs here.
            return failures.not_found(request)
        if response.status_code == 405:
            return failures.method_not_allowed(request, allow=response.headers.get("Allow", ""))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, SessionInterrupted | UpdateError):
            return failures.session_interrupted(request)
        if isinstance(error, HANDLED_BY_DJANGO):
            return None
        reference = failures.record_failure(request, error)
        if isinstance(error, (*STORE_FAILURES, CognitoError)):
            return failures.unavailable(request, reference=reference)
        return failures.server_error(request, reference=reference)


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, with pages of ours where the session row cannot be saved."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            return failures.session_interrupted(request)
        except STORE_FAILURES as error:
            return failures.unavailable(request, reference=failures.record_failure(request, error))


class ResponseHeadersMiddleware:
    """`no-store` on every dynamic answer that does not say otherwise, the content security policy, and the
    headers Django lacks.

    The site has one policy for all pages. django-csp's own middleware would build it anew, twice, for every
    answer; here it is built once, when the site starts.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.headers = {
            "Content-Security-Policy": build_policy(),
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS_POLICY,
            "Cache-Control": NEVER_STORED,
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class RequireTlsMiddleware:
    """Outside debug mode only TLS is served.

    A GET is sent to https; anything else is refused, because a redirect would have the browser send the
    password a second time, after it crossed the network in clear once (ASVS 4.1.2).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.DEBUG or request.is_secure():
            return self.get_response(request)
        if request.method in ("GET", "HEAD"):
            return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
        return HttpResponse(
            _("This site is served over https only."), status=403, content_type="text/plain; charset=utf-8"
        )


class RefuseUploads(FileUploadHandler):
    """No page takes a file: whatever is uploaded is skipped."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None
