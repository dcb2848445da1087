"""What entries add up to: sums by place, and consumption of the latest way."""

from dataclasses import astuple
from typing import Any

import pytest

from custom_components.smartcar.memory import (
    Charge,
    Drive,
    MakerRecord,
    Place,
    Refuel,
    consumption,
    cost_since,
    energy_per_full_charge,
    energy_since,
    fuel_consumption,
)
from custom_components.smartcar.memory.figures import stretches
from custom_components.smartcar.memory.fuel import FuelStretch
from custom_components.smartcar.memory.overlay import listed

HOUR = 3600
DAY = 24 * HOUR
NOW = 1_800_000_000


def charge(start: int, energy: float | None = 5, **facts: Any) -> Charge:
    """Return a charge of an hour."""
    made = listed(MakerRecord("a", start, start + HOUR, energy or 0))
    place = Place(facts.pop("place", "home"))
    return made._replace(energy=energy, where=place, **facts)


def drive(
    ago: float,
    distance: float,
    levels: tuple[float | None, float | None],
    *,
    hole: int = 0,
) -> Drive:
    """Return a drive that ended some hours ago; `hole`: hours between its reports."""
    end = NOW - int(ago * HOUR)
    start = end if hole else end - HOUR // 2
    return Drive(
        start=start,
        end=end,
        start_after=end - hole * HOUR if hole else start,
        end_before=None,
        distance=distance,
        level_start=levels[0],
        level_end=levels[1],
        is_sum=bool(hole),
    )


def test_sums_by_place() -> None:
    """What lacks a figure is counted; what began before is not."""
    charges = [
        charge(NOW - 1, 100),
        charge(NOW, 5, cost=1.5),
        charge(NOW + 1, 7, place="away"),
        charge(NOW + 2, None, place="unknown", cost=2.0),
    ]
    energy = energy_since(charges, NOW)
    assert energy.by_place == {"home": 5, "away": 7, "unknown": 0}
    assert (energy.total, energy.charges, energy.lacking) == (12, 3, 1)
    cost = cost_since(charges, NOW)
    assert cost.by_place == {"home": 1.5, "away": 0, "unknown": 2}
    assert (cost.total, cost.charges, cost.lacking) == (3.5, 3, 1)


@pytest.mark.parametrize(
    ("drives", "average", "distance", "left_out"),
    [
        pytest.param([drive(9, 100, (80, 60))], 12, 100, 0, id="one way"),
        pytest.param([drive(9, 40, (80, 70))], None, 40, 0, id="too short a way"),
        pytest.param(
            [drive(9, 60, (80, 70)), drive(3, 40, (68, 60))],
            12,
            100,
            0,
            id="with what it took while it stood",
        ),
        pytest.param(
            [drive(9, 100, (80, 60)), drive(3, 300, (98, 85))],
            12,
            100,
            300,
            id="less than can be",
        ),
        pytest.param(
            [drive(9, 100, (80, 60)), drive(3, 100, (60, 1), hole=20)],
            12,
            100,
            100,
            id="a hole of more than twelve hours",
        ),
        pytest.param(
            [drive(9, 100, (80, 60)), drive(3, 50, (99, 1))],
            12,
            100,
            50,
            id="more than can be",
        ),
        pytest.param(
            [drive(61 * 24, 100, (80, 60)), drive(3, 60, (80, 69))],
            11,
            60,
            0,
            id="long ago",
        ),
        pytest.param(
            [drive(9, 100, (80, None)), drive(8, 60, (None, None))],
            None,
            0,
            160,
            id="a level that is not known",
        ),
    ],
)
def test_consumption(
    drives: list[Drive], average: float | None, distance: float, left_out: float
) -> None:
    """By a battery of 60 kWh; what differs much from the way before was charged."""
    charges = [charge(NOW - 30 * DAY)]
    if len(drives) > 1 and (drives[1].level_start or 0) > 90:
        charges.append(charge(NOW - 6 * HOUR))
    found = consumption(drives, charges, 60, NOW)
    assert found == (average, distance, left_out, 60)


