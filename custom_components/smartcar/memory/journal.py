"""The points of the last 48 hours, in any order of arrival.

A point counts once, however often it comes. What is older than 48 hours has
settled: it is taken out, oldest first, and news from before it is counted and
left out. So what has settled never depends on the order of arrival.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ..records import Record
from .points import Point

# Seconds for which late news is taken in.
LATEST: Final = 48 * 3600
# What settles does so every six hours: it costs a look at all points.
SETTLES_EVERY: Final = 6 * 3600
# Beyond that, the oldest settle early: 9 signals a minute for a day.
MAX_POINTS: Final = 12_000

NEVER: Final = Point(-1, 0, 0)


def horizon(now: int) -> int:
    """Return up to when (seconds) news is too late; the same for six hours."""
    return (now - LATEST) // SETTLES_EVERY * SETTLES_EVERY


@dataclass(slots=True)
class Journal(Record):
    """Points in the order of their times; those up to `settled` are out.

    `late` counts points that came too late.
    """

    points: list[Point] = field(default_factory=list)
    settled: Point = NEVER
    late: int = 0

    def add(self, points: Iterable[Point], now: int) -> int | None:
        """Take points in; return the index of the first new one, if there is any.

        `now`: seconds since 1970. A time ahead of it counts as now.
        """
        first: int | None = None
        oldest, known = horizon(now), self.points
        for told in points:
            point = told if told.at <= now else told._replace(at=now)
            if point <= self.settled or point.at <= oldest:
                self.late += point != self.settled
                continue
            at = len(known)
            if known and point <= known[-1]:
                at = bisect_left(known, point)
                if known[at] == point:
                    continue
            known.insert(at, point)
            first = at if first is None else min(first, at)
        return first

    def settle(self, now: int) -> list[Point]:
        """Take out what news can no longer change, in order."""
        if not self.points or (
            self.points[0].at > horizon(now) and len(self.points) <= MAX_POINTS
        ):
            return []
        end = bisect_right(self.points, horizon(now), key=lambda point: point.at)
        if len(self.points) > MAX_POINTS:
            end = max(end, len(self.points) - MAX_POINTS * 3 // 4)
        out = self.points[:end]
        del self.points[:end]
        self.settled = out[-1]
        return out
