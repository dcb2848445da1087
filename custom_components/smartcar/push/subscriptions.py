"""Cars and the webhook that carries their data.

Webhooks are made in Smartcar's dashboard only; which cars they carry is asked
and changed here. Smartcar's Management API does not tell whether a webhook is
verified.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
import logging
from typing import Final, NamedTuple

from yarl import URL

from ..api import (
    ConflictError,
    Connection,
    NotFoundError,
    SmartcarClient,
    SmartcarError,
    Subscription,
    Webhook,
)

_LOGGER = logging.getLogger(__name__)

# A subscription appears some seconds after it was asked for.
POLLS: Final = 4
POLL_SECONDS: Final = 2.0


class Cars(NamedTuple):
    """The connection by which to subscribe each car, by its id.

    `served`: the cars whose maker is known to serve that login only.
    """

    connections: Mapping[str, Connection]
    served: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PushReport:
    """What Smartcar says of the webhook that calls us.

    `moved` is ours, but calls another address than ours. `subscribed` holds vehicle
    ids, `subscriptions` what they stem from. `error`: why a look came to nothing, or
    a car was refused.
    """

    webhook: Webhook | None = field(default=None, repr=False)
    moved: Webhook | None = field(default=None, repr=False)
    subscribed: frozenset[str] = field(default=frozenset(), repr=False)
    subscriptions: tuple[Subscription, ...] = field(default=(), repr=False)
    error: SmartcarError | None = None

    @property
    def failure(self) -> str | None:
        """Name the error."""
        return self.error.key if self.error else None

    def holding(self, subscriptions: Iterable[Subscription]) -> PushReport:
        """Return the same with the subscriptions that are the webhook's."""
        mine = tuple(
            item
            for item in subscriptions
            if item.vehicle_id is not None
            and self.webhook is not None
            and item.webhook_id == self.webhook.id
        )
        ids = frozenset(item.vehicle_id for item in mine if item.vehicle_id)
        return replace(self, subscribed=ids, subscriptions=mine)

    def carries(self, car: Connection, *, by_user: bool) -> bool:
        """Return whether a car is attached, `by_user`: by its connection's user."""
        return any(
            item.vehicle_id == car.vehicle.id
            and (not by_user or item.user_id == car.user_id)
            for item in self.subscriptions
        )

    @property
    def codes(self) -> frozenset[str]:
        """Return the signals that the webhook sends."""
        return frozenset(self.webhook.data) if self.webhook else frozenset()


async def async_inspect(
    client: SmartcarClient, callback_url: str, known_id: str | None = None
) -> PushReport:
    """Find the webhook that calls an address, and the cars it carries.

    `known_id` is the one that called us before.
    """
    try:
        webhooks = (await client.webhooks()).items
        report = find(webhooks, callback_url, known_id)
        if report.webhook is None:
            return report
        subscriptions = (await client.subscriptions(report.webhook.id)).items
    except SmartcarError as err:
        return PushReport(error=err)
    return report.holding(subscriptions)


def find(
    webhooks: Iterable[Webhook], callback_url: str, known_id: str | None = None
) -> PushReport:
    """Pick out our webhook: the enabled one, should there be several.

    One that calls our webhook id elsewhere, or that called us before, has moved,
    or we have.
    """
    ours = URL(callback_url).path
    exact = [hook for hook in webhooks if _same(hook.callback_uri, callback_url)]
    moved = [
        hook
        for hook in webhooks
        if (path := _path(hook.callback_uri)) == ours
        or (path is not None and hook.id == known_id)
    ]
    exact.sort(key=lambda hook: (hook.is_enabled, len(hook.data)), reverse=True)
    return PushReport(
        webhook=exact[0] if exact else None,
        moved=moved[0] if moved and not exact else None,
    )


async def async_subscribe(
    client: SmartcarClient,
    report: PushReport,
    cars: Mapping[str, Connection],
    served: Collection[str] = (),
) -> PushReport:
    """Attach the cars that the webhook does not carry yet, each by one user.

    `served`: see `Cars`; these are attached by no other user.

    Smartcar answers 202 and attaches later, so the list is looked at again a
    few times. "Exists already" is as good as done: it was only not listed yet. A
    car that is refused keeps none of the others waiting.
    """
    webhook = report.webhook
    missing = {
        id_: car
        for id_, car in cars.items()
        if not report.carries(car, by_user=id_ in served)
    }
    if webhook is None:
        return report
    if not missing:
        return await _detach_others(client, report, cars, served)
    refusals = await asyncio.gather(
        *(_subscribe(client, webhook, car) for car in missing.values())
    )
    error = next(filter(None, refusals), None)
    accepted = {
        id_ for id_, refusal in zip(missing, refusals, strict=True) if refusal is None
    }
    try:
        for _ in range(POLLS if accepted else 0):
            await asyncio.sleep(POLL_SECONDS)
            subscriptions = (await client.subscriptions(webhook.id)).items
            report = report.holding(subscriptions)
            if all(
                report.carries(cars[id_], by_user=id_ in served) for id_ in accepted
            ):
                break
    except SmartcarError as err:
        error = err
    report = replace(report, error=error)
    return await _detach_others(client, report, cars, served)


async def _detach_others(
    client: SmartcarClient,
    report: PushReport,
    cars: Mapping[str, Connection],
    served: Collection[str],
) -> PushReport:
    """Detach served cars from other users, once they are attached by the right one."""
    spare = [
        item
        for item in report.subscriptions
        if item.vehicle_id in served
        and (car := cars.get(item.vehicle_id or "")) is not None
        and item.user_id != car.user_id
        and report.carries(car, by_user=True)
    ]
    try:
        for subscription in spare:
            with suppress(NotFoundError):
                await client.unsubscribe(subscription.id)
    except SmartcarError as err:
        return replace(report, error=err)
    left = (item for item in report.subscriptions if item not in spare)
    return report.holding(left) if spare else report


async def async_unsubscribe(
    client: SmartcarClient,
    callback_url: str,
    vehicle_ids: Collection[str],
    known_id: str | None = None,
) -> None:
    """Detach cars from our webhook; what cannot be reached is left as it is.

    Smartcar drops subscriptions by itself when a connection ends.
    """
    try:
        report = find((await client.webhooks()).items, callback_url, known_id)
        if (webhook := report.webhook or report.moved) is None:
            return
        subscriptions = (await client.subscriptions(webhook.id)).items
        for subscription in subscriptions:
            if (
                subscription.vehicle_id in vehicle_ids
                and subscription.webhook_id == webhook.id
            ):
                with suppress(NotFoundError):  # gone since it was listed
                    await client.unsubscribe(subscription.id)
    except SmartcarError as err:
        _LOGGER.debug("Cars could not be detached from the webhook: %s", err)


async def _subscribe(
    client: SmartcarClient, webhook: Webhook, connection: Connection
) -> SmartcarError | None:
    """Ask for one car; return the error when Smartcar refuses it."""
    try:
        await client.subscribe(webhook.id, connection.user_id, connection.vehicle.id)
    except ConflictError:
        return None
    except NotFoundError:
        # The connection has gone since it was listed.
        _LOGGER.debug("A car that is gone could not be subscribed")
        return None
    except SmartcarError as err:
        return err
    return None


def _path(uri: str) -> str | None:
    try:
        return URL(uri).path
    except ValueError:
        return None


def _same(uri: str, url: str) -> bool:
    """Compare addresses; a default port or a capital host makes no difference."""
    try:
        # As text: yarl keeps a default port that is written out.
        return str(URL(uri)) == str(URL(url))
    except ValueError:
        return False
