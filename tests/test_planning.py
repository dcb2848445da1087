"""When to charge: the cheapest minutes before a car must be ready."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.memory.entries import Charge, Place, Step
from custom_components.smartcar.planning import (
    LONGEST_PRICE,
    PRICES_WITH_GAPS,
    TOO_FEW_PRICES,
    TOO_LITTLE_TIME,
    Plan,
    PriceSpan,
    Window,
    by_minutes,
    minutes_for,
    plan,
    seen_power,
)

from .conftest import START

MINUTE = 60
HOUR = 60 * MINUTE
QUARTER = 15 * MINUTE
NIGHT = int(START.timestamp()) // HOUR * HOUR


def hours(*prices: float | None, length: int = HOUR) -> list[PriceSpan]:
    """Return prices one after the other, of an hour each, from the night's start."""
    return [
        PriceSpan(NIGHT + at * length, NIGHT + (at + 1) * length, price)
        for at, price in enumerate(prices)
    ]


def window(start: float, end: float) -> Window:
    """Return a window, in minutes from the night's start."""
    return Window(round(NIGHT + start * MINUTE), round(NIGHT + end * MINUTE))


def minutes_of(charge: Plan) -> list[int]:
    """Return the start of each minute of a plan."""
    return [at for start, end in charge.windows for at in range(start, end, MINUTE)]


