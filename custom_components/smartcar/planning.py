"""When to charge: the cheapest minutes before a car must be ready.

Pure. Times are whole seconds since 1970, energy is in kWh, power in kW, prices are
per kWh. Windows begin and end at whole minutes. The power is taken as constant: how
it falls near a full battery is not known.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import ceil
from statistics import median
from typing import Final, NamedTuple

from .memory.entries import Charge, Step

MINUTE: Final = 60
HOUR: Final = 3600
# A price without an end holds so long at the most (seconds).
LONGEST_PRICE: Final = 24 * HOUR
# Prices are added up as whole numbers of this, so that equal sums are equal.
PRICE_STEP: Final = 1e-6

# Why a plan falls short of what is wanted.
TOO_LITTLE_TIME: Final = "too_little_time"
TOO_FEW_PRICES: Final = "too_few_prices"
PRICES_WITH_GAPS: Final = "prices_with_gaps"
ABOVE_LIMIT: Final = "above_limit"
REASONS: Final = (TOO_LITTLE_TIME, TOO_FEW_PRICES, PRICES_WITH_GAPS, ABOVE_LIMIT)

# The power of a car is seen in so many of its newest charges, at most.
SEEN_CHARGES: Final = 20
# The first and the last step of a charge hold time without charging.
LEAST_STEPS: Final = 3


class PriceSpan(NamedTuple):
    """What a kWh costs from `start` on; `None` where that is not known.

    Without an `end`, it holds until the next one starts.
    """

    start: int
    end: int | None
    price: float | None


class Window(NamedTuple):
    """Charging without a break."""

    start: int
    end: int


class Plan(NamedTuple):
    """When to charge: windows in order, and why they fall short, if they do.

    `prices`: that of each minute in the windows, in order.
    """

    windows: tuple[Window, ...]
    prices: tuple[float | None, ...]
    reason: str | None

    @property
    def minutes(self) -> int:
        """Return how long the windows are."""
        return sum(window.end - window.start for window in self.windows) // MINUTE

    def energies(self, energy: float) -> list[float]:
        """Return what of an energy falls into each window; it comes evenly."""
        whole = self.minutes * MINUTE
        return [energy * (window.end - window.start) / whole for window in self.windows]

    def cost(self, energy: float) -> float | None:
        """Return what an energy costs at the meter; `None` if a price is not known."""
        known = [price for price in self.prices if price is not None]
        if len(known) < len(self.prices):
            return None
        return energy * sum(known) / len(known) if known else 0.0


def minutes_for(energy: float, power: float) -> int:
    """Return how many whole minutes an energy takes."""
    # What rounding adds must not take another minute.
    return max(0, ceil(energy / power * MINUTE - 1e-6))


def by_minutes(
    spans: Iterable[PriceSpan], since: int, until: int
) -> list[float | None]:
    """Return the price of each minute between two times, which are whole minutes.

    A minute has a price if that holds for all of it. Where prices overlap, the one
    that starts last holds; of those that start together the one that ends first, and
    of those the higher one.
    """
    found: list[float | None] = [None] * max(0, (until - since) // MINUTE)
    for start, end, price in sorted(_ended(spans), key=_rank):
        first = max(0, -((since - start) // MINUTE))
        last = min(len(found), (end - since) // MINUTE)
        if first < last:
            found[first:last] = [price] * (last - first)
    return found


def _rank(span: tuple[int, int, float | None]) -> tuple[int, int, bool, float]:
    start, end, price = span
    return start, -end, price is not None, price or 0


def _ended(spans: Iterable[PriceSpan]) -> list[tuple[int, int, float | None]]:
    """Return all spans with an end.

    The last one holds as long as the one before it; a single one for an hour.
    """
    spans = list(spans)
    starts = sorted({span.start for span in spans})
    lengths = {start: after - start for start, after in pairwise(starts)}
    if starts:
        lengths[starts[-1]] = lengths[starts[-2]] if len(starts) > 1 else HOUR
    return [
        (start, start + min(lengths[start], LONGEST_PRICE) if end is None else end, p)
        for start, end, p in spans
    ]


def plan(
    now: int,
    ready_by: int,
    minutes: int,
    prices: Sequence[PriceSpan] = (),
    *,
    at_once: int = 0,
    is_continuous: bool = True,
) -> Plan:
    """Return when to charge for so many minutes; `at_once` of them at once.

    What is charged at once may have no price; other minutes without one are not used.
    Without prices it is as late as possible. Where that does not fit, as much as does.
    """
    since = -(-now // MINUTE) * MINUTE
    until = max(since, ready_by // MINUTE * MINUTE)
    there = (until - since) // MINUTE
    at_once = min(at_once, minutes, there)
    wanted = min(minutes, there)
    reason = TOO_LITTLE_TIME if minutes > there else None
    found = by_minutes(prices, since, until)
    chosen = set(range(at_once))
    if not prices:
        chosen.update(range(there - wanted + at_once, there))
    else:
        choose = _unbroken if is_continuous else _cheapest
        chosen |= choose(found, at_once, wanted - at_once)
        priced = sum(price is not None for price in found[at_once:])
        if reason is None and len(chosen) < wanted:
            enough = priced >= wanted - at_once
            reason = PRICES_WITH_GAPS if enough else TOO_FEW_PRICES
    order = sorted(chosen)
    return Plan(
        tuple(
            Window(since + first * MINUTE, since + end * MINUTE)
            for first, end in _runs(order)
        ),
        tuple(found[minute] for minute in order),
        reason,
    )


def _runs(order: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first of each row of numbers, and what follows its last one."""
    runs: list[tuple[int, int]] = []
    for number in order:
        if runs and runs[-1][1] == number:
            runs[-1] = runs[-1][0], number + 1
        else:
            runs.append((number, number + 1))
    return runs


