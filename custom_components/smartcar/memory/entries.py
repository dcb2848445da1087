"""What a diary holds: charges, drives and more; and what people and makers add.

Times are whole seconds since 1970, UTC. `start` is the first report that shows an
entry and `end` the last one; `start_after` and `end_before` are the reports
around, `None` where there is none (yet).
"""

from typing import Final, NamedTuple

HOME: Final = "home"
AWAY: Final = "away"
UNKNOWN: Final = "unknown"
PLACES: Final = (HOME, AWAY, UNKNOWN)

# Where the energy of a charge is known from, best first.
RECORD: Final = "record"
CAR: Final = "car"
BY_LEVEL: Final = "level"

# A car counts at the plug, the level in the battery: so much more may both be true.
LOSSES: Final = 1.25
# A figure below so much of what the level proves has missed the rest.
PART: Final = 0.5
# Percent by which a level may be rounded at each end.
ROUNDED: Final = 2


class Step(NamedTuple):
    """What was added between two reports: kWh, or points of the level."""

    since: int
    until: int
    amount: float


class Place(NamedTuple):
    """Where something was: `place` is home, away or unknown.

    `zone`: the name of Home Assistant's zone. Degrees have 3 decimals.
    """

    place: str = UNKNOWN
    zone: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class Charge(NamedTuple):
    """All charging between plug-in and unplugging.

    `added`: kWh by the car's own figure, `None` if it has none. `points`: how far
    the level rose. `is_partial`: `added` is only a part of what was charged.
    `is_level_whole`: the level was told when `added` began, so it bounds that.
    `is_sum`: it lies somewhere between two reports, with a drive perhaps.
    `is_open`: it goes on. `energy` (kWh) and `source` are what is believed.
    `steps`: where in time the energy lies; their sum is `energy`.
    """

    start: int
    end: int
    start_after: int | None
    end_before: int | None
    level_start: float | None
    level_end: float | None
    added: float | None
    points: float
    is_partial: bool
    is_level_whole: bool
    is_sum: bool
    latitude: float | None
    longitude: float | None
    is_home: bool | None
    is_open: bool = False
    is_final: bool = False
    energy: float | None = None
    source: str | None = None
    where: Place = Place()
    steps: tuple[Step, ...] = ()
    level_steps: tuple[Step, ...] = ()
    cost: float | None = None
    price: float | None = None
    corrected: tuple[str, ...] = ()

    @property
    def begins(self) -> int:
        """Return the first second in which energy may have come, or `start`."""
        return min((self.start, *(step.since for step in self.steps)))

    @property
    def span(self) -> tuple[int, int]:
        """Return between which seconds it lies; never empty."""
        since = self.start
        if self.end == since and self.start_after is not None:
            since = self.start_after
        return since, max(self.end, since + 1)

    def believed(self, capacity: float | None) -> Charge:
        """Return it with its energy, by a usable capacity in kWh.

        Both the car's figure and the level prove that at least so much came. The
        figure counts, unless it is a part, or more than the level can mean.
        """
        by_level, rounded = None, ROUNDED * (capacity or 0) / 100
        if capacity and self.points:
            by_level = round(self.points * capacity / 100, 3)
        energy, source = self.added, CAR if self.added is not None else None
        if by_level is not None and (
            energy is None
            or (self.is_partial and by_level > energy)
            or energy < (by_level - rounded) * PART
            or (self.is_level_whole and energy > (by_level + rounded) * LOSSES)
        ):
            energy, source = by_level, BY_LEVEL
        # Where the level tells how much, it tells when, too.
        parts = self.level_steps if source == BY_LEVEL else self.steps
        return self._replace(energy=energy, source=source, steps=spread(energy, parts))

    def covers(self, at: int) -> bool:
        """Return whether it goes on at a moment, by the reports around it."""
        since = self.start if self.start_after is None else self.start_after
        return since <= at <= (self.end if self.end_before is None else self.end_before)

    def overlap(self, span: tuple[int, int]) -> int:
        """Return how many seconds of a span it covers."""
        since, until = self.span
        return max(0, min(until, span[1]) - max(since, span[0]))


