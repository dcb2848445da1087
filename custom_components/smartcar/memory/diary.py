"""From points to a diary: one pass in the order of the car's own times.

What comes of points depends on nothing but the points, so any order of arrival
ends in the same diary. Closed entries are handed over once; no later point can
change them.
"""

from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, NamedTuple

from ..records import Record
from .charges import ONE_LOOK, ChargeFinder
from .drives import DriveFinder
from .entries import ROUNDED, Charge, Drive, Gap, Refuel, Stand
from .fuel import FuelFinder
from .points import Kind, Point
from .sessions import Position, Told
from .stands import StandFinder

# Looks further apart leave time for what is not told (seconds).
LONG: Final = 12 * 3600
# What a car needs at least, in kWh/km; and how much may be missing.
LEAST_CONSUMPTION: Final = 0.12
MISSING: Final = 0.15
# Km that an engine may drive on a point of its tank: 80 litres at 3 litres/100 km.
# The tank may have a point less than it tells.
ENGINE_WAY: Final = 27
ROUNDED_FUEL: Final = 1
# Points of a level that may be missing, too.
MISSING_POINTS: Final = 3


class Look(NamedTuple):
    """What was known at the last look before a long time without one."""

    at: int
    until: int
    distance: float
    level: float | None
    # Percent of fuel that were told in this look.
    fuel: float | None = None


class Found(NamedTuple):
    """Entries in the order of their times."""

    charges: list[Charge]
    drives: list[Drive]
    gaps: list[Gap]
    refuels: list[Refuel]
    stands: list[Stand]


