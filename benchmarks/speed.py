"""How fast are deliveries, set-up and saving? `python -m benchmarks.speed`.

Each is measured beside a floor in the same run: the least that Home Assistant
itself makes anybody do for as many entities. Times are process time, so that
other programs on the machine count for little; medians of several rounds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
import gc
import hashlib
import hmac
from http import HTTPStatus
from itertools import count, islice
import json
from pathlib import Path
from statistics import median
import subprocess
import sys
import tempfile
import time
import tracemalloc
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import patch
from uuid import uuid4

import aiohttp
from aiohttp import web
from homeassistant.components import webhook
from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.button import ButtonEntity
from homeassistant.components.calendar import CalendarEntity
from homeassistant.components.cover import CoverEntity
from homeassistant.components.device_tracker import TrackerEntity
from homeassistant.components.event import EventEntity
from homeassistant.components.lock import LockEntity
from homeassistant.components.number import NumberEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, frame
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.aiohttp import MockRequest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    async_test_home_assistant,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from custom_components.smartcar.api import Connection, Listing, Signal, Vehicle
from custom_components.smartcar.car.state import NICKNAME
from custom_components.smartcar.const import (
    CONF_MANAGEMENT_TOKEN,
    DOMAIN,
    ENTRY_VERSION,
    PLATFORMS,
)
from custom_components.smartcar.storage import SmartcarStore
from custom_components.smartcar.stored import Stored, StoredVehicle
from tests.documented import documented

ROOT: Final = Path(__file__).parents[1]
KEY: Final = "a-management-token"
WEBHOOK_ID: Final = "b" * 64
FLOOR_ID: Final = "f" * 64
ROUNDS: Final = 200
SETUPS: Final = ((1, 7), (20, 5), (100, 3))
BURST: Final = 1000
SAVES: Final = 15

# Every delivery is a second newer than the one before (epoch ms).
MOMENTS: Final = count(int(time.time() - 10_000) * 1000, 1000)

# What is another after a minute on the road.
DRIVING: Final = frozenset(
    {
        "climate-externaltemperature",
        "climate-internaltemperature",
        "location-preciselocation",
        "motion-currentspeed",
        "odometer-traveleddistance",
        "tractionbattery-range",
        "tractionbattery-stateofcharge",
        "lowvoltagebattery-stateofcharge",
        "internalcombustionengine-range",
        "internalcombustionengine-fuellevel",
    }
)

# What makes the state of an entity, by platform.
VALUES: Final[dict[str, tuple[str, ...]]] = {
    "binary_sensor": ("is_on",),
    "cover": ("is_closed",),
    "device_tracker": ("latitude", "longitude"),
    "lock": ("is_locked",),
    "number": ("native_value",),
    "sensor": ("native_value",),
    "switch": ("is_on",),
}

# What some platforms insist on.
ABSTRACT: Final[Mapping[str, object]] = {
    "_attr_is_closed": None,
    "event": None,
    "_attr_event_types": [],
}

# One bare class for each platform: to make a class costs more than an entity.
BARE: Final[dict[str, type[Entity]]] = {
    platform: type(f"Bare{kind.__name__}", (kind,), dict(ABSTRACT))
    for platform, kind in {
        "binary_sensor": BinarySensorEntity,
        "button": ButtonEntity,
        "calendar": CalendarEntity,
        "cover": CoverEntity,
        "device_tracker": TrackerEntity,
        "event": EventEntity,
        "lock": LockEntity,
        "number": NumberEntity,
        "sensor": SensorEntity,
        "switch": SwitchEntity,
    }.items()
}


def itself[Thing](thing: Thing) -> Thing:
    """Return what is given."""
    return thing


def write(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


# What the cars tell


def signals() -> list[dict[str, Any]]:
    """Return the documented answer for every signal, what a drive changes first."""
    return sorted(documented().values(), key=lambda item: item["id"] not in DRIVING)


def other(value: Any, step: float) -> Any:
    """Return another value of the same kind, as plausible as the first."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + step if value < 50 else value - step
        case dict():
            return {
                key: inner if key in ("unit", "row", "column") else other(inner, step)
                for key, inner in value.items()
            }
        case list():
            return [other(inner, step) for inner in value]
    return value


