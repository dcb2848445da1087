"""Webhooks: how their addresses are verified, and what control does with them."""

from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import fleet
from simulator.postman import check_callback
from simulator.resources import Webhook
from simulator.sender import Sender
from simulator.server import running
from tests.cars import SOC

from .client import Api
from .push import Push, codes
from .receiver import Receiver, receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.cloud import Cloud

PATH = f"/control/webhooks/{fleet.WEBHOOK}"


# VERIFY.


async def test_new_webhook_is_verified_and_then_fills_stores(fresh: Push) -> None:
    fresh.cloud.fill_store = "subscribed"
    now = fresh.clock.now()
    new = Webhook("new", "New", fresh.receiver.uri, now, triggers=(SOC,), data=(SOC,))
    fresh.receiver.answer = lambda _: {"challenge": "wrong"}
    assert await fresh.sender.add(new) is False
    assert (new.verified, new.fills_stores) == (False, False)
    fresh.subscribe(new)
    fresh.clock.advance(60)
    assert await fresh.due() == []
    assert list(fresh.connection.store.signals()) == []
    fresh.receiver.answer = Receiver.answer
    assert await fresh.sender.verify(new)
    assert new.fills_stores
    (attempt,) = await fresh.due()
    assert (attempt.webhook_id, attempt.type) == ("new", "VEHICLE_STATE")
    assert codes(fresh.body) == [SOC]


async def test_verify_in_its_forms(fresh: Push) -> None:
    assert await fresh.sender.verify(fresh.webhook)
    assert fresh.last.is_signed
    body = fresh.body
    assert body.keys() == {"eventId", "eventType", "data", "meta"}
    assert body["data"].keys() == {"challenge"}
    assert body["meta"].keys() == {
        *("version", "webhookId", "webhookName", "deliveryId", "deliveredAt", "note")
    }
    fresh.sender.forms.verify_signed = False
    assert await fresh.sender.verify(fresh.webhook)
    assert fresh.last.signature is None
    fresh.sender.forms.verify = "legacy"
    assert await fresh.sender.verify(fresh.webhook)
    legacy = fresh.body
    challenge = legacy.pop("payload")["challenge"]
    assert legacy == {
        "version": "2.0",
        "webhookId": fresh.webhook.id,
        "eventName": "verify",
    }
    assert challenge != body["data"]["challenge"]
    assert [one.type for one in fresh.sender.attempts] == ["VERIFY"] * 3
    assert fresh.sender.waiting == ()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"challenge": "0" * 64}),
        (200, {"challenge": None}),
        (200, {"challenge": "ü\ud800"}),
        (200, {}),
        (200, []),
        (200, "text"),
        (202, None),
        (401, None),
        (500, None),
    ],
)
async def test_wrong_answers_do_not_verify(
    fresh: Push, status: int, answer: object
) -> None:
    if answer is not None:
        fresh.receiver.answer = lambda _: answer
    fresh.receiver.statuses = [status]
    assert await fresh.sender.verify(fresh.webhook) is False
    assert fresh.webhook.verified is False


async def test_a_new_callback_is_verified(push: Push) -> None:
    async with receiving() as other:
        assert await push.sender.set_callback(push.webhook, other.uri)
        assert other.bodies[0]["eventType"] == "VERIFY"
        (attempt,) = await push.due()
        assert attempt.vehicle_id == fleet.BEV
        assert other.bodies[1]["triggers"] == [{"type": "FIRST_DELIVERY"}]
        assert push.webhook.error_callback_uri == other.uri
    assert len(push.receiver.received) == 1


@pytest.mark.parametrize(
    "uri",
    [
        "http://home.example.org/hook",
        "http://192.168.1.2/hook",
        "http://127.0.0.1.example.com/hook",
        "ftp://127.0.0.1/hook",
        "https:///hook",
        "127.0.0.1/hook",
        "",
    ],
)
async def test_callbacks_that_are_not_taken(fresh: Push, uri: str) -> None:
    webhook, before = fresh.webhook, fresh.webhook.callback_uri
    with pytest.raises(ValueError, match="a callback must be https"):
        await fresh.sender.set_callback(webhook, uri)
    assert (webhook.callback_uri, webhook.verified) == (before, True)
    webhook.callback_uri = uri
    assert await fresh.sender.verify(webhook) is False
    assert fresh.sender.attempts[-1].status == 0


def test_callbacks_that_are_taken() -> None:
    for uri in ("https://home.test/hook", "http://[::1]:8123/x", "http://localhost/x"):
        check_callback(uri)


