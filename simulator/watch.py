"""Sees what there is to tell a webhook: which news, about which car."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.errors import SIGN_IN_AGAIN
from simulator.payloads import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.cloud import Cloud
    from simulator.resources import Connection, Subscription
    from simulator.store import SignalStore


@dataclass(frozen=True)
class News:
    """Something to tell about a subscription's car."""

    subscription: Subscription
    changed: tuple[str, ...] = ()
    """Trigger codes that changed; empty for a first delivery."""
    problem: Problem | None = None
    """The error to tell in place of the state."""


@dataclass
class _Told:
    """What the receiver of a subscription knows already."""

    bodies: dict[str, Any] = field(default_factory=dict)
    signed_out: bool = False


class Watch:
    """Compares stores with what has been told of them."""

    def __init__(self, cloud: Cloud) -> None:
        """Begin with every subscription untold: a first delivery is owed."""
        self._cloud = cloud
        self._told: dict[str, _Told] = {}

    def forget(self, subscription: Subscription) -> None:
        """Owe a subscription its first delivery again."""
        self._told.pop(subscription.id, None)

    def look(self, only: Connection | None = None) -> Iterator[News]:
        """Yield the news of all subscriptions, or of one connection's."""
        now = self._cloud.clock.now()
        for subscription in tuple(self._cloud.subscriptions.values()):
            connection = self._cloud.connection(
                subscription.user.id, subscription.car.vehicle_id
            )
            if connection is None or (only is not None and only is not connection):
                continue
            if not subscription.webhook.delivers:
                self.forget(subscription)
            elif subscription.appears_at <= now:
                yield from self._news(subscription, connection.store)

    def _news(self, subscription: Subscription, store: SignalStore) -> Iterator[News]:
        told = self._told.get(subscription.id)
        if told is None:
            if next(store.signals(), None) is None:
                # The store is read first; until then there is nothing to tell.
                return
            told = self._told[subscription.id] = _Told()
            told.bodies = _bodies(subscription, store)
            yield News(subscription)
        elif changed := self._changes(told, _bodies(subscription, store)):
            yield News(subscription, changed)
        if told.signed_out != store.signed_out:
            told.signed_out = store.signed_out
            problem = Problem(*SIGN_IN_AGAIN, resolved=not store.signed_out)
            yield News(subscription, problem=problem)

    @staticmethod
    def _changes(told: _Told, bodies: dict[str, Any]) -> tuple[str, ...]:
        changed = tuple(
            code
            for code, body in bodies.items()
            if code not in told.bodies or told.bodies[code] != body
        )
        told.bodies |= bodies
        return changed


def _bodies(subscription: Subscription, store: SignalStore) -> dict[str, Any]:
    """Return what the trigger signals say; an error that says nothing is left out."""
    stored = (store.signal(code) for code in subscription.webhook.triggers)
    return {one.kind.code: deepcopy(one.body) for one in stored if one and one.has_body}
