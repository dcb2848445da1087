"""A car's calls are counted by month, and a reserve is kept for commands."""

from datetime import UTC, datetime, timedelta
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartcar.budget import CallBudget, next_month, this_month

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=BERLIN)


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
    ("now", "start", "end"),
    [
        (NOW, (2026, 11), (2026, 12)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=BERLIN), (2026, 12), (2027, 1)),
        (datetime(2027, 1, 31, 1, tzinfo=BERLIN), (2027, 1), (2027, 2)),
        # Over the change of the clocks: midnight there, not an hour beside it.
        (datetime(2027, 3, 5, 1, tzinfo=BERLIN), (2027, 3), (2027, 4)),
        (datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN, fold=1), (2027, 10), (2027, 11)),
    ],
)
def test_the_edges_of_a_month(
    now: datetime, start: tuple[int, int], end: tuple[int, int]
) -> None:
    """A month is the household's, from midnight to midnight."""
    for edge, (year, month) in ((this_month(now), start), (next_month(now), end)):
        midnight = datetime(year, month, 1, tzinfo=BERLIN)
        assert edge == midnight
        assert edge.utcoffset() == midnight.utcoffset()


@pytest.mark.parametrize(
    ("used", "reads_left"), [(0, 450), (449, 1), (450, 0), (480, 0), (501, 0)]
)
def test_the_reads_that_are_left(used: int, reads_left: int) -> None:
    """They are what is left above the reserve."""
    assert spent(used).reads_left(NOW) == reads_left


def refused(used: int = 200) -> CallBudget:
    """Return a budget that Smartcar says is spent."""
    budget = spent(used)
    budget.exhaust(NOW)
    return budget


def test_a_success_proves_smartcars_word_outdated() -> None:
    """Its period has turned: the own tally holds again, and the call counts."""
    budget = refused(200)
    budget.exhaust(NOW + timedelta(days=1))
    budget.count(NOW + timedelta(days=2))
    assert (budget.used, budget.refused(NOW)) == (201, None)
    assert budget.may_read(NOW)


def test_an_unknown_outcome_proves_nothing() -> None:
    """It counts, but may have been refused as well."""
    budget = refused(200)
    budget.count(NOW, succeeded=False)
    assert (budget.used, budget.refused(NOW)) == (501, NOW)
    budget.count(NOW)
    assert budget.used == 202


def test_calls_beyond_the_limit_are_not_taken_back() -> None:
    """The owner's limit holds, whatever Smartcar still allows."""
    budget = refused(510)
    budget.count(NOW)
    assert (budget.used, budget.refused(NOW)) == (511, None)
    assert not budget.may_read(NOW)


@pytest.mark.parametrize(
    ("limit", "reserve", "used", "still"),
    [(500, 50, 500, NOW), (500, 20, 500, NOW), (1000, 50, 200, None)],
)
def test_another_limit_clears_a_refusal(
    limit: int, reserve: int, used: int, still: datetime | None
) -> None:
    """Over a restart too: options change by one. The same limit clears nothing."""
    budget = CallBudget.from_dict(json.loads(json.dumps(refused(200).as_dict())))
    budget.configure(limit, reserve)
    assert (budget.limit, budget.reserve) == (limit, reserve)
    assert (budget.used, budget.refused(NOW)) == (used, still)


def test_the_months_turn_clears_a_refusal() -> None:
    """New calls, and nothing to take back of them."""
    budget = refused(200)
    december = datetime(2026, 12, 1, tzinfo=BERLIN)
    assert budget.refused(december) is None
    budget.count(december)
    assert (budget.used, budget.remaining(december)) == (1, 499)


@pytest.mark.parametrize("budget", [spent(7), refused(7), CallBudget()])
def test_what_survives_a_restart(budget: CallBudget) -> None:
    """The tally and a refusal do."""
    restored = CallBudget.from_dict(json.loads(json.dumps(budget.as_dict())))
    assert restored == budget


def test_what_an_earlier_version_stored() -> None:
    """It knew no refusal."""
    old = {"used": 7, "month": "2026-11", "last_read": NOW.isoformat()}
    assert CallBudget.from_dict(old) == spent(7)