@dataclass(frozen=True)
class Wish:
    """What a plan is made of; small enough to try all others."""

    now: int
    ready_by: int
    minutes: int
    at_once: int
    is_continuous: bool
    prices: list[PriceSpan]

    def plan(self) -> Plan:
        return plan(
            self.now,
            self.ready_by,
            self.minutes,
            self.prices,
            at_once=self.at_once,
            is_continuous=self.is_continuous,
        )

    def end_of(self, span: PriceSpan) -> int:
        """Return until when a price holds, as the documents say."""
        if span.end is not None:
            return span.end
        starts = sorted({other.start for other in self.prices})
        later = [start for start in starts if start > span.start]
        if later:
            return min(later[0], span.start + LONGEST_PRICE)
        before = [start for start in starts if start < span.start]
        return span.start + (span.start - before[-1] if before else HOUR)

    def price_at(self, second: int) -> float | None:
        """Return the price of a second, as the documents say which one holds."""
        there = [
            (-span.start, self.end_of(span), span.price)
            for span in self.prices
            if span.start <= second < self.end_of(span)
        ]
        if not there:
            return None
        best = min(row[:2] for row in there)
        prices = [price for *row, price in there if tuple(row) == best]
        return max((price for price in prices if price is not None), default=None)

    def allowed(self) -> dict[int, float]:
        """Return the price of each minute that may be chosen."""
        first = -(-self.now // MINUTE) * MINUTE
        found = {}
        for at in range(first, self.ready_by - MINUTE + 1, MINUTE):
            price = self.price_at(at)
            if price is not None:
                found[at] = price
        return found


money = st.integers(-300, 900).map(lambda cents: cents / 1000)
# On whole minutes, as all lists of prices are; they overlap, leave gaps, and have
# no order.
spans = st.lists(
    st.builds(
        lambda start, length, price: PriceSpan(
            NIGHT + start * MINUTE,
            None if length is None else NIGHT + (start + length) * MINUTE,
            price,
        ),
        st.integers(-10, 40),
        st.sampled_from([0, 1, 3, 5, 15, None]),
        st.none() | money,
    ),
    max_size=10,
)
wishes = st.builds(
    Wish,
    now=st.integers(NIGHT, NIGHT + 10 * MINUTE),
    ready_by=st.integers(NIGHT - MINUTE, NIGHT + 30 * MINUTE),
    minutes=st.integers(0, 20),
    at_once=st.integers(0, 5),
    is_continuous=st.booleans(),
    prices=spans,
)


@given(wishes)
def test_it_keeps_to_what_is_given(wish: Wish) -> None:
    """Never before now or after the end, never too much, never without a price."""
    found = wish.plan()
    chosen = minutes_of(found)
    assert found.minutes == len(chosen) == len(set(chosen)) <= wish.minutes
    assert all(wish.now <= at and at + MINUTE <= wish.ready_by for at in chosen)
    assert all(at % MINUTE == 0 for at in chosen)
    assert list(found.windows) == sorted(found.windows)
    at_once = chosen[: wish.at_once]
    if wish.prices:
        later = chosen[len(at_once) :]
        assert set(later) <= wish.allowed().keys()
        if wish.is_continuous and later:
            assert later == list(range(later[0], later[-1] + 1, MINUTE))


@given(wishes)
def test_it_is_enough_or_says_why(wish: Wish) -> None:
    found = wish.plan()
    assert (found.reason is None) == (found.minutes == wish.minutes)
    first = -(-wish.now // MINUTE)
    there = max(0, wish.ready_by // MINUTE - first)
    assert (found.reason == TOO_LITTLE_TIME) == (there < wish.minutes)
    if found.reason in {TOO_FEW_PRICES, PRICES_WITH_GAPS}:
        start = first * MINUTE + min(wish.at_once, wish.minutes) * MINUTE
        priced = [at for at in wish.allowed() if at >= start]
        left = wish.minutes - min(wish.at_once, wish.minutes)
        assert (found.reason == PRICES_WITH_GAPS) == (len(priced) >= left)
        assert wish.is_continuous or found.reason == TOO_FEW_PRICES


@given(wishes)
def test_what_is_at_once_is_first(wish: Wish) -> None:
    """Whatever it costs."""
    first = -(-wish.now // MINUTE) * MINUTE
    there = max(0, wish.ready_by // MINUTE - first // MINUTE)
    count = min(wish.at_once, wish.minutes, there)
    expected = [first + number * MINUTE for number in range(count)]
    assert minutes_of(wish.plan())[:count] == expected


def rows(minutes: Iterable[int], length: int) -> list[list[int]]:
    """Return all rows of so many minutes."""
    known = set(minutes)
    return [
        row
        for start in sorted(known)
        if known.issuperset(row := list(range(start, start + length * MINUTE, MINUTE)))
    ]


@given(wishes.filter(lambda wish: wish.prices))
def test_nothing_allowed_is_cheaper(wish: Wish) -> None:
    """Compared with every other plan that is as long."""
    found = wish.plan()
    chosen = minutes_of(found)
    first = -(-wish.now // MINUTE) * MINUTE
    count = min(wish.at_once, wish.minutes, len(chosen))
    later = chosen[count:]
    allowed = {
        at: price
        for at, price in wish.allowed().items()
        if at >= first + count * MINUTE
    }
    cost = sum(allowed[at] for at in later)
    if wish.is_continuous:
        others = rows(allowed, len(later)) if later else [[]]
        costs = [sum(allowed[at] for at in row) for row in others]
        # None is longer, where this one is too short.
        if later and found.minutes < min(wish.minutes, len(allowed) + count):
            assert not rows(allowed, len(later) + 1)
    else:
        costs = [sum(sorted(allowed.values())[: len(later)])]
        assert len(later) == min(len(allowed), wish.minutes - count) or (
            found.reason == TOO_LITTLE_TIME
        )
    assert cost == pytest.approx(min(costs), abs=1e-9)


@given(wishes, st.data())
def test_the_order_of_prices_is_nothing(wish: Wish, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(wish.prices))
    assert replace(wish, prices=shuffled).plan() == wish.plan()


@given(wishes, st.floats(0.1, 80))
def test_windows_hold_all_the_energy(wish: Wish, energy: float) -> None:
    found = wish.plan()
    parts = found.energies(energy)
    assert len(parts) == len(found.windows)
    assert sum(parts) == pytest.approx(energy if found.windows else 0)
    priced = [wish.price_at(at) for at in minutes_of(found)]
    known = [price for price in priced if price is not None]
    if len(known) < len(priced):
        assert found.cost(energy) is None
    else:
        mean = sum(known) / len(known) if known else 0
        assert found.cost(energy) == pytest.approx(energy * mean)


def test_without_prices_it_is_as_late_as_possible() -> None:
    found = plan(NIGHT, NIGHT + 8 * HOUR + 30, 90)
    assert found.windows == (window(390, 480),)
    assert found.cost(10) is None
    both = plan(NIGHT, NIGHT + 8 * HOUR, 90, at_once=30)
    assert both.windows == (window(0, 30), window(420, 480))


def test_the_cheapest_hours_with_and_without_a_break() -> None:
    prices = hours(0.35, 0.1, 0.4, 0.2, 0.2)
    without = plan(NIGHT, NIGHT + 5 * HOUR, 120, prices)
    assert without.windows == (window(180, 300),)
    assert without.cost(22) == pytest.approx(4.4)
    split = plan(NIGHT, NIGHT + 5 * HOUR, 120, prices, is_continuous=False)
    # Of the two that cost the same, the first.
    assert split.windows == (window(60, 120), window(180, 240))
    assert split.cost(22) == pytest.approx(3.3)


def test_quarters_of_an_hour() -> None:
    prices = hours(5, 1, 4, 1, 1, 3, 9, 2, length=QUARTER)
    found = plan(NIGHT, NIGHT + 2 * HOUR, 40, prices, is_continuous=False)
    assert found.windows == (window(15, 25), window(45, 75))
    assert plan(NIGHT, NIGHT + 2 * HOUR, 40, prices).windows == (window(45, 85),)


def test_few_windows_where_minutes_cost_the_same() -> None:
    """What joins two windows is taken first, then what makes one longer."""
    prices = hours(2, 1, 2, 2, 1, 2)
    found = plan(NIGHT, NIGHT + 6 * HOUR, 240, prices, is_continuous=False)
    assert found.windows == (window(60, 300),)
    late = plan(NIGHT, NIGHT + 3 * HOUR, 90, hours(2, 2, 1), is_continuous=False)
    assert late.windows == (window(90, 180),)
    # What is charged at once is a window, too.
    at_once = plan(
        NIGHT, NIGHT + 3 * HOUR, 60, hours(2, 2, 2), at_once=30, is_continuous=False
    )
    assert at_once.windows == (window(0, 60),)
    joined = plan(
        NIGHT, NIGHT + 3 * HOUR, 120, hours(2, 1, 2), at_once=30, is_continuous=False
    )
    assert joined.windows == (window(0, 120),)


def test_negative_prices_are_earned_once() -> None:
    """A car does not charge more than it needs, however well that pays."""
    prices = hours(0.2, -0.1, -0.3)
    found = plan(NIGHT, NIGHT + 3 * HOUR, 30, prices)
    assert found.windows == (window(120, 150),)
    assert found.cost(10) == pytest.approx(-3)


def test_minutes_without_a_price_are_not_used() -> None:
    prices = hours(1, None, 1)
    found = plan(NIGHT, NIGHT + 4 * HOUR, 90, prices)
    assert (found.reason, found.windows) == (PRICES_WITH_GAPS, (window(0, 60),))
    split = plan(NIGHT, NIGHT + 4 * HOUR, 90, prices, is_continuous=False)
    assert (split.reason, split.windows) == (None, (window(0, 60), window(120, 150)))
    long = plan(NIGHT, NIGHT + 4 * HOUR, 150, prices, is_continuous=False)
    assert (long.reason, long.minutes) == (TOO_FEW_PRICES, 120)
    old = plan(NIGHT + 5 * HOUR, NIGHT + 9 * HOUR, 150, prices)
    assert (old.reason, old.windows, old.cost(0)) == (TOO_FEW_PRICES, (), 0)


def test_a_price_without_an_end() -> None:
    """It holds until the next one, a day at the most; the last like that before."""

    def shown(*spans: PriceSpan) -> list[float | None]:
        return by_minutes(spans, NIGHT, NIGHT + 72 * HOUR)[::60]

    first, later = PriceSpan(NIGHT, None, 1), PriceSpan(NIGHT + 2 * HOUR, None, 2)
    assert shown(later, first)[:5] == [1, 1, 2, 2, None]
    assert shown(first)[:2] == [1, None]
    far = PriceSpan(NIGHT + 48 * HOUR, None, 3)
    days = LONGEST_PRICE // HOUR
    assert shown(first, far) == [*[1] * days, *[None] * days, *[3] * days]


def test_which_of_several_prices_holds() -> None:
    wide, narrow = PriceSpan(NIGHT, NIGHT + HOUR, 1), hours(5, 3, length=QUARTER)
    assert by_minutes([*narrow, wide], NIGHT, NIGHT + HOUR)[::15] == [5, 3, 1, 1]
    twice = [*hours(7), *hours(2)]
    assert by_minutes(twice, NIGHT, NIGHT + HOUR)[::15] == [7, 7, 7, 7]


def test_a_minute_with_half_a_price_has_none() -> None:
    span = PriceSpan(NIGHT + 30, NIGHT + 150, 1)
    assert by_minutes([span], NIGHT, NIGHT + 4 * MINUTE) == [None, 1, None, None]


@pytest.mark.parametrize(
    ("energy", "power", "minutes"),
    [
        (0, 11, 0),
        (11, 11, 60),
        (0.1, 11, 1),
        (22.1, 11, 121),
        (-1, 11, 0),
        (7.7, 11, 42),
    ],
)
def test_how_long_an_energy_takes(energy: float, power: float, minutes: int) -> None:
    assert minutes_for(energy, power) == minutes


def charge(*steps: tuple[float, float], start: float = 0) -> Charge:
    """Return a charge of steps: minutes and kWh."""
    found, at = [], round(NIGHT + start * MINUTE)
    for minutes, amount in steps:
        found.append(Step(at, at + round(minutes * MINUTE), amount))
        at = found[-1].until
    return Charge(
        start=found[0].since,
        end=at,
        start_after=None,
        end_before=None,
        level_start=None,
        level_end=None,
        added=None,
        points=0,
        is_partial=False,
        is_level_whole=False,
        is_sum=False,
        latitude=None,
        longitude=None,
        is_home=None,
        where=Place(),
        steps=tuple(found),
    )


def test_the_power_seen_in_charges() -> None:
    """Times at both ends, and pauses, hold charging and none; most energy counts."""
    usual = charge((50, 1), (30, 5.5), (600, 2), (30, 5.4), (10, 0.2))
    seen = seen_power([usual])
    assert seen == (pytest.approx(10.8), 1, usual.end)
    slow = charge((60, 2), (60, 2.3), (60, 1), start=2000)
    other = charge((60, 11), (60, 11), (60, 11), start=4000)
    assert seen_power([usual, slow, other]) == (pytest.approx(10.8), 3, other.end)


def test_only_the_newest_charges_show_the_power() -> None:
    """A charger that is no longer there is forgotten."""
    old = [charge((60, 3), (60, 3), (60, 3), start=at * 200) for at in range(30)]
    new = [charge((60, 9), (60, 9), (60, 9), start=at * 200) for at in range(30, 50)]
    assert seen_power([*old, *new]) == (9, len(new), new[-1].end)
    assert seen_power([*old, *new[:9]]) == (3, 20, new[8].end)


def test_a_power_that_cannot_be_seen() -> None:
    """Two reports do not say when in between the car charged."""
    assert seen_power([]) is None
    assert seen_power([charge((480, 20))]) is None
    assert seen_power([charge((60, 3), (0, 1), (60, 3))]) is None
