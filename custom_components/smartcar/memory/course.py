"""How far the diary has come: up to what has settled, and from there to the tip.

Late news goes back to the nearest of some marks; all others are read once.
"""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Final

from ..records import Record
from .diary import Diary, Found
from .journal import Journal
from .points import Point

# Points between two marks to which late news goes back.
MARK_EVERY: Final = 256


class Course:
    """Reads a journal; `base` is the diary of what has settled, `tip` of all.

    Capacities are of the battery in kWh, times in seconds since 1970.
    """

    def __init__(self, journal: Journal, base: Diary) -> None:
        """Begin with what was kept; nothing of the journal is read yet."""
        self.journal = journal
        self.base = base
        self.tip = Diary()
        # From index 0 on: how far the diary was at each mark.
        self._marks: list[tuple[int, Diary]] = []
        self._read = 0

    def add(self, points: Iterable[Point], now: int, capacity: float | None) -> bool:
        """Take in points, in any order; return whether any was new."""
        first = self.journal.add(points, now)
        if first is None:
            return False
        if first < self._read:
            self._go_back(first)
        self._go_on(capacity)
        return True

    def _go_back(self, first: int) -> None:
        """Forget what was made of points from an index on."""
        while self._marks and self._marks[-1][0] > first:
            self._marks.pop()
        if self._marks:
            self._read, mark = self._marks[-1]
        else:
            self._read, mark = 0, self.base
        self.tip = copied(mark)

    def _go_on(self, capacity: float | None) -> None:
        """Read the points that were not read yet."""
        points, tip = self.journal.points, self.tip
        for index in range(self._read, len(points)):
            if index % MARK_EVERY == 0 and index > self._read:
                self._marks.append((index, copied(tip)))
            tip.see(points[index], capacity)
        self._read = len(points)

    def settle(
        self, now: int, capacity: float | None, keep: Callable[[Found], None]
    ) -> bool:
        """Hand what is old enough to `keep`; return whether anything settled."""
        if not (out := self.journal.settle(now)):
            return False
        self._read -= len(out)
        self._marks = [
            (index - len(out), mark) for index, mark in self._marks if index > len(out)
        ]
        for point in out:
            self.base.see(point, capacity)
            # After each, so that what is final does not depend on how many settle.
            if self.base.is_done:
                found = self.base.hand_over()
                keep(found)
                for diary in (self.tip, *(mark for _, mark in self._marks)):
                    diary.forget(found)
        return True

    def begin_again(self, capacity: float | None) -> None:
        """Read all points that have not settled."""
        self._marks, self._read, self.tip = [], 0, copied(self.base)
        self._go_on(capacity)


def copied[Kind: Record](record: Kind) -> Kind:
    """Return a record that can go on by itself; what its lists hold never changes."""
    new = copy(record)
    names: Iterable[str] = record.__slots__
    for name in names:
        value = getattr(record, name)
        if isinstance(value, list):
            setattr(new, name, value.copy())
        elif isinstance(value, Record):
            setattr(new, name, copied(value))
    return new
