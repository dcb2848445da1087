"""One stand of the car, and the charge that it shows."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..records import Record
from .entries import Charge, Step

# Points that a level must rise to show charging by itself.
LEVEL_RISE: Final = 3
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

    # The look that shows the movement before, and the look before that.
    since: int | None = None
    after: int | None = None
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

    @property
    def is_shown(self) -> bool:
        """Return whether more than its figure shows charging."""
        return self.charging is not None or bool(self.level_steps)

    def is_levelled(self, at: int) -> bool:
        """Return whether its level rose later than a moment."""
        levels = self.level_steps
        return bool(levels) and levels[-1].until > at

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
            bounds = [t for t in (self.plugged_after, self.after) if t is not None]
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


def bounded(steps: list[Step]) -> list[Step]:
    """Put the oldest steps together where there are too many."""
    if len(steps) <= MAX_STEPS:
        return steps
    first, second, *others = steps
    return [Step(first.since, second.until, first.amount + second.amount), *others]
