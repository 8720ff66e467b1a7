"""A person's own sign-ins out of the audit log, and what to do where one was not theirs."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cognito_portal.account import flows, words
from cognito_portal.account.guards import GET, POST, account_page, leave
from cognito_portal.account.showing import show
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.audit import queries
from cognito_portal.audit.events import Outcome
from cognito_portal.browsers import browser_of

SHOWN_FOR = timedelta(days=90)
SHOWN = 30


@account_page(GET)
def activity(request: HttpRequest, visit: Visit) -> HttpResponse:
    """When, from where and with which browser somebody signed in, or tried to, under this person's names."""
    rows = queries.own_sign_ins(
        pool_id=visit.user.pool_id,
        sub=visit.user.sub,
        since=timezone.now() - SHOWN_FOR,
        limit=SHOWN,
    )
    context = {"sign_ins": [_shown(row, visit.user.attempt_id) for row in rows], "days": SHOWN_FOR.days}
    return show(request, visit, "account/activity.html", context, title=_("Recent sign-ins"))


@account_page(POST)
def not_me(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Somebody else was here: sign out everywhere, forget the remembered browsers, tell ops."""
    at_cognito = flows.sign_out_everywhere(visit, turn=posted_turn(request.POST) or 0, not_me=True)
    return leave(request, visit, notice="not_me_reported" if at_cognito else "not_me_reported_here")


def _shown(row: queries.Row, own_attempt_id: str) -> dict[str, Any]:
    return {
        "time": row.time,
        "address": row.address,
        "browser": browser_of(row.user_agent),
        "words": words.SIGN_INS.get(row.outcome, words.NOT_SIGNED_IN),
        "is_success": row.outcome == Outcome.SUCCESS,
        "is_this_one": row.attempt_id == own_attempt_id and row.outcome == Outcome.SUCCESS,
    }
