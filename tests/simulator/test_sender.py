"""Deliveries: what is in them, when they come, and how often."""

import asyncio
from datetime import UTC, datetime, timedelta
import json

import pytest

from simulator import errors, fleet
from simulator.catalogue import CATALOGUE
from simulator.clock import ManualClock
from simulator.payloads import CHOICES, MOST_BYTES, Problem
from simulator.resources import User
from simulator.sender import WRONG_SIGNATURE, Sender
from simulator.signing import sign
from simulator.stories import STORIES
from simulator.yesterday import ZONE, yesterday
from tests.cars import ENERGY_ADDED, IS_CHARGING, IS_LOCKED, ODOMETER, PLUG, SOC

from .push import Body, Push, codes, value
from .receiver import code_of, receiving

FIRST = [{"type": "FIRST_DELIVERY"}]


# When.


async def test_first_delivery_comes_once_the_subscription_appears(fresh: Push) -> None:
    fresh.subscribe(early=0.1)
    assert await fresh.due() == []
    fresh.clock.advance(0.1)
    (attempt,) = await fresh.due()
    assert (attempt.type, attempt.status, attempt.number) == ("VEHICLE_STATE", 200, 1)
    (body,) = fresh.receiver.bodies
    assert body["triggers"] == FIRST
    assert codes(body) == list(fleet.FREE_PLAN_DATA)
    fresh.clock.advance(3600)
    assert await fresh.due() == []


async def test_a_changed_trigger_sends_all_data(push: Push) -> None:
    push.bev.unlock()
    push.cloud.refresh(push.bev)
    (attempt,) = await push.due()
    assert push.body["eventId"] == attempt.event_id
    assert push.body["triggers"] == [
        {
            "type": "SIGNAL_UPDATED",
            "signal": {"name": "IsLocked", "code": IS_LOCKED, "group": "Closure"},
        }
    ]
    assert codes(push.body) == list(fleet.FREE_PLAN_DATA)
    assert (value(push.body, IS_LOCKED), value(push.body, SOC)) == (False, 62)


async def test_what_is_no_trigger_sends_nothing(push: Push) -> None:
    push.bev.odometer += 50
    push.cloud.refresh(push.bev)
    push.cloud.refresh(push.cloud.cars[fleet.PHEV])
    assert await push.due() == []


async def test_each_reading_is_its_own_event(push: Push) -> None:
    for percent in (61, 60, 59):
        push.bev.state_of_charge = percent
        push.cloud.refresh(push.bev)
    await push.due()
    bodies = push.receiver.bodies[1:]
    assert [value(body, SOC) for body in bodies] == [61, 60, 59]
    assert len({body["eventId"] for body in bodies}) == 3
    numbers = [body["meta"]["sequence"] for body in push.receiver.bodies]
    assert numbers == sorted(set(numbers))


async def test_a_command_is_told_when_the_store_shows_it(push: Push) -> None:
    push.cloud.change(push.bev, push.bev.unlock)
    push.clock.advance(push.cloud.store_delay - 1)
    assert await push.due() == []
    push.clock.advance(1)
    assert len(await push.due()) == 1
    assert value(push.body, IS_LOCKED) is False


async def test_forced_value_is_told(push: Push) -> None:
    push.bev.override(SOC, body={"value": 12, "unit": "percent"})
    assert len(await push.due()) == 1
    assert value(push.body, SOC) == 12


async def test_empty_store_has_nothing_to_tell(fresh: Push) -> None:
    fresh.cloud.fill_store = "never"
    fresh.subscribe()
    fresh.clock.advance(60)
    assert await fresh.due() == []
    fresh.cloud.fill_store = "subscribed"
    assert len(await fresh.due()) == 1


async def test_subscribing_again_begins_again(push: Push) -> None:
    push.cloud.unsubscribe(push.subscription)
    push.bev.unlock()
    push.cloud.refresh()
    assert await push.due() == []
    push.subscribe()
    assert len(await push.due()) == 1
    assert push.body["triggers"] == FIRST


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_disabled_webhook_keeps_nothing(push: Push, *, by_hand: bool) -> None:
    push.bev.unlock()
    push.cloud.refresh(push.bev)
    assert len(push.sender.waiting) == 1
    if by_hand:
        push.webhook.is_enabled = False
    else:
        push.sender.disable(push.webhook)
    push.bev.state_of_charge = 33
    push.cloud.refresh(push.bev)
    assert await push.due() == []
    push.sender.enable(push.webhook)
    assert len(await push.due()) == 1
    assert push.body["triggers"] == FIRST
    assert (value(push.body, SOC), value(push.body, IS_LOCKED)) == (33, False)


