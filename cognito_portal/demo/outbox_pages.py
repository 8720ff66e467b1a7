"""The outbox as a page and as JSON, read only, on a loopback port of its own."""

import json
from html import escape

from cognito_portal.demo.loopback import LoopbackHandler, LoopbackServer
from cognito_portal.demo.outbox import Message, Outbox

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Outbox of the embedded Cognito</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}}
article{{border-top:1px solid #888;padding:.75rem 0}}h2{{font-size:1rem;margin:0}}p{{margin:.25rem 0}}</style>
</head><body><main><h1>Outbox</h1>
<p>What a real pool would have sent, newest first: <a href="/">all</a>, <a href="/codes">codes without
invitations</a>, <a href="/messages.json">JSON</a>.</p>
{messages}</main></body></html>"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def serve(outbox: Outbox, *, host: str, port: int = 0) -> LoopbackServer:
    """Return a server for the outbox, bound and not yet started."""

    class Handler(LoopbackHandler):
        def do_GET(self) -> None:
            if not self.is_for_loopback():
                self._send(403, "text/plain; charset=utf-8", "This host is not served here.")
            elif self.path == "/":
                self._send(200, "text/html; charset=utf-8", page(outbox.messages()))
            elif self.path == "/codes":
                self._send(200, "text/html; charset=utf-8", page(outbox.codes()))
            elif self.path == "/messages.json":
                self._send(200, "application/json", json.dumps(outbox.as_json()))
            else:
                self._send(404, "text/plain; charset=utf-8", "Not found.")

        def _send(self, status: int, content_type: str, text: str) -> None:
            self.reply(status, {"Content-Type": content_type, **_HEADERS}, text.encode())

    return LoopbackServer(host, port, Handler)


def page(messages: list[Message]) -> str:
    """Return the page of these messages."""
    return _PAGE.format(messages="\n".join(map(_article, messages)) or "<p>Nothing has been sent yet.</p>")


def _article(message: Message) -> str:
    return (
        f"<article><h2>{escape(message.subject)}</h2>"
        f"<p>{escape(message.medium)} to {escape(message.to)} at {escape(message.at)}"
        f" ({escape(message.kind)}, {escape(message.username)})</p><p>{escape(message.body)}</p></article>"
    )
