"""What a state machine reads in the audit log, and the secrets that must be nowhere but with Cognito."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.http import HttpResponse

from tests.signin.stub import Received, StubCognito

Row = dict[str, Any]
# A time, and bytes that are random: anything may stand in them.
_UNSPOKEN = frozenset({"time", "mac", "address_packed"})
_SECRET_FIELDS = frozenset({"password", "new_password", "credential"})
_SECRET_RESPONSES = frozenset({"PASSWORD", "NEW_PASSWORD", "CREDENTIAL", "PASSWORD_CLAIM_SIGNATURE"})
_IN_BODIES = ("Session", "AccessToken", "RefreshToken", "Token", "Password", "ClientSecret")
_CODE = re.compile(r"(?<![0-9A-Za-z])\d{6}(?![0-9A-Za-z])")


def newest_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM audit_event")
        return int(cursor.fetchone()[0])


def rows_after(row_id: int) -> list[Row]:
    """The rows written since, as the database holds them, each with the names it speaks of."""
    sql = (
        "SELECT e.*, p.typed, p.canonical, p.sub, p.account FROM audit_event e"
        " LEFT JOIN audit_person p ON p.commitment = e.person_commitment WHERE e.id > %s ORDER BY e.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [row_id])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def last_turn(attempt_id: str) -> int:
    """The last turn of this attempt that a call was begun for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(turn), -1) FROM audit_event WHERE attempt_id = %s", [attempt_id])
        return int(cursor.fetchone()[0])


class Secrets:
    """Everything secret that was typed, sent or given out in one sequence."""

    def __init__(self, stub: StubCognito) -> None:
        self._stub = stub
        self._texts: set[str] = set()
        self._codes: set[str] = set()
        self._shown_once: set[str] = set()

    def learn(self, fields: dict[str, str], calls: Iterable[Received]) -> None:
        self._texts |= {value for name, value in fields.items() if name in _SECRET_FIELDS}
        self._codes |= {value for name, value in fields.items() if name == "code"}
        for call in calls:
            given = call.body.get("ChallengeResponses") or call.body.get("AuthParameters") or {}
            self._texts |= {str(given[name]) for name in _SECRET_RESPONSES & given.keys()}
            self._texts |= {str(call.body[name]) for name in _IN_BODIES if call.body.get(name)}
            self._texts.add(call.session)
        self._texts |= self._stub.access_tokens.keys()
        self._texts |= {family.refresh_token for family in self._stub.families}
        for user in self._stub.users.values():
            self._texts.add(user.answer)
            self._codes |= {*user.codes.values()}
            self._shown_once |= {user.totp_secret, user.pending.get("totp", "")}
        # A text too short to be anybody's secret would be found anywhere; a column holds a long one cut short.
        self._texts = {end for text in self._texts if len(text) > 7 for end in (text[:60], text[-60:])}

    def judge(self, rows: Iterable[Row], response: Any, session: dict[str, Any]) -> None:
        """No row, page, address or readable part of a session holds one of them."""
        log = "\n".join(str(value) for row in rows for name, value in row.items() if name not in _UNSPOKEN)
        assert "eyJ" not in log
        self._judge_text(log, self._texts | self._shown_once)
        addresses = [address for address, _ in response.redirect_chain]
        self._judge_text("\n".join([*addresses, response.request["QUERY_STRING"]]), self._texts)
        self._judge_text("\n".join(_texts_of(session)), self._texts | self._shown_once)
        self._judge_page(response)

    def _judge_page(self, response: HttpResponse) -> None:
        self._judge_text(response.content.decode(), self._texts)

    def _judge_text(self, text: str, secrets: set[str]) -> None:
        assert not [secret for secret in secrets if secret and secret in text]
        assert not self._codes & set(_CODE.findall(text))


def _texts_of(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts_of(each)
    elif isinstance(value, str):
        yield value
