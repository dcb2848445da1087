"""What every test starts from: a fixed moment and a simulated Smartcar cloud."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import datetime, timedelta
from http import HTTPStatus
import random
import time
from typing import Any
from unittest.mock import PropertyMock, patch
from zoneinfo import ZoneInfo

from aiohttp.test_utils import TestClient
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

# The test harness has a package of the same name that would win otherwise.
import custom_components.smartcar
from custom_components.smartcar.const import (
    CONF_APPLICATION_ID,
    CONF_PACE,
    DOMAIN,
    ENTRY_VERSION,
)
from custom_components.smartcar.polling.budget import CallBudget
from custom_components.smartcar.polling.pace import PaceMode
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.server import running

from .automations import NOTE, Automate
from .cars import (
    ENERGY_ADDED,
    IS_CHARGING,
    IS_LOCKED,
    LOCATION,
    ODOMETER,
    PLUG,
    SOC,
    STATUS,
)
from .deliveries import (
    PATH,
    Post,
    hear,
    reachable,
    signal,
    signature,
    state,
    written,
)
from .nabu import Nabu

__all__ = ["custom_components"]

type Travel = Callable[[float], Awaitable[None]]

TIME_ZONE = ZoneInfo("US/Pacific")
"""The time zone of the test harness's Home Assistant."""

START = datetime(2026, 10, 13, 16, 0, tzinfo=TIME_ZONE)
"""When every test begins: an ordinary Tuesday, far from any turn of the clock."""

ORDINARY_DAY = pytest.mark.start(START.isoformat())
"""For a test that needs a day on which neither the month nor the clock turns."""


