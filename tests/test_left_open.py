"""One entity for all that stands open."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.binary_sensor import GRIDS, TABLE
from custom_components.smartcar.car.closures import (
    CLOSURES,
    DOORS,
    GEAR,
    GRIDS as CLOSURE_GRIDS,
    IS_LOCKED,
    LIDS,
    SPEED,
    Closures,
    closures,
)
from simulator import fleet
from simulator.cloud import Cloud

from .conftest import Travel

LEFT_OPEN = "binary_sensor.blauer_blitz_left_open"
NOON = datetime(2026, 10, 13, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

type Bodies = Mapping[str, Mapping[str, Any]]

THREE = st.sampled_from([True, False, None])


def told(bodies: Bodies, times: Mapping[str, datetime] | None = None) -> Closures:
    """Read bodies by their codes, all told at noon unless `times` says otherwise."""
    at = dict.fromkeys(bodies, NOON) | (times or {})
    return closures(lambda code: dict(bodies[code]) if code in bodies else None, at.get)


def doors(*cells: tuple[bool | None, bool | None]) -> Mapping[str, Any]:
    """Make a body of doors, each open or not and locked or not."""
    return {
        "values": [
            {"row": n // 2, "column": n % 2, "isOpen": is_open, "isLocked": is_locked}
            for n, (is_open, is_locked) in enumerate(cells)
        ]
    }


@pytest.mark.parametrize(
    ("bodies", "state"),
    [
        ({IS_LOCKED: {"value": True}}, False),
        ({IS_LOCKED: {"value": False}}, True),
        ({IS_LOCKED: {"value": None}}, None),
        # Nothing of the lock: those of the doors count.
        ({DOORS: doors((False, True), (False, True))}, False),
        ({DOORS: doors((False, True), (False, False))}, True),
        ({DOORS: doors((False, True), (False, None))}, None),
        ({DOORS: {"values": [{"row": 0, "column": 0, "isOpen": False}]}}, None),
        # What is open counts, whatever is unclear beside it.
        ({DOORS: doors((True, None), (None, None))}, True),
        ({IS_LOCKED: {"value": True}, "closure-sunroof": {"isOpen": None}}, None),
        ({IS_LOCKED: {"value": True}, "closure-sunroof": {"isOpen": True}}, True),
        # A trunk that tells of its lock alone is no part that opens.
        ({IS_LOCKED: {"value": True}, "closure-tailgate": {"isLocked": None}}, False),
        ({}, None),
    ],
)
def test_state(bodies: Bodies, *, state: bool | None) -> None:
    """On if anything is known to be open; off only if nothing is unclear."""
    assert told(bodies).is_left_open is state


@given(
    st.dictionaries(st.sampled_from(sorted(LIDS)), THREE),
    st.lists(st.tuples(THREE, THREE), max_size=4),
    THREE,
)
def test_unclear_is_never_closed(
    lids: dict[str, bool | None],
    cells: list[tuple[bool | None, bool | None]],
    locked: bool | None,
) -> None:
    """Whatever is told, by the laws of three values."""
    bodies = {code: {"isOpen": is_open} for code, is_open in lids.items()}
    found = told({IS_LOCKED: {"value": locked}, DOORS: doors(*cells), **bodies})
    parts = [*lids.values(), *(is_open for is_open, _ in cells)]
    assert len(found.open) == parts.count(True)
    assert len(found.unknown) == parts.count(None)
    if True in parts or locked is False:
        assert found.is_left_open is True
    elif None in parts or locked is None:
        assert found.is_left_open is None
    else:
        assert found.is_left_open is False


@pytest.mark.parametrize(
    ("driving", "told_at", "state"),
    [
        ({SPEED: {"value": 50, "unit": "km/h"}}, NOON, False),
        ({GEAR: {"value": "DRIVE"}}, NOON, False),
        ({GEAR: {"value": "REVERSE"}}, NOON + HOUR, False),
        ({GEAR: {"value": "PARK"}}, NOON, True),
        ({SPEED: {"value": 0, "unit": "km/h"}}, NOON, True),
        # It has told of its doors since: the gear is an old one.
        ({GEAR: {"value": "DRIVE"}}, NOON - HOUR, True),
    ],
)
def test_driving(driving: Bodies, told_at: datetime, *, state: bool) -> None:
    """A car on its way is left by no one; its windows may be open."""
    bodies = {IS_LOCKED: {"value": False}, **driving}
    found = told(bodies, dict.fromkeys(driving, told_at))
    assert found.is_left_open is state
    assert found.unlocked is True


def test_parts_are_named_like_their_entities() -> None:
    """Cards and voices find an entity by the key that the attribute holds."""
    opens = {row.signal: row.key for row in (*TABLE, *GRIDS) if row.leaf == "isOpen"}
    assert opens == {**LIDS, **CLOSURE_GRIDS}
    assert opens.keys() | {IS_LOCKED} == CLOSURES


async def test_in_a_car(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The parts are told beside the state, and the lock counts at once."""
    bev = cloud.cars[fleet.BEV]
    assert (state := hass.states.get(LEFT_OPEN)) is not None
    assert (state.state, state.attributes["device_class"]) == ("off", "safety")
    bev.doors_open, bev.trunk_open = {(1, 0)}, True
    await travel(6 * 3600 + 1)
    assert (state := hass.states.get(LEFT_OPEN)) is not None
    assert state.state == "on"
    assert state.attributes["open"] == ["door_rear_left", "rear_trunk"]
    assert (state.attributes["unlocked"], state.attributes["unknown"]) == (False, [])
    bev.doors_open, bev.trunk_open = set(), False
    await travel(6 * 3600 + 1)
    assert hass.states.is_state(LEFT_OPEN, "off")
    target = {"entity_id": "lock.blauer_blitz_lock"}
    await hass.services.async_call("lock", "unlock", target, blocking=True)
    assert (state := hass.states.get(LEFT_OPEN)) is not None
    assert (state.state, state.attributes["unlocked"]) == ("on", True)
    assert state.attributes["assumed_state"] is True
