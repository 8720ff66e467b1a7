"""G13: a list of 1,000 people, sent by the worker's own code, against AdminCreateUser in a bare loop.

Both go to the same embedded Cognito over HTTP, which is most of the time; the list has two audit rows, two commits
and an encrypted row to read and change for each person besides. Wall time: Cognito is another party. The portal's
own limits are off. The rounds alternate, so that both meet pools of
like size.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django

PEOPLE = int(os.environ.get("G13_PEOPLE", "1000"))
ROUNDS = int(os.environ.get("G13_ROUNDS", "3"))


def run() -> dict[str, float]:
    """Print people a second both ways; return the list's rate over the bare loop's (more is better)."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.core.management import call_command

    from cognito_portal.demo.server import EmbeddedCognito
    from tests.databases import default_database

    with EmbeddedCognito(extra_users=0) as cognito, tempfile.TemporaryDirectory() as directory:
        _configure(cognito)
        with default_database(f"sqlite:///{Path(directory) / 'portal.sqlite3'}"):
            call_command("migrate", verbosity=0, skip_checks=True)
            rates = _rates({"bare loop": _bare, "cognito_portal": _list})
    print(f"\nG13 onboarding {PEOPLE} people on the embedded Cognito (people a second, median of {ROUNDS})")
    for name, rate in rates.items():
        print(f"  {name:<44}{rate:>10.1f}{rate / rates['bare loop']:>8.2f}")
    return {"g13_onboarding_vs_bare_loop": rates["cognito_portal"] / rates["bare loop"]}


def _configure(cognito: object) -> None:
    from django.conf import settings

    from cognito_portal import clients
    from cognito_portal.demo.server import EmbeddedCognito

    assert isinstance(cognito, EmbeddedCognito)
    os.environ["AWS_ACCESS_KEY_ID"] = cognito.access_key_id
    os.environ["AWS_SECRET_ACCESS_KEY"] = cognito.secret_access_key
    settings.AWS_REGION = cognito.region
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = cognito.endpoint
    settings.COGNITO_USER_POOL_ID = cognito.user_pool_id
    settings.COGNITO_CLIENT_ID = cognito.client_id
    settings.ONBOARDING_PER_SECOND, settings.ONBOARDING_MAILS_PER_DAY = 0.0, 0
    clients.forget()


def _rates(ways: dict[str, Callable[[str], None]]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            began = time.perf_counter()
            way(f"{name[:4]}{number}")
            taken[name].append(PEOPLE / (time.perf_counter() - began))
    return {name: statistics.median(rates) for name, rates in taken.items()}


def _bare(mark: str) -> None:
    from cognito_portal import clients

    for number in range(PEOPLE):
        name = f"{mark}-{number}"
        attributes = {"email": f"{name}@example.com", "name": "Some Body"}
        clients.cognito().admin_create_user(username=name, attributes=attributes, mediums=("EMAIL",))


def _list(mark: str) -> None:
    from cognito_portal import clients
    from cognito_portal.audit.record import By
    from cognito_portal.ops.models import OnboardingItem
    from cognito_portal.ops.onboarding import checking, running, steering

    rows = [f"{mark}-{number},{mark}-{number}@example.com,Some Body" for number in range(PEOPLE)]
    text, pool, now = "\n".join(["username,email,name", *rows]), clients.pool_settings(), datetime.now(UTC)
    by = By(actor="staff:1", address="", user_agent="")
    sheet = checking.check_table(text, pool=pool, medium="")
    job = checking.write_down(sheet, title="bench", pool=pool, existing=lambda names: set(), by=by, now=now)
    steering.start(job, by=by, now=now)
    running.work()
    done = OnboardingItem.objects.filter(job_id=job.id, state=OnboardingItem.State.DONE).count()
    if done != PEOPLE:
        raise RuntimeError(f"{done} of {PEOPLE} were invited")


if __name__ == "__main__":
    print(run())
