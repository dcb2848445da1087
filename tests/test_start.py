"""How an entry starts whose cars are known: at once, whatever Smartcar does."""

import asyncio
from collections.abc import AsyncGenerator
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import fleet
from simulator.car import Car, CarSpec
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import User

from .conftest import Travel

HOUR = 3600
BATTERY = "sensor.blauer_blitz_battery"


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
    assert sum(account.outcomes.values()) == 0
    found = hass.states.get(BATTERY)
    assert found is not None
    assert found.state == "62.0"
    warnings = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [r for r in warnings if r.name.startswith("homeassistant.")] == []

    cloud.faults.clear()
    hold.end()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert account.outcomes["ok"] > 0
    assert account.last_update_success


async def test_what_the_first_listing_brings_comes_as_it_does_later(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car that was connected while Home Assistant was off, and one that went."""
    assert await hass.config_entries.async_unload(loaded.entry_id)
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
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await travel(2)
    found = hass.states.get("sensor.bmw_i4_api_calls")
    assert found is not None
    assert found.state == "1"


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
