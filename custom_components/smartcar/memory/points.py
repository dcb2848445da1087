"""What the journal keeps of reports: points, in one unit each.

Times are whole seconds since 1970, UTC: half the size and a tenth of the cost of
`datetime`, and a change of clocks cannot touch them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import IntEnum
from typing import Final, NamedTuple

from homeassistant.const import UnitOfEnergy, UnitOfLength, UnitOfRatio, UnitOfVolume

from ..api import parse_time
from ..car.charging import CHARGING_STATUS, IS_CHARGING, IS_PLUGGED_IN, says
from ..car.plausible import FUEL, FUEL_LEVEL, LEVEL, LOCATION, ODOMETER
from ..car.readings import Body, boolean, entries, number, text
from ..car.units import METRIC
from .entries import MakerRecord


class Kind(IntEnum):
    """What a point tells; within one second points count in this order.

    `CABLE`, `HOME`, `CHARGING`, `STATUS`: 1 or 0 (in, at home, charging).
    `ODOMETER`: km. `POSITION`: degrees. `FUEL`, `LEVEL`: percent. `ADDED`: kWh.
    `LITRES`: of fuel.
    """

    ODOMETER = 0
    CABLE = 1
    POSITION = 2
    HOME = 3
    FUEL = 4
    CHARGING = 5
    STATUS = 6
    LEVEL = 7
    ADDED = 8
    LITRES = 9


class Point(NamedTuple):
    """One value at the car's own time; its order as a tuple is the journal's.

    `at`: seconds since 1970. `longitude` is that of a position only.
    """

    at: int
    kind: int
    value: float
    longitude: float = 0.0


CHARGE_RECORDS: Final = "charge-chargerecords"
CAPACITY: Final = "tractionbattery-nominalcapacity"

type Read = Callable[[Body, object], float | None]


def _truth(body: Body, _: object) -> float | None:
    value = boolean(body, "value")
    return None if value is None else float(value)


def _status(body: Body, _: object) -> float | None:
    value = says(CHARGING_STATUS, body)
    return None if value is None else float(value)


def _amount(native: str) -> Read:
    def read(body: Body, unit: object) -> float | None:
        told = body if body.get("unit") else {**body, "unit": unit}
        value = number(told, "value", native)
        return None if value is None else round(value, 3)

    return read


KINDS: Final[Mapping[str, tuple[Kind, Read]]] = {
    IS_PLUGGED_IN: (Kind.CABLE, _truth),
    ODOMETER: (Kind.ODOMETER, _amount(UnitOfLength.KILOMETERS)),
    LOCATION: (Kind.POSITION, lambda body, _: number(body, "latitude")),
    "location-isathome": (Kind.HOME, _truth),
    FUEL_LEVEL: (Kind.FUEL, _amount(UnitOfRatio.PERCENTAGE)),
    IS_CHARGING: (Kind.CHARGING, _truth),
    CHARGING_STATUS: (Kind.STATUS, _status),
    LEVEL: (Kind.LEVEL, _amount(UnitOfRatio.PERCENTAGE)),
    "charge-energyadded": (Kind.ADDED, _amount(UnitOfEnergy.KILO_WATT_HOUR)),
    FUEL: (Kind.LITRES, _amount(UnitOfVolume.LITERS)),
}


def point(code: str, body: Body, at: datetime, unit: str | None = None) -> Point | None:
    """Return what the journal keeps of a good, plausible report, if anything.

    `at`: the car's own time, or when it was asked for. `unit`: that of a body
    which names none; without it Smartcar's metric one.
    """
    if code not in KINDS:
        return None
    kind, read = KINDS[code]
    if (value := read(body, unit or METRIC.get(code))) is None:
        return None
    longitude = 0.0
    if kind is Kind.POSITION:
        if (east := number(body, "longitude")) is None:
            return None
        value, longitude = round(value, 5), round(east, 5)
    return Point(int(at.timestamp()), int(kind), value, longitude)


def maker_records(body: Body) -> Iterator[MakerRecord]:
    """Yield the charges that a car maker lists with their times and energy."""
    for record in entries(body):
        start, end = (parse_time(record.get(leaf)) for leaf in ("startTime", "endTime"))
        energy = number(record, "energyAdded", UnitOfEnergy.KILO_WATT_HOUR, "kWh")
        if start and end and start <= end and energy and energy > 0:
            since, until = int(start.timestamp()), int(end.timestamp())
            id_ = text(record, "id") or str(since)
            yield MakerRecord(id_, since, until, round(energy, 3))


def battery_capacity(body: Body | None) -> float | None:
    """Read a car maker's capacity of the battery, in kWh."""
    value = number(body or {}, "capacity", UnitOfEnergy.KILO_WATT_HOUR, "kWh")
    return value if value and value > 0 else None
