"""A car's calls are counted by month, and a reserve is kept for commands."""

from datetime import UTC, datetime, timedelta
import json
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.polling.budget import CallBudget, next_month, this_month

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=BERLIN)


def spent(used: int, now: datetime = NOW) -> CallBudget:
    """Return a budget of which some calls were made in the month of `now`.

    It was set up in a month before.
    """
    budget = CallBudget(limit=500, reserve=50, month=f"{now:%Y-%m}")
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
    """Its word counts more than the count, until the month turns, and adds nothing."""
    budget = spent(used)
    budget.exhaust(NOW)
    assert (budget.used, budget.remaining(NOW)) == (used, 0)
    assert budget.remaining(datetime(2026, 12, 1, tzinfo=BERLIN)) == 500
    assert budget.used == 0


def test_exhausting_a_new_month() -> None:
    """Old calls do not count towards the month that is spent."""
    budget = spent(510)
    december = datetime(2026, 12, 1, tzinfo=BERLIN)
    budget.exhaust(december)
    assert (budget.used, budget.month, budget.remaining(december)) == (0, "2026-12", 0)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        (NOW, (2026, 11), (2026, 12)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=BERLIN), (2026, 12), (2027, 1)),
        (datetime(2027, 1, 31, 1, tzinfo=BERLIN), (2027, 1), (2027, 2)),
        (datetime(2028, 2, 29, 13, tzinfo=BERLIN), (2028, 2), (2028, 3)),
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
    assert (budget.used, budget.refused(NOW)) == (201, NOW)
    budget.count(NOW)
    assert (budget.used, budget.refused(NOW)) == (202, None)


def test_calls_beyond_the_limit_are_not_taken_back() -> None:
    """The owner's limit holds, whatever Smartcar still allows."""
    budget = refused(510)
    budget.count(NOW)
    assert (budget.used, budget.refused(NOW)) == (511, None)
    assert not budget.may_read(NOW)


@pytest.mark.parametrize(
    ("limit", "reserve", "left", "still"),
    [(500, 50, 0, NOW), (500, 20, 0, NOW), (1000, 50, 800, None)],
)
def test_another_limit_clears_a_refusal(
    limit: int, reserve: int, left: int, still: datetime | None
) -> None:
    """Over a restart too: options change by one. The same limit clears nothing."""
    budget = CallBudget.from_dict(json.loads(json.dumps(refused(200).as_dict())))
    budget.configure(limit, reserve)
    assert (budget.limit, budget.reserve) == (limit, reserve)
    assert (budget.remaining(NOW), budget.refused(NOW)) == (left, still)
    assert budget.used == 200


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


@pytest.mark.parametrize("snapped", [0, 300])
def test_what_an_earlier_version_stored(snapped: int) -> None:
    """It added what Smartcar refused to the count, and knew no set-up."""
    old = {"used": 7 + snapped, "month": "2026-11", "snapped": snapped, "limit": 500}
    budget = CallBudget.from_dict(old)
    assert (budget.used, budget.remaining(NOW)) == (7, 493)


def test_a_refusal_of_tomorrow_is_one_of_now() -> None:
    """A clock that was ahead must not put the next probe off."""
    budget = spent(3)
    budget.exhaust(NOW + timedelta(days=6))
    assert budget.refused(NOW) == NOW


@pytest.mark.parametrize(
    ("day", "calls", "reads"),
    [(1, 500, 450), (2, 483, 435), (25, 100, 90), (30, 16, 15)],
)
def test_the_month_of_the_set_up_has_the_calls_of_its_days(
    day: int, calls: int, reads: int
) -> None:
    """Of 500 calls and a reserve of 50, what falls to the days left in November."""
    budget, now = CallBudget(), datetime(2026, 11, day, 9, tzinfo=BERLIN)
    assert (budget.remaining(now), budget.reads_left(now)) == (calls, reads)
    budget = CallBudget.from_dict(json.loads(json.dumps(budget.as_dict())))
    assert budget.reads_left(datetime(2026, 11, 30, tzinfo=BERLIN)) == reads
    assert budget.remaining(datetime(2026, 12, 1, tzinfo=BERLIN)) == 500


