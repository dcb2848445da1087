"""What an entry keeps on disk, and what it does with a file it cannot read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartcar import storage
from custom_components.smartcar.api import Connection, Signal, Vehicle
from custom_components.smartcar.car.state import VehicleState
from custom_components.smartcar.polling.budget import CallBudget
from custom_components.smartcar.polling.pace import ReadPace
from custom_components.smartcar.push.log import PushLog
from custom_components.smartcar.storage import (
    SAVE_DELAY,
    WRITE_AHEAD_SECONDS,
    SmartcarStore,
)
from custom_components.smartcar.stored import Stored, StoredVehicle

from .cars import SOC

# What is stored was noted before.
pytestmark = pytest.mark.start("2026-11-25T12:00:00+00:00")

ENTRY_ID = "entry"
KEY = f"smartcar.{ENTRY_ID}"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PERCENT = {"value": 64, "unit": "percent"}
SECRET = "what nobody may read"

type Later = Callable[[float], Awaitable[None]]


@pytest.fixture
def hass_storage() -> None:
    """Write to a real disk here, where other tests have none."""


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Let Home Assistant live in a directory of the test's own."""
    return str(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the entry's file, which is not there yet."""
    (tmp_path / ".storage").mkdir()
    return tmp_path / ".storage" / KEY


@pytest.fixture
def later(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Later:
    """Return a way to let seconds pass."""

    async def pass_time(seconds: float) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    return pass_time


@pytest.fixture
def store(hass: HomeAssistant) -> SmartcarStore:
    """Return the entry's store."""
    return SmartcarStore(hass, ENTRY_ID)


def connection(number: int, **vehicle: Any) -> Connection:
    """Return a connection to a car."""
    details: dict[str, Any] = {"make": "Volkswagen", "model": "ID.4", "year": 2023}
    return Connection(
        id=f"connection-{number}",
        user_id=f"user-{number}",
        vehicle=Vehicle(
            id=f"car-{number}", powertrain="BEV", mode="live", **details | vehicle
        ),
        permissions=frozenset({"read_battery", "control_charge"}),
        updated_at=NOON - timedelta(days=number),
    )


def kept() -> Stored:
    """Return what an entry with a car has to keep."""
    state = VehicleState()
    state.merge([Signal(SOC, "SUCCESS", PERCENT)], NOON)
    return Stored(
        connections=(
            connection(1),
            connection(2, make="", model="", year=None),
        ),
        answered_at=NOON,
        vehicles={
            "car-1": StoredVehicle(
                state=state,
                budget=CallBudget(used=7, month="2026-11"),
                pace=ReadPace(last_read=NOON, without_news=2),
                last_contact=NOON,
            ),
            "car-2": StoredVehicle(),
        },
        moved={"car-0": "car-1"},
    )


def write(file: Path, data: object, version: int = 1) -> None:
    """Write a file as Home Assistant does."""
    file.write_text(
        json.dumps({"version": version, "minor_version": 1, "key": KEY, "data": data})
    )


def read(file: Path) -> object:
    """Return the data of a file."""
    return json.loads(file.read_text())["data"]


# What comes back


async def test_everything_comes_back(hass: HomeAssistant, file: Path) -> None:
    """A restart loses nothing: who may do what, the values, the tally."""
    stored = kept()
    await SmartcarStore(hass, ENTRY_ID).async_flush(stored)

    store = SmartcarStore(hass, ENTRY_ID)
    again = await store.async_load()

    assert again == stored
    assert again.vehicles["car-1"].state.body(SOC) == PERCENT
    assert again.connections[0].permissions == {"read_battery", "control_charge"}
    assert store.problem is None


@pytest.mark.parametrize("updated_at", [None, NOON])
def test_a_connection_may_have_no_time(updated_at: datetime | None) -> None:
    """Smartcar does not promise one."""
    stored = Stored(
        connections=(
            Connection(
                "connection", "user", connection(1).vehicle, frozenset(), updated_at
            ),
        )
    )
    assert Stored.from_dict(json.loads(json.dumps(stored.as_dict()))) == stored


async def test_a_first_start(store: SmartcarStore, file: Path) -> None:
    """No file is no problem."""
    assert await store.async_load() == Stored()
    assert store.problem is None


# What cannot be read

NAIVE = "2026-11-22T12:00:00"
UNZONED = {"status": {"error": None, "asked": NAIVE, "sequence": 0}, "value": None}
CAR = StoredVehicle().as_dict()


@pytest.mark.parametrize("data", [[], "cars", 7], ids=["list", "text", "number"])
async def test_an_unreadable_file_starts_empty(
    store: SmartcarStore,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    data: object,
) -> None:
    """It is told once, and the next save puts it right."""
    write(file, data)
    assert await store.async_load() == Stored()
    assert store.problem == "unreadable"
    assert caplog.text.count("cannot be used (unreadable)") == 1

    await store.async_flush(kept())
    assert read(file) == kept().as_dict()


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("state", {}),
        ("state", {"signals": {SOC: SECRET}}),
        ("budget", None),
        ("budget", {"used": SECRET}),
        ("pace", {"last_read": SECRET}),
        ("last_contact", SECRET),
        ("last_contact", NAIVE),
        ("empty_since", 5),
        ("command_since", []),
        ("absence", {}),
        ("confirmations", SECRET),
        ("incapable", {SECRET: 7}),
        ("rhythm", {"latest": SECRET}),
        ("owner_errors", {"reports": [SECRET]}),
        ("owner_errors", {"good": {"user": None}}),
        ("owner_errors", {"reports": [["user", "code", NAIVE, 0, False]]}),
        ("pace", {"commanded_at": NAIVE}),
        ("pace", 7),
        ("budget", {"used": 1, "month": "2026-11", "entered_at": NAIVE}),
        ("budget", {"used": 1, "month": "2026-11", "other": [SECRET]}),
        ("logins", {"newest": {"mark": NAIVE}}),
        ("logins", [SECRET]),
        ("rhythm", {"pause": SECRET}),
        ("state", VehicleState().as_dict() | {"energy": {"measured": NAIVE}}),
        ("state", VehicleState().as_dict() | {"odometer": {"lower": [[NAIVE, 1]]}}),
        ("state", VehicleState().as_dict() | {"signals": {SOC: UNZONED}}),
    ],
    ids=str,
)
async def test_a_broken_part_of_a_car_costs_no_other(
    store: SmartcarStore,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    part: str,
    broken: object,
) -> None:
    """It starts as for a new car; the calls of the month and other cars are kept."""
    data = kept().as_dict()
    data["vehicles"]["car-2"] = kept().as_dict()["vehicles"]["car-1"]
    data["vehicles"]["car-1"][part] = broken
    write(file, data)
    found = await store.async_load()
    expected = kept()
    expected.vehicles["car-2"] = kept().vehicles["car-1"]
    setattr(expected.vehicles["car-1"], part, getattr(StoredVehicle(), part))
    assert found == expected
    assert store.problem == "partly_unreadable"
    assert f"left out: {part}\n" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("part", "broken", "left"),
    [
        pytest.param("connections", [7], {"connections": ()}, id="connection"),
        pytest.param("connections", [{}], {"connections": ()}, id="no connection"),
        pytest.param("connections", {}, {"connections": ()}, id="no connections"),
        pytest.param("answered_at", "noon", {"answered_at": None}, id="time"),
        pytest.param("vehicles", [], {"vehicles": {}}, id="no cars"),
        pytest.param("vehicles", {"car-1": 7}, {"vehicles": {}}, id="no car"),
        pytest.param("push", {"events": 7}, {"push": PushLog()}, id="push"),
    ],
)
async def test_a_broken_part_of_the_entry_costs_no_other(
    store: SmartcarStore, file: Path, part: str, broken: object, left: dict[str, Any]
) -> None:
    """What can be read is kept."""
    write(file, kept().as_dict() | {part: broken})
    assert await store.async_load() == replace(kept(), **left)
    assert store.problem == "partly_unreadable"


