"""What may be kept of a user's diagnostics file, value by value.

What could name a person, a place or a car is blacked out, also where it stands in the
file against all expectation.
"""

from datetime import UTC, datetime
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from simulator.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.errors import Json, Value

REDACTED = "**REDACTED**"

TEXT = "str"
"""Stands for a text that is not told."""

TYPES: Mapping[str, Value] = MappingProxyType(
    {
        "bool": False,
        "dict": {},
        "float": 0.5,
        "int": 0,
        "list": [],
        "NoneType": None,
        TEXT: TEXT,
    }
)
"""What of an unknown signal is told, and a value of that kind."""

DEEPEST = 16

PRIVATE = frozenset(
    {
        "address",
        "altitude",
        "city",
        "coordinates",
        "direction",
        "email",
        "heading",
        "id",
        "lat",
        "latitude",
        "lng",
        "location",
        "lon",
        "longitude",
        "name",
        "nickname",
        "phone",
        "scheduleid",
        "street",
        "userid",
        "vehicleid",
        "vin",
    }
)
"""Leaves that name a person, a place or a car, in small letters."""

WORDS = frozenset(
    {
        "canonical",
        "chargingType",
        "connectorType",
        "days",
        "end",
        "endTime",
        "locationType",
        "scheduleType",
        "source",
        "start",
        "startTime",
        "status",
        "time",
        "type",
        "unit",
        "value",
    }
)
"""Leaves that hold one of a few words, or a time."""

PRIVATE_SIGNALS = frozenset(
    {"vehicleidentification-nickname", "vehicleidentification-vin"}
)

WORD = re.compile(r"[A-Za-z0-9_/%°:.+-]{1,32}")
LABEL = re.compile(r"[\w .,+/'()&!-]{0,64}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
KEY = re.compile(r"[a-z_]{1,32}\.[a-z0-9_.-]{1,128}")
"""A platform, and what an entity of it shows."""

MIXED = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8,}")
"""Letters and digits in one piece: part of an id, a VIN or a token."""


class ReportError(Exception):
    """The file is no report; the message says in one line what is wrong."""


def clean(code: str, body: Value, where: str) -> Value:
    """Return what of a body may be kept: words, numbers, and that there is a text."""
    if code in PRIVATE_SIGNALS and body is not None:
        return REDACTED
    if body is None or body == REDACTED:
        return body
    parts = as_object(body, where)
    if is_outline(code, parts):
        return {word(name): kind for name, kind in parts.items()}
    return _parts(parts, where, 0)


def is_outline(code: str, body: Json) -> bool:
    """Return whether kinds of values stand in place of the values.

    So do they for a signal that the integration did not know.
    """
    return code not in CATALOGUE and all(
        isinstance(value, str) and value in TYPES for value in body.values()
    )


def _parts(parts: Json, where: str, depth: int) -> Json:
    return {
        word(name): REDACTED
        if name.casefold() in PRIVATE and part not in (None, "")
        else _part(name, part, where, depth + 1)
        for name, part in parts.items()
    }


def _part(leaf: str, part: Value, where: str, depth: int) -> Value:
    if depth > DEEPEST:
        msg = f"{where} is nested too deeply"
        raise ReportError(msg)
    if isinstance(part, dict):
        return _parts(part, where, depth)
    if isinstance(part, list):
        return [_part(leaf, one, where, depth + 1) for one in part]
    if not isinstance(part, str):
        return part
    return word(part) if leaf in WORDS else TEXT


# Single values.


def as_object(value: Value, where: str) -> Json:
    """Return an object. Raises ReportError."""
    if not isinstance(value, dict):
        msg = f"{where[:80]} is no object"
        raise ReportError(msg)
    return value


def as_list(value: Value, where: str) -> list[Value]:
    """Return a list. Raises ReportError."""
    if not isinstance(value, list):
        msg = f"{where[:80]} is no list"
        raise ReportError(msg)
    return value


def as_text(value: Value, where: str) -> str:
    """Return a text. Raises ReportError."""
    if not isinstance(value, str):
        msg = f"{where[:80]} is no text"
        raise ReportError(msg)
    return value


def as_time(value: Value, where: str) -> datetime | None:
    """Return a time, None for none. Raises ReportError."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(as_text(value, where))
    except ValueError:
        msg = f"{where[:80]} is no time"
        raise ReportError(msg) from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def as_code(value: str) -> str:
    """Return the code of a signal. Raises ReportError."""
    if not CODE.fullmatch(value):
        msg = f"{value[:40]!r} is no signal's code"
        raise ReportError(msg)
    return value


def label(value: Value) -> str:
    """Return a name of a make or model; anything else is blacked out."""
    return value if isinstance(value, str) and LABEL.fullmatch(value) else TEXT


def word(value: Value) -> str:
    """Return one word; of any other text only that there is one."""
    if value == REDACTED:
        return REDACTED
    is_word = isinstance(value, str) and WORD.fullmatch(value)
    return value if is_word and not MIXED.search(value) else TEXT
