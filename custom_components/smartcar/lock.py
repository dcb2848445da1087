"""The doors as one lock."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .car.closures import IS_LOCKED
from .car.readings import Body, boolean
from .commands import CONTROL_SECURITY, LOCK, UNLOCK
from .entity import SmartcarEntityDescription, SmartcarMovingEntity
from .entity_loader import async_add_described, for_every_car
from .runtime import SmartcarConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SmartcarLockDescription(SmartcarEntityDescription, LockEntityDescription):
    """A lock."""


# Never the car's bare name: "turn off <car> heating" would unlock the car.
DESCRIPTIONS: Final = (
    SmartcarLockDescription(
        key="lock",
        signal=IS_LOCKED,
        required_permission=CONTROL_SECURITY,
        works_without_signal=True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the locks of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarLock
    )


class SmartcarLock(SmartcarMovingEntity[bool], LockEntity):
    """The central lock."""

    entity_description: SmartcarLockDescription

    @override
    def read(self, body: Body) -> bool | None:
        return boolean(body, self.entity_description.leaf)

    @property
    @override
    def is_locked(self) -> bool | None:
        return self._value

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        await self._move("_attr_is_locking", LOCK)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        await self._move("_attr_is_unlocking", UNLOCK)
