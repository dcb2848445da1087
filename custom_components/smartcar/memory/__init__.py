"""The car remembers: what it charged, where, how far it went, how it was refueled.

Pure: nothing here knows Home Assistant's core, reads a clock or a file. The way
of a report is points → journal → diary → memory; `Memory` is what others use.
"""

from .entries import (
    AWAY,
    BY_LEVEL,
    CAR,
    HOME,
    PLACES,
    UNKNOWN,
    Charge,
    Correction,
    Drive,
    Gap,
    MakerRecord,
    Place,
    Refuel,
    Stand,
    by_hours,
)
from .figures import (
    Consumption,
    FuelConsumption,
    PlaceSums,
    consumption,
    cost_since,
    energy_per_full_charge,
    energy_since,
    fuel_consumption,
    sums_of,
)
from .memory import DiaryChange, Memory, entries_within
from .points import (
    CAPACITY,
    CHARGE_RECORDS,
    Kind,
    Point,
    battery_capacity,
    maker_records,
    point,
)

__all__ = [
    "AWAY",
    "BY_LEVEL",
    "CAPACITY",
    "CAR",
    "CHARGE_RECORDS",
    "HOME",
    "PLACES",
    "UNKNOWN",
    "Charge",
    "Consumption",
    "Correction",
    "DiaryChange",
    "Drive",
    "FuelConsumption",
    "Gap",
    "Kind",
    "MakerRecord",
    "Memory",
    "Place",
    "PlaceSums",
    "Point",
    "Refuel",
    "Stand",
    "battery_capacity",
    "by_hours",
    "consumption",
    "cost_since",
    "energy_per_full_charge",
    "energy_since",
    "entries_within",
    "fuel_consumption",
    "maker_records",
    "point",
    "sums_of",
]
