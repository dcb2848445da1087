"""Charges in the hours in which they happened: sums, and what the recorder keeps."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    list_statistic_ids,
    statistics_during_period,
    validate_statistics,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import SQLAlchemyError

from custom_components.smartcar.charge_costs import ChargeCosts
from custom_components.smartcar.memory.entries import Charge, MakerRecord, Place, Step
from custom_components.smartcar.memory.overlay import listed
from custom_components.smartcar.options import SmartcarOptions
from custom_components.smartcar.statistics import (
    ChargeStatistics,
    HourRow,
    Sums,
    async_remove_statistics,
    rows,
)
from custom_components.smartcar.texts import async_setup_texts

from .conftest import START

HOUR = 3600
NOON = int(START.timestamp()) // (24 * HOUR) * 24 * HOUR + 12 * HOUR
VEHICLE = "6F1a0cde-4F0b-47ab-8e07-1c4db2c0ffee"
PREFIX = "smartcar:6f1a0cde_4f0b_47ab_8e07_1c4db2c0ffee_charge_"


def charge(
    *steps: tuple[float, float, float],
    place: str = "home",
    cost: float | None = None,
    start: int = NOON,
) -> Charge:
    """Return a charge of steps: from and to in hours after some moment, kWh."""
    parts = tuple(
        Step(start + round(since * HOUR), start + round(until * HOUR), amount)
        for since, until, amount in steps
    )
    begin = min((step.since for step in parts), default=start)
    end = max((step.until for step in parts), default=start)
    energy = sum(step.amount for step in parts)
    made = listed(MakerRecord("a", begin, end, energy))
    return made._replace(where=Place(place), steps=parts, cost=cost)


def at(hours: float, *sums: float) -> HourRow:
    """Return the sums at the end of an hour, so many after noon."""
    return HourRow(NOON + round(hours * HOUR), Sums(*sums))


# Sums


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        ([], [at(0), at(1), at(2)]),
        # Half an hour in each of two; the last hour has nothing.
        ([charge((0.5, 1.5, 8))], [at(0, 4), at(1, 8), at(2, 8)]),
        (
            [charge((0.5, 1.5, 8), place="away")],
            [at(0, 0, 4), at(1, 0, 8), at(2, 0, 8)],
        ),
        # A cost lies where the energy does.
        (
            [charge((0, 1, 6), (1.25, 1.75, 2), cost=4)],
            [at(0, 6, 0, 3), at(1, 8, 0, 4), at(2, 8, 0, 4)],
        ),
        # Without a place there is a cost only.
        (
            [charge((1, 2, 6), place="unknown", cost=3)],
            [at(0), at(1, 0, 0, 3), at(2, 0, 0, 3)],
        ),
        # So it is for a cost of what nobody knows, or of nothing.
        ([charge(cost=3)], [at(0, 0, 0, 3)] * 1 + [at(1, 0, 0, 3), at(2, 0, 0, 3)]),
        ([charge((0, 1, 0), cost=3)], [at(0), at(1, 0, 0, 3), at(2, 0, 0, 3)]),
        # What came before counts from the first hour on, what is open not yet.
        (
            [charge((-30, -29, 5), (2.5, 3.5, 2), cost=7)],
            [at(0, 5, 0, 5), at(1, 5, 0, 5), at(2, 6, 0, 6)],
        ),
        # A negative price.
        (
            [charge((0, 1, 6), cost=-3)],
            [at(0, 6, 0, -3), at(1, 6, 0, -3), at(2, 6, 0, -3)],
        ),
    ],
)
def test_sums_of_three_hours(charges: list[Charge], expected: list[HourRow]) -> None:
    """Any moment within an hour means that hour."""
    found = rows(charges, Sums(), NOON + 1234, NOON + 3 * HOUR + 55)
    assert found == expected


def test_sums_go_on_from_what_is_kept_no_more() -> None:
    base = Sums(1000, 200, 300)
    found = rows([charge((0, 2, 6), cost=3)], base, NOON, NOON + 2 * HOUR)
    assert found == [at(0, 1003, 200, 301.5), at(1, 1006, 200, 303)]


def test_no_hour_has_closed() -> None:
    assert rows([charge((0, 0.5, 6))], Sums(), NOON, NOON + HOUR - 1) == []


some_charges = st.lists(
    st.builds(
        lambda start, steps, place, cost: charge(
            *steps, place=place, cost=cost, start=NOON + start
        ),
        st.integers(-5 * 24 * HOUR, 4 * 24 * HOUR),
        st.lists(
            st.builds(
                lambda since, length, amount: (since, since + length, amount),
                st.floats(0, 10),
                st.floats(0, 10),
                st.floats(0, 50),
            ),
            max_size=4,
        ),
        st.sampled_from(["home", "away", "unknown"]),
        st.none() | st.floats(-10, 50),
    ),
    max_size=5,
)


@given(some_charges)
def test_hours_add_up_to_the_charges(charges: list[Charge]) -> None:
    """All energy with a place, and every cost, is in some hour and once only."""
    base = Sums(10, 20, 30)
    found = rows(charges, base, NOON - 6 * 24 * HOUR, NOON + 6 * 24 * HOUR)
    assert found[-1].sums == pytest.approx(
        Sums(
            10 + sum(c.energy or 0 for c in charges if c.where.place == "home"),
            20 + sum(c.energy or 0 for c in charges if c.where.place == "away"),
            30 + sum(c.cost or 0 for c in charges),
        ),
        abs=1e-5,
    )


@given(some_charges, st.integers(-6 * 24 * HOUR, 6 * 24 * HOUR))
def test_a_later_start_gives_the_same_hours(charges: list[Charge], since: int) -> None:
    """What is written again from some hour on continues what stands before it."""
    until = NOON + 6 * 24 * HOUR
    everything = rows(charges, Sums(), NOON - 6 * 24 * HOUR, until)
    part = rows(charges, Sums(), NOON + since, until)
    expected = everything[len(everything) - len(part) :]
    assert [row.hour for row in part] == [row.hour for row in expected]
    for row, other in zip(part, expected, strict=True):
        assert row.sums == pytest.approx(other.sums, abs=1e-5)


# The recorder

ADD = "custom_components.smartcar.statistics.async_add_external_statistics"
LAST = "custom_components.smartcar.statistics.get_last_statistics"

type Changes = dict[str, dict[str, float]]


class Book:
    """A car's statistics, and the charges of which they tell."""

    def __init__(self, hass: HomeAssistant, *charges: Charge) -> None:
        self.hass = hass
        self.charges: Sequence[Charge] = charges
        self.base = Sums()
        self.statistics = ChargeStatistics(
            hass, VEHICLE, "Blauer Blitz", lambda: self.charges, lambda: self.base
        )

    async def write(self, since: int, *charges: Charge) -> None:
        """Let there be other charges, and write from some moment on."""
        self.charges = charges
        self.statistics.async_write(since)
        await self.hass.async_block_till_done(wait_background_tasks=True)
        await async_wait_recording_done(self.hass)

    async def changes(self, period: str = "hour") -> Changes:
        """Return what each statistic shows by its name: the changes by their hour.

        Times are local; periods without a change are left out.
        """
        found = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            dt_util.utc_from_timestamp(NOON - 400 * 24 * HOUR),
            None,
            None,
            period,
            None,
            {"change"},
        )
        return {
            statistic_id.removeprefix(PREFIX): {
                local(row["start"]): round(row["change"], 6)
                for row in items
                if row["change"]
            }
            for statistic_id, items in found.items()
        }


