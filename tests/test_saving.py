"""What is on the disk when Home Assistant dies, stops, or loses an entry.

Deliveries come over HTTP; the disk is the test's, and tells what it was given.
"""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.smartcar import storage, stored
from custom_components.smartcar.commands import LOCK, UNLOCK
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import SOC, Hold
from .conftest import Travel
from .deliveries import (
    PATH,
    Post,
    battery,
    signature,
    state,
    written,
)

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
async def hearing(hearing: MockConfigEntry, travel: Travel) -> MockConfigEntry:
    """Return the entry with push, every car read once, and all of it written."""
    await travel(31)
    return hearing


class Disk:
    """What is written of the entry."""

    def __init__(self, files: dict[str, Any], entry: MockConfigEntry) -> None:
        """Name the file."""
        self._files, self.key = files, f"{DOMAIN}.{entry.entry_id}"

    @property
    def is_empty(self) -> bool:
        """Return whether there is no file."""
        return self.key not in self._files

    @property
    def car(self) -> dict[str, Any]:
        """Return what is written of the electric car."""
        return self._files[self.key]["data"]["vehicles"][fleet.BEV]

    @property
    def battery(self) -> float:
        """Return how full its battery is."""
        return self.car["state"]["signals"][SOC]["value"]["body"]["value"]

    @property
    def calls(self) -> int:
        """Return how many calls it has made this month."""
        return self.car["budget"]["used"]

    def remove(self) -> None:
        """Delete the file behind the integration's back."""
        del self._files[self.key]


@pytest.fixture
def disk(hass_storage: dict[str, Any], entry: MockConfigEntry) -> Disk:
    """Return what is written."""
    return Disk(hass_storage, entry)


# At most half a minute is missing


async def test_deliveries_without_end_are_written(
    hearing: MockConfigEntry, post: Post, travel: Travel, disk: Disk
) -> None:
    """One every 20 s puts nothing off: what is older than 30 s is on the disk."""
    for percent in range(50, 60):
        assert await post(state(battery(percent))) == 200
        await travel(20)
        assert disk.battery >= percent - 1


async def test_a_read_is_counted_at_once(
    hearing: MockConfigEntry, travel: Travel, disk: Disk
) -> None:
    """A crash a second later finds the call, and the values, on the disk."""
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    calls = disk.calls
    await vehicle.async_read_now()
    await travel(1)
    assert (disk.calls, vehicle.budget.used) == (calls + 1, calls + 1)


# Commands


