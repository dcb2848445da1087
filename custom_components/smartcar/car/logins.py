"""Which of a car's logins the car maker serves.

Several people may have connected one car, and a maker may give its data to one of
them only. What reads bring tells which one. Nothing here knows Home Assistant; a
login goes by the revision of its connection, so that one made again is a new one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ..api import Signal
from ..records import Record
from ..times import past

# What has no time at all is older than whatever has one.
UNDATED: Final = datetime.min.replace(tzinfo=UTC)

# So many reads without news cast doubt on a login that was proved to be served.
QUIET_READS: Final = 8


def newest_time(signals: Iterable[Signal]) -> datetime | None:
    """Return the newest time of the car among good values, None without any.

    Where the car dates nothing, when Smartcar asked for it counts.
    """
    good = [item for item in signals if item.body is not None and item.error is None]
    dated = [
        item.oem_updated_at
        for item in good
        if item.oem_updated_at is not None
        and (item.retrieved_at is None or item.oem_updated_at <= item.retrieved_at)
    ]
    asked = (item.retrieved_at or item.ingested_at or UNDATED for item in good)
    return max(dated or asked, default=None)


@dataclass(slots=True)
class Logins(Record):
    """What each login brought last, and which one the next read asks.

    `newest`: the newest time of the car by login; None where a read brought no
    value. `asked`: the login that the next read asks, `served`: the one that brought
    newer data than another did later; None while nothing speaks against the usual
    choice.
    """

    newest: dict[str, datetime | None] = field(default_factory=dict)
    asked: str | None = None
    served: str | None = None

    def keep(self, revisions: frozenset[str], *, is_new: bool) -> None:
        """Forget logins that have gone, and the choice when a new one has come."""
        self.newest = {
            revision: at
            for revision, at in self.newest.items()
            if revision in revisions
        }
        if is_new or self.asked not in revisions:
            self.asked = None
        if self.served not in revisions:
            self.served = None

    def clamp_times(self, now: datetime) -> None:
        """Count every time that lies ahead of now as now: a wrong clock noted it."""
        self.newest = {revision: past(at, now) for revision, at in self.newest.items()}

    def note_delivery(self, revision: str, newest: datetime) -> None:
        """Take in the newest time of a delivery that was made for a login."""
        self.newest[revision] = max(self.newest.get(revision) or newest, newest)

    def note_read(
        self,
        revision: str,
        newest: datetime | None,
        usable: Mapping[str, int],
        without_news: int = 0,
    ) -> None:
        """Take in a read by a login, and choose the one for the next read.

        `newest`: see `newest_time`. `usable`: how many permissions to read each
        login grants that may be asked, the best one first. `without_news`: how many
        reads in a row have found no news.
        """
        before = self.newest.get(revision)
        self.newest[revision] = newest
        others = [other for other in usable if other != revision]
        if not others:
            self.asked = None
            return
        best = max(others, key=lambda other: self.newest.get(other) or UNDATED)
        known = self.newest.get(best)
        if known is not None and (newest is None or newest < known):
            # Asked later, and older all the same: it is not served.
            self.asked = self.served = best
        elif newest is None:
            order = list(usable)
            place = order.index(revision) + 1 if revision in order else 0
            self.asked = order[place % len(order)]
        elif newest > max(known or UNDATED, before or UNDATED):
            self.asked = revision
        elif self.served is None or without_news % QUIET_READS == 0:
            # No news by this one: either may be the one that is not served any more.
            peers = [other for other in others if usable[other] == usable.get(revision)]
            self.asked = next(iter(peers), revision)
