"""What webhooks send: signatures, the challenge, states and errors of cars."""

from datetime import UTC, datetime
import json
from typing import Any

import pytest

from custom_components.smartcar.api import (
    ErrorDelivery,
    Signal,
    SignalError,
    StateDelivery,
    UnknownDelivery,
    VehicleError,
    Verify,
    deliveries,
)
from custom_components.smartcar.api.models import parse_time
from tests.cars import FUEL, IS_LOCKED, SOC

from .fixtures import body

TESLA = "665bce74-4bdc-4164-8bb1-cc4246de2400"
FORD = "859b0f5e-8dab-4577-9848-f9d0278ceafa"
VOLVO = "b77f62e4-1c9b-4737-976c-645e059d330a"
USER_1 = "69cbe66c-a40b-4ac8-b12f-4803e2342e39"
USER_2 = "e3fc6dfd-027b-4df7-a27e-27943a32da3c"
WEBHOOK = "9de78803-fcd4-4acc-8f8f-85c842dfe9d0"


def written(content: object) -> bytes:
    """Write a delivery as it goes over the wire."""
    return json.dumps(content, ensure_ascii=False).encode()


def state(content: Any) -> StateDelivery:
    """Read what must be a state."""
    delivery = deliveries.parse(written(content))
    assert isinstance(delivery, StateDelivery)
    return delivery


def error(content: Any) -> ErrorDelivery:
    """Read what must be an error."""
    delivery = deliveries.parse(written(content))
    assert isinstance(delivery, ErrorDelivery)
    return delivery


# Signatures


def test_signature() -> None:
    """The sample was signed by another program; spaces and accents count."""
    sample = body("webhook_signature")
    raw = sample["body"].encode()
    assert raw != written(json.loads(raw))
    assert deliveries.signature(raw, sample["key"]) == sample["signature"]
    assert deliveries.is_signed(raw, sample["signature"], [sample["key"]])


def test_challenge_answer() -> None:
    """The answer is the signature of the challenge alone."""
    sample = body("webhook_signature")
    answer = deliveries.challenge_answer(sample["challenge"], sample["key"])
    assert answer == sample["answer"]


@pytest.mark.parametrize("keys", [["new", "old"], ["old", "new"], ("old",), {"old"}])
def test_keys(keys: Any) -> None:
    """After a change of the key the one before is good for a while."""
    raw = b"{}"
    header = deliveries.signature(raw, "old")
    assert deliveries.is_signed(raw, header, keys)
    assert not deliveries.is_signed(raw, header, [key for key in keys if key != "old"])


def test_keys_are_read_once() -> None:
    """Keys may come from anywhere that can be read, also only once."""
    header = deliveries.signature(b"{}", "old")
    assert deliveries.is_signed(b"{}", header, iter(["new", "old"]))


# The challenge


@pytest.mark.parametrize("name", ["webhook_verify", "webhook_verify_old"])
def test_verify(name: str) -> None:
    """Two ages of the question; the answer is one."""
    assert deliveries.parse(written(body(name))) == Verify("5f0c92e17ab34d86b1e2")


@pytest.mark.parametrize(
    "challenge",
    ["a", "3a5c8f72-e6d9-4b1a-9f2e-8c7d6a5b4e3f", "a_b-C0", "x" * 256],
)
def test_challenges(challenge: str) -> None:
    """Plain tokens of up to 256 characters are answered."""
    content = {"eventType": "VERIFY", "data": {"challenge": challenge}}
    assert deliveries.parse(written(content)) == Verify(challenge)
    assert deliveries.challenge_answer(challenge, "key") == deliveries.signature(
        challenge.encode(), "key"
    )


# States


def test_state() -> None:
    """All fields of a state."""
    content = body("delivery_state")
    assert state(content) == StateDelivery(
        event_id=content["eventId"],
        vehicle_id=TESLA,
        user_id=USER_1,
        webhook_id=WEBHOOK,
        delivered_at=datetime(2026, 10, 5, 14, 2, 45, 214000, tzinfo=UTC),
        sequence=417,
        is_test=False,
        signals=tuple(
            signal
            for item in content["data"]["signals"]
            if (signal := Signal.parse(item)) is not None
        ),
        triggers=(SOC,),
        is_first=False,
    )


