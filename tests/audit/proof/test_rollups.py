import pytest

from cognito_portal.audit import rollups
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import AuditEvent, AuditRollup
from cognito_portal.audit.proof import seals
from tests.audit.proof.logs import in_an_hour, write_rows
from tests.audit.rows import noted

pytestmark = pytest.mark.usefixtures("database")


def cells() -> dict[rollups.Cell, int]:
    return {
        (cell.grain, cell.start, cell.event, cell.outcome, cell.error_code, cell.client_id): cell.acts
        for cell in AuditRollup.objects.all()
    }


def recounted() -> dict[rollups.Cell, int]:
    names = ("time", "phase", "event", "outcome", "error_code", "client_id")
    return rollups.counts_of(rollups.Act(**row) for row in AuditEvent.objects.values(*names))


def test_roll_ups_equal_a_recount_after_every_seal() -> None:
    for number in range(3):
        write_rows(20)
        noted(event=Event.PORTAL_FAILED, outcome=Outcome.ERROR, now=in_an_hour())
        noted(error_code=f"code-{number}")
        seals.seal_pending()
        assert cells() == recounted()


def test_begin_rows_are_not_counted() -> None:
    write_rows(30)
    seals.seal_pending()
    acts = AuditEvent.objects.exclude(phase="begin").count()
    for grain in AuditRollup.Grain:
        assert sum(cell.acts for cell in AuditRollup.objects.filter(grain=grain)) == acts
    assert acts < AuditEvent.objects.count()


def test_rows_that_are_not_sealed_are_not_counted_yet() -> None:
    noted()
    assert cells() == {}


def test_cells_begin_on_the_hour_and_the_day_in_utc() -> None:
    noted()
    seals.seal_pending()
    for cell in AuditRollup.objects.all():
        assert cell.start.utcoffset() is not None
        assert (cell.start.minute, cell.start.second, cell.start.microsecond) == (0, 0, 0)
        assert cell.grain == "hour" or cell.start.hour == 0
