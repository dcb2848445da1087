"""Times that are written down, and what becomes of them under another clock.

A clock that was wrong has noted times that are still to come. One rule holds for
all of them: what lies ahead of now counts as now. Each record applies it to its
own times in a method `clamp_times`, after a load and before its times are used.
"""

from datetime import datetime, timedelta
from typing import overload


@overload
def past(time: datetime, now: datetime) -> datetime: ...


@overload
def past(time: None, now: datetime) -> None: ...


@overload
def past(time: datetime | None, now: datetime) -> datetime | None: ...


def past(time: datetime | None, now: datetime) -> datetime | None:
    """Return a noted time, or now where a wrong clock noted it ahead of that.

    Now, and a little before: so what comes now is later.
    """
    if time is None or time <= now:
        return time
    return now - timedelta.resolution


def stored_time(stored: str) -> datetime:
    """Return a stored time.

    Raises TypeError or ValueError for what is no time with a zone.
    """
    if (time := datetime.fromisoformat(stored)).tzinfo is None:
        msg = "A time without a zone"
        raise ValueError(msg)
    return time
