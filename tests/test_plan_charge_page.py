"""The examples of the page on planning a charge, run as an owner would run them.

The answers are written as the integrations of Home Assistant write theirs.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
import re
from typing import Any

from homeassistant.core import (
    Context,
    HomeAssistant,
    ServiceCall,
    SupportsResponse,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.smartcar.plan_services import PLAN_SCHEMA
from simulator import fleet
from simulator.cloud import Cloud

from .cars import HOUR, IS_CHARGING, MINUTE, PLUG, value
from .conftest import ORDINARY_DAY, TIME_ZONE, Travel
from .deliveries import Post, battery, signal, state

PAGE = Path(__file__).parents[1] / "docs" / "plan-charge.md"
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)

# The tests' day and the next one, at midnight.
TODAY = datetime(2026, 10, 13, tzinfo=TIME_ZONE)
TOMORROW = TODAY + timedelta(days=1)
QUARTER = timedelta(minutes=15)

# What an action answers to its data; None: it fails, as without prices of that day.
type Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


def blocks(heading: str) -> list[Any]:
    """Return the examples in a section of the page."""
    text = PAGE.read_text("utf-8").split(f"\n{heading}\n")[1]
    level = heading.split(maxsplit=1)[0]
    text = re.split(rf"^#{{2,{len(level)}}} ", text, flags=re.MULTILINE)[0]
    found = [yaml.safe_load(block) for block in BLOCK.findall(text)]
    assert found, heading
    return found


def rows(day: datetime, *prices: float, minutes: int = 60) -> list[dict[str, Any]]:
    """Return prices one after the other, as most actions answer them."""
    length = timedelta(minutes=minutes)
    return [
        {
            "start": (day + at * length).isoformat(),
            "end": (day + (at + 1) * length).isoformat(),
            "price": price,
        }
        for at, price in enumerate(prices)
    ]


def answers(
    hass: HomeAssistant, domain: str, action: str, answer: Answer
) -> list[ServiceCall]:
    """Let an action of another integration answer; return the calls that come."""
    calls = []

    async def handle(call: ServiceCall) -> Any:
        calls.append(call)
        if (found := answer(dict(call.data))) is None:
            raise ServiceValidationError("No data")
        return found

    hass.services.async_register(
        domain, action, handle, supports_response=SupportsResponse.ONLY
    )
    return calls


async def prices_of(hass: HomeAssistant, heading: str) -> list[dict[str, Any]]:
    """Run the actions of a section; return its prices as the action takes them."""
    (actions,) = blocks(heading)
    script = Script(hass, cv.SCRIPT_SCHEMA(actions), "Prices", "script")
    result = await script.async_run(context=Context())
    assert result is not None
    data = {"device_id": "car", "ready_by": "07:00:00"}
    found: list[dict[str, Any]] = PLAN_SCHEMA(
        {**data, "prices": result.variables["prices"]}
    )["prices"]
    return found


def seen(prices: Iterable[dict[str, Any]]) -> list[tuple[datetime, Any, float]]:
    """Return the start, the end and the price of each period."""
    return [(row["start"], row.get("end"), row["price"]) for row in prices]


def by_day(key: str, today: Any, tomorrow: Any) -> Answer:
    """Return an answer that depends on the day in a field."""
    days = {TODAY.date(): today, TOMORROW.date(): tomorrow}
    return lambda data: days[cv.date(data[key])]


@ORDINARY_DAY
@pytest.mark.parametrize("knows_tomorrow", [True, False])
async def test_nord_pool(hass: HomeAssistant, knows_tomorrow: bool) -> None:
    """Prices per MWh of an area, for each day; a day without any has none."""
    today = {"SE3": rows(TODAY, 300, 250), "SE4": rows(TODAY, 1)}
    tomorrow = {"SE3": rows(TOMORROW, -20.5) if knows_tomorrow else []}
    answers(hass, "nordpool", "get_prices_for_date", by_day("date", today, tomorrow))
    found = await prices_of(hass, "### Nord Pool")
    hour = timedelta(hours=1)
    expected = [(TODAY, TODAY + hour, 0.3), (TODAY + hour, TODAY + 2 * hour, 0.25)]
    if knows_tomorrow:
        expected.append((TOMORROW, TOMORROW + hour, -0.0205))
    assert seen(found) == expected


@ORDINARY_DAY
async def test_tibber(hass: HomeAssistant) -> None:
    """Starts and prices of a home, for the two days that are asked for."""
    answer = {
        "prices": {
            "My home": [
                {"start_time": (TODAY + at * QUARTER).isoformat(), "price": price}
                for at, price in enumerate((0.31, 0.29))
            ],
            "Cottage": [],
        }
    }
    calls = answers(hass, "tibber", "get_prices", lambda _: answer)
    found = await prices_of(hass, "### Tibber")
    assert seen(found) == [(TODAY, None, 0.31), (TODAY + QUARTER, None, 0.29)]
    asked = [datetime.fromisoformat(calls[0].data[key]) for key in ("start", "end")]
    assert asked == [TODAY, TODAY + timedelta(days=2)]


@ORDINARY_DAY
@pytest.mark.parametrize("knows_tomorrow", [True, False])
async def test_energyzero(hass: HomeAssistant, knows_tomorrow: bool) -> None:
    """Times written with a space; a day without prices fails."""

    def written(day: datetime, price: float) -> dict[str, Any]:
        start, end = str(day.astimezone(UTC)), str((day + QUARTER).astimezone(UTC))
        row = {"price": price, "timestamp": start, "start": start, "end": end}
        return {"prices": [row]}

    tomorrow = written(TOMORROW, 0.2) if knows_tomorrow else None
    answer = by_day("start", written(TODAY, 0.25), tomorrow)
    calls = answers(hass, "energyzero", "get_energy_prices", answer)
    found = await prices_of(hass, "### EnergyZero")
    expected = [(TODAY, TODAY + QUARTER, 0.25)]
    if knows_tomorrow:
        expected.append((TOMORROW, TOMORROW + QUARTER, 0.2))
    assert seen(found) == expected
    # A day that is its own end is one day; the action takes texts only.
    assert [call.data["start"] for call in calls] == ["2026-10-13", "2026-10-14"]
    assert all(call.data["start"] == call.data["end"] for call in calls)
    assert all(call.data["incl_vat"] is True for call in calls)


@ORDINARY_DAY
@pytest.mark.parametrize("knows_tomorrow", [True, False])
async def test_omie(hass: HomeAssistant, knows_tomorrow: bool) -> None:
    """Prices of a country; a day that is not published yet fails."""
    tomorrow = {"es": rows(TOMORROW, 0.01, minutes=15)} if knows_tomorrow else None
    answer = by_day("date", {"es": rows(TODAY, 0.08, minutes=15)}, tomorrow)
    calls = answers(hass, "omie", "get_prices_for_date", answer)
    found = await prices_of(hass, "### OMIE")
    expected = [(TODAY, TODAY + QUARTER, 0.08)]
    if knows_tomorrow:
        expected.append((TOMORROW, TOMORROW + QUARTER, 0.01))
    assert seen(found) == expected
    assert calls[0].data["countries"] == ["es"]


@ORDINARY_DAY
async def test_green_planet_energy(hass: HomeAssistant) -> None:
    answer = {"prices": rows(TODAY, 0.28, 0.3, minutes=15), "hours_requested": 24}
    calls = answers(hass, "green_planet_energy", "get_prices", lambda _: answer)
    found = await prices_of(hass, "### Green Planet Energy")
    assert seen(found) == [
        (TODAY, TODAY + QUARTER, 0.28),
        (TODAY + QUARTER, TODAY + 2 * QUARTER, 0.3),
    ]
    assert calls[0].data["hours"] == 24


@ORDINARY_DAY
@pytest.mark.parametrize("is_text", [True, False])
async def test_an_attribute(hass: HomeAssistant, is_text: bool) -> None:
    """Times are texts in some integrations; tomorrow's list may be missing."""

    def written(time: datetime) -> object:
        return time.isoformat() if is_text else time

    row = {"start": written(TODAY), "end": written(TODAY + QUARTER), "value": 0.4}
    attributes = (
        {"raw_today": [row]} if is_text else {"raw_today": [], "raw_tomorrow": [row]}
    )
    hass.states.async_set("sensor.electricity_price", "0.4", attributes)
    found = await prices_of(hass, "### An attribute")
    assert seen(found) == [(TODAY, TODAY + QUARTER, 0.4)]