def test_only_the_latest_200_km_count() -> None:
    drives = [
        drive(200, 150, (100, 40)),
        drive(100, 150, (80, 60)),
        drive(10, 150, (80, 60)),
    ]
    charges = [charge(NOW - ago * HOUR) for ago in (150, 50)]
    found = consumption(drives, charges, 60, NOW)
    assert (found.average, found.distance) == (8, 300)


def test_no_consumption_without_a_size_of_the_battery() -> None:
    found = consumption([drive(9, 100, (80, 60))], [], None, NOW)
    assert found == (None, 0, 0, None)


def test_a_charge_parts_two_stretches() -> None:
    drives = [drive(9, 10, (80, 78)), drive(6, 20, (78, 75)), drive(2, 30, (90, 84))]
    first, second = stretches(drives, [charge(NOW - 4 * HOUR)])
    assert astuple(first)[2:] == (30, 80, 75, True)
    assert (second.distance, second.used) == (30, 6)


def refuel(days_ago: float, distance: float | None, burnt: float | None) -> Refuel:
    """Return a refuel with what was driven and burnt before it."""
    at = NOW - int(days_ago * DAY)
    return Refuel(at, at, at - 60, amount=burnt, distance=distance, burnt=burnt)


@pytest.mark.parametrize(
    ("stretches_", "present", "expected"),
    [
        pytest.param([], FuelStretch(150, 9), (6, 150, 0), id="no refuel yet"),
        pytest.param([], FuelStretch(90, 6), (None, 90, 0), id="too short a way"),
        pytest.param(
            [(20, 300, 21), (10, 300, 15)], FuelStretch(100, 4), (6, 600, 100), id="two"
        ),
        pytest.param(
            [(20, 300, 90), (10, 500, 30)], None, (6, 500, 0), id="the newest 500 km"
        ),
        pytest.param(
            [(20, 300, 18), (10, 400, 7)], None, (6, 300, 400), id="less than can be"
        ),
        pytest.param(
            [(20, 300, 18), (10, 30, 9.1)], None, (6, 300, 30), id="more than can be"
        ),
        pytest.param([(61, 300, 30), (10, 400, 24)], None, (6, 400, 0), id="long ago"),
        pytest.param(
            [(20, 300, 18), (10, None, None)], None, (6, 300, 0), id="by percent only"
        ),
    ],
)
def test_fuel_consumption(
    stretches_: list[tuple[float, float | None, float | None]],
    present: FuelStretch | None,
    expected: tuple[float | None, float, float],
) -> None:
    refuels = [refuel(*facts) for facts in stretches_]
    assert fuel_consumption(refuels, present, NOW) == expected


def whole(energy: float, points: float = 50, **facts: Any) -> Charge:
    """Return a charge that the car has told from begin to end."""
    told = {"source": "car", "is_level_whole": True, **facts}
    return charge(NOW, energy, points=points, **told)


def test_energy_per_full_charge() -> None:
    """It is the median of the newest ten; a single wrong one moves it little."""
    assert energy_per_full_charge([whole(30)] * 4) == (None, 4)
    assert energy_per_full_charge([*[whole(30)] * 4, whole(45)]) == (60, 5)
    assert energy_per_full_charge([*[whole(40)] * 20, *[whole(30)] * 10]) == (60, 10)
    assert energy_per_full_charge([whole(24, 40)] * 5) == (60, 5)
    by_maker = whole(30, source="record", is_level_whole=False)
    assert energy_per_full_charge([by_maker] * 5) == (60, 5)


@pytest.mark.parametrize(
    "facts",
    [
        {"points": 29},
        {"source": "level"},
        {"is_level_whole": False},
        {"is_partial": True},
        {"is_sum": True},
        {"is_open": True},
        {"corrected": ("energy",)},
    ],
    ids=str,
)
def test_charges_that_say_nothing_of_a_full_one(facts: dict[str, Any]) -> None:
    assert energy_per_full_charge([whole(30, **facts)] * 5) == (None, 0)
