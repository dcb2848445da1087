"""From a signal's documented body to one value.

A body comes in a handful of forms; each function reads one of them and returns
`None` for anything else. Those that take a body and a leaf can stand in the rows
of the platforms' tables. Forms and their traps: Smartcar's signal reference
and payloads published by others.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.const import UnitOfEnergy, UnitOfLength, UnitOfPressure, UnitOfRatio

from ..api import parse_time
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
    while isinstance(entries, dict):
        names = [name for name in _GRID_NAMES if entries.get(name) is not None]
        entries = entries[names[0]] if names else None
    if not isinstance(entries, list):
        return {}
    found: dict[Position, Body] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        row, column = _index(entry.get("row")), _index(entry.get("column"))
        if row is not None and column is not None:
            found[row, column] = entry
    return found


class Grid:
    """The cells of one signal, read once for each body that comes."""

    __slots__ = ("_body", "_cells")

    def __init__(self) -> None:
        """Begin without a body."""
        self._body: Body | None = None
        self._cells: Mapping[Position, Body] = {}

    def cells(self, body: Body | None) -> Mapping[Position, Body]:
        """Return the cells of a body; it must not change afterwards."""
        if body is not self._body:
            self._body, self._cells = body, cells(body or {})
        return self._cells


def _index(value: object) -> int | None:
    """Read a row or column; whole numbers may come as floats, and true is none."""
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= MAX_POSITION else None


def number(
    body: Body,
    leaf: str,
    native: str | None = None,
    default_unit: str | None = None,
) -> float | None:
    """Read a number in a native unit; without one, as it comes.

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
    """Read an enumeration's value as a state: `NOT_CHARGING` is `not_charging`.

    So is `<not charging>`: some makes write what is no real member like that.
    """
    value = text(body, leaf)
    if value is None:
        return None
    return value.lower().strip("<>").replace(" ", "_").replace("-", "_")


# The members that have a state, of every enumeration on the wire: code -> leaf and
# members. All of them are open; makers send more than Smartcar lists.
MEMBERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "charge-chargeportstatuscolor": ("value", ("green", "blue", "orange")),
    "charge-chargingconnectortype": ("value", ("none", "j1772", "ccs", "chademo")),
    "charge-detailedchargingstatus": (
        "value",
        ("charging", "not_charging", "fully_charged"),
    ),
    "charge-fastchargertype": ("value", ("ccs", "chademo")),
    "lowvoltagebattery-status": ("value", ("good", "warn", "bad")),
    "transmission-drivemode": (
        "canonical",
        ("economy", "normal", "sport", "snow", "tow", "off_road"),
    ),
    "transmission-gearstate": ("value", ("park", "reverse", "neutral", "drive")),
}
# How the wire says that there is none: the plug of a car, or any value at all.
NO_CONNECTOR: Final = "invalid"
NOTHING: Final = frozenset({NO_CONNECTOR, "unknown"})


def members(code: str) -> list[str]:
    """Return the states of an enumeration."""
    return list(MEMBERS[code][1])


def connector(body: Body, leaf: str) -> str | None:
    """Read the kind of a plug; `invalid` is what some cars call no plug."""
    kind = member(body, leaf)
    return "none" if kind == NO_CONNECTOR else kind


def unknown_member(code: str, body: Body) -> str | None:
    """Return the text of an enumeration's member that has no state."""
    leaf, known = MEMBERS.get(code, ("", ()))
    value = member(body, leaf)
    return None if value in {None, *known, *NOTHING} else text(body, leaf)


# Beyond this a floating point number stands for several integers.
_LARGEST_INTEGER: Final = 2**53


def whole(value: float) -> float:
    """Write 3.0 as 3; what would be too long for a state stays as it is."""
    is_whole = abs(value) < _LARGEST_INTEGER and value == int(value)
    return int(value) if is_whole else value


def count(body: Body, leaf: str) -> float | None:
    """Read a number of things, whatever the wire calls them."""
    value = number(body, leaf)
    return whole(value) if value is not None and value >= 0 else None


_ALL: Final = 100


def percentage(body: Body, leaf: str, default_unit: str | None = None) -> float | None:
    """Read a share; one that cannot be is unknown, not what it was before."""
    value = number(body, leaf, UnitOfRatio.PERCENTAGE, default_unit)
    return value if value is not None and 0 <= value <= _ALL else None


def scalar(body: Body, leaf: str) -> float | str | None:
    """Read a text, a number, or a boolean as a text."""
    if (truth := boolean(body, leaf)) is not None:
        return str(truth).lower()
    value = number(body, leaf)
    return text(body, leaf) if value is None else whole(value)


_WARNINGS: Final = {"alert": True, "ok": False}


def warning(body: Body, leaf: str = "status") -> bool | None:
    """Read a warning: `ALERT` or `OK`; other words mean neither."""
    return _WARNINGS.get(member(body, leaf) or "")


_HIGHEST_PRESSURE: Final[Mapping[str, float]] = {
    UnitOfPressure.KPA: 500,
    UnitOfPressure.BAR: 10,
    UnitOfPressure.PSI: 80,
}
_KPA_LABELLED_BAR: Final = (100, 500)
# No number lies in two of these, so that the size of a pressure gives its unit.
_UNLABELLED: Final[Mapping[str, tuple[float, float]]] = {
    UnitOfPressure.KPA: (100, 500),
    UnitOfPressure.PSI: (20, 80),
    UnitOfPressure.BAR: (1, 5),
}


