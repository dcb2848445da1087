"""Webhooks, and which cars are subscribed to them."""

import json

import pytest

from custom_components.smartcar.api import (
    ConflictError,
    NotFoundError,
    SmartcarClient,
)
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .fixtures import body
from .script import Answer, Script


@pytest.fixture(autouse=True)
def _at_once(cloud: Cloud) -> None:
    """Subscriptions appear without delay, unless a test says otherwise."""
    cloud.subscription_delay = 0


async def test_webhooks(client: SmartcarClient) -> None:
    """The application's webhooks, working or not."""
    listing = await client.webhooks()
    assert listing.complete
    assert [(one.id, one.name, one.is_enabled) for one in listing.items] == [
        (fleet.WEBHOOK, "Home", True),
        (fleet.DISABLED_WEBHOOK, "Old test hook", False),
    ]
    assert listing.items[0].data == fleet.FREE_PLAN_DATA


async def test_subscribe(
    client: SmartcarClient, cloud: Cloud, clock: ManualClock
) -> None:
    """A subscription is accepted with 202 and appears a little later."""
    cloud.subscription_delay = 3
    await client.subscribe(fleet.WEBHOOK, fleet.USER_1, fleet.BEV)
    asked = cloud.requests[-1]
    assert (asked.method, asked.path, asked.status) == (
        "POST",
        "/management/v3/subscriptions",
        202,
    )
    assert asked.user_id is None
    assert asked.body == {
        "data": {
            "attributes": {
                "webhookId": fleet.WEBHOOK,
                "userId": fleet.USER_1,
                "vehicleId": fleet.BEV,
            }
        }
    }
    assert (await client.subscriptions(fleet.WEBHOOK)).items == ()
    clock.advance(3)
    (one,) = (await client.subscriptions(fleet.WEBHOOK)).items
    assert (one.webhook_id, one.user_id, one.vehicle_id) == (
        fleet.WEBHOOK,
        fleet.USER_1,
        fleet.BEV,
    )


async def test_subscribe_again(client: SmartcarClient, cloud: Cloud) -> None:
    """A car that is subscribed already is a conflict, not a mistake."""
    await client.subscribe(fleet.WEBHOOK, fleet.USER_1, fleet.BEV)
    with pytest.raises(ConflictError) as caught:
        await client.subscribe(fleet.WEBHOOK, fleet.USER_1, fleet.BEV)
    assert caught.value.status == 409
    assert cloud.count("subscription.create") == 2


@pytest.mark.parametrize(
    ("webhook", "user", "car"),
    [("gone", fleet.USER_1, fleet.BEV), (fleet.WEBHOOK, fleet.USER_2, fleet.BEV)],
)
async def test_subscribe_what_is_not_there(
    client: SmartcarClient, webhook: str, user: str, car: str
) -> None:
    """Webhook, user and car have to exist and to belong together."""
    with pytest.raises(NotFoundError):
        await client.subscribe(webhook, user, car)


async def test_filter(client: SmartcarClient, cloud: Cloud) -> None:
    """Subscriptions of one webhook, or of all."""
    await client.subscribe(fleet.WEBHOOK, fleet.USER_1, fleet.BEV)
    await client.subscribe(fleet.DISABLED_WEBHOOK, fleet.USER_2, fleet.ICE)
    assert len((await client.subscriptions()).items) == 2
    assert "filter[webhookId]" not in cloud.requests[-1].query
    (one,) = (await client.subscriptions(fleet.DISABLED_WEBHOOK)).items
    assert one.vehicle_id == fleet.ICE
    assert cloud.requests[-1].query["filter[webhookId]"] == fleet.DISABLED_WEBHOOK


async def test_unsubscribe(client: SmartcarClient, cloud: Cloud) -> None:
    """A car is detached; doing it again tells that it is gone."""
    await client.subscribe(fleet.WEBHOOK, fleet.USER_1, fleet.BEV)
    (one,) = (await client.subscriptions()).items
    await client.unsubscribe(one.id)
    assert (cloud.requests[-1].method, cloud.requests[-1].status) == ("DELETE", 204)
    assert (await client.subscriptions()).items == ()
    with pytest.raises(NotFoundError):
        await client.unsubscribe(one.id)


async def test_sample_lists(scripted: SmartcarClient, script: Script) -> None:
    """The lists as Smartcar sends them."""
    script.answers([Answer(body("webhooks")), Answer(body("subscriptions"))])
    webhooks = await scripted.webhooks()
    subscriptions = await scripted.subscriptions(webhooks.items[0].id)
    assert webhooks.complete
    assert subscriptions.complete
    assert {one.webhook_id for one in subscriptions.items} == {webhooks.items[0].id}
    assert len(subscriptions.items) == 3


async def test_subscription_request(scripted: SmartcarClient, script: Script) -> None:
    """What is written on the wire."""
    script.answers([Answer({"meta": {"message": "in progress"}}, status=202)])
    await scripted.subscribe("hook", "user", "car")
    (asked,) = script.asked
    assert (asked.method, asked.target) == ("POST", "/management/subscriptions")
    assert asked.headers["content-type"] == "application/json"
    assert "sc-user-id" not in asked.headers
    assert json.loads(asked.body)["data"]["attributes"]["vehicleId"] == "car"
