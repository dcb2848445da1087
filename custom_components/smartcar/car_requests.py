"""How the requests for one car end: what they cost, and what that tells of the car."""

from homeassistant.util import dt as dt_util

from .api import (
    ACCOUNT,
    READING_PROBLEMS,
    ApiError,
    NotFoundError,
    OutcomeUnknownError,
    Problem,
    SmartcarError,
)
from .car.grants import Grants
from .context import Context
from .stored import StoredVehicle


class CarRequests:
    """The outcomes of a car's reads and commands.

    `budget`: the calls of the car, or those it shares with all others. `made`: how
    many reads were tried. `was_denied`: whether Smartcar said at the last read that
    there is no such car.
    """

    def __init__(
        self, context: Context, vehicle_id: str, stored: StoredVehicle, grants: Grants
    ) -> None:
        """Start without requests."""
        self._context = context
        self._vehicle_id = vehicle_id
        self._stored = stored
        self._grants = grants
        self._is_closed = False
        shared = context.stored.shared_budget
        self.budget = shared if context.options.shared_limit else stored.budget
        self.made = 0
        self.was_denied = False

    def count(self, *, succeeded: bool) -> None:
        """Count a call for the car and for all cars, whichever limit holds."""
        for budget in (self._stored.budget, self._context.stored.shared_budget):
            budget.count(dt_util.now(), succeeded=succeeded)

    def record(
        self, error: SmartcarError | None, user_id: str, *, is_read: bool
    ) -> None:
        """Record the outcome of a request that was made for a user.

        Count a call that may have run, and learn what a person must mend.
        """
        if not self._is_closed:
            self._context.health.record(error, self._vehicle_id)
        now, problem = dt_util.now(), error.problem if error else None
        is_of_quota = error is None and self.budget.refused(now) is not None
        if error is None or isinstance(error, OutcomeUnknownError):
            self.count(succeeded=error is None)
        elif problem is Problem.QUOTA:
            self.budget.exhaust(now)
            is_of_quota = True
        if (is_read or is_of_quota) and (error is None or isinstance(error, ApiError)):
            # An outage tells nothing of the car.
            is_told = problem in READING_PROBLEMS and not self._grants.is_gone
            self._stored.read_problem = problem if is_told else None
        if isinstance(error, NotFoundError) and error.is_of_vehicle:
            # Whether the car is gone is for the listing to say.
            self.was_denied = True
            self._context.relist()
        elif error is None and is_read:
            self.was_denied = False
        if isinstance(error, ApiError) and error.type == ACCOUNT:
            self._stored.owner_errors.report(user_id, error.code, dt_util.utcnow())

    def close(self) -> None:
        """Tell the entry of no more outcomes: the car is gone from it."""
        self._is_closed = True
