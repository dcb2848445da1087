"""One car: the only place that reads it and sends it commands.

Reads are due by the car's budget; what arrives otherwise never moves them.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .api import (
    Connection,
    ErrorDelivery,
    Listing,
    OutcomeUnknownError,
    Problem,
    Signal,
    SmartcarError,
    StateDelivery,
    Vehicle,
    VehicleDelivery,
    label,
)
from .car.charging import TIME_LEFT
from .car.grants import Controls, Grants, NoGrantError
from .car.logins import newest_time
from .car.readings import text
from .car.reports import NO_TIME
from .car.state import NICKNAME, VIN, Change, VehicleState
from .car_issues import car_issues
from .car_requests import CarRequests
from .command_line import CommandLine
from .confirmation import Confirmation
from .const import DOMAIN
from .context import Context
from .diary import DIARY, DiaryNews
from .failures import refusal, repeated, update_failed, wait_after
from .health import is_answer
from .outage import NotDueError, SmartcarCoordinator
from .polling.pace import ReadPlan, Reason
from .polling.schedule import ReadSchedule
from .stored import DISCONNECTED, StoredVehicle
from .texts import kind_of

_LOGGER = logging.getLogger(__name__)

# Home Assistant's timers count whole seconds.
EARLY: Final = timedelta(seconds=1)
# Refusals that tell of one login: another one of the car may be served.
OF_LOGIN: Final = frozenset({None, Problem.PERMISSION, Problem.OWNER_ACCOUNT})
# A first read that told nothing is made once more after this: stores fill in minutes.
EMPTY_RETRY: Final = timedelta(minutes=15)


class ShapeListeners:
    """What is called when a car may have more to show than before.

    Apart from the coordinator's own listeners: these would keep a car reading of
    which every entity is disabled.
    """

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: list[tuple[CALLBACK_TYPE, frozenset[str]]] = []

    @callback
    def async_add(
        self, listener: CALLBACK_TYPE, codes: frozenset[str] = frozenset()
    ) -> CALLBACK_TYPE:
        """Call a listener then, and whenever a signal of some `codes` changes."""
        self._listeners.append(entry := (listener, codes))
        return lambda: self._listeners.remove(entry)

    def call(self, change: Change | None = None) -> None:
        """Call all listeners, or those that a change concerns."""
        for listener, codes in tuple(self._listeners):
            if change is None or change.reshaped or codes & change.changed:
                listener()


class SmartcarVehicle(SmartcarCoordinator[VehicleState]):
    """One car: its signals, its calls, its commands.

    `grants`: who may do what. `contact_by`: how the car was heard of last.
    """

    def __init__(
        self,
        context: Context,
        vehicle_id: str,
        stored: StoredVehicle,
        connections: Collection[Connection],
    ) -> None:
        """Start from stored values; the first read comes when it is due.

        A car that was without a connection stays so until it is listed.
        """
        vehicle = next(iter(connections)).vehicle
        super().__init__(
            context.hass,
            _LOGGER,
            config_entry=context.entry,
            name=kind_of(context.hass, vehicle),
            always_update=False,
        )
        self.id = vehicle_id
        self.vehicle: Vehicle = vehicle
        self.context = context
        self.stored = stored
        self.data = stored.state
        self.data.clamp_times(dt_util.utcnow())
        self.grants = Grants(
            stored.logins,
            stored.owner_errors,
            Controls(stored.refused, stored.incapable, stored.kept),
            is_read_only=context.options.read_only,
        )
        self.requests = CarRequests(context, vehicle_id, stored, self.grants)
        self.budget = self.requests.budget
        self.contact_by: str | None = None
        self._schedule = ReadSchedule(stored.pace, context.options.reading)
        self.command_line = CommandLine(context.hass)
        self.confirmation = Confirmation(
            context.hass, stored, read=self._confirm, lapse=self._lapse
        )
        self._is_forced = False
        self.shape = ShapeListeners()
        self.diary = context.diaries.of(vehicle_id, stored)
        self.diary.async_add_listener(partial(_show_diary, self))
        # The availability that entities show.
        self.shown_available = True
        self._is_closed = False
        self.async_set_connections(connections)
        if stored.absence is not None:
            self.async_set_connections(())
        if stored.command_since is not None:
            # Home Assistant ended before the answer came: it may have run.
            stored.command_since = None
            self.requests.count(succeeded=False)
            self.confirmation.start()
            context.save(vehicle_id, at_once=True)
        else:
            self.confirmation.resume()
        self.shown_available = self.is_available

    # What the car is

    @property
    def car_name(self) -> str:
        """Return what the owner calls the car, else its make and model."""
        nickname = (self.data.body(NICKNAME) or {}).get("value")
        return label(nickname) or kind_of(self.hass, self.vehicle)

    @property
    def vin(self) -> str | None:
        """Return the vehicle identification number, if the car has told it."""
        return text(self.data.body(VIN) or {}, "value")

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
        return not self.grants.is_gone and self.context.health.is_good

    @callback
    def async_set_connections(self, connections: Collection[Connection]) -> None:
        """Take the car's grants; none means that it is gone."""
        change = self.grants.update(connections, dt_util.utcnow())
        if not self.grants.is_gone:
            newest = self.grants.connections[0]
            self.vehicle, self.data.connected_at = newest.vehicle, newest.updated_at
        else:
            self.stored.empty_since = self.stored.read_problem = None
        if change.renewed:
            self._schedule.reset()
            self.reschedule()
        if change.reshaped:
            self.shape.call()
        self.async_show_issues()

    def best(self, permission: str | None = None) -> Connection:
        """Return the connection for a request; raises a translated error."""
        try:
            return self.grants.best(permission)
        except NoGrantError as err:
            details = {"permission": err.permission} if permission else {}
            raise refusal(err.reason, self.car_name, **details) from None

    # Reading

    @property
    def next_read(self) -> ReadPlan:
        """Return when the next read is due, None for never, and why."""
        if self.grants.is_gone:
            return ReadPlan(None, Reason.CONNECTION_GONE)
        if self.context.entry.pref_disable_polling:
            return ReadPlan(None, Reason.POLLING_DISABLED)
        now, may_be_pushed = dt_util.now(), self.context.may_be_pushed()
        return self._schedule.plan(
            now,
            self.budget,
            charging=self.data.is_charging,
            deliveries=may_be_pushed and self.stored.rhythm.is_flowing(now),
        )

    def _until_next_read(self) -> timedelta | None:
        """Return the time to the next read; zero would mean "never" to HA."""
        if (due := self.next_read.due) is None:
            return None
        return max(due - dt_util.utcnow(), timedelta(seconds=1))

    def reschedule(self) -> None:
        """Let the next read follow what has changed since it was planned."""
        self.update_interval = self._until_next_read()
        if self._listeners:
            self._schedule_refresh()

    async def async_read_now(self, *, is_probe: bool = False) -> None:
        """Read at once, from the reserve too; a person asked for it.

        `is_probe`: also when Smartcar has said that the calls are spent, which
        may no longer be so. Raises a translated HomeAssistantError.
        """
        now = dt_util.now()
        is_refused = is_probe and self.budget.refused(now) is not None
        if not self.budget.remaining(now) and not is_refused:
            raise refusal("billing_vehicle_request_limit", self.car_name)
        self.best()
        self._is_forced, made = True, self.requests.made
        await self.async_refresh()
        if self.requests.made == made:
            # Another read was under way first; what it left allows for none more.
            self.best()
            raise refusal("billing_vehicle_request_limit", self.car_name)
        error = self.last_exception
        if not self.last_update_success and isinstance(error, HomeAssistantError):
            raise repeated(error) from error

    @override
    async def _async_fetch(self) -> VehicleState:
        """Read the car's signals when that is due or was asked for."""
        now = dt_util.now()
        self.stored.clamp_times(now)
        is_forced, self._is_forced = self._is_forced, False
        if is_forced and self.budget.refused(now) is None:
            is_forced = self.budget.remaining(now) > 0
        due = self.next_read.due
        is_due = is_forced or (due is not None and due <= now + EARLY)
        if self.grants.is_gone or not is_due:
            self.update_interval = self._until_next_read()
            raise NotDueError
        connection = self.grants.to_read()
        user_id = connection.user_id
        self.requests.made += 1
        try:
            signals = await self.context.client.signals(self.id, user_id)
        except asyncio.CancelledError:
            self.record(OutcomeUnknownError("cut off"), user_id)
            raise
        except SmartcarError as err:
            self.record(err, user_id)
            self._schedule.failures += 1
            wait = wait_after(err, self._schedule.failures)
            self._schedule.retry_at = dt_util.utcnow() + wait
            self.update_interval = self._until_next_read()
            if is_answer(err) and err.problem in OF_LOGIN:
                self._record_login(connection, None)
            raise update_failed(err, self.car_name) from err
        self.async_take_read(signals, connection)
        return self.data

    @callback
    def async_take_read(self, read: Listing[Signal], connection: Connection) -> None:
        """Take in what a read by a connection answered, and count it."""
        user_id, schedule, stored = connection.user_id, self._schedule, self.stored
        self.record(None, user_id)
        if schedule.failures:
            # What kept from reading at all is over.
            stored.owner_errors.record_login(user_id, dt_util.utcnow())
        schedule.reset()
        newest, now = self.data.newest, dt_util.utcnow()
        signals = self.grants.without_foreign_refusals(read.items, user_id)
        change = self.data.merge(signals, now)
        has_news = bool(change) or self.data.newest != newest
        if stored.pace.last_read is None and not self.data.codes:
            schedule.retry_at = now + EMPTY_RETRY
        stored.pace.note_read(dt_util.now(), news=has_news)
        self.update_interval = self._until_next_read()
        stored.owner_errors.record_signals(user_id, signals, now)
        self._record_login(connection, newest_time(read.items))
        if not self.data.assumed:
            self.confirmation.cancel()
        # The minutes left are fewer although the car has told nothing new.
        self._settle(change, "read", TIME_LEFT)

    def _record_login(self, connection: Connection, newest: datetime | None) -> None:
        """Learn from a read which login is served; `newest`: see `newest_time`."""
        without_news = self.stored.pace.without_news or 0
        if self.grants.record_read(connection, newest, dt_util.utcnow(), without_news):
            self.context.resubscribe()

    @callback
    def async_take_delivery(self, delivery: VehicleDelivery) -> bool:
        """Take in what a webhook brought; it costs no call and moves no read.

        Returns whether anything of it is new. An old one that is sent again is no
        contact with the car.
        """
        now, stored = dt_util.utcnow(), self.stored
        stored.clamp_times(now)
        change, is_news = Change(), False
        was_expecting = bool(self.data.assumed)
        if isinstance(delivery, StateDelivery):
            user_id = delivery.user_id
            change = self.data.merge(
                self.grants.without_foreign_refusals(delivery.signals, user_id),
                now,
                delivered_at=delivery.delivered_at or NO_TIME,
                sequence=delivery.sequence,
            )
            if is_news := change.is_news:
                stored.rhythm.note(now)
            stored.owner_errors.record_signals(user_id, delivery.signals, now)
            self.grants.record_delivery(user_id, delivery.signals, now)
        elif isinstance(delivery, ErrorDelivery) and delivery.user_id is not None:
            at = min(delivery.delivered_at or NO_TIME, now)
            is_news = at >= (stored.last_contact or NO_TIME)
            stored.owner_errors.record_delivery(delivery, now)
        if was_expecting and not self.data.assumed:
            self.confirmation.cancel()
        self._settle(change, "delivery" if is_news else None)
        return is_news

    def _settle(self, change: Change, contact_by: str | None, *codes: str) -> None:
        """Show what an event has changed, and save it.

        `contact_by`: how the car was heard of, None if it was not. `codes`: signals
        to show although they are the same.
        """
        now = dt_util.utcnow()
        if self.data.codes:
            self.stored.empty_since = None
        elif not (self.grants.is_gone or self._is_closed):
            self.stored.empty_since = self.stored.empty_since or now
        if contact_by is not None:
            self.stored.last_contact = now
            self.contact_by = contact_by
        self.async_show_issues()
        self.diary.async_follow(change.told, self.data, now)
        self.shape.call(change)
        self.async_publish(change.changed | change.appeared | {*codes})
        self.context.save(self.id)

    @callback
    def async_show_issues(self) -> None:
        """Show the repairs of the car that should stand now."""
        if self._is_closed:
            return
        issues = car_issues(
            self.stored,
            self.grants,
            dt_util.utcnow(),
            car=self.car_name,
            vehicle_id=self.id,
            link=self.context.connect_link(self.vehicle.mode),
        )
        self.context.issues.show(self.id, tuple(issues))

    def record(
        self, error: SmartcarError | None, user_id: str, *, is_read: bool = True
    ) -> None:
        """Record the outcome of a request for the car; see `CarRequests.record`."""
        self.requests.record(error, user_id, is_read=is_read)
        self.async_show_issues()
        self.context.save(self.id, at_once=True)

    # Showing

    @callback
    def async_publish(self, codes: Collection[str] = ()) -> None:
        """Update the listeners of some signals, and those of the car as a whole.

        All of them when the car has become available, or no longer is.
        """
        if self.is_available != self.shown_available:
            self.async_update_listeners()
            return
        # What an entity listens to: its codes, or None for whatever concerns the car.
        listeners: list[tuple[CALLBACK_TYPE, Any]] = list(self._listeners.values())
        for update, context in listeners:
            if context is None or not context.isdisjoint(codes):
                update()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update all listeners, and remember the availability they show."""
        self.shown_available = self.is_available
        super().async_update_listeners()

    def _confirm(self) -> bool:
        """Read the car in the background, if its calls allow that."""
        if not self.budget.remaining(dt_util.now()):
            return False
        self._is_forced = True
        self.context.entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} confirming read"
        )
        return True

    def _lapse(self, code: str) -> None:
        """End what is assumed of a signal."""
        if self.data.assumed.lapse(code):
            self.async_publish((code,))

    @override
    async def async_shutdown(self) -> None:
        """Stop reading and drop every timer."""
        self._is_closed = True
        self.requests.close()
        await super().async_shutdown()
        self.confirmation.close()


@callback
def _show_diary(vehicle: SmartcarVehicle, news: DiaryNews) -> None:
    """Show what has changed in the diary of a car."""
    if news.has_grown:
        vehicle.shape.call()
    vehicle.async_publish((DIARY,))
