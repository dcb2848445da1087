"""What language models may ask of cars and do with them, through the Assist API."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from http import HTTPStatus
import json
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import entity_registry as er, llm
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from hypothesis import given, strategies as st
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.llm import (
    COMMANDS,
    PERIODS,
    SENT,
    GetDiaryTool,
    async_get_tools,
    days_of,
)
from custom_components.smartcar.llm_answers import diary_answer
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault

from .assistants import (
    ASSISTANT,
    drive_home_and_charge,
    entities,
    expose,
    prepare,
)
from .cars import BATTERY, FUEL, HOUR, LIMIT, LOCK, MINUTE, ODOMETER, SOC, reads, value
from .conftest import ORDINARY_DAY, Travel
from .deliveries import Post, signal, state
from .flow import configure
from .test_availability import lose_by_listings

GET_CAR = "smartcar__get_car"
GET_DIARY = "smartcar__get_diary"
SEND = "smartcar__send_command"
UNLOCK = "smartcar__unlock"

CALENDAR = "calendar.blauer_blitz_trips_and_charges"
SWITCH = "switch.blauer_blitz_charge"
TRACKER = "device_tracker.blauer_blitz_location"

# Calls a tool by its name; the answer is as a model gets it.
type Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def _no_records(cloud: Cloud) -> None:
    """Let the car maker list no charges."""
    cloud.cars[fleet.BEV].override("charge-chargerecords", body={"values": []})


@pytest.fixture
async def assist(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Set up Assist, to which nothing is exposed yet."""
    await start_assist(hass)


async def start_assist(hass: HomeAssistant) -> None:
    """Set up what offers the tools."""
    await prepare(hass)
    assert await async_setup_component(hass, "llm", {})


def of(context: Context | None = None, assistant: str = ASSISTANT) -> llm.LLMContext:
    """Return who asks."""
    return llm.LLMContext("test", context, "en", assistant, None)


async def tools(hass: HomeAssistant) -> dict[str, llm.Tool]:
    """Return the cars' tools that a model is offered, by name."""
    api = await llm.async_get_api(hass, llm.LLM_API_ASSIST, of())
    return {tool.name: tool for tool in api.tools if tool.integration == DOMAIN}


@pytest.fixture
def ask(hass: HomeAssistant) -> Ask:
    """Return a way to call a tool."""

    async def call(tool: str, context: Context | None = None, **arguments: Any) -> Any:
        api = await llm.async_get_api(hass, llm.LLM_API_ASSIST, of(context))
        result = await api.async_call_tool(llm.ToolInput(tool, arguments))
        # As it goes over the wire.
        data = json.loads(json.dumps(result.data))
        assert result.error is ("error" in data)
        return data

    return call


async def allow(hass: HomeAssistant, entry: MockConfigEntry, *names: str) -> None:
    """Turn options on, as a person does."""
    await configure(hass, entry, **dict.fromkeys(names, True))
    await hass.async_block_till_done()


# Which tools there are


@pytest.mark.usefixtures("assist")
async def test_nothing_is_offered_until_something_is_exposed(
    hass: HomeAssistant,
) -> None:
    assert await tools(hass) == {}
    expose(hass, [BATTERY])
    assert set(await tools(hass)) == {GET_CAR}


@pytest.mark.usefixtures("assist")
async def test_other_apis_and_no_assistant(hass: HomeAssistant) -> None:
    """Only Assist is bounded by what is exposed."""
    expose(hass, [BATTERY])
    assert async_get_tools(hass, of(), "homeassistant") is None
    assert async_get_tools(hass, of(assistant=""), llm.LLM_API_ASSIST) is None
    assert async_get_tools(hass, of(assistant="other"), llm.LLM_API_ASSIST) is None


