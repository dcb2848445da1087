"""When a car is read next: the choices, the adaptive pace, and what it is worth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
import random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from benchmarks.pace import RHYTHMS, measure
from custom_components.smartcar.polling.budget import CallBudget
from custom_components.smartcar.polling.pace import (
    AHEAD,
    HOURS,
    LONGEST,
    NewsHours,
    PaceMode,
    PaceOptions,
    ReadPace,
    ReadPlan,
    Reason,
)

BERLIN = ZoneInfo("Europe/Berlin")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
DECEMBER = datetime(2026, 12, 1, tzinfo=BERLIN)
# Ten days before the end of a month.
NOW = datetime(2026, 11, 21, tzinfo=BERLIN)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ADAPTIVE = PaceOptions()
FIXED = PaceOptions(PaceMode.FIXED, interval=timedelta(hours=12))
OFF = PaceOptions(PaceMode.OFF)


def with_reads(reads: int, now: datetime = NOW) -> CallBudget:
    """Return a budget with so many reads left this month."""
    budget = CallBudget(limit=500, reserve=50, month="2026-10")
    for _ in range(450 - reads):
        budget.count(now)
    return budget


def even_pace(**known: object) -> ReadPace:
    """Return the pace of a car that was read just now, its hours unknown."""
    return ReadPace(NOW, **known)  # type: ignore[arg-type]


def step(plan: ReadPlan, since: datetime = NOW) -> timedelta:
    """Return how long after a moment the read is due."""
    assert plan.due is not None
    return plan.due.astimezone(UTC) - since.astimezone(UTC)


# The choices


@pytest.mark.parametrize("deliveries", [False, True])
def test_off_never_reads(*, deliveries: bool) -> None:
    """Neither a new car nor one whose calls are said to be spent."""
    budget = with_reads(100)
    budget.exhaust(NOW)
    for pace in (ReadPace(), even_pace()):
        plan = pace.plan(NOW, budget, OFF, deliveries=deliveries)
        assert plan == (None, Reason.OFF)


@pytest.mark.parametrize("options", [ADAPTIVE, FIXED])
def test_a_new_car_is_read_at_once(options: PaceOptions) -> None:
    """Unless nothing but the reserve is left."""
    assert ReadPace().plan(NOW, with_reads(1), options) == (NOW, Reason.FIRST)
    plan = ReadPace().plan(NOW, with_reads(0), options)
    assert plan == (DECEMBER, Reason.BUDGET_SPENT)


@pytest.mark.parametrize(
    ("ago", "due"), [(0, 12 * HOUR), (11, HOUR), (12, 0 * HOUR), (200, 0 * HOUR)]
)
def test_the_fixed_interval(ago: int, due: timedelta) -> None:
    """What is overdue is due now, never in the past."""
    plan = ReadPace(NOW - ago * HOUR).plan(NOW, with_reads(9), FIXED)
    assert plan == (NOW + due, Reason.FIXED)


def test_the_fixed_interval_with_nothing_left() -> None:
    """The next month has new calls, and does not shorten the interval."""
    plan = even_pace().plan(NOW, with_reads(0), FIXED)
    assert plan == (DECEMBER, Reason.BUDGET_SPENT)
    evening = DECEMBER - 2 * HOUR
    plan = ReadPace(evening).plan(evening, with_reads(0), FIXED)
    assert plan == (evening + 12 * HOUR, Reason.BUDGET_SPENT)


@pytest.mark.parametrize(
    ("options", "interval"),
    [
        (ADAPTIVE, DAY),
        (FIXED, DAY),
        # The owner wants fewer still.
        (PaceOptions(PaceMode.FIXED, interval=7 * DAY), 7 * DAY),
    ],
)
def test_while_deliveries_arrive(options: PaceOptions, interval: timedelta) -> None:
    """One read a day fetches what the webhook does not carry."""
    plan = even_pace(without_news=0).plan(
        NOW, with_reads(400), options, charging=True, deliveries=True
    )
    assert plan == (NOW + interval, Reason.DELIVERED)


# Smartcar says that the calls are spent


@pytest.mark.parametrize("options", [ADAPTIVE, FIXED])
def test_one_probing_read_a_day(options: PaceOptions) -> None:
    """A day after each refusal, and by the pace again after a success."""
    budget, pace = with_reads(240), even_pace(without_news=0)
    for day in range(3):
        now = NOW + day * DAY
        budget.exhaust(now)
        plan = pace.plan(now + HOUR, budget, options, deliveries=True)
        assert plan == (now + DAY, Reason.PROBE)
    late = NOW + 4 * DAY
    assert pace.plan(late, budget, options) == (late, Reason.PROBE)
    budget.count(late)
    pace.note_read(late, news=False)
    plan = pace.plan(late, budget, options)
    assert plan.reason in {Reason.QUIET, Reason.FIXED}
    assert step(plan, late) <= 12 * HOUR


def test_the_months_turn_comes_before_the_probe() -> None:
    """Then there are new calls anyway."""
    now = DECEMBER - HOUR
    budget = with_reads(240, now)
    budget.exhaust(now)
    plan = ReadPace(now - DAY).plan(now, budget, ADAPTIVE)
    assert plan == (DECEMBER, Reason.BUDGET_SPENT)
    assert ReadPace(now - DAY).plan(DECEMBER, budget, ADAPTIVE).due == DECEMBER


# The adaptive pace; 240 reads in ten days are one an hour, 720 in a month


def hourly() -> CallBudget:
    """Return a budget of which 240 reads are left, as many as an even month has."""
    return CallBudget(770, 50, used=480, month="2026-11")


@pytest.mark.parametrize(
    ("quiet", "charging", "share", "reason"),
    [
        (None, False, 1.0, Reason.EVEN),
        (0, False, 0.9, Reason.NEWS),
        (1, False, 1.125, Reason.QUIET),
        (2, False, 1.2, Reason.QUIET),
        (5000, False, 1.2, Reason.QUIET),
        (None, True, 0.5, Reason.CHARGING),
        (0, True, 0.5, Reason.CHARGING),
        (1, True, 0.625, Reason.CHARGING),
        (3, True, 0.9765625, Reason.CHARGING),
        # A store that stands still says "charging" for long.
        (4, True, 1.2, Reason.QUIET),
    ],
)
def test_steps_are_shares_of_the_even_pace(
    quiet: int | None, share: float, reason: Reason, *, charging: bool
) -> None:
    """News and charging make them shorter, each quiet read longer."""
    plan = even_pace(without_news=quiet).plan(
        NOW, hourly(), ADAPTIVE, charging=charging
    )
    assert plan.reason is reason
    assert step(plan) == pytest.approx(share * HOUR, abs=MINUTE / 60)


def test_reads_tell_news_from_quiet() -> None:
    """The first read has nothing to compare with."""
    pace, seen = ReadPace(), []
    for number, news in enumerate((True, False, False, True, False)):
        pace.note_read(NOW + number * HOUR, news=news)
        seen.append(pace.without_news)
    assert seen == [None, 1, 2, 0, 1]


@pytest.mark.parametrize("floor", [15 * MINUTE, 2 * HOUR])
def test_the_floor(floor: timedelta) -> None:
    """No budget is worth reading more often."""
    budget = CallBudget(100_000, 50)
    options = PaceOptions(floor=floor)
    for pace in (even_pace(without_news=0), even_pace(without_news=9), even_pace()):
        plan = pace.plan(NOW, budget, options, charging=True)
        assert step(plan) == floor


@pytest.mark.parametrize("cars", [1, 2, 4])
def test_cars_that_share_a_budget(cars: int) -> None:
    """Each has its part of what is left for reads."""
    plan = even_pace().plan(NOW, replace(with_reads(240), cars=cars), ADAPTIVE)
    assert step(plan) == pytest.approx(cars * HOUR, abs=MINUTE)


@pytest.mark.parametrize(
    ("ago", "reason", "due"),
    [
        (timedelta(), Reason.COMMAND, 30 * MINUTE),
        (29 * MINUTE, Reason.COMMAND, 30 * MINUTE),
        (30 * MINUTE, Reason.QUIET, 67.5 * MINUTE),
        # Sent after the read: as soon after it, but never later than without.
        (-20 * MINUTE, Reason.COMMAND, 50 * MINUTE),
        (-50 * MINUTE, Reason.QUIET, 67.5 * MINUTE),
    ],
)
def test_a_recent_command(ago: timedelta, reason: Reason, due: timedelta) -> None:
    """What it set off is worth a closer look."""
    pace = even_pace(without_news=1)
    pace.note_command(NOW - ago)
    plan = pace.plan(NOW, hourly(), ADAPTIVE)
    assert plan.reason is reason
    assert step(plan) == pytest.approx(due, abs=MINUTE / 60)


@pytest.mark.parametrize(
    ("reads", "reason"), [(122, Reason.CHARGING), (120, Reason.EVEN), (2, Reason.EVEN)]
)
def test_no_hurry_at_the_cost_of_days_to_come(reads: int, reason: Reason) -> None:
    """With 450 reads in a month, eight of its last ten days need 120."""
    pace = even_pace(without_news=0, commanded_at=NOW)
    plan = pace.plan(NOW, with_reads(reads), ADAPTIVE, charging=True)
    assert plan.reason is reason
    if reason is Reason.EVEN:
        assert step(plan) == pytest.approx(10 * DAY / reads, rel=0.01)


@pytest.mark.parametrize(
    ("charging", "quiet", "share"),
    [
        (False, None, 1 / 2),  # of what 450 reads of a whole month are spread over
        (False, 0, 0.9 / 2),
        # A running charge may hurry with all that is left.
        (True, 0, 0.5 * 10 / 30),
    ],
)
def test_what_is_left_late_need_not_be_spent(
    quiet: int | None, share: float, *, charging: bool
) -> None:
    """All 450 reads in the last ten days: twice a month's pace and no more."""
    pace = even_pace(without_news=quiet)
    plan = pace.plan(NOW, with_reads(450), ADAPTIVE, charging=charging)
    assert step(plan) == pytest.approx(share * 30 * DAY / 450, rel=0.01)


