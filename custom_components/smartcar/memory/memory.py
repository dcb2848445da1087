"""What a car remembers: the one thing that others use of this package.

    memory = Memory.from_dict(stored, place_of)        # {} for a new car
    change = memory.add(points, now)                   # after each merge
    if change: show, write statistics from change.since, ask for a save
    memory.add_records(records); memory.correct(...)   # the same change
    memory.charges(), memory.drives(), memory.gaps()   # oldest first; and others
    stored = memory.as_dict()

`add` costs as much as there are new points, as long as they are newer than those
known: only late news goes back, to the nearest of some marks. Points come from
`points.point`, for each good and plausible report, also for one that is older than
the newest. Times are seconds since 1970; the caller has the clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Self

from .course import Course
from .diary import Found
from .entries import (
    PLACES,
    Charge,
    Correction,
    Drive,
    Gap,
    MakerRecord,
    Refuel,
    Stand,
)
from .fuel import FuelStretch
from .kept import MAX_CHARGES, MAX_OTHERS, Kept, PlaceOf, shown
from .overlay import Listing, listed, with_corrections, with_records
from .points import Point

type Entry = Charge | Drive | Gap | Refuel | Stand
type Live = tuple[list[Charge], list[Drive], list[Gap], list[Refuel], list[Stand]]


class DiaryChange(NamedTuple):
    """What changed: `since` when (seconds), and the entries as they are now.

    An entry that went is not among them; `since` covers it, and energy that may
    have come before the start of a charge. Of a stand `since` covers the end only.
    """

    since: int | None = None
    charges: tuple[Charge, ...] = ()
    drives: tuple[Drive, ...] = ()
    gaps: tuple[Gap, ...] = ()
    refuels: tuple[Refuel, ...] = ()
    stands: tuple[Stand, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything changed."""
        return self.since is not None


