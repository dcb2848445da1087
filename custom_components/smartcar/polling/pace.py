"""When a car is read next, and why.

Smartcar does not tell when a car has news, and every read costs a call. So the pace
adapts: it goes closer after news, after a command and while the car charges,
further apart when reads find nothing, and it learns at which hours of the day
there is news. All of it is measured by the even pace: the time left in the month
over the reads left. The clock is passed in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final, NamedTuple

from ..records import Record
from ..times import past
from .budget import CallBudget, next_month, this_month

# A last read so far ahead was made by a wrong clock.
WRONG_CLOCK: Final = timedelta(hours=1)
# While deliveries come, a read fetches only what the webhook does not carry.
DELIVERED_INTERVAL: Final = timedelta(days=1)
# After Smartcar has said that the calls are spent.
PROBE_INTERVAL: Final = timedelta(days=1)

# Steps as shares of the even pace: the first ones after news and while charging
# or after a command, what each read without news makes of them, and the longest.
AFTER_NEWS: Final = 0.9
WHILE_BUSY: Final = 0.5
BACKOFF: Final = 1.25
LONGEST_BACKOFF: Final = 1.2
# The same at hours of the day that seldom have news.
LONGEST: Final = 1.5
# More reads without news make no step longer.
MAX_BACKOFF_STEPS: Final = 8
# So long a command is recent.
COMMAND_ECHO: Final = timedelta(minutes=30)
# The even pace never spends more than so many times a whole month's share.
MOST_EVEN: Final = 2
# So far quick reads may run ahead of an even spending.
AHEAD: Final = timedelta(days=2)

HOURS: Final = 24
# After so long, what was learnt of an hour of the day counts half.
HALF_LIFE: Final = timedelta(days=14)
# Two reads further apart tell nothing about hours.
LONGEST_GAP: Final = timedelta(hours=12)
# What every hour is taken for at first: watched for one hour, and as rich in news
# as the average, which starts from one in ten hours.
KNOWN_HOURS: Final = 1.0
KNOWN_NEWS: Final = 0.1
# At a given number of reads the values are least stale when the density of reads
# goes with the cube root of the density of news.
SHARPNESS: Final = 1 / 3


class PaceMode(StrEnum):
    """What the owner chose."""

    ADAPTIVE = "adaptive"
    FIXED = "fixed"
    OFF = "off"


class Reason(StrEnum):
    """Why a read is due when it is."""

    FIRST = "first"
    EVEN = "even"
    NEWS = "news"
    QUIET = "quiet"
    CHARGING = "charging"
    COMMAND = "command"
    DELIVERED = "deliveries"
    FIXED = "interval"
    OFF = "off"
    BUDGET_SPENT = "budget_spent"
    PROBE = "probe"
    RETRY = "retry"
    CONNECTION_GONE = "connection_gone"
    POLLING_DISABLED = "polling_disabled"


class ReadPlan(NamedTuple):
    """When the next read is due, None for never, and why."""

    due: datetime | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class PaceOptions:
    """The owner's choice: `floor` bounds the adaptive pace, `interval` is fixed."""

    mode: PaceMode = PaceMode.ADAPTIVE
    floor: timedelta = timedelta(minutes=15)
    interval: timedelta = timedelta(hours=6)


