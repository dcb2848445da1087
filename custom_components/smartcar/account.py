"""One application: which cars there are, who may do what, and how requests end.

The only place that lists connections and persists.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Final, override

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import CONF_CLIENT_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from . import issues
from .api import (
    ApiError,
    AuthenticationError,
    Connection,
    Listing,
    NotFoundError,
    Signal,
    SmartcarClient,
    SmartcarError,
    VehicleDelivery,
)
from .const import (
    CONF_CALL_LIMIT,
    CONF_CALL_RESERVE,
    CONF_EXCLUDED,
    CONF_PACE,
    CONF_READ_INTERVAL,
    CONF_SHARED_LIMIT,
    CONF_SHORTEST_INTERVAL,
    DOMAIN,
    ENTRY_VERSION,
)
from .coordinator import SmartcarConfigEntry, SmartcarVehicle
from .failures import auth_failed, placeholders, update_failed, wait_after
from .outage import Outage, SmartcarCoordinator, is_answer
from .polling.budget import DEFAULT_LIMIT, DEFAULT_RESERVE, CallBudget
from .polling.pace import PaceMode, PaceOptions
from .push.checklist import Checklist, check
from .push.manager import SmartcarPush
from .push.subscriptions import Cars
from .rules import OF_APPLICATION, Notice, rule_for
from .storage import DISCONNECTED, LOST, SmartcarStore, Stored, StoredVehicle
from .times import past

_LOGGER = logging.getLogger(__name__)

# Listing connections is free of the cars' call quota.
CONNECTIONS_INTERVAL: Final = timedelta(hours=1)
CONNECTIONS_RETRY: Final = timedelta(minutes=5)
CONNECTIONS_SCOPE: Final = "connections"
PUSH_SCOPE: Final = "webhook"
# Two complete listings this far apart must miss a car before it counts as gone.
GONE_AFTER: Final = timedelta(minutes=59)

# What a config flow read of the cars it is about to add: client id -> vehicle id.
type FirstReads = dict[str, dict[str, Listing[Signal]]]
FIRST_READS: Final[HassKey[FirstReads]] = HassKey(f"{DOMAIN}_first_reads")

# Home Assistant adds no more than 10,000 enabled entities of an entry; a car has
# some hundred at the most.
MANY_ENTITIES: Final = 9_500

# Without any answer of Smartcar's for so long, nothing shown is worth showing.
SILENCE: Final = timedelta(hours=24)

PUSH_STATES: Final = ("off", "incomplete", "waiting", "silent", "working")


class SmartcarAccount(SmartcarCoordinator[Listing[Connection]]):
    """One Smartcar application: which cars there are, and who may do what."""

    config_entry: SmartcarConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: SmartcarConfigEntry, client: SmartcarClient
    ) -> None:
        """Prepare; nothing is asked before `async_start`."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name="Smartcar connections",
            update_interval=CONNECTIONS_INTERVAL,
        )
        self.client = client
        self.store = SmartcarStore(hass, entry.entry_id)
        self.vehicles: dict[str, SmartcarVehicle] = {}
        self.stored = Stored()
        # Whether the entry is unloaded and its file as good as somebody else's.
        self.is_closed = False
        self.credentials_refused = False
        self.outage = Outage()
        self.outcomes: Counter[str] = Counter()
        self.push = SmartcarPush(
            hass,
            entry,
            client,
            cars=self._subscribable,
            deliver=self.async_deliver,
            record=self._record_push,
            save=self.async_save,
            publish=self._async_publish_all,
        )
        self._notices: dict[str, Notice | None] = {}
        self._failures = 0
        self._was_silent = False
        # Whether the set-up waits for a listing, and fails with it.
        self._is_awaited = False
        # How many listings have begun, and when the last one did; and by connection
        # that was removed here, how many had by then.
        self._listings = 0
        self._listed_at: datetime | None = None
        self._removed: dict[str, int] = {}
        self._missing_since: dict[str, datetime] = {}
        self._vehicle_listeners: list[Callable[[SmartcarVehicle], None]] = []

    @property
    def excluded(self) -> frozenset[str]:
        """Return the ids of the cars the person does not want here."""
        return frozenset(self.config_entry.data.get(CONF_EXCLUDED, ()))

    @property
    def is_silent(self) -> bool:
        """Tell whether Smartcar itself has answered nothing for a day.

        Who is not asked is not silent: polling may be off on purpose.
        """
        if self.config_entry.pref_disable_polling:
            return False
        answered = self.stored.answered_at
        return answered is None or dt_util.utcnow() - answered >= SILENCE

    async def async_start(self) -> None:
        """Load what is known, ask which cars there are, and keep asking.

        Cars that are known start from their stored values, and Smartcar is asked
        in the background: it may take a minute to answer, or refuse to. Without
        any, raises ConfigEntryNotReady when it does not answer, and
        ConfigEntryAuthFailed when it refuses the credentials.
        """
        self.stored = await self.store.async_load()
        # Registered first, so done last: nothing comes in by then.
        self.config_entry.async_on_unload(self._async_close)
        self.config_entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        )
        for vehicle_id in self.excluded:
            self.stored.forget(vehicle_id)
            issues.async_clear_all(self.hass, self.config_entry.entry_id, vehicle_id)
        self._configure(self.stored.shared_budget)
        self._reconcile(Listing(self.stored.connections, complete=False))
        for vehicle in self.vehicles.values():
            if vehicle.stored.absence is not None:
                vehicle.async_set_connections(())
        if not (is_known := bool(self.vehicles)):
            self._is_awaited = True
            await self.async_config_entry_first_refresh()
            self._is_awaited = False
        # A coordinator without listeners does not poll.
        self.config_entry.async_on_unload(
            self.async_add_listener(self._async_publish_all)
        )
        self.push.async_start(self.stored.push)
        if is_known:
            self.config_entry.async_create_background_task(
                self.hass, self._async_list_known(), f"{DOMAIN} first connections"
            )
        else:
            self.push.async_sync_soon()

    async def _async_list_known(self) -> None:
        """List the connections of an entry that has started from stored values."""
        await self.async_refresh()
        if not self.last_update_success:
            # The webhook is looked at all the same; a listing asks for it by itself.
            self.push.async_sync_soon()

    async def _async_close(self) -> None:
        """Write down what is known, and nothing from then on.

        A delivery that was answered is taken in a turn of the loop later.
        """
        await asyncio.sleep(0)
        self.is_closed = True
        await self.store.async_flush(self.stored)

    @callback
    def _stop(self, _: Event) -> None:
        """Keep no command waiting while Home Assistant stops."""
        for vehicle in self.vehicles.values():
            vehicle.async_stop_waiting()

    async def async_write_ahead(self) -> None:
        """Write down now what the next request must not outlive."""
        await self.store.async_write_ahead(self.stored)

    async def async_drop(self, vehicle_id: str) -> None:
        """Forget a car."""
        self.stored.forget(vehicle_id)
        self.stored.connections = tuple(
            item for item in self.stored.connections if item.vehicle.id != vehicle_id
        )
        if vehicle := self.vehicles.pop(vehicle_id, None):
            vehicle.async_set_connections(())
            await vehicle.async_shutdown()
        issues.async_clear_all(self.hass, self.config_entry.entry_id, vehicle_id)
        self._notices.pop(vehicle_id, None)
        self._follow_notices()
        self.push.async_sync_soon()
        self.async_save()

    async def async_disconnect(
        self, vehicle: SmartcarVehicle, *, whole_user: bool
    ) -> None:
        """End all grants of a car, or remove the users who gave them.

        What Smartcar no longer knows has ended already.
        """
        if vehicle.is_read_only:
            raise vehicle.refusal("read_only")
        for connection in vehicle.connections:
            user_id = connection.user_id
            if whole_user:
                request = self.client.remove_user(user_id)
            else:
                request = self.client.remove_connection(connection.id)
            try:
                await request
            except NotFoundError:
                self.async_record(None)
            except SmartcarError as err:
                self.async_record(err)
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key=err.key,
                    translation_placeholders=placeholders(err, vehicle.car_name),
                ) from err
            else:
                self.async_record(None)
            self._note_removed(connection, whole_user=whole_user)
            for car in self.vehicles.values() if whole_user else (vehicle,):
                left = [
                    item
                    for item in car.connections
                    if item.id != connection.id
                    and not (whole_user and item.user_id == user_id)
                ]
                if len(left) < len(car.connections):
                    car.stored.absence = None if left else DISCONNECTED
                    car.async_set_connections(left)
        self._async_publish_all()
        self.async_save()

    def _note_removed(self, connection: Connection, *, whole_user: bool) -> None:
        """Remember that a listing that has begun already proves a grant no more."""
        for item in self.stored.connections:
            is_of_user = whole_user and item.user_id == connection.user_id
            if is_of_user or item.id == connection.id:
                self._removed[item.id] = self._listings
        self._removed[connection.id] = self._listings

    @callback
    def async_list_soon(self) -> None:
        """List the connections in the background, for a car that was denied.

        Once for all cars that are denied within minutes.
        """
        now = dt_util.utcnow()
        listed = self._listed_at
        if listed is not None and timedelta() <= now - listed < CONNECTIONS_RETRY:
            return
        self._listed_at = now
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} connections"
        )

    async def async_recheck(self) -> None:
        """Look again at all that a repair may be about.

        Cars in trouble are read, which costs a call only when it succeeds.
        """
        await self.async_refresh()
        await self.push.async_sync()
        for vehicle in tuple(self.vehicles.values()):
            notice = self._notices.get(vehicle.id)
            if vehicle.needs_attention or notice in OF_APPLICATION:
                with suppress(HomeAssistantError):
                    await vehicle.async_read_now(is_probe=True)

    @callback
    def async_add_vehicle_listener(
        self, listener: Callable[[SmartcarVehicle], None]
    ) -> CALLBACK_TYPE:
        """Call a listener for every car, those here now and those to come."""
        self._vehicle_listeners.append(listener)
        for vehicle in self.vehicles.values():
            listener(vehicle)
        return lambda: self._vehicle_listeners.remove(listener)

    @property
    def pace_options(self) -> PaceOptions:
        """Return how the person wants the cars to be read."""
        options = self.config_entry.options
        usual = PaceOptions()
        hours = options.get(CONF_READ_INTERVAL)
        minutes = options.get(CONF_SHORTEST_INTERVAL)
        return PaceOptions(
            PaceMode(options.get(CONF_PACE, usual.mode)),
            usual.floor if minutes is None else timedelta(minutes=minutes),
            usual.interval if hours is None else timedelta(hours=hours),
        )

    @property
    def sharing(self) -> int:
        """Return how many cars share a budget with each other."""
        is_shared = self.config_entry.options.get(CONF_SHARED_LIMIT)
        present = sum(not car.is_gone for car in self.vehicles.values())
        return max(present, 1) if is_shared else 1

    @property
    def known_signals(self) -> frozenset[str]:
        """Return the codes that any of the cars has ever answered with a value."""
        return frozenset(
            code
            for vehicle in self.vehicles.values()
            for code in vehicle.data.codes
            if vehicle.data.has(code)
        )

    def _subscribable(self) -> Cars:
        """Return the cars that have a connection, and which login is served."""
        return Cars(
            {
                id_: vehicle.connection
                for id_, vehicle in self.vehicles.items()
                if vehicle.connection is not None
            },
            frozenset(
                id_
                for id_, vehicle in self.vehicles.items()
                if vehicle.is_served_by_one
            ),
        )

    def checklist(self, *, known: Collection[str] | None = None) -> Checklist:
        """Compare what push needs with what was there when it was last looked at.

        `known` are the signals to count against; by default all that the cars have.
        """
        push = self.push
        return check(
            push.callback,
            push.report,
            push.log,
            cars=self._subscribable().connections,
            known=self.known_signals if known is None else known,
            flowing=self.is_flowing,
        )

    @property
    def push_next_step(self) -> str | None:
        """Name what is to be done next for push; `None` while it is off."""
        is_on = self.push.is_configured
        return self.checklist(known=()).next_step if is_on else None

    @property
    def is_flowing(self) -> bool | None:
        """Tell whether the deliveries of every car come as they use to.

        `None` before any has come.
        """
        now = dt_util.utcnow()
        rhythms = [car.stored.rhythm for car in self.vehicles.values()]
        flows = [rhythm.is_flowing(now) for rhythm in rhythms if rhythm.latest]
        return all(flows) if flows else None

    @property
    def push_state(self) -> str:
        """Name how push does, one of `PUSH_STATES`."""
        if not self.push.is_configured:
            return "off"
        checks = self.checklist(known=())
        if not all((checks.webhook, checks.enabled, checks.signals, checks.attached)):
            return "incomplete"
        if not checks.delivered:
            return "waiting"
        now = dt_util.utcnow()
        cars = self.vehicles.values()
        is_flowing = any(car.stored.rhythm.is_flowing(now) for car in cars)
        return "working" if is_flowing else "silent"

    @callback
    def async_deliver(self, delivery: VehicleDelivery) -> bool | None:
        """Take in a delivery; return whether it is news, `None` for no car here."""
        if (vehicle := self.vehicles.get(delivery.vehicle_id)) is None:
            return None
        now = dt_util.utcnow()
        self.stored.heed(now)
        if is_news := vehicle.async_take_delivery(delivery):
            self.stored.answered_at = now
        self._follow_silence()
        return is_news

    @callback
    def async_save(self, *, at_once: bool = False) -> None:
        """Write down soon what is known; calls that were made, at once.

        What ends after the entry was unloaded, such as a command, must neither
        bring a deleted file back nor write over the one of the next start.
        """
        if not self.is_closed:
            self.store.schedule(lambda: self.stored, at_once=at_once)

    @callback
    def async_record(
        self, error: SmartcarError | None, scope: str = CONNECTIONS_SCOPE
    ) -> None:
        """Note how a request to Smartcar ended, and tell whom it concerns.

        `scope` is what was asked for; its next success takes back what it said.
        What ends after the entry has concerns nobody.
        """
        if self._shutdown_requested:
            return
        self.outcomes[error.key if error else "ok"] += 1
        refused = isinstance(error, AuthenticationError)
        if refused != self.credentials_refused and (refused or error is None):
            self.credentials_refused = refused
            self._follow_credentials()
        is_known = scope in {CONNECTIONS_SCOPE, PUSH_SCOPE} or scope in self.vehicles
        if is_known and (error is None or isinstance(error, ApiError)):
            # A car that has gone meanwhile would never take back what it said.
            self._notices[scope] = rule_for(error).notice if error else None
            self._follow_notices()
        if is_answer(error):
            self.outage.is_told = False
            self.stored.answered_at = dt_util.utcnow()
        self._follow_silence()

    def _follow_silence(self) -> None:
        """Let all cars show it when Smartcar falls silent, or no longer is."""
        if self.is_silent != self._was_silent:
            self._was_silent = self.is_silent
            self._async_publish_all()

    @callback
    def _record_push(self, error: SmartcarError | None) -> None:
        """Note how a look at the webhook ended.

        Cars are read without it: credentials are for the other requests to judge.
        """
        if isinstance(error, AuthenticationError):
            self.outcomes[error.key] += 1
        else:
            self.async_record(error, PUSH_SCOPE)

    def _follow_credentials(self) -> None:
        """Ask for a new secret, or no longer; let availability follow."""
        self._async_publish_all()
        entry = self.config_entry
        if self._is_awaited:
            return  # Home Assistant asks by itself then.
        if self.credentials_refused:
            entry.async_start_reauth(self.hass)
            return
        for flow in tuple(entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])

    def _follow_notices(self) -> None:
        """Raise or clear the repair about the application as a whole."""
        issue_id = issues.application_id(self.config_entry.entry_id)
        found = set(self._notices.values())
        if worst := next((item for item in OF_APPLICATION if item in found), None):
            issues.async_raise_application(
                self.hass, issue_id, worst, self.config_entry.title
            )
        else:
            issues.async_clear(self.hass, issue_id)

    @override
    async def _async_fetch(self) -> Listing[Connection]:
        """Read all connections and make the cars follow them."""
        self.stored.heed_all(dt_util.utcnow())
        self._listed_at = dt_util.utcnow()
        self._listings += 1
        number = self._listings
        try:
            listing = await self.client.connections()
        except SmartcarError as err:
            self.async_record(err)
            self._failures += 1
            self.update_interval = min(
                wait_after(err, self._failures, CONNECTIONS_RETRY), CONNECTIONS_INTERVAL
            )
            # The base class stays silent from the second failure on, but the
            # day of silence may be over just now.
            self._async_publish_all()
            if isinstance(err, AuthenticationError) and self._is_awaited:
                raise auth_failed(err) from err
            raise update_failed(err) from err
        self.async_record(None)
        self._failures = 0
        self.update_interval = CONNECTIONS_INTERVAL
        if self._shutdown_requested:
            return listing  # The entry has gone meanwhile.
        listing = replace(
            listing,
            items=tuple(
                item for item in listing.items if self._removed.get(item.id, 0) < number
            ),
        )
        self._reconcile(listing)
        self._take_first_reads()
        self.async_count_entities()
        for connection in listing.items:
            if vehicle := self.vehicles.get(connection.vehicle.id):
                vehicle.stored.absence = None
        # A car that is missing keeps its place until a person removes it.
        self.stored.connections = tuple(
            connection
            for vehicle in self.vehicles.values()
            for connection in vehicle.connections or vehicle.last_connections
        )
        self.async_save()
        self.push.async_sync_soon()
        return listing

    def _take_first_reads(self) -> None:
        """Take over what the config flow has read, and paid for, already."""
        reads = self.hass.data.get(FIRST_READS, {})
        client_id = self.config_entry.data[CONF_CLIENT_ID]
        for vehicle_id, signals in reads.pop(client_id, {}).items():
            vehicle = self.vehicles.get(vehicle_id)
            if vehicle is not None and (connection := vehicle.connection):
                vehicle.async_take_read(signals, connection)

    def _reconcile(self, listing: Listing[Connection]) -> None:
        """Add cars that are new, update those that are there, note who is missing."""
        by_vehicle: dict[str, list[Connection]] = {}
        for connection in listing.items:
            by_vehicle.setdefault(connection.vehicle.id, []).append(connection)
        for vehicle_id in tuple(by_vehicle):
            if vehicle_id in self.excluded or async_is_held_elsewhere(
                self.hass, vehicle_id, self.config_entry.entry_id
            ):
                del by_vehicle[vehicle_id]
        for vehicle_id, connections in by_vehicle.items():
            self._missing_since.pop(vehicle_id, None)
            if vehicle := self.vehicles.get(vehicle_id):
                vehicle.async_set_connections(connections)
            else:
                self._add(vehicle_id, connections)
        if listing.complete:
            missing = self.vehicles.keys() - by_vehicle.keys()
            if not listing.items:
                # An empty list proves nothing, unless the read says so, too.
                missing = {id_ for id_ in missing if self.vehicles[id_].is_denied}
            self._note_missing(missing)

    def _add(self, vehicle_id: str, connections: list[Connection]) -> None:
        stored = self.stored.vehicles.setdefault(vehicle_id, StoredVehicle())
        self._configure(stored.budget)
        vehicle = SmartcarVehicle(self, vehicle_id, stored, connections)
        self.vehicles[vehicle_id] = vehicle
        for listener in self._vehicle_listeners:
            listener(vehicle)

    def _configure(self, budget: CallBudget) -> None:
        """Let a budget follow the options."""
        options = self.config_entry.options
        budget.configure(
            int(options.get(CONF_CALL_LIMIT, DEFAULT_LIMIT)),
            int(options.get(CONF_CALL_RESERVE, DEFAULT_RESERVE)),
        )

    def _note_missing(self, missing: Iterable[str]) -> None:
        """Count a car as gone when a second complete listing misses it too."""
        now = dt_util.utcnow()
        for vehicle_id in missing:
            since = past(self._missing_since.get(vehicle_id, now), now)
            self._missing_since[vehicle_id] = since
            if now - since >= GONE_AFTER:
                self._notices.pop(vehicle_id, None)
                vehicle = self.vehicles[vehicle_id]
                vehicle.stored.absence = vehicle.stored.absence or LOST
                vehicle.async_set_connections(())

    @callback
    def _async_publish_all(self) -> None:
        """Let availability follow what the last listing told."""
        for vehicle in self.vehicles.values():
            vehicle.async_update_listeners()

    @callback
    def async_count_entities(self) -> None:
        """Raise or clear the repair about the most entities an entry may have."""
        entry = self.config_entry
        registry = er.async_get(self.hass).entities
        count = registry.get_enabled_count_for_config_entry_id(entry.entry_id)
        issue_id = issues.entities_id(entry.entry_id)
        if count >= MANY_ENTITIES:
            issues.async_raise_entities(self.hass, issue_id, entry.title, count)
        else:
            issues.async_clear(self.hass, issue_id)


@callback
def async_is_held_elsewhere(
    hass: HomeAssistant, vehicle_id: str, entry_id: str | None
) -> bool:
    """Tell whether another entry of ours has a device for the car."""
    registry = dr.async_get(hass)
    return any(
        registry.async_get_device_by_identifier((DOMAIN, vehicle_id), other.entry_id)
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.version == ENTRY_VERSION and other.entry_id != entry_id
    )
