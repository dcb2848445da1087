"""What Smartcar's webhooks send: signed bytes in, typed objects out.

Anyone on the internet can send bytes to a webhook's address. A delivery is
believed only when `is_signed` says so of the raw bytes, before anything is read
from them. The one exception is `VERIFY`, which may come without a signature;
all it can obtain is `challenge_answer`, which says why that is harmless.

Nothing here raises for what comes over the wire. Shapes: Smartcar's webhook
reference, payload version 4.0, and the `VERIFY` of version 2.0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
import hashlib
import hmac
import json
from math import isfinite
import re
from typing import Any, Final, Self

import orjson

from .gate import (
    MAX_NUMBER,
    Json,
    codes,
    identifier,
    items,
    link,
    mapping,
    name,
    parse_time,
    whole,
)
from .models import Parser, Signal

# Smartcar's own limit is 50 KB.
MAX_BODY_BYTES: Final = 1_048_576

_FIRST_DELIVERY: Final = "FIRST_DELIVERY"
_RESOLVED: Final = "RESOLVED"
_TEST: Final = "TEST"

# Always matched as a whole: "$" would let a line break through.
_PLAIN_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


def signature(body: bytes, key: str) -> str:
    """Sign bytes as Smartcar does: HMAC-SHA256 in lower-case hex.

    `key` is the application management token.
    """
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, header: str | None, keys: Iterable[str]) -> bool:
    """Return whether `SC-Signature` signs the raw body with one of the keys.

    Takes exactly what Smartcar documents: 64 lower-case hex digits. An empty
    key signs nothing, for anyone could use it.
    """
    # One key handed over without a list would be a list of guessable letters.
    accepted = [keys] if isinstance(keys, str) else keys
    # Comparing text raises for anything but ASCII; bytes always compare.
    given = (header or "").encode("ascii", "replace")
    return any(
        hmac.compare_digest(signature(body, key).encode(), given)
        for key in accepted
        if key
    )


def challenge_answer(challenge: str, key: str) -> str:
    """Answer a `VERIFY`: the challenge's HMAC-SHA256 in lower-case hex.

    Anybody who knows the address can have any plain token signed with the key that
    signs deliveries. That forges none: the token's bytes are ASCII letters,
    digits, "_" and "-", while `parse` reads nothing but a JSON object in UTF-8,
    which has braces. Raises `ValueError` for any other challenge.
    """
    if not _PLAIN_TOKEN.fullmatch(challenge):
        raise ValueError("The challenge is not a plain token")
    return signature(challenge.encode("ascii"), key)


@dataclass(frozen=True, slots=True)
class Verify:
    """Smartcar asks whether this address knows the key.

    `challenge` is a plain token, fit for `challenge_answer`.
    """

    challenge: str = field(repr=False)

    @classmethod
    def parse(cls, content: object) -> Self | None:
        """Read the form of version 4.0, or that of 2.0 with its `payload`."""
        item = mapping(content)
        data = mapping(item.get("data")) or mapping(item.get("payload"))
        challenge = data.get("challenge")
        if not isinstance(challenge, str) or not _PLAIN_TOKEN.fullmatch(challenge):
            return None
        return cls(challenge)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleDelivery:
    """What every delivery about a car says of itself.

    `event_id` is the same at every attempt; without one a repetition cannot be
    recognised. `sequence` is 0 where none is sent. A test comes from a button in
    Smartcar's dashboard: its content is invented.
    """

    event_id: str | None = field(repr=False)
    vehicle_id: str = field(repr=False)
    user_id: str | None = field(repr=False)
    webhook_id: str | None = field(repr=False)
    delivered_at: datetime | None
    sequence: int
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDelivery(VehicleDelivery):
    """The signals picked for the webhook, changed or not.

    `triggers` are codes of signals that made Smartcar send it. `is_first` marks
    what comes after subscribing and after enabling the webhook.
    """

    signals: tuple[Signal, ...]
    triggers: tuple[str, ...]
    is_first: bool

    @classmethod
    def parse(cls, content: object) -> Self | None:
        """Read a `VEHICLE_STATE`; without a vehicle it is of no use."""
        item = mapping(content)
        if (frame := _frame(item)) is None:
            return None
        data = mapping(item.get("data"))
        # Captures have them beside `data`, the documents within.
        triggers = [*items(item.get("triggers")), *items(data.get("triggers"))]
        signals = map(Signal.parse, items(data.get("signals")))
        return cls(
            **frame,
            signals=tuple(signal for signal in signals if signal is not None),
            triggers=_codes(
                mapping(trigger).get("signal", trigger) for trigger in triggers
            ),
            is_first=any(
                name(mapping(trigger).get("type")) == _FIRST_DELIVERY
                for trigger in triggers
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleError:
    """Something wrong between Smartcar and a car, or no longer wrong.

    `url` is a page of Smartcar's on which the person can mend it; it is safe to
    show as a link. `signals` are the codes concerned, if said.
    """

    type: str
    code: str | None
    is_resolved: bool
    resolution: str | None
    url: str | None = field(repr=False)
    signals: tuple[str, ...]

    @classmethod
    def parse(cls, resource: object) -> Self | None:
        """Read one item of `data.errors`."""
        if not (item := mapping(resource)):
            return None
        resolution = mapping(item.get("resolution"))
        return cls(
            type=name(item.get("type")) or "UNKNOWN",
            code=name(item.get("code")),
            is_resolved=name(item.get("state")) == _RESOLVED,
            resolution=name(resolution.get("type")),
            url=link(resolution.get("url")),
            signals=_codes(items(item.get("signals"))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDelivery(VehicleDelivery):
    """Errors of one car that came up or were resolved."""

    errors: tuple[VehicleError, ...]

    @classmethod
    def parse(cls, content: object) -> Self | None:
        """Read a `VEHICLE_ERROR`; without a vehicle it is of no use."""
        item = mapping(content)
        if (frame := _frame(item)) is None:
            return None
        errors = map(VehicleError.parse, items(mapping(item.get("data")).get("errors")))
        return cls(
            **frame, errors=tuple(error for error in errors if error is not None)
        )


@dataclass(frozen=True, slots=True)
class UnknownDelivery:
    """An event of a type that Smartcar did not send when this was written."""

    event_type: str


type Delivery = Verify | StateDelivery | ErrorDelivery | UnknownDelivery

_EVENTS: Final[Mapping[str, Parser[Delivery]]] = {
    "VERIFY": Verify.parse,
    "VEHICLE_STATE": StateDelivery.parse,
    "VEHICLE_ERROR": ErrorDelivery.parse,
}


def parse(body: bytes) -> Delivery | None:
    """Read a delivery's bytes; `None` for what cannot be read.

    Reads one JSON object in UTF-8; NaN and infinite numbers make all of it
    unreadable.
    """
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        decoded = _decode(body)
    except ValueError, RecursionError:
        return None
    content = mapping(decoded)
    event = name(content.get("eventType", content.get("eventName")))
    if event is None:
        return None
    if event in _EVENTS:
        return _EVENTS[event](content)
    return UnknownDelivery(event)


def _decode(body: bytes) -> object:
    """Decode JSON; raise `ValueError` or `RecursionError` if that cannot be done.

    Half a character in one text (a nickname cut off) must not silence a car; the
    fast parser refuses all of such a body.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Decoded here, for from bytes `json` would take UTF-16 and UTF-32 too.
        return json.loads(body.decode(), parse_float=_finite, parse_constant=_finite)


