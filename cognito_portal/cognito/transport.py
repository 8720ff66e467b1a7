"""The one way out: POST to Cognito's JSON API (and GET of its key set) within hard limits.

Only this module knows headers, timeouts, retries and how an error looks on the wire. It never logs a body.
"""

import json
import logging
import random
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException, LineTooLong, RemoteDisconnected
from time import monotonic, sleep
from typing import Any, Protocol

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Timeout, create_urllib3_context

from cognito_portal.cognito import deadline, strict_json
from cognito_portal.cognito.connections import POOL_CLASSES, Exchange, current
from cognito_portal.cognito.errors import Cause, CognitoRefused, CognitoUnavailable, error_for

logger = logging.getLogger(__name__)

TARGET_PREFIX = "AWSCognitoIdentityProviderService"
CONTENT_TYPE = "application/x-amz-json-1.1"
POOL_SIZE = 128

# Sent again once, and only when no byte of the first try went out. No other call to sign in is repeated.
SENT_AGAIN_IF_UNSENT = frozenset({"InitiateAuth"})
# Reading twice does no harm: the first try and up to three more, after a random wait.
READ_ONLY = frozenset(
    {
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "GetUserPoolMfaConfig",
        "GetUser",
        "ListDevices",
        "ListWebAuthnCredentials",
        "AdminGetUser",
        "ListUsers",
        "ListGroups",
        "AdminListGroupsForUser",
        "AdminListDevices",
        "AdminListUserAuthEvents",
    }
)
READ_RETRIES = 3
BACKOFF_S = 0.2

_REQUEST_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)
_CODE = re.compile(r"[A-Za-z][\w.]{0,127}", re.ASCII)
_NO_RETRY = Retry(False, redirect=False)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for one connect, one wait for data, and one whole call with its retries.

    Where the call is one of several of one act (`deadline.one_act`), that one's end comes first.
    """

    connect_s: float = 2.0
    read_s: float = 5.0
    total_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A 2xx answer. `duration_ms` covers the whole call."""

    payload: dict[str, Any]
    request_id: str | None
    status: int
    duration_ms: float

    def __repr__(self) -> str:
        return f"<Reply {self.status} request_id={self.request_id}>"


class RequestSigner(Protocol):
    """Gives the headers that prove a request: see `signing.AwsSigner`."""

    def headers_for(self, *, url: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]: ...


class _Adapter(HTTPAdapter):
    """Sends by a pool that is looked up once, and answers with the body already read, up to the cap.

    The stock adapter parses the URL, builds a pool key and fills a cookie jar for every request; a client
    that speaks to one host needs none of it, and must not share cookies between people.
    """

    def __init__(self, *, ca_file: str | None, proxies: Mapping[str, str], body_cap_bytes: int) -> None:
        # One context for all connections: reading the CA bundle is the dearest part of a handshake.
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_verify_locations(cafile=ca_file or certifi.where())
        self._tls: dict[str, Any] = {"ssl_context": context, "cert_reqs": "CERT_REQUIRED"}
        self._proxies = dict(proxies)
        self._body_cap_bytes = body_cap_bytes
        self._pools: dict[str, tuple[HTTPConnectionPool, str]] = {}
        super().__init__(pool_connections=4, pool_maxsize=POOL_SIZE)

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        pool, path = self._pool_for(request)
        exchange = current.exchange
        raw = pool.urlopen(
            request.method or "POST",
            path,
            body=request.body,
            headers=request.headers,
            retries=_NO_RETRY,
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(connect=exchange.connect_s, read=exchange.read_s),
            preload_content=False,
            decode_content=False,
        )
        response = requests.Response()
        response.status_code = raw.status
        response.headers = raw.headers  # type: ignore[assignment]  # as blind to case as requests' own
        response.request = request
        response._content = _read_capped(raw, self._body_cap_bytes)
        return response

    def _pool_for(self, request: requests.PreparedRequest) -> tuple[HTTPConnectionPool, str]:
        url = request.url or ""
        try:
            return self._pools[url]
        except KeyError:
            proxy = select_proxy(url, self._proxies)
            manager = self.proxy_manager_for(proxy, **self._tls) if proxy else self.poolmanager
            pool = manager.connection_from_url(url)
            return self._pools.setdefault(url, (pool, self.request_url(request, self._proxies)))

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._tls)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOL_CLASSES
        return manager


