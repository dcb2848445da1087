"""Which cars an application has, and who may do what: the only place that lists."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Final, override

from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api import (
    AuthenticationError,
    Connection,
    Listing,
    Retry,
    Signal,
    SmartcarError,
)
from .const import CONF_EXCLUDED, DOMAIN, ENTRY_VERSION
from .context import Context
from .coordinator import SmartcarVehicle
from .failures import auth_failed, update_failed, wait_after, your_cars
from .issues import Issue
from .moving import async_move_vehicle, vin_of
from .outage import SmartcarCoordinator
from .same_car import Comparison
from .stored import DISCONNECTED, LOST, StoredVehicle
from .times import past

_LOGGER = logging.getLogger(__name__)

# Listing connections is free of the cars' call quota.
CONNECTIONS_INTERVAL: Final = timedelta(hours=1)
CONNECTIONS_RETRY: Final = timedelta(minutes=5)
# Two complete listings this far apart must miss a car before it counts as gone.
GONE_AFTER: Final = timedelta(minutes=59)

# What a config flow read of the cars it is about to add: client id -> vehicle id.
type FirstReads = dict[str, dict[str, Listing[Signal]]]
FIRST_READS: Final[HassKey[FirstReads]] = HassKey(f"{DOMAIN}_first_reads")

# Home Assistant adds no more than 10,000 enabled entities of an entry; a car has
# some hundred at the most.
MANY_ENTITIES: Final = 9_500
ENTITIES: Final = "entities"


class SmartcarConnections(SmartcarCoordinator[Listing[Connection]]):
    """The connections of one application, and its cars by their id."""

    def __init__(self, context: Context) -> None:
        """Start with the cars that are known; nothing is asked yet."""
        super().__init__(
            context.hass,
            _LOGGER,
            config_entry=context.entry,
            name="Smartcar connections",
            update_interval=CONNECTIONS_INTERVAL,
        )
        self.context = context
        self.vehicles: dict[str, SmartcarVehicle] = {}
        self._failures = 0
        self._is_closed = False
        # How many listings have begun, and when the last one did; and by connection
        # that was removed here, how many had by then.
        self._listings = 0
        self._listed_at: datetime | None = None
        self._removed: dict[str, int] = {}
        self._missing_since: dict[str, datetime] = {}
        self._vehicle_listeners: list[Callable[[SmartcarVehicle], None]] = []
        self._reconcile(Listing(context.stored.connections, complete=False))
        self.comparison = Comparison(context, self.vehicles, self.async_move)

    @property
    def excluded(self) -> frozenset[str]:
        """Return the ids of the cars the owner does not want here."""
        return frozenset(self.context.entry.data.get(CONF_EXCLUDED, ()))

    @callback
    def async_add_vehicle_listener(
        self, listener: Callable[[SmartcarVehicle], None]
    ) -> CALLBACK_TYPE:
        """Call a listener for every car, those here now and those to come."""
        self._vehicle_listeners.append(listener)
        for vehicle in self.vehicles.values():
            listener(vehicle)
        return lambda: self._vehicle_listeners.remove(listener)

    @callback
    def async_publish(self) -> None:
        """Let the availability of all cars follow what is known."""
        for vehicle in self.vehicles.values():
            vehicle.async_publish()

    # Listing

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
        self.context.entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} connections"
        )

    @override
    async def _async_fetch(self) -> Listing[Connection]:
        """Read all connections and make the cars follow them."""
        context = self.context
        context.stored.clamp_all_times(dt_util.utcnow())
        self._listed_at = dt_util.utcnow()
        self._listings += 1
        number = self._listings
        try:
            listing = await context.client.connections()
        except SmartcarError as err:
            context.health.record(err)
            self._failures += 1
            self.update_interval = min(
                wait_after(err, self._failures, CONNECTIONS_RETRY), CONNECTIONS_INTERVAL
            )
            # The base class stays silent from the second failure on, but the
            # day of silence may be over just now.
            self.async_publish()
            if isinstance(err, AuthenticationError) and not context.health.is_set_up:
                raise auth_failed(self.hass, err) from err
            raise update_failed(err, your_cars(self.hass)) from err
        context.health.record(None)
        self._failures = 0
        self.update_interval = CONNECTIONS_INTERVAL
        if self._is_closed:
            return listing  # The entry has gone meanwhile.
        is_listed = {
            item.id for item in listing.items if self._removed.get(item.id, 0) < number
        }
        listing = replace(
            listing, items=tuple(item for item in listing.items if item.id in is_listed)
        )
        if (others := await self._find_returned(listing)) is None:
            return listing  # Home Assistant loads the entry again.
        listing = others
        self._reconcile(listing)
        self._take_first_reads()
        self.comparison.show()
        self.async_count_entities()
        for connection in listing.items:
            if vehicle := self.vehicles.get(connection.vehicle.id):
                vehicle.stored.absence = None
        # A car that is missing keeps its place until a person removes it.
        context.stored.connections = tuple(
            connection
            for vehicle in self.vehicles.values()
            for connection in vehicle.grants.connections or vehicle.grants.last
        )
        context.save()
        context.resubscribe()
        return listing

    async def _find_returned(
        self, listing: Listing[Connection]
    ) -> Listing[Connection] | None:
        """Let cars go on that come back under another id; return all, if none does.

        The VIN tells, never make and model. While the VIN of a car that is gone is
        known, each new car is read for its own, which is its first read. What
        cannot be read now waits for the next listing.
        """
        context, found = self.context, dict[str, list[Connection]]()
        for item in listing.items:
            found.setdefault(item.vehicle.id, []).append(item)
        gone = {
            vin: id_
            for id_, car in self.vehicles.items()
            if id_ not in found and (vin := car.vin) is not None
        }
        new = found.keys() - self.vehicles.keys() - self.excluded
        moved: dict[str, str] = {}
        for id_ in sorted(new) if listing.complete and gone else ():
            read = await self._read_new(found[id_][0])
            if read is None:
                del found[id_]
            elif (old := gone.get(vin_of(read) or "")) is not None:
                moved[old] = id_
        if self._is_closed:
            return None
        if [old for old, id_ in moved.items() if self.async_move(old, id_, found[id_])]:
            # A start costs no call.
            self.hass.config_entries.async_schedule_reload(context.entry.entry_id)
            return None
        kept = tuple(item for item in listing.items if item.vehicle.id in found)
        return replace(listing, items=kept)

    @callback
    def async_move(
        self,
        old: str,
        new: str,
        connections: Iterable[Connection],
        *,
        replaces: bool = False,
    ) -> bool:
        """Let a car go on under another id; return whether it does.

        `replaces`: what the new id has of its own gives way. What runs has the id
        before: the entry must be loaded again.
        """
        context = self.context
        is_moved = async_move_vehicle(
            self.hass,
            context.entry,
            context.stored,
            old,
            new,
            connections,
            replaces=replaces,
        )
        if is_moved:
            self._is_closed = True
            context.issues.show(old, ())
            context.save()
        return is_moved

    async def _read_new(self, connection: Connection) -> Listing[Signal] | None:
        """Read a car that is not here yet; return None if that may succeed later."""
        id_ = connection.vehicle.id
        client_id = self.context.entry.data[CONF_CLIENT_ID]
        reads = self.hass.data.setdefault(FIRST_READS, {}).setdefault(client_id, {})
        if id_ not in reads:
            try:
                read = await self.context.client.signals(id_, connection.user_id)
            except SmartcarError as err:
                self.context.health.record(err, id_)
                return (
                    None if err.retry is Retry.BACKOFF else Listing((), complete=True)
                )
            reads[id_] = read
        return reads[id_]

    def _take_first_reads(self) -> None:
        """Take over what the config flow has read, and paid for, already."""
        reads = self.hass.data.get(FIRST_READS, {})
        client_id = self.context.entry.data[CONF_CLIENT_ID]
        for vehicle_id, signals in reads.pop(client_id, {}).items():
            vehicle = self.vehicles.get(vehicle_id)
            if vehicle is not None and (connection := vehicle.grants.subscribed):
                vehicle.async_take_read(signals, connection)

    def _reconcile(self, listing: Listing[Connection]) -> None:
        """Add cars that are new, update those that are there, note who is missing."""
        by_vehicle: dict[str, list[Connection]] = {}
        for connection in listing.items:
            by_vehicle.setdefault(connection.vehicle.id, []).append(connection)
        for vehicle_id in tuple(by_vehicle):
            if vehicle_id in self.excluded or async_is_held_elsewhere(
                self.hass, vehicle_id, self.context.entry.entry_id
            ):
                del by_vehicle[vehicle_id]
        missing = self.vehicles.keys() - by_vehicle.keys()
        for vehicle_id, connections in by_vehicle.items():
            self._missing_since.pop(vehicle_id, None)
            if vehicle := self.vehicles.get(vehicle_id):
                vehicle.async_set_connections(connections)
            else:
                self._add(vehicle_id, connections)
                if listing.complete:
                    stored = self.context.stored.vehicles[vehicle_id]
                    stored.may_be = frozenset(missing)
        if listing.complete:
            if not listing.items:
                # An empty list proves nothing, unless the read says so, too.
                missing = {
                    id_ for id_ in missing if self.vehicles[id_].requests.was_denied
                }
            self._note_missing(missing)
        self.async_share_calls()

    def _add(self, vehicle_id: str, connections: list[Connection]) -> None:
        context = self.context
        if context.stored.moved.pop(vehicle_id, None) is not None:
            # It is a car of its own, and a start must not take it for the other.
            context.save(at_once=True)
        stored = context.stored.vehicles.setdefault(vehicle_id, StoredVehicle())
        context.options.configure(stored.budget)
        vehicle = SmartcarVehicle(context, vehicle_id, stored, connections)
        self.vehicles[vehicle_id] = vehicle
        for listener in self._vehicle_listeners:
            listener(vehicle)

    def _note_missing(self, missing: Iterable[str]) -> None:
        """Count a car as gone when a second complete listing misses it too."""
        now = dt_util.utcnow()
        for vehicle_id in missing:
            since = past(self._missing_since.get(vehicle_id, now), now)
            self._missing_since[vehicle_id] = since
            if now - since >= GONE_AFTER:
                self.context.health.forget(vehicle_id)
                vehicle = self.vehicles[vehicle_id]
                vehicle.stored.absence = vehicle.stored.absence or LOST
                vehicle.async_set_connections(())

    @callback
    def async_share_calls(self) -> None:
        """Let the shared calls be spread over the cars that are there."""
        present = sum(not car.grants.is_gone for car in self.vehicles.values())
        self.context.stored.shared_budget.cars = max(present, 1)

    # Cars that go

    async def async_drop(self, vehicle_id: str) -> None:
        """Forget a car."""
        stored = self.context.stored
        stored.forget(vehicle_id)
        stored.connections = tuple(
            item for item in stored.connections if item.vehicle.id != vehicle_id
        )
        if vehicle := self.vehicles.pop(vehicle_id, None):
            vehicle.async_set_connections(())
            await vehicle.async_shutdown()
        self.context.health.forget(vehicle_id)
        self.async_share_calls()
        self.comparison.show()

    @callback
    def async_remove_grant(self, connection: Connection, *, whole_user: bool) -> None:
        """Take a grant from all cars, or all of its user.

        A listing that has begun already proves it no more.
        """

        def is_removed(item: Connection) -> bool:
            return item.id == connection.id or (
                whole_user and item.user_id == connection.user_id
            )

        for item in (*self.context.stored.connections, connection):
            if is_removed(item):
                self._removed[item.id] = self._listings
        for car in self.vehicles.values():
            left = [item for item in car.grants.connections if not is_removed(item)]
            if len(left) < len(car.grants.connections):
                car.stored.absence = None if left else DISCONNECTED
                car.async_set_connections(left)
        self.async_share_calls()
        self.comparison.show()

    @callback
    def async_count_entities(self) -> None:
        """Raise or clear the repair about the most entities an entry may have."""
        entry = self.context.entry
        registry = er.async_get(self.hass).entities
        count = registry.get_enabled_count_for_config_entry_id(entry.entry_id)
        many = {"title": entry.title, "count": f"{count:,}"}
        issues = [Issue(ENTITIES, "many_entities", many)]
        self.context.issues.show(ENTITIES, issues if count >= MANY_ENTITIES else ())

    @override
    async def async_shutdown(self) -> None:
        """Stop listing."""
        self._is_closed = True
        await super().async_shutdown()


@callback
def async_is_held_elsewhere(
    hass: HomeAssistant, vehicle_id: str, entry_id: str | None
) -> bool:
    """Return whether another Smartcar entry has a device for the car."""
    registry = dr.async_get(hass)
    return any(
        registry.async_get_device_by_identifier((DOMAIN, vehicle_id), other.entry_id)
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.version == ENTRY_VERSION and other.entry_id != entry_id
    )