def tire_pressure(cell: Body, unit: object) -> float | None:
    """Read a tyre's pressure in kPa.

    The label alone is not to be trusted: kPa-sized numbers come labelled `bar`.
    Without one the size gives the unit. Junk such as 699.9 and 0 is unknown: an
    old value could hide a flat tyre.
    """
    value = cell.get("tirePressure")
    if not unit:
        unit = _unit_by_size(convert(value, None, None))
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


def _unit_by_size(pressure: float | None) -> str | None:
    """Return the unit in which a number is the pressure of a tyre."""
    for unit, (lowest, highest) in _UNLABELLED.items():
        if pressure is not None and lowest <= pressure <= highest:
            return unit
    return None


def energy(body: Body) -> float | None:
    """Read an amount of energy in kWh."""
    return number(body, "value", UnitOfEnergy.KILO_WATT_HOUR)


def distance(body: Body) -> float | None:
    """Read a distance in km."""
    return number(body, "value", UnitOfLength.KILOMETERS)


def charge_limit(body: Body, leaf: str = "activeLimit") -> float | None:
    """Read the charge limit in force, in percent.

    Where a car names no active limit, its global one holds.
    """
    if body.get(leaf) is not None:
        return percentage(body, leaf, "percent")
    for entry in entries(body):
        if member(entry, "type") == "global":
            return percentage(entry, "limit", "percent")
    return None


def charge_limits(body: Body) -> Mapping[str, Any]:
    """Read all limits; some hold only at a place or for a kind of plug."""
    return {
        "limits": [
            {"type": member(entry, "type"), "limit": number(entry, "limit")}
            for entry in entries(body)
        ]
    }


def range_kinds(body: Body) -> Mapping[str, Any]:
    """Read the other ranges a car reports, in kilometres: rated, ideal, ..."""
    unit = body.get("unit")
    found = {}
    for entry in entries(body, "additionalValues"):
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
            for entry in entries(body, "availableCapacities")
        ]
    }


def trouble_codes(body: Body) -> Mapping[str, Any]:
    """Read the stored trouble codes."""
    return {
        "codes": [
            {"code": text(entry, "code"), "timestamp": text(entry, "timestamp")}
            for entry in entries(body)
        ]
    }


def trouble_count(body: Body, leaf: str = "value") -> float | None:
    """Read the number of trouble codes; without a number, count those in the list."""
    if isinstance(body.get("values"), list):
        return len(entries(body))
    return count(body, leaf)


def charge_record(body: Body) -> Body:
    """Return the charging session that ended last, or began last."""
    return _newest(body, "endTime", "startTime")


def charge_energy(body: Body, leaf: str = "energyAdded") -> float | None:
    """Read the energy of the newest charging record, in kWh."""
    value = number(charge_record(body), leaf, UnitOfEnergy.KILO_WATT_HOUR, "kWh")
    return value if value is not None and value >= 0 else None


def charge_details(body: Body) -> Mapping[str, Any]:
    """Read the rest of the newest charging record."""
    if not (record := charge_record(body)):
        return {}
    cost, place = _part(record, "cost"), _part(record, "location")
    return {
        "record_id": text(record, "id"),
        "start_time": text(record, "startTime"),
        "end_time": text(record, "endTime"),
        "start_state_of_charge": number(record, "startStateOfCharge"),
        "end_state_of_charge": number(record, "endStateOfCharge"),
        "connector_type": text(record, "connectorType"),
        "charging_type": text(record, "chargingType"),
        "is_public_charger": boolean(record, "isPublicCharger"),
        "cost": {
            "currency": text(cost, "currency"),
            "energy_amount": number(cost, "energyAmount"),
            "other_amount": number(cost, "otherAmount"),
        },
        "location": {
            "name": text(place, "name"),
            "address": text(place, "address"),
            "latitude": number(place, "latitude"),
            "longitude": number(place, "longitude"),
        },
    }


def service_time(body: Body, leaf: str = "time") -> datetime | None:
    """Read when the car was serviced last."""
    return parse_time(_newest(body, leaf).get(leaf))


def service_details(body: Body) -> Mapping[str, Any]:
    """Read the rest of the newest service record; its distance has no unit."""
    if not (record := _newest(body, "time")):
        return {}
    cost = _part(record, "cost")
    return {
        "record_id": text(record, "id"),
        "odometer": number(record, "odometer"),
        "cost": {
            "currency": text(cost, "currency"),
            "amount": number(cost, "amount"),
        },
        "tasks": [text(task, "description") for task in entries(record, "tasks")],
        "details": [text(part, "description") for part in entries(record, "details")],
    }


def _newest(body: Body, *leaves: str) -> Body:
    """Return the newest of some records, by the first time each has; or nothing."""

    def time(record: Body) -> datetime:
        times = (parse_time(record.get(leaf)) for leaf in leaves)
        return next(filter(None, times), datetime.min.replace(tzinfo=UTC))

    return max(entries(body), key=time, default={})


def _part(body: Body, leaf: str) -> Body:
    """Return an object inside a body, or an empty one."""
    part = body.get(leaf)
    return part if isinstance(part, dict) else {}


def texts(body: Body) -> list[str]:
    """Read a list of texts."""
    values = body.get("values")
    return [
        value
        for value in (values if isinstance(values, list) else ())
        if isinstance(value, str)
    ]


def entries(body: Body, leaf: str = "values") -> list[Body]:
    """Read a list of objects."""
    values = body.get(leaf)
    return [
        entry
        for entry in (values if isinstance(values, list) else ())
        if isinstance(entry, dict)
    ]
