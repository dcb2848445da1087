"""Times that are held until they have really moved.

What is told of them differs a little from report to report. A state that follows
every time fills the activity log and says nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd
from typing import Final

# A clock of the data that moves less than this says nothing new.
CLOCK_STEP: Final = timedelta(minutes=15)


@dataclass(slots=True)
class SteadyClock:
    """A time that moves on with the reports, shown in steps.

    `told_at`: when the last report came; after a silence its time counts at once.
    """

    shown: datetime | None = None
    told_at: datetime | None = None

    def show(self, exact: datetime | None, told_at: datetime | None) -> datetime | None:
        """Return the time to show; `told_at` is when the report came that told it."""
        before, self.told_at = self.told_at, told_at
        was_silent = (
            before is None or told_at is None or abs(told_at - before) >= CLOCK_STEP
        )
        if (
            was_silent
            or exact is None
            or self.shown is None
            or abs(exact - self.shown) >= CLOCK_STEP
        ):
            self.shown = exact
        return self.shown


# How far a finish may be from the one shown, in minutes, and still be the same.
LEAST_TOLERANCE: Final = 2.0
MOST_TOLERANCE: Final = 15.0
# The same as a share of the minutes left: the further off, the rougher the guess.
TOLERANCE: Final = 0.05
# Converted units leave crumbs behind the decimal point.
_CRUMB: Final = 1e-6


@dataclass(slots=True)
class SteadyFinish:
    """When something will be done, told as minutes left.

    Cars round the minutes, to 5 or 10 or more. `step` is what all minutes that
    were told are multiples of, 0 before the first: in whatever order they come,
    it is the same.
    """

    shown: datetime | None = None
    step: int = 0

    def show(
        self, measured: datetime, minutes: float, now: datetime
    ) -> datetime | None:
        """Return the finish to show for `minutes` left when it was `measured`.

        `None` when that is over, or beyond the end of time.
        """
        try:
            exact = measured + timedelta(minutes=minutes)
        except OverflowError:
            return None
        if exact <= now:
            return None
        whole = round(minutes)
        is_whole = abs(minutes - whole) < _CRUMB
        self.step = gcd(self.step, whole) if is_whole else 1
        if (
            self.shown is None
            or self.shown <= now
            or abs(exact - self.shown) > self.tolerance(minutes)
        ):
            self.shown = exact
        return self.shown

    def tolerance(self, minutes: float) -> timedelta:
        """Return by how much the finish may move and still be the same."""
        coarsest = max(LEAST_TOLERANCE, TOLERANCE * minutes, self.step)
        return timedelta(minutes=min(MOST_TOLERANCE, coarsest))

    def forget(self) -> None:
        """Forget the finish, as nothing is under way any more."""
        self.shown, self.step = None, 0
