"""What an entry keeps on disk, and what it does with a file it cannot read."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartcar.api import Connection, Signal, Vehicle
from custom_components.smartcar.budget import CallBudget
from custom_components.smartcar.pace import ReadPace
from custom_components.smartcar.storage import (
    SAVE_DELAY,
    SmartcarStore,
    Stored,
    StoredVehicle,
)
from custom_components.smartcar.vehicle import VehicleState

ENTRY_ID = "entry"
KEY = f"smartcar.{ENTRY_ID}"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BATTERY = "tractionbattery-stateofcharge"
PERCENT = {"value": 64, "unit": "percent"}

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
    state.merge([Signal(BATTERY, "SUCCESS", PERCENT)], NOON)
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
                pace=ReadPace(last_read=NOON, quiet=2),
                last_contact=NOON,
            ),
            "car-2": StoredVehicle(),
        },
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
    assert again.vehicles["car-1"].state.body(BATTERY) == PERCENT
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


async def test_a_first_start(hass: HomeAssistant, file: Path) -> None:
    """No file is no problem."""
    store = SmartcarStore(hass, ENTRY_ID)
    assert await store.async_load() == Stored()
    assert store.problem is None


# What cannot be read

CAR = StoredVehicle().as_dict()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([], id="a list"),
        pytest.param("cars", id="a text"),
        pytest.param({}, id="empty"),
        pytest.param(kept().as_dict() | {"connections": [7]}, id="connection"),
        pytest.param(kept().as_dict() | {"connections": [{}]}, id="no connection"),
        pytest.param(kept().as_dict() | {"answered_at": "noon"}, id="time"),
        pytest.param(kept().as_dict() | {"vehicles": []}, id="no cars"),
        pytest.param(
            kept().as_dict() | {"vehicles": {"car-1": CAR | {"state": {}}}}, id="state"
        ),
        pytest.param(
            kept().as_dict() | {"vehicles": {"car-1": CAR | {"budget": None}}},
            id="budget",
        ),
    ],
)
async def test_an_unreadable_file_starts_empty(
    hass: HomeAssistant,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    data: object,
) -> None:
    """It is told once, and the next save puts it right."""
    write(file, data)
    store = SmartcarStore(hass, ENTRY_ID)

    assert await store.async_load() == Stored()
    assert store.problem == "unreadable"
    assert caplog.text.count("cannot be used (unreadable)") == 1

    await store.async_flush(kept())
    assert read(file) == kept().as_dict()


async def test_a_corrupt_file_is_put_aside(hass: HomeAssistant, file: Path) -> None:
    """Home Assistant keeps a copy of what is no JSON, and the entry starts empty."""
    file.write_text('{"version": 1, "data": {"conn')
    store = SmartcarStore(hass, ENTRY_ID)

    assert await store.async_load() == Stored()
    assert store.problem is None
    assert len(list(file.parent.glob(f"{KEY}.corrupt*"))) == 1

    await store.async_flush(kept())
    assert read(file) == kept().as_dict()


async def test_a_file_of_a_newer_version_is_left_alone(
    hass: HomeAssistant,
    file: Path,
    later: Later,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who goes back to an older version must find the values when they return."""
    write(file, {"something": "new"}, version=2)
    newer = file.read_text()
    store = SmartcarStore(hass, ENTRY_ID)

    assert await store.async_load() == Stored()
    assert store.problem == "newer_version"
    assert "cannot be used (newer_version)" in caplog.text

    store.schedule(kept)
    await later(SAVE_DELAY + 1)
    await store.async_flush(kept())
    assert file.read_text() == newer


# When it is written


async def test_changes_are_saved_together_and_soon(
    hass: HomeAssistant, file: Path, later: Later
) -> None:
    """One write for many changes, with what is so when it is written."""
    store = SmartcarStore(hass, ENTRY_ID)
    stored = kept()
    store.schedule(lambda: stored)
    stored.answered_at = NOON + timedelta(hours=1)
    store.schedule(lambda: stored)

    await later(SAVE_DELAY - 1)
    assert not file.exists()

    await later(2)
    assert read(file) == stored.as_dict()


async def test_nobody_else_reads_the_file(hass: HomeAssistant, file: Path) -> None:
    """It tells where the car is."""
    await SmartcarStore(hass, ENTRY_ID).async_flush(kept())
    assert file.stat().st_mode & 0o077 == 0


async def test_a_flush_does_not_wait(
    hass: HomeAssistant, file: Path, later: Later
) -> None:
    """What was to be saved later is saved now, and not again."""
    store = SmartcarStore(hass, ENTRY_ID)
    store.schedule(Stored)
    await store.async_flush(kept())
    assert read(file) == kept().as_dict()

    file.unlink()
    await later(SAVE_DELAY + 1)
    assert not file.exists()


async def test_removing_leaves_nothing(
    hass: HomeAssistant, file: Path, later: Later
) -> None:
    """The file goes with the entry, and what was to be saved with it."""
    store = SmartcarStore(hass, ENTRY_ID)
    await store.async_flush(kept())
    store.schedule(kept)
    await store.async_remove()

    await later(SAVE_DELAY + 1)
    assert not file.exists()
