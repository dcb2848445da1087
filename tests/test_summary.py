"""A car in brief: what it says, and what it keeps to itself."""

from datetime import UTC, timedelta
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import CONF_READ_ONLY
from custom_components.smartcar.summary import (
    Car,
    Fact,
    Summary,
    async_cars,
    async_exposed_cars,
    async_find_cars,
    async_summary,
    exposed_to,
)
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .assistants import (
    ASSISTANT,
    drive_home_and_charge,
    entities,
    expose,
    prepare,
)
from .cars import BATTERY, DAY, HOUR, LOCK
from .conftest import ORDINARY_DAY, Travel
from .deliveries import Post
from .test_availability import lose_by_listings

LOCATION = "device_tracker.blauer_blitz_location"
RANGE = "sensor.blauer_blitz_range"


@pytest.fixture(autouse=True)
def _no_records(cloud: Cloud) -> None:
    """Let the car maker list no charges."""
    cloud.cars[fleet.BEV].override("charge-chargerecords", body={"values": []})


@pytest.fixture
async def exposed(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Expose all that is in use."""
    await prepare(hass)
    expose(hass, entities(hass))


def car_of(hass: HomeAssistant, vehicle_id: str = fleet.BEV) -> Car:
    """Return a car, the electric one."""
    (car,) = (one for one in async_cars(hass) if one.vehicle_id == vehicle_id)
    return car


def summary_of(hass: HomeAssistant, vehicle_id: str = fleet.BEV) -> Summary:
    """Return what the assistant is told of a car."""
    told = exposed_to(hass, ASSISTANT)
    return async_summary(hass, car_of(hass, vehicle_id), told)


def said(summary: Summary) -> dict[str, Any]:
    """Return the values of all facts, with their units."""
    return {
        name: fact.value if fact.unit is None else (fact.value, fact.unit)
        for name, fact in summary.facts.items()
    }


# What it says


@pytest.mark.usefixtures("exposed")
async def test_a_parked_electric_car(hass: HomeAssistant, clock: ManualClock) -> None:
    summary = summary_of(hass)
    assert summary.name == "Blauer Blitz"
    assert said(summary) == {
        "location": "away",
        "battery": (62, "%"),
        "range": (265, "km"),
        "plugged_in": False,
        "charging": False,
        "charging_power": (0, "kW"),
        "charging_finish": None,
        "charge_limit": (80, "%"),
        "locked": True,
        "last_charge": None,
    }
    assert summary.newest_data == clock.now() - timedelta(seconds=2)
    assert summary.facts["battery"].updated_at == clock.now() - timedelta(seconds=2)
    assert {opening.is_on for opening in summary.openings} == {False}
    assert summary.open == summary.unlocked == summary.unclear == ()


@pytest.mark.usefixtures("exposed")
async def test_what_burns_fuel(hass: HomeAssistant) -> None:
    """It has a tank, and nothing about charging."""
    assert said(summary_of(hass, fleet.ICE)) == {
        "fuel": (58, "%"),
        "fuel_range": (469, "km"),
        "locked": True,
    }


@ORDINARY_DAY
async def test_the_newest_charge_and_drive(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """With when and where, and what the month adds up to; never a position."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    began = await drive_home_and_charge(hass, post, travel, clock)
    await prepare(hass)
    expose(hass, entities(hass, "blauer_blitz"))
    facts = summary_of(hass).facts
    drive, charge = facts["last_drive"], facts["last_charge"]
    assert (drive.value, drive.unit) == (25, "mi")
    assert (drive.details["from"], drive.details["to"]) == ("away", "home")
    assert (charge.value, charge.unit) == (12, "kWh")
    assert charge.details["place"] == "home"
    assert charge.details["start_time"].astimezone(UTC) == began + timedelta(hours=2)
    month = facts["charged_this_month"]
    assert (month.value, month.details["home"], month.details["away"]) == (12, 12, 0)
    words = json.dumps([fact.details for fact in facts.values()], default=str)
    assert str(hass.config.latitude) not in words
    assert "latitude" not in words


@pytest.mark.usefixtures("exposed")
async def test_numbers_are_as_a_person_has_them(hass: HomeAssistant) -> None:
    er.async_get(hass).async_update_entity_options(
        RANGE, "sensor", {"unit_of_measurement": "mi", "display_precision": 1}
    )
    await hass.async_block_till_done()
    assert said(summary_of(hass))["range"] == (164.8, "mi")


@pytest.mark.usefixtures("exposed")
async def test_openings(hass: HomeAssistant, cloud: Cloud, travel: Travel) -> None:
    """The flap is about charging, and what says nothing is not taken for closed."""
    car = cloud.cars[fleet.BEV]
    car.override("closure-reartrunk", body={"isOpen": None})

    def leave_open() -> None:
        car.doors_open.add((0, 0))
        car.port_open, car.locked = True, False

    cloud.change(car, leave_open)
    await travel(6 * HOUR)
    summary = summary_of(hass)
    assert [one.name for one in summary.open] == ["Door front left"]
    assert [one.name for one in summary.unclear] == ["Rear trunk"]
    assert summary.facts["locked"] == Fact(
        value=False, updated_at=summary.open[0].updated_at
    )


@pytest.mark.usefixtures("everything_on")
async def test_single_locks(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """They are told of where a person has enabled and exposed them."""
    await prepare(hass)
    expose(hass, ["binary_sensor.blauer_blitz_door_lock_front_left"])
    assert [one.is_lock for one in summary_of(hass).openings] == [True]
    cloud.cars[fleet.BEV].locked = False
    await travel(6 * HOUR)
    summary = summary_of(hass)
    assert [one.name for one in summary.unlocked] == ["Door lock front left"]
    assert not summary.open


async def test_a_command_is_assumed(
    hass: HomeAssistant, exposed: None, travel: Travel
) -> None:
    """Until the car has confirmed it."""
    await hass.services.async_call("lock", "unlock", {"entity_id": LOCK}, blocking=True)
    assert summary_of(hass).facts["locked"].is_assumed
    await travel(61)
    locked = summary_of(hass).facts["locked"]
    assert (locked.value, locked.is_assumed) == (False, False)


async def test_a_car_of_which_only_sensors_are_left(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Whatever shows a fact: a lock that is unlocked is on, as a binary sensor."""
    await hass.config_entries.async_unload(loaded.entry_id)
    hass.config_entries.async_update_entry(
        loaded, options={**loaded.options, CONF_READ_ONLY: True}
    )
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    await prepare(hass)
    expose(hass, entities(hass))
    facts = said(summary_of(hass))
    assert (facts["locked"], facts["charging"]) == (True, False)
    assert facts["charge_limit"] == (80, "%")


@pytest.mark.usefixtures("everything_on")
@pytest.mark.parametrize(("is_at_home", "place"), [(True, "home"), (False, "away")])
async def test_a_car_that_says_only_whether_it_is_at_home(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    is_at_home: bool,
    place: str,
) -> None:
    cloud.cars[fleet.BEV].override("location-isathome", body={"value": is_at_home})
    await travel(6 * HOUR)
    await prepare(hass)
    expose(hass, ["binary_sensor.blauer_blitz_at_home"])
    assert said(summary_of(hass)) == {"location": place}


async def test_a_zone(hass: HomeAssistant, exposed: None) -> None:
    hass.states.async_set(LOCATION, "Work")
    assert said(summary_of(hass))["location"] == "Work"


# What it keeps to itself


async def test_only_what_is_exposed(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """A fact of an entity that is not exposed is left out, not unknown."""
    await prepare(hass)
    assert async_exposed_cars(hass, exposed_to(hass, ASSISTANT)) == []
    expose(hass, [BATTERY])
    summary = summary_of(hass)
    assert said(summary) == {"battery": (62, "%")}
    assert summary.openings == ()
    (car,) = async_exposed_cars(hass, exposed_to(hass, ASSISTANT))
    assert car.vehicle_id == fleet.BEV


async def test_how_new_the_data_are(
    hass: HomeAssistant, loaded: MockConfigEntry, clock: ManualClock
) -> None:
    """By the sensor for it, where that is exposed; else by what is told."""
    await prepare(hass)
    assert summary_of(hass).newest_data is None
    newest = "sensor.volkswagen_id_4_newest_data"
    expose(hass, [BATTERY, newest])
    told, later = clock.now() - timedelta(hours=1), clock.now()
    hass.states.async_set(BATTERY, "60", {"updated_at": told.isoformat()})
    hass.states.async_set(newest, later.isoformat(), {"device_class": "timestamp"})
    assert summary_of(hass).newest_data == later
    expose(hass, [newest], is_exposed=False)
    assert summary_of(hass).newest_data == told


@ORDINARY_DAY
async def test_a_car_that_is_gone(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    post: Post,
    travel: Travel,
    clock: ManualClock,
    cloud: Cloud,
) -> None:
    """What it has told stands nowhere but in its diary."""
    await drive_home_and_charge(hass, post, travel, clock)
    await prepare(hass)
    expose(hass, entities(hass))
    assert summary_of(hass).is_available
    await lose_by_listings(cloud, travel)
    # Its deliveries count for a day.
    await travel(DAY)
    summary = summary_of(hass)
    assert not summary.is_available
    assert said(summary)["battery"] is None
    assert not summary.facts["battery"].is_available
    assert said(summary)["charged_this_month"] == (12, "kWh")


@pytest.mark.usefixtures("exposed")
async def test_an_entry_that_is_not_loaded(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert len(async_cars(hass)) == 3
    await hass.config_entries.async_unload(loaded.entry_id)
    assert async_cars(hass) == []


# Which car somebody means


@pytest.fixture
def _named(hass: HomeAssistant, exposed: None) -> None:
    """Call the electric car Flash, the battery juice, and put the hybrid in a place."""
    devices, areas = dr.async_get(hass), ar.async_get(hass)
    area = areas.async_create("Garage", aliases={"Carport"})
    devices.async_update_device(car_of(hass).device.id, name_by_user="Flash")
    devices.async_update_device(car_of(hass, fleet.PHEV).device.id, area_id=area.id)
    er.async_get(hass).async_update_entity(BATTERY, aliases=["Juice"])


@pytest.mark.usefixtures("_named")
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Flash", {fleet.BEV}),
        ("  flash ", {fleet.BEV}),
        ("Blauer  Blitz", {fleet.BEV}),
        ("juice", {fleet.BEV}),
        ("garage", {fleet.PHEV}),
        ("CARPORT", {fleet.PHEV}),
        ("Nissan", {fleet.ICE}),
        ("Volkswagen ID.4", {fleet.BEV}),
        ("blitz", {fleet.BEV}),
        ("the", set()),
        ("Trabant", set()),
        (" ", set()),
    ],
)
async def test_names(hass: HomeAssistant, said: str, meant: set[str]) -> None:
    found = async_find_cars(hass, async_cars(hass), said)
    assert {car.vehicle_id for car in found} == meant


@pytest.mark.usefixtures("_named")
async def test_two_cars_in_one_place(hass: HomeAssistant) -> None:
    """Both are meant, until it is said which one."""
    area = car_of(hass, fleet.PHEV).device.area_id
    dr.async_get(hass).async_update_device(
        car_of(hass, fleet.ICE).device.id, area_id=area
    )
    found = async_find_cars(hass, async_cars(hass), "garage")
    assert {car.vehicle_id for car in found} == {fleet.PHEV, fleet.ICE}
