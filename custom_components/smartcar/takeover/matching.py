"""Which cars of an application are those of a foreign entry."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..api import Connection, Listing, Retry, Signal, SmartcarClient, SmartcarError
from ..const import CONF_PACE, DOMAIN
from ..moving import vin_of
from ..polling.pace import PaceMode
from .shapes import known_cars, options_of


class Match(NamedTuple):
    """Which cars of an application are those of an entry.

    `cars`: their id or VIN, as the entry knows it, and the vehicle id now. `found`:
    how many cars of the application are among them. `reads`: what was read
    meanwhile, by vehicle id.
    """

    cars: Mapping[str, str]
    found: int
    reads: Mapping[str, Listing[Signal]] = MappingProxyType({})


@callback
def _names_of_devices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return by which ids the entry's devices go; some may be VINs."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        identifier[1]
        for device in devices
        for identifier in device.identifiers
        if identifier[0] == DOMAIN
    }


async def async_match(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    client: SmartcarClient,
    connections: Sequence[Connection],
) -> Match:
    """Find the cars of a foreign entry among those of an application.

    By vehicle id, which stays the same within an application. Where that leaves
    one over, each car that is not found yet is read once, and its VIN decides; a
    car that does not tell its VIN stays unknown. All are read where the options want
    no reads later on, as when an entry is added. Raises SmartcarError when a read
    may succeed later.
    """
    listed = {item.vehicle.id: item for item in connections}
    known = known_cars(entry)
    cars = {id_: id_ for id_ in known}
    cars |= {vin: id_ for id_, vin in known.items() if vin}
    names = _names_of_devices(hass, entry)
    left = (names | known.keys()) - listed.keys()
    left -= {vin for id_, vin in known.items() if vin and id_ in listed}
    found = listed.keys() & (known.keys() | names)
    cars |= {id_: id_ for id_ in names & listed.keys()}
    reads: dict[str, Listing[Signal]] = {}
    # A car that is not to be read by itself would show nothing at first.
    is_off = options_of(entry).get(CONF_PACE) == PaceMode.OFF
    wanted = listed if is_off else listed.keys() - found if left else ()
    for id_, connection in listed.items():
        if id_ not in wanted:
            continue
        try:
            reads[id_] = await client.signals(id_, connection.user_id)
        except SmartcarError as err:
            if left and id_ not in found and err.retry is Retry.BACKOFF:
                raise
            continue
        if (vin := vin_of(reads[id_])) is None:
            continue
        before = {vin, *(old for old, told in known.items() if told == vin)}
        if before & (names | known.keys()):
            cars |= dict.fromkeys(before, id_)
            found |= {id_}
    return Match(cars, len(found), reads)


def has_cars(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether a foreign entry has any car to be found again."""
    return bool(known_cars(entry) or _names_of_devices(hass, entry))
