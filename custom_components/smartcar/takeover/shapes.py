"""What entries of other integrations of this domain hold.

They are known by their contents, never by their version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_setup_component

from ..const import (
    CONF_APPLICATION_ID,
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_MANAGEMENT_TOKEN,
    CONF_PACE,
    CONF_READ_INTERVAL,
    CONF_VEHICLES,
    DOMAIN,
    ENTRY_VERSION,
)
from ..options import SmartcarOptions
from ..polling.pace import PaceMode

# The credentials of Smartcar's present API; those of the old one are UUIDs.
CLIENT: Final = "client_"

# What stands in their entries.
AUTH_IMPLEMENTATION: Final = "auth_implementation"
THEIR_TOKEN: Final = "application_management_token"  # noqa: S105 - a name

# Their options that have no counterpart: these, and those of this prefix.
DROPPED_OPTIONS: Final = frozenset(
    {"daily_event_cap", "low_battery_threshold", "presence_entities"}
)
POLLS_ON: Final = "poll_on_"

# The bounds of a fixed pace, in hours, as in our form.
SHORTEST: Final = 0.25
LONGEST: Final = 168.0


@dataclass(frozen=True, slots=True)
class Credential:
    """What an entry signs in with."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def is_usable(self) -> bool:
        """Return whether Smartcar's present API knows such credentials."""
        return self.client_id.startswith(CLIENT) and bool(self.client_secret)


@callback
def is_foreign(entry: ConfigEntry[Any]) -> bool:
    """Return whether another integration of this domain made an entry."""
    data = entry.data
    return (
        entry.version != ENTRY_VERSION
        or not (data.get(CONF_CLIENT_ID) and data.get(CONF_CLIENT_SECRET))
        or CONF_VEHICLES in data
        or AUTH_IMPLEMENTATION in data
    )


async def async_credential(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> Credential | None:
    """Return what a foreign entry signs in with, wherever it keeps it."""
    data = entry.data
    client_id, secret = data.get(CONF_CLIENT_ID), data.get(CONF_CLIENT_SECRET)
    if isinstance(client_id, str) and isinstance(secret, str):
        return Credential(client_id, secret)
    if not isinstance(name := data.get(AUTH_IMPLEMENTATION), str):
        return None
    # Only those who come from elsewhere need the component.
    from homeassistant.components import (  # noqa: PLC0415 - see above
        application_credentials,
    )

    if not await async_setup_component(hass, application_credentials.DOMAIN, {}):
        return None
    known = hass.data[application_credentials.DATA_COMPONENT]
    found = known.async_client_credentials(DOMAIN).get(name)
    return Credential(found.client_id, found.client_secret) if found else None


async def async_webhook_to_hold(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> str | None:
    """Return the webhook id of a foreign entry that is about to be taken over."""
    push = push_of(entry)
    if not push:
        return None
    credential = await async_credential(hass, entry)
    return push[CONF_WEBHOOK_ID] if credential and credential.is_usable else None


def push_of(entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return what an entry needs to hear deliveries, or nothing of it."""
    webhook_id, token = entry.data.get(CONF_WEBHOOK_ID), entry.data.get(THEIR_TOKEN)
    if not (isinstance(webhook_id, str) and isinstance(token, str)):
        return {}
    if not (webhook_id and token):
        return {}
    return {CONF_WEBHOOK_ID: webhook_id, CONF_MANAGEMENT_TOKEN: token}


def known_cars(entry: ConfigEntry[Any]) -> dict[str, str | None]:
    """Return the vehicle ids of an entry, each with the VIN if it has one."""
    vehicles = entry.data.get(CONF_VEHICLES)
    if not isinstance(vehicles, Mapping):
        return {}
    return {
        id_: vin if isinstance(vin, str) else None
        for id_, car in vehicles.items()
        for vin in [car.get("vin") if isinstance(car, Mapping) else None]
    }


def options_of(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what our options are called of theirs."""
    theirs, usual = entry.options, SmartcarOptions()
    found: dict[str, Any] = {}
    limit = _number(theirs.get("monthly_budget"), 1, 1_000_000)
    reserve = _number(theirs.get("budget_reserve"), 0, 1_000_000)
    if limit is not None:
        found[CONF_CALL_LIMIT] = int(limit)
    # Ours must leave some calls for reads.
    if reserve is not None and reserve < (limit or usual.call_limit):
        found[CONF_CALL_RESERVE] = int(reserve)
    elif limit is not None and limit <= usual.call_reserve:
        found[CONF_CALL_RESERVE] = 0
    minutes = None if push_of(entry) else entry.data.get("poll_interval")
    match theirs.get("poll_profile"):
        case "interval":
            found |= _fixed(theirs.get("poll_interval_hours"))
        case "webhook_only" | "on_demand":
            found[CONF_PACE] = PaceMode.OFF.value
        case None if _number(minutes, 0, 1e9) is not None:
            found |= _fixed(float(minutes or 0) / 60)
    return found


def _fixed(hours: object) -> dict[str, Any]:
    """Return a fixed pace, within the bounds of our form."""
    if (number := _number(hours, 0, 1e9)) is None:
        return {}
    interval = min(max(number, SHORTEST), LONGEST)
    return {CONF_PACE: PaceMode.FIXED.value, CONF_READ_INTERVAL: interval}


def _number(value: object, lowest: float, highest: float) -> float | None:
    """Return a number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if lowest <= value <= highest else None


def dropped_options(entry: ConfigEntry[Any]) -> list[str]:
    """Return which options that do anything have no counterpart."""
    return sorted(
        name
        for name, value in entry.options.items()
        if value and (name in DROPPED_OPTIONS or name.startswith(POLLS_ON))
    )


def application_id_of(entry: ConfigEntry[Any]) -> str | None:
    """Return the Application ID of an entry, if it has one."""
    found = entry.data.get(CONF_APPLICATION_ID)
    return found if isinstance(found, str) and found else None
