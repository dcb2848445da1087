"""What a car remembers in Home Assistant: entities, calendar, actions, its file."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components.calendar import DOMAIN as CALENDARS
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.storage import STORAGE_DIR, Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
import voluptuous as vol

from custom_components.smartcar import async_remove_config_entry_device
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.diary import MOST_UNWRITTEN
from custom_components.smartcar.diary_file import VERSION, WRITE_DELAY
from custom_components.smartcar.memory import Kind, Point
from custom_components.smartcar.stored import StoredVehicle
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .cars import (
    DAY,
    HOUR,
    MINUTE,
    reads,
    value,
)
from .conftest import ORDINARY_DAY, Tell, Travel
from .deliveries import reload
from .test_same_car import NEW, connect_again

CALENDAR = "calendar.blauer_blitz_trips_and_charges"
CAPACITY = "number.blauer_blitz_usable_capacity"
CHARGED = "sensor.blauer_blitz_charged_this_month"
CONNECTION = "sensor.blauer_blitz_charging_connection"
CONSUMPTION = "sensor.blauer_blitz_consumption"
COST = "sensor.blauer_blitz_charging_cost"
COST_OF_MONTH = "sensor.blauer_blitz_charging_cost_this_month"
LAST_CHARGE = "sensor.blauer_blitz_last_charge"
LAST_DRIVE = "sensor.blauer_blitz_last_drive"

# Degrees north of home.
HOME, AWAY = 0.0, 0.5


@pytest.fixture(autouse=True)
def _no_records(cloud: Cloud) -> None:
    """Let the car maker list no charges, but where a test is about that."""
    cloud.cars[fleet.BEV].override("charge-chargerecords", body={"values": []})


@pytest.fixture
def file(hass_storage: dict[str, Any], hearing: MockConfigEntry) -> str:
    """Return the name of the electric car's file."""
    return f"{DOMAIN}.{hearing.entry_id}.{fleet.BEV}"


@pytest.fixture
async def evening(tell: Tell, travel: Travel, clock: ManualClock) -> datetime:
    """Drive 40 km home, then charge 12 kWh; return when it was plugged in."""
    await tell(km=20_000, level=62, plug=False, charging=False, at=AWAY)
    await travel(30 * MINUTE)
    await tell(km=20_025, level=55)
    await travel(20 * MINUTE)
    await tell(km=20_040, level=52, at=HOME)
    await travel(HOUR)
    plugged_in = clock.now()
    await tell(plug=True, charging=True, added=0, level=52)
    for added in (3, 6, 9, 12):
        await travel(HOUR)
        await tell(charging=True, added=added, level=52 + added)
    await travel(HOUR)
    await tell(charging=False, status="FULLY_CHARGED")
    return plugged_in


def attributes(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return the attributes of an entity that must be there."""
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return dict(found.attributes)


def moment(text: str) -> datetime:
    """Return a time that was written with its zone."""
    time = datetime.fromisoformat(text)
    assert time.tzinfo is not None
    return time.astimezone(UTC)


@pytest.fixture
def device_id(device_registry: dr.DeviceRegistry, hearing: MockConfigEntry) -> str:
    """Return the electric car's device."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), hearing.entry_id
    )
    assert device is not None
    return device.id


@pytest.fixture
def act(hass: HomeAssistant, device_id: str) -> Callable[..., Awaitable[Any]]:
    """Return a way to take an action for the electric car; it returns the answer."""

    async def call(action: str, context: Context | None = None, **data: Any) -> Any:
        return await hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": device_id, **data},
            blocking=True,
            return_response=True,
            context=context,
        )

    return call


@ORDINARY_DAY
async def test_a_drive_and_a_charge(
    hass: HomeAssistant, cloud: Cloud, evening: datetime
) -> None:
    """They are shown with their figures and times, and cost no call."""
    assert float(value(hass, LAST_DRIVE)) == 40
    drive = attributes(hass, LAST_DRIVE)
    assert (drive["level_used"], drive["is_sum"]) == (10, False)
    assert (drive["from"], drive["to"]) == ("away", "home")
    assert float(value(hass, LAST_CHARGE)) == 12
    charge = attributes(hass, LAST_CHARGE)
    assert (charge["place"], charge["source"]) == ("home", "car")
    assert (charge["start_state_of_charge"], charge["end_state_of_charge"]) == (52, 64)
    assert moment(charge["start_time"]) == evening
    assert float(value(hass, CHARGED)) == 12
    month = attributes(hass, CHARGED)
    assert (month["home"], month["away"], month["unknown"]) == (12, 0, 0)
    assert (month["charges"], month["without_energy"]) == (1, 0)
    # The first reads, and those six hours later.
    assert set(reads(cloud).values()) == {2}