def deliveries(vehicle_id: str, changed: int) -> Iterator[bytes]:
    """Write deliveries, each newer; every second has `changed` other signals."""
    for number in count():
        yield delivery(vehicle_id, next(MOMENTS), changed if number % 2 else 0)


def delivery(vehicle_id: str, moment: int, changed: int) -> bytes:
    """Write a delivery of some moment (epoch ms), the first signals changed."""
    told = []
    # No number comes twice, so that nothing can be remembered of it.
    step = 1 + moment // 1000 % 10_000 / 10_000
    for position, item in enumerate(signals()):
        attributes = item["attributes"]
        told.append(
            {
                "code": attributes["code"],
                "body": other(attributes["body"], step)
                if position < changed
                else attributes["body"],
                "status": {"value": "SUCCESS"},
                "meta": {"oemUpdatedAt": moment, "retrievedAt": moment},
            }
        )
    content = {
        "eventId": uuid4().hex,
        "eventType": "VEHICLE_STATE",
        "data": {
            "user": {"id": "user"},
            "vehicle": {"id": vehicle_id},
            "signals": told,
        },
        "triggers": [],
        "meta": {"deliveredAt": moment, "mode": "LIVE"},
    }
    return json.dumps(content).encode()


def sign(body: bytes) -> str:
    """Sign a body."""
    return hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()


PARSED: Final = tuple(filter(None, map(Signal.parse, signals())))


def answer(name: str) -> Listing[Signal]:
    """Answer a read of a car; cars of one name would make entity ids a search."""
    return Listing(
        tuple(
            signal._replace(body={"value": name}) if signal.code == NICKNAME else signal
            for signal in PARSED
        ),
        complete=True,
    )


class Client:
    """Answers for so many cars at once, without a network."""

    def __init__(self, cars: int) -> None:
        """Prepare the answers."""
        self.hosts = SimpleNamespace(overridden=False, connect_link=lambda *_: "")
        names = ("control_charge", "control_security", "control_navigation")
        self._connections = Listing(
            tuple(
                Connection(
                    f"connection-{number}",
                    "user",
                    Vehicle(f"car-{number}", "Make", "Model", 2024, "BEV", "live"),
                    frozenset(names),
                    None,
                )
                for number in range(cars)
            ),
            complete=True,
        )

    async def connections(self) -> Listing[Connection]:
        """List the cars."""
        return self._connections

    async def signals(self, vehicle_id: str, _: str) -> Listing[Signal]:
        """Answer a read."""
        return answer(vehicle_id)

    async def webhooks(self) -> Listing[Any]:
        """Know of no webhook."""
        return Listing((), complete=True)


# Our side and the floor


