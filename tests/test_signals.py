"""Every signal of Smartcar: which entities show it, and what they show.

The table was worked out from the documented bodies by hand and eye; states are
written with their units. What needs no Home Assistant is tested without.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
import json
import logging
from math import isfinite
from typing import Any, override
from unittest.mock import PropertyMock, patch

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.api import Signal
from custom_components.smartcar.binary_sensor import DIAGNOSTICS, WARNINGS
from custom_components.smartcar.car.permissions import permission_for
from custom_components.smartcar.entity_loader import MAX_NEW_CODES
from custom_components.smartcar.sensor import KNOWN_CODES, SmartcarSensorBase
from simulator import fleet
from simulator.catalogue import CATALOGUE
from simulator.cloud import Cloud
from simulator.faults import Fault
from tools.table import NOW, StandIn, parsed, refresh, simulated

from .conftest import Travel
from .documented import documented

type Shown = dict[str, str]

# The car of the example is plugged in and does not charge.
TABLE: Mapping[str, Mapping[str, str]] = {
    "charge-amperage": {
        "sensor.charging_current": "0.0 A",
    },
    "charge-amperagemax": {
        "sensor.charging_current_max": "16.0 A",
    },
    "charge-amperagerequested": {
        "sensor.charging_current_requested": "13.0 A",
    },
    "charge-chargelimits": {
        "number.charge_limit": "80.0 %",
    },
    "charge-chargeportstatuscolor": {
        "sensor.charge_port_light": "blue",
    },
    "charge-chargerate": {
        "sensor.charging_speed": "0.0 km/h",
    },
    "charge-chargerecords": {
        "sensor.last_charge": "27.4 kWh",
    },
    "charge-chargerphases": {
        "sensor.charger_phases": "3",
    },
    "charge-chargingconnectortype": {
        "sensor.connector_type": "ccs",
    },
    "charge-detailedchargingstatus": {
        "sensor.charging_status": "not_charging",
    },
    "charge-energyadded": {
        "sensor.energy_added": "27.4 kWh",
        "sensor.energy_charged": "0.0 kWh",
    },
    "charge-fastchargertype": {
        "sensor.fast_charger_type": "unknown",
    },
    "charge-ischarging": {
        "binary_sensor.charging": "off",
        "switch.charging": "off",
    },
    "charge-ischargingcableconnected": {
        "binary_sensor.plug": "on",
        "sensor.charging_connection": "connected",
    },
    "charge-ischargingcablelatched": {
        "binary_sensor.charge_cable_lock": "off",
    },
    "charge-ischargingportflapopen": {
        "cover.charge_port": "open",
    },
    "charge-isfastchargerpresent": {
        "binary_sensor.fast_charger": "off",
    },
    "charge-timetocomplete": {
        "sensor.charging_time_left": "unknown min",
        "sensor.charging_finish": "unknown",
    },
    "charge-voltage": {
        "sensor.charging_voltage": "231.0 V",
    },
    "charge-wattage": {
        "sensor.charging_power": "0.0 kW",
    },
    "climate-externaltemperature": {
        "sensor.outside_temperature": "8.5 °C",
    },
    "climate-internaltemperature": {
        "sensor.inside_temperature": "12.0 °C",
    },
    "closure-doors": {
        "binary_sensor.door_front_left": "off",
        "binary_sensor.door_front_right": "off",
        "binary_sensor.door_rear_left": "off",
        "binary_sensor.door_rear_right": "off",
        "binary_sensor.door_lock_front_left": "off",
        "binary_sensor.door_lock_front_right": "off",
        "binary_sensor.door_lock_rear_left": "off",
        "binary_sensor.door_lock_rear_right": "off",
    },
    "closure-enginecover": {
        "binary_sensor.hood": "off",
    },
    "closure-fronttrunk": {
        "binary_sensor.front_trunk": "off",
        "binary_sensor.front_trunk_lock": "unknown",
    },
    "closure-islocked": {
        "lock.lock": "locked",
    },
    "closure-reartrunk": {
        "binary_sensor.rear_trunk": "off",
        "binary_sensor.rear_trunk_lock": "off",
    },
    "closure-sunroof": {
        "binary_sensor.sunroof": "unknown",
    },
    "closure-tailgate": {
        "binary_sensor.tailgate": "off",
        "binary_sensor.tailgate_lock": "off",
    },
    "closure-windows": {
        "binary_sensor.window_front_left": "off",
        "binary_sensor.window_front_right": "off",
        "binary_sensor.window_rear_left": "on",
        "binary_sensor.window_rear_right": "off",
    },
    "connectivitysoftware-currentfirmwareversion": {
        "sensor.firmware": "2026.32.4",
    },
    "connectivitystatus-isasleep": {
        "binary_sensor.asleep": "off",
    },
    "connectivitystatus-isdigitalkeypaired": {
        "binary_sensor.digital_key": "on",
    },
    "connectivitystatus-isonline": {
        "binary_sensor.online": "on",
    },
    "diagnostics-abs": {
        "binary_sensor.abs": "off",
    },
    "diagnostics-activesafety": {
        "binary_sensor.activesafety": "off",
    },
    "diagnostics-airbag": {
        "binary_sensor.airbag": "off",
    },
    "diagnostics-brakefluid": {
        "binary_sensor.brakefluid": "on",
    },
    "diagnostics-driverassistance": {
        "binary_sensor.driverassistance": "off",
    },
    "diagnostics-dtccount": {
        "sensor.trouble_codes": "1",
    },
    "diagnostics-emissions": {
        "binary_sensor.emissions": "off",
    },
    "diagnostics-evbatteryconditioning": {
        "binary_sensor.evbatteryconditioning": "off",
    },
    "diagnostics-evcharging": {
        "binary_sensor.evcharging": "off",
    },
    "diagnostics-evdriveunit": {
        "binary_sensor.evdriveunit": "off",
    },
    "diagnostics-evhvbattery": {
        "binary_sensor.evhvbattery": "off",
    },
    "diagnostics-lighting": {
        "binary_sensor.lighting": "off",
    },
    "diagnostics-mil": {
        "binary_sensor.mil": "off",
    },
    "diagnostics-oillife": {
        "binary_sensor.oillife": "off",
    },
    "diagnostics-oilpressure": {
        "binary_sensor.oilpressure": "off",
    },
    "diagnostics-oiltemperature": {
        "binary_sensor.oiltemperature": "off",
    },
    "diagnostics-telematics": {
        "binary_sensor.telematics": "off",
    },
    "diagnostics-tirepressure": {
        "binary_sensor.tirepressure": "off",
    },
    "diagnostics-tirepressuremonitoring": {
        "binary_sensor.tirepressuremonitoring": "off",
    },
    "diagnostics-transmission": {
        "binary_sensor.transmission": "off",
    },
    "diagnostics-washerfluid": {
        "binary_sensor.washerfluid": "off",
    },
    "diagnostics-waterinfuel": {
        "binary_sensor.waterinfuel": "off",
    },
    "hvac-cabintargettemperature": {
        "sensor.target_temperature": "20.5 °C",
    },
    "hvac-iscabinhvacactive": {
        "binary_sensor.climate": "off",
    },
    "hvac-isfrontdefrosteractive": {
        "binary_sensor.front_defroster": "off",
    },
    "hvac-isreardefrosteractive": {
        "binary_sensor.rear_defroster": "off",
    },
    "hvac-issteeringheateractive": {
        "binary_sensor.steering_wheel_heater": "off",
    },
    "internalcombustionengine-amountremaining": {
        "sensor.fuel": "61.2 L",
    },
    "internalcombustionengine-fuellevel": {
        "sensor.fuel_level": "68.0 %",
    },
    "internalcombustionengine-oillife": {
        "sensor.oil_life": "43.0 %",
    },
    "internalcombustionengine-range": {
        "sensor.fuel_range": "512.0 km",
    },
    "location-isathome": {
        "binary_sensor.at_home": "on",
    },
    "location-preciselocation": {
        "device_tracker.location": "not_home",
        "sensor.heading": "212.0 °",
    },
    "lowvoltagebattery-stateofcharge": {
        "sensor.low_voltage_battery": "87.0 %",
    },
    "lowvoltagebattery-status": {
        "sensor.low_voltage_battery_status": "good",
    },
    "motion-currentspeed": {
        "sensor.speed": "0.0 km/h",
    },
    "odometer-traveleddistance": {
        "sensor.odometer": "41873.6 km",
    },
    "service-isinservice": {
        "binary_sensor.in_service": "off",
    },
    "service-records": {
        "sensor.last_service": "2026-06-12T09:30:00+00:00",
    },
    "surveillance-isenabled": {
        "binary_sensor.surveillance": "off",
    },
    "tractionbattery-isheateractive": {
        "binary_sensor.battery_heater": "off",
    },
    "tractionbattery-maxrangechargecounter": {
        "sensor.max_range_charges": "4",
    },
    "tractionbattery-nominalcapacity": {
        "sensor.battery_capacity": "57.5 kWh",
    },
    "tractionbattery-range": {
        "sensor.range": "233.4 km",
    },
    "tractionbattery-stateofcharge": {
        "sensor.battery": "64.0 %",
    },
    "transmission-drivemode": {
        "sensor.drive_mode": "normal",
    },
    "transmission-gearstate": {
        "sensor.gear": "park",
    },
    "vehicleidentification-exteriorcolor": {
        "sensor.exterior_color": "Midnight Silver",
    },
    "vehicleuseraccount-role": {
        "sensor.account_role": "Owner",
    },
    "wheel-style": {
        "sensor.wheel_style": "Aero18",
    },
    "wheel-tires": {
        "sensor.tire_pressure_front_left": "2.9 bar",
        "sensor.tire_pressure_front_right": "2.9 bar",
        "sensor.tire_pressure_rear_left": "2.8 bar",
        "sensor.tire_pressure_rear_right": "2.7 bar",
    },
}

# Shown beside the state of another signal's entity.
ATTRIBUTES = {
    "diagnostics-dtclist": ("sensor.trouble_codes", "codes"),
    "surveillance-brand": ("binary_sensor.surveillance", "brand"),
    "vehicleidentification-packages": ("sensor.exterior_color", "packages"),
    "vehicleuseraccount-permissions": ("sensor.account_role", "permissions"),
}

DEVICE = {
    "connectivitysoftware-currentfirmwareversion": ("sw_version", "2026.32.4"),
    "vehicleidentification-nickname": ("name", "Testbil"),
    "vehicleidentification-trim": ("model_id", "Standard Range Plus"),
    "vehicleidentification-vin": ("serial_number", "5YJ3E1EA2MF000000"),
}

CALENDAR = {"charge-chargetimers"}

WARNING_CODES = {f"{DIAGNOSTICS}{name}" for name in WARNINGS}

UNRECORDED = SmartcarSensorBase._unrecorded_attributes  # noqa: SLF001 - HA's name


def answer(*items: object) -> str:
    """Write an answer to a read of all signals."""
    return json.dumps({"data": items, "meta": {"totalCount": len(items)}})


def element(code: str, body: object, status: str = "SUCCESS") -> dict[str, Any]:
    """Return one element of such an answer."""
    return {
        "id": code,
        "attributes": {"code": code, "status": {"value": status}, "body": body},
        "meta": {"oemUpdatedAt": "2026-11-22T11:00:00Z"},
    }


def failed(
    item: Mapping[str, Any], status: str, kind: str | None = None, code: str = "UNKNOWN"
) -> dict[str, Any]:
    """Return an element as it comes later, with an error and no body."""
    later = deepcopy(dict(item))
    error = {"error": {"type": kind, "code": code}} if kind else {}
    later["attributes"] |= {"status": {"value": status, **error}, "body": None}
    later["meta"] = {"retrievedAt": NOW.isoformat()}
    return later


def emptied(body: Any) -> Any:
    """Return a body of which every leaf is null."""
    if isinstance(body, list):
        return [emptied(item) for item in body]
    if not isinstance(body, dict):
        return None
    keep = {"unit", "row", "column"}
    return {
        leaf: value if leaf in keep else emptied(value) for leaf, value in body.items()
    }


def car(*items: object, control: bool = False) -> StandIn:
    """Return a car of which one read answered these elements."""
    return StandIn(parsed(items), fleet.PERMISSIONS_BEV if control else ())


def full_car() -> StandIn:
    """Return a car that answered every signal."""
    return car(*documented().values())


def shown(standing: StandIn) -> dict[str, Any]:
    """Return what sensors and binary sensors show of signals."""
    entities = standing.entities("sensor", "binary_sensor")
    return {key: value_of(entity) for key, entity in entities.items()}


def value_of(entity: Any) -> Any:
    """Return a sensor's or a binary sensor's value."""
    if isinstance(entity, SmartcarSensorBase):
        return entity.native_value
    return entity.is_on


async def read(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    body: str,
    *,
    everything: bool = True,
) -> None:
    """Set up with one answer to every read of the BEV, and all entities on."""
    cloud.faults.add(
        Fault("signals", "raw", body=body, vehicle_id=fleet.BEV, times=None)
    )
    on = PropertyMock(return_value=True)
    name = "homeassistant.helpers.entity.Entity.entity_registry_enabled_default"
    with patch(name, on) if everything else patch.dict({}):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await travel(2)


def rows_of(hass: HomeAssistant) -> dict[str, er.RegistryEntry]:
    """Return the BEV's entities by platform and key."""
    registry = er.async_get(hass)
    return {
        f"{row.domain}.{row.unique_id.removeprefix(f'{fleet.BEV}_')}": row
        for row in registry.entities.values()
        if row.unique_id.startswith(fleet.BEV)
    }


