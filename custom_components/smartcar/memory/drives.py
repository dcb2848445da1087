"""Drives, found by the odometer alone: it misses no way, however few looks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ..car.meters import OdometerGuard, Verdict
from ..records import Record
from .charges import ONE_LOOK, STAND
from .entries import Drive
from .sessions import Told

# A rise of less (km) waits for more: parked cars tremble.
SHORTEST: Final = 0.5
# What rises faster (km/h, with km to spare) is another level, no way.
FASTEST: Final = 250
SPARE: Final = 5


@dataclass(slots=True)
class DriveFinder(Record):
    """Finds drives; `closed` are those that no later point can change.

    `distance`: km of all drives so far. They are what the odometer rose by, but for
    jumps (`refused`) and less than half a kilometre that waits.
    """

    guard: OdometerGuard = field(default_factory=OdometerGuard)
    odometer: Told | None = None
    # When the odometer last had the value above.
    stood_at: int = 0
    level: Told | None = None
    # The level of the look before the present one.
    level_before: float | None = None
    open: Drive | None = None
    distance: float = 0.0
    refused: int = 0
    # Where the car was told to be since it last moved, in degrees.
    place: tuple[float, float] | None = None
    closed: list[Drive] = field(default_factory=list)

    def close(self, before: int | None = None) -> None:
        """End the drive; `before` is the report that shows that it stands."""
        if self.open is not None:
            drive = self.open._replace(is_open=False)
            if drive.end_before is None:
                drive = drive._replace(end_before=before)
            self.closed.append(drive)
            self.open = None

    def pass_time(self, at: int) -> None:
        """Let time pass: a car that has stood for long has ended its drive."""
        if self.open is not None and at - self.open.end >= STAND:
            self.close()

    def see_level(self, at: int, level: float) -> None:
        """Take the battery's level in percent."""
        if self.level is None or at - self.level.at > ONE_LOOK:
            self.level_before = self.level.value if self.level else None
        self.level = Told(at, level)
        if self.open is not None and at - self.open.end <= ONE_LOOK:
            self.open = self.open._replace(level_end=level)

    def see_place(self, latitude: float, longitude: float) -> None:
        """Take where the car is, in degrees: where the drive ends, if it does here."""
        self.place = round(latitude, 3), round(longitude, 3)
        if self.open is not None:
            self.open = self.open._replace(destination=self.place)

    def see_odometer(self, at: int, value: float) -> bool:
        """Take the odometer in km; return whether the car has moved."""
        corrections = self.guard.corrections
        verdict = self.guard.report(value, datetime.fromtimestamp(at, UTC))
        last = self.odometer
        if verdict is not Verdict.TAKEN and verdict is not Verdict.SAME:
            return False
        if last is None or self.guard.corrections != corrections:
            self.odometer, self.stood_at = Told(at, value), at
            return False
        rise = round(value - last.value, 3)
        is_joined = self.open is not None and at - self.open.end < STAND
        if rise <= 0 or (rise < SHORTEST and not is_joined):
            self.stood_at = at
            if self.open is not None and self.open.end_before is None:
                self.open = self.open._replace(end_before=at)
            return False
        if rise > FASTEST * (at - self.stood_at) / 3600 + SPARE:
            self.refused += 1
            self.odometer, self.stood_at = Told(at, value), at
            return False
        self._drive(at, rise, is_joined=is_joined)
        self.odometer, self.stood_at = Told(at, value), at
        self.distance = round(self.distance + rise, 3)
        return True

    def _drive(self, at: int, rise: float, *, is_joined: bool) -> None:
        """Begin a drive, or go on with the present one."""
        is_of_look = self.level is not None and at - self.level.at <= ONE_LOOK
        now = self.level.value if self.level else None
        if self.open is not None and is_joined:
            self.open = self.open._replace(
                end=at,
                end_before=None,
                distance=round(self.open.distance + rise, 3),
                level_end=now,
                is_sum=False,
                destination=None,
            )
            self.place = None
            return
        self.close(self.stood_at)
        start = self.level_before if is_of_look else now
        self.open = Drive(
            start=at,
            end=at,
            start_after=self.stood_at,
            end_before=None,
            distance=rise,
            level_start=start,
            level_end=now,
            is_sum=at - self.stood_at > STAND,
            is_open=True,
            origin=self.place,
        )
        self.place = None
