"""What is so or is not: openings, plugs, and states of the car."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import CONTROL_SECURITY, IS_LOCKED
from .coordinator import SmartcarConfigEntry, SmartcarVehicle
from .entity import (
    SmartcarEntity,
    SmartcarEntityDescription,
    async_add_described,
    at_positions,
)
from .readings import boolean
from .vehicle import IS_CHARGING

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SmartcarBinarySensorDescription(
    SmartcarEntityDescription, BinarySensorEntityDescription
):
    """A boolean of a body. `inverted`: HA's "on" means unlocked, not locked."""

    inverted: bool = False

    @override
    def applies(self, vehicle: SmartcarVehicle) -> bool:
        """Leave out a leaf that the car's bodies do not have at all."""
        return super().applies(vehicle) and (
            self.leaf == "value" or self.leaf in self.body(vehicle)
        )


DESCRIPTIONS: Final = (
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
        inverted=True,
    ),
    SmartcarBinarySensorDescription(
        key="charge_port",
        signal="charge-ischargingportflapopen",
        device_class=BinarySensorDeviceClass.OPENING,
    ),
    SmartcarBinarySensorDescription(
        key="fast_charger",
        signal="charge-isfastchargerpresent",
        device_class=BinarySensorDeviceClass.PLUG,
    ),
    SmartcarBinarySensorDescription(
        key="locked",
        signal=IS_LOCKED,
        device_class=BinarySensorDeviceClass.LOCK,
        inverted=True,
        unless=CONTROL_SECURITY,
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


def rows(vehicle: SmartcarVehicle) -> Iterable[SmartcarBinarySensorDescription]:
    """Return the rows of a car."""
    yield from DESCRIPTIONS
    yield from at_positions(vehicle, *GRIDS)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of all cars."""
    async_add_described(entry, async_add_entities, rows, SmartcarBinarySensor)


class SmartcarBinarySensor(SmartcarEntity[bool], BinarySensorEntity):
    """A boolean the car reports."""

    entity_description: SmartcarBinarySensorDescription

    @override
    def read(self) -> bool | None:
        value = boolean(self.body, self.entity_description.leaf)
        return value if value is None else value is not self.entity_description.inverted

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value
