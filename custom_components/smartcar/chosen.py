"""Which entities of cars a trigger or condition means, and what it needs of them.

A target may name a device, an area or a label with entities of all kinds; device
classes alone would choose too many of them.
"""

from collections.abc import Iterable
from datetime import datetime

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import SmartcarVehicle
from .runtime import SmartcarConfigEntry


@callback
def entities_of(hass: HomeAssistant, key: str, entity_ids: Iterable[str]) -> set[str]:
    """Return those of some entities that show `key` of a car."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (row := registry.async_get(entity_id)) is not None
        and row.platform == DOMAIN
        and row.translation_key == key
    }


@callback
def vehicle_of(hass: HomeAssistant, entity_id: str) -> SmartcarVehicle | None:
    """Return the car that an entity belongs to, while its entry is loaded."""
    row = er.async_get(hass).async_get(entity_id)
    if row is None or row.config_entry_id is None:
        return None
    entry: SmartcarConfigEntry | None = hass.config_entries.async_get_entry(
        row.config_entry_id
    )
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    id_ = row.unique_id.removesuffix(f"_{row.translation_key}")
    return entry.runtime_data.vehicles.get(id_)


@callback
def newest_of(hass: HomeAssistant, state: State) -> datetime | None:
    """Return when the newest data of a car are from; `state`: of *Newest data*.

    The sensor moves in steps, so the car itself is asked, too.
    """
    shown = dt_util.parse_datetime(state.state)
    vehicle = vehicle_of(hass, state.entity_id)
    exact = vehicle.data.newest if vehicle is not None else None
    return max((time for time in (shown, exact) if time is not None), default=None)
