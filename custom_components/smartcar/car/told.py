"""What a merge hands on to the diary: reports that are good, old ones too."""

from datetime import datetime
from typing import Final, NamedTuple

from .charging import CHARGING_STATUS, IS_CHARGING, IS_PLUGGED_IN
from .meters import ENERGY_ADDED
from .plausible import FUEL, FUEL_LEVEL, LEVEL, LOCATION, ODOMETER
from .readings import Body

# What the diary is told of, as often as it comes.
DIARY_CODES: Final = frozenset(
    {
        *(CHARGING_STATUS, IS_CHARGING, IS_PLUGGED_IN, ENERGY_ADDED),
        *(FUEL, FUEL_LEVEL, LEVEL, LOCATION, ODOMETER),
        "charge-chargerecords",
        "location-isathome",
    }
)


class Told(NamedTuple):
    """One good, plausible report that came, also one older than those known.

    `at`: the car's own time, else when it was asked for. `unit`: that of a body which
    names none.
    """

    code: str
    body: Body
    at: datetime
    unit: str | None
