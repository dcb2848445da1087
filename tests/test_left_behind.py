"""What this version leaves behind for later ones, after some days with a car."""

from collections import Counter
import json
from pathlib import Path
from typing import Any

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    restore_state,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import (
    CONF_APPLICATION_ID,
    CONF_EXCLUDED,
    DOMAIN,
    ENTRY_VERSION,
)
from simulator import fleet
from tools.left_behind import PROPERTY, target, write

from .cars import DAY, HOUR, LOCK, MINUTE
from .conftest import Tell, Travel

pytestmark = pytest.mark.start("2026-11-20T08:00:00+00:00")

OPTIONS = {
    "pace": "fixed",
    "shortest_interval": 30,
    "read_interval": 12,
    "call_limit": 600,
    "call_reserve": 60,
    "shared_limit": False,
    "read_only": False,
    "home_price": 0.3,
    "away_price": 0.6,
    "charging_loss": 10,
    "unknown_place": "home",
}


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return an entry with much that a person has chosen, under an id that stays."""
    hass.config.latitude, hass.config.longitude = 52.5, 13.4
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id="01SMARTCARENTRY00000000000",
        version=ENTRY_VERSION,
        unique_id=fleet.CLIENT_ID,
        title="Simulated cars",
        data={
            CONF_CLIENT_ID: fleet.CLIENT_ID,
            CONF_CLIENT_SECRET: fleet.CLIENT_SECRET,
            CONF_APPLICATION_ID: fleet.APPLICATION_ID,
            CONF_EXCLUDED: [fleet.ICE],
        },
        options=OPTIONS,
    )
    entry.add_to_hass(hass)
    return entry


async def live(hass: HomeAssistant, tell: Tell, travel: Travel) -> None:
    """Let a car drive to work and home, charge, be unlocked, drive away and stand."""
    parked = {"plug": False, "charging": False, "locked": True}
    await tell(level=80, km=20000, at=0, **parked)
    await travel(30 * MINUTE)
    await tell(level=72, km=20030, at=0.3, locked=False)
    await travel(30 * MINUTE)
    await tell(level=72, km=20030, at=0.3, locked=True)
    await travel(4 * HOUR)
    await tell(level=64, km=20060, at=0, **parked)
    await travel(30 * MINUTE)
    await tell(level=64, km=20060, at=0, plug=True, charging=True, added=0.5)
    for level, added in ((70, 5.0), (75, 9.0), (80, 13.0)):
        await travel(30 * MINUTE)
        await tell(level=level, plug=True, charging=True, added=added)
    await travel(10 * MINUTE)
    await tell(level=80, km=20060, at=0, plug=True, charging=False, added=13.0)
    await travel(HOUR)
    await tell(level=80, km=20060, at=0, **parked)
    await hass.services.async_call("lock", "unlock", {"entity_id": LOCK}, blocking=True)
    await travel(2 * MINUTE)
    await tell(level=80, km=20060, at=0, locked=False)
    await travel(30 * MINUTE)
    await tell(level=79, km=20065, at=0.05, locked=True)
    for _ in range(3):
        await travel(DAY)
        await tell(level=79, km=20065, at=0.05, **parked)


async def corrected_diary(hass: HomeAssistant, device_id: str) -> dict[str, Any]:
    """Correct the cost of the last charge; return the diary of the car."""

    async def diary() -> dict[str, Any]:
        return await hass.services.async_call(
            DOMAIN,
            "get_diary",
            {"device_id": device_id},
            blocking=True,
            return_response=True,
        )

    entries = (await diary())["entries"]
    start = next(one["start"] for one in entries if one["kind"] == "charge")
    correction = {"device_id": device_id, "start": start, "cost": 5.0}
    await hass.services.async_call(DOMAIN, "correct_charge", correction, blocking=True)
    return await diary()


def registries(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return the devices and entities of an entry."""
    devices = {
        device.id: device
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
    }
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    shown = ("name", "manufacturer", "model", "serial_number")
    return {
        "devices": [
            {
                "identifiers": sorted(map(list, device.identifiers)),
                **{key: getattr(device, key) for key in shown},
            }
            for device in devices.values()
        ],
        "entities": [
            {
                "entity_id": entity.entity_id,
                "unique_id": entity.unique_id,
                "device": next(iter(devices[str(entity.device_id)].identifiers))[1],
                "disabled_by": entity.disabled_by,
                "options": {
                    part: dict(options)
                    for part, options in entity.options.items()
                    if part != "conversation"
                },
            }
            for entity in sorted(entities, key=lambda entity: entity.entity_id)
        ],
    }


async def test_what_is_left_behind(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    tell: Tell,
    travel: Travel,
    tmp_path: Path,
    hass_storage: dict[str, Any],
    record_property: Any,
) -> None:
    """All of it is written down: the entry, files, registries, states and the diary."""
    await live(hass, tell, travel)
    known = registries(hass, hearing)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), hearing.entry_id
    )
    assert device is not None
    diary = await corrected_diary(hass, device.id)
    ids = [entity["entity_id"] for entity in known["entities"]]
    states = {one: state.state for one in ids if (state := hass.states.get(one))}
    restored = [
        {
            "state": {
                key: stored.state.as_dict()[key]
                for key in ("entity_id", "state", "attributes")
            },
            "extra_data": stored.extra_data and stored.extra_data.as_dict(),
        }
        for stored in restore_state.async_get(hass).async_get_stored_states()
        if stored.state.entity_id in ids and stored.extra_data
    ]
    assert await hass.config_entries.async_unload(hearing.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    kept = ("entry_id", "version", "minor_version", "unique_id", "title")
    whole = hearing.as_dict()
    parts = {
        "entry": {key: whole[key] for key in (*kept, "data", "options")},
        "registries": known,
        "states": states,
        "storage": {
            name: content
            for name, content in hass_storage.items()
            if name.startswith(f"{DOMAIN}.")
        },
        "diary": diary,
        "restored": restored,
    }
    folder = target(tmp_path)
    write(folder, parts)
    record_property(PROPERTY, [len(ids), len(parts["storage"])])

    read = {path.stem: json.loads(path.read_text("utf-8")) for path in folder.iterdir()}
    assert read.keys() == parts.keys()
    assert read["entry"]["options"] == OPTIONS
    # The entry's own, and a diary for each car.
    assert len(read["storage"]) == 3
    kinds = Counter(entry["kind"] for entry in read["diary"]["entries"])
    assert kinds == {"charge": 2, "drive": 3}
    assert {
        one["state"]["entity_id"].partition(".")[0] for one in read["restored"]
    } == {"event"}