async def test_sign_out_and_back(push: Push) -> None:
    push.connection.store.signed_out = True
    push.cloud.refresh(push.bev)
    (attempt,) = await push.due()
    assert attempt.type == "VEHICLE_ERROR"
    assert push.last.path == "/hook/errors"
    assert push.body["triggers"] == []
    assert "signalCount" not in push.body["meta"]
    (error,) = push.body["data"]["errors"]
    assert (error["type"], error["code"], error["state"]) == (
        "CONNECTED_SERVICES_ACCOUNT",
        "AUTHENTICATION_FAILED",
        "ERROR",
    )
    assert error["resolution"] == {"type": "REAUTHENTICATE"}
    assert error["docURL"].endswith("-account-errors#authentication-failed")
    assert [one["code"] for one in error["signals"]] == list(fleet.FREE_PLAN_DATA)
    push.cloud.connect(push.cloud.users[fleet.USER_1], push.bev)
    push.clock.advance(1)
    (attempt,) = await push.due()
    (error,) = push.body["data"]["errors"]
    assert (error["code"], error["state"]) == ("AUTHENTICATION_FAILED", "RESOLVED")
    assert not error.keys() & {"resolution", "suggestedUserMessage"}
    assert await push.due() == []


async def test_two_owners_of_a_car_get_their_own(fresh: Push) -> None:
    other = fresh.cloud.add_user(User("user-3", "Third"))
    fresh.cloud.connect(other, fresh.bev)
    fresh.cloud.subscribe(fresh.webhook, other, fresh.bev)
    fresh.subscribe()
    attempts = await fresh.due()
    assert {one.user_id for one in attempts} == {fleet.USER_1, "user-3"}


async def test_at_work_needs_no_call(fresh: Push) -> None:
    done = asyncio.Event()
    fresh.sender.on_attempt = lambda _: done.set()
    fresh.subscribe()
    async with fresh.sender.at_work():
        await asyncio.wait_for(done.wait(), 10)
    assert len(fresh.receiver.received) == 1


# What.


async def test_state_has_the_documented_shape(push: Push) -> None:
    (received,) = push.receiver.received
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
    now = round(push.clock.now().timestamp() * 1000)
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
        "webhookId": push.webhook.id,
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


async def test_only_raw_bytes_fit_the_signature(push: Push) -> None:
    (received,) = push.receiver.received
    assert received.is_signed
    assert not received.raw.isascii()
    for separators in (None, (",", ":"), (" ,", " :  ")):
        for ascii_only in (True, False):
            text = json.dumps(
                received.body, separators=separators, ensure_ascii=ascii_only
            )
            for again in (text, f" {text}\r\n"):
                assert code_of(again.encode()) != received.signature


async def test_compact_writing(push: Push) -> None:
    push.sender.forms.choose("writing", "compact")
    body = await push.send(push.sender.state(push.subscription, SOC))
    assert push.last.is_signed
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    assert push.last.raw == text.encode()


async def test_older_triggers(push: Push) -> None:
    push.sender.forms.triggers = "older"
    body = await push.send(push.sender.state(push.subscription, SOC))
    assert body["triggers"] == [
        {"type": "SIGNAL_UPDATED", "signal": "TractionBattery.StateOfCharge"}
    ]


async def test_documented_triggers(push: Push) -> None:
    push.sender.forms.triggers = "docs"
    body = await push.send(push.sender.state(push.subscription, IS_LOCKED))
    assert "triggers" not in body
    assert body["vehicleId"] == fleet.BEV
    assert body["data"]["triggers"] == [
        {"group": "Closure", "name": "IsLocked", "code": IS_LOCKED}
    ]
    assert body["data"]["signals"][0]["meta"].keys() == {"oemUpdatedAt", "fetchedAt"}