@pytest.mark.parametrize("day", [2, 10, 25, 30])
def test_who_installs_late_spends_the_days_share(day: int) -> None:
    """From the day on to the month's end, and whoever is charging or not."""
    now = datetime(2026, 11, day, 18, tzinfo=BERLIN)
    budget, pace, reads = CallBudget(), ReadPace(), 0
    while now < DECEMBER:
        plan = pace.plan(now, budget, ADAPTIVE)
        assert plan.due is not None
        now = plan.due
        if now < DECEMBER:
            budget.count(now)
            pace.note_read(now, news=bool(reads % 2))
            reads += 1
    assert reads <= 450 * (31 - day) / 30


def test_a_step_over_the_months_end_is_one_of_the_new_month() -> None:
    """The old month's even pace says nothing about the new one."""
    now = DECEMBER - 10 * MINUTE
    plan = ReadPace(now, without_news=1).plan(now, with_reads(1, now), ADAPTIVE)
    even = 31 * DAY / 450
    assert step(plan, now) == pytest.approx(1.125 * even, rel=0.01)
    plan_then = ReadPace(now, without_news=1).plan(DECEMBER, CallBudget(), ADAPTIVE)
    assert plan_then.due == plan.due


@pytest.mark.parametrize(("limit", "reserve"), [(0, 50), (50, 50), (51, 50)])
def test_a_limit_that_leaves_no_reads(limit: int, reserve: int) -> None:
    """No division by nothing, and no read."""
    budget = CallBudget(limit, reserve, cars=2)
    budget.count(NOW)
    plan = even_pace(without_news=0).plan(NOW, budget, ADAPTIVE)
    assert plan.due is not None
    assert plan.reason is Reason.BUDGET_SPENT
    assert plan.due >= DECEMBER


