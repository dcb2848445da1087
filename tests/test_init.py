"""Set-up, unload, restart and removal of an entry."""

from datetime import timedelta
from typing import Any

import aiohttp
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import (
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.smartcar import (
    async_remove_config_entry_device,
    async_unload_entry,
)
from custom_components.smartcar.const import (
    CONF_EXCLUDED,
    DOMAIN,
    ENTRY_VERSION,
)
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY, LOCK
from .conftest import Travel


async def test_three_cars_of_two_users_become_three_devices(
    loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    """One entry brings every car of every user, whoever owns it."""
    devices = {
        next(iter(device.identifiers))[1]: device
        for device in dr.async_entries_for_config_entry(
            device_registry, loaded.entry_id
        )
    }
    assert devices.keys() == {fleet.BEV, fleet.PHEV, fleet.ICE}
    bev = devices[fleet.BEV]
    assert bev.manufacturer == "Volkswagen"
    assert bev.model == "ID.4 (2023)"
    assert bev.name == "Blauer Blitz"
    assert bev.serial_number is not None
    assert len(bev.serial_number) == 17


async def test_the_device_follows_what_the_car_reports(
    cloud: Cloud,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
) -> None:
    """A new nickname and firmware reach the device with the next read."""
    car = cloud.cars[fleet.BEV]
    car.override("vehicleidentification-nickname", body={"value": "Pizza taxi"})
    car.override("connectivitysoftware-currentfirmwareversion", body={"value": "9.9.1"})
    await travel(6 * 3600)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    assert device is not None
    assert (device.name, device.sw_version) == ("Pizza taxi", "9.9.1")


async def test_a_restart_costs_no_signals_call(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Values come back from the store while they are younger than the interval."""
    assert cloud.count("signals") == 3
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await travel(60)
    assert hass.states.get(BATTERY).state == "62.0"
    assert cloud.count("signals") == 3


async def test_an_outage_at_start_shows_what_is_stored(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Known cars start without Smartcar, and it is asked again soon."""
    assert await hass.config_entries.async_unload(loaded.entry_id)
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.state is ConfigEntryState.LOADED
    assert hass.states.get(BATTERY).state == "62.0"
    cloud.faults.clear()
    listings = cloud.count("connections")
    await travel(301)
    assert cloud.count("connections") == listings + 2


async def test_an_outage_without_stored_cars_is_retried_by_home_assistant(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Nothing is known and nothing can be asked: the entry is not ready."""
    cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "cannot be reached" in entry.reason


async def test_a_refused_secret_asks_for_a_new_one(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Only refused credentials start the reauthentication."""
    cloud.application.revoke_secret()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_a_secret_refused_later_makes_the_cars_unavailable(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Without credentials nothing shown can be trusted; one flow asks for them."""
    cloud.application.revoke_secret()
    cloud.application.expire_tokens()
    await travel(3601)
    assert hass.states.get(BATTERY).state == STATE_UNAVAILABLE
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


async def test_removing_the_entry_forgets_all_but_keeps_the_connections(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    cloud: Cloud,
    loaded: MockConfigEntry,
) -> None:
    """What is stored here goes; the owner's grants at Smartcar stay."""
    key = f"{DOMAIN}.{loaded.entry_id}"
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert key in hass_storage
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert key not in hass_storage
    assert {request.method for request in cloud.requests} == {"GET", "POST"}
    assert not hass.states.async_entity_ids("sensor")


async def test_deleting_a_device_excludes_its_car(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    travel: Travel,
) -> None:
    """A deleted car is not read any more and does not come back by itself."""
    assert await async_setup_component(hass, "config", {})
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    assert device is not None
    client = await hass_ws_client(hass)
    response = await client.remove_device(device.id)
    assert response["success"]
    assert loaded.data[CONF_EXCLUDED] == [fleet.BEV]
    before = [r for r in cloud.requests if r.vehicle_id == fleet.BEV]
    await travel(7 * 3600)
    assert hass.states.get(BATTERY) is None
    assert [r for r in cloud.requests if r.vehicle_id == fleet.BEV] == before
    assert hass.states.get("sensor.familienkutsche_battery").state == "45.0"


@pytest.fixture
def refused_hosts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuse to resolve any host name; return the names that were asked for."""
    asked: list[str] = []
    resolve = aiohttp.TCPConnector._resolve_host  # noqa: SLF001 - every name passes here

    async def refuse(
        self: aiohttp.TCPConnector, host: str, port: int, traces: Any = None
    ) -> Any:
        if host != "127.0.0.1":
            asked.append(host)
            message = f"{host} must not be asked"
            raise OSError(message)
        return await resolve(self, host, port, traces)

    monkeypatch.setattr(aiohttp.TCPConnector, "_resolve_host", refuse)
    return asked


async def test_no_request_leaves_for_another_host(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    refused_hosts: list[str],
    travel: Travel,
) -> None:
    """With SMARTCAR_ENDPOINT set no host name is asked for at all."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await hass.services.async_call("lock", "unlock", {"entity_id": LOCK}, blocking=True)
    await travel(7 * 3600)
    assert refused_hosts == []
    assert {request.operation for request in cloud.requests} == {
        "token",
        "connections",
        "signals",
        "command.unlock",
    }


async def test_without_the_override_smartcar_itself_is_asked(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    refused_hosts: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The counterpart of the test above: here the refusal bites."""
    monkeypatch.delenv("SMARTCAR_ENDPOINT")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert set(refused_hosts) == {"iam.smartcar.com"}
    assert not cloud.requests


async def test_two_applications_live_side_by_side(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """A second entry's failure leaves the first one alone."""
    other = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id="client_other",
        data={CONF_CLIENT_ID: "client_other", CONF_CLIENT_SECRET: "wrong"},
    )
    other.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(other.entry_id)
    assert loaded.state is ConfigEntryState.LOADED
    assert hass.states.get(BATTERY).state == "62.0"


async def test_the_store_is_written_soon_after_a_change(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    loaded: MockConfigEntry,
    travel: Travel,
) -> None:
    """A crash loses half a minute at the most."""
    key = f"{DOMAIN}.{loaded.entry_id}"
    assert key not in hass_storage
    await travel(timedelta(seconds=31).total_seconds())
    signals = hass_storage[key]["data"]["vehicles"][fleet.BEV]["state"]["signals"]
    assert signals["tractionbattery-stateofcharge"]["value"]["body"] == {
        "value": 62,
        "unit": "percent",
    }


async def test_an_entry_of_a_younger_minor_version_is_ours(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Minor versions are read by all of the same major one, also after a downgrade."""
    hass.config_entries.async_update_entry(entry, minor_version=2)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED


async def test_what_cannot_be_unloaded_goes_on(
    hass: HomeAssistant, loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is shut down, and nothing is written as if it were."""

    async def refuse(*_: object) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(hass.config_entries, "async_unload_platforms", refuse)
        assert not await async_unload_entry(hass, loaded)
    assert not loaded.runtime_data.context.is_closed()
    assert hass.states.get(BATTERY).state == "62.0"


async def test_a_device_that_is_no_car_may_go(
    hass: HomeAssistant, loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    """Nothing is excluded for it."""
    device = device_registry.async_get_or_create(
        config_entry_id=loaded.entry_id, identifiers={("elsewhere", "1")}
    )
    assert await async_remove_config_entry_device(hass, loaded, device)
    assert CONF_EXCLUDED not in loaded.data