def states_of(hass: HomeAssistant) -> Shown:
    """Return the states of the BEV's entities, with units."""
    found = {}
    for key, row in rows_of(hass).items():
        if (state := hass.states.get(row.entity_id)) is not None:
            unit = state.attributes.get("unit_of_measurement")
            found[key] = f"{state.state} {unit}" if unit else state.state
    return found


# Homes


def test_every_signal_has_a_home() -> None:
    """The 93 of the specification; rows may know more, under a known permission."""
    homes = TABLE.keys() | ATTRIBUTES.keys() | DEVICE.keys() | CALENDAR
    assert homes == documented().keys() == CATALOGUE.keys()
    assert len(homes) == 93
    known = KNOWN_CODES | WARNING_CODES
    assert homes <= known
    assert all(map(permission_for, known - homes))


async def test_every_documented_body_is_shown(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """A car that answers everything: all its entities, states and units."""
    await read(hass, cloud, entry, travel, answer(*documented().values()))
    rows, states = rows_of(hass), states_of(hass)
    expected = {key: state for row in TABLE.values() for key, state in row.items()}
    assert {key: states.get(key) for key in expected} == expected
    own = {
        "activity",
        "api_calls",
        "charged_this_month",
        "data_age",
        "diary",
        "energy_per_full_charge",
        "last_contact",
        "left_open",
        "next_read",
        "refresh",
        "usable_capacity",
        "warnings",
        "webhook",
    }
    others = {key.split(".")[1] for key in states.keys() - expected.keys()}
    assert others - {"charge_schedule"} == own
    for key, attribute in ATTRIBUTES.values():
        assert hass.states.get(rows[key].entity_id).attributes[attribute]
    device = dr.async_get(hass).async_get(rows["sensor.battery"].device_id)
    for field, value in DEVICE.values():
        assert getattr(device, field) == value


def test_rows_show_the_signals_of_the_table() -> None:
    """Each entity reads the signal under which the table lists it."""
    everything = car(*documented().values(), control=True)
    homes = {
        f"{platform}.{row.key}": row.signal
        for platform, row in everything.table()
        if row.signal is not None and row.signal not in CALENDAR
    }
    assert homes == {key: code for code, row in TABLE.items() for key in row}


@pytest.mark.parametrize("vehicle_id", [fleet.BEV, fleet.PHEV, fleet.ICE])
def test_simulated_cars_get_entities_of_the_table_only(vehicle_id: str) -> None:
    """No signal of theirs is taken for a new one."""
    values = shown(simulated(vehicle_id))
    known = {key for row in TABLE.values() for key in row}
    read_only = {"binary_sensor.charge_port", "binary_sensor.locked"}
    assert values.keys() <= known | read_only | {"sensor.charge_limit"}


# Forms of the same signal


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_reads_and_webhooks_say_the_same(code: str) -> None:
    """REST nests, webhooks do not; times are texts here and numbers there."""
    rest = documented()[code]
    flat = {
        **rest["attributes"],
        "meta": {
            name: int(datetime.fromisoformat(time).timestamp() * 1000)
            for name, time in rest["meta"].items()
            if name != "ingestedAt"
        },
    }
    one, other = Signal.parse(rest), Signal.parse(flat)
    assert one is not None
    assert other is not None
    parts = ("code", "status", "body", "error", "oem_updated_at")
    assert [getattr(one, part) for part in parts] == [
        getattr(other, part) for part in parts
    ]
    assert (one.retrieved_at is None) == (other.retrieved_at is None)
    assert shown(StandIn([one])) == shown(StandIn([other]))


# What a status does to what is shown


def test_null_is_unknown() -> None:
    """A success without a value takes the old value away."""
    standing = full_car()
    before = shown(standing)
    later = []
    for item in documented().values():
        item["attributes"] |= {
            "status": {"value": "SUCCESS"},
            "body": emptied(item["attributes"]["body"]),
        }
        item["meta"] = {"oemUpdatedAt": NOW.isoformat()}
        later.append(item)
    standing.take(parsed(later))
    after = shown(standing)
    assert after.keys() == before.keys()
    known = {key for key, value in after.items() if value is not None}
    # A list with one entry has one, whatever it says; a sum stays a sum.
    assert known - {"sensor.energy_charged"} == {"sensor.trouble_codes"}


def test_without_permission_everything_is_unknown() -> None:
    """What the owner took back is not shown any more."""
    standing = full_car()
    entities = standing.entities("sensor", "binary_sensor")
    standing.take(
        parsed(failed(item, "ERROR", "PERMISSION") for item in documented().values())
    )
    for key, entity in entities.items():
        refresh(entity)
        assert value_of(entity) is None or key == "sensor.energy_charged", key


@pytest.mark.parametrize(
    ("status", "kind"),
    [("ERROR", "COMPATIBILITY"), ("UNAVAILABLE", None), ("ERROR", "SERVER")],
)
def test_what_passes_changes_nothing(status: str, kind: str | None) -> None:
    """The last good value stays."""
    items = [item for item in documented().values() if Signal.parse(item).body]
    standing = car(*items)
    before = shown(standing)
    standing.take(parsed(failed(item, status, kind) for item in items))
    assert shown(standing) == before


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("ERROR", "PERMISSION"),
        ("ERROR", "COMPATIBILITY"),
        ("ERROR", "SERVER"),
        ("UNAVAILABLE", None),
    ],
)
def test_errors_alone_make_no_entity(status: str, kind: str | None) -> None:
    """A signal that never had a value has nothing to show."""
    items = [failed(item, status, kind) for item in documented().values()]
    assert shown(car(*items)) == {}


