"""Two readings that need a memory: energy over sessions, and the odometer.

Both see the newest reports of a car only, in the total order of its state, so
repeated and late reports change nothing. Both err on one side: what Home
Assistant's statistics make of what is shown never rises by more than is true.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, NamedTuple, Self

from ..api import Json
from ..records import Record
from ..times import past
from .charging import IS_PLUGGED_IN, WITNESSES, Stop
from .plausible import ODOMETER
from .readings import boolean, distance, energy
from .reports import Report

ENERGY_ADDED: Final = "charge-energyadded"

# What a meter has to see.
METERED: Final = WITNESSES | {ENERGY_ADDED, ODOMETER}


class Verdict(Enum):
    """What becomes of a newer reading.

    `TAKEN`: it is shown. `SAME`: it is the reading before, told a little lower.
    `HELD`: the next one will tell. `REFUSED`: it is a fault. Of all but the first
    the reading before stays.
    """

    TAKEN = auto()
    SAME = auto()
    HELD = auto()
    REFUSED = auto()


# A fall to no less of the energy before is rounding. Home Assistant takes it so.
ROUNDING: Final = 0.9


class Low(NamedTuple):
    """A reading, in kWh, that fell without a sign of unplugging."""

    measured: datetime
    energy: float


class Doubt(NamedTuple):
    """What to go back to if a session that began was the old one after all.

    `energy` of the old session and `total` at its end, in kWh. `is_out`: whether
    the cable was out, so that plugging it in settles the doubt.
    """

    energy: float
    total: float
    is_out: bool


@dataclass(slots=True)
class EnergyMeter(Record):
    """Sums the energy of charging sessions, in kWh.

    A car reports what the present session has added so far. The sum starts at 0
    with the first report, as it is not known how much of it is old, and never
    grows by more than was reported: where it is open whether a session goes on
    or a new one began, it goes on.

    `total`: the sum. `session`: what the present session has reported.
    `session_start`: when that session was first heard of.
    """

    total: float = 0.0
    session: float | None = None
    session_start: datetime | None = None
    _measured: datetime | None = field(default=None, metadata={"alias": "measured"})
    _ended_at: datetime | None = field(default=None, metadata={"alias": "ended_at"})
    _is_unplugged: bool = field(default=False, metadata={"alias": "unplugged"})
    _low: Low | None = field(default=None, metadata={"alias": "low"})
    _doubt: Doubt | None = field(default=None, metadata={"alias": "doubt"})

    def end_session(self, measured: datetime, *, is_unplugged: bool) -> None:
        """Note that the car was unplugged, or something almost as good as that."""
        if self._measured is None or measured <= self._measured:
            return
        self._ended_at = min(self._ended_at or measured, measured)
        self._is_unplugged = is_unplugged

    def report(
        self, energy: float, measured: datetime, *, cable: bool | None = None
    ) -> Verdict:
        """Take the energy of the present session as the car reports it.

        `cable`: whether it is in, if the car tells.
        """
        last = self.session
        if last is None:
            self.session_start = measured
        elif energy >= last:
            self._rise(energy, last, cable=cable)
        elif self._is_ended(energy, measured):
            self._begin(energy, measured, is_doubtful=cable is not True, cable=cable)
        elif energy >= last * ROUNDING:
            self._measured = measured
            return Verdict.SAME
        elif self._low is None:
            self._low = Low(measured, energy)
            return Verdict.HELD
        elif measured <= self._low.measured or energy <= 0:
            # Nothing is no session, however often it is told.
            return Verdict.HELD
        else:
            is_doubtful = energy <= self._low.energy
            self._begin(energy, self._low.measured, is_doubtful=is_doubtful)
        if energy != last:
            self._ended_at = None
        self.session, self._measured, self._low = energy, measured, None
        return Verdict.TAKEN

    def _is_ended(self, energy: float, measured: datetime) -> bool:
        """Return whether a lower reading comes after a sign of the session's end."""
        return (
            self._ended_at is not None
            and self._ended_at < measured
            and (energy > 0 or self._is_unplugged)
        )

    def _rise(self, energy: float, last: float, *, cable: bool | None) -> None:
        """Add what came since the last reading, or since the session before."""
        low, doubt = self._low, self._doubt
        if doubt is not None and doubt.is_out and cable:
            doubt = self._doubt = None
        if low is not None and self._is_ended(low.energy, low.measured):
            self._begin(energy, low.measured, is_doubtful=False)
        elif doubt is not None and energy >= doubt.energy:
            # The old one goes on; what was added in between counts towards it.
            self.total = max(self.total, doubt.total + energy - doubt.energy)
            self._doubt = doubt._replace(is_out=False)
        else:
            self.total += energy - last
            if energy > last:
                self._doubt = None

    def _begin(
        self,
        energy: float,
        measured: datetime,
        *,
        is_doubtful: bool,
        cable: bool | None = None,
    ) -> None:
        """Begin a session that has added some energy."""
        self._doubt = (
            Doubt(self.session or 0.0, self.total, is_out=cable is False)
            if is_doubtful
            else None
        )
        self.total += energy
        self.session_start = measured

    def clamp_times(self, now: datetime) -> None:
        """Let no time lie ahead of now."""
        self.session_start = self.session_start and past(self.session_start, now)
        self._measured = self._measured and past(self._measured, now)
        self._ended_at = self._ended_at and past(self._ended_at, now)
        if self._low is not None:
            self._low = self._low._replace(measured=past(self._low.measured, now))


