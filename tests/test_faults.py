"""Every operation under every fault, over real HTTP and with files on a real disk.

The matrix is in `tools.faults`; `python -m tools.matrix faults` prints it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.const import CONF_EXCLUDED, DOMAIN, ENTRY_VERSION
from custom_components.smartcar.coordinator import SmartcarVehicle
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault
from simulator.resources import Webhook
from simulator.server import running
from tools.faults import (
    CLOCKS,
    EXPIRED,
    OPERATIONS,
    PROPERTY,
    REFUSED,
    REVOKED,
    TROUBLES,
    Ending,
    Operation,
    Trouble,
    clock_set,
)

from .cars import BATTERY, HOUR, LOCK
from .conftest import ORDINARY_DAY, Travel
from .deliveries import PATH, battery, hear, reachable, signature, state, written
from .test_diagnostics import secrets

type Note = Callable[[str, object], None]

STEP = 600
OURS = "custom_components.smartcar"
# No storm: of all kinds, within an hour and for one car.
MOST_REQUESTS = 20


class Line:
    """The line to the simulated cloud, which can go dead."""

    def __init__(self, cloud: Cloud) -> None:
        """Begin without a server."""
        self.cloud = cloud
        self.port = 0
        self._server = AsyncExitStack()

    async def pick_up(self) -> str:
        """Serve, always at the same address, and return it."""
        server = running(self.cloud, self.port)
        address = await self._server.enter_async_context(server)
        self.port = int(address.rpartition(":")[2])
        return address

    async def hang_up(self) -> None:
        """Refuse connections from now on."""
        await self._server.aclose()


@pytest.fixture
def hass_storage() -> None:
    """Write to a real disk here, where other tests have none."""


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Let Home Assistant live in a directory of the test's own."""
    return str(tmp_path)


@pytest.fixture
async def line(
    socket_enabled: None,
    clock: ManualClock,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Line]:
    """Run the simulated cloud; its waits let the frozen time pass."""
    cloud = fleet.demo(clock, living=False)

    async def wait(seconds: float) -> None:
        freezer.tick(seconds)
        clock.advance(seconds)
        for _ in range(20):
            await asyncio.sleep(0)

    monkeypatch.setattr(cloud, "sleep", wait)
    cloud.subscription_delay = 0
    line = Line(cloud)
    monkeypatch.setenv("SMARTCAR_ENDPOINT", await line.pick_up())
    yield line
    await line.hang_up()


@pytest.fixture
def cloud(line: Line) -> Cloud:
    """Return the cloud at the other end of the line."""
    return line.cloud


