"""A household lives on while things go wrong; `python -m tools.month` prints it."""

from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
import logging
from random import Random
from unittest.mock import patch

from homeassistant.const import (
    CONF_WEBHOOK_ID,
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.commands import LOCK, START_CHARGING, UNLOCK
from custom_components.smartcar.const import CONF_MANAGEMENT_TOKEN, DOMAIN
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.car import Car
from simulator.catalogue import CATALOGUE
from simulator.cloud import Cloud
from simulator.resources import Webhook
from simulator.sender import Sender
from tools.month import HIDING, MUTING, PROPERTY, Month, days, lies, mishap, seeds

from .cars import value
from .conftest import Travel

STEP = 900  # seconds
WEBHOOK_ID = "f" * 64

COUNTED = ("_odometer", "_energy_charged")
NOT_ZERO = ("_battery", "_range")
NEARLY_EMPTY = 20  # percent

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
    monkeypatch.setattr("custom_components.smartcar.push.subscriptions.POLL_SECONDS", 0)


async def reached(
    hass: HomeAssistant, entry: MockConfigEntry, client: ClientSessionGenerator
) -> str:
    """Let Home Assistant be called; return its webhook's address."""
    for component in ("webhook", "calendar"):
        assert await async_setup_component(hass, component, {})
    # Addresses can be added later, as to Home Assistant's own server.
    with patch.object(hass.http.app.router, "freeze"):
        server = await client()
    hass.config.internal_url = str(server.make_url("")).rstrip("/")
    data = {
        **entry.data,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
        CONF_MANAGEMENT_TOKEN: fleet.MANAGEMENT_TOKEN,
    }
    hass.config_entries.async_update_entry(entry, data=data)
    return f"{hass.config.internal_url}/api/webhook/{WEBHOOK_ID}"


class Watcher:
    """Counts as Home Assistant's statistics do, and finds what cannot be."""

    def __init__(self, hass: HomeAssistant, cloud: Cloud) -> None:
        """Watch every state from now on."""
        self._cars = {name: cloud.cars[id_] for id_, name in SHOWN.items()}
        self.sums: dict[str, float] = {}
        self.wrong: list[str] = []
        self._last: dict[str, float] = {}
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._see)

    @callback
    def _see(self, event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if state is None or state.state in (STATE_UNKNOWN, STATE_UNAVAILABLE):
            return
        if entity_id.endswith(COUNTED):
            self._count(entity_id, float(state.state))
        elif entity_id.endswith(NOT_ZERO) and float(state.state) == 0:
            (car,) = (car for name, car in self._cars.items() if name in entity_id)
            if (car.state_of_charge if car.electric else car.fuel) > NEARLY_EMPTY:
                self.wrong.append(f"{entity_id} is 0")
        elif entity_id.startswith("device_tracker.") and not (
            state.attributes.get("latitude", 1) and state.attributes.get("longitude", 1)
        ):
            self.wrong.append(f"{entity_id} is on null island")

    def _count(self, entity_id: str, value: float) -> None:
        """Sum up a total that only grows; less than nine tenths is a new one."""
        last = self._last.get(entity_id, value)
        if value < last:
            self.wrong.append(f"{entity_id} falls from {last} to {value}")
        self._last[entity_id] = value
        grown = value if value < 0.9 * last else value - last
        self.sums[entity_id] = self.sums.get(entity_id, 0) + grown


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
    watcher: Watcher
    begun: dict[str, float]

    def lie(self, car: Car, number: int) -> None:
        """Let a car begin some lies."""
        logins = len(list(self.cloud.connections_of(car)))
        names = lies(self.random, number, logins)
        car.lie(*names)
        self.month.lies += number
        self.month.liars.setdefault(SHOWN[car.vehicle_id], set()).update(names)

    def tell_truth(self, car: Car, *names: str) -> None:
        """Let a car drop lies; a login that was refused is given anew."""
        car.tell_truth(*names)
        if "error_login" in names:
            for connection in tuple(self.cloud.connections_of(car)):
                self.cloud.connect(connection.user, car)

    def change_lies(self) -> None:
        """Let a car drop a lie, or begin another."""
        car = self.random.choice(list(self.cloud.cars.values()))
        if car.traits and self.random.random() < 0.5:
            self.tell_truth(car, self.random.choice(sorted(car.traits)))
        else:
            self.lie(car, 1)

    async def live(self) -> None:
        """Let a quarter of an hour pass, with what may happen in it."""
        chance = self.random.random
        if chance() < 0.05:
            self.change_lies()
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
            await async_send_command(self.random.choice(cars), command)
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
            self.tell_truth(car, *HIDING)
            car.hold()
            car.park()
        for _ in range(8):
            await self.travel(6 * 3600)
            self.cloud.refresh()
            if self.month.push:
                await self.sender.deliver_due()
        # Some tell the truth on the way only.
        for car in self.cloud.cars.values():
            car.drive(minutes=60)
        await self.travel(STEP)
        self.cloud.refresh()
        if self.month.push:
            await self.post()
        for vehicle in self.entry.runtime_data.vehicles.values():
            await vehicle.async_read_now()
        await self.hass.async_block_till_done(wait_background_tasks=True)
        self.month.requests = len(self.cloud.requests)
        self.month.calls = {
            name: self.entry.runtime_data.vehicles[id_].budget.used
            for id_, name in SHOWN.items()
        }
        for id_, name in SHOWN.items():
            car = self.cloud.cars[id_]
            odometer = self.watcher.sums[f"sensor.{name}_odometer"]
            self.month.counted[f"{name} km"] = odometer, car.odometer - self.begun[id_]
            if car.electric:
                energy = self.watcher.sums[f"sensor.{name}_energy_charged"]
                self.month.counted[f"{name} kWh"] = energy, car.energy_total


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
    # Two owners' logins of one car, of which the maker may serve one only.
    cloud.connect(cloud.users[fleet.USER_2], cloud.cars[fleet.BEV])
    watcher = Watcher(hass, cloud)
    begun = {id_: car.odometer for id_, car in cloud.cars.items()}
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
        yield Household(
            hass,
            cloud,
            entry,
            travel,
            sender,
            Random(0),  # noqa: S311 - no secret
            month,
            watcher,
            begun,
        )


@pytest.mark.parametrize("seed", seeds())
async def test_a_household_lives_on(
    household: Household,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    seed: int,
) -> None:
    """No exception, no lost value, no call over budget, no repair left standing.

    And whatever the cars tell: true kilometres and kilowatt-hours.
    """
    month = household.month
    month.seed = seed
    household.random.seed(seed)
    await household.travel(2)
    for car in household.cloud.cars.values():
        # What was told first was true.
        household.lie(car, 4)
    for _ in range(month.days * 86400 // STEP):
        await household.live()
    await household.settle()

    record_property(PROPERTY, month.row())
    assert month.faults > month.days
    assert household.watcher.wrong == []
    check_counted(month)
    assert max(month.calls.values()) <= 500
    for vehicle_id, name in SHOWN.items():
        check_newest(household.hass, household.cloud.cars[vehicle_id], name)
    issues = ir.async_get(household.hass).issues
    assert [key for key in issues if key[0] == DOMAIN] == []
    assert tracebacks(caplog.records) == []


def check_counted(month: Month) -> None:
    """Compare what statistics count with what the cars drove and charged.

    Cars round what they tell of each session. Without push, sessions pass between
    two reads, and what they added is not known.
    """
    rounded = 0.05 * (month.days + 5)
    for name, (counted, true) in month.counted.items():
        assert counted <= true + rounded, name
        car, _, unit = name.partition(" ")
        if unit == "km" or (month.push and not month.liars[car] & MUTING):
            assert counted >= true - rounded, name


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
    assert value(hass, f"lock.{name}_lock") == ("locked" if car.locked else "unlocked")
    odometer = hass.states.get(f"sensor.{name}_odometer")
    assert odometer is not None
    assert float(odometer.state) == pytest.approx(car.odometer, abs=0.06)
    if car.electric:
        level = hass.states.get(f"sensor.{name}_battery")
        assert level is not None
        assert float(level.state) == round(car.state_of_charge)
        limit = hass.states.get(f"number.{name}_charge_limit")
        assert limit is not None
        assert float(limit.state) == car.charge_limit
