"""Where Smartcar's text and numbers come in: what passes, and as what."""

from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
import json
from math import inf, nan
from typing import Any

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.smartcar.api import (
    CommandResult,
    Connection,
    Signal,
    Subscription,
    Vehicle,
    Webhook,
    deliveries,
)
from custom_components.smartcar.api.answers import from_response
from custom_components.smartcar.api.gate import (
    MAX_DEPTH,
    MAX_LABEL,
    MAX_NUMBER,
    MAX_SIGNAL_BYTES,
    MAX_TEXT,
    body,
    cleaned,
    code,
    codes,
    identifier,
    items,
    label,
    link,
    name,
    parse_time,
    visible,
    whole,
    word,
)

from .fixtures import body as sample
from .hostile import ANY_JSON, hostile

NOW = datetime(2026, 10, 5, 14, tzinfo=UTC)

# Controls, halves of characters, and what turns or hides text.
UNWANTED = "\x00\x07\x1b\x7f\x9f\u202e\u2066\u200e\u200b\ufeff\ud83d\udc00\U000e0041"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        pytest.param("Blitz", "Blitz", id="plain"),
        pytest.param("Żółć 車 👩\u200d👩", "Żółć 車 👩\u200d👩", id="any script"),
        pytest.param("Bob\ud83d", "Bob", id="half a character"),
        pytest.param("\u202eevil\u202c car", "evil car", id="turned around"),
        pytest.param("one\r\ntwo\tthree\u2028four", "one two three four", id="lines"),
        pytest.param("\x1b[31mred", "[31mred", id="terminal"),
        pytest.param(f"a{UNWANTED}b", "ab", id="all that is unwanted"),
        pytest.param(UNWANTED, "", id="nothing else"),
        pytest.param("x" * 5_000, "x" * MAX_TEXT, id="endless"),
        pytest.param("é" * 5_000, "é" * MAX_TEXT, id="endless, not ASCII"),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    """Text for people is one line of what they can see."""
    assert cleaned(raw) == clean
    assert body({"value": raw}) == {"value": clean}
    assert body({"values": [{raw: raw}]}) == {"values": [{clean[:MAX_LABEL]: clean}]}
    assert label(raw) == clean[:MAX_LABEL]


@pytest.mark.parametrize(
    "id_",
    [
        "36ab27d0-fd9d-4455-823a-ce30af709ffc",
        "client_01JZ",
        "a",
        "...",
        ".hidden",
        "-_~:@=+|.",
        "x" * 255,
    ],
)
def test_ids(id_: str) -> None:
    """An id is one piece of an address."""
    assert identifier(id_) == id_


@pytest.mark.parametrize(
    "id_",
    [
        *(".", "..", "", "a/b", "../cars", "a\\b", "%2e%2e", "a?b", "a#b", "a;b"),
        *("a b", " a", "a\n", "é", "\ud83d", "\u202ea", "x" * 256),
        *(None, 7, True, ["a"], {"id": "a"}),
    ],
)
def test_what_is_no_id(id_: object) -> None:
    """What would change the path of an address, or cannot stand there, is none."""
    assert identifier(id_) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("tractionbattery-stateofcharge", "tractionbattery-stateofcharge"),
        ("Closure-IsLocked", "closure-islocked"),
        ("new.signal_2", "new.signal_2"),
        ("x" * 128, "x" * 128),
        *(
            (value, None)
            for value in ("", "x" * 129, "-a", "a b", "a\n", "é", "\u212a")
        ),
        *((value, None) for value in ("a/b", "\ud83d", "[a](b)", None, 5, ["a"])),
    ],
)
def test_codes(value: object, expected: str | None) -> None:
    """A code is short and plain, or none."""
    assert code(value) == expected
    assert codes([value, value]) == ((expected,) if expected else ())
    assert (Signal.parse({"code": value, "body": {}}) is None) == (expected is None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("vehicle_state", "VEHICLE_STATE"),
        ("ASLEEP", "ASLEEP"),
        ("x" * 64, "X" * 64),
        *(
            (value, None)
            for value in ("", "x" * 65, "_A", "A B", "A\n", "\u017f", "A-B")
        ),
        *((value, None) for value in ("[a](b)", "\ud83d", None, 5, True, {})),
    ],
)
def test_names(value: object, expected: str | None) -> None:
    """Smartcar's fixed names are words in capitals, or none."""
    assert name(value) == expected
    assert word(value) == (value if expected else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://car.example.org/api?x=1#y", True),
        ("x" * 2_000, True),
        *((value, False) for value in ("", "x" * 2_001, "a b", "a\n", "é", None, 5)),
    ],
)
def test_visible(value: object, expected: bool) -> None:
    """Addresses and tokens are ASCII without blanks."""
    assert visible(value) == (value if expected else None)


