"""Energy over charging sessions, and an odometer that runs forward."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.api import Signal
from custom_components.smartcar.car.meters import EnergyMeter, OdometerGuard, Verdict
from custom_components.smartcar.car.state import VehicleState

from .cars import ENERGY_ADDED, IS_CHARGING, ODOMETER, PLUG

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)


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
    return report(ENERGY_ADDED, energy, at, unit)


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
        pytest.param([added(20, 0), added(4, 1)], 0, id="a fall waits"),
        pytest.param([added(20, 0), added(4, 1), added(4, 1)], 0, id="told twice"),
        pytest.param([added(20, 0), added(4, 1), added(4, 2)], 4, id="a fall lasts"),
        pytest.param([added(20, 0), added(4, 1), added(6, 2)], 6, id="and rises"),
        pytest.param([added(20, 0), added(0, 1), added(0, 2)], 0, id="still nothing"),
        pytest.param(
            [added(20, 0), added(0, 1), added(0, 2), added(3, 3), added(21, 4)],
            21,
            id="nothing for long, and then a session",
        ),
        pytest.param(
            [added(20, 0), added(4, 1), added(4, 2), added(20.5, 3), added(25, 4)],
            5,
            id="a fall that was none after all",
        ),
        pytest.param(
            [added(20, 0), added(4, 3), report(PLUG, value=False, at=1), added(21, 4)],
            21,
            id="the end is told late",
        ),
        pytest.param([added(20, 0), added(19.9, 1), added(19.95, 2)], 0, id="rounding"),
        pytest.param(
            [
                added(energy, at)
                for at, energy in enumerate([21.4, 0, 21.4, 0, 21.9, 24])
            ],
            2.6,
            id="a value that blinks",
        ),
        pytest.param([added(10, 0), added(0, 1), added(10, 2)], 0, id="a blink"),
        pytest.param([added(20, 1), added(5, 0), added(21, 2)], 1, id="a late one"),
        pytest.param(
            [added(5, 0), report(PLUG, value=False, at=1), added(8, 2)],
            3,
            id="unplugged in between, and no lower: open, so it goes on",
        ),
        pytest.param(
            [added(5, 0), report(PLUG, value=False, at=1), added(3, 2)],
            3,
            id="unplugged in between, and lower: all of it is new",
        ),
        pytest.param(
            [
                added(10, 0),
                report(PLUG, value=False, at=1),
                added(0, 2),
                report(PLUG, value=True, at=3),
                added(12, 4),
            ],
            12,
            id="unplugged, nothing, and plugged in",
        ),
        pytest.param(
            [
                added(10, 0),
                report(PLUG, value=False, at=1),
                added(0, 2),
                added(10, 3),
                report(PLUG, value=True, at=4),
                added(2, 5),
                added(3, 6),
            ],
            3,
            id="a blink while unplugged",
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
                report(IS_CHARGING, value=False, at=1),
                added(7, 2),
            ],
            2,
            id="a pause with the cable in",
        ),
        pytest.param(
            [added(5, 0), report(IS_CHARGING, value=False, at=1), added(2, 2)],
            2,
            id="not charging, lower, and the car does not tell of its cable",
        ),
        pytest.param(
            [
                added(5, 0),
                report(IS_CHARGING, value=False, at=1),
                added(0, 2),
                added(5, 3),
            ],
            0,
            id="so it blinks all the same",
        ),
        pytest.param(
            [added(5, 0), report(IS_CHARGING, value=False, at=1), added(7, 2)],
            2,
            id="not charging and no lower: it goes on",
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
    assert car(*signals).meters.energy.total == pytest.approx(total)


def test_one_read_may_tell_of_the_end_and_of_the_next_session() -> None:
    """Within a read the end of a session is known first, in any order."""
    end, begin = report(PLUG, value=False, at=1), added(3, 2)
    for batch in ([end, begin], [begin, end]):
        state = car(added(5, 0))
        state.merge(batch, NOW)
        assert state.meters.energy.total == 3
        assert state.meters.energy.session_start == minute(2)


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
        assert last <= state.meters.energy.total <= told + 1e-6
        last = state.meters.energy.total


@pytest.mark.parametrize(
    ("distances", "shown", "corrections"),
    [
        pytest.param([100, 120], 120, 0, id="forward"),
        pytest.param([100, 90], 100, 0, id="one lower reading is a fault"),
        pytest.param([100, 90, 91], 100, 0, id="so are two"),
        pytest.param([100, 90, 91, 92], 92, 1, id="driven on"),
        pytest.param([100, 90, 90, 90], 100, 0, id="the same again and again"),
        pytest.param([100, 90, 90.5, 90.9], 100, 0, id="no way to speak of"),
        pytest.param([100, 90, 91, 101, 91, 92, 93, 94], 101, 0, id="a false level"),
        pytest.param([100, 90, 101, 5, 6, 7], 7, 1, id="another level"),
        pytest.param([100, 99.8, 99.9, 100], 100, 0, id="trembling"),
        pytest.param([100, 90, 80, 81], 100, 0, id="three that disagree"),
        pytest.param([100, 90, 101, 91, 92], 101, 0, id="not in a row"),
        pytest.param([100, None, 90], None, 0, id="null, and then a lower one"),
    ],
)
def test_the_odometer_runs_forward(
    distances: list[float | None], shown: float | None, corrections: int
) -> None:
    """A lower level is a fault until the car has driven on from it."""
    state = car(*(driven(value, at) for at, value in enumerate(distances)))
    body = state.body(ODOMETER)
    assert body is not None
    assert body["value"] == shown
    assert state.meters.odometer.corrections == corrections


def test_a_lower_reading_told_again_does_not_agree_with_itself() -> None:
    """Three deliveries of one reading are one reading."""
    state = car(driven(100, 0), driven(90, 1), driven(90, 1), driven(90, 1))
    assert state.body(ODOMETER) == {"value": 100, "unit": "km"}
    assert state.meters.odometer.corrections == 0


def test_the_odometer_knows_miles() -> None:
    """A change of unit is no fall."""
    state = car(driven(100, 0), driven(70, 1, "miles"))
    assert state.body(ODOMETER) == {"value": 70, "unit": "miles"}


def test_meters_survive_a_restart() -> None:
    """What is kept comes back equal."""
    meter = EnergyMeter()
    meter.report(5, minute(0))
    meter.end_session(minute(1), is_unplugged=True)
    meter.report(0, minute(2))
    meter.report(3, minute(3), cable=False)
    meter.report(1, minute(4), cable=False)
    assert EnergyMeter.from_dict(meter.as_dict()) == meter
    guard = OdometerGuard()
    for at, distance in enumerate([100, 90, 101, 80]):
        guard.report(distance, minute(at))
    assert OdometerGuard.from_dict(guard.as_dict()) == guard


def test_what_the_first_version_kept_of_the_meters_is_read() -> None:
    """Its three equal readings are one."""
    start = START.isoformat()
    energy = EnergyMeter.from_dict(
        {
            "total": 3.5,
            "session": 2.0,
            "session_start": start,
            "measured": start,
            "ended_at": None,
        }
    )
    assert energy.report(2.5, minute(1)) is Verdict.TAKEN
    assert energy.total == 4
    lower = [[start, 90], [minute(1).isoformat(), 90]]
    odometer = OdometerGuard.from_dict({"corrections": 1, "last": 100, "lower": lower})
    assert odometer.report(91, minute(2)) is Verdict.REFUSED
    assert odometer.report(92, minute(3)) is Verdict.TAKEN
    assert odometer.corrections == 2


@pytest.mark.parametrize(("days", "shown"), [(29, 100), (30, 90)])
def test_a_lower_level_is_believed_after_long(days: float, shown: float) -> None:
    """A car with a new instrument may stand in a garage."""
    state = car(driven(100, -2), driven(90, -1), driven(90, days * 24 * 60 - 1))
    assert state.body(ODOMETER) == {"value": shown, "unit": "km"}


def test_what_is_shown_while_a_fall_waits() -> None:
    """Neither the energy nor the start of its session blinks."""
    state = car(added(21.4, 0), added(0, 1))
    for told in (state, car(added(21.4, 0), added(0, 1), added(21.3, 2))):
        assert told.body(ENERGY_ADDED) == {"value": 21.4, "unit": "kWh"}
        assert told.meters.energy.session_start == minute(0)
        assert told.rejected == {}
    assert state.measured(ENERGY_ADDED) == minute(0)
    assert told.measured(ENERGY_ADDED) == minute(2)
    state.merge([added(2, 3)], NOW)
    assert state.body(ENERGY_ADDED) == {"value": 2, "unit": "kWh"}
    assert state.meters.energy.session_start == minute(1)


def test_an_odometer_that_trembles_is_heard_of() -> None:
    """The reading stays; the car's time of it moves on, and nothing is at fault."""
    state = car(driven(31525.2, 0), driven(31525.0, 1))
    assert state.body(ODOMETER) == {"value": 31525.2, "unit": "km"}
    assert state.measured(ODOMETER) == minute(1)
    assert state.rejected == {}
    state = car(driven(42000, 0), driven(41200, 1))
    assert state.measured(ODOMETER) == minute(0)
    assert state.rejected == {ODOMETER: 1}


