"""Which cars there are, when they are read, and what is shown in between."""

import asyncio
from datetime import datetime, timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.smartcar.commands import UNLOCK
from custom_components.smartcar.const import (
    CONF_EXCLUDED,
    CONF_PACE,
    CONF_READ_INTERVAL,
    DASHBOARD,
    DOMAIN,
    ENTRY_VERSION,
)
from custom_components.smartcar.issues import async_raise_same_application
from custom_components.smartcar.sending import async_send_command
from simulator import errors, fleet
from simulator.car import Car, CarSpec
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import User

from .cars import BATTERY, HOUR, reads, value
from .conftest import ORDINARY_DAY, Travel


def lost(issues: ir.IssueRegistry, entry: MockConfigEntry, vehicle_id: str) -> bool:
    """Return whether the repair about a lost connection stands."""
    issue_id = f"connection_lost_{entry.entry_id}_{vehicle_id}"
    return issues.async_get_issue(DOMAIN, issue_id) is not None


# Reading


async def test_cars_are_read_every_six_hours(
    cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The default interval, one call a car."""
    await travel(5.9 * HOUR)
    assert cloud.count("signals") == 3
    await travel(0.2 * HOUR)
    assert cloud.count("signals") == 6


async def test_the_interval_is_an_option(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Two hours means two hours."""
    hass.config_entries.async_update_entry(
        entry, options={CONF_PACE: "fixed", CONF_READ_INTERVAL: 2}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await travel(2 * HOUR)
    assert cloud.count("signals") == 6


async def test_polling_disabled_on_the_entry_stops_reads(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Home Assistant's own switch holds here too; the reason is shown."""
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(24 * HOUR)
    await travel(24 * HOUR)
    assert cloud.count("signals") == 0
    vehicle = entry.runtime_data.vehicles[fleet.BEV]
    assert (vehicle.next_read.due, vehicle.next_read.reason) == (
        None,
        "polling_disabled",
    )
    assert vehicle.is_available


@ORDINARY_DAY
async def test_reads_leave_the_reserve_for_commands(
    cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """With 50 of 500 calls left the car is read again on the first of next month."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    vehicle.stored.budget.used = 450
    assert vehicle.next_read.reason == "budget_spent"
    due = vehicle.next_read.due
    assert (due.day, due.hour, due.minute) == (1, 0, 0)
    await travel(7 * HOUR)
    assert reads(cloud)[fleet.BEV] == 1
    assert reads(cloud)[fleet.ICE] == 2


async def test_a_failed_read_keeps_the_values_and_is_tried_again(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Logged once down and once up; tried after half an hour, then an hour."""
    cloud.faults.add(Fault("signals", times=2, vehicle_id=fleet.BEV))
    await travel(6 * HOUR)
    assert value(hass, BATTERY) == "62.0"
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    assert vehicle.next_read.reason == "retry"
    await travel(HOUR / 2 + 1)
    await travel(HOUR / 2 + 1)
    reads = [r.status for r in cloud.requests if r.vehicle_id == fleet.BEV]
    assert reads == [200, 500, 500]
    await travel(HOUR / 2 + 1)
    reads = [r.status for r in cloud.requests if r.vehicle_id == fleet.BEV]
    assert reads == [200, 500, 500, 200]
    assert vehicle.next_read.reason == "interval"
    lines = [r.message for r in caplog.records if "ID.4" in r.message]
    assert [line for line in lines if "Error fetching" in line][1:] == []
    assert any("Fetching Volkswagen ID.4 data recovered" in line for line in lines)


async def test_an_outage_is_logged_once_for_all_cars(
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once down and once up, by whoever meets it first."""
    await live_through_outage(cloud, travel)
    assert reads(cloud).total() > len(cloud.cars)
    await hours(travel, 7)
    assert failures(caplog) == [
        "Error fetching Smartcar connections data",
        "Fetching Smartcar connections data recovered",
    ]


async def test_what_smartcar_answers_is_logged_for_each_car(
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also after an outage that another one logged."""
    await live_through_outage(cloud, travel)
    for vehicle_id in (fleet.BEV, fleet.PHEV):
        refusal = {"type": "PERMISSION", "vehicle_id": vehicle_id}
        cloud.faults.add(Fault("signals", **refusal, times=None))
    await travel(HOUR)
    await travel(6 * HOUR)
    assert sorted(failures(caplog)) == [
        "Error fetching Smartcar connections data",
        "Error fetching Volkswagen ID.4 data",
        "Error fetching Volvo XC60 data",
        "Fetching Smartcar connections data recovered",
    ]


def outage(cloud: Cloud) -> None:
    """Let a proxy answer in Smartcar's place."""
    for operation in ("connections", "signals"):
        cloud.faults.add(Fault(operation, "html", times=None))


async def hours(travel: Travel, number: int) -> None:
    """Let hours pass one by one, so that every timer fires in its own."""
    for _ in range(number):
        await travel(HOUR)


async def live_through_outage(cloud: Cloud, travel: Travel) -> None:
    """Let seven hours pass in which every read and listing fails."""
    outage(cloud)
    await hours(travel, 7)
    cloud.faults.clear()


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log says of failures and their ends."""
    return [
        record.getMessage().partition(":")[0]
        for record in caplog.records
        if record.name.startswith("custom_components.") and "etching" in record.msg
        if record.levelno >= logging.INFO
    ]


async def test_smartcars_retry_after_is_honoured(
    cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car under a rate limit is asked when Smartcar says, not earlier."""
    cloud.faults.add(
        Fault("signals", type="RATE_LIMIT", code="VEHICLE", retry_after=7200)
    )
    await travel(6 * HOUR)
    count = cloud.count("signals")
    await travel(1.9 * HOUR)
    assert cloud.count("signals") == count
    await travel(0.2 * HOUR)
    assert cloud.count("signals") == count + 1


@ORDINARY_DAY
@pytest.mark.usefixtures("everything_on")
async def test_an_unchanged_read_writes_no_signal_state(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Only what tells of the read itself is written."""
    await travel(1)
    events = async_capture_events(hass, "state_changed")
    await travel(6 * HOUR)
    assert cloud.count("signals") == 6
    registry = er.async_get(hass)
    written = {
        registry.async_get(event.data["entity_id"]).translation_key for event in events
    }
    assert written == {"api_calls", "last_contact", "next_read"}
    reported = hass.states.get(BATTERY).last_reported
    assert dt_util.utcnow() - reported > timedelta(hours=5)


async def test_signals_that_appear_later_become_entities(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """No entity before its signal, and no restart after."""
    car = cloud.cars[fleet.ICE]
    assert hass.states.get("sensor.anna_s_nissan_battery") is None
    car.override("tractionbattery-stateofcharge", body={"value": 12, "unit": "percent"})
    await travel(6 * HOUR)
    assert value(hass, "sensor.anna_s_nissan_battery") == "12.0"


async def test_nothing_is_made_of_what_the_car_cannot_or_may_not_tell(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """COMPATIBILITY and PERMISSION make no entities."""
    names = hass.states.async_entity_ids()
    assert "device_tracker.anna_s_nissan_location" not in names
    assert "device_tracker.blauer_blitz_location" in names
    assert not [name for name in names if "nissan_charging" in name]


async def test_an_empty_store_is_no_failure(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """A car without data has its device and the integration's own entities."""
    cloud.fill_store = "never"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    assert value(hass, "sensor.volkswagen_id_4_newest_data") == STATE_UNKNOWN
    assert value(hass, "sensor.volkswagen_id_4_api_calls") == "1"
    assert hass.states.get("sensor.volkswagen_id_4_battery") is None


# Cars that come and go


async def test_a_new_car_appears_by_itself(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car connected later is there within the hour."""
    user = cloud.add_user(User("5ad1c0de-0000-4000-8000-00000000a001", "Later", None))
    car = cloud.add_car(
        Car(
            CarSpec(
                vehicle_id="5ad1c0de-0000-4000-8000-00000000c001",
                vin="WBY00000000000001",
                make="BMW",
                model="i4",
                year=2024,
                powertrain="BEV",
            ),
            permissions=fleet.PERMISSIONS_BEV,
        )
    )
    cloud.connect(user, car, fleet.PERMISSIONS_BEV)
    await travel(HOUR + 1)
    await travel(2)
    assert value(hass, "sensor.bmw_i4_api_calls") == "1"
    assert car.spec.vehicle_id in loaded.runtime_data.vehicles


async def test_a_lost_car_keeps_its_device_and_raises_a_repair(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
) -> None:
    """Two complete listings an hour apart must miss it; then it may come back."""
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    cloud.disconnect(connection)
    await travel(HOUR + 1)
    assert value(hass, BATTERY) == "62.0"
    assert not lost(issue_registry, loaded, fleet.BEV)
    await travel(HOUR + 1)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE
    assert value(hass, "sensor.familienkutsche_battery") == "45.0"
    issue = issue_registry.async_get_issue(
        DOMAIN, f"connection_lost_{loaded.entry_id}_{fleet.BEV}"
    )
    assert issue.translation_placeholders["car"] == "Blauer Blitz"
    assert fleet.APPLICATION_ID in issue.translation_placeholders["link"]
    assert device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    reads = cloud.count("signals")
    await travel(12 * HOUR)
    gone = [r for r in list(cloud.requests)[-8:] if r.vehicle_id == fleet.BEV]
    assert cloud.count("signals") > reads
    assert gone == []
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    assert (vehicle.next_read.due, vehicle.next_read.reason) == (
        None,
        "connection_gone",
    )
    with pytest.raises(ServiceValidationError, match="no longer connected"):
        await async_send_command(vehicle, UNLOCK)
    with pytest.raises(ServiceValidationError, match="no longer connected"):
        await vehicle.async_read_now()

    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(HOUR + 1)
    await travel(2)
    assert not lost(issue_registry, loaded, fleet.BEV)
    assert value(hass, BATTERY) == "62.0"


async def test_a_repair_without_application_id_links_to_the_dashboard(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    travel: Travel,
) -> None:
    """The Connect link needs the Application ID; without it the text must do.

    The repair goes with its entry; those of others stay.
    """
    data = {key: entry.data[key] for key in (CONF_CLIENT_ID, CONF_CLIENT_SECRET)}
    hass.config_entries.async_update_entry(entry, data=data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    cloud.disconnect(cloud.connection(fleet.USER_1, fleet.BEV))
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    issue_id = f"connection_lost_{entry.entry_id}_{fleet.BEV}"
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue.translation_placeholders["link"] == DASHBOARD
    async_raise_same_application(hass, "other", "Other", "One")
    await hass.config_entries.async_remove(entry.entry_id)
    assert [key for key in issue_registry.issues if key[0] == DOMAIN] == [
        (DOMAIN, "same_application_other")
    ]


async def test_a_lost_car_is_still_known_after_a_restart(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    travel: Travel,
) -> None:
    """A restart between the listings neither forgets the car nor its loss."""
    cloud.disconnect(cloud.connection(fleet.USER_1, fleet.BEV))
    await travel(HOUR + 1)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, BATTERY) == "62.0"
    await travel(HOUR + 1)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE
    assert lost(issue_registry, loaded, fleet.BEV)
    # What is lost is not found by another restart.
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE
    assert lost(issue_registry, loaded, fleet.BEV)
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(HOUR + 1)
    assert value(hass, BATTERY) == "62.0"
    assert not lost(issue_registry, loaded, fleet.BEV)


async def test_the_only_car_is_lost_when_its_read_says_so_too(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    travel: Travel,
) -> None:
    """An empty list alone proves nothing."""
    for vehicle_id in (fleet.PHEV, fleet.ICE):
        await loaded.runtime_data.async_drop(vehicle_id)
    for connection in list(cloud.connections.values()):
        cloud.disconnect(connection)
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    assert not lost(issue_registry, loaded, fleet.BEV)
    denial = {"type": "RESOURCE_NOT_FOUND", "code": "VEHICLE_NOT_FOUND"}
    cloud.faults.add(Fault("signals", **denial, times=None))
    for _ in range(6):
        await travel(HOUR + 1)
    assert lost(issue_registry, loaded, fleet.BEV)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("met_by", "other"), [("signals", "connections"), ("connections", "signals")]
)
async def test_a_refusal_that_was_smartcars_mistake(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    met_by: str,
    other: str,
) -> None:
    """The question for a new secret goes when the old one turns out to be good."""
    cloud.faults.add(Fault(met_by, type="AUTHENTICATION", times=None))
    # A success of the other would take the question back.
    cloud.faults.add(Fault(other, times=None))
    await travel(6 * HOUR)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    cloud.faults.clear()
    reads = cloud.count("signals")
    await hours(travel, 7)
    assert hass.config_entries.flow.async_progress() == []
    assert value(hass, BATTERY) == "62.0"
    assert cloud.count("signals") > reads


async def test_what_failed_is_not_over_because_nothing_was_asked(
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A look before its time neither logs an end nor forgets how it failed."""
    cloud.faults.add(Fault("signals", vehicle_id=fleet.BEV, times=None))
    await travel(6 * HOUR)
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    for _ in range(3):
        await vehicle.async_refresh()
        assert not vehicle.last_update_success
        assert vehicle.last_exception.translation_key == "server"
    assert failures(caplog) == ["Error fetching Volkswagen ID.4 data"]
    cloud.faults.clear()
    await travel(HOUR)
    assert vehicle.last_update_success
    assert failures(caplog)[1:] == ["Fetching Volkswagen ID.4 data recovered"]


async def test_a_hushed_failure_stays_so_when_nothing_was_asked(
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither its going on nor its end is logged."""
    outage(cloud)
    await travel(6 * HOUR)
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    await vehicle.async_refresh()
    assert not vehicle.last_update_success
    await hours(travel, 7)
    cloud.faults.clear()
    await hours(travel, 7)
    assert vehicle.last_update_success
    assert len(failures(caplog)) == 2


async def test_a_timer_that_fires_early_is_in_time(
    cloud: Cloud, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Home Assistant's timers leave fractions of a second out."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    due = vehicle.next_read.due
    assert due is not None
    reads = cloud.count("signals")
    freezer.move_to(due - timedelta(seconds=2))
    await vehicle.async_refresh()
    assert cloud.count("signals") == reads
    freezer.move_to(due - timedelta(seconds=0.9))
    await vehicle.async_refresh()
    assert cloud.count("signals") == reads + 1


@pytest.mark.parametrize("listing", ["empty", "short", "failed"])
async def test_a_listing_that_proves_nothing_loses_no_car(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    travel: Travel,
    listing: str,
) -> None:
    """Empty, short of its own count, or failed: the cars stay."""
    bodies = {
        "empty": '{"data": [], "meta": {"totalCount": 0}}',
        "short": '{"data": [], "meta": {"totalCount": 2}}',
    }
    fault = (
        Fault("connections", times=None)
        if listing == "failed"
        else Fault("connections", "raw", body=bodies[listing], times=None)
    )
    cloud.faults.add(fault)
    for _ in range(4):
        await travel(HOUR + 1)
    assert value(hass, BATTERY) == "62.0"
    assert not lost(issue_registry, loaded, fleet.BEV)


async def test_several_users_of_one_car_make_one_device(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
) -> None:
    """Permissions add up, and a call uses a connection that grants it."""
    bev = cloud.cars[fleet.BEV]
    cloud.disconnect(cloud.connection(fleet.USER_1, fleet.BEV))
    cloud.connect(
        cloud.users[fleet.USER_1],
        bev,
        ("read_battery", "read_security", "control_security"),
        ago=timedelta(days=2),
    )
    cloud.connect(cloud.users[fleet.USER_2], bev, ("read_battery", "read_security"))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert len(devices) == 3
    lock = er.async_get(hass).async_get_entity_id("lock", DOMAIN, f"{fleet.BEV}_lock")
    await hass.services.async_call("lock", "unlock", {"entity_id": lock}, blocking=True)
    users = [
        (r.operation, r.user_id) for r in cloud.requests if r.vehicle_id == fleet.BEV
    ]
    assert users == [
        ("signals", fleet.USER_2),
        ("command.unlock", fleet.USER_1),
    ]


# Availability


async def test_a_day_of_silence_makes_the_cars_unavailable(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Old values stand while Smartcar is out, but not for ever."""
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    await travel(12 * HOUR)
    assert value(hass, BATTERY) == "62.0"
    await travel(12 * HOUR + 600)
    assert value(hass, BATTERY) == STATE_UNAVAILABLE
    assert value(hass, "sensor.volkswagen_id_4_newest_data") != STATE_UNAVAILABLE
    cloud.faults.clear()
    await travel(HOUR)
    assert value(hass, BATTERY) == "62.0"


@pytest.mark.usefixtures("everything_on")
async def test_no_news_from_the_car_is_age_not_unavailability(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car that sleeps for a week keeps its values; their age is shown."""
    before = value(hass, "sensor.volvo_xc60_newest_data")
    for _ in range(14):
        await travel(12 * HOUR)
    assert value(hass, "sensor.familienkutsche_battery") == "45.0"
    newest = datetime.fromisoformat(value(hass, "sensor.volvo_xc60_newest_data"))
    assert newest - datetime.fromisoformat(before) < timedelta(days=1)
    contact = datetime.fromisoformat(value(hass, "sensor.volvo_xc60_last_contact"))
    assert dt_util.utcnow() - contact < timedelta(days=1)


async def test_an_account_error_keeps_the_last_values(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A signed-out owner's old values stand, with their age; nobody is nagged."""
    cloud.connection(fleet.USER_1, fleet.BEV).store.signed_out = True
    await travel(6 * HOUR)
    assert value(hass, BATTERY) == "62.0"
    assert not hass.config_entries.flow.async_progress()


async def test_a_withdrawn_read_permission_shows_unknown(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The entity stays, its value is not known any more, and no flow starts."""
    cloud.cars[fleet.BEV].override(
        "tractionbattery-stateofcharge", error=errors.NOT_PERMITTED
    )
    await travel(6 * HOUR)
    assert value(hass, BATTERY) == STATE_UNKNOWN
    assert not hass.config_entries.flow.async_progress()


async def test_the_month_turns(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A new month starts a new tally in Home Assistant's time zone."""
    now = dt_util.now()
    start = (now.replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=30, second=0, microsecond=0
    )
    await travel((start - now).total_seconds())
    calls: Any = hass.states.get("sensor.volkswagen_id_4_api_calls")
    assert calls.state == "1"
    assert calls.attributes["remaining"] == 499


async def test_a_car_of_another_entry_is_left_to_it(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Two applications may list the same car; the first entry keeps it."""
    second = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id="client_second",
        data={**loaded.data, CONF_EXCLUDED: [fleet.PHEV]},
    )
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done()
    assert second.runtime_data.vehicles == {}
    assert value(hass, BATTERY) == "62.0"


async def test_a_command_that_outlives_the_entry_starts_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No timer and no file come back once the entry is gone."""
    arrived, held = asyncio.Event(), asyncio.Event()

    async def hold(seconds: float) -> None:
        arrived.set()
        await held.wait()

    monkeypatch.setattr(cloud, "sleep", hold)
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=200))
    command = hass.async_create_task(async_send_command(vehicle, UNLOCK))
    await arrived.wait()
    await hass.config_entries.async_remove(loaded.entry_id)
    held.set()
    await command
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{loaded.entry_id}" not in hass_storage
