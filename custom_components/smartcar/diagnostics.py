"""What solves a problem without a log, and names no person and no place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
import re
from typing import Any, Final

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.redact import REDACTED, async_redact_data
from homeassistant.util import dt as dt_util

from . import binary_sensor, sensor
from .car.permissions import by_permission, expected_of, permission_for
from .car.readings import MEMBERS, text, unknown_member
from .car.schedules import read_timers
from .car.state import NICKNAME, VIN
from .car.units import unit_of
from .const import (
    CONF_APPLICATION_ID,
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_TAKEN_CARS,
)
from .coordinator import SmartcarVehicle
from .device import vehicle_id_of
from .outage import SmartcarCoordinator
from .runtime import SmartcarConfigEntry, SmartcarRuntime

REDACTED_DATA: Final = {
    CONF_APPLICATION_ID,
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_EXCLUDED,
    CONF_MANAGEMENT_TOKEN,
    CONF_PREVIOUS_TOKEN,
    CONF_TAKEN_CARS,
    CONF_WEBHOOK_ID,
}
# Leaves of bodies that tell who, where or which car.
REDACTED_LEAVES: Final = {
    "address",
    "heading",
    "direction",
    "id",
    "latitude",
    "location",
    "longitude",
    "name",
    "scheduleId",
}
# Leaves of bodies that hold one of a few words, or a time.
WORDS: Final = frozenset(
    {
        "canonical",
        "chargingType",
        "connectorType",
        "days",
        "end",
        "endTime",
        "locationType",
        "scheduleType",
        "source",
        "start",
        "startTime",
        "status",
        "time",
        "type",
        "unit",
    }
)
# What such words are made of, and Smartcar's names of errors.
PLAIN: Final = re.compile(r"[A-Za-z0-9_/%°:.+-]{1,32}")
NAME: Final = re.compile(r"[A-Za-z_]{1,64}")
# Stands for any other text.
TEXT: Final = "str"
KNOWN_CODES: Final = binary_sensor.KNOWN_CODES | sensor.KNOWN_CODES
# What plain numbers carry in place of a unit.
COUNT: Final = "count"
# Signals of which no body is shown.
REDACTED_SIGNALS: Final = frozenset({NICKNAME, VIN})


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SmartcarConfigEntry
) -> dict[str, Any]:
    """Describe an application and all its cars."""
    runtime = entry.runtime_data
    context, connections = runtime.context, runtime.connections
    return {
        "entry": {
            "data": async_redact_data(entry.data, REDACTED_DATA),
            "options": dict(entry.options),
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
        "vehicles": [_describe(vehicle) for vehicle in runtime.vehicles.values()],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: SmartcarConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Describe one car."""
    vehicle = entry.runtime_data.vehicles.get(vehicle_id_of(device) or "")
    return _describe(vehicle) if vehicle else {"connected": False}


def _push(runtime: SmartcarRuntime) -> dict[str, Any]:
    """Describe what push needs and what came in; never the address."""
    push = runtime.push
    checklist = runtime.checklist()
    return {
        "state": runtime.push_state,
        "next_step": checklist.next_step,
        "checklist": asdict(checklist),
        "address_problem": push.callback.problem,
        "uses_cloudhook": push.callback.is_cloudhook,
        "failure": push.report.failure,
        "auto_subscribe": push.report.webhook.auto_subscribe
        if push.report.webhook
        else None,
        "not_sent": sorted(runtime.known_signals - push.report.codes),
        "outcomes": dict(push.log.outcomes),
        "verified_at": push.log.verified_at,
        "delivered_at": push.log.delivered_at,
    }


def _describe(vehicle: SmartcarVehicle) -> dict[str, Any]:
    """Describe a car without its id: cars are told apart by make and model."""
    car, budget = vehicle.vehicle, vehicle.budget
    rhythm = vehicle.stored.rhythm
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
            map(str, map(_named, vehicle.stored.owner_errors.open().values()))
        ),
        "last_error": _last_error(vehicle),
        "command_under_way": vehicle.stored.command_since is not None,
        "unknown_codes": sorted(vehicle.data.codes - KNOWN_CODES),
        "rejected_values": dict(vehicle.data.rejected),
        "unknown_units": _unknown_units(vehicle),
        "unknown_members": _unknown_members(vehicle),
        "unreadable_timers": read_timers(
            vehicle.data.body("charge-chargetimers") or {}
        ).unreadable,
        "diary": _diary(vehicle),
        "odometer_corrections": vehicle.data.meters.odometer.corrections,
        "signals": {
            code: _describe_signal(vehicle, code) for code in sorted(vehicle.data.codes)
        },
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


def _unknown_units(vehicle: SmartcarVehicle) -> dict[str, str]:
    """Return the units that are not known, by code."""
    bodies = {code: vehicle.data.body(code) or {} for code in vehicle.data.codes}
    return {
        code: _plain(unit)
        for code, body in bodies.items()
        if (unit := text(body, "unit")) and unit != COUNT and unit_of(unit) is None
    }


def _unknown_members(vehicle: SmartcarVehicle) -> dict[str, str]:
    """Return the members of enumerations that have no state, by code."""
    found = {
        code: unknown_member(code, vehicle.data.body(code) or {})
        for code in sorted(vehicle.data.codes)
    }
    return {code: _plain(value) for code, value in found.items() if value is not None}


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


def _redact(code: str, body: Mapping[str, Any]) -> str | dict[str, Any]:
    """Return what of a body names no person; of unknown codes only its structure."""
    if code in REDACTED_SIGNALS:
        return REDACTED
    if code not in KNOWN_CODES:
        return {_plain(name): type(value).__name__ for name, value in body.items()}
    leaf, _ = MEMBERS.get(code, ("", ()))
    told = async_redact_data(dict(body), REDACTED_LEAVES)
    return {
        _plain(name): _outlined(value, name, WORDS | {leaf})
        for name, value in told.items()
    }


def _outlined(value: object, leaf: str, words: frozenset[str]) -> object:
    """Return a part of a body, with words and numbers but no other texts."""
    if isinstance(value, dict):
        return {
            _plain(name): _outlined(part, name, words) for name, part in value.items()
        }
    if isinstance(value, list):
        return [_outlined(part, leaf, words) for part in value]
    if not isinstance(value, str) or value == REDACTED:
        return value
    return _plain(value) if leaf in words else TEXT


def _plain(text: str) -> str:
    """Return one word, but no text that anybody may have written."""
    return text if PLAIN.fullmatch(text) else TEXT


def _named(name: str | None) -> str | None:
    """Return a name as Smartcar makes them; what has digits may be a car's."""
    return name if not name or NAME.fullmatch(name) else TEXT


def _describe_signal(vehicle: SmartcarVehicle, code: str) -> Mapping[str, Any]:
    body, error = vehicle.data.body(code), vehicle.data.error(code)
    return {
        "body": _redact(code, body) if body else None,
        "error": f"{_named(error.type)}/{_named(error.code)}" if error else None,
        "measured": vehicle.data.measured(code),
        "assumed": vehicle.data.assumed.stands(code),
    }