@dataclass(slots=True)
class NewsHours(Record):
    """At which local hours of the day there is news.

    `news`: how many each hour brought. `watched`: for how many hours reads have
    covered it. Both fade.
    """

    news: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    watched: list[float] = field(default_factory=lambda: [0.0] * HOURS)

    def learn(self, start: datetime, end: datetime, *, news: bool) -> None:
        """Take in whether a read at `end` found news after the one at `start`.

        When in between it came is unknown: the hours share it by their rates.
        """
        gap = end.astimezone(UTC) - start.astimezone(UTC)
        if not timedelta() < gap <= LONGEST_GAP:
            return
        rates = self.rates()
        spans = [
            (hour, span / timedelta(hours=1))
            for hour, span in spans_of_hours(start, gap, end.tzinfo)
        ]
        expected = sum(rates[hour] * hours for hour, hours in spans)
        kept = 0.5 ** (gap / HALF_LIFE)
        self.news = [value * kept for value in self.news]
        self.watched = [value * kept for value in self.watched]
        for hour, hours in spans:
            self.watched[hour] += hours
            if news:
                self.news[hour] += rates[hour] * hours / expected

    def rates(self) -> list[float]:
        """Return the news per hour to expect in each hour of the day."""
        mean = (sum(self.news) + KNOWN_NEWS) / (sum(self.watched) + 1)
        return [
            (news + KNOWN_HOURS * mean) / (watched + KNOWN_HOURS)
            for news, watched in zip(self.news, self.watched, strict=True)
        ]

    def weights(self) -> list[float]:
        """Return how densely to read in each hour of the day, 1 on average."""
        weights = [rate**SHARPNESS for rate in self.rates()]
        mean = sum(weights) / HOURS
        return [weight / mean for weight in weights]

    def stretch(
        self,
        start: datetime,
        wanted: timedelta,
        longest: timedelta,
        zone: tzinfo | None,
    ) -> timedelta:
        """Return the step that hours of average news would make `wanted` long.

        It is shorter where news is to be expected, and never above `longest`.
        """
        weights = self.weights()
        step = timedelta()
        for hour, span in spans_of_hours(start, longest, zone):
            weighted = span * weights[hour]
            if weighted >= wanted:
                return step + wanted / weights[hour]
            wanted -= weighted
            step += span
        return longest


@dataclass(frozen=True, slots=True)
class Share:
    """One car's reads in a month from `start` to `end` in UTC.

    `whole`: how many a whole month has. `left`: how many are left in this one.
    """

    start: datetime
    end: datetime
    whole: float
    left: float

    def even(self, since: datetime) -> timedelta:
        """Return the step that spreads what is left over the rest of the month."""
        return (self.end - since) / self.left

    def calm(self, since: datetime) -> timedelta:
        """Return the even step, but no shorter than half of a whole month's.

        What is left near a month's end need not be spent: Smartcar's own period
        may end later than the calendar month.
        """
        whole = (self.end - self.start) / self.whole
        return max(self.even(since), whole / MOST_EVEN)

    def may_hurry(self, since: datetime) -> bool:
        """Return whether a read may come early without starving the days to come.

        What it leaves must be worth an even spending from two days on; near the
        month's end, of half of what remains.
        """
        rest = self.end - since
        kept = max(rest - AHEAD, rest / 2) / (self.end - self.start)
        return self.left - 1 > self.whole * kept


