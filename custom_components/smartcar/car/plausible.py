"""What cannot be true of a car, whatever it tells.

A value that cannot be is no report but a fault: the last good one stays.
"""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Final, TypeGuard

from ..api import Signal
from .readings import Body

FUEL: Final = "internalcombustionengine-amountremaining"
FUEL_LEVEL: Final = "internalcombustionengine-fuellevel"
FUEL_RANGE: Final = "internalcombustionengine-range"
LEVEL: Final = "tractionbattery-stateofcharge"
LOCATION: Final = "location-preciselocation"
ODOMETER: Final = "odometer-traveleddistance"
RANGE: Final = "tractionbattery-range"

# code -> (leaf, lowest, highest)
BOUNDS: Final[Mapping[str, tuple[tuple[str, float, float], ...]]] = {
    LEVEL: (("value", 0, 100),),
    RANGE: (("value", 0, inf),),
    "tractionbattery-nominalcapacity": (("capacity", 0, inf),),
    "charge-chargelimits": (("activeLimit", 0, 100),),
    "charge-energyadded": (("value", 0, inf),),
    "charge-timetocomplete": (("value", 0, inf),),
    # In either unit.
    "climate-externaltemperature": (("value", -100, 200),),
    "climate-internaltemperature": (("value", -100, 200),),
    "hvac-cabintargettemperature": (("value", -100, 200),),
    "motion-currentspeed": (("value", 0, 500),),
    FUEL_LEVEL: (("value", 0, 100),),
    FUEL: (("value", 0, inf),),
    "internalcombustionengine-oillife": (("value", 0, 100),),
    FUEL_RANGE: (("value", 0, inf),),
    LOCATION: (("latitude", -90, 90), ("longitude", -180, 180)),
    ODOMETER: (("value", 0, inf),),
}

# Leaves that are 0 only where nothing is known: a car that is connected has been
# driven, and none stands on the equator or the meridian to the last digit.
NEVER_ZERO: Final[Mapping[str, tuple[str, ...]]] = {
    LOCATION: ("latitude", "longitude"),
    ODOMETER: ("value",),
}

# What stands at 0 beside such a leaf of the same message is as empty.
GAUGES: Final = (LEVEL, RANGE, FUEL_LEVEL, FUEL, FUEL_RANGE)

_JUDGED_TOGETHER: Final = frozenset({*GAUGES, *NEVER_ZERO})

# (code, other, enough): the code cannot be 0 beside that much of the other.
# Distances in either unit.
PAIRS: Final = (
    (RANGE, LEVEL, 10),
    (LEVEL, RANGE, 30),
    (FUEL_RANGE, FUEL_LEVEL, 10),
    (FUEL_LEVEL, FUEL_RANGE, 60),
)
# A car that has a tank, too, keeps a good part of its battery to itself.
HYBRID_RESERVE: Final = 30


def is_plausible(code: str, body: Body) -> bool:
    """Return whether a body's numbers can be true; null and texts are not judged."""
    if any(_is_zero(body.get(leaf)) for leaf in NEVER_ZERO.get(code, ())):
        return False
    for leaf, lowest, highest in BOUNDS.get(code, ()):
        value = body.get(leaf)
        # Not "value < lowest": NaN must fail too.
        if _is_number(value) and (not lowest <= value <= highest or value == inf):
            return False
    return True


def contradicted(signals: Iterable[Signal]) -> frozenset[str]:
    """Return the codes of one message whose 0 the rest of it contradicts."""
    bodies = {
        signal.code: signal.body
        for signal in signals
        if signal.code in _JUDGED_TOGETHER and signal.body
    }
    values = {code: bodies.get(code, {}).get("value") for code in GAUGES}
    zeros = [code for code, value in values.items() if _is_zero(value)]
    if not zeros:
        return frozenset()
    if any(
        _is_zero(bodies.get(code, {}).get(leaf))
        for code, leaves in NEVER_ZERO.items()
        for leaf in leaves
    ):
        return frozenset(zeros)
    is_hybrid = FUEL_LEVEL in bodies or FUEL_RANGE in bodies
    return frozenset(
        code
        for code, other, enough in PAIRS
        if code in zeros
        and _is_number(value := values[other])
        and value >= (HYBRID_RESERVE if is_hybrid and code == RANGE else enough)
    )


def _is_number(value: object) -> TypeGuard[float]:
    """Return whether a JSON value is a number; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_zero(value: object) -> bool:
    return _is_number(value) and value == 0
