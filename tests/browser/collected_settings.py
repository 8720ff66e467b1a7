"""The settings of a site in production, with collected static files in a directory of the tests' own."""

import os
import sys
from pathlib import Path

from cognito_portal.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["COLLECTED_STATIC_ROOT"])
if "--bind" in sys.argv:
    # No proxy really speaks TLS here, so the browser names an origin that such a site would never have.
    port = sys.argv[sys.argv.index("--bind") + 1].rpartition(":")[2]
    CSRF_TRUSTED_ORIGINS = [f"http://localhost:{port}"]