# Signals that are not known yet


NEW = (
    element("charge-novelty", {"value": 3, "unit": "furlongs"}),
    element("cabin-smell", {"value": "New car"}),
    element("cabin-aircare-on", {"value": True}),
    element("cabin-list", {"values": [1, 2]}),
    element("cabin-null", {"value": None}),
    element("cabin-error", {"value": 3}, "ERROR"),
    element("battery", {"value": 3}),
    element("cabin smell", {"value": 3}),
    element("diagnostics-cabinfilter", {"status": "ALERT", "description": "Change it"}),
    element("diagnostics-hood", {"status": "OK"}),
    element("diagnostics-wipers", {"status": "WORN"}),
    element("diagnostics-count", {"value": 12.5}),
)


async def test_new_signals_show_at_once(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Single values as sensors, diagnostics with a status as warnings."""
    body = answer(element("closure-enginecover", {"isOpen": True}), *NEW)
    await read(hass, cloud, entry, travel, body)
    rows, states = rows_of(hass), states_of(hass)
    new = {key: state for key, state in states.items() if "-" in key}
    assert new == {
        "sensor.charge-novelty": "3",
        "sensor.cabin-smell": "New car",
        "sensor.cabin-aircare-on": "true",
        "sensor.cabin-error": "3",
        "sensor.diagnostics-count": "12.5",
        # Another entity has the shorter key.
        "binary_sensor.diagnostics-hood": "off",
    }
    assert states["binary_sensor.hood"] == "on"
    assert states["binary_sensor.cabinfilter"] == "on"
    assert states["binary_sensor.wipers"] == "unknown"

    def attribute(key: str, name: str) -> object:
        return hass.states.get(rows[key].entity_id).attributes[name]

    assert attribute("sensor.charge-novelty", "unit") == "furlongs"
    assert attribute("sensor.charge-novelty", "friendly_name").endswith(
        "Signal: charge novelty"
    )
    assert attribute("binary_sensor.cabinfilter", "description") == "Change it"
    assert attribute("binary_sensor.wipers", "raw_value") == "WORN"
    assert attribute("binary_sensor.wipers", "friendly_name").endswith(
        "Warning: wipers"
    )


async def test_new_sensors_are_off_and_diagnostic(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Nobody asked for them; of a new warning the one for all warnings tells."""
    await read(hass, cloud, entry, travel, answer(*NEW), everything=False)
    rows = rows_of(hass)
    assert rows["sensor.cabin-smell"].disabled
    assert rows["binary_sensor.cabinfilter"].disabled
    assert not rows["binary_sensor.warnings"].disabled
    for key in ("sensor.cabin-smell", "binary_sensor.cabinfilter"):
        assert rows[key].entity_category is EntityCategory.DIAGNOSTIC


def test_a_flood_of_new_codes_is_held_back() -> None:
    """At most 50 sensors and 50 warnings a car."""
    sensors = [element(f"flood-{i}", {"value": i}) for i in range(80)]
    warnings = [element(f"diagnostics-x{i}", {"status": "OK"}) for i in range(80)]
    values = shown(car(*sensors, *warnings))
    kinds = [key.split(".")[0] for key in values]
    assert kinds.count("sensor") == kinds.count("binary_sensor") == MAX_NEW_CODES == 50


# Traps of the signals


def of(code: str, body: object, key: str) -> Any:
    """Return what one entity makes of one body, and its attributes."""
    entity = car(element(code, body)).entities("sensor", "binary_sensor")[key]
    return value_of(entity), entity.extra_state_attributes


def test_trap_1_not_every_body_has_a_value_leaf() -> None:
    body = {"canonical": "OFF_ROAD", "oemDisplayName": "Rock crawl"}
    state, attributes = of("transmission-drivemode", body, "sensor.drive_mode")
    assert state == "off_road"
    assert attributes["maker_name"] == "Rock crawl"


def test_trap_5_a_permission_that_comes_back_shows_again() -> None:
    item = element("lowvoltagebattery-stateofcharge", {"value": 87, "unit": "%"})
    standing = car(failed(item, "ERROR", "PERMISSION"))
    assert shown(standing) == {}
    standing.take(parsed([item]))
    assert shown(standing) == {"sensor.low_voltage_battery": 87}


@pytest.mark.parametrize("time", [0, None, "", "soon"])
def test_trap_8_no_time_is_not_1970(time: object) -> None:
    records = {"values": [{"id": "S-1", "time": time}]}
    assert of("service-records", records, "sensor.last_service")[0] is None


@pytest.mark.parametrize(
    "word", ["invalid", "INVALID", "<invalid>", "unknown", "none", "", None]
)
def test_trap_14_junk_words_are_no_state(word: object) -> None:
    assert of("transmission-gearstate", {"value": word}, "sensor.gear")[0] is None


@pytest.mark.parametrize("word", ["DRIVE", "Drive", "drive", " drive "])
def test_trap_15_the_case_of_a_word_varies(word: str) -> None:
    assert of("transmission-gearstate", {"value": word}, "sensor.gear")[0] == "drive"


def test_trap_15_enumerations_are_open() -> None:
    state, attributes = of("transmission-gearstate", {"value": "LOW"}, "sensor.gear")
    assert state is None
    assert attributes["raw_value"] == "LOW"
    body = {"canonical": "DRIFT", "oemDisplayName": "Sideways"}
    state, attributes = of("transmission-drivemode", body, "sensor.drive_mode")
    assert state is None
    assert attributes["raw_value"] == "DRIFT"
    assert attributes["maker_name"] == "Sideways"


def test_trap_18_an_electric_car_may_have_an_engine_cover() -> None:
    body = {"isOpen": True}
    assert of("closure-enginecover", body, "binary_sensor.hood")[0] is True


def test_trap_19_leaves_can_be_null_with_success() -> None:
    body = {"status": None, "description": None}
    assert of("diagnostics-abs", body, "binary_sensor.abs")[0] is None


def test_trap_27_oil_has_a_flag_and_a_number() -> None:
    values = shown(
        car(
            element("diagnostics-oillife", {"status": "ALERT"}),
            element(
                "internalcombustionengine-oillife", {"value": 8, "unit": "percent"}
            ),
        )
    )
    assert values == {"binary_sensor.oillife": True, "sensor.oil_life": 8}


@pytest.mark.parametrize(
    ("unit", "value"), [("celsius", 20), ("fahrenheit", 68), ("C", 20), ("°F", 68)]
)
def test_trap_28_temperatures_come_in_either_unit(unit: str, value: float) -> None:
    for code, key in (
        ("climate-externaltemperature", "sensor.outside_temperature"),
        ("climate-internaltemperature", "sensor.inside_temperature"),
        ("hvac-cabintargettemperature", "sensor.target_temperature"),
    ):
        body = {"value": value, "unit": unit}
        assert of(code, body, key)[0] == pytest.approx(20)


def test_a_unit_nobody_knows_is_unknown() -> None:
    body = {"value": 20, "unit": "warm"}
    key = "sensor.outside_temperature"
    assert of("climate-externaltemperature", body, key)[0] is None


@pytest.mark.parametrize(
    "code",
    sorted(
        code
        for code, item in documented().items()
        if item["attributes"]["body"].get("unit")
        and item["attributes"]["status"]["value"] == "SUCCESS"
        and code != "wheel-tires"
    ),
)
def test_without_a_unit_a_read_is_metric(code: str) -> None:
    """It asked for the metric system: nothing a car tells is lost for a label."""
    body = documented()[code]["attributes"]["body"]
    bare = {leaf: value for leaf, value in body.items() if leaf != "unit"}
    expected = shown(car(element(code, body)))
    assert expected
    assert None not in expected.values()
    for unit in ({}, {"unit": None}, {"unit": ""}):
        assert shown(car(element(code, {**bare, **unit}))) == expected


def test_without_a_unit_a_delivery_has_the_last_one_told() -> None:
    """It may be in miles, which only the deliveries before it have said."""
    code, key = "tractionbattery-range", "sensor.range"
    bare = parsed([element(code, {"value": 100})])
    told = [
        signal._replace(oem_updated_at=NOW - timedelta(hours=2))
        for signal in parsed([element(code, {"value": 90, "unit": "miles"})])
    ]
    standing = car()
    standing.data.merge(told, NOW, delivered_at=NOW)
    standing.data.merge(bare, NOW, delivered_at=NOW)
    assert shown(standing)[key] == pytest.approx(160.9344)
    standing = car()
    standing.data.merge(bare, NOW, delivered_at=NOW)
    assert shown(standing)[key] == 100
    change = standing.data.merge(told, NOW, delivered_at=NOW)
    assert change.changed == {code}
    assert shown(standing)[key] == pytest.approx(160.9344)
    # A read is metric whatever deliveries are.
    standing.take(bare)
    assert shown(standing)[key] == 100


@pytest.mark.parametrize(("unit", "speed"), [("kph", 50), ("km/h", 50), ("mph", 80.47)])
def test_speed_in_every_spelling(unit: str, speed: float) -> None:
    body = {"value": 50, "unit": unit}
    found = of("motion-currentspeed", body, "sensor.speed")[0]
    assert found == pytest.approx(speed, abs=0.01)


@pytest.mark.parametrize("value", [-1, 101, 12.6e9])
def test_an_impossible_12_v_battery_is_unknown(value: float) -> None:
    """The last good value could hide that the car will not start."""
    code = "lowvoltagebattery-stateofcharge"
    standing = car(documented()[code])
    later = element(code, {"value": value, "unit": "percent"})
    later["meta"] = {"oemUpdatedAt": NOW.isoformat()}
    standing.take(parsed([later]))
    assert shown(standing) == {"sensor.low_voltage_battery": None}


# Records and lists


TROUBLE = {"values": [{"code": "P0A1F"}, {"code": "U0100", "timestamp": "2026-01-01"}]}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([element("diagnostics-dtccount", {"value": 3})], 3),
        ([element("diagnostics-dtclist", TROUBLE)], 2),
        ([element("diagnostics-dtclist", {"values": []})], 0),
        ([element("diagnostics-dtclist", {"values": None})], None),
        ([element("diagnostics-dtccount", {"value": -1})], None),
        (
            [
                element("diagnostics-dtccount", {"value": None}),
                element("diagnostics-dtclist", TROUBLE),
            ],
            2,
        ),
        (
            [
                element("diagnostics-dtccount", {"value": 5}),
                element("diagnostics-dtclist", TROUBLE),
            ],
            5,
        ),
    ],
)
def test_trouble_codes_are_counted(
    items: list[dict[str, Any]], expected: float | None
) -> None:
    """By the count, else by the list."""
    assert shown(car(*items)) == {"sensor.trouble_codes": expected}