# Readings less than so far apart are the same (km).
SAME_DISTANCE: Final = 1.0
# A new instrument has been driven on for so many readings, or shown for so long.
ENOUGH_LOWER: Final = 3
LONG_LOWER: Final = timedelta(days=30)
# So many false levels are remembered.
MAX_FALSE: Final = 16


@dataclass(slots=True)
class OdometerGuard(Record):
    """Keeps the odometer from running backwards, in km.

    A reading below the last one is a fault, unless the car drives on from there,
    or shows nothing else for long. A level from which the odometer came back is
    never believed. `corrections` counts how often a lower level was.
    """

    corrections: int = 0
    _last: float | None = field(default=None, metadata={"alias": "last"})
    # The lower level, and each reading further on.
    _lower: list[tuple[datetime, float]] = field(
        default_factory=list, metadata={"alias": "lower"}
    )
    # Lowest and highest reading of levels that were false.
    _false: list[tuple[float, float]] = field(
        default_factory=list, metadata={"alias": "false"}
    )

    def report(self, distance: float, measured: datetime) -> Verdict:
        """Judge a newer reading by the last accepted one."""
        last = self._last
        if last is None or distance > last - SAME_DISTANCE:
            self._come_back()
            self._last = distance if last is None else max(distance, last)
            return Verdict.TAKEN if self._last == distance else Verdict.SAME
        if any(lowest <= distance <= highest for lowest, highest in self._false):
            return Verdict.REFUSED
        if self._lower:
            before, lower = self._lower[-1]
            if measured <= before:
                return Verdict.REFUSED
            if distance <= lower - SAME_DISTANCE:
                self._lower.clear()
        if not self._lower or distance >= self._lower[-1][1] + SAME_DISTANCE:
            self._lower.append((measured, distance))
        if (
            len(self._lower) < ENOUGH_LOWER
            and measured - self._lower[0][0] < LONG_LOWER
        ):
            return Verdict.REFUSED
        self._last = distance
        self._lower.clear()
        self.corrections += 1
        return Verdict.TAKEN

    def _come_back(self) -> None:
        """Remember the lower level as a false one."""
        if self._lower:
            levels = [distance for _, distance in self._lower]
            level = min(levels) - SAME_DISTANCE, max(levels) + SAME_DISTANCE
            self._false = [*self._false, level][-MAX_FALSE:]
            self._lower.clear()

    def clamp_times(self, now: datetime) -> None:
        """Let no time lie ahead of now."""
        self._lower = [(past(time, now), distance) for time, distance in self._lower]

    @classmethod
    def __post_deserialize__(cls, obj: Self) -> Self:
        """Drop the readings of no way between, which the first version kept."""
        further: list[tuple[datetime, float]] = []
        for time, reading in obj._lower:
            if not further or reading >= further[-1][1] + SAME_DISTANCE:
                further.append((time, reading))
        obj._lower = further
        return obj


@dataclass(slots=True)
class Meters:
    """The meters of a car.

    `held`: what is shown of a signal whose last report is not believed (yet).
    """

    energy: EnergyMeter = field(default_factory=EnergyMeter)
    odometer: OdometerGuard = field(default_factory=OdometerGuard)
    held: dict[str, Report] = field(default_factory=dict)

    def see(
        self,
        code: str,
        report: Report,
        before: Report | None,
        unit: str | None,
        told: Callable[[str], Report | None],
        last_stop: Callable[[], Stop | None],
    ) -> bool:
        """Look at a newer report of a signal; return whether it can be true.

        `before`: what was shown until then. `unit`: that of a body without one.
        `told`: what is shown of other signals. `last_stop`: when the car was last
        known not to charge.
        """
        verdict = self._judge(code, report, unit, told(IS_PLUGGED_IN), last_stop)
        if before is None or verdict is Verdict.TAKEN:
            self.held.pop(code, None)
            return True
        self.held[code] = (
            before._replace(measured=report.measured, asked=report.asked)
            if verdict is Verdict.SAME
            else before
        )
        return verdict is not Verdict.REFUSED

    def _judge(
        self,
        code: str,
        report: Report,
        unit: str | None,
        cable: Report | None,
        last_stop: Callable[[], Stop | None],
    ) -> Verdict:
        """Let the meter of a signal see a newer report.

        A session ends when the cable is pulled. A car that does not tell that
        ends one by not charging; on others that may be a pause.
        """
        body, measured = report.body, report.measured
        if not body.get("unit") and unit is not None:
            body = {**body, "unit": unit}
        if code == ODOMETER and (driven := distance(body)) is not None:
            return self.odometer.report(driven, measured)
        if code == ENERGY_ADDED and (added := energy(body)) is not None:
            is_in = boolean(cable.body, "value") if cable else None
            return self.energy.report(added, measured, cable=is_in)
        if code == IS_PLUGGED_IN:
            if body.get("value") is False:
                self.energy.end_session(measured, is_unplugged=True)
        elif code in WITNESSES and cable is None and (stop := last_stop()) is not None:
            self.energy.end_session(stop.measured, is_unplugged=False)
        return Verdict.TAKEN

    def clamp_times(self, now: datetime) -> None:
        """Let no time lie ahead of now."""
        self.energy.clamp_times(now)
        self.odometer.clamp_times(now)
        for code, report in self.held.items():
            self.held[code] = report.clamp_times(now)

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "energy": self.energy.as_dict(),
            "odometer": self.odometer.as_dict(),
            "held": {code: report.as_dict() for code, report in self.held.items()},
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Self:
        """Read `as_dict` back."""
        held = stored.get("held", {}).items()
        return cls(
            EnergyMeter.from_dict(stored["energy"]),
            OdometerGuard.from_dict(stored["odometer"]),
            {code: Report.from_dict(report) for code, report in held},
        )
