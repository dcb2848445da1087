"""What a car remembers beside charges and drives: refuels, and stands."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from homeassistant.components.calendar import DOMAIN as CALENDARS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.diagnostics import async_get_config_entry_diagnostics
from custom_components.smartcar.diary_sensor import SmartcarDiaryDescription
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .cars import HOUR, MINUTE, ODOMETER, SOC, value
from .conftest import Travel
from .deliveries import Post, reload, signal, state

CODES = {
    "km": (ODOMETER, "km"),
    "level": (SOC, "percent"),
    "fuel": ("internalcombustionengine-fuellevel", "percent"),
    "litres": ("internalcombustionengine-amountremaining", "liters"),
    "added": ("charge-energyadded", "kWh"),
}
USERS = {
    fleet.BEV: fleet.USER_1,
    fleet.ICE: fleet.USER_2,
    fleet.PHEV: fleet.USER_1,
}

CALENDAR = "calendar.anna_s_nissan_trips_and_charges"
FUEL_CONSUMPTION = "sensor.anna_s_nissan_fuel_consumption"
FULL_CHARGE = "sensor.blauer_blitz_energy_per_full_charge"
STANDING_LOSS = "sensor.blauer_blitz_standing_loss"

# What is in the tank at the start.
LITRES = 31.9

type Tell = Callable[..., Awaitable[None]]


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable what is disabled at first."""
    with patch.object(
        SmartcarDiaryDescription, "is_enabled_at_first", return_value=True
    ):
        yield


@pytest.fixture
def tell(hearing: MockConfigEntry, post: Post, clock: ManualClock) -> Tell:
    """Return a way to deliver what a car tells, the one with an engine at first."""

    async def deliver(vehicle: str = fleet.ICE, **facts: float) -> None:
        told = []
        for name, fact in facts.items():
            code, unit = CODES[name]
            told.append(signal(code, fact, clock.now()))
            told[-1]["body"]["unit"] = unit
        frame = state(*told, vehicle=vehicle, user=USERS[vehicle])
        assert await post(frame) == HTTPStatus.OK

    return deliver


