"""The charge port's flap as a cover."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.cover import (
    CoverEntity,
    CoverEntityDescription,
    CoverEntityFeature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.readings import Body, boolean
from .commands import (
    CHARGE_PORT_OPEN,
    CLOSE_CHARGE_PORT,
    CONTROL_CHARGE,
    OPEN_CHARGE_PORT,
)
from .entity import SmartcarEntityDescription, SmartcarMovingEntity
from .entity_loader import async_add_described, for_every_car
from .runtime import SmartcarConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SmartcarCoverDescription(SmartcarEntityDescription, CoverEntityDescription):
    """A cover."""


# Without a device class: one of a door would fire the triggers of doors.
DESCRIPTIONS: Final = (
    SmartcarCoverDescription(
        key="charge_port",
        signal=CHARGE_PORT_OPEN,
        required_permission=CONTROL_CHARGE,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the charge ports of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarCover
    )


class SmartcarCover(SmartcarMovingEntity[bool], CoverEntity):
    """The flap of the charge port."""

    entity_description: SmartcarCoverDescription
    _attr_supported_features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE

    @override
    def read(self, body: Body) -> bool | None:
        return boolean(body, self.entity_description.leaf)

    @property
    @override
    def is_closed(self) -> bool | None:
        return None if self._value is None else not self._value

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        await self._move("_attr_is_opening", OPEN_CHARGE_PORT)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        await self._move("_attr_is_closing", CLOSE_CHARGE_PORT)
