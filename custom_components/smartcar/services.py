"""Actions: what a person tells one or several cars."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_LATITUDE,
    ATTR_LONGITUDE,
)
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from .commands import (
    HIGHEST_CHARGE_LIMIT,
    LOWEST_CHARGE_LIMIT,
    SET_CHARGE_LIMIT,
    SET_DESTINATION,
    START_CHARGING,
    STOP_CHARGING,
    Command,
)
from .const import DOMAIN
from .coordinator import SmartcarConfigEntry, SmartcarVehicle
from .device import vehicle_id_of

ATTR_DESTINATION: Final = "destination"
ATTR_PERCENT: Final = "percent"

_CARS: Final[Mapping[Any, Any]] = {
    vol.Required(ATTR_DEVICE_ID): vol.All(
        cv.ensure_list, [cv.string], vol.Length(min=1)
    )
}


def _whole(value: float) -> int:
    """Require a whole number; half a percent would be cut in silence."""
    if value != int(value):
        raise vol.Invalid("must be a whole number")
    return int(value)


def _one_place(data: dict[str, Any]) -> dict[str, Any]:
    """Require either coordinates or a destination, not both."""
    if (ATTR_DESTINATION in data) == (ATTR_LATITUDE in data):
        raise vol.Invalid("give either latitude and longitude, or a destination")
    return data


SCHEMAS: Final = {
    "start_charging": vol.Schema(_CARS),
    "stop_charging": vol.Schema(_CARS),
    "set_charge_limit": vol.Schema(
        {
            **_CARS,
            vol.Required(ATTR_PERCENT): vol.All(
                vol.Coerce(float),
                vol.Range(min=LOWEST_CHARGE_LIMIT, max=HIGHEST_CHARGE_LIMIT),
                _whole,
            ),
        }
    ),
    "set_destination": vol.All(
        vol.Schema(
            {
                **_CARS,
                vol.Inclusive(ATTR_LATITUDE, "coordinates"): cv.latitude,
                vol.Inclusive(ATTR_LONGITUDE, "coordinates"): cv.longitude,
                vol.Optional(ATTR_DESTINATION): cv.entity_domain(
                    ["device_tracker", "person", "zone"]
                ),
            }
        ),
        _one_place,
    ),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, handler in (
        ("start_charging", _start_charging),
        ("stop_charging", _stop_charging),
        ("set_charge_limit", _set_charge_limit),
        ("set_destination", _set_destination),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema=SCHEMAS[name])


async def _start_charging(call: ServiceCall) -> None:
    await _command(call, START_CHARGING)


async def _stop_charging(call: ServiceCall) -> None:
    await _command(call, STOP_CHARGING)


async def _set_charge_limit(call: ServiceCall) -> None:
    await _command(call, SET_CHARGE_LIMIT, percent=call.data[ATTR_PERCENT])


async def _set_destination(call: ServiceCall) -> None:
    latitude, longitude = _coordinates(call)
    await _command(call, SET_DESTINATION, latitude=latitude, longitude=longitude)


def _coordinates(call: ServiceCall) -> tuple[float, float]:
    """Return the place to go to, in degrees."""
    entity_id = call.data.get(ATTR_DESTINATION)
    if entity_id is None:
        return call.data[ATTR_LATITUDE], call.data[ATTR_LONGITUDE]
    state = call.hass.states.get(entity_id)
    attributes = state.attributes if state else {}
    latitude = attributes.get(ATTR_LATITUDE)
    longitude = attributes.get(ATTR_LONGITUDE)
    if latitude is None or longitude is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="destination_without_position",
            translation_placeholders={"entity": entity_id},
        )
    return latitude, longitude


def _vehicles(call: ServiceCall) -> list[SmartcarVehicle]:
    """Find the cars of a call; nothing is sent when one is not there."""
    vehicles = []
    for device_id in dict.fromkeys(call.data[ATTR_DEVICE_ID]):
        entry: SmartcarConfigEntry
        device, entry = service.async_get_device_and_config_entry(
            call.hass, DOMAIN, device_id, include_child_devices=False
        )
        vehicle = entry.runtime_data.vehicles.get(vehicle_id_of(device) or "")
        if vehicle is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="connection_gone",
                translation_placeholders={"car": device.name or "", "error": ""},
            )
        vehicles.append(vehicle)
    return vehicles


async def _command(call: ServiceCall, command: Command, **arguments: Any) -> None:
    """Send a command to all cars of a call; name every car that refused."""
    results = await asyncio.gather(
        *(car.async_command(command, **arguments) for car in _vehicles(call)),
        return_exceptions=True,
    )
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures:
        if len(failures) == 1 or not isinstance(failure, HomeAssistantError):
            raise failure
    if failures:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="several_failed",
            translation_placeholders={"errors": " ".join(map(str, failures))},
        )
