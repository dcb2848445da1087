"""Refuels: found by percent, litres or both, and never by a gauge that errs."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.memory import Kind, Memory, Point, Refuel

from .test_examples import DAY, HOUR, memory, minute, told

START = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())


def refuel(found: Memory) -> Refuel:
    """Return the one refuel there is."""
    (entry,) = found.refuels()
    return entry


def test_a_refuel_between_two_reports() -> None:
    found = memory(
        told(0, odometer=100, fuel=30, litres=15.1),
        told(5, odometer=104, fuel=29, litres=14.7),
        told(10, odometer=104, fuel=60, litres=30.2),
        told(15, odometer=104, fuel=93, litres=46.7),
        told(120, odometer=110, fuel=92, litres=46.1),
    )
    entry = refuel(found)
    assert (entry.start_after, entry.start) == (minute(5), minute(10))
    assert (entry.end, entry.end_before) == (minute(15), minute(120))
    assert (entry.level_start, entry.level_end, entry.amount) == (29, 93, 32)
    assert not entry.is_sum


@pytest.mark.parametrize(
    ("before", "after", "is_found"),
    [
        ({"fuel": 40}, {"fuel": 44}, False),
        ({"fuel": 40}, {"fuel": 45}, True),
        ({"litres": 20}, {"litres": 22.9}, False),
        ({"litres": 20}, {"litres": 23}, True),
        ({"fuel": 40, "litres": 20}, {"fuel": 44, "litres": 23}, True),
    ],
    ids=str,
)
def test_what_a_tank_must_rise_by(
    before: dict[str, float], after: dict[str, float], is_found: bool
) -> None:
    found = memory(told(0, **before), told(30, **after))
    assert len(found.refuels()) == is_found


def test_each_gauge_tells_what_it_knows() -> None:
    by_level = refuel(memory(told(0, fuel=20), told(DAY, fuel=90)))
    assert (by_level.level_start, by_level.level_end, by_level.amount) == (20, 90, None)
    assert by_level.is_sum
    by_litres = refuel(memory(told(0, litres=10), told(30, litres=45)))
    assert (by_litres.level_start, by_litres.level_end) == (None, None)
    assert by_litres.amount == 35


def test_a_gauge_that_is_told_a_while_after_the_other_is_of_the_same_refuel() -> None:
    found = memory(
        told(0, fuel=20, litres=10),
        told(30, fuel=90),
        told(60, litres=45),
        told(DAY, fuel=90),
    )
    entry = refuel(found)
    assert (entry.start, entry.end) == (minute(30), minute(60))
    assert (entry.level_end, entry.amount) == (90, 35)


def test_a_gauge_that_is_told_a_day_after_the_other_adds_no_refuel() -> None:
    found = memory(
        told(0, fuel=20, litres=10),
        told(30, fuel=90),
        told(HOUR * 3, fuel=90),
        told(DAY, litres=45),
    )
    assert refuel(found).amount is None


def test_a_gauge_that_creeps_while_the_car_stands() -> None:
    looks = [
        told(n * 5, odometer=100, fuel=20 + step)
        for n, step in enumerate((0, 4, 8, 11, 11, 12))
    ]
    entry = refuel(memory(*looks))
    assert (entry.start, entry.end) == (minute(10), minute(25))
    assert (entry.start_after, entry.level_end) == (minute(0), 32)


def test_two_refuels_of_a_car_that_is_seen_once_a_day() -> None:
    found = memory(
        told(0, odometer=100, fuel=30),
        told(DAY, odometer=400, fuel=60),
        told(2 * DAY, odometer=600, fuel=80),
        told(3 * DAY, odometer=700, fuel=70),
    )
    first, second = found.refuels()
    assert (first.level_start, first.level_end) == (30, 60)
    assert (second.level_start, second.level_end) == (60, 80)
    assert first.end_before == second.start == minute(2 * DAY)


@pytest.mark.parametrize(
    "levels",
    [
        pytest.param([50, 0, 50, 0, 0, 50], id="zeros"),
        pytest.param([50, 10, 50, 49], id="a blink down"),
        pytest.param([50, 10, 10, 11, 50, 49], id="a long blink down"),
        pytest.param([50, 100, 50, 50], id="a blink up"),
        pytest.param([50, 44, 44, 43, 44, 50, 51], id="parked on a slope"),
        pytest.param([50, 52, 48, 50, 52, 49, 53, 52, 50, 48], id="trembling"),
    ],
)
@pytest.mark.parametrize("minutes", [5, 60, 180])
def test_a_gauge_that_errs(levels: list[float], minutes: int) -> None:
    looks = [
        told(n * minutes, odometer=100 + n / 2, fuel=level)
        for n, level in enumerate(levels)
    ]
    assert memory(*looks).refuels() == []


def test_a_refuel_after_a_zero_begins_where_the_tank_was() -> None:
    found = memory(
        told(0, odometer=100, fuel=8),
        told(60, odometer=140, fuel=0),
        told(90, odometer=140, fuel=95),
    )
    assert refuel(found).level_start == 8


def test_a_fall_that_is_told_for_half_a_day_is_believed() -> None:
    """A car without an odometer is refueled, too."""
    levels = (80, 40, 40, 80, 80)
    found = memory(*(told(n * 13 * HOUR, fuel=v) for n, v in enumerate(levels)))
    assert refuel(found).level_start == 40


def test_the_way_may_be_told_a_moment_after_the_tank() -> None:
    found = memory(
        told(0, odometer=100, fuel=80),
        told(DAY, fuel=30) + told(DAY + 1, odometer=400),
        told(2 * DAY, odometer=410, fuel=78),
    )
    assert refuel(found).level_start == 30


def test_a_refuel_becomes_final() -> None:
    found = memory(
        told(0, odometer=100, fuel=20, litres=10),
        told(30, odometer=100, fuel=90, litres=45),
        told(3 * HOUR, odometer=150, fuel=85, litres=43),
        told(5 * DAY, odometer=150, fuel=85, litres=42),
    )
    assert refuel(found).is_final
    assert found.as_dict()["refuels"]


def test_what_a_change_says_of_a_refuel() -> None:
    """It is there in the change that finds it, and in each that alters it."""
    found = Memory()
    found.add(told(0, fuel=20, litres=10), minute(0))
    change = found.add(told(30, fuel=90), minute(30))
    assert change.refuels == tuple(found.refuels())
    assert change.since == minute(30)
    (later,) = found.add(told(35, litres=45), minute(35)).refuels
    assert (later.start, later.level_end, later.amount) == (minute(30), 90, 35)
    assert not found.add(told(36, litres=45), minute(36))


def test_what_burnt_since_the_last_refuel() -> None:
    looks = [
        told(0, odometer=100, litres=40, fuel=80),
        told(HOUR, odometer=200, litres=34, fuel=68),
        told(5 * HOUR, odometer=400, litres=22, fuel=44),
        told(6 * HOUR, odometer=430, litres=48, fuel=96),
        told(9 * HOUR, odometer=530, litres=42, fuel=84),
    ]
    assert memory(*looks[:1]).fuel_burnt == (0, 0)
    found = memory(*looks)
    # The way with the refuel counts for neither.
    assert (refuel(found).distance, refuel(found).burnt) == (300, 18)
    assert found.fuel_burnt == (100, 6)


def test_the_way_before_the_first_litres_counts_for_nothing() -> None:
    """Though the odometer tells of it a moment after them."""
    found = memory(
        told(0, odometer=100),
        told(HOUR, litres=40) + told(HOUR + 1, odometer=150),
        told(2 * HOUR, litres=34) + told(2 * HOUR + 1, odometer=250),
    )
    assert found.fuel_burnt == (100, 6)


def test_nothing_is_known_to_have_burnt_without_litres() -> None:
    assert memory(told(0, fuel=50), told(60, odometer=100)).fuel_burnt is None


def test_a_refuel_that_only_percent_tells_of_ends_what_burnt() -> None:
    found = memory(
        told(0, odometer=100, litres=20, fuel=40),
        told(HOUR, odometer=200, litres=14, fuel=28),
        told(2 * HOUR, odometer=200, fuel=90),
        told(4 * HOUR, odometer=210, fuel=89),
        told(5 * HOUR, odometer=220, litres=44, fuel=88),
        told(6 * HOUR, odometer=320, litres=38, fuel=76),
    )
    assert refuel(found).burnt is None
    assert found.fuel_burnt == (100, 6)


def test_a_refuel_that_was_a_blink_is_none() -> None:
    looks = [
        told(0, odometer=100, litres=20),
        told(HOUR, odometer=104, litres=48),
        told(2 * HOUR, odometer=108, litres=19.5),
        told(3 * HOUR, odometer=208, litres=13.5),
    ]
    assert refuel(memory(*looks[:2])).amount == 28
    found = memory(*looks)
    assert found.refuels() == []
    assert found.fuel_burnt == (100, 6)


TRIPS = st.tuples(st.just("drive"), st.integers(1, 400))
FILLS = st.tuples(st.just("fill"), st.integers(1, 50))
LOOKS = st.tuples(st.just("look"), st.integers(5, 3000))


@given(
    st.lists(st.one_of(TRIPS, FILLS, LOOKS, LOOKS), max_size=40),
    st.sampled_from([{Kind.FUEL}, {Kind.LITRES}, {Kind.FUEL, Kind.LITRES}]),
    st.booleans(),
    st.data(),
)
def test_nothing_is_invented(
    events: list[tuple[str, int]],
    kinds: set[Kind],
    is_zero_at_times: bool,
    data: st.DataObject,
) -> None:
    """No refuel is told of where none was, nor more litres than came."""
    tank = 50.0
    at, litres, odometer = START, 30.0, 1000.0
    points, filled = list[Point](), list[tuple[int, float]]()
    for what, amount in [("look", 5), *events, ("look", 5)]:
        at += 600
        if what == "drive":
            # It needs 8 litres for 100 km, and stops before the tank is empty.
            way = min(amount, (litres - 1) / 0.08)
            odometer, litres = odometer + way, litres - way * 0.08
        elif what == "fill":
            amount_in = min(amount, tank - litres)
            litres += amount_in
            filled.append((at, amount_in))
        else:
            at += amount * 60
            zero = is_zero_at_times and data.draw(st.booleans())
            values = {
                Kind.FUEL: 0.0 if zero else float(round(litres / tank * 100)),
                Kind.LITRES: 0.0 if zero else round(litres, 1),
            }
            points.append(Point(at, int(Kind.ODOMETER), round(odometer, 1)))
            points += [Point(at, int(kind), values[kind]) for kind in kinds]
    found = Memory()
    for point in sorted(points):
        found.add([point], point.at)
    for entry in found.refuels():
        came = sum(n for t, n in filled if entry.start_after < t <= entry.end)
        assert came > 0
        if entry.amount is not None:
            assert entry.amount <= came + 0.2
        if entry.level_start is not None and entry.level_end is not None:
            assert (entry.level_end - entry.level_start) * tank / 100 <= came + 1
    for first, second in pairwise(found.refuels()):
        assert first.end <= second.start_after