@dataclass(slots=True)
class ReadPace(Record):
    """The reads of one car. Times are aware and local.

    `without_news`: how many reads in a row have found no news; None while there is none
    to compare with.
    """

    last_read: datetime | None = None
    without_news: int | None = field(default=None, metadata={"alias": "quiet"})
    commanded_at: datetime | None = None
    hours: NewsHours = field(default_factory=NewsHours)

    def note_read(self, now: datetime, *, news: bool) -> None:
        """Take in a read, and whether any value or the car's time of it was new."""
        if self.last_read is not None:
            self.hours.learn(self.last_read, now, news=news)
            self.without_news = 0 if news else (self.without_news or 0) + 1
        self.last_read = now

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now: a wrong clock noted it."""
        self.last_read = past(self.last_read, now)
        self.commanded_at = past(self.commanded_at, now)

    def note_command(self, now: datetime) -> None:
        """Take in a command that the car carried out, or may have."""
        self.commanded_at = now

    def plan(
        self,
        now: datetime,
        budget: CallBudget,
        options: PaceOptions,
        *,
        charging: bool = False,
        deliveries: bool = False,
    ) -> ReadPlan:
        """Return when the next read is due, never before `now`, and why.

        `deliveries`: whether they arrive.
        """
        if options.mode is PaceMode.OFF:
            return ReadPlan(None, Reason.OFF)
        # Wall clocks repeat and skip an hour: what is due is reckoned in UTC.
        present, turn = now.astimezone(UTC), next_month(now).astimezone(UTC)
        refused = budget.refused(now)
        if refused is not None:
            probe = refused.astimezone(UTC) + PROBE_INTERVAL
            if probe < turn:
                return ReadPlan(_local(max(probe, present), now), Reason.PROBE)
        last = self.last_read.astimezone(UTC) if self.last_read else None
        if last is None or last - present > WRONG_CLOCK:
            due, reason = present, Reason.FIRST
        else:
            is_fixed = options.mode is PaceMode.FIXED
            if deliveries:
                longer = options.interval if is_fixed else DELIVERED_INTERVAL
                due = last + max(longer, DELIVERED_INTERVAL)
                reason = Reason.DELIVERED
            elif is_fixed:
                due, reason = last + options.interval, Reason.FIXED
            else:
                shares = shares_of_months(now, budget)
                due, reason = self._adapt(
                    last, shares, options.floor, now.tzinfo, charging=charging
                )
        if not budget.may_read(now):
            due, reason = max(due, turn), Reason.BUDGET_SPENT
        return ReadPlan(_local(max(due, present), now), reason)

    def _adapt(
        self,
        last: datetime,
        shares: Iterable[Share],
        floor: timedelta,
        zone: tzinfo | None,
        *,
        charging: bool,
    ) -> tuple[datetime, Reason]:
        """Return the first step after `last` that ends in a month with reads left."""
        for share in shares:
            if share.left > 0:
                due, reason = self._step(last, share, floor, zone, charging=charging)
                due = max(due, share.start)
                if due < share.end:
                    return due, reason
        return share.end, Reason.EVEN

    def _step(
        self,
        last: datetime,
        share: Share,
        floor: timedelta,
        zone: tzinfo | None,
        *,
        charging: bool,
    ) -> tuple[datetime, Reason]:
        since = max(last, share.start)
        even, may_hurry = share.even(since), share.may_hurry(since)
        factor, reason = self._factor(charging=charging, may_hurry=may_hurry)
        # What happens now is worth the calls that are left; nothing else is.
        calm = even if reason is Reason.CHARGING else share.calm(since)
        step = calm * factor
        longest = max(calm * LONGEST, floor)
        if reason is not Reason.CHARGING:
            step = self.hours.stretch(last, step, longest, zone)
        due = last + max(step, floor)
        if may_hurry and self.commanded_at is not None:
            commanded = self.commanded_at.astimezone(UTC)
            soon = max(last, commanded) + max(even * WHILE_BUSY, floor)
            if last < commanded + COMMAND_ECHO and soon < due:
                return soon, Reason.COMMAND
        return due, reason

    def _factor(self, *, charging: bool, may_hurry: bool) -> tuple[float, Reason]:
        """Return the step as a share of the even pace, and why."""
        if self.without_news is None and not charging:
            return 1.0, Reason.EVEN
        first = WHILE_BUSY if charging else AFTER_NEWS
        factor = min(
            first * BACKOFF ** min(self.without_news or 0, MAX_BACKOFF_STEPS),
            LONGEST_BACKOFF,
        )
        if factor >= 1:
            return factor, Reason.QUIET
        if not may_hurry:
            return 1.0, Reason.EVEN
        return factor, Reason.CHARGING if charging else Reason.NEWS

    @classmethod
    def __pre_deserialize__(cls, d: dict[str, Any]) -> dict[str, Any]:
        """Read the hours of the day, which the file has beside the rest."""
        return {**d, "hours": d}

    def __post_serialize__(self, d: dict[str, Any]) -> dict[str, Any]:
        """Write the hours of the day beside the rest."""
        hours: dict[str, Any] = d.pop("hours")
        return d | hours


def shares_of_months(now: datetime, budget: CallBudget) -> Iterator[Share]:
    """Yield one car's share of this month's reads and of the next month's."""
    whole = max(0, budget.limit - budget.reserve) / budget.cars
    left = budget.reads_left(now) / budget.cars
    for _ in range(2):
        start, now = this_month(now), next_month(now)
        yield Share(start.astimezone(UTC), now.astimezone(UTC), whole, left)
        left = whole


def spans_of_hours(
    start: datetime, length: timedelta, zone: tzinfo | None
) -> Iterator[tuple[int, timedelta]]:
    """Cut a time into local hours of the day: which hour, and how much of it."""
    moment = start.astimezone(UTC)
    while length > timedelta():
        local = moment.astimezone(zone)
        gone = timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        span = min(timedelta(hours=1) - gone, length)
        yield local.hour, span
        moment += span
        length -= span


def _local(time: datetime, now: datetime) -> datetime:
    return time.astimezone(now.tzinfo)
