"""The file of a car's diary: written seldom, and never over what is not understood."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, UnsupportedStorageVersionError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store

from .stored import UNREADABLE

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1

# Seconds from a change of an entry until the file is written.
WRITE_DELAY: Final = 600

type Contents = dict[str, Any]


class DiaryFile:
    """One private file.

    `problem` names why the diary started empty: `newer_version` or `unreadable`.
    """

    def __init__(
        self, hass: HomeAssistant, name: str, write: Callable[[], Awaitable[None]]
    ) -> None:
        """Name the file; `write` is called when a write is due."""
        self._hass = hass
        self._name = name
        self._write = write
        self._file = self._store(name)
        self._cancel_write: CALLBACK_TYPE | None = None
        self._is_failing = False
        self.problem: str | None = None

    def _store(self, name: str) -> Store[Contents]:
        return Store(
            self._hass,
            VERSION,
            name,
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )

    async def async_load(self, read: Callable[[Mapping[str, Any]], None]) -> None:
        """Let `read` take what the file holds, if it has any.

        A file that `read` refuses is kept under another name, one of a newer version
        is left alone.
        """
        try:
            kept = await self._file.async_load()
        except UnsupportedStorageVersionError:
            self.problem = "newer_version"
        except HomeAssistantError:
            self.problem = "unreadable"
        else:
            try:
                read(kept or {})
            except UNREADABLE:
                self.problem = "unreadable"
                await self._store(f"{self._name}.unreadable").async_save(kept or {})
        if self.problem is not None:
            _LOGGER.warning(
                "The diary of a car cannot be used (%s); starting without", self.problem
            )

    @property
    def is_due(self) -> bool:
        """Return whether a write is due, now or in a while."""
        return self._cancel_write is not None

    def write_in(self, seconds: float = WRITE_DELAY) -> None:
        """Let a write be due then, or before if it is due already."""
        if self._cancel_write is None or not seconds:
            self.cancel()
            self._cancel_write = async_call_later(self._hass, seconds, self._due)

    async def _due(self, _: datetime) -> None:
        await self._write()

    @property
    def is_writable(self) -> bool:
        """Return whether the file may be written, and the last write succeeded."""
        return self.problem != "newer_version" and not self._is_failing

    async def async_save(self, contents: Contents) -> bool:
        """Write the file; return whether the disk took it.

        What it refuses is logged once, and written again in a while.
        """
        if self.problem == "newer_version":
            return False
        try:
            await self._file.async_save(contents)
        except OSError as err:
            if not self._is_failing:
                _LOGGER.error(  # noqa: TRY400 - a full disk needs no trace
                    "The diary of a car cannot be written (%s)", type(err).__name__
                )
            self._is_failing = True
            self.write_in()
            return False
        self._is_failing = False
        return True

    async def async_remove(self) -> None:
        """Delete the file."""
        self.cancel()
        await self._file.async_remove()

    def cancel(self) -> None:
        """Let no write be due any more."""
        if self._cancel_write is not None:
            self._cancel_write()
            self._cancel_write = None