def test_signals() -> None:
    """Six signals come each time; one has an error for a value."""
    signals = {one.code: one for one in state(body("delivery_state")).signals}
    assert len(signals) == 6
    assert signals[SOC].body == {"value": 64, "unit": "percent"}
    assert signals[IS_LOCKED].body == {"value": True}
    assert signals["location-preciselocation"].error == SignalError("PERMISSION")


def test_first_delivery() -> None:
    """What comes after subscribing has no signal for a trigger."""
    delivery = state(body("webhook_first_delivery"))
    assert (delivery.is_first, delivery.triggers) == (True, ())
    assert (delivery.vehicle_id, delivery.user_id) == (FORD, USER_2)
    assert [signal.body for signal in delivery.signals] == [
        {"value": 68, "unit": "percent"},
        {"value": 58210, "unit": "km"},
    ]


def test_dashboard_test() -> None:
    """Invented content is marked."""
    delivery = state(body("webhook_test"))
    assert delivery.is_test
    assert delivery.triggers == (IS_LOCKED,)
    assert len(delivery.signals) == 2


@pytest.mark.parametrize(
    ("mode", "is_test"),
    [("TEST", True), ("test", True), ("LIVE", False), (None, False), (True, False)],
)
def test_modes(mode: object, is_test: bool) -> None:
    """A test says so; nothing else is one."""
    content = body("webhook_error")
    content["meta"]["mode"] = mode
    assert error(content).is_test is is_test


def test_state_of_the_documents() -> None:
    """Triggers within `data`, `fetchedAt`, and the vehicle's id on top too."""
    delivery = state(body("webhook_state_docs"))
    assert (delivery.vehicle_id, delivery.triggers) == (TESLA, (IS_LOCKED,))
    assert not delivery.is_first
    assert delivery.sequence == 0
    (charge, locked, odometer) = delivery.signals
    assert (charge.body, locked.body, odometer.body) == (
        {"value": 64, "unit": "percent"},
        {"value": True},
        {"value": 41873.6, "unit": "km"},
    )
    assert charge.retrieved_at == datetime(2026, 10, 5, 14, 2, 40, 512000, tzinfo=UTC)


def test_vehicle_on_top() -> None:
    """The vehicle's own object is asked first; the id on top will do."""
    content = body("webhook_state_docs")
    content["vehicleId"] = "another"
    assert state(content).vehicle_id == TESLA
    del content["data"]["vehicle"]
    assert state(content).vehicle_id == "another"


@pytest.mark.parametrize("name", ["delivery_state", "webhook_error"])
@pytest.mark.parametrize("vehicle", [None, [], {}, {"id": ""}, {"id": 5}, {"id": "\n"}])
def test_no_vehicle(name: str, vehicle: object) -> None:
    """News about no car is no news."""
    content = body(name)
    content["data"]["vehicle"] = vehicle
    assert deliveries.parse(written(content)) is None


@pytest.mark.parametrize(
    ("triggers", "codes", "is_first"),
    [
        pytest.param(
            [{"type": "SIGNAL_UPDATED", "signal": {"code": "Closure-IsLocked"}}],
            (IS_LOCKED,),
            False,
            id="an object",
        ),
        pytest.param(
            [{"type": "SIGNAL_UPDATED", "signal": "Closure.IsLocked"}],
            (IS_LOCKED,),
            False,
            id="the older text",
        ),
        pytest.param(
            [{"group": "Closure", "name": "IsLocked", "code": IS_LOCKED}],
            (IS_LOCKED,),
            False,
            id="flat",
        ),
        pytest.param(["Closure.IsLocked"], (IS_LOCKED,), False, id="only a text"),
        pytest.param(
            [
                {"type": "FIRST_DELIVERY"},
                {"signal": {"code": SOC}},
                {"signal": {"code": IS_LOCKED}},
                {"signal": {"code": SOC}},
            ],
            (SOC, IS_LOCKED),
            True,
            id="several, one of them twice",
        ),
        pytest.param(
            [
                None,
                5,
                [],
                {},
                "",
                "\ud83d",
                {"signal": None},
                {"signal": {"code": 5}},
                {"signal": {"code": "ol\u00e9"}},
                {"type": 5},
            ],
            (),
            False,
            id="nothing readable",
        ),
        pytest.param([], (), False, id="none"),
        pytest.param(None, (), False, id="null"),
        pytest.param("FIRST_DELIVERY", (), False, id="no list"),
    ],
)
@pytest.mark.parametrize("place", ["top", "data"])
def test_triggers(
    triggers: object, codes: tuple[str, ...], is_first: bool, place: str
) -> None:
    """Three forms at two places."""
    content = body("delivery_state")
    del content["triggers"]
    (content if place == "top" else content["data"])["triggers"] = triggers
    delivery = deliveries.parse(json.dumps(content).encode())
    assert isinstance(delivery, StateDelivery)
    assert (delivery.triggers, delivery.is_first) == (codes, is_first)


