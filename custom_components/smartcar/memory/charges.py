"""Charging, found by what the car tells of its cable, its level and its figure.

One pass over points in the order of their times. Nothing is charged without
evidence: a figure that rose or began again, or a level that rose.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..records import Record
from .entries import Charge, Step

# Reports of one look at the car lie no further apart (seconds).
ONE_LOOK: Final = 120
# A cable that is out for less was never out; drives closer than that are one.
STAND: Final = 45 * 60
# Points that a level must rise to show charging by itself; over a drive, more:
# a long way down the mountains charges, too.
LEVEL_RISE: Final = 3
LEVEL_RISE_DRIVEN: Final = 5
# A fall to no less of the figure is rounding.
ROUNDING: Final = 0.9
# No car takes more: kWh between two reports, and kW.
MOST_ENERGY: Final = 300
MOST_POWER: Final = 400
# A session told of by more reports has its oldest put together.
MAX_STEPS: Final = 96


class Told(NamedTuple):
    """A value and when it was told."""

    at: int
    value: float


class Position(NamedTuple):
    """Where the car was, in degrees, and when."""

    at: int
    latitude: float
    longitude: float


@dataclass(slots=True)
class Session(Record):
    """What is known of one stand of the car, between two movements."""

    since: int | None = None
    plugged: int | None = None
    plugged_last: int | None = None
    plugged_after: int | None = None
    unplugged: int | None = None
    charging: int | None = None
    charging_last: int | None = None
    added: list[Step] = field(default_factory=list)
    rises: list[Step] = field(default_factory=list)
    # The present rise of the level, from its low point on.
    run: list[Step] = field(default_factory=list)
    low: float | None = None
    # When the first low point was told.
    low_at: int | None = None
    high: float | None = None
    level: float | None = None
    is_partial: bool = False
    is_sum: bool = False
    latitude: float | None = None
    longitude: float | None = None
    is_home: bool | None = None

    def settle_run(self) -> None:
        """Keep the present rise of the level if it shows charging; end it."""
        self.rises, self.run = self.level_steps, []

    @property
    def level_steps(self) -> list[Step]:
        """Return how the level rose, as far as that shows charging."""
        total = sum(step.amount for step in self.run)
        is_told = self.charging is not None or self.is_sum or bool(self.added)
        if total >= (1 if is_told else LEVEL_RISE):
            return self.rises + self.run
        return self.rises

    def charge(self, *, is_open: bool) -> Charge | None:
        """Return the charge that it shows, if it shows one."""
        levels = self.level_steps
        if not self.added and not levels:
            return None
        shown = sorted([*self.added, *levels])
        start, after = shown[0].until, shown[0].since
        end = max(step.until for step in shown)
        words = [
            *(self.plugged, self.plugged_last),
            *((self.charging, self.charging_last) if self.plugged is None else ()),
        ]
        told = [word for word in words if word is not None]
        if self.plugged is not None and self.plugged < start:
            bounds = [t for t in (self.plugged_after, self.since) if t is not None]
            after = max(bounds, default=after)
        start, end = min([start, *told]), max([end, *told])
        # Where the car stood when it was charged may be another place.
        is_here = not self.is_sum or bool(told)
        points = round(sum(step.amount for step in levels), 3)
        return Charge(
            start=start,
            end=end,
            start_after=min(after, start),
            end_before=None if self.unplugged is None else max(self.unplugged, end),
            level_start=self._level_start(levels),
            level_end=self.high if levels else self.level,
            added=round(sum(s.amount for s in self.added), 3) if self.added else None,
            points=points,
            is_partial=self.is_partial,
            is_level_whole=self.low_at is not None
            and bool(self.added)
            and self.low_at <= self.added[0].since,
            is_sum=self.is_sum,
            latitude=self.latitude if is_here else None,
            longitude=self.longitude if is_here else None,
            is_home=self.is_home if is_here else None,
            is_open=is_open,
            steps=tuple(self.added),
            level_steps=tuple(levels),
        )

    def _level_start(self, levels: list[Step]) -> float | None:
        if not levels or self.high is None:
            return self.level
        return self.high - sum(step.amount for step in levels)


@dataclass(slots=True)
class ChargeFinder(Record):
    """Finds charges; `closed` are those that no later point can change."""

    session: Session = field(default_factory=Session)
    cable: Told | None = None
    out_at: int | None = None
    # When the cable went in for the last time in this stand, after it was out.
    plugged_again: int | None = None
    level: Told | None = None
    added: Told | None = None
    # The figure fell, and the next one will tell why; `since` is the one before.
    dip: Step | None = None
    # The first movement since the figure.
    over_at: int | None = None
    place: Position | None = None
    home: Told | None = None
    refused: int = 0
    # How often energy came.
    came: int = 0
    closed: list[Charge] = field(default_factory=list)

    @property
    def open(self) -> Charge | None:
        """Return the charge that later points may still change."""
        return self.session.charge(is_open=self.out_at is None)

    def close(self, before: int | None = None) -> None:
        """End the session; `before` is the report that shows its end."""
        if before is not None and self.session.unplugged is None:
            self.session.unplugged = before
        if (charge := self.session.charge(is_open=False)) is not None:
            self.closed.append(charge)
        self.session = Session()
        self.out_at = self.plugged_again = None

    def pass_time(self, at: int) -> None:
        """Let time pass: a cable that stays out has ended the session."""
        if self.out_at is not None and at - self.out_at >= STAND:
            self._restart(None)

    def _restart(self, before: int | None) -> None:
        """Begin another session at the same place."""
        old = self.session
        self.close(before)
        new = self.session
        new.latitude, new.longitude = old.latitude, old.longitude
        new.is_home = old.is_home
        if self.level is not None:
            new.low = new.high = new.level = self.level.value
            new.low_at = self.level.at

    def see_movement(self, at: int) -> None:
        """Note that the car has moved: whatever was charged is over."""
        self.close(at)
        self.session.since = at
        for place in (self.place, self.home):
            if place is not None and at - place.at <= ONE_LOOK:
                self._stand_at(place)
        if self.over_at is None:
            self.over_at = at

    def see_place(self, place: Position | Told) -> None:
        """Note where the car is: degrees, or whether it is at home."""
        if isinstance(place, Position):
            self.place = place
        else:
            self.home = place
        self._stand_at(place)

    def _stand_at(self, place: Position | Told) -> None:
        if isinstance(place, Position):
            self.session.latitude = round(place.latitude, 3)
            self.session.longitude = round(place.longitude, 3)
        else:
            self.session.is_home = bool(place.value)

    def see_cable(self, at: int, *, is_in: bool) -> None:
        """Note whether the cable is in."""
        session = self.session
        if not is_in:
            if self.out_at is None and (session.plugged or session.added):
                self.out_at = at
                session.unplugged = at
        else:
            if self.out_at is not None:
                self.plugged_again = at
            self.out_at = session.unplugged = None
            if session.plugged is None:
                session.plugged = at
                session.plugged_after = self.cable.at if self.cable else None
            session.plugged_last = at
        self.cable = Told(at, is_in)

    def see_charging(self, at: int) -> None:
        """Note a word of charging."""
        if self.session.charging is None:
            self.session.charging = at
        self.session.charging_last = at

    def see_level(self, at: int, level: float) -> None:
        """Take the battery's level in percent."""
        before, self.level = self.level, Told(at, level)
        session = self.session
        session.level = level
        if session.low is None or session.high is None:
            session.low = session.high = level
            session.low_at = at
            if (
                before is not None
                and level - before.value >= LEVEL_RISE_DRIVEN
                and at - before.at > STAND
            ):
                session.is_sum = True
                session.low = before.value
                session.run.append(Step(before.at, at, level - before.value))
        elif level > session.high and before is not None:
            session.run.append(Step(before.at, at, round(level - session.high, 3)))
            session.run = _bounded(session.run)
            session.high = level
        elif level <= session.high - LEVEL_RISE or (
            level < session.low and not session.run
        ):
            session.settle_run()
            session.low = session.high = level
        if session.run and session.level_steps is not session.rises:
            self.came += session.run[-1].until == at

    def see_added(self, at: int, energy: float) -> None:
        """Take the figure of what the session has added, in kWh."""
        last = self.added
        if last is None:
            self.session.is_partial = energy > 0
            self._take(at, energy)
        elif self.dip is not None:
            self._after_dip(at, energy, last, self.dip)
        elif energy > last.value:
            if self._is_new(at):
                self._add(Step(max(last.at, self.over_at or 0), at, energy))
            else:
                if self.over_at is not None:
                    self.session.is_partial = self.session.is_sum = True
                self._add(Step(last.at, at, energy - last.value))
            self._take(at, energy)
        elif energy < last.value * ROUNDING:
            if self._is_new(at) or (self.over_at is not None and energy > 0):
                self._begin(Step(max(last.at, self.over_at or 0), at, energy))
            else:
                self.dip = Step(last.at, at, energy)
        elif energy == last.value:
            self.added = Told(at, energy)

    def _is_new(self, at: int) -> bool:
        """Return whether a changed figure must be that of another session.

        The car has moved since the last figure, and at that look it still stood.
        """
        return (
            self.dip is None
            and self.over_at is not None
            and at - self.over_at > ONE_LOOK
        )

    def _after_dip(self, at: int, energy: float, last: Told, dip: Step) -> None:
        """Judge a fall of the figure by what follows it."""
        if energy >= last.value:
            # A blink; what came since goes on top.
            if energy > last.value:
                if self.over_at is not None:
                    self.session.is_partial = True
                self._add(Step(last.at, at, energy - last.value))
            self._take(at, energy)
        elif energy > 0:
            if self.plugged_again is not None and self.plugged_again > last.at:
                plugged = self.plugged_again
                self._restart(None)
                self.session.plugged = self.session.plugged_last = plugged
            if 0 < dip.amount <= energy:
                self._begin(Step(dip.since, dip.until, dip.amount))
                if energy > dip.amount:
                    self._add(Step(dip.until, at, energy - dip.amount))
                self._take(at, energy)
            else:
                since = self._since(dip)
                self._begin(Step(since, at, energy))

    def _since(self, dip: Step) -> int:
        """Return from when on the energy after a fall may have come.

        A zero is where the session began only if it charges since then: it may be
        a blink of a session that was not told of.
        """
        session = self.session
        charging = session.charging
        if dip.amount == 0 and charging and charging >= dip.until - ONE_LOOK:
            return dip.until
        bounds = (session.since or 0, session.plugged_after or 0)
        return max(dip.since, *(bound for bound in bounds if bound < dip.until), 0)

    def _begin(self, step: Step) -> None:
        """Take the first figure of another session."""
        self.session.is_partial &= bool(self.session.added)
        if step.amount > 0:
            self._add(step)
        self._take(step.until, step.amount)

    def _take(self, at: int, energy: float) -> None:
        self.added, self.dip, self.over_at = Told(at, energy), None, None

    def _add(self, step: Step) -> None:
        """Add energy to the session, unless no car could take that much."""
        since, until, amount = step
        if amount > MOST_ENERGY or amount * 3600 > MOST_POWER * max(until - since, 60):
            self.refused += 1
            return
        session = self.session
        if session.high is None and self.level is not None:
            session.low = session.high = session.level = self.level.value
            session.low_at = self.level.at
        self.came += 1
        session.added.append(Step(since, until, round(amount, 3)))
        session.added = _bounded(session.added)


def _bounded(steps: list[Step]) -> list[Step]:
    """Put the oldest steps together where there are too many."""
    if len(steps) <= MAX_STEPS:
        return steps
    first, second, *others = steps
    return [Step(first.since, second.until, first.amount + second.amount), *others]
