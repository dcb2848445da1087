"""What every test of the integration starts from: a simulated Smartcar cloud."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# The test harness has a package of the same name that would win otherwise.
import custom_components.smartcar
from custom_components.smartcar.const import (
    CONF_APPLICATION_ID,
    CONF_PACE,
    DOMAIN,
    ENTRY_VERSION,
)
from custom_components.smartcar.pace import PaceMode
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.server import running

__all__ = ["custom_components"]

type Travel = Callable[[float], Awaitable[None]]


# A slow machine makes no example wrong.
# `pytest --hypothesis-profile=thorough` looks twenty times as long.
settings.register_profile("smartcar", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("smartcar")


@pytest.fixture(autouse=True)
def _custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant, where a test has it, load the integration from here.

    The recorder, where a test has it, must be there before Home Assistant.
    """
    for name in ("recorder_mock", "hass"):
        if name in request.fixturenames:
            request.getfixturevalue(
                "enable_custom_integrations" if name == "hass" else name
            )


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Store snapshots the way Home Assistant does."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def clock() -> ManualClock:
    """Return the simulator's clock; it starts now and moves by `travel` only."""
    return ManualClock(dt_util.utcnow())


@pytest.fixture
async def cloud(
    socket_enabled: None, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Cloud]:
    """Run a Smartcar cloud with three parked cars, and point the client to it."""
    cloud = fleet.demo(clock, living=False)
    async with running(cloud) as address:
        monkeypatch.setenv("SMARTCAR_ENDPOINT", address)
        yield cloud


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return the entry of the simulator's application, not yet set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id=fleet.CLIENT_ID,
        title="Simulated cars",
        data={
            CONF_CLIENT_ID: fleet.CLIENT_ID,
            CONF_CLIENT_SECRET: fleet.CLIENT_SECRET,
            CONF_APPLICATION_ID: fleet.APPLICATION_ID,
        },
        # Reads every six hours are easy to count; the adaptive pace has its own.
        options={CONF_PACE: PaceMode.FIXED},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry, set up, with every car read once."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    for vehicle in entry.runtime_data.vehicles.values():
        # The month of a set-up has fewer calls; its own tests are those of the budget.
        vehicle.stored.budget.began_at = None
    return entry


@pytest.fixture
def travel(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, clock: ManualClock
) -> Generator[Travel]:
    """Return a way to let time pass for Home Assistant and the cars alike."""

    async def pass_time(seconds: float) -> None:
        freezer.tick(timedelta(seconds=seconds))
        clock.advance(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return pass_time