def test_triggers_at_both_places() -> None:
    """What stands at either place counts."""
    content = body("delivery_state")
    content["data"]["triggers"] = [{"code": IS_LOCKED}, {"code": SOC}]
    assert state(content).triggers == (SOC, IS_LOCKED)


def test_redelivery() -> None:
    """Another attempt has a new time and delivery, but is the same event."""
    content = body("delivery_state")
    first = state(content)
    content["meta"]["deliveryId"] = "40d7e9b2"
    content["meta"]["deliveredAt"] += 25_276
    again = state(content)
    assert first.event_id == again.event_id == content["eventId"]
    assert first.delivered_at is not None
    assert again.delivered_at is not None
    assert (again.delivered_at - first.delivered_at).total_seconds() == 25.276
    assert again.signals == first.signals


@pytest.mark.parametrize("event_id", [None, "", 5, ["x"], "line\nbreak", "caf\u00e9"])
def test_no_event_id(event_id: object) -> None:
    """Without an id of the event all the rest is of use."""
    content = body("delivery_state")
    expected = state(content).signals
    content["eventId"] = event_id
    delivery = state(content)
    assert delivery.event_id is None
    assert delivery.signals == expected


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        (0, 0),
        (1, 1),
        (2**63 - 1, 2**63 - 1),
        *((bad, 0) for bad in (2**63, -1, 1.5, True, "7", None, [7])),
    ],
)
def test_sequences(sequence: object, expected: int) -> None:
    """A whole number that can be stored, or 0."""
    content = body("delivery_state")
    content["meta"]["sequence"] = sequence
    assert state(content).sequence == expected
    assert type(state(content).sequence) is int


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (1791208965214, 1791208965214),
        ("2026-10-05T14:02:45.214Z", 1791208965214),
        (0, None),
        ("soon", None),
        (None, None),
    ],
)
def test_delivered_at(moment: object, expected: int | None) -> None:
    """Milliseconds; in one test it was text."""
    content = body("webhook_error")
    content["meta"]["deliveredAt"] = moment
    assert error(content).delivered_at == parse_time(expected)


@pytest.mark.parametrize("part", ["meta", "user", "signals", "errors"])
@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, [None, 5, "x", {}, []]])
def test_odd_parts(part: str, odd: object) -> None:
    """One part of a wrong shape takes nothing away from the others."""
    for name in ("delivery_state", "webhook_error"):
        content = body(name)
        (content if part == "meta" else content["data"])[part] = odd
        delivery = deliveries.parse(written(content))
        assert isinstance(delivery, StateDelivery | ErrorDelivery)
        assert delivery.event_id == content["eventId"]
        assert (delivery.user_id is None) == (part == "user")
        assert (delivery.webhook_id is None) == (part == "meta")
        if isinstance(delivery, StateDelivery):
            assert len(delivery.signals) == (0 if part == "signals" else 6)
        else:
            assert len(delivery.errors) == (0 if part == "errors" else 1)


# Errors


def test_error() -> None:
    """All fields of an error."""
    content = body("webhook_error")
    assert error(content) == ErrorDelivery(
        event_id=content["eventId"],
        vehicle_id=VOLVO,
        user_id=USER_1,
        webhook_id=WEBHOOK,
        delivered_at=datetime(2026, 10, 5, 14, 20, 0, 777000, tzinfo=UTC),
        sequence=0,
        is_test=False,
        errors=(
            VehicleError(
                type="CONNECTED_SERVICES_ACCOUNT",
                code="AUTHENTICATION_FAILED",
                is_resolved=False,
                resolution="REAUTHENTICATE",
                url=None,
                signals=(SOC, FUEL),
            ),
        ),
    )


