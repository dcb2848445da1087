"""What holds of the diary whatever comes, and in whatever order."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
import json
from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.memory import (
    Correction,
    DiaryChange,
    Kind,
    MakerRecord,
    Memory,
    Point,
    by_hours,
    sums_of,
)
from custom_components.smartcar.memory.journal import MAX_POINTS

START = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
CAPACITY = 60.0
LATE = 48 * 3600

VALUES = {
    Kind.CABLE: st.sampled_from([0.0, 1.0]),
    Kind.ODOMETER: st.sampled_from(
        [0.5 * n for n in range(2000, 2120)] + [1000.2, 40.0]
    ),
    Kind.POSITION: st.sampled_from([52.52, 48.1]),
    Kind.HOME: st.sampled_from([0.0, 1.0]),
    Kind.FUEL: st.sampled_from([0.0, 20, 22, 26, 50, 90]),
    Kind.LITRES: st.sampled_from([0.0, 10, 11, 14, 25, 45]),
    Kind.CHARGING: st.sampled_from([0.0, 1.0]),
    Kind.STATUS: st.sampled_from([0.0, 1.0]),
    Kind.LEVEL: st.integers(0, 100).map(float),
    Kind.ADDED: st.sampled_from([0.0, 0.1, 1, 3.2, 3.3, 5, 5.4, 9, 20, 20.1, 310]),
}
POINTS = st.one_of(
    *(
        st.builds(
            Point,
            st.one_of(
                st.integers(0, 40).map(lambda n: START + n * 300),
                st.integers(0, 6 * 86_400).map(lambda n: START + n),
            ),
            st.just(int(kind)),
            values,
            st.just(0.0),
        )
        for kind, values in VALUES.items()
    )
)
LISTS = st.lists(POINTS, max_size=40)


def empty() -> Memory:
    """Return a memory of a car whose home is in the north."""
    found = Memory(lambda north, _: (north == 52.52, None))
    found.capacity = CAPACITY
    return found


def shown(found: Memory) -> object:
    """Return all that a memory shows."""
    entries = found.charges(), found.drives(), found.gaps()
    others = found.refuels(), found.stands()
    return entries, others, found.distance, found.refused


def restarted(found: Memory) -> Memory:
    """Return a memory as it comes back from the disk."""
    text = json.dumps(found.as_dict())
    again = Memory.from_dict(json.loads(text), lambda north, _: (north == 52.52, None))
    assert again.as_dict() == found.as_dict()
    again.capacity = CAPACITY
    again.wake()
    return again


@given(LISTS, st.data())
def test_order_and_number_of_arrivals(points: list[Point], data: st.DataObject) -> None:
    """Each point comes at some time within 48 hours of its own, once or twice."""
    end = START + 12 * 86_400
    plain = empty()
    for point in sorted(points):
        plain.add([point], point.at)
    plain.add([], end)
    other, arrivals = empty(), []
    for point in points:
        times = data.draw(st.lists(st.integers(0, LATE - 1), min_size=1, max_size=2))
        arrivals += [(point.at + late, point) for late in times]
    for now, point in sorted(arrivals):
        other.add([point], now)
        if data.draw(st.integers(0, 9)) == 0:
            other = restarted(other)
    other.add([], end)
    assert shown(other) == shown(plain)


@given(LISTS, st.integers(0, 40))
def test_a_restart_at_any_point_is_none(points: list[Point], at: int) -> None:
    plain, other = empty(), empty()
    for index, point in enumerate(sorted(points)):
        plain.add([point], point.at)
        if index == at:
            other = restarted(other)
        other.add([point], point.at)
    assert shown(other) == shown(plain)
    assert other.as_dict() == plain.as_dict()


@given(LISTS)
def test_conservation(points: list[Point]) -> None:
    found = empty()
    for point in sorted(points):
        found.add([point], point.at)
    assert sum(drive.distance for drive in found.drives()) == pytest.approx(
        found.distance
    )
    sums = sums_of((charge, charge.energy) for charge in found.charges())
    assert sum(sums.by_place.values()) == pytest.approx(sums.total)
    for charge in found.charges():
        assert sum(step.amount for step in charge.steps) == pytest.approx(
            charge.energy or 0, abs=0.01
        )


def hours(found: Memory) -> dict[tuple[int, str], float]:
    """Return the kWh of each hour and place."""
    sums: dict[tuple[int, str], float] = defaultdict(float)
    for charge in found.charges():
        for hour, amount in by_hours(charge.steps).items():
            sums[hour, charge.where.place] += amount
    return sums


def correct(found: Memory) -> DiaryChange:
    """Return what a correction of the last charge changes."""
    at = found.charges()[-1].start
    return found.correct(at, Correction(at, at, energy=9.0))


@given(LISTS, st.randoms(use_true_random=False))
def test_no_hour_before_a_change_changes(points: list[Point], chance: Random) -> None:
    """What is written again from `since` on is all that must be."""
    found, now = empty(), START + LATE - 1
    chance.shuffle(points)
    acts = [lambda point=point: found.add([point], now) for point in points]
    at = START + 6000
    acts.append(lambda: found.add_records([MakerRecord("a", at, at + 7200, 5.0)]))
    acts.append(lambda: found.wake() if not found.charges() else correct(found))
    for act in acts:
        before = hours(found)
        change, after = act(), hours(found)
        first = now if change.since is None else change.since // 3600 * 3600
        for hour, place in before.keys() | after.keys():
            if hour < first:
                assert after[hour, place] == pytest.approx(before[hour, place])


@given(st.lists(st.tuples(st.integers(1, 3000), st.floats(0, 40)), max_size=30))
def test_drives_add_up_to_the_odometer(rises: list[tuple[int, float]]) -> None:
    found, at, odometer = empty(), START, 1000.0
    found.add([Point(at, Kind.ODOMETER, odometer)], at)
    for minutes, rise in rises:
        at += minutes * 60 + 600
        odometer = round(odometer + rise, 3)
        found.add([Point(at, Kind.ODOMETER, odometer)], at)
    driven = sum(drive.distance for drive in found.drives())
    # What is driven less than half a kilometre waits for more.
    assert odometer - 1000 - 0.5 < driven + 1e-6 <= odometer - 1000 + 2e-6


@given(LISTS)
def test_nothing_is_invented(points: list[Point]) -> None:
    """Energy only by figures that rose or began, or a level that rose."""
    found = empty()
    for point in sorted(points):
        found.add([point], point.at)
    figures = [p.value for p in sorted(points) if p.kind == Kind.ADDED]
    most = sum(figures[1:])
    levels = [p.value for p in sorted(points) if p.kind == Kind.LEVEL]
    rises = sum(max(0.0, after - before) for before, after in pairwise(levels))
    for charge in found.charges():
        assert charge.energy is not None
        assert charge.energy > 0
        assert all(0 < step.amount <= 300 for step in charge.steps)
    by_car = sum(c.energy or 0 for c in found.charges() if c.source == "car")
    by_level = sum(c.energy or 0 for c in found.charges() if c.source == "level")
    assert by_car <= most + 1e-6
    assert by_level <= rises * CAPACITY / 100 + 1e-6
    if len(figures) < 2 and not rises:
        assert found.charges() == []


@given(LISTS, LISTS)
def test_corrections_stick(points: list[Point], late: list[Point]) -> None:
    """What a person said stays with a charge, whatever comes later."""
    end = START + 6 * 86_400
    found = empty()
    found.add(points, end)
    if not found.charges():
        return
    charge = found.charges()[0]
    found.correct(charge.start, Correction(0, 0, cost=5.5, place="away"))
    found = restarted(found)
    corrected = [c for c in found.charges() if c.corrected]
    assert [(c.cost, c.where.place) for c in corrected] == [(5.5, "away")]
    found.add(late, end)
    assert len([c for c in found.charges() if c.corrected]) <= 1


@given(
    LISTS,
    st.permutations(
        [
            MakerRecord(str(n), START + n * 3000, START + n * 3000 + 2000, n)
            for n in range(9)
        ]
    ),
)
def test_records_in_any_order(points: list[Point], records: list[MakerRecord]) -> None:
    plain, other = empty(), empty()
    for found in plain, other:
        found.add(points, START + 6 * 86_400)
    plain.add_records(sorted(records))
    for record in records:
        other.add_records([record])
    assert shown(other) == shown(plain)


def test_there_is_room_for_so_many_points() -> None:
    """More of them in 48 hours settle early; nothing of them is lost."""
    found = empty()
    for at in range(MAX_POINTS + 10):
        found.add([Point(START + at, Kind.ODOMETER, 1000 + at / 50)], START + at)
    assert len(found.as_dict()["journal"]["points"]) <= MAX_POINTS
    assert found.distance == pytest.approx((MAX_POINTS + 9) / 50, abs=0.5)


def test_there_is_room_for_so_many_entries() -> None:
    """A year of two charges and six drives a day; the oldest go, the sums stay."""
    found = empty()
    odometer, drives = 1000.0, 0
    for day in range(550):
        points = []
        for hour in range(0, 24, 4):
            at = START + day * 86_400 + hour * 3600
            odometer += 10
            drives += 1
            level = 50.0 if hour % 8 else 60.0
            points.append(Point(at, Kind.ODOMETER, odometer))
            points.append(Point(at + 1800, Kind.LEVEL, level - 10))
            points.append(Point(at + 3600, Kind.LEVEL, level))
        found.add(points, START + (day + 1) * 86_400)
    assert len(found.drives()) <= 3000 + 20
    assert len(found.charges()) <= 1000 + 20
    kept = found.as_dict()
    dropped = kept["dropped_distance"] + sum(d.distance for d in found.drives())
    assert dropped == pytest.approx(found.distance)
    assert kept["dropped_energy"]["unknown"] > 0


def test_there_is_room_for_so_many_refuels_and_stands() -> None:
    """A car that is refueled every other day: the oldest go."""
    found = empty()
    for day in range(1100):
        at, odometer = START + day * 86_400, 1000.0 + day // 2 * 300
        points = [
            Point(at, Kind.ODOMETER, odometer),
            Point(at, Kind.LEVEL, 60.0 - day % 2),
            Point(at, Kind.FUEL, 60.0 + day % 2 * 30),
        ]
        found.add(points, at)
    assert 500 <= len(found.refuels()) < 510
    assert 500 <= len(found.stands()) < 510
    assert len(found.as_dict()["refuels"]) == len(found.as_dict()["stands"]) == 500


def test_late_news_among_many_points_goes_back_to_a_mark() -> None:
    """What came of them is what comes of the same in order."""
    points = [
        Point(START + n * 60, kind, value)
        for n in range(1000)
        for kind, value in (
            (Kind.ODOMETER, 1000 + n // 100 * 7.0),
            (Kind.LEVEL, float(50 + n % 100 // 10)),
        )
    ]
    end = START + 1000 * 60
    plain, other = empty(), empty()
    plain.add(points, end)
    late = {points[n] for n in (3, 511, 512, 513, 1030, 1999)}
    for point in points:
        if point not in late:
            other.add([point], point.at)
    for point in sorted(late, reverse=True):
        other.add([point], end)
    assert len(plain.drives()) == 9
    assert shown(other) == shown(plain)
