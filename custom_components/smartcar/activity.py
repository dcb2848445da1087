"""What has happened to a car that a person would like to be told, each thing once.

A function of what is known of the car and of what was told before. Nothing here
reads the clock: the present moment is passed in. What the car did has the car's own
time; what its connection, account or first data did has the time of the look.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .memory import Charge, Drive, Refuel
from .records import Record

CHARGE_FINISHED: Final = "charge_finished"
CHARGE_INTERRUPTED: Final = "charge_interrupted"
CHARGE_NOT_STARTED: Final = "charge_not_started"
DRIVE_FINISHED: Final = "drive_finished"
REFUELED: Final = "refueled"
COMMAND_FAILED: Final = "command_failed"
ACCOUNT_PROBLEM: Final = "account_problem"
ACCOUNT_SOLVED: Final = "account_solved"
FIRST_DATA: Final = "first_data"

KINDS: Final = (
    *(CHARGE_FINISHED, CHARGE_INTERRUPTED, CHARGE_NOT_STARTED),
    *(DRIVE_FINISHED, REFUELED),
    *(COMMAND_FAILED, ACCOUNT_PROBLEM, ACCOUNT_SOLVED, FIRST_DATA),
)

# What is older is no news.
OLDEST: Final = timedelta(hours=24)
# A charge that stops below the limit may go on, and the last percent may come later.
PAUSE: Final = timedelta(minutes=10)
# A car that is plugged in may wait that long before it begins.
PATIENCE: Final = timedelta(minutes=30)
# A car that has not moved for so long has arrived.
STAND: Final = timedelta(minutes=45)
# Percent: so near to the limit is full, and so far below it is worth charging.
NEAR: Final = 1
BELOW: Final = 5
FULL: Final = 100


class Happening(NamedTuple):
    """Something that has happened, and when; see above.

    `entry`: that of the diary which tells of it, if one does.
    """

    kind: str
    at: datetime
    facts: Mapping[str, Any] = MappingProxyType({})
    entry: Charge | Drive | Refuel | None = None


class Facts(NamedTuple):
    """What is known of a car now.

    `is_assumed`: whether it charges only by what a command should have made of it.
    `charging_at`: when it told whether it charges; `plugged_at`: whether its cable is
    in; `full_at`: that it is full, `None` if it does not say so. `level`, `limit`:
    percent. `is_home`: whether it stands at home. `is_scheduled`: whether a schedule of
    the car lets it charge within a day. `is_live`: whether it would have told of a
    change by now. `problem`: what is wrong with its connection, `None` if all is well.
    `is_disconnected`: whether a person has disconnected it.
    """

    has_data: bool
    is_charging: bool
    is_assumed: bool
    charging_at: datetime | None
    is_plugged: bool | None
    plugged_at: datetime | None
    full_at: datetime | None
    level: float | None
    limit: float | None
    is_home: bool
    is_scheduled: bool
    is_live: bool
    problem: str | None
    is_disconnected: bool

    def is_finished(self, since: datetime) -> bool:
        """Return whether the battery is as full as it should be.

        `since`: when the charge began; that it was full before says nothing.
        """
        if self.full_at is not None and self.full_at >= since:
            return True
        limit = FULL if self.limit is None else self.limit
        return self.level is not None and self.level >= limit - NEAR

    def has_lost(self, points: float) -> bool:
        """Return whether the level is so far below full, or below a known limit."""
        limit = FULL if self.limit is None else self.limit
        return self.level is not None and self.level <= limit - points

    def is_below(self, points: float) -> bool:
        """Return whether the level is known to be so far below a known limit."""
        return self.limit is not None and self.has_lost(points)


class Diary(NamedTuple):
    """The newest entries of a car's diary, oldest first."""

    charges: Sequence[Charge] = ()
    drives: Sequence[Drive] = ()
    refuels: Sequence[Refuel] = ()