# A slow machine makes no example wrong. The same commit gives the same result: each
# test invents the same examples every time.
# `pytest --hypothesis-profile=thorough` looks twenty times as long, at other ones.
settings.register_profile("smartcar", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("smartcar")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer another start of the tests' time, and another order."""
    parser.addoption(
        "--start",
        metavar="ISO",
        type=_moment,
        default=START,
        help="when every test begins, in the tests' time zone where it names none",
    )
    parser.addoption(
        "--shuffle", metavar="SEED", type=int, help="run the tests in another order"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let a test choose its own moment."""
    config.addinivalue_line(
        "markers", "start(iso): when the test begins, whatever --start says"
    )
    config.addinivalue_line(
        "markers", "late: the month of the set-up has the calls of its days only"
    )


def _moment(text: str) -> datetime:
    """Return the moment that an option names; ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Shuffle the tests where asked to; every worker finds the same order."""
    if (seed := config.getoption("shuffle")) is not None:
        random.Random(seed).shuffle(items)  # noqa: S311 - an order, no secret


@pytest.fixture(scope="session")
def _frozen_modules() -> Generator[None]:
    """Let every module read the tests' time; that looks through all of them, once.

    pytest itself goes on measuring how long a test takes.
    """
    with freeze_time(START, real_asyncio=True, ignore=["_pytest.timing"]):
        yield


@pytest.fixture(autouse=True)
def _frozen(
    request: pytest.FixtureRequest, _frozen_modules: None
) -> Generator[FrozenDateTimeFactory]:
    """Let time stand still at the start, before anything else reads a clock."""
    marker = request.node.get_closest_marker("start")
    start = _moment(*marker.args) if marker else request.config.getoption("start")
    with freeze_time(start) as now:
        yield now


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the event loop as `--asyncio-debug` says.

    The test harness would debug it always. That keeps the stack of every callback
    and future for messages that no test reads, and takes a third of the time.
    """


@pytest.fixture(autouse=True)
async def configure_event_loop(
    configure_event_loop: None, _frozen: FrozenDateTimeFactory
) -> None:
    """Let the event loop wait for real; Home Assistant's clock would stand still."""
    del asyncio.get_running_loop().time


@pytest.fixture
async def freezer(
    _frozen: FrozenDateTimeFactory,
) -> AsyncGenerator[FrozenDateTimeFactory]:
    """Return the tests' time, to be moved; the event loop's timers move with it."""
    with patch.object(asyncio.get_running_loop(), "time", time.monotonic):
        yield _frozen


@pytest.fixture(autouse=True)
def _custom_integrations(
    request: pytest.FixtureRequest, _frozen: FrozenDateTimeFactory
) -> None:
    """Let Home Assistant, where a test has it, load the integration from here.

    The recorder, where a test has it, must be there before Home Assistant.
    """
    for name in ("recorder_mock", "hass"):
        if name in request.fixturenames:
            request.getfixturevalue(
                "enable_custom_integrations" if name == "hass" else name
            )


@pytest.fixture(autouse=True)
def _whole_month(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let a set-up have the calls of a whole month, but where a test is about that."""
    if "hass" in request.fixturenames and not request.node.get_closest_marker("late"):
        monkeypatch.setattr(CallBudget, "_share", lambda _, calls: calls)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Store snapshots the way Home Assistant does."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def clock(_frozen: FrozenDateTimeFactory) -> ManualClock:
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
def everything_on() -> Generator[None]:
    """Enable what is off at first, too, from the first registration on."""
    name = "homeassistant.helpers.entity.Entity.entity_registry_enabled_default"
    with patch(name, PropertyMock(return_value=True)):
        yield


@pytest.fixture
async def loaded(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry, set up, with every car read once."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    return entry


@pytest.fixture
async def server(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
) -> TestClient[Any, Any]:
    """Let Home Assistant be called over HTTP; return who calls."""
    client: TestClient[Any, Any] = await reachable(
        hass, hass_client_no_auth, monkeypatch
    )
    return client


@pytest.fixture
def nabu(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Nabu:
    """Return Home Assistant Cloud, set up."""
    return Nabu.set_up(hass, monkeypatch)


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


@pytest.fixture
async def hearing(
    hass: HomeAssistant, server: object, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry with push, every car read once, a minute ago."""
    await hear(hass, entry)
    await travel(60)
    return entry


@pytest.fixture
def post(hass: HomeAssistant, server: TestClient[Any, Any]) -> Post:
    """Return a way to deliver, and to wait until it is taken in."""

    async def deliver(
        content: dict[str, Any],
        key: str | None = fleet.MANAGEMENT_TOKEN,
        path: str = PATH,
    ) -> int:
        body = written(content)
        headers = signature(body, key) if key else {}
        response = await server.post(path, data=body, headers=headers)
        await hass.async_block_till_done()
        return response.status

    return deliver


UNITS = {SOC: "percent", ODOMETER: "km", ENERGY_ADDED: "kWh"}

# Delivers signals by their codes' short names, measured now or some seconds ago.
type Tell = Callable[..., Awaitable[None]]

NAMES = {
    "added": ENERGY_ADDED,
    "charging": IS_CHARGING,
    "km": ODOMETER,
    "level": SOC,
    "locked": IS_LOCKED,
    "plug": PLUG,
    "status": STATUS,
}


@pytest.fixture
async def tell(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, clock: ManualClock
) -> Tell:
    """Return a way to deliver what the electric car tells."""
    assert await async_setup_component(hass, "zone", {})

    async def deliver(*, ago: float = 0, at: float | None = None, **facts: Any) -> None:
        time = clock.now() - timedelta(seconds=ago)
        told = [signal(NAMES[name], fact, time) for name, fact in facts.items()]
        if at is not None:
            told.append(signal(LOCATION, None, time))
            told[-1]["body"] = {
                "latitude": hass.config.latitude + at,
                "longitude": hass.config.longitude,
            }
        for one in told:
            if (unit := UNITS.get(one["code"])) is not None:
                one["body"]["unit"] = unit
        assert await post(state(*told)) == HTTPStatus.OK

    return deliver


@pytest.fixture
async def automate(hass: HomeAssistant) -> AsyncGenerator[Automate]:
    """Return a way to set automations up; they wait for nothing after the test."""
    noted = async_mock_service(hass, *NOTE.split("."))

    async def set_up(*automations: dict[str, Any]) -> list[ServiceCall]:
        config = [{"id": str(n), **one} for n, one in enumerate(automations)]
        assert await async_setup_component(hass, "automation", {"automation": config})
        await hass.async_block_till_done()
        # One that is refused is there, too, but unavailable.
        states = [one.state for one in hass.states.async_all("automation")]
        assert states == ["on"] * len(automations)
        return noted

    yield set_up
    if ids := hass.states.async_entity_ids("automation"):
        target = {"entity_id": ids}
        await hass.services.async_call("automation", "turn_off", target, blocking=True)
