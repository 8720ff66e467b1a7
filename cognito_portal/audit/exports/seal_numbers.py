"""Which seals the rows of an export stand under, in a form that does not grow with the export."""

from collections.abc import Iterator


class SealNumbers:
    """A set of numbers that come nearly in order, kept as runs without a gap."""

    def __init__(self) -> None:
        self._runs: list[list[int]] = []

    def add(self, number: int) -> None:
        last = self._runs[-1] if self._runs else None
        if last is not None and last[0] <= number <= last[1] + 1:
            last[1] = max(last[1], number)
        else:
            self._runs.append([number, number])

    def __bool__(self) -> bool:
        return bool(self._runs)

    def runs(self) -> Iterator[tuple[int, int]]:
        """(first, last) of each run, in their order, with a gap between each two."""
        self._runs.sort()
        start, end = 0, -1
        for first, last in self._runs:
            if end < start or first > end + 1:
                if end >= start:
                    yield start, end
                start, end = first, last
            else:
                end = max(end, last)
        if end >= start:
            yield start, end
