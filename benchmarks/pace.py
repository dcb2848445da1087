"""How stale a car's values are at the adaptive pace, beside a fixed one.

A commuter's car lives for a year. Smartcar's store takes over what the car has
to tell at the ticks of its rhythm; reads show what the store holds. Staleness at
a moment: the minutes since what is shown stopped being what the store holds, 0
while it still is. The fixed pace makes as many reads in every month, spread
evenly; both make the same confirming reads a minute after a command.

Times are minutes since the start. Everything is seeded: run it again and the
same numbers come out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import math
import random
import sys
from typing import Final
from zoneinfo import ZoneInfo

from custom_components.smartcar.polling.budget import CallBudget, next_month
from custom_components.smartcar.polling.pace import PaceOptions, ReadPace, Reason

ZONE: Final = ZoneInfo("Europe/Berlin")
START: Final = datetime(2025, 11, 1, tzinfo=ZONE)
START_UTC: Final = START.astimezone(UTC)
DAY: Final = 1440
RHYTHMS: Final = (5, 30, DAY)
SEEDS: Final = (0, 1, 2)

# When the car leaves and how many minutes it drives, on work days and others.
WORK: Final = ((7.7, 28), (17.2, 34))
OUTING: Final = ((10.5, 45), (15.0, 48))
# Days without the car, from the start.
HOLIDAYS: Final = frozenset((*range(52, 66), *range(280, 294)))
CONFIRM_AFTER: Final = 1

type Spans = Sequence[tuple[float, float]]


def minutes(time: datetime) -> float:
    """Return the minutes since the start."""
    return (time.astimezone(UTC) - START_UTC) / timedelta(minutes=1)


def moment(minute: float) -> datetime:
    """Return the local time of a minute."""
    return (START_UTC + timedelta(minutes=minute)).astimezone(ZONE)


def month_edges(months: int) -> list[float]:
    """Return where months begin, and the last one ends."""
    edges = [START]
    for _ in range(months):
        edges.append(next_month(edges[-1]))
    return [minutes(edge) for edge in edges]


@dataclass(slots=True)
class Life:
    """What happens to a car: changes it has to tell, charging, commands."""

    end: float
    changes: list[float] = field(default_factory=list)
    charging: list[tuple[float, float]] = field(default_factory=list)
    commands: list[float] = field(default_factory=list)

    def drive(self, leaves: float, length: int) -> None:
        """Unlock, change every minute on the way, lock."""
        self.changes.extend(leaves + minute for minute in range(-1, length + 1))
        self.changes.append(leaves + length + 2)

    def charge(self, plugged: float, length: int) -> None:
        """Change every other minute until the battery is full."""
        self.changes.extend(plugged + minute for minute in range(0, length, 2))
        self.changes.append(plugged + length)
        self.charging.append((plugged, plugged + length))


def live(seed: int, months: int) -> Life:
    """Let a commuter use a car; it charges every second night."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    life = Life(month_edges(months)[-1])
    midnight = START
    for day in range(round(life.end / DAY)):
        midnight = START + timedelta(days=day)
        if day in HOLIDAYS:
            continue
        begin, works = minutes(midnight), midnight.weekday() < 5
        stays = works and chance.random() < 0.15
        drives = () if stays else WORK if works else OUTING
        for hour, length in drives:
            leaves = begin + 60 * (hour + chance.uniform(-0.25, 0.25))
            life.drive(leaves, int(length * chance.uniform(0.9, 1.15)))
        if drives and chance.random() < 0.2:
            leaves, length = (
                begin + 60 * chance.uniform(18.5, 20),
                chance.randint(8, 20),
            )
            life.drive(leaves, length)
            life.drive(leaves + length + chance.uniform(30, 60), length)
        if day % 2 == 0:
            plugged = begin + 60 * chance.uniform(21.6, 22.6)
            life.charge(plugged, int(60 * chance.uniform(3, 6.5)))
            life.changes.append(begin + DAY + 60 * chance.uniform(7.0, 7.4))
        if chance.random() < 0.5:
            life.commands.append(begin + 60 * chance.uniform(6.5, 22.5))
    life.changes = sorted(change for change in life.changes if change < life.end)
    life.charging = [span for span in life.charging if span[1] < life.end]
    return life


def store(life: Life, rhythm: float, seed: int) -> list[float]:
    """Return when the store's content changes.

    A daily tick is at half past eleven in the evening, while the car charges,
    with the first seed, and eight hours later with each further one.
    """
    chance = random.Random(f"{seed}/{rhythm}")  # noqa: S311 - as above
    jitter = min(rhythm / 10, 10)
    changes, known = [], 0
    for tick in range(math.ceil(life.end / rhythm)):
        due = (23.5 * 60 + seed * 480) % rhythm + tick * rhythm
        at = max(0.0, due + chance.uniform(-jitter, jitter))
        now_known = bisect_right(life.changes, at)
        if now_known != known and at < life.end:
            changes.append(at)
        known = now_known
    return sorted(changes)


@dataclass(slots=True)
class Run:
    """What came of a pace: reads, confirming ones among them, and its calls."""

    reads: list[float] = field(default_factory=list)
    confirming: list[float] = field(default_factory=list)
    most_used: int = 0
    refused_commands: int = 0
    reasons: dict[Reason, int] = field(default_factory=dict)


