"""What the cloud keeps beside cars: users, connections, webhooks, subscriptions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.catalogue import describe
from simulator.clock import iso

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.car import Car
    from simulator.errors import Json
    from simulator.store import SignalStore


def vehicle_attributes(car: Car) -> Json:
    """Write the five attributes every resource gives of a vehicle."""
    spec = car.spec
    return {
        "make": spec.make,
        "model": spec.model,
        "year": spec.year,
        "mode": spec.mode,
        "powertrainType": spec.powertrain,
    }


@dataclass
class User:
    """An owner's login."""

    id: str
    name: str
    """Shown on the simulator's own pages only."""
    external_id: str | None = None


@dataclass
class Connection:
    """One user's grant for one car."""

    id: str
    user: User
    car: Car
    permissions: list[str]
    created_at: datetime
    updated_at: datetime
    store: SignalStore

    def resource(self, vehicle_base: str, *, with_user: bool = True) -> Json:
        """Write the connection; ``vehicle_base`` is the vehicle host's v3 URL."""
        attributes: Json = {
            "permissions": list(self.permissions),
            "vehicle": vehicle_attributes(self.car),
        }
        if with_user:
            attributes["user"] = {"id": self.user.id}
            if self.user.external_id is not None:
                attributes["user"]["externalId"] = self.user.external_id
        vehicle_id = self.car.vehicle_id
        return {
            "id": self.id,
            "type": "connection",
            "attributes": attributes,
            "relationships": {
                "vehicle": {
                    "data": {"id": vehicle_id, "type": "vehicle"},
                    "links": {"related": f"{vehicle_base}/vehicles/{vehicle_id}"},
                },
                "user": {"data": {"id": self.user.id, "type": "user"}},
            },
            "meta": {
                "createdAt": iso(self.created_at),
                "updatedAt": iso(self.updated_at),
            },
            "links": {"self": f"{vehicle_base}/connections/{self.id}"},
        }


@dataclass
class Webhook:
    """A webhook as made in the dashboard; the API only reads it."""

    id: str
    name: str
    callback_uri: str
    created_at: datetime
    triggers: tuple[str, ...] = ()
    """Signal codes that start a delivery."""
    data: tuple[str, ...] = ()
    """Signal codes each delivery carries."""
    error_callback_uri: str | None = None
    is_enabled: bool = True
    auto_subscribe: bool = False
    verified: bool = True
    """Whether the callback passed its challenge; no field of the API tells."""

    @property
    def delivers(self) -> bool:
        """Whether deliveries go out."""
        return self.is_enabled and self.verified

    @property
    def fills_stores(self) -> bool:
        """Whether cars subscribed to this webhook get their stores filled."""
        return self.delivers and bool(self.data)

    def resource(self, management_base: str) -> Json:
        """Write the webhook."""
        return {
            "id": self.id,
            "type": "webhook",
            "attributes": {
                "name": self.name,
                "callbackUri": self.callback_uri,
                "isEnabled": self.is_enabled,
                "triggers": [_signal_name(code) for code in self.triggers],
                "data": [_signal_name(code) for code in self.data],
                "errorCallbackUri": self.error_callback_uri,
                "autoSubscribe": self.auto_subscribe,
            },
            "links": {"self": f"{management_base}/webhooks/{self.id}"},
            "meta": {"createdAt": iso(self.created_at)},
        }


def _signal_name(code: str) -> Json:
    kind = describe(code)
    return {"group": kind.group, "name": kind.name, "code": code}


@dataclass
class Subscription:
    """A car attached to a webhook for one user."""

    id: str
    webhook: Webhook
    user: User
    car: Car
    created_at: datetime
    appears_at: datetime
    """Creation is asynchronous: lists show the subscription from then on."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What may exist only once: webhook, user and vehicle."""
        return self.webhook.id, self.user.id, self.car.vehicle_id

    def resource(self, vehicle_base: str, management_base: str) -> Json:
        """Write the subscription."""
        related = {
            "webhook": (self.webhook.id, f"{management_base}/webhooks"),
            "user": (self.user.id, f"{vehicle_base}/users"),
            "vehicle": (self.car.vehicle_id, f"{vehicle_base}/vehicles"),
        }
        return {
            "type": "subscription",
            "id": self.id,
            "attributes": {"vehicle": vehicle_attributes(self.car)},
            "meta": {
                "createdAt": iso(self.created_at),
                "updatedAt": iso(self.appears_at),
            },
            "relationships": {
                name: {
                    "data": {"type": name, "id": key},
                    "links": {"related": f"{url}/{key}"},
                }
                for name, (key, url) in related.items()
            },
            "links": {"self": f"{management_base}/subscriptions/{self.id}"},
        }