def _whole(price: float) -> int:
    return round(price / PRICE_STEP)


def _unbroken(prices: Sequence[float | None], first: int, count: int) -> set[int]:
    """Return the cheapest minutes in a row, the first of those that cost the same.

    Where no row is long enough, the longest one, and of several the cheapest.
    """
    runs = _runs(at for at in range(first, len(prices)) if prices[at] is not None)
    length = min(count, max((end - start for start, end in runs), default=0))
    if not length:
        return set()
    sums = [0, *accumulate(0 if price is None else _whole(price) for price in prices)]
    start = min(
        (at for begin, end in runs for at in range(begin, end - length + 1)),
        key=lambda at: (sums[at + length] - sums[at], at),
    )
    return set(range(start, start + length))


def _cheapest(prices: Sequence[float | None], first: int, count: int) -> set[int]:
    """Return the cheapest minutes, in few rows where several cost the same."""
    known = {
        at: _whole(price)
        for at in range(first, len(prices))
        if (price := prices[at]) is not None
    }
    if count >= len(known):
        return set(known)
    if not count:
        return set()
    dearest = sorted(known.values())[count - 1]
    chosen = {at for at, price in known.items() if price < dearest}
    left = count - len(chosen)
    # What is charged at once is a neighbour, too.
    taken = chosen | set(range(first))

    def neighbours(run: tuple[int, int]) -> int:
        return (run[0] - 1 in taken) + (run[1] in taken)

    runs = _runs(at for at in sorted(known) if known[at] == dearest)
    # First what joins two rows, then what makes one longer.
    for begin, end in sorted(
        runs, key=lambda run: (-neighbours(run), run[0] - run[1], run[0])
    ):
        part = min(left, end - begin)
        is_late = begin - 1 not in taken and end in taken
        chosen.update(range(end - part, end) if is_late else range(begin, begin + part))
        left -= part
    return chosen


def seen_power(charges: Iterable[Charge]) -> tuple[float, int, int] | None:
    """Return the usual power in kW that reached the car in its newest charges.

    With it, in how many charges it was seen, and when the newest of them ended.
    `charges`: oldest first.
    """
    seen = [
        (power, charge.end)
        for charge in charges
        if (power := _power(charge.steps)) is not None
    ][-SEEN_CHARGES:]
    if not seen:
        return None
    return median(power for power, _ in seen), len(seen), seen[-1][1]


def _power(steps: Sequence[Step]) -> float | None:
    """Return the power in kW with which most of a charge's energy came.

    A step with a pause in it has a low one, but little of the energy.
    """
    if len(steps) < LEAST_STEPS:
        return None
    inner = sorted(
        (amount * HOUR / (until - since), amount)
        for since, until, amount in steps[1:-1]
        if until > since and amount > 0
    )
    half = sum(amount for _, amount in inner) / 2
    passed = 0.0
    for power, amount in inner:
        passed += amount
        if passed >= half:
            return power
    return None
