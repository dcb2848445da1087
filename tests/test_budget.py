"""A car's calls are counted by month, and a reserve is kept for commands."""

from datetime import UTC, datetime, timedelta
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartcar.budget import CallBudget

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=BERLIN)
INTERVAL = timedelta(hours=12)


def spent(used: int, now: datetime = NOW) -> CallBudget:
    """Return a budget of which some calls were made in the month of `now`."""
    budget = CallBudget(limit=500, reserve=50)
    for _ in range(used):
        budget.count(now)
    return budget


@pytest.mark.parametrize(
    ("used", "remaining", "may_read"),
    [
        (0, 500, True),
        (1, 499, True),
        (449, 51, True),
        (450, 50, False),
        (499, 1, False),
        (500, 0, False),
        (510, 0, False),
    ],
)
def test_reads_end_where_the_reserve_begins(
    used: int, remaining: int, may_read: bool
) -> None:
    """The last calls are for commands and the reads that confirm them."""
    budget = spent(used)
    assert budget.used == used
    assert budget.remaining(NOW) == remaining
    assert budget.may_read(NOW) is may_read


@pytest.mark.parametrize(
    ("now", "used"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=BERLIN), 500),
        (datetime(2026, 12, 1, tzinfo=BERLIN), 0),
        (datetime(2027, 11, 22, tzinfo=BERLIN), 0),
        # Still November in Greenwich, but the month is the household's.
        (datetime(2026, 11, 30, 23, 30, tzinfo=UTC).astimezone(BERLIN), 0),
    ],
)
def test_a_new_month_starts_at_zero(now: datetime, used: int) -> None:
    """The calls of a month end with it, by the local calendar."""
    budget = spent(500)
    assert budget.remaining(now) == 500 - used
    assert budget.used == used


@pytest.mark.parametrize("used", [0, 20, 500, 501])
def test_smartcar_says_that_the_calls_are_spent(used: int) -> None:
    """Its word counts more than the estimate, until the month turns."""
    budget = spent(used)
    budget.exhaust(NOW)
    assert budget.used == max(used, 500)
    assert budget.remaining(NOW) == 0
    assert budget.remaining(datetime(2026, 12, 1, tzinfo=BERLIN)) == 500


def test_exhausting_a_new_month() -> None:
    """Old calls do not count towards the month that is spent."""
    budget = spent(510)
    december = datetime(2026, 12, 1, tzinfo=BERLIN)
    budget.exhaust(december)
    assert (budget.used, budget.month) == (500, "2026-12")


@pytest.mark.parametrize(
    ("last_read", "due"),
    [
        (None, NOW),
        (NOW, NOW + INTERVAL),
        (NOW - timedelta(hours=11), NOW + timedelta(hours=1)),
        (NOW - INTERVAL, NOW),
        (NOW - timedelta(days=9), NOW),
    ],
)
def test_the_next_read_is_an_interval_after_the_last(
    last_read: datetime | None, due: datetime
) -> None:
    """What is overdue is due now, never in the past."""
    assert CallBudget(last_read=last_read).next_read(NOW, INTERVAL) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (NOW, datetime(2026, 12, 1, tzinfo=BERLIN)),
        (
            datetime(2026, 12, 31, 23, 59, tzinfo=BERLIN),
            datetime(2027, 1, 1, tzinfo=BERLIN),
        ),
        (datetime(2027, 1, 31, 1, tzinfo=BERLIN), datetime(2027, 2, 1, tzinfo=BERLIN)),
        # Over the change of the clocks: midnight there, not an hour beside it.
        (datetime(2027, 3, 5, 1, tzinfo=BERLIN), datetime(2027, 4, 1, tzinfo=BERLIN)),
    ],
)
def test_with_only_the_reserve_left_the_next_month_reads(
    now: datetime, due: datetime
) -> None:
    """The first of next month has new calls."""
    budget = spent(450, now)
    next_read = budget.next_read(now, INTERVAL)
    assert next_read == due
    assert next_read.utcoffset() == due.utcoffset()
    assert budget.may_read(next_read)


def test_a_new_month_does_not_shorten_the_interval() -> None:
    """A read late on the last evening is enough for the next morning."""
    now = datetime(2026, 12, 31, 22, 0, tzinfo=BERLIN)
    budget = spent(450, now)
    budget.last_read = now
    due = datetime(2027, 1, 1, 10, 0, tzinfo=BERLIN)
    assert budget.next_read(now, INTERVAL) == due


def test_what_survives_a_restart() -> None:
    """The tally and the last read do; limit and reserve are settings."""
    budget = spent(7)
    budget.last_read = NOW
    restored = CallBudget.from_dict(json.loads(json.dumps(budget.as_dict())))
    assert restored == budget
    assert restored.next_read(NOW, INTERVAL) == NOW + INTERVAL


def test_a_budget_never_used_survives_too() -> None:
    """A car that was not read yet has no last read."""
    assert CallBudget.from_dict(CallBudget().as_dict()) == CallBudget()
