"""A repeatable day: when a car leaves, where it goes, what the weather does.

Everything here is a pure function of a seed and of life seconds, so a day can be
asked for in any order and always comes out the same.
"""

from dataclasses import dataclass
import math
import random

from simulator.clock import DAY_SECONDS

WORKDAYS = 5
"""Days of a life week with a way to work; the two others have an outing."""


@dataclass(frozen=True)
class Place:
    """A point in degrees WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Errand:
    """One drive of the day."""

    leaves: float
    """Life second of departure."""
    to: str
    """``home``, ``work`` or ``lake``."""
    minutes: float
    kilometres: float


_WORKDAY = ((7.7, "work", 28, 14.6), (17.2, "home", 34, 15.1))
_WEEKEND = ((10.5, "lake", 45, 38.0), (15.0, "home", 48, 38.4))


def errands(seed: int, day: int) -> tuple[Errand, ...]:
    """Return the drives of a life day, each up to a quarter of an hour off."""
    plan = _WORKDAY if day % 7 < WORKDAYS else _WEEKEND
    chance = random.Random(f"{seed}/{day}")  # noqa: S311 - repeatable, not secret
    return tuple(
        Errand(
            leaves=day * DAY_SECONDS + hour * 3600 + chance.uniform(-900, 900),
            to=to,
            minutes=minutes * chance.uniform(0.9, 1.15),
            kilometres=kilometres,
        )
        for hour, to, minutes, kilometres in plan
    )


def next_errand(seed: int, life: float) -> Errand:
    """Return the first drive that begins later than ``life``."""
    day = int(life // DAY_SECONDS)
    while True:
        for errand in errands(seed, day):
            if errand.leaves > life:
                return errand
        day += 1


def outside_temperature(seed: int, life: float) -> float:
    """Return the air temperature in degrees Celsius: coldest at five o'clock."""
    day = int(life // DAY_SECONDS)
    mean = 11.0 + 4.0 * math.sin(0.7 * (day + seed))
    hour = life % DAY_SECONDS / 3600
    return mean - 5.0 * math.cos((hour - 5.0) / 24 * 2 * math.pi)


def bearing(start: Place, end: Place) -> float:
    """Return the compass direction from one point to the other, 0 to 360."""
    east = (end.longitude - start.longitude) * math.cos(math.radians(start.latitude))
    north = end.latitude - start.latitude
    return math.degrees(math.atan2(east, north)) % 360
