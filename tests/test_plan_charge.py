"""The action that plans a charge: what it takes, answers and refuses."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.plan_services import (
    AT_HOME,
    MOST_PRICES,
    _ready_by,
)
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .cars import ENERGY_ADDED, HOUR, IS_CHARGING, MINUTE, ODOMETER, PLUG
from .conftest import ORDINARY_DAY, Travel
from .deliveries import Post, battery, reload, signal, state

LIMITS = "charge-chargelimits"
LOCATION = "location-preciselocation"
CAPACITY_SIGNAL = "tractionbattery-nominalcapacity"
CAPACITY = "number.blauer_blitz_usable_capacity"

# Takes the action for a car, the electric one if none is named; returns the answer.
type Plan = Callable[..., Awaitable[Any]]


@pytest.fixture
def lacking(request: pytest.FixtureRequest, cloud: Cloud) -> str:
    """Let the electric car never tell of a signal; return its code.

    Without a position, it does not tell either whether it is at home.
    """
    code: str = request.param
    cloud.cars[fleet.BEV].override(code, absent=True)
    if code == LOCATION:
        cloud.cars[fleet.BEV].override(AT_HOME, absent=True)
    return code


@pytest.fixture
def ask(
    hass: HomeAssistant, hearing: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> Plan:
    """Return a way to plan."""

    async def call(
        car: str = fleet.BEV, context: Context | None = None, **data: Any
    ) -> Any:
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, car), hearing.entry_id
        )
        assert device is not None
        return await hass.services.async_call(
            DOMAIN,
            "plan_charge",
            {"device_id": device.id, "ready_by": "07:00:00", **data},
            blocking=True,
            return_response=True,
            context=context,
        )

    return call


@pytest.fixture
async def half_full(hearing: MockConfigEntry, post: Post) -> None:
    """Let the electric car, which takes 77 kWh, tell of 50 %; its limit is 80 %."""
    assert await post(state(battery(50))) == HTTPStatus.OK


def moment(text: str) -> datetime:
    """Return a time that was written with its zone."""
    time = datetime.fromisoformat(text)
    assert time.tzinfo is not None
    return time.astimezone(UTC)


@ORDINARY_DAY
@pytest.mark.usefixtures("half_full")
async def test_as_late_as_possible(
    ask: Plan, cloud: Cloud, travel: Travel, clock: ManualClock
) -> None:
    """Without prices; from what the car has told, and without a call."""
    requests = len(cloud.requests)
    told = clock.now()
    await travel(12 * MINUTE)
    answer = await ask(power=11)
    (window,) = answer["windows"]
    assert window["end"] == answer["ready_by"] == "2026-10-14T07:00:00-07:00"
    assert window["start"] == "2026-10-14T04:54:00-07:00"
    assert window["energy"] == answer["energy"] == answer["energy_at_meter"] == 23.1
    assert (answer["minutes"], answer["cost"], answer["commands"]) == (126, None, 2)
    assert (answer["level_at_ready"], answer["is_feasible"]) == (80, True)
    assert answer["reason"] is None
    assumed = answer["assumptions"]
    assert assumed.pop("is_power_constant") is True
    assert {key: (row["value"], row["source"]) for key, row in assumed.items()} == {
        "level": (50, "car"),
        "limit": (80, "car"),
        "capacity": (77, "maker"),
        "power": (11, "action"),
        # The simulated car is far from home.
        "loss": (0, None),
    }
    assert assumed["level"]["age"] == 12
    assert abs(moment(assumed["level"]["at"]) - told) < timedelta(seconds=1)
    assert assumed["limit"]["age"] >= 12
    assert assumed["power"]["at"] is assumed["power"]["age"] is None
    assert len(cloud.requests) == requests


@ORDINARY_DAY
@pytest.mark.usefixtures("lacking", "half_full")
@pytest.mark.parametrize("lacking", [LOCATION], indirect=True)
async def test_the_meter_counts_losses(
    hass: HomeAssistant, hearing: MockConfigEntry, ask: Plan
) -> None:
    """Power and cost are the meter's, levels are the battery's."""
    options = {**hearing.options, "charging_loss": 10}
    hass.config_entries.async_update_entry(hearing, options=options)
    await reload(hass, hearing)
    prices = [{"start": "2026-10-14T00:00:00-07:00", "price": 0.3}]
    answer = await ask(level=60, power=7.7, ready_by="02:00:00", prices=prices)
    # An hour's price is all there is; 7.7 kWh with losses take longer.
    assert (answer["is_feasible"], answer["reason"]) == (False, "too_few_prices")
    assert (answer["minutes"], answer["energy"]) == (60, 6.93)
    assert (answer["energy_at_meter"], answer["cost"]) == (7.7, 2.31)
    assert (answer["level_at_ready"], answer["windows"][0]["energy"]) == (59, 6.93)
    prices.append({"start": "2026-10-14T01:00:00-07:00", "end": None, "price": 0.2})
    whole = await ask(level=60, power=7.7, ready_by="02:00:00", prices=prices)
    assert (whole["is_feasible"], whole["minutes"]) == (True, 67)
    assert (whole["energy"], whole["energy_at_meter"]) == (7.7, 8.556)
    assert whole["cost"] == round(8.5556 * (60 * 0.2 + 7 * 0.3) / 67, 2)
    loss = whole["assumptions"]["loss"]
    assert (loss["value"], loss["source"]) == (10, "option")


@ORDINARY_DAY
@pytest.mark.usefixtures("half_full")
async def test_what_is_wanted(ask: Plan, post: Post) -> None:
    """A break, a minimum at once, and levels that need nothing or cannot be."""
    prices = [
        {"start": f"2026-10-13T{hour}:00:00-07:00", "price": price}
        for hour, price in ((17, 0.4), (18, -0.1), (19, 0.3), (20, 0.1), (21, 0.5))
    ]
    wish = {"power": 7.7, "ready_by": "2026-10-13T22:00:00-07:00", "prices": prices}
    whole = await ask(level=70, **wish)
    assert [window["start"][11:16] for window in whole["windows"]] == ["18:00"]
    assert (whole["cost"], whole["commands"]) == (1.54, 2)
    split = await ask(level=70, continuous=False, **wish)
    assert [window["start"][11:16] for window in split["windows"]] == ["18:00", "20:00"]
    assert (split["cost"], split["commands"]) == (0, 4)
    at_once = await ask(level=70, minimum_level=60, **wish)
    first, second = at_once["windows"]
    # The tests' clock stands a minute after four.
    assert (first["start"][11:16], first["energy"]) == ("16:01", 7.7)
    assert (second["start"][11:16], at_once["cost"]) == ("18:00", None)
    full = await ask(level=50, minimum_level=100, **wish)
    assert (full["windows"], full["minutes"], full["cost"]) == ([], 0, 0)
    assert (full["is_feasible"], full["level_at_ready"]) == (True, 50)
    above = await ask(level=90, power=50, ready_by="07:00:00")
    assert (above["is_feasible"], above["reason"]) == (False, "above_limit")
    assert above["level_at_ready"] == 80
    late = await ask(power=7.7, ready_by="17:01")
    assert (late["reason"], late["minutes"]) == ("too_little_time", 60)
    assert late["level_at_ready"] == 60
    # A limit that was lowered since takes nothing back.
    assert await post(state(battery(95))) == HTTPStatus.OK
    more = await ask(level=90, power=50, ready_by="07:00:00")
    assert (more["is_feasible"], more["reason"], more["windows"]) == (True, None, [])
    assert more["level_at_ready"] == 95


@pytest.fixture
async def charge(
    hass: HomeAssistant, hearing: MockConfigEntry, post: Post, travel: Travel
) -> Callable[[float, float], Awaitable[None]]:
    """Return a way to charge with some kW, so far (degrees) north of home."""
    assert await async_setup_component(hass, "zone", {})

    def place(north: float) -> dict[str, Any]:
        found = signal(LOCATION, None)
        found["body"] = {
            "latitude": hass.config.latitude + north,
            "longitude": hass.config.longitude,
        }
        return found

    ways = count(20_000, 50)

    async def run(power: float, north: float) -> None:
        way = signal(ODOMETER, next(ways))
        way["body"]["unit"] = "km"
        await post(state(way, place(north)))
        await travel(HOUR)
        await post(state(place(north), signal(PLUG, value=True)))
        for quarter in range(5):
            added = signal(ENERGY_ADDED, quarter * power / 4)
            added["body"]["unit"] = "kWh"
            charging = signal(IS_CHARGING, value=True)
            level = battery(20 + round(quarter * power / 4 / 0.77))
            assert await post(state(charging, added, level)) == HTTPStatus.OK
            await travel(HOUR / 4)
        await post(state(signal(IS_CHARGING, value=False)))
        await travel(MINUTE)
        await post(state(signal(PLUG, value=False)))
        await travel(MINUTE)

    return run


@ORDINARY_DAY
async def test_the_power_of_charges_at_this_place(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    cloud: Cloud,
    ask: Plan,
    charge: Callable[[float, float], Awaitable[None]],
) -> None:
    """The diary knows it, for each place; only at home the meter sees more."""
    cloud.cars[fleet.BEV].override("charge-chargerecords", body={"values": []})
    options = {**hearing.options, "charging_loss": 20}
    hass.config_entries.async_update_entry(hearing, options=options)
    await reload(hass, hearing)
    await charge(3.6, 0)
    answer = await ask()
    power = answer["assumptions"]["power"]
    assert (power["value"], power["source"]) == (4.5, "diary")
    assert (power["place"], power["charges"]) == ("home", 1)
    assert power["age"] >= 1
    assert answer["energy_at_meter"] == pytest.approx(answer["energy"] / 0.8, abs=0.01)
    await charge(2, 0.5)
    answer = await ask()
    power = answer["assumptions"]["power"]
    assert (power["value"], power["place"]) == (2, "away")
    loss = answer["assumptions"]["loss"]
    assert (loss["value"], loss["source"]) == (0, None)
    assert answer["energy_at_meter"] == answer["energy"]


@pytest.mark.parametrize("lacking", [LOCATION], indirect=True)
async def test_a_car_without_a_position(
    hass: HomeAssistant, lacking: str, hearing: MockConfigEntry, ask: Plan, post: Post
) -> None:
    """It may tell that it is at home; otherwise, losses count."""
    options = {**hearing.options, "charging_loss": 20}
    hass.config_entries.async_update_entry(hearing, options=options)
    await reload(hass, hearing)
    seen = [(await ask(power=11))["assumptions"]["loss"]["value"]]
    for is_home in (False, True):
        await post(state(signal(AT_HOME, is_home)))
        seen.append((await ask(power=11))["assumptions"]["loss"]["value"])
    assert seen == [20, 0, 20]


@pytest.mark.usefixtures("half_full")
async def test_a_capacity_of_ones_own(hass: HomeAssistant, ask: Plan) -> None:
    await hass.services.async_call(
        "number", "set_value", {"entity_id": CAPACITY, "value": 50}, blocking=True
    )
    answer = await ask(power=11)
    capacity = answer["assumptions"]["capacity"]
    assert (capacity["value"], capacity["source"]) == (50, "owner")
    assert (capacity["at"], answer["energy"]) == (None, 15)


@pytest.mark.usefixtures("half_full")
@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"ready_by": "2020-01-01 00:00:00"}, "ready_by_past"),
        ({"ready_by": "2030-01-01 00:00:00"}, "ready_by_too_far"),
        ({"car": fleet.ICE}, "level_unknown"),
        ({}, "power_unknown"),
    ],
)
async def test_what_cannot_be_planned(
    ask: Plan, data: dict[str, Any], key: str
) -> None:
    """The error says what is missing."""
    with pytest.raises(ServiceValidationError) as caught:
        await ask(**data)
    assert caught.value.translation_key == key


@pytest.mark.parametrize("lacking", [LIMITS], indirect=True)
async def test_a_car_that_does_not_tell_its_limit(lacking: str, ask: Plan) -> None:
    """The level must be given, and no limit stands against it."""
    with pytest.raises(ServiceValidationError) as caught:
        await ask(power=50)
    assert caught.value.translation_key == "limit_unknown"
    answer = await ask(power=50, level=100)
    limit = answer["assumptions"]["limit"]
    assert (limit["value"], limit["source"], limit["age"]) == (None, None, None)
    assert (answer["level_at_ready"], answer["is_feasible"]) == (100, True)


@pytest.mark.parametrize("lacking", [CAPACITY_SIGNAL], indirect=True)
async def test_a_car_that_does_not_tell_its_capacity(
    hass: HomeAssistant, lacking: str, ask: Plan
) -> None:
    """The error names the number that a person can set; then it counts."""
    with pytest.raises(ServiceValidationError) as caught:
        await ask(power=11)
    assert caught.value.translation_key == "capacity_unknown"
    assert "Usable capacity" in str(caught.value)
    await hass.services.async_call(
        "number", "set_value", {"entity_id": CAPACITY, "value": 50}, blocking=True
    )
    assert (await ask(power=11))["assumptions"]["capacity"]["value"] == 50


def price(**changes: Any) -> list[dict[str, Any]]:
    """Return a list of one price."""
    return [{"start": "2026-10-14T00:00:00+00:00", "price": 0.2, **changes}]


@pytest.mark.parametrize(
    "data",
    [
        {"ready_by": "soon"},
        {"ready_by": "9999-12-31T23:59:59-12:00"},
        {"level": 101},
        {"power": 0},
        {"minimum_level": -1},
        {"prices": "cheap"},
        {"prices": price(price="nan")},
        {"prices": price(price="inf")},
        {"prices": price(start="9999-12-31T23:59:59-12:00")},
        {"prices": price(end="later")},
        {"prices": [{"price": 1}]},
        {"prices": price() * (MOST_PRICES + 1)},
    ],
)
async def test_what_no_wish_is(ask: Plan, data: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        await ask(**data)


@pytest.mark.usefixtures("half_full")
async def test_now(ask: Plan, travel: Travel, clock: ManualClock) -> None:
    """Nothing is planned for a time that has passed, however little."""
    await travel(0.5)
    answer = await ask(power=11, minimum_level=60)
    start = moment(answer["windows"][0]["start"])
    assert clock.now() < start <= clock.now() + timedelta(minutes=1)
    with pytest.raises(ServiceValidationError) as caught:
        await ask(power=11, ready_by=clock.now().isoformat())
    assert caught.value.translation_key == "ready_by_past"


async def test_a_limit_that_is_doubtful(
    hass: HomeAssistant, cloud: Cloud, ask: Plan, travel: Travel
) -> None:
    """What a command was to set counts; once that is in doubt, no limit does."""
    cloud.cars[fleet.BEV].override(LIMITS, absent=True)
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": "number.blauer_blitz_charge_limit", "value": 90},
        blocking=True,
    )
    assert (await ask(power=50))["assumptions"]["limit"]["value"] == 90
    for _ in range(3):
        await travel(HOUR)
    with pytest.raises(ServiceValidationError) as caught:
        await ask(power=50)
    assert caught.value.translation_key == "limit_unknown"


@pytest.mark.usefixtures("half_full")
async def test_prices_as_they_come(ask: Plan) -> None:
    """An unknown price is none, and what else a list holds is left out."""
    assert (await ask(power=11, prices=price(price=None, area="SE3")))["windows"] == []
    assert (await ask(power=11, prices=[]))["windows"] != []


@pytest.mark.parametrize(
    ("ready_by", "expected"),
    [
        pytest.param(
            "07:00",
            "2027-03-28T07:00:00+02:00",
            marks=pytest.mark.start("2027-03-27T20:00+01:00"),
            id="forward",
        ),
        # It is left out.
        pytest.param(
            "02:30",
            "2027-03-28T03:30:00+02:00",
            marks=pytest.mark.start("2027-03-27T20:00+01:00"),
            id="forward-left-out",
        ),
        pytest.param(
            "02:30",
            "2027-03-29T02:30:00+02:00",
            marks=pytest.mark.start("2027-03-28T03:40+02:00"),
            id="forward-passed",
        ),
        pytest.param(
            "07:00",
            "2026-10-25T07:00:00+01:00",
            marks=pytest.mark.start("2026-10-24T20:00+02:00"),
            id="back",
        ),
        # It comes twice.
        pytest.param(
            "02:30",
            "2026-10-25T02:30:00+02:00",
            marks=pytest.mark.start("2026-10-24T20:00+02:00"),
            id="back-first",
        ),
        pytest.param(
            "02:30",
            "2026-10-25T02:30:00+01:00",
            marks=pytest.mark.start("2026-10-25T02:40+02:00"),
            id="back-second",
        ),
        pytest.param(
            "02:30",
            "2026-10-26T02:30:00+01:00",
            marks=pytest.mark.start("2026-10-25T02:40+01:00"),
            id="back-passed",
        ),
    ],
)
@pytest.mark.usefixtures("half_full")
async def test_when_the_clock_turns(
    hass: HomeAssistant, ask: Plan, ready_by: str, expected: str
) -> None:
    """A time of day is the next one where the car's owner is; an hour stays one."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    answer = await ask(ready_by=ready_by, level=60, power=7.7)
    assert answer["ready_by"] == expected
    (window,) = answer["windows"]
    assert answer["minutes"] <= 60
    length = moment(window["end"]) - moment(window["start"])
    assert length == timedelta(minutes=answer["minutes"])
    assert moment(window["end"]) == moment(expected)


