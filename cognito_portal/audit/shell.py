"""Who acts in a management command, as the audit log names them."""

import getpass

from cognito_portal.audit.record import By


def operator() -> By:
    """Whoever runs the command, by the name of their account on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return By(actor=f"shell:{name}", address="", user_agent="")
