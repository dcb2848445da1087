"""Refuels, found by what the car tells of its tank: percent, litres, or both.

A gauge blinks, trembles and leans with the car. So nothing follows from a zero; and
a fall that the way cannot explain is no fuel burnt, unless it is told for long.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..records import Record
from .charges import ONE_LOOK, STAND
from .entries import Refuel

# A fall that cannot be explained is believed after so many seconds.
BELIEVED: Final = 12 * 3600


class Limits(NamedTuple):
    """What a tank must rise by to show a refuel, and what a km takes at most."""

    rise: float
    most: float


PERCENT: Final = Limits(rise=5, most=0.5)
LITRES: Final = Limits(rise=3, most=0.25)


class Reading(NamedTuple):
    """What a gauge told: percent or litres; and km driven until then."""

    at: int
    value: float
    driven: float


class FuelStretch(NamedTuple):
    """Km without a refuel, and the litres that burnt on them."""

    distance: float
    litres: float


@dataclass(slots=True)
class Gauge(Record):
    """One gauge of the tank.

    `before`: what it told before the refuel that is not confirmed yet.
    """

    last: Reading | None = None
    # A fall that the way cannot explain, and since when it is told.
    doubt: Reading | None = None
    doubt_since: int = 0
    # Where the present rise began.
    low: Reading | None = None
    before: Reading | None = None

    def see(self, now: Reading, limits: Limits) -> Reading | None:
        """Take a report; return where its rise began if that shows a refuel.

        If it tells again what it did before the last one, `before` is empty after it.
        """
        last = self.last
        if last is None:
            self.last = now
            return None
        if self._is_doubtful(last, now, limits):
            before = self.before
            if before is not None and now.value < before.value + limits.rise:
                self.last, self.doubt, self.low, self.before = now, None, None, None
                return None
            self.doubt_since = self.doubt_since if self.doubt else now.at
            if now.at - self.doubt_since < BELIEVED:
                self.doubt = now
                return None
        stands = now.driven == last.driven and now.at - last.at < STAND
        low = self.low if stands and self.low is not None else last
        self.low = low if now.value >= last.value else None
        self.last, self.doubt = now, None
        shows = now.value > last.value and now.value - low.value >= limits.rise
        return low if shows else None

    @staticmethod
    def _is_doubtful(last: Reading, now: Reading, limits: Limits) -> bool:
        fall = last.value - now.value
        return fall >= limits.rise and fall > limits.most * (now.driven - last.driven)

    def see_movement(self, at: int, driven: float, limits: Limits) -> None:
        """Let a way that is told in the look of the last report explain it."""
        told = self.doubt or self.last
        if told is None or self.last is None or at - told.at > ONE_LOOK:
            return
        told = told._replace(driven=driven)
        if self.doubt is None or not self._is_doubtful(self.last, told, limits):
            self.last, self.doubt = told, None


@dataclass(slots=True)
class FuelFinder(Record):
    """Finds refuels; `closed` are those that no later point can change.

    `open` waits for another report to confirm it.
    """

    percent: Gauge = field(default_factory=Gauge)
    litres: Gauge = field(default_factory=Gauge)
    open: Refuel | None = None
    # The first litres after the last refuel, or at all.
    since: Reading | None = None
    # When the last refuel that is closed ended.
    told_until: int = 0
    closed: list[Refuel] = field(default_factory=list)

    def level_since(self, at: int) -> float | None:
        """Return the percent that were told since a moment, if beyond doubt."""
        last = self.percent.last
        if last is None or last.at < at or self.percent.doubt is not None:
            return None
        return last.value

    @property
    def stretch(self) -> FuelStretch | None:
        """Return what burnt since the last refuel, as far as litres are told."""
        since, last = self.since, self.litres.last
        if since is None or last is None:
            return None
        return FuelStretch(
            round(last.driven - since.driven, 3), round(since.value - last.value, 3)
        )

    def see_level(self, at: int, value: float, driven: float) -> None:
        """Take the level of the tank in percent; `driven`: km until then."""
        if value:
            self._see(self.percent, Reading(at, value, driven), PERCENT)

    def see_amount(self, at: int, value: float, driven: float) -> None:
        """Take the litres in the tank; `driven`: km until then."""
        if value:
            now = Reading(at, value, driven)
            self.since = self.since or now
            self._see(self.litres, now, LITRES)

    def see_movement(self, at: int, driven: float) -> None:
        """Take how many km were driven until now."""
        self.percent.see_movement(at, driven, PERCENT)
        self.litres.see_movement(at, driven, LITRES)
        if self.since is not None and at - self.since.at <= ONE_LOOK:
            self.since = self.since._replace(driven=driven)

    def _see(self, gauge: Gauge, now: Reading, limits: Limits) -> None:
        before = gauge.before
        if (low := gauge.see(now, limits)) is not None:
            self._rise(gauge, low, now)
        elif before is not None and gauge.before is None:
            # There was no refuel after all.
            self._forget()
            self.since = self.litres.last
        elif (
            self.open is not None
            and gauge.doubt is None
            and now.at - self.open.end >= STAND
        ):
            self._close(self.open, now.at)

    def _rise(self, gauge: Gauge, low: Reading, now: Reading) -> None:
        """Note that a gauge has risen; what both tell of is one refuel."""
        refuel = self.open
        if refuel is not None and low.at >= refuel.end and now.at - refuel.end >= STAND:
            self._close(refuel, now.at)
            refuel = None
        if refuel is None:
            if low.at < self.told_until:
                return
            refuel = Refuel(now.at, now.at, low.at, is_sum=now.at - low.at > STAND)
        is_first = gauge.before is None
        gauge.before = before = gauge.before or low
        refuel = refuel._replace(end=now.at)
        if gauge is self.percent:
            refuel = refuel._replace(level_start=before.value, level_end=now.value)
        else:
            refuel = refuel._replace(amount=round(now.value - before.value, 3))
            if is_first and self.since is not None:
                refuel = refuel._replace(
                    burnt=round(self.since.value - low.value, 3),
                    distance=round(low.driven - self.since.driven, 3),
                )
            self.since = now
        self.open = refuel

    def _close(self, refuel: Refuel, at: int) -> None:
        """Believe a refuel, which a report at a moment confirms."""
        self.closed.append(refuel._replace(end_before=at))
        self.told_until = refuel.end
        if refuel.amount is None:
            self.since = None
        self._forget()

    def _forget(self) -> None:
        self.open = self.percent.before = self.litres.before = None
