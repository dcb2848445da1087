"""What is wrong with the owners' accounts at the car makers.

Errors and their resolutions arrive at least once and in any order; what stands
does not depend on the order. Nothing here knows Home Assistant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from ..api import ACCOUNT, COMMAND_ONLY_CODES, ErrorDelivery, Signal
from ..records import Record
from ..times import past, stored_time
from .reports import NO_TIME

# More than all documented errors, and users, that a car can have.
MAX_ERRORS: Final = 50


@dataclass(frozen=True, slots=True, order=True)
class _Report:
    """The latest word on one error; on a tie the resolution is the later one."""

    at: datetime
    sequence: int
    is_resolved: bool


type _Reports = dict[tuple[str, str], _Report]


def _write_reports(reports: _Reports) -> list[list[Any]]:
    return [
        [*key, report.at.isoformat(), report.sequence, report.is_resolved]
        for key, report in reports.items()
    ]


def _read_reports(stored: list[list[Any]]) -> _Reports:
    return {
        (user_id, code): _Report(stored_time(at), sequence, is_resolved)
        for user_id, code, at, sequence, is_resolved in stored
    }


@dataclass(slots=True)
class OwnerErrors(Record):
    """The open errors of one car's users, by user id and code."""

    _reports: _Reports = field(
        default_factory=dict,
        metadata={
            "alias": "reports",
            "serialize": _write_reports,
            "deserialize": _read_reports,
        },
    )
    _good: dict[str, datetime] = field(default_factory=dict, metadata={"alias": "good"})
    _proved: dict[str, datetime] = field(
        default_factory=dict, metadata={"alias": "proved"}
    )

    def report(
        self,
        user_id: str,
        code: str | None,
        at: datetime,
        sequence: int = 0,
        *,
        is_resolved: bool = False,
    ) -> None:
        """Take in what Smartcar says of the account of one of the car's users."""
        key, report = (user_id, code or ""), _Report(at, sequence, is_resolved)
        known = self._reports.get(key)
        if known is not None:
            self._reports[key] = max(known, report)
        else:
            self._reports[key] = report
            _bound(self._reports)

    def record_signals(
        self, user_id: str | None, signals: Iterable[Signal], now: datetime
    ) -> None:
        """Learn from signals how the car maker treats a user's account.

        Newer good data clear what an older error said.
        """
        if user_id is None:
            return
        good: set[datetime] = set()
        for signal in signals:
            asked = signal.retrieved_at or signal.ingested_at
            if asked is None:
                continue
            if signal.is_good:
                good.add(asked)
            elif signal.error is not None and signal.error.type == ACCOUNT:
                self.report(user_id, signal.error.code, min(asked, now))
        if good:
            self.record_data(user_id, min(max(good), now))

    def record_delivery(self, delivery: ErrorDelivery, now: datetime) -> None:
        """Take in the errors of a delivery, and their resolutions."""
        if delivery.user_id is None:
            return
        at = min(delivery.delivered_at or NO_TIME, now)
        for error in delivery.errors:
            if error.type == ACCOUNT:
                self.report(
                    delivery.user_id,
                    error.code,
                    at,
                    delivery.sequence,
                    is_resolved=error.is_resolved,
                )

    def record_data(self, user_id: str, at: datetime) -> None:
        """Take in that Smartcar got good data by a user's account."""
        self._good[user_id] = max(self._good.get(user_id, at), at)
        _bound(self._good)

    def record_login(self, user_id: str, at: datetime) -> None:
        """Take in that a command was carried out, or a login made again."""
        self._proved[user_id] = max(self._proved.get(user_id, at), at)
        _bound(self._proved)

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now.

        What such times have cured stays so, although they are the same then.
        """
        times = [*self._good.values(), *self._proved.values()]
        times += (report.at for report in self._reports.values())
        if all(time <= now for time in times):
            return
        for (user_id, code), report in self._reports.items():
            self._reports[user_id, code] = replace(
                report,
                at=past(report.at, now),
                is_resolved=not self._is_open(user_id, code, report),
            )
        for cures in (self._good, self._proved):
            for user_id, time in cures.items():
                cures[user_id] = past(time, now)

    def _is_open(self, user_id: str, code: str, report: _Report) -> bool:
        """Return whether nothing later has cured an error."""
        cures = [self._proved.get(user_id)]
        if code not in COMMAND_ONLY_CODES:
            cures.append(self._good.get(user_id))
        return not (report.is_resolved or any(at and at > report.at for at in cures))

    def open(self) -> dict[str, str]:
        """Return the latest open error's code of every user who has one."""
        latest: dict[str, tuple[_Report, str]] = {}
        for (user_id, code), report in self._reports.items():
            if self._is_open(user_id, code, report):
                found = report, code
                latest[user_id] = max(latest.get(user_id, found), found)
        return {user_id: code for user_id, (_, code) in latest.items()}


def _bound[Key, Time: (datetime, _Report)](kept: dict[Key, Time]) -> None:
    """Let the earliest entry go where there are too many."""
    if len(kept) > MAX_ERRORS:
        # Of several from the same time the last to come.
        del kept[min(reversed(kept), key=lambda key: kept[key])]
