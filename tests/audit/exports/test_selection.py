"""Which rows an export takes, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest

from cognito_portal.audit.exports.selection import batches, select
from tests.audit.exports.made import EVERYTHING
from tests.audit.rows import noted

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_every_batch_comes_in_the_order_of_writing() -> None:
    for number in range(10):
        noted(step=str(number), now=NOW - timedelta(seconds=number))
    found = [[step for (step,) in batch] for batch in batches(select(EVERYTHING), "e.step", size=4)]
    assert found == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9"]]


def test_it_ends_at_what_stood_there_when_it_began() -> None:
    noted(step="1")
    selection = select(EVERYTHING)
    noted(step="2")
    assert [*batches(selection, "e.step")] == [[("1",)]]
