"""Lives that are known to be hard, however their deliveries come."""

from collections.abc import Callable
from datetime import UTC, datetime
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartcar.memory import Kind, Memory, Point

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
CAPACITY = 60.0

type Arrivals = list[tuple[int, Point]]


def night(year: int, month: int, day: int) -> list[Point]:
    """Return a drive of 20 km and a night's charge of 16.5 kWh, from 22:00 on."""
    at = int(datetime(year, month, day, 22, tzinfo=BERLIN).timestamp())
    told = [
        *((0, Kind.ODOMETER, 1000), (0, Kind.CABLE, 0), (0, Kind.LEVEL, 50)),
        *((0, Kind.ADDED, 9), (600, Kind.ODOMETER, 1020), (600, Kind.LEVEL, 45)),
        *((900, Kind.CABLE, 1), (900, Kind.CHARGING, 1), (900, Kind.ADDED, 0)),
        *((8 * HOUR, Kind.LEVEL, 70), (8 * HOUR, Kind.ADDED, 16.5)),
        *((8 * HOUR, Kind.CHARGING, 0), (9 * HOUR, Kind.CABLE, 0)),
    ]
    return [Point(at + after, int(kind), float(value)) for after, kind, value in told]


def daily() -> list[Point]:
    """Return five days of a store that ticks once a day, at noon."""
    at = int(datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp())
    told = [
        *((0, Kind.ODOMETER, 1000), (0, Kind.LEVEL, 60), (0, Kind.ADDED, 8)),
        *((1, Kind.ODOMETER, 1030), (1, Kind.LEVEL, 70), (1, Kind.ADDED, 6.5)),
        *((2, Kind.ODOMETER, 1060), (3, Kind.LEVEL, 80), (4, Kind.ADDED, 0)),
    ]
    return [
        Point(at + day * 86_400, int(kind), float(value)) for day, kind, value in told
    ]


def hybrid() -> list[Point]:
    """Return a way with the engine, and a charge."""
    at = int(datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp())
    told = [
        *((0, Kind.ODOMETER, 1000), (0, Kind.LEVEL, 60), (0, Kind.FUEL, 50)),
        *((2, Kind.ODOMETER, 1150), (2, Kind.LEVEL, 10), (2, Kind.FUEL, 40)),
        *((20, Kind.ODOMETER, 1400), (20, Kind.LEVEL, 10), (20, Kind.FUEL, 20)),
        *((24, Kind.LEVEL, 90), (24, Kind.CHARGING, 0)),
    ]
    return [Point(at + h * HOUR, int(kind), float(value)) for h, kind, value in told]


def two_plug_ins() -> list[Point]:
    """Return two charges at one stand, the cable out for an hour between them."""
    at = int(datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp())
    told = [
        *((0, Kind.ODOMETER, 1000), (0, Kind.CABLE, 1), (0, Kind.ADDED, 0)),
        *((60, Kind.ADDED, 6), (120, Kind.CABLE, 0), (180, Kind.CABLE, 1)),
        *((185, Kind.ADDED, 0), (190, Kind.ADDED, 0.5), (240, Kind.ADDED, 4)),
    ]
    return [Point(at + m * 60, int(kind), float(value)) for m, kind, value in told]


# Charges in kWh, drives in km, gaps.
type Found = tuple[list[float | None], list[float], list[str]]
LIVES: dict[str, tuple[list[Point], Found]] = {
    "clocks go forward": (night(2027, 3, 27), ([16.5], [20], [])),
    "clocks go back": (night(2026, 10, 24), ([16.5], [20], [])),
    "the month turns": (night(2026, 10, 31), ([16.5], [20], [])),
    "once a day": (daily(), ([6.5, 6.0], [30, 30], 2 * ["charging_unseen"])),
    "plug-in hybrid": (hybrid(), ([48], [150, 250], [])),
    "two plug-ins at one stand": (two_plug_ins(), ([6, 4], [], [])),
}


def in_time(points: list[Point]) -> Arrivals:
    """Deliver each point at its own time."""
    return [(point.at, point) for point in points]


def doubled(points: list[Point]) -> Arrivals:
    """Deliver each point twice."""
    return [(point.at + late, point) for point in points for late in (0, 300)]


def late(hours: int) -> Callable[[list[Point]], Arrivals]:
    """Deliver every other point so many hours late."""

    def deliver(points: list[Point]) -> Arrivals:
        return [
            (point.at + (hours * HOUR if index % 2 else 0), point)
            for index, point in enumerate(points)
        ]

    return deliver


def lost_and_repeated(points: list[Point]) -> Arrivals:
    """Lose what each delivery has; the next store read tells it with its time."""
    return [(point.at + 2 * HOUR, point) for point in points]


@pytest.mark.parametrize("deliver", [in_time, doubled, lost_and_repeated])
@pytest.mark.parametrize("title", LIVES)
def test_hard_lives(title: str, deliver: Callable[[list[Point]], Arrivals]) -> None:
    points, found = LIVES[title]
    assert remembered(deliver(points)) == found


@pytest.mark.parametrize("hours", [1, 24, 47])
@pytest.mark.parametrize("title", LIVES)
def test_hard_lives_late(title: str, hours: int) -> None:
    points, found = LIVES[title]
    assert remembered(late(hours)(points)) == found


def remembered(arrivals: Arrivals) -> Found:
    """Return what is found, with a restart before each delivery."""
    memory = Memory()
    for now, point in sorted(arrivals):
        memory = Memory.from_dict(json.loads(json.dumps(memory.as_dict())))
        memory.capacity = CAPACITY
        memory.wake()
        memory.add([point], now)
    return (
        [charge.energy for charge in memory.charges()],
        [drive.distance for drive in memory.drives()],
        [gap.reason for gap in memory.gaps()],
    )
