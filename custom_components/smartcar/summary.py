"""A car in brief, for assistants: only what the entities say that they may see.

It is read from the states of the entities, not from the car's signals. So a fact has
the unit, the rounding and the name that a person has chosen, it is unavailable when
its entity is, and an entity that an assistant may not see keeps its fact to itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.homeassistant import async_should_expose
from homeassistant.components.lock import LockState
from homeassistant.components.sensor import SensorDeviceClass, async_rounded_state
from homeassistant.const import (
    ATTR_ASSUMED_STATE,
    ATTR_DEVICE_CLASS,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_NOT_HOME,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .device import vehicle_id_of
from .memory import AWAY, HOME, PLACES
from .runtime import SmartcarConfigEntry

type Value = bool | float | str | datetime
type Told = Callable[[str], bool]
"""Returns whether what an entity shows may be told."""


class Car(NamedTuple):
    """A car of an entry that is loaded.

    `entities`: those in use, by their domain and unique id.
    """

    vehicle_id: str
    device: dr.DeviceEntry
    entry: SmartcarConfigEntry
    entities: Mapping[tuple[str, str], er.RegistryEntry]

    @property
    def name(self) -> str:
        """Return the name that a person gave the car, else its own."""
        return self.device.name_by_user or self.device.name or ""

    def entity(self, domain: str, key: str) -> er.RegistryEntry | None:
        """Return the entity of a platform's row, if it is in use."""
        return self.entities.get((domain, f"{self.vehicle_id}_{key}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What an entity shows.

    `value`: a number in `unit`, a time, a text, or whether something is so; `None`
    while it is not known. `updated_at`: when the car reported it. `is_assumed`: a
    command should have made it so, and the car has not confirmed that. `details`:
    what stands beside it.
    """

    value: Value | None
    unit: str | None = None
    updated_at: datetime | None = None
    is_assumed: bool = False
    is_available: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)


class Opening(NamedTuple):
    """A door, window or lid, or the lock of one.

    `is_on`: whether it is open, or unlocked; `None` while that is not known.
    """

    name: str
    is_lock: bool
    is_on: bool | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A car in brief.

    `facts`: by the names of `FACTS`; one that no visible entity shows is left out.
    `openings`: those of which an entity is visible. `newest_data`: when the car
    reported the newest of all this.
    """

    name: str
    facts: Mapping[str, Fact]
    openings: tuple[Opening, ...]
    newest_data: datetime | None

    @property
    def open(self) -> tuple[Opening, ...]:
        """Return what is open."""
        return tuple(one for one in self.openings if one.is_on and not one.is_lock)

    @property
    def unlocked(self) -> tuple[Opening, ...]:
        """Return the single locks that are unlocked."""
        return tuple(one for one in self.openings if one.is_on and one.is_lock)

    @property
    def unclear(self) -> tuple[Opening, ...]:
        """Return the openings and locks whose state is not known."""
        return tuple(one for one in self.openings if one.is_on is None)

    @property
    def is_available(self) -> bool:
        """Return whether anything that the car itself reports is available."""
        own = [fact for name, fact in self.facts.items() if name not in _REMEMBERED]
        return not own or any(fact.is_available for fact in own)


class Source(NamedTuple):
    """An entity of a car, by its platform and the key of its row.

    `meanings`: what its states mean; one that is not among them is not known.
    """

    domain: Platform
    key: str
    meanings: Mapping[str, Value] | None = None


class Row(NamedTuple):
    """Which entities show a fact, the best one first; attributes that matter, too."""

    sources: tuple[Source, ...]
    details: tuple[str, ...] = ()


ON_IS_YES: Final[Mapping[str, Value]] = {STATE_ON: True, STATE_OFF: False}
ON_IS_NO: Final[Mapping[str, Value]] = {STATE_ON: False, STATE_OFF: True}
ON_IS_HOME: Final[Mapping[str, Value]] = {STATE_ON: HOME, STATE_OFF: AWAY}
LOCKED_IS_YES: Final[Mapping[str, Value]] = {
    LockState.LOCKED: True,
    LockState.UNLOCKED: False,
}


def _sensor(key: str, *details: str) -> Row:
    return Row((Source(Platform.SENSOR, key),), details)


# No attribute that holds a position or an address.
FACTS: Final[Mapping[str, Row]] = {
    "location": Row(
        (
            Source(Platform.DEVICE_TRACKER, "location"),
            Source(Platform.BINARY_SENSOR, "at_home", ON_IS_HOME),
        )
    ),
    "battery": _sensor("battery"),
    "range": _sensor("range"),
    "fuel": Row(
        (Source(Platform.SENSOR, "fuel_level"), Source(Platform.SENSOR, "fuel"))
    ),
    "fuel_range": _sensor("fuel_range"),
    "plugged_in": Row((Source(Platform.BINARY_SENSOR, "plug", ON_IS_YES),)),
    "charging": Row(
        (
            Source(Platform.BINARY_SENSOR, "charging", ON_IS_YES),
            Source(Platform.SWITCH, "charging", ON_IS_YES),
        )
    ),
    "charging_power": _sensor("charging_power"),
    "charging_finish": _sensor("charging_finish"),
    "charge_limit": Row(
        (
            Source(Platform.NUMBER, "charge_limit"),
            Source(Platform.SENSOR, "charge_limit"),
        )
    ),
    "locked": Row(
        (
            Source(Platform.LOCK, "lock", LOCKED_IS_YES),
            Source(Platform.BINARY_SENSOR, "locked", ON_IS_NO),
        )
    ),
    "last_charge": _sensor(
        "last_charge", "start_time", "end_time", "place", "zone", "charging_cost"
    ),
    "last_drive": _sensor(
        "last_drive", "start_time", "end_time", "from", "to", "is_sum"
    ),
    "charged_this_month": _sensor("charged_this_month", *PLACES, "without_energy"),
    "charging_cost_this_month": _sensor(
        "charging_cost_this_month", *PLACES, "without_cost"
    ),
    "newest_data": _sensor("data_age"),
}

# They stand when the car is gone, too.
_REMEMBERED: Final = frozenset(
    {
        "last_charge",
        "last_drive",
        "charged_this_month",
        "charging_cost_this_month",
        "newest_data",
    }
)

_OPENINGS: Final = frozenset(
    {
        BinarySensorDeviceClass.DOOR,
        BinarySensorDeviceClass.OPENING,
        BinarySensorDeviceClass.WINDOW,
    }
)
# The flap and the cable are about charging, and the central lock is a fact.
_NO_OPENINGS: Final = frozenset({"charge_port", "charge_cable_lock", "locked"})

_NOT_KNOWN: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})


