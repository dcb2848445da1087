"""Actions: what a person tells one or several cars."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, time
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
from homeassistant.exceptions import (
    HomeAssistantError,
)
from homeassistant.helpers import (
    config_validation as cv,
    service,
)
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
from .coordinator import SmartcarVehicle
from .diary_services import DIARY_SCHEMAS, async_setup_diary_services
from .failures import refusal
from .memory import CHARGE_RECORDS
from .plan_services import PLAN_SCHEMA, async_setup_plan_services
from .runtime import runtime_of
from .sending import async_send_command
from .targets import POLICY_CONTROL, POLICY_READ, async_vehicles
from .texts import error_text

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


def _minutes(value: object) -> time:
    """Take a time of day; Smartcar takes no seconds, so they are dropped."""
    return cv.time(value).replace(second=0, microsecond=0)


def _check_place(data: Mapping[str, Any], entity: str) -> None:
    """Refuse half a position, and two places where one is needed.

    `entity` is the field that names a place by an entity. Raise
    ServiceValidationError.
    """
    if (ATTR_LATITUDE in data) != (ATTR_LONGITUDE in data):
        raise refusal("half_a_position")
    if entity in data and ATTR_LATITUDE in data:
        raise refusal("two_places")


def _check_schedule(data: Mapping[str, Any]) -> None:
    """Refuse what a kind of schedule lacks, and what it would ignore.

    Raise ServiceValidationError.
    """
    _check_place(data, ATTR_ZONE)
    kind = data[ATTR_TYPE]
    weekend = [
        name in data for name in (ATTR_WEEKEND_START_TIME, ATTR_WEEKEND_STOP_TIME)
    ]
    if kind == "weekly" and not data.get(ATTR_DAYS):
        raise refusal("weekly_without_days")
    if kind != "weekly" and data.get(ATTR_DAYS):
        raise refusal("days_not_weekly")
    if kind == "workweek" and not all(weekend):
        raise refusal("workweek_without_weekend")
    if kind != "workweek" and any(weekend):
        raise refusal("weekend_not_workweek")
    for start, stop in (
        (ATTR_START_TIME, ATTR_STOP_TIME),
        (ATTR_WEEKEND_START_TIME, ATTR_WEEKEND_STOP_TIME),
    ):
        if start in data and data[start] == data[stop]:
            raise refusal("empty_window", time=f"{data[start]:%H:%M}")


_CAR: Final[Mapping[Any, Any]] = {vol.Required(ATTR_DEVICE_ID): cv.string}

_LOOK: Final = vol.Schema(
    {**_CAR, vol.Optional(ATTR_REFRESH, default=False): cv.boolean}
)

SCHEMAS: Final = {
    "create_charge_schedule": vol.Schema(
        {
            **_CAR,
            vol.Required(ATTR_TYPE): vol.In(("daily", "weekly", "workweek")),
            vol.Required(ATTR_START_TIME): _minutes,
            vol.Required(ATTR_STOP_TIME): _minutes,
            vol.Optional(ATTR_DAYS): vol.All(cv.ensure_list, [vol.In(WEEKDAYS)]),
            vol.Optional(ATTR_WEEKEND_START_TIME): _minutes,
            vol.Optional(ATTR_WEEKEND_STOP_TIME): _minutes,
            vol.Optional(ATTR_ZONE): cv.entity_domain("zone"),
            vol.Optional(ATTR_LATITUDE): cv.latitude,
            vol.Optional(ATTR_LONGITUDE): cv.longitude,
        }
    ),
    **DIARY_SCHEMAS,
    "delete_charge_schedule": vol.Schema(
        {**_CAR, vol.Required(ATTR_SCHEDULE_ID): cv.string}
    ),
    "disconnect_vehicle": vol.Schema(
        {
            **_CAR,
            vol.Required(ATTR_CONFIRM): cv.boolean,
            vol.Optional(ATTR_WHOLE_USER, default=False): cv.boolean,
        }
    ),
    "get_charge_records": _LOOK,
    "get_service_records": _LOOK,
    "get_signals": _LOOK,
    "plan_charge": PLAN_SCHEMA,
    "start_charging": vol.Schema(_CARS),
    "stop_charging": vol.Schema(_CARS),
    "set_charge_limit": vol.Schema(
        {**_CARS, vol.Required(ATTR_PERCENT): vol.Coerce(float)}
    ),
    "set_destination": vol.Schema(
        {
            **_CARS,
            vol.Optional(ATTR_LATITUDE): cv.latitude,
            vol.Optional(ATTR_LONGITUDE): cv.longitude,
            vol.Optional(ATTR_DESTINATION): cv.entity_domain(
                ["device_tracker", "person", "zone"]
            ),
        }
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
    async_setup_diary_services(hass)
    async_setup_plan_services(hass)
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
    percent: float = call.data[ATTR_PERCENT]
    # Half a percent would be cut without a word.
    if not (
        LOWEST_CHARGE_LIMIT <= percent <= HIGHEST_CHARGE_LIMIT and percent.is_integer()
    ):
        raise refusal(
            "charge_limit_out_of_range",
            percent=f"{percent:g}",
            lowest=str(LOWEST_CHARGE_LIMIT),
            highest=str(HIGHEST_CHARGE_LIMIT),
        )
    await _command(call, SET_CHARGE_LIMIT, percent=int(percent))


async def _set_destination(call: ServiceCall) -> None:
    _check_place(call.data, ATTR_DESTINATION)
    if ATTR_DESTINATION not in call.data and ATTR_LATITUDE not in call.data:
        raise refusal("no_place")
    latitude, longitude = _coordinates(call, call.data.get(ATTR_DESTINATION))
    await _command(call, SET_DESTINATION, latitude=latitude, longitude=longitude)


async def _create_schedule(call: ServiceCall) -> ServiceResponse:
    """Make a charge schedule, and answer its id."""
    data = call.data
    _check_schedule(data)
    (vehicle,) = await async_vehicles(call, POLICY_CONTROL)
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
    result = await async_send_command(
        vehicle, CREATE_CHARGE_SCHEDULE, kind=data[ATTR_TYPE], attributes=attributes
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
    (vehicle,) = await async_vehicles(call, POLICY_CONTROL)
    schedule_id = call.data[ATTR_SCHEDULE_ID]
    if not SCHEDULE_ID.fullmatch(schedule_id):
        raise refusal("schedule_not_found", vehicle.car_name)
    await async_send_command(vehicle, DELETE_CHARGE_SCHEDULE, schedule_id=schedule_id)
    return {ATTR_SCHEDULE_ID: schedule_id}


async def _disconnect(call: ServiceCall) -> None:
    """End the connection of a car, or remove its user altogether."""
    (vehicle,) = await async_vehicles(call, POLICY_CONTROL)
    if not call.data[ATTR_CONFIRM]:
        raise refusal("not_confirmed", vehicle.car_name)
    await runtime_of(vehicle).async_disconnect(
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
    return {
        "newest_data": _iso(vehicle.data.newest),
        "last_contact": _iso(vehicle.stored.last_contact),
        "signals": signals,
    }


async def _looked_at(call: ServiceCall) -> SmartcarVehicle:
    """Return the car of a call, read first when that is asked for.

    A read costs a call, so it takes the right to control the car.
    """
    refresh = call.data[ATTR_REFRESH]
    (vehicle,) = await async_vehicles(call, POLICY_CONTROL if refresh else POLICY_READ)
    if refresh:
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
        "updated_at": _iso(measured),
        "error": "/".join(filter(None, (error.type, error.code))) if error else None,
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _coordinates(call: ServiceCall, entity_id: str | None) -> tuple[float, float]:
    """Return a place in degrees: an entity's, else the one given."""
    if entity_id is None:
        return call.data[ATTR_LATITUDE], call.data[ATTR_LONGITUDE]
    if (state := call.hass.states.get(entity_id)) is None:
        raise refusal("place_not_found", entity=entity_id)
    latitude = state.attributes.get(ATTR_LATITUDE)
    longitude = state.attributes.get(ATTR_LONGITUDE)
    if latitude is None or longitude is None:
        raise refusal("destination_without_position", entity=entity_id)
    return latitude, longitude


async def _command(call: ServiceCall, command: Command, **arguments: Any) -> None:
    """Send a command to all cars of a call; name every car that refused."""
    cars = await async_vehicles(call, POLICY_CONTROL)
    results = await asyncio.gather(
        *(async_send_command(car, command, **arguments) for car in cars),
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
            translation_placeholders={
                "errors": " ".join(error_text(call.hass, item) for item in failures)
            },
        )