@dataclass(slots=True)
class ActivityLog(Record):
    """What was told of a car, and what waits to be told.

    `is_begun`: whether it was ever looked at. `began_at`: when the charge began that
    goes on, or has just stopped; `stopped_at`: since when it waits whether it goes on.
    `plugged_at`: since when the car waits for its charge. `is_full`: whether it was
    told that it is charged, and the car has neither left nor lost much since.
    `own_stop_at`: when a person stopped the charge by a command. `charge_end`,
    `drive_end`, `refuel_end`: ends of the last ones that were told, in seconds.
    """

    is_begun: bool = False
    has_data: bool = False
    is_plugged: bool | None = None
    began_at: datetime | None = None
    stopped_at: datetime | None = None
    plugged_at: datetime | None = None
    is_full: bool = False
    own_stop_at: datetime | None = None
    charge_end: int = 0
    drive_end: int = 0
    refuel_end: int = 0
    problem: str | None = None

    def follow(self, facts: Facts, diary: Diary, now: datetime) -> list[Happening]:
        """Return what is to be told now, the earliest first.

        At the first look nothing but first data is: what a car was found in, did not
        happen just now.
        """
        happened = [
            *self._follow_data(facts, now),
            *self._follow_plug(facts, now),
            *self._follow_charge(facts, now),
            *self._follow_charges(facts, diary.charges),
            *self._follow_drives(diary.drives, now, is_live=facts.is_live),
            *self._follow_refuels(diary.refuels),
            *self._follow_problem(facts, now),
        ]
        is_first, self.is_begun = not self.is_begun, True
        if is_first:
            happened = [one for one in happened if one.kind == FIRST_DATA]
        recent = [one for one in happened if now - one.at <= OLDEST]
        return sorted(recent, key=lambda one: one.at)

    def next_look(self, diary: Diary, now: datetime) -> datetime | None:
        """Return when time alone may make something happen."""
        moments = [
            *([self.stopped_at + PAUSE] if self.stopped_at else []),
            *([self.plugged_at + PATIENCE] if self.plugged_at else []),
            *(_time(drive.end) + STAND for drive in diary.drives if drive.is_open),
        ]
        return min((moment for moment in moments if moment > now), default=None)

    def _follow_data(self, facts: Facts, now: datetime) -> Iterator[Happening]:
        if facts.has_data and not self.has_data:
            self.has_data = True
            yield Happening(FIRST_DATA, now)

    def _follow_plug(self, facts: Facts, now: datetime) -> Iterator[Happening]:
        """Follow a car that was plugged in at home and should charge."""
        was = self.is_plugged
        if facts.is_plugged is not None:
            self.is_plugged = facts.is_plugged
        if facts.is_plugged and was is False:
            self.plugged_at = facts.plugged_at or now
        if self.plugged_at is None or facts.is_assumed or facts.is_plugged is None:
            return
        is_stopped = self.own_stop_at is not None and self.own_stop_at > self.plugged_at
        if (
            not facts.is_plugged
            or facts.is_charging
            or facts.is_scheduled
            or is_stopped
        ):
            self.plugged_at = None
        elif now - self.plugged_at >= PATIENCE:
            # Without news a car that is seldom looked at may charge by now.
            told = facts.charging_at
            is_sure = facts.is_live or (
                told is not None and told - self.plugged_at >= PATIENCE
            )
            if not is_sure and now - self.plugged_at <= OLDEST:
                return
            if is_sure and facts.is_home and facts.is_below(BELOW):
                yield Happening(
                    CHARGE_NOT_STARTED,
                    self.plugged_at,
                    {"level": facts.level, "limit": facts.limit},
                )
            self.plugged_at = None

    def _follow_charge(self, facts: Facts, now: datetime) -> Iterator[Happening]:
        """Follow a charge to its end, or to its pause."""
        if facts.is_assumed:
            return
        if facts.is_plugged is False or facts.has_lost(BELOW):
            self.is_full = False
        if facts.is_charging:
            if self.began_at is None:
                self.began_at = facts.charging_at or now
            self.stopped_at = None
            return
        if self.began_at is None:
            return
        self.stopped_at = stopped = self.stopped_at or facts.charging_at or now
        told = {"level": facts.level, "limit": facts.limit}
        if facts.is_finished(self.began_at):
            # What keeps a full battery full is no other charge.
            if not self.is_full:
                yield Happening(CHARGE_FINISHED, stopped, told)
            self.is_full = True
        elif facts.is_plugged is not False and now - stopped < PAUSE:
            return
        elif self._has_broken_off(facts):
            yield Happening(CHARGE_INTERRUPTED, stopped, told)
        self.began_at = self.stopped_at = None
        self.charge_end = max(self.charge_end, int(stopped.timestamp()))

    def _has_broken_off(self, facts: Facts) -> bool:
        """Return whether a charge stopped by itself, below a limit that is known.

        A cable that is not told of may be out.
        """
        began, own_stop = self.began_at, self.own_stop_at
        was_stopped = bool(began and own_stop and own_stop >= began)
        return bool(facts.is_plugged) and facts.is_below(NEAR) and not was_stopped

    def _follow_charges(
        self, facts: Facts, charges: Sequence[Charge]
    ) -> Iterator[Happening]:
        """Tell of a charge that began and ended between two looks at the car."""
        if facts.is_charging or facts.is_assumed or self.began_at is not None:
            return
        for charge in charges:
            limit = FULL if facts.limit is None else facts.limit
            level = charge.level_end
            if charge.start > self.charge_end and level and level >= limit - NEAR:
                told = {"level": level, "limit": facts.limit}
                yield Happening(CHARGE_FINISHED, _time(charge.end), told, charge)
            self.charge_end = max(self.charge_end, charge.end)

    def _follow_drives(
        self, drives: Sequence[Drive], now: datetime, *, is_live: bool
    ) -> Iterator[Happening]:
        """Tell of drives that have ended; one that was told may get longer.

        The diary ends a drive by a later report. A live car that tells of no movement
        has not moved; one that is seldom looked at may still drive.
        """
        for drive in drives:
            ended = _time(drive.end)
            if drive.is_open and not (is_live and now - ended >= STAND):
                continue
            if drive.start > self.drive_end:
                yield Happening(DRIVE_FINISHED, ended, entry=drive)
            self.drive_end = max(self.drive_end, drive.end)

    def _follow_refuels(self, refuels: Sequence[Refuel]) -> Iterator[Happening]:
        for refuel in refuels:
            if refuel.start > self.refuel_end:
                yield Happening(REFUELED, _time(refuel.end), entry=refuel)
            self.refuel_end = max(self.refuel_end, refuel.end)

    def _follow_problem(self, facts: Facts, now: datetime) -> Iterator[Happening]:
        was, self.problem = self.problem, facts.problem
        if facts.is_disconnected:
            return
        if facts.problem and facts.problem != was:
            yield Happening(ACCOUNT_PROBLEM, now, {"problem": facts.problem})
        elif was and not facts.problem:
            yield Happening(ACCOUNT_SOLVED, now, {"problem": was})


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
