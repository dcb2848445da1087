"""One entry at run time: wires its connections, its cars and its webhook."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from . import issues
from .api import NotFoundError, SmartcarClient, SmartcarError, VehicleDelivery
from .connections import SmartcarConnections
from .const import CONF_EXCLUDED, DOMAIN
from .context import Context
from .coordinator import SmartcarVehicle
from .diary import Diaries
from .failures import failed, refusal
from .health import WEBHOOK, ApiHealth
from .moving import async_finish_moves
from .options import SmartcarOptions
from .prices import async_watch_price
from .push.checklist import Checklist, check
from .push.manager import SmartcarPush
from .push.subscriptions import Cars
from .storage import SmartcarStore
from .stored import Stored

type SmartcarConfigEntry = ConfigEntry[SmartcarRuntime]

PUSH_STATES: Final = ("off", "incomplete", "waiting", "silent", "working")


class PushView(NamedTuple):
    """How push does, one of `PUSH_STATES`, and what is to be done next for it."""

    state: str
    next_step: str | None


class SmartcarRuntime:
    """What runs for an entry that is set up.

    `shown_push`: how push does, as the sensors of all cars show it.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SmartcarConfigEntry,
        client: SmartcarClient,
        store: SmartcarStore,
        stored: Stored,
        diaries: Diaries,
    ) -> None:
        """Start from stored values; nothing is asked before `async_start`."""
        self._hass = hass
        self._entry = entry
        self._is_closed = False
        self.store = store
        # Registered first, so done last: nothing comes in by then.
        entry.async_on_unload(self._async_close)
        entry.async_on_unload(
            hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        )
        excluded = entry.data.get(CONF_EXCLUDED, ())
        for vehicle_id in excluded:
            stored.forget(vehicle_id)
            issues.async_clear_all(hass, entry.entry_id, vehicle_id)
        board = issues.IssueBoard(hass, entry)
        health = ApiHealth(hass, entry, stored, board, self._publish)
        self.context = Context(
            hass,
            entry,
            client,
            SmartcarOptions.from_entry(entry),
            stored,
            diaries,
            health,
            board,
            save=self._save,
            write_ahead=partial(store.async_write_ahead, stored),
            is_closed=lambda: self._is_closed,
            may_be_pushed=lambda: self.push.is_working,
            relist=self._relist,
            resubscribe=self._resubscribe,
        )
        self.push = SmartcarPush(
            hass,
            entry,
            client,
            board,
            stored.push,
            cars=self._subscribable,
            deliver=self.async_deliver,
            record=partial(health.record, scope=WEBHOOK),
            save=self._save,
            publish=self._follow_push,
        )
        self.context.options.configure(stored.shared_budget)
        self.connections = SmartcarConnections(self.context)
        self.shown_push = self._look_at_push()

    @classmethod
    async def async_load(
        cls, hass: HomeAssistant, entry: SmartcarConfigEntry, client: SmartcarClient
    ) -> Self:
        """Return the runtime of an entry, from what is stored."""
        store = SmartcarStore(hass, entry.entry_id)
        stored = await store.async_load()
        async_finish_moves(hass, entry, stored)
        diaries = Diaries(hass, entry, SmartcarOptions.from_entry(entry), stored)
        await diaries.async_load(entry.data.get(CONF_EXCLUDED, ()))
        return cls(hass, entry, client, store, stored, diaries)

    @property
    def vehicles(self) -> dict[str, SmartcarVehicle]:
        """Return the cars of the entry, by their id."""
        return self.connections.vehicles

    async def async_start(self) -> None:
        """Ask which cars there are, and keep asking.

        Cars that are known start from their stored values, and Smartcar is asked
        in the background: it may take a minute to answer, or refuse to. Without
        any, raises ConfigEntryNotReady when it does not answer, and
        ConfigEntryAuthFailed when it refuses the credentials.
        """
        connections, health = self.connections, self.context.health
        if not (is_known := bool(self.vehicles)):
            health.is_set_up = False
            await connections.async_config_entry_first_refresh()
            health.is_set_up = True
        # A coordinator without listeners does not poll.
        self._entry.async_on_unload(connections.async_add_listener(self._publish))
        self.push.async_start()
        price_entity = self.context.options.home_price_entity
        self._entry.async_on_unload(
            async_watch_price(self._hass, self.context.issues, price_entity)
        )
        if is_known:
            self._entry.async_create_background_task(
                self._hass, self._async_list_known(), f"{DOMAIN} first connections"
            )
        else:
            self.push.async_sync_soon()

    async def _async_list_known(self) -> None:
        """List the connections of an entry that has started from stored values."""
        await self.connections.async_refresh()
        if not self.connections.last_update_success:
            # The webhook is looked at all the same; a listing asks for it by itself.
            self.push.async_sync_soon()

    async def _async_close(self) -> None:
        """Write down what is known, and nothing from then on.

        A delivery that was answered is taken in a turn of the loop later.
        """
        await asyncio.sleep(0)
        self._is_closed = True
        self.context.health.close()
        self.context.issues.close()
        await self.context.diaries.async_flush()
        await self.store.async_flush(self.context.stored)

    @callback
    def _stop(self, _: Event) -> None:
        """Keep no command waiting while Home Assistant stops."""
        for vehicle in self.vehicles.values():
            vehicle.command_line.stop_waiting()

    # What parts of the entry are given

    @callback
    def _save(self, vehicle_id: str | None = None, *, at_once: bool = False) -> None:
        """Write down soon what is known; calls that were made, at once.

        What ends after the entry was unloaded, such as a command, must neither
        bring a deleted file back nor write over the one of the next start.
        """
        if not self._is_closed:
            self.store.schedule(
                lambda: self.context.stored, at_once=at_once, vehicle_id=vehicle_id
            )

    @callback
    def _relist(self) -> None:
        self.connections.async_list_soon()

    @callback
    def _resubscribe(self) -> None:
        self.push.async_sync_soon()

    @callback
    def _publish(self) -> None:
        """Let the availability of all cars follow what is known, and push."""
        self.shown_push = self._look_at_push()
        self.connections.async_publish()

    @callback
    def _follow_push(self) -> None:
        """Let the sensors of all cars show how push does, if it does otherwise."""
        if self._look_at_push() != self.shown_push:
            self._publish()

    @callback
    def async_deliver(self, delivery: VehicleDelivery) -> bool | None:
        """Take in a delivery; return whether it is news, None for no car here."""
        if (vehicle := self.vehicles.get(delivery.vehicle_id)) is None:
            return None
        stored, health = self.context.stored, self.context.health
        stored.clamp_times(dt_util.utcnow())
        if is_news := vehicle.async_take_delivery(delivery):
            stored.answered_at = dt_util.utcnow()
        health.follow_silence()
        self._follow_push()
        return is_news

    def _subscribable(self) -> Cars:
        """Return the cars that have a connection, and which login is served."""
        grants = {id_: vehicle.grants for id_, vehicle in self.vehicles.items()}
        return Cars(
            {
                id_: connection
                for id_, item in grants.items()
                if (connection := item.subscribed) is not None
            },
            frozenset(id_ for id_, item in grants.items() if item.is_served_by_one),
        )

    # What a person asks for

    async def async_drop(self, vehicle_id: str) -> None:
        """Forget a car."""
        await self.context.diaries.async_remove(vehicle_id)
        await self.connections.async_drop(vehicle_id)
        self.context.issues.show(vehicle_id, ())
        issues.async_clear_all(self._hass, self._entry.entry_id, vehicle_id)
        self.push.async_sync_soon()
        self._save()

    async def async_disconnect(
        self, vehicle: SmartcarVehicle, *, whole_user: bool
    ) -> None:
        """End all grants of a car, or remove the users who gave them.

        What Smartcar no longer knows has ended already. Raises a translated error.
        """
        if self.context.options.read_only:
            raise refusal("read_only", vehicle.car_name)
        client, health = self.context.client, self.context.health
        for connection in vehicle.grants.connections:
            if whole_user:
                request = client.remove_user(connection.user_id)
            else:
                request = client.remove_connection(connection.id)
            try:
                await request
            except NotFoundError:
                pass
            except SmartcarError as err:
                health.record(err)
                raise failed(err, vehicle.car_name) from err
            health.record(None)
            self.connections.async_remove_grant(connection, whole_user=whole_user)
        self._publish()
        self._save()

    async def async_recheck(self) -> None:
        """Look again at all that a repair may be about.

        Cars in trouble are read, which costs a call only when it succeeds.
        """
        await self.connections.async_refresh()
        await self.push.async_sync()
        context = self.context
        for vehicle in tuple(self.vehicles.values()):
            if (
                context.issues.needs_read(vehicle.id)
                or vehicle.stored.empty_since is not None
                or context.health.has_problem(vehicle.id)
            ):
                with suppress(HomeAssistantError):
                    await vehicle.async_read_now(is_probe=True)

    # How push does

    @property
    def known_signals(self) -> frozenset[str]:
        """Return the codes that any of the cars has ever answered with a value."""
        return frozenset(
            code
            for vehicle in self.vehicles.values()
            for code in vehicle.data.codes
            if vehicle.data.has(code)
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
            cars=[id_ for id_, car in self.vehicles.items() if not car.grants.is_gone],
            known=self.known_signals if known is None else known,
            flowing=self.is_flowing,
        )

    @property
    def is_flowing(self) -> bool | None:
        """Return whether the deliveries of every car come as often as usual.

        None before any has come.
        """
        now = dt_util.utcnow()
        rhythms = [car.stored.rhythm for car in self.vehicles.values()]
        flows = [rhythm.is_flowing(now) for rhythm in rhythms if rhythm.latest]
        return all(flows) if flows else None

    @property
    def push_state(self) -> str:
        """Name how push does, one of `PUSH_STATES`."""
        return self._look_at_push().state

    def _look_at_push(self) -> PushView:
        if not self.push.is_configured:
            return PushView("off", None)
        checks = self.checklist(known=())
        now, cars = dt_util.utcnow(), self.vehicles.values()
        if not all((checks.webhook, checks.enabled, checks.signals, checks.attached)):
            state = "incomplete"
        elif not checks.delivered:
            state = "waiting"
        elif any(car.stored.rhythm.is_flowing(now) for car in cars):
            state = "working"
        else:
            state = "silent"
        return PushView(state, checks.next_step)


def runtime_of(vehicle: SmartcarVehicle) -> SmartcarRuntime:
    """Return what runs for the entry of a car."""
    runtime: SmartcarRuntime = vehicle.context.entry.runtime_data
    return runtime
