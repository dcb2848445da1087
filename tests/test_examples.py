"""Documented bodies, through client and entities, with the right numbers and units.

The bodies are served by the simulator in place of a car's own; each expectation
is (state, unit).
"""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .conftest import Travel

FIXTURES = Path(__file__).parent / "fixtures"

BEV = {
    "battery": ("64.0", "%"),
    "range": ("233.4", "km"),
    "battery_capacity": ("57.5", "kWh"),
    "odometer": ("41873.6", "km"),
    "charging_current": ("0.0", "A"),
    "charging_current_max": ("16.0", "A"),
    "charging_power": ("0.0", "kW"),
    "charging_voltage": ("231.0", "V"),
    # ERROR / NOT_CHARGING: no speed rather than an old one.
    "charging_speed": ("0.0", "km/h"),
    "charging_finish": ("unknown", None),
    "charging_status": ("not_charging", None),
    "connector_type": ("ccs", None),
    "energy_added": ("27.4", "kWh"),
    "tire_pressure_front_left": ("2.9", "bar"),
    "tire_pressure_rear_right": ("2.7", "bar"),
    "charging": ("off", None),
    "plug": ("on", None),
    "charge_cable_lock": ("off", None),
    "charge_port": ("open", None),
    "lock": ("locked", None),
    "charge_limit": ("80.0", "%"),
    "door_front_left": ("off", None),
    "window_rear_left": ("on", None),
    "window_rear_right": ("off", None),
    "front_trunk": ("off", None),
    "rear_trunk": ("off", None),
    # SUCCESS with a null leaf.
    "sunroof": ("unknown", None),
    "online": ("on", None),
    "asleep": ("off", None),
    "location": ("not_home", None),
    # ERROR / VEHICLE_NOT_CAPABLE and SMARTCAR_NOT_CAPABLE.
    "hood": None,
    "tailgate": None,
    "fuel_level": None,
}

ICE = {
    "fuel_level": ("68.0", "%"),
    "fuel": ("61.2", "L"),
    "fuel_range": ("512.0", "km"),
    "odometer": ("58210.0", "km"),
    "tire_pressure_front_left": ("2.41", "bar"),
    "tire_pressure_rear_right": ("2.28", "bar"),
    "lock": ("locked", None),
    "hood": ("off", None),
    "online": ("on", None),
    # UNAVAILABLE, PERMISSION and COMPATIBILITY.
    "rear_trunk": None,
    "location": None,
    "battery": None,
}

# The owner has to sign in again: what the car told before that stands.
PHEV = {
    "battery": ("22.0", "%"),
    "fuel_level": ("57.0", "%"),
    "odometer": ("30455.0", "km"),
    "lock": ("unknown", None),
    "api_calls": ("1", "calls"),
    "webhook": ("off", None),
}


@pytest.mark.usefixtures("everything_on")
@pytest.mark.parametrize(
    ("vehicle_id", "fixture", "expected"),
    [
        pytest.param(fleet.BEV, "signals_bev", BEV, id="bev"),
        pytest.param(fleet.ICE, "signals_ice", ICE, id="ice"),
        pytest.param(fleet.PHEV, "signals_phev_reauth_needed", PHEV, id="phev"),
    ],
)
async def test_documented_bodies_become_the_right_states(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    travel: Travel,
    vehicle_id: str,
    fixture: str,
    expected: dict[str, tuple[str, str | None] | None],
) -> None:
    """State and unit of each entity, or none where nothing may stand."""
    body = (FIXTURES / f"{fixture}.json").read_text(encoding="utf-8")
    cloud.faults.add(
        Fault("signals", "raw", body=body, vehicle_id=vehicle_id, times=None)
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    shown = {}
    for row in er.async_entries_for_config_entry(entity_registry, entry.entry_id):
        owner, key = row.unique_id.split("_", 1)
        state = hass.states.get(row.entity_id)
        # The switch of the same key shows the same.
        if owner == vehicle_id and state and row.domain != "switch":
            shown[key] = (state.state, state.attributes.get("unit_of_measurement"))
    assert {key: shown.get(key) for key in expected} == expected


async def test_the_example_position_and_its_attributes(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Where the car parked, which way it points, and when it said so."""
    body = (FIXTURES / "signals_bev.json").read_text(encoding="utf-8")
    cloud.faults.add(Fault("signals", "raw", body=body, vehicle_id=fleet.BEV))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    (tracker,) = [
        state
        for state in hass.states.async_all("device_tracker")
        if state.attributes.get("latitude") == 59.9127
    ]
    assert tracker.attributes["longitude"] == 10.7461
    assert tracker.attributes["direction"] == "SW"
    assert tracker.attributes["location_type"] == "last_parked"
    assert tracker.attributes["updated_at"] == "2026-10-05T14:02:11+00:00"
    registered = er.async_get(hass).async_get(tracker.entity_id)
    assert registered.entity_category is None
    limit = hass.states.get(
        er.async_get(hass).async_get_entity_id(
            "number", DOMAIN, f"{fleet.BEV}_charge_limit"
        )
    )
    assert limit.attributes["limits"] == [
        {"type": "global", "limit": 80.0},
        {"type": "location", "limit": 90.0},
    ]
