"""Filling LoginEvent out of a log of ours, and the wall time of its first page in the admin.

Each function is called in a process that has set up no Django yet.
"""

import os
import statistics
import time

import django

PAGE = "/admin/easyaudit/loginevent/"
MOST_CALLS, ENOUGH_S = 5, 30.0
_COLUMNS = "login_type, username, remote_ip, datetime"
_ROWS = """
SELECT CASE WHEN e.outcome = 'success' THEN 0 ELSE 2 END, COALESCE(p.typed, ''), e.address, e.time
FROM {log}audit_event e LEFT JOIN {log}audit_person p ON p.commitment = e.person_commitment
"""


def fill(url: str, log_url: str) -> None:
    """Have the database hold a LoginEvent for each row of the log: the same person, address and time."""
    _set_up(url)
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, skip_checks=True)
    User.objects.create_superuser("root")
    if connection.vendor == "sqlite":
        _from_sqlite(log_url)
    else:
        _from_postgresql(url, log_url)


def _from_sqlite(log_url: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ATTACH %s AS log", [log_url.removeprefix("sqlite:///")])
        cursor.execute(f"INSERT INTO easyaudit_loginevent ({_COLUMNS}) {_ROWS.format(log='log.')}")
        cursor.execute("ANALYZE easyaudit_loginevent")


def _from_postgresql(url: str, log_url: str) -> None:
    import psycopg

    rows = f"COPY ({_ROWS.format(log='')}) TO STDOUT"
    with psycopg.connect(log_url) as log, psycopg.connect(url, autocommit=True) as mine:
        with (
            log.cursor().copy(rows) as copied,
            mine.cursor().copy(f"COPY easyaudit_loginevent ({_COLUMNS}) FROM STDIN") as copy,
        ):
            for data in copied:
                copy.write(data)
        mine.execute("VACUUM ANALYZE easyaudit_loginevent")


def wall_us(url: str) -> float:
    """The median of a few calls after a first one, or of fewer where they take long."""
    _set_up(url)
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client()
    browser.force_login(User.objects.get(username="root"))
    taken: list[float] = []
    while len(taken) <= MOST_CALLS and sum(taken) < ENOUGH_S:
        began = time.perf_counter()
        answer = browser.get(PAGE)
        taken.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise AssertionError(f"{answer.status_code} for {PAGE}")
    return statistics.median(taken[1:] or taken) * 1e6


def _set_up(url: str) -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.benchmarks.easy_audit.settings", DATABASE_URL=url)
    django.setup()