def adaptive(life: Life, news: Sequence[float]) -> Run:
    """Read at the adaptive pace."""
    budget, pace, options, run = CallBudget(), ReadPace(), PaceOptions(), Run()
    commands, confirm = iter(life.commands), math.inf
    command = next(commands, math.inf)
    now, last, charging = 0.0, -1.0, False
    while True:
        due, reason = pace.plan(moment(now), budget, options, charging=charging)
        planned = minutes(due) if due else math.inf
        now = max(now, min(planned, command, confirm))
        if now >= life.end:
            return run
        time = moment(now)
        if now >= command:
            command = next(commands, math.inf)
            if not budget.remaining(time):
                run.refused_commands += 1
                continue
            pace.note_command(time)
            confirm = now + CONFIRM_AFTER
        else:
            if now >= confirm:
                confirm = math.inf
                if not budget.remaining(time):
                    continue
                run.confirming.append(now)
            else:
                run.reasons[reason] = run.reasons.get(reason, 0) + 1
            found = bisect_right(news, now)
            pace.note_read(time, news=found > bisect_right(news, last))
            charging = found > 0 and _within(life.charging, news[found - 1])
            run.reads.append(now)
            last = now
        budget.count(time)
        run.most_used = max(run.most_used, budget.used)


def fixed(run: Run, months: int) -> list[float]:
    """Spread the reads of each month evenly; confirming reads stay."""
    confirming = set(run.confirming)
    planned = [read for read in run.reads if read not in confirming]
    reads = list(confirming)
    for start, end in pairwise(month_edges(months)):
        count = sum(start <= read < end for read in planned)
        reads += [
            start + (index + 0.5) * (end - start) / count for index in range(count)
        ]
    return sorted(reads)


@dataclass(frozen=True, slots=True)
class Staleness:
    """Minutes over the whole time."""

    mean: float
    median: float
    p95: float


def ramps(news: Sequence[float], reads: Sequence[float], end: float) -> Spans:
    """Return from when to when something stale is shown."""
    stale = []
    for before, after in pairwise((0.0, *reads, end)):
        first = bisect_right(news, before)
        if first < len(news) and news[first] < after:
            stale.append((news[first], after))
    return stale


def ages(stale: Spans, spans: Spans) -> Iterator[tuple[float, float]]:
    """Cut out the spans: how old what is shown is at first and at last."""
    ends = [end for _, end in spans]
    for since, until in stale:
        for start, end in spans[bisect_right(ends, since) :]:
            if start >= until:
                break
            yield max(start, since) - since, min(end, until) - since


def staleness(stale: Spans, spans: Spans) -> Staleness:
    """Measure exactly: between two reads the age grows by a minute a minute."""
    total = sum(end - start for start, end in spans)
    pieces = list(ages(stale, spans))
    mean = sum(last**2 - first**2 for first, last in pieces) / 2 / total
    return Staleness(
        mean, _quantile(pieces, total, 0.5), _quantile(pieces, total, 0.95)
    )


def _quantile(pieces: Spans, total: float, share: float) -> float:
    """Return the age that is not exceeded for a share of the time."""
    low, high = 0.0, max((last for _, last in pieces), default=0.0)
    for _ in range(24):
        middle = (low + high) / 2
        above = sum(max(0.0, last - max(first, middle)) for first, last in pieces)
        if above > (1 - share) * total:
            low = middle
        else:
            high = middle
    return high if low else 0.0


def _within(spans: Sequence[tuple[float, float]], time: float) -> bool:
    index = bisect_right(spans, (time, math.inf)) - 1
    return index >= 0 and time < spans[index][1]


@dataclass(frozen=True, slots=True)
class Result:
    """Both paces with one rhythm and seed; (adaptive, fixed) each."""

    run: Run
    overall: tuple[Staleness, Staleness]
    charging: tuple[Staleness, Staleness]


def measure(rhythm: float, seed: int, months: int = 12) -> Result:
    """Let both paces read the same car."""
    life = live(seed, months)
    news = store(life, rhythm, seed)
    run = adaptive(life, news)
    own = ramps(news, run.reads, life.end)
    other = ramps(news, fixed(run, months), life.end)
    whole = ((0.0, life.end),)
    return Result(
        run,
        (staleness(own, whole), staleness(other, whole)),
        (staleness(own, life.charging), staleness(other, life.charging)),
    )


def _row(what: str, pairs: Iterable[tuple[Staleness, Staleness]]) -> str:
    own, other = zip(*pairs, strict=True)
    cells = []
    for name in ("mean", "median", "p95"):
        a, b = (
            sum(getattr(x, name) for x in side) / len(side) for side in (own, other)
        )
        cells.append(f"{a:7.1f} {b:7.1f}")
    first, second = (sum(x.mean for x in side) for side in (own, other))
    return f"{what:24}{'  '.join(cells)}  {first / second:6.2f}"


def report() -> Iterator[str]:
    """Yield the lines of the table: minutes, adaptive and fixed side by side."""
    yield "Minutes for which what is shown is not what Smartcar's store holds"
    yield f"{'':24}{'mean':^15}  {'median':^15}  {'95 % below':^15}"
    sides = "  ".join([f"{'adapt.':>7} {'fixed':>7}"] * 3)
    yield f"{'store every':24}{sides}  {'ratio of means':>6}"
    for rhythm in RHYTHMS:
        results = [measure(rhythm, seed) for seed in SEEDS]
        runs = [result.run for result in results]
        yield _row(f"{rhythm} min", (result.overall for result in results))
        yield _row("  while charging", (result.charging for result in results))
        yield (
            f"  reads {sum(len(run.reads) for run in runs) // len(runs)} a year, "
            f"most calls in a month {max(run.most_used for run in runs)}, "
            f"commands refused {sum(run.refused_commands for run in runs)}"
        )


if __name__ == "__main__":
    for line in report():
        sys.stdout.write(f"{line}\n")
