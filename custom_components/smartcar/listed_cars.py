"""Judge an application's credentials by the cars that Smartcar lists for them."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
import logging
import re
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .api import (
    AccessDeniedError,
    AuthenticationError,
    BillingError,
    Connection,
    Listing,
    RateLimitError,
    Signal,
    SmartcarClient,
    SmartcarError,
    ValidationError,
    Vehicle,
)
from .connections import async_is_held_elsewhere
from .const import CONF_APPLICATION_ID
from .device import vehicle_id_of
from .moving import async_find_by_vin

_LOGGER = logging.getLogger(__name__)

# The Application ID and a v2 secret look like this; a client id never does.
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

# Enough of a VIN or id to tell cars apart.
TAIL: Final = 6

ERRORS: Final[tuple[tuple[type[SmartcarError], str], ...]] = (
    (AuthenticationError, "invalid_auth"),
    # The token endpoint's answer to an empty or mangled id or secret.
    (ValidationError, "invalid_auth"),
    (AccessDeniedError, "access_denied"),
    (BillingError, "billing"),
    (RateLimitError, "rate_limited"),
    (SmartcarError, "cannot_connect"),
)

type Connections = tuple[Connection, ...]
type Reads = dict[str, Listing[Signal]]


def errors_of(error: SmartcarError) -> dict[str, str]:
    """Return a form's errors for a request that failed."""
    return {"base": next(key for kind, key in ERRORS if isinstance(error, kind))}


def application_id_errors(application_id: str) -> dict[str, str]:
    """Return a form's errors for an Application ID; an empty one means none."""
    if not application_id or UUID.fullmatch(application_id):
        return {}
    return {CONF_APPLICATION_ID: "not_an_application_id"}


@callback
def async_cars_of(hass: HomeAssistant, entry: ConfigEntry) -> frozenset[str]:
    """Return the ids of the cars that have a device in an entry."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return frozenset(filter(None, map(vehicle_id_of, devices)))


async def async_find_cars(
    hass: HomeAssistant,
    entry: ConfigEntry,
    client: SmartcarClient,
    connections: Connections,
    reads: Reads,
) -> dict[str, str] | None:
    """Find an entry's cars in another application: by id, else by VIN.

    Return the new ids of those that have one, by the id before; None if no car is
    found. `reads` are the new cars' reads so far; what is read here is added. Raises
    SmartcarError when a read may succeed later.
    """
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    own = {
        id_: device.serial_number
        for device in devices
        if (id_ := vehicle_id_of(device)) is not None
    }
    listed = {item.vehicle.id: item for item in connections}
    gone = {vin: id_ for id_, vin in own.items() if vin and id_ not in listed}
    new = [item for id_, item in listed.items() if id_ not in own]
    moved = await async_find_by_vin(client, new, gone, reads)
    return moved if moved or own.keys() & listed.keys() else None


@callback
def async_offered(
    hass: HomeAssistant, entry: ConfigEntry | None, connections: Connections
) -> dict[str, Connection]:
    """Return the newest connection of every car that no entry but this one holds."""
    entry_id = entry.entry_id if entry else None
    oldest_first = sorted(
        connections, key=lambda item: item.updated_at or dt_util.utc_from_timestamp(0)
    )
    newest = {item.vehicle.id: item for item in oldest_first}
    return {
        item.vehicle.id: newest[item.vehicle.id]
        for item in connections
        if not async_is_held_elsewhere(hass, item.vehicle.id, entry_id)
    }


async def async_read_once(
    client: SmartcarClient, connections: Collection[Connection]
) -> Reads:
    """Read each car once, by its connection; leave out those that fail."""

    async def read(connection: Connection) -> Listing[Signal] | None:
        try:
            return await client.signals(connection.vehicle.id, connection.user_id)
        except SmartcarError as err:
            _LOGGER.debug("A car could not be read during set-up: %s", err)
            return None

    answers = await asyncio.gather(*map(read, connections))
    return {
        connection.vehicle.id: answer
        for connection, answer in zip(connections, answers, strict=True)
        if answer is not None
    }


def signals_in(reads: Reads) -> frozenset[str]:
    """Return the codes of the signals that came with a value."""
    return frozenset(
        signal.code
        for read in reads.values()
        for signal in read.items
        if signal.body is not None
    )


def labels(cars: Collection[Vehicle], vins: Mapping[str, str]) -> dict[str, str]:
    """Name cars so that a person can tell them apart, by vehicle id.

    Cars of one model and year get the end of their VIN, else of their id.
    """
    names = {car.id: _label(car) for car in cars}
    counts = Counter(names.values())
    return {
        id_: f"{name} · …{vins.get(id_, id_)[-TAIL:]}" if counts[name] > 1 else name
        for id_, name in names.items()
    }


def _label(car: Vehicle) -> str:
    """Name a car by make, model and year, and say if Smartcar simulates it."""
    year = f" ({car.year})" if car.year else ""
    mode = f" · {car.mode}" if car.mode == "simulated" else ""
    return f"{car.name or f'…{car.id[-TAIL:]}'}{year}{mode}"
