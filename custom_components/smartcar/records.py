"""How records are stored: dataclasses as JSON, by the names of their fields."""

from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig
from mashumaro.dialect import Dialect

from .times import stored_time

# For a field that does not survive a restart.
NOT_STORED: Final = MappingProxyType({"serialize": "omit"})


class StoredForm(Dialect):
    """Times are texts with a zone, sets are sorted, so that files can be compared."""

    serialize_by_alias = True
    serialization_strategy = MappingProxyType(
        {
            datetime: {"serialize": datetime.isoformat, "deserialize": stored_time},
            frozenset[str]: {"serialize": sorted, "deserialize": frozenset},
        }
    )


class Record(DataClassDictMixin):
    """A dataclass that is stored; a field's `alias` is its name in the file.

    `from_dict` reads `as_dict` back; a field that is not there has its default.
    It raises AttributeError, LookupError, TypeError or ValueError for what was
    never written like this.
    """

    __slots__ = ()

    class Config(BaseConfig):
        """Compile at the first use: a class with slots is made twice."""

        dialect = StoredForm
        lazy_compilation = True

    def as_dict(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return self.to_dict()