async def set_up_ours(hass: HomeAssistant, cars: int) -> MockConfigEntry:
    """Set the integration up, and read every car once."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id="client",
        data={
            CONF_CLIENT_ID: "client",
            CONF_CLIENT_SECRET: "secret",
            CONF_WEBHOOK_ID: WEBHOOK_ID,
            CONF_MANAGEMENT_TOKEN: KEY,
        },
    )
    entry.add_to_hass(hass)
    with patch("custom_components.smartcar.SmartcarClient", return_value=Client(cars)):
        assert await hass.config_entries.async_setup(entry.entry_id)
    for vehicle in entry.runtime_data.vehicles.values():
        vehicle.async_take_read(answer(vehicle.id), vehicle.grants.subscribed)
    await hass.async_block_till_done()
    return entry


def bare(row: er.RegistryEntry, car: int) -> Entity:
    """Make an entity that does nothing, as similar to a real one as can be."""
    entity = BARE[row.domain]()
    entity._attr_unique_id = f"{car}-{row.unique_id}"
    entity._attr_has_entity_name = True
    entity._attr_translation_key = row.translation_key
    entity._attr_device_class = row.original_device_class
    entity._attr_entity_category = row.entity_category
    entity._attr_should_poll = False
    entity._attr_entity_registry_enabled_default = row.disabled_by is None
    entity._attr_device_info = DeviceInfo(
        identifiers={("floor", str(car))}, name=f"Floor {car}"
    )
    if row.domain == "sensor":
        loose = cast("Any", entity)
        loose._attr_native_unit_of_measurement = row.unit_of_measurement
        loose._attr_options = (row.capabilities or {}).get("options")
    return entity


async def set_up_floor(
    hass: HomeAssistant, rows: Sequence[er.RegistryEntry], cars: int
) -> list[Entity]:
    """Set a bare integration up with as many entities of the same kinds."""
    made: list[Entity] = []

    async def setup(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        return True

    mock_integration(hass, MockModule("floor", async_setup_entry=setup))
    mock_platform(hass, "floor.config_flow", MockPlatform())
    for platform in PLATFORMS:

        async def add(
            _hass: HomeAssistant,
            _entry: ConfigEntry,
            add_entities: Callable[[list[Entity]], None],
            platform: str = platform,
        ) -> None:
            for car in range(cars):
                own = [bare(row, car) for row in rows if row.domain == platform]
                made.extend(own)
                add_entities(own)

        mock_platform(hass, f"floor.{platform}", MockPlatform(async_setup_entry=add))
    entry = MockConfigEntry(domain="floor")
    entry.add_to_hass(hass)
    with mock_config_flow("floor", ConfigFlow):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return made


class Resolver(aiohttp.ThreadedResolver):
    """One that needs no library; nothing is looked up."""

    async def real_close(self) -> None:
        """Close it as Home Assistant closes its own."""
        await self.close()


@dataclass
class Fresh:
    """A Home Assistant for one measurement."""

    folder: str

    async def run[Result](
        self, work: Callable[[HomeAssistant], Awaitable[Result]]
    ) -> Result:
        """Start it, do some work, and stop it."""
        gc.collect()
        async with async_test_home_assistant(config_dir=self.folder) as hass:
            frame.async_setup(hass)
            hass.data.pop("custom_components", None)
            resolver = "homeassistant.helpers.aiohttp_client._async_make_resolver"
            with patch(resolver, lambda _: Resolver()):
                async_get_clientsession(hass)
            for component in ("webhook", *PLATFORMS):
                assert await async_setup_component(hass, component, {})
            try:
                return await work(hass)
            finally:
                await hass.async_stop(force=True)


async def rows_of_one_car(hass: HomeAssistant) -> list[er.RegistryEntry]:
    """Return what the integration registers for a car with every signal."""
    entry = await set_up_ours(hass, 1)
    return er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)


async def timed(work: Awaitable[Any]) -> float:
    """Return the seconds of process time that some work takes.

    Without Python's garbage collection: it looks at all of Home Assistant, and
    falls on the one side or the other by chance.
    """
    gc.disable()
    start = time.process_time()
    await work
    taken = time.process_time() - start
    gc.enable()
    return taken


async def timed_ours(hass: HomeAssistant, cars: int) -> float:
    """Return how long our set-up takes."""
    return await timed(set_up_ours(hass, cars))


async def timed_floor(
    hass: HomeAssistant, rows: Sequence[er.RegistryEntry], cars: int
) -> float:
    """Return how long the bare one takes."""
    return await timed(set_up_floor(hass, rows, cars))


@contextmanager
def watched_callbacks() -> Iterator[list[float]]:
    """Collect how many seconds each callback of the loop takes."""
    seconds: list[float] = []
    original = asyncio.Handle._run

    def run(handle: asyncio.Handle) -> Any:
        start = time.thread_time()
        try:
            return original(handle)
        finally:
            seconds.append(time.thread_time() - start)

    # A full collection of all of Home Assistant's objects is no callback's own.
    gc.collect()
    gc.freeze()
    with patch.object(asyncio.Handle, "_run", run):
        yield seconds
    gc.unfreeze()


# The measurements


@dataclass(frozen=True)
class Write:
    """What one of our entities has just shown, for its counterpart to show."""

    entity: Any
    values: dict[str, Any]

    def repeat(self) -> None:
        """Write the same state."""
        for name, value in self.values.items():
            setattr(self.entity, name, value)
        self.entity.async_write_ha_state()


def request(body: bytes) -> MockRequest:
    """Make a delivery's request."""
    return MockRequest(
        body, "benchmark", method="POST", headers={"SC-Signature": sign(body)}
    )