@ORDINARY_DAY
async def test_a_tariff_for_the_night(hass: HomeAssistant) -> None:
    found = await prices_of(hass, "### A tariff for the night")
    hours = [(row["start"] - TODAY) / timedelta(hours=1) for row in found]
    assert hours == [-18, -2, 6, 22, 30, 46, 54, 70]
    assert [row["price"] for row in found[:2]] == [0.32, 0.21]


def of_the_car(example: Any) -> Any:
    """Return an example with the simulated car in place of the owner's."""
    text = yaml.safe_dump(example, sort_keys=False)
    return yaml.safe_load(text.replace("my_car", "blauer_blitz"))


@pytest.fixture
async def automation(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post
) -> Callable[[str, list[dict[str, Any]]], Awaitable[None]]:
    """Set up the sensor and the automation of the page, with prices of Nord Pool."""
    sensor, automation = map(of_the_car, blocks("## An automation"))
    today = {"SE3": rows(TODAY, *[400.0] * 24)}
    night = [300.0, 300.0, 100.0, 100.0, 100.0, 100.0, 300.0, 400.0]
    answers(
        hass,
        "nordpool",
        "get_prices_for_date",
        by_day("date", today, {"SE3": rows(TOMORROW, *night)}),
    )
    (plan,) = (
        action
        for action in sensor["template"][0]["actions"]
        if action.get("action") == "smartcar.plan_charge"
    )
    plan["data"]["power"] = 11
    assert await async_setup_component(hass, "template", sensor)
    assert await async_setup_component(
        hass, "automation", {"automation": [{"id": "charge", **automation}]}
    )
    await hass.async_block_till_done()


