"""What entries add up to: energy by place since a time, consumption, a full charge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from .entries import CAR, PLACES, RECORD, Charge, Drive, Refuel
from .fuel import FuelStretch

# Consumption counts so much of the newest way (km), if there is as much as that, and
# nothing older (seconds).
LATEST_WAY: Final = 200
LEAST_WAY: Final = 50
OLDEST: Final = 60 * 24 * 3600
# A drive between reports further apart (seconds) hides what it took.
LONGEST_HOLE: Final = 12 * 3600
# A stretch counts from so many points of the level, and km, on: below, whole percents
# tell nothing.
LEAST_USED: Final = 5
SHORTEST: Final = 10
# kWh/100 km that can be; outside, something was not told.
SENSIBLE: Final = (5, 60)
# The same of fuel: km, litres, and litres/100 km. A tank lasts longer than a battery.
LATEST_WAY_BY_FUEL: Final = 500
LEAST_WAY_BY_FUEL: Final = 100
LEAST_LITRES: Final = 5
SENSIBLE_LITRES: Final = (2, 30)
# The newest charges that tell of a full one, how many it needs, and by how many points
# of the level each must have risen.
NEWEST_CHARGES: Final = 10
LEAST_CHARGES: Final = 5
LEAST_RISE: Final = 30


class PlaceSums(NamedTuple):
    """kWh or money by place, all of it, and of how many charges."""

    by_place: Mapping[str, float]
    total: float
    charges: int
    # Charges that lack the figure.
    lacking: int


def energy_since(charges: Iterable[Charge], since: int) -> PlaceSums:
    """Return the energy in kWh of charges that began after a time (seconds)."""
    return sums_of((one, one.energy) for one in charges if one.start >= since)


def cost_since(charges: Iterable[Charge], since: int) -> PlaceSums:
    """Return what charges have cost that began after a time (seconds)."""
    return sums_of((one, one.cost) for one in charges if one.start >= since)


def sums_of(figures: Iterable[tuple[Charge, float | None]]) -> PlaceSums:
    """Add up figures of charges by place, as far as they are known."""
    figures = list(figures)
    by_place = dict.fromkeys(PLACES, 0.0)
    for charge, figure in figures:
        by_place[charge.where.place] += figure or 0
    lacking = sum(figure is None for _, figure in figures)
    return PlaceSums(by_place, sum(by_place.values()), len(figures), lacking)


@dataclass(slots=True)
class Stretch:
    """Drives in a row without a charge: km, and points that the level fell."""

    start: int
    end: int
    distance: float
    level_start: float | None
    level_end: float | None
    is_clean: bool = True

    @property
    def used(self) -> float:
        """Return how many points it took, 0 if that is unknown."""
        if self.level_start is None or self.level_end is None:
            return 0
        return self.level_start - self.level_end


class Consumption(NamedTuple):
    """kWh/100 km over the newest km; km that could not be counted."""

    average: float | None
    distance: float
    left_out: float
    capacity: float | None


def consumption(
    drives: Sequence[Drive],
    charges: Sequence[Charge],
    capacity: float | None,
    now: int,
) -> Consumption:
    """Return what the car took lately, by a usable capacity in kWh.

    A stretch without a charge counts by the levels at its ends: what stands between
    its drives took counts, too.
    """
    if not capacity:
        return Consumption(None, 0, 0, capacity)
    distance = energy = left_out = 0.0
    for stretch in reversed(stretches(drives, charges)):
        if distance >= LATEST_WAY or stretch.end < now - OLDEST:
            break
        if stretch.distance < SHORTEST or stretch.used < LEAST_USED:
            left_out += stretch.distance
            continue
        took = stretch.used * capacity / 100
        lowest, highest = SENSIBLE
        if stretch.is_clean and lowest <= took / stretch.distance * 100 <= highest:
            distance += stretch.distance
            energy += took
        else:
            left_out += stretch.distance
    average = round(energy / distance * 100, 1) if distance >= LEAST_WAY else None
    return Consumption(average, round(distance, 1), round(left_out, 1), capacity)


def stretches(drives: Sequence[Drive], charges: Sequence[Charge]) -> list[Stretch]:
    """Put drives together between which nothing was charged, oldest first."""
    found: list[Stretch] = []
    ends = sorted(charge.end for charge in charges)
    at = 0
    for drive in drives:
        charged = False
        while at < len(ends) and ends[at] <= drive.end:
            at, charged = at + 1, True
        since = drive.start if drive.start_after is None else drive.start_after
        is_clean = drive.end - since <= LONGEST_HOLE or not drive.is_sum
        last = found[-1] if found else None
        if last is None or charged or not is_clean or not last.is_clean:
            found.append(
                Stretch(
                    drive.start,
                    drive.end,
                    drive.distance,
                    drive.level_start,
                    drive.level_end,
                    is_clean,
                )
            )
        else:
            last.end, last.distance = drive.end, last.distance + drive.distance
            if drive.level_end is not None:
                last.level_end = drive.level_end
    return found


class FuelConsumption(NamedTuple):
    """Litres/100 km over the newest km; km that could not be counted."""

    average: float | None
    distance: float
    left_out: float


def fuel_consumption(
    refuels: Sequence[Refuel], present: FuelStretch | None, now: int
) -> FuelConsumption:
    """Return what the engine took lately; `present`: since the last refuel.

    What burnt between the reports around a refuel is not known, nor counted.
    """
    found = [] if present is None else [present]
    found += [
        FuelStretch(refuel.distance, refuel.burnt)
        for refuel in reversed(refuels)
        if refuel.distance is not None
        and refuel.burnt is not None
        and refuel.start >= now - OLDEST
    ]
    distance = litres = left_out = 0.0
    lowest, highest = SENSIBLE_LITRES
    for stretch in found:
        if distance >= LATEST_WAY_BY_FUEL:
            break
        took = stretch.litres
        if (
            stretch.distance >= SHORTEST
            and took >= LEAST_LITRES
            and lowest <= took / stretch.distance * 100 <= highest
        ):
            distance += stretch.distance
            litres += took
        else:
            left_out += stretch.distance
    is_enough = distance >= LEAST_WAY_BY_FUEL
    average = round(litres / distance * 100, 1) if is_enough else None
    return FuelConsumption(average, round(distance, 1), round(left_out, 1))


class FullCharge(NamedTuple):
    """kWh from empty to full, and by how many charges."""

    energy: float | None
    charges: int


def energy_per_full_charge(charges: Sequence[Charge]) -> FullCharge:
    """Return what a full charge takes by the newest charges that were told whole.

    Its energy must be told by the car or its maker. Where that is counted at the
    plug, what is lost while charging is part of it.
    """
    told = [
        charge.energy / charge.points * 100
        for charge in charges
        if charge.energy is not None
        and charge.points >= LEAST_RISE
        and (
            charge.source == RECORD or (charge.source == CAR and charge.is_level_whole)
        )
        and not (charge.is_open or charge.is_partial or charge.is_sum)
        and "energy" not in charge.corrected
    ][-NEWEST_CHARGES:]
    energy = round(median(told), 1) if len(told) >= LEAST_CHARGES else None
    return FullCharge(energy, len(told))