async def measure_deliveries(hass: HomeAssistant) -> None:
    """Compare deliveries that change nothing, ten signals, and all."""
    entry = await set_up_ours(hass, 1)
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    floor = await set_up_floor(hass, rows, 1)
    by_id = {entity.unique_id: entity for entity in floor}
    counterparts = {row.entity_id: by_id[f"0-{row.unique_id}"] for row in rows}
    components = hass.data[DATA_INSTANCES]
    to_write: list[Write] = []

    @callback
    def note(event: Event[Any]) -> None:
        entity_id = event.data["entity_id"]
        platform = entity_id.partition(".")[0]
        ours = components[platform].get_entity(entity_id)
        names = VALUES.get(platform, ())
        values = {f"_attr_{name}": getattr(ours, name) for name in names}
        to_write.append(Write(counterparts[entity_id], values))

    async def least(
        _hass: HomeAssistant, _webhook_id: str, call: web.Request
    ) -> web.Response:
        body = await call.content.read()
        header = call.headers["SC-Signature"]
        assert hmac.compare_digest(sign(body), header)
        content = json.loads(body)
        for signal in content["data"]["signals"]:
            SimpleNamespace(**signal)
        for item in to_write:
            item.repeat()
        return web.Response()

    webhook.async_register(hass, "floor", "Floor", FLOOR_ID, least)

    async def deliver(webhook_id: str, body: bytes) -> float:
        call = request(body)
        start = time.process_time()
        response = await webhook.async_handle_webhook(hass, webhook_id, call)
        await asyncio.sleep(0)
        taken = time.process_time() - start
        assert response.status == HTTPStatus.OK
        return taken

    write("delivery            states written      ours     floor   ratio")
    for changed in (0, len(DRIVING), len(signals())):
        bodies = deliveries("car-0", changed)
        shown = []
        for body in islice(bodies, 4):
            to_write.clear()
            stop = hass.bus.async_listen("state_changed", note)
            await deliver(WEBHOOK_ID, body)
            stop()
            shown.append(to_write.copy())
        mine, theirs = [], []
        for number, body in enumerate(islice(bodies, ROUNDS)):
            mine.append(await deliver(WEBHOOK_ID, body))
            to_write[:] = shown[2 + number % 2]
            theirs.append(await deliver(FLOOR_ID, body))
        a, b = median(mine) * 1000, median(theirs) * 1000
        write(
            f"{changed:3} of {len(signals())} changed"
            f"{len(to_write):15}{a:10.2f} ms{b:7.2f} ms{a / b:7.2f}"
        )


async def measure_burst(hass: HomeAssistant) -> None:
    """Find the longest single callback while deliveries come in one burst."""
    await set_up_ours(hass, 1)
    bodies = list(islice(deliveries("car-0", len(signals())), BURST))

    async def post(body: bytes) -> None:
        await webhook.async_handle_webhook(hass, WEBHOOK_ID, request(body))

    tasks = [asyncio.ensure_future(post(body)) for body in bodies]
    with watched_callbacks() as seconds:
        await asyncio.gather(*tasks)
        await asyncio.sleep(0)
    write(f"burst of {BURST}: longest single callback {max(seconds) * 1000:.1f} ms")