async def test_a_corrupt_file_is_put_aside(store: SmartcarStore, file: Path) -> None:
    """Home Assistant keeps a copy of what is no JSON, and the entry starts empty."""
    file.write_text('{"version": 1, "data": {"conn')
    assert await store.async_load() == Stored()
    assert store.problem is None
    assert len(list(file.parent.glob(f"{KEY}.corrupt*"))) == 1

    await store.async_flush(kept())
    assert read(file) == kept().as_dict()


async def test_a_file_of_a_newer_version_is_left_alone(
    store: SmartcarStore,
    file: Path,
    later: Later,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who goes back to an older version must find the values when they return."""
    write(file, {"something": "new"}, version=2)
    newer = file.read_text()
    assert await store.async_load() == Stored()
    assert store.problem == "newer_version"
    assert "cannot be used (newer_version)" in caplog.text

    store.schedule(kept)
    await later(SAVE_DELAY + 1)
    await store.async_flush(kept())
    assert file.read_text() == newer


# When it is written


async def test_changes_are_saved_together_and_soon(
    store: SmartcarStore, file: Path, later: Later
) -> None:
    """One write for many changes, with what is so when it is written."""
    stored = kept()
    store.schedule(lambda: stored)
    stored.answered_at = NOON + timedelta(hours=1)
    store.schedule(lambda: stored)

    await later(SAVE_DELAY - 1)
    assert not file.exists()

    await later(2)
    assert read(file) == stored.as_dict()


@pytest.mark.parametrize("pause", [3, 20, 29])
async def test_changes_without_end_put_off_no_write(
    store: SmartcarStore, file: Path, later: Later, pause: float
) -> None:
    """It is due half a minute after the first change, however many follow."""
    stored = kept()
    for number in range(int(SAVE_DELAY / pause)):
        assert not file.exists()
        stored.answered_at = NOON + timedelta(minutes=number)
        store.schedule(lambda: stored)
        await later(pause)
    await later(SAVE_DELAY % pause + 1)
    assert read(file) == stored.as_dict()

    stored.answered_at = NOON - timedelta(hours=1)
    store.schedule(lambda: stored)
    await later(SAVE_DELAY - 1)
    assert read(file) != stored.as_dict()
    await later(1.01)
    assert read(file) == stored.as_dict()


async def test_a_call_is_written_at_once(
    store: SmartcarStore, file: Path, later: Later
) -> None:
    """Before anything else that is due, but not more than once a second."""
    stored = kept()
    store.schedule(lambda: stored)
    store.schedule(lambda: stored, at_once=True)
    await later(0.01)
    assert read(file) == stored.as_dict()

    stored.answered_at = NOON + timedelta(hours=1)
    store.schedule(lambda: stored, at_once=True)
    await later(0)
    assert read(file) != stored.as_dict()
    await later(1)
    assert read(file) == stored.as_dict()


async def test_a_write_after_a_flush_is_due_from_the_next_change(
    store: SmartcarStore, file: Path, later: Later
) -> None:
    """A flush takes nothing of the time of what changes after it."""
    stored = kept()
    store.schedule(lambda: stored)
    await later(SAVE_DELAY - 1)
    await store.async_flush(stored)
    stored.answered_at = None
    store.schedule(lambda: stored)
    await later(SAVE_DELAY - 1)
    assert read(file) == kept().as_dict()
    await later(1.01)
    assert read(file) == stored.as_dict()


# What is encoded


def fleet(cars: int) -> Stored:
    """Return what an entry with some cars has to keep."""
    stored = kept()
    stored.vehicles = {f"car-{number}": StoredVehicle() for number in range(cars)}
    return stored


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[StoredVehicle]:
    """Return the cars that are encoded, in order."""
    cars: list[StoredVehicle] = []
    as_dict = StoredVehicle.as_dict

    def note(car: StoredVehicle) -> dict[str, Any]:
        cars.append(car)
        return as_dict(car)

    monkeypatch.setattr(StoredVehicle, "as_dict", note)
    return cars


async def test_only_the_car_that_has_changed_is_encoded(
    store: SmartcarStore, file: Path, later: Later, encoded: list[StoredVehicle]
) -> None:
    """The others stand in the file as before, and so does a car that has gone."""
    stored = fleet(3)
    await store.async_flush(stored)
    assert len(encoded) == 3
    encoded.clear()

    car = stored.vehicles["car-1"]
    car.confirmations = 2
    store.schedule(lambda: stored, vehicle_id="car-1")
    await later(SAVE_DELAY + 1)
    assert list(map(id, encoded)) == [id(car)]
    assert read(file) == stored.as_dict()
    encoded.clear()

    car.confirmations = 1
    await store.async_write_ahead(stored, "car-1")
    assert list(map(id, encoded)) == [id(car)]
    assert read(file) == stored.as_dict()
    encoded.clear()

    stored.forget("car-2")
    del stored.vehicles["car-0"]
    store.schedule(lambda: stored, vehicle_id="car-0")
    await later(SAVE_DELAY + 1)
    assert list(map(id, encoded)) == [id(stored.vehicles["car-2"])]
    assert read(file) == stored.as_dict()


@pytest.mark.parametrize("how", ["any", "end"])
async def test_any_car_may_have_changed(
    hass: HomeAssistant, store: SmartcarStore, file: Path, later: Later, how: str
) -> None:
    """Where no car is named, and at the end, all are written as they are."""
    stored = fleet(3)
    await store.async_flush(stored)
    for number, car in enumerate(stored.vehicles.values()):
        car.confirmations = number
    store.schedule(lambda: stored, vehicle_id="car-0")
    if how == "any":
        store.schedule(lambda: stored)
        await later(SAVE_DELAY + 1)
    else:
        hass.set_state(CoreState.final_write)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await hass.async_block_till_done()
    assert read(file) == stored.as_dict()


@pytest.mark.parametrize("how", ["due", "flush"])
async def test_the_loop_has_a_turn_after_each_car(
    hass: HomeAssistant,
    file: Path,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    """A car that changes in the turn of another is written as it is then."""
    store, stored, log = SmartcarStore(hass, ENTRY_ID), fleet(4), list[str]()
    cars, encode = list(stored.vehicles.values()), StoredVehicle.encode

    def turn() -> None:
        log.append("turn")
        cars[0].confirmations += 1
        store.schedule(lambda: stored, vehicle_id="car-0")

    def note(car: StoredVehicle) -> storage.Encoded:
        if not car.is_encoded:
            log.append("car")
            if len(log) < 2 * len(cars):
                hass.loop.call_soon(turn)
        return encode(car)

    monkeypatch.setattr(StoredVehicle, "encode", note)
    if how == "due":
        store.schedule(lambda: stored)
        await later(SAVE_DELAY + 1)
    else:
        await store.async_flush(stored)
    # The last one is the first car again, which has changed since.
    assert log == ["car", "turn"] * len(cars) + ["car"]
    assert cars[0].confirmations == len(cars)
    assert read(file) == stored.as_dict()


async def test_a_file_that_is_removed_meanwhile_stays_away(
    hass: HomeAssistant,
    file: Path,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A save that is under way then writes nothing."""
    store, stored, encode = (
        SmartcarStore(hass, ENTRY_ID),
        fleet(2),
        StoredVehicle.encode,
    )

    def remove(car: StoredVehicle) -> storage.Encoded:
        hass.async_create_task(store.async_remove())
        return encode(car)

    monkeypatch.setattr(StoredVehicle, "encode", remove)
    store.schedule(lambda: stored)
    await later(SAVE_DELAY)
    await later(SAVE_DELAY)
    assert not file.exists()


# What cannot be written

HALF = "\ud83d"


@pytest.mark.parametrize(
    ("spoil", "left_out", "lost"),
    [
        pytest.param(
            lambda car: car.incapable.update({HALF: "mark"}),
            "incapable",
            {"incapable": {}},
            id="text",
        ),
        pytest.param(
            lambda car: setattr(car, "confirmations", 10**30),
            "confirmations",
            {"confirmations": 0},
            id="number",
        ),
        pytest.param(
            lambda car: car.state.merge([Signal(HALF, "SUCCESS", {"value": 1})], NOON),
            "signals",
            {},
            id="signal",
        ),
        pytest.param(
            lambda car: car.state.rejected.update({HALF: 1}), "", {}, id="not stored"
        ),
    ],
)
async def test_what_cannot_be_written_keeps_no_other_off_the_disk(
    store: SmartcarStore,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[StoredVehicle], object],
    left_out: str,
    lost: dict[str, Any],
) -> None:
    """Only the part itself is left out, and named once, without its content."""
    stored = kept()
    spoil(stored.vehicles["car-1"])
    for _ in range(2):
        await store.async_flush(stored)
    expected = kept()
    expected.vehicles["car-1"] = replace(expected.vehicles["car-1"], **lost)
    assert read(file) == expected.as_dict()
    told = f"cannot be written and is left out: {left_out}\n"
    assert caplog.text.count(told) == bool(left_out)
    assert HALF not in caplog.text
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []


