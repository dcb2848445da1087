"""How many calls a car may still make this month.

Smartcar tells neither the calls left nor the start of the period, so this
counts by itself and is an estimate: successful calls and those whose outcome is
unknown, by calendar month. The clock is passed in.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from ..records import NOT_STORED, Record

# Smartcar's documented example for a plan's calls per car and month.
DEFAULT_LIMIT: Final = 500
# Kept for commands and the reads that confirm them.
DEFAULT_RESERVE: Final = 50
# A clock that stays in another month for so long is right, the one before was not.
DOUBT: Final = timedelta(days=1)


class Tally(NamedTuple):
    """The calls that were counted in a month, `YYYY-MM`."""

    month: str
    used: int


@dataclass(slots=True)
class CallBudget(Record):
    """The calls of one car, or of all cars when the application shares them.

    Times are aware and local: the month is theirs. `used`: the calls counted in
    `month`, of which `brought` come from before the clock last changed to another
    month. `refused_at`: when Smartcar last said that the calls are spent; it adds
    nothing to the count. `began_at`: when counting began, if that is known.

    A clock may be wrong for a while, so until `month` is counted for a day since
    `entered_at` the count of the month before is kept as `other`, and a month that
    is earlier than both turns nothing. `earlier_since`: since when the clock shows
    one. `cars`: how many cars share these calls.
    """

    limit: int = DEFAULT_LIMIT
    reserve: int = field(default=DEFAULT_RESERVE, metadata=NOT_STORED)
    used: int = 0
    month: str = ""
    refused_at: datetime | None = None
    began_at: datetime | None = None
    brought: int = 0
    other: Tally | None = None
    entered_at: datetime | None = None
    earlier_since: datetime | None = None
    cars: int = field(default=1, compare=False, metadata=NOT_STORED)

    def count(self, now: datetime, *, succeeded: bool = True) -> None:
        """Count one call that succeeded, or may have.

        A success proves that Smartcar's word no longer holds.
        """
        self._turn(now)
        if succeeded:
            self.refused_at = None
        self.used += 1

    def exhaust(self, now: datetime) -> None:
        """Take Smartcar's word that this month's calls are spent."""
        self._turn(now)
        self.refused_at = now

    def configure(self, limit: int, reserve: int) -> None:
        """Take the options; with another limit Smartcar's word no longer holds."""
        if limit != self.limit:
            self.refused_at = None
        self.limit, self.reserve = limit, reserve

    def remaining(self, now: datetime) -> int:
        """Return the calls left this month, reserve included."""
        self._turn(now)
        if self.refused_at is not None:
            return 0
        return max(0, self._share(self.limit) - self.used)

    def reads_left(self, now: datetime) -> int:
        """Return the reads left this month, without touching the reserve."""
        return max(0, self.remaining(now) - self._share(self.reserve))

    def may_read(self, now: datetime) -> bool:
        """Return whether a read may be made without touching the reserve."""
        return self.reads_left(now) > 0

    def refused(self, now: datetime) -> datetime | None:
        """Return when Smartcar last refused for lack of calls, if that holds."""
        self._turn(now)
        return self.refused_at and min(self.refused_at, now)

    def counted_since(self, now: datetime) -> datetime:
        """Return the start of the month that is counted, local time."""
        self._turn(now)
        year, month = map(int, self.month.split("-"))
        return this_month(now).replace(year=year, month=month)

    def _share(self, calls: int) -> int:
        """Return how many of a month's calls may be used in the month counted.

        In the month of the set-up those of the days that are left: Smartcar's own
        period may begin with the sign-up.
        """
        began = self.began_at
        if began is None or _name(began) != self.month:
            return calls
        days = monthrange(began.year, began.month)[1]
        return calls * (days - began.day + 1) // days

    def _turn(self, now: datetime) -> None:
        """Follow the clock into another month, or wait until it is right."""
        month, other, since = _name(now), self.other, self.earlier_since
        if month == self.month:
            self.earlier_since = None
            if self.entered_at is None or now - self.entered_at >= DOUBT:
                self.other = None
        elif not self.month:
            self.month, self.began_at = month, now
        elif other is not None and other.month == month:
            # One of the two was a wrong clock's: what it counted was used, too.
            self._enter(now, other.used + self.used - self.brought)
        elif month > self.month and (other is None or other.month > self.month):
            self._enter(now, 0)
        elif month > self.month:
            # The month counted is in doubt itself; the one before it stays known.
            self.month, self.entered_at = month, now
            self.refused_at = self.earlier_since = None
        elif since is None or since > now or _name(since) != month:
            self.earlier_since = now
        elif now - since >= DOUBT:
            self._enter(now, self.used)

    def _enter(self, now: datetime, used: int) -> None:
        """Count in another month, which has used some calls before."""
        self.other = Tally(self.month, self.used)
        self.month, self.used, self.brought = _name(now), used, used
        self.entered_at = now
        self.refused_at = self.earlier_since = None

    @classmethod
    def __pre_deserialize__(cls, d: dict[str, Any]) -> dict[str, Any]:
        """Take back what the first version added to the count on a refusal."""
        return {**d, "used": d["used"] - d.get("snapped", 0)}


def _name(time: datetime) -> str:
    """Return the name of a month, which sorts as months follow each other."""
    return time.strftime("%Y-%m")


def this_month(now: datetime) -> datetime:
    """Return the start of the month."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def next_month(now: datetime) -> datetime:
    """Return the start of the next month."""
    return (this_month(now) + timedelta(days=32)).replace(day=1)
