"""What a charge costs, by the price of each minute."""

from datetime import datetime
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.costs import Price, cost_of, fixed
from custom_components.smartcar.memory.entries import Step

from .conftest import START

NIGHT = int(START.timestamp()) // 3600 * 3600
HOUR = 3600
# Two hours with one kWh each, as an hourly tariff meets them.
TWO_HOURS = [Step(NIGHT, NIGHT + HOUR, 1.0), Step(NIGHT + HOUR, NIGHT + 2 * HOUR, 1.0)]


def at(hours: float, price: float | None) -> Price:
    """Return a price from so many hours after the start of the night on."""
    return Price(NIGHT + round(hours * HOUR), price)


# Steps that follow each other, or leave a gap, within some days.
moments = st.lists(
    st.integers(NIGHT, NIGHT + 3 * 24 * HOUR), min_size=2, max_size=12, unique=True
)
amounts = st.floats(0.001, 50)


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Return steps of a charge, oldest first."""
    times = pairwise(sorted(draw(moments)))
    return [Step(since, until, draw(amounts)) for since, until in times]


money = st.floats(-1, 5).filter(lambda value: value == 0 or abs(value) > 1e-9)
factors = st.floats(1, 2)


@st.composite
def tariffs(draw: st.DrawFn) -> list[Price]:
    """Return prices that are known all the time."""
    times = draw(st.lists(st.integers(NIGHT, NIGHT + 3 * 24 * HOUR), max_size=12))
    return [Price(time, draw(money)) for time in (0, *sorted(times))]


@given(steps(), money, factors)
def test_a_constant_price_is_energy_times_price(
    charge: list[Step], price: float, factor: float
) -> None:
    energy = sum(step.amount for step in charge)
    cost = cost_of(charge, fixed(price), factor)
    assert cost == pytest.approx(energy * price * factor)


@given(steps(), tariffs(), st.data())
def test_a_step_may_come_in_two_parts(
    charge: list[Step], prices: list[Price], data: st.DataObject
) -> None:
    """A report more or less between two others changes nothing."""
    index = data.draw(st.integers(0, len(charge) - 1))
    since, until, amount = charge[index]
    middle = data.draw(st.integers(since, until))
    part = amount * (middle - since) / (until - since)
    parts = [Step(since, middle, part), Step(middle, until, amount - part)]
    if since < middle < until:
        split = [*charge[:index], *parts, *charge[index + 1 :]]
        assert cost_of(split, prices) == pytest.approx(cost_of(charge, prices))


@given(steps(), tariffs(), factors)
def test_it_lies_between_the_lowest_and_the_highest_price(
    charge: list[Step], prices: list[Price], factor: float
) -> None:
    cost = cost_of(charge, prices, factor)
    energy = sum(step.amount for step in charge) * factor
    values = [item.price for item in prices if item.price is not None]
    assert cost is not None
    assert min(values) * energy - 1e-6 <= cost <= max(values) * energy + 1e-6


@given(steps(), tariffs(), st.data())
def test_what_is_not_known_stays_so(
    charge: list[Step], prices: list[Price], data: st.DataObject
) -> None:
    """A hole of more than a twentieth gives no cost, wherever it lies."""
    first, last = charge[0].since, charge[-1].until
    hole = (last - first) // 20 + 1
    begin = data.draw(st.integers(first, last - hole))
    ends = [item for item in prices if item.at <= begin + hole][-1]
    holed = [
        *(item for item in prices if item.at < begin),
        Price(begin, None),
        Price(begin + hole, ends.price),
        *(item for item in prices if item.at > begin + hole),
    ]
    assert cost_of(charge, holed) is None


@pytest.mark.parametrize(
    ("prices", "factor", "cost"),
    [
        # An hour at 0.10 and one at 0.30.
        ([at(0, 0.1), at(1, 0.3)], 1, 0.4),
        # A quarter of the second hour costs less than nothing.
        ([at(0, 0.1), at(1, 0.3), at(1.75, -0.1)], 1, 0.1 + 0.225 - 0.025),
        # A price from long before and one from after.
        ([at(-100, 0.2), at(2, 9)], 1, 0.4),
        # Of two prices from one moment on the later one counts.
        ([at(0, 9), at(0, 0.2)], 1, 0.4),
        # A tenth is lost on the way.
        ([at(0, 0.18)], 1 / 0.9, 0.4),
        # 95 % of two hours: the last six minutes cost what the others did.
        ([at(0, 0.2), at(1.9, None)], 1, 0.4),
        ([at(0.1, 0.2)], 1, 0.4),
        # A second less.
        ([at(0, 0.2), at(1.9 - 1 / HOUR, None)], 1, None),
        ([at(0.1 + 1 / HOUR, 0.2)], 1, None),
        ([at(2, 0.2)], 1, None),
        (fixed(None), 1, None),
        ([], 1, None),
    ],
)
def test_costs_of_two_hours(
    prices: list[Price], factor: float, cost: float | None
) -> None:
    assert cost_of(TWO_HOURS, prices, factor) == pytest.approx(cost)


def test_a_step_without_length_has_the_price_of_its_moment() -> None:
    prices = [at(0, 0.1), at(1, 0.3)]
    assert cost_of([Step(NIGHT + HOUR, NIGHT + HOUR, 2.0)], prices) == 0.6
    assert cost_of([Step(NIGHT + HOUR - 1, NIGHT + HOUR - 1, 2.0)], prices) == 0.2
    assert cost_of([Step(NIGHT - 1, NIGHT - 1, 2.0)], prices) is None


def test_energy_that_has_no_price_at_all() -> None:
    """All of the time is priced but the second in which everything came."""
    charge = [Step(NIGHT, NIGHT + HOUR, 0.0), Step(NIGHT + HOUR, NIGHT + HOUR, 2.0)]
    assert cost_of(charge, [at(0, 0.1), at(1, None)]) is None


def test_no_energy() -> None:
    """What was corrected to nothing costs nothing; unknown energy has no steps."""
    assert cost_of([Step(NIGHT, NIGHT + HOUR, 0.0)], fixed(0.3)) == 0
    assert cost_of([], fixed(0.3)) is None


@pytest.mark.parametrize("night", ["2026-10-25T00:00+02:00", "2027-03-28T00:00+01:00"])
def test_a_night_in_which_the_clock_turns(night: str) -> None:
    """Prices have moments: the second 2 o'clock has its own, a missing one none."""
    since = int(datetime.fromisoformat(night).timestamp())
    prices = [Price(since + hour * HOUR, hour / 10) for hour in range(5)]
    assert cost_of([Step(since, since + 5 * HOUR, 5.0)], prices) == pytest.approx(1.0)