# What Home Assistant's statistics make of it


def counted(readings: Iterable[float]) -> float:
    """Sum up readings as the statistics do where the state class only increases.

    A fall below nine tenths is a new start from 0.
    """
    total, last = 0.0, None
    for reading in readings:
        if last is not None:
            total += reading if reading < 0.9 * last else reading - last
        last = reading
    return total


def shown_by(signals: Iterable[Signal], code: str, *, restarts: bool) -> list[float]:
    """Return every value that is shown while signals come one by one."""
    state, shown = VehicleState(), []
    for signal in signals:
        if restarts:
            state = VehicleState.from_dict(json.loads(json.dumps(state.as_dict())))
        state.merge([signal], NOW)
        if code == ENERGY_ADDED:
            shown.append(state.meters.energy.total)
        elif (body := state.body(code)) is not None:
            shown.append(body["value"])
    return shown


LIES = ("zero", "old", "tremble")


@st.composite
def drives(draw: st.DrawFn) -> tuple[list[Signal], float, bool]:
    """Return what an odometer tells, how far the car went, and whether it lied.

    The lies of a parked car: nothing at all, what it told long ago, and a little
    less than the truth.
    """
    start = distance = draw(st.floats(10, 100_000))
    old = start * draw(st.floats(0.01, 0.99))
    told, lied = [driven(distance, 0)], False
    for at in range(1, draw(st.integers(1, 12))):
        lie = draw(st.none() | st.sampled_from(LIES))
        if lie is None:
            distance += draw(st.floats(0, 300))
        lied |= lie is not None
        value = {
            None: distance,
            "zero": 0,
            "old": old,
            "tremble": max(distance - draw(st.floats(0, 0.9)), 0.01),
        }[lie]
        told.append(driven(value, at))
    return told, distance - start, lied


