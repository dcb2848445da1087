"""Charging as a switch."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.charging import IS_CHARGING
from .car.readings import Body, boolean
from .commands import CONTROL_CHARGE, START_CHARGING, STOP_CHARGING
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .runtime import SmartcarConfigEntry
from .sending import async_send_command

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SmartcarSwitchDescription(SmartcarEntityDescription, SwitchEntityDescription):
    """A switch."""


DESCRIPTIONS: Final = (
    SmartcarSwitchDescription(
        key="charging",
        signal=IS_CHARGING,
        required_permission=CONTROL_CHARGE,
        works_without_signal=True,
        disabled_without_signal=True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarSwitch
    )


class SmartcarSwitch(SmartcarEntity[bool], SwitchEntity):
    """Starts and stops charging."""

    entity_description: SmartcarSwitchDescription

    @override
    def read(self, body: Body) -> bool | None:
        return boolean(body, self.entity_description.leaf)

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await async_send_command(self.coordinator, START_CHARGING)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await async_send_command(self.coordinator, STOP_CHARGING)
