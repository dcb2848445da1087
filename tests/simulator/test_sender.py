"""Deliveries: what is in them, when they come, and how often."""

import asyncio
from datetime import datetime
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import errors, fleet
from simulator.catalogue import CATALOGUE
from simulator.clock import ManualClock
from simulator.payloads import CHOICES, MOST_BYTES, Problem
from simulator.postman import check_callback
from simulator.resources import User, Webhook
from simulator.sender import WRONG_SIGNATURE, Sender
from simulator.server import running
from simulator.signing import sign
from tests.cars import IS_LOCKED, SOC

from .client import Api
from .receiver import Receiver, code_of, receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.car import Car
    from simulator.cloud import Cloud
    from simulator.resources import Subscription


@pytest.fixture
async def receiver(socket_enabled: None) -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def sender(cloud: Cloud, receiver: Receiver) -> AsyncIterator[Sender]:
    """Make a sender whose webhook ends at the receiver."""
    cloud.webhooks[fleet.WEBHOOK].callback_uri = receiver.uri
    cloud.webhooks[fleet.WEBHOOK].error_callback_uri = f"{receiver.uri}/errors"
    async with Sender(cloud) as made:
        yield made


@pytest.fixture
def webhook(cloud: Cloud) -> Webhook:
    return cloud.webhooks[fleet.WEBHOOK]


def subscribe(cloud: Cloud, webhook: Webhook, car: str = fleet.BEV) -> Subscription:
    user = cloud.users[cloud.owners[car]]
    return cloud.subscribe(webhook, user, cloud.cars[car])


@pytest.fixture
async def subscription(
    cloud: Cloud, clock: ManualClock, sender: Sender, webhook: Webhook
) -> Subscription:
    """Subscribe the ID.4 and get its first delivery out of the way."""
    made = subscribe(cloud, webhook)
    clock.advance(cloud.subscription_delay)
    (first,) = await sender.deliver_due()
    assert first.accepted
    return made


def codes(body: dict) -> list[str]:
    return [signal["code"] for signal in body["data"]["signals"]]


def value(body: dict, code: str) -> object:
    (found,) = (one for one in body["data"]["signals"] if one["code"] == code)
    return found["body"]["value"]


# When.


async def test_first_delivery_comes_once_the_subscription_appears(
    cloud: Cloud,
    clock: ManualClock,
    sender: Sender,
    webhook: Webhook,
    receiver: Receiver,
) -> None:
    subscribe(cloud, webhook)
    clock.advance(cloud.subscription_delay - 0.1)
    assert await sender.deliver_due() == []
    clock.advance(0.1)
    (attempt,) = await sender.deliver_due()
    assert (attempt.type, attempt.status, attempt.number) == ("VEHICLE_STATE", 200, 1)
    (body,) = receiver.bodies
    assert body["triggers"] == [{"type": "FIRST_DELIVERY"}]
    assert codes(body) == list(fleet.FREE_PLAN_DATA)
    clock.advance(3600)
    assert await sender.deliver_due() == []