def _finite(number: str) -> float:
    """Read a number; raise `ValueError` if it is not finite."""
    if not isfinite(value := float(number)):
        raise ValueError("Not finite")
    return value


def _frame(content: Json) -> dict[str, Any] | None:
    """Read the fields of `VehicleDelivery`."""
    data = mapping(content.get("data"))
    # One page of the documents also has the vehicle's id on top.
    vehicle_id = identifier(mapping(data.get("vehicle")).get("id")) or identifier(
        content.get("vehicleId")
    )
    if vehicle_id is None:
        return None
    meta = mapping(content.get("meta"))
    return {
        "event_id": identifier(content.get("eventId")),
        "vehicle_id": vehicle_id,
        "user_id": identifier(mapping(data.get("user")).get("id")),
        "webhook_id": identifier(meta.get("webhookId")),
        "delivered_at": parse_time(meta.get("deliveredAt")),
        "sequence": whole(meta.get("sequence"), 0, MAX_NUMBER) or 0,
        "is_test": name(meta.get("mode")) == _TEST,
    }


def _codes(entries: Iterable[object]) -> tuple[str, ...]:
    """Read codes of signals, each once: `{code, …}` or the older "Group.Name"."""
    return codes(
        entry.replace(".", "-")
        if isinstance(entry, str)
        else mapping(entry).get("code")
        for entry in entries
    )