def spread(energy: float | None, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps scaled so that they add up to an energy in kWh."""
    total = sum(step.amount for step in steps)
    if energy is None or total <= 0:
        return ()
    share = energy / total
    return tuple(Step(since, until, share * part) for since, until, part in steps)


def by_hours(steps: tuple[Step, ...]) -> dict[int, float]:
    """Return kWh by the hour (its first second) in which they came.

    What came between two reports is spread evenly over the time between.
    """
    hours: dict[int, float] = {}
    for since, until, amount in steps:
        if until <= since:
            hours[since // 3600 * 3600] = hours.get(since // 3600 * 3600, 0) + amount
            continue
        hour = since // 3600 * 3600
        while hour < until:
            part = min(until, hour + 3600) - max(since, hour)
            hours[hour] = hours.get(hour, 0) + amount * part / (until - since)
            hour += 3600
    return hours


class Drive(NamedTuple):
    """A rise of the odometer, in km.

    `origin`, `destination`: where the car stood before and after it, in degrees, if it
    told that while it stood there.
    `is_sum`: all that is known is a report on each side. `used`: points that the
    level fell, `None` where it was not told or charging lies between.
    """

    start: int
    end: int
    start_after: int | None
    end_before: int | None
    distance: float
    level_start: float | None
    level_end: float | None
    is_sum: bool
    is_open: bool = False
    is_final: bool = False
    origin: tuple[float, float] | None = None
    destination: tuple[float, float] | None = None

    @property
    def used(self) -> float | None:
        """Return by how many points the level fell."""
        if self.level_start is None or self.level_end is None:
            return None
        return self.level_start - self.level_end

    def efficiency(self, capacity: float | None) -> float | None:
        """Return kWh/100 km by a usable capacity in kWh.

        `None` below 5 points or 10 km: whole percents tell nothing there.
        """
        used = self.used
        if not capacity or used is None or used < 5 or self.distance < 10:  # noqa: PLR2004 - the limits above
            return None
        return used * capacity / self.distance


class Gap(NamedTuple):
    """Two looks more than 12 h apart between which more happened than is told.

    `reason`: `charging_unseen`, `energy_unknown` or `level_fell`.
    """

    start: int
    end: int
    reason: str


class Refuel(NamedTuple):
    """A rise of what is in the tank.

    `start_after`: the report before it; `start`, `end`: those that first and last show
    it. `level_start`, `level_end`: percent; `amount`: litres; each `None` where its
    gauge does not tell of it. `is_sum`: it lies somewhere between two reports.
    `burnt` (litres) and `distance` (km): since the refuel before, if that is known.
    """

    start: int
    end: int
    start_after: int
    end_before: int | None = None
    level_start: float | None = None
    level_end: float | None = None
    amount: float | None = None
    is_sum: bool = False
    is_final: bool = False
    burnt: float | None = None
    distance: float | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it goes on; a refuel is over when it is told of."""
        return False


class Stand(NamedTuple):
    """A stand of 12 h or more without charging, between two reports of the level."""

    start: int
    end: int
    level_start: float
    level_end: float
    is_final: bool = False

    @property
    def loss(self) -> float:
        """Return how many points the level fell in a day."""
        return (self.level_start - self.level_end) * 86_400 / (self.end - self.start)


class MakerRecord(NamedTuple):
    """A charging session by the maker's own account; energy in kWh."""

    id: str
    start: int
    end: int
    energy: float


class Correction(NamedTuple):
    """What a person said of the charge that overlaps a span most.

    `None` leaves a fact as it is. `price` is per kWh, `energy` in kWh.
    """

    start: int
    end: int
    cost: float | None = None
    price: float | None = None
    energy: float | None = None
    place: str | None = None
    remove: bool = False