@pytest.mark.parametrize("value", [None, 5, ["https://smartcar.com"]])
def test_what_is_no_link(value: object) -> None:
    """A link is text."""
    assert link(value) is None


def deep(depth: int) -> dict[str, Any]:
    """Return objects, each in the next."""
    found: dict[str, Any] = {}
    for _ in range(depth - 1):
        found = {"values": found}
    return found


@pytest.mark.parametrize("number", [0, -1, 0.5, 1e18, MAX_NUMBER, -MAX_NUMBER, True])
def test_numbers_that_can_be_kept(number: float) -> None:
    """Usual numbers pass as they are, and so do truth and nothing."""
    told = {"value": number, "values": [number, None, {"value": number}]}
    assert body(told) == told


@pytest.mark.parametrize("number", [2**63, 10**30, 10**400, 1e19, nan, inf, -inf])
def test_numbers_that_cannot(number: float) -> None:
    """A body with a number that nothing can keep is none."""
    assert body({"value": number}) is None
    assert body({"values": [{"value": [number]}]}) is None
    signal = Signal.parse({"code": "charge-wattage", "body": {"value": number}})
    assert signal is not None
    assert (signal.body, signal.is_spoiled) == (None, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (True, 1), (1, 1.0), (0, False), (None, 0), (-0.0, 0)],
)
def test_what_was_told_before_is_not_what_is_told(before: Any, after: Any) -> None:
    """Values that Python calls equal are not, and a body is shown as it came."""
    assert repr(body({"value": before})) == repr({"value": before})
    assert repr(body({"value": after})) == repr({"value": after})


@pytest.mark.parametrize("number", [nan, inf, -inf, 2**63])
def test_a_number_to_refuse_is_not_taken_for_null(number: float) -> None:
    """What is remembered of a body with null says nothing of one that looks so."""
    assert body({"value": None, "unit": "km"}) == {"value": None, "unit": "km"}
    assert body({"value": number, "unit": "km"}) is None


def test_depth() -> None:
    """A body is as deep as any documented one, not deeper."""
    assert body(deep(MAX_DEPTH)) == deep(MAX_DEPTH)
    assert body(deep(MAX_DEPTH + 1)) is None
    assert body(deep(5_000)) is None
    lists: list[Any] = []
    for _ in range(5_000):
        lists = [lists]
    assert body({"values": lists}) is None


def test_size() -> None:
    """Nor is it endless."""
    row = {"value": "x" * 100}
    assert body({"values": [row] * 200}) == {"values": [row] * 200}
    assert body({"values": [row] * 400}) is None
    assert len(orjson.dumps({"values": [row] * 400})) > MAX_SIGNAL_BYTES


@pytest.mark.parametrize("value", [None, [], [{}], "text", 5])
def test_what_is_no_body(value: object) -> None:
    """A body is an object."""
    assert body(value) is None


def test_long_lists() -> None:
    """Of a list that nobody would send, the beginning is read."""
    assert items(list(range(5_000))) == list(range(1_000))
    assert items({"0": 0}) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [(5, 5), (0, 0), (10, 10), (11, None), (-1, None), (10**30, None)]
    + [(value, None) for value in (True, 5.0, "5", None, nan)],
)
def test_whole_numbers(value: object, expected: int | None) -> None:
    """Whole numbers have bounds."""
    assert whole(value, 0, 10) == expected


@pytest.mark.parametrize(
    "value",
    [
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "2026-10-05T14:02:11." + "0" * 10_000,
        4_102_444_800,
        -5,
    ],
)
def test_times_out_of_bounds(value: object) -> None:
    """Before 1970 and after 2099 there is no car to hear from."""
    assert parse_time(value) is None


# A record that cannot be taken is put aside


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        pytest.param("make", "Te\ud83dsla\u202e", "Tesla", id="make"),
        pytest.param("make", "x" * 5_000, "x" * MAX_LABEL, id="endless make"),
        pytest.param("model", "Model\n3", "Model 3", id="model"),
        pytest.param("year", 10**30, None, id="year"),
        pytest.param("year", -2021, None, id="year before all cars"),
        pytest.param("powertrain", "\ud83d", None, id="powertrain"),
        pytest.param("mode", "live\u202e", "live", id="mode"),
    ],
)
def test_a_car_keeps_what_can_be_read(field: str, value: object, shown: object) -> None:
    """What describes a car is cleaned or unknown; the car stays."""
    wire = "powertrainType" if field == "powertrain" else field
    vehicle = Vehicle.parse("car", {"model": "Zoe", wire: value})
    assert vehicle is not None
    assert getattr(vehicle, field) == shown


