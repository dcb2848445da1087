"""Entries of earlier versions: they load, and nothing of them is lost."""

from datetime import datetime
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.cloud import Cloud

from .cars import DAY, HOUR, reads, repairs
from .conftest import Travel
from .deliveries import reachable, reload

# Seven minutes after the files were written.
pytestmark = pytest.mark.start("2026-11-23T17:20:00+00:00")

FOLDER = Path(__file__).parent / "fixtures" / "upgrade"
STATES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def left(state: str, what: str) -> Any:
    """Return a part of what was left behind; None if there was none."""
    path = FOLDER / state / f"{what}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


@pytest.fixture(name="state", params=STATES)
def state_fixture(request: pytest.FixtureRequest) -> str:
    """Return the name of what was left behind."""
    return str(request.param)


@pytest.fixture(name="known_cloud")
def known_cloud_fixture(cloud: Cloud, state: str) -> Cloud:
    """Return Smartcar with the connections and subscriptions that were there."""
    (stored,) = (
        one for key, one in left(state, "storage").items() if "." not in key[9:]
    )
    for kept in stored["data"]["connections"]:
        connection = cloud.connection(kept["user_id"], kept["vehicle"]["id"])
        assert connection is not None
        del cloud.connections[connection.id]
        connection.id = kept["id"]
        connection.updated_at = datetime.fromisoformat(kept["updated_at"])
        cloud.connections[connection.id] = connection
        webhook = cloud.webhooks[fleet.WEBHOOK]
        cloud.subscribe(webhook, connection.user, connection.car)
    return cloud


@pytest.fixture(name="upgraded")
async def upgraded_fixture(
    hass: HomeAssistant,
    known_cloud: Cloud,
    state: str,
    hass_storage: dict[str, Any],
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> MockConfigEntry:
    """Return the entry, set up from what was left behind."""
    hass.config.latitude, hass.config.longitude = 52.5, 13.4
    assert await async_setup_component(hass, "zone", {})
    entry = MockConfigEntry(domain=DOMAIN, **left(state, "entry"))
    entry.add_to_hass(hass)
    hass_storage.update(left(state, "storage"))
    registries = left(state, "registries")
    devices = {}
    for device in registries["devices"]:
        identifiers = {tuple(one) for one in device.pop("identifiers")}
        made = device_registry.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers=identifiers, **device
        )
        devices.update({one: made for _, one in identifiers})
    for entity in registries["entities"]:
        domain, _, object_id = entity["entity_id"].partition(".")
        by = entity["disabled_by"]
        made = entity_registry.async_get_or_create(
            domain,
            DOMAIN,
            entity["unique_id"],
            config_entry=entry,
            device_id=devices[entity["device"]].id,
            disabled_by=by and er.RegistryEntryDisabler(by),
            suggested_object_id=object_id,
        )
        for part, options in entity["options"].items():
            entity_registry.async_update_entity_options(made.entity_id, part, options)
    restored = left(state, "restored") or []
    mock_restore_cache_with_extra_data(
        hass, [(State.from_dict(one["state"]), one["extra_data"]) for one in restored]
    )
    await reachable(hass, hass_client_no_auth, monkeypatch)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@pytest.fixture(name="entities")
