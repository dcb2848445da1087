"""Ask Smartcar now."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.readings import Body
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .runtime import SmartcarConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SmartcarButtonDescription(SmartcarEntityDescription, ButtonEntityDescription):
    """A button."""


DESCRIPTIONS: Final = (
    SmartcarButtonDescription(key="refresh", entity_category=EntityCategory.DIAGNOSTIC),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarButton
    )


class SmartcarButton(SmartcarEntity[None], ButtonEntity):
    """Makes one read of the car's signals."""

    entity_description: SmartcarButtonDescription

    @override
    def read(self, body: Body) -> None:
        """Read nothing: a button shows nothing of the car."""

    @override
    async def async_press(self) -> None:
        await self.coordinator.async_read_now()