def local(seconds: float) -> str:
    """Return day, time and offset of a moment in Home Assistant's zone."""
    moment = dt_util.as_local(dt_util.utc_from_timestamp(seconds))
    return f"{moment:%d. %H:%M}"


@pytest.fixture
async def book(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[Book]:
    """Return the statistics of a car, at half past six in the evening, UTC."""
    freezer.move_to(dt_util.utc_from_timestamp(NOON + 6.5 * HOUR))
    await hass.config.async_set_time_zone("UTC")
    await async_setup_texts(hass)
    book = Book(hass)
    yield book
    book.statistics.async_close()


async def test_a_charge_stands_in_its_hours(book: Book) -> None:
    await book.write(
        NOON - 24 * HOUR,
        charge((-20, -19, 3), place="away"),
        charge((0.5, 1.5, 8), (1.5, 2, 1), cost=4.5),
    )
    assert await book.changes() == {
        "home": {"13. 12:00": 4, "13. 13:00": 5},
        "away": {"12. 16:00": 3},
        "cost": {"13. 12:00": 2, "13. 13:00": 2.5},
    }


async def test_what_the_recorder_is_told(hass: HomeAssistant, book: Book) -> None:
    """Home Assistant's own checks find nothing; what is not charged is not there."""
    hass.config.currency = "SEK"
    await book.write(NOON, charge((0, 1, 6), cost=12))
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    assert [
        (item["statistic_id"], item["name"], item["statistics_unit_of_measurement"])
        for item in sorted(found, key=lambda item: item["statistic_id"])
    ] == [
        (f"{PREFIX}cost", "Blauer Blitz: charging cost", "SEK"),
        (f"{PREFIX}home", "Blauer Blitz: charged at home", "kWh"),
    ]
    assert {item["unit_class"] for item in found} == {None, "energy"}
    assert {(item["has_sum"], item["mean_type"], item["source"]) for item in found} == {
        (True, StatisticMeanType.NONE, "smartcar")
    }
    problems = await get_instance(hass).async_add_executor_job(
        validate_statistics, hass
    )
    assert problems == {}


async def test_late_news_moves_a_charge_to_its_hours(book: Book) -> None:
    """It is first seen by what came until the morning, and then known better."""
    await book.write(NOON - 12 * HOUR, charge((0, 5, 10), cost=2))
    await book.write(NOON - 12 * HOUR, charge((-10, -8, 12), cost=3))
    assert await book.changes() == {
        "home": {"13. 02:00": 6, "13. 03:00": 6},
        "cost": {"13. 02:00": 1.5, "13. 03:00": 1.5},
    }
    # It was elsewhere, and free.
    await book.write(NOON - 12 * HOUR, charge((-10, -8, 12), place="away", cost=0))
    assert await book.changes() == {
        "home": {},
        "away": {"13. 02:00": 6, "13. 03:00": 6},
        "cost": {},
    }
    # It was none at all.
    await book.write(NOON - 12 * HOUR)
    assert await book.changes() == {"home": {}, "away": {}, "cost": {}}


async def test_only_hours_that_have_closed(
    hass: HomeAssistant, book: Book, freezer: FrozenDateTimeFactory
) -> None:
    """It is half past six: what came since six waits for seven."""
    await book.write(NOON, charge((5, 6.5, 9)))
    assert await book.changes() == {"home": {"13. 17:00": 6}}
    book.charges = [charge((5, 6.75, 10.5))]
    book.statistics.async_write(NOON + 5 * HOUR)
    freezer.move_to(dt_util.utc_from_timestamp(NOON + 7 * HOUR))
    async_fire_time_changed(hass)
    await async_wait_recording_done(hass)
    assert await book.changes() == {"home": {"13. 17:00": 6, "13. 18:00": 4.5}}
    # The car has gone: nothing waits for the next hour.
    freezer.move_to(dt_util.utc_from_timestamp(NOON + 8 * HOUR))
    with patch(ADD) as add:
        async_fire_time_changed(hass)
    assert add.call_count == 0


async def test_nothing_is_written_after_the_end(
    hass: HomeAssistant, book: Book, freezer: FrozenDateTimeFactory
) -> None:
    await book.write(NOON, charge((5, 6.5, 9)))
    book.statistics.async_close()
    freezer.move_to(dt_util.utc_from_timestamp(NOON + 7 * HOUR))
    async_fire_time_changed(hass)
    await async_wait_recording_done(hass)
    assert await book.changes() == {"home": {"13. 17:00": 6}}
    # Nor what was asked for just before.
    other = Book(hass, charge((0, 1, 6)))
    other.statistics.async_write(NOON)
    other.statistics.async_close()
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    assert await book.changes() == {"home": {"13. 17:00": 6}}


async def test_what_is_asked_for_meanwhile_is_written_too(
    hass: HomeAssistant, book: Book
) -> None:
    """The database is looked at once; the first hour that is asked for counts."""
    await book.write(NOON - 4 * HOUR, charge((-4, -3, 1)), charge((1, 2, 6)))
    again = Book(hass, charge((-4, -3, 5)), charge((1, 2, 6)))
    for hours in (1, -4, 2):
        again.statistics.async_write(NOON + hours * HOUR)
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    assert await book.changes() == {"home": {"13. 08:00": 5, "13. 13:00": 6}}


async def test_the_same_again_is_not_written(book: Book) -> None:
    """Each report of a running charge asks for its hours."""
    await book.write(NOON, charge((5, 6.5, 9)))
    with patch(ADD) as add:
        await book.write(NOON, charge((5, 6.5, 9)))
        assert add.call_count == 0
        await book.write(NOON, charge((5, 6.5, 9), cost=3))
        assert add.call_count == 2


OLD = charge((-200, -198, 4))
NEW = charge((0, 2, 6))


async def test_what_the_database_lacks_is_written_at_the_start(
    hass: HomeAssistant, book: Book, freezer: FrozenDateTimeFactory
) -> None:
    """It is new, or older than what the car remembers; nothing comes twice."""
    await book.write(NOON, OLD, NEW)
    expected = {
        "home": {"05. 04:00": 2, "05. 05:00": 2, "13. 12:00": 3, "13. 13:00": 3}
    }
    assert await book.changes() == expected
    # After a restart it goes on.
    again = Book(hass)
    with patch(ADD, wraps=async_add_external_statistics) as add:
        await again.write(NOON + 2 * HOUR, OLD, NEW)
    assert [len(call.args[2]) for call in add.call_args_list] == [4]
    assert await again.changes() == expected
    # All that is there is of the week before.
    get_instance(hass).async_clear_statistics([f"{PREFIX}home"])
    await async_wait_recording_done(hass)
    freezer.move_to(dt_util.utc_from_timestamp(NOON - 100 * HOUR))
    await Book(hass).write(NOON - 210 * HOUR, OLD)
    assert await book.changes() == {"home": {"05. 04:00": 2, "05. 05:00": 2}}
    freezer.move_to(dt_util.utc_from_timestamp(NOON + 6.5 * HOUR))
    await Book(hass).write(NOON + 2 * HOUR, OLD, NEW)
    assert await book.changes() == expected


async def test_a_database_that_does_not_answer(book: Book) -> None:
    """It is asked for no more than what is new."""
    with patch(LAST, side_effect=SQLAlchemyError):
        await book.write(NOON, charge((1, 2, 6)))
    assert await book.changes() == {"home": {"13. 13:00": 6}}


async def test_a_car_that_goes_takes_its_statistics_along(
    hass: HomeAssistant, book: Book
) -> None:
    await book.write(NOON, charge((0, 1, 6), cost=2))
    async_remove_statistics(hass, VEHICLE)
    await async_wait_recording_done(hass)
    assert await book.changes() == {}
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    assert found == []


@pytest.mark.parametrize("vehicle_id", ["--A__b--", "ID with.dots", "-"])
async def test_any_id_makes_one_that_statistics_may_have(
    hass: HomeAssistant, book: Book, vehicle_id: str
) -> None:
    statistics = ChargeStatistics(
        hass, vehicle_id, "Car", lambda: [charge((0, 1, 6))], Sums
    )
    statistics.async_write(NOON)
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    (statistic_id,) = await book.changes()
    assert statistic_id.endswith("_charge_home")


async def test_without_the_recorder_nothing_happens(hass: HomeAssistant) -> None:
    book = Book(hass, charge((0, 1, 6)))
    with patch(ADD) as add:
        book.statistics.async_write(NOON)
        await hass.async_block_till_done(wait_background_tasks=True)
        async_remove_statistics(hass, VEHICLE)
    assert add.call_count == 0
    book.statistics.async_close()


async def test_a_zone_of_half_hours(hass: HomeAssistant, book: Book) -> None:
    """The recorder's hours are those of UTC; days are those of the zone."""
    await hass.config.async_set_time_zone("Asia/Kolkata")
    # From 17:30 to 18:30 there, and around midnight.
    await book.write(NOON - 24 * HOUR, charge((0, 1, 6)), charge((-18, -17, 4)))
    assert await book.changes() == {"home": {"12. 23:30": 4, "13. 17:30": 6}}
    assert await book.changes("day") == {"home": {"12. 00:00": 4, "13. 00:00": 6}}


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        # The clock goes back: there are two hours from two to three.
        ("2026-10-25T00:00+02:00", ["00:00", "01:00", "02:00", "02:00", "03:00"]),
        # The clock goes on: there is none.
        ("2026-03-29T00:00+01:00", ["00:00", "01:00", "03:00", "04:00", "05:00"]),
    ],
)
async def test_a_night_in_which_the_clock_turns(
    hass: HomeAssistant,
    book: Book,
    freezer: FrozenDateTimeFactory,
    midnight: str,
    hours: list[str],
) -> None:
    """Every hour has what it had, and the day has all of it."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    start = datetime.fromisoformat(midnight)
    freezer.move_to(start + timedelta(hours=30))
    since = int(start.timestamp())
    await book.write(since, charge((0, 5, 10), start=since))
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        start,
        None,
        None,
        "hour",
        None,
        {"change"},
    )
    rows_ = found[f"{PREFIX}home"]
    assert [local(row["start"])[4:] for row in rows_ if row["change"]] == hours
    assert {row["change"] for row in rows_} == {0, 2}
    assert list((await book.changes("day")).values()) == [{f"{start.day}. 00:00": 10.0}]


async def test_a_cost_is_news_from_where_its_energy_begins(hass: HomeAssistant) -> None:
    """What came before the first report of a charge is paid for, too."""
    costs = ChargeCosts(hass, SmartcarOptions(home_price=0.5))
    told = charge((-2, 0, 4))
    assert await costs.async_update([told], NOON) == NOON - 2 * HOUR
    assert costs.over(told).cost == 2
    assert await costs.async_update([told], NOON) is None
