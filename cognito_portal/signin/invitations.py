"""Requests for a new invitation: an audit event that ops will see (decision D10)."""

from datetime import timedelta

from django.utils import timezone

from cognito_portal import throttle
from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.signin.attempt import new_attempt_id
from cognito_portal.signin.walk import Walk

# One open request per person: to ask again within a day adds nothing to it.
OPEN_FOR = timedelta(days=1)


def request_invitation(walk: Walk, *, username: str) -> None:
    """Write down that somebody asks for a new invitation, whether the name exists or not.

    Raises `throttle.Throttled` and `record.AuditUnavailable`.
    """
    since = timezone.now() - OPEN_FOR
    event = Event.SIGNIN_INVITATION_REQUESTED
    if queries.has_open_request(event=event, pool_id=walk.client.pool_id, typed=username, since=since):
        return
    request = throttle.admit(
        event=event,
        step="invitation",
        attempt_id=new_attempt_id(),
        turn=0,
        person=record.Person(pool_id=walk.client.pool_id, typed=username),
        client_id=walk.client.client_id,
        by=walk.by,
    )
    record.end(request, outcome=Outcome.RECORDED)