@pytest.mark.parametrize(
    ("days", "month"), [(400, "2026-11"), (30, "2026-11"), (-20, "2026-11")]
)
def test_a_clock_that_is_wrong_for_a_while_loses_no_call(days: int, month: str) -> None:
    """Four calls, the clock days back or ahead for an hour, another call, and right."""
    budget = spent(4)
    wrong = NOW - timedelta(days=days)
    for now in (wrong, wrong + timedelta(hours=1)):
        budget.count(now)
        budget = CallBudget.from_dict(json.loads(json.dumps(budget.as_dict())))
    budget.count(NOW + timedelta(hours=2))
    assert (budget.used, budget.month) == (7, month)
    assert budget.counted_since(NOW) == datetime(2026, 11, 1, tzinfo=BERLIN)


def test_a_clock_that_stays_in_an_earlier_month_is_right() -> None:
    """After a day the calls count for its month, and the next month begins at 0."""
    ahead = spent(4, NOW + timedelta(days=400))
    ahead.other = None
    assert (ahead.remaining(NOW), ahead.month) == (496, "2027-12")
    assert ahead.counted_since(NOW) == datetime(2027, 12, 1, tzinfo=BERLIN)
    assert ahead.remaining(NOW + timedelta(hours=25)) == 496
    assert ahead.month == "2026-11"
    assert ahead.remaining(datetime(2026, 12, 1, tzinfo=BERLIN)) == 500


def test_a_glitch_costs_the_month_to_come_nothing() -> None:
    """An hour of next month's clock, then right: that month still begins at 0."""
    budget = spent(4)
    budget.count(NOW + timedelta(days=20))
    for hour in range(1, 150):
        budget.count(NOW + timedelta(hours=hour))
    assert (budget.used, budget.month) == (154, "2026-11")
    december = datetime(2026, 12, 1, tzinfo=BERLIN)
    assert (budget.remaining(december), budget.used) == (500, 0)


def test_a_clock_put_back_in_mid_month_spends_nothing() -> None:
    """The count goes on as this month's; what last month used is no part of it."""
    budget = spent(400, datetime(2026, 10, 31, tzinfo=BERLIN))
    for day in range(1, 11):
        budget.count(datetime(2026, 11, day, tzinfo=BERLIN))
    wrong = datetime(2026, 10, 20, tzinfo=BERLIN)
    budget.count(wrong)
    assert (budget.used, budget.month, budget.remaining(wrong)) == (11, "2026-11", 489)


MINUTES = st.integers(min_value=0, max_value=600)
# How far a clock is wrong, in days; 0 much more often than anything else.
WRONG = st.just(0) | st.just(0) | st.integers(min_value=-800, max_value=800)
# The same for a board that starts in another month each time.
MONTHS_WRONG = st.integers(min_value=-20, max_value=20).map(lambda number: number * 40)


@given(st.lists(st.tuples(MINUTES, WRONG), max_size=40))
def test_no_call_of_a_month_is_forgotten(calls: list[tuple[int, int]]) -> None:
    """Whatever the clock shows meanwhile: once it is right, all calls are counted."""
    start = datetime(2026, 11, 2, tzinfo=BERLIN)
    budget, now = spent(0, start), start
    budget.remaining(start)
    for minutes, wrong in calls:
        now = now + timedelta(minutes=minutes)
        budget.count(now + timedelta(days=wrong))
        budget.remaining(now)
    assert (budget.used, budget.month) == (len(calls), "2026-11")


@given(st.lists(MONTHS_WRONG, max_size=40))
def test_no_call_is_forgotten_however_often_the_clock_is_wrong_in_a_row(
    calls: list[int],
) -> None:
    """Half an hour apart, none of them at the right time, until the end."""
    now = datetime(2026, 11, 22, tzinfo=BERLIN)
    budget = spent(4, now)
    for wrong in calls:
        now += timedelta(minutes=30)
        budget.count(now + timedelta(days=wrong))
    budget.remaining(now)
    assert (budget.used, budget.month) == (4 + len(calls), "2026-11")
