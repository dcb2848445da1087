"""How records are stored: dataclasses as JSON, by the names of their fields."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Self

from mashumaro.codecs import BasicDecoder, BasicEncoder
from mashumaro.dialect import Dialect

from .times import stored_time

# For a field that does not survive a restart.
NOT_STORED: Final = MappingProxyType({"serialize": "omit"})


def _text(stored: object) -> str:
    """Return a text; mashumaro takes anything for one."""
    if not isinstance(stored, str):
        raise TypeError
    return stored


class StoredForm(Dialect):
    """Times are texts with a zone; sets are sorted, so that files can be compared."""

    serialize_by_alias = True
    serialization_strategy = MappingProxyType(
        {
            datetime: {"serialize": datetime.isoformat, "deserialize": stored_time},
            str: {"deserialize": _text},
            frozenset[str]: {"serialize": sorted, "deserialize": frozenset},
        }
    )


class Record:
    """A dataclass that is stored; a field's `alias` is its name in the file."""

    __slots__ = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        # Only for mypy a class is as hashable as its instances.
        kind: Any = type(self)
        written: dict[str, Any] = encoder(kind).encode(self)
        return written

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read `as_dict` back; a field that is not there has its default.

        Raises AttributeError, LookupError, TypeError or ValueError for what was
        never written like this.
        """
        kind: Any = cls
        found: Self = decoder(kind).decode(stored)
        return found


# Code is generated for each class at its first use, which takes some milliseconds.


@cache
def encoder[Kind](kind: type[Kind]) -> BasicEncoder[Kind]:
    """Return what makes JSON of a dataclass."""
    return BasicEncoder(kind, default_dialect=StoredForm)


@cache
def decoder[Kind](kind: type[Kind]) -> BasicDecoder[Kind]:
    """Return what makes a dataclass of JSON."""
    return BasicDecoder(kind, default_dialect=StoredForm)