async def test_the_doubt_is_written_before_the_command_is_sent(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    disk: Disk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever starts again in the middle of it finds that it may have run."""
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=60))
    hold = Hold(cloud, monkeypatch)
    assert disk.car["command_since"] is None
    calls = disk.calls
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    order = hass.async_create_task(async_send_command(vehicle, UNLOCK))
    await hold.arrived.wait()
    assert disk.car["command_since"] is not None

    # What a start from this disk makes of it.
    again = stored.StoredVehicle.from_dict(disk.car)
    assert again.command_since == vehicle.stored.command_since
    assert again.budget.used == calls
    hold.let_go.set()
    await order
    assert vehicle.stored.command_since is None


async def test_a_doubt_is_counted_once_however_often_it_starts(
    hass: HomeAssistant, hearing: MockConfigEntry, travel: Travel, disk: Disk
) -> None:
    """What a start makes of it is written before the next crash."""
    assert await hass.config_entries.async_unload(hearing.entry_id)
    calls = disk.calls
    disk.car["command_since"] = "2026-11-10T12:00:00+00:00"
    assert await hass.config_entries.async_setup(hearing.entry_id)
    await travel(1)
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    assert vehicle.budget.used == calls + 1
    assert (disk.calls, disk.car["command_since"]) == (calls + 1, None)
    assert disk.car["confirmations"] == 1


async def test_a_disk_that_hangs_keeps_no_car_open(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    disk: Disk,
    travel: Travel,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command is sent, counted, and written when the disk answers again."""
    calls, asked, answers = disk.calls, asyncio.Event(), asyncio.Event()
    write_data = Store._async_write_data  # noqa: SLF001 - the disk

    async def hang(store: Store[Any], data: dict[str, Any]) -> None:
        if store.key == disk.key:
            asked.set()
            await answers.wait()
        await write_data(store, data)

    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    with monkeypatch.context() as patched:
        patched.setattr(Store, "_async_write_data", hang)
        order = asyncio.create_task(async_send_command(vehicle, LOCK))
        await asked.wait()
        assert cloud.count("command") == 0
        freezer.tick(storage.WRITE_AHEAD_SECONDS)
        async_fire_time_changed(hass)
        await order
        assert cloud.count("command") == 1
        assert disk.calls == calls
        answers.set()
        await travel(1)
        await travel(1)
    assert (disk.calls, disk.car["command_since"]) == (calls + 1, None)


async def test_stopping_waits_for_no_command(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    disk: Disk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have run: it is counted, told, and looked at after the start."""
    calls = disk.calls
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=200))
    hold = Hold(cloud, monkeypatch)
    order = hass.async_create_task(async_send_command(vehicle, UNLOCK))
    second = hass.async_create_task(async_send_command(vehicle, LOCK))
    await hold.arrived.wait()
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    with pytest.raises(HomeAssistantError) as ended:
        await order
    assert ended.value.translation_key == "outcome_unknown"
    with pytest.raises(HomeAssistantError) as refused:
        await second
    assert refused.value.translation_key == "shutting_down"
    hold.let_go.set()
    assert cloud.count("command") == 1

    hass.set_state(CoreState.final_write)
    hass.bus.async_fire("homeassistant_final_write")
    await hass.async_block_till_done()
    assert (disk.calls, disk.car["command_since"]) == (calls + 1, None)
    assert disk.car["confirmations"] == 1


# The end of an entry


async def test_what_comes_while_it_is_written_is_put_off(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    disk: Disk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No delivery is answered by an entry that will not keep it."""
    assert await post(state(battery(50))) == 200
    write_data, answered = Store._async_write_data, []  # noqa: SLF001 - the disk

    async def write(store: Store[Any], data: dict[str, Any]) -> None:
        if store.key == disk.key:
            answered.append(await post(state(battery(51))))
        await write_data(store, data)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "_async_write_data", write)
        assert await hass.config_entries.async_unload(hearing.entry_id)
    assert answered == [503]
    assert disk.battery == 50


async def test_a_body_that_ends_after_its_entry_is_put_off(
    hass: HomeAssistant, hearing: MockConfigEntry, server: Any, disk: Disk
) -> None:
    """Its beginning was read by an entry that is no more."""
    body = written(state(battery(51)))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> Any:
        yield body[:100]
        begun.set()
        await go_on.wait()
        yield body[100:]

    call = hass.async_create_task(
        server.post(PATH, data=slowly(), headers=signature(body))
    )
    await begun.wait()
    before = disk.battery
    assert await hass.config_entries.async_unload(hearing.entry_id)
    go_on.set()
    assert (await call).status == 503
    assert disk.battery == before != 51


async def test_what_was_answered_is_kept(
    hass: HomeAssistant, hearing: MockConfigEntry, server: Any
) -> None:
    """Deliveries as fast as they go while the entry reloads: none is lost."""
    taken, heard = [], asyncio.Event()

    async def deliver(number: int) -> None:
        body = written(state(battery(number), sequence=number))
        response = await server.post(PATH, data=body, headers=signature(body))
        if response.status == 200:
            taken.append(number)
            heard.set()

    sending = [asyncio.create_task(deliver(number)) for number in range(1, 41)]
    await heard.wait()
    assert await hass.config_entries.async_reload(hearing.entry_id)
    await asyncio.gather(*sending)
    await hass.async_block_till_done()
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    assert vehicle.data.body(SOC)["value"] == max(taken)


async def test_a_command_brings_no_file_back(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    travel: Travel,
    disk: Disk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends after its entry was deleted, and nothing is written any more."""
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=60))
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    hold = Hold(cloud, monkeypatch)
    order = hass.async_create_task(async_send_command(vehicle, UNLOCK))
    await hold.arrived.wait()
    await hass.config_entries.async_remove(hearing.entry_id)
    assert disk.is_empty
    hold.let_go.set()
    await order
    hearing.runtime_data = None
    await travel(60)
    assert disk.is_empty


async def test_an_unloaded_entry_writes_nothing(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
    disk: Disk,
) -> None:
    """What it was about to write went with the last write."""
    account = hearing.runtime_data
    await post(state(battery(50)))
    assert await hass.config_entries.async_unload(hearing.entry_id)
    disk.remove()
    account.context.save()
    account.context.save(at_once=True)
    await travel(60)
    assert disk.is_empty
