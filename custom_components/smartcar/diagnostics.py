"""What solves a problem without a log, and names no person and no place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
import re
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import (
    ATTR_ASSUMED_STATE,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.redact import REDACTED
from homeassistant.helpers.selector import EntitySelector
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import METRIC_SYSTEM

from . import binary_sensor, sensor
from .car.permissions import by_permission, expected_of, permission_for
from .car.readings import text, unknown_member
from .car.schedules import read_timers
from .car.units import unit_of
from .commands import COMMANDS
from .const import CONF_ROTATED_AT
from .coordinator import SmartcarVehicle
from .device import vehicle_id_of
from .diary_sensor import COST_DESCRIPTIONS, DIARY_DESCRIPTIONS
from .options import fields
from .outage import SmartcarCoordinator
from .redaction import TEXT, Redaction
from .runtime import SmartcarConfigEntry, SmartcarRuntime

# The form of the file, so that a later one can be told from it.
FORMAT: Final = 2
# What of an entry's data is no credential, no id and no address.
SHOWN_DATA: Final = frozenset({CONF_ROTATED_AT})
# The platforms whose entities show what a car is like now, not a place or an event.
SHOWN_PLATFORMS: Final = frozenset(
    {
        Platform.BINARY_SENSOR,
        Platform.COVER,
        Platform.LOCK,
        Platform.NUMBER,
        Platform.SENSOR,
        Platform.SWITCH,
    }
)
KNOWN_CODES: Final = binary_sensor.KNOWN_CODES | sensor.KNOWN_CODES
# What plain numbers carry in place of a unit.
COUNT: Final = "count"
# What a person has driven, charged and paid.
DIARY_KEYS: Final = frozenset(
    row.key for row in (*COST_DESCRIPTIONS, *DIARY_DESCRIPTIONS)
)
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
LOCATION: Final = "location-preciselocation"


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SmartcarConfigEntry
) -> dict[str, Any]:
    """Describe an application and all its cars."""
    runtime = entry.runtime_data
    context, connections = runtime.context, runtime.connections
    return {
        **_head(hass),
        "entry": {
            "data": {
                name: value if name in SHOWN_DATA or not value else REDACTED
                for name, value in entry.data.items()
            },
            "options": _options(entry.options),
            "version": entry.version,
        },
        "account": {
            "hosts_overridden": context.client.hosts.overridden,
            "excluded_cars": len(connections.excluded),
            "outcomes": dict(context.health.outcomes),
            "answered_at": context.stored.answered_at,
            "credentials_refused": context.health.credentials_refused,
            "last_error": _last_error(connections),
            "store_problem": runtime.store.problem,
        },
        "push": _push(runtime),
        "vehicles": [_describe(hass, vehicle) for vehicle in runtime.vehicles.values()],
    }


def _head(hass: HomeAssistant) -> dict[str, Any]:
    """Tell when the file was made, and how Home Assistant shows numbers and words."""
    is_metric = hass.config.units is METRIC_SYSTEM
    return {
        "format": FORMAT,
        "made_at": dt_util.utcnow(),
        "units": "metric" if is_metric else "us_customary",
        "language": hass.config.language,
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: SmartcarConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Describe one car."""
    vehicle = entry.runtime_data.vehicles.get(vehicle_id_of(device) or "")
    if vehicle is None:
        return {"connected": False}
    return {**_head(hass), **_describe(hass, vehicle)}


def _push(runtime: SmartcarRuntime) -> dict[str, Any]:
    """Describe what push needs and what came in; never the address."""
    push = runtime.push
    checklist, hook = runtime.checklist(), push.report.webhook
    return {
        "state": runtime.push_state,
        "next_step": checklist.next_step,
        "checklist": asdict(checklist),
        "address_problem": push.callback.problem,
        "uses_cloudhook": push.callback.is_cloudhook,
        "failure": push.report.failure,
        "auto_subscribe": hook.auto_subscribe if hook else None,
        "triggers": sorted(hook.triggers) if hook else [],
        "data": sorted(push.report.codes),
        "not_sent": sorted(runtime.known_signals - push.report.codes),
        "outcomes": dict(push.log.outcomes),
        "verified_at": push.log.verified_at,
        "delivered_at": push.log.delivered_at,
    }


