"""The two times of the simulator: real time for stamps, life time for the cars."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import override

DAY_SECONDS = 86_400
"""Length of a life day in life seconds."""

MORNING = 7 * 3600
"""Life second of the day at which a simulated life begins: seven o'clock."""


class Clock:
    """Real time, and beside it a life that runs ``speed`` times faster.

    Life seconds are counted from midnight of the first life day, so
    ``life() % 86400`` is the time of day in the cars' life.
    """

    def __init__(self, speed: float = 1.0, *, starts_at: float = MORNING) -> None:
        """Start now; ``starts_at`` is the life second of this moment."""
        self.speed = speed
        self._starts_at = starts_at
        self.started = self.now()
        """Real time at which this life began."""

    def now(self) -> datetime:
        """Return the aware UTC time that every stamp shows."""
        return datetime.now(UTC)

    def life_at(self, when: datetime) -> float:
        """Return the life second at a real time."""
        return self._starts_at + (when - self.started).total_seconds() * self.speed

    def life(self) -> float:
        """Return the life second of this moment."""
        return self.life_at(self.now())

    async def sleep(self, seconds: float) -> None:
        """Wait a number of life seconds, that is ``seconds / speed`` real ones."""
        await asyncio.sleep(seconds / self.speed)


class ManualClock(Clock):
    """A clock that stands still until a test advances it.

    ``sleep`` still waits for real (at speed 1), because a client's time limits
    run on the event loop and not on this clock.
    """

    def __init__(
        self,
        start: datetime = datetime(2026, 10, 5, 8, 0, tzinfo=UTC),
        *,
        speed: float = 1.0,
        starts_at: float = MORNING,
    ) -> None:
        """Stand at ``start``, an aware UTC time."""
        self._now = start
        super().__init__(speed, starts_at=starts_at)

    @override
    def now(self) -> datetime:
        """Return the time last advanced to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move real time by ``seconds``, and life ``speed`` times as far."""
        self._now += timedelta(seconds=seconds)


def iso(when: datetime) -> str:
    """Write a time as the API does: UTC, milliseconds and ``Z``."""
    text = when.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