# Clocks change there then: by an hour, by half of one, and at midnight.
CHANGES = [
    ("Europe/Berlin", datetime(2027, 3, 28, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ("America/Santiago", datetime(2027, 4, 4, 3, tzinfo=UTC)),
]
near = st.integers(-90, 90)


@given(st.sampled_from(CHANGES), near | st.integers(-30 * 60, 30 * 60), near)
def test_a_time_of_day_is_the_next_one(
    change: tuple[str, datetime], minutes: int, distance: int
) -> None:
    """Compared with a clock on the wall that is looked at each minute."""
    zone, at = change
    now = at + timedelta(minutes=minutes)
    # What a clock shows that is not changed.
    offset = (at - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    wanted = (at + offset + timedelta(minutes=distance)).time()
    before = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(ZoneInfo(zone))
    try:
        found = _ready_by(wanted, now)
        shown = dt_util.as_local(found)
        looks = (now + timedelta(minutes=count) for count in range(1, 49 * 60))
        first = next(look for look in looks if dt_util.as_local(look).time() == wanted)
    finally:
        dt_util.set_default_time_zone(before)
    if shown.time() == wanted:
        assert found == first
    else:
        # The clock leaves it out: it is when an unchanged one shows it.
        assert now < found < first
        assert (found + offset).time() == wanted
        assert at <= found < at + timedelta(hours=1)


@pytest.mark.usefixtures("half_full")
async def test_who_may_plan(
    ask: Plan, hass_read_only_user: MockUser, hass: HomeAssistant
) -> None:
    """Who may see the car, even without the right to control it."""
    context = Context(user_id=hass_read_only_user.id)
    assert (await ask(power=11, context=context))["windows"] != []
    blind = MockUser().add_to_hass(hass)
    with pytest.raises(Unauthorized):
        await ask(power=11, context=Context(user_id=blind.id))
