"""A household lives on while things go wrong; `python -m tests.month` prints it."""

from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
import logging
from random import Random

from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.commands import LOCK, START_CHARGING, UNLOCK
from custom_components.smartcar.const import CONF_MANAGEMENT_TOKEN, DOMAIN
from simulator import fleet
from simulator.car import Car
from simulator.catalogue import CATALOGUE
from simulator.cloud import Cloud
from simulator.resources import Webhook
from simulator.sender import Sender

from .conftest import Travel
from .month import PROPERTY, Month, days, mishap, seeds

STEP = 900  # seconds
WEBHOOK_ID = "f" * 64

SHOWN = {
    fleet.BEV: "blauer_blitz",
    fleet.PHEV: "familienkutsche",
    fleet.ICE: "anna_s_nissan",
}


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """Let nothing wait in real time."""

    async def at_once(seconds: float) -> None:
        """Wait for nothing."""

    cloud.sleep = at_once
    cloud.subscription_delay = 0
    monkeypatch.setattr("custom_components.smartcar.subscriptions.POLL_SECONDS", 0)


async def reached(
    hass: HomeAssistant, entry: MockConfigEntry, client: ClientSessionGenerator
) -> str:
    """Let Home Assistant be called; return its webhook's address."""
    # Their addresses must be there before the server is.
    for component in ("webhook", "calendar"):
        assert await async_setup_component(hass, component, {})
    server = await client()
    hass.config.internal_url = str(server.make_url("")).rstrip("/")
    data = {
        **entry.data,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
        CONF_MANAGEMENT_TOKEN: fleet.MANAGEMENT_TOKEN,
    }
    hass.config_entries.async_update_entry(entry, data=data)
    return f"{hass.config.internal_url}/api/webhook/{WEBHOOK_ID}"


@dataclass
class Household:
    """Three cars in Home Assistant, and the fate of their data."""

    hass: HomeAssistant
    cloud: Cloud
    entry: MockConfigEntry
    travel: Travel
    sender: Sender
    random: Random
    month: Month

    async def live(self) -> None:
        """Let a quarter of an hour pass, with what may happen in it."""
        chance = self.random.random
        if chance() < 0.1:
            # What nobody met has passed.
            self.cloud.faults.clear()
        if chance() < 0.06:
            self.cloud.faults.add(mishap(self.random))
            self.month.faults += 1
        if chance() < 0.01:
            self.cloud.application.expire_tokens()
        if chance() < 0.01:
            self.month.restarts += 1
            await self.hass.config_entries.async_reload(self.entry.entry_id)
        if chance() < 0.02:
            await self.command()
        await self.travel(STEP)
        if self.month.push:
            await self.post()

    async def command(self) -> None:
        """Tell a car something; it may well refuse."""
        self.month.commands += 1
        cars = list(self.entry.runtime_data.vehicles.values())
        command = self.random.choice([LOCK, UNLOCK, START_CHARGING])
        try:
            await self.random.choice(cars).async_command(command)
        except HomeAssistantError:
            self.month.refused += 1

    async def post(self) -> None:
        """Send what is due; now and then twice, and in the wrong order."""
        for attempt in await self.sender.deliver_due():
            self.month.deliveries += 1
            self.month.lost_deliveries += not attempt.accepted
        subscriptions = list(self.cloud.subscriptions.values())
        if subscriptions and self.random.random() < 0.05:
            subscription = self.random.choice(subscriptions)
            older = self.sender.state(subscription)
            newer = self.sender.state(subscription)
            for delivery in (newer, older, older):
                await self.sender.send(delivery)

    async def settle(self) -> None:
        """Let two quiet days pass, and look at the cars once more."""
        self.cloud.faults.clear()
        for car in self.cloud.cars.values():
            car.hold()
            car.park()
        for _ in range(8):
            await self.travel(6 * 3600)
            self.cloud.refresh()
            if self.month.push:
                await self.sender.deliver_due()
        for car in self.entry.runtime_data.vehicles.values():
            await car.async_read_now()
        await self.hass.async_block_till_done(wait_background_tasks=True)
        self.month.requests = len(self.cloud.requests)
        self.month.calls = {
            name: self.entry.runtime_data.vehicles[id_].budget.used
            for id_, name in SHOWN.items()
        }


@pytest.fixture(params=[True, False], ids=["push", "reads only"])
async def household(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    hass_client_no_auth: ClientSessionGenerator,
    request: pytest.FixtureRequest,
) -> AsyncGenerator[Household]:
    """Return a household with or without push, everything well."""
    push: bool = request.param
    hass.config_entries.async_update_entry(entry, options={})
    cloud.limits.monthly_calls = 500
    url = await reached(hass, entry, hass_client_no_auth) if push else ""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    async with Sender(cloud) as sender:
        if push:
            codes = tuple(CATALOGUE)
            hook = Webhook(
                id="7e2f9f6c-0f4e-4f8e-9d35-2f3fd8a5c7b1",
                name="Home",
                callback_uri=url,
                created_at=dt_util.utcnow(),
                triggers=codes,
                data=codes,
            )
            await sender.add(hook)
        for car in cloud.cars.values():
            car.release()
        month = Month(0, push, days())
        yield Household(hass, cloud, entry, travel, sender, Random(0), month)  # noqa: S311 - no secret


@pytest.mark.parametrize("seed", seeds())
async def test_a_household_lives_on(
    household: Household,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    seed: int,
) -> None:
    """No exception, no lost value, no call over budget, no repair left standing."""
    month = household.month
    month.seed = seed
    household.random.seed(seed)
    for _ in range(month.days * 86400 // STEP):
        await household.live()
    await household.settle()

    record_property(PROPERTY, month.row())
    assert month.faults > month.days
    assert max(month.calls.values()) <= 500
    for vehicle_id, name in SHOWN.items():
        check_newest(household.hass, household.cloud.cars[vehicle_id], name)
    issues = ir.async_get(household.hass).issues
    assert [key for key in issues if key[0] == DOMAIN] == []
    assert tracebacks(caplog.records) == []


def tracebacks(records: Iterable[logging.LogRecord]) -> list[str]:
    """Return what was logged with a traceback.

    Below a warning Home Assistant logs every failed read with one; the test
    server's own log stumbles over the frozen clock.
    """
    return [
        record.getMessage()
        for record in records
        if record.exc_info
        and record.levelno >= logging.WARNING
        and record.name != "aiohttp.access"
    ]


def check_newest(hass: HomeAssistant, car: Car, name: str) -> None:
    """Compare what is shown with the car itself."""
    lock = hass.states.get(f"lock.{name}_lock")
    assert lock is not None
    assert lock.state == ("locked" if car.locked else "unlocked")
    odometer = hass.states.get(f"sensor.{name}_odometer")
    assert odometer is not None
    assert float(odometer.state) == pytest.approx(car.odometer, abs=0.6)
