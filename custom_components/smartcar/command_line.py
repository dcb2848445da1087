"""One command at a time for a car, sent once whatever cuts it off."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .api import CommandResult, OutcomeUnknownError
from .commands import Command

# Called with a command that has ended, and what kept it from its end.
type Listener = Callable[[Command, HomeAssistantError | None], None]

# How long a second command waits for the first, in seconds.
BUSY_AFTER: Final = 10.0


class VehicleBusyError(Exception):
    """Another command is under way."""


class CommandLine:
    """Lets one command at a time through to a car."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nothing under way."""
        self._hass = hass
        self._lock = asyncio.Lock()
        # How long the answer may take; the stop of Home Assistant ends it.
        self._patience: asyncio.Timeout | None = None
        self._listeners: list[Listener] = []

    @callback
    def listen(self, listener: Listener) -> CALLBACK_TYPE:
        """Call a listener with each command that has ended."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def note_end(self, command: Command, error: HomeAssistantError | None) -> None:
        """Tell the listeners how a command has ended."""
        for listener in tuple(self._listeners):
            listener(command, error)

    @asynccontextmanager
    async def free(self) -> AsyncGenerator[None]:
        """Wait a little until no command is under way; raises VehicleBusyError."""
        try:
            async with asyncio.timeout(BUSY_AFTER):
                await self._lock.acquire()
        except TimeoutError:
            raise VehicleBusyError from None
        try:
            yield
        finally:
            self._lock.release()

    async def answer(self, request: Awaitable[CommandResult]) -> CommandResult:
        """Wait for the answer to a command; raises SmartcarError.

        OutcomeUnknownError also when Home Assistant stops meanwhile.
        """
        try:
            async with asyncio.timeout(None) as self._patience:
                return await request
        except TimeoutError:
            msg = "Home Assistant stops"
            raise OutcomeUnknownError(msg) from None
        finally:
            self._patience = None

    @callback
    def stop_waiting(self) -> None:
        """Wait no longer for the answer to a command; it may have run."""
        if self._patience is not None:
            self._patience.reschedule(self._hass.loop.time())