@pytest.mark.usefixtures("assist")
async def test_an_entry_that_is_unloaded(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    expose(hass, [BATTERY])
    await hass.config_entries.async_unload(loaded.entry_id)
    assert await tools(hass) == {}


@pytest.mark.usefixtures("assist")
async def test_the_schemas(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Agents can convert them; together they stay short."""
    await allow(hass, loaded, "assistant_commands", "assistant_unlock")
    expose(hass, entities(hass))
    offered = await tools(hass)
    assert set(offered) == {GET_CAR, SEND, UNLOCK}
    size = 0
    for tool in offered.values():
        schema = probatio.to_openapi(
            tool.parameters, custom_serializer=llm.selector_serializer
        )
        assert schema["properties"]["car"]["type"] == "string"
        assert "Blauer Blitz" in schema["properties"]["car"]["description"]
        size += len(json.dumps(schema)) + len(tool.description or "")
    assert size < 3000
    schema = probatio.to_openapi(
        offered[SEND].parameters, custom_serializer=llm.selector_serializer
    )
    assert schema["required"] == ["command"]
    assert schema["properties"]["command"]["enum"] == list(COMMANDS)
    percent = schema["properties"]["percent"]
    assert (percent["minimum"], percent["maximum"]) == (50, 100)
    kinds = {name: tool.annotations for name, tool in offered.items()}
    assert kinds[GET_CAR].read_only
    assert (kinds[SEND].read_only, kinds[SEND].destructive) == (False, False)
    assert kinds[UNLOCK].destructive


# What a car is


@pytest.mark.usefixtures("assist")
async def test_a_car_in_brief(
    hass: HomeAssistant, ask: Ask, cloud: Cloud, travel: Travel
) -> None:
    """Without its powers and finish while it does not charge; no call is made."""
    expose(hass, entities(hass, "blauer_blitz"))
    await travel(3 * MINUTE)
    asked = len(cloud.requests)
    assert await ask(GET_CAR, car="Blauer Blitz") == {
        "cars": [
            {
                "car": "Blauer Blitz",
                "newest_data": "3 min ago",
                "location": "away",
                "battery": "62 %",
                "range": "265 km",
                "plugged_in": "no",
                "charging": "no",
                "charge_limit": "80 %",
                "locked": "yes",
                "open": "nothing",
                "unknown": ["last_charge"],
            }
        ]
    }
    assert len(cloud.requests) == asked


@pytest.mark.usefixtures("assist")
async def test_a_car_that_charges(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    ask: Ask,
    cloud: Cloud,
    travel: Travel,
) -> None:
    """How fast, until when, and what is open meanwhile."""
    car = cloud.cars[fleet.BEV]
    await travel(MINUTE)
    cloud.change(car, car.plug_in)
    cloud.change(car, lambda: car.doors_open.add((0, 0)))
    await travel(MINUTE)
    await loaded.runtime_data.vehicles[fleet.BEV].async_read_now()
    await hass.async_block_till_done()
    expose(hass, entities(hass, "blauer_blitz"))
    (told,) = (await ask(GET_CAR))["cars"]
    assert (told["plugged_in"], told["charging"]) == ("yes", "yes")
    assert told["charging_power"] == "11 kW"
    finish = dt_util.parse_datetime(
        value(hass, "sensor.blauer_blitz_charging_finish"), raise_on_error=True
    )
    assert told["charging_finish"] == f"{dt_util.as_local(finish):%Y-%m-%d %H:%M}"
    assert told["open"] == ["Door front left"]


@pytest.mark.usefixtures("assist")
async def test_only_what_is_exposed_is_told(hass: HomeAssistant, ask: Ask) -> None:
    """Neither by a value nor as unknown; other cars are not there at all."""
    expose(hass, [BATTERY])
    assert await ask(GET_CAR) == {
        "cars": [{"car": "Blauer Blitz", "newest_data": "just now", "battery": "62 %"}]
    }
    answer = await ask(GET_CAR, car="Familienkutsche")
    assert answer == {"error": "There is no such car. The cars are: Blauer Blitz."}


@pytest.mark.parametrize(
    ("minutes", "age"),
    [
        (0, "just now"),
        (1, "1 min ago"),
        (119, "119 min ago"),
        (120, "2 h ago"),
        (47 * 60 + 59, "47 h ago"),
        (48 * 60, "2 days ago"),
    ],
)
@pytest.mark.usefixtures("assist")
async def test_ages(
    hass: HomeAssistant, ask: Ask, clock: ManualClock, minutes: int, age: str
) -> None:
    """What is as old as the newest does not say so again."""
    expose(hass, [BATTERY, LOCK])
    now = clock.now()
    hass.states.async_set(LOCK, "locked", {"updated_at": now.isoformat()})
    told = (now - timedelta(minutes=minutes)).isoformat()
    hass.states.async_set(BATTERY, "55", {"updated_at": told})
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["newest_data"] == "just now"
    assert car["locked"] == "yes"
    assert car["battery"] == ("55" if minutes == 0 else f"55 ({age})")


@pytest.mark.usefixtures("assist")
async def test_openings_of_other_times(
    hass: HomeAssistant, ask: Ask, clock: ManualClock
) -> None:
    """That nothing is open is as old as the oldest word on it."""
    door, window = (
        f"binary_sensor.blauer_blitz_{name}_front_left" for name in ("door", "window")
    )
    expose(hass, [door, window])
    hour_ago = (clock.now() - timedelta(hours=3)).isoformat()
    hass.states.async_set(door, "off", {"updated_at": hour_ago})
    hass.states.async_set(window, "off", {"updated_at": clock.now().isoformat()})
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["open"] == "nothing (3 h ago)"
    hass.states.async_set(door, "on", {"updated_at": hour_ago})
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["open"] == ["Door front left (3 h ago)"]
    hass.states.async_set(door, "unknown")
    hass.states.async_set(window, "unknown")
    (car,) = (await ask(GET_CAR))["cars"]
    assert "open" not in car
    assert car["unknown"] == ["Door front left", "Window front left"]


@pytest.mark.usefixtures("everything_on", "assist")
async def test_single_locks(hass: HomeAssistant, ask: Ask) -> None:
    lock = "binary_sensor.blauer_blitz_door_lock_front_left"
    expose(hass, [lock])
    hass.states.async_set(lock, "on")
    assert await ask(GET_CAR) == {
        "cars": [{"car": "Blauer Blitz", "unlocked": ["Door lock front left"]}]
    }


@pytest.mark.usefixtures("assist")
async def test_several_cars(hass: HomeAssistant, ask: Ask) -> None:
    """Without a name it is about all; a wrong one lists those there are."""
    expose(hass, entities(hass))
    answer = await ask(GET_CAR)
    names = ["Anna's Nissan", "Blauer Blitz", "Familienkutsche"]
    assert [car["car"] for car in answer["cars"]] == names
    assert (await ask(GET_CAR, car=""))["cars"] == answer["cars"]
    (car,) = (await ask(GET_CAR, car="volvo"))["cars"]
    assert (car["car"], car["fuel"]) == ("Familienkutsche", "71 %")
    answer = await ask(GET_CAR, car="Trabant")
    assert answer["error"] == (
        "There is no such car. "
        "The cars are: Anna's Nissan, Blauer Blitz, Familienkutsche."
    )


@pytest.mark.usefixtures("assist")
async def test_a_car_that_is_gone(
    hass: HomeAssistant, ask: Ask, cloud: Cloud, travel: Travel
) -> None:
    expose(hass, [BATTERY])
    await lose_by_listings(cloud, travel)
    assert await ask(GET_CAR) == {
        "cars": [{"car": "Blauer Blitz", "available": False, "unknown": ["battery"]}]
    }


# What it remembers


@pytest.fixture
async def evening(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
    clock: ManualClock,
) -> str:
    """Drive 40 km home and charge 12 kWh; return when that began."""
    began = await drive_home_and_charge(hass, post, travel, clock)
    await start_assist(hass)
    return f"{began.astimezone(clock.now().tzinfo):%Y-%m-%d %H:%M}"


@ORDINARY_DAY
@pytest.mark.usefixtures("evening")
async def test_the_diary(
    hass: HomeAssistant, hearing: MockConfigEntry, ask: Ask, cloud: Cloud
) -> None:
    """Sums and entries as the action has them, without positions, for no call."""
    asked = reads(cloud)
    await configure(hass, hearing, home_price=0.5)
    await hass.async_block_till_done(wait_background_tasks=True)
    expose(hass, [CALENDAR])
    answer = await ask(GET_DIARY, period="today")
    assert answer == {
        "car": "Blauer Blitz",
        "first_day": "2026-10-13",
        "last_day": "2026-10-13",
        "charges": 1,
        "drives": 1,
        "energy": {"total": "12 kWh", "home": 12},
        "cost": {"total": "6.00 EUR", "home": 6},
        "distance": "40 km",
        "entries": [
            {
                "kind": "charge",
                "energy": "12 kWh",
                "cost": "6.00 EUR",
                "start": "2026-10-13 18:01",
                "end": "2026-10-13 21:01",
                "place": "home",
            },
            {
                "kind": "drive",
                "distance": "40 km",
                "start": "2026-10-13 16:31",
                "end": "2026-10-13 17:01",
            },
        ],
    }
    expose(hass, entities(hass, "cost_this_month"))
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["charging_cost_this_month"] == {"total": "6.00 EUR", "home": 6}
    assert reads(cloud) == asked


@ORDINARY_DAY
@pytest.mark.usefixtures("evening")
async def test_where_drives_led(hass: HomeAssistant, ask: Ask) -> None:
    """Only a location that is exposed is told of; the calendar does not show it."""
    expose(hass, [CALENDAR, TRACKER])
    hass.config.units = US_CUSTOMARY_SYSTEM
    answer = await ask(GET_DIARY, car="blitz", kind="drive")
    (drive,) = answer["entries"]
    assert (drive["from"], drive["to"]) == ("away", "home")
    assert (answer["distance"], "energy" in answer) == ("24.9 mi", False)
    answer = await ask(GET_DIARY, kind="charge")
    assert (answer["charges"], "distance" in answer) == (1, False)
    assert str(hass.config.latitude) not in json.dumps(answer)


@ORDINARY_DAY
@pytest.mark.usefixtures("evening")
async def test_the_newest_entries_in_brief(hass: HomeAssistant, ask: Ask) -> None:
    expose(hass, entities(hass, "blauer_blitz"))
    expose(hass, [CALENDAR], is_exposed=False)
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["last_drive"] == {
        "distance": "40 km",
        "start": "2026-10-13 16:31",
        "end": "2026-10-13 17:01",
        "from": "away",
        "to": "home",
    }
    assert car["last_charge"]["energy"] == "12 kWh"
    assert car["last_charge"]["place"] == "home"
    assert car["charged_this_month"] == {"total": "12 kWh", "home": 12}
    assert GET_DIARY not in await tools(hass)


@ORDINARY_DAY
@pytest.mark.usefixtures("evening")
async def test_periods_of_a_diary(hass: HomeAssistant, ask: Ask) -> None:
    """Days that are given win; those to come are left out."""
    expose(hass, [CALENDAR])
    assert (await ask(GET_DIARY, period="yesterday"))["entries"] == []
    answer = await ask(
        GET_DIARY, first_day="2026-10-13", last_day="9999-12-31", period="yesterday"
    )
    assert (answer["last_day"], answer["drives"]) == ("2026-10-13", 1)
    answer = await ask(GET_DIARY, first_day="0001-01-01")
    assert (answer["first_day"], answer["drives"]) == ("2000-01-01", 1)
    with pytest.raises(HomeAssistantError) as refused:
        await ask(GET_DIARY, first_day="2026-10-10", last_day="2026-10-01")
    assert refused.value.translation_key == "period_ends_before"


@ORDINARY_DAY
@pytest.mark.usefixtures("evening")
async def test_a_diary_of_several_cars(
    hass: HomeAssistant, ask: Ask, post: Post, travel: Travel
) -> None:
    """A car without entries has none to ask for; of two, one must be named."""
    expose(hass, entities(hass))
    assert (await ask(GET_DIARY))["car"] == "Blauer Blitz"
    answer = await ask(GET_DIARY, car="Familienkutsche")
    assert answer == {"error": "There is no such car. The cars are: Blauer Blitz."}
    shown = float(value(hass, "sensor.familienkutsche_odometer"))
    for kilometers in (shown, shown + 30):
        driven = signal(ODOMETER, kilometers)
        driven["body"]["unit"] = "km"
        assert await post(state(driven, vehicle=fleet.PHEV)) == HTTPStatus.OK
        await travel(HOUR)
    expose(hass, entities(hass, "calendar.familienkutsche"))
    answer = await ask(GET_DIARY)
    assert answer == {
        "error": "Say which car is meant. The cars are: Blauer Blitz, Familienkutsche."
    }
    (drive,) = (await ask(GET_DIARY, car="Familienkutsche"))["entries"]
    assert (drive["distance"], drive["is_between_reports"]) == ("30 km", True)


@pytest.mark.usefixtures("cloud")
async def test_what_a_diary_lacks(hass: HomeAssistant) -> None:
    """What has no figure is counted, and what was left out is said."""
    hass.config.currency = "SEK"
    nothing = dict.fromkeys(("home", "away", "unknown"), 0)
    totals = {
        "energy": nothing | {"unknown": 3.25},
        "cost": nothing,
        "distance": 0,
        "charges": 3,
        "drives": 0,
        "without_energy": 1,
        "without_cost": 3,
        "refuels": 0,
        "fuel": 0,
    }
    charge = {
        "kind": "charge",
        "start": "2026-10-13T10:00:00+00:00",
        "end": None,
        "energy": None,
        "place": "unknown",
        "zone": None,
        "latitude": 52.5,
        "longitude": 13.4,
        "cost": None,
        "is_sum": False,
        "level_start": 20,
        "level_end": 45.5,
    }
    level = {"level_start": 45.5, "level_end": None}
    away = (
        charge | level | {"place": "away", "zone": "Work", "cost": 7.5, "energy": 3.25}
    )
    diary = {"entries": [charge, away], "is_cut": True, "totals": totals, "gaps": [{}]}
    assert diary_answer(hass, diary, with_ways=True) == {
        "charges": 3,
        "drives": 0,
        "energy": {"total": "3.25 kWh", "unknown_place": 3.25},
        "distance": "0 km",
        "entries": [
            {"kind": "charge", "level": "20 to 45.5 %", "start": "2026-10-13 03:00"},
            {
                "kind": "charge",
                "energy": "3.25 kWh",
                "cost": "7.50 SEK",
                "start": "2026-10-13 03:00",
                "place": "Work",
            },
        ],
        "without_energy": 1,
        "older_entries_left_out": True,
        "gaps_without_data": 1,
    }
    totals["cost"] = nothing | {"away": 7.5}
    answer = diary_answer(hass, diary, with_ways=True)
    assert answer["cost"] == {"total": "7.50 SEK", "away": 7.5}
    assert answer["without_cost"] == 3


@ORDINARY_DAY
async def test_refuels_and_stands(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    cloud: Cloud,
    ask: Ask,
    post: Post,
    travel: Travel,
) -> None:
    """Stands only where they are asked for, as there is one for almost every night."""
    codes = {
        "fuel": (FUEL, "percent"),
        "km": (ODOMETER, "km"),
        "level": (SOC, "percent"),
        "liters": ("internalcombustionengine-amountremaining", "liters"),
    }

    async def tell(**facts: float) -> None:
        told = []
        for name, fact in facts.items():
            code, unit = codes[name]
            told.append(signal(code, fact))
            told[-1]["body"]["unit"] = unit
        assert await post(state(*told, vehicle=fleet.PHEV)) == HTTPStatus.OK

    car = cloud.cars[fleet.PHEV]
    liters = round(car.fuel / 100 * car.spec.tank_litres, 1)
    for filled in (0, 10, 10):
        await travel(HOUR)
        await tell(fuel=71 + filled, liters=liters + filled)
    await start_assist(hass)
    expose(hass, entities(hass, "calendar.familienkutsche"))
    answer = await ask(GET_DIARY)
    assert (answer["refuels"], answer["fuel"]) == (1, "10 L")
    (refuel,) = answer["entries"]
    assert (refuel["kind"], refuel["fuel"]) == ("refuel", "10 L")
    assert refuel["level"] == "71 to 81 %"
    assert (await ask(GET_DIARY, kind="refuel"))["entries"] == [refuel]
    km = float(value(hass, "sensor.familienkutsche_odometer"))
    for level in (44, 43, 42):
        await tell(level=level, km=km)
        await travel(12 * HOUR)
    await tell(level=40, km=km + 20)
    (stand,) = (await ask(GET_DIARY, kind="stand"))["entries"]
    assert (stand["level"], stand["lost_per_day"]) == ("45 to 42 %", "2.67 %")
    kinds = [entry["kind"] for entry in (await ask(GET_DIARY))["entries"]]
    assert "stand" not in kinds


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", date(2027, 1, 31), date(2027, 1, 31)),
        ("yesterday", date(2027, 1, 30), date(2027, 1, 30)),
        ("last_7_days", date(2027, 1, 25), date(2027, 1, 31)),
        ("last_30_days", date(2027, 1, 2), date(2027, 1, 31)),
        ("this_month", date(2027, 1, 1), date(2027, 1, 31)),
        ("last_month", date(2026, 12, 1), date(2026, 12, 31)),
        ("this_year", date(2027, 1, 1), date(2027, 1, 31)),
    ],
)
def test_days_of_a_period(period: str, first: date, last: date) -> None:
    assert PERIODS[period](date(2027, 1, 31)) == (first, last)


@given(
    period=st.sampled_from(list(PERIODS)),
    given_days=st.dictionaries(st.sampled_from(["first_day", "last_day"]), st.dates()),
    today=st.dates(date(2026, 1, 1), date(2099, 12, 31)),
)
def test_days_that_cannot_be(
    period: str, given_days: dict[str, date], today: date
) -> None:
    """Whatever a model makes up, there is a day after the last, and none before."""
    arguments = GetDiaryTool([]).parameters(
        {"period": period} | {name: str(day) for name, day in given_days.items()}
    )
    first, last = days_of(arguments, today)
    assert first >= date(2000, 1, 1)
    assert last <= today
    if not given_days:
        assert (first, last) == PERIODS[period](today)


# Commands


@pytest.mark.usefixtures("assist")
async def test_nothing_is_sent_read_only(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """There are no controls then."""
    await allow(hass, loaded, "assistant_commands", "assistant_unlock", "read_only")
    expose(hass, entities(hass))
    assert set(await tools(hass)) == {GET_CAR}


@pytest.mark.usefixtures("assist")
async def test_commands_are_off_until_a_person_allows_them(
    hass: HomeAssistant, loaded: MockConfigEntry, cloud: Cloud, ask: Ask
) -> None:
    """Unlocking needs both options."""
    expose(hass, [BATTERY])
    with pytest.raises(HomeAssistantError, match="not found"):
        await ask(SEND, command="lock")
    await allow(hass, loaded, "assistant_unlock")
    assert set(await tools(hass)) == {GET_CAR}
    await allow(hass, loaded, "assistant_commands")
    assert set(await tools(hass)) == {GET_CAR, SEND, UNLOCK}
    await configure(hass, loaded, assistant_unlock=False)
    await hass.async_block_till_done()
    assert set(await tools(hass)) == {GET_CAR, SEND}
    with pytest.raises(probatio.Invalid):
        await ask(SEND, command="unlock")
    assert cloud.count("command") == 0


@pytest.fixture
async def _allowed(hass: HomeAssistant, loaded: MockConfigEntry, assist: None) -> None:
    """Allow every command for the electric car, whose battery alone is exposed."""
    await allow(hass, loaded, "assistant_commands", "assistant_unlock")
    expose(hass, [BATTERY])


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("arguments", "entity_id", "becomes"),
    [
        ({"command": "set_charge_limit", "percent": 90}, LIMIT, "90.0"),
        ({"command": "lock"}, LOCK, "locked"),
        ({"command": "start_charging"}, SWITCH, "on"),
        ({"command": "stop_charging"}, SWITCH, "off"),
    ],
)
async def test_a_command(
    hass: HomeAssistant,
    ask: Ask,
    cloud: Cloud,
    arguments: dict[str, Any],
    entity_id: str,
    becomes: str,
) -> None:
    """It goes the way of a person's; that it is done is not said."""
    car = cloud.cars[fleet.BEV]
    car.plug_in()
    if arguments["command"] == "start_charging":
        car.stop_charging()
    answer = await ask(SEND, car="Blauer Blitz", **arguments)
    assert answer == {"car": "Blauer Blitz", "result": SENT}
    assert (cloud.count("command"), value(hass, entity_id)) == (1, becomes)


@pytest.mark.usefixtures("_allowed")
async def test_unlocking(
    hass: HomeAssistant, ask: Ask, cloud: Cloud, travel: Travel
) -> None:
    """The car is told of as unlocked once it has said so; until then as assumed."""
    expose(hass, [LOCK])
    assert (await ask(UNLOCK))["result"] == SENT
    assert not cloud.cars[fleet.BEV].locked
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["locked"] == "no (assumed, not confirmed by the car)"
    await travel(61)
    (car,) = (await ask(GET_CAR))["cars"]
    assert car["locked"] == "no"


@pytest.mark.usefixtures("_allowed")
async def test_a_command_that_fails(ask: Ask, cloud: Cloud) -> None:
    """The model gets the words that a person does."""
    cloud.faults.add(Fault("command", type="VEHICLE_STATE", code="ASLEEP"))
    with pytest.raises(HomeAssistantError) as failed:
        await ask(SEND, command="lock")
    assert failed.value.translation_key == "vehicle_state_asleep"
    assert cloud.count("command") == 1


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"command": "set_charge_limit"}, "needs percent"),
        ({"command": "set_charge_limit", "percent": 80.5}, "whole number"),
        ({"command": "lock", "car": "Familienkutsche"}, "no such car"),
    ],
)
async def test_what_is_not_sent(
    ask: Ask, cloud: Cloud, arguments: dict[str, Any], says: str
) -> None:
    assert says in (await ask(SEND, **arguments))["error"]
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"command": "explode"},
        {"command": "set_charge_limit", "percent": 49},
        {"command": "set_charge_limit", "percent": 101},
        {"command": "set_charge_limit", "percent": "nan"},
        {"command": "lock", "force": True},
        {"command": "lock", "car": ["Blauer Blitz"]},
    ],
)
async def test_arguments_that_are_refused(
    ask: Ask, cloud: Cloud, arguments: dict[str, Any]
) -> None:
    with pytest.raises(probatio.Invalid):
        await ask(SEND, **arguments)
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
async def test_a_car_must_be_named_where_there_are_several(
    hass: HomeAssistant, ask: Ask, cloud: Cloud
) -> None:
    expose(hass, entities(hass))
    answer = await ask(SEND, command="lock")
    assert answer["error"].startswith("Say which car is meant. The cars are: ")
    assert "error" in await ask(UNLOCK)
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
async def test_a_command_that_a_car_does_not_take(
    hass: HomeAssistant, ask: Ask, cloud: Cloud
) -> None:
    """As one that burns fuel cannot charge."""
    expose(hass, entities(hass, "nissan"))
    answer = await ask(SEND, command="start_charging", car="Nissan")
    assert answer["error"] == "Anna's Nissan does not take this command."
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
async def test_a_car_that_cannot_be_reached(
    ask: Ask, cloud: Cloud, travel: Travel
) -> None:
    """Home Assistant would skip its entities and say nothing."""
    await lose_by_listings(cloud, travel)
    # Which listing misses the car first depends on the reads between them.
    await travel(HOUR + 1)
    answer = await ask(SEND, command="lock")
    assert answer["error"].startswith("Blauer Blitz cannot be reached now")
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
async def test_a_person_who_may_not(
    hass: HomeAssistant, ask: Ask, cloud: Cloud, hass_read_only_user: MockUser
) -> None:
    """What somebody may not do, an assistant does not do for them."""
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await ask(SEND, context, command="lock")
    with pytest.raises(Unauthorized):
        await ask(UNLOCK, context)
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
async def test_an_option_that_was_turned_off_meanwhile(
    hass: HomeAssistant, loaded: MockConfigEntry, cloud: Cloud
) -> None:
    """A conversation keeps its tools for a while."""
    tool = (await tools(hass))[SEND]
    await configure(hass, loaded, assistant_commands=False)
    await hass.async_block_till_done()
    called = llm.ToolInput(SEND, {"command": "lock"})
    result = await tool.async_call(hass, called, of())
    assert isinstance(result, llm.ToolResult)
    assert result.error
    assert result.data == {"error": "There is no such car. The cars are: none."}
    assert cloud.count("command") == 0


@pytest.mark.usefixtures("_allowed")
async def test_a_control_that_a_person_has_disabled(
    hass: HomeAssistant, ask: Ask, cloud: Cloud
) -> None:
    er.async_get(hass).async_update_entity(
        SWITCH, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert "error" in await ask(SEND, command="start_charging")
    assert cloud.count("command") == 0
