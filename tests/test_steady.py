"""Times that are held until they have really moved."""

from datetime import UTC, datetime, timedelta
from math import ceil, floor

from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.smartcar.car.steady import CLOCK_STEP, SteadyClock, SteadyFinish
from simulator import fleet

from .cars import value
from .conftest import Travel
from .consistency.tables import rows
from .deliveries import battery, heard, signal, state

NOON = datetime(2026, 10, 13, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FINISH = NOON + 60 * MINUTE
NEWEST = "sensor.volkswagen_id_4_newest_data"
CONTACT = "sensor.volkswagen_id_4_last_contact"


# Clocks of the data


@given(
    st.lists(st.tuples(st.floats(0, 14.9), st.floats(-10, 40)), min_size=1, max_size=80)
)
def test_a_clock_is_never_far_off_and_seldom_moves(
    reports: list[tuple[float, float]],
) -> None:
    """Reports less than 15 minutes apart; each tells some newer or older time."""
    clock, now, exact = SteadyClock(), NOON, NOON
    shown = [clock.show(exact, now)]
    for pause, later in reports:
        now += pause * MINUTE
        exact += later * MINUTE
        found = clock.show(exact, now)
        assert found is not None
        assert abs(found - exact) < CLOCK_STEP
        if found != shown[-1]:
            assert found == exact
            assert abs(found - shown[-1]) >= CLOCK_STEP
            shown.append(found)
        # A second look at the same report shows the same.
        assert clock.show(exact, now) == found


@pytest.mark.parametrize(
    ("pause", "later", "moves"),
    [(14, 14, False), (14, 15, True), (15, 1, True), (600, 1, True), (600, 0, False)],
)
def test_after_a_silence_any_newer_time_counts(
    pause: int, later: int, *, moves: bool
) -> None:
    """The first report for a quarter of an hour says how new the data are."""
    clock = SteadyClock()
    clock.show(NOON, NOON)
    shown = clock.show(NOON + later * MINUTE, NOON + pause * MINUTE)
    assert shown == (NOON + later * MINUTE if moves else NOON)


def test_a_clock_without_a_time() -> None:
    """Nothing is known before the first report, and nothing is made up."""
    clock = SteadyClock()
    assert clock.show(None, None) is None
    assert clock.show(NOON, NOON) == NOON
    assert clock.show(None, NOON) is None


@pytest.mark.usefixtures("everything_on")
async def test_twenty_deliveries_a_minute_apart(
    hass: HomeAssistant, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Two states of each clock instead of twenty; all of the battery."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    await travel(3600)
    events = async_capture_events(hass, "state_changed")
    for percent in range(40, 60):
        await travel(60)
        vehicle.async_take_delivery(heard(state(battery(percent))))
    await hass.async_block_till_done()

    def states(entity_id: str) -> list[State]:
        return [
            event.data["new_state"]
            for event in events
            if event.data["entity_id"] == entity_id
        ]

    assert len(states("sensor.blauer_blitz_battery")) == 20
    for entity_id in (NEWEST, CONTACT):
        first, second = states(entity_id)
        moved = datetime.fromisoformat(second.state) - datetime.fromisoformat(
            first.state
        )
        assert moved == 15 * MINUTE
    (first, _) = states(CONTACT)
    assert first.attributes["contact_by"] == "delivery"
    exact = vehicle.stored.last_contact
    assert exact is not None
    assert exact - datetime.fromisoformat(states(CONTACT)[-1].state) == 4 * MINUTE


# When charging will be done


def told(left: float, step: float, rounded: str) -> float:
    """Return minutes left as a car rounds them."""
    how = {"up": ceil, "down": floor, "nearest": round}[rounded]
    return how(left / step) * step


@given(
    step=st.integers(1, 15),
    rounded=st.sampled_from(["up", "down", "nearest"]),
    left=st.floats(30, 900),
    pauses=st.lists(st.floats(0, 10), max_size=40),
)
def test_a_fixed_finish_told_in_steps_is_one_state(
    step: int, rounded: str, left: float, pauses: list[float]
) -> None:
    """However a car rounds, as long as it rounds to a quarter of an hour or finer.

    Rounded down to nothing there is no finish to tell.
    """
    finish, now, end = SteadyFinish(), NOON, NOON + left * MINUTE
    shown = set()
    for pause in pauses:
        now += pause * MINUTE
        minutes = told((end - now) / MINUTE, step, rounded)
        # While the time is not up, by what the car says.
        if minutes > 2 * step:
            shown.add(finish.show(now, minutes, now))
    assert len(shown) <= 1
    assert all(abs(one - end) <= max(step, 2) * MINUTE for one in shown if one)


@given(
    st.lists(
        st.tuples(st.floats(0, 60), st.integers(1, 2000) | st.floats(1, 2000)),
        max_size=30,
    )
)
def test_a_finish_is_never_further_off_than_tolerated(
    reports: list[tuple[float, float]],
) -> None:
    """At least 2 minutes, at most 15: a finish that really moves is shown."""
    finish, now = SteadyFinish(), NOON
    for pause, minutes in reports:
        now += pause * MINUTE
        exact = now + minutes * MINUTE
        shown = finish.show(now, minutes, now)
        assert shown is not None
        assert shown > now
        tolerated = finish.tolerance(minutes)
        assert 2 * MINUTE <= tolerated <= 15 * MINUTE
        assert abs(shown - exact) <= tolerated
        # A second look at the same report shows the same.
        assert finish.show(now, minutes, now) == shown


@given(st.lists(st.integers(1, 2000), min_size=1))
def test_the_step_is_the_same_in_any_order(minutes: list[int]) -> None:
    """Deliveries come in any order, and more than once."""
    orders = (minutes, minutes[::-1], sorted(minutes), minutes * 2)
    steps = set()
    for order in orders:
        finish = SteadyFinish()
        for one in order:
            finish.show(NOON, one, NOON)
        steps.add(finish.step)
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("minutes", "tolerated"),
    [
        ([97], 15),
        ([7], 7),
        ([31, 30], 2),
        ([200, 199], 9.95),
        ([90, 85, 60], 5),
        ([60, 50, 40], 10),
        ([120, 60], 15),
        ([1200, 1199], 15),
        ([90, 60.5], 3.025),
        ([90.00000001, 60], 15),
    ],
)
def test_how_far_a_finish_may_move(minutes: list[float], tolerated: float) -> None:
    """By the step that was seen, or 5 % of what is left, if that is more."""
    finish = SteadyFinish()
    for one in minutes:
        finish.show(NOON, one, NOON)
    assert finish.tolerance(minutes[-1]) / MINUTE == pytest.approx(tolerated)


def test_a_finish_that_is_over_is_none() -> None:
    """Neither in the past, nor beyond the end of time; nor held until then."""
    finish = SteadyFinish()
    assert finish.show(NOON, 10, NOON + 10 * MINUTE) is None
    assert finish.show(NOON, 1e300, NOON) is None
    assert finish.show(NOON, 3, NOON) == NOON + 3 * MINUTE
    assert finish.show(NOON + 2 * MINUTE, 2, NOON + 3 * MINUTE) == NOON + 4 * MINUTE
    finish.forget()
    assert finish == SteadyFinish()


async def test_charging_that_is_told_in_steps(
    hass: HomeAssistant, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A fixed finish, every three minutes told in steps of ten: one state."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    entity_id = "sensor.blauer_blitz_charging_finish"
    end = dt_util.utcnow() + timedelta(minutes=127)
    events = async_capture_events(hass, "state_changed")
    for _ in range(20):
        await travel(180)
        left = (end - dt_util.utcnow()) / MINUTE
        vehicle.async_take_delivery(
            heard(
                state(
                    signal("charge-ischarging", True),
                    signal("charge-ischargingcableconnected", True),
                    signal("charge-detailedchargingstatus", "CHARGING"),
                    signal("charge-timetocomplete", told(left, 10, "up")),
                )
            )
        )
    await hass.async_block_till_done()
    shown = [
        event.data["new_state"].state
        for event in events
        if event.data["entity_id"] == entity_id
    ]
    assert len(shown) == 1
    assert abs(datetime.fromisoformat(shown[0]) - end) < 10 * MINUTE
    # Done: nothing is left of it, and the next session begins with its own steps.
    await travel(60)
    vehicle.async_take_delivery(heard(state(signal("charge-ischarging", False))))
    await hass.async_block_till_done()
    assert value(hass, entity_id) == "unknown"


# Statistics


def test_every_number_has_a_statistic_but_records() -> None:
    """What a record or the diary says is not measured at the time it comes."""
    without = {
        key
        for (platform, key), row in rows().items()
        if platform == "sensor"
        and getattr(row, "state_class", None) is None
        and (
            getattr(row, "native_unit_of_measurement", None) is not None
            or getattr(row, "suggested_display_precision", None) is not None
        )
    }
    assert without == {
        "charged_this_month",
        "charging_cost_this_month",
        "last_charge",
        "last_drive",
    }