@pytest.mark.usefixtures("socket_enabled")
async def test_example_hosts_are_never_asked(cloud: Cloud) -> None:
    async with Sender(cloud) as sender:
        webhook = cloud.webhooks[fleet.WEBHOOK]
        assert webhook.callback_uri.startswith("https://home.example.org/")
        assert await sender.verify(webhook) is False
        assert sender.attempts[-1].failure == "RESERVED"


# By control.


@pytest.fixture
async def control(fresh: Push) -> AsyncIterator[Api]:
    """Return a client of a simulator that sends."""
    async with (
        running(fresh.cloud, sender=fresh.sender) as address,
        aiohttp.ClientSession() as session,
    ):
        yield Api(session, address)


async def test_webhook_by_control(control: Api, fresh: Push) -> None:
    wanted = {"callback_uri": fresh.receiver.uri}
    status, made = await control.call("POST", "/control/webhooks", json=wanted)
    assert (status, made["verified"], made["vehicles"]) == (200, True, [])
    assert len(made["data"]) == 93
    assert SOC in made["triggers"]
    path = f"/control/webhooks/{made['id']}"
    for _ in range(2):
        _, made = await control.call("POST", path, json={"action": "subscribe"})
    assert len(made["vehicles"]) == 3
    fresh.clock.advance(fresh.cloud.subscription_delay)
    assert len(await fresh.due()) == 3
    _, state = await control.call("GET", "/control/state")
    assert [one["status"] for one in state["deliveries"]] == [200] * 4
    assert state["webhooks"][made["id"]]["is_enabled"] is True
    assert state["application"]["management_token"] == fleet.MANAGEMENT_TOKEN


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ({"action": "verify"}, 1),
        ({"action": "test"}, 1),
        ({"action": "state"}, 1),
        ({"action": "first", "vehicle_id": fleet.BEV}, 1),
        ({"action": "duplicate"}, 2),
        ({"action": "out_of_order"}, 2),
        ({"action": "wrong_signature"}, 1),
        ({"action": "no_signature"}, 1),
        ({"action": "large"}, 1),
        ({"action": "burst"}, 20),
        ({"action": "burst", "number": 3}, 3),
        ({"action": "disable"}, 0),
        ({"action": "enable"}, 0),
        ({"action": "unsubscribe"}, 0),
        ({"action": "set_signals", "data": [SOC], "triggers": [SOC]}, 0),
        ({"action": "error", "type": "VEHICLE_STATE", "code": "ASLEEP"}, 1),
        ({"action": "resolve", "type": "PERMISSION", "code": None}, 1),
    ],
)
async def test_every_webhook_action(
    control: Api, push: Push, given: dict, received: int
) -> None:
    before = len(push.receiver.received)
    status, _ = await control.call("POST", PATH, json=given)
    assert status == 200
    await push.due()
    assert len(push.receiver.received) - before == received


async def test_callback_and_forms_by_control(control: Api, fresh: Push) -> None:
    uri = f"{fresh.receiver.uri}/new"
    body = {"action": "set_callback", "callback_uri": uri}
    status, answer = await control.call("POST", PATH, json=body)
    assert (status, answer["verified"]) == (200, True)
    assert fresh.webhook.error_callback_uri == uri
    change = {"triggers": "older", "sequence": False}
    status, forms = await control.call("POST", "/control/forms", json=change)
    assert (status, forms["triggers"], forms["sequence"]) == (200, "older", False)
    assert fresh.sender.forms.triggers == "older"


async def test_senseless_webhook_control_is_refused(control: Api, push: Push) -> None:
    uri = push.receiver.uri
    cases = (
        ("/control/webhooks/none", {"action": "verify"}, 404),
        (PATH, {"action": "fly"}, 400),
        (PATH, {"action": "set_callback"}, 400),
        (PATH, {"action": "set_callback", "callback_uri": "http://10.0.0.1/"}, 400),
        (PATH, {"action": "burst", "number": 0}, 400),
        (PATH, {"action": "burst", "number": "many"}, 400),
        (PATH, {"action": "state", "vehicle_id": fleet.ICE}, 400),
        (PATH, {"action": "state", "vehicle_id": []}, 400),
        (PATH, {"action": "error"}, 400),
        (PATH, {"action": "set_signals", "data": ["nonsense"]}, 400),
        (PATH, [], 400),
        ("/control/webhooks", {}, 400),
        ("/control/webhooks", {"callback_uri": uri, "data": "some"}, 400),
        ("/control/webhooks", {"callback_uri": "http://example.com/"}, 400),
        ("/control/forms", {"times": "roman"}, 400),
        ("/control/forms", {"triggers": []}, 400),
    )
    count = len(push.cloud.webhooks)
    for each, body, status in cases:
        assert (await control.call("POST", each, json=body))[0] == status, body
    assert len(push.cloud.webhooks) == count
