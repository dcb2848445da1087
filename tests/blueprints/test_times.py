"""Blueprints that follow a time of day or an appointment."""

from typing import Any

import pytest

from simulator import fleet
from simulator.cloud import Cloud
from tests.cars import DAY, HOUR, MINUTE
from tests.conftest import ORDINARY_DAY

from .household import Home, promised

pytestmark = ORDINARY_DAY


# By a day's time


async def test_monthly_report(home: Home) -> None:
    """The month before is told once, also if its first day was missed."""
    await home.tell(km=20_000, level=50, plug=False, charging=False, at=0.5)
    await home.travel(20 * MINUTE)
    await home.tell(km=20_030, level=45, at=0.0)
    await home.travel(HOUR)
    await home.tell(plug=True, charging=True, added=0, level=45)
    await home.travel(HOUR)
    await home.tell(charging=True, added=11, level=60)
    await home.travel(HOUR)
    await home.tell(charging=False, plug=False)
    await home.use("monthly_report")
    await home.travel_until(8)
    assert home.texts() == [
        "Charges: 0. At home: 0.0 kWh. Elsewhere: 0.0 kWh. Distance: 0 km."
    ]
    # Home Assistant is off on the first of November.
    await home.restart(after=18 * DAY + HOUR)
    for _ in range(3):
        await home.travel_until(8)
    october = home.sent[1]
    assert october.data["message"] == (
        "Charges: 1. At home: 11.0 kWh. Elsewhere: 0.0 kWh. "
        "Cost: 3.30 EUR. Distance: 30 km."
    )
    assert october.data["title"] == "Blauer Blitz: October 2026"
    assert len(home.sent) == 2
    assert home.used() == promised("monthly_report")[0]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param({}, None, id="nothing is entered"),
        pytest.param({"next_distance": 20_000}, None, id="far away"),
        pytest.param({"next_distance": 19_400}, "Due in 967 km.", id="near"),
        pytest.param({"next_distance": 18_400}, "Overdue by 33 km.", id="past"),
        pytest.param({"next_date": "2026-12-24"}, None, id="not this month"),
        pytest.param({"next_date": "2026-11-01"}, "Due on 2026-11-01.", id="soon"),
        pytest.param(
            {"next_distance": 19_400, "next_date": "2026-10-01"},
            "Due in 967 km. It was due on 2026-10-01.",
            id="both",
        ),
    ],
)
async def test_service_is_due(
    home: Home, inputs: dict[str, Any], expected: str | None
) -> None:
    """By distance or date; again after a week, not the next day."""
    await home.use("service_due", **inputs)
    await home.travel_until(9)
    assert home.texts() == ([expected] if expected else [])
    await home.travel_until(9)
    assert len(home.texts()) == bool(expected)
    await home.travel_until(9, days=6)
    assert len(home.texts()) == 2 * bool(expected)
    assert home.used() == promised("service_due")[0]


# By appointments


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param("New Office, 3rd floor", (52.6, 13.5), id="the longest name"),
        pytest.param("my office", (52.5, 13.4), id="a zone"),
        pytest.param("48.137, 11.575", (48.137, 11.575), id="coordinates"),
        pytest.param("Dentist, Main Street 7", None, id="unknown"),
        pytest.param("", None, id="none"),
    ],
)
async def test_destination(
    home: Home, cloud: Cloud, location: str, expected: tuple[float, float] | None
) -> None:
    """The place of an appointment reaches the car 45 minutes before."""
    for name, latitude, longitude in (
        ("Office", 52.5, 13.4),
        ("New office", 52.6, 13.5),
    ):
        home.hass.states.async_set(
            f"zone.{name.lower().replace(' ', '_')}",
            "0",
            {
                "latitude": latitude,
                "longitude": longitude,
                "radius": 100,
                "friendly_name": name,
            },
        )
    await home.use("destination")
    await home.write("Meeting", in_hours=2, location=location)
    await home.travel(50 * MINUTE)
    car = cloud.cars[fleet.BEV]
    assert car.destination is None
    await home.travel(10 * MINUTE)
    sent = car.destination
    assert (sent and (sent.latitude, sent.longitude)) == expected
    await home.travel(DAY)
    assert home.used() == (promised("destination")[0] if expected else 0)


async def test_full_before_an_event(home: Home, cloud: Cloud) -> None:
    """The limit rises 12 hours before, and falls at the end."""
    car = cloud.cars[fleet.BEV]
    await home.use("full_before_event")
    await home.write("Dentist", in_hours=13)
    await home.write("Trip to the sea", in_hours=14, hours=3)
    limits = []
    for hours in (1, 1, 11, 4):
        await home.travel(hours * HOUR)
        limits.append(car.charge_limit)
        await home.travel(61)
    assert limits == [80, 100, 100, 80]
    await home.travel(DAY)
    assert home.used() == promised("full_before_event")[0]


async def test_what_a_restart_missed_before_an_event(home: Home, cloud: Cloud) -> None:
    """The limit is set after the start; an old event changes nothing twice."""
    car = cloud.cars[fleet.BEV]
    await home.use("full_before_event")
    await home.write("TRIP", in_hours=14)
    limits = []
    for off in (4 * HOUR, 14 * HOUR, 0, DAY):
        await home.restart(after=off)
        limits.append(car.charge_limit)
        await home.travel(61)
    assert limits == [100, 80, 80, 80]
    assert home.used() == promised("full_before_event")[0]
