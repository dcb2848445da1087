"""How an entry starts whose cars are known: at once, whatever Smartcar does."""

import asyncio
from collections.abc import AsyncGenerator
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import CONF_PACE
from simulator import fleet
from simulator.car import Car, CarSpec
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import User

from .cars import BATTERY, HOUR, value
from .conftest import Travel


class Hold:
    """Requests that the simulated cloud takes and does not answer."""

    def __init__(self) -> None:
        """Begin without any."""
        self.arrived = asyncio.Event()
        self._over = asyncio.Event()

    async def sleep(self, _: float) -> None:
        """Wait until it is over, in place of the cloud's clock."""
        self.arrived.set()
        await self._over.wait()

    def end(self) -> None:
        """Let all be answered."""
        self._over.set()


@pytest.fixture
async def hold(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Hold]:
    """Return what holds requests with a fault of latency."""
    hold = Hold()
    monkeypatch.setattr(cloud, "sleep", hold.sleep)
    yield hold
    hold.end()


@pytest.mark.parametrize("operation", ["token", "connections"])
async def test_a_start_waits_for_no_answer(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    hold: Hold,
    caplog: pytest.LogCaptureFixture,
    operation: str,
) -> None:
    """Entities stand before the first request has ended, well or not."""
    assert await hass.config_entries.async_unload(loaded.entry_id)
    cloud.faults.add(Fault(operation, "latency", seconds=600, times=None))
    caplog.clear()

    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    await hold.arrived.wait()
    account = loaded.runtime_data
    assert loaded.state is ConfigEntryState.LOADED
    assert sum(account.context.health.outcomes.values()) == 0
    assert value(hass, BATTERY) == "62.0"
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [r for r in warnings if r.name.startswith("homeassistant.")] == []

    cloud.faults.clear()
    hold.end()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert account.context.health.outcomes["ok"] > 0
    assert account.connections.last_update_success


def a_new_car(cloud: Cloud) -> CarSpec:
    """Let one more owner connect a car."""
    user = cloud.add_user(User("5ad1c0de-0000-4000-8000-00000000a001", "Later", None))
    spec = CarSpec(
        vehicle_id="5ad1c0de-0000-4000-8000-00000000c001",
        vin="WBY00000000000001",
        make="BMW",
        model="i4",
        year=2024,
        powertrain="BEV",
    )
    car = cloud.add_car(Car(spec, permissions=fleet.PERMISSIONS_BEV))
    cloud.connect(user, car, fleet.PERMISSIONS_BEV)
    return spec


async def test_what_the_first_listing_brings_comes_as_it_does_later(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car that was connected while Home Assistant was off."""
    assert await hass.config_entries.async_unload(loaded.entry_id)
    a_new_car(cloud)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await travel(2)
    assert value(hass, "sensor.bmw_i4_api_calls") == "1"


@pytest.mark.parametrize(
    ("pace", "reads", "signals"),
    [("fixed", 2, True), ("adaptive", 2, True), ("off", 0, False)],
)
async def test_a_car_that_joins_later_is_read_at_once(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    pace: str,
    reads: int,
    signals: bool,
) -> None:
    """And once more when Smartcar's store was still empty, whatever the pace."""
    hass.config_entries.async_update_entry(entry, options={CONF_PACE: pace})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await travel(2)
    cloud.fill_store = "never"
    spec = a_new_car(cloud)
    await travel(HOUR)
    await travel(2)
    cloud.fill_store = "always"
    for _ in range(4):
        await travel(300)
    requests = [r.operation for r in cloud.requests if r.vehicle_id == spec.vehicle_id]
    assert requests.count("signals") == reads
    registry = er.async_get(hass)
    unique_id = f"{spec.vehicle_id}_battery"
    found = registry.async_get_entity_id("sensor", "smartcar", unique_id)
    assert (found is not None) == signals


async def test_unloading_ends_a_listing_that_is_not_answered(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, hold: Hold
) -> None:
    """Nothing waits for it, and nothing is left of it."""
    assert await hass.config_entries.async_unload(loaded.entry_id)
    cloud.faults.add(Fault("connections", "latency", seconds=600, times=None))
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hold.arrived.wait()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.state is ConfigEntryState.NOT_LOADED
