"""Actions: what a person tells one or several cars."""

import asyncio
from collections.abc import Mapping
from datetime import time
import re
from typing import Any, Final

from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_LATITUDE,
    ATTR_LONGITUDE,
    WEEKDAYS,
)
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from .commands import (
    CREATE_CHARGE_SCHEDULE,
    DELETE_CHARGE_SCHEDULE,
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
ATTR_CONFIRM: Final = "confirm"
ATTR_DAYS: Final = "days"
ATTR_REFRESH: Final = "refresh"
ATTR_SCHEDULE_ID: Final = "schedule_id"
ATTR_START_TIME: Final = "start_time"
ATTR_STOP_TIME: Final = "stop_time"
ATTR_TYPE: Final = "type"
ATTR_WEEKEND_START_TIME: Final = "weekend_start_time"
ATTR_WEEKEND_STOP_TIME: Final = "weekend_stop_time"
ATTR_WHOLE_USER: Final = "whole_user"
ATTR_ZONE: Final = "zone"

HOME: Final = "zone.home"

CHARGE_RECORDS: Final = "charge-chargerecords"
SERVICE_RECORDS: Final = "service-records"

# How Smartcar writes the days.
DAY_NAMES: Final[Mapping[str, str]] = {
    "mon": "monday",
    "tue": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}

# An id becomes part of an address: nothing that could lead elsewhere.
SCHEDULE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")

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


def _minutes(value: object) -> time:
    """Require a time of day in whole minutes; Smartcar takes no seconds."""
    at = cv.time(value)
    if at.second or at.microsecond:
        raise vol.Invalid("must be hours and minutes, without seconds")
    return at


def _token(value: object) -> str:
    """Require a plain id."""
    if not isinstance(value, str) or not SCHEDULE_ID.fullmatch(value):
        raise vol.Invalid("must be the id of a schedule")
    return value


def _yes(value: object) -> bool:
    """Require an explicit yes."""
    if cv.boolean(value) is not True:
        raise vol.Invalid("must be on; this cannot be undone")
    return True


def _one_schedule(data: dict[str, Any]) -> dict[str, Any]:
    """Require what a kind of schedule needs, and nothing that it would ignore."""
    if ATTR_ZONE in data and ATTR_LATITUDE in data:
        raise vol.Invalid("give either a zone, or latitude and longitude")
    if (data[ATTR_TYPE] == "weekly") != bool(data.get(ATTR_DAYS)):
        raise vol.Invalid("a weekly schedule needs days, and no other has them")
    if (data[ATTR_TYPE] == "workweek") != (ATTR_WEEKEND_START_TIME in data):
        raise vol.Invalid("a work week needs times for the weekend, and no other")
    for start, stop in (
        (ATTR_START_TIME, ATTR_STOP_TIME),
        (ATTR_WEEKEND_START_TIME, ATTR_WEEKEND_STOP_TIME),
    ):
        if start in data and data[start] == data[stop]:
            raise vol.Invalid("start and end must differ")
    return data


_CAR: Final[Mapping[Any, Any]] = {vol.Required(ATTR_DEVICE_ID): cv.string}

_LOOK: Final = vol.Schema(
    {**_CAR, vol.Optional(ATTR_REFRESH, default=False): cv.boolean}
)

SCHEMAS: Final = {
    "create_charge_schedule": vol.All(
        vol.Schema(
            {
                **_CAR,
                vol.Required(ATTR_TYPE): vol.In(("daily", "weekly", "workweek")),
                vol.Required(ATTR_START_TIME): _minutes,
                vol.Required(ATTR_STOP_TIME): _minutes,
                vol.Optional(ATTR_DAYS): vol.All(cv.ensure_list, [vol.In(WEEKDAYS)]),
                vol.Inclusive(ATTR_WEEKEND_START_TIME, "weekend"): _minutes,
                vol.Inclusive(ATTR_WEEKEND_STOP_TIME, "weekend"): _minutes,
                vol.Optional(ATTR_ZONE): cv.entity_domain("zone"),
                vol.Inclusive(ATTR_LATITUDE, "coordinates"): cv.latitude,
                vol.Inclusive(ATTR_LONGITUDE, "coordinates"): cv.longitude,
            }
        ),
        _one_schedule,
    ),
    "delete_charge_schedule": vol.Schema(
        {**_CAR, vol.Required(ATTR_SCHEDULE_ID): _token}
    ),
    "disconnect_vehicle": vol.Schema(
        {
            **_CAR,
            vol.Required(ATTR_CONFIRM): _yes,
            vol.Optional(ATTR_WHOLE_USER, default=False): cv.boolean,
        }
    ),
    "get_charge_records": _LOOK,
    "get_service_records": _LOOK,
    "get_signals": _LOOK,
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
    for name, answer, response in (
        ("create_charge_schedule", _create_schedule, SupportsResponse.OPTIONAL),
        ("delete_charge_schedule", _delete_schedule, SupportsResponse.OPTIONAL),
        ("get_charge_records", _get_charge_records, SupportsResponse.ONLY),
        ("get_service_records", _get_service_records, SupportsResponse.ONLY),
        ("get_signals", _get_signals, SupportsResponse.ONLY),
    ):
        hass.services.async_register(
            DOMAIN, name, answer, schema=SCHEMAS[name], supports_response=response
        )
    service.async_register_admin_service(
        hass,
        DOMAIN,
        "disconnect_vehicle",
        _disconnect,
        schema=SCHEMAS["disconnect_vehicle"],
    )


async def _start_charging(call: ServiceCall) -> None:
    await _command(call, START_CHARGING)


async def _stop_charging(call: ServiceCall) -> None:
    await _command(call, STOP_CHARGING)


async def _set_charge_limit(call: ServiceCall) -> None:
    await _command(call, SET_CHARGE_LIMIT, percent=call.data[ATTR_PERCENT])


async def _set_destination(call: ServiceCall) -> None:
    latitude, longitude = _coordinates(call, call.data.get(ATTR_DESTINATION))
    await _command(call, SET_DESTINATION, latitude=latitude, longitude=longitude)


async def _create_schedule(call: ServiceCall) -> ServiceResponse:
    """Make a charge schedule, and answer its id."""
    (vehicle,) = _vehicles(call)
    data = call.data
    entity_id = None if ATTR_LATITUDE in data else data.get(ATTR_ZONE, HOME)
    latitude, longitude = _coordinates(call, entity_id)
    times = _times(data, ATTR_START_TIME, ATTR_STOP_TIME)
    attributes: dict[str, Any] = {
        "location": {"latitude": latitude, "longitude": longitude}
    }
    match data[ATTR_TYPE]:
        case "daily":
            attributes |= times
        case "weekly":
            chosen = set(data[ATTR_DAYS])
            attributes["days"] = {
                name: times for day, name in DAY_NAMES.items() if day in chosen
            }
        case _:
            attributes["weekdays"] = times
            attributes["weekends"] = _times(
                data, ATTR_WEEKEND_START_TIME, ATTR_WEEKEND_STOP_TIME
            )
    result = await vehicle.async_command(
        CREATE_CHARGE_SCHEDULE, kind=data[ATTR_TYPE], attributes=attributes
    )
    return {ATTR_SCHEDULE_ID: result.schedule_id}


def _times(data: Mapping[str, Any], start: str, stop: str) -> dict[str, str]:
    """Write a window as Smartcar does."""
    return {
        "startTime": f"{data[start]:%H:%M}",
        "stopTime": f"{data[stop]:%H:%M}",
    }


async def _delete_schedule(call: ServiceCall) -> ServiceResponse:
    """Delete a charge schedule, and answer its id."""
    (vehicle,) = _vehicles(call)
    schedule_id = call.data[ATTR_SCHEDULE_ID]
    await vehicle.async_command(DELETE_CHARGE_SCHEDULE, schedule_id=schedule_id)
    return {ATTR_SCHEDULE_ID: schedule_id}


async def _disconnect(call: ServiceCall) -> None:
    """End the connection of a car, or remove its user altogether."""
    (vehicle,) = _vehicles(call)
    await vehicle.account.async_disconnect(
        vehicle, whole_user=call.data[ATTR_WHOLE_USER]
    )


async def _get_charge_records(call: ServiceCall) -> ServiceResponse:
    return _records(await _looked_at(call), CHARGE_RECORDS)


async def _get_service_records(call: ServiceCall) -> ServiceResponse:
    return _records(await _looked_at(call), SERVICE_RECORDS)


async def _get_signals(call: ServiceCall) -> ServiceResponse:
    """Answer everything that is known of a car."""
    vehicle = await _looked_at(call)
    signals: dict[str, Any] = {}
    for code in sorted(vehicle.data.codes):
        body = vehicle.data.body(code)
        signals[code] = {
            "value": (body or {}).get("value"),
            "unit": (body or {}).get("unit"),
            "body": None if body is None else dict(body),
            **_origin(vehicle, code),
        }
    return {"signals": signals}


async def _looked_at(call: ServiceCall) -> SmartcarVehicle:
    """Return the car of a call, read anew when that is asked for."""
    (vehicle,) = _vehicles(call)
    if call.data[ATTR_REFRESH]:
        await vehicle.async_read_now()
    return vehicle


def _records(vehicle: SmartcarVehicle, code: str) -> dict[str, Any]:
    """Return the list in a signal's body as it came."""
    records = (vehicle.data.body(code) or {}).get("values")
    return {
        "records": records if isinstance(records, list) else [],
        **_origin(vehicle, code),
    }


def _origin(vehicle: SmartcarVehicle, code: str) -> dict[str, Any]:
    """Tell how old a signal is, and why its latest answer held no value."""
    measured, error = vehicle.data.measured(code), vehicle.data.error(code)
    return {
        "updated_at": measured.isoformat() if measured else None,
        "error": "/".join(filter(None, (error.type, error.code))) if error else None,
    }


def _coordinates(call: ServiceCall, entity_id: str | None) -> tuple[float, float]:
    """Return a place in degrees: an entity's, else the one given."""
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
    for device_id in dict.fromkeys(cv.ensure_list(call.data[ATTR_DEVICE_ID])):
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
