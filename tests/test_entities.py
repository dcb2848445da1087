"""What entities make of what the car reports: units, rules and odd cases."""

from datetime import datetime, timedelta

from homeassistant.const import STATE_UNKNOWN, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.binary_sensor import WARNING_CODES
from simulator import errors, fleet
from simulator.car import Car
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .cars import value
from .conftest import Travel

CAR = "blauer_blitz"
# Where a name differs from its key.
NAMES = {"charging_status": "charge_status"}


@pytest.fixture
def bev(cloud: Cloud) -> Car:
    """Return the simulated ID.4."""
    return cloud.cars[fleet.BEV]


async def setup(hass: HomeAssistant, entry: MockConfigEntry, travel: Travel) -> None:
    """Set the entry up and read every car once."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)


async def refresh(hass: HomeAssistant) -> None:
    """Read the car now."""
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": "button.volkswagen_id_4_refresh"},
        blocking=True,
    )


async def read(travel: Travel) -> None:
    """Let the next read come."""
    await travel(6 * 3600 + 1)


async def test_us_users_see_miles_and_psi(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Native units are known from the first day, so Home Assistant converts."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    await setup(hass, entry, travel)
    odometer = hass.states.get(f"sensor.{CAR}_odometer")
    assert odometer.attributes["unit_of_measurement"] == "mi"
    assert float(odometer.state) == pytest.approx(18432.7 / 1.609344)
    tire = hass.states.get(f"sensor.{CAR}_tire_pressure_front_left")
    assert tire.attributes["unit_of_measurement"] == "psi"
    assert float(tire.state) == pytest.approx(251 * 0.1450377)


@pytest.mark.usefixtures("everything_on")
@pytest.mark.parametrize(
    ("key", "code", "body", "expected"),
    [
        (
            "battery",
            "tractionbattery-stateofcharge",
            {"value": 7300, "unit": "percent"},
            "62.0",
        ),
        (
            "battery",
            "tractionbattery-stateofcharge",
            {"value": None, "unit": "percent"},
            STATE_UNKNOWN,
        ),
        (
            "battery",
            "tractionbattery-stateofcharge",
            {"value": 50, "unit": "gallons"},
            STATE_UNKNOWN,
        ),
        # A read asks for the metric system, so that percent is what it means.
        ("battery", "tractionbattery-stateofcharge", {"value": 0.5}, "0.5"),
        (
            "odometer",
            "odometer-traveleddistance",
            {"value": 12000, "unit": "miles"},
            "19312.128",
        ),
        (
            "charging_power",
            "charge-wattage",
            {"value": 7.2, "unit": "kilowatts"},
            "7.2",
        ),
        (
            "charging_status",
            "charge-detailedchargingstatus",
            {"value": "WAITING"},
            STATE_UNKNOWN,
        ),
        (
            "connector_type",
            "charge-chargingconnectortype",
            {"value": "CHAdeMO"},
            "chademo",
        ),
        (
            "connector_type",
            "charge-chargingconnectortype",
            {"value": "invalid"},
            "none",
        ),
    ],
)
async def test_odd_reports(
    hass: HomeAssistant,
    cloud: Cloud,
    bev: Car,
    loaded: MockConfigEntry,
    travel: Travel,
    key: str,
    code: str,
    body: dict[str, object],
    expected: str,
) -> None:
    """Impossible values keep the last one; null, unknown units and words do not."""
    if key == "charging_power":
        cloud.change(bev, bev.plug_in)
    bev.override(code, body=body)
    await travel(60)
    await refresh(hass)
    assert value(hass, f"sensor.{CAR}_{NAMES.get(key, key)}") == expected


async def test_an_unknown_word_is_kept_beside_the_state(
    hass: HomeAssistant, bev: Car, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Enumerations are open: the raw text stands in an attribute."""
    bev.override("charge-detailedchargingstatus", body={"value": "WAITING"})
    await read(travel)
    state = hass.states.get(f"sensor.{CAR}_charge_status")
    assert state.attributes["raw_value"] == "WAITING"