def commands(cloud: Cloud) -> list[str]:
    """Return the commands that the electric car has been sent."""
    sent = [one.operation for one in cloud.requests if one.vehicle_id == fleet.BEV]
    return [one for one in sent if one.startswith("command")]


@ORDINARY_DAY
# The sensor plans again at eight, for as long as Home Assistant runs.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.usefixtures("automation")
async def test_the_automation(
    hass: HomeAssistant, cloud: Cloud, post: Post, travel: Travel
) -> None:
    """Plugged in, the car stops to charge, and starts in the cheapest hours."""
    charging = (signal(PLUG, value=True), signal(IS_CHARGING, value=True))
    idle = (signal(PLUG, value=False), signal(IS_CHARGING, value=False))
    assert await post(state(battery(50), *idle)) == HTTPStatus.OK
    await travel(MINUTE)
    cloud.cars[fleet.BEV].plug_in()
    assert await post(state(*charging)) == HTTPStatus.OK
    await travel(MINUTE)
    planned = datetime.fromisoformat(value(hass, "sensor.charge_start"))
    # 126 minutes in the four cheap hours.
    assert planned == TOMORROW + timedelta(hours=2)
    assert commands(cloud) == ["command.charge-stop"]
    for _ in range(9):
        await travel(HOUR)
    assert commands(cloud) == ["command.charge-stop"]
    await travel(HOUR)
    assert commands(cloud) == ["command.charge-stop", "command.charge-start"]
