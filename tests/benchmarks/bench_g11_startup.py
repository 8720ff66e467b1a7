"""G11: `manage.py check` and the import of the WSGI application, against an empty project with the same apps.

Wall and CPU time go together here, since nothing waits; CPU time of the child process is what is compared.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import ROUNDS, print_table

ROOT = Path(__file__).resolve().parent.parent.parent
EMPTY_PROJECT = """
import os, sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x" * 60,
    ROOT_URLCONF="empty_urls",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.staticfiles", "csp"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.middleware.clickjacking.XFrameOptionsMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    STATIC_URL="/static/",
)
"""
CHECK = "from django.core.management import execute_from_command_line as run; run(['manage.py', 'check'])"
SERVE = "from django.core.wsgi import get_wsgi_application as get; get()"
OURS = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'cognito_portal.settings'; "


def run() -> dict[str, float]:
    """Print the table and return the ratios of G11."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "empty_urls.py").write_text("urlpatterns = []\n")
        ways = {
            "empty project: check": EMPTY_PROJECT + CHECK,
            "cognito_portal: check": OURS + CHECK,
            "empty project: WSGI application": EMPTY_PROJECT + SERVE,
            "cognito_portal: WSGI application": OURS + SERVE,
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, code in ways.items():
                taken[name].append(_process_us(code, folder))
    costs = {name: statistics.median(each) for name, each in taken.items()}
    print_table("G11 start-up, a process each", costs, baseline="empty project: check")
    return {
        "g11_check_vs_empty_project": costs["cognito_portal: check"] / costs["empty project: check"],
        "g11_wsgi_vs_empty_project": costs["cognito_portal: WSGI application"]
        / costs["empty project: WSGI application"],
    }


def _process_us(code: str, folder: str) -> float:
    environment = os.environ | {
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "DEBUG": "1",
        "AWS_REGION": "eu-west-1",
        "COGNITO_USER_POOL_ID": "eu-west-1_StandIn01",
        "COGNITO_CLIENT_ID": "1example23456789",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6


if __name__ == "__main__":
    run()
