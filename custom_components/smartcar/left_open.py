"""Whether a car stands unlocked or open, in one entity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)

from .car.closures import CLOSURES, CODES, IS_LOCKED, closures
from .car.readings import Body
from .coordinator import SmartcarVehicle
from .entity import SmartcarEntity, SmartcarEntityDescription


@dataclass(frozen=True, kw_only=True)
class SmartcarLeftOpenDescription(
    SmartcarEntityDescription, BinarySensorEntityDescription
):
    """All that opens of a car, and its lock, in one."""


def _tells_closures(vehicle: SmartcarVehicle) -> bool:
    """Return whether a car has told of its lock, or of anything that opens."""
    return any(map(vehicle.data.has, CLOSURES))


LEFT_OPEN: Final = SmartcarLeftOpenDescription(
    key="left_open",
    followed=CODES,
    exists=_tells_closures,
    device_class=BinarySensorDeviceClass.SAFETY,
)


class SmartcarLeftOpen(SmartcarEntity[bool], BinarySensorEntity):
    """Whether a car stands unlocked or open, and what of it."""

    entity_description: SmartcarLeftOpenDescription

    @override
    def read(self, body: Body) -> bool | None:
        data = self.coordinator.data
        self._closures = closures(data.body, data.measured)
        return self._closures.is_left_open

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        found = self._closures
        return {
            "open": list(found.open),
            "unlocked": found.unlocked,
            "unknown": list(found.unknown),
        }

    @override
    def _is_assumed(self) -> bool:
        return self.coordinator.data.assumed.stands(IS_LOCKED)

    @property
    @override
    def is_on(self) -> bool | None:
        return self._value