def _describe(hass: HomeAssistant, vehicle: SmartcarVehicle) -> dict[str, Any]:
    """Describe a car without its id: cars are told apart by make and model."""
    car, budget = vehicle.vehicle, vehicle.budget
    rhythm, redaction = vehicle.stored.rhythm, _redaction(vehicle)
    return {
        "car": {
            "make": car.make,
            "model": car.model,
            "year": car.year,
            "powertrain": car.powertrain,
            "mode": car.mode,
        },
        "connections": len(vehicle.grants.connections),
        "permissions": _permissions(vehicle),
        "incapable": sorted(vehicle.grants.incapable),
        "refused": sorted(vehicle.grants.refused),
        "commands": sorted(
            command.name
            for command in COMMANDS
            if vehicle.grants.may_control(command.permission, command.signal)
        ),
        "available": vehicle.is_available,
        "calls": {
            "used": budget.used,
            "limit": budget.limit,
            "reserve": budget.reserve,
            "month": budget.month,
            "shared": budget.cars > 1,
            "refused_at": budget.refused(dt_util.now()),
            "last_read": vehicle.stored.pace.last_read,
            "reads_without_news": vehicle.stored.pace.without_news,
            "next_read": vehicle.next_read.due,
            "reason": vehicle.next_read.reason,
        },
        "newest_data": vehicle.data.newest,
        "last_contact": vehicle.stored.last_contact,
        "deliveries": {
            "latest": rhythm.latest,
            "flowing": rhythm.is_flowing(dt_util.utcnow()),
            "patience": rhythm.patience.total_seconds(),
        },
        "account_errors": sorted(
            map(str, map(redaction.named, vehicle.stored.owner_errors.open().values()))
        ),
        "last_error": _last_error(vehicle),
        "command_under_way": vehicle.stored.command_since is not None,
        "unknown_codes": sorted(vehicle.data.codes - KNOWN_CODES),
        "rejected_values": dict(vehicle.data.rejected),
        "unknown_units": _unknown_units(vehicle, redaction),
        "unknown_members": _unknown_members(vehicle, redaction),
        "unreadable_timers": read_timers(
            vehicle.data.body("charge-chargetimers") or {}
        ).unreadable,
        "diary": _diary(vehicle),
        "odometer_corrections": vehicle.data.meters.odometer.corrections,
        "signals": {
            code: _describe_signal(vehicle, code, redaction)
            for code in sorted(vehicle.data.codes)
        },
        "states": _states(hass, vehicle, redaction),
    }


def _diary(vehicle: SmartcarVehicle) -> dict[str, Any]:
    """Count what a car remembers; neither places nor times of a person."""
    memory = vehicle.diary.memory
    return {
        "charges": len(memory.charges()),
        "drives": len(memory.drives()),
        "refuels": len(memory.refuels()),
        "stands": len(memory.stands()),
        "gaps": dict(Counter(gap.reason for gap in memory.gaps())),
        "points_too_late": memory.late,
        "jumps_refused": memory.refused,
        "usable_capacity": memory.capacity,
        "has_own_capacity": vehicle.stored.usable_capacity is not None,
        "file_problem": vehicle.diary.file.problem,
    }


def _last_error(coordinator: SmartcarCoordinator[Any]) -> str | None:
    """Name how the last request that failed did so."""
    return getattr(coordinator.last_exception, "translation_key", None)


def _unknown_units(vehicle: SmartcarVehicle, redaction: Redaction) -> dict[str, str]:
    """Return the units that are not known, by code."""
    bodies = {code: vehicle.data.body(code) or {} for code in vehicle.data.codes}
    return {
        code: redaction.plain(unit)
        for code, body in bodies.items()
        if (unit := text(body, "unit")) and unit != COUNT and unit_of(unit) is None
    }


def _unknown_members(vehicle: SmartcarVehicle, redaction: Redaction) -> dict[str, str]:
    """Return the members of enumerations that have no state, by code."""
    found = {
        code: unknown_member(code, vehicle.data.body(code) or {})
        for code in sorted(vehicle.data.codes)
    }
    return {
        code: redaction.plain(value)
        for code, value in found.items()
        if value is not None
    }


