"""The webhook sender: deliveries, their retries, and a record of every attempt.

Nothing goes out by itself: either a test calls ``deliver_due``, or a process stays
``at_work``. Waits run on the clock's life seconds.
"""

import asyncio
from collections import deque
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import json
import secrets
from typing import TYPE_CHECKING, Self
import uuid

from simulator.cloud import CameLate, StoreChanged, Unsubscribed
from simulator.payloads import ERROR, MOST_BYTES, STATE, VERIFY, Frames, Problem, sample
from simulator.postman import Postman, Response, check_callback
from simulator.recording import KEPT
from simulator.resources import Subscription, Webhook
from simulator.signing import answers, sign
from simulator.watch import News, Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import datetime

    from simulator.cloud import Cloud, Event
    from simulator.errors import Json
    from simulator.resources import Connection
    from simulator.store import Stored

WAITS = (25.0, 50.0, 100.0)
"""Life seconds between an attempt and the next; after the last it is dropped."""

_BEAT = 0.5
"""Real seconds between two looks of a process at work."""

OK = 200

WRONG_SIGNATURE = "0" * 64
"""Well formed, and made with no application's key."""


@dataclass(eq=False)
class Delivery:
    """One event on its way to one webhook; all attempts share its event id."""

    webhook: Webhook
    frame: Json
    type: str
    subscription: Subscription | None = None
    signed: bool = True
    attempts: int = 0
    due: float = 0.0
    """The life second of the next attempt."""

    @property
    def event_id(self) -> str:
        """The event's id; the legacy VERIFY has none."""
        return str(self.frame.get("eventId", ""))

    @property
    def uri(self) -> str:
        """Where it goes at this moment."""
        if self.type == ERROR and self.webhook.error_callback_uri:
            return self.webhook.error_callback_uri
        return self.webhook.callback_uri


@dataclass(frozen=True)
class Attempt:
    """One POST and what came of it."""

    event_id: str
    delivery_id: str
    type: str
    webhook_id: str
    user_id: str | None
    vehicle_id: str | None
    number: int
    """1 for the first attempt at an event."""
    at: datetime
    body: bytes
    status: int
    """HTTP status; 0 when nothing was answered."""
    seconds: float
    """Real seconds until the answer."""
    failure: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return is_success(self.status)


def is_success(status: int) -> bool:
    """Return whether a status ends the attempts."""
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's success statuses