# Which cars there are


@callback
def async_cars(hass: HomeAssistant) -> list[Car]:
    """Return the cars of all entries that are loaded, by name."""
    entries: list[SmartcarConfigEntry] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    return async_cars_of(hass, entries)


@callback
def async_cars_of(
    hass: HomeAssistant, entries: Iterable[SmartcarConfigEntry]
) -> list[Car]:
    """Return the cars of entries, by name."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    found = []
    for entry in entries:
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
            vehicle_id = vehicle_id_of(device)
            if vehicle_id in entry.runtime_data.vehicles:
                mine = {
                    (entity.domain, entity.unique_id): entity
                    for entity in er.async_entries_for_device(entities, device.id)
                }
                found.append(Car(vehicle_id, device, entry, mine))
    return sorted(found, key=lambda car: (car.name.casefold(), car.vehicle_id))


def exposed_to(hass: HomeAssistant, assistant: str) -> Told:
    """Return what says whether an assistant may see an entity."""
    return lambda entity_id: async_should_expose(hass, assistant, entity_id)


@callback
def async_exposed_cars(hass: HomeAssistant, told: Told) -> list[Car]:
    """Return the cars of which any entity may be told of, by name."""
    return [
        car
        for car in async_cars(hass)
        if any(told(entity.entity_id) for entity in car.entities.values())
    ]


@callback
def async_find_cars(hass: HomeAssistant, cars: Iterable[Car], said: str) -> list[Car]:
    """Return the cars that somebody means by a name.

    Names come first, then aliases of their entities, then the area, and at last a
    part of the name, or maker and model. Several cars are returned where it is not
    clear which one is meant.
    """
    wanted, cars = _folded(said), list(cars)
    if not wanted:
        return []
    for names_of in (_names, _aliases, _areas):
        if found := [car for car in cars if wanted in names_of(hass, car)]:
            return found
    words = set(wanted.split())
    return [car for car in cars if words <= _words(car)]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _names(_: HomeAssistant, car: Car) -> set[str]:
    return {
        _folded(name) for name in (car.device.name_by_user, car.device.name) if name
    }


def _aliases(_: HomeAssistant, car: Car) -> set[str]:
    """Return what a person calls any of a car's entities."""
    return {
        _folded(alias)
        for entity in car.entities.values()
        for alias in entity.aliases
        if isinstance(alias, str)
    }


