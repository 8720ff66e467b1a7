"""What became of a call to Cognito, in the audit log's words."""

from cognito_portal.audit.events import Outcome
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable


def outcome_of(error: CognitoError) -> Outcome:
    """The audit log's word for an error: the kind of a missing answer, else the cause of a refusal."""
    if isinstance(error, CognitoUnavailable):
        return Outcome(error.kind)
    return Outcome(error.meaning.cause.value)
