"""What makers and people say of charges, laid over what the points tell."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from .entries import RECORD, Charge, Correction, MakerRecord, Step, spread

# A maker's record is that of a charge if they overlap by half of the shorter one.
HALF = 0.5
# Charges hardly overlap: the one wanted is among so many before a span's end.
NEAR = 8


def best(charges: Sequence[Charge], span: tuple[int, int]) -> int | None:
    """Return the index of the charge that overlaps a span most, if any does.

    `charges` are in the order of their starts; the first of equal ones wins.
    """
    end = bisect_right(charges, span[1], key=lambda charge: charge.start)
    found, most = None, 0
    for index in range(max(0, end - NEAR), min(end + 1, len(charges))):
        if (overlap := charges[index].overlap(span)) > most:
            found, most = index, overlap
    return found


def with_records(
    charges: list[Charge], records: Iterable[MakerRecord]
) -> tuple[list[Charge], list[MakerRecord]]:
    """Return the charges with the energy of records, and records of none of them.

    Several records make up one plug-in.
    """
    shown, left = list(charges), []
    for record in records:
        span = record.start, max(record.end, record.start + 1)
        index = best(charges, span)
        if index is None or charges[index].overlap(span) < HALF * min(
            span[1] - span[0], charges[index].span[1] - charges[index].span[0]
        ):
            left.append(record)
            continue
        charge = shown[index]
        before = charge.energy if charge.source == RECORD else 0
        energy = round((before or 0) + record.energy, 3)
        steps = spread(energy, charge.steps) or (Step(*span, energy),)
        shown[index] = charge._replace(energy=energy, source=RECORD, steps=steps)
    return shown, left


def listed(record: MakerRecord) -> Charge:
    """Return the charge that a record tells of, where no report shows one then."""
    return Charge(
        start=record.start,
        end=record.end,
        start_after=None,
        end_before=None,
        level_start=None,
        level_end=None,
        added=None,
        points=0,
        is_partial=False,
        is_level_whole=False,
        is_sum=False,
        latitude=None,
        longitude=None,
        is_home=None,
        is_final=True,
        energy=record.energy,
        source=RECORD,
        steps=(Step(record.start, record.end, record.energy),),
    )


class Listing:
    """Charges that a car maker lists and no report shows, as they are shown.

    `records` are all that tell of such charges, also of those that were removed.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.records: list[MakerRecord] = []
        self.charges: list[Charge] = []

    def take(
        self, records: list[MakerRecord], corrections: Iterable[Correction]
    ) -> tuple[set[Charge], set[Charge]]:
        """Take the records there are now; return which charges came and went."""
        before = set(self.charges)
        self.records = records
        charges = [listed(record) for record in records]
        self.charges, _ = with_corrections(charges, corrections)
        now = set(self.charges)
        return now - before, before - now


def with_corrections(
    charges: list[Charge], corrections: Iterable[Correction]
) -> tuple[list[Charge], list[Correction]]:
    """Return the charges as people have corrected them, and corrections of none.

    A charge that was removed is not among them.
    """
    shown: list[Charge | None] = list(charges)
    left = []
    for correction in corrections:
        if (index := best(charges, (correction.start, correction.end))) is None:
            left.append(correction)
        elif (charge := shown[index]) is not None:
            shown[index] = None if correction.remove else _corrected(charge, correction)
    return [charge for charge in shown if charge is not None], left


def _corrected(charge: Charge, correction: Correction) -> Charge:
    told = {
        name
        for name in ("cost", "price", "energy", "place")
        if getattr(correction, name) is not None
    }
    energy = charge.energy if correction.energy is None else correction.energy
    place = correction.place or charge.where.place
    steps = charge.steps
    if energy != charge.energy:
        steps = spread(energy, steps) or (Step(*charge.span, energy or 0),)
    return charge._replace(
        cost=correction.cost,
        price=correction.price,
        energy=energy,
        where=charge.where._replace(place=place),
        steps=steps,
        corrected=tuple(sorted({*charge.corrected, *told})),
    )
