"""What a car's charges cost: worked out when they happened, and kept.

The price of past minutes is known only as long as Home Assistant remembers it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from homeassistant.core import HomeAssistant

from .costs import cost_of, fixed
from .memory import AWAY, HOME, Charge
from .options import SmartcarOptions
from .prices import async_price_history
from .records import Record

# Seconds from before the first price for which charges are priced, too: as long as
# they are not final.
BEFORE: Final = 48 * 3600


class Priced(NamedTuple):
    """What was worked out for the charge that begins then; the rest is what of.

    `energy` in kWh; `centre`: when half of it had come, about. `cost` is `None` where
    the price of its minutes is not known.
    """

    start: int
    end: int
    energy: float
    place: str
    centre: int
    cost: float | None
    is_final: bool = False

    def is_of(self, charge: Charge) -> bool:
        """Return whether it was worked out for the charge as it is now.

        What is final has its energy by whole hours, which moves the centre.
        """
        return self[1:4] == (charge.end, charge.energy, charge.where.place) and (
            charge.is_final or self.centre == _centre(charge)
        )


@dataclass(slots=True)
class Costs(Record):
    """The costs of charges; `since`: when the first price was known (seconds).

    `dropped`: what charges have cost that are kept no more.
    """

    since: int | None = None
    priced: list[Priced] = field(default_factory=list)
    dropped: float = 0.0


class ChargeCosts:
    """Prices the charges of one car."""

    def __init__(self, hass: HomeAssistant, options: SmartcarOptions) -> None:
        """Begin without any cost."""
        self._hass = hass
        self._options = options
        self.kept = Costs()
        self._by_start: dict[int, Priced] = {}
        # The options may have changed since: what is not final is worked out again.
        self._is_first = True

    def load(self, kept: Costs) -> None:
        """Go on with what was kept."""
        self.kept = kept
        self._by_start = {item.start: item for item in kept.priced}

    @property
    def is_on(self) -> bool:
        """Return whether any charge can be priced."""
        return self._options.has_price or self._options.away_price is not None

    def over(self, charge: Charge) -> Charge:
        """Return a charge with its cost; what a person said of it stands."""
        if charge.cost is not None:
            return charge
        if charge.price is not None:
            energy = charge.energy
            return charge._replace(cost=energy and round(energy * charge.price, 4))
        priced = self._by_start.get(charge.start)
        if priced is None or not priced.is_of(charge):
            return charge
        return charge._replace(cost=priced.cost)

    async def async_update(self, charges: Sequence[Charge], now: int) -> int | None:
        """Price what was not priced as it is now; return since when costs differ.

        `charges`: all of the car, oldest first, without the costs worked out here.
        """
        if not self.is_on:
            return None
        kept, again, self._is_first = self.kept, self._is_first, False
        if kept.since is None:
            kept.since = now - BEFORE
        self._drop(charges)
        changed: list[int] = []
        for charge in charges:
            is_told = charge.cost is not None or charge.price is not None
            if is_told or charge.end < kept.since:
                continue
            before = self._by_start.get(charge.start)
            if before is not None and before.is_of(charge):
                is_settled = before.is_final or before.cost is not None
                if is_settled and not (again and not charge.is_final):
                    continue
            priced = await self._price(charge, before)
            if priced is None or priced == before:
                continue
            self._by_start[charge.start] = priced
            changed.append(charge.begins)
        kept.priced = sorted(self._by_start.values())
        return min(changed, default=None)

    def _drop(self, charges: Sequence[Charge]) -> None:
        """Add up what charges cost that are kept no more; forget those that went.

        One whose beginning has moved is priced under the new one.
        """
        starts = {charge.start for charge in charges}
        oldest = min(starts, default=0)
        for start in [start for start in self._by_start if start not in starts]:
            gone = self._by_start.pop(start)
            if start < oldest and gone.is_final:
                self.kept.dropped += gone.cost or 0

    async def _price(self, charge: Charge, before: Priced | None) -> Priced | None:
        if charge.energy is None:
            return None
        cost = await self._cost(charge)
        if (
            cost is None
            and before is not None
            and before.cost is not None
            and before.energy
            and before.place == charge.where.place
        ):
            # The minutes are forgotten by now; the mean price of then is not.
            cost = before.cost * charge.energy / before.energy
        return Priced(
            charge.start,
            charge.end,
            charge.energy,
            charge.where.place,
            _centre(charge),
            None if cost is None else round(cost, 4),
            charge.is_final,
        )

    async def _cost(self, charge: Charge) -> float | None:
        options, steps = self._options, charge.steps
        if charge.where.place == AWAY:
            return cost_of(steps, fixed(options.away_price))
        if charge.where.place != HOME or not steps:
            return None
        if options.home_price_entity is None:
            return cost_of(steps, fixed(options.home_price), options.loss_factor)
        since, until = _span(charge)
        prices = await async_price_history(
            self._hass, options.home_price_entity, since, until
        )
        return cost_of(steps, prices, options.loss_factor)


def _span(charge: Charge) -> tuple[int, int]:
    """Return between which seconds the energy of a charge came."""
    return (
        min(step.since for step in charge.steps),
        max(step.until for step in charge.steps),
    )


def _centre(charge: Charge) -> int:
    """Return the mean moment of the energy of a charge; its end where none is told."""
    energy = sum(step.amount for step in charge.steps)
    if not energy:
        return charge.end
    moments = sum(
        step.amount * (step.since + step.until - 2 * charge.start)
        for step in charge.steps
    )
    return charge.start + round(moments / energy / 2)


def total(charges: Iterable[Charge]) -> float:
    """Return what charges have cost, as far as that is known."""
    return sum(charge.cost or 0 for charge in charges)
