"""Where the car is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.device_tracker import (
    TrackerEntity,
    TrackerEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.readings import Body, member, number, text
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import async_add_described, for_every_car
from .runtime import SmartcarConfigEntry

PARALLEL_UPDATES = 0

type Coordinates = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class SmartcarTrackerDescription(SmartcarEntityDescription, TrackerEntityDescription):
    """A position."""


def _attributes(body: Body) -> Mapping[str, Any]:
    return {
        "direction": text(body, "direction"),
        "location_type": member(body, "locationType"),
    }


DESCRIPTIONS: Final = (
    SmartcarTrackerDescription(
        key="location", signal="location-preciselocation", attributes=_attributes
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the trackers of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarTracker
    )


class SmartcarTracker(SmartcarEntity[Coordinates], TrackerEntity):
    """The position Smartcar last heard of, current or where the car parked."""

    entity_description: SmartcarTrackerDescription

    @property
    @override
    def entity_category(self) -> EntityCategory | None:
        """Return none: trackers are diagnostic by default, and triggers skip those."""
        return None

    @override
    def read(self, body: Body) -> Coordinates | None:
        latitude, longitude = number(body, "latitude"), number(body, "longitude")
        if latitude is None or longitude is None:
            return None
        return latitude, longitude

    @property
    @override
    def latitude(self) -> float | None:
        return self._value[0] if self._value else None

    @property
    @override
    def longitude(self) -> float | None:
        return self._value[1] if self._value else None
