"""Charge timers, read from the body and laid out on the wall clock."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.car.schedules import (
    EVERY_DAY,
    Timer,
    Timers,
    occurrences,
    read_timers,
)

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = frozenset(range(5))
NIGHT = {"start": "23:00:00", "end": "05:30:00"}


def entry(**content: Any) -> dict[str, Any]:
    """Return a body with one entry."""
    return {"values": [content]}


def window(*days: object) -> dict[str, Any]:
    """Return a body with the night's window on these days."""
    return entry(schedules=[{**NIGHT, "days": list(days)}])


@pytest.mark.parametrize(
    "names",
    [
        ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"),
        ("monday", "Tuesday", "wednesday", "Thursday", "friday"),
        ("Mon", "Tue", "Wed", "Thu", "Fri"),
        ("mo", "tu", "we", "th", "fr"),
        ("Mon.", "Tues", "Wed", "Thurs", " Fri "),
    ],
)
def test_days_come_in_any_spelling(names: tuple[str, ...]) -> None:
    """English names, whole or cut short."""
    assert read_timers(window(*names)) == Timers(
        (Timer(time(23), time(5, 30), WORKDAYS),)
    )


@pytest.mark.parametrize(
    "body",
    [
        window("MONDAY", "someday"),
        window("MONDAY", 2),
        window("m"),
        entry(schedules=[NIGHT]),
        entry(schedules=[{**NIGHT, "days": "MONDAY"}]),
        entry(schedules=[{"start": "23:00", "days": ["MONDAY"]}]),
        entry(schedules=[{**NIGHT, "start": "late", "days": ["MONDAY"]}]),
        entry(schedules=[{**NIGHT, "start": "25:00", "days": ["MONDAY"]}]),
        entry(schedules=[{**NIGHT, "start": "23:00+01:00", "days": ["MONDAY"]}]),
        entry(departureTimers=[{"time": None, "days": ["MONDAY"]}]),
    ],
)
def test_what_cannot_be_read_is_counted_and_not_guessed(body: dict[str, Any]) -> None:
    """One timer, none shown, one counted."""
    assert read_timers(body) == Timers((), 1)


def test_a_daily_schedule_may_leave_its_days_out() -> None:
    """Its place and id come along."""
    body = entry(
        type="LOCATION",
        scheduleType="DAILY",
        scheduleId="sched_1",
        condition={"name": "Home", "latitude": 52.5, "longitude": 13.4},
        schedules=[{"start": "23:00", "end": "05:30"}],
    )
    assert read_timers(body) == Timers(
        (Timer(time(23), time(5, 30), EVERY_DAY, "Home", "sched_1"),)
    )


def test_a_departure_has_no_end() -> None:
    """The car should be ready then."""
    body = entry(departureTimers=[{"time": "07:15:00", "days": ["FRIDAY"]}])
    assert read_timers(body) == Timers((Timer(time(7, 15), None, frozenset({4})),))


@pytest.mark.parametrize("body", [{}, {"values": None}, {"values": [None, {}]}])
def test_no_timers(body: dict[str, Any]) -> None:
    """Nothing set is nothing wrong."""
    assert read_timers(body) == Timers()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just("23:00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "values",
                    "schedules",
                    "departureTimers",
                    "start",
                    "end",
                    "time",
                    "days",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.just("values"), JSON))
def test_no_body_raises(body: dict[str, Any]) -> None:
    """Whatever comes is read or counted."""
    assert read_timers(body).unreadable >= 0


def spans(
    timer: Timer, start: datetime, days: float = 1
) -> list[tuple[str, str, timedelta]]:
    """Return begin, end and true length of what a timer does in some days."""
    found = occurrences(Timers((timer,)), start, start + timedelta(days=days), BERLIN)
    return [
        (
            f"{item.start:%a %H:%M}",
            f"{item.end:%a %H:%M}",
            item.end.astimezone(UTC) - item.start.astimezone(UTC),
        )
        for item in found
    ]


def test_a_window_crosses_midnight() -> None:
    """The night that began on the eve is still shown in the morning."""
    timer = Timer(time(23), time(5, 30), EVERY_DAY)
    wednesday = datetime(2026, 11, 18, tzinfo=BERLIN)
    assert spans(timer, wednesday) == [
        ("Tue 23:00", "Wed 05:30", timedelta(hours=6.5)),
        ("Wed 23:00", "Thu 05:30", timedelta(hours=6.5)),
    ]


@pytest.mark.parametrize(
    ("eve", "length"),
    [
        pytest.param(
            datetime(2026, 3, 28, 12, tzinfo=BERLIN), timedelta(hours=5.5), id="spring"
        ),
        pytest.param(
            datetime(2026, 10, 24, 12, tzinfo=BERLIN), timedelta(hours=7.5), id="autumn"
        ),
    ],
)
def test_a_night_with_a_clock_change(eve: datetime, length: timedelta) -> None:
    """The wall clock counts: one night is shorter, one is longer."""
    timer = Timer(time(23), time(5, 30), EVERY_DAY)
    ((begin, end, true),) = spans(timer, eve, days=0.9)[:1]
    assert (begin, end, true) == ("Sat 23:00", "Sun 05:30", length)


def test_a_time_that_the_clock_skips_is_an_hour_later() -> None:
    """At 02:30 of that night the clock shows 03:30."""
    timer = Timer(time(2, 30), None, EVERY_DAY)
    sunday = datetime(2026, 3, 29, tzinfo=BERLIN)
    assert spans(timer, sunday)[0][:2] == ("Sun 03:30", "Sun 03:31")


def test_only_the_days_of_a_timer() -> None:
    """A week of a work week's departures."""
    timer = Timer(time(7, 15), None, WORKDAYS)
    monday = datetime(2026, 11, 16, tzinfo=BERLIN)
    assert [span[0] for span in spans(timer, monday, days=7)] == [
        f"{day} 07:15" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")
    ]


def test_the_leap_day_is_a_day() -> None:
    """A Tuesday in 2028, with a Wednesday after it."""
    timer = Timer(time(23), time(5, 30), EVERY_DAY)
    assert spans(timer, datetime(2028, 2, 29, 12, tzinfo=BERLIN)) == [
        ("Tue 23:00", "Wed 05:30", timedelta(hours=6.5))
    ]


def test_the_earliest_comes_first() -> None:
    """Timers are mixed by time, not by their place in the list."""
    timers = Timers(
        (Timer(time(20), None, EVERY_DAY), Timer(time(6), time(7), EVERY_DAY))
    )
    day = datetime(2026, 11, 18, tzinfo=BERLIN)
    found = occurrences(timers, day, day + timedelta(days=1), BERLIN)
    assert [item.start.hour for item in found] == [6, 20]


@pytest.mark.parametrize("id_", ["..", ".", "a/b", "\u202eid", "", 5, None])
def test_an_id_that_is_none(id_: object) -> None:
    """A timer that cannot be named in an address is shown, but not deleted."""
    window = {"start": "23:00", "end": "05:30", "days": ["MONDAY"]}
    entry = {"type": "LOCATION", "scheduleId": id_, "schedules": [window]}
    timers = read_timers({"values": [entry]}).timers
    assert [timer.schedule_id for timer in timers] == [None]
