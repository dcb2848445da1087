"""Charging, found by what the car tells of its cable, its level and its figure.

One pass over points in the order of their times. Nothing is charged without
evidence: a figure that rose or began again, or a level that rose.
"""

from dataclasses import dataclass, field
from typing import Final

from ..records import Record
from .entries import Charge, Step
from .sessions import LEVEL_RISE, Position, Session, Told, bounded

# Reports of one look at the car lie no further apart (seconds).
ONE_LOOK: Final = 120
# A cable that is out for less was never out; drives closer than that are one.
STAND: Final = 45 * 60
# Points that a level must rise to show charging over a drive: a long way down the
# mountains charges, too.
LEVEL_RISE_DRIVEN: Final = 5
# A fall to no less of the figure is rounding.
ROUNDING: Final = 0.9
# No car takes more: kWh between two reports, and kW.
MOST_ENERGY: Final = 300
MOST_POWER: Final = 400


@dataclass(slots=True)
class ChargeFinder(Record):
    """Finds charges; `closed` are those that no later point can change."""

    session: Session = field(default_factory=Session)
    # The stand before a movement in the present look, until that is over.
    left: Session | None = None
    # When the present look began, and when the one before ended.
    look_at: int = 0
    looked_at: int = 0
    seen_at: int = 0
    cable: Told | None = None
    out_at: int | None = None
    # When the cable went in for the last time in this stand, after it was out.
    plugged_again: int | None = None
    level: Told | None = None
    added: Told | None = None
    # When the figure changed, and when energy came by it.
    changed_at: int = 0
    came_at: int = 0
    # The figure fell, and the next one will tell why; `since` is the one before.
    dip: Step | None = None
    # The first movement since the figure.
    over_at: int | None = None
    # A zero showed that another session began; when it was not so yet.
    zero_after: int = 0
    # Up to when the level of a stand that is over told more than the figure.
    levelled_at: int = 0
    place: Position | None = None
    home: Told | None = None
    refused: int = 0
    # How often energy came.
    came: int = 0
    closed: list[Charge] = field(default_factory=list)

    @property
    def open(self) -> list[Charge]:
        """Return the charges that later points may still change."""
        found = [self.session.charge(is_open=self.out_at is None)]
        if self.left is not None:
            found.insert(0, self.left.charge(is_open=False))
        return [charge for charge in found if charge is not None]

    def _close(self, session: Session) -> None:
        """Keep the charge of a session that is over."""
        if self.added is not None and session.is_levelled(self.added.at):
            self.levelled_at, session.is_partial = session.level_steps[-1].until, True
        if (charge := session.charge(is_open=False)) is not None:
            self.closed.append(charge)

    def _leave(self) -> None:
        """Close the stand before the movement."""
        if self.left is not None:
            self._close(self.left)
            self.left = None

    def pass_time(self, at: int) -> None:
        """Let time pass: a cable that stays out has ended the session."""
        if at - self.look_at > ONE_LOOK:
            self._leave()
            self.looked_at, self.look_at = self.seen_at, at
        self.seen_at = at
        if self.out_at is not None and at - self.out_at >= STAND:
            self._restart()

    def _restart(self) -> None:
        """Begin another session at the same place."""
        self._leave()
        self._settle_dip()
        old, new = self.session, Session()
        self._close(old)
        self.session = new
        self.out_at = self.plugged_again = None
        new.latitude, new.longitude = old.latitude, old.longitude
        new.is_home = old.is_home
        if self.level is not None:
            new.low = new.high = new.level = self.level.value
            new.low_at = self.level.at

    def see_movement(self, at: int) -> None:
        """Note that the car has moved: whatever was charged is over."""
        self._settle_dip()
        session = self.session
        if self.left is None or session.charge(is_open=False) is not None:
            self._leave()
            self.left = session
        if session.unplugged is None:
            session.unplugged = at
        self.session = Session(since=at, after=self.looked_at)
        self.out_at = self.plugged_again = None
        if self.cable is not None and self.cable.at >= self.look_at:
            self.see_cable(self.cable.at, is_in=self.cable.value == 1)
        for place in (self.place, self.home):
            if place is not None and at - place.at <= ONE_LOOK:
                self._stand_at(place)
        if self.over_at is None and self.changed_at < self.look_at:
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
                and self.came_at <= before.at
            ):
                session.is_sum = True
                session.low = before.value
                session.run.append(Step(before.at, at, level - before.value))
        elif level > session.high and before is not None:
            session.run.append(Step(before.at, at, round(level - session.high, 3)))
            session.run = bounded(session.run)
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
            if self._has_stood:
                self._begin(Step(self._after_way(last), at, energy), self.session)
            else:
                self._go_on(at, energy, last, self._zero_since(last))
        elif energy < last.value * ROUNDING:
            if self._has_stood or (self.over_at is not None and energy > 0):
                step = Step(self._after_way(last), at, energy)
                self._begin(step, self._stand_of(last))
                self.zero_after = step.since
            else:
                self.dip = Step(last.at, at, energy)
        elif energy == last.value:
            self.added = Told(at, energy)

    def _zero_since(self, last: Told) -> int:
        """Return from when on what came after a first zero may have come, or 0.

        The zero may be a blink, unless the car charges only since then.
        """
        charging = self.session.charging
        if last.value or (charging or 0) > last.at:
            return 0
        return self.zero_after

    @property
    def _has_stood(self) -> bool:
        """Return whether a changed figure must be that of another session.

        The car has moved since the last figure, and at that look it still stood.
        """
        return self.over_at is not None and self.over_at < self.look_at

    def _after_way(self, last: Told) -> int:
        """Return from when on the figure of another session may have come.

        The look that shows the way may show what was charged before or after it.
        """
        since = self.session.since or self.over_at or 0
        return max(last.at, since if since < self.look_at else self.looked_at)

    def _stand_of(self, last: Told) -> Session:
        """Return of which stand a figure is that changed since the last one.

        If the present look shows a movement, it is the one before or after that.
        """
        left, session = self.left, self.session
        if left is None or session.charging is not None:
            return session
        if self.cable is not None and self.cable.at >= self.look_at:
            return session if self.cable.value else left
        return left if left.is_levelled(last.at) else session

    def _go_on(self, at: int, energy: float, last: Told, since: int = 0) -> None:
        """Take a figure that has risen, perhaps over a movement."""
        stand = self._stand_of(last)
        if self.over_at is not None and stand is self.session:
            stand.is_partial = True
            since = since or max(last.at, self.looked_at)
        self._add(Step(since or last.at, at, energy - last.value), stand)
        self._take(at, energy, stand)

    def _after_dip(self, at: int, energy: float, last: Told, dip: Step) -> None:
        """Judge a fall of the figure by what follows it."""
        is_told = self.levelled_at <= last.at or self.session.is_shown
        if energy >= last.value:
            # A blink; what came since goes on top.
            if energy > last.value and is_told:
                self._go_on(at, energy, last, last.at)
            elif energy > last.value:
                self._take(at, energy)
            self.added, self.dip = Told(at, energy), None
        elif energy > 0 and not is_told:
            # The level has told of it already.
            self._take(at, energy)
        elif energy > 0 and self.over_at is not None:
            self._begin(Step(self._since(dip), at, energy), self._stand_of(last))
        elif energy > 0:
            if (
                self.plugged_again is not None
                and self.plugged_again > last.at
                and not self.session.is_levelled(last.at)
            ):
                plugged = self.plugged_again
                self._restart()
                self.session.plugged = self.session.plugged_last = plugged
            if 0 < dip.amount <= energy:
                self._begin(dip, self.session)
                if energy > dip.amount:
                    self._add(Step(dip.until, at, energy - dip.amount), self.session)
                self._take(at, energy)
            else:
                self._begin(Step(self._since(dip), at, energy), self.session)

    def _settle_dip(self) -> None:
        """Believe a lower figure at the end of a stand that charged."""
        if self.dip is not None and self.dip.amount > 0 and self.session.is_shown:
            self._begin(self.dip, self.session)

    def _since(self, dip: Step) -> int:
        """Return from when on the energy after a fall may have come.

        A zero is where the session began only if it charges since then: it may be
        a blink of a session that was not told of.
        """
        session = self.session
        charging = session.charging
        if dip.amount == 0 and charging and charging > dip.until + ONE_LOOK:
            return dip.until
        bounds = (session.after or 0, session.plugged_after or 0)
        return max(dip.since, *(bound for bound in bounds if bound < dip.until), 0)

    def _begin(self, step: Step, stand: Session) -> None:
        """Take the first figure of another session, in a stand."""
        stand.is_partial &= bool(stand.added)
        if step.amount > 0:
            self._add(step, stand)
        self._take(step.until, step.amount, stand)

    def _take(self, at: int, energy: float, stand: Session | None = None) -> None:
        """Know the figure; one of a stand that is over has stood since then."""
        self.added, self.dip, self.changed_at = Told(at, energy), None, at
        self.zero_after = 0
        if stand is None or stand is not self.left:
            self.over_at = None
        else:
            self.over_at = self.session.since

    def _add(self, step: Step, stand: Session) -> None:
        """Add energy to a stand, unless no car could take that much."""
        since, until, amount = step
        told = min(since, self.added.at) if self.added else since
        if amount > MOST_ENERGY or amount * 3600 > MOST_POWER * max(until - told, 60):
            self.refused += 1
            return
        if stand.high is None and self.level is not None:
            stand.low = stand.high = stand.level = self.level.value
            stand.low_at = self.level.at
        self.came_at = until
        session = self.session
        if stand is not session and session.is_sum and session.run:
            # What the level rose by over the way is of the stand before it, too.
            stand.rises, stand.high = stand.level_steps + session.run, session.high
            stand.run, session.run = [], []
            stand.is_partial, session.is_sum, session.low = True, False, session.high
        if stand is session:
            self.came += 1
            if self.left is not None and until - since > STAND:
                stand.is_sum = True
        stand.added.append(Step(since, until, round(amount, 3)))
        stand.added = bounded(stand.added)
