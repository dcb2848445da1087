"""The control page's part for webhooks: the dashboard, and mischief on the wire."""

from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING
import uuid

from aiohttp import web

from simulator.catalogue import CATALOGUE, codes_for
from simulator.clock import iso
from simulator.given import given_object
from simulator.payloads import CHOICES, Problem
from simulator.pipeline import CLOUD
from simulator.resources import Subscription, Webhook
from simulator.sender import WRONG_SIGNATURE, Sender

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from simulator.cloud import Cloud
    from simulator.errors import Json, Value
    from simulator.sender import Attempt

SENDER: web.AppKey[Sender] = web.AppKey("sender")
"""Where the application keeps its sender."""

SHOWN = 40
"""Attempts shown on the page."""

BURST = 20
"""Deliveries of a burst, unless told else."""

LARGEST_BURST = 1_000

TRIGGERS = (
    *("charge-ischarging", "charge-ischargingcableconnected"),
    *("closure-doors", "closure-islocked", "closure-windows"),
    *("internalcombustionengine-fuellevel", "odometer-traveleddistance"),
    "tractionbattery-stateofcharge",
)
"""What starts a delivery of a webhook made here, unless told else."""

EVERYTHING = "all"
"""In place of a list of codes: all that the cars know."""


def add_routes(app: web.Application) -> None:
    """Add the calls for webhooks."""
    app.router.add_post("/control/webhooks", _add)
    app.router.add_post("/control/webhooks/{webhook_id}", _act)
    app.router.add_post("/control/forms", _change_forms)


def webhooks(cloud: Cloud) -> Json:
    """Describe the webhooks for the control page."""
    return {
        "webhooks": {
            key: _webhook(cloud, webhook) for key, webhook in cloud.webhooks.items()
        }
    }


def deliveries(sender: Sender) -> Json:
    """Describe what was sent for the control page, newest first."""
    newest = list(sender.attempts)[-SHOWN:]
    return {
        "deliveries": [_attempt(one) for one in reversed(newest)],
        "deliveries_waiting": len(sender.waiting),
        "forms": asdict(sender.forms),
        "form_choices": {name: list(choices) for name, choices in CHOICES.items()},
    }


def _webhook(cloud: Cloud, webhook: Webhook) -> Json:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "callback_uri": webhook.callback_uri,
        "error_callback_uri": webhook.error_callback_uri,
        "is_enabled": webhook.is_enabled,
        "verified": webhook.verified,
        "auto_subscribe": webhook.auto_subscribe,
        "triggers": list(webhook.triggers),
        "data": list(webhook.data),
        "vehicles": [one.car.vehicle_id for one in _subscriptions(cloud, webhook, {})],
    }


def _attempt(attempt: Attempt) -> Json:
    return {
        "at": iso(attempt.at),
        "event_id": attempt.event_id,
        "delivery_id": attempt.delivery_id,
        "type": attempt.type,
        "webhook_id": attempt.webhook_id,
        "vehicle_id": attempt.vehicle_id,
        "number": attempt.number,
        "status": attempt.status,
        "failure": attempt.failure,
        "seconds": round(attempt.seconds, 3),
        "bytes": len(attempt.body),
    }


def _subscriptions(
    cloud: Cloud, webhook: Webhook, given: Json
) -> Iterator[Subscription]:
    """Yield a webhook's subscriptions, of one car where one is given."""
    vehicle_id = given.get("vehicle_id")
    for subscription in tuple(cloud.subscriptions.values()):
        if subscription.webhook is webhook and vehicle_id in {
            None,
            subscription.car.vehicle_id,
        }:
            yield subscription


# Adding.


def _codes(cloud: Cloud, given: Value) -> tuple[str, ...]:
    if given == EVERYTHING:
        known = {
            code
            for car in cloud.cars.values()
            for code in codes_for(car.spec.powertrain)
            if code not in car.not_stored
        }
        return tuple(code for code in CATALOGUE if code in known)
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ValueError('signals must be a list of codes or "all"')
    if strange := [code for code in given if code not in CATALOGUE]:
        raise ValueError(f"no such signals: {', '.join(strange)}")
    return tuple(given)


def _text(given: Json, name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be text")
    return value


async def _add(request: web.Request) -> web.Response:
    cloud = request.app[CLOUD]
    given = await given_object(request)
    try:
        uri = _text(given, "callback_uri")
        webhook = Webhook(
            id=str(uuid.uuid4()),
            name=_text(given, "name", "Home Assistant"),
            callback_uri=uri,
            error_callback_uri=_text(given, "error_callback_uri", uri),
            created_at=cloud.clock.now(),
            triggers=_codes(cloud, given.get("triggers", list(TRIGGERS))),
            data=_codes(cloud, given.get("data", EVERYTHING)),
            auto_subscribe=given.get("auto_subscribe") is True,
        )
        await request.app[SENDER].add(webhook)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"Bad value: {error}") from error
    return web.json_response(_webhook(cloud, webhook))


# Acting.

type Action = Callable[[Sender, Webhook, Json], Awaitable[None]]
"""Does something to a webhook."""

type Act = Callable[[Sender, Subscription, Json], Awaitable[object]]
"""Sends something about one subscribed car."""


async def _set_callback(sender: Sender, webhook: Webhook, given: Json) -> None:
    error_uri = given.get("error_callback_uri")
    if error_uri is not None:
        error_uri = _text(given, "error_callback_uri")
    await sender.set_callback(webhook, _text(given, "callback_uri"), error_uri)