@pytest.mark.parametrize(
    "last",
    [
        datetime(2026, 10, 25, 1, 50, tzinfo=BERLIN),
        datetime(2026, 10, 25, 2, 50, tzinfo=BERLIN),
        datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1),
        datetime(2027, 3, 28, 1, 50, tzinfo=BERLIN),
        datetime(2026, 11, 1, 0, 50, tzinfo=LOS_ANGELES),
        datetime(2026, 11, 1, 1, 50, tzinfo=LOS_ANGELES),
        datetime(2026, 11, 1, 1, 10, tzinfo=LOS_ANGELES, fold=1),
        datetime(2027, 3, 14, 1, 50, tzinfo=LOS_ANGELES),
    ],
)
def test_the_change_of_the_clocks(last: datetime) -> None:
    """An hour that comes twice, or not at all, moves no read."""
    pace, budget = ReadPace(last, without_news=0), CallBudget(100_000, 50)
    plan = pace.plan(last, budget, ADAPTIVE)
    assert step(plan, last) == 15 * MINUTE
    assert plan.due is not None
    assert plan.due.tzinfo is last.tzinfo
    fixed = pace.plan(last, budget, PaceOptions(PaceMode.FIXED, interval=3 * HOUR))
    assert step(fixed, last) == 3 * HOUR


