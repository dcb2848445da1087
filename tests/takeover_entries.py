"""Entries as other integrations of the domain have left them; everything is invented.

Their registries are made by hand, from the forms alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from simulator import fleet

from .deliveries import WEBHOOK_ID

OLD_CLIENT_ID = fleet.APPLICATION_ID
"""In the old API the client id was what is the Application ID now."""
OLD_SECRET = "1f0b9a67-55d2-4c0e-8a3b-7e9d2c4f6a81"
AUTH = "smartcar_by_hand"
VINS = {
    fleet.BEV: fleet.BEV_SPEC.vin,
    fleet.PHEV: fleet.PHEV_SPEC.vin,
    fleet.ICE: fleet.ICE_SPEC.vin,
}
BEV_VIN = VINS[fleet.BEV]

PUSH = {
    "webhook_id": WEBHOOK_ID,
    "application_management_token": fleet.MANAGEMENT_TOKEN,
    "cloudhook": False,
}
VEHICLES = {
    id_: {"vin": VINS[id_], "make": "MAKE", "model": "Model", "year": 2023}
    for id_ in (fleet.BEV, fleet.PHEV)
}
TOKEN = {"access_token": "old-access", "refresh_token": "old-refresh", "expires_at": 1}


@dataclass(frozen=True)
class Shape:
    """An entry of another integration.

    `keyed_by`: what stands in front of the keys, `vin` or `id`. `credential`: the
    client id and secret among the application credentials. `asks`: whether a person
    must enter other credentials.
    """

    version: tuple[int, int]
    data: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    keyed_by: str = "vin"
    credential: tuple[str, str] | None = (OLD_CLIENT_ID, OLD_SECRET)
    asks: bool = True

    def name_of(self, vehicle_id: str) -> str:
        """Return by what the entry knows a car."""
        return VINS[vehicle_id] if self.keyed_by == "vin" else vehicle_id

    def entry(self, **other: Any) -> MockConfigEntry:
        """Make the entry; nothing knows it yet."""
        values: dict[str, Any] = {
            "title": "Smartcar",
            "unique_id": " ".join(sorted(VEHICLES)),
            "data": dict(self.data),
            **other,
        }
        return MockConfigEntry(
            domain=DOMAIN,
            version=self.version[0],
            minor_version=self.version[1],
            options=dict(self.options),
            **values,
        )


NEW = (fleet.CLIENT_ID, fleet.CLIENT_SECRET)
_OAUTH = {"auth_implementation": AUTH}

SHAPES = {
    "first, without cars": Shape(
        (1, 1), {**_OAUTH, "token": {**TOKEN, "scope": "read_battery"}}
    ),
    "old API": Shape(
        (2, 0),
        {**_OAUTH, "token": {**TOKEN, "scopes": ["read_battery"]}}
        | {"vehicles": VEHICLES},
    ),
    "old API with webhook": Shape(
        (2, 0), {**_OAUTH, "token": TOKEN, "vehicles": VEHICLES, **PUSH}
    ),
    "new API": Shape(
        (2, 0),
        {**_OAUTH, "token": TOKEN, "user_id": fleet.USER_1, **PUSH}
        | {
            "application_id": fleet.APPLICATION_ID,
            "vehicles": {
                fleet.BEV: {"make": "MAKE", "model": "Model", "year": 2023},
                fleet.PHEV: VEHICLES[fleet.PHEV],
            },
        },
        keyed_by="id",
        credential=NEW,
        asks=False,
    ),
    "with options": Shape(
        (2, 2),
        {**_OAUTH, "token": TOKEN, "user_id": fleet.USER_1, "vehicles": VEHICLES}
        | {"application_id": fleet.APPLICATION_ID, "granted_permissions": {}},
        options={
            "monthly_budget": 500,
            "budget_reserve": 50,
            "poll_profile": "interval",
            "poll_interval_hours": 3,
            "presence_entities": ["person.ann"],
            "poll_on_arrival": True,
            "daily_event_cap": 0,
            "auto_subscribe_webhook": True,
        },
        keyed_by="id",
        credential=NEW,
        asks=False,
    ),
    "our version": Shape(
        (3, 0),
        {**_OAUTH, "token": {**TOKEN, "user_id": fleet.USER_1}}
        | {"application_id": fleet.APPLICATION_ID},
        credential=NEW,
        asks=False,
    ),
    "own credentials": Shape(
        (1, 0),
        {
            "client_id": fleet.CLIENT_ID,
            "client_secret": fleet.CLIENT_SECRET,
            "application_id": fleet.APPLICATION_ID,
            "sc_user_id": fleet.USER_1,
            "poll_interval": 60,
            "poll_interval_charging": 10,
            "vehicles": VEHICLES,
        },
        keyed_by="id",
        credential=None,
        asks=False,
    ),
}

# What their electric car shows: platform, key, entity id, whether it was disabled by
# default and never used.
ROWS = (
    ("sensor", "battery_level", "sensor.my_soc", False),
    ("sensor", "range", "sensor.id4_range", False),
    ("sensor", "charging_state", "sensor.id4_charging", False),
    ("binary_sensor", "plug_status", "binary_sensor.id4_plug", False),
    ("device_tracker", "location", "device_tracker.id4", False),
    ("lock", "door_lock", "lock.id4_doors", False),
    ("sensor", "odometer", "sensor.id4_odometer", True),
    ("binary_sensor", "rear_trunk", "binary_sensor.id4_trunk", True),
    ("binary_sensor", "engine_cover", "binary_sensor.id4_engine", True),
    ("sensor", "unheard_of", "sensor.id4_unheard_of", True),
)
# And what that is here.
KEPT = {
    "sensor.my_soc": "battery",
    "sensor.id4_range": "range",
    "sensor.id4_charging": "charging_status",
    "binary_sensor.id4_plug": "plug",
    "device_tracker.id4": "location",
    "lock.id4_doors": "lock",
}


async def add_credential(hass: HomeAssistant, shape: Shape) -> None:
    """Keep the client id and secret where the entry looks for them."""
    assert await async_setup_component(hass, "application_credentials", {})
    if shape.credential is not None:
        credential = ClientCredential(*shape.credential)
        # The platform was theirs, and is gone with their files.
        name = "homeassistant.components.application_credentials._get_platform"
        with patch(name, return_value=True):
            await async_import_client_credential(hass, DOMAIN, credential, AUTH)


def add_row(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    unique_id: str,
    entity_id: str,
    *,
    disabled_by: er.RegistryEntryDisabler | None = None,
    device: dr.DeviceEntry | None = None,
) -> er.RegistryEntry:
    """Register an entity under a given id."""
    domain, object_id = entity_id.split(".")
    return er.async_get(hass).async_get_or_create(
        domain,
        DOMAIN,
        unique_id,
        suggested_object_id=object_id,
        config_entry=entry,
        device_id=device.id if device else None,
        disabled_by=disabled_by,
    )


def add_car(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    name: str,
    rows: Iterable[tuple[str, str, str, bool]] = ROWS,
) -> dr.DeviceEntry:
    """Register a car and its entities, as known by an id or VIN."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, name)}, name="ID.4"
    )
    for _, key, entity_id, is_off in rows:
        add_row(
            hass,
            entry,
            f"{name}_{key}",
            entity_id,
            disabled_by=er.RegistryEntryDisabler.INTEGRATION if is_off else None,
            device=device,
        )
    return device
