"""The front: Cognito's JSON API over HTTP, and which part answers which operation."""

import json
import logging
import re
from typing import Any

from cognito_portal.demo import model, signature
from cognito_portal.demo.administration import Administration
from cognito_portal.demo.device_operations import DeviceOperations
from cognito_portal.demo.devices import Devices
from cognito_portal.demo.enrolment import Enrolment
from cognito_portal.demo.factors import Factors
from cognito_portal.demo.loopback import LoopbackHandler, LoopbackServer
from cognito_portal.demo.profile import Profile
from cognito_portal.demo.recovery import Recovery
from cognito_portal.demo.renewal import Renewal
from cognito_portal.demo.selfservice import SelfService
from cognito_portal.demo.signin import SignIn
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.webauthn import WebAuthn
from cognito_portal.demo.wire import (
    CONTENT_TYPE,
    TARGET_PREFIX,
    Body,
    CognitoError,
    Headers,
    Reply,
    refusal,
    success,
)

logger = logging.getLogger(__name__)

LONGEST_BODY = 256 * 1024
_PUBLIC_DOCUMENT = re.compile(r"/[\w-]+_[0-9A-Za-z]+/\.well-known/(?:jwks\.json|openid-configuration)")


class Front:
    """Answers one operation. What no part takes goes to the emulator, if Cognito has such an operation."""

    def __init__(self, state: State, *, access_key_id: str, secret_access_key: str, region: str) -> None:
        self._state = state
        self._key = {"access_key_id": access_key_id, "secret_access_key": secret_access_key, "region": region}
        devices, passkeys = Devices(state), WebAuthn(state)
        renewal = Renewal(state, devices)
        factors = Factors(state, renewal, devices)
        self._handlers: dict[str, Handler] = {
            **SignIn(state, factors, renewal, passkeys, devices).operations(),
            **Enrolment(state).operations(),
            **renewal.operations(),
            **Recovery(state).operations(),
            **Administration(state).operations(),
            **SelfService(state, passkeys).operations(),
            **Profile(state).operations(),
            **passkeys.operations(),
            **DeviceOperations(state).operations(),
        }

    def answer(self, headers: Headers, content: bytes) -> Reply:
        """Return the reply to one POST; never raises."""
        try:
            return success(self._call(headers, content))
        except CognitoError as error:
            return refusal(error)
        except Exception:
            logger.exception("the embedded Cognito failed")
            return refusal(CognitoError("InternalErrorException", "Something went wrong.", status=500))

    def document(self, path: str) -> tuple[int, bytes]:
        """Return status and content of a pool's key set or discovery document."""
        if not _PUBLIC_DOCUMENT.fullmatch(path):
            return 404, b"{}"
        return self._state.upstream.get(path)

    def _call(self, headers: Headers, content: bytes) -> Body:
        operation = _operation(headers)
        if model.is_signed(operation):
            signature.check(headers, content, **self._key)
        body = _parse(content)
        model.validate(operation, body)
        if model.is_signed(operation):
            body = self._state.directory.with_canonical_name(body)
        handler = self._handlers.get(operation)
        if handler is not None:
            return handler(body)
        if model.is_signed(operation):
            return self._state.upstream.signed(operation, body)
        return self._state.upstream.unsigned(operation, body)


def _operation(headers: Headers) -> str:
    content_type = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    prefix, operation = (headers.get("X-Amz-Target") or "").rpartition(".")[::2]
    # A page in a browser cannot send this content type to another origin without asking first.
    if content_type != CONTENT_TYPE or prefix + "." != TARGET_PREFIX or operation not in model.operations():
        raise CognitoError("UnknownOperationException", "Unknown operation.")
    return operation


def _parse(content: bytes) -> Body:
    try:
        body = json.loads(content)
    except ValueError:
        raise CognitoError("SerializationException", "The request is not valid JSON.") from None
    if not isinstance(body, dict):
        raise CognitoError("SerializationException", "The request is not a JSON object.")
    return body


def serve(front: Front, *, host: str, port: int) -> LoopbackServer:
    """Return a server for the front, bound and not yet started; port 0 takes a free one."""

    class Handler(LoopbackHandler):
        def do_POST(self) -> None:
            self._send(self._answer())

        def do_GET(self) -> None:
            if not self.is_for_loopback():
                self._send(_not_for_us())
                return
            status, content = front.document(self.path)
            self.reply(status, {"Content-Type": "application/json"}, content)

        def _answer(self) -> Reply:
            length = _content_length(self.headers)
            if length is None:
                self.close_connection = True
                return refusal(CognitoError("RequestEntityTooLargeException", "Too long.", status=413))
            content = self.rfile.read(length)
            if not self.is_for_loopback():
                return _not_for_us()
            if self.path != "/":
                return refusal(CognitoError("UnknownOperationException", "Unknown operation.", status=404))
            return front.answer(self.headers, content)

        def _send(self, reply: Reply) -> None:
            self.reply(reply.status, reply.headers, reply.content)

    return LoopbackServer(host, port, Handler)


def _content_length(headers: Any) -> int | None:
    """Return the body's length; None when it is absent, no number, or over the limit."""
    text = headers.get("Content-Length") or ""
    if not text.isascii() or not text.isdigit() or int(text) > LONGEST_BODY:
        return None
    return int(text)


def _not_for_us() -> Reply:
    return refusal(CognitoError("ForbiddenException", "This host is not served here.", status=403))
