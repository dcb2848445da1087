"""How often a car's deliveries come, and whether they have stopped.

A car that stands in a garage has nothing to tell for days; one that is driven
daily and falls silent has lost its webhook. The clock is passed in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..records import Record
from ..times import past

# Before a car's rhythm is known, and never less than this.
SHORTEST_SILENCE: Final = timedelta(hours=24)
# Longer than any holiday is worth waiting for.
LONGEST_SILENCE: Final = timedelta(days=7)
# What a longest pause fades to in a day. A drive brings deliveries by the dozen,
# so they must not count: a car driven at weekends would be unlearnt by Monday.
FADING: Final = 0.97


@dataclass(slots=True)
class DeliveryRhythm(Record):
    """The latest delivery, and the longest pause that was normal of late."""

    latest: datetime | None = None
    pause: timedelta = timedelta()

    def note(self, now: datetime) -> None:
        """Take in a delivery."""
        gap = max(now - self.latest, timedelta()) if self.latest else timedelta()
        faded = self.pause * FADING ** (gap / timedelta(days=1))
        self.pause = min(max(gap, faded), LONGEST_SILENCE)
        self.latest = now

    def clamp_times(self, now: datetime) -> None:
        """Count a delivery that a wrong clock has noted ahead of now as now."""
        self.latest = past(self.latest, now)

    @property
    def patience(self) -> timedelta:
        """Return how long a silence says nothing yet: twice the usual pause."""
        return min(max(2 * self.pause, SHORTEST_SILENCE), LONGEST_SILENCE)

    def is_flowing(self, now: datetime) -> bool:
        """Return whether deliveries come as often as usual."""
        return self.latest is not None and now - self.latest <= self.patience
