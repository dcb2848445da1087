"""What may be told of a car to others: words and numbers, no person and no place."""

from collections.abc import Iterable, Mapping
import re
from typing import Any, Final

from homeassistant.helpers.redact import REDACTED

from .car.readings import MEMBERS
from .car.state import NICKNAME, VIN

# Leaves of bodies that tell who, where or which car, in small letters.
REDACTED_LEAVES: Final = frozenset(
    {
        "address",
        "altitude",
        "city",
        "coordinates",
        "country",
        "direction",
        "email",
        "geometry",
        "heading",
        "id",
        "label",
        "lat",
        "latitude",
        "lng",
        "location",
        "lon",
        "longitude",
        "name",
        "nickname",
        "phone",
        "place",
        "position",
        "postalcode",
        "scheduleid",
        "street",
        "userid",
        "vehicleid",
        "vin",
        "zip",
    }
)
# Leaves of bodies that hold one of a few words, or a time.
WORDS: Final = frozenset(
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
    }
)
# What such words are made of, and Smartcar's names of errors.
PLAIN: Final = re.compile(r"[A-Za-z0-9_/%°:.+-]{1,32}")
NAME: Final = re.compile(r"[A-Za-z_]{1,64}")
# Letters and digits in one piece are part of an id, a VIN or a token.
MIXED: Final = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8,}")
# Stands for any other text.
TEXT: Final = "str"
# Signals of which no body is shown.
REDACTED_SIGNALS: Final = frozenset({NICKNAME, VIN})
# Shorter texts are part of many words, and of fewer decimals there are many alike.
SHORTEST: Final = 6
DECIMALS: Final = 3


class Redaction:
    """Tells of bodies and words without what is private.

    `private`: texts that stand nowhere, whatever they are part of; for places their
    numbers.
    """

    def __init__(self, private: Iterable[object] = ()) -> None:
        """Take what is known to be private."""
        told = [one for one in private if one is not None]
        self._texts = frozenset(
            text
            for one in told
            if isinstance(one, str) and (text := one.strip().casefold())
        )
        self._numbers = frozenset(
            one
            for one in told
            if isinstance(one, float) and round(one, DECIMALS) != one
        )

    def plain(self, text: str) -> str:
        """Return one word, but no text that anybody may have written."""
        if not PLAIN.fullmatch(text) or MIXED.search(text):
            return TEXT
        return TEXT if self._is_private(text) else text

    def named(self, name: str | None) -> str | None:
        """Return a name as Smartcar makes them; what has digits may be a car's."""
        if not name:
            return name
        return TEXT if not NAME.fullmatch(name) or self._is_private(name) else name

    def body(
        self, code: str, body: Mapping[str, Any], *, is_known: bool
    ) -> str | dict[str, Any]:
        """Return what of a body names no person; of unknown codes its structure."""
        if code in REDACTED_SIGNALS:
            return REDACTED
        if not is_known:
            return {
                self.plain(name): type(value).__name__ for name, value in body.items()
            }
        leaf, _ = MEMBERS.get(code, ("", ()))
        return self._parts(body, WORDS | {leaf})

    def _parts(self, body: Mapping[str, Any], words: frozenset[str]) -> dict[str, Any]:
        """Return the parts of an object; what stands empty names no one."""
        return {
            self.plain(name): REDACTED
            if name.casefold() in REDACTED_LEAVES and part not in (None, "")
            else self._outlined(part, name, words)
            for name, part in body.items()
        }

    def _outlined(self, value: object, leaf: str, words: frozenset[str]) -> object:
        """Return a part of a body, with words and numbers but no other texts."""
        if isinstance(value, dict):
            return self._parts(value, words)
        if isinstance(value, list):
            return [self._outlined(part, leaf, words) for part in value]
        if isinstance(value, str):
            return self.plain(value) if leaf in words else TEXT
        return REDACTED if value in self._numbers else value

    def _is_private(self, text: str) -> bool:
        """Return whether a text holds one that is known to be private."""
        small = text.casefold()
        return small in self._texts or any(
            one in small for one in self._texts if len(one) >= SHORTEST
        )