class Memory:
    """One car's journal and diary.

    `capacity`: of the battery in kWh, if known; it counts for entries that are not
    final.
    """

    def __init__(self, place_of: PlaceOf | None = None) -> None:
        """Begin with nothing."""
        self.capacity: float | None = None
        self._place_of = place_of
        self._kept = Kept()
        self._course = Course(self._kept.journal, self._kept.base)
        # Final charges as they are shown, and what is said of others.
        self._final: list[Charge] = []
        self._records: list[MakerRecord] = []
        self._corrections: list[Correction] = []
        # What is not final: as it was found, and as it was shown last.
        self._found: Found | None = None
        self._as_shown: list[tuple[Charge, Charge]] = []
        self._live: Live = [], [], [], [], []
        self._listing = Listing()

    # What comes in

    def add(self, points: Iterable[Point], now: int) -> DiaryChange:
        """Take in points, in any order; return what they changed.

        `now`: seconds since 1970.
        """
        is_new = self._course.add(points, now, self.capacity)
        is_settled = self._course.settle(
            now,
            self.capacity,
            lambda found: self._kept.keep(found, self.capacity, self._place_of),
        )
        if is_settled:
            self._overlay()
        return self._look() if is_new or is_settled else DiaryChange()

    def _overlay(self) -> None:
        """Lay records and corrections over the final charges."""
        kept = self._kept
        charges, self._records = with_records(kept.charges, kept.records)
        self._final, self._corrections = with_corrections(charges, kept.corrections)

    # What is shown

    def _look(self) -> DiaryChange:
        """Make the view; return in what it differs from the last one.

        What became final just now has not changed by that.
        """
        found, before = self._course.tip.found(), self._live
        if found == self._found:
            return DiaryChange()
        # Closed entries are the same objects as before: they are shown as they were.
        known = {id(charge): as_shown for charge, as_shown in self._as_shown}
        self._as_shown = [
            (
                charge,
                known.get(id(charge)) or shown(charge, self.capacity, self._place_of),
            )
            for charge in found.charges
        ]
        self._found = found
        charges, unseen = with_records([c for _, c in self._as_shown], self._records)
        charges, corrections = with_corrections(charges, self._corrections)
        self._live = charges, found.drives, found.gaps, found.refuels, found.stands
        kept = self._kept
        finals: list[Sequence[Entry]] = [self._final, kept.drives, kept.gaps]
        finals += [kept.refuels, kept.stands]
        new: list[Any] = []
        moments: list[int] = []
        # There are a few entries only: looking for one costs less than hashing all.
        for at, final in enumerate(finals):
            now: list[Entry] = [*self._live[at]]
            old: list[Entry] = [*before[at]]
            new.append(tuple(entry for entry in now if entry not in old))
            moments += map(_begins, new[-1])
            if gone := [entry for entry in old if entry not in now]:
                settled = [_plain(entry) for entry in final[-len(old) - 1 :]]
                moments += [_begins(one) for one in gone if one not in settled]
        came, went = self._listing.take(unseen, corrections)
        new[0] = (*came, *new[0])
        moments += [charge.begins for charge in (*came, *went)]
        return DiaryChange(min(moments), *new) if moments else DiaryChange()

    def charges(self) -> list[Charge]:
        """Return the charges, oldest first, without those that were removed."""
        charges = self._final + self._live[0]
        if others := self._listing.charges:
            charges = sorted(charges + others, key=attrgetter("start"))
        return charges

    def drives(self) -> list[Drive]:
        """Return the drives, oldest first."""
        return self._kept.drives + self._live[1]

    def gaps(self) -> list[Gap]:
        """Return the holes, oldest first."""
        return self._kept.gaps + self._live[2]

    def refuels(self) -> list[Refuel]:
        """Return the refuels, oldest first."""
        return self._kept.refuels + self._live[3]

    def stands(self) -> list[Stand]:
        """Return the stands that are over, oldest first."""
        return self._kept.stands + self._live[4]

    @property
    def late(self) -> int:
        """Return how many points came more than 48 hours late."""
        return self._kept.journal.late

    @property
    def refused(self) -> int:
        """Return how many jumps of odometer and energy no car could make."""
        return self._course.tip.charges.refused + self._course.tip.drives.refused

    @property
    def dropped_energy(self) -> Mapping[str, float]:
        """Return the kWh by place of charges that are kept no more."""
        return self._kept.dropped_energy

    @property
    def finals(self) -> int:
        """Return how many charges are final; they look as before, but for that."""
        return len(self._final)

    @property
    def burns(self) -> bool:
        """Return whether the car has a tank."""
        return self._course.tip.burns

    @property
    def fuel_burnt(self) -> FuelStretch | None:
        """Return what burnt since the last refuel, by litres that are told."""
        return self._course.tip.fuel.stretch

    @property
    def level_energy(self) -> float:
        """Return the kWh of final charges that only the level proves.

        Those of a car that has never told what it added; it never falls.
        """
        return round(self._kept.level_energy, 3)

    @property
    def distance(self) -> float:
        """Return the km of all drives ever, dropped ones included."""
        return self._course.tip.drives.distance

    # What makers and people add

    def add_records(self, records: Iterable[MakerRecord]) -> DiaryChange:
        """Take in the maker's own records, in any order and again and again."""
        known = {record.id: record for record in self._kept.records}
        new = {one.id: one for one in records if known.get(one.id) != one}
        if not new:
            return DiaryChange()
        known |= new
        ordered = sorted(known.values(), key=lambda record: (record.start, record.id))
        self._kept.records = ordered[-MAX_CHARGES:]
        return self._say_again()

    def correct(self, at: int, correction: Correction) -> DiaryChange:
        """Correct the charge during which a moment (seconds) lies.

        The span of the correction is set here. `remove=False` undoes a removal.
        Raises LookupError if there is no charge, ValueError for a correction that
        says nothing or cannot be.
        """
        facts = correction[2:-1]
        if correction.cost is not None and correction.price is not None:
            raise ValueError("Cost and price together")
        if correction.energy is not None and correction.energy < 0:
            raise ValueError("Negative energy")
        if correction.place not in {None, *PLACES}:
            raise ValueError("No such place")
        kept = self._kept
        all_charges = [
            *kept.charges,
            *(
                shown(charge, self.capacity, self._place_of)
                for charge in self._course.tip.found().charges
            ),
            *map(listed, self._listing.records),
        ]
        inside = [charge for charge in all_charges if charge.covers(at)]
        if not inside:
            raise LookupError("No charge at that moment")
        span = max(inside, key=lambda charge: charge.start).span
        old = next((c for c in kept.corrections if (c.start, c.end) == span), None)
        if (
            old is None
            and not correction.remove
            and not any(fact is not None for fact in facts)
        ):
            raise ValueError("Nothing to correct")
        said = {
            name: fact
            for name, fact in correction._asdict().items()
            if fact is not None and name not in {"start", "end"}
        }
        merged = (old or Correction(*span))._replace(**said)
        others = [c for c in kept.corrections if (c.start, c.end) != span]
        kept.corrections = [*others, merged][-MAX_OTHERS:]
        return self._say_again()

    # What survives a restart

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart, as plain JSON."""
        return self._kept.as_dict()

    def frozen(self) -> Kept:
        """Return a copy of what is stored, for another thread to make JSON of."""
        return self._kept.frozen()

    @classmethod
    def from_dict(
        cls,
        stored: Mapping[str, Any],
        place_of: PlaceOf | None = None,
        capacity: float | None = None,
    ) -> Self:
        """Read `as_dict` back.

        Raises AttributeError, LookupError, TypeError or ValueError for what was
        never written like this.
        """
        memory = cls(place_of)
        memory.capacity = capacity
        memory._kept = kept = Kept.from_dict(stored)
        memory._course = Course(kept.journal, kept.base)
        memory.wake()
        return memory

    def use_capacity(self, capacity: float | None) -> DiaryChange:
        """Let another usable capacity in kWh count, for all that is not final."""
        self.capacity = capacity
        self._found, self._as_shown = None, []
        return self._look()

    def wake(self) -> DiaryChange:
        """Read the points again, after `capacity` was set or changed."""
        self._found, self._as_shown = None, []
        self._course.begin_again(self.capacity)
        self._overlay()
        return self._look()

    def _say_again(self) -> DiaryChange:
        """Return what other records or corrections changed."""
        before, self._found = self._final, None
        self._overlay()
        change, known = self._look(), set(before)
        new = [charge for charge in self._final if charge not in known]
        gone = known.difference(self._final)
        moments = [charge.begins for charge in (*new, *gone)]
        if not moments:
            return change
        if change.since is not None:
            moments.append(change.since)
        since = min(moments)
        return change._replace(since=since, charges=(*new, *change.charges))


def _plain(entry: Entry) -> Entry:
    """Return a final entry as it was before."""
    return entry if isinstance(entry, Gap) else entry._replace(is_final=False)


def _begins(entry: Entry) -> int:
    """Return the first second of which an entry tells anything new."""
    if isinstance(entry, Stand):
        # Nothing that is told of the time before its end changes by it.
        return entry.end
    return entry.begins if isinstance(entry, Charge) else entry.start


def entries_within[Kind: (Charge, Drive, Gap, Refuel, Stand)](
    entries: Iterable[Kind], since: float, until: float
) -> list[Kind]:
    """Return the entries in a period; one across its edge counts whole."""
    return [entry for entry in entries if entry.start < until and entry.end >= since]