async def test_times_as_text_and_bare_meta(push: Push) -> None:
    forms = push.sender.forms
    forms.times = "iso"
    forms.sequence = forms.application_id = False
    body = await push.send(push.sender.state(push.subscription, SOC))
    assert datetime.fromisoformat(body["meta"]["deliveredAt"]) == push.clock.now()
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
    push: Push, form: str, signals: object
) -> None:
    push.sender.forms.choose("error_signals", form)
    problem = Problem("VEHICLE_STATE", "ASLEEP", signals=(SOC,))
    body = await push.send(push.sender.error(push.subscription, problem))
    (error,) = body["data"]["errors"]
    assert error.get("signals") == signals


async def test_only_known_forms(fresh: Push) -> None:
    for name, choice in (("times", "roman"), ("nonsense", True), ("sequence", "yes")):
        with pytest.raises(ValueError, match="must be one of"):
            fresh.sender.forms.choose(name, choice)


async def test_any_error_by_hand(push: Push) -> None:
    others = (("NOVELTY", "NEVER_HEARD_OF"), ("PERMISSION", None))
    for kind, code in (*errors.TABLE, *others):
        problem = Problem(kind, code)
        body = await push.send(push.sender.error(push.subscription, problem))
        (error,) = body["data"]["errors"]
        assert (error["type"], error["code"]) == (kind, code)
    problem = Problem(*errors.VIRTUAL_KEY, url=errors.VIRTUAL_KEY_PAGE)
    body = await push.send(push.sender.error(push.subscription, problem))
    (error,) = body["data"]["errors"]
    assert error["resolution"]["url"] == errors.VIRTUAL_KEY_PAGE


async def test_test_button(push: Push) -> None:
    attempt = await push.sender.send(push.sender.test(push.webhook))
    assert attempt.accepted
    assert push.last.is_signed
    body = push.body
    assert (body["meta"]["mode"], body["data"]["vehicle"]["mode"]) == ("TEST", "test")
    assert body["meta"]["webhookId"].startswith("wh_")
    assert body["meta"]["applicationId"].startswith("app_")
    assert body["data"]["vehicle"]["id"] not in push.cloud.cars
    assert body["data"]["user"]["id"] not in push.cloud.users
    assert codes(body) == list(fleet.FREE_PLAN_DATA)
    body = await push.send(push.sender.test(push.webhook, push.subscription))
    assert (body["data"]["vehicle"]["id"], body["meta"]["mode"]) == (fleet.BEV, "TEST")
    assert (value(body, SOC), value(body, IS_LOCKED)) == (77, False)


# How often.


async def test_retries_at_their_times_then_dropped(push: Push) -> None:
    push.receiver.statuses = [500, 302, 404, 410]
    push.bev.unlock()
    push.cloud.refresh(push.bev)
    begun = push.clock.now()
    for _ in range(40):
        await push.due()
        push.clock.advance(12.5)
    attempts = list(push.sender.attempts)[1:]
    times = [(one.at - begun).total_seconds() for one in attempts]
    assert times == [0, 25, 75, 175]
    assert [one.status for one in attempts] == [500, 302, 404, 410]
    assert [one.number for one in attempts] == [1, 2, 3, 4]
    assert len({one.event_id for one in attempts}) == 1
    assert len({one.delivery_id for one in attempts}) == 4
    assert push.sender.waiting == ()
    tried = push.receiver.received[1:]
    assert {one.path for one in tried} == {"/hook"}
    assert all(one.is_signed for one in tried)
    stamps = [one.body["meta"]["deliveredAt"] for one in tried]
    assert [stamp - stamps[0] for stamp in stamps] == [0, 25_000, 75_000, 175_000]
    assert len({one.body["meta"]["sequence"] for one in tried}) == 1


@pytest.mark.usefixtures("socket_enabled")
async def test_waits_run_on_the_cars_time() -> None:
    clock = ManualClock(speed=50)
    cloud = fleet.demo(clock, living=False)
    async with receiving() as receiver, Sender(cloud) as sender:
        cloud.webhooks[fleet.WEBHOOK].callback_uri = receiver.uri
        push = Push(cloud, clock, sender, receiver)
        push.subscribe()
        receiver.statuses = [503]
        assert [one.status for one in await push.due()] == [503]
        clock.advance(0.4)
        assert await push.due() == []
        clock.advance(0.1)
        assert [one.status for one in await push.due()] == [200]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_success_ends_the_attempts(push: Push, status: int) -> None:
    push.receiver.statuses = [status]
    push.bev.override(IS_LOCKED, body={"value": False})
    (attempt,) = await push.due()
    assert attempt.accepted
    assert push.sender.waiting == ()


