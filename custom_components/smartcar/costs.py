"""What a charge costs: energy between two reports times the price of those minutes.

Pure. Times are seconds since 1970, prices per kWh, all in one currency.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from .memory.entries import Step

# So much of the time of a charge must have a price; the rest follows from that.
PRICED: Final = 0.95


class Price(NamedTuple):
    """What a kWh costs from `at` on; `None` where that is not known."""

    at: int
    price: float | None


def fixed(price: float | None) -> tuple[Price, ...]:
    """Return a price that never changes."""
    return (Price(0, price),)


def cost_of(
    charge_steps: Sequence[Step], prices: Sequence[Price], factor: float = 1.0
) -> float | None:
    """Return what the energy of steps costs; it came evenly within each.

    `prices`: oldest first; before the first one nothing is known. `factor`: how much
    the meter counts for what the car does. `None` without steps, or with a price for
    less than 95 % of their time. A step without length has the price of its second.
    """
    times = [price.at for price in prices]
    seconds = known = 0
    energy = priced = cost = 0.0
    for since, end, amount in charge_steps:
        until = max(end, since + 1)
        seconds += until - since
        energy += amount
        # What stood before the step still holds when it begins.
        for at in range(max(0, bisect_right(times, since) - 1), len(times)):
            if times[at] >= until:
                break
            following = times[at + 1] if at + 1 < len(times) else until
            part = min(until, following) - max(since, times[at])
            if (price := prices[at].price) is not None:
                share = amount * part / (until - since)
                known += part
                priced += share
                cost += share * price
    if not seconds or known < PRICED * seconds:
        return None
    if not priced:
        return None if energy else 0.0
    return cost * factor * energy / priced