# Hours with news


def learnt(days: int, hour: int, minutes: int = 60) -> NewsHours:
    """Return what reads teach when there is news once a day, in that hour."""
    hours = NewsHours()
    for number in range(days * 1440 // minutes):
        start = NOW + number * minutes * MINUTE
        end = start + minutes * MINUTE
        hours.learn(start, end, news=start.hour <= hour < start.hour + minutes / 60)
    return hours


def test_hours_nobody_knows_are_alike() -> None:
    """Then the steps are what they are."""
    hours = NewsHours()
    assert hours.weights() == pytest.approx([1.0] * HOURS)
    assert hours.stretch(NOW, 5 * HOUR, DAY, BERLIN) == pytest.approx(5 * HOUR)


@pytest.mark.parametrize("minutes", [60, 120])
def test_reads_come_closer_where_news_is_usual(minutes: int) -> None:
    """On average as many; and never further apart than allowed."""
    hours = learnt(20, 7, minutes)
    weights = hours.weights()
    assert sum(weights) == pytest.approx(HOURS)
    assert weights[7] == max(weights)
    assert weights[7] > 2
    assert max(weights[9:]) < 1
    seven = NOW.replace(hour=7)
    assert hours.stretch(seven, HOUR, DAY, BERLIN) < HOUR / 2
    assert HOUR < hours.stretch(NOW.replace(hour=12), HOUR, DAY, BERLIN) < 2 * HOUR
    assert hours.stretch(NOW.replace(hour=12), HOUR, HOUR, BERLIN) == HOUR


def test_habits_change() -> None:
    """What was learnt fades."""
    hours = learnt(20, 7)
    for number in range(40 * 24):
        start = NOW + number * HOUR
        hours.learn(start, start + HOUR, news=start.hour == 18)
    weights = hours.weights()
    assert weights[18] == max(weights)
    assert weights[18] > 1.4 * weights[7]


@pytest.mark.parametrize("gap", [-HOUR, timedelta(), 13 * HOUR])
def test_gaps_that_teach_nothing(gap: timedelta) -> None:
    """No time, time that ran backwards, or half a day and more."""
    hours = NewsHours()
    hours.learn(NOW, NOW + gap, news=True)
    assert hours == NewsHours()


def test_a_quiet_hour_is_never_out_of_sight() -> None:
    """The longest step is one and a half of the even pace, with any hours."""
    mornings = NewsHours([0.0] * 6 + [9.0] * 6 + [0.0] * 12, [9.0] * HOURS)
    pace = ReadPace(NOW, 9, hours=mornings)
    plan = pace.plan(NOW, hourly(), ADAPTIVE)
    assert step(plan) == LONGEST * HOUR


# Whatever happens

calls = st.lists(
    st.tuples(
        st.sampled_from(["read", "read", "read", "read", "command", "refused"]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=5,
    max_size=60,
)


@given(
    calls=calls,
    limit=st.integers(0, 600),
    reserve=st.integers(0, 60),
    cars=st.integers(1, 4),
    floor=st.integers(15, 240),
    days=st.integers(0, 364),
)
@settings(max_examples=60)
def test_any_life_keeps_the_rules(
    calls: list[tuple[str, bool, bool]],
    limit: int,
    reserve: int,
    cars: int,
    floor: int,
    days: int,
) -> None:
    """Reads spare the reserve, keep the floor and survive a restart."""
    options = PaceOptions(floor=floor * MINUTE)
    budget, pace = CallBudget(limit, reserve, cars=cars), ReadPace()
    now = datetime(2026, 1, 1, tzinfo=BERLIN) + days * DAY
    for kind, news, charging in calls:
        plan = pace.plan(now, budget, options, charging=charging)
        stored_budget = CallBudget.from_dict(json.loads(json.dumps(budget.as_dict())))
        stored_budget.configure(limit, reserve)
        stored_budget.cars = cars
        stored_pace = ReadPace.from_dict(json.loads(json.dumps(pace.as_dict())))
        assert plan == stored_pace.plan(now, stored_budget, options, charging=charging)
        assert plan.due is not None
        assert plan.due.astimezone(UTC) >= now.astimezone(UTC)
        if kind == "command":
            budget.count(now)
            pace.note_command(now)
            continue
        since = pace.last_read
        # Entities show the calls all the time: no month passes without a look.
        while plan.due - now > DAY:
            now += DAY
            budget.remaining(now)
        now = plan.due
        if kind == "refused":
            budget.exhaust(now)
            continue
        if not budget.may_read(now):
            # A month without any read to make; or a probe.
            assert plan.reason is Reason.PROBE or limit <= reserve
        if since is not None and plan.reason is not Reason.PROBE:
            assert step(plan, since) >= floor * MINUTE
        budget.count(now)
        pace.note_read(now, news=news)


@given(seed=st.integers(0, 9999), busy=st.sampled_from([0.7, 0.9, 1.0]))
@settings(max_examples=10)
def test_a_busy_month_is_not_spent_in_its_first_week(seed: int, busy: float) -> None:
    """Spending stays near the even line, and the last days are read too."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    budget, pace = CallBudget(), ReadPace()
    start = datetime(2026, 11, 1, tzinfo=BERLIN)
    now, last = start, start
    while now < DECEMBER:
        plan = pace.plan(now, budget, ADAPTIVE, charging=chance.random() < busy)
        assert plan.due is not None
        now = plan.due
        if now < DECEMBER:
            last = now
            budget.count(now)
            pace.note_read(now, news=chance.random() < busy)
            line = 450 * ((now - start + AHEAD) / (30 * DAY))
            assert budget.used <= min(line + 10, 450)
    assert DECEMBER - last < 12 * HOUR
    assert budget.used > 420
    assert budget.reads_left(DECEMBER) == 450


def test_nothing_stored_is_a_pace_that_knows_nothing() -> None:
    """A car of an earlier version starts afresh."""
    assert ReadPace.from_dict({}) == ReadPace()


# What it is worth


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_values_are_less_stale_than_at_a_fixed_pace(rhythm: int) -> None:
    """With as many calls: never worse, and much better while the car charges."""
    result = measure(rhythm, seed=0, months=1)
    (own, other), (charging, other_charging) = result.overall, result.charging
    assert own.mean <= other.mean
    assert other_charging.mean > 1
    assert charging.mean <= 0.7 * other_charging.mean
    assert charging.p95 <= other_charging.p95
    assert result.run.most_used <= 450 + len(result.run.confirming)
    assert result.run.refused_commands == 0
