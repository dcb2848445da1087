"""Blueprints that tell a person what is the matter with the car."""

from typing import Any

import pytest

from tests.cars import HOUR, MINUTE
from tests.conftest import ORDINARY_DAY

from .household import Home, promised

pytestmark = ORDINARY_DAY


# In the evening


PLUGGED_OUT = {"level": 35, "plug": False, "at": 0.0}


@pytest.mark.parametrize(
    ("told", "inputs", "reminded"),
    [
        pytest.param(PLUGGED_OUT, {}, True, id="at home"),
        pytest.param(PLUGGED_OUT | {"plug": True}, {}, False, id="plugged in"),
        pytest.param(PLUGGED_OUT | {"level": 40}, {}, False, id="full enough"),
        pytest.param(PLUGGED_OUT | {"at": 0.5}, {}, False, id="elsewhere"),
        pytest.param(
            PLUGGED_OUT | {"at": 0.5}, {"location": ""}, True, id="anywhere will do"
        ),
        pytest.param(
            PLUGGED_OUT, {"recent": {"hours": 3}}, False, id="nothing new since four"
        ),
    ],
)
async def test_plug_in(
    home: Home, told: dict[str, Any], inputs: dict[str, Any], reminded: bool
) -> None:
    """At eight, if the car should be plugged in and its news are recent enough."""
    await home.use("plug_in", **inputs)
    await home.tell(**told)
    await home.travel_until(20)
    assert home.texts() == (
        ["The battery is at 35 %, and the car is not plugged in."] if reminded else []
    )
    await home.travel_until(20)
    assert len(home.texts()) == reminded
    assert home.used() == promised("plug_in")[0]


# By what happens to the car


async def happen(home: Home, kind: str) -> None:
    """Let the car's activity show something that happened now."""
    now = home.clock.now().isoformat(timespec="milliseconds")
    home.hass.states.async_set(
        home.entity("event", "activity"), now, {"event_type": kind}
    )
    await home.hass.async_block_till_done()


async def test_left_open(home: Home) -> None:
    """Told once, ten minutes after, and not of what was open for a moment."""
    await home.tell(locked=True)
    await home.use("left_open")
    await home.travel(1)
    await home.tell(locked=False)
    await home.travel(9 * MINUTE)
    assert home.texts() == []
    for _ in range(5):
        await home.travel(5 * MINUTE)
    assert home.texts() == ["Open or unlocked: lock."]
    for is_locked in (True, False, True):
        await home.tell(locked=is_locked)
        await home.travel(5 * MINUTE)
    await home.travel(10 * MINUTE)
    assert len(home.texts()) == 1
    assert home.used() == promised("left_open")[0]


@pytest.mark.parametrize(
    ("off", "told"), [(5 * MINUTE, 1), (5 * HOUR, 0)], ids=["a moment", "hours"]
)
async def test_left_open_over_a_restart(home: Home, off: float, told: int) -> None:
    """The wait begins again after a restart; hours later the news are too old."""
    await home.tell(locked=True)
    await home.use("left_open")
    await home.travel(1)
    await home.tell(locked=False)
    await home.travel(5 * MINUTE)
    await home.restart(after=off)
    for _ in range(5):
        await home.travel(5 * MINUTE)
    assert len(home.texts()) == told


async def test_charged(home: Home) -> None:
    """Level, energy and cost of the charge that has ended."""
    await home.tell(km=20_000, level=45, plug=False, charging=False, at=0.0)
    await home.travel(HOUR)
    await home.tell(plug=True, charging=True, added=0, level=45)
    await home.travel(HOUR)
    await home.tell(charging=True, added=11, level=60)
    await home.travel(HOUR)
    await home.use("charged")
    await home.tell(charging=False, added=22, level=80, status="FULLY_CHARGED")
    assert home.texts() == ["The battery is at 80 %. 22.0 kWh were charged."]
    # The cost of the last minutes is known a moment later.
    await home.travel(1)
    await happen(home, "charge_finished")
    assert home.texts()[1:] == [
        "The battery is at 80 %. 22.0 kWh were charged for 6.60 EUR."
    ]
    assert home.used() == promised("charged")[0]


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [
        (
            "charge_not_started",
            {"plug": True, "charging": False},
            "The car is plugged in, but it does not charge.",
        ),
        (
            "charge_interrupted",
            {"plug": True, "charging": False},
            "Charging was interrupted below the charge limit.",
        ),
        ("charge_interrupted", {"plug": True, "charging": True}, None),
        ("charge_not_started", {"plug": False, "charging": False}, None),
        (
            "command_failed",
            {"plug": False, "charging": False},
            "A command to the car failed. See its activity.",
        ),
        ("drive_finished", {"plug": True, "charging": False}, None),
    ],
)
async def test_charging_does_not_work(
    home: Home, kind: str, told: dict[str, Any], expected: str | None
) -> None:
    """A person learns of trouble that still lasts."""
    await home.use("charge_problem")
    await home.tell(**told)
    await home.travel(1)
    await happen(home, kind)
    assert home.texts() == ([expected] if expected else [])
    assert home.used() == promised("charge_problem")[0]
