"""What may come to an address that all the world can reach."""

import codecs
from dataclasses import fields, is_dataclass
import json
from typing import Any, get_args

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.api import (
    Delivery,
    ErrorDelivery,
    StateDelivery,
    UnknownDelivery,
    Verify,
    deliveries,
)

from .fixtures import body
from .hostile import ANY_JSON, bent, hostile

KEY = "management-token-of-nobody"
STATE = json.dumps(body("delivery_state")).encode()
GOOD = deliveries.signature(STATE, KEY)

# What a forger would like to have signed: the shortest bodies that are read.
BODIES = [
    '{"eventType":"VEHICLE_SOLD"}',
    '{"eventType":"VEHICLE_STATE","vehicleId":"a"}',
    '{"eventType":"VEHICLE_ERROR","vehicleId":"a"}',
]


def verify(challenge: object) -> bytes:
    """Ask for an answer to a challenge."""
    return json.dumps(
        {"eventType": "VERIFY", "data": {"challenge": challenge}}
    ).encode()


# Signatures


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param(" ", id="blank"),
        pytest.param(GOOD.upper(), id="capitals"),
        pytest.param(f" {GOOD}", id="blank before"),
        pytest.param(f"{GOOD}\n", id="line break after"),
        pytest.param(f"sha256={GOOD}", id="prefix of other services"),
        pytest.param(f'"{GOOD}"', id="quoted"),
        pytest.param(GOOD[:-1], id="a digit short"),
        pytest.param(f"{GOOD}0", id="a digit long"),
        pytest.param(f"{GOOD},{GOOD}", id="two headers in one"),
        pytest.param(f"{'0' * 64},{GOOD}", id="a wrong one and a right one"),
        pytest.param(GOOD[::-1], id="backwards"),
        pytest.param("0" * 64, id="zeros"),
        pytest.param("?" * 64, id="question marks"),
        pytest.param("\u00e9" * 64, id="accents"),
        pytest.param("\udce9" * 64, id="bytes that were no text"),
        pytest.param(
            GOOD.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
            id="full-width digits",
        ),
        pytest.param(f"\ufeff{GOOD}", id="byte order mark"),
        pytest.param(f"{GOOD}\0", id="zero byte"),
        pytest.param("a" * 1_000_000, id="endless"),
        pytest.param(deliveries.signature(STATE, "another"), id="wrong key"),
        pytest.param(deliveries.signature(STATE, ""), id="empty key"),
        pytest.param(deliveries.signature(b"", KEY), id="of nothing"),
    ],
)
def test_not_signed(header: str | None) -> None:
    """Only the documented form of the right number opens."""
    assert deliveries.is_signed(STATE, GOOD, [KEY])
    assert not deliveries.is_signed(STATE, header, [KEY])


@pytest.mark.parametrize(
    ("keys", "header"),
    [
        pytest.param([], GOOD, id="no key"),
        pytest.param([""], deliveries.signature(STATE, ""), id="an empty key"),
        pytest.param(["", "another"], GOOD, id="none that fits"),
        pytest.param(KEY, deliveries.signature(STATE, KEY[0]), id="letters of a key"),
    ],
)
def test_weak_keys(keys: Any, header: str) -> None:
    """Whoever has no key yet believes nobody."""
    assert not deliveries.is_signed(STATE, header, keys)


def test_key_without_a_list() -> None:
    """One key alone is one key."""
    assert deliveries.is_signed(STATE, GOOD, KEY)


@pytest.mark.parametrize(
    "tampered",
    [
        pytest.param(STATE.replace(b": 64", b": 65"), id="a value"),
        pytest.param(STATE.replace(b": ", b":"), id="spaces only"),
        pytest.param(STATE + b" ", id="blank after"),
        pytest.param(b"\n" + STATE, id="line break before"),
        pytest.param(codecs.BOM_UTF8 + STATE, id="byte order mark"),
        pytest.param(STATE.decode().encode("utf-16"), id="another encoding"),
        pytest.param(STATE.replace(b"Home", b"H\\u006fme"), id="same text, escaped"),
        pytest.param(STATE[:-1], id="cut"),
        pytest.param(b"", id="empty"),
    ],
)
def test_tampered(tampered: bytes) -> None:
    """The bytes count, not what they mean."""
    assert tampered != STATE
    assert not deliveries.is_signed(tampered, GOOD, [KEY])


