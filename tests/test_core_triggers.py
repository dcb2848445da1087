"""Home Assistant's own triggers and conditions, with a car's device as target."""

from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant
import pytest

from .automations import Automate, asking, by, device, entity, holds, waiting
from .cars import IS_LOCKED
from .conftest import Tell, Travel
from .deliveries import Post, signal, state

OUTSIDE = 0.5
"""Degrees of latitude from home."""


def cells(code: str, *open_: bool) -> dict[str, Any]:
    """Return a signal of doors or windows, each open or not."""
    found = signal(code, None)
    found["body"] = {
        "values": [
            {"row": n // 2, "column": n % 2, "isOpen": is_open}
            for n, is_open in enumerate(open_)
        ]
    }
    return found


class Row(NamedTuple):
    """A trigger, the condition that holds afterwards, and the entity behind both.

    `before`, `then`: what the car tells, as signals or as facts by their short names.
    """

    trigger: str
    condition: str | None
    shown: tuple[str, str]
    before: dict[str, Any]
    then: dict[str, Any]
    options: dict[str, Any] | None = None


def threshold(type_: str, value: float) -> dict[str, Any]:
    """Return the options of a trigger or condition about a number."""
    return {"threshold": {"type": type_, "value": {"number": value}}}


BELOW_20 = threshold("below", 20)
AT_HOME = {"zone": "zone.home"}
LOCK, CHARGING = ("lock", "lock"), ("binary_sensor", "charging")
TRACKER, BATTERY = ("device_tracker", "location"), ("sensor", "battery")
DOOR = ("binary_sensor", "door_front_left")
WINDOW = ("binary_sensor", "window_front_left")
SWITCH = ("switch", "charging")

# A car has many doors: one that is closed would do otherwise.
OF_ALL = {"behavior": "all"}

ROWS = (
    Row("lock.unlocked", "lock.is_unlocked", LOCK, {"locked": True}, {"locked": False}),
    Row("lock.locked", "lock.is_locked", LOCK, {"locked": False}, {"locked": True}),
    Row(
        *("battery.started_charging", "battery.is_charging", CHARGING),
        *({"charging": False}, {"charging": True}),
    ),
    Row(
        *("battery.stopped_charging", "battery.is_not_charging", CHARGING),
        *({"charging": True}, {"charging": False}),
    ),
    Row(
        *("battery.level_crossed_threshold", "battery.is_level", BATTERY),
        *({"level": 20}, {"level": 19}, BELOW_20),
    ),
    Row(
        "battery.level_changed",
        None,
        BATTERY,
        {"level": 20},
        {"level": 21},
        {"threshold": {"type": "any"}},
    ),
    Row("door.opened", "door.is_open", DOOR, {"doors": False}, {"doors": True}),
    Row(
        *("door.closed", "door.is_closed", DOOR),
        *({"doors": True}, {"doors": False}, OF_ALL),
    ),
    Row(
        "window.opened", "window.is_open", WINDOW, {"windows": False}, {"windows": True}
    ),
    Row(
        "window.closed",
        "window.is_closed",
        WINDOW,
        {"windows": True},
        {"windows": False},
        OF_ALL,
    ),
    Row("zone.entered", "zone.in_zone", TRACKER, {"at": OUTSIDE}, {"at": 0.0}, AT_HOME),
    Row(
        "zone.left", "zone.not_in_zone", TRACKER, {"at": 0.0}, {"at": OUTSIDE}, AT_HOME
    ),
    Row(
        "switch.turned_on",
        "switch.is_on",
        SWITCH,
        {"charging": False},
        {"charging": True},
    ),
    Row(
        "switch.turned_off",
        "switch.is_off",
        SWITCH,
        {"charging": True},
        {"charging": False},
    ),
    Row(
        *("event.received", None, ("event", "activity")),
        *({"charging": True, "level": 60}, {"charging": False, "level": 80}),
        {"event_type": ["charge_finished"]},
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.trigger)
async def test_core_knows_the_cars_entities(
    hass: HomeAssistant,
    tell: Tell,
    post: Post,
    automate: Automate,
    travel: Travel,
    row: Row,
) -> None:
    """The trigger fires by the car's report, and the condition holds after it."""

    async def report(**facts: Any) -> None:
        await travel(1)
        signals = []
        if "locked" in facts:
            signals.append(signal(IS_LOCKED, facts.pop("locked")))
        for name in ("doors", "windows"):
            if name in facts:
                is_open = facts.pop(name)
                signals.append(cells(f"closure-{name}", is_open, False, False, False))
        if signals:
            await post(state(*signals))
        if facts:
            await tell(**facts)

    await report(plug=True, **row.before)
    target, options = {"device_id": device(hass)}, row.options or {}
    conditions = () if row.condition is None else (row.condition,)
    noted = await automate(
        waiting(row.trigger, target, **options),
        *(asking(name, target, **options) for name in conditions),
    )
    assert await holds(hass, noted) == []
    await report(**row.then)
    # Every other door, window and lock of the car is silent.
    mine = entity(hass, *row.shown)
    assert set(by(noted)) == {mine}
    assert await holds(hass, noted) == list(conditions)
