"""The charge limit as a number."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.readings import Body, charge_limit, charge_limits
from .commands import (
    CHARGE_LIMITS,
    CONTROL_CHARGE,
    HIGHEST_CHARGE_LIMIT,
    LOWEST_CHARGE_LIMIT,
    SET_CHARGE_LIMIT,
)
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .runtime import SmartcarConfigEntry
from .sending import async_send_command

PARALLEL_UPDATES = 0


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


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarNumber
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
