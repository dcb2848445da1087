"""What is under way when something else happens does not overrule it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar import async_remove_config_entry_device
from custom_components.smartcar.api import SmartcarClient
from custom_components.smartcar.const import CONF_EXCLUDED, DOMAIN
from custom_components.smartcar.stored import DISCONNECTED
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import HOUR, repairs
from .conftest import Travel
from .deliveries import hear, reachable


class Held:
    """The answer to one request, which has left Smartcar and is not here yet."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        """Hold the next answer of one method of the client; others pass."""
        self.arrived = asyncio.Event()
        self._over = asyncio.Event()
        ask = getattr(SmartcarClient, method)

        async def held(*args: Any) -> Any:
            if self.arrived.is_set():
                return await ask(*args)
            try:
                return await ask(*args)
            finally:
                self.arrived.set()
                await self._over.wait()

        monkeypatch.setattr(SmartcarClient, method, held)

    async def during(
        self, request: Awaitable[object], other: Awaitable[object]
    ) -> None:
        """Let something happen while a request is under way, and then end it."""
        task = asyncio.ensure_future(request)
        await self.arrived.wait()
        await other
        self._over.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_listing_that_began_before_a_car_was_disconnected(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not bring the car back, so that nobody is told of a loss later."""
    account = loaded.runtime_data
    vehicle = account.vehicles[fleet.BEV]
    held = Held(monkeypatch, "connections")
    end = account.async_disconnect(vehicle, whole_user=False)
    await held.during(account.connections.async_refresh(), end)
    assert (vehicle.grants.is_gone, vehicle.stored.absence) == (True, DISCONNECTED)
    for _ in range(3):
        await travel(HOUR + 1)
    assert repairs(hass) == []
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(HOUR + 1)
    assert not vehicle.grants.is_gone


@pytest.mark.parametrize(
    ("end", "refusal"), [("spent", "are used up"), ("gone", "no longer connected")]
)
async def test_a_read_that_waited_for_another_one(
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
    refusal: str,
) -> None:
    """It asks again what it may; what is over is said, not done."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    vehicle.stored.budget.used = vehicle.budget.limit - 1
    held = Held(monkeypatch, "signals")
    waiting: asyncio.Task[None]

    async def ask_again() -> None:
        nonlocal waiting
        waiting = asyncio.ensure_future(vehicle.async_read_now())
        await asyncio.sleep(0)
        if end == "gone":
            await disconnect(loaded)

    reads = cloud.count("signals")
    await held.during(vehicle.async_read_now(), ask_again())
    with pytest.raises(HomeAssistantError, match=refusal):
        await waiting
    assert cloud.count("signals") == reads + 1


async def test_a_listing_that_began_before_a_car_was_deleted(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The car stays away."""
    account = loaded.runtime_data
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    assert device is not None
    held = Held(monkeypatch, "connections")
    delete = async_remove_config_entry_device(hass, loaded, device)
    await held.during(account.connections.async_refresh(), delete)
    assert fleet.BEV not in account.vehicles


async def test_a_listing_that_ends_after_the_entry(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It adds no car to an entry that nobody runs."""
    account = loaded.runtime_data
    await account.async_drop(fleet.BEV)
    held = Held(monkeypatch, "connections")
    unload = hass.config_entries.async_unload(loaded.entry_id)
    await held.during(account.connections.async_refresh(), unload)
    assert fleet.BEV not in account.vehicles


type End = Callable[[MockConfigEntry], Awaitable[None]]


async def disconnect(entry: MockConfigEntry) -> None:
    """Disconnect the car."""
    account = entry.runtime_data
    await account.async_disconnect(account.vehicles[fleet.BEV], whole_user=False)


async def drop(entry: MockConfigEntry) -> None:
    """Delete the car."""
    await entry.runtime_data.async_drop(fleet.BEV)


@pytest.mark.parametrize(
    ("end", "type_", "code"),
    [
        (disconnect, "PERMISSION", None),
        (drop, "PERMISSION", None),
        (drop, "BILLING", "ACCOUNT_SUSPENDED"),
    ],
)
async def test_a_read_that_is_refused_after_its_car_has_gone(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    end: End,
    type_: str,
    code: str | None,
) -> None:
    """No repair comes of it that nothing would ever settle."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    cloud.faults.add(Fault("signals", type=type_, code=code, vehicle_id=fleet.BEV))
    held = Held(monkeypatch, "signals")
    await held.during(vehicle.async_read_now(), end(loaded))
    assert repairs(hass) == []


async def test_cars_that_are_unknown_cause_one_listing(
    cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """However many they are, and whenever within minutes they are met."""
    denial = {"type": "RESOURCE_NOT_FOUND", "code": "VEHICLE_NOT_FOUND"}
    cloud.faults.add(Fault("signals", **denial, times=None))
    cars = list(loaded.runtime_data.vehicles.values())
    pages = cloud.count("connections")  # of one listing, at the start

    async def deny_all() -> None:
        for car in cars:
            with pytest.raises(HomeAssistantError, match="no longer connected"):
                await car.async_read_now()
            await travel(10)

    await travel(600)
    await deny_all()
    assert cloud.count("connections") == 2 * pages
    await travel(300)
    await deny_all()
    assert cloud.count("connections") == 3 * pages


async def test_a_device_that_is_deleted_while_the_entry_does_not_run(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Its car is away when the entry runs again."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    assert device is not None
    await hass.config_entries.async_unload(loaded.entry_id)
    object.__setattr__(loaded, "runtime_data", None)
    assert await async_remove_config_entry_device(hass, loaded, device)
    assert loaded.data[CONF_EXCLUDED] == [fleet.BEV]
    assert await hass.config_entries.async_setup(loaded.entry_id)
    assert loaded.state is ConfigEntryState.LOADED
    assert fleet.BEV not in loaded.runtime_data.vehicles


async def test_a_look_at_the_webhook_that_ends_after_the_entry(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It raises no repair for an entry that nobody runs."""
    await reachable(hass, hass_client_no_auth, monkeypatch)
    await hear(hass, entry)
    account = entry.runtime_data
    assert repairs(hass) == ["webhook_missing"]
    held = Held(monkeypatch, "webhooks")
    remove = hass.config_entries.async_remove(entry.entry_id)
    await held.during(account.push.async_sync(), remove)
    assert repairs(hass) == []
