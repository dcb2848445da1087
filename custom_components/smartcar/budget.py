"""How many calls a car may still make this month.

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
    """The calls of one car, or of all cars when the application shares them.

    Times are aware and local: the month is theirs. `refused_at`: when Smartcar
    last said that the calls are spent. `snapped`: the calls that were added to
    `used` on its word, so that they can be taken back.
    """

    limit: int = DEFAULT_LIMIT
    reserve: int = DEFAULT_RESERVE
    used: int = 0
    month: str = ""
    refused_at: datetime | None = None
    snapped: int = 0

    def count(self, now: datetime, *, succeeded: bool = True) -> None:
        """Count one call that succeeded, or may have.

        A success proves that Smartcar's word no longer holds.
        """
        self._turn(now)
        if succeeded:
            self._take_back()
        self.used += 1

    def exhaust(self, now: datetime) -> None:
        """Take Smartcar's word that this month's calls are spent."""
        self._turn(now)
        self.snapped += max(0, self.limit - self.used)
        self.used = max(self.used, self.limit)
        self.refused_at = now

    def configure(self, limit: int, reserve: int) -> None:
        """Take the options; with another limit Smartcar's word no longer holds."""
        if limit != self.limit:
            self._take_back()
        self.limit, self.reserve = limit, reserve

    def remaining(self, now: datetime) -> int:
        """Return the calls left this month, reserve included."""
        self._turn(now)
        return max(0, self.limit - self.used)

    def reads_left(self, now: datetime) -> int:
        """Return the reads left this month, without touching the reserve."""
        return max(0, self.remaining(now) - self.reserve)

    def may_read(self, now: datetime) -> bool:
        """Tell whether a read may be made without touching the reserve."""
        return self.reads_left(now) > 0

    def refused(self, now: datetime) -> datetime | None:
        """Return when Smartcar last refused for lack of calls, if that holds."""
        self._turn(now)
        return self.refused_at

    def _turn(self, now: datetime) -> None:
        """Start a new tally when the month has turned."""
        month = now.strftime("%Y-%m")
        if month != self.month:
            self.month = month
            self.used = self.snapped = 0
            self.refused_at = None

    def _take_back(self) -> None:
        """Go by the own tally again."""
        self.used -= self.snapped
        self.snapped = 0
        self.refused_at = None

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "used": self.used,
            "month": self.month,
            "refused_at": _write(self.refused_at),
            "snapped": self.snapped,
            "limit": self.limit,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back; `configure` brings the options."""
        return cls(
            used=stored["used"],
            month=stored["month"],
            refused_at=_read(stored.get("refused_at")),
            snapped=stored.get("snapped", 0),
            limit=stored.get("limit", DEFAULT_LIMIT),
        )


def this_month(now: datetime) -> datetime:
    """Return the start of the month."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)


def next_month(now: datetime) -> datetime:
    """Return the start of the next month."""
    return (this_month(now) + timedelta(days=32)).replace(day=1)


def _write(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _read(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