async def test_the_connection(hass: HomeAssistant, tell: Tell, travel: Travel) -> None:
    """It says in one word what cable, charging and limit say together."""
    shown = []
    for facts in (
        {"plug": False, "charging": False},
        {"plug": True},
        {"charging": True},
        {"charging": False},
        {"level": 100},
        {"plug": False},
    ):
        await travel(MINUTE)
        await tell(**facts)
        shown.append(value(hass, CONNECTION))
    assert shown == [
        "disconnected",
        "connected",
        "charging",
        "connected",
        "complete",
        "disconnected",
    ]


async def test_the_calendar(
    hass: HomeAssistant,
    tell: Tell,
    evening: datetime,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """It is on while the charge is open, and lists what was."""
    assert value(hass, CALENDAR) == "on"
    await tell(plug=False)
    await travel(HOUR)
    await tell(level=64)
    assert value(hass, CALENDAR) == "off"
    answer = await hass.services.async_call(
        CALENDARS,
        "get_events",
        {
            "entity_id": CALENDAR,
            "start_date_time": (evening - timedelta(hours=5)).isoformat(),
            "end_date_time": clock.now().isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    events = answer[CALENDAR]["events"]
    assert [event["summary"] for event in events] == [
        "Drove 40 km",
        "Charged 12.0 kWh at home",
    ]
    assert moment(events[1]["start"]) == evening


@ORDINARY_DAY
async def test_late_news_refines(
    hass: HomeAssistant, tell: Tell, evening: datetime, travel: Travel
) -> None:
    """What was measured before counts when it was, however late it comes."""
    await travel(5 * HOUR)
    # The car was at 20,025 km an hour before it told of 20,040 km for the first time.
    await tell(ago=10 * HOUR + 65 * MINUTE, km=20_030, level=54)
    assert float(value(hass, LAST_DRIVE)) == 40
    await tell(ago=5 * HOUR + 30 * MINUTE, added=12.5, charging=True)
    assert float(value(hass, LAST_CHARGE)) == 12.5
    assert float(value(hass, CHARGED)) == 12.5


async def test_the_diary_by_action(
    act: Callable[..., Awaitable[Any]], cloud: Cloud, evening: datetime
) -> None:
    """Entries come newest first, with what all of the period adds up to."""
    answer = await act("get_diary")
    assert [entry["kind"] for entry in answer["entries"]] == ["charge", "drive"]
    charge, drive = answer["entries"]
    assert (charge["energy"], charge["place"], charge["cost"]) == (12, "home", None)
    assert (drive["distance"], drive["end"] is not None) == (40, True)
    assert drive["efficiency"] == 19.2
    assert answer["totals"] == {
        "energy": {"home": 12, "away": 0, "unknown": 0},
        "cost": {"home": 0, "away": 0, "unknown": 0},
        "distance": 40,
        "fuel": 0,
        "charges": 1,
        "drives": 1,
        "refuels": 0,
        "without_energy": 0,
        "without_cost": 1,
        "without_amount": 0,
    }
    assert (answer["is_cut"], answer["gaps"]) == (False, [])
    cut = await act("get_diary", limit=1)
    assert (len(cut["entries"]), cut["is_cut"]) == (1, True)
    assert cut["totals"] == answer["totals"]
    drives = await act("get_diary", kinds="drive")
    assert (drives["totals"]["charges"], drives["totals"]["distance"]) == (0, 40)
    old = await act("get_diary", to=(evening - timedelta(days=1)).isoformat())
    assert old["entries"] == []
    # The first reads, and those six hours later.
    assert set(reads(cloud).values()) == {2}


@ORDINARY_DAY
async def test_a_charge_is_corrected(
    hass: HomeAssistant,
    act: Callable[..., Awaitable[Any]],
    tell: Tell,
    evening: datetime,
    travel: Travel,
) -> None:
    """Energy, place and money follow at once, stay with late news, and can go."""
    at = (evening + timedelta(hours=1)).isoformat()
    answer = await act("correct_charge", start=at, energy=13, place="away", price=0.5)
    assert answer["charge"]["energy"] == 13
    assert answer["charge"]["corrected"] == ["energy", "place", "price"]
    assert float(value(hass, LAST_CHARGE)) == 13
    assert attributes(hass, CHARGED)["away"] == 13
    await tell(ago=HOUR, added=12.4)
    assert float(value(hass, LAST_CHARGE)) == 13
    assert (await act("correct_charge", start=at, remove=True))["charge"] is None
    assert float(value(hass, CHARGED)) == 0
    assert (await act("get_diary"))["totals"]["charges"] == 0
    answer = await act("correct_charge", start=at, remove=False)
    assert answer["charge"]["energy"] == 13


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({}, "nothing_to_correct"),
        ({"remove": False}, "nothing_to_correct"),
        ({"cost": 3, "price": 0.2}, "cost_and_price"),
        ({"energy": -1}, "negative_energy"),
        ({"energy": 1, "start": "2020-01-01 00:00:00"}, "no_charge_then"),
    ],
)
async def test_what_cannot_be_corrected(
    act: Callable[..., Awaitable[Any]],
    evening: datetime,
    facts: dict[str, Any],
    key: str,
) -> None:
    """The error says why, and nothing changes."""
    before = await act("get_diary")
    data = {"start": (evening + timedelta(hours=1)).isoformat(), **facts}
    with pytest.raises(ServiceValidationError) as caught:
        await act("correct_charge", **data)
    assert caught.value.translation_key == key
    assert await act("get_diary") == before


@pytest.mark.parametrize(
    "data", [{"place": "somewhere"}, {"cost": "much"}, {"energy": 301}]
)
async def test_what_no_correction_is(
    act: Callable[..., Awaitable[Any]], evening: datetime, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await act("correct_charge", start=evening.isoformat(), **data)


async def test_a_period_must_begin_before_it_ends(
    act: Callable[..., Awaitable[Any]], evening: datetime
) -> None:
    period = {"from": evening.isoformat(), "to": evening.isoformat()}
    with pytest.raises(ServiceValidationError) as caught:
        await act("get_diary", **period)
    assert caught.value.translation_key == "period_ends_before"


async def test_who_may_see_and_correct(
    act: Callable[..., Awaitable[Any]],
    evening: datetime,
    hass_read_only_user: MockUser,
) -> None:
    """A person who may only look may not correct."""
    context = Context(user_id=hass_read_only_user.id)
    assert (await act("get_diary", context=context))["totals"]["charges"] == 1
    with pytest.raises(Unauthorized):
        await act(
            "correct_charge", context=context, start=evening.isoformat(), energy=1
        )


async def test_a_reload_keeps_the_diary(
    hass: HomeAssistant, hearing: MockConfigEntry, evening: datetime
) -> None:
    """An open charge goes on, and nothing is read for it."""
    before = {
        entity_id: (value(hass, entity_id), attributes(hass, entity_id))
        for entity_id in (LAST_CHARGE, LAST_DRIVE, CHARGED)
    }
    await reload(hass, hearing)
    after = {
        entity_id: (value(hass, entity_id), attributes(hass, entity_id))
        for entity_id in before
    }
    assert after == before


async def test_a_power_cut_loses_no_more_than_other_values(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hearing: MockConfigEntry,
    file: str,
    evening: datetime,
    travel: Travel,
) -> None:
    """What came since the file was written stands with the car's other values."""
    assert file in hass_storage
    await travel(31)
    stored = hass_storage[f"{DOMAIN}.{hearing.entry_id}"]
    diary = hearing.runtime_data.vehicles[fleet.BEV].diary
    shown = diary.charges(), diary.drives()
    # As after a cut: what is on the disk, with the older file of the diary.
    cut = {file: hass_storage[file], f"{DOMAIN}.{hearing.entry_id}": stored}
    assert stored["data"]["vehicles"][fleet.BEV]["points"]
    await hass.config_entries.async_unload(hearing.entry_id)
    hass_storage.update(cut)
    await travel(3 * DAY)
    await hass.config_entries.async_setup(hearing.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    diary = hearing.runtime_data.vehicles[fleet.BEV].diary
    assert (diary.charges(), diary.drives()) == shown


async def test_the_file_is_written_seldom(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    file: str,
    tell: Tell,
    travel: Travel,
) -> None:
    """Ten minutes after an entry has changed; and when much has come."""
    assert file not in hass_storage
    await tell(km=20_000, level=62)
    await travel(HOUR)
    await tell(km=20_020, level=58)
    await travel(9 * MINUTE)
    assert file not in hass_storage
    await travel(MINUTE + 1)
    assert hass_storage[file]["version"] == VERSION
    before = hass_storage.pop(file)
    for minute in range(251):
        await tell(ago=20_000 - minute, level=58 - minute % 2, plug=bool(minute % 2))
    await travel(1)
    assert file in hass_storage
    assert hass_storage[file] != before


async def test_two_writes_at_once(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    evening: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes during a write is not taken for written."""
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    points, memory = vehicle.stored.points, vehicle.diary.memory
    count, written, frozen = len(points), [], memory.frozen

    def note() -> Any:
        written.append(len(points))
        return frozen()

    monkeypatch.setattr(memory, "frozen", note)
    writes = [
        hass.async_create_task(vehicle.diary.async_flush(), eager_start=True)
        for _ in range(2)
    ]
    points.append(Point(1, Kind.LEVEL, 50.0))
    for write in writes:
        await write
    assert (written, points) == ([count, 1], [])


async def test_a_disk_that_is_full(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    evening: datetime,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, and what was not written is kept for the next time."""
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    with patch.object(Store, "async_save", side_effect=OSError(28, "No space")):
        await vehicle.diary.async_flush()
    assert "The diary of a car cannot be written (OSError)" in caplog.text
    assert vehicle.stored.points
    await vehicle.diary.async_flush()
    assert not vehicle.stored.points


async def test_what_cannot_be_written_does_not_pile_up(
    hass: HomeAssistant,
    hearing: MockConfigEntry,
    file: str,
    tell: Tell,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Some points are kept, and the disk is tried again after ten minutes."""
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    save, tried = Store.async_save, 0

    async def fail(store: Store[Any], data: Any) -> None:
        nonlocal tried
        if store.key == file:
            tried += 1
            raise OSError(28, "No space")
        await save(store, data)

    with patch.object(Store, "async_save", fail):
        for minute in range(300):
            facts = {"level": 50 + minute % 2, "plug": bool(minute % 2)}
            await tell(ago=20_000 - minute, **facts)
        await travel(1)
        await tell(level=60)
        await travel(1)
        assert (tried, len(vehicle.stored.points)) == (1, MOST_UNWRITTEN)
        await travel(WRITE_DELAY)
        assert tried == 2
    assert caplog.text.count("The diary of a car cannot be written") == 1
    await travel(WRITE_DELAY)
    assert vehicle.stored.points == []


async def test_a_correction_survives_a_power_cut(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    act: Callable[..., Awaitable[Any]],
    file: str,
    evening: datetime,
    travel: Travel,
) -> None:
    """A person's word is written at once."""
    await act("correct_charge", start=evening.isoformat(), energy=13)
    await travel(1)
    (kept,) = hass_storage[file]["data"]["memory"]["corrections"]
    assert kept[4] == 13


async def test_a_file_that_is_no_json(
    hass: HomeAssistant, hearing: MockConfigEntry, file: str, evening: datetime
) -> None:
    """Home Assistant cannot read it; the diary begins again."""
    load = Store.async_load

    async def fail(store: Store[Any]) -> Any:
        if store.key == file:
            raise HomeAssistantError
        return await load(store)

    with patch.object(Store, "async_load", fail):
        await reload(hass, hearing)
    diary = hearing.runtime_data.vehicles[fleet.BEV].diary
    assert (diary.file.problem, diary.charges()) == ("unreadable", [])


@pytest.mark.parametrize(
    ("kept", "problem", "is_kept_aside"),
    [
        ({"version": VERSION, "data": {"memory": {"journal": 5}}}, "unreadable", True),
        ({"version": VERSION + 1, "data": {}}, "newer_version", False),
    ],
)
async def test_a_file_that_cannot_be_used(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hearing: MockConfigEntry,
    file: str,
    evening: datetime,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
    kept: dict[str, Any],
    problem: str,
    is_kept_aside: bool,
) -> None:
    """It starts empty and says so; nothing is lost, and other values stay."""
    await hass.config_entries.async_unload(hearing.entry_id)
    hass_storage[file] = {"minor_version": 1, "key": file, **kept}
    await hass.config_entries.async_setup(hearing.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    vehicle = hearing.runtime_data.vehicles[fleet.BEV]
    assert (vehicle.diary.file.problem, vehicle.diary.charges()) == (problem, [])
    assert f"cannot be used ({problem})" in caplog.text
    assert float(value(hass, "sensor.blauer_blitz_battery")) == 64
    await hass.config_entries.async_unload(hearing.entry_id)
    if is_kept_aside:
        assert hass_storage[f"{file}.unreadable"]["data"] == kept["data"]
    else:
        assert hass_storage[file]["version"] == VERSION + 1


@ORDINARY_DAY
async def test_charges_that_the_car_maker_lists(
    hass: HomeAssistant,
    cloud: Cloud,
    clock: ManualClock,
    hearing: MockConfigEntry,
    act: Callable[..., Awaitable[Any]],
    tell: Tell,
    travel: Travel,
) -> None:
    """They are there from the first day, and tell more of a charge that was seen."""
    start = clock.now() - timedelta(days=1)
    record = {
        "id": "S-1",
        "startTime": start.isoformat(),
        "endTime": (start + timedelta(hours=5)).isoformat(),
        "energyAdded": 30,
        "isPublicCharger": False,
    }
    car = cloud.cars[fleet.BEV]
    car.override("charge-chargerecords", body={"values": [record]})
    await travel(6 * HOUR)
    assert float(value(hass, LAST_CHARGE)) == 30
    shown = attributes(hass, LAST_CHARGE)
    assert (shown["source"], shown["record_id"]) == ("record", "S-1")
    assert shown["is_public_charger"] is False
    assert float(value(hass, CHARGED)) == 30
    # One that the car itself tells of comes after it.
    await tell(km=20_000, level=50, plug=True, charging=True, added=0)
    await travel(HOUR)
    await tell(level=58, added=6)
    assert float(value(hass, LAST_CHARGE)) == 6
    assert "record_id" not in attributes(hass, LAST_CHARGE)
    answer = await act("get_diary")
    sources = [entry["source"] for entry in answer["entries"]]
    assert sources == ["car", "record"]


async def test_a_capacity_of_ones_own(
    hass: HomeAssistant, hearing: MockConfigEntry, tell: Tell, travel: Travel
) -> None:
    """It counts for estimates; that of the car maker brings the maker's back."""
    maker = float(value(hass, CAPACITY))
    assert attributes(hass, CAPACITY)["is_own"] is False

    async def use(capacity: float) -> None:
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": CAPACITY, "value": capacity},
            blocking=True,
        )

    await tell(level=50, km=20_000)
    await travel(3 * HOUR)
    await tell(level=60)
    assert float(value(hass, LAST_CHARGE)) == pytest.approx(maker / 10)
    await use(50)
    assert float(value(hass, LAST_CHARGE)) == 5
    assert attributes(hass, LAST_CHARGE)["source"] == "level"
    await reload(hass, hearing)
    assert (float(value(hass, CAPACITY)), attributes(hass, CAPACITY)["is_own"]) == (
        50,
        True,
    )
    await use(maker)
    assert attributes(hass, CAPACITY)["is_own"] is False
    assert float(value(hass, LAST_CHARGE)) == pytest.approx(maker / 10)


async def test_a_car_under_another_id_keeps_its_diary(
    hass: HomeAssistant,
    cloud: Cloud,
    hearing: MockConfigEntry,
    hass_storage: dict[str, Any],
    file: str,
    evening: datetime,
    travel: Travel,
) -> None:
    """In the same file, and with the statistics that it had."""

    def shown() -> tuple[str, str]:
        return value(hass, LAST_CHARGE), attributes(hass, LAST_CHARGE)["start_time"]

    before = shown()
    connect_again(cloud, fleet.BEV_SPEC.vin)
    await travel(HOUR + 1)
    vehicle = hearing.runtime_data.vehicles[NEW]
    assert vehicle.stored.diary == fleet.BEV
    assert file in hass_storage
    assert shown() == before
    await reload(hass, hearing)
    assert shown() == before
    (drive,) = hearing.runtime_data.vehicles[NEW].diary.drives()
    assert drive.distance == 40


def test_what_came_under_two_ids_is_one_diary() -> None:
    """Of the same car, as a person said."""
    one, other = StoredVehicle(), StoredVehicle()
    one.points, other.points = (
        [Point(1, Kind.LEVEL, 50.0)],
        [Point(2, Kind.LEVEL, 60.0)],
    )
    one.take_over(other)
    assert one.points == [Point(1, Kind.LEVEL, 50.0), Point(2, Kind.LEVEL, 60.0)]


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_a_removed_car_takes_its_diary_along(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hearing: MockConfigEntry,
    file: str,
    evening: datetime,
    device_registry: dr.DeviceRegistry,
    device_id: str,
    is_loaded: bool,
) -> None:
    """At once, or at the next start; what others remember stays."""
    await reload(hass, hearing)
    assert file in hass_storage
    if not is_loaded:
        await hass.config_entries.async_unload(hearing.entry_id)
    device = device_registry.async_get(device_id)
    assert device is not None
    assert await async_remove_config_entry_device(hass, hearing, device)
    if not is_loaded:
        await hass.config_entries.async_setup(hearing.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert file not in hass_storage
    await reload(hass, hearing)
    assert file not in hass_storage


async def test_a_removed_entry_takes_all_diaries_along(
    hass: HomeAssistant, hearing: MockConfigEntry, tmp_path: Path
) -> None:
    """Files that were kept aside, too; those of other entries stay."""
    hass.config.config_dir = str(tmp_path)
    folder = tmp_path / STORAGE_DIR
    folder.mkdir()
    name = f"{DOMAIN}.{hearing.entry_id}"
    for file in (f"{name}.car", f"{name}.car.unreadable", f"{DOMAIN}.other.car"):
        (folder / file).touch()
    await hass.config_entries.async_remove(hearing.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sorted(path.name for path in folder.glob(f"{DOMAIN}*.car*")) == [
        f"{DOMAIN}.other.car"
    ]


# What it cost


@pytest.fixture
async def options(
    hass: HomeAssistant, hearing: MockConfigEntry
) -> Callable[..., Awaitable[None]]:
    """Return a way to change the options, which loads the entry again."""

    async def change(**changes: Any) -> None:
        options = {**hearing.options, **changes}
        hass.config_entries.async_update_entry(hearing, options=options)
        await reload(hass, hearing)

    return change


@ORDINARY_DAY
async def test_a_fixed_price(
    hass: HomeAssistant,
    options: Callable[..., Awaitable[None]],
    tell: Tell,
    evening: datetime,
    act: Callable[..., Awaitable[Any]],
) -> None:
    """A price that is given later counts for what is not final; losses add to it."""
    assert hass.states.get(COST) is None
    await options(home_price=0.25, charging_loss=20)
    # 12 kWh in the car are 15 kWh at the meter.
    assert float(value(hass, COST)) == 3.75
    assert float(value(hass, COST_OF_MONTH)) == 3.75
    month = attributes(hass, COST_OF_MONTH)
    assert (month["home"], month["away"], month["without_cost"]) == (3.75, 0, 0)
    assert attributes(hass, LAST_CHARGE)["charging_cost"] == 3.75
    assert attributes(hass, COST)["unit_of_measurement"] == hass.config.currency
    answer = await act("get_diary")
    assert answer["totals"]["cost"]["home"] == 3.75
    assert answer["entries"][0]["currency"] == hass.config.currency
    # Another price counts for what is not final, too; none at all changes nothing.
    await options(home_price=0.5)
    assert float(value(hass, COST)) == 7.5
    await options(home_price=None)
    assert float(value(hass, COST)) == 7.5


@ORDINARY_DAY
async def test_a_charge_elsewhere(
    hass: HomeAssistant,
    options: Callable[..., Awaitable[None]],
    tell: Tell,
    evening: datetime,
    act: Callable[..., Awaitable[Any]],
) -> None:
    """It has its own price, without the losses at home."""
    await options(home_price=0.25, away_price=0.6, charging_loss=20)
    await act("correct_charge", start=evening.isoformat(), place="away")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(value(hass, COST)) == 7.2
    assert attributes(hass, COST_OF_MONTH)["away"] == 7.2
    answer = await act("correct_charge", start=evening.isoformat(), price=0.1)
    assert answer["charge"]["cost"] == 1.2
    assert float(value(hass, COST)) == 1.2
    await act("correct_charge", start=evening.isoformat(), remove=True)
    assert float(value(hass, COST)) == 0


@ORDINARY_DAY
@pytest.mark.parametrize(
    ("place", "cost", "home"), [("home", 3, 12), ("away", 6, 0), ("unknown", None, 0)]
)
async def test_a_charge_without_a_place(
    hass: HomeAssistant,
    options: Callable[..., Awaitable[None]],
    tell: Tell,
    travel: Travel,
    place: str,
    cost: float | None,
    home: float,
) -> None:
    """It counts as what the owner says."""
    await options(home_price=0.25, away_price=0.5, unknown_place=place)
    # No position and no word of home is known where it stands.
    await tell(km=20_000, level=50)
    await travel(HOUR)
    await tell(km=20_040, level=42)
    await travel(HOUR)
    await tell(plug=True, charging=True, added=0)
    await travel(2 * HOUR)
    await tell(added=12, level=57)
    assert attributes(hass, LAST_CHARGE)["place"] == place
    assert attributes(hass, LAST_CHARGE)["charging_cost"] == cost
    month = attributes(hass, CHARGED)
    assert (month["home"], month["home"] + month["away"] + month["unknown"]) == (
        home,
        12,
    )


async def test_a_price_that_changes(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    options: Callable[..., Awaitable[None]],
    tell: Tell,
    travel: Travel,
) -> None:
    """Each hour costs what it cost then, however late the news comes."""
    unit = {"unit_of_measurement": f"{hass.config.currency}/kWh"}
    hass.states.async_set("sensor.price", "0.40", unit)
    await options(home_price_entity="sensor.price")
    await tell(km=20_000, level=50, plug=True, charging=True, added=0, at=HOME)
    await travel(HOUR)
    hass.states.async_set("sensor.price", "0.10", unit)
    await travel(2 * HOUR)
    await async_wait_recording_done(hass)
    # An hour at 0.40, two at 0.10, with 3 kWh each.
    await tell(added=9, level=61)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert attributes(hass, LAST_CHARGE)["charging_cost"] == pytest.approx(
        1.8, abs=0.01
    )
    # Four of the nine had come in the first hour, as is told late.
    await tell(ago=2 * HOUR, added=4, level=55)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert attributes(hass, LAST_CHARGE)["charging_cost"] == pytest.approx(
        2.1, abs=0.01
    )
    assert float(value(hass, COST)) == pytest.approx(2.1, abs=0.01)


async def test_costs_survive(
    hass: HomeAssistant,
    options: Callable[..., Awaitable[None]],
    hearing: MockConfigEntry,
    tell: Tell,
    evening: datetime,
    travel: Travel,
) -> None:
    """What has been paid stays, also when the price is another one by then."""
    await options(home_price=0.25)
    assert float(value(hass, COST)) == 3
    await tell(plug=False)
    for _ in range(14):
        await travel(6 * HOUR)
        await tell(level=64)
    (charge,) = hearing.runtime_data.vehicles[fleet.BEV].diary.charges()
    assert charge.is_final
    await options(home_price=1)
    assert float(value(hass, COST)) == 3


@ORDINARY_DAY
async def test_a_night_stands_in_its_hours(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    options: Callable[..., Awaitable[None]],
    tell: Tell,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """Statistics have the hours when it was charged, not when that was told.

    It begins a minute past the hour.
    """
    await options(home_price=0.5)
    await tell(km=20_000, level=50, plug=True, charging=True, added=0, at=HOME)
    start = clock.now().replace(minute=0, second=0, microsecond=0)
    await travel(9 * HOUR)
    # In the morning all of the night is told, in no order.
    for hours, added in ((6, 9), (8, 3), (7, 6)):
        await tell(ago=hours * HOUR, added=added, level=50 + added)
    await tell(charging=False)
    await travel(HOUR)
    await async_wait_recording_done(hass)

    async def changes(name: str) -> list[float]:
        id_ = f"{DOMAIN}:{fleet.BEV.replace('-', '_')}_charge_{name}"
        found = await get_instance(hass).async_add_executor_job(
            statistics_during_period,
            hass,
            start,
            start + timedelta(hours=12),
            {id_},
            "hour",
            None,
            {"change"},
        )
        return [round(row["change"], 3) for row in found.get(id_, [])]

    assert (await changes("home"))[:5] == [2.95, 3, 3, 0.05, 0]
    assert (await changes("cost"))[:5] == [1.475, 1.5, 1.5, 0.025, 0]
    assert await changes("away") == []