async def measure_saving(hass: HomeAssistant) -> None:
    """Find what saving and loading keep the event loop busy with."""
    write(
        "\nsaving, on the loop     longest callback    in all      file"
        "       load    longest callback"
    )
    for cars in (1, 20, 100):
        stored = Stored(connections=(await Client(cars).connections()).items)
        for number in range(cars):
            stored.vehicles[f"car-{number}"] = car = StoredVehicle()
            car.state.merge(PARSED, dt_util.utcnow())
        store = SmartcarStore(hass, f"{cars}")
        await store.async_flush(stored)
        for changed in dict.fromkeys((1, cars)):
            longest, in_all = [], []
            for _ in range(SAVES):
                with watched_callbacks() as seconds:
                    for number in range(changed):
                        store.schedule(
                            partial(itself, stored),
                            at_once=True,
                            vehicle_id=f"car-{number}",
                        )
                    await asyncio.sleep(0.01)
                    await hass.async_block_till_done()
                longest.append(max(seconds))
                in_all.append(sum(seconds))
            file = Path(hass.config.path(".storage", f"{DOMAIN}.{cars}"))
            size = (await hass.async_add_executor_job(file.stat)).st_size / 1024
            loads, blocked = [], []
            for _ in range(SAVES):
                with watched_callbacks() as seconds:
                    work = SmartcarStore(hass, f"{cars}").async_load()
                    loads.append(await timed(asyncio.create_task(work)))
                blocked.append(max(seconds))
            write(
                f"{changed:4} of {cars:3} cars changed"
                f"{median(longest) * 1000:12.2f} ms{median(in_all) * 1000:9.2f} ms"
                f"{size:9.0f} KiB{median(loads) * 1000:8.1f} ms"
                f"{median(blocked) * 1000:9.2f} ms"
            )


async def weigh(
    set_up: Callable[..., Awaitable[Any]], entities: int, hass: HomeAssistant
) -> float:
    """Return the memory (KiB) that an entity of twenty cars takes, all included."""
    tracemalloc.start()
    kept = await set_up(hass, cars=20)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return used / (20 * entities) / 1024


async def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "custom_components").symlink_to(ROOT / "custom_components")
        fresh = Fresh(folder)
        rows = await fresh.run(rows_of_one_car)
        await fresh.run(measure_deliveries)
        await fresh.run(measure_burst)
        with patch("custom_components.smartcar.storage.SAVE_GAP", 0):
            await fresh.run(measure_saving)
        write("\nset-up   entities          ours         floor   ratio")
        for cars, rounds in SETUPS:
            mine, theirs = [], []
            for _ in range(rounds):
                mine.append(await fresh.run(partial(timed_ours, cars=cars)))
                floor = partial(timed_floor, rows=rows, cars=cars)
                theirs.append(await fresh.run(floor))
            a, b = median(mine) * 1000, median(theirs) * 1000
            write(
                f"{cars:4} car{'s' if cars > 1 else ' '}{len(rows) * cars:8}"
                f"{a:14.0f} ms{b:11.0f} ms{a / b:7.2f}   {a / cars:6.1f} ms a car"
            )

        a = await fresh.run(partial(weigh, set_up_ours, len(rows)))
        bare_set_up = partial(set_up_floor, rows=rows)
        b = await fresh.run(partial(weigh, bare_set_up, len(rows)))
        write(
            f"\nmemory of an entity, all included: {a:.2f} KiB{b:14.2f} KiB{a / b:7.2f}"
        )
    # What Home Assistant has imported by then: the platforms bring its frontend.
    own = ", ".join(f"homeassistant.components.{each}" for each in PLATFORMS)
    code = (
        f"import time; import {own}, "
        "homeassistant.helpers.update_coordinator, homeassistant.components.webhook; "
        "s=time.process_time(); import custom_components.smartcar.config_flow, "
        "custom_components.smartcar.sensor; print(time.process_time()-s)"
    )
    found = [
        float(
            subprocess.run(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code],
                check=True,
                capture_output=True,
                cwd=ROOT,
            ).stdout
        )
        for _ in range(3)
    ]
    write(f"import: {median(found) * 1000:.0f} ms beside Home Assistant's own")


if __name__ == "__main__":
    asyncio.run(main())