async def test_a_connection_and_a_car_that_cannot_be_written(
    store: SmartcarStore, file: Path
) -> None:
    """The others are."""
    stored = kept()
    stored.connections += (connection(3, make=HALF),)
    stored.vehicles[HALF] = StoredVehicle()
    await store.async_flush(stored)
    assert read(file) == kept().as_dict()


@pytest.mark.parametrize("error", [OSError(28, "full"), PermissionError(13, "no")])
async def test_a_disk_that_fails(
    store: SmartcarStore,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: OSError,
) -> None:
    """It is told, it stops nobody, and the next write is tried."""
    with monkeypatch.context() as patched:
        patched.setattr(Store, "_async_write_data", AsyncMock(side_effect=error))
        await store.async_write_ahead(kept())
    assert f"cannot be written ({type(error).__name__})" in caplog.text
    assert not file.exists()
    await store.async_write_ahead(kept())
    assert read(file) == kept().as_dict()


async def test_a_disk_that_does_not_answer(
    hass: HomeAssistant,
    store: SmartcarStore,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody waits for it for long, and what was to be written is, later."""
    assert WRITE_AHEAD_SECONDS == 5
    answers = asyncio.Event()
    write_data = Store._async_write_data  # noqa: SLF001 - the disk

    async def hang(store: Store[Any], data: dict[str, Any]) -> None:
        await answers.wait()
        await write_data(store, data)

    monkeypatch.setattr(Store, "_async_write_data", hang)
    monkeypatch.setattr(storage, "WRITE_AHEAD_SECONDS", 0)
    await store.async_write_ahead(kept())
    assert "The disk does not answer" in caplog.text
    assert not file.exists()
    answers.set()
    await hass.async_block_till_done()
    assert read(file) == kept().as_dict()


@pytest.mark.parametrize("is_removed", [False, True])
async def test_what_is_due_is_written_once(
    store: SmartcarStore, file: Path, later: Later, is_removed: bool
) -> None:
    """A flush does not wait, and a file that goes takes along what is due."""
    store.schedule(Stored)
    await store.async_flush(kept())
    assert read(file) == kept().as_dict()
    # It tells where the car is.
    assert file.stat().st_mode & 0o077 == 0

    if is_removed:
        store.schedule(kept)
        await store.async_remove()
        assert not file.exists()
    else:
        file.unlink()
    await later(SAVE_DELAY + 1)
    assert not file.exists()


# A car under another id


def test_calls_under_two_ids_are_added() -> None:
    """Those of the same month; the car was heard of when either was."""
    month = {"month": "2026-11"}
    stored = Stored(
        vehicles={
            "old": StoredVehicle(budget=CallBudget(used=7, **month), absence="lost"),
            "new": StoredVehicle(budget=CallBudget(used=2, **month), last_contact=NOON),
            "past": StoredVehicle(budget=CallBudget(used=9, month="2026-10")),
        }
    )
    stored.move("old", "new")
    assert stored.vehicles.keys() == {"new", "past"}
    car = stored.vehicles["new"]
    assert (car.budget.used, car.last_contact, car.absence) == (9, NOON, None)
    stored.move("past", "new")
    assert stored.vehicles["new"].budget.used == 9
    assert stored.moved == {"old": "new", "past": "new"}


def test_an_id_that_moves_on_is_followed() -> None:
    """To where it is now; what comes back to an id has not left it."""
    stored = Stored()
    stored.move("one", "two")
    stored.move("two", "three")
    assert stored.moved == {"one": "three", "two": "three"}
    stored.move("three", "one")
    assert stored.moved == {"two": "one", "three": "one"}