def entities_fixture(
    upgraded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> dict[str, er.RegistryEntry]:
    """Return the entities that there are now by their ids."""
    found = er.async_entries_for_config_entry(entity_registry, upgraded.entry_id)
    return {entity.entity_id: entity for entity in found}


def states_now(hass: HomeAssistant, state: str) -> dict[str, str | None]:
    """Return the states now of the entities that there were."""
    now = {entity_id: hass.states.get(entity_id) for entity_id in left(state, "states")}
    return {entity_id: found and found.state for entity_id, found in now.items()}


def states_before(state: str) -> dict[str, str]:
    """Return the states that entities had, and should have."""
    before: dict[str, str] = dict(left(state, "states"))
    for entity_id, shown in before.items():
        # Version 0.1.0 did not know a car without schedules from one that is silent.
        if entity_id.endswith("_charge_schedule") and shown == STATE_UNAVAILABLE:
            before[entity_id] = STATE_OFF
    return before


def test_all_states_are_there() -> None:
    """The tests below would pass with nothing to load."""
    assert len(STATES) == 6
    for state in STATES:
        assert len(left(state, "states")) > 80


async def test_the_entry_stays_as_it_was(
    hass: HomeAssistant, upgraded: MockConfigEntry, state: str
) -> None:
    """It loads; what a person chose and Smartcar was told is still there."""
    assert upgraded.state is ConfigEntryState.LOADED
    before = left(state, "entry")
    assert upgraded.as_dict().items() >= before.items()
    # The simulated webhook calls another address than that of the tests.
    assert repairs(hass) == ["webhook_missing"]


async def test_entities_keep_their_ids(
    upgraded: MockConfigEntry,
    state: str,
    entities: dict[str, er.RegistryEntry],
    device_registry: dr.DeviceRegistry,
) -> None:
    """Automations and dashboards go on; what is off stays off."""
    before = left(state, "registries")
    for entity in before["entities"]:
        now = entities[entity["entity_id"]]
        assert now.unique_id == entity["unique_id"]
        assert now.disabled_by == entity["disabled_by"], entity["entity_id"]
    devices = dr.async_entries_for_config_entry(device_registry, upgraded.entry_id)
    assert {one for device in devices for one in device.identifiers} == {
        tuple(one) for device in before["devices"] for one in device["identifiers"]
    }


async def test_values_are_there_at_once_and_again(
    hass: HomeAssistant, upgraded: MockConfigEntry, state: str
) -> None:
    """They come from the old file, and after another start from the new one."""
    assert states_now(hass, state) == states_before(state)
    await reload(hass, upgraded)
    assert states_now(hass, state) == states_before(state)


@pytest.mark.parametrize(
    "state", [one for one in STATES if left(one, "diary")], indirect=True
)
async def test_trips_and_charges_are_kept(
    hass: HomeAssistant, upgraded: MockConfigEntry, state: str
) -> None:
    """Also costs, and what a person corrected; before and after another start."""
    before = left(state, "diary")
    assert {entry["kind"] for entry in before["entries"]} == {"charge", "drive"}
    assert ["cost"] in [entry.get("corrected") for entry in before["entries"]]
    known = of_before(before, before)
    assert await told_diary(hass, upgraded, before) == known
    await reload(hass, upgraded)
    assert await told_diary(hass, upgraded, before) == known


async def told_diary(
    hass: HomeAssistant, entry: MockConfigEntry, before: dict[str, Any]
) -> dict[str, Any]:
    """Return the diary of the electric car, of that what there was before."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), entry.entry_id
    )
    assert device is not None
    now = await hass.services.async_call(
        DOMAIN,
        "get_diary",
        {"device_id": device.id},
        blocking=True,
        return_response=True,
    )
    told: dict[str, Any] = json.loads(json.dumps(now, default=str))
    return of_before(told, before)


def of_before(now: Any, before: Any) -> Any:
    """Leave out what was not there before, not known, or not rounded yet."""
    match now, before:
        case dict(), dict():
            return {
                key: of_before(value, before[key])
                for key, value in now.items()
                if before.get(key) is not None
            }
        case list(), list() if len(now) == len(before):
            return list(map(of_before, now, before, strict=True))
        case float(), _:
            return round(now, 1)
    return now


async def test_the_upgrade_costs_no_call(
    upgraded: MockConfigEntry, known_cloud: Cloud, travel: Travel
) -> None:
    """The next day costs what every day with a webhook costs: a read for each car."""
    await travel(HOUR)
    assert reads(known_cloud) == {}
    assert known_cloud.count("command") == 0
    await travel(DAY)
    assert reads(known_cloud) == {fleet.BEV: 1, fleet.PHEV: 1}
