"""What commands should have made of a car's signals, until the car reports."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from ..api import Json
from ..times import past, stored_time
from .readings import Body
from .reports import Report

# How long a command's expected value stands without word from the car.
ASSUMPTION_LIFETIME: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a command should have made of a signal: one leaf of its body.

    It stands beside the car's own value until the car confirms or contradicts
    it. `lapsed` says that it took too long: then nothing is known.
    """

    leaf: str
    value: object
    since: datetime
    lapsed: bool = False

    def settled_by(self, report: Report) -> bool:
        """Return whether a report confirms or contradicts what was expected."""
        if report.body.get(self.leaf) == self.value:
            return report.asked > self.since
        return report.measured > self.since


@dataclass(slots=True)
class AssumedValues:
    """What is expected of a car's signals; true while a command is unconfirmed."""

    _expected: dict[str, Expectation] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether any command waits for the car's confirmation."""
        return bool(self._expected)

    def __contains__(self, code: str) -> bool:
        """Return whether something is, or was, expected of a signal."""
        return code in self._expected

    def stands(self, code: str) -> bool:
        """Return whether a command's expected value is shown."""
        expected = self._expected.get(code)
        return expected is not None and not expected.lapsed

    def is_doubtful(self, code: str) -> bool:
        """Return whether a command was not confirmed in time: nothing is known."""
        expected = self._expected.get(code)
        return expected is not None and expected.lapsed

    def over(self, code: str, body: Body | None) -> Body | None:
        """Return what is shown of a signal of which the car tells a body."""
        if (expected := self._expected.get(code)) is None:
            return body
        value = None if expected.lapsed else expected.value
        return {**(body or {}), expected.leaf: value}

    def expect(self, code: str, leaf: str, value: object, now: datetime) -> None:
        """Show what a command that ended just now should have made of a signal."""
        self._expected[code] = Expectation(leaf, value, now)

    def settle(self, code: str, report: Report | None) -> None:
        """End what is expected when the car has said how it is."""
        if report is not None and self._expected[code].settled_by(report):
            del self._expected[code]

    def lapse(self, code: str) -> bool:
        """Give up on what a command expected; return whether it still stood.

        To be called `ASSUMPTION_LIFETIME` after the command, whatever has become
        of the clock in the meantime.
        """
        if not self.stands(code):
            return False
        self._expected[code] = replace(self._expected[code], lapsed=True)
        return True

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now."""
        for code, expected in self._expected.items():
            self._expected[code] = replace(expected, since=past(expected.since, now))

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            code: {
                "leaf": expected.leaf,
                "value": expected.value,
                "since": expected.since.isoformat(),
            }
            for code, expected in self._expected.items()
        }

    @classmethod
    def from_dict(cls, stored: Json) -> Self:
        """Read `as_dict` back: only the doubt survives.

        After a restart the value from before the command must not be shown as if
        nothing had happened.
        """
        return cls(
            {
                code: Expectation(
                    doubt["leaf"],
                    doubt["value"],
                    stored_time(doubt["since"]),
                    lapsed=True,
                )
                for code, doubt in stored.items()
            }
        )
