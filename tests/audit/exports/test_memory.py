"""An export of 100,000 rows takes no more memory than one of a few."""

import json
import os
import subprocess
import sys

import pytest

from tests.audit.many import fill
from tests.databases import Database, environment_for
from tests.live import ROOT

ROWS = 100_000
MOST_BYTES = 16 * 1024 * 1024
SCRIPT = """
import json, resource, sys
import django
django.setup()
from cognito_portal.audit.exports.formats import Form, Format, chunks
from cognito_portal.audit.exports.selection import Facts, select
from cognito_portal.audit.filters import Filter

def export(kind, filter_):
    facts = Facts()
    for chunk in chunks(select(filter_), Form(format=Format(kind)), facts):
        pass
    return facts.rows

def highest():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

few = Filter(begun=True, attempt_id=sys.argv[2])
export(sys.argv[1], few)
before = highest()
rows = export(sys.argv[1], Filter(begun=True))
print(json.dumps({"rows": rows, "grown": highest() - before}))
"""


@pytest.mark.timeout(600)
def test_memory_does_not_grow_with_the_rows(sqlite: Database) -> None:
    fill(ROWS, people=20_000)
    grown = {kind: growth(sqlite, kind) for kind in ("csv", "ndjson", "xlsx")}
    assert max(grown.values()) <= MOST_BYTES, grown


def growth(sqlite: Database, kind: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind, "none"],
        cwd=ROOT,
        env={**os.environ, **environment_for(sqlite), "DATABASE_WAIT_SECONDS": "20"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["rows"] == ROWS
    return int(said["grown"])
