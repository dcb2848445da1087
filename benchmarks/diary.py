"""What the diary finds of what a simulated car truly did.

A car lives in simulated time: it commutes, charges at home every evening, and at
work or at the lake now and then, with pauses. A store reads it at its rhythm;
deliveries of each reading come in time, or late, twice or not at all. The diary
gets what a car's state would hand on. The truth is taken from the car's own
fields, which no signal tells. Everything is seeded: the same numbers come out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import json
from math import inf
import random
import sys
import time
from types import ModuleType
from typing import Final
from unittest.mock import patch

from custom_components.smartcar.api import Signal
from custom_components.smartcar.car.plausible import contradicted, is_plausible
from custom_components.smartcar.car.reports import NO_TIME, Report, known_time
from custom_components.smartcar.memory import (
    Charge,
    Drive,
    Memory,
    Point,
    charges,
    diary,
    drives,
    journal,
    point,
    sessions,
)
from custom_components.smartcar.memory.points import KINDS
from simulator.car import Car
from simulator.catalogue import CATALOGUE
from simulator.clock import ManualClock
from simulator.fleet import BEV_SPEC, PERMISSIONS_BEV, PERMISSIONS_PHEV, PHEV_SPEC
from simulator.store import SignalStore

START: Final = datetime(2026, 10, 5, 0, 0, tzinfo=UTC)
DAY: Final = 86_400
RHYTHMS: Final = (5, 30, 60, 1440)
DAYS: Final = 30
WORTH: Final = 1.0
FAR: Final = 2.0
ADDED, CABLE = "charge-energyadded", "charge-ischargingcableconnected"
POSITION, AT_HOME = "location-preciselocation", "location-isathome"

# What is left out of the signals.
VARIANTS: Final = {
    "everything told": (),
    "no energy added": (ADDED,),
    "no cable": (CABLE,),
    "no position": (POSITION, AT_HOME),
    "level and odometer only": tuple(
        KINDS.keys() - {"odometer-traveleddistance", "tractionbattery-stateofcharge"}
    ),
}
LIES: Final = (
    *("odometer_zero", "odometer_old", "odometer_trembles", "energy_blinks"),
    *("cable_blinks", "ends_by_flag", "ends_by_cable", "ends_by_not_charging"),
    *("ends_by_full", "place_zero", "all_zero", "no_units", "time_missing"),
    *("time_future", "time_1970", "time_year_1", "error_login"),
)


@dataclass(slots=True)
class Event:
    """A true charge (kWh) or drive (km), in seconds since 1970."""

    start: int
    end: int
    amount: float
    is_home: bool


@dataclass(slots=True)
class Truth:
    """What a car did: seen every minute, with the car's own sums."""

    charges: list[Event] = field(default_factory=list)
    drives: list[Event] = field(default_factory=list)
    # Each minute in which energy came, and kWh up to then.
    minutes: list[tuple[int, float]] = field(default_factory=list)
    session: int = 0
    _energy: float | None = None
    _added: float = 0
    _odometer: float = 0
    _was_in: bool = False
    _was_driving: bool = False

    def see(self, car: Car, at: int) -> None:
        """Look at the car."""
        if self._energy is None:
            self._energy, self._odometer = car.energy_total, car.odometer
        if (gained := car.energy_total - self._energy) > 0:
            if not self.charges or not self._was_in:
                self.charges.append(Event(at - 60, at, 0, car.at_home))
            self.charges[-1].amount += gained
            self.charges[-1].end = at
            self._was_in = True
            self.minutes.append((at, car.energy_total))
        if (driven := car.odometer - self._odometer) > 0:
            if not self._was_driving:
                self.drives.append(Event(at - 60, at, 0, is_home=False))
            self.drives[-1].amount += driven
            self.drives[-1].end = at
            self._was_in = False
        if not car.plugged_in:
            self._was_in = False
        self._was_driving = car.driving
        self.session += car.energy_added < self._added or (
            gained > 0 and self._added == 0
        )
        self._energy, self._added = car.energy_total, car.energy_added
        self._odometer = car.odometer

    def came(self, since: int, until: int) -> float:
        """Return the kWh that came between two moments."""
        before, after = (
            bisect_right(self.minutes, (moment, inf)) for moment in (since, until)
        )
        start = self.minutes[before - 1][1] if before else 0.0
        return (self.minutes[after - 1][1] if after else start) - start

    def look(self, car: Car, at: int) -> Look:
        """Return what there is to be seen of the car."""
        return Look(
            at,
            self.session,
            round(car.energy_added, 1),
            round(car.state_of_charge),
            car.odometer,
        )