@dataclass(slots=True)
class Diary(Record):
    """What the points so far add up to."""

    charges: ChargeFinder = field(default_factory=ChargeFinder)
    drives: DriveFinder = field(default_factory=DriveFinder)
    fuel: FuelFinder = field(default_factory=FuelFinder)
    stands: StandFinder = field(default_factory=StandFinder)
    last_at: int = 0
    # Whether it has a tank: how much it charged does not follow from its way.
    burns: bool = False
    look: Look | None = None
    gaps: list[Gap] = field(default_factory=list)

    def see(self, point: Point, capacity: float | None) -> None:
        """Take the next point; `capacity` is the battery's, in kWh."""
        at, kind, value, _ = point
        charges, drives = self.charges, self.drives
        if at > self.last_at:
            self._pass_time(at, capacity)
        came = charges.came
        if kind == Kind.LEVEL:
            drives.see_level(at, value)
            charges.see_level(at, value)
            self.stands.see_level(at, value)
        elif kind == Kind.ODOMETER:
            has_moved = drives.see_odometer(at, value)
            if has_moved:
                charges.see_movement(at)
                self.fuel.see_movement(at, drives.distance)
            if drives.stood_at == at:
                is_other = drives.odometer == Told(at, value)
                self.stands.see_odometer(at, has_moved=is_other)
        elif kind == Kind.ADDED:
            charges.see_added(at, value)
        else:
            self._see_other(point)
        if charges.came != came:
            drives.close()
            self.stands.see_charging()

    def _see_other(self, point: Point) -> None:
        """Take a point that bounds or places an entry."""
        at, kind, value, longitude = point
        if kind == Kind.CABLE:
            self.charges.see_cable(at, is_in=value == 1)
        elif kind == Kind.CHARGING or kind == Kind.STATUS:  # noqa: PLR1714 - a set costs more than the rest
            if value:
                self.charges.see_charging(at)
                self.stands.see_charging()
        elif kind == Kind.POSITION:
            self.charges.see_place(Position(at, value, longitude))
            self.drives.see_place(value, longitude)
        elif kind == Kind.HOME:
            self.charges.see_place(Told(at, value))
        elif kind == Kind.FUEL:
            self.burns = True
            self.fuel.see_level(at, value, self.drives.distance)
        elif kind == Kind.LITRES:
            self.burns = True
            self.fuel.see_amount(at, value, self.drives.distance)

    def _pass_time(self, at: int, capacity: float | None) -> None:
        """Let time pass to the next point's."""
        look = self.look
        if look is not None and at - look.until > ONE_LOOK:
            if (gap := self._gap(look, capacity)) is not None:
                self.gaps.append(gap)
            self.look = None
        if self.last_at and at - self.last_at > LONG:
            level = self.drives.level
            self.look = Look(
                self.last_at,
                at,
                self.drives.distance,
                level.value if level else None,
                self.fuel.level_since(self.last_at - ONE_LOOK),
            )
        self.charges.pass_time(at)
        self.drives.pass_time(at)
        self.last_at = at

    def _gap(self, look: Look, capacity: float | None) -> Gap | None:
        """Return what is missing between two looks far apart, if anything."""
        level = self.drives.level
        if look.level is None or level is None:
            return None
        rise = level.value - look.level
        charged = self._charged(look, capacity)
        if charged is None:
            return Gap(look.at, look.until, "energy_unknown")
        driven = self.drives.distance - look.distance
        if self._lacks(self._electric(driven, look), rise, charged, capacity):
            return Gap(look.at, look.until, "charging_unseen")
        if not driven and rise <= -MISSING_POINTS and not charged:
            return Gap(look.at, look.until, "level_fell")
        return None

    def _lacks(
        self, driven: float, rise: float, charged: float, capacity: float | None
    ) -> bool:
        """Return whether a way on the battery takes more than was charged.

        `driven`: km, `charged`: kWh.
        """
        if driven <= 0:
            return False
        if not capacity:
            # Without a size of the battery only the sign tells.
            return rise >= 0 and not charged and driven * LEAST_CONSUMPTION >= 1
        needed = driven * LEAST_CONSUMPTION + rise * capacity / 100
        spare = max(MISSING * needed, ROUNDED * capacity / 100)
        return needed - charged > spare

    def _electric(self, driven: float, look: Look) -> float:
        """Return how many of some km were driven on the battery at least.

        All of them without a tank. With one, all but what its fall may account for:
        none, unless both looks tell of it, and it was not refueled between them.
        """
        if not self.burns:
            return driven
        fuel = self.fuel.level_since(look.until)
        if look.fuel is None or fuel is None or fuel > look.fuel:
            return 0
        return driven - (look.fuel - fuel + ROUNDED_FUEL) * ENGINE_WAY

    def _charged(self, look: Look, capacity: float | None) -> float | None:
        """Return what was charged between two looks, in kWh; `None` if unknown."""
        total = 0.0
        entries = [*self.charges.closed, *self.charges.open]
        for entry in entries:
            if entry.end <= look.at:
                continue
            charge = entry.believed(capacity)
            if charge.energy is None:
                return None
            total += sum(s.amount for s in charge.steps if s.until > look.at)
        return total

    def found(self) -> Found:
        """Return the entries that are not handed over yet, open ones included."""
        charges = self.charges.closed + self.charges.open
        drives = list(self.drives.closed)
        if self.drives.open is not None:
            drives.append(self.drives.open)
        refuels = list(self.fuel.closed)
        if self.fuel.open is not None:
            refuels.append(self.fuel.open)
        return Found(charges, drives, [*self.gaps], refuels, [*self.stands.closed])

    @property
    def is_done(self) -> bool:
        """Return whether there are closed entries to hand over."""
        return bool(
            self._done
            or self.drives.closed
            or self.gaps
            or self.fuel.closed
            or self.stands.closed
        )

    @property
    def _done(self) -> int:
        """Return how many of the closed charges are done.

        What was charged since a look before a long time without one is not: what that
        lacks follows from it. A car that is seen once a day is always in such a time.
        """
        closed, look = self.charges.closed, self.look
        if look is None:
            return len(closed)
        return sum(1 for _ in takewhile(lambda charge: charge.end <= look.at, closed))

    def hand_over(self) -> Found:
        """Return the entries that are done, and forget them."""
        found = Found(
            self.charges.closed[: self._done],
            [*self.drives.closed],
            [*self.gaps],
            [*self.fuel.closed],
            [*self.stands.closed],
        )
        self.forget(found)
        return found

    def forget(self, found: Found) -> None:
        """Forget the first entries, which were handed over by another."""
        del self.charges.closed[: len(found.charges)]
        del self.drives.closed[: len(found.drives)]
        del self.gaps[: len(found.gaps)]
        del self.fuel.closed[: len(found.refuels)]
        del self.stands.closed[: len(found.stands)]
