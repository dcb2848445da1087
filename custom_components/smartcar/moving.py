"""A car under another id: what Home Assistant keeps of it moves along."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.hass_dict import HassKey

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
from .stored import Stored

# The entries of which a car has moved since Home Assistant started.
_MOVED: Final[HassKey[set[str]]] = HassKey(f"{DOMAIN}_moved")


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
def async_discard_entity(hass: HomeAssistant, row: er.RegistryEntry) -> None:
    """Remove an entity for good: Home Assistant would bring it back as it was."""
    registry = er.async_get(hass)
    registry.async_update_entity(row.entity_id, new_unique_id=f"replaced_{row.id}")
    registry.async_remove(row.entity_id)


@callback
def async_move_vehicle(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    stored: Stored,
    old: str,
    new: str,
    connections: Iterable[Connection] = (),
    *,
    replaces: bool = False,
) -> bool:
    """Let device, entities and stored values of a car go on under a new id.

    `connections`: those of the new id. `replaces`: what the new id has of its own
    gives way. Return whether the car goes on: otherwise nothing moves where the new
    id has a device already.
    """
    if not _move_registered(hass, entry, old, new, replaces=replaces):
        return False
    hass.data.setdefault(_MOVED, set()).add(entry.entry_id)
    stored.move(old, new)
    others = (item for item in stored.connections if item.vehicle.id not in (old, new))
    stored.connections = (*others, *connections)
    return True


@callback
def async_finish_moves(
    hass: HomeAssistant, entry: ConfigEntry[Any], stored: Stored
) -> None:
    """Repeat for the cars of an entry what a power cut has undone in the registries.

    They are written up to three minutes after what is stored. At a start that finds
    all in place, the moves are forgotten.
    """
    moved = hass.data.setdefault(_MOVED, set())
    if not stored.moved or entry.entry_id in moved:
        return
    if any(_is_registered(hass, entry, old) for old in stored.moved):
        moved.add(entry.entry_id)
        for old, new in stored.moved.items():
            _move_registered(hass, entry, old, new, replaces=True)
    else:
        stored.moved.clear()


@callback
def _is_registered(hass: HomeAssistant, entry: ConfigEntry[Any], id_: str) -> bool:
    """Return whether a registry knows a vehicle id."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, id_), entry.entry_id
    )
    return device is not None or any(_rows(hass, entry, id_))


@callback
def _rows(
    hass: HomeAssistant, entry: ConfigEntry[Any], id_: str
) -> Iterator[er.RegistryEntry]:
    """Yield the entities of a vehicle id."""
    for row in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if row.platform == DOMAIN and row.unique_id.startswith(f"{id_}_"):
            yield row


@callback
def _move_registered(
    hass: HomeAssistant, entry: ConfigEntry[Any], old: str, new: str, *, replaces: bool
) -> bool:
    """Let device and entities go on under a new id; see `async_move_vehicle`."""
    devices, registry = dr.async_get(hass), er.async_get(hass)
    device, other = (
        devices.async_get_device_by_identifier((DOMAIN, id_), entry.entry_id)
        for id_ in (old, new)
    )
    if device is not None and other is not None and not replaces:
        return False
    given_way = {(row.domain, row.unique_id): row for row in _rows(hass, entry, new)}
    for row in tuple(_rows(hass, entry, old)):
        unique_id = new + row.unique_id.removeprefix(old)
        if (taken_by := given_way.pop((row.domain, unique_id), None)) is not None:
            async_discard_entity(hass, taken_by)
        async_move_entity(hass, row, unique_id)
    if device is not None and other is not None:
        # What only the new id has goes on, too.
        for row in given_way.values():
            registry.async_update_entity(row.entity_id, device_id=device.id)
        devices.async_remove_device(other.id)
    return async_move_device(hass, entry, old, new)