async def entries(
    hass: HomeAssistant, entry: MockConfigEntry, vehicle: str, *kinds: str
) -> Any:
    """Return what the action answers of a car."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, vehicle), entry.entry_id
    )
    assert device is not None
    return await hass.services.async_call(
        DOMAIN,
        "get_diary",
        {"device_id": device.id, **({"kinds": list(kinds)} if kinds else {})},
        blocking=True,
        return_response=True,
    )


async def summaries(hass: HomeAssistant, clock: ManualClock) -> list[str]:
    """Return what the calendar of the car with an engine says of the last days."""
    answer = await hass.services.async_call(
        CALENDARS,
        "get_events",
        {
            "entity_id": CALENDAR,
            "start_date_time": (clock.now() - timedelta(days=3)).isoformat(),
            "end_date_time": (clock.now() + timedelta(days=1)).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    return [event["summary"] for event in answer[CALENDAR]["events"]]


@pytest.fixture
async def refueled(tell: Tell, travel: Travel, clock: ManualClock) -> datetime:
    """Drive 120 km on 8.4 litres, and refuel 30 litres; return when that was told."""
    await travel(HOUR)
    km, litres = fleet.ICE_ODOMETER + 120, LITRES - 8.4
    await tell(km=km, fuel=43, litres=litres)
    await travel(10 * MINUTE)
    time = clock.now()
    await tell(km=km, fuel=97, litres=litres + 30)
    await travel(MINUTE)
    return time


async def test_a_refuel_by_action(
    hass: HomeAssistant, hearing: MockConfigEntry, refueled: datetime
) -> None:
    """It has litres and levels, between the reports around it."""
    answer = await entries(hass, hearing, fleet.ICE)
    refuel, drive = answer["entries"][:2]
    assert (refuel["kind"], drive["kind"]) == ("refuel", "drive")
    assert (refuel["amount"], refuel["is_sum"]) == (30, False)
    assert (refuel["level_start"], refuel["level_end"]) == (43, 97)
    start, after = (datetime.fromisoformat(refuel[k]) for k in ("start", "start_after"))
    assert start.timestamp() == int(refueled.timestamp())
    assert start - after == timedelta(minutes=10)
    totals = answer["totals"]
    assert (totals["refuels"], totals["fuel"], totals["without_amount"]) == (1, 30, 0)
    only = await entries(hass, hearing, fleet.ICE, "charge", "drive")
    assert (only["totals"]["refuels"], only["totals"]["fuel"]) == (0, 0)


async def test_a_refuel_in_the_calendar(
    hass: HomeAssistant, refueled: datetime, clock: ManualClock
) -> None:
    """It is said in the units of the instance."""
    assert (await summaries(hass, clock))[-1] == "Refueled 30 L to 97 %"
    hass.config.units = US_CUSTOMARY_SYSTEM
    assert (await summaries(hass, clock))[-1] == "Refueled 8 gal to 97 %"


async def test_a_refuel_by_percent_only(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    tell: Tell,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """Its litres are unknown, and counted as such."""
    await travel(HOUR)
    await tell(fuel=90)
    await travel(MINUTE)
    answer = await entries(hass, hearing, fleet.ICE, "refuel")
    (refuel,) = answer["entries"]
    assert (refuel["amount"], refuel["is_sum"]) == (None, True)
    assert answer["totals"]["without_amount"] == 1
    assert "About then: Refueled to 90 %" in await summaries(hass, clock)


async def test_a_refuel_outlives_a_restart(
    hass: HomeAssistant, hearing: MockConfigEntry, refueled: datetime
) -> None:
    before = await entries(hass, hearing, fleet.ICE)
    await reload(hass, hearing)
    assert await entries(hass, hearing, fleet.ICE) == before


async def test_fuel_consumption(
    hass: HomeAssistant, refueled: datetime, tell: Tell, travel: Travel
) -> None:
    """It counts both sides of a refuel, and follows the litres at once."""
    shown = hass.states.get(FUEL_CONSUMPTION)
    assert shown is not None
    assert float(shown.state) == 7
    assert (shown.attributes["distance"], shown.attributes["left_out"]) == (120, 0)
    assert shown.attributes["unit_of_measurement"] == "L/100 km"
    await travel(HOUR)
    await tell(km=fleet.ICE_ODOMETER + 220, fuel=83, litres=LITRES + 13.6)
    # 16.4 litres on 220 km.
    assert float(value(hass, FUEL_CONSUMPTION)) == 7.5


async def test_no_fuel_consumption_of_a_hybrid(
    hass: HomeAssistant, hearing: MockConfigEntry, tell: Tell, travel: Travel
) -> None:
    """How far it drove on fuel is unknown."""
    await travel(HOUR)
    await tell(fleet.PHEV, km=fleet.PHEV_ODOMETER + 200, litres=16.0)
    ids = {row.unique_id for row in er.async_get(hass).entities.values()}
    assert f"{fleet.PHEV}_last_drive" in ids
    assert f"{fleet.PHEV}_fuel_consumption" not in ids


@pytest.fixture
async def stood(
    cloud: Cloud, tell: Tell, travel: Travel, clock: ManualClock
) -> datetime:
    """Stand for a day, lose 2 points, and drive; return when the stand began."""
    car = cloud.cars[fleet.BEV]
    await tell(fleet.BEV, km=car.odometer + 5, level=60)
    began = clock.now()
    for hours, level in ((6, 60), (12, 59), (24, 58)):
        car.override(ODOMETER, body={"value": car.odometer + 5, "unit": "km"})
        car.override(SOC, body={"value": level, "unit": "percent"})
        await travel(began.timestamp() + hours * HOUR - clock.now().timestamp())
        await tell(fleet.BEV, km=car.odometer + 5, level=level)
    await travel(HOUR)
    await tell(fleet.BEV, km=car.odometer + 45, level=50)
    return began


@pytest.mark.usefixtures("all_enabled")
async def test_standing_loss(
    hass: HomeAssistant, hearing: MockConfigEntry, stood: datetime
) -> None:
    """It is what the last stand took in a day; with its times and levels."""
    shown = hass.states.get(STANDING_LOSS)
    assert shown is not None
    assert float(shown.state) == 2
    assert shown.attributes["unit_of_measurement"] == "%/d"
    assert shown.attributes["start_state_of_charge"] == 60
    assert shown.attributes["end_state_of_charge"] == 58
    start = datetime.fromisoformat(shown.attributes["start_time"])
    assert start.timestamp() == int(stood.timestamp())
    answer = await entries(hass, hearing, fleet.BEV, "stand")
    (stand,) = answer["entries"]
    assert (stand["kind"], stand["loss"], stand["is_final"]) == ("stand", 2, False)
    usual = await entries(hass, hearing, fleet.BEV)
    assert "stand" not in {entry["kind"] for entry in usual["entries"]}


async def test_they_are_counted_in_the_diagnostics(
    hass: HomeAssistant, hearing: MockConfigEntry, refueled: datetime, stood: datetime
) -> None:
    told = await async_get_config_entry_diagnostics(hass, hearing)
    counts = {car["car"]["model"]: car["diary"] for car in told["vehicles"]}
    assert (counts["Qashqai"]["refuels"], counts["Qashqai"]["stands"]) == (1, 0)
    assert (counts["ID.4"]["refuels"], counts["ID.4"]["stands"]) == (0, 1)


@pytest.mark.usefixtures("all_enabled")
async def test_energy_per_full_charge(
    hass: HomeAssistant, hearing: MockConfigEntry, tell: Tell, travel: Travel
) -> None:
    """It is unknown before there are five charges that tell of it."""
    km = fleet.BEV_ODOMETER
    shown = []
    for more in range(6):
        await travel(20 * MINUTE)
        km += 50
        await tell(fleet.BEV, km=km, level=40)
        shown.append(value(hass, FULL_CHARGE))
        await travel(5 * MINUTE)
        await tell(fleet.BEV, added=0)
        await travel(20 * MINUTE)
        await tell(fleet.BEV, level=80, added=30 + more)
    # A drive ends each charge of 40 points, the last one not yet.
    assert shown == [*["unknown"] * 5, "80.0"]