class Sender:
    """Sends what a cloud's webhooks are owed."""

    def __init__(self, cloud: Cloud) -> None:
        """Watch a cloud from now on; send nothing yet."""
        self.cloud = cloud
        self.frames = Frames(cloud.application)
        self.forms = self.frames.forms
        self.postman = Postman()
        self.waits: tuple[float, ...] = WAITS
        self.attempts: deque[Attempt] = deque(maxlen=KEPT)
        """Every attempt so far, in the order in which they ended."""
        self.on_attempt: Callable[[Attempt], None] | None = None
        """Called after every attempt."""
        self._queue: list[Delivery] = []
        self._watch = Watch(cloud)
        self._stop_listening: Callable[[], None] | None = cloud.listen(self._hear)

    async def close(self) -> None:
        """Stop watching and close the connections; what waits is dropped."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self._queue.clear()
        await self.postman.close()

    async def __aenter__(self) -> Self:
        """Enter."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    # Sending what is due.

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        """What waits for its first or next attempt."""
        return tuple(self._queue)

    async def deliver_due(self) -> list[Attempt]:
        """Make every attempt that is due by now, one after the other."""
        return [await self._attempt(delivery) for delivery in self._take_due()]

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Make attempts by itself as they become due, side by side."""
        work = asyncio.create_task(self._work())
        try:
            yield
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                for delivery in self._take_due():
                    group.create_task(self._attempt(delivery))
                await asyncio.sleep(_BEAT)

    def _take_due(self) -> list[Delivery]:
        self.cloud.tick()
        self._tell(self._watch.look())
        life = self.cloud.clock.life()
        due = [one for one in self._queue if one.due <= life]
        self._queue = [one for one in self._queue if one.due > life]
        return [one for one in due if self._is_wanted(one)]

    def _is_wanted(self, delivery: Delivery) -> bool:
        """Return whether a webhook still works and its subscription still stands."""
        subscription = delivery.subscription
        return delivery.webhook.delivers and (
            subscription is None or subscription.id in self.cloud.subscriptions
        )

    async def _attempt(self, delivery: Delivery) -> Attempt:
        attempt = await self.send(delivery)
        if not attempt.accepted and delivery.attempts <= len(self.waits):
            wait = self.waits[delivery.attempts - 1]
            self.queue(delivery, after=wait)
        return attempt

    # What happens in the cloud.

    def _hear(self, event: Event) -> None:
        if isinstance(event, StoreChanged):
            self._tell(self._watch.look(event.connection))
        elif isinstance(event, Unsubscribed):
            self._watch.forget(event.subscription)
        elif isinstance(event, CameLate):
            for subscription in self._subscriptions(event.connection):
                for signals in event.readings:
                    self._queue_late(subscription, signals)

    def _subscriptions(self, connection: Connection) -> Iterator[Subscription]:
        """Yield the subscriptions that get what is told of a connection's car."""
        now = self.cloud.clock.now()
        for subscription in self.cloud.subscriptions.values():
            if (
                (subscription.user, subscription.car)
                == (connection.user, connection.car)
                and subscription.webhook.delivers
                and subscription.appears_at <= now
            ):
                yield subscription

    def _queue_late(
        self, subscription: Subscription, signals: Sequence[Stored]
    ) -> None:
        """Queue a reading of the past, if it changed a trigger signal."""
        webhook, found = subscription.webhook, {one.kind.code: one for one in signals}
        newest = max(one.oem_updated_at for one in signals if one.oem_updated_at)
        changed = [
            code
            for code in webhook.triggers
            if code in found and found[code].oem_updated_at == newest
        ]
        if changed:
            told = [found[code] for code in webhook.data if code in found]
            frame = self.frames.state(subscription, told, changed)
            self.queue(Delivery(webhook, frame, STATE, subscription))

    def _tell(self, news: Iterator[News]) -> None:
        for one in news:
            if one.problem is None:
                self.queue(self.state(one.subscription, *one.changed))
            else:
                self.queue(self.error(one.subscription, one.problem))

    # Making deliveries.

    def state(self, subscription: Subscription, *changed: str) -> Delivery:
        """Make a VEHICLE_STATE of this moment; no changed code: a first delivery.

        Raises LookupError when the car is not connected.
        """
        connection = self.cloud.connection(
            subscription.user.id, subscription.car.vehicle_id
        )
        if connection is None:
            raise LookupError("the car is not connected")
        found = map(connection.store.signal, subscription.webhook.data)
        signals = [stored for stored in found if stored is not None]
        frame = self.frames.state(subscription, signals, changed)
        return Delivery(subscription.webhook, frame, STATE, subscription)

    def error(self, subscription: Subscription, problem: Problem) -> Delivery:
        """Make a VEHICLE_ERROR."""
        frame = self.frames.error(subscription, problem)
        return Delivery(subscription.webhook, frame, ERROR, subscription)

    def large(self, subscription: Subscription, size: int = MOST_BYTES) -> Delivery:
        """Make a first delivery whose body has exactly ``size`` bytes."""
        delivery = self.state(subscription)
        now = self.cloud.clock.now()
        delivery.frame = self.frames.fill(delivery.frame, size, now)
        return delivery

    def test(
        self, webhook: Webhook, subscription: Subscription | None = None
    ) -> Delivery:
        """Make what the dashboard's test button sends, with values of no real car.

        With a subscription it names that car and user, which a receiver must not
        fall for. Raises LookupError in a cloud without connections.
        """
        wanted = (webhook.data or ("tractionbattery-stateofcharge",))[0]
        alike, signals = sample(
            webhook, subscription or self._some(webhook), self.cloud.clock
        )
        frame = self.frames.test(alike, signals, wanted)
        if subscription is not None:
            frame["data"]["user"]["id"] = subscription.user.id
            frame["data"]["vehicle"]["id"] = subscription.car.vehicle_id
        return Delivery(webhook, frame, STATE)

    def _some(self, webhook: Webhook) -> Subscription:
        connection = next(iter(self.cloud.connections.values()), None)
        if connection is None:
            raise LookupError("no car is connected")
        now = self.cloud.clock.now()
        user, car = connection.user, connection.car
        return Subscription(str(uuid.uuid4()), webhook, user, car, now, now)

    # Sending by hand.

    def queue(self, delivery: Delivery, *, after: float = 0.0) -> Delivery:
        """Let a delivery become due after some life seconds, with its retries."""
        delivery.due = self.cloud.clock.life() + after
        self._queue.append(delivery)
        return delivery

    async def send(
        self, delivery: Delivery, *, signature: str | None = None
    ) -> Attempt:
        """Make one attempt at once, without a retry, whatever the webhook's state.

        Twice the same delivery is a duplicate; an older delivery after a newer one
        comes out of order. A given signature is sent in place of the right one;
        an empty one means no header.
        """
        return (await self._post(delivery, signature))[0]

    async def burst(self, subscription: Subscription, number: int) -> list[Attempt]:
        """Send a number of different events at the same time."""
        triggers = subscription.webhook.triggers[:1]
        made = [self.state(subscription, *triggers) for _ in range(number)]
        return list(await asyncio.gather(*map(self.send, made)))

    async def _post(
        self, delivery: Delivery, signature: str | None = None
    ) -> tuple[Attempt, Response]:
        delivery.attempts += 1
        number, at = delivery.attempts, self.cloud.clock.now()
        delivery_id = str(uuid.uuid4())
        body = self.frames.stamp(delivery.frame, delivery_id, at)
        if signature is None and delivery.signed:
            signature = sign(self.cloud.application.management_token, body)
        headers = {"SC-Signature": signature} if signature else {}
        loop = asyncio.get_running_loop()
        started = loop.time()
        response = await self.postman.post(delivery.uri, body, headers)
        data = delivery.frame.get("data", {})
        attempt = Attempt(
            event_id=delivery.event_id,
            delivery_id=delivery_id,
            type=delivery.type,
            webhook_id=delivery.webhook.id,
            user_id=data.get("user", {}).get("id"),
            vehicle_id=data.get("vehicle", {}).get("id"),
            number=number,
            at=at,
            body=body,
            status=response.status,
            seconds=loop.time() - started,
            failure=response.failure,
        )
        self.attempts.append(attempt)
        if self.on_attempt is not None:
            self.on_attempt(attempt)
        return attempt, response

    # The dashboard.

    async def verify(self, webhook: Webhook) -> bool:
        """Send VERIFY once; the webhook is verified by 200 and the right answer only.

        One that was not verified before owes its cars a first delivery then.
        """
        challenge = secrets.token_hex(10)
        delivery = Delivery(
            webhook,
            self.frames.verify(webhook, challenge),
            VERIFY,
            signed=self.forms.verify_signed,
        )
        attempt, response = await self._post(delivery)
        passed = attempt.status == OK and answers(
            self.cloud.application.management_token, challenge, _parsed(response)
        )
        if not webhook.verified:
            self._forget(webhook)
        webhook.verified = passed
        return passed

    async def add(self, webhook: Webhook) -> bool:
        """Add a webhook as the dashboard does: it is verified at once.

        Raises ValueError for a callback that is not allowed.
        """
        _check(webhook.callback_uri, webhook.error_callback_uri)
        webhook.verified = False
        self.cloud.add_webhook(webhook)
        return await self.verify(webhook)

    async def set_callback(
        self, webhook: Webhook, uri: str, error_uri: str | None = None
    ) -> bool:
        """Change the callback and verify it; errors go there too unless told else.

        Raises ValueError for a callback that is not allowed.
        """
        _check(uri, error_uri)
        webhook.verified = False
        webhook.callback_uri = uri
        webhook.error_callback_uri = error_uri or uri
        return await self.verify(webhook)

    def disable(self, webhook: Webhook) -> None:
        """Switch a webhook off: nothing is sent, and nothing is kept for later."""
        webhook.is_enabled = False
        self._forget(webhook)

    def enable(self, webhook: Webhook) -> None:
        """Switch a webhook on; its cars begin with a first delivery."""
        if not webhook.is_enabled:
            self._forget(webhook)
        webhook.is_enabled = True

    def _forget(self, webhook: Webhook) -> None:
        self._queue = [one for one in self._queue if one.webhook is not webhook]
        for subscription in self.cloud.subscriptions.values():
            if subscription.webhook is webhook:
                self._watch.forget(subscription)


def _check(uri: str, error_uri: str | None) -> None:
    check_callback(uri)
    if error_uri is not None:
        check_callback(error_uri)


def _parsed(response: Response) -> object:
    try:
        return json.loads(response.body)
    except ValueError:
        return None