def use(car: Car, minute: int, chance: random.Random) -> None:
    """Do what the simulator's day does not: charge away, pause, change the limit."""
    day, of_day = divmod(minute, 1440)
    if of_day == 600 and not car.driving:
        car.set_limit(chance.choice((70, 80, 80, 90)))
    if of_day == 11 * 60 and day % 3 == 1 and not car.at_home and not car.driving:
        car.plug_in()
    if of_day == 12 * 60 and day % 6 == 1 and not car.at_home:
        car.unplug()
    if not car.at_home:
        return
    # A charge that pauses, and one that begins at night.
    if of_day == 18 * 60 + 20 and day % 4 == 2 and car.charging:
        car.stop_charging()
    if of_day == 23 * 60 and car.plugged_in and not car.fully_charged:
        car.start_charging()


@dataclass(slots=True)
class Look:
    """What a store that tells no lies would see: kWh, percent, km.

    `session`: how often the car's own figure of energy began again.
    """

    at: int
    session: int
    added: float
    level: float
    odometer: float


@dataclass(slots=True)
class Delivery:
    """Points that come at a time, and what was there to be seen."""

    at: int
    points: list[Point]
    look: Look


def points_of(
    store: SignalStore, now: datetime, left_out: frozenset[str]
) -> list[Point]:
    """Return what a car's state hands on of what a store answers."""
    signals = [
        Signal(
            code=told.kind.code,
            status=told.status,
            body=told.body,
            oem_updated_at=told.oem_updated_at,
            retrieved_at=told.retrieved_at,
            ingested_at=told.ingested_at,
        )
        for told in store.signals()
        if told.has_body and told.body and told.kind.code not in left_out
    ]
    refused, found = contradicted(signals), []
    for signal in signals:
        assert signal.body is not None
        if signal.code in refused or not is_plausible(signal.code, signal.body):
            continue
        asked = known_time(signal.retrieved_at) or now
        report = Report.of(signal.body, signal.oem_updated_at, min(asked, now))
        told = point(signal.code, signal.body, max(report.measured, NO_TIME))
        if told is not None:
            found.append(told)
    return found


@dataclass(slots=True)
class Life:
    """One car's truth, and the readings of its stores by rhythm."""

    truth: Truth
    deliveries: list[Delivery]
    left_out: frozenset[str] = frozenset()

    def seen(self, capacity: float | None) -> float:
        """Return the energy (kWh) that these looks show at most.

        By one who knows which figure is of which session and believes nothing that
        is not told: of each stand, and of each time between two looks with a way,
        what the figure or the level rose by.
        """
        looks = sorted({d.look.at: d.look for d in self.deliveries}.items())
        total = by_figure = by_level = 0.0
        is_told = ADDED not in self.left_out
        for (_, before), (_, look) in pairwise(looks):
            if look.odometer != before.odometer:
                total += most(by_figure if is_told else None, by_level, capacity)
                by_figure = by_level = 0.0
            if is_told:
                same = look.session == before.session
                by_figure += look.added - (before.added if same else 0)
            by_level += max(0, look.level - before.level)
            if look.odometer != before.odometer:
                total += most(by_figure if is_told else None, by_level, capacity)
                by_figure = by_level = 0.0
        return total + most(by_figure if is_told else None, by_level, capacity)


def most(by_figure: float | None, by_level: float, capacity: float | None) -> float:
    """Return the kWh that a figure or points of the level show; they are whole."""
    size = (capacity or 0) / 100
    if by_figure is not None and by_figure >= (by_level - 2) * size:
        return by_figure
    return by_level * size


