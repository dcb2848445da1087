"""The state of the simulated cloud, and the switches that change how it answers."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
import secrets
from typing import TYPE_CHECKING, Literal
import uuid

from simulator.errors import VEHICLE_NOT_FOUND, not_found
from simulator.faults import Faults
from simulator.limits import Limits
from simulator.recording import KEPT, Recorded
from simulator.resources import Connection, Subscription, User, Webhook
from simulator.store import SignalStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from simulator.application import Application
    from simulator.car import Car
    from simulator.clock import Clock
    from simulator.store import Stored

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LENGTH = 26


@dataclass(frozen=True)
class StoreChanged:
    """A store was read again: a webhook sender's cue."""

    connection: Connection


@dataclass(frozen=True)
class Subscribed:
    """A subscription was asked for; it holds from ``appears_at`` on."""

    subscription: Subscription


@dataclass(frozen=True)
class Unsubscribed:
    """A subscription has ended."""

    subscription: Subscription


@dataclass(frozen=True)
class CameLate:
    """What a store was told long ago becomes known now, reading by reading."""

    connection: Connection
    readings: tuple[tuple[Stored, ...], ...]
    """In the order of arrival."""


type Event = StoreChanged | Subscribed | Unsubscribed | CameLate
"""What ``Cloud.listen`` tells of."""