def test_replay() -> None:
    """A signature holds no time: the same bytes are good again, as one event.

    Whoever takes deliveries in must know the events that were.
    """
    assert deliveries.is_signed(STATE, GOOD, [KEY])
    first, again = deliveries.parse(STATE), deliveries.parse(STATE)
    assert isinstance(first, StateDelivery)
    assert first == again
    assert first.event_id is not None


@hostile
@given(st.binary(min_size=1, max_size=300), st.text(min_size=1), st.data())
def test_any_change_is_seen(raw: bytes, key: str, data: st.DataObject) -> None:
    """What is signed is accepted; with one byte changed it is refused."""
    header = deliveries.signature(raw, key)
    assert deliveries.is_signed(raw, header, ["another", key])
    place = data.draw(st.integers(0, len(raw) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = bytearray(raw)
    changed[place] ^= flip
    assert not deliveries.is_signed(bytes(changed), header, ["another", key])
    at = data.draw(st.integers(0, 63))
    digit = "0" if header[at] != "0" else "1"
    assert not deliveries.is_signed(raw, header[:at] + digit + header[at + 1 :], [key])


@hostile
@given(st.text(st.characters(categories=None), max_size=80))
def test_hostile_headers(header: str) -> None:
    """No header raises, half characters included."""
    assert not deliveries.is_signed(STATE, header, [KEY])


# The challenge as a way to have something signed


@pytest.mark.parametrize(
    "challenge",
    [
        *(pytest.param(text, id=text[:45]) for text in BODIES),
        *(
            pytest.param(text.encode(encoding).decode("latin-1"), id=encoding)
            for text in BODIES[:1]
            for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
        ),
        pytest.param(f"  {BODIES[1]}", id="blanks before a body"),
        pytest.param(f"\n{BODIES[1]}\n", id="line breaks around a body"),
        pytest.param(f"\ufeff{BODIES[1]}", id="byte order mark before a body"),
        pytest.param("+AHs-", id="a brace in UTF-7"),
        pytest.param("{}", id="an empty object"),
        pytest.param("[]", id="an empty list"),
        pytest.param('"token"', id="a JSON text"),
        pytest.param("\uff5b\uff5d", id="full-width braces"),
        pytest.param("token\n", id="line break after"),
        pytest.param("\ntoken", id="line break before"),
        pytest.param("to ken", id="a blank within"),
        pytest.param("token\0", id="zero byte"),
        pytest.param("t\u00f6ken", id="accent"),
        pytest.param("\u0661\u0662\u0663", id="Arabic digits"),
        pytest.param("\uff54oken", id="full-width letter"),
        pytest.param("to\u212aen", id="Kelvin sign, a k to some"),
        pytest.param("\ud83d", id="half a character"),
        pytest.param("x" * 257, id="one character too long"),
        pytest.param("x" * 100_000, id="endless"),
        pytest.param("", id="empty"),
    ],
)
def test_nothing_else_is_signed(challenge: str) -> None:
    """Only a plain token is a challenge, in the question and in the answer."""
    assert deliveries.parse(verify(challenge)) is None
    old = {"eventName": "verify", "payload": {"challenge": challenge}}
    assert deliveries.parse(json.dumps(old).encode()) is None
    with pytest.raises(ValueError, match="not a plain token") as caught:
        deliveries.challenge_answer(challenge, KEY)
    assert caught.value.args == ("The challenge is not a plain token",)


@pytest.mark.parametrize(
    "challenge", [None, True, 5, 1.5, ["token"], {"token": "token"}, [[]], {}]
)
def test_challenges_that_are_no_text(challenge: object) -> None:
    """A challenge is text."""
    assert deliveries.parse(verify(challenge)) is None


@pytest.mark.parametrize("data", [None, [], "token", 5, {}, {"Challenge": "token"}])
def test_no_challenge(data: object) -> None:
    """Without one there is nothing to answer."""
    raw = json.dumps({"eventType": "VERIFY", "data": data}).encode()
    assert deliveries.parse(raw) is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            rb'{"eventType":"VERIFY","data":{"challenge":"\u0061bc"}}',
            Verify("abc"),
            id="an escaped letter is that letter",
        ),
        pytest.param(
            rb'{"eventType":"VERIFY","data":{"challenge":"\u007b\u007d"}}',
            None,
            id="an escaped brace is a brace",
        ),
        pytest.param(
            rb'{"eventType":"VERIFY","data":{"challenge":"abc\u000a"}}',
            None,
            id="an escaped line break is a line break",
        ),
        pytest.param(
            rb'{"\u0065ventType":"VERIFY","eventType":"VEHICLE_STATE"}',
            None,
            id="a name twice, once escaped",
        ),
    ],
)
def test_escapes(raw: bytes, expected: Verify | None) -> None:
    """Judged is what the text means, for that is what gets signed."""
    assert deliveries.parse(raw) == expected


