"""A car that lives at random, and what its diary has of that.

Nothing is invented: in no time between two looks has the diary more energy or way
than there was, however seldom one looked, whatever was not told, and though the
figure of energy blinks.
"""

from dataclasses import dataclass, field

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.memory import Kind, Memory, Point

START = 1_793_577_600
CAPACITY = 77.0
# A level of whole percents may show one too much; a figure a tenth at each session.
ROUNDING = CAPACITY / 100 + 0.5

DRIVE = st.tuples(st.just("drive"), st.integers(1, 120), st.integers(20, 90))
CHARGE = st.tuples(st.just("charge"), st.integers(1, 40), st.integers(15, 600))
REST = st.tuples(st.just("rest"), st.just(0), st.integers(5, 2000))
LOOK = st.tuples(st.just("look"), st.just(0), st.just(1))
EVENTS = st.lists(st.one_of(DRIVE, CHARGE, REST, LOOK, LOOK), max_size=30)
TOLD = st.sets(st.sampled_from([Kind.CABLE, Kind.CHARGING, Kind.ADDED, Kind.LEVEL]))


@dataclass(slots=True)
class Life:
    """A car as it truly is; `came` and `driven`: (since, until, amount)."""

    at: int = START
    odometer: float = 1000.0
    level: float = 60.0
    added: float = 0.0
    is_in: bool = False
    came: list[tuple[int, int, float]] = field(default_factory=list)
    driven: list[tuple[int, int, float]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    told: dict[Kind, float] = field(default_factory=dict)

    def live(self, what: str, amount: float, minutes: int) -> None:
        """Drive km, charge kWh, or rest."""
        since, self.at = self.at, self.at + minutes * 60
        if what == "drive":
            self.is_in = False
            self.odometer += amount
            self.level = max(0.0, self.level - amount * 18 / CAPACITY)
            self.driven.append((since, self.at, amount))
        elif what == "charge":
            amount = min(amount, (100 - self.level) * CAPACITY / 100, minutes / 60 * 50)
            # Each time that it begins to charge, the figure begins again.
            self.is_in, self.added = True, amount
            self.level += amount * 100 / CAPACITY
            self.came.append((since, self.at, amount))

    def look(self, kinds: set[Kind], *, blinks: bool) -> None:
        """Tell what has changed since the last look.

        A figure that blinks after a zero cannot be told from one that stays at it.
        """
        blinks = blinks and self.is_in and self.told[Kind.ADDED] > 0
        values = {
            Kind.ODOMETER: round(self.odometer, 1),
            Kind.CABLE: float(self.is_in),
            Kind.CHARGING: 0.0,
            Kind.LEVEL: float(round(self.level)),
            Kind.ADDED: 0.0 if blinks else round(self.added, 1),
        }
        for kind, value in values.items():
            if kind in {Kind.ODOMETER, *kinds} and self.told.get(kind) != value:
                self.points.append(Point(self.at, int(kind), value))
        self.told = values


def most(
    told: list[tuple[int, int, float]], true: list[tuple[int, int, float]]
) -> float:
    """Return how much more is told than is true, in the time where it is most."""
    return max(
        (
            sum(amount for a, b, amount in told if since <= a and b <= until)
            - sum(amount for a, b, amount in true if b > since and a < until)
            for since in {a for a, _, _ in told}
            for until in {b for _, b, _ in told}
            if since <= until
        ),
        default=0.0,
    )


@given(EVENTS, TOLD, st.booleans(), st.data())
def test_nothing_is_invented(
    events: list[tuple[str, int, int]],
    kinds: set[Kind],
    can_blink: bool,
    data: st.DataObject,
) -> None:
    life = Life()
    life.look(kinds, blinks=False)
    for what, amount, minutes in events:
        life.live(what, amount, minutes)
        if what == "look":
            life.look(kinds, blinks=can_blink and data.draw(st.booleans()))
    found = Memory()
    found.capacity = CAPACITY
    for point in sorted(life.points):
        found.add([point], point.at)
    charges = [
        (c.start if c.start_after is None else c.start_after, c.end, c.energy or 0)
        for c in found.charges()
    ]
    assert most(charges, life.came) <= ROUNDING
    drives = [
        (d.start if d.start_after is None else d.start_after, d.end, d.distance)
        for d in found.drives()
    ]
    assert most(drives, life.driven) == pytest.approx(0, abs=0.11)
    # This car loses nothing while it stands; a drive must not look like that.
    for stand in found.stands():
        assert stand.level_start == stand.level_end
        assert not any(a < stand.end and b > stand.start for a, b, _ in life.driven)
