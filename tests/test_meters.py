"""Energy over charging sessions, and an odometer that runs forward."""

from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.api import Signal
from custom_components.smartcar.meters import EnergyMeter, OdometerGuard
from custom_components.smartcar.vehicle import VehicleState

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)

ENERGY = "charge-energyadded"
PLUG = "charge-ischargingcableconnected"
CHARGING = "charge-ischarging"
ODOMETER = "odometer-traveleddistance"


def minute(count: float) -> datetime:
    """Return a moment so many minutes after the start."""
    return START + timedelta(minutes=count)


def report(code: str, value: object, at: float, unit: str | None = None) -> Signal:
    """Return a good report that the car made so many minutes after the start."""
    return Signal(
        code=code,
        status="SUCCESS",
        body={"value": value, "unit": unit} if unit else {"value": value},
        oem_updated_at=minute(at),
        retrieved_at=minute(at),
    )


def added(energy: object, at: float, unit: str = "kWh") -> Signal:
    """Return a report of the energy a session has added."""
    return report(ENERGY, energy, at, unit)


def driven(distance: object, at: float, unit: str = "km") -> Signal:
    """Return a report of the odometer."""
    return report(ODOMETER, distance, at, unit)


def car(*signals: Signal) -> VehicleState:
    """Return a car that got these reports one by one, with a restart in between."""
    state = VehicleState()
    for signal in signals:
        state = VehicleState.from_dict(json.loads(json.dumps(state.as_dict())))
        state.merge([signal], NOW)
    return state


@pytest.mark.parametrize(
    ("signals", "total"),
    [
        pytest.param([added(20, 0)], 0, id="nobody knows how old the first is"),
        pytest.param([added(20, 0), added(23, 1)], 3, id="a session goes on"),
        pytest.param([added(20, 0), added(23, 1), added(23, 2)], 3, id="repeated"),
        pytest.param([added(20, 0), added(4, 1)], 4, id="a fall is a new session"),
        pytest.param([added(20, 1), added(5, 0), added(21, 2)], 1, id="a late one"),
        pytest.param(
            [added(5, 0), report(PLUG, value=False, at=1), added(7, 2)],
            7,
            id="unplugged in between, so all of it is new",
        ),
        pytest.param(
            [added(5, 0), report(PLUG, value=False, at=1), added(5, 2), added(5, 3)],
            0,
            id="unplugged, and the old session is told again",
        ),
        pytest.param(
            [
                report(PLUG, value=True, at=0),
                added(5, 0),
                report(CHARGING, value=False, at=1),
                added(7, 2),
            ],
            2,
            id="a pause with the cable in",
        ),
        pytest.param(
            [added(5, 0), report(CHARGING, value=False, at=1), added(7, 2)],
            7,
            id="not charging, and the car does not tell of its cable",
        ),
        pytest.param(
            [added(5, 1), report(PLUG, value=False, at=0), added(7, 2)],
            2,
            id="unplugged before the last report",
        ),
        pytest.param(
            [added(5, 0), report(PLUG, value=False, at=3), added(7, 2)],
            2,
            id="unplugged after this report",
        ),
        pytest.param([added(5, 0), added(None, 1), added(6, 2)], 1, id="a gap"),
        pytest.param([added(5, 0), added(6000, 1, "Wh")], 1, id="another unit"),
        pytest.param([added(5, 0), added(9, 1, "horses")], 0, id="an unknown unit"),
    ],
)
def test_energy_is_summed_over_sessions(signals: list[Signal], total: float) -> None:
    """The sum starts at 0 and never grows by more than was reported."""
    assert car(*signals).energy.total == pytest.approx(total)


def test_one_read_may_tell_of_the_end_and_of_the_next_session() -> None:
    """Within a read the end of a session is known first, in any order."""
    end, begin = report(PLUG, value=False, at=1), added(7, 2)
    for batch in ([end, begin], [begin, end]):
        state = car(added(5, 0))
        state.merge(batch, NOW)
        assert state.energy.total == 7
        assert state.energy.session_start == minute(2)


REPORTS = st.lists(
    st.tuples(
        st.floats(0, 100),
        st.integers(0, 50),
        st.booleans(),
    )
)


@given(REPORTS)
def test_the_sum_only_grows_and_never_beyond_the_reports(
    reports: list[tuple[float, int, bool]],
) -> None:
    """Whatever comes, repeated or late: no fall, and no more than was told."""
    state, last, told = VehicleState(), 0.0, 0.0
    for energy, at, unplugged in reports:
        for signal in (
            [report(PLUG, value=not unplugged, at=at)],
            [added(energy, at)],
            [added(energy, at)],
        ):
            state.merge(signal, NOW)
        told += energy
        assert last <= state.energy.total <= told + 1e-6
        last = state.energy.total


@pytest.mark.parametrize(
    ("distances", "shown", "corrections"),
    [
        pytest.param([100, 120], 120, 0, id="forward"),
        pytest.param([100, 90], 100, 0, id="one lower reading is a fault"),
        pytest.param([100, 90, 91], 100, 0, id="so are two"),
        pytest.param([100, 90, 91, 92], 92, 1, id="three agree"),
        pytest.param([100, 90, 90, 90], 90, 1, id="three of the same agree"),
        pytest.param([100, 90, 80, 81], 100, 0, id="three that disagree"),
        pytest.param([100, 90, 101, 91, 92], 101, 0, id="not in a row"),
        pytest.param([100, None, 90], None, 0, id="null, and then a lower one"),
    ],
)
def test_the_odometer_runs_forward(
    distances: list[float | None], shown: float | None, corrections: int
) -> None:
    """A lower reading is rejected until three newer ones in a row agree."""
    state = car(*(driven(value, at) for at, value in enumerate(distances)))
    body = state.body(ODOMETER)
    assert body is not None
    assert body["value"] == shown
    assert state.odometer.corrections == corrections


def test_a_lower_reading_told_again_does_not_agree_with_itself() -> None:
    """Three deliveries of one reading are one reading."""
    state = car(driven(100, 0), driven(90, 1), driven(90, 1), driven(90, 1))
    assert state.body(ODOMETER) == {"value": 100, "unit": "km"}
    assert state.odometer.corrections == 0


def test_the_odometer_knows_miles() -> None:
    """A change of unit is no fall."""
    state = car(driven(100, 0), driven(70, 1, "miles"))
    assert state.body(ODOMETER) == {"value": 70, "unit": "miles"}


def test_meters_survive_a_restart() -> None:
    """What is kept comes back equal."""
    meter = EnergyMeter()
    meter.report(5, minute(0))
    meter.end_session(minute(1))
    assert EnergyMeter.from_dict(meter.as_dict()) == meter
    guard = OdometerGuard()
    guard.accepts(100, minute(0))
    guard.accepts(90, minute(1))
    assert OdometerGuard.from_dict(guard.as_dict()) == guard
