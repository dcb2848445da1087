"""One log line when Smartcar stops answering, and one when it answers again.

Every coordinator logs its own failures, as Home Assistant has it; but an outage
is one event, however many cars it keeps from being read.
"""

from abc import abstractmethod
from dataclasses import dataclass
from http import HTTPStatus
from typing import override

from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import ApiError, SmartcarError


def is_answer(error: SmartcarError | None) -> bool:
    """Tell whether a request that ended like this has reached a Smartcar that works."""
    return error is None or (
        isinstance(error, ApiError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    )


class NotDueError(Exception):
    """Nothing was asked, for it was not the time to."""


@dataclass(slots=True)
class Outage:
    """Whether the log knows that Smartcar does not answer."""

    is_told: bool = False


class SmartcarCoordinator[Data](DataUpdateCoordinator[Data]):
    """A coordinator that logs an outage only if no other of its entry has.

    `outage` is shared by all coordinators of an entry.
    """

    outage: Outage
    _is_hushed = False

    @abstractmethod
    async def _async_fetch(self) -> Data:
        """Ask Smartcar.

        Raises UpdateFailed from the SmartcarError, or NotDueError.
        """

    @override
    async def _async_update_data(self) -> Data:
        if was_hushed := self._is_hushed:
            # What was not logged must not be told to be over.
            self._is_hushed, self.last_update_success = False, True
        try:
            return await self._async_fetch()
        except NotDueError:
            if was_hushed:
                self._is_hushed, self.last_update_success = True, False
            last = self.last_exception
            if self.last_update_success or not isinstance(last, UpdateFailed):
                return self.data
            # What failed is not over yet; how long to wait was said before.
            last.retry_after = None
            raise last.with_traceback(None) from last.__cause__
        except UpdateFailed as err:
            cause = err.__cause__
            if isinstance(cause, SmartcarError) and not is_answer(cause):
                if self.outage.is_told and self.last_update_success:
                    # Home Assistant logs the first failure after a success only.
                    self._is_hushed, self.last_update_success = True, False
                self.outage.is_told = True
            raise
