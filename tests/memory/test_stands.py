"""Stands of 12 hours and more: what the battery lost, by levels told while it stood."""

import pytest

from custom_components.smartcar.memory import Memory, Point, Stand

from .test_examples import DAY, HOUR, memory, minute, told


def stand(found: Memory) -> Stand:
    """Return the one stand there is."""
    (entry,) = found.stands()
    return entry


def test_a_stand_is_there_when_it_is_over() -> None:
    looks = [
        told(0, odometer=90, level=70),
        told(60, odometer=100, level=64),
        told(DAY, odometer=100, level=63),
        told(2 * DAY + 60, odometer=100, level=61),
        told(2 * DAY + 120, odometer=110, level=58),
    ]
    assert memory(*looks[:-1]).stands() == []
    entry = stand(memory(*looks))
    assert (entry.start, entry.end) == (minute(60), minute(2 * DAY + 60))
    assert (entry.level_start, entry.level_end, entry.loss) == (64, 61, 1.5)


@pytest.mark.parametrize(("hours", "count"), [(11.9, 0), (12, 1)], ids=str)
def test_how_long_it_must_stand(hours: float, count: int) -> None:
    found = memory(
        told(0, odometer=100, level=64),
        told(hours * HOUR, odometer=100, level=63),
        told(hours * HOUR + 30, odometer=120, level=59),
    )
    assert len(found.stands()) == count


def test_a_charge_ends_it_where_the_level_was_lowest() -> None:
    found = memory(
        told(0, odometer=100, level=60),
        told(DAY, odometer=100, level=58),
        told(DAY + HOUR, odometer=100, level=59),
        told(DAY + 2 * HOUR, odometer=100, level=60),
        told(DAY + 3 * HOUR, odometer=100, level=64),
        told(2 * DAY, odometer=100, level=64),
        told(3 * DAY, odometer=100, level=63),
        told(3 * DAY + HOUR, odometer=130, level=55),
    )
    first, second = found.stands()
    assert (first.end, first.level_end, first.loss) == (minute(DAY), 58, 2)
    assert (second.start, second.level_start, second.loss) == (minute(2 * DAY), 64, 1)


def test_a_report_of_charging_ends_it() -> None:
    found = memory(
        told(0, odometer=100, level=60),
        told(DAY, odometer=100, level=59),
        told(DAY + 30, charging=1),
        told(2 * DAY, odometer=100, level=59),
        told(2 * DAY + 30, odometer=130, level=50),
    )
    assert stand(found).end == minute(DAY)


@pytest.mark.parametrize(
    "looks",
    [
        pytest.param(
            [told(0, odometer=100, level=60), told(DAY, odometer=100)], id="one level"
        ),
        pytest.param(
            [told(0, odometer=100, level=60), told(DAY, level=55)],
            id="a level of the next drive, perhaps",
        ),
        pytest.param(
            [told(0, odometer=100, level=60), told(DAY, odometer=100, level=61)],
            id="a level that rose",
        ),
        pytest.param(
            [told(0, odometer=100, level=60), told(DAY, odometer=90_000, level=50)],
            id="an odometer that jumped",
        ),
        pytest.param([told(0, level=60), told(DAY, level=55)], id="no odometer"),
    ],
)
def test_no_stand(looks: list[list[Point]]) -> None:
    end = told(DAY + HOUR, odometer=130, level=50)
    assert memory(*looks, end).stands() == []


def test_a_stand_becomes_final() -> None:
    found = memory(
        told(0, odometer=100, level=60),
        told(DAY, odometer=100, level=59),
        told(DAY + 30, odometer=130, level=50),
        told(4 * DAY, odometer=130, level=50),
    )
    assert stand(found).is_final