def _permissions(vehicle: SmartcarVehicle) -> dict[str, Any]:
    """Return what the owner granted and what not, with the signals that need it.

    A signal refused in spite of its permission is not for the owner to grant, and
    a petrol car lacks no permission to read a charge.
    """
    expected = expected_of(vehicle.vehicle.powertrain)
    granted, codes = vehicle.grants.permissions, vehicle.data.codes
    errors = {code: vehicle.data.error(code) for code in codes}
    refused = {code for code, err in errors.items() if err and err.type == "PERMISSION"}
    return {
        "granted": by_permission(granted, codes),
        "missing": by_permission(expected - granted, codes),
        "refused_although_granted": sorted(
            code for code in refused if permission_for(code) in granted
        ),
    }


def _redaction(vehicle: SmartcarVehicle) -> Redaction:
    """Return what tells of a car without what is known to be private of it."""
    entry, push = vehicle.context.entry, vehicle.context.stored.push
    location = vehicle.data.body(LOCATION) or {}
    logins = (*vehicle.grants.connections, *vehicle.grants.last)
    return Redaction(
        [
            *entry.data.values(),
            *(entry.unique_id, entry.title, push.hook_id),
            *(vehicle.id, vehicle.vin, vehicle.car_name),
            *(id_ for login in logins for id_ in (login.id, login.user_id)),
            *(location.get("latitude"), location.get("longitude")),
        ]
    )


def _describe_signal(
    vehicle: SmartcarVehicle, code: str, redaction: Redaction
) -> dict[str, Any]:
    """Describe what is shown of a signal, and what its report held.

    `told` stands there where the car told something else than what is shown: a
    command has ended since, or the car does not charge any more.
    """
    data, is_known = vehicle.data, code in KNOWN_CODES
    body, error, report = data.body(code), data.error(code), data.report(code)
    status = data.status(code)
    told: dict[str, Any] = {
        "body": redaction.body(code, body, is_known=is_known) if body else None,
        "error": f"{redaction.named(error.type)}/{redaction.named(error.code)}"
        if error
        else None,
        "measured": data.measured(code),
        "assumed": data.assumed.stands(code),
        "asked": report.asked if report else None,
        "answered": status.asked if status else None,
        "dated": report is not None and report.is_dated,
    }
    if report is not None and report.body != body:
        told["told"] = redaction.body(code, report.body, is_known=is_known)
    if (unit := data.unit(code)) is not None and not (body or {}).get("unit"):
        told["unit"] = redaction.plain(unit)
    return told


def _states(
    hass: HomeAssistant, vehicle: SmartcarVehicle, redaction: Redaction
) -> dict[str, Any]:
    """Return what a car's entities show, by the keys of their rows.

    Neither the names nor the ids of entities, which a person chooses.
    """
    start = f"{vehicle.id}_"
    entities = er.async_entries_for_config_entry(
        er.async_get(hass), vehicle.context.entry.entry_id
    )
    found: dict[str, Any] = {}
    for entity in entities:
        key, state = (
            entity.unique_id.removeprefix(start),
            hass.states.get(entity.entity_id),
        )
        if (
            entity.domain in SHOWN_PLATFORMS
            and key not in {entity.unique_id, *DIARY_KEYS}
            and state is not None
        ):
            found[f"{entity.domain}.{key}"] = _shown(entity, state, redaction)
    return dict(sorted(found.items()))


def _shown(
    entity: er.RegistryEntry, state: State, redaction: Redaction
) -> dict[str, Any]:
    """Return a state, with its unit, and whether it is assumed."""
    is_text = entity.domain == Platform.SENSOR and not _is_plain(entity, state.state)
    shown: dict[str, Any] = {"state": TEXT if is_text else redaction.plain(state.state)}
    if (unit := state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)) is not None:
        shown["unit"] = redaction.plain(str(unit))
    if state.attributes.get(ATTR_ASSUMED_STATE):
        shown["assumed"] = True
    return shown


def _is_plain(sensor: er.RegistryEntry, state: str) -> bool:
    """Return whether a state is a number, a time or one of a few words."""
    if state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return True
    capabilities = sensor.capabilities or {}
    if options := capabilities.get("options"):
        return state in options
    if sensor.original_device_class == SensorDeviceClass.TIMESTAMP:
        return True
    is_number = sensor.unit_of_measurement or "state_class" in capabilities
    return bool(is_number and NUMBER.fullmatch(state))


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options; of an entity that was chosen only its platform."""
    known = dict(fields())
    return {
        name: value.partition(".")[0]
        if isinstance(value, str) and isinstance(known[name].selector, EntitySelector)
        else value
        for name, value in options.items()
        if name in known
    }
