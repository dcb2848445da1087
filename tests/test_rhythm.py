"""How often deliveries come, and when a silence begins to mean something."""

from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.polling.rhythm import (
    LONGEST_SILENCE,
    SHORTEST_SILENCE,
    DeliveryRhythm,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rhythm_of(*pauses: timedelta) -> DeliveryRhythm:
    """Return what is learnt from a delivery at noon and others after pauses."""
    rhythm, now = DeliveryRhythm(), NOON
    rhythm.note(now)
    for pause in pauses:
        now += pause
        rhythm.note(now)
    return rhythm


def restarted(rhythm: DeliveryRhythm) -> DeliveryRhythm:
    """Write down and read back, by JSON as on disk."""
    return DeliveryRhythm.from_dict(json.loads(json.dumps(rhythm.as_dict())))


def assert_silence(rhythm: DeliveryRhythm, patience: timedelta) -> None:
    """Check how long a silence says nothing, to the second."""
    assert rhythm.latest is not None
    assert rhythm.patience == patience
    assert rhythm.is_flowing(rhythm.latest)
    assert rhythm.is_flowing(rhythm.latest + patience)
    assert not rhythm.is_flowing(rhythm.latest + patience + SECOND)


def test_before_the_first_delivery() -> None:
    """Nothing flows, neither for a new car nor for a file from before."""
    for rhythm in (DeliveryRhythm(), DeliveryRhythm.from_dict({})):
        assert not rhythm.is_flowing(NOON)
        assert rhythm.patience == SHORTEST_SILENCE


def test_the_first_delivery() -> None:
    """It is believed for a day."""
    assert_silence(rhythm_of(), timedelta(hours=24))


def test_frequent_deliveries_then_silence() -> None:
    """A car that tells something every hour is missed after a day, not before."""
    assert_silence(rhythm_of(*[HOUR] * 50), timedelta(hours=24))


def test_daily_deliveries_then_silence() -> None:
    """One missed day says nothing, two do."""
    assert_silence(rhythm_of(*[DAY] * 30), timedelta(hours=48))


def test_a_long_pause_is_learnt_at_once() -> None:
    """A car that came back after three days may take six the next time."""
    assert_silence(rhythm_of(DAY, 3 * DAY), 6 * DAY)


@pytest.mark.parametrize("days", [4, 7, 60, 10_000])
def test_no_silence_longer_than_a_week_is_normal(days: int) -> None:
    """Whatever pauses there were."""
    assert_silence(rhythm_of(timedelta(days=days)), timedelta(days=7))


def test_a_long_pause_fades() -> None:
    """Three days of patience less than a month after a holiday of three days."""
    patience = [
        rhythm_of(3 * DAY, *[DAY] * days).patience / DAY for days in (0, 10, 23, 60)
    ]
    assert patience == pytest.approx([6, 4.42, 2.98, 2], abs=0.01)


def test_a_car_driven_at_weekends() -> None:
    """Dozens of deliveries during a drive do not unlearn the days in the garage."""
    drive = [MINUTE] * 90
    rhythm = rhythm_of(*drive, 5 * DAY, *drive, DAY, *drive)
    assert rhythm.latest is not None
    assert rhythm.is_flowing(rhythm.latest + 5 * DAY)
    assert rhythm.patience == LONGEST_SILENCE


def test_deliveries_at_the_same_moment_change_nothing() -> None:
    """Repetitions and bursts are no rhythm."""
    assert rhythm_of(3 * DAY, *[timedelta()] * 200) == rhythm_of(3 * DAY)


def test_a_clock_put_back() -> None:
    """A pause is never negative, and what was learnt is kept."""
    assert_silence(rhythm_of(2 * DAY, -HOUR), 4 * DAY)


def test_a_delivery_of_a_wrong_clock() -> None:
    """It is as good as one of now, and no better later on."""
    rhythm = rhythm_of(DAY)
    rhythm.clamp_times(NOON - 40 * DAY)
    assert rhythm.latest is not None
    assert rhythm.latest == NOON - 40 * DAY - timedelta.resolution
    rhythm.clamp_times(NOON)
    assert not rhythm.is_flowing(NOON)
    assert rhythm.patience == 2 * DAY


def test_one_delivery_ends_a_silence() -> None:
    """The deliveries flow again, more patiently than before."""
    rhythm = rhythm_of(HOUR)
    now = NOON + 3 * DAY
    assert not rhythm.is_flowing(now)
    rhythm.note(now)
    assert_silence(rhythm, 2 * (3 * DAY - HOUR))


PAUSES = st.lists(
    st.timedeltas(-DAY, timedelta(days=400)) | st.timedeltas(timedelta(), HOUR),
    max_size=20,
)


@given(PAUSES, PAUSES)
def test_a_restart_changes_nothing(
    before: list[timedelta], after: list[timedelta]
) -> None:
    """And patience is never less than a day nor more than a week."""
    lasting = rhythm_of(*before)
    starting_anew = restarted(lasting)
    assert lasting.latest is not None
    now = lasting.latest
    for pause in after:
        now += pause
        lasting.note(now)
        starting_anew.note(now)
        assert SHORTEST_SILENCE <= lasting.patience <= LONGEST_SILENCE
    assert starting_anew == lasting
    assert restarted(DeliveryRhythm()) == DeliveryRhythm()
