"""What was told of a signal, and which of two reports is the later one.

Reports come at least once and in any order. Each register keeps the last report
of a total order, so that what is kept is a function of the set of reports.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
import json
from typing import Any, Final, NamedTuple, Self

from ..api import Json, Signal, SignalError
from ..times import past, stored_time
from .readings import Body
from .units import unit_of

# Stands for no time at all: what has none is never newer than what is known.
NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What claims to be older was never set: no connected car is.
FIRST_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_TIME: Final = datetime.max.replace(tzinfo=UTC)


def known_time(time: datetime | None) -> datetime | None:
    """Return a time that can be true, or `None`."""
    return time if time is not None and time >= FIRST_TIME else None


class Report(NamedTuple):
    """A body that was told of a signal, and the times that order it.

    `measured`: when the car maker heard it from the car; without a time of the
    car's own (`is_dated`) it is the time it was asked for. `is_good`: whether
    it came with success, or stood beside an error. `unit`: that of a body without
    one, if how it came tells it.
    """

    # The first four are its place in the order.
    measured: datetime
    is_good: bool
    asked: datetime
    sequence: int
    is_dated: bool
    body: Body
    unit: str | None = None

    @classmethod
    def of(
        cls,
        body: Body,
        at: datetime | None,
        asked: datetime,
        sequence: int = 0,
        *,
        is_good: bool = True,
        unit: str | None = None,
    ) -> Self:
        """Take a body; the car's time `at` counts unless it cannot be true."""
        is_dated = at is not None and FIRST_TIME <= at <= asked
        measured = at if is_dated and at is not None else asked
        return cls(measured, is_good, asked, sequence, is_dated, body, unit)

    def tells(self, body: Body | None) -> bool:
        """Return whether it tells the same as a body."""
        return self.body is body or self.body == body

    def precedes(self, other: Report) -> bool:
        """Return whether `other`, of the same register, is the later report."""
        # Slices are made for the few that came at once.
        if self.measured != other.measured:
            return self.measured < other.measured
        mine, theirs = self[:4], other[:4]
        if mine != theirs:
            return mine < theirs
        if self.body is other.body:
            return (self.unit or "") < (other.unit or "")
        return (_canonical(self.body), self.unit or "") < (
            _canonical(other.body),
            other.unit or "",
        )

    def clamp_times(self, now: datetime) -> Report:
        """Return the report with no time ahead of now."""
        return self._replace(
            measured=past(self.measured, now), asked=past(self.asked, now)
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "body": self.body,
            "measured": self.measured.isoformat(),
            "asked": self.asked.isoformat(),
            "sequence": self.sequence,
            "dated": self.is_dated,
            "success": self.is_good,
            "unit": self.unit,
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Self:
        """Read `as_dict` back."""
        return cls.of(
            stored["body"],
            stored_time(stored["measured"]) if stored["dated"] else None,
            stored_time(stored["asked"]),
            stored["sequence"],
            is_good=stored.get("success", True),
            unit=stored.get("unit"),
        )


class Status(NamedTuple):
    """The latest word on whether a signal can be had.

    Its order as a tuple is that of time; on a tie success wins. `type` and
    `code` are those of an error.
    """

    asked: datetime
    sequence: int
    is_good: bool = True
    type: str = ""
    code: str = ""

    @classmethod
    def of(cls, error: SignalError | None, asked: datetime, sequence: int) -> Self:
        """Note an error, or that there is none."""
        if error is None:
            return cls(asked, sequence)
        return cls(
            asked, sequence, is_good=False, type=error.type, code=error.code or ""
        )

    @property
    def error(self) -> SignalError | None:
        """Return why there is no good value."""
        return None if self.is_good else SignalError(self.type, self.code or None)

    @property
    def is_not_charging(self) -> bool:
        """Return whether the latest word is that the car is not charging."""
        return self.type == "VEHICLE_STATE" and self.code == "NOT_CHARGING"


@dataclass(slots=True)
class Register:
    """What is kept of one signal: its status, and the last report of each kind.

    Times made up where a car tells none cannot be compared with the car's own,
    so dated and undated reports have an order each. `report`: the one to show.
    `unit`: the last one that was told, and when it was asked for.
    """

    status: Status
    dated: Report | None = None
    undated: Report | None = None
    unit: tuple[datetime, str] | None = None
    report: Report | None = None

    def take(self, report: Report) -> bool:
        """Keep a report that is later than the one kept; return whether it is shown."""
        kept = self.dated if report.is_dated else self.undated
        if kept is not None and not kept.precedes(report):
            return False
        if report.is_dated:
            self.dated = report
        else:
            self.undated = report
        self._choose()
        return self.report is report

    def repeat(self, signal: Signal, status: Status) -> bool:
        """Note that what is shown was told again; return whether that is news."""
        if is_news := self.status < status:
            self.status = status
        body, at = signal.body or {}, signal.oem_updated_at
        if self.unit is not None:
            self.has_unit(body, status.asked)
        report = Report.of(body, at, status.asked, status.sequence)
        return self.take(report) or is_news

    def _choose(self) -> None:
        """Show the undated report if it was asked for later.

        Not if it stood beside an error, too: it may be as old as can be.
        """
        dated, undated = self.dated, self.undated
        if undated is None:
            self.report = dated
        elif dated is None or (undated.is_good and undated.asked > dated.asked):
            self.report = undated
        else:
            self.report = dated

    def has_unit(self, body: Body, asked: datetime) -> bool:
        """Return whether a body tells its unit, and remember the one told last."""
        unit, known = body.get("unit"), self.unit
        if not isinstance(unit, str) or not unit:
            return False
        if known is not None and known[1] == unit:
            self.unit = max(known[0], asked), unit
        elif (known is None or known < (asked, unit)) and unit_of(unit) is not None:
            self.unit = asked, unit
        return True

    def clamp_times(self, now: datetime) -> None:
        """Let no time lie ahead of now."""
        if self.unit is not None:
            self.unit = past(self.unit[0], now), self.unit[1]
        self.status = self.status._replace(asked=past(self.status.asked, now))
        self.dated = self.dated and self.dated.clamp_times(now)
        self.undated = self.undated and self.undated.clamp_times(now)
        self._choose()

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart; `value` is the report shown."""
        status, shown = self.status, self.report
        other = self.dated if shown is self.undated else self.undated
        return {
            "status": {
                "error": [status.error.type, status.error.code]
                if status.error
                else None,
                "asked": status.asked.isoformat(),
                "sequence": status.sequence,
            },
            "value": shown.as_dict() if shown else None,
            "other": other.as_dict() if other else None,
            "unit": [self.unit[0].isoformat(), self.unit[1]] if self.unit else None,
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Self:
        """Read `as_dict` back."""
        status = stored["status"]
        register = cls(
            Status.of(
                SignalError(*status["error"]) if status["error"] else None,
                stored_time(status["asked"]),
                status["sequence"],
            )
        )
        for report in (stored["value"], stored.get("other")):
            if report:
                register.take(Report.from_dict(report))
        if unit := stored.get("unit"):
            register.unit = stored_time(unit[0]), unit[1]
        return register


def _canonical(body: Body) -> str:
    """Write a body so that equal ones are equal texts."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))
