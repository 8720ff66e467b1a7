"""A list as CSV: the rows to mend, in the columns they came in, or what became of every row."""

from collections.abc import Iterator

from cognito_portal.audit.exports.cells import cell
from cognito_portal.ops.models import OnboardingJob
from cognito_portal.ops.onboarding.looking import lines, to_mend
from cognito_portal.ops.onboarding.words import ITEMS, problem_of

BYTE_ORDER_MARK = "\ufeff"
"""Without it some spreadsheets show accents wrongly; reading takes it off again."""


def rows_to_mend(job: OnboardingJob) -> Iterator[str]:
    """Lines of CSV that may be mended and uploaded again: `problem` is a column that is not sent."""
    columns = [str(name) for name in job.columns]
    yield BYTE_ORDER_MARK + _line([*columns, "problem"])
    for line in lines(job, to_mend(job)):
        yield _line([*(line.values.get(name, "") for name in columns), problem_of(line)])


def results(job: OnboardingJob) -> Iterator[str]:
    """Lines of CSV that say what became of each row."""
    columns = [str(name) for name in job.columns]
    yield BYTE_ORDER_MARK + _line(["row", *columns, "result", "problem", "sub"])
    for line in lines(job):
        values = (line.values.get(name, "") for name in columns)
        yield _line([str(line.number), *values, str(ITEMS[line.state][0]), problem_of(line), line.sub])


def _line(cells: list[str]) -> str:
    return ",".join(cell(each) for each in cells) + "\r\n"
