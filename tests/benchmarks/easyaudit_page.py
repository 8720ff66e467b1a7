"""`python -m tests.benchmarks.easyaudit_page NAME`: what Django admin's pages of easy-audit's LoginEvent cost.

It runs on the database of a log (DATABASE_URL), in a process of its own: its project is another one. The events
are the log's rows: same people, addresses and moments. NAME is searched for. Prints one JSON object of seconds.
"""

import json
import os
import sys
import time
from collections.abc import Callable

import django

_SAME_ROWS = """
INSERT INTO easyaudit_loginevent (login_type, username, user_id, remote_ip, datetime)
SELECT CASE e.outcome WHEN 'success' THEN 0 ELSE 2 END, COALESCE(p.typed, ''), NULL, e.address, e.time
FROM audit_event e LEFT JOIN audit_person p ON p.commitment = e.person_commitment ORDER BY e.id
"""


def main(name: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.easyaudit_settings"
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    call_command("migrate", verbosity=0, skip_checks=True)
    with connection.cursor() as cursor:
        cursor.execute(_SAME_ROWS)
        cursor.execute("ANALYZE")
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.create_superuser("easyaudit-admin"))
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter

    def seconds(query: str) -> float:
        return _seconds(clock, lambda: browser.get(f"/admin/easyaudit/loginevent/{query}").status_code)

    seconds("?id__exact=1")  # so that nothing is read or compiled for the first time
    print(json.dumps({"latest": seconds(""), "part of a name": seconds(f"?q={name}")}))


def _seconds(clock: Callable[[], float], act: Callable[[], int]) -> float:
    began = clock()
    status = act()
    if status != 200:
        raise AssertionError(f"{status} of Django admin")
    return clock() - began


if __name__ == "__main__":
    main(sys.argv[1])