def live(
    *rhythms: int,
    days: int = DAYS,
    left_out: Iterable[str] = (),
    lies: Iterable[str] = (),
    hybrid: bool = False,
    seed: int = 1,
) -> dict[int, Life]:
    """Let a car live; one store reads it at each rhythm, in minutes."""
    spec = PHEV_SPEC if hybrid else BEV_SPEC
    permissions = PERMISSIONS_PHEV if hybrid else PERMISSIONS_BEV
    car = Car(spec, seed=seed, permissions=permissions)
    car.not_stored = frozenset(CATALOGUE.keys() - KINDS.keys())
    clock, chance = ManualClock(START, starts_at=0), random.Random(seed)  # noqa: S311 - repeatable
    truth, out = Truth(), frozenset(left_out)
    stores = {rhythm: SignalStore(car, clock, permissions) for rhythm in rhythms}
    lives = {rhythm: Life(truth, [], out) for rhythm in rhythms}
    for minute in range(days * 1440):
        now = START + timedelta(minutes=minute)
        at = int(now.timestamp())
        car.live_until(minute * 60.0)
        use(car, minute, chance)
        truth.see(car, at)
        if minute == 1440:
            car.lie(*lies)
        for rhythm, store in stores.items():
            # A daily store looks at half past eleven in the evening.
            if minute % rhythm == 1410 % rhythm or minute == 0:
                store.read(now)
                points = points_of(store, now, out)
                lives[rhythm].deliveries.append(
                    Delivery(at, points, truth.look(car, at))
                )
        clock.advance(60)
    return lives


