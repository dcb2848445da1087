"""Requests whose end the integration does not see, or sees too late."""

import asyncio
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.api import Listing, Signal
from custom_components.smartcar.commands import SET_CHARGE_LIMIT, UNLOCK
from custom_components.smartcar.const import CONF_EXCLUDED, CONF_SHARED_LIMIT
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import HOUR, LIMIT, LOCK, Hold, repairs
from .conftest import Travel


async def test_a_script_that_is_stopped_leaves_a_command_behind(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was sent, so it is counted, and a read shows what came of it."""
    sequence = [{"action": "lock.unlock", "target": {"entity_id": LOCK}}]
    assert await async_setup_component(
        hass, "script", {"script": {"open": {"sequence": sequence}}}
    )
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    used = vehicle.budget.used
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=200))
    with monkeypatch.context() as patched:
        hold = Hold(cloud, patched)
        target = {"entity_id": "script.open"}
        await hass.services.async_call("script", "turn_on", target)
        await hold.arrived.wait()
        await hass.services.async_call("script", "turn_off", target, blocking=True)
        hold.let_go.set()
        await hass.async_block_till_done()
    assert vehicle.budget.used == used + 1
    await travel(61)
    assert hass.states.get(LOCK).state == "unlocked"
    assert cloud.count("command") == 1


async def test_a_read_that_is_cut_off_is_counted(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Smartcar may have carried it out."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    used = vehicle.budget.used
    cloud.faults.add(Fault("signals", "latency", seconds=5))
    hold = Hold(cloud, monkeypatch)
    read = hass.async_create_task(vehicle.async_read_now())
    await hold.arrived.wait()
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read
    hold.let_go.set()
    await hass.async_block_till_done()
    assert vehicle.budget.used == used + 1


async def test_a_command_that_outlives_its_entry_says_nothing(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody could clear a repair of an entry that is no more."""
    suspended = {"type": "BILLING", "code": "ACCOUNT_SUSPENDED"}
    cloud.faults.add(
        Fault("command.unlock", "held_then_error", seconds=200, **suspended)
    )
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    hold = Hold(cloud, monkeypatch)
    order = hass.async_create_task(async_send_command(vehicle, UNLOCK))
    await hold.arrived.wait()
    await hass.config_entries.async_remove(loaded.entry_id)
    hold.let_go.set()
    with pytest.raises(HomeAssistantError, match="suspended"):
        await order
    assert repairs(hass) == []


async def test_a_car_disconnected_while_it_is_read(
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was paid for is taken in; nothing goes wrong."""
    account = loaded.runtime_data
    vehicle = account.vehicles[fleet.BEV]
    ask = account.context.client.signals

    async def signals(vehicle_id: str, user_id: str) -> Listing[Signal]:
        answer = await ask(vehicle_id, user_id)
        await account.async_disconnect(vehicle, whole_user=False)
        return answer

    monkeypatch.setattr(account.context.client, "signals", signals)
    used = vehicle.budget.used
    await vehicle.async_read_now()
    assert vehicle.budget.used == used + 1
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


async def test_a_slow_store_confirms_in_the_end(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Read after a minute, a quarter of an hour and an hour; then known again."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    override = cloud.cars[fleet.BEV].override
    override("charge-chargelimits", absent=True)
    reads = cloud.count("signals")
    await async_send_command(vehicle, SET_CHARGE_LIMIT, percent=90)
    await travel(61)
    assert hass.states.get(LIMIT).state == "90.0"
    await travel(15 * 60)
    assert hass.states.get(LIMIT).state == "unknown"
    assert cloud.count("signals") == reads + 2
    override(
        "charge-chargelimits",
        body={"values": [], "activeLimit": 90},
        oem_updated_at=cloud.clock.now(),
    )
    await travel(45 * 60)
    assert hass.states.get(LIMIT).state == "90.0"
    assert cloud.count("signals") == reads + 3


async def test_calls_count_whichever_limit_holds(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Neither another option nor a car that comes back makes them undone."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    for _ in range(5):
        await vehicle.async_read_now()
    assert vehicle.budget.used == 6
    for excluded in ([fleet.BEV], []):
        data = {**loaded.data, CONF_EXCLUDED: excluded}
        hass.config_entries.async_update_entry(loaded, data=data)
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await travel(2)
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    # What was known of the car was forgotten, so that it is read once more.
    assert vehicle.budget.used == 7
    options = {**loaded.options, CONF_SHARED_LIMIT: True}
    hass.config_entries.async_update_entry(loaded, options=options)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    assert vehicle.budget.used == 7 + 2


async def test_who_connects_anew_is_read_anew(
    cloud: Cloud, loaded: MockConfigEntry, travel: Travel, hass: HomeAssistant
) -> None:
    """What failed before the new login says nothing about it."""
    failure = {"type": "CONNECTED_SERVICES_ACCOUNT", "code": "AUTHENTICATION_FAILED"}
    cloud.faults.add(Fault("signals", **failure, vehicle_id=fleet.BEV, times=None))
    await travel(6 * HOUR + 1)
    assert repairs(hass) == ["owner_account_login"]
    cloud.faults.clear()
    reads = cloud.count("signals")
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(HOUR + 1)
    await travel(2)
    assert repairs(hass) == []
    assert cloud.count("signals") == reads + 1
    assert loaded.runtime_data.vehicles[fleet.BEV].last_update_success


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param(
            "Europe/Berlin",
            marks=pytest.mark.start("2027-03-27T23:00+01:00"),
            id="spring in Berlin",
        ),
        pytest.param(
            "Europe/Berlin",
            marks=pytest.mark.start("2026-10-24T23:00+02:00"),
            id="autumn in Berlin",
        ),
        pytest.param(
            "America/Los_Angeles",
            marks=pytest.mark.start("2027-03-13T23:00-08:00"),
            id="spring in Los Angeles",
        ),
        pytest.param(
            "America/Los_Angeles",
            marks=pytest.mark.start("2026-10-31T23:00-07:00"),
            id="autumn in Los Angeles",
        ),
    ],
)
async def test_a_day_of_23_or_25_hours_moves_no_read(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    zone: str,
) -> None:
    """Six hours are six hours, also in the night in which the clock is changed."""
    await hass.config.async_set_time_zone(zone)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    vehicle = entry.runtime_data.vehicles[fleet.BEV]
    # One that is not due yet, to have the next one planned.
    await vehicle.async_refresh()
    assert vehicle.update_interval is not None
    assert abs(vehicle.update_interval - timedelta(hours=6)) < timedelta(seconds=5)
