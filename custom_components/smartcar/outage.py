"""One log line when Smartcar stops answering, and one when it answers again.

Every coordinator logs its own failures, as Home Assistant has it; but an outage
is one event, however many cars it keeps from being read.
"""

from abc import abstractmethod
from typing import override

from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import SmartcarError
from .context import Context
from .health import is_answer


class NotDueError(Exception):
    """Nothing was asked, for it was not the time to."""


class SmartcarCoordinator[Data](DataUpdateCoordinator[Data]):
    """A coordinator that logs an outage only if no other of its entry has."""

    context: Context
    _is_log_suppressed = False

    @abstractmethod
    async def _async_fetch(self) -> Data:
        """Ask Smartcar.

        Raises UpdateFailed from the SmartcarError, or NotDueError.
        """

    @override
    async def _async_update_data(self) -> Data:
        if was_suppressed := self._is_log_suppressed:
            # What was not logged must not be told to be over.
            self._is_log_suppressed, self.last_update_success = False, True
        try:
            return await self._async_fetch()
        except NotDueError:
            if was_suppressed:
                self._is_log_suppressed, self.last_update_success = True, False
            last = self.last_exception
            if self.last_update_success or not isinstance(last, UpdateFailed):
                return self.data
            # What failed is not over yet; how long to wait was said before.
            last.retry_after = None
            raise last.with_traceback(None) from last.__cause__
        except UpdateFailed as err:
            cause, health = err.__cause__, self.context.health
            if isinstance(cause, SmartcarError) and not is_answer(cause):
                if health.is_outage_logged and self.last_update_success:
                    # Home Assistant logs the first failure after a success only.
                    self._is_log_suppressed, self.last_update_success = True, False
                health.is_outage_logged = True
            raise
