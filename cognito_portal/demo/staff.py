"""The staff of a demo, and a page that stands in for the authenticator apps on their phones."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from cognito_portal.demo import totp
from cognito_portal.demo.loopback import LoopbackHandler, LoopbackServer
from cognito_portal.demo.policy import new_password

GROUPS = {"helpdesk": "ops", "auditor": "auditors", "admin": "admins"}
"""Each member of staff with the group that gives the role."""
WITHOUT_APP = frozenset({"auditor"})
PASSWORD_LENGTH = 18
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Codes of the demo's staff</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5">
<style>body{{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}}
td,th{{text-align:start;padding:.25rem 1rem .25rem 0}}code{{font-size:1.25rem}}</style>
</head><body><main><h1>Codes of the demo's staff</h1>
<p>What the authenticator apps of these people would show. Each code signs in once; the next one comes in
{left} s, and is taken already.</p>
<table><tr><th>staff</th><th>now</th><th>next</th></tr>
{rows}</table></main></body></html>"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Staff:
    """One of the demo's staff. ``totp_secret`` is empty for those who have no authenticator app."""

    username: str
    group: str
    password: str = field(repr=False)
    totp_secret: str = field(default="", repr=False)

    def as_line(self) -> str:
        """What ``of_lines`` reads; it travels on standard input, never as an argument."""
        return json.dumps([self.username, self.group, self.password, self.totp_secret])


def invent() -> list[Staff]:
    """Return the staff of a new demo, with passwords and secrets of its own."""
    return [
        Staff(
            username=username,
            group=group,
            password=new_password(PASSWORD_LENGTH),
            totp_secret="" if username in WITHOUT_APP else totp.new_secret(),
        )
        for username, group in GROUPS.items()
    ]


def of_lines(lines: Sequence[str]) -> list[Staff]:
    """Return the staff that ``Staff.as_line`` wrote."""
    return [Staff(*json.loads(line)) for line in lines]


def codes_of(staff: Sequence[Staff], *, now: float) -> list[dict[str, str]]:
    """Return who has an app, with its code at ``now`` (epoch seconds) and the next one."""
    step = int(now // totp.STEP_S)
    return [
        {
            "staff": each.username,
            "now": totp.code_at_step(each.totp_secret, step),
            "next": totp.code_at_step(each.totp_secret, step + 1),
        }
        for each in staff
        if each.totp_secret
    ]


def page(staff: Sequence[Staff], *, now: float) -> str:
    """Return the page of these codes."""
    rows = "\n".join(
        f"<tr><td>{escape(each['staff'])}</td><td><code>{each['now']}</code></td>"
        f"<td><code>{each['next']}</code></td></tr>"
        for each in codes_of(staff, now=now)
    )
    return _PAGE.format(rows=rows, left=totp.STEP_S - int(now % totp.STEP_S))


def serve(staff: Sequence[Staff], *, host: str, port: int = 0) -> LoopbackServer:
    """Return a server for the codes, as a page and as JSON, bound and not yet started."""

    class Handler(LoopbackHandler):
        def do_GET(self) -> None:
            if not self.is_for_loopback():
                self._send(403, "text/plain; charset=utf-8", "This host is not served here.")
            elif self.path == "/":
                self._send(200, "text/html; charset=utf-8", page(staff, now=time.time()))
            elif self.path == "/codes.json":
                self._send(200, "application/json", json.dumps(codes_of(staff, now=time.time())))
            else:
                self._send(404, "text/plain; charset=utf-8", "Not found.")

        def _send(self, status: int, content_type: str, text: str) -> None:
            self.reply(status, {"Content-Type": content_type, **_HEADERS}, text.encode())

    return LoopbackServer(host, port, Handler)
