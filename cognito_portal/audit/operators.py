"""Who runs a command, as the log names them."""

import getpass

from cognito_portal.audit.record import By


def operator() -> By:
    """Whoever runs this process, by the name of their account on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return By(actor=f"shell:{name}", address="", user_agent="")
