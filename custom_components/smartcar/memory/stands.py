"""Stands without charging, found by levels that are told while the car stood.

It stood between two reports of the same odometer. What is told of the level after
the last of them may be of the next drive.
"""

from dataclasses import dataclass, field
from typing import Final

from ..records import Record
from .charges import ONE_LOOK
from .entries import Stand
from .sessions import Told

# Shorter stands tell nothing in whole percents (seconds).
SHORTEST: Final = 12 * 3600


@dataclass(slots=True)
class StandFinder(Record):
    """Finds stands; `closed` are those that no later point can change."""

    # The level at the first and last report of the stand, and where it was lowest.
    first: Told | None = None
    last: Told | None = None
    lowest: Told | None = None
    # The newest level, and when the odometer was told.
    level: Told | None = None
    looked_at: int | None = None
    closed: list[Stand] = field(default_factory=list)

    def see_level(self, at: int, level: float) -> None:
        """Take the battery's level in percent."""
        self.level = Told(at, level)
        if self.looked_at is not None and at - self.looked_at <= ONE_LOOK:
            self._take(self.level)

    def see_odometer(self, at: int, *, has_moved: bool) -> None:
        """Note whether the car has moved since the odometer was told before."""
        level = self.level
        if has_moved:
            self._end(self.last)
            if level is not None and at - level.at > ONE_LOOK:
                level = None
        self.looked_at = at
        if level is not None:
            self._take(level)

    def see_charging(self) -> None:
        """Note that the car charges, or did so since the level was lowest."""
        self._end(self.lowest)
        self.level = None

    def _take(self, level: Told) -> None:
        """Count a level that was told while the car stood."""
        self.first, self.last = self.first or level, level
        if self.lowest is None or level.value <= self.lowest.value:
            self.lowest = level

    def _end(self, end: Told | None) -> None:
        """End the stand, at a report of the level."""
        first = self.first
        if (
            first is not None
            and end is not None
            and end.at - first.at >= SHORTEST
            and end.value <= first.value
        ):
            self.closed.append(Stand(first.at, end.at, first.value, end.value))
        self.first = self.last = self.lowest = None
