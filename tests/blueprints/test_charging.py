"""Blueprints that start and stop charging."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import ServiceCall, SupportsResponse
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import fleet
from tests.cars import HOUR, MINUTE, value
from tests.conftest import ORDINARY_DAY, TIME_ZONE

from .household import START, Home, promised

pytestmark = ORDINARY_DAY


# By the sun


async def arrive_empty(home: Home) -> None:
    """Plug a nearly empty car in at nine, without charging."""
    await home.travel_until(9)
    car = home.cloud.cars[fleet.BEV]
    car.state_of_charge = 10
    car.plug_in()
    car.stop_charging()
    home.cloud.refresh(car)
    await home.tell(plug=True, charging=False, status="NOT_CHARGING", level=10)


@pytest.fixture
async def sunny(home: Home) -> Home:
    """Return a home with a plugged-in car, a counter, and the sun at nine."""
    await arrive_empty(home)
    home.shine(0)
    await home.use("surplus", start_power=4000)
    return home


async def day(home: Home, *watts: int) -> list[bool]:
    """Let quarters of an hour pass; return whether the car charged in each."""
    car, charged = home.cloud.cars[fleet.BEV], []
    for power in watts:
        home.shine(power)
        for _ in range(3):
            await home.travel(5 * MINUTE)
        charged.append(car.charging)
    return charged


async def test_surplus(sunny: Home) -> None:
    """Start, rest of half an hour, stop; four switches a day, again tomorrow."""
    assert await day(sunny, 3900, 4100) == [False, True]
    # Too soon after the start; then it stops.
    assert await day(sunny, -50, -50, -50) == [True, False, False]
    # Too soon after the stop; then it starts again.
    assert await day(sunny, 5000, 5000) == [True, True]
    assert await day(sunny, 0, -1) == [True, False]
    # The day's switches are used up.
    assert await day(sunny, *[5000] * 8) == [False] * 8
    assert sunny.used() == 4 * promised("surplus")[0]
    await sunny.restart(after=HOUR)
    assert await day(sunny, 5000, 5000) == [False, False]
    await sunny.travel_until(9)
    await sunny.tell(level=20)
    assert await day(sunny, 5000) == [True]
    assert sunny.used() == 5 * promised("surplus")[0]


@pytest.mark.parametrize(
    ("told", "inputs"),
    [
        pytest.param({"plug": False}, {}, id="unplugged"),
        pytest.param({"status": "FULLY_CHARGED", "level": 80}, {}, id="at its limit"),
        pytest.param({}, {"recent": {"minutes": 4}}, id="old data"),
        pytest.param({}, {"switches": "counter.none"}, id="no counter"),
        pytest.param({}, {"until": "09:00:00"}, id="too late"),
    ],
)
async def test_no_surplus_for(
    home: Home, told: dict[str, Any], inputs: dict[str, Any]
) -> None:
    """Nothing is sent to a car that cannot charge, or that may be another by now."""
    await arrive_empty(home)
    await home.travel(1)
    await home.tell(**told)
    await home.use("surplus", **inputs)
    assert await day(home, 9000, 9000) == [False, False]
    assert home.used() == 0


async def test_surplus_for_a_car_that_refuses(sunny: Home) -> None:
    """A refused command counts, and is not sent again before the rest is over."""
    sunny.cloud.cars[fleet.BEV].refusal = "ASLEEP"
    assert await day(sunny, 5000, 5000) == [False, False]
    assert sunny.used() == 1
    assert await day(sunny, *[5000] * 8) == [False] * 8
    # One of four is kept for a stop.
    assert sunny.used() == 3


# By prices


PRICE = "sensor.price"
CHEAP = 3  # o'clock


def prices(day: datetime) -> Iterator[tuple[datetime, datetime, float]]:
    """Yield the hours of a day, and what each costs per kWh."""
    for hour in range(24):
        start = day.replace(hour=hour, minute=0, second=0, microsecond=0)
        yield start, start + timedelta(hours=1), 0.1 if hour in (3, 4, 5, 6) else 0.3


def of_day(call: ServiceCall) -> list[dict[str, Any]]:
    """Return the prices of the day that a call asks for."""
    asked = call.data.get("date") or call.data["start"]
    day = datetime.fromisoformat(str(asked)).replace(tzinfo=TIME_ZONE)
    return [
        {"start": start.isoformat(), "end": end.isoformat(), "price": price}
        for start, end, price in prices(day)
    ]


def of_tibber(call: ServiceCall) -> list[dict[str, Any]]:
    """Return prices as Tibber lists them: without ends, and two days at once."""
    first = datetime.fromisoformat(call.data["start"])
    days = (datetime.fromisoformat(call.data["end"]) - first).days
    return [
        {"start_time": start.isoformat(), "price": price}
        for day in range(days)
        for start, _, price in prices(first + timedelta(days=day))
    ]


def of_next_hours(now: datetime) -> list[dict[str, Any]]:
    """Return the prices of the next 24 hours."""
    day = now.astimezone(TIME_ZONE)
    found = [*prices(day), *prices(day + timedelta(days=1))]
    return [
        {"start": start.isoformat(), "end": end.isoformat(), "price": price}
        for start, end, price in found
        if day - timedelta(hours=1) < start < day + timedelta(days=1)
    ]


# What each price integration answers: its action, and the shape of its answer.
SOURCES: dict[str, tuple[str, Callable[[ServiceCall, datetime], Any]]] = {
    "nordpool": ("get_prices_for_date", lambda call, _: {"SE3": of_day(call)}),
    "tibber": ("get_prices", lambda call, _: {"prices": {"Home": of_tibber(call)}}),
    "energyzero": ("get_energy_prices", lambda call, _: {"prices": of_day(call)}),
    "omie": (
        "get_prices_for_date",
        lambda call, _: {area: of_day(call) for area in call.data["countries"]},
    ),
    "green_planet_energy": (
        "get_prices",
        lambda _, now: {"prices": of_next_hours(now), "hours_requested": 24},
    ),
}


@pytest.fixture
def price(home: Home, request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the inputs for a price sensor of an integration, or with attributes."""
    hass, clock, domain = home.hass, home.clock, request.param
    if domain not in SOURCES:
        day = clock.now().astimezone(TIME_ZONE)
        for name, of in (("today", day), ("tomorrow", day + timedelta(days=1))):
            rows = [
                {"start": start, "end": end, "value": price}
                for start, end, price in prices(of)
            ]
            lists = {f"raw_{name}": rows}
            before = hass.states.get(PRICE)
            hass.states.async_set(
                PRICE, "0.3", {**(before.attributes if before else {}), **lists}
            )
        return {"price": PRICE, "attribute": "raw_today, raw_tomorrow"}
    entry = MockConfigEntry(domain=domain)
    entry.add_to_hass(hass)
    registered = er.async_get(hass).async_get_or_create(
        "sensor", domain, "price", config_entry=entry
    )
    hass.states.async_set(registered.entity_id, "0.3")
    action, answer = SOURCES[domain]

    def respond(call: ServiceCall) -> Any:
        assert call.data.get("config_entry", entry.entry_id) == entry.entry_id
        assert call.data.get("config_entry_id", entry.entry_id) == entry.entry_id
        return answer(call, clock.now())

    hass.services.async_register(
        domain, action, respond, supports_response=SupportsResponse.ONLY
    )
    return {"price": registered.entity_id}