@hostile
@given(st.from_regex(r"[A-Za-z0-9_-]{1,256}", fullmatch=True))
def test_no_answer_is_a_delivery(challenge: str) -> None:
    """The one thing that has to hold: what was signed is nothing that is read."""
    assert deliveries.parse(verify(challenge)) == Verify(challenge)
    signed = challenge.encode()
    header = deliveries.challenge_answer(challenge, KEY)
    assert deliveries.is_signed(signed, header, [KEY])
    assert deliveries.parse(signed) is None


@pytest.mark.parametrize("challenge", ["null", "true", "123", "-1", "1e5", "NaN"])
def test_tokens_that_are_json(challenge: str) -> None:
    """Some tokens are JSON, but none is an object."""
    assert deliveries.parse(verify(challenge)) == Verify(challenge)
    assert deliveries.parse(challenge.encode()) is None


# Which event is it?


@pytest.mark.parametrize("nickname", ["Kangaroo", "\\ud83d"])
def test_names_that_stand_twice(nickname: str) -> None:
    """The last one counts, whichever parser reads it; a signature stands for all."""
    raw = (
        b'{"eventType":"VERIFY","eventType":"VEHICLE_STATE","vehicleId":"a",'
        b'"vehicleId":"b","nickname":"%s"}' % nickname.encode()
    )
    delivery = deliveries.parse(raw)
    assert isinstance(delivery, StateDelivery)
    assert delivery.vehicle_id == "b"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            {"eventType": "VEHICLE_STATE", "eventName": "verify", "vehicleId": "a"},
            StateDelivery,
            id="the newer name decides",
        ),
        pytest.param(
            {"eventType": "VERIFY", "eventName": "VEHICLE_STATE", "vehicleId": "a"},
            Verify,
            id="whatever the older says",
        ),
        pytest.param(
            {"eventType": None, "eventName": "verify"}, None, id="null is no type"
        ),
        pytest.param(
            {"eventType": ["VERIFY"], "eventName": "verify"}, None, id="nor is a list"
        ),
        pytest.param({"eventType": "VERIFY\n"}, None, id="a line break"),
        pytest.param({"eventType": "VER\u0130FY"}, None, id="a Turkish I"),
        pytest.param({"eventType": "5YJ3E1EA2MF000000"}, None, id="a VIN"),
        pytest.param({"eventType": "A" * 65}, None, id="long"),
        pytest.param({"eventType": "A" * 64}, UnknownDelivery, id="the longest"),
        pytest.param({"eventtype": "VERIFY"}, None, id="other case of the name"),
        pytest.param({}, None, id="no type"),
    ],
)
def test_types(content: dict[str, Any], expected: type[Any] | None) -> None:
    """The event is what `eventType` says, and a challenge changes nothing."""
    content["data"] = content["payload"] = {"challenge": "abc"}
    delivery = deliveries.parse(json.dumps(content).encode())
    assert delivery is None if expected is None else type(delivery) is expected


# Bytes


