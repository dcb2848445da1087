"""The charge limit and the battery's usable capacity as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.plausible import LEVEL
from .car.readings import Body, charge_limit, charge_limits
from .commands import (
    CHARGE_LIMITS,
    CONTROL_CHARGE,
    HIGHEST_CHARGE_LIMIT,
    LOWEST_CHARGE_LIMIT,
    SET_CHARGE_LIMIT,
)
from .diary import DIARY
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .memory import CAPACITY, battery_capacity
from .runtime import SmartcarConfigEntry
from .sending import async_send_command

PARALLEL_UPDATES = 0

# kWh by which a capacity may differ from the car maker's and be the same.
SAME_CAPACITY: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class SmartcarNumberDescription(SmartcarEntityDescription, NumberEntityDescription):
    """A number."""


DESCRIPTIONS: Final = (
    SmartcarNumberDescription(
        key="charge_limit",
        signal=CHARGE_LIMITS,
        required_permission=CONTROL_CHARGE,
        works_without_signal=True,
        disabled_without_signal=True,
        device_class=NumberDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_min_value=LOWEST_CHARGE_LIMIT,
        native_max_value=HIGHEST_CHARGE_LIMIT,
        native_step=1,
        mode=NumberMode.SLIDER,
        attributes=charge_limits,
    ),
)

# What the diary's estimates are made with.
CAPACITY_DESCRIPTION: Final = SmartcarNumberDescription(
    key="usable_capacity",
    followed=frozenset({CAPACITY, DIARY}),
    exists=lambda car: car.data.has(LEVEL),
    device_class=NumberDeviceClass.ENERGY_STORAGE,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    native_min_value=5,
    native_max_value=250,
    native_step=0.1,
    mode=NumberMode.BOX,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarNumber
    )
    async_add_described(
        entry,
        async_add_entities,
        for_every_car(CAPACITY_DESCRIPTION),
        SmartcarCapacityNumber,
    )


class SmartcarNumber(SmartcarEntity[float], NumberEntity):
    """Sets the state of charge at which charging ends."""

    entity_description: SmartcarNumberDescription
    _unrecorded_attributes = frozenset({"limits"})

    @override
    def read(self, body: Body) -> float | None:
        if self.coordinator.data.assumed.is_doubtful(CHARGE_LIMITS):
            return None
        return charge_limit(body)

    @property
    @override
    def native_value(self) -> float | None:
        return self._value

    @override
    async def async_set_native_value(self, value: float) -> None:
        await async_send_command(
            self.coordinator, SET_CHARGE_LIMIT, percent=round(value)
        )


class SmartcarCapacityNumber(SmartcarEntity[float], NumberEntity):
    """Sets how much of the battery can be used; at first the car maker's figure."""

    entity_description: SmartcarNumberDescription
    _outlasts_car = True

    @override
    def read(self, body: Body) -> float | None:
        return self.coordinator.diary.memory.capacity

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        maker = battery_capacity(self.coordinator.data.body(CAPACITY))
        is_own = self.coordinator.stored.usable_capacity is not None
        return {"is_own": is_own, "maker_capacity": maker}

    @property
    @override
    def native_value(self) -> float | None:
        return self._value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Let a capacity count; that of the car maker follows the maker again."""
        vehicle = self.coordinator
        maker = battery_capacity(vehicle.data.body(CAPACITY))
        is_makers = maker is not None and abs(value - maker) < SAME_CAPACITY
        vehicle.diary.async_use_capacity(None if is_makers else value, vehicle.data)
        vehicle.async_publish((DIARY,))
        vehicle.context.save(vehicle.id)