def test_trouble_codes_are_listed() -> None:
    _, attributes = of("diagnostics-dtclist", TROUBLE, "sensor.trouble_codes")
    assert attributes["codes"] == [
        {"code": "P0A1F", "timestamp": None},
        {"code": "U0100", "timestamp": "2026-01-01"},
    ]


def test_the_newest_charge_is_the_last() -> None:
    """In whatever order the records come."""
    old = {"energyAdded": 5, "endTime": "2026-10-01T06:00:00Z"}
    new = {"energyAdded": 9, "endTime": "2026-10-02T06:00:00+02:00"}
    open_end = {"energyAdded": 7, "startTime": "2026-10-01T23:00:00Z"}
    undated = {"energyAdded": 1}
    for values in ([old, new, open_end, undated], [undated, open_end, new, old]):
        state, _ = of("charge-chargerecords", {"values": values}, "sensor.last_charge")
        assert state == 9


def test_the_last_charge_tells_the_rest() -> None:
    body = documented()["charge-chargerecords"]["attributes"]["body"]
    state, attributes = of("charge-chargerecords", body, "sensor.last_charge")
    assert state == 27.4
    assert attributes.pop("updated_at")
    assert attributes == {
        "record_id": "CR-000117",
        "start_time": "2026-10-03T21:10:00Z",
        "end_time": "2026-10-04T03:55:00Z",
        "start_state_of_charge": 34,
        "end_state_of_charge": 80,
        "connector_type": "TYPE_2",
        "charging_type": "AC",
        "is_public_charger": False,
        "cost": {"currency": "NOK", "energy_amount": 41.2, "other_amount": 0},
        "location": {
            "name": "Home",
            "address": "1 Sample Street",
            "latitude": 59.9127,
            "longitude": 10.7461,
        },
    }
    assert attributes.keys() <= UNRECORDED