@pytest.mark.usefixtures("everything_on")
async def test_not_charging_shows_zero_in_spite_of_old_numbers(
    hass: HomeAssistant, bev: Car, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Power, current and speed are 0, time left and finish unknown."""
    bev.override("charge-wattage", body={"value": 7200, "unit": "watts"})
    bev.override("charge-chargerate", error=errors.NOT_CHARGING, body={"value": None})
    bev.override("charge-timetocomplete", body={"value": 35})
    await read(travel)
    assert value(hass, f"sensor.{CAR}_charging_power") == "0.0"
    assert value(hass, f"sensor.{CAR}_charging_speed") == "0.0"
    assert value(hass, f"sensor.{CAR}_charging_finish") == STATE_UNKNOWN


async def test_the_finish_is_held_while_it_hardly_moves(
    hass: HomeAssistant,
    cloud: Cloud,
    bev: Car,
    loaded: MockConfigEntry,
    travel: Travel,
) -> None:
    """The car's time plus its minutes; two minutes more or less are the same."""
    entity_id = f"sensor.{CAR}_charging_finish"
    bev.override("charge-ischarging", body={"value": True})

    async def report(minutes: float) -> datetime:
        await travel(1)
        bev.override(
            "charge-timetocomplete",
            body={"value": minutes},
            oem_updated_at=cloud.clock.now(),
            retrieved_at=cloud.clock.now(),
        )
        await refresh(hass)
        return datetime.fromisoformat(value(hass, entity_id))

    first = await report(90)
    assert abs(first - dt_util.utcnow() - timedelta(minutes=90)) < timedelta(minutes=1)
    assert await report(91) == first
    moved = await report(100) - first
    assert moved.total_seconds() == pytest.approx(600, abs=5)


@pytest.mark.parametrize("minutes", [0, 1e300, -5])
async def test_an_impossible_finish_is_unknown(
    hass: HomeAssistant,
    bev: Car,
    loaded: MockConfigEntry,
    travel: Travel,
    minutes: float,
) -> None:
    """No finish in the past, none at the end of time."""
    bev.override("charge-ischarging", body={"value": True})
    bev.override("charge-timetocomplete", body={"value": minutes})
    await read(travel)
    assert value(hass, f"sensor.{CAR}_charging_finish") == STATE_UNKNOWN


async def test_a_finish_in_the_past_is_unknown(
    hass: HomeAssistant,
    bev: Car,
    loaded: MockConfigEntry,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """Ten minutes left, told an hour ago: nobody knows."""
    bev.override("charge-ischarging", body={"value": True})
    bev.override(
        "charge-timetocomplete",
        body={"value": 10},
        oem_updated_at=clock.now() + timedelta(hours=5),
    )
    await read(travel)
    assert value(hass, f"sensor.{CAR}_charging_finish") == STATE_UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        {"latitude": None, "longitude": None},
        {"latitude": 52.5},
        {"latitude": "52.5", "longitude": "13.4"},
    ],
)
async def test_a_position_with_holes_is_no_position(
    hass: HomeAssistant,
    bev: Car,
    loaded: MockConfigEntry,
    travel: Travel,
    body: dict[str, object],
) -> None:
    """Half a position would put the car somewhere else."""
    bev.override("location-preciselocation", body=body)
    await read(travel)
    tracker = hass.states.get(f"device_tracker.{CAR}_location")
    assert tracker.state == STATE_UNKNOWN
    assert "latitude" not in tracker.attributes


