"""What is so or is not: openings, plugs, and states of the car."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.charging import IS_CHARGING
from .car.closures import IS_LOCKED
from .car.readings import Body, boolean, text, warning
from .commands import CONTROL_CHARGE, CONTROL_SECURITY
from .coordinator import SmartcarVehicle
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import (
    async_add_described,
    at_positions,
    for_every_car,
    name_of,
    new_codes,
)
from .left_open import LEFT_OPEN, SmartcarLeftOpen
from .runtime import SmartcarConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SmartcarBinarySensorDescription(
    SmartcarEntityDescription, BinarySensorEntityDescription
):
    """A boolean of a body.

    `inverted`: HA's "on" means unlocked, not locked. `read`: how to read what is
    no boolean.
    """

    inverted: bool = False
    read: Callable[[Body, str], bool | None] | None = None

    @override
    def applies(self, vehicle: SmartcarVehicle) -> bool:
        """Leave out a leaf that the car's bodies do not have at all."""
        return super().applies(vehicle) and (
            self.leaf == "value" or self.leaf in self.body(vehicle)
        )


def brand(body: Body) -> Mapping[str, Any]:
    """Read what the maker calls the surveillance of its cars."""
    return {"brand": text(body, "value")}


def warning_details(body: Body) -> Mapping[str, Any]:
    """Read what a warning says beside its state."""
    return {
        "description": text(body, "description"),
        "raw_value": text(body, "status"),
    }


