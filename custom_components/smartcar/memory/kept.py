"""What is kept of a diary for good, within bounds; the oldest goes first."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from ..records import Record
from .course import copied
from .diary import Diary, Found
from .entries import (
    AWAY,
    HOME,
    UNKNOWN,
    Charge,
    Correction,
    Drive,
    Gap,
    MakerRecord,
    Place,
    Refuel,
    Stand,
    Step,
    by_hours,
)
from .journal import Journal
from .overlay import with_corrections, with_records

MAX_CHARGES: Final = 1000
MAX_DRIVES: Final = 3000
# Of each kind.
MAX_OTHERS: Final = 500

# Whether a position (degrees) is at home, and the zone it is in, if in any.
type PlaceOf = Callable[[float, float], tuple[bool, str | None]]


@dataclass(slots=True)
class Kept(Record):
    """What is stored: points, what the settled ones add up to, and entries."""

    journal: Journal = field(default_factory=Journal)
    base: Diary = field(default_factory=Diary)
    charges: list[Charge] = field(default_factory=list)
    drives: list[Drive] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    refuels: list[Refuel] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)
    records: list[MakerRecord] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    # kWh by place, and km, of entries that were dropped for lack of room.
    dropped_energy: dict[str, float] = field(default_factory=dict)
    dropped_distance: float = 0.0
    # kWh of final charges of a car that has never told what it added.
    level_energy: float = 0.0

    def keep(
        self, found: Found, capacity: float | None, place_of: PlaceOf | None
    ) -> None:
        """Keep closed entries as final ones; `capacity` in kWh."""
        charges = [shown(charge, capacity, place_of) for charge in found.charges]
        self.charges += [charge._replace(is_final=True) for charge in charges]
        if self.base.charges.added is None:
            self.level_energy += sum(charge.energy or 0 for charge in charges)
        self.drives += [drive._replace(is_final=True) for drive in found.drives]
        self.gaps += found.gaps
        self.refuels += [refuel._replace(is_final=True) for refuel in found.refuels]
        self.stands += [stand._replace(is_final=True) for stand in found.stands]
        self._drop(self.charges[:-MAX_CHARGES])
        for drive in self.drives[:-MAX_DRIVES]:
            self.dropped_distance += drive.distance
        del self.charges[:-MAX_CHARGES]
        del self.drives[:-MAX_DRIVES]
        del self.gaps[:-MAX_OTHERS]
        del self.refuels[:-MAX_OTHERS]
        del self.stands[:-MAX_OTHERS]

    def _drop(self, charges: list[Charge]) -> None:
        """Add up charges that are kept no more, as they were shown."""
        dropped, _ = with_records(charges, self.records)
        dropped, _ = with_corrections(dropped, self.corrections)
        energy = self.dropped_energy
        for charge in dropped:
            place = charge.where.place
            energy[place] = energy.get(place, 0) + (charge.energy or 0)

    def frozen(self) -> Kept:
        """Return a copy, for another thread to make JSON of."""
        journal = replace(self.journal, points=[*self.journal.points])
        return replace(
            self,
            journal=journal,
            base=copied(self.base),
            charges=[*self.charges],
            drives=[*self.drives],
            gaps=[*self.gaps],
            refuels=[*self.refuels],
            stands=[*self.stands],
            records=[*self.records],
            corrections=[*self.corrections],
        )


def shown(
    charge: Charge, capacity: float | None, place_of: PlaceOf | None = None
) -> Charge:
    """Return a charge with its energy, by a usable capacity in kWh, and its place."""
    believed = charge.believed(capacity)
    is_home, zone = charge.is_home, None
    if (
        place_of is not None
        and charge.latitude is not None
        and charge.longitude is not None
    ):
        at_home, zone = place_of(charge.latitude, charge.longitude)
        is_home = at_home or bool(is_home and zone is None)
    elif charge.latitude is not None and is_home is None:
        is_home = False
    place = UNKNOWN if is_home is None else HOME if is_home else AWAY
    where = Place(place, zone, charge.latitude, charge.longitude)
    if not charge.is_open:
        believed = believed._replace(
            steps=tuple(
                Step(hour, hour + 3600, round(amount, 4))
                for hour, amount in by_hours(believed.steps).items()
            )
            if len(believed.steps) > 24  # noqa: PLR2004 - hours of a day
            else believed.steps,
            level_steps=(),
        )
    return believed._replace(where=where)