class _Garbage(Exception):
    """The answer is none that Cognito gives."""


def _read_capped(raw: BaseHTTPResponse, cap_bytes: int) -> bytes:
    whole = False
    try:
        if 300 <= raw.status < 400:
            raise _Garbage("redirect")
        if raw.headers.get("content-encoding", "identity") != "identity":
            raise _Garbage("compressed")
        body = raw.read(cap_bytes + 1)
        if len(body) > cap_bytes:
            raise _Garbage("too long")
        if raw.length_remaining:
            raise ProtocolError("cut short")
        whole = True
        return body
    finally:
        if not whole:
            raw.close()
        raw.release_conn()


class Transport:
    """Calls Cognito over one pooled `requests.Session`, shared by all threads of a process.

    Nothing of the environment is obeyed (no proxies, netrc or CA variables); TLS is always verified, by
    `ca_file` if given. Build it after a server has forked its workers: they must not share sockets.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        proxies: Mapping[str, str] | None = None,
        ca_file: str | None = None,
        timeouts: Timeouts = Timeouts(),
        body_cap_bytes: int = 262_144,
        user_agent: str = "cognito-portal",
        session: requests.Session | None = None,
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._timeouts = timeouts
        self._session = session or requests.Session()
        self._session.trust_env = False
        adapter = _Adapter(ca_file=ca_file, proxies=proxies or {}, body_cap_bytes=body_cap_bytes)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._headers = {
            "Accept-Encoding": "identity",
            "User-Agent": user_agent,
            "Content-Type": CONTENT_TYPE,
        }
        self._url = self.endpoint + "/"

    def call(
        self,
        operation: str,
        payload: Mapping[str, Any],
        *,
        signer: RequestSigner | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:
        """Send one operation and return its answer.

        Raises `CognitoRefused` for Cognito's errors, `CognitoUnavailable` where there is no usable answer.
        """
        started = monotonic()
        limits = timeouts or self._timeouts
        body = json.dumps(payload).encode("ascii")
        tries = 0
        while True:
            exchange = self._exchange(limits, started)
            try:
                response = self._send(self._signed(operation, body, signer), operation, exchange)
                reply = _reply(response, operation, started)
            except (CognitoUnavailable, CognitoRefused) as error:
                _log(operation, error.code, error.request_id, started)
                wait_s = _wait_before_retry(operation, error, tries)
                if wait_s is None or monotonic() + wait_s >= exchange.deadline:
                    raise
                sleep(wait_s)
                tries += 1
            else:
                _log(operation, reply.status, reply.request_id, started)
                return reply

    def get_json(self, url: str, *, timeouts: Timeouts | None = None) -> dict[str, Any]:
        """Return the JSON object at `url` (the pool's key set), under the limits of a call or those given.

        Raises `CognitoUnavailable`.
        """
        exchange = self._exchange(timeouts or self._timeouts, monotonic())
        response = self._send(_prepared("GET", url, b"", self._headers), "GET", exchange)
        if response.status_code != 200:
            raise CognitoUnavailable("garbage", operation="GET")
        return _reply(response, "GET", monotonic()).payload

    def _exchange(self, limits: Timeouts, started: float) -> Exchange:
        ends_at = min(started + limits.total_s, deadline.ends_at())
        return Exchange(connect_s=limits.connect_s, read_s=limits.read_s, deadline=ends_at)

    def _signed(self, operation: str, body: bytes, signer: RequestSigner | None) -> requests.PreparedRequest:
        target = {"X-Amz-Target": f"{TARGET_PREFIX}.{operation}"}
        headers = {**self._headers, **target}
        if signer is not None:
            headers.update(signer.headers_for(url=self._url, body=body, headers=target))
        return _prepared("POST", self._url, body, headers)

    def _send(
        self, prepared: requests.PreparedRequest, operation: str, exchange: Exchange
    ) -> requests.Response:
        current.exchange = exchange
        try:
            # A connection that is kept open would not ask before the request is out.
            exchange.left(exchange.read_s)
            return self._session.send(prepared, allow_redirects=False, proxies={}, stream=True)
        except (HTTPError, HTTPException, OSError) as error:
            kind = _kind_of(error, sent=exchange.sent)
        except _Garbage:
            kind = "garbage"
        # Raised here, outside the handlers: the cause would show the URL and, in some, the request.
        raise CognitoUnavailable(kind, operation=operation)


def _prepared(method: str, url: str, body: bytes, headers: dict[str, str]) -> requests.PreparedRequest:
    """Return a request that needs none of the checks and encodings of `requests.Request.prepare`.

    urllib3 adds Content-Length.
    """
    prepared = requests.PreparedRequest()
    prepared.method = method
    prepared.url = url
    prepared.body = body or None
    prepared.headers = headers  # type: ignore[assignment]  # a plain dict: it is only ever read
    return prepared


def _kind_of(error: BaseException, *, sent: bool) -> str:
    chain = list(_chain(error))
    if not sent:
        cut_off = any(isinstance(link, ssl.SSLEOFError | ssl.SSLZeroReturnError) for link in chain)
        return "tls" if not cut_off and any(isinstance(link, ssl.SSLError) for link in chain) else "not_sent"
    for link in chain:
        if isinstance(link, BadStatusLine | LineTooLong) and not isinstance(link, RemoteDisconnected):
            return "garbage"
    return "unknown"


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        link = pending.pop()
        if isinstance(link, BaseException) and link not in links:
            links.append(link)
            # urllib3 keeps the cause among the arguments of its ProtocolError and SSLError.
            pending.extend((*link.args, link.__cause__, link.__context__))
    return links


def _wait_before_retry(
    operation: str, error: CognitoUnavailable | CognitoRefused, tries: int
) -> float | None:
    """Return the seconds to wait before the same call is sent again, or None where it must not be."""
    if operation in SENT_AGAIN_IF_UNSENT:
        again = tries == 0 and isinstance(error, CognitoUnavailable) and error.kind == "not_sent"
        return 0.0 if again else None
    if operation not in READ_ONLY or tries == READ_RETRIES:
        return None
    passing = (
        error.meaning.cause is Cause.THROTTLED
        if isinstance(error, CognitoRefused)
        else error.kind in ("not_sent", "unknown", "server_error")
    )
    return random.uniform(0, BACKOFF_S * 2**tries) if passing else None  # noqa: S311 (spreads load only)


def _reply(response: requests.Response, operation: str, started: float) -> Reply:
    status = response.status_code
    request_id = _matching(_REQUEST_ID, response.headers.get("x-amzn-requestid", ""))
    body = response.content
    if status >= 400:
        raise _refusal(response, body, operation, request_id)
    if not 200 <= status < 300:
        raise CognitoUnavailable("garbage", operation=operation, request_id=request_id)
    try:
        payload = strict_json.loads(body) if body else {}
    except ValueError:
        payload = None
    if payload is None:
        raise CognitoUnavailable("garbage", operation=operation, request_id=request_id)
    return Reply(payload, request_id, status, (monotonic() - started) * 1000)


def _refusal(
    response: requests.Response, body: bytes, operation: str, request_id: str | None
) -> CognitoRefused | CognitoUnavailable:
    """Read an error as botocore's parser does, with the headers as the second source."""
    try:
        payload = strict_json.loads(body)
    except ValueError:
        payload = {"message": body.decode("utf-8", "replace")}
    headers = response.headers
    code = _code(payload.get("__type")) or _code(headers.get("x-amzn-errortype"))
    message = payload.get("message") or payload.get("Message") or headers.get("x-amzn-errormessage") or ""
    return error_for(
        code or str(response.status_code),
        message if isinstance(message, str) else "",
        status=response.status_code,
        operation=operation,
        request_id=request_id,
    )


def _code(raw: object) -> str | None:
    """Return `Foo` of `Foo`, `Foo:http://...` and `com.amazonaws#Foo`."""
    if not isinstance(raw, str):
        return None
    return _matching(_CODE, raw.split(":", 1)[0].rsplit("#", 1)[-1].strip())


def _matching(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _log(operation: str, outcome: object, request_id: str | None, started: float) -> None:
    milliseconds = (monotonic() - started) * 1000
    logger.info("%s %s request_id=%s ms=%.1f", operation, outcome, request_id, milliseconds)