DESCRIPTIONS: Final = (
    SmartcarBinarySensorDescription(
        key="battery_heater",
        signal="tractionbattery-isheateractive",
        device_class=BinarySensorDeviceClass.RUNNING,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="charging",
        signal=IS_CHARGING,
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
    ),
    SmartcarBinarySensorDescription(
        key="plug",
        signal="charge-ischargingcableconnected",
        device_class=BinarySensorDeviceClass.PLUG,
    ),
    SmartcarBinarySensorDescription(
        key="charge_cable_lock",
        signal="charge-ischargingcablelatched",
        device_class=BinarySensorDeviceClass.LOCK,
        entity_registry_enabled_default=False,
        inverted=True,
    ),
    SmartcarBinarySensorDescription(
        key="charge_port",
        signal="charge-ischargingportflapopen",
        device_class=BinarySensorDeviceClass.OPENING,
        hidden_by_permission=CONTROL_CHARGE,
    ),
    SmartcarBinarySensorDescription(
        key="fast_charger",
        signal="charge-isfastchargerpresent",
        device_class=BinarySensorDeviceClass.PLUG,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="locked",
        signal=IS_LOCKED,
        device_class=BinarySensorDeviceClass.LOCK,
        inverted=True,
        hidden_by_permission=CONTROL_SECURITY,
    ),
    SmartcarBinarySensorDescription(
        key="front_trunk",
        signal="closure-fronttrunk",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.OPENING,
    ),
    SmartcarBinarySensorDescription(
        key="front_trunk_lock",
        signal="closure-fronttrunk",
        leaf="isLocked",
        device_class=BinarySensorDeviceClass.LOCK,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        inverted=True,
    ),
    SmartcarBinarySensorDescription(
        key="rear_trunk",
        signal="closure-reartrunk",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.OPENING,
    ),
    SmartcarBinarySensorDescription(
        key="rear_trunk_lock",
        signal="closure-reartrunk",
        leaf="isLocked",
        device_class=BinarySensorDeviceClass.LOCK,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        inverted=True,
    ),
    SmartcarBinarySensorDescription(
        key="tailgate",
        signal="closure-tailgate",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.OPENING,
    ),
    SmartcarBinarySensorDescription(
        key="tailgate_lock",
        signal="closure-tailgate",
        leaf="isLocked",
        device_class=BinarySensorDeviceClass.LOCK,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        inverted=True,
    ),
    SmartcarBinarySensorDescription(
        key="sunroof",
        signal="closure-sunroof",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.WINDOW,
    ),
    SmartcarBinarySensorDescription(
        key="hood",
        signal="closure-enginecover",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.OPENING,
    ),
    SmartcarBinarySensorDescription(
        key="climate",
        signal="hvac-iscabinhvacactive",
        device_class=BinarySensorDeviceClass.RUNNING,
    ),
    SmartcarBinarySensorDescription(
        key="front_defroster",
        signal="hvac-isfrontdefrosteractive",
        device_class=BinarySensorDeviceClass.RUNNING,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="rear_defroster",
        signal="hvac-isreardefrosteractive",
        device_class=BinarySensorDeviceClass.RUNNING,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="steering_wheel_heater",
        signal="hvac-issteeringheateractive",
        device_class=BinarySensorDeviceClass.RUNNING,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="surveillance",
        signal="surveillance-isenabled",
        companion="surveillance-brand",
        attributes=brand,
    ),
    SmartcarBinarySensorDescription(
        key="in_service",
        signal="service-isinservice",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="at_home",
        signal="location-isathome",
        device_class=BinarySensorDeviceClass.PRESENCE,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="online",
        signal="connectivitystatus-isonline",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarBinarySensorDescription(
        key="asleep",
        signal="connectivitystatus-isasleep",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarBinarySensorDescription(
        key="digital_key",
        signal="connectivitystatus-isdigitalkeypaired",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

GRIDS: Final = (
    SmartcarBinarySensorDescription(
        key="door",
        signal="closure-doors",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.DOOR,
    ),
    SmartcarBinarySensorDescription(
        key="door_lock",
        signal="closure-doors",
        leaf="isLocked",
        device_class=BinarySensorDeviceClass.LOCK,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        inverted=True,
    ),
    SmartcarBinarySensorDescription(
        key="window",
        signal="closure-windows",
        leaf="isOpen",
        device_class=BinarySensorDeviceClass.WINDOW,
    ),
)


DIAGNOSTICS: Final = "diagnostics-"

# All signals of this group but the trouble codes share one form.
WARNINGS: Final = (
    "abs",
    "activesafety",
    "airbag",
    "brakefluid",
    "driverassistance",
    "emissions",
    "evbatteryconditioning",
    "evcharging",
    "evdriveunit",
    "evhvbattery",
    "lighting",
    "mil",
    "oillife",
    "oilpressure",
    "oiltemperature",
    "telematics",
    "tirepressure",
    "tirepressuremonitoring",
    "transmission",
    "washerfluid",
    "waterinfuel",
)
WARNING_CODES: Final = tuple(f"{DIAGNOSTICS}{name}" for name in WARNINGS)
# The published codes of the group: these, and the trouble codes.
DIAGNOSTIC_CODES: Final = frozenset(WARNING_CODES) | {
    f"{DIAGNOSTICS}dtccount",
    f"{DIAGNOSTICS}dtclist",
}


def warning_row(name: str) -> SmartcarBinarySensorDescription:
    """Make the row of a warning from its code after the dash."""
    return SmartcarBinarySensorDescription(
        key=name,
        signal=f"{DIAGNOSTICS}{name}",
        leaf="status",
        read=warning,
        attributes=warning_details,
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


@dataclass(frozen=True, kw_only=True)
class SmartcarWarningsDescription(
    SmartcarEntityDescription, BinarySensorEntityDescription
):
    """All warnings of a car in one."""

    @cached_property
    @override
    def sources(self) -> tuple[str, ...]:
        """Return the codes of the warnings that have a name."""
        return WARNING_CODES

    @override
    def body(self, vehicle: SmartcarVehicle) -> Body:
        """Return nothing: the entity looks at all warnings."""
        return {}

    @override
    def applies(self, vehicle: SmartcarVehicle) -> bool:
        """Return whether the car has ever answered a warning, a new one included."""
        return bool(warnings_of(vehicle))


# Without a category: one for all of them is what an owner looks for.
ALL_WARNINGS: Final = SmartcarWarningsDescription(
    key="warnings", device_class=BinarySensorDeviceClass.PROBLEM
)

TABLE: Final = (*DESCRIPTIONS, *map(warning_row, WARNINGS))
KNOWN_CODES: Final = frozenset(row.signal for row in (*TABLE, *GRIDS) if row.signal)
KEYS: Final = frozenset(row.key for row in (*TABLE, ALL_WARNINGS))


def new_warning_row(code: str) -> SmartcarBinarySensorDescription:
    """Make the row of a warning that no table has, with a key of its own."""
    name = code.removeprefix(DIAGNOSTICS)
    return replace(
        warning_row(name),
        key=code if name in KEYS else name,
        translation_key="other_warning",
        placeholders={"name": name_of(name)},
    )


def is_new_warning(code: str, body: Body) -> bool:
    """Return whether a code that no row shows is a warning."""
    return (
        code.startswith(DIAGNOSTICS)
        and "status" in body
        and code not in DIAGNOSTIC_CODES
    )


def warnings_of(vehicle: SmartcarVehicle) -> dict[str, Body]:
    """Return the bodies of all warnings that a car has answered, by name."""
    data = vehicle.data
    codes = [code for code in data.codes if code.startswith(DIAGNOSTICS)]
    bodies = {code: data.body(code) or {} for code in sorted(codes)}
    return {
        code.removeprefix(DIAGNOSTICS): body
        for code, body in bodies.items()
        if (code in WARNING_CODES and data.has(code)) or is_new_warning(code, body)
    }


def rows(vehicle: SmartcarVehicle) -> Iterable[SmartcarBinarySensorDescription]:
    """Return the rows of a car."""
    yield from TABLE
    yield from at_positions(vehicle, *GRIDS)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of all cars."""
    async_add_described(entry, async_add_entities, rows, SmartcarBinarySensor)
    async_add_described(
        entry, async_add_entities, for_every_car(ALL_WARNINGS), SmartcarWarnings
    )
    async_add_described(
        entry, async_add_entities, for_every_car(LEFT_OPEN), SmartcarLeftOpen
    )
    others = new_codes(is_new_warning)
    async_add_described(
        entry,
        async_add_entities,
        lambda vehicle: map(new_warning_row, others(vehicle)),
        SmartcarBinarySensor,
    )


class SmartcarBinarySensor(SmartcarEntity[bool], BinarySensorEntity):
    """A boolean the car reports."""

    entity_description: SmartcarBinarySensorDescription

    @override
    def read(self, body: Body) -> bool | None:
        row = self.entity_description
        value = (row.read or boolean)(body, row.leaf)
        return value if value is None else value is not row.inverted

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value


class EveryDiagnostic:
    """The codes of all diagnostics, also of those that no table has."""

    def isdisjoint(self, codes: Iterable[str]) -> bool:
        """Return whether none of some codes is one of a diagnostic."""
        return not any(code.startswith(DIAGNOSTICS) for code in codes)


class SmartcarWarnings(SmartcarEntity[bool], BinarySensorEntity):
    """Whether a car warns of anything, and of what."""

    entity_description: SmartcarWarningsDescription
    _unrecorded_attributes = frozenset({"descriptions"})

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarWarningsDescription
    ) -> None:
        """Listen to every diagnostic: warnings may come that no table has."""
        self._active: dict[str, str | None] = {}
        super().__init__(vehicle, description)
        self.coordinator_context = EveryDiagnostic()

    @override
    def read(self, body: Body) -> bool | None:
        """Return whether one is on; a warning that says neither counts for nothing."""
        bodies = warnings_of(self.coordinator)
        states = {name: warning(each) for name, each in bodies.items()}
        self._active = {
            name: text(bodies[name], "description")
            for name, is_on in states.items()
            if is_on
        }
        known = set(states.values()) - {None}
        return True in known if known else None

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        return {
            "active": list(self._active),
            "descriptions": {name: said for name, said in self._active.items() if said},
        }

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value
