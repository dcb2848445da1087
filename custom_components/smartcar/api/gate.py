"""The one gate by which text and numbers of Smartcar's come in.

What passes can be written to disk, shown to a person and put into an address:
it is encodable, bounded, and without characters that control a terminal or turn
the direction of text. A name for people is cleaned; an id or a code that is not
clean is none.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
import re
from typing import Any, Final, TypeGuard

import orjson

type Json = Mapping[str, Any]

# Smartcar's own limit for all signals of a delivery together is 50 KB.
MAX_SIGNAL_BYTES: Final = 32_768
# Half as deep again as the deepest documented body, a charge schedule's.
MAX_DEPTH: Final = 12
MAX_ITEMS: Final = 1_000
MAX_TEXT: Final = 1_000
MAX_LABEL: Final = 64
MAX_WORD: Final = 128
MAX_URL: Final = 2_000
# What no store, counter or unit conversion holds is no number.
MAX_NUMBER: Final = 2**63 - 1

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100

# Always matched as a whole: "$" would let a line break through.
_ID: Final = re.compile(r"[A-Za-z0-9._~:@=+|-]{1,255}")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

# These name a folder, not what lies in it: an address would lose its last piece.
_FOLDERS: Final = frozenset({".", ".."})

# Read as a text, not taken apart: parsers disagree on what a host is when user
# names, backslashes or blanks come in. Nor may it break out of Markdown.
_LINK: Final = re.compile(
    r"https://(?:[a-z0-9-]+\.)*smartcar\.com(?:[/?][A-Za-z0-9/?&=%_.~:+-]{0,2000})?"
)

# Controls, halves of characters, what turns the direction of text or hides in it.
# The two joiners stay: names and emoji are written with them.
_UNWANTED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)

# Numbers are epoch milliseconds; one age of the documents shows seconds. This
# number is 1973 read as the one and 5138 read as the other.
_FIRST_MILLISECONDS: Final = 100_000_000_000
_MILLISECONDS: Final = 1000
_FIRST_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_TIME: Final = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
_MAX_TIME: Final = 40


# Structure


def mapping(value: object) -> Json:
    """Return a JSON object, or an empty one where something else stands."""
    # Decoded JSON is made of dictionaries; asking for the protocol is slow.
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return a JSON array, as far as it is believed; or an empty one."""
    return value[:MAX_ITEMS] if isinstance(value, list) else []


def body(value: object) -> Json | None:
    """Return a signal's body with clean texts, `None` where it is none.

    A body that is too deep or too long, or holds a number that nothing can
    keep, would keep all others off the disk: it is no body.
    """
    if not isinstance(value, dict):
        return None
    try:
        text = orjson.dumps(value)
    except TypeError:
        # Half a character, too large a number, or too deep.
        return _clean(value)
    if len(text) > MAX_TEXT or (text.count(b"null") and not _is_finite(value)):
        return _clean(value)
    return _read_body(text)


def _is_finite(value: object) -> bool:
    """Return whether each null in the text of a value was one; NaN becomes one."""
    text = repr(value)
    return "nan" not in text and "inf" not in text


# A car tells the same again and again, and many tell the same. By its text, for
# True equals 1.
@lru_cache(maxsize=2048)
def _read_body(text: bytes) -> Json | None:
    return _clean(orjson.loads(text))


def _clean(values: dict[str, Any]) -> Json | None:
    """Clean a body, if that can be done."""
    try:
        clean = _branch(values, MAX_DEPTH)
    except ValueError:
        return None
    return clean if len(orjson.dumps(clean)) <= MAX_SIGNAL_BYTES else None


def _branch(values: dict[str, Any], depth: int) -> dict[str, Any]:
    """Clean an object; raise ValueError where that cannot be done."""
    if not depth:
        raise ValueError("Too deep")
    return {
        cleaned(name, MAX_LABEL): _part(value, depth) for name, value in values.items()
    }