async def test_nobody_answers(push: Push) -> None:
    push.webhook.callback_uri = "http://127.0.0.1:1/hook"
    push.bev.unlock()
    push.cloud.refresh()
    (attempt,) = await push.due()
    assert (attempt.status, attempt.accepted) == (0, False)
    assert attempt.failure is not None
    assert "127.0.0.1" not in attempt.failure
    assert len(push.sender.waiting) == 1


async def test_too_slow_is_a_failure(push: Push) -> None:
    assert push.sender.postman.timeout_seconds == 15
    push.sender.postman.timeout_seconds = 0.01
    push.receiver.gate = asyncio.Event()
    push.bev.override(IS_LOCKED, body={"value": False})
    (attempt,) = await push.due()
    push.receiver.gate.set()
    assert (attempt.status, attempt.failure) == (0, "TIMEOUT")
    assert len(push.sender.waiting) == 1


async def test_a_subscription_that_ends_takes_its_retries_along(push: Push) -> None:
    push.receiver.statuses = [500]
    push.bev.override(IS_LOCKED, body={"value": False})
    await push.due()
    push.cloud.disconnect(push.connection)
    push.clock.advance(25)
    assert await push.due() == []


# Mischief.


async def test_duplicates_and_the_wrong_order(push: Push) -> None:
    older = push.sender.state(push.subscription, SOC)
    push.bev.state_of_charge = 40
    push.cloud.refresh(push.bev)
    newer = push.sender.state(push.subscription, SOC)
    first, second, third = [await push.send(one) for one in (newer, older, older)]
    assert [value(one, SOC) for one in (first, second, third)] == [40, 62, 62]
    assert first["meta"]["sequence"] > second["meta"]["sequence"]
    assert second["eventId"] == third["eventId"] != first["eventId"]
    assert second["meta"]["deliveryId"] != third["meta"]["deliveryId"]


async def test_wrong_and_missing_signatures(push: Push) -> None:
    made = push.sender.state(push.subscription)
    await push.send(made, signature=WRONG_SIGNATURE)
    assert (push.last.signature, push.last.is_signed) == ("0" * 64, False)
    await push.send(made, signature="")
    assert push.last.signature is None


@pytest.mark.parametrize("writing", CHOICES["writing"])
@pytest.mark.parametrize("size", [10_000, MOST_BYTES])
async def test_large_body_has_its_size(push: Push, writing: str, size: int) -> None:
    push.sender.forms.choose("writing", writing)
    body = await push.send(push.sender.large(push.subscription, size))
    assert len(push.last.raw) == size
    assert push.last.is_signed
    assert body["meta"]["signalCount"] == 7
    with pytest.raises(ValueError, match="larger"):
        push.sender.large(push.subscription, 100)


async def test_everything_the_cars_know_fits(fresh: Push) -> None:
    fresh.cloud.refresh()
    fresh.webhook.data = tuple(CATALOGUE)
    body = await fresh.send(fresh.sender.state(fresh.subscribe()))
    assert len(codes(body)) == len(CATALOGUE)
    assert len(fresh.last.raw) < MOST_BYTES


async def test_burst_is_sent_at_once(push: Push) -> None:
    push.receiver.gate = asyncio.Event()
    burst = asyncio.create_task(push.sender.burst(push.subscription, 30))
    async with asyncio.timeout(10):
        await push.receiver.crowd(30)
    push.receiver.gate.set()
    attempts = await burst
    assert len({one.event_id for one in attempts}) == 30
    assert all(one.accepted for one in attempts)
    assert push.receiver.most_at_once == 30


async def test_car_of_nobody(fresh: Push) -> None:
    made = fresh.subscribe()
    fresh.cloud.connections.clear()
    with pytest.raises(LookupError):
        fresh.sender.state(made)
    with pytest.raises(LookupError):
        fresh.sender.test(fresh.webhook)


