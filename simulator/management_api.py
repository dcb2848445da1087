"""The management host: webhooks, which are only read, and subscriptions."""

from typing import TYPE_CHECKING

from simulator.call import Answer
from simulator.errors import (
    MISSING_PARAMETER,
    PARAMETER,
    VEHICLE_NOT_FOUND,
    conflict,
    not_found,
    validation,
)
from simulator.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.call import Call
    from simulator.errors import Json
    from simulator.resources import Subscription, Webhook

WEBHOOKS_PAGE = 50
SUBSCRIPTIONS_PAGE = 25
ALREADY_SUBSCRIBED = "The vehicle is already subscribed to this webhook."
BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}


def _filters(call: Call, *names: str) -> dict[str, str]:
    given = {name: call.filter(name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _in_links(filters: Mapping[str, str]) -> dict[str, str]:
    return {f"filter[{name}]": value for name, value in filters.items()}


def _boolean(text: str) -> bool:
    if text not in BOOLEANS:
        raise validation(PARAMETER, "Not true or false.")
    return BOOLEANS[text]


def _fits(webhook: Webhook, filters: Mapping[str, str]) -> bool:
    tests = {
        "name": lambda text: text.lower() in webhook.name.lower(),
        "callbackUri": lambda text: text.lower() in webhook.callback_uri.lower(),
        "isEnabled": lambda text: _boolean(text) == webhook.is_enabled,
        "autoSubscribe": lambda text: _boolean(text) == webhook.auto_subscribe,
    }
    return all(tests[name](text) for name, text in filters.items())


async def webhooks(call: Call) -> Answer:
    """List the application's webhooks."""
    filters = _filters(call, "name", "callbackUri", "isEnabled", "autoSubscribe")
    found = [one for one in call.cloud.webhooks.values() if _fits(one, filters)]
    return Answer(
        body=page(
            [one.resource(call.management_base) for one in found],
            f"{call.management_base}/webhooks",
            call.request.query,
            size=WEBHOOKS_PAGE,
            filters=_in_links(filters),
        )
    )


async def webhook(call: Call) -> Answer:
    """Answer one webhook."""
    found = call.cloud.webhooks.get(call.path("webhook_id"))
    if found is None:
        raise not_found()
    return Answer(body={"data": found.resource(call.management_base)})


def _written(call: Call, subscription: Subscription) -> Json:
    return subscription.resource(call.vehicle_base, call.management_base)


def _subscription_fields(subscription: Subscription) -> dict[str, str]:
    return {
        "userId": subscription.user.id,
        "webhookId": subscription.webhook.id,
        "vehicleId": subscription.car.vehicle_id,
        "vehicle.mode": subscription.car.spec.mode,
    }


async def subscriptions(call: Call) -> Answer:
    """List the subscriptions that exist by now."""
    filters = _filters(call, "userId", "webhookId", "vehicleId", "vehicle.mode")
    now = call.cloud.clock.now()
    found = [
        _written(call, one)
        for one in call.cloud.subscriptions.values()
        if one.appears_at <= now
        and filters.items() <= _subscription_fields(one).items()
    ]
    return Answer(
        body=page(
            found,
            f"{call.management_base}/subscriptions",
            call.request.query,
            size=SUBSCRIPTIONS_PAGE,
            filters=_in_links(filters),
        )
    )


async def create_subscription(call: Call) -> Answer:
    """Take a subscription on; it appears later."""
    attributes = call.attributes()
    keys = [attributes.get(name) for name in ("webhookId", "userId", "vehicleId")]
    if not all(isinstance(key, str) and key for key in keys):
        raise validation(MISSING_PARAMETER)
    webhook_id, user_id, vehicle_id = (str(key) for key in keys)
    cloud = call.cloud
    found = cloud.webhooks.get(webhook_id)
    connection = cloud.connection(user_id, vehicle_id)
    if found is None:
        raise not_found(detail="No such webhook.")
    if connection is None:
        raise not_found(VEHICLE_NOT_FOUND)
    wanted = (webhook_id, user_id, vehicle_id)
    if any(one.key == wanted for one in cloud.subscriptions.values()):
        raise conflict(ALREADY_SUBSCRIBED)
    cloud.subscribe(found, connection.user, connection.car)
    return Answer(202, {"meta": {"message": "subscription creation in progress"}})


def _found(call: Call) -> Subscription:
    found = call.cloud.subscriptions.get(call.path("subscription_id"))
    if found is None or found.appears_at > call.cloud.clock.now():
        raise not_found()
    return found


async def subscription(call: Call) -> Answer:
    """Answer one subscription."""
    return Answer(body={"data": _written(call, _found(call))})


async def delete_subscription(call: Call) -> Answer:
    """End a subscription."""
    call.cloud.unsubscribe(_found(call))
    return Answer(204)
