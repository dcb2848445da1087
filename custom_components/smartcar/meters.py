"""Two readings that need a memory: energy over sessions, and the odometer.

Both are fed the newest reports of a car only, in the total order of its state,
so repeated and late reports change nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from .reports import past


def _write(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _read(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


@dataclass(slots=True)
class EnergyMeter:
    """Sums the energy of charging sessions, in kWh.

    A car reports what the present session has added so far. The sum starts at 0
    with the first report, for nobody knows how much of it is old, and never
    grows by more than was reported: where it is open whether a session goes on
    or a new one began, it goes on.

    `total`: the sum. `session`: what the present session has reported.
    `session_start`: when that session was first heard of.
    """

    total: float = 0.0
    session: float | None = None
    session_start: datetime | None = None
    _measured: datetime | None = None
    _ended_at: datetime | None = None

    def end_session(self, measured: datetime) -> None:
        """Note that the car was unplugged, or something as good as that."""
        if self._measured is not None and measured > self._measured:
            self._ended_at = measured

    def report(self, energy: float, measured: datetime) -> None:
        """Take the energy of the present session as the car reports it."""
        last = self.session
        ended = self._ended_at is not None and self._ended_at < measured
        if last is None:
            self.session_start = measured
        elif energy < last or (ended and energy > last):
            self._begin(energy, measured)
        else:
            self.total += energy - last
        if energy != last:
            self._ended_at = None
        self.session, self._measured = energy, measured

    def _begin(self, energy: float, measured: datetime) -> None:
        self.total += energy
        self.session_start = measured

    def heed(self, now: datetime) -> None:
        """Let no time lie ahead of now."""
        self.session_start = self.session_start and past(self.session_start, now)
        self._measured = self._measured and past(self._measured, now)
        self._ended_at = self._ended_at and past(self._ended_at, now)

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "total": self.total,
            "session": self.session,
            "session_start": _write(self.session_start),
            "measured": _write(self._measured),
            "ended_at": _write(self._ended_at),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back."""
        return cls(
            total=stored["total"],
            session=stored["session"],
            session_start=_read(stored["session_start"]),
            _measured=_read(stored["measured"]),
            _ended_at=_read(stored["ended_at"]),
        )


# So many lower readings in a row are no fault but a new instrument.
ENOUGH_LOWER: Final = 3


@dataclass(slots=True)
class OdometerGuard:
    """Keeps the odometer from running backwards, in km.

    A reading below the last one is a fault, unless several newer ones in a row
    agree with it. `corrections` counts how often that came about.
    """

    corrections: int = 0
    _last: float | None = None
    _lower: list[tuple[datetime, float]] = field(default_factory=list)

    def accepts(self, distance: float, measured: datetime) -> bool:
        """Tell whether a newer reading is credible after the last accepted one."""
        if self._last is None or distance >= self._last:
            self._last = distance
            self._lower.clear()
            return True
        if self._lower:
            before, lowest = self._lower[-1]
            if measured <= before:
                return False
            if distance < lowest:
                self._lower.clear()
        self._lower.append((measured, distance))
        if len(self._lower) < ENOUGH_LOWER:
            return False
        self._last = distance
        self._lower.clear()
        self.corrections += 1
        return True

    def heed(self, now: datetime) -> None:
        """Let no time lie ahead of now."""
        self._lower = [(past(time, now), distance) for time, distance in self._lower]

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "corrections": self.corrections,
            "last": self._last,
            "lower": [[_write(time), distance] for time, distance in self._lower],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back."""
        return cls(
            corrections=stored["corrections"],
            _last=stored["last"],
            _lower=[
                (datetime.fromisoformat(time), distance)
                for time, distance in stored["lower"]
            ],
        )
