"""What an entry keeps on disk: its connections, and each car's signals."""

import asyncio
from collections.abc import Callable
import logging
from math import inf
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .stored import UNREADABLE_FILE, Stored

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
SAVE_DELAY: Final = 30.0  # seconds after the first change that is not saved
SAVE_GAP: Final = 1.0  # seconds between two writes that are due at once
SAVE_SPARE: Final = 5.0  # seconds that encoding the cars may take in turns
WRITE_AHEAD_SECONDS: Final = 5.0  # that a command waits for the disk


class SmartcarStore:
    """One file per entry, private and written atomically.

    Home Assistant's own delay begins again at every change, so that deliveries
    every 20 s would never be written; here a write is due a fixed time after the
    first change. A file of a newer version is left alone: `problem` names why the
    entry started empty, and nothing is written over it.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True
        )
        # When the write is due, and by the same clock when the last one began.
        self._due: asyncio.TimerHandle | None = None
        self._written_at = -inf
        self._unwritable: frozenset[str] = frozenset()
        self.problem: str | None = None

    async def async_load(self) -> Stored:
        """Return what was kept; without what cannot be read."""
        try:
            if (stored := await self._store.async_load()) is None:
                return Stored()
            found = await self._hass.async_add_executor_job(_read_file, stored)
        except UnsupportedStorageVersionError:
            self.problem = "newer_version"
        except UNREADABLE_FILE:
            self.problem = "unreadable"
        else:
            if found.left_out:
                self.problem = "partly_unreadable"
                _LOGGER.warning(
                    "Some of what is stored of the cars cannot be read and is left"
                    " out: %s",
                    ", ".join(sorted(set(found.left_out))),
                )
            return found
        _LOGGER.warning(
            "The stored values of the cars cannot be used (%s); starting without",
            self.problem,
        )
        return Stored()

    @callback
    def schedule(
        self,
        stored: Callable[[], Stored],
        *,
        at_once: bool = False,
        vehicle_id: str | None = None,
    ) -> None:
        """Save within `SAVE_DELAY` seconds of the first change; called at each.

        `at_once`: without delay, but not more often than every `SAVE_GAP` seconds.
        `vehicle_id`: the only car that has changed; without it any may have.
        """
        if self.problem == "newer_version":
            return
        stored().note_change(vehicle_id)
        now = self._hass.loop.time()
        due = max(now, self._written_at + SAVE_GAP) if at_once else now + SAVE_DELAY
        if self._due is None or due < self._due.when():
            self._cancel()
            self._due = self._hass.loop.call_at(
                due,
                lambda: self._hass.async_create_task(
                    self._async_save_due(stored()), f"{DOMAIN} save"
                ),
            )
            # For the end of Home Assistant, and a loop that is too busy for turns.
            self._store.async_delay_save(
                lambda: self._all(stored()), due - now + SAVE_SPARE
            )

    async def _async_save_due(self, stored: Stored) -> None:
        """Save, unless another save or the removal of the file came first."""
        await _async_encode(stored)
        if self._due is not None:
            await self._async_save(stored)

    async def async_flush(self, stored: Stored, vehicle_id: str | None = None) -> None:
        """Save now; `vehicle_id` is the only car that has changed, if one is given."""
        if self.problem == "newer_version":
            return
        stored.note_change(vehicle_id)
        await _async_encode(stored)
        await self._async_save(stored)

    async def _async_save(self, stored: Stored) -> None:
        """Write the file; what the disk refuses is logged."""
        try:
            await self._store.async_save(self._contents(stored))
        except OSError as err:
            _LOGGER.error(  # noqa: TRY400 - a full disk needs no trace
                "What is known of the cars cannot be written (%s)", type(err).__name__
            )

    async def async_write_ahead(
        self, stored: Stored, vehicle_id: str | None = None
    ) -> None:
        """Save what must not be lost by what is done next.

        `vehicle_id`: the only car that has changed; without it any may have.
        It waits no longer than `WRITE_AHEAD_SECONDS` for a disk that does not
        answer; the file is written as soon as the disk does.
        """
        saving = self._hass.async_create_task(
            self.async_flush(stored, vehicle_id), f"{DOMAIN} write ahead"
        )
        await asyncio.wait((saving,), timeout=WRITE_AHEAD_SECONDS)
        if not saving.done():
            _LOGGER.warning("The disk does not answer; going on without it")

    async def async_remove(self) -> None:
        """Delete the file."""
        self._cancel()
        await self._store.async_remove()

    def _all(self, stored: Stored) -> dict[str, Any]:
        """Return what is written at the end, whatever has been called a change."""
        stored.note_change()
        return self._contents(stored)

    def _contents(self, stored: Stored) -> dict[str, Any]:
        """Return what is written now; called as the write begins."""
        self._cancel()
        self._written_at = self._hass.loop.time()
        data, left_out = stored.encode()
        if left_out and left_out != self._unwritable:
            _LOGGER.warning(
                "Some of what is known of the cars cannot be written and is left"
                " out: %s",
                ", ".join(sorted(left_out)),
            )
        self._unwritable = left_out
        return data

    def _cancel(self) -> None:
        """Let nothing be due any more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None


def _read_file(stored: dict[str, Any]) -> Stored:
    """Return what was kept; off the event loop, as many cars take a while."""
    found = Stored.from_dict(stored)
    found.clamp_all_times(dt_util.utcnow())
    return found


async def _async_encode(stored: Stored) -> None:
    """Encode the cars that have changed, and let others have a turn after each."""
    for car in list(stored.vehicles.values()):
        if not car.is_encoded:
            car.encode()
            await asyncio.sleep(0)
