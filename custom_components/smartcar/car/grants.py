"""Who may do what with a car: its connections, what they grant, what it obeys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ..api import COMMAND_ONLY_CODES, Connection, Signal
from ..times import past
from .account_errors import OwnerErrors
from .logins import Logins, newest_time
from .permissions import CONTROL, READ, permission_for

EPOCH: Final = datetime.fromtimestamp(0, UTC)


class NoGrantError(Exception):
    """No connection allows a request; `reason` is the key of the text for it."""

    def __init__(self, reason: str, permission: str = "") -> None:
        """Take why, and which permission is missing."""
        super().__init__(reason)
        self.reason = reason
        self.permission = permission


class GrantChange(NamedTuple):
    """What a listing has changed.

    `renewed`: whether the owner has connected the car again. `reshaped`: whether
    other entities may apply now.
    """

    renewed: bool
    reshaped: bool


@dataclass(frozen=True, slots=True)
class Controls:
    """Signals whose commands a car did not obey, each with its grant's mark.

    `refused`: Smartcar said so, and the owner is asked. `incapable`: the owner has
    removed the control. `kept`: the owner has kept it.
    """

    refused: dict[str, str]
    incapable: dict[str, str]
    kept: dict[str, str]

    def refuse(self, signal: str, revision: str) -> None:
        """Record that the car cannot do a command; the owner is asked once."""
        if revision not in (self.incapable.get(signal), self.kept.get(signal)):
            self.refused[signal] = revision

    def obey(self, signal: str) -> None:
        """Record that the car can do a command after all."""
        for known in (self.refused, self.incapable, self.kept):
            known.pop(signal, None)

    def choose(self, signal: str, *, remove: bool) -> bool:
        """Remove a control that was refused, or keep it; return whether it was."""
        if (revision := self.refused.pop(signal, None)) is None:
            return False
        chosen = self.incapable if remove else self.kept
        chosen[signal] = revision
        return True


class Grants:
    """The connections of one car, newest first, and what follows from them.

    `last` are those from before the car was gone.
    """

    def __init__(
        self,
        logins: Logins,
        errors: OwnerErrors,
        controls: Controls,
        *,
        is_read_only: bool,
    ) -> None:
        """Start without a connection. `is_read_only`: no command may be sent."""
        self.connections: tuple[Connection, ...] = ()
        self.last: tuple[Connection, ...] = ()
        self.controls = controls
        self.is_read_only = is_read_only
        self._logins = logins
        self._errors = errors

    def update(self, connections: Collection[Connection], now: datetime) -> GrantChange:
        """Take the connections that are listed; none means that the car is gone."""
        before, revisions = (self.permissions, self.incapable), self.revisions
        self.connections = tuple(
            sorted(connections, key=lambda item: item.updated_at or EPOCH, reverse=True)
        )
        is_renewed = bool(self.revisions - revisions)
        if self.connections:
            self.last = self.connections
            # A login made again may be served after all.
            self._logins.keep(self.revisions, is_new=bool(revisions) and is_renewed)
        for connection in self.connections:
            if (
                connection.updated_at is not None
                and connection.revision not in revisions
            ):
                # A new login is good until proven otherwise.
                self._errors.record_login(
                    connection.user_id, past(connection.updated_at, now)
                )
        return GrantChange(is_renewed, (self.permissions, self.incapable) != before)

    @property
    def revisions(self) -> frozenset[str]:
        """Return the revisions of the grants that are listed."""
        return frozenset(item.revision for item in self.connections)

    @property
    def is_gone(self) -> bool:
        """Return whether Smartcar lists no connection to the car any more."""
        return not self.connections

    @property
    def permissions(self) -> frozenset[str]:
        """Return what any of the car's connections grants, or granted last.

        A read-only entry does without what the owner allows to control.
        """
        granted = frozenset[str]().union(*(item.permissions for item in self.last))
        if not self.is_read_only:
            return granted
        return frozenset(name for name in granted if not name.startswith(CONTROL))

    @property
    def incapable(self) -> frozenset[str]:
        """Return the signals whose controls the owner has removed.

        A new or changed connection is tried again.
        """
        return self._of_revisions(self.controls.incapable)

    @property
    def refused(self) -> frozenset[str]:
        """Return the signals about whose controls the owner is asked."""
        return self._of_revisions(self.controls.refused)

    def _of_revisions(self, known: Mapping[str, str]) -> frozenset[str]:
        """Return the signals that were noted for a connection as it is now."""
        revisions = {item.revision for item in self.last}
        return frozenset(
            signal for signal, revision in known.items() if revision in revisions
        )

    def may_control(self, permission: str, signal: str | None) -> bool:
        """Return whether the owner allows to change a signal, and the car obeys."""
        return permission in self.permissions and signal not in self.incapable

    def best(self, permission: str | None = None) -> Connection:
        """Return the best connection, for a command one that grants a permission.

        A car may have several connections. Better is one whose account works, then
        the one that the car maker serves, that grants more, that was made later.
        Raises NoGrantError.
        """
        if permission is not None and self.is_read_only:
            raise NoGrantError("read_only")
        served = self._logins.served
        if able := self._working(permission):
            return max(able, key=lambda item: (item.revision == served, _reads(item)))
        if self.is_gone:
            raise NoGrantError("connection_gone")
        raise NoGrantError("missing_permission", permission or "")

    @property
    def subscribed(self) -> Connection | None:
        """Return the connection by which the car is subscribed, and known best."""
        return None if self.is_gone else self.best()

    @property
    def is_served_by_one(self) -> bool:
        """Return whether reads have shown which of several logins is served."""
        return len(self.connections) > 1 and self._logins.served in self.revisions

    def _working(self, permission: str | None = None) -> Sequence[Connection]:
        """Return the connections to choose from, the one connected last first.

        Those whose account has a problem are among them only where all have one.
        """
        problems = self._errors.open()

        def works(connection: Connection) -> bool:
            problem = problems.get(connection.user_id)
            return problem is None or (
                permission is None and problem in COMMAND_ONLY_CODES
            )

        able = [
            connection
            for connection in self.connections
            if permission is None or permission in connection.permissions
        ]
        return list(filter(works, able)) or able

    # Which login is served

    def to_read(self) -> Connection:
        """Return the connection that the next read asks; raises NoGrantError."""
        best = self.best()
        asked, able = self._logins.asked, self._working()
        chosen = next((item for item in able if item.revision == asked), None)
        return chosen or max(able, key=_reads, default=best)

    def record_read(
        self,
        connection: Connection,
        newest: datetime | None,
        now: datetime,
        without_news: int,
    ) -> bool:
        """Choose the connection for the next read by what this one brought.

        `newest`: see `newest_time`. `without_news`: how many reads in a row have found
        no news. Returns whether another connection is to be subscribed now.
        """
        subscribed = self.subscribed
        usable = sorted(self._working(), key=_reads, reverse=True)
        self._logins.note_read(
            connection.revision,
            past(newest, now),
            {item.revision: _reads(item) for item in usable},
            without_news,
        )
        return self.subscribed != subscribed

    def record_delivery(
        self, user_id: str | None, signals: Sequence[Signal], now: datetime
    ) -> None:
        """Learn from a delivery how new the data are that a login brings."""
        newest = past(newest_time(signals), now)
        if newest is not None:
            for connection in self.connections:
                if connection.user_id == user_id:
                    self._logins.note_delivery(connection.revision, newest)

    def without_foreign_refusals(
        self, signals: Sequence[Signal], user_id: str | None
    ) -> Sequence[Signal]:
        """Leave out what one user does not grant but another of the car's does."""
        granted = frozenset[str]().union(
            *(
                item.permissions
                for item in self.connections
                if item.user_id != user_id and user_id is not None
            )
        )
        return [
            signal
            for signal in signals
            if signal.error is None
            or signal.error.type != "PERMISSION"
            or permission_for(signal.code) not in granted
        ]


def _reads(connection: Connection) -> int:
    """Return how many permissions to read a connection grants."""
    return sum(name.startswith(READ) for name in connection.permissions)