def roughly(
    deliveries: list[Delivery], seed: int = 1, lost: float = 0.05
) -> list[Delivery]:
    """Return the deliveries as they may come: late, twice, or not at all."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    came = []
    for index, delivery in enumerate(deliveries):
        # The first and the last look bound what can be found.
        is_inner = 0 < index < len(deliveries) - 1
        if is_inner and chance.random() < lost:
            continue
        late = chance.randrange(40 * 3600) if is_inner and chance.random() < 0.2 else 0
        came.append(replace(delivery, at=delivery.at + late))
        if chance.random() < 0.1:
            came.append(replace(delivery, at=delivery.at + late + 60))
    return sorted(came, key=lambda delivery: delivery.at)


def remember(deliveries: list[Delivery], capacity: float | None) -> Memory:
    """Return a memory that got these deliveries."""
    memory = Memory(
        lambda north, _: (abs(north - BEV_SPEC.home.latitude) < 0.003, None)
    )
    memory.capacity = capacity
    for delivery in deliveries:
        memory.add(delivery.points, delivery.at)
    return memory


@dataclass(slots=True)
class Result:
    """How a diary compares with the truth; errors in percent of the truth."""

    charges: int = 0
    charges_found: int = 0
    charges_named: int = 0
    charges_invented: int = 0
    charges_split: int = 0
    seen: float = 0
    found_of_seen: float = 0
    excess: float = 0
    drives: int = 0
    drives_found: int = 0
    drives_invented: int = 0
    energy_error: float = 0
    most_over: float = 0
    distance_error: float = 0
    placed: float = 0
    gaps: int = 0


def window(entry: Charge | Drive) -> tuple[int, int]:
    """Return between which reports an entry lies."""
    since = entry.start if entry.start_after is None else entry.start_after
    until = entry.end if entry.end_before is None else entry.end_before
    return since - 60, until + 60


def compare(life: Life, memory: Memory, capacity: float | None) -> Result:
    """Compare a diary with the truth, from the first look to the last one."""
    first, last = life.deliveries[0].at, life.deliveries[-1].at
    result = Result(gaps=len(memory.gaps()))
    charges = [c for c in memory.charges() if c.energy]
    true = [c for c in life.truth.charges if c.start >= first and c.end <= last]
    for event in true:
        near = [c for c in charges if _meet(window(c), event)]
        if event.amount >= WORTH:
            result.charges += 1
            result.charges_found += bool(near)
            result.charges_named += not near and any(
                _meet((gap.start, gap.end), event) for gap in memory.gaps()
            )
    result.charges_split = _split(charges, true)
    for charge in charges:
        true_ones = [e for e in life.truth.charges if _meet(window(charge), e)]
        result.charges_invented += not true_ones
        truth = sum(event.amount for event in true_ones)
        if truth:
            result.most_over = max(result.most_over, (charge.energy or 0) / truth - 1)
    drives = memory.drives()
    ways = [d for d in life.truth.drives if d.start >= first and d.end <= last]
    for way in ways:
        if way.amount >= FAR:
            result.drives += 1
            result.drives_found += any(_meet(window(d), way) for d in drives)
    result.drives_invented = sum(
        not any(_meet(window(drive), way) for way in life.truth.drives)
        for drive in drives
    )
    energy = sum(event.amount for event in true)
    length = sum(d.amount for d in ways)
    if seen := life.seen(capacity):
        result.seen = 100 * (seen / energy - 1)
        result.found_of_seen = 100 * sum(c.energy or 0 for c in charges) / seen
    result.excess = excess(charges, life.truth)
    result.energy_error = 100 * (sum(c.energy or 0 for c in charges) / energy - 1)
    result.distance_error = 100 * (sum(d.distance for d in drives) / length - 1)
    homes = [e for e in true if e.is_home and e.amount >= WORTH]
    result.placed = (
        100
        * sum(
            any(_meet(window(c), e) and c.where.place == "home" for c in charges)
            for e in homes
        )
        / max(1, len(homes))
    )
    return result


def excess(charges: list[Charge], truth: Truth) -> float:
    """Return how many kWh some charges have more than came in the time they span."""
    spans = [
        (since - 60, until + 60, charge.energy or 0)
        for charge in charges
        for since, until in [(window(charge)[0] + 60, charge.end)]
    ]
    most = 0.0
    for since in {span[0] for span in spans}:
        for until in {span[1] for span in spans if span[1] > since}:
            told = sum(e for a, b, e in spans if since <= a and b <= until)
            most = max(most, told - truth.came(since, until))
    return most


def _meet(span: tuple[int, int], event: Event) -> bool:
    return span[0] < event.end and span[1] > event.start


def _split(charges: list[Charge], true: list[Event]) -> int:
    """Return how many more entries there are than charges they lie in."""
    split = 0
    for event in true:
        inside = [
            c
            for c in charges
            if event.start - 60 <= c.start and c.end <= event.end + 660
        ]
        split += max(0, len(inside) - 1)
    return split


def cases(days: int = DAYS) -> Iterator[tuple[str, int, Life, float | None]]:
    """Yield what is measured: a title, the rhythm, a life, the battery's kWh."""
    size = BEV_SPEC.battery_kwh
    for title, out in VARIANTS.items():
        for rhythm, life in live(*RHYTHMS, days=days, left_out=out).items():
            yield title, rhythm, life, size
            if not out:
                rough = replace(life, deliveries=roughly(life.deliveries))
                yield "late, twice, lost", rhythm, rough, size
                yield "no battery size", rhythm, life, None
    for rhythm, life in live(*RHYTHMS, days=days, hybrid=True).items():
        yield "plug-in hybrid", rhythm, life, PHEV_SPEC.battery_kwh
    for lie in LIES:
        lives = live(*RHYTHMS, days=max(6, days // 3), lies=(lie,))
        for rhythm, life in lives.items():
            yield f"lies: {lie}", rhythm, life, size


HEAD: Final = (
    f"{'store every':12}{'':26}{'charges':>9}{'named':>6}{'inv.':>5}{'split':>6}"
    f"{'drives':>9}{'inv.':>5}{'energy':>8}{'shown':>8}"
    f"{'of it':>7}{'excess':>7}{'km':>7}{'home':>6}{'gaps':>5}"
)


def row(title: str, rhythm: int, result: Result) -> str:
    """Write a result."""
    r = result
    return (
        f"{rhythm:>6} min  {title:26}{f'{r.charges_found}/{r.charges}':>9}"
        f"{r.charges_named:>6}{r.charges_invented:>5}{r.charges_split:>6}"
        f"{f'{r.drives_found}/{r.drives}':>9}{r.drives_invented:>5}"
        f"{r.energy_error:>7.1f}%{r.seen:>7.1f}%{r.found_of_seen:>6.1f}%{r.excess:>7.2f}"
        f"{r.distance_error:>6.1f}%"
        f"{r.placed:>5.0f}%{r.gaps:>5}"
    )


def costs() -> Iterator[str]:
    """Yield what deriving costs, and how large a year is."""
    # The worst car: it tells every signal with another time at each look.
    deliveries = [
        Delivery(
            told.at, [point._replace(at=told.at) for point in told.points], told.look
        )
        for told in live(5, days=8)[5].deliveries
    ]
    filled, memory = 3 * DAY // 300, Memory()
    memory.capacity = BEV_SPEC.battery_kwh
    new, known = list[float](), list[float]()
    for delivery in deliveries:
        for spent, points in (new, delivery.points), (known, delivery.points):
            begin = time.process_time()
            memory.add(points, delivery.at)
            spent.append(1e6 * (time.process_time() - begin))
    for title, all_spent in ("of new points", new), ("of known ones", known):
        spent = sorted(all_spent[filled:])
        yield (
            f"a delivery {title} costs {sum(spent) / len(spent):.0f} µs in the mean,"
            f" {spent[len(spent) // 2]:.0f} in the median,"
            f" {spent[int(len(spent) * 0.99)]:.0f} at 99 %,"
            f" {spent[-1] / 1000:.1f} ms at most"
        )
    yield (
        f"a delivery has {len(deliveries[-1].points)} points,"
        f" the journal {len(memory.as_dict()['journal']['points'])}"
    )
    memory = remember(live(5, days=365)[5].deliveries, BEV_SPEC.battery_kwh)
    begin = time.perf_counter()
    stored = json.dumps(memory.as_dict(), separators=(",", ":"))
    yield (
        f"after a year: {len(stored) / 1024:.0f} KiB, written in"
        f" {1e3 * (time.perf_counter() - begin):.1f} ms,"
        f" {len(memory.charges())} charges, {len(memory.drives())} drives"
    )
    begin = time.perf_counter()
    Memory.from_dict(json.loads(stored))
    yield f"read back in {1e3 * (time.perf_counter() - begin):.1f} ms"


# Thresholds and other values for them; the middle one is in use.
THRESHOLDS: Final[tuple[tuple[str, tuple[ModuleType, ...], tuple[int, ...]], ...]] = (
    ("LEVEL_RISE", (sessions, charges), (2, 3, 5)),
    ("LEVEL_RISE_DRIVEN", (charges,), (3, 5, 8)),
    ("STAND", (charges, drives), (1200, 2700, 5400)),
    ("ONE_LOOK", (charges, drives, diary), (30, 120, 240)),
    ("LONG", (diary,), (6 * 3600, 12 * 3600, 24 * 3600)),
    ("MISSING_POINTS", (diary,), (2, 3, 5)),
    ("LATEST", (journal,), (24 * 3600, 48 * 3600, 72 * 3600)),
)


def sweep() -> Iterator[str]:
    """Yield what other thresholds find, of all rhythms and signals together."""
    known = [
        (life, capacity)
        for title, _, life, capacity in cases(days=14)
        if "lies" not in title or "blinks" in title or "zero" in title
    ]
    yield (
        f"{'threshold':18}{'value':>8}{'charges':>12}{'named':>6}{'invented':>9}"
        f"{'excess':>8}{'energy':>8}{'drives':>12}{'gaps':>6}"
    )
    for name, modules, values in THRESHOLDS:
        for value in values:
            with ExitStack() as patched:
                for module in modules:
                    patched.enter_context(patch.object(module, name, value))
                results = [
                    compare(life, remember(life.deliveries, capacity), capacity)
                    for life, capacity in known
                ]
            energy = sum(result.energy_error for result in results) / len(results)
            found, all_true, ways, all_ways, named, invented, gaps = (
                sum(getattr(result, of) for result in results)
                for of in (
                    *("charges_found", "charges", "drives_found", "drives"),
                    *("charges_named", "charges_invented", "gaps"),
                )
            )
            yield (
                f"{name:18}{value:>8}{f'{found}/{all_true}':>12}{named:>6}"
                f"{invented:>9}{max(result.excess for result in results):>8.2f}"
                f"{energy:>7.1f}%{f'{ways}/{all_ways}':>12}{gaps:>6}"
            )


def report() -> Iterator[str]:
    """Yield the lines of the table."""
    yield HEAD
    rows = [
        (
            rhythm,
            row(
                title,
                rhythm,
                compare(life, remember(life.deliveries, capacity), capacity),
            ),
        )
        for title, rhythm, life, capacity in cases()
    ]
    yield from (line for _, line in sorted(rows, key=lambda pair: pair[0]))
    yield from costs()


if __name__ == "__main__":
    parts = {"costs": costs, "sweep": sweep}
    for line in parts.get(sys.argv[-1], report)():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