def test_error_resolved() -> None:
    """The end of an error matches its beginning; a way to mend it is not said."""
    (begun,) = error(body("webhook_error")).errors
    (ended,) = error(body("webhook_error_resolved")).errors
    assert (begun.is_resolved, ended.is_resolved) == (False, True)
    assert (ended.type, ended.code) == (begun.type, begun.code)
    assert ended.signals == begun.signals
    assert (ended.resolution, ended.url) == (None, None)


def test_error_with_old_signals() -> None:
    """A missing permission has no code, and its signal stands as text."""
    delivery = error(body("webhook_error_old_signals"))
    assert delivery.vehicle_id == FORD
    assert delivery.errors == (
        VehicleError(
            type="PERMISSION",
            code=None,
            is_resolved=False,
            resolution="REAUTHENTICATE",
            url=None,
            signals=("location-preciselocation",),
        ),
    )


@pytest.mark.parametrize(
    ("signals", "codes"),
    [
        pytest.param(
            [{"name": "TractionBattery", "group": "StateOfCharge", "code": SOC}],
            (SOC,),
            id="name and group swapped",
        ),
        pytest.param(["TractionBattery.StateOfCharge"], (SOC,), id="text"),
        pytest.param([SOC, {"code": SOC}], (SOC,), id="twice"),
        pytest.param([], (), id="none"),
        pytest.param(None, (), id="null"),
        pytest.param({"code": SOC}, (), id="no list"),
        pytest.param([None, 5, {}, {"name": "x", "group": "y"}, ""], (), id="odd"),
    ],
)
def test_signals_of_errors(signals: object, codes: tuple[str, ...]) -> None:
    """The code counts."""
    content = body("webhook_error")
    content["data"]["errors"][0]["signals"] = signals
    assert error(content).errors[0].signals == codes
    del content["data"]["errors"][0]["signals"]
    assert error(content).errors[0].signals == ()


def test_several_errors() -> None:
    """One event may end an error and begin another; odd entries are left out."""
    content = body("webhook_error")
    content["data"]["errors"] += [
        "odd",
        {"type": "vehicle_state", "code": "asleep", "state": "resolved"},
        {"type": "a line\nbreak", "code": "<b>", "resolution": "x", "state": "ODD"},
    ]
    assert [
        (one.type, one.code, one.is_resolved, one.resolution)
        for one in error(content).errors
    ] == [
        (
            "CONNECTED_SERVICES_ACCOUNT",
            "AUTHENTICATION_FAILED",
            False,
            "REAUTHENTICATE",
        ),
        ("VEHICLE_STATE", "ASLEEP", True, None),
        ("UNKNOWN", None, False, None),
    ]


# Others


@pytest.mark.parametrize(
    ("content", "event"),
    [
        ({"eventType": "VEHICLE_SOLD"}, "VEHICLE_SOLD"),
        ({"eventType": "vehicle_sold", "eventName": "verify"}, "VEHICLE_SOLD"),
        ({"version": "2.0", "eventName": "schedule", "payload": {}}, "SCHEDULE"),
    ],
)
def test_unknown_events(content: object, event: str) -> None:
    """Types to come are told by name; nothing is read from them."""
    assert deliveries.parse(written(content)) == UnknownDelivery(event)


@pytest.mark.parametrize(
    "name", ["delivery_state", "webhook_error", "webhook_verify", "webhook_test"]
)
def test_what_logs_may_show(name: str) -> None:
    """No id, position, address or challenge comes with a delivery's text."""
    content = body(name)
    if name == "webhook_error":
        content["data"]["errors"][0]["resolution"]["url"] = (
            f"https://connect.smartcar.com/oauth/reauthenticate?vehicle_id={VOLVO}"
        )
    shown = repr(deliveries.parse(written(content)))
    data = content["data"]
    for hidden in (
        content["eventId"],
        content["meta"]["webhookId"],
        data.get("user", {}).get("id", TESLA),
        data.get("vehicle", {}).get("id", TESLA),
        data.get("challenge", TESLA),
        "5YJ3E1EA2MF000000",
        "https",
    ):
        assert hidden not in shown