@pytest.fixture
def dials(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the ports of all connections that were tried."""
    found: list[int] = []
    resolve = aiohttp.TCPConnector._resolve_host  # noqa: SLF001 - every dial passes here

    async def note(
        self: aiohttp.TCPConnector, host: str, port: int, traces: Any = None
    ) -> Any:
        found.append(port)
        return await resolve(self, host, port, traces)

    monkeypatch.setattr(aiohttp.TCPConnector, "_resolve_host", note)
    return found


class Bench:
    """A house with one car, to bring into trouble again and again."""

    def __init__(
        self,
        hass: HomeAssistant,
        line: Line,
        travel: Travel,
        caller: Any,
        dials: list[int],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Begin without an entry."""
        self.hass = hass
        self.line = line
        self.cloud = line.cloud
        self.travel = travel
        self.caller = caller
        self.dials = dials
        self.caplog = caplog
        self.entry: MockConfigEntry
        self.told: list[str] = []

    @property
    def vehicle(self) -> SmartcarVehicle:
        """Return the car."""
        return self.entry.runtime_data.vehicles[fleet.BEV]

    @property
    def file(self) -> Path:
        """Return where the entry's values are kept."""
        return Path(
            self.hass.config.path(".storage", f"{DOMAIN}.{self.entry.entry_id}")
        )

    @property
    def repairs(self) -> tuple[str, ...]:
        """Return the texts of our repairs."""
        found = ir.async_get(self.hass).issues.items()
        return tuple(
            sorted(i.translation_key or "" for (d, _), i in found if d == DOMAIN)
        )

    @property
    def asks(self) -> bool:
        """Return whether new credentials are asked for."""
        flows = self.hass.config_entries.flow.async_progress()
        sources = [flow["context"]["source"] for flow in flows]
        assert sources in ([], ["reauth"])
        return bool(sources)

    def shown(self, entity_id: str = BATTERY) -> str:
        """Return an entity's state."""
        found = self.hass.states.get(entity_id)
        return "gone" if found is None else found.state

    def count(self, match: str) -> int:
        """Count requests since the trouble began."""
        return len(self.cloud.requests) if match == "*" else self.cloud.count(match)

    # One cell

    async def begin(self, entry: MockConfigEntry, *, pushed: bool) -> None:
        """Set an entry with one car up and read the car once."""
        self.entry = entry
        if self.hass.config_entries.async_get_entry(entry.entry_id) is None:
            entry.add_to_hass(self.hass)
        data = {**entry.data, CONF_EXCLUDED: [fleet.ICE, fleet.PHEV]}
        self.hass.config_entries.async_update_entry(entry, data=data)
        if pushed:
            webhook = self.cloud.webhooks[fleet.WEBHOOK]
            webhook.callback_uri = f"{self.hass.config.internal_url}{PATH}"
            await hear(self.hass, entry)
        else:
            assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.travel(2)
        assert self.shown() == "62.0"

    async def prepare(self, operation: Operation) -> None:
        """Bring all into the state just before the operation."""
        entry_id = self.entry.entry_id
        match operation.name:
            case "set-up" | "restart":
                assert await self.hass.config_entries.async_unload(entry_id)
                if operation.name == "set-up":
                    self.file.unlink()
            case "read":
                await self.travel(self.until_read() - 60)
            case "subscription":
                self.cloud.subscriptions.clear()
        self.told.clear()
        self.caplog.clear()
        self.dials.clear()
        self.cloud.requests.clear()

    def until_read(self) -> float:
        """Return the seconds to the car's next read."""
        due = self.vehicle.next_read.due
        assert due is not None
        return (due - dt_util.utcnow()).total_seconds()

    async def strike(self, operation: Operation, trouble: Trouble) -> None:
        """Let the trouble begin."""
        application = self.cloud.application
        if trouble is EXPIRED:
            refusal = {"type": "AUTHENTICATION", "code": "UNAUTHORIZED"}
            first = operation.first or operation.match
            self.cloud.faults.add(Fault(first, **refusal))
        if trouble is REVOKED or operation.match == "token":
            application.expire_tokens()
        if trouble is REFUSED:
            await self.line.hang_up()
        elif trouble is REVOKED:
            application.revoke_secret()
        elif trouble.fault is not None:
            fault = Fault(operation.match, times=None, **trouble.fault)
            self.cloud.faults.add(fault)

    async def act(self, operation: Operation) -> str:
        """Do the operation; return what is shown right after it."""
        entries = self.hass.config_entries
        match operation.name:
            case "set-up" | "restart":
                await entries.async_setup(self.entry.entry_id)
                await self.hass.async_block_till_done(wait_background_tasks=True)
                await self.travel(2)
            case "read":
                await self.travel(61)
            case "command":
                await self.order("unlock")
                return self.shown(LOCK)
            case "delivery":
                await self.deliver(70)
            case "unload":
                assert await entries.async_unload(self.entry.entry_id)
            case "removal":
                await entries.async_remove(self.entry.entry_id)
                await self.hass.async_block_till_done()
                assert not self.file.exists()
            case _:
                await self.travel(HOUR + 1)
        return self.shown()

    async def deliver(self, percent: float) -> None:
        """Let Smartcar call."""
        body = written(state(battery(percent)))
        answer = await self.caller.post(PATH, data=body, headers=signature(body))
        assert answer.status == 200
        await self.hass.async_block_till_done()

    async def order(self, action: str) -> None:
        """Give the lock an order, and note what a person is told."""
        try:
            await self.hass.services.async_call(
                "lock", action, {"entity_id": LOCK}, blocking=True
            )
        except HomeAssistantError as error:
            self.told.append(str(error))

    async def recover(self, operation: Operation, trouble: Trouble) -> None:
        """End the trouble, and see all as it was."""
        entries = self.hass.config_entries
        self.cloud.faults.clear()
        self.cloud.application.restore_secret()
        if trouble is REFUSED:
            await self.line.pick_up()
        if operation.name == "removal":
            entry = MockConfigEntry(
                domain=DOMAIN,
                version=ENTRY_VERSION,
                unique_id=self.entry.unique_id,
                title=self.entry.title,
                data=self.entry.data,
            )
            await self.begin(entry, pushed=True)
        elif self.entry.state is ConfigEntryState.NOT_LOADED:
            assert await entries.async_setup(self.entry.entry_id)
        elif trouble.ending is Ending.CREDENTIALS:
            for flow in entries.flow.async_progress():
                entries.flow.async_abort(flow["flow_id"])
            assert await entries.async_reload(self.entry.entry_id)
        # The first listing runs in the background; time must not jump meanwhile.
        await self.hass.async_block_till_done(wait_background_tasks=True)
        if operation.name == "delivery":
            await self.travel(60)
            await self.deliver(62)
        await self.travel(HOUR + 1)
        await self.travel(2)
        if trouble.ending is Ending.FORBIDDEN:
            # What nobody may ask is asked again after a day.
            await self.travel(24 * HOUR)
        elif operation.name in ("read", "command", "delivery"):
            await self.travel(max(self.until_read(), 0) + 1)
        if operation.name == "command":
            self.told.clear()
            await self.order("lock")
            assert self.told == []
            await self.travel(71)
            assert self.shown(LOCK) == "locked"
        assert self.shown() == "62.0"
        assert self.repairs == ()
        assert not self.asks
        self.vehicle.stored.budget.used = 0

    def lines(self) -> tuple[int, int]:
        """Count the lines of trouble and of its end; look at every line."""
        failed = recovered = 0
        hidden = secrets(self.cloud)
        formatter = logging.Formatter()
        for record in self.caplog.records:
            is_ours = record.name.startswith(OURS)
            text = formatter.format(record)
            if is_ours:
                leaked = [secret for secret in hidden if secret in text]
                assert not leaked, f"{len(leaked)} secrets in a log line"
            if record.levelno < logging.INFO or "SMARTCAR_ENDPOINT" in text:
                continue
            # The simulated server's own woes with clients that hang up,
            # and an access log that cannot live with a clock that stands still.
            if record.name not in ("aiohttp.server", "aiohttp.access"):
                assert not record.exc_info, f"traceback: {record.getMessage()}"
            if is_ours and record.levelno >= logging.WARNING:
                failed += 1
            elif is_ours and "recovered" in record.getMessage():
                recovered += 1
        return failed, recovered

    async def try_out(
        self, operation: Operation, trouble: Trouble
    ) -> tuple[object, ...]:
        """Do an operation in trouble, and check the hour after it and the end."""
        expected = operation.expected(trouble)
        await self.prepare(operation)
        await self.strike(operation, trouble)
        shown = await self.act(operation)
        is_told = bool(self.told)
        requests = self.count(operation.match)
        if operation.name not in ("delivery", "unload", "removal"):
            for _ in range(HOUR // STEP):
                await self.travel(STEP)
            requests = self.count(operation.match)
            if operation.name != "command":
                shown = self.shown()
        repairs, asks = self.repairs, self.asks
        failed, _ = self.lines()
        total = len(self.cloud.requests)
        dialled = self.dials.count(self.line.port)
        await self.recover(operation, trouble)
        _, recovered = self.lines()

        assert shown == expected.state, f"shows {shown}"
        assert repairs == expected.repairs, f"repairs {repairs}"
        assert asks == expected.reauth, f"asks for credentials: {asks}"
        if trouble is REFUSED:
            # What never arrives is counted where it leaves.
            requests = total = dialled
        most = expected.requests * (2 if trouble.repeats else 1)
        assert expected.requests <= requests <= most, f"{requests} requests"
        assert total <= MOST_REQUESTS, f"{total} requests of all kinds"
        lines = (failed, recovered)
        assert lines == (expected.failed, expected.recovered), f"log lines {lines}"
        assert is_told == (
            operation.name == "command" and trouble.ending is not Ending.FINE
        ), "what was told"
        return (
            trouble.name,
            operation.name,
            shown,
            ", ".join(repairs) or ("reauth" if asks else "-"),
            requests,
            f"{failed} + {recovered}",
        )


@pytest.fixture
async def bench(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    line: Line,
    travel: Travel,
    dials: list[int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Bench:
    """Return a house in which nothing is wrong yet."""
    caller = await reachable(hass, hass_client_no_auth, monkeypatch)
    caplog.set_level(logging.DEBUG, logger=OURS)
    return Bench(hass, line, travel, caller, dials, caplog)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda row: row.name)
async def test_matrix(
    bench: Bench,
    entry: MockConfigEntry,
    operation: Operation,
    record_property: Note,
) -> None:
    """What is shown, told, asked and logged, and that all of it ends."""
    await bench.begin(entry, pushed=operation.pushed)
    wrong = []
    for trouble in TROUBLES:
        try:
            record_property(PROPERTY, await bench.try_out(operation, trouble))
        except AssertionError as error:
            wrong.append(f"{trouble.name}: {str(error).splitlines()[0]}")
    assert not wrong, "\n".join(wrong)


# What is no matter of a single request


def row(fault: str, operation: str, shown: str, requests: int) -> tuple[object, ...]:
    """Return a line of the matrix that tells no repair."""
    return fault, operation, shown, "-", requests, "see test"


@pytest.mark.parametrize(
    ("kind", "lines"),
    [("not JSON", 0), ("not ours", 1), ("newer version", 1)],
)
@pytest.mark.parametrize("outage", [False, True], ids=["", "during an outage"])
async def test_a_file_that_cannot_be_read(
    bench: Bench,
    entry: MockConfigEntry,
    record_property: Note,
    kind: str,
    lines: int,
    outage: bool,
) -> None:
    """The cars come from Smartcar then; a newer file is never written over."""
    await bench.begin(entry, pushed=False)
    entries = bench.hass.config_entries
    assert await entries.async_unload(entry.entry_id)
    content = json.loads(bench.file.read_text())
    if kind == "newer version":
        content["version"] = 99
    elif kind == "not ours":
        content["data"] = []
    text = json.dumps(content)
    bench.file.write_text(text[:200] if kind == "not JSON" else text)
    before = bench.file.read_text()
    bench.cloud.requests.clear()
    bench.caplog.clear()
    if outage:
        bench.cloud.faults.add(Fault("*", "html", times=None))
        assert not await entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert bench.cloud.count("token") == 1
        bench.cloud.faults.clear()
        # The try that follows reads the file once more, or its successor.
        bench.caplog.clear()
        await bench.travel(STEP)
    else:
        assert await entries.async_setup(entry.entry_id)
    await bench.travel(2)
    assert bench.shown() == "62.0"
    assert bench.cloud.count("signals") == 1
    assert bench.repairs == ()
    ours = [r for r in bench.caplog.records if "cannot be used" in r.getMessage()]
    # A set-up that failed has written a new file in place of one that was not ours.
    assert len(ours) == (0 if outage and kind == "not ours" else lines)
    assert all(r.levelno == logging.WARNING and not r.exc_info for r in ours)
    assert await entries.async_unload(entry.entry_id)
    if kind == "newer version":
        assert bench.file.read_text() == before
    else:
        assert fleet.BEV in json.loads(bench.file.read_text())["data"]["vehicles"]
    name = f"file: {kind}" + (" and an outage" if outage else "")
    record_property(PROPERTY, row(name, "restart", "62.0", len(bench.cloud.requests)))


@ORDINARY_DAY
async def test_reload_with_a_pending_save(
    bench: Bench, entry: MockConfigEntry, record_property: Note
) -> None:
    """What came in a second ago is there after the reload, without a call."""
    await bench.begin(entry, pushed=True)
    await bench.travel(60)
    await bench.deliver(70)
    bench.cloud.requests.clear()
    assert await bench.hass.config_entries.async_reload(entry.entry_id)
    await bench.travel(2)
    assert bench.shown() == "70.0"
    assert bench.cloud.count("signals") == 0
    stored = bench.file.read_text()
    # The save that was pending before the reload does not come after it.
    await bench.travel(31)
    assert bench.shown() == "70.0"
    kept = json.loads(bench.file.read_text())["data"]["vehicles"][fleet.BEV]
    assert kept["budget"]["used"] == 1
    assert json.loads(stored)["data"]["vehicles"][fleet.BEV]["state"] == kept["state"]
    record_property(PROPERTY, row("pending save", "reload", "70.0", 0))


@pytest.mark.parametrize("ending", ["held_then_ok", "held_then_cut"])
@ORDINARY_DAY
async def test_a_reload_in_the_middle_of_a_command(
    bench: Bench,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Note,
    ending: str,
) -> None:
    """It is sent once and counted, and a confirming read shows what came of it."""
    await bench.begin(entry, pushed=False)
    arrived, held = asyncio.Event(), asyncio.Event()

    async def hold(seconds: float) -> None:
        arrived.set()
        await held.wait()

    bench.cloud.faults.add(Fault("command.unlock", ending, seconds=100))
    with monkeypatch.context() as patched:
        patched.setattr(bench.cloud, "sleep", hold)
        order = bench.hass.async_create_task(bench.order("unlock"))
        await arrived.wait()
        assert await bench.hass.config_entries.async_reload(entry.entry_id)
        assert bench.shown(LOCK) == "locked"
        held.set()
        await order
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    assert len(bench.told) == (ending == "held_then_cut")
    used = bench.vehicle.budget.used
    await bench.travel(61)
    assert bench.shown(LOCK) == "unlocked"
    assert bench.cloud.count("command") == 1
    # The first read, the command, and now the confirming read.
    assert (used, bench.vehicle.budget.used) == (2, 3)
    assert await bench.hass.config_entries.async_reload(entry.entry_id)
    assert bench.vehicle.budget.used == 3
    assert bench.lines()[0] == 0
    record_property(PROPERTY, row(f"reload, {ending}", "command", "unlocked", 1))


async def test_two_home_assistants_on_one_application(
    bench: Bench, entry: MockConfigEntry, record_property: Note
) -> None:
    """Each has its own webhook; neither touches what the other needs."""
    cloud = bench.cloud
    cloud.subscriptions.clear()
    other = Webhook(
        id="d3b8c6a1-0f7e-4a52-9c41-7e90b1d2f6a8",
        name="Of the other house",
        callback_uri="https://other.example.org/api/webhook/other",
        triggers=("closure-islocked",),
        data=("closure-islocked",),
        created_at=dt_util.utcnow(),
    )
    cloud.add_webhook(other)
    cloud.subscribe(other, cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])

    def carried() -> list[str]:
        return sorted(item.webhook.id for item in cloud.subscriptions.values())

    await bench.begin(entry, pushed=True)
    assert carried() == sorted((other.id, fleet.WEBHOOK))
    # The other one spends the month's calls.
    spent = {"type": "BILLING", "code": "VEHICLE_REQUEST_LIMIT"}
    cloud.faults.add(Fault("signals", times=None, **spent))
    cloud.requests.clear()
    await bench.travel(max(bench.until_read(), 0) + 1)
    for _ in range(24):
        await bench.travel(HOUR)
    assert bench.shown() == "62.0"
    assert bench.repairs == ("quota_spent",)
    reads = cloud.count("signals")
    assert reads <= 4
    assert bench.lines()[0] <= 1
    await bench.hass.config_entries.async_remove(entry.entry_id)
    assert carried() == [other.id]
    assert other.id in cloud.webhooks
    assert bench.repairs == ()
    record_property(
        PROPERTY,
        ("another Home Assistant", "read", "62.0", "quota_spent", reads, "<= 1"),
    )


@pytest.mark.parametrize("hours", CLOCKS)
async def test_the_clock_is_set(
    bench: Bench,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    record_property: Note,
    hours: int,
) -> None:
    """Values stand, no storm of requests follows, and reads go on.

    Set back, it is while Home Assistant starts anew: timers know another clock,
    which is never set but frozen here together with the first.
    """
    await bench.begin(entry, pushed=False)
    bench.cloud.requests.clear()
    if hours < 0:
        assert await bench.hass.config_entries.async_unload(entry.entry_id)
    freezer.move_to(dt_util.utcnow().replace(tzinfo=None) + timedelta(hours=hours))
    if hours < 0:
        assert await bench.hass.config_entries.async_setup(entry.entry_id)
    async_fire_time_changed(bench.hass)
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(6):
        await bench.travel(STEP)
    assert bench.shown() == "62.0"
    assert len(bench.cloud.requests) <= MOST_REQUESTS
    assert bench.cloud.count("signals") <= 1
    for _ in range(25):
        await bench.travel(HOUR)
    reads = bench.cloud.count("signals")
    assert bench.shown() == "62.0"
    assert 1 <= reads <= 30
    assert bench.lines()[0] == 0
    assert bench.repairs == ()
    operation = "read" if hours > 0 else "restart"
    record_property(PROPERTY, row(clock_set(hours), operation, "62.0", reads))


def test_every_cell_is_named_once() -> None:
    """Every fault meets every operation, and no expectation is left over."""
    names = {(row.name, trouble.name) for row in OPERATIONS for trouble in TROUBLES}
    assert len(names) == len(OPERATIONS) * len(TROUBLES) >= 180
    for operation in OPERATIONS:
        assert operation.by_name.keys() <= {trouble.name for trouble in TROUBLES}
