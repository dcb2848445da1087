"""A car under another id: what Home Assistant keeps of it moves along."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .api import (
    Connection,
    Listing,
    Retry,
    Signal,
    SmartcarClient,
    SmartcarError,
)
from .car.readings import text
from .car.state import VIN
from .const import DOMAIN
from .storage import Stored


def vin_of(read: Listing[Signal]) -> str | None:
    """Return the VIN that a car told."""
    bodies = (signal.body for signal in read.items if signal.code == VIN)
    return next((vin for body in bodies if (vin := text(body or {}, "value"))), None)


async def async_find_by_vin(
    client: SmartcarClient,
    connections: Iterable[Connection],
    gone: Mapping[str, str],
    reads: dict[str, Listing[Signal]],
) -> dict[str, str]:
    """Return which cars that are gone come back under another id, by the id before.

    `gone`: their ids by VIN. Without any, no car is read. `reads`: what was read of
    the new cars so far; what is read here is added. Raises SmartcarError when a read
    may succeed later; a car that is refused for good tells no VIN.
    """
    found: dict[str, str] = {}
    for connection in connections if gone else ():
        id_ = connection.vehicle.id
        if id_ not in reads:
            try:
                reads[id_] = await client.signals(id_, connection.user_id)
            except SmartcarError as err:
                if err.retry is Retry.BACKOFF:
                    raise
                continue
        if (old := gone.get(vin_of(reads[id_]) or "")) is not None:
            found[old] = id_
    return found


@callback
def async_move_device(
    hass: HomeAssistant, entry: ConfigEntry[Any], old: str, new: str
) -> bool:
    """Let the device of an id stand for another one.

    Return whether it does: not where the other id has a device already. What has
    no device has none to move.
    """
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier((DOMAIN, old), entry.entry_id)
    if device is None or old == new:
        return True
    target = registry.async_get_device_by_identifier((DOMAIN, new), entry.entry_id)
    if target is not None and target.id != device.id:
        return False
    identifiers = device.identifiers - {(DOMAIN, old)} | {(DOMAIN, new)}
    registry.async_update_device(device.id, new_identifiers=identifiers)
    return True


@callback
def async_move_entity(
    hass: HomeAssistant, row: er.RegistryEntry, unique_id: str
) -> bool:
    """Give an entity another unique id; return whether it has it, not if it is taken.

    Everything else stays, so states, history and statistics go on.
    """
    registry = er.async_get(hass)
    taken_by = registry.async_get_entity_id(row.domain, DOMAIN, unique_id)
    if taken_by is None:
        registry.async_update_entity(row.entity_id, new_unique_id=unique_id)
    return taken_by in (None, row.entity_id)


@callback
def async_move_vehicle(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    stored: Stored,
    old: str,
    new: str,
    connections: Iterable[Connection] = (),
) -> bool:
    """Let device, entities and stored values of a car go on under a new id.

    `connections`: those of the new id. Return whether the car goes on: nothing moves
    where the new id has a device already.
    """
    if not async_move_device(hass, entry, old, new):
        return False
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    for row in rows:
        if row.platform == DOMAIN and row.unique_id.startswith(f"{old}_"):
            async_move_entity(hass, row, new + row.unique_id.removeprefix(old))
    if old in stored.vehicles:
        stored.vehicles.setdefault(new, stored.vehicles.pop(old)).absence = None
    others = (item for item in stored.connections if item.vehicle.id != old)
    stored.connections = (*others, *connections)
    return True