class Cloud:
    """One application's view of Smartcar, with its users and their cars."""

    def __init__(self, clock: Clock, application: Application) -> None:
        """Begin without users, cars or faults."""
        self.clock = clock
        self.application = application
        self.limits = Limits(clock)
        self.faults = Faults()
        self.cars: dict[str, Car] = {}
        self.users: dict[str, User] = {}
        self.owners: dict[str, str] = {}
        """Whose cars are offered in Connect: vehicle id to user id."""
        self.connections: dict[str, Connection] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.requests: deque[Recorded] = deque(maxlen=KEPT)
        """The API requests so far, in order of arrival."""

        self.sleep: Callable[[float], Awaitable[None]] = clock.sleep
        """Every wait goes through this; it takes life seconds."""
        self.on_answer: Callable[[Recorded], None] | None = None
        """Called after every answered API request."""

        # How the cloud behaves; tests set these.
        self.command_seconds = 1.5
        """Real seconds until a command is carried out and answered."""
        self.store_delay = 10.0
        """Real seconds until a command's change shows in the store."""
        self.refresh_seconds = 60.0
        """Real seconds between two readings of a car, for new connections."""
        self.subscription_delay = 3.0
        """Real seconds until a subscription asked for appears."""
        self.fill_store: Literal["always", "subscribed", "never"] = "always"
        """What makes a store fill: nothing, a subscribed webhook, or not at all."""
        self.empty_store: Literal["list", "not_found"] = "list"
        """A list of signals from an empty store: 200 with nothing, or 404."""
        self.single_envelope: Literal["wrapped", "bare"] = "wrapped"
        """A single signal: ``{data, included, links}``, or the bare object."""
        self.vehicle_access: tuple[str, ...] = ()
        """Permissions Connect asks for without ``scope``; empty means all."""
        self.attributes_user = True
        """Whether connections hold ``attributes.user``."""
        self.error_form: Literal["v3", "flat"] = "v3"
        """The form of API errors."""
        self.schedule_delete_status: Literal[200, 204] = 200
        """Answer to deleting a schedule: an execution, or no body."""
        self.application_forbidden = False
        """Whether every API call answers 403 AUTHENTICATION / ACCESS_DENIED."""
        self._listeners: list[Callable[[Event], None]] = []

    # Making a household.

    def add_user(self, user: User) -> User:
        """Add a user."""
        self.users[user.id] = user
        return user

    def add_car(self, car: Car) -> Car:
        """Add a car without a connection."""
        self.cars[car.vehicle_id] = car
        return car

    def connect(
        self,
        user: User,
        car: Car,
        permissions: Iterable[str] | None = None,
        *,
        connection_id: str | None = None,
        ago: timedelta = timedelta(),
    ) -> Connection:
        """Connect a car; an older connection of the two is replaced.

        Permissions are all the owner can grant unless given. The store, like the
        vehicle id, outlives the replacement; the connection id does not.
        """
        granted = list(car.permissions if permissions is None else permissions)
        old = self.connection(user.id, car.vehicle_id)
        now = self.clock.now()
        if old is None:
            store = SignalStore(car, self.clock, granted)
            store.refresh_seconds = self.refresh_seconds
        else:
            del self.connections[old.id]
            store = old.store
            store.signed_out = False
        connection = Connection(
            id=connection_id or str(uuid.uuid4()),
            user=user,
            car=car,
            permissions=granted,
            created_at=now - ago,
            updated_at=now - ago,
            store=store,
        )
        self.connections[connection.id] = connection
        for webhook in self.webhooks.values():
            if old is None and webhook.auto_subscribe:
                self.subscribe(webhook, user, car)
        return connection

    def add_webhook(self, webhook: Webhook) -> Webhook:
        """Add a webhook, as the dashboard would."""
        self.webhooks[webhook.id] = webhook
        return webhook

    # Finding.

    def car(self, vehicle_id: str) -> Car:
        """Return a car, or raise the API's 404."""
        if vehicle_id not in self.cars:
            raise not_found(VEHICLE_NOT_FOUND)
        return self.cars[vehicle_id]

    def connection(self, user_id: str, vehicle_id: str) -> Connection | None:
        """Return the connection of a user and a car, if there is one."""
        for connection in self.connections.values():
            if (connection.user.id, connection.car.vehicle_id) == (user_id, vehicle_id):
                return connection
        return None

    def connections_of(self, car: Car) -> Iterator[Connection]:
        """Yield every connection to a car."""
        for connection in self.connections.values():
            if connection.car is car:
                yield connection

    def is_subscribed(self, connection: Connection) -> bool:
        """Return whether a webhook that works has this connection's car."""
        now = self.clock.now()
        return any(
            subscription.webhook.fills_stores
            and subscription.appears_at <= now
            and subscription.user is connection.user
            and subscription.car is connection.car
            for subscription in self.subscriptions.values()
        )

    def count(self, operation: str) -> int:
        """Count the recorded requests of an operation (``command`` means all)."""
        return sum(
            recorded.operation == operation
            or recorded.operation.startswith(f"{operation}.")
            for recorded in self.requests
        )

    # Living.

    def tick(self) -> None:
        """Bring every car and every store to the present moment."""
        for car in self.cars.values():
            car.live_until(self.clock.life())
        for connection in self.connections.values():
            self.catch_up(connection)

    def catch_up(self, connection: Connection) -> None:
        """Let a connection's store take the readings that are due."""
        fills = {
            "always": True,
            "never": False,
            "subscribed": self.fill_store == "subscribed"
            and self.is_subscribed(connection),
        }
        self._introduce(connection)
        if fills[self.fill_store] and connection.store.catch_up(self.clock.now()):
            self.tell(StoreChanged(connection))

    def _introduce(self, connection: Connection) -> None:
        """Let a store know what it is to read: by which grant and which login."""
        logins = sorted(
            self.connections_of(connection.car), key=lambda one: one.updated_at
        )
        connection.store.permissions = set(connection.permissions)
        connection.store.teller.newest_login = connection is logins[-1]

    def refresh(self, car: Car | None = None) -> None:
        """Make stores read their cars at once, whatever the rhythm."""
        for connection in self.connections.values():
            if car in (None, connection.car):
                self._introduce(connection)
                connection.store.read(self.clock.now())
                self.tell(StoreChanged(connection))

    def change(self, car: Car, act: Callable[[], object]) -> None:
        """Do something to a car so that stores show it only after their delay."""
        car.live_until(self.clock.life())
        for connection in self.connections_of(car):
            self.catch_up(connection)
        act()
        for connection in self.connections_of(car):
            connection.store.touched(self.clock.now(), self.store_delay)

    # Ending and subscribing.

    def disconnect(self, connection: Connection) -> None:
        """End a grant, and the subscriptions that lived by it."""
        del self.connections[connection.id]
        for subscription in list(self.subscriptions.values()):
            if (
                subscription.user is connection.user
                and subscription.car is connection.car
            ):
                self.unsubscribe(subscription)

    def remove_user(self, user: User) -> None:
        """Remove a user with all connections."""
        for connection in list(self.connections.values()):
            if connection.user is user:
                self.disconnect(connection)
        del self.users[user.id]

    def subscribe(self, webhook: Webhook, user: User, car: Car) -> Subscription:
        """Ask for a subscription; it appears after ``subscription_delay``."""
        now = self.clock.now()
        subscription = Subscription(
            id=str(uuid.uuid4()),
            webhook=webhook,
            user=user,
            car=car,
            created_at=now,
            appears_at=now + timedelta(seconds=self.subscription_delay),
        )
        self.subscriptions[subscription.id] = subscription
        self.tell(Subscribed(subscription))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        del self.subscriptions[subscription.id]
        self.tell(Unsubscribed(subscription))

    # For a webhook sender.

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tell a listener of events; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: Event) -> None:
        """Tell all listeners of an event."""
        for listener in tuple(self._listeners):
            listener(event)


def ulid(prefix: str) -> str:
    """Make an id of the prefixed ULID kind, such as ``exec_01…``."""
    tail = "".join(secrets.choice(CROCKFORD) for _ in range(ULID_LENGTH - 2))
    return f"{prefix}_01{tail}"