async def test_a_new_charging_session_resets_the_added_energy(
    hass: HomeAssistant,
    bev: Car,
    loaded: MockConfigEntry,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """The last session's energy stands until the next one begins."""
    entity_id = f"sensor.{CAR}_energy_added"

    async def report(energy: float) -> tuple[str, str]:
        bev.override(
            "charge-energyadded",
            body={"value": energy, "unit": "kWh"},
            oem_updated_at=clock.now(),
        )
        await read(travel)
        state = hass.states.get(entity_id)
        return state.state, state.attributes["last_reset"]

    _, start = await report(20)
    assert await report(27.4) == ("27.4", start)
    # The cable was not seen out: one low value may be a slip of the car.
    assert await report(1.5) == ("27.4", start)
    energy, restart = await report(2.5)
    assert energy == "2.5"
    assert restart > start


async def test_a_third_row_of_seats_has_names_too(
    hass: HomeAssistant, bev: Car, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Doors, windows and tyres come from their positions, never from counts."""
    bev.override(
        "closure-doors",
        body={
            "values": [
                {"row": 2, "column": 0, "isOpen": True, "isLocked": False},
                {"row": 1, "column": 2, "isOpen": False},
            ],
            "rowCount": 1,
            "columnCount": 1,
        },
    )
    await read(travel)
    assert value(hass, f"binary_sensor.{CAR}_door_row_3_column_1") == "on"
    assert value(hass, f"binary_sensor.{CAR}_door_row_2_column_3") == "off"
    # The four doors of before are not in the report any more.
    assert value(hass, f"binary_sensor.{CAR}_door_front_left") == STATE_UNKNOWN


async def test_a_tyre_without_a_credible_number_is_unknown(
    hass: HomeAssistant, bev: Car, loaded: MockConfigEntry, travel: Travel
) -> None:
    """An old pressure could hide a flat tyre."""
    bev.override(
        "wheel-tires",
        body={
            "values": [
                {"row": 0, "column": 0, "tirePressure": 699.9},
                {"row": 0, "column": 1, "tirePressure": 258},
            ],
            "unit": "bar",
        },
    )
    await read(travel)
    assert value(hass, f"sensor.{CAR}_tire_pressure_front_left") == STATE_UNKNOWN
    assert value(hass, f"sensor.{CAR}_tire_pressure_front_right") == "2.58"


async def test_without_control_the_lock_and_limit_are_read_only(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """What the owner does not allow to control is shown all the same."""
    cloud.connection(fleet.USER_1, fleet.BEV).permissions = tuple(
        name for name in fleet.PERMISSIONS_BEV if not name.startswith("control_")
    )
    await setup(hass, entry, travel)
    assert value(hass, f"binary_sensor.{CAR}_doors_locked") == "off"
    assert value(hass, f"sensor.{CAR}_charge_limit") == "80.0"
    assert hass.states.get(f"lock.{CAR}_lock") is None
    assert hass.states.get(f"switch.{CAR}_charge") is None
    assert hass.states.get(f"number.{CAR}_charge_limit") is None


async def test_what_is_rare_or_noisy_is_off_at_first(
    loaded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """Disabled entities of an electric car, and nothing else; at most 52 are on."""
    rows = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    off = {
        row.unique_id.split("_", 1)[1]
        for row in rows
        if row.disabled_by and row.unique_id.startswith(fleet.BEV)
    }
    warnings = {
        code.removeprefix("diagnostics-")
        for code in loaded.runtime_data.vehicles[fleet.BEV].data.codes
        if code in WARNING_CODES
        and loaded.runtime_data.vehicles[fleet.BEV].data.has(code)
    }
    assert len(warnings) == 15
    doors = {
        f"door_lock_{row}_{side}"
        for row in ("front", "rear")
        for side in ("left", "right")
    }
    assert off == doors | warnings | {
        "account_role",
        "asleep",
        "at_home",
        "battery_capacity",
        "battery_heater",
        "charge_cable_lock",
        "charge_port_light",
        "charger_phases",
        "charging_current",
        "charging_current_max",
        "charging_current_requested",
        "charging_speed",
        "charging_time_left",
        "charging_voltage",
        "connector_type",
        "digital_key",
        "drive_mode",
        "energy_per_full_charge",
        "exterior_color",
        "fast_charger",
        "fast_charger_type",
        "firmware",
        "front_defroster",
        "front_trunk_lock",
        "heading",
        "in_service",
        "last_contact",
        "low_voltage_battery_status",
        "max_range_charges",
        "next_read",
        "rear_defroster",
        "rear_trunk_lock",
        "speed",
        "steering_wheel_heater",
        "target_temperature",
    }
    on = [
        row
        for row in rows
        if not row.disabled_by and row.unique_id.startswith(fleet.BEV)
    ]
    assert len(on) <= 52
    main = next(row for row in rows if row.unique_id == f"{fleet.BEV}_battery")
    assert main.entity_category is None
    newest = next(row for row in rows if row.unique_id == f"{fleet.BEV}_data_age")
    assert newest.entity_category is EntityCategory.DIAGNOSTIC


async def test_the_account_role_lists_what_the_account_may_do(
    hass: HomeAssistant,
    bev: Car,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    travel: Travel,
) -> None:
    """An attribute may come from a second signal."""
    entity_id = f"sensor.{CAR}_account_role"
    entity_registry.async_update_entity(entity_id, disabled_by=None)
    bev.override("vehicleuseraccount-role", body={"value": "Owner"})
    bev.override("vehicleuseraccount-permissions", body={"values": ["drive", 7]})
    # Home Assistant reloads the entry half a minute after an entity is enabled.
    await travel(31)
    await read(travel)
    state = hass.states.get(entity_id)
    assert state.state == "Owner"
    assert state.attributes["permissions"] == ["drive"]


async def test_the_traction_battery_stands_for_the_device(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """A device page shows the first battery by name at its top."""
    batteries = [
        state.name
        for state in hass.states.async_all("sensor")
        if state.attributes.get("device_class") == "battery"
        and state.name.startswith("Blauer Blitz")
    ]
    assert sorted(batteries) == [
        "Blauer Blitz Battery",
        "Blauer Blitz Battery (12 V)",
    ]
