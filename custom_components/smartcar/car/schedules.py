"""When a car will charge or leave, as its timers say.

Body: `charge-chargetimers`, of which no live example is published. The spelling
of days and the time zone are not documented: days are read in any spelling of
their English names, times are taken for the home's. What cannot be read is
counted, never guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from ..api import identifier
from .readings import Body, entries, member, text

DAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
ONE_DAY: Final = timedelta(days=1)
ONE_WEEK: Final = timedelta(weeks=1)
EVERY_DAY: Final = frozenset(range(7))
SHORTEST_NAME: Final = 2  # mo, tu, we, ...

# A departure is a moment; a calendar wants something to show.
DEPARTURE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Timer:
    """A window in which a car charges, or, without an `end`, a departure.

    `days` are 0 (Monday) to 6; a window may end on the next day.
    """

    start: time
    end: time | None
    days: frozenset[int]
    place: str | None = None
    schedule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Timers:
    """All timers of a car, and how many could not be read."""

    timers: tuple[Timer, ...] = ()
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A timer on one day; both times are aware."""

    start: datetime
    end: datetime
    timer: Timer


def read_timers(body: Body) -> Timers:
    """Read what `charge-chargetimers` holds."""
    found = list(_timers(body))
    readable = tuple(timer for timer in found if timer is not None)
    return Timers(readable, len(found) - len(readable))


def _timers(body: Body) -> Iterator[Timer | None]:
    for entry in entries(body):
        condition = entry.get("condition")
        place = text(condition, "name") if isinstance(condition, Mapping) else None
        is_daily = member(entry, "scheduleType") == "daily"
        schedule_id = identifier(entry.get("scheduleId"))
        for leaf, begin in (("schedules", "start"), ("departureTimers", "time")):
            for window in entries(entry, leaf):
                start, end = _time(window.get(begin)), _time(window.get("end"))
                days = _days(window.get("days"), is_daily=is_daily)
                if start is None or days is None or (begin == "start" and not end):
                    yield None
                    continue
                yield Timer(
                    start, end if begin == "start" else None, days, place, schedule_id
                )


def _time(value: object) -> time | None:
    """Read `HH:MM` or `HH:MM:SS`, nothing with a zone of its own."""
    if not isinstance(value, str):
        return None
    try:
        found = time.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def _days(value: object, *, is_daily: bool) -> frozenset[int] | None:
    """Read the days; only a daily timer may leave them out."""
    if value is None:
        return EVERY_DAY if is_daily else None
    if not isinstance(value, list):
        return None
    found = [_day(name) for name in value]
    return (
        frozenset(day for day in found if day is not None)
        if None not in found
        else None
    )


def _day(name: object) -> int | None:
    """Read the English name of a day, whole or cut short."""
    if not isinstance(name, str) or len(name) < SHORTEST_NAME:
        return None
    start = name.strip().rstrip(".").lower()
    return next((i for i, day in enumerate(DAYS) if day.startswith(start)), None)


def occurrences(
    timers: Timers, start: datetime, end: datetime, zone: tzinfo
) -> list[Occurrence]:
    """Return what happens between two moments, the earliest first.

    Times are those on the wall: a night with a clock change is longer or
    shorter, and a time that the clock skips is an hour later.
    """
    # A window of the evening before may still be open.
    first = start.astimezone(zone).date() - ONE_DAY
    last = end.astimezone(zone).date()
    found = [
        Occurrence(begin, finish, timer)
        for timer in timers.timers
        for day in _dates(timer.days, first, last)
        for begin, finish in (_window(timer, day, zone),)
        if begin < end and finish > start
    ]
    return sorted(found, key=lambda item: (item.start, item.end))


def _dates(weekdays: frozenset[int], first: date, last: date) -> Iterator[date]:
    """Yield the dates of some days of the week, of each in turn."""
    for weekday in weekdays:
        day = first + ONE_DAY * ((weekday - first.weekday()) % len(DAYS))
        while day <= last:
            yield day
            day += ONE_WEEK


def _window(timer: Timer, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when a timer begins and ends on a day."""
    begin = _moment(day, timer.start, zone)
    if timer.end is None:
        return begin, begin + DEPARTURE
    overnight = timer.end <= timer.start
    return begin, _moment(day + ONE_DAY if overnight else day, timer.end, zone)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the moment when a clock on the wall shows a time."""
    moment = datetime.combine(day, at, zone)
    return moment.astimezone(UTC).astimezone(zone)
