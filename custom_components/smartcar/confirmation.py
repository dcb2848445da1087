"""What follows a command: reads that confirm it, and an end to what is assumed."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .car.assumed import ASSUMPTION_LIFETIME
from .stored import StoredVehicle

# Seconds from a command to its confirming read, and to the next ones while the
# car has confirmed nothing: stores hear from cars every half hour to an hour.
CONFIRM_AFTER: Final = (60.0, 15 * 60.0, 45 * 60.0)

_CONFIRM: Final = "confirm"


class Confirmation:
    """The timers of one car's commands.

    `read` reads the car soon and returns whether its calls allow that. `lapse` ends
    what is assumed of a signal.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        stored: StoredVehicle,
        *,
        read: Callable[[], bool],
        lapse: Callable[[str], None],
    ) -> None:
        """Start without timers; `stored` keeps which confirming read is next."""
        self._hass = hass
        self._stored = stored
        self._read = read
        self._lapse = lapse
        self._timers: dict[str, CALLBACK_TYPE] = {}
        self._is_closed = False

    @callback
    def start(self, made: int = 0) -> None:
        """Read the car soon, and twice more, unless it reports first.

        `made`: how many of these reads have been made.
        """
        self._stored.confirmations = made + 1

        @callback
        def confirm(_: datetime) -> None:
            self._timers.pop(_CONFIRM)
            self._stored.confirmations = 0
            if self._read() and made + 1 < len(CONFIRM_AFTER):
                self.start(made + 1)

        self._start(_CONFIRM, CONFIRM_AFTER[made], confirm)

    @callback
    def resume(self) -> None:
        """Go on with the reads that a restart has interrupted."""
        if self._stored.confirmations:
            self.start(self._stored.confirmations - 1)

    @callback
    def cancel(self) -> None:
        """Cancel the confirmation reads; the car has reported."""
        self._cancel(_CONFIRM)
        self._stored.confirmations = 0

    @callback
    def lapse_later(self, code: str) -> None:
        """End what is assumed of a signal when its time is over."""

        @callback
        def lapse(_: datetime) -> None:
            self._timers.pop(code)
            self._lapse(code)

        self._start(code, ASSUMPTION_LIFETIME.total_seconds(), lapse)

    @callback
    def close(self) -> None:
        """Drop every timer and start none any more."""
        self._is_closed = True
        for name in tuple(self._timers):
            self._cancel(name)

    def _start(
        self, name: str, seconds: float, action: Callable[[datetime], None]
    ) -> None:
        self._cancel(name)
        if not self._is_closed:
            self._timers[name] = async_call_later(
                self._hass, seconds, HassJob(action, cancel_on_shutdown=True)
            )

    def _cancel(self, name: str) -> None:
        if cancel := self._timers.pop(name, None):
            cancel()