def test_the_last_service_tells_the_rest() -> None:
    body = documented()["service-records"]["attributes"]["body"]
    state, attributes = of("service-records", body, "sensor.last_service")
    assert state == datetime(2026, 6, 12, 9, 30, tzinfo=UTC)
    assert attributes.pop("updated_at")
    assert attributes == {
        "record_id": "SR-2026-044",
        "odometer": 38120,
        "cost": {"currency": "NOK", "amount": 890},
        "tasks": ["Cabin filter replaced"],
        "details": ["Filter type HEPA"],
    }
    assert attributes.keys() <= UNRECORDED


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("charge-chargerecords", "sensor.last_charge"),
        ("service-records", "sensor.last_service"),
    ],
)
@pytest.mark.parametrize("values", [[], None, {}, [None, 3, "x"]])
def test_no_records_no_last_one(code: str, key: str, values: object) -> None:
    state, attributes = of(code, {"values": values}, key)
    assert state is None
    assert attributes.keys() == {"updated_at"}


def test_a_warning_says_why() -> None:
    body = {"status": "ALERT", "description": "Have the level checked"}
    state, attributes = of("diagnostics-brakefluid", body, "binary_sensor.brakefluid")
    assert state is True
    assert attributes["description"] == "Have the level checked"
    state, attributes = of(
        "diagnostics-brakefluid", {"status": "LOW"}, "binary_sensor.brakefluid"
    )
    assert state is None
    assert attributes["raw_value"] == "LOW"


