"""The day and the night before a simulated life began, told late.

A car like the one in the household lives through them on a clock of its own: it ends
where the household's begins. The same readings come out however often they are asked
for, and whatever the household's car has done since.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
import random
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from simulator.car import Car
from simulator.clock import ManualClock
from simulator.fleet import BEV_ODOMETER, BEV_STATE_OF_CHARGE
from simulator.store import SignalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from simulator.store import Stored

ZONE = ZoneInfo("Europe/Berlin")
"""Where the household lives."""

BEGINS = time(7, 30)
OVER = time(1, 30)
"""By when the night's charge is over."""

OUT, BACK = 42.0, 47.0
"""Minutes of the drives, at 36 km/h."""

KILOWATTS = 7.4
CHARGED = 20.0
"""kWh."""

MINUTES_A_READING = {True: 5, False: 10}
"""How often the car is read while it drives, and while it charges."""

MIXED = 4.0
"""Among how many readings in a row the order of arrival is mixed."""


def _plug_in(car: Car) -> None:
    """Leave the cable in, for the hours in which electricity is cheap."""
    car.plug_in()
    car.stop_charging()


def _at(hour: int, minute: int) -> int:
    return hour * 60 + minute - BEGINS.hour * 60 - BEGINS.minute


_CHARGES = _at(22, 0)

EVENTS: Mapping[int, Callable[[Car], object]] = MappingProxyType(
    {
        _at(7, 38): lambda car: car.drive(car.spec.work, OUT),
        _at(17, 8): lambda car: car.drive(car.spec.home, BACK),
        _at(18, 1): _plug_in,
        _CHARGES: Car.start_charging,
        _CHARGES + round(CHARGED / KILOWATTS * 60): Car.stop_charging,
    }
)
"""What happens at which minute."""


def yesterday(
    like: Car, permissions: Collection[str], started: datetime
) -> tuple[tuple[Stored, ...], ...]:
    """Return what a store was told, reading by reading, in the order of arrival.

    ``started`` is when the household's life began.
    """
    over = timedelta(hours=OVER.hour, minutes=OVER.minute)
    day = (started.astimezone(ZONE) - over).date() - timedelta(days=1)
    begins = datetime.combine(day, BEGINS, ZONE).astimezone(UTC)
    clock = ManualClock(begins, starts_at=0)
    car = _car(like)
    store = SignalStore(car, clock, permissions)
    found: list[tuple[Stored, ...]] = []
    before: tuple[bool, ...] | None = None
    for minute in range(max(EVENTS) + 1):
        car.live_until(clock.life())
        EVENTS.get(minute, _nothing)(car)
        told = car.driving, car.charging, car.plugged_in
        if told != before or (
            car.talks and minute % MINUTES_A_READING[car.driving] == 0
        ):
            store.read(clock.now())
            found.append(tuple(store.signals()))
        before = told
        clock.advance(60)
    chance = random.Random(like.seed)  # noqa: S311 - repeatable, not secret
    late = [(index + chance.uniform(0, MIXED), index) for index in range(len(found))]
    return tuple(found[index] for _, index in sorted(late))


def _nothing(_car: Car) -> None:
    pass


def _car(like: Car) -> Car:
    """Make a car that will be where the household's one begins."""
    spec = replace(like.spec, charger_kw=KILOWATTS)
    driven = (OUT + BACK) * 0.6
    taken = CHARGED - driven * spec.kwh_per_km
    car = Car(
        spec,
        seed=like.seed,
        permissions=like.permissions,
        not_capable=like.not_capable,
        not_stored=like.not_stored,
        state_of_charge=BEV_STATE_OF_CHARGE - taken / spec.battery_kwh * 100,
        odometer=BEV_ODOMETER - driven,
    )
    car.hold()
    return car