def _part(value: object, depth: int) -> object:
    """Clean a part of a body."""
    if isinstance(value, str):
        return cleaned(value)
    # One by one: a union of types is slow to ask for.
    if isinstance(value, dict):
        return _branch(value, depth - 1)
    if isinstance(value, list):
        if not depth:
            raise ValueError("Too deep")
        return [_part(item, depth - 1) for item in value]
    # Not "value > …": NaN must fail too.
    if isinstance(value, (int, float)) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ValueError("No number to keep")
    return value


# Text


def cleaned(value: str, longest: int = MAX_TEXT) -> str:
    """Return text for people, on one line, without what they cannot see."""
    if len(value) <= longest and value.isascii() and value.isprintable():
        return value
    if _UNWANTED.search(value):
        value = _UNWANTED.sub("", " ".join(value.split())).strip()
    return value[:longest]


def label(value: object) -> str:
    """Return a name for people, or an empty text."""
    return cleaned(value, MAX_LABEL).strip() if isinstance(value, str) else ""


def identifier(value: object) -> str | None:
    """Return an id: text that is one piece of an address and fits into a header."""
    if not isinstance(value, str) or not _ID.fullmatch(value) or value in _FOLDERS:
        return None
    return value


def code(value: object) -> str | None:
    """Return the code of a signal, in lower case."""
    return _read_code(value) if _is_short(value) else None


def codes(values: Iterable[object]) -> tuple[str, ...]:
    """Return the codes among some values, each once."""
    return tuple(dict.fromkeys(found for value in values if (found := code(value))))


def word(value: object) -> str | None:
    """Return one of Smartcar's fixed words (a permission, a mode) as it stands."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def name(value: object) -> str | None:
    """Return one of Smartcar's fixed names (a type, a status) in capitals."""
    return _read_name(value) if _is_short(value) else None


# The same few come by the hundred, and patterns are slow.
@lru_cache(maxsize=1024)
def _read_code(value: str) -> str | None:
    return value.lower() if _CODE.fullmatch(value) else None


@lru_cache(maxsize=256)
def _read_name(value: str) -> str | None:
    return value.upper() if _NAME.fullmatch(value) else None


def _is_short(value: object) -> TypeGuard[str]:
    """Return whether a value is text that may be remembered."""
    return isinstance(value, str) and len(value) <= MAX_WORD


def visible(value: object, longest: int = MAX_URL) -> str | None:
    """Return ASCII that can be seen: an address wherever it leads, or a token."""
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        return None
    return (
        value if value.isascii() and value.isprintable() and " " not in value else None
    )


def link(value: object) -> str | None:
    """Return an address on one of Smartcar's hosts that is safe to follow."""
    return value if isinstance(value, str) and _LINK.fullmatch(value) else None


# Numbers and times


def whole(value: object, lowest: int, highest: int) -> int | None:
    """Return a whole number within bounds; a boolean is one to Python only."""
    return value if type(value) is int and lowest <= value <= highest else None


def parse_time(value: object) -> datetime | None:
    """Read a time as REST (ISO 8601) or webhooks (epoch ms) write it.

    0, null, anything unreadable and years before 1970 or after 2099 mean "not
    known".
    """
    if not value:
        return None
    try:
        return _read_time(value)
    except TypeError, ValueError, OverflowError:
        return None


def parse_times(*values: object) -> tuple[datetime | None, ...]:
    """Read several times, each as `parse_time` does."""
    try:
        return _read_times(*values)
    except TypeError, ValueError, OverflowError:
        return tuple(map(parse_time, values))


# All signals of an answer share a few times. Typed, for True equals 1; what
# cannot be read raises, so that it is not kept.
@lru_cache(maxsize=256, typed=True)
def _read_times(*values: object) -> tuple[datetime | None, ...]:
    return tuple(_read_time(value) if value else None for value in values)


@lru_cache(maxsize=256, typed=True)
def _read_time(value: object) -> datetime:
    if isinstance(value, str):
        if len(value) > _MAX_TIME:
            raise ValueError("Too long")
        time = datetime.fromisoformat(value)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / _MILLISECONDS if value >= _FIRST_MILLISECONDS else value
        time = datetime.fromtimestamp(seconds, UTC)
    else:
        raise TypeError
    if not _FIRST_TIME < time < _LAST_TIME:
        raise ValueError("No time of a car's")
    return time