# Anything at all


LEAVES = sorted(
    {leaf for kind in CATALOGUE.values() for leaf in kind.body}
    | {"row", "column", "isOpen", "isLocked", "tirePressure", "energyAdded", "endTime"}
    | {"startTime", "time", "cost", "location", "tasks", "code", "limit", "type"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(LEAVES), inner)
    ),
    max_leaves=12,
)
CODES = st.sampled_from(
    [*sorted(CATALOGUE), "cabin-smell", "diagnostics-new", "diagnostics-hood", "x"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([-1, 0, 1e308, 10**400])
UNITS = st.sampled_from(["percent", "km", "bar", "kPa", "celsius", "kWh", "mph"])
BODIES = (
    st.dictionaries(st.sampled_from(LEAVES), JSON, max_size=6)
    | st.fixed_dictionaries({"value": NUMBERS, "unit": UNITS})
    | st.fixed_dictionaries({"values": st.lists(JSON, max_size=3)})
)

# Where Home Assistant gives no bounds, physics does.
SHARES = {"battery", "fuel_level", "oil_life", "low_voltage_battery", "charge_limit"}
NEVER_NEGATIVE = {
    "battery_capacity",
    "charger_phases",
    "energy_added",
    "energy_charged",
    "fuel",
    "fuel_range",
    "last_charge",
    "max_range_charges",
    "odometer",
    "range",
    "trouble_codes",
}


class Lines(logging.Handler):
    """Everything that is logged meanwhile, at any level."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def __enter__(self) -> list[logging.LogRecord]:
        """Begin to listen, to us and to the entities' base classes."""
        logging.getLogger().addHandler(self)
        return self.records

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self)


@given(st.lists(st.tuples(CODES, BODIES, st.integers(0, 3)), min_size=1, max_size=6))
def test_no_body_breaks_anything(
    reports: list[tuple[str, dict[str, Any], int]],
) -> None:
    """Whatever comes under a code, every entity has a possible value, in silence."""
    with Lines() as lines:
        check_reports(reports)
    assert lines == []


def check_reports(reports: list[tuple[str, dict[str, Any], int]]) -> None:
    """Take reports in, one after the other, and check all entities after each."""
    standing = StandIn([])
    entities: dict[str, Any] = {}
    for code, body, minutes in reports:
        item = element(code, body)
        item["meta"] = {"oemUpdatedAt": (NOW - timedelta(minutes=minutes)).isoformat()}
        standing.take(parsed([item]))
        for key, entity in standing.entities("sensor", "binary_sensor").items():
            entities.setdefault(key, entity)
        for key, entity in entities.items():
            refresh(entity)
            check(key, entity)


def check(key: str, entity: Any) -> None:
    """Return whether Home Assistant takes a state, and whether it can be."""
    state, value = entity.state, value_of(entity)
    assert state is None or len(str(state)) <= 255
    json.dumps(entity.extra_state_attributes, allow_nan=False)
    name = key.split(".")[1]
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert isfinite(value)
        assert name not in SHARES or 0 <= value <= 100
        assert name not in NEVER_NEGATIVE or value >= 0
        assert not name.startswith("tire_pressure") or 0 < value < 1100
    if isinstance(value, datetime):
        assert value.tzinfo is not None
    if options := getattr(entity, "options", None):
        assert value is None or value in options