@given(drive=drives(), restarts=st.booleans(), data=st.data())
def test_the_statistics_of_the_odometer_never_exceed_the_way(
    drive: tuple[list[Signal], float, bool], restarts: bool, data: st.DataObject
) -> None:
    """Lies add nothing, in whatever order they come; the truth adds all."""
    told, way, lied = drive
    first, *others = told
    twice = data.draw(st.lists(st.sampled_from(told), max_size=3))
    mixed = [first, *data.draw(st.permutations(others + twice))]
    for order in (told, mixed):
        shown = shown_by(order, ODOMETER, restarts=restarts)
        assert counted(shown) <= way + 1e-6
        if not lied:
            assert counted(shown) == pytest.approx(way, abs=1e-6)


@st.composite
def charges(draw: st.DrawFn) -> tuple[list[Signal], float, bool]:
    """Return what a car tells of its sessions, the energy of them, and any lie.

    The lies: nothing, in the middle of a session; and, before the next session
    has begun, what the last one had added.
    """
    told, at, energy, last, lied = [], 0, 0.0, None, False
    for _ in range(draw(st.integers(1, 4))):
        steps = draw(st.lists(st.floats(0, 30), min_size=1, max_size=4))
        told.append(report(PLUG, value=True, at=(at := at + 1)))
        # Whoever looks may miss the session's begin, but not all of it.
        value = 0.0 if last is None else min(steps[0], last * 0.99)
        for step in [value, *steps[1:]]:
            value = step if step is value else value + step
            told.append(added(value, at := at + 1))
            if draw(st.booleans()):
                lied = True
                told.append(added(0, at := at + 1))
        energy += value
        last = value
        told.append(added(value, at := at + 1))
        told.append(report(PLUG, value=False, at=(at := at + 1)))
        if draw(st.booleans()):
            told.append(added(value, at := at + 1))
        if draw(st.booleans()):
            lied = True
            told += [added(0, at := at + 1), added(value, at := at + 1)]
    return told, energy, lied


@given(charge=charges(), restarts=st.booleans(), data=st.data())
def test_the_statistics_of_the_energy_never_exceed_what_was_charged(
    charge: tuple[list[Signal], float, bool], restarts: bool, data: st.DataObject
) -> None:
    """Lies add nothing, and the truth adds all; in any order it adds no more."""
    told, energy, lied = charge
    shown = shown_by(told, ENERGY_ADDED, restarts=restarts)
    assert shown == sorted(shown)
    assert counted(shown) <= energy + 1e-6
    if not lied:
        assert counted(shown) == pytest.approx(energy, abs=1e-6)
    twice = data.draw(st.lists(st.sampled_from(told), max_size=3))
    if lied:
        # What is told again may come at any later time.
        mixed = list(told)
        for signal in twice:
            after = st.integers(mixed.index(signal) + 1, len(mixed))
            mixed.insert(data.draw(after), signal)
    else:
        mixed = data.draw(st.permutations(told + twice))
    assert counted(shown_by(mixed, ENERGY_ADDED, restarts=restarts)) <= energy + 1e-6
