"""Smartcar's limits: the application's bucket and each vehicle's allowances."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
import math
from typing import TYPE_CHECKING

from simulator.errors import BUCKET_EMPTY, QUOTA_USED, THROTTLED, refused

if TYPE_CHECKING:
    from simulator.clock import Clock

BUCKET_SIZE = 120
"""Requests an application may have saved up."""

REFILL_PER_MINUTE = 2.0
"""Requests that come back to the bucket each minute."""


@dataclass
class Limits:
    """All limits, each off until it is given a number."""

    clock: Clock
    bucket_size: int | None = None
    """Size of the application's bucket; ``BUCKET_SIZE`` is the documented one."""
    refill_per_minute: float = REFILL_PER_MINUTE
    vehicle_calls: int | None = None
    """Calls to one vehicle allowed within ``vehicle_window`` seconds."""
    vehicle_window: float = 120.0
    monthly_calls: int | None = None
    """Calls to one vehicle allowed in a calendar month (UTC)."""
    retry_after_as_date: bool = False
    """Whether ``Retry-After`` is an HTTP date instead of seconds."""
    _level: float | None = None
    _filled_at: datetime | None = None
    _calls: defaultdict[str, deque[datetime]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    _months: Counter[tuple[str, int, int]] = field(default_factory=Counter)

    def document(self) -> None:
        """Switch on the documented application bucket and monthly quota."""
        self.bucket_size = BUCKET_SIZE
        self.monthly_calls = 500

    def take(self) -> None:
        """Take one request from the application's bucket, or refuse it."""
        if self.bucket_size is None:
            return
        now = self.clock.now()
        if self._level is None or self._filled_at is None:
            self._level = float(self.bucket_size)
        else:
            minutes = (now - self._filled_at).total_seconds() / 60
            refilled = self._level + minutes * self.refill_per_minute
            self._level = min(float(self.bucket_size), refilled)
        self._filled_at = now
        if self._level < 1:
            raise refused(BUCKET_EMPTY)
        self._level -= 1

    def admit(self, vehicle_id: str) -> None:
        """Let a call through to a vehicle, or refuse it with 429 or 430."""
        now = self.clock.now()
        used = self._months[vehicle_id, now.year, now.month]
        if self.monthly_calls is not None and used >= self.monthly_calls:
            raise refused(QUOTA_USED)
        if self.vehicle_calls is None:
            return
        recent = self._calls[vehicle_id]
        window = timedelta(seconds=self.vehicle_window)
        while recent and recent[0] <= now - window:
            recent.popleft()
        if len(recent) >= self.vehicle_calls:
            wait = (recent[0] + window if recent else now + window) - now
            raise refused(THROTTLED, headers=self.retry_after(wait.total_seconds()))
        recent.append(now)

    def count(self, vehicle_id: str) -> None:
        """Count a call that succeeded against the vehicle's month."""
        now = self.clock.now()
        self._months[vehicle_id, now.year, now.month] += 1

    def used(self, vehicle_id: str) -> int:
        """Return the successful calls to a vehicle in this calendar month."""
        now = self.clock.now()
        return self._months[vehicle_id, now.year, now.month]

    def retry_after(self, seconds: float) -> dict[str, str]:
        """Write the ``Retry-After`` header in the form chosen."""
        whole = max(1, math.ceil(seconds))
        if not self.retry_after_as_date:
            return {"Retry-After": str(whole)}
        when = self.clock.now() + timedelta(seconds=whole)
        return {"Retry-After": format_datetime(when, usegmt=True)}