def test_permissions_that_are_none() -> None:
    """One odd permission does not take the others along."""
    resource = sample("connection")["data"]
    odd = ["\ud83d", "read vin", "x" * 65, "[a](b)", None]
    resource["attributes"]["permissions"] = [*odd, "read_vin"]
    connection = Connection.parse(resource)
    assert connection is not None
    assert connection.permissions == {"read_vin"}


@pytest.mark.parametrize("status", ["\ud83d", "ALL GOOD", "SUCCESS\u202e", "x" * 65])
def test_a_status_that_is_none(status: str) -> None:
    """Text that is no status is no success."""
    signal = Signal.parse({"code": "charge-wattage", "status": {"value": status}})
    assert signal is not None
    assert (signal.status, signal.is_good) == ("ERROR", False)
    answer = {"data": {"attributes": {"status": {"value": status}}}}
    assert CommandResult.parse(answer).status == "ERROR"


# Everything


def told(model: Any) -> Any:
    """Return all that a model holds, as JSON knows it."""
    if is_dataclass(model) and not isinstance(model, type):
        return told(asdict(model))
    if isinstance(model, dict):
        return {name: told(value) for name, value in model.items()}
    if isinstance(model, list | tuple | set | frozenset):
        return [told(value) for value in model]
    return model.isoformat() if isinstance(model, datetime) else model


def assert_clean(content: Any, depth: int = 20) -> None:
    """Assert that all of it can be kept, shown and sent."""
    assert depth
    if isinstance(content, dict):
        for key, value in content.items():
            assert_clean(key)
            assert_clean(value, depth - 1)
    elif isinstance(content, list):
        for value in content:
            assert_clean(value, depth - 1)
    elif isinstance(content, str):
        content.encode()
        assert len(content) <= 2_100
        assert not set(content) & set(UNWANTED)
        assert not any(mark in content for mark in "\r\n\t\u2028\u2029")
    elif isinstance(content, int | float):
        assert abs(content) <= MAX_NUMBER


PARSERS = {
    "connection": Connection.parse,
    "vehicle": lambda data: Vehicle.parse("car", data["attributes"]),
    "signal_single": Signal.parse,
    "webhooks": Webhook.parse,
    "subscriptions": Subscription.parse,
    "command_schedule_created": CommandResult.parse,
    "delivery_state": lambda data: deliveries.parse(json.dumps(data).encode()),
    "webhook_error": lambda data: deliveries.parse(json.dumps(data).encode()),
    "error_envelope": lambda data: getattr(
        from_response(400, data, {"Retry-After": "1e308"}, NOW), "details", None
    ),
    "error_flat": lambda data: getattr(
        from_response(400, data, {}, NOW), "details", None
    ),
}
WHOLE = {"command_schedule_created", "delivery_state", "webhook_error"}

# Few at a time, and each of them as if by malice.
UNCLEAN = (
    st.text(st.sampled_from(f"{UNWANTED}\n\r\t[](!)/.a"), min_size=1)
    | st.sampled_from([".", "..", "x" * 5_000, deep(300), [deep(20)]])
    | st.sampled_from([nan, inf, -inf, 10**30, -(10**400), 1e300])
    | ANY_JSON
)


def spoiled(draw: st.DrawFn, content: Any) -> Any:
    """Replace some parts of a sample, and put others beside them."""
    if draw(st.integers(0, 9)) == 0:
        return draw(UNCLEAN)
    if isinstance(content, dict):
        found = {name: spoiled(draw, value) for name, value in content.items()}
        if draw(st.integers(0, 9)) == 0:
            found[draw(st.text(st.characters()))] = draw(UNCLEAN)
        return found
    if isinstance(content, list):
        return [spoiled(draw, value) for value in content[:3]]
    return content


@st.composite
def payloads(draw: st.DrawFn, fixture: str) -> Any:
    """Return a sample of Smartcar's with unclean parts."""
    content = sample(fixture)
    if fixture not in WHOLE and "data" in content:
        content = content["data"]
    if isinstance(content, list):
        content = content[0]
    return spoiled(draw, content)


@pytest.mark.parametrize("fixture", PARSERS)
@hostile
@given(st.data())
def test_whatever_comes_is_clean(fixture: str, data: st.DataObject) -> None:
    """Every model that is made can be written, shown and sent; nothing raises."""
    payload = data.draw(payloads(fixture))
    if fixture == "vehicle" and not isinstance(payload, dict):
        payload = {}
    if fixture == "vehicle":
        payload = {"attributes": payload.get("attributes")}
    found = told(PARSERS[fixture](payload))
    assert_clean(found)
    orjson.dumps(found)
