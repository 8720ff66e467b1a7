"""Many accounts of the embedded Cognito in the index, and acts on them."""

import re
from collections import Counter
from datetime import UTC, datetime

from cognito_portal import clients
from cognito_portal.ops.bulk import running
from cognito_portal.ops.index import entries
from cognito_portal.ops.models import BulkAct, BulkActItem
from tests.audit.rows import stored
from tests.demo.conftest import Caller
from tests.signin.browsing import Tab

REASON = "INC-4711"


def people(api: Caller, count: int, *, confirmed: bool = True) -> list[str]:
    """Accounts that the index has, by username."""
    return [indexed(api.confirm() if confirmed else api.invite()) for _ in range(count)]


def indexed(username: str) -> str:
    """Have the index know this account as it is now."""
    entries.refresh(clients.cognito().admin_get_user(username=username))
    return username


def sub(username: str) -> str:
    return clients.cognito().admin_get_user(username=username).sub


def asked(desk: Tab, act: str, usernames: list[str]) -> Tab:
    """The page that says what will happen."""
    desk.post("/ops/bulk/new/", {"act": act, "scope": "chosen", "subs": ",".join(map(sub, usernames))})
    return desk


def begun(desk: Tab, act: str, usernames: list[str], *, reason: str = REASON) -> BulkAct:
    asked(desk, act, usernames)
    assert desk.status == 200
    confirm(desk, act, reason=reason)
    assert re.fullmatch(r"/ops/bulk/[0-9a-f]{32}/", desk.path)
    return BulkAct.objects.get(id=desk.path.split("/")[3])


def confirm(desk: Tab, act: str, *, reason: str = REASON) -> Tab:
    hidden = {name: value_of(desk, name) for name in ("subs", "form_id")}
    desk.post("/ops/bulk/new/", {"act": act, "step": "begin", "reason": reason, **hidden})
    return desk


def value_of(tab: Tab, name: str) -> str:
    return tab.text.partition(f'name="{name}" value="')[2].partition('"')[0]


def work(at: datetime | None = None) -> None:
    running.work(clock=lambda: at or datetime.now(UTC))


def states(job: BulkAct) -> dict[str, int]:
    return dict(Counter(BulkActItem.objects.filter(job_id=job.id).values_list("state", flat=True)))


def state(job: BulkAct) -> str:
    return BulkAct.objects.get(id=job.id).state


def is_enabled(api: Caller, username: str) -> bool:
    return bool(api.signed("AdminGetUser", Username=username).body["Enabled"])


def rows(job: BulkAct, event: str) -> list[tuple[str, str]]:
    """(phase, outcome) of the log's rows of a job."""
    return [
        (row["phase"], row["outcome"])
        for row in stored()
        if row["attempt_id"] == job.id and row["event"] == event
    ]
