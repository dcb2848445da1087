"""From a signal's documented body to one value.

A body comes in a handful of forms; each function reads one of them and answers
`None` for anything else. Forms and their traps: Smartcar's signal reference
and payloads published by others.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import UnitOfEnergy, UnitOfLength, UnitOfPressure, UnitOfRatio

from .units import convert, unit_of

type Body = Mapping[str, Any]
type Position = tuple[int, int]

MAX_STATE_LENGTH: Final = 255

# More rows or columns than any car has are nonsense, and would flood a device.
MAX_POSITION: Final = 9

_ROWS: Final = {0: "front", 1: "rear"}
_COLUMNS: Final = {0: "left", 1: "right"}

# Where the list stands: flat in captures, by name in newer documents.
_GRID_NAMES: Final = ("values", "doors", "windows", "tires")


def position_key(position: Position) -> str:
    """Name a position in keys: `front_left`, `rear_right`, `row_3_left`."""
    row, column = position
    return "_".join(
        (_ROWS.get(row, f"row_{row + 1}"), _COLUMNS.get(column, f"column_{column + 1}"))
    )


def cells(body: Body) -> dict[Position, Body]:
    """Read doors, windows or tyres by position, whatever their order.

    Accepts the list itself, the list by name and the object wrapped in
    `values`. Counts are not trusted; rows and columns of the entries are.
    """
    entries: object = body
    while isinstance(entries, Mapping):
        entries = next(
            (entries[name] for name in _GRID_NAMES if entries.get(name) is not None),
            None,
        )
    if not isinstance(entries, list):
        return {}
    found: dict[Position, Body] = {}
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        row, column = (_index(entry.get(name)) for name in ("row", "column"))
        if row is not None and column is not None:
            found[row, column] = entry
    return found


def _index(value: object) -> int | None:
    """Read a row or column; whole numbers may come as floats."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= MAX_POSITION or value != int(value):
        return None
    return int(value)


def number(
    body: Body, leaf: str, native: str | None, default_unit: str | None = None
) -> float | None:
    """Read a number in a native unit.

    `default_unit` is the spelling to assume where the wire carries none.
    """
    return convert(body.get(leaf), body.get("unit") or default_unit, native)


def boolean(body: Body, leaf: str) -> bool | None:
    """Read a real JSON boolean; 0, 1 and texts are something else."""
    value = body.get(leaf)
    return value if isinstance(value, bool) else None


def text(body: Body, leaf: str) -> str | None:
    """Read a text that fits into a state."""
    value = body.get(leaf)
    if not isinstance(value, str) or not value.strip():
        return None
    return value.strip()[:MAX_STATE_LENGTH]


def member(body: Body, leaf: str) -> str | None:
    """Read an enumeration's value as a state: `NOT_CHARGING` is `not_charging`."""
    value = text(body, leaf)
    if value is None:
        return None
    return value.lower().replace(" ", "_").replace("-", "_")


_HIGHEST_PRESSURE: Final[Mapping[str, float]] = {
    UnitOfPressure.KPA: 500,
    UnitOfPressure.BAR: 10,
    UnitOfPressure.PSI: 80,
}
_KPA_LABELLED_BAR: Final = (100, 500)


def tire_pressure(cell: Body, unit: object) -> float | None:
    """Read a tyre's pressure in kPa.

    The label alone is not to be trusted: kPa-sized numbers come labelled `bar`.
    Junk such as 699.9 and 0 is unknown: an old value could hide a flat tyre.
    """
    value = cell.get("tirePressure")
    labelled = unit_of(unit)
    pressure = convert(value, unit, labelled)
    if pressure is None or labelled is None or pressure <= 0:
        return None
    if labelled == UnitOfPressure.BAR and pressure >= _HIGHEST_PRESSURE[labelled]:
        lowest, highest = _KPA_LABELLED_BAR
        return pressure if lowest <= pressure <= highest else None
    if pressure > _HIGHEST_PRESSURE.get(labelled, 0):
        return None
    return convert(value, unit, UnitOfPressure.KPA)


def charge_limit(body: Body) -> float | None:
    """Read the charge limit in force, in percent.

    Where a car names no active limit, its global one holds.
    """
    if "activeLimit" in body:
        return number(body, "activeLimit", UnitOfRatio.PERCENTAGE, "percent")
    for entry in _entries(body):
        if member(entry, "type") == "global":
            return number(entry, "limit", UnitOfRatio.PERCENTAGE, "percent")
    return None


def charge_limits(body: Body) -> Mapping[str, Any]:
    """Read all limits; some hold only at a place or for a kind of plug."""
    return {
        "limits": [
            {"type": member(entry, "type"), "limit": number(entry, "limit", None)}
            for entry in _entries(body)
        ]
    }


def range_kinds(body: Body) -> Mapping[str, Any]:
    """Read the other ranges a car reports, in kilometres: rated, ideal, ..."""
    unit = body.get("unit")
    found = {}
    for entry in _entries(body, "additionalValues"):
        kind = member(entry, "type")
        distance = convert(entry.get("value"), unit, UnitOfLength.KILOMETERS)
        if kind is not None and distance is not None:
            found[kind] = distance
    return found


def battery_options(body: Body) -> Mapping[str, Any]:
    """Read the capacities, in kWh, that a car of this model may have."""
    return {
        "available_capacities": [
            {
                "capacity": convert(
                    entry.get("capacity"), body.get("unit"), UnitOfEnergy.KILO_WATT_HOUR
                ),
                "description": text(entry, "description"),
            }
            for entry in _entries(body, "availableCapacities")
        ]
    }


def texts(body: Body) -> list[str]:
    """Read a list of texts."""
    values = body.get("values")
    return [
        value
        for value in (values if isinstance(values, list) else ())
        if isinstance(value, str)
    ]


def _entries(body: Body, leaf: str = "values") -> list[Body]:
    """Read a list of objects."""
    values = body.get(leaf)
    return [
        entry
        for entry in (values if isinstance(values, list) else ())
        if isinstance(entry, Mapping)
    ]