async def test_a_changed_trigger_sends_all_data(
    cloud: Cloud,
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    bev.unlock()
    cloud.refresh(bev)
    (attempt,) = await sender.deliver_due()
    body = receiver.bodies[-1]
    assert body["eventId"] == attempt.event_id
    assert body["triggers"] == [
        {
            "type": "SIGNAL_UPDATED",
            "signal": {"name": "IsLocked", "code": IS_LOCKED, "group": "Closure"},
        }
    ]
    assert codes(body) == list(fleet.FREE_PLAN_DATA)
    assert (value(body, IS_LOCKED), value(body, SOC)) == (False, 62)


async def test_what_is_no_trigger_sends_nothing(
    cloud: Cloud, bev: Car, sender: Sender, subscription: Subscription
) -> None:
    bev.odometer += 50
    cloud.refresh(bev)
    cloud.refresh(cloud.cars[fleet.PHEV])
    assert await sender.deliver_due() == []


async def test_each_reading_is_its_own_event(
    cloud: Cloud,
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    for percent in (61, 60, 59):
        bev.state_of_charge = percent
        cloud.refresh(bev)
    await sender.deliver_due()
    bodies = receiver.bodies[1:]
    assert [value(body, SOC) for body in bodies] == [61, 60, 59]
    assert len({body["eventId"] for body in bodies}) == 3
    numbers = [body["meta"]["sequence"] for body in receiver.bodies]
    assert numbers == sorted(set(numbers))


async def test_a_command_is_told_when_the_store_shows_it(
    cloud: Cloud, clock: ManualClock, bev: Car, sender: Sender, receiver: Receiver
) -> None:
    webhook = cloud.webhooks[fleet.WEBHOOK]
    subscribe(cloud, webhook)
    clock.advance(cloud.subscription_delay)
    await sender.deliver_due()
    cloud.change(bev, bev.unlock)
    clock.advance(cloud.store_delay - 1)
    assert await sender.deliver_due() == []
    clock.advance(1)
    assert len(await sender.deliver_due()) == 1
    assert value(receiver.bodies[-1], IS_LOCKED) is False


async def test_forced_value_is_told(
    bev: Car, sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    bev.override(SOC, body={"value": 12, "unit": "percent"})
    assert len(await sender.deliver_due()) == 1
    assert value(receiver.bodies[-1], SOC) == 12


async def test_empty_store_has_nothing_to_tell(
    cloud: Cloud, clock: ManualClock, sender: Sender, webhook: Webhook
) -> None:
    cloud.fill_store = "never"
    subscribe(cloud, webhook)
    clock.advance(60)
    assert await sender.deliver_due() == []
    cloud.fill_store = "subscribed"
    assert len(await sender.deliver_due()) == 1


async def test_subscribing_again_begins_again(
    cloud: Cloud,
    clock: ManualClock,
    sender: Sender,
    webhook: Webhook,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    cloud.unsubscribe(subscription)
    cloud.cars[fleet.BEV].unlock()
    cloud.refresh()
    assert await sender.deliver_due() == []
    subscribe(cloud, webhook)
    clock.advance(cloud.subscription_delay)
    assert len(await sender.deliver_due()) == 1
    assert receiver.bodies[-1]["triggers"] == [{"type": "FIRST_DELIVERY"}]


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_disabled_webhook_keeps_nothing(
    cloud: Cloud,
    bev: Car,
    sender: Sender,
    webhook: Webhook,
    subscription: Subscription,
    receiver: Receiver,
    by_hand: bool,
) -> None:
    bev.unlock()
    cloud.refresh(bev)
    assert len(sender.waiting) == 1
    if by_hand:
        webhook.is_enabled = False
    else:
        sender.disable(webhook)
    bev.state_of_charge = 33
    cloud.refresh(bev)
    assert await sender.deliver_due() == []
    sender.enable(webhook)
    assert len(await sender.deliver_due()) == 1
    body = receiver.bodies[-1]
    assert body["triggers"] == [{"type": "FIRST_DELIVERY"}]
    assert (value(body, SOC), value(body, IS_LOCKED)) == (33, False)


async def test_sign_out_and_back(
    cloud: Cloud,
    clock: ManualClock,
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    connection.store.signed_out = True
    cloud.refresh(bev)
    (attempt,) = await sender.deliver_due()
    assert attempt.type == "VEHICLE_ERROR"
    assert receiver.received[-1].path == "/hook/errors"
    body = receiver.bodies[-1]
    assert body["triggers"] == []
    assert "signalCount" not in body["meta"]
    (error,) = body["data"]["errors"]
    assert (error["type"], error["code"], error["state"]) == (
        "CONNECTED_SERVICES_ACCOUNT",
        "AUTHENTICATION_FAILED",
        "ERROR",
    )
    assert error["resolution"] == {"type": "REAUTHENTICATE"}
    assert error["docURL"].endswith("-account-errors#authentication-failed")
    assert [one["code"] for one in error["signals"]] == list(fleet.FREE_PLAN_DATA)
    cloud.connect(cloud.users[fleet.USER_1], bev)
    clock.advance(1)
    (attempt,) = await sender.deliver_due()
    (error,) = receiver.bodies[-1]["data"]["errors"]
    assert (error["code"], error["state"]) == ("AUTHENTICATION_FAILED", "RESOLVED")
    assert not error.keys() & {"resolution", "suggestedUserMessage"}
    assert await sender.deliver_due() == []


# What.


async def test_state_has_the_documented_shape(
    cloud: Cloud,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
    webhook: Webhook,
) -> None:
    (received,) = receiver.received
    assert received.content_type == "application/json"
    assert received.agent.startswith("Smartcar/")
    body = received.body
    assert body.keys() == {"eventId", "eventType", "data", "triggers", "meta"}
    assert body["data"].keys() == {"user", "vehicle", "signals"}
    assert body["data"]["user"] == {"id": fleet.USER_1, "externalId": "household-1"}
    assert body["data"]["vehicle"] == {
        "id": fleet.BEV,
        "make": "VOLKSWAGEN",
        "model": "ID.4",
        "year": 2023,
        "mode": "live",
        "powertrainType": "BEV",
    }
    by_code = {one["code"]: one for one in body["data"]["signals"]}
    now = round(cloud.clock.now().timestamp() * 1000)
    assert by_code[SOC] == {
        "code": SOC,
        "name": "StateOfCharge",
        "group": "TractionBattery",
        "body": {"value": 62, "unit": "percent"},
        "status": {"value": "SUCCESS"},
        "meta": {"oemUpdatedAt": now - 2000, "retrievedAt": now - 500},
    }
    vin = by_code["vehicleidentification-vin"]
    assert vin["meta"] == {"oemUpdatedAt": 0, "retrievedAt": 0}
    fuel = by_code["internalcombustionengine-fuellevel"]
    assert fuel["status"] == {
        "value": "ERROR",
        "error": {"type": "COMPATIBILITY", "code": "VEHICLE_NOT_CAPABLE"},
    }
    assert fuel["meta"] == {"oemUpdatedAt": None, "retrievedAt": None}
    assert "body" not in fuel
    meta = body["meta"]
    del meta["note"], meta["deliveryId"]
    assert meta == {
        "version": "4.0",
        "webhookId": webhook.id,
        "webhookName": "Home",
        "deliveredAt": now,
        "mode": "LIVE",
        "applicationId": fleet.APPLICATION_ID,
        "sequence": 1,
        "signalCount": 6,
    }


def test_signature_of_a_known_message() -> None:
    # Worked out with openssl dgst -sha256 -hmac.
    body = '{"eventId":"x","eventType":"VEHICLE_STATE","data":{"note":"blå"}}'
    assert sign("amt-example-0000-not-a-real-token", body.encode()) == (
        "115c32d9a1d1eb846d625eddcd1c118c086add300716136ad9e1b8bfc67df108"
    )


async def test_only_raw_bytes_fit_the_signature(
    subscription: Subscription, receiver: Receiver
) -> None:
    (received,) = receiver.received
    assert received.is_signed
    assert not received.raw.isascii()
    for separators in (None, (",", ":"), (" ,", " :  ")):
        for ascii_only in (True, False):
            text = json.dumps(
                received.body, separators=separators, ensure_ascii=ascii_only
            )
            for again in (text, f" {text}\r\n"):
                assert code_of(again.encode()) != received.signature


async def test_compact_writing(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    sender.forms.choose("writing", "compact")
    await sender.send(sender.state(subscription, SOC))
    received = receiver.received[-1]
    assert received.is_signed
    text = json.dumps(received.body, separators=(",", ":"), ensure_ascii=False)
    assert received.raw == text.encode()


async def test_older_triggers(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    sender.forms.triggers = "older"
    await sender.send(sender.state(subscription, SOC))
    assert receiver.bodies[-1]["triggers"] == [
        {"type": "SIGNAL_UPDATED", "signal": "TractionBattery.StateOfCharge"}
    ]


async def test_documented_triggers(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    sender.forms.triggers = "docs"
    await sender.send(sender.state(subscription, IS_LOCKED))
    body = receiver.bodies[-1]
    assert "triggers" not in body
    assert body["vehicleId"] == fleet.BEV
    assert body["data"]["triggers"] == [
        {"group": "Closure", "name": "IsLocked", "code": IS_LOCKED}
    ]
    assert body["data"]["signals"][0]["meta"].keys() == {"oemUpdatedAt", "fetchedAt"}


async def test_times_as_text_and_bare_meta(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    sender.forms.times = "iso"
    sender.forms.sequence = sender.forms.application_id = False
    await sender.send(sender.state(subscription, SOC))
    body = receiver.bodies[-1]
    now = sender.cloud.clock.now()
    assert datetime.fromisoformat(body["meta"]["deliveredAt"]) == now
    assert body["data"]["signals"][0]["meta"]["oemUpdatedAt"].endswith("Z")
    assert not body["meta"].keys() & {"sequence", "applicationId"}


@pytest.mark.parametrize(
    ("form", "signals"),
    [
        (
            "objects",
            [{"code": SOC, "name": "StateOfCharge", "group": "TractionBattery"}],
        ),
        (
            "swapped",
            [{"code": SOC, "group": "StateOfCharge", "name": "TractionBattery"}],
        ),
        ("names", ["TractionBattery.StateOfCharge"]),
        ("absent", None),
    ],
)
async def test_error_signals_in_all_forms(
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
    form: str,
    signals: object,
) -> None:
    sender.forms.choose("error_signals", form)
    problem = Problem("VEHICLE_STATE", "ASLEEP", signals=(SOC,))
    await sender.send(sender.error(subscription, problem))
    (error,) = receiver.bodies[-1]["data"]["errors"]
    assert error.get("signals") == signals


async def test_any_error_by_hand(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    for kind, code in (
        *errors.TABLE,
        ("NOVELTY", "NEVER_HEARD_OF"),
        ("PERMISSION", None),
    ):
        await sender.send(sender.error(subscription, Problem(kind, code)))
        (error,) = receiver.bodies[-1]["data"]["errors"]
        assert (error["type"], error["code"]) == (kind, code)
    problem = Problem(*errors.VIRTUAL_KEY, url=errors.VIRTUAL_KEY_PAGE)
    await sender.send(sender.error(subscription, problem))
    (error,) = receiver.bodies[-1]["data"]["errors"]
    assert error["resolution"]["url"] == errors.VIRTUAL_KEY_PAGE


async def test_test_button(
    sender: Sender, webhook: Webhook, subscription: Subscription, receiver: Receiver
) -> None:
    attempt = await sender.send(sender.test(webhook))
    assert attempt.accepted
    received = receiver.received[-1]
    assert received.is_signed
    body = received.body
    assert (body["meta"]["mode"], body["data"]["vehicle"]["mode"]) == ("TEST", "test")
    assert body["meta"]["webhookId"].startswith("wh_")
    assert body["meta"]["applicationId"].startswith("app_")
    assert body["data"]["vehicle"]["id"] not in sender.cloud.cars
    assert body["data"]["user"]["id"] not in sender.cloud.users
    assert codes(body) == list(fleet.FREE_PLAN_DATA)
    await sender.send(sender.test(webhook, subscription))
    body = receiver.bodies[-1]
    assert (body["data"]["vehicle"]["id"], body["meta"]["mode"]) == (fleet.BEV, "TEST")
    assert (value(body, SOC), value(body, IS_LOCKED)) == (77, False)


# How often.


async def test_retries_at_their_times_then_dropped(
    cloud: Cloud,
    clock: ManualClock,
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    receiver.statuses = [500, 302, 404, 410]
    bev.unlock()
    cloud.refresh(bev)
    begun = clock.now()
    for _ in range(40):
        await sender.deliver_due()
        clock.advance(12.5)
    attempts = list(sender.attempts)[1:]
    times = [(one.at - begun).total_seconds() for one in attempts]
    assert times == [0, 25, 75, 175]
    assert [one.status for one in attempts] == [500, 302, 404, 410]
    assert [one.number for one in attempts] == [1, 2, 3, 4]
    assert len({one.event_id for one in attempts}) == 1
    assert len({one.delivery_id for one in attempts}) == 4
    assert sender.waiting == ()
    tried = receiver.received[1:]
    assert {one.path for one in tried} == {"/hook"}
    assert all(one.is_signed for one in tried)
    stamps = [one.body["meta"]["deliveredAt"] for one in tried]
    assert [stamp - stamps[0] for stamp in stamps] == [0, 25_000, 75_000, 175_000]
    assert len({one.body["meta"]["sequence"] for one in tried}) == 1


async def test_waits_run_on_the_cars_time(
    receiver: Receiver, socket_enabled: None
) -> None:
    clock = ManualClock(speed=50)
    cloud = fleet.demo(clock, living=False)
    webhook = cloud.webhooks[fleet.WEBHOOK]
    webhook.callback_uri = receiver.uri
    async with Sender(cloud) as sender:
        subscribe(cloud, webhook)
        clock.advance(cloud.subscription_delay)
        receiver.statuses = [503]
        assert [one.status for one in await sender.deliver_due()] == [503]
        clock.advance(0.4)
        assert await sender.deliver_due() == []
        clock.advance(0.1)
        assert [one.status for one in await sender.deliver_due()] == [200]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_success_ends_the_attempts(
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
    status: int,
) -> None:
    receiver.statuses = [status]
    bev.override(IS_LOCKED, body={"value": False})
    (attempt,) = await sender.deliver_due()
    assert attempt.accepted
    assert sender.waiting == ()


async def test_nobody_answers(
    clock: ManualClock, bev: Car, sender: Sender, subscription: Subscription
) -> None:
    subscription.webhook.callback_uri = "http://127.0.0.1:1/hook"
    bev.unlock()
    sender.cloud.refresh()
    (attempt,) = await sender.deliver_due()
    assert (attempt.status, attempt.accepted) == (0, False)
    assert attempt.failure is not None
    assert "127.0.0.1" not in attempt.failure
    assert len(sender.waiting) == 1


async def test_too_slow_is_a_failure(
    bev: Car, sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    assert sender.postman.timeout_seconds == 15
    sender.postman.timeout_seconds = 0.01
    receiver.gate = asyncio.Event()
    bev.override(IS_LOCKED, body={"value": False})
    (attempt,) = await sender.deliver_due()
    receiver.gate.set()
    assert (attempt.status, attempt.failure) == (0, "TIMEOUT")
    assert len(sender.waiting) == 1


async def test_a_subscription_that_ends_takes_its_retries_along(
    cloud: Cloud,
    clock: ManualClock,
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    receiver.statuses = [500]
    bev.override(IS_LOCKED, body={"value": False})
    await sender.deliver_due()
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    cloud.disconnect(connection)
    clock.advance(25)
    assert await sender.deliver_due() == []


# Mischief.


async def test_duplicates_and_the_wrong_order(
    cloud: Cloud,
    bev: Car,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    older = sender.state(subscription, SOC)
    bev.state_of_charge = 40
    cloud.refresh(bev)
    newer = sender.state(subscription, SOC)
    for one in (newer, older, older):
        await sender.send(one)
    first, second, third = receiver.bodies[1:]
    assert [value(one, SOC) for one in (first, second, third)] == [40, 62, 62]
    assert first["meta"]["sequence"] > second["meta"]["sequence"]
    assert second["eventId"] == third["eventId"] != first["eventId"]
    assert second["meta"]["deliveryId"] != third["meta"]["deliveryId"]


async def test_wrong_and_missing_signatures(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    made = sender.state(subscription)
    await sender.send(made, signature=WRONG_SIGNATURE)
    await sender.send(made, signature="")
    wrong, missing = receiver.received[-2:]
    assert (wrong.signature, wrong.is_signed) == ("0" * 64, False)
    assert missing.signature is None


@pytest.mark.parametrize("writing", CHOICES["writing"])
@pytest.mark.parametrize("size", [10_000, MOST_BYTES])
async def test_large_body_has_its_size(
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
    writing: str,
    size: int,
) -> None:
    sender.forms.choose("writing", writing)
    await sender.send(sender.large(subscription, size))
    received = receiver.received[-1]
    assert len(received.raw) == size
    assert received.is_signed
    assert received.body["meta"]["signalCount"] == 7
    with pytest.raises(ValueError, match="larger"):
        sender.large(subscription, 100)


async def test_everything_the_cars_know_fits(
    cloud: Cloud, sender: Sender, webhook: Webhook, receiver: Receiver
) -> None:
    cloud.refresh()
    webhook.data = tuple(CATALOGUE)
    made = subscribe(cloud, webhook)
    await sender.send(sender.state(made))
    assert len(codes(receiver.bodies[-1])) == len(CATALOGUE)
    assert len(receiver.received[-1].raw) < MOST_BYTES


async def test_burst_is_sent_at_once(
    sender: Sender, subscription: Subscription, receiver: Receiver
) -> None:
    receiver.gate = asyncio.Event()
    burst = asyncio.create_task(sender.burst(subscription, 30))
    async with asyncio.timeout(10):
        await receiver.crowd(30)
    receiver.gate.set()
    attempts = await burst
    assert len({one.event_id for one in attempts}) == 30
    assert all(one.accepted for one in attempts)
    assert receiver.most_at_once == 30


async def test_car_of_nobody(cloud: Cloud, sender: Sender, webhook: Webhook) -> None:
    made = subscribe(cloud, webhook)
    cloud.connections.clear()
    with pytest.raises(LookupError):
        sender.state(made)
    with pytest.raises(LookupError):
        sender.test(webhook)


# VERIFY.


async def test_new_webhook_is_verified_and_then_fills_stores(
    cloud: Cloud, clock: ManualClock, sender: Sender, receiver: Receiver
) -> None:
    cloud.fill_store = "subscribed"
    new = Webhook("new", "New", receiver.uri, clock.now(), triggers=(SOC,), data=(SOC,))
    receiver.answer = lambda _: {"challenge": "wrong"}
    assert await sender.add(new) is False
    assert (new.verified, new.fills_stores) == (False, False)
    subscribe(cloud, new)
    clock.advance(60)
    assert await sender.deliver_due() == []
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    assert list(connection.store.signals()) == []
    receiver.answer = Receiver.answer
    assert await sender.verify(new)
    assert new.fills_stores
    (attempt,) = await sender.deliver_due()
    assert (attempt.webhook_id, attempt.type) == ("new", "VEHICLE_STATE")
    assert codes(receiver.bodies[-1]) == [SOC]


async def test_verify_in_its_forms(
    sender: Sender, webhook: Webhook, receiver: Receiver
) -> None:
    assert await sender.verify(webhook)
    received = receiver.received[-1]
    assert received.is_signed
    body = received.body
    assert body.keys() == {"eventId", "eventType", "data", "meta"}
    assert body["data"].keys() == {"challenge"}
    assert body["meta"].keys() == {
        *("version", "webhookId", "webhookName", "deliveryId", "deliveredAt", "note")
    }
    sender.forms.verify_signed = False
    assert await sender.verify(webhook)
    assert receiver.received[-1].signature is None
    sender.forms.verify = "legacy"
    assert await sender.verify(webhook)
    legacy = receiver.bodies[-1]
    challenge = legacy.pop("payload")["challenge"]
    assert legacy == {"version": "2.0", "webhookId": webhook.id, "eventName": "verify"}
    assert challenge != body["data"]["challenge"]
    assert [one.type for one in sender.attempts] == ["VERIFY"] * 3
    assert sender.waiting == ()


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
    sender: Sender, webhook: Webhook, receiver: Receiver, status: int, answer: object
) -> None:
    if answer is not None:
        receiver.answer = lambda _: answer
    receiver.statuses = [status]
    assert await sender.verify(webhook) is False
    assert webhook.verified is False


async def test_a_new_callback_is_verified(
    cloud: Cloud,
    sender: Sender,
    webhook: Webhook,
    subscription: Subscription,
    receiver: Receiver,
) -> None:
    async with receiving() as other:
        assert await sender.set_callback(webhook, other.uri)
        assert other.bodies[0]["eventType"] == "VERIFY"
        (attempt,) = await sender.deliver_due()
        assert attempt.vehicle_id == fleet.BEV
        assert other.bodies[1]["triggers"] == [{"type": "FIRST_DELIVERY"}]
        assert webhook.error_callback_uri == other.uri
    assert len(receiver.received) == 1


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
async def test_callbacks_that_are_not_taken(
    sender: Sender, webhook: Webhook, uri: str
) -> None:
    before = webhook.callback_uri
    with pytest.raises(ValueError, match="a callback must be https"):
        await sender.set_callback(webhook, uri)
    assert (webhook.callback_uri, webhook.verified) == (before, True)
    webhook.callback_uri = uri
    assert await sender.verify(webhook) is False
    assert sender.attempts[-1].status == 0


def test_callbacks_that_are_taken() -> None:
    for uri in ("https://home.test/hook", "http://[::1]:8123/x", "http://localhost/x"):
        check_callback(uri)


async def test_example_hosts_are_never_asked(
    cloud: Cloud, socket_enabled: None
) -> None:
    async with Sender(cloud) as sender:
        webhook = cloud.webhooks[fleet.WEBHOOK]
        assert webhook.callback_uri.startswith("https://home.example.org/")
        assert await sender.verify(webhook) is False
        assert sender.attempts[-1].failure == "RESERVED"


async def test_only_known_forms(sender: Sender) -> None:
    for name, choice in (("times", "roman"), ("nonsense", True), ("sequence", "yes")):
        with pytest.raises(ValueError, match="must be one of"):
            sender.forms.choose(name, choice)


async def test_two_owners_of_a_car_get_their_own(
    cloud: Cloud, clock: ManualClock, sender: Sender, webhook: Webhook, bev: Car
) -> None:
    other = cloud.add_user(User("user-3", "Third"))
    cloud.connect(other, bev)
    subscribe(cloud, webhook)
    cloud.subscribe(webhook, other, bev)
    clock.advance(cloud.subscription_delay)
    attempts = await sender.deliver_due()
    assert {one.user_id for one in attempts} == {fleet.USER_1, "user-3"}


# At work, and by control.


async def test_at_work_needs_no_call(
    cloud: Cloud,
    clock: ManualClock,
    sender: Sender,
    webhook: Webhook,
    receiver: Receiver,
) -> None:
    done = asyncio.Event()
    sender.on_attempt = lambda _: done.set()
    subscribe(cloud, webhook)
    clock.advance(cloud.subscription_delay)
    async with sender.at_work():
        await asyncio.wait_for(done.wait(), 10)
    assert len(receiver.received) == 1


@pytest.fixture
async def control(cloud: Cloud, sender: Sender) -> AsyncIterator[Api]:
    async with (
        running(cloud, sender=sender) as address,
        aiohttp.ClientSession() as session,
    ):
        yield Api(session, address)


async def test_webhook_by_control(
    control: Api,
    cloud: Cloud,
    clock: ManualClock,
    sender: Sender,
    receiver: Receiver,
) -> None:
    status, made = await control.call(
        "POST", "/control/webhooks", json={"callback_uri": receiver.uri}
    )
    assert (status, made["verified"], made["vehicles"]) == (200, True, [])
    assert len(made["data"]) == 93
    assert SOC in made["triggers"]
    path = f"/control/webhooks/{made['id']}"
    for _ in range(2):
        _, made = await control.call("POST", path, json={"action": "subscribe"})
    assert len(made["vehicles"]) == 3
    clock.advance(cloud.subscription_delay)
    assert len(await sender.deliver_due()) == 3
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
    control: Api,
    sender: Sender,
    subscription: Subscription,
    receiver: Receiver,
    given: dict,
    received: int,
) -> None:
    before = len(receiver.received)
    path = f"/control/webhooks/{fleet.WEBHOOK}"
    status, _ = await control.call("POST", path, json=given)
    assert status == 200
    await sender.deliver_due()
    assert len(receiver.received) - before == received


async def test_callback_and_forms_by_control(
    control: Api, webhook: Webhook, receiver: Receiver, sender: Sender
) -> None:
    path = f"/control/webhooks/{fleet.WEBHOOK}"
    body = {"action": "set_callback", "callback_uri": f"{receiver.uri}/new"}
    status, answer = await control.call("POST", path, json=body)
    assert (status, answer["verified"]) == (200, True)
    assert webhook.error_callback_uri == f"{receiver.uri}/new"
    change = {"triggers": "older", "sequence": False}
    status, forms = await control.call("POST", "/control/forms", json=change)
    assert (status, forms["triggers"], forms["sequence"]) == (200, "older", False)
    assert sender.forms.triggers == "older"


async def test_senseless_webhook_control_is_refused(
    control: Api, cloud: Cloud, subscription: Subscription, receiver: Receiver
) -> None:
    path = f"/control/webhooks/{fleet.WEBHOOK}"
    cases = (
        ("/control/webhooks/none", {"action": "verify"}, 404),
        (path, {"action": "fly"}, 400),
        (path, {"action": "set_callback"}, 400),
        (path, {"action": "set_callback", "callback_uri": "http://10.0.0.1/"}, 400),
        (path, {"action": "burst", "number": 0}, 400),
        (path, {"action": "burst", "number": "many"}, 400),
        (path, {"action": "state", "vehicle_id": fleet.ICE}, 400),
        (path, {"action": "state", "vehicle_id": []}, 400),
        (path, {"action": "error"}, 400),
        (path, {"action": "set_signals", "data": ["nonsense"]}, 400),
        (path, [], 400),
        ("/control/webhooks", {}, 400),
        ("/control/webhooks", {"callback_uri": receiver.uri, "data": "some"}, 400),
        ("/control/webhooks", {"callback_uri": "http://example.com/"}, 400),
        ("/control/forms", {"times": "roman"}, 400),
        ("/control/forms", {"triggers": []}, 400),
    )
    count = len(cloud.webhooks)
    for each, body, status in cases:
        assert (await control.call("POST", each, json=body))[0] == status, body
    assert len(cloud.webhooks) == count
