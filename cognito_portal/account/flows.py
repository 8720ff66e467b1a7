"""What a signed-in person can do with their own account."""

from django.contrib.sessions.backends.base import SessionBase

from cognito_portal import identity
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.identity import CognitoUser
from cognito_portal.signin.flow import outcome_of

# Signing out is the last turn of its attempt, and is taken once like the others.
SIGN_OUT_TURN = -1


def sign_out(client: CognitoClient, session: SessionBase, user: CognitoUser, by: record.By) -> None:
    """End this session here, and at Cognito by RevokeToken.

    The session here ends whatever Cognito answers; the audit log holds the answer. Raises
    `record.AuditUnavailable`, and then the session here goes on.
    """
    try:
        call = _begin(user, by)
    except record.AlreadyTaken:
        # The other request of a double click revokes; this one only leaves.
        session.flush()
        return
    outcome, error = _revoke(client, identity.refresh_token(session, user))
    with record.write_transaction():
        record.end(
            call,
            outcome=outcome,
            error_code=error.code if error else "",
            request_id=(error and error.request_id) or "",
        )
        session.delete()
    # Only now: where the row could not be written, the person keeps the cookie to try again with.
    session.flush()


def _begin(user: CognitoUser, by: record.By) -> record.Call:
    return record.begin(
        event=Event.ACCOUNT_SIGNED_OUT,
        step="RevokeToken",
        attempt_id=user.attempt_id,
        turn=SIGN_OUT_TURN,
        person=identity.person_of(user),
        client_id=user.client_id,
        by=by,
    )


def _revoke(client: CognitoClient, refresh_token: str | None) -> tuple[Outcome, CognitoError | None]:
    if refresh_token is None:
        return Outcome.SUCCESS, None
    try:
        client.revoke_token(refresh_token=refresh_token)
    except CognitoError as error:
        return outcome_of(error), error
    return Outcome.SUCCESS, None
