"""Charts as shapes: what a template writes into SVG.

Widths are per cent of the picture, so that it is as wide as its place and its letters stay as large as all others;
heights are pixels. Nothing here is a style: the content security policy allows none beside the style sheet's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from cognito_portal.audit.insight.charts import Bucket
from cognito_portal.audit.insight.results import Result

TOP, PLOT_HEIGHT = 20, 160
BASELINE = TOP + PLOT_HEIGHT
BAR_SHARE = 0.8
LEAST_HEIGHT = 1.5
ROW_HEIGHT = 48


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle. `x` and `width` are per cent, `y` and `height` pixels."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of sign-ins over time: its layers, and the whole of its place, to be clicked on."""

    bucket: Bucket
    place: Rect
    layers: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the picture with its number."""

    y: int
    label_y: int
    value: int


@dataclass(frozen=True, slots=True)
class Row:
    """One bar that lies, below its label. `width` and `second`, what goes on behind it, are per cent."""

    top: int
    label_y: int
    bar_y: int
    width: str
    second: str


def columns(buckets: Sequence[Bucket]) -> list[Column]:
    """The bars that stand, from the first to the last."""
    top = ceiling(buckets)
    each = 100 / max(len(buckets), 1)
    return [_column(bucket, number * each, each, top) for number, bucket in enumerate(buckets)]


def _column(bucket: Bucket, x: float, each: float, top: int) -> Column:
    left, width = _number(x + each * (1 - BAR_SHARE) / 2), _number(each * BAR_SHARE)
    layers, y = [], float(BASELINE)
    for result in Result:
        if acts := bucket.acts[result]:
            height = max(acts / top * PLOT_HEIGHT, LEAST_HEIGHT)
            y -= height
            layers.append(Rect(result.value, left, _number(y), width, _number(height)))
    place = Rect("place", _number(x), str(TOP), _number(each), str(PLOT_HEIGHT))
    return Column(bucket, place, tuple(layers))


def ceiling(buckets: Sequence[Bucket]) -> int:
    """A round number that no bar exceeds."""
    most = max((bucket.total for bucket in buckets), default=0)
    if most <= 4:
        return 4
    magnitude = int("1" + "0" * (len(str(most)) - 1))
    return next(step * magnitude for step in (1, 2, 4, 6, 8, 10) if step * magnitude >= most)


def lines(top: int) -> list[Line]:
    """The lines at the top, the middle and the bottom."""
    ends = ((TOP, top), (TOP + PLOT_HEIGHT // 2, ceil(top / 2)), (BASELINE, 0))
    return [Line(y, y - 6, value) for y, value in ends]


def rows(values: Sequence[tuple[int, int]]) -> list[Row]:
    """Bars that lie, each for a number and another one behind it, as shares of the longest."""
    most = max((first + second for first, second in values), default=0) or 1
    tops = (number * ROW_HEIGHT for number in range(len(values)))
    return [
        Row(top, top + 16, top + 24, _share(first, most), _share(second, most))
        for top, (first, second) in zip(tops, values, strict=True)
    ]


def _share(value: int, most: int) -> str:
    return _number(max(100 * value / most, 0.5) if value else 0)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
