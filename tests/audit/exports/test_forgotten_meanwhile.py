"""Somebody is forgotten while a file about them is made: their name stands neither in the export nor beside it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cognito_portal.audit import verifier
from cognito_portal.audit.exports import jobs, manifest
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.models import Export
from tests.audit.exports.made import public_key
from tests.audit.exports.test_jobs import asked, directory
from tests.audit.test_forgetting import forgotten, signed_in
from tests.audit.test_redacting import id_of

__all__ = ["directory"]


def forget_before(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
    """Have newhire forgotten when this is called for the first time, before it does its work."""
    really: Callable[..., object] = getattr(where, name)
    waiting = ["newhire"]

    def first_forget(*given: object, **more: object) -> object:
        if waiting:
            forgotten(waiting.pop())
        return really(*given, **more)

    monkeypatch.setattr(where, name, first_forget)


@pytest.mark.parametrize(
    ("where", "name"), [(jobs, "chunks"), (manifest, "signing_key"), (manifest, "write"), (jobs._Beat, "end")]
)
def test_manifest_of_a_file_begun_before_names_nobody(
    directory: Path, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    signed_in("newhire", "newhire", "sub-1")
    person_id = id_of("newhire")
    export = asked(filter_=Filter(person="newhire"))
    forget_before(monkeypatch, where, name)
    assert jobs.make_waiting() == 1
    export.refresh_from_db()
    file = directory / export.file
    beside = directory / f"{export.file}.manifest.json"
    assert "newhire" not in beside.read_text()
    said = json.loads(beside.read_text())["statement"]["filter"]
    assert (export.state, said, export.query) == (Export.State.DONE, f"person={person_id}", said)
    assert verifier.verify(file, beside, verifier.keys_of([public_key()]))