async def come_home(home: Home) -> None:
    """Plug the car in, which makes it charge at once."""
    car = home.cloud.cars[fleet.BEV]
    home.cloud.change(car, car.plug_in)
    await home.tell(plug=True, charging=True, status="CHARGING", level=60, at=0.0)
    await home.travel(10)
    await home.travel(10)


@pytest.mark.parametrize("price", [*SOURCES, "attribute"], indirect=True)
async def test_cheapest_hours(home: Home, price: dict[str, str]) -> None:
    """Stopped when it comes home, started at the cheapest hour, by every source."""
    hass, car = home.hass, home.cloud.cars[fleet.BEV]
    await home.tell(plug=False, charging=False, level=60, at=0.5)
    await home.use("cheapest_hours", **price)
    await home.travel_until(18)
    await come_home(home)
    assert not car.charging
    await home.travel(61)
    night = home.clock.now().astimezone(TIME_ZONE).date() + timedelta(days=1)
    assert value(hass, START) == f"{night} 0{CHEAP}:00:00"
    await home.travel_until(20, 1)
    await home.travel_until(2, 59)
    assert not car.charging
    await home.travel(61)
    assert car.charging
    await home.travel(61)
    await home.tell(charging=False, status="FULLY_CHARGED", level=80)
    await home.travel_until(23)
    assert home.used() == promised("cheapest_hours")[0]


