"""How many calls a car may still make this month, and when it reads next.

Smartcar tells neither the calls left nor the start of the period, so this
counts by itself and is an estimate: successful calls and those whose outcome is
unknown, by calendar month. The clock is passed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

# Smartcar's documented example for a plan's calls per car and month.
DEFAULT_LIMIT: Final = 500
# Kept for commands and the reads that confirm them.
DEFAULT_RESERVE: Final = 50


@dataclass(slots=True)
class CallBudget:
    """The calls of one car. Times are aware and local: the month is theirs."""

    limit: int = DEFAULT_LIMIT
    reserve: int = DEFAULT_RESERVE
    used: int = 0
    month: str = ""
    last_read: datetime | None = None

    def count(self, now: datetime) -> None:
        """Count one call."""
        self._turn(now)
        self.used += 1

    def exhaust(self, now: datetime) -> None:
        """Take Smartcar's word that this month's calls are spent."""
        self._turn(now)
        self.used = max(self.used, self.limit)

    def remaining(self, now: datetime) -> int:
        """Return the calls left this month, reserve included."""
        self._turn(now)
        return max(0, self.limit - self.used)

    def may_read(self, now: datetime) -> bool:
        """Tell whether a read may be made without touching the reserve."""
        return self.remaining(now) > self.reserve

    def next_read(self, now: datetime, interval: timedelta) -> datetime:
        """Return when the next read is due; never before `now`.

        With nothing left but the reserve that is the first of next month.
        """
        due = now if self.last_read is None else self.last_read + interval
        if not self.may_read(now):
            due = max(due, _next_month(now))
        return max(due, now)

    def _turn(self, now: datetime) -> None:
        """Start a new tally when the month has turned."""
        month = now.strftime("%Y-%m")
        if month != self.month:
            self.month = month
            self.used = 0

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "used": self.used,
            "month": self.month,
            "last_read": self.last_read.isoformat() if self.last_read else None,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back."""
        last_read = stored.get("last_read")
        return cls(
            used=stored["used"],
            month=stored["month"],
            last_read=datetime.fromisoformat(last_read) if last_read else None,
        )


def _next_month(now: datetime) -> datetime:
    """Return the start of the next month."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
