"""Imperial answers for clients that send ``SC-Unit-System: imperial``."""

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.errors import Json, Value

KM_PER_MILE = 1.609344
LITRES_PER_GALLON = 3.785411784
KPA_PER_PSI = 6.894757293
NUMBERS = ("value", "tirePressure")
"""Body fields that the body's ``unit`` belongs to."""


def _miles(value: float) -> float:
    return value / KM_PER_MILE


def _psi(value: float) -> float:
    return value / KPA_PER_PSI


IMPERIAL: Mapping[str, tuple[str, Callable[[float], float]]] = MappingProxyType(
    {
        "km": ("mi", _miles),
        "km/h": ("mph", _miles),
        "kph": ("mph", _miles),
        "liters": ("gallons", lambda value: value / LITRES_PER_GALLON),
        "celsius": ("fahrenheit", lambda value: value * 9 / 5 + 32),
        "kPa": ("psi", _psi),
    }
)
"""Metric unit text to its imperial counterpart and the way there."""


def imperial(body: Value) -> Value:
    """Return a signal body in imperial units where its unit has one."""
    if not isinstance(body, dict) or body.get("unit") not in IMPERIAL:
        return body
    unit, convert = IMPERIAL[body["unit"]]
    return {**_converted(body, convert), "unit": unit}


def _converted(part: Json, convert: Callable[[float], float]) -> Json:
    changed: Json = {}
    for name, value in part.items():
        if isinstance(value, list):
            changed[name] = [
                _converted(item, convert) if isinstance(item, dict) else item
                for item in value
            ]
        elif name in NUMBERS and isinstance(value, int | float):
            changed[name] = round(convert(value), 2)
        else:
            changed[name] = value
    return changed
