"""Why something of Cognito's cannot be shown, in one line."""

from django.utils.translation import gettext as _

from cognito_portal.cognito.errors import Cause, CognitoError, CognitoRefused


def action_of(error: CognitoError) -> str:
    """The IAM action that allows the operation that failed."""
    return f"cognito-idp:{error.operation}"


def trouble(error: CognitoError) -> str:
    """What stands in the place of what could not be read."""
    cause = error.meaning.cause
    if cause is Cause.ACCESS_DENIED:
        return _("The portal lacks the IAM action %(action)s.") % {"action": action_of(error)}
    if cause is Cause.NO_CREDENTIALS:
        return _("The portal has no AWS credentials; it needs the IAM action %(action)s.") % {
            "action": action_of(error)
        }
    if cause is Cause.NOT_AVAILABLE:
        return _("This user pool does not offer it in its tier or settings (%(action)s).") % {
            "action": action_of(error)
        }
    if isinstance(error, CognitoRefused):
        return _("Cognito refused to tell (%(code)s, %(action)s).") % {
            "code": error.code,
            "action": action_of(error),
        }
    return _("Cognito gave no usable answer just now. Open the page again in a moment.")
