"""What a car's signals add up to.

Reads and webhooks deliver signals at least once and in any order; one total
order makes every order of arrival end in the same state. Nothing here knows
Home Assistant's core, and nothing here waits: the time is passed in.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from ..api import Json, Signal, SignalError
from .assumed import AssumedValues
from .charging import (
    IS_CHARGING,
    NOT_CHARGING_BODIES,
    SHOWN_BY_TIMES,
    TIME_LEFT,
    Stop,
    claimed,
    last_stop,
)
from .meters import ENERGY_ADDED, METERED, Meters
from .plausible import (
    contradicted,
    is_plausible,
)
from .published import PUBLISHED
from .readings import Body, boolean, cells
from .reports import (
    FIRST_TIME,
    LAST_TIME,
    NO_TIME,
    Register,
    Report,
    Status,
    known_time,
)
from .told import DIARY_CODES, Told
from .units import METRIC

NICKNAME: Final = "vehicleidentification-nickname"
VIN: Final = "vehicleidentification-vin"

# Codes that Smartcar has not published so far: more than any car will ever tell.
MAX_OTHER_CODES: Final = 250


@dataclass(frozen=True, slots=True)
class Change:
    """What a merge changed: codes that show something else, codes that are new.

    `reshaped` tells whether the car may ask for other entities than before; it
    is a hint, and may be wrong in that direction only. `is_news` tells whether any
    report was later than those known, also where it shows the same. `told`: all
    reports for the diary.
    """

    changed: frozenset[str] = frozenset()
    appeared: frozenset[str] = frozenset()
    reshaped: bool = field(default=False, compare=False)
    is_news: bool = field(default=False, compare=False)
    told: tuple[Told, ...] = field(default=(), compare=False, repr=False)

    def __bool__(self) -> bool:
        """Return whether anything changed."""
        return bool(self.changed or self.appeared)


@dataclass(slots=True)
class VehicleState:
    """All that is known of one car.

    `connected_at`: when the owner last connected the car; account errors stored
    before that are leftovers. `rejected` counts implausible reports by code.
    `meters` remember what single reports do not tell. `assumed`: what commands
    should have made of signals.
    """

    connected_at: datetime | None = None
    rejected: Counter[str] = field(default_factory=Counter)
    meters: Meters = field(default_factory=Meters)
    assumed: AssumedValues = field(default_factory=AssumedValues)
    _registers: dict[str, Register] = field(default_factory=dict)
    _stop: Stop | None = None
    # What the merge that goes on was told.
    _told: list[Told] = field(default_factory=list, compare=False, repr=False)
    # No time in any of them is later.
    _latest: datetime = field(default=NO_TIME, compare=False)

    # What is shown

    def has(self, code: str) -> bool:
        """Return whether the car has ever answered a signal with a value.

        Errors that say "not this car" or "not allowed" make no entity; that it
        is not charging just now is an answer too.
        """
        register = self._registers.get(code)
        return register is not None and (
            register.report is not None or register.status.is_not_charging
        )

    def body(self, code: str) -> Body | None:
        """Return the body to show for a signal; `None` when it is unknown."""
        return self.assumed.over(code, self._own_body(code))

    def unit(self, code: str) -> str | None:
        """Return the unit of a signal whose body tells none; `None` for most.

        A read asks for the metric system; what a delivery holds is in the unit
        that was told last.
        """
        metric = METRIC.get(code)
        if metric is None:
            return None
        report, register = self.report(code), self._registers.get(code)
        if report is not None and report.unit is not None:
            return report.unit
        return register.unit[1] if register and register.unit else metric

    def measured(self, code: str) -> datetime | None:
        """Return when the car maker last heard a signal's value from the car."""
        report = self.report(code)
        return known_time(report.measured) if report else None

    def status(self, code: str) -> Status | None:
        """Return the latest word on a signal, `None` where there is none."""
        register = self._registers.get(code)
        return register.status if register else None

    def error(self, code: str) -> SignalError | None:
        """Return why the latest answer for a signal carried no value."""
        return status.error if (status := self.status(code)) else None

    @property
    def codes(self) -> frozenset[str]:
        """Return every code the car ever answered, with a value or an error."""
        return frozenset(self._registers)

    @property
    def newest(self) -> datetime | None:
        """Return when the car maker last heard anything from the car.

        Static signals (VIN, colour) carry no such time; when they were asked
        for says nothing about the car.
        """
        reports = [register.dated for register in self._registers.values()]
        return max([report.measured for report in reports if report], default=None)

    @property
    def is_idle(self) -> bool:
        """Return whether the car itself says, in any way, that it does not charge."""
        return self._stop is not None

    @property
    def is_charging(self) -> bool:
        """Return whether the car charges, or should after a command."""
        charges = boolean(self.body(IS_CHARGING) or {}, "value")
        if charges is not None:
            return charges
        return self._stop is None and bool(claimed(self.report))

    def report(self, code: str) -> Report | None:
        """Return the report to show of a signal."""
        register = self._registers.get(code)
        return self.meters.held.get(code, register.report) if register else None

    def _own_body(self, code: str) -> Body | None:
        """Return what the car's own reports say, by the table of states."""
        register = self._registers.get(code)
        if register is None or register.status.type == "PERMISSION":
            return None
        if register.status.is_not_charging and code in NOT_CHARGING_BODIES:
            return NOT_CHARGING_BODIES[code]
        report, stop = self.report(code), self._stop
        if report is None or stop is None:
            return report and report.body
        return stop.over(code, report)

    def _last_stop(self) -> Stop | None:
        """Return when the car was last known not to charge."""
        refusals = [
            register.status.asked
            for register in self._registers.values()
            # Most registers hold no error; to ask them all is slow.
            if register.status.type and register.status.is_not_charging
        ]
        return last_stop(self.report, refusals)

    # What comes in

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now.

        A wrong clock noted it. Left alone, it would keep newer reports out until
        the right clock has come that far.
        """
        is_ahead, self._latest = self._latest > now, now
        if not is_ahead:
            return
        for register in self._registers.values():
            register.clamp_times(now)
        self.assumed.clamp_times(now)
        self.meters.clamp_times(now)
        self._stop = self._last_stop()

    def merge(
        self,
        signals: Iterable[Signal],
        now: datetime,
        *,
        delivered_at: datetime | None = None,
        sequence: int = 0,
    ) -> Change:
        """Take in signals of a read or a delivery, in any order of arrival.

        `delivered_at`: when a delivery was sent, `NO_TIME` where it does not
        say so; `None` for a read, which was answered now.
        """
        self.clamp_times(now)
        batch = [
            signal
            for signal in signals
            if signal.error is None
            or signal.body is not None
            or not self._is_leftover(signal)
        ]
        # What ends a session must be known before what the next one added.
        batch.sort(key=_is_energy_added)
        codes = {signal.code for signal in batch if not self._is_repetition(signal)}
        codes |= SHOWN_BY_TIMES
        is_first = not self._registers
        before = {code: self._shown(code) for code in codes}
        had = {code for code in codes if self.has(code)}
        is_read = delivered_at is None
        told_at = now if is_read else known_time(delivered_at)
        refused = contradicted(batch)
        is_news = False
        self._told = []
        good = Status(now, sequence)
        for signal in batch:
            # Most signals of a message were asked for at one time.
            if signal.retrieved_at != good.asked:
                good = Status(min(_asked(signal, told_at), now), sequence)
            if signal.code in codes or signal.code in METERED:
                is_news |= self._take(signal, good, refused, is_read=is_read)
            else:
                register = self._registers[signal.code]
                is_news |= register.repeat(signal, good)
                if signal.code in DIARY_CODES:
                    at = known_time(signal.oem_updated_at) or good.asked
                    self._told.append(Told(signal.code, signal.body or {}, at, None))
        self._stop = self._last_stop()
        after = {code: self._shown(code) for code in codes}
        appeared = frozenset(
            code for code in codes if self.has(code) and code not in had
        )
        changed = frozenset(code for code in codes if after[code] != before[code])
        reshaped = is_first or any(
            _structure(before[code][0]) != _structure(after[code][0])
            for code in changed - NOT_CHARGING_BODIES.keys()
        )
        reshaped = reshaped or bool(appeared)
        return Change(changed, appeared, reshaped, is_news, tuple(self._told))

    def _is_repetition(self, signal: Signal) -> bool:
        """Return whether all that a signal can change is its times.

        Most signals of a delivery are such; what is shown of them stays.
        """
        code, register = signal.code, self._registers.get(signal.code)
        if (
            register is None
            or signal.error is not None
            or code in SHOWN_BY_TIMES
            or code in self.assumed
            or not register.status.is_good
        ):
            return False
        report = self.meters.held.get(code, register.report)
        return (
            report is not None
            and report.tells(signal.body)
            and (
                code not in METRIC
                or (register.unit is not None and bool(report.body.get("unit")))
            )
        )

    def _shown(self, code: str) -> tuple[Body | None, bool, datetime | None, object]:
        """Return what a code's entities are made of.

        Minutes left mean another finish when they are told at another time.
        """
        body = self.body(code)
        is_timed = code == TIME_LEFT and body is not None
        measured = self.measured(code) if is_timed else None
        return body, self.assumed.stands(code), measured, self.unit(code)

    def _is_leftover(self, signal: Signal) -> bool:
        """Return whether an account error is older than the connection."""
        return (
            signal.error is not None
            and signal.error.type == "CONNECTED_SERVICES_ACCOUNT"
            and signal.ingested_at is not None
            and self.connected_at is not None
            and signal.ingested_at < self.connected_at
        )

    def _has_room(self, code: str) -> bool:
        """Return whether a code that was not told before is kept."""
        return (
            code in PUBLISHED
            or len(self._registers.keys() - PUBLISHED) < MAX_OTHER_CODES
        )

    def _file(self, signal: Signal, status: Status) -> Register | None:
        """Note a signal's status; return its register, if there is room for it."""
        register = self._registers.get(signal.code)
        if register is None:
            if not self._has_room(signal.code):
                return None
            register = self._registers[signal.code] = Register(status)
        elif register.status < status:
            register.status = status
        if signal.is_spoiled:
            self.rejected[signal.code] += 1
        return register

    def _take(
        self, signal: Signal, good: Status, refused: frozenset[str], *, is_read: bool
    ) -> bool:
        """File one signal in the register of its code; return whether it is news.

        `good`: the status that it has unless it came with an error.
        """
        code, body, asked = signal.code, signal.body, good.asked
        status = good
        if signal.error is not None:
            status = Status.of(signal.error, asked, good.sequence)
            if self._is_leftover(signal):
                # It is as if it had not come; not so the body beside it.
                status = Status(NO_TIME, 0)
        before = self._registers.get(code)
        is_news = before is None or before.status < status
        if (register := self._file(signal, status)) is None:
            return False
        if body is None:
            return is_news
        known = self.report(code)
        is_known = known is not None and known.tells(body)
        if not is_known and (code in refused or not is_plausible(code, body)):
            self.rejected[code] += 1
            return is_news
        unit = None
        if code in METRIC and not register.has_unit(body, asked) and is_read:
            unit = METRIC[code]
        at, is_good = signal.oem_updated_at, signal.error is None
        report = Report.of(body, at, asked, good.sequence, is_good=is_good, unit=unit)
        is_later = register.take(report)
        if is_good and code in DIARY_CODES:
            unit = report.unit or self.unit(code)
            self._told.append(Told(code, body, report.measured, unit))
        if is_later and code in METERED:
            self._measure(code, report, known)
        if code in self.assumed:
            self.assumed.settle(code, self.report(code))
        return is_news or is_later

    def _measure(self, code: str, report: Report, before: Report | None) -> None:
        """Let the meters see a newer report; what they refuse is not shown."""
        unit, told = report.unit or self.unit(code), self.report
        if not self.meters.see(code, report, before, unit, told, self._last_stop):
            self.rejected[code] += 1

    def take_over(self, other: VehicleState) -> None:
        """Take the later reports of the same car, which it told under another id."""
        # What ends a session must be known before what the next one added.
        codes = sorted(other._registers, key=lambda code: code == ENERGY_ADDED)
        for code in filter(self._has_room, codes):
            told = other._registers[code]
            register = self._registers.setdefault(code, Register(told.status))
            register.status = max(register.status, told.status)
            register.unit = max(filter(None, (register.unit, told.unit)), default=None)
            for report in filter(None, (told.dated, told.undated)):
                known = self.report(code)
                if register.take(report) and code in METERED:
                    self._measure(code, report, known)
        self._stop = self._last_stop()
        self._latest = max(self._latest, other._latest)

    def expect(self, code: str, leaf: str, value: object, now: datetime) -> None:
        """Show what a command that ended just now should have made of a signal."""
        self.assumed.expect(code, leaf, value, now)
        self._latest = max(self._latest, now)

    # What survives a restart

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "signals": {code: r.as_dict() for code, r in self._registers.items()},
            **self.meters.as_dict(),
            "doubts": self.assumed.as_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Self:
        """Read `as_dict` back."""
        state = cls()
        for code, register in stored["signals"].items():
            if state._has_room(code):
                state._registers[code] = Register.from_dict(register)
        state.meters = Meters.from_dict(stored)
        state._stop = state._last_stop()
        # Maybe a wrong clock noted them.
        state._latest = LAST_TIME
        state.assumed = AssumedValues.from_dict(stored["doubts"])
        return state


def _structure(body: Body | None) -> object:
    """Return what there is in a body, whatever the values: names and positions."""
    if body is None:
        return None
    names = {name for name, value in body.items() if value is not None}
    return names, {place: cell.keys() for place, cell in cells(body).items()}


def _asked(signal: Signal, told_at: datetime | None) -> datetime:
    """Return when a signal was asked for, by the best time there is."""
    if (asked := signal.retrieved_at) is not None and asked >= FIRST_TIME:
        return asked
    return (
        known_time(signal.ingested_at)
        or told_at
        or known_time(signal.oem_updated_at)
        or NO_TIME
    )


def _is_energy_added(signal: Signal) -> bool:
    return signal.code == ENERGY_ADDED
