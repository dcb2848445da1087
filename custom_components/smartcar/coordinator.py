"""One car: the only place that reads it and sends it commands.

Reads are due by the car's budget; what arrives otherwise never moves them.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from . import issues
from .api import (
    ApiError,
    CommandResult,
    CompatibilityError,
    Connection,
    ErrorDelivery,
    Listing,
    NotFoundError,
    OutcomeUnknownError,
    Signal,
    SmartcarError,
    StateDelivery,
    Vehicle,
    VehicleDelivery,
    label,
)
from .car.account_errors import ACCOUNT, OF_COMMANDS
from .car.logins import newest_time
from .car.permissions import READ, permission_for
from .car.reports import NO_TIME
from .car.state import ASSUMPTION_LIFETIME, NICKNAME, Change, VehicleState
from .commands import CONTROL, Command
from .const import (
    CONF_APPLICATION_ID,
    CONF_READ_ONLY,
    CONF_SHARED_LIMIT,
    DOMAIN,
)
from .failures import placeholders, update_failed, wait_after
from .markdown import escaped
from .outage import NotDueError, SmartcarCoordinator, is_answer
from .polling.budget import CallBudget
from .polling.pace import ReadPlan
from .rules import Notice, rule_for
from .storage import DISCONNECTED, StoredVehicle
from .times import past

_LOGGER = logging.getLogger(__name__)

if TYPE_CHECKING:
    from .account import SmartcarAccount

type SmartcarConfigEntry = ConfigEntry[SmartcarAccount]

# Seconds from a command to its confirming read, and to the next ones while the
# car has confirmed nothing: stores hear from cars every half hour to an hour.
CONFIRM_AFTER: Final = (60.0, 15 * 60.0, 45 * 60.0)
LONGEST_WAIT: Final = timedelta(days=1)
# Home Assistant's timers count whole seconds.
EARLY: Final = timedelta(seconds=1)
# Refusals that tell of one login: another one of the car may be served.
OF_LOGIN: Final = frozenset({None, Notice.PERMISSION, Notice.OWNER_ACCOUNT})
# A first read that told nothing is made once more after this: stores fill in minutes.
EMPTY_RETRY: Final = timedelta(minutes=15)
# An empty store is no news before.
EMPTY_AFTER: Final = timedelta(hours=1)
BUSY_AFTER: Final = 10.0  # seconds a second command waits for the first


class SmartcarVehicle(SmartcarCoordinator[VehicleState]):
    """One car: its signals, its calls, its commands."""

    config_entry: SmartcarConfigEntry

    def __init__(
        self,
        account: SmartcarAccount,
        vehicle_id: str,
        stored: StoredVehicle,
        connections: Collection[Connection],
    ) -> None:
        """Start from stored values; the first read comes when it is due."""
        entry = account.config_entry
        vehicle = next(iter(connections)).vehicle
        super().__init__(account.hass, _LOGGER, config_entry=entry, name=vehicle.name)
        self.id = vehicle_id
        self.vehicle: Vehicle = vehicle
        self.account = account
        self.outage = account.outage
        self.stored = stored
        self.data = stored.state
        self.data.heed(dt_util.utcnow())
        self.connections: tuple[Connection, ...] = ()
        self.last_connections: tuple[Connection, ...] = ()
        self.contact_by: str | None = None
        self._command_lock = asyncio.Lock()
        # How long the answer to a command may take; Home Assistant's stop ends it.
        self._patience: asyncio.Timeout | None = None
        # Whether Smartcar said, when the car was read last, that there is none.
        self.is_denied = False
        self._forced = False
        # How often Smartcar was asked for the car's signals.
        self._requests = 0
        self._retry_at: datetime | None = None
        self._failures = 0
        self._timers: dict[str, CALLBACK_TYPE] = {}
        self._shape_listeners: list[tuple[CALLBACK_TYPE, frozenset[str]]] = []
        self._owner_issues: frozenset[str] = frozenset()
        self._is_reading_troubled = False
        self._was_available = True
        self.async_set_connections(connections)
        if stored.command_since is not None:
            # Home Assistant ended before the answer came: it may have run.
            stored.command_since = None
            self._tally(dt_util.now(), succeeded=False)
            self._confirm_later()
            account.async_save(at_once=True)
        elif stored.confirmations:
            self._confirm_later(stored.confirmations - 1)

    # Who may do what

    @callback
    def async_set_connections(self, connections: Collection[Connection]) -> None:
        """Take the car's grants, newest first; none means that it is gone."""
        before, marks = (self.permissions, self.incapable), self._marks
        self.connections = tuple(
            sorted(
                connections,
                key=lambda item: item.updated_at or dt_util.utc_from_timestamp(0),
                reverse=True,
            )
        )
        if self.connections:
            self.last_connections = self.connections
            self.vehicle = self.connections[0].vehicle
            self.data.connected_at = self.connections[0].updated_at
            # A login made again may be served after all.
            is_new = bool(marks) and bool(self._marks - marks)
            self.stored.logins.keep(self._marks, is_new=is_new)
        self._follow_connection()
        now = dt_util.utcnow()
        for connection in self.connections:
            if connection.updated_at is not None and connection.mark not in marks:
                # A new login is good until proven otherwise.
                self.stored.owner_errors.note_proved(
                    connection.user_id, past(connection.updated_at, now)
                )
        self._follow_owner_errors()
        self._follow_refusals()
        if self._marks - marks:
            # Whoever has connected the car anew need not wait for what failed before.
            self._retry_at, self._failures = None, 0
            self._reschedule()
        if (self.permissions, self.incapable) != before:
            self._reshape()

    @callback
    def async_add_shape_listener(
        self, listener: CALLBACK_TYPE, codes: frozenset[str] = frozenset()
    ) -> CALLBACK_TYPE:
        """Call a listener when the car may have more to show than before.

        And whenever a signal of some `codes` changes. Apart from the
        coordinator's own listeners: these would keep a car reading of which
        every entity is disabled.
        """
        self._shape_listeners.append(entry := (listener, codes))
        return lambda: self._shape_listeners.remove(entry)

    def _reshape(self, change: Change | None = None) -> None:
        """Call the shape listeners, or those that a change concerns."""
        for listener, codes in tuple(self._shape_listeners):
            if change is None or change.reshaped or codes & change.changed:
                listener()

    def _follow_connection(self) -> None:
        """Raise or clear the repair that says that the car is gone."""
        entry_id = self.config_entry.entry_id
        issue_id = issues.connection_lost_id(entry_id, self.id)
        if self.is_gone:
            # No read can settle these now.
            self.stored.empty_since = None
            for name in (issues.reading_id, issues.store_empty_id):
                issues.async_clear(self.hass, name(entry_id, self.id))
        if self.is_gone and self.stored.absence != DISCONNECTED:
            issues.async_raise_connection_lost(
                self.hass, issue_id, self.car_name, self.connect_link
            )
        else:
            issues.async_clear(self.hass, issue_id)

    @property
    def _marks(self) -> frozenset[str]:
        return frozenset(item.mark for item in self.connections)

    @property
    def car_name(self) -> str:
        """Return what the owner calls the car, else its make and model."""
        nickname = (self.data.body(NICKNAME) or {}).get("value")
        return label(nickname) or self.vehicle.name

    @property
    def is_gone(self) -> bool:
        """Tell whether Smartcar lists no connection to the car any more."""
        return not self.connections

    @property
    def permissions(self) -> frozenset[str]:
        """Return what any of the car's connections grants, or granted last.

        A read-only entry does without what the owner allows to control.
        """
        granted = frozenset[str]().union(
            *(item.permissions for item in self.last_connections)
        )
        if not self.is_read_only:
            return granted
        return frozenset(name for name in granted if not name.startswith(CONTROL))

    @property
    def incapable(self) -> frozenset[str]:
        """Return the signals whose controls a person has removed.

        Smartcar said that the car cannot carry the commands out; a new or changed
        connection is tried again.
        """
        return self._of_marks(self.stored.incapable)

    @property
    def refused(self) -> frozenset[str]:
        """Return the signals about whose controls a person is asked."""
        return self._of_marks(self.stored.refused)

    def _of_marks(self, known: Mapping[str, str]) -> frozenset[str]:
        """Return the signals that were noted for a connection as it is now."""
        marks = {item.mark for item in self.last_connections}
        return frozenset(signal for signal, mark in known.items() if mark in marks)

    def may_control(self, permission: str, signal: str | None) -> bool:
        """Tell whether the owner lets us change a signal, and the car obeys."""
        return permission in self.permissions and signal not in self.incapable

    @property
    def is_read_only(self) -> bool:
        """Tell whether the person wants no commands to be sent."""
        return bool(self.config_entry.options.get(CONF_READ_ONLY))

    @property
    def is_available(self) -> bool:
        """Return whether what is known of the car may be shown at all.

        No news from the car is age, not unavailability. A car whose signed
        deliveries come is there, whatever is wrong with requests; unless a person
        has disconnected it.
        """
        if self.stored.absence == DISCONNECTED:
            return False
        if self.stored.rhythm.is_flowing(dt_util.utcnow()):
            return True
        return not (
            self.is_gone or self.account.credentials_refused or self.account.is_silent
        )

    @property
    def connect_link(self) -> str | None:
        """Return the page on which the owner connects the car (again)."""
        if not (application_id := self.config_entry.data.get(CONF_APPLICATION_ID)):
            return None
        return self.account.client.hosts.connect_link(application_id, self.vehicle.mode)

    def _connection(self, permission: str | None = None) -> Connection:
        """Return the best connection, for a command one that grants a permission.

        A car may have several connections. Better is one whose account works, then
        the one that the car maker serves, that grants more, that was made later.
        """
        if permission is not None and self.is_read_only:
            raise self.refusal("read_only")
        served = self.stored.logins.served
        able = self._working(permission)
        if able:
            return max(able, key=lambda item: (item.mark == served, _reads(item)))
        if self.is_gone:
            raise self.refusal("connection_gone")
        raise self.refusal("missing_permission", permission=permission or "")

    def _working(self, permission: str | None = None) -> Sequence[Connection]:
        """Return the connections to choose from, the one connected last first.

        Those whose account has a problem are among them only where all have one.
        """
        problems = self.stored.owner_errors.open()

        def works(connection: Connection) -> bool:
            problem = problems.get(connection.user_id)
            return problem is None or (permission is None and problem in OF_COMMANDS)

        able = [
            connection
            for connection in self.connections
            if permission is None or permission in connection.permissions
        ]
        return list(filter(works, able)) or able

    def _reading_connection(self) -> Connection:
        """Return the connection that the next read asks."""
        best = self._connection()
        asked, able = self.stored.logins.asked, self._working()
        chosen = next((item for item in able if item.mark == asked), None)
        return chosen or max(able, key=_reads, default=best)

    def _note_read(self, connection: Connection, newest: datetime | None) -> None:
        """Choose the connection for the next read by what this one brought.

        `newest`: see `newest_time`.
        """
        logins, subscribed = self.stored.logins, self.connection
        usable = sorted(self._working(), key=_reads, reverse=True)
        logins.note_read(
            connection.mark,
            past(newest, dt_util.utcnow()),
            {item.mark: _reads(item) for item in usable},
            self.stored.pace.quiet or 0,
        )
        if self.connection != subscribed:
            self.account.push.async_sync_soon()

    @property
    def connection(self) -> Connection | None:
        """Return the connection by which the car is subscribed, and known best."""
        return None if self.is_gone else self._connection()

    @property
    def is_served_by_one(self) -> bool:
        """Return whether reads have shown which of several logins is served."""
        return len(self.connections) > 1 and self.stored.logins.served in self._marks

    # Reading

    @property
    def budget(self) -> CallBudget:
        """Return the calls of this car, or those it shares with all others."""
        if self.config_entry.options.get(CONF_SHARED_LIMIT):
            return self.account.stored.shared_budget
        return self.stored.budget

    @property
    def next_read(self) -> datetime | None:
        """Return when the next read is due; `None` when none is."""
        if self.is_gone or self.config_entry.pref_disable_polling:
            return None
        return self._due(dt_util.now())

    @property
    def read_reason(self) -> str:
        """Tell why the next read is due when it is, or why none is."""
        if self.is_gone:
            return "connection_gone"
        if self.config_entry.pref_disable_polling:
            return "polling_disabled"
        now = dt_util.now()
        plan = self._plan(now)
        is_retried = self._retry_at is not None and self.budget.may_read(now)
        return "retry" if is_retried and plan.due else plan.reason

    def _plan(self, now: datetime) -> ReadPlan:
        return self.stored.pace.plan(
            now,
            self.budget,
            self.account.pace_options,
            cars=self.account.sharing,
            charging=self.data.is_charging,
            deliveries=self.account.push.is_working
            and self.stored.rhythm.is_flowing(now),
        )

    def _due(self, now: datetime) -> datetime | None:
        """Return when the next read is due: by the pace, or after a failure."""
        due = self._plan(now).due
        retry_at = self._retry_at
        if retry_at is None or due is None:
            return due
        # No wait is longer; what is, was planned by a wrong clock.
        is_sane = retry_at - now <= LONGEST_WAIT
        again = max(retry_at, now) if is_sane else now
        return again if self.budget.may_read(now) else max(again, due)

    def _until_next_read(self) -> timedelta | None:
        """Return the time to the next read; zero would mean "never" to HA."""
        now = dt_util.now()
        if (due := self._due(now)) is None:
            return None
        # In UTC, for a day may have 23 hours.
        return max(due - dt_util.utcnow(), timedelta(seconds=1))

    def _reschedule(self) -> None:
        """Let the next read follow what has changed since it was planned."""
        self.update_interval = self._until_next_read()
        if self._listeners:
            self._schedule_refresh()

    async def async_read_now(self, *, is_probe: bool = False) -> None:
        """Read at once, from the reserve too; a person asked for it.

        `is_probe`: also when Smartcar has said that the calls are spent, which
        may no longer be so.
        """
        now = dt_util.now()
        is_refused = is_probe and self.budget.refused(now) is not None
        if not self.budget.remaining(now) and not is_refused:
            raise self.refusal("billing_vehicle_request_limit")
        self._connection()
        self._forced, requests = True, self._requests
        await self.async_refresh()
        if self._requests == requests:
            # Another read was under way first; what it left allows for none more.
            self._connection()
            raise self.refusal("billing_vehicle_request_limit")
        error = self.last_exception
        if not self.last_update_success and isinstance(error, HomeAssistantError):
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=error.translation_key,
                translation_placeholders=error.translation_placeholders,
            ) from error

    @override
    async def _async_fetch(self) -> VehicleState:
        """Read the car's signals when that is due or was asked for."""
        now = dt_util.now()
        self.stored.heed(now)
        forced, self._forced = self._forced, False
        if forced and self.budget.refused(now) is None:
            forced = self.budget.remaining(now) > 0
        due = self._due(now)
        is_due = forced or (due is not None and due <= now + EARLY)
        if self.is_gone or not is_due:
            self.update_interval = None if self.is_gone else self._until_next_read()
            raise NotDueError
        connection = self._reading_connection()
        self._requests += 1
        try:
            signals = await self.account.client.signals(self.id, connection.user_id)
        except asyncio.CancelledError:
            self._count(OutcomeUnknownError("cut off"))
            raise
        except SmartcarError as err:
            self._count(err)
            self._failures += 1
            self._retry_at = dt_util.utcnow() + wait_after(err, self._failures)
            self.update_interval = self._until_next_read()
            self._hear_of_failure(err, connection)
            if is_answer(err) and rule_for(err).notice in OF_LOGIN:
                self._note_read(connection, None)
            raise update_failed(err, self.car_name) from err
        self.async_take_read(signals, connection)
        return self.data

    @callback
    def async_take_read(self, read: Listing[Signal], connection: Connection) -> None:
        """Take in what a read by a connection answered, and count it."""
        user_id = connection.user_id
        self._count(None)
        self._retry_at = None
        self.is_denied = False
        if self._failures:
            # What kept from reading at all is over.
            self.stored.owner_errors.note_proved(user_id, dt_util.utcnow())
        self._failures = 0
        newest = self.data.newest
        signals = self._concerning(read.items, user_id)
        change = self.data.merge(signals, dt_util.utcnow())
        has_news = bool(change) or self.data.newest != newest
        if self.stored.pace.last_read is None and not self.data.codes:
            self._retry_at = dt_util.utcnow() + EMPTY_RETRY
        self.stored.pace.note_read(dt_util.now(), news=has_news)
        self.update_interval = self._until_next_read()
        self._hear_of_account(user_id, signals)
        self._note_read(connection, newest_time(read.items))
        if not self.data.is_expecting:
            self._confirmed()
        self._receive(change, "read")

    @callback
    def async_take_delivery(self, delivery: VehicleDelivery) -> bool:
        """Take in what a webhook brought; it costs no call and moves no read.

        Returns whether anything of it is new. An old one that is sent again is no
        contact with the car.
        """
        now = dt_util.utcnow()
        self.stored.heed(now)
        change, is_news = Change(), False
        was_expecting = self.data.is_expecting
        if isinstance(delivery, StateDelivery):
            change = self.data.merge(
                self._concerning(delivery.signals, delivery.user_id),
                now,
                delivered_at=delivery.delivered_at or NO_TIME,
                sequence=delivery.sequence,
            )
            if is_news := change.is_news:
                self.stored.rhythm.note(now)
            self._hear_of_account(delivery.user_id, delivery.signals)
            self._hear_of_login(delivery)
        elif isinstance(delivery, ErrorDelivery) and delivery.user_id is not None:
            at = min(delivery.delivered_at or NO_TIME, now)
            is_news = at >= (self.stored.last_contact or NO_TIME)
            for error in delivery.errors:
                if error.type == ACCOUNT:
                    self.stored.owner_errors.report(
                        delivery.user_id,
                        error.code,
                        at,
                        delivery.sequence,
                        is_resolved=error.is_resolved,
                    )
            self._follow_owner_errors()
        if was_expecting and not self.data.is_expecting:
            self._confirmed()
        self._receive(change, "delivery" if is_news else None)
        return is_news

    def _concerning(
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

    def _hear_of_login(self, delivery: StateDelivery) -> None:
        """Learn from a delivery how new the data are that a login brings."""
        newest = past(newest_time(delivery.signals), dt_util.utcnow())
        if newest is not None:
            for connection in self.connections:
                if connection.user_id == delivery.user_id:
                    self.stored.logins.note_delivery(connection.mark, newest)

    def _hear_of_account(self, user_id: str | None, signals: Iterable[Signal]) -> None:
        """Learn from signals how the car maker treats a user's account.

        Newer good data clear what an older error said.
        """
        if user_id is None:
            return
        owner_errors, now = self.stored.owner_errors, dt_util.utcnow()
        good: set[datetime] = set()
        for signal in signals:
            asked = signal.retrieved_at or signal.ingested_at
            if asked is None:
                continue
            if signal.is_good:
                good.add(asked)
            elif signal.error is not None and signal.error.type == ACCOUNT:
                owner_errors.report(user_id, signal.error.code, min(asked, now))
        if good:
            owner_errors.note_good(user_id, min(max(good), now))
        self._follow_owner_errors()

    def _follow_owner_errors(self) -> None:
        """Raise or clear one repair for every user whose account has a problem."""
        if self._shutdown_requested:
            return
        users = {connection.user_id for connection in self.connections}
        problems = {
            issues.owner_account_id(self.config_entry.entry_id, self.id, user_id): code
            for user_id, code in self.stored.owner_errors.open().items()
            if user_id in users
        }
        for issue_id in self._owner_issues - problems.keys():
            issues.async_clear(self.hass, issue_id)
        for issue_id, code in problems.items():
            issues.async_raise_owner_account(
                self.hass, issue_id, code, self.car_name, self.connect_link
            )
        self._owner_issues = frozenset(problems)
        self._is_reading_troubled = any(
            code not in OF_COMMANDS for code in problems.values()
        )

    def _receive(self, change: Change, contact_by: str | None) -> None:
        """Note a contact, if it was one, and publish what it changed."""
        self._follow_store()
        if contact_by is not None:
            self.stored.last_contact = dt_util.utcnow()
            self.contact_by = contact_by
        self._reshape(change)
        self.async_publish(change.changed | change.appeared)
        self.account.async_save()

    def _follow_store(self) -> None:
        """Raise or clear the repair that says that Smartcar's store is empty.

        Right after the set-up that says nothing: the store fills within minutes.
        """
        if self._shutdown_requested or self.is_gone:
            return  # It has gone while it was read.
        now = dt_util.utcnow()
        issue_id = issues.store_empty_id(self.config_entry.entry_id, self.id)
        if self.data.codes:
            self.stored.empty_since = None
            issues.async_clear(self.hass, issue_id)
            return
        self.stored.empty_since = self.stored.empty_since or now
        if now - self.stored.empty_since >= EMPTY_AFTER:
            issues.async_raise_store_empty(self.hass, issue_id, self.car_name)

    @property
    def needs_attention(self) -> bool:
        """Tell whether a repair stands that a read may settle."""
        issue_id = issues.reading_id(self.config_entry.entry_id, self.id)
        return (
            self._is_reading_troubled
            or self.stored.empty_since is not None
            or issues.async_stands(self.hass, issue_id)
        )

    def _hear_of_failure(self, error: SmartcarError, connection: Connection) -> None:
        """Learn from a request that failed what a person must mend."""
        if isinstance(error, NotFoundError) and error.is_of_vehicle:
            # Whether the car is gone is for the listing to say.
            self.is_denied = True
            self.account.async_list_soon()
        if isinstance(error, ApiError) and error.type == ACCOUNT:
            self.stored.owner_errors.report(
                connection.user_id, error.code, dt_util.utcnow()
            )
            self._follow_owner_errors()

    def _count(self, error: SmartcarError | None, *, is_read: bool = True) -> None:
        """Count a call that Smartcar carried out, or may have."""
        self.account.async_record(error, self.id)
        now = dt_util.now()
        is_of_quota = error is None and self.budget.refused(now) is not None
        if error is None or isinstance(error, OutcomeUnknownError):
            self._tally(now, succeeded=error is None)
        elif rule_for(error).notice is Notice.QUOTA:
            self.budget.exhaust(now)
            is_of_quota = True
        if is_read or is_of_quota:
            self._follow_notice(error)
        self.account.async_save(at_once=True)

    def _tally(self, now: datetime, *, succeeded: bool) -> None:
        """Count a call for the car and for all cars, whichever limit holds."""
        for budget in (self.stored.budget, self.account.stored.shared_budget):
            budget.count(now, succeeded=succeeded)

    def _follow_notice(self, error: SmartcarError | None) -> None:
        """Raise or clear the repair about reading this car; an outage tells nothing."""
        if self._shutdown_requested or (
            error is not None and not isinstance(error, ApiError)
        ):
            return
        # What a car that has gone meanwhile was refused is no news.
        notice = rule_for(error).notice if error and not self.is_gone else None
        issue_id = issues.reading_id(self.config_entry.entry_id, self.id)
        if notice is not None and notice in issues.READING:
            issues.async_raise_reading(
                self.hass, issue_id, notice, self.car_name, self.connect_link
            )
        else:
            issues.async_clear(self.hass, issue_id)

    @callback
    def async_publish(self, codes: Collection[str]) -> None:
        """Update the listeners of some signals, and those of the car as a whole.

        All of them when the car has become available, or no longer is.
        """
        if self.is_available != self._was_available:
            self.async_update_listeners()
            return
        for update, context in list(self._listeners.values()):
            if not isinstance(context, frozenset) or not context.isdisjoint(codes):
                update()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update all listeners, and remember the availability they show."""
        self._was_available = self.is_available
        super().async_update_listeners()

    # Commands

    async def async_command(self, command: Command, **arguments: Any) -> CommandResult:
        """Send a command once; raise a translated error when it did not succeed.

        One command at a time for a car; a second one waits a little and is then
        refused. The expected value stands as assumed until the car confirms it.
        """
        try:
            async with asyncio.timeout(BUSY_AFTER):
                await self._command_lock.acquire()
        except TimeoutError:
            raise self.refusal("vehicle_busy") from None
        try:
            return await self._send(command, arguments)
        finally:
            self.stored.command_since = None
            self.account.async_save()
            self._command_lock.release()

    @callback
    def async_stop_waiting(self) -> None:
        """Wait no longer for the answer to a command; it may have run."""
        if self._patience is not None:
            self._patience.reschedule(self.hass.loop.time())

    async def _request(
        self, command: Command, user_id: str, arguments: dict[str, Any]
    ) -> CommandResult:
        """Send a command; raise SmartcarError, also when Home Assistant stops."""
        try:
            async with asyncio.timeout(None) as self._patience:
                return await command.send(
                    self.account.client, self.id, user_id, **arguments
                )
        except TimeoutError:
            msg = "Home Assistant stops"
            raise OutcomeUnknownError(msg) from None
        finally:
            self._patience = None

    async def _send(self, command: Command, arguments: dict[str, Any]) -> CommandResult:
        self._connection(command.permission)
        self.stored.heed(dt_util.utcnow())
        self.stored.command_since = dt_util.utcnow()
        # Nobody could tell after a crash that the command may have run.
        await self.account.async_write_ahead()
        if self.hass.is_stopping or self.account.is_closed:
            raise self.refusal("shutting_down")
        connection = self._connection(command.permission)
        try:
            result = await self._request(command, connection.user_id, arguments)
        except asyncio.CancelledError:
            # A script that is stopped stops its actions; this one may have run.
            self._count(OutcomeUnknownError("cut off"), is_read=False)
            self._confirm_later()
            raise
        except SmartcarError as err:
            self._count(err, is_read=False)
            self._hear_of_failure(err, connection)
            if isinstance(err, OutcomeUnknownError):
                self._confirm_later()
            elif isinstance(err, CompatibilityError) and command.signal is not None:
                self._note_refused(command.signal, connection.mark)
            self.async_publish(())
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=(
                    "schedule_not_found" if command.misses_schedule(err) else err.key
                ),
                translation_placeholders=placeholders(err, self.car_name),
            ) from err
        self._count(None, is_read=False)
        self.stored.pace.note_command(dt_util.now())
        self.stored.owner_errors.note_proved(connection.user_id, dt_util.utcnow())
        self._follow_owner_errors()
        self._reschedule()
        if command.signal is not None:
            self._note_done(command.signal)
            self.data.expect(
                command.signal,
                command.leaf,
                arguments[command.argument] if command.argument else command.expected,
                dt_util.utcnow(),
            )
            self._lapse_later(command.signal)
            self._confirm_later()
            self.async_publish((command.signal,))
        elif command.confirms:
            self._confirm_later()
        return result

    def _note_refused(self, signal: str, mark: str) -> None:
        """Remember that the car cannot do a command; a person is asked once."""
        stored = self.stored
        if mark not in (stored.incapable.get(signal), stored.kept.get(signal)):
            stored.refused[signal] = mark
            self._follow_refusals()

    def _note_done(self, signal: str) -> None:
        """Remember that the car can do a command after all."""
        was_removed = signal in self.incapable
        for known in (self.stored.refused, self.stored.incapable, self.stored.kept):
            known.pop(signal, None)
        self._follow_refusals()
        if was_removed:
            self._reshape()

    @callback
    def async_choose_control(self, signal: str, *, remove: bool) -> None:
        """Remove a control that the car does not obey, or keep it.

        Until the car is connected again; then it is there to be tried.
        """
        if (mark := self.stored.refused.pop(signal, None)) is None:
            return
        chosen = self.stored.incapable if remove else self.stored.kept
        chosen[signal] = mark
        self._follow_refusals()
        self._reshape()
        self.account.async_save()

    def _follow_refusals(self) -> None:
        """Raise or clear the repairs that ask about controls the car does not obey."""
        if self._shutdown_requested:
            return
        entry_id = self.config_entry.entry_id
        asks = not (self.is_gone or self.is_read_only)
        for signal in issues.INCAPABLE:
            if asks and signal in self.refused:
                issues.async_raise_incapable(
                    self.hass, entry_id, self.id, signal, self.car_name
                )
            else:
                issues.async_clear(
                    self.hass, issues.incapable_id(entry_id, self.id, signal)
                )

    def refusal(self, key: str, **details: str) -> ServiceValidationError:
        """Build the error for what is refused without asking Smartcar."""
        return ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={
                "car": escaped(self.car_name),
                "error": "",
                **details,
            },
        )

    def _confirmed(self) -> None:
        """Do without confirming reads: word of the car has come."""
        self._cancel("confirm")
        self.stored.confirmations = 0

    def _confirm_later(self, made: int = 0) -> None:
        """Read the car soon, and twice more, unless word of it comes first.

        `made`: how many of these reads have been made.
        """
        self.stored.confirmations = made + 1

        @callback
        def confirm(_: datetime) -> None:
            self._timers.pop("confirm")
            self.stored.confirmations = 0
            if not self.budget.remaining(dt_util.now()):
                return
            if made + 1 < len(CONFIRM_AFTER):
                self._confirm_later(made + 1)
            self._forced = True
            self.config_entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{DOMAIN} confirming read"
            )

        self._start("confirm", CONFIRM_AFTER[made], confirm)

    def _lapse_later(self, code: str) -> None:
        """Give up on an assumed value when its time is over, by the loop's clock."""
        name = f"lapse {code}"

        @callback
        def lapse(_: datetime) -> None:
            self._timers.pop(name)
            if self.data.lapse(code):
                self.async_publish((code,))

        self._start(name, ASSUMPTION_LIFETIME.total_seconds(), lapse)

    def _start(
        self, name: str, seconds: float, action: Callable[[datetime], None]
    ) -> None:
        self._cancel(name)
        if self._shutdown_requested:
            return
        self._timers[name] = async_call_later(
            self.hass, seconds, HassJob(action, cancel_on_shutdown=True)
        )

    def _cancel(self, name: str) -> None:
        if cancel := self._timers.pop(name, None):
            cancel()

    @override
    async def async_shutdown(self) -> None:
        """Stop reading and drop every timer."""
        await super().async_shutdown()
        for name in tuple(self._timers):
            self._cancel(name)


def _reads(connection: Connection) -> int:
    """Return how many permissions to read a connection grants."""
    return sum(name.startswith(READ) for name in connection.permissions)
