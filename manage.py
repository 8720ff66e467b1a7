#!/usr/bin/env python
"""Django's command line for Cognito Portal."""

import os
import sys

from django.core.management import execute_from_command_line

SERVERS = {"runserver"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cognito_portal.settings")
    # A command may wait for the database; a person behind a web page may not (decision D7).
    if len(sys.argv) > 1 and sys.argv[1] not in SERVERS:
        os.environ.setdefault("DATABASE_WAIT_SECONDS", "20")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
