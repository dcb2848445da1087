"""When a car is read next: by its pace, or after a failure.

The clock is passed in. Times are aware; those of the pace are local.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .budget import CallBudget
from .pace import PaceOptions, ReadPace, ReadPlan, Reason

LONGEST_WAIT: Final = timedelta(days=1)


@dataclass(slots=True)
class ReadSchedule:
    """The reads of one car.

    `retry_at`: when a read that failed is made again. `failures`: how many reads
    in a row have failed.
    """

    pace: ReadPace
    options: PaceOptions
    retry_at: datetime | None = None
    failures: int = 0

    def reset(self) -> None:
        """Forget what has failed."""
        self.retry_at, self.failures = None, 0

    def plan(
        self, now: datetime, budget: CallBudget, *, charging: bool, deliveries: bool
    ) -> ReadPlan:
        """Return when the next read is due and why; see `ReadPace.plan`."""
        plan = self.pace.plan(
            now, budget, self.options, charging=charging, deliveries=deliveries
        )
        if self.retry_at is None or plan.due is None:
            return plan
        # No wait is longer; what is, was planned by a wrong clock.
        is_sane = self.retry_at - now <= LONGEST_WAIT
        again = max(self.retry_at, now) if is_sane else now
        if budget.may_read(now):
            return ReadPlan(again, Reason.RETRY)
        return plan._replace(due=max(again, plan.due))
