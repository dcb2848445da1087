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
from typing import Final

from yarl import URL

from .api import (
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


@dataclass(frozen=True, slots=True)
class PushReport:
    """What Smartcar says of the webhook that calls us.

    `moved` is ours, but calls another address than ours. `subscribed`
    holds vehicle ids. `error`: why a look came to nothing, or a car was refused.
    """

    webhook: Webhook | None = field(default=None, repr=False)
    moved: Webhook | None = field(default=None, repr=False)
    subscribed: frozenset[str] = field(default=frozenset(), repr=False)
    error: SmartcarError | None = None

    @property
    def failure(self) -> str | None:
        """Name the error."""
        return self.error.key if self.error else None

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
    return replace(report, subscribed=_vehicles(subscriptions, report.webhook))


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
) -> PushReport:
    """Attach the cars that the webhook does not carry yet, each by one user.

    Smartcar answers 202 and attaches later, so the list is looked at again a
    few times. "Exists already" is as good as done: it was only not listed yet. A
    car that is refused keeps none of the others waiting.
    """
    webhook = report.webhook
    missing = {id_: car for id_, car in cars.items() if id_ not in report.subscribed}
    if webhook is None or not missing:
        return report
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
            report = replace(report, subscribed=_vehicles(subscriptions, webhook))
            if accepted <= report.subscribed:
                break
    except SmartcarError as err:
        error = err
    return replace(report, error=error)


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


def _vehicles(items: Iterable[Subscription], webhook: Webhook) -> frozenset[str]:
    return frozenset(
        item.vehicle_id
        for item in items
        if item.vehicle_id is not None and item.webhook_id == webhook.id
    )


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