def _areas(hass: HomeAssistant, car: Car) -> set[str]:
    area = ar.async_get(hass).async_get_area(car.device.area_id or "")
    return {_folded(name) for name in (area.name, *area.aliases)} if area else set()


def _words(car: Car) -> set[str]:
    device = car.device
    said = (device.name_by_user, device.name, device.manufacturer, device.model)
    return set(_folded(" ".join(filter(None, said))).split())


# What is known of one


@callback
def async_summary(hass: HomeAssistant, car: Car, told: Told) -> Summary:
    """Return a car in brief, from the entities that may be told of."""
    facts = {
        name: fact
        for name, row in FACTS.items()
        if (fact := _fact(hass, car, row, told)) is not None
    }
    openings = tuple(_openings(hass, car, told))
    newest = facts.pop("newest_data", None)
    times = [
        *(fact.updated_at for fact in facts.values()),
        *(opening.updated_at for opening in openings),
    ]
    if newest is not None and isinstance(newest.value, datetime):
        times = [newest.value]
    return Summary(
        name=car.name,
        facts=facts,
        openings=openings,
        newest_data=max(filter(None, times), default=None),
    )


def _fact(hass: HomeAssistant, car: Car, row: Row, told: Told) -> Fact | None:
    """Return what the first entity shows that knows it; unknown if none does."""
    found = None
    for source in row.sources:
        state = _state(hass, car.entity(source.domain, source.key), told)
        if state is None:
            continue
        if (value := _value(hass, state, source.meanings)) is not None:
            return _known(state, value, row)
        if found is None:
            found = Fact(value=None, is_available=state.state != STATE_UNAVAILABLE)
    return found


def _state(
    hass: HomeAssistant, entity: er.RegistryEntry | None, told: Told
) -> State | None:
    if entity is None or not told(entity.entity_id):
        return None
    return hass.states.get(entity.entity_id)


def _known(state: State, value: Value, row: Row) -> Fact:
    attributes = state.attributes
    return Fact(
        value=value,
        unit=attributes.get(ATTR_UNIT_OF_MEASUREMENT),
        updated_at=_time(attributes.get("updated_at")),
        is_assumed=bool(attributes.get(ATTR_ASSUMED_STATE)),
        details={
            name: _time(said) if name.endswith("_time") else said
            for name in row.details
            if (said := attributes.get(name)) is not None
        },
    )


def _value(
    hass: HomeAssistant, state: State, meanings: Mapping[str, Value] | None
) -> Value | None:
    """Return what a state means; a number is rounded as it is shown."""
    if state.state in _NOT_KNOWN:
        return None
    if meanings is not None:
        return meanings.get(state.state)
    if state.domain == Platform.DEVICE_TRACKER:
        return AWAY if state.state == STATE_NOT_HOME else state.state
    if state.attributes.get(ATTR_DEVICE_CLASS) == SensorDeviceClass.TIMESTAMP:
        return _time(state.state)
    return float(async_rounded_state(hass, state.entity_id, state))


def _time(said: object) -> datetime | None:
    return dt_util.parse_datetime(said) if isinstance(said, str) else None


def _openings(hass: HomeAssistant, car: Car, told: Told) -> Iterable[Opening]:
    """Yield each opening and lock that may be told of."""
    left_out = {f"{car.vehicle_id}_{key}" for key in _NO_OPENINGS}
    for (domain, unique_id), entity in car.entities.items():
        kind = entity.original_device_class
        is_lock = kind == BinarySensorDeviceClass.LOCK
        if (
            domain != Platform.BINARY_SENSOR
            or unique_id in left_out
            or not (is_lock or kind in _OPENINGS)
        ):
            continue
        if (state := _state(hass, entity, told)) is not None:
            yield Opening(
                entity.name or entity.original_name or state.name,
                is_lock,
                None if state.state in _NOT_KNOWN else state.state == STATE_ON,
                _time(state.attributes.get("updated_at")),
            )