DEEP = 200_000


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\0", id="zero byte"),
        pytest.param(b"<html></html>", id="a page"),
        pytest.param(b"challenge=abc", id="a form"),
        pytest.param(b"null", id="null"),
        pytest.param(b"true", id="a boolean"),
        pytest.param(b"5", id="a number"),
        pytest.param(b'"VERIFY"', id="a text"),
        pytest.param(b'[{"eventType":"VERIFY"}]', id="a list"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(verify("abc")[:-1], id="cut"),
        pytest.param(verify("abc") + b"{}", id="two objects"),
        pytest.param(verify("abc") + b"\0", id="zero byte after"),
        pytest.param(codecs.BOM_UTF8 + verify("abc"), id="byte order mark"),
        *(
            pytest.param(verify("abc").decode().encode(encoding), id=encoding)
            for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7")
            if verify("abc").decode().encode(encoding) != verify("abc")
        ),
        pytest.param(verify("abc").replace(b"abc", b"\xe9"), id="Latin-1"),
        pytest.param(verify("abc").replace(b"abc", b"\xc0\xbb"), id="over-long UTF-8"),
        pytest.param(
            verify("abc").replace(b"abc", b"\xed\xa0\xbd"), id="half a character"
        ),
        pytest.param(b"[" * DEEP, id="deep lists, cut"),
        pytest.param(b"[" * DEEP + b"]" * DEEP, id="deep lists"),
        pytest.param(b'{"a":' * DEEP + b"1" + b"}" * DEEP, id="deep objects, too long"),
        pytest.param(
            b'{"a":' * (DEEP // 2) + b"1" + b"}" * (DEEP // 2), id="deep objects"
        ),
        pytest.param(
            b'{"eventType":"VERIFY","data":{"challenge":"abc"},"x":'
            + b"9" * 100_000
            + b"}",
            id="a number of 100,000 digits",
        ),
        *(
            pytest.param(
                b'{"eventType":"VERIFY","data":{"challenge":"abc"},"x":%s}' % number,
                id=number.decode(),
            )
            for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999")
        ),
        pytest.param(
            verify("abc") + b" " * deliveries.MAX_BODY_BYTES, id="blanks without end"
        ),
    ],
)
def test_unreadable(raw: bytes) -> None:
    """It is refused, and nothing is raised."""
    assert deliveries.parse(raw) is None


def test_largest_body() -> None:
    """Twenty times what Smartcar says it sends is read, no more."""
    raw = STATE.ljust(deliveries.MAX_BODY_BYTES)
    assert isinstance(deliveries.parse(raw), StateDelivery)
    assert deliveries.parse(raw + b" ") is None


@pytest.mark.parametrize(
    "number", ["9" * 400, "-" + "9" * 4000, "1e308", "-0", "1E-999"]
)
def test_numbers(number: str) -> None:
    """Numbers with many digits stand where they do no harm."""
    content = body("delivery_state")
    content["meta"]["sequence"] = content["meta"]["deliveredAt"] = "#"
    raw = json.dumps(content).replace('"#"', number).encode()
    delivery = deliveries.parse(raw)
    assert isinstance(delivery, StateDelivery)
    assert (delivery.sequence, delivery.delivered_at) == (0, None)


def test_half_characters() -> None:
    """JSON can write what no text may hold; ids and codes are free of it."""
    content = body("webhook_error")
    half = "\ud83d"
    content["eventId"] = content["data"]["user"]["id"] = half
    content["meta"]["webhookId"] = half
    entry = content["data"]["errors"][0]
    entry["type"] = entry["code"] = entry["state"] = half
    entry["resolution"] = {"type": half, "url": f"https://smartcar.com/{half}"}
    entry["signals"] = [half, {"code": half}]
    delivery = deliveries.parse(json.dumps(content).encode())
    assert isinstance(delivery, ErrorDelivery)
    assert (delivery.event_id, delivery.user_id, delivery.webhook_id) == (None,) * 3
    (one,) = delivery.errors
    assert (one.type, one.code, one.resolution, one.url) == (
        "UNKNOWN",
        None,
        None,
        None,
    )
    assert (one.is_resolved, one.signals) == (False, ())


# Links


def link(url: object) -> str | None:
    """Read an error with an address; return what would be shown."""
    content = body("webhook_error")
    content["data"]["errors"][0]["resolution"]["url"] = url
    delivery = deliveries.parse(json.dumps(content).encode())
    assert isinstance(delivery, ErrorDelivery)
    return delivery.errors[0].url


