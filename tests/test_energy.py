"""The energy of all sessions, as Home Assistant's Energy dashboard takes it."""

from homeassistant.components.energy import data, validate
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .conftest import Travel

CHARGED = "sensor.blauer_blitz_energy_charged"


async def test_a_charging_car_fills_the_sum(
    hass: HomeAssistant,
    cloud: Cloud,
    clock: ManualClock,
    loaded: MockConfigEntry,
    travel: Travel,
) -> None:
    """It starts at 0, grows with the session, and survives a reload."""
    car = cloud.cars[fleet.BEV]

    async def report(energy: float) -> str:
        car.override(
            "charge-energyadded",
            body={"value": energy, "unit": "kWh"},
            oem_updated_at=clock.now(),
        )
        await travel(6 * 3600 + 1)
        return hass.states.get(CHARGED).state

    assert hass.states.get(CHARGED).state == "0.0"
    assert await report(6) == "6.0"
    # A fall waits for the next value, and is not shown before.
    assert await report(2.5) == "6.0"
    assert hass.states.get("sensor.blauer_blitz_energy_added").state == "6.0"
    assert await report(2.5) == "8.5"
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(CHARGED).state == "8.5"
    assert await report(4) == "10.0"
    assert hass.states.get("sensor.blauer_blitz_energy_added").state == "4.0"


async def test_the_energy_dashboard_accepts_the_sum(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
) -> None:
    """The dashboard's own validation finds nothing to complain about."""
    assert await async_setup_component(hass, "energy", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await async_wait_recording_done(hass)
    manager = await data.async_get_manager(hass)
    await manager.async_update(
        {
            "energy_sources": [],
            "device_consumption": [{"stat_consumption": CHARGED}],
        }
    )
    result = (await validate.async_validate(hass)).as_dict()
    problems = {
        issue["type"] for found in result["device_consumption"] for issue in found
    }
    # The statistics themselves come with the recorder's next five minutes.
    assert problems <= {"statistics_not_defined"}
