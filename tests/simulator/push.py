"""A webhook whose deliveries end at a receiver on this machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator import fleet

from .receiver import Received, Receiver

if TYPE_CHECKING:
    from simulator.car import Car
    from simulator.clock import ManualClock
    from simulator.cloud import Cloud
    from simulator.resources import Connection, Subscription, Webhook
    from simulator.sender import Attempt, Delivery, Sender

type Body = dict[str, Any]


@dataclass(frozen=True)
class Push:
    """A cloud that sends, and the receiver that it sends to."""

    cloud: Cloud
    clock: ManualClock
    sender: Sender
    receiver: Receiver

    @property
    def webhook(self) -> Webhook:
        """Return the webhook that ends at the receiver."""
        return self.cloud.webhooks[fleet.WEBHOOK]

    @property
    def bev(self) -> Car:
        """Return the ID.4."""
        return self.cloud.cars[fleet.BEV]

    @property
    def connection(self) -> Connection:
        """Return the ID.4's connection."""
        found = self.cloud.connection(fleet.USER_1, fleet.BEV)
        assert found is not None
        return found

    @property
    def subscription(self) -> Subscription:
        """Return the only subscription."""
        (found,) = self.cloud.subscriptions.values()
        return found

    @property
    def last(self) -> Received:
        """Return what was received last."""
        return self.receiver.received[-1]

    @property
    def body(self) -> Body:
        """Return the body that was received last."""
        return self.last.body

    def subscribe(
        self, webhook: Webhook | None = None, *, early: float = 0
    ) -> Subscription:
        """Subscribe the ID.4, and wait until the subscription appears.

        `early`: how many seconds before that the waiting ends.
        """
        made = self.cloud.subscribe(
            webhook or self.webhook, self.cloud.users[fleet.USER_1], self.bev
        )
        self.clock.advance(self.cloud.subscription_delay - early)
        return made

    async def due(self) -> list[Attempt]:
        """Send what is due."""
        return await self.sender.deliver_due()

    async def send(self, made: Delivery, **changes: str) -> Body:
        """Send a delivery now, and return its body as it was received."""
        await self.sender.send(made, **changes)
        return self.body


def codes(body: Body) -> list[str]:
    """Return the codes of the signals in a body."""
    return [signal["code"] for signal in body["data"]["signals"]]


def value(body: Body, code: str) -> object:
    """Return the value of a signal in a body."""
    (found,) = (one for one in body["data"]["signals"] if one["code"] == code)
    return found["body"]["value"]