@pytest.mark.parametrize(
    "url",
    [
        "https://smartcar.com",
        "https://smartcar.com/",
        "https://connect.smartcar.com?mode=live",
        "https://connect.smartcar.com/oauth/x?vehicle_id=b7&redirect_uri=https%3A%2F%2Fa",
        "https://a.b.smartcar.com/x/y.html?z=1+2~3",
        "https://smartcar.com/" + "x" * 2000,
    ],
)
def test_links(url: str) -> None:
    """Pages of Smartcar's."""
    assert link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://connect.smartcar.com/", id="in the clear"),
        pytest.param("HTTPS://connect.smartcar.com/", id="capitals"),
        pytest.param("//connect.smartcar.com/", id="no scheme"),
        pytest.param("javascript:alert(1)//smartcar.com", id="a script"),
        pytest.param("data:text/html,https://smartcar.com/", id="data"),
        pytest.param("https://smartcar.com.example.org/", id="host goes on"),
        pytest.param("https://notsmartcar.com/", id="host begins before"),
        pytest.param("https://example.org/smartcar.com/", id="only in the path"),
        pytest.param("https://example.org?https://smartcar.com/", id="in the query"),
        pytest.param("https://example.org#.smartcar.com/", id="in the fragment"),
        pytest.param("https://smartcar.com@example.org/", id="as a user"),
        pytest.param("https://user:word@smartcar.com/", id="with a user"),
        pytest.param("https://smartcar.com/@example.org", id="what looks like a user"),
        pytest.param("https://example.org\\@smartcar.com/", id="backslash"),
        pytest.param("https://example.org\\.smartcar.com/", id="backslash and dot"),
        pytest.param("https://smartcar.com:8443/", id="port"),
        pytest.param("https://smartcar.com./", id="final dot"),
        pytest.param("https://.smartcar.com/", id="leading dot"),
        pytest.param("https:///smartcar.com/", id="three slashes"),
        pytest.param("https://smartcarxcom/", id="any letter for the dot"),
        pytest.param("https://sm\u0430rtcar.com/", id="Cyrillic letter"),
        pytest.param("https://smartcar.com/\n", id="line break after"),
        pytest.param("\thttps://smartcar.com/", id="tab before"),
        pytest.param("https://exam\tple.org/", id="tab within"),
        pytest.param("https://smartcar.com/a b", id="blank"),
        pytest.param("https://smartcar.com/)[x](https://example.org", id="Markdown"),
        pytest.param('https://smartcar.com/"onclick="x', id="quotes"),
        pytest.param("https://smartcar.com/<script>", id="HTML"),
        pytest.param("https://smartcar.com/\u202e", id="right to left"),
        pytest.param("https://smartcar.com/" + "x" * 2001, id="endless"),
        pytest.param("https://" + "a." * 100_000 + "example.org", id="endless host"),
        pytest.param("", id="empty"),
        pytest.param(None, id="null"),
        pytest.param(5, id="a number"),
        pytest.param(["https://smartcar.com/"], id="a list"),
    ],
)
def test_not_links(url: object) -> None:
    """Anything else is not shown to a person."""
    assert link(url) is None


# Anything


def assert_typed(delivery: Delivery | None) -> None:
    """Check that a delivery holds what its class says."""
    if delivery is None:
        return
    assert type(delivery) in get_args(Delivery.__value__)
    assert is_dataclass(delivery)
    values = {one.name: getattr(delivery, one.name) for one in fields(delivery)}
    for name in ("event_id", "vehicle_id", "user_id", "webhook_id"):
        id_ = values.get(name)
        assert id_ is None or (id_.isascii() and id_.isprintable() and id_)
    if isinstance(delivery, StateDelivery | ErrorDelivery):
        assert delivery.vehicle_id
        assert 0 <= delivery.sequence < 2**63
        assert type(delivery.is_test) is bool
    if isinstance(delivery, StateDelivery):
        assert all(code == code.lower() for code in delivery.triggers)
    if isinstance(delivery, ErrorDelivery):
        for one in delivery.errors:
            assert one.type == one.type.upper() != ""
            assert type(one.is_resolved) is bool


@hostile
@given(st.binary())
def test_hostile_bytes(raw: bytes) -> None:
    """No bytes raise."""
    assert_typed(deliveries.parse(raw))


@hostile
@given(ANY_JSON)
def test_hostile_json(content: Any) -> None:
    """No JSON does."""
    assert_typed(deliveries.parse(json.dumps(content).encode()))


@pytest.mark.parametrize(
    "name",
    [
        "delivery_state",
        "webhook_error",
        "webhook_error_old_signals",
        "webhook_first_delivery",
        "webhook_state_docs",
        "webhook_verify",
        "webhook_verify_old",
    ],
)
@hostile
@given(data=st.data())
def test_hostile_deliveries(name: str, data: st.DataObject) -> None:
    """Nor does a delivery with parts missing or replaced."""
    content = data.draw(bent(body(name)))
    assert_typed(deliveries.parse(json.dumps(content).encode()))


@hostile
@given(st.integers(0, len(STATE) - 1), st.binary(max_size=4))
def test_hostile_splices(place: int, piece: bytes) -> None:
    """Nor do bytes put into a good one."""
    assert_typed(deliveries.parse(STATE[:place] + piece + STATE[place + 1 :]))
