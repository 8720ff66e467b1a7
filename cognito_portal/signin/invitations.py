"""Requests for a new invitation: an audit event that ops will see (decision D10)."""

from cognito_portal import throttle
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.signin.attempt import new_attempt_id
from cognito_portal.signin.flow import Walk


def request_invitation(walk: Walk, *, username: str) -> None:
    """Write down that somebody asks for a new invitation, whether the name exists or not.

    Raises `throttle.Throttled` and `record.AuditUnavailable`.
    """
    request = throttle.admit(
        event=Event.SIGNIN_INVITATION_REQUESTED,
        step="invitation",
        attempt_id=new_attempt_id(),
        turn=0,
        person=record.Person(pool_id=walk.client.pool_id, typed=username),
        client_id=walk.client.client_id,
        by=walk.by,
    )
    record.end(request, outcome=Outcome.RECORDED)