@pytest.mark.parametrize("price", ["attribute"], indirect=True)
@pytest.mark.parametrize(
    ("told", "inputs"),
    [
        pytest.param({"plug": False, "charging": False}, {}, id="unplugged"),
        pytest.param({"charging": True}, {}, id="started by hand"),
        pytest.param({}, {"recent": {"hours": 8}}, id="old data"),
        pytest.param({"at": 0.5}, {}, id="gone"),
    ],
)
async def test_no_start_at_the_cheapest_hour(
    home: Home, price: dict[str, str], told: dict[str, Any], inputs: dict[str, Any]
) -> None:
    """What happened in the evening wins over the plan."""
    await home.tell(plug=False, charging=False, level=60, at=0.5)
    await home.use("cheapest_hours", **price, **inputs)
    await home.travel_until(18)
    await come_home(home)
    await home.travel(61)
    stopped = home.used()
    assert stopped == 2
    await home.travel(HOUR)
    await home.tell(**told)
    await home.travel_until(20, 1)
    await home.travel_until(CHEAP)
    await home.travel(HOUR)
    assert home.used() == stopped


@pytest.mark.parametrize("price", ["attribute"], indirect=True)
async def test_the_cheapest_hour_passes_while_home_assistant_is_off(
    home: Home, price: dict[str, str]
) -> None:
    """The start is made up for; a refused one is not sent again."""
    car = home.cloud.cars[fleet.BEV]
    await home.tell(plug=False, charging=False, level=60, at=0.5)
    await home.use("cheapest_hours", **price)
    await home.travel_until(18)
    await come_home(home)
    await home.travel(61)
    await home.restart(after=10 * HOUR)
    assert car.charging
    await home.travel(61)
    assert home.used() == promised("cheapest_hours")[0]


@pytest.mark.parametrize("price", ["attribute"], indirect=True)
async def test_a_car_that_refuses_at_the_cheapest_hour(
    home: Home, price: dict[str, str]
) -> None:
    """Each command is sent once a night."""
    car = home.cloud.cars[fleet.BEV]
    await home.tell(plug=False, charging=False, level=60, at=0.5)
    await home.use("cheapest_hours", **price)
    await home.travel_until(18)
    await come_home(home)
    await home.travel(61)
    car.refusal = "ASLEEP"
    await home.travel_until(20, 1)
    await home.travel_until(CHEAP)
    await home.travel_until(17)
    assert home.used() == 3


@pytest.mark.parametrize("price", ["attribute"], indirect=True)
@pytest.mark.parametrize(
    ("minutes", "stops"), [(5, True), (40, False)], ids=["by itself", "by a person"]
)
async def test_a_charge_that_is_told_of_later_than_its_cable(
    home: Home, price: dict[str, str], minutes: int, stops: bool
) -> None:
    """Soon after the cable the car began by itself; later a person wants it."""
    car = home.cloud.cars[fleet.BEV]
    await home.tell(plug=False, charging=False, level=60, at=0.5)
    await home.use("cheapest_hours", **price)
    await home.travel_until(18)
    home.cloud.change(car, car.plug_in)
    await home.tell(plug=True, at=0.0)
    await home.travel(10)
    assert home.used() == 0
    await home.travel(minutes * MINUTE)
    await home.tell(charging=True, status="CHARGING")
    await home.travel(20)
    assert car.charging is not stops
    await home.travel(61)
    assert home.used() == (2 if stops else 0)


async def test_without_prices_it_charges_late(home: Home) -> None:
    """20 % of 77 kWh at 11 kW take 84 minutes, which end at seven."""
    home.hass.states.async_set(PRICE, "0.3")
    await home.tell(plug=False, charging=False, level=60, at=0.5)
    await home.use("cheapest_hours", price=PRICE)
    await home.travel_until(18)
    await come_home(home)
    assert not home.cloud.cars[fleet.BEV].charging
    assert value(home.hass, START)[11:] == "05:36:00"