# What comes late.


async def _yesterday(push: Push, *told: str) -> list[Body]:
    """Return what comes of yesterday, of some signals."""
    push.webhook.data = push.webhook.triggers = told
    # What the webhook has not told of the present.
    await push.due()
    before = len(push.receiver.bodies)
    STORIES["yesterday"].play(push.cloud)
    assert {attempt.status for attempt in await push.due()} == {200}
    return push.receiver.bodies[before:]


def _measured(body: Body) -> datetime:
    """Return when the car told of its newest value."""
    times = [signal["meta"]["oemUpdatedAt"] for signal in body["data"]["signals"]]
    return datetime.fromtimestamp(max(times) / 1000, ZONE)


async def test_yesterday_comes_late_and_mixed_up(push: Push) -> None:
    """With the car's own times, and up to where the car stood as its life began."""
    came = await _yesterday(push, SOC, ODOMETER, ENERGY_ADDED, IS_CHARGING, PLUG)
    told = sorted(came, key=_measured)
    assert came != told
    assert len({_measured(body) for body in came}) == len(came) == 41
    triggers = [trigger for body in came for trigger in body["triggers"]]
    assert {trigger["type"] for trigger in triggers} == {"SIGNAL_UPDATED"}
    first, *_, last = told
    # In the household's zone, whatever that of the machine.
    assert (_measured(first).hour, _measured(last).hour) == (7, 0)
    age = push.clock.started - _measured(last)
    assert timedelta(minutes=30) < age < timedelta(hours=25)
    assert value(last, ODOMETER) == push.bev.odometer
    assert value(last, SOC) == push.bev.state_of_charge
    assert value(last, ENERGY_ADDED) == 20
    assert (value(last, PLUG), value(last, IS_CHARGING)) == (True, False)
    assert value(last, ODOMETER) - value(first, ODOMETER) == pytest.approx(53.4)
    charging = [body for body in told if value(body, IS_CHARGING)]
    hours = [_measured(body).hour for body in charging]
    assert (hours[1], hours[-1], len(hours)) == (22, 0, 17)
    assert {value(body, ODOMETER) for body in charging} == {push.bev.odometer}


@pytest.mark.parametrize(
    "started",
    [
        "2026-11-26T01:29",
        "2026-11-26T01:31",
        "2026-11-26T23:59",
        # Clocks are turned in the night of the charge, or in the one after.
        "2026-10-25T05:00",
        "2027-03-28T05:00",
        "2027-03-28T00:30",
    ],
)
def test_yesterday_is_over_and_can_still_be_told(started: str) -> None:
    """Whatever the time of day, none of it is ahead, nor older than two days."""
    began = datetime.fromisoformat(started).replace(tzinfo=ZONE).astimezone(UTC)
    car = fleet.demo(ManualClock(began)).cars[fleet.BEV]
    told = [
        signal.oem_updated_at
        for reading in yesterday(car, car.permissions, began)
        for signal in reading
        if signal.oem_updated_at
    ]
    ages = [began - at for at in told]
    assert timedelta() < min(ages) < max(ages) < timedelta(hours=44)
    assert max(told) - min(told) == timedelta(hours=17, minutes=12)


async def test_yesterday_is_always_the_same(push: Push) -> None:
    """It is the day before the life began, whatever the car has done since."""
    first = await _yesterday(push, SOC, ODOMETER)
    push.bev.odometer += 50
    push.clock.advance(3 * 86_400)
    again = await _yesterday(push, SOC, ODOMETER)
    assert [body["data"]["signals"] for body in again] == [
        body["data"]["signals"] for body in first
    ]


async def test_yesterday_comes_where_deliveries_come(push: Push) -> None:
    """Not to a webhook that is off, nor before a subscription holds."""
    assert len(await _yesterday(push, "closure-doors")) < 41
    push.webhook.is_enabled = False
    STORIES["yesterday"].play(push.cloud)
    push.webhook.is_enabled = True
    push.cloud.unsubscribe(push.subscription)
    push.subscribe(early=1)
    STORIES["yesterday"].play(push.cloud)
    assert push.sender.waiting == ()