async def _set_signals(sender: Sender, webhook: Webhook, given: Json) -> None:
    for name in ("triggers", "data"):
        if name in given:
            setattr(webhook, name, _codes(sender.cloud, given[name]))


async def _verify(sender: Sender, webhook: Webhook, _given: Json) -> None:
    await sender.verify(webhook)


async def _test(sender: Sender, webhook: Webhook, _given: Json) -> None:
    await sender.send(sender.test(webhook))


async def _enable(sender: Sender, webhook: Webhook, _given: Json) -> None:
    sender.enable(webhook)


async def _disable(sender: Sender, webhook: Webhook, _given: Json) -> None:
    sender.disable(webhook)


async def _subscribe(sender: Sender, webhook: Webhook, given: Json) -> None:
    cloud = sender.cloud
    had = {one.key for one in cloud.subscriptions.values()}
    for connection in tuple(cloud.connections.values()):
        vehicle_id = connection.car.vehicle_id
        wanted = given.get("vehicle_id") in {None, vehicle_id}
        if wanted and (webhook.id, connection.user.id, vehicle_id) not in had:
            cloud.subscribe(webhook, connection.user, connection.car)


async def _unsubscribe(sender: Sender, webhook: Webhook, given: Json) -> None:
    for subscription in _subscriptions(sender.cloud, webhook, given):
        sender.cloud.unsubscribe(subscription)


def _for_each(act: Act) -> Action:
    """Make an action that acts on each subscribed car, or on the one given."""

    async def each(sender: Sender, webhook: Webhook, given: Json) -> None:
        found = list(_subscriptions(sender.cloud, webhook, given))
        if not found:
            raise ValueError("no such car is subscribed")
        for subscription in found:
            await act(sender, subscription, given)

    return each


async def _send_state(
    sender: Sender, subscription: Subscription, _given: Json
) -> Attempt:
    made = sender.state(subscription, *subscription.webhook.triggers[:1])
    return await sender.send(made)


async def _send_first(
    sender: Sender, subscription: Subscription, _given: Json
) -> Attempt:
    return await sender.send(sender.state(subscription))


async def _duplicate(sender: Sender, subscription: Subscription, _given: Json) -> None:
    made = sender.state(subscription, *subscription.webhook.triggers[:1])
    await sender.send(made)
    await sender.send(made)


async def _out_of_order(
    sender: Sender, subscription: Subscription, _given: Json
) -> None:
    """Send what the store held, after what it holds once it is read again."""
    triggers = subscription.webhook.triggers[:1]
    older = sender.state(subscription, *triggers)
    sender.cloud.refresh(subscription.car)
    await sender.send(sender.state(subscription, *triggers))
    await sender.send(older)


async def _wrong_signature(
    sender: Sender, subscription: Subscription, _given: Json
) -> Attempt:
    made = sender.state(subscription)
    return await sender.send(made, signature=WRONG_SIGNATURE)


async def _no_signature(
    sender: Sender, subscription: Subscription, _given: Json
) -> Attempt:
    return await sender.send(sender.state(subscription), signature="")


async def _large(sender: Sender, subscription: Subscription, _given: Json) -> Attempt:
    return await sender.send(sender.large(subscription))


async def _burst(sender: Sender, subscription: Subscription, given: Json) -> None:
    number = given.get("number", BURST)
    if not isinstance(number, int) or not 0 < number <= LARGEST_BURST:
        raise ValueError(f"number must be 1 to {LARGEST_BURST}")
    await sender.burst(subscription, number)


def _problem(*, resolved: bool) -> Act:
    async def send(sender: Sender, subscription: Subscription, given: Json) -> None:
        code = given.get("code")
        problem = Problem(
            type=_text(given, "type"),
            code=None if code is None else _text(given, "code"),
            resolved=resolved,
            url=given.get("url"),
        )
        sender.queue(sender.error(subscription, problem))

    return send


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "set_callback": _set_callback,
        "set_signals": _set_signals,
        "verify": _verify,
        "test": _test,
        "enable": _enable,
        "disable": _disable,
        "subscribe": _subscribe,
        "unsubscribe": _unsubscribe,
        "state": _for_each(_send_state),
        "first": _for_each(_send_first),
        "duplicate": _for_each(_duplicate),
        "out_of_order": _for_each(_out_of_order),
        "wrong_signature": _for_each(_wrong_signature),
        "no_signature": _for_each(_no_signature),
        "large": _for_each(_large),
        "burst": _for_each(_burst),
        "error": _for_each(_problem(resolved=False)),
        "resolve": _for_each(_problem(resolved=True)),
    }
)
"""What ``POST /control/webhooks/{id}`` can do; the last ten for each subscribed car."""


async def _act(request: web.Request) -> web.Response:
    cloud, sender = request.app[CLOUD], request.app[SENDER]
    webhook = cloud.webhooks.get(request.match_info["webhook_id"])
    if webhook is None:
        raise web.HTTPNotFound(text="No such webhook.")
    given = await given_object(request)
    act = ACTIONS.get(str(given.get("action")))
    if act is None:
        known = ", ".join(sorted(ACTIONS))
        raise web.HTTPBadRequest(text=f"Unknown action; known are: {known}")
    try:
        await act(sender, webhook, given)
    except (LookupError, TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=f"Bad value: {error}") from error
    return web.json_response(_webhook(cloud, webhook))


async def _change_forms(request: web.Request) -> web.Response:
    forms = request.app[SENDER].forms
    for name, choice in (await given_object(request)).items():
        try:
            forms.choose(name, choice)
        except (TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"Bad value: {error}") from error
    return web.json_response(asdict(forms))
