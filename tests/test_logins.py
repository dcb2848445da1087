"""Which of several logins is asked next, by what their reads bring."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.smartcar.api import Signal, SignalError
from custom_components.smartcar.car.logins import UNDATED, Logins, newest_time

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
BOTH = {"first": 3, "second": 3}
LESS = {"first": 3, "second": 1}


def at(minutes: float) -> datetime:
    """Return a time by its minutes after noon."""
    return NOON + timedelta(minutes=minutes)


type Read = tuple[str, float | None]


@pytest.mark.parametrize(
    ("reads", "usable", "asked", "served"),
    [
        # An empty answer: the next one, in a circle.
        ([("first", None)], BOTH, "second", None),
        ([("first", None)], LESS, "second", None),
        ([("first", None), ("second", None)], BOTH, "first", None),
        # Later, and older than the other's last: not served.
        ([("second", 5), ("first", None)], BOTH, "second", "second"),
        ([("second", 5), ("first", 4)], BOTH, "second", "second"),
        ([("second", 5), ("first", 4)], LESS, "second", "second"),
        # News: stay.
        ([("first", 1), ("first", 2)], BOTH, "first", None),
        ([("second", 5), ("first", 6)], BOTH, "first", None),
        # No news: the other one may have some, if it tells as much.
        ([("first", 1), ("first", 1)], BOTH, "second", None),
        ([("second", 1), ("first", 1)], BOTH, "second", None),
        ([("first", 1), ("first", 1)], LESS, "first", None),
        # One that was proved is not left for that, but for older data.
        ([("second", 5), ("first", 4), ("second", 5)], BOTH, "second", "second"),
        (
            [("second", 5), ("first", 4), ("first", 9), ("second", 8)],
            BOTH,
            "first",
            "first",
        ),
        # A single login has nobody beside it.
        ([("first", None)], {"first": 3}, None, None),
        # One whose account has a problem by now.
        ([("gone", None)], BOTH, "first", None),
    ],
)
def test_the_login_to_ask(
    reads: list[Read], usable: dict[str, int], asked: str | None, served: str | None
) -> None:
    """Each read judges its own login; what is remembered outlives a restart."""
    logins = Logins()
    for revision, minutes in reads:
        logins = Logins.from_dict(logins.as_dict())
        newest = None if minutes is None else at(minutes)
        logins.note_read(revision, newest, usable, without_news=1)
    assert (logins.asked, logins.served) == (asked, served)


def test_a_long_quiet_casts_doubt_on_the_login_that_was_proved() -> None:
    """One read in eight asks the other one."""
    logins = Logins({"first": at(4), "second": at(5)}, "second", "second")
    asked = []
    for quiet in range(1, 17):
        logins.note_read("second", at(5), BOTH, quiet)
        asked.append(logins.asked)
        logins.asked = "second"
    assert [
        place for place, revision in enumerate(asked, 1) if revision == "first"
    ] == [8, 16]


def test_a_delivery_tells_how_new_a_login_is() -> None:
    """A read that is older than what the other brought is not served."""
    logins = Logins()
    logins.note_delivery("second", at(5))
    logins.note_delivery("second", at(3))
    logins.note_read("first", at(4), BOTH)
    assert (logins.asked, logins.served) == ("second", "second")


def test_what_has_gone_is_forgotten() -> None:
    """And a new login makes the choice open again."""
    logins = Logins({"first": at(1), "second": None}, "first", "first")
    logins.keep(frozenset({"first"}), is_new=False)
    assert logins == Logins({"first": at(1)}, "first", "first")
    logins.keep(frozenset({"first", "third"}), is_new=True)
    assert logins == Logins({"first": at(1)}, None, "first")
    logins.keep(frozenset({"third"}), is_new=False)
    assert logins == Logins()


@pytest.mark.parametrize(
    ("signals", "newest"),
    [
        ([], None),
        ([Signal("a", "ERROR", None, SignalError("UPSTREAM"))], None),
        ([Signal("a", "ERROR", {"value": 1}, SignalError("UPSTREAM"))], None),
        ([Signal("a", "SUCCESS", {"value": 1}, None, at(1), at(9))], at(1)),
        # What the car dates counts before when it was asked for.
        (
            [
                Signal("a", "SUCCESS", {"value": 1}, None, at(1), at(9)),
                Signal("b", "SUCCESS", {"value": 1}, None, None, at(9)),
            ],
            at(1),
        ),
        ([Signal("a", "SUCCESS", {"value": 1}, None, None, at(9))], at(9)),
        ([Signal("a", "SUCCESS", {"value": 1}, None, at(99), at(9))], at(9)),
        ([Signal("a", "SUCCESS", {"value": 1}, None, None, None, at(8))], at(8)),
        ([Signal("a", "SUCCESS", {"value": 1})], UNDATED),
    ],
)
def test_the_newest_time_of_a_read(
    signals: list[Signal], newest: datetime | None
) -> None:
    """Only good values count."""
    assert newest_time(signals) == newest
