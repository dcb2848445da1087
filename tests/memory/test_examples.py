"""The diary by examples, with figures."""

from datetime import UTC, datetime, timedelta
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.smartcar.car.told import DIARY_CODES
from custom_components.smartcar.memory import (
    CHARGE_RECORDS,
    Charge,
    Correction,
    Drive,
    Kind,
    MakerRecord,
    Memory,
    Point,
    battery_capacity,
    by_hours,
    entries_within,
    maker_records,
    point,
    sums_of,
)
from custom_components.smartcar.memory.points import KINDS

START = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
HOUR = 60
DAY = 24 * HOUR
CAPACITY = 77.0


def minute(count: float) -> int:
    """Return a moment so many minutes after the start."""
    return START + int(count * 60)


def told(at: float, **values: float) -> list[Point]:
    """Return one look at the car: `told(5, level=50, odometer=100)`."""
    return [
        Point(minute(at), int(Kind[name.upper()]), value)
        for name, value in values.items()
    ]


def memory(*looks: list[Point], capacity: float | None = CAPACITY) -> Memory:
    """Return a memory that got these looks one by one, with restarts between."""
    found = Memory()
    for look in looks:
        found = Memory.from_dict(json.loads(json.dumps(found.as_dict())))
        found.capacity = capacity
        found.wake()
        found.add(look, look[-1].at)
    return found


def only(found: Memory) -> Charge:
    """Return the one charge there is."""
    (charge,) = found.charges()
    return charge


def drive(found: Memory) -> Drive:
    """Return the one drive there is."""
    (way,) = found.drives()
    return way


def test_a_charge_from_plug_in_to_unplugging_with_a_pause() -> None:
    found = memory(
        told(0, odometer=100, level=50, added=12, cable=0),
        told(10, cable=1, charging=1, added=0),
        told(60, level=58, added=6.2),
        told(70, charging=0),
        told(200, charging=1, level=60, added=7.8),
        told(260, charging=0, level=71, added=16.1),
        told(400, cable=0),
    )
    charge = only(found)
    assert (charge.start, charge.end) == (minute(10), minute(260))
    assert (charge.start_after, charge.end_before) == (minute(0), minute(400))
    assert (charge.energy, charge.source) == (16.1, "car")
    assert (charge.level_start, charge.level_end) == (50, 71)
    assert not charge.is_open


def test_a_charge_without_the_cable_is_all_between_two_movements() -> None:
    found = memory(
        told(0, odometer=100, level=50, added=0),
        told(60, charging=1, level=55, added=4),
        told(120, charging=0, level=60, added=8),
        told(300, charging=1, level=61, added=8.5),
        told(360, charging=1, level=65, added=11.5),
        told(400, odometer=110, level=63),
        told(500, charging=1, level=63, added=0.5),
    )
    first, second = found.charges()
    assert (first.start, first.end) == (minute(60), minute(360))
    assert (first.energy, first.end_before) == (11.5, minute(400))
    assert (second.energy, second.is_open) == (0.5, True)


@pytest.mark.parametrize(
    ("rise", "energy"), [(2, None), (3, 2.31), (30, 23.1)], ids=str
)
def test_a_charge_by_level_only(rise: float, energy: float | None) -> None:
    found = memory(
        told(0, odometer=100, level=50), told(90, level=50 + rise), told(120, level=50)
    )
    assert [(c.energy, c.source) for c in found.charges()] == (
        [(energy, "level")] if energy else []
    )
    assert [(c.start_after, c.start) for c in found.charges()] == (
        [(minute(0), minute(90))] if energy else []
    )


def test_without_a_size_of_the_battery_the_energy_is_unknown() -> None:
    charge = only(memory(told(0, level=50), told(90, level=60), capacity=None))
    assert (charge.energy, charge.source, charge.points) == (None, None, 10)


def test_a_level_that_trembles_and_creeps_is_no_charge() -> None:
    levels = [50, 51, 50, 51, 52, 51, 49, 50, 51, 48, 50, 49, 46, 48]
    assert (
        memory(*(told(at * 60, level=v) for at, v in enumerate(levels))).charges() == []
    )


def test_a_blink_of_the_figure() -> None:
    found = memory(
        told(0, cable=1, added=5.4, level=50),
        told(10, added=0),
        told(20, added=6.0),
        told(30, added=0),
        told(40, added=0),
        told(50, added=6.6),
    )
    assert only(found).energy == 1.2


def test_an_old_figure_that_stays_through_plug_in_and_falls() -> None:
    found = memory(
        told(0, odometer=100, added=20, cable=0, level=40),
        told(60, odometer=120, added=20),
        told(120, cable=1, added=20, charging=1),
        told(130, added=1.5),
        told(190, added=9),
    )
    # A fall without zero waits for the next report.
    assert only(found).energy == 9


def test_a_higher_figure_after_a_drive_is_proven_by_a_look_between() -> None:
    looks = [
        told(0, odometer=100, added=5, cable=1),
        told(60, odometer=120, added=5, cable=0),
        told(120, cable=1, added=6),
    ]
    assert only(memory(*looks)).energy == 6


def test_a_higher_figure_in_the_look_of_the_drive_proves_the_difference() -> None:
    charge = only(
        memory(told(0, odometer=100, added=5), told(DAY, odometer=120, added=6))
    )
    assert (charge.energy, charge.is_partial, charge.is_sum) == (1, True, True)


@pytest.mark.parametrize(
    ("added", "energy", "source"),
    [(8.5, 8.5, "car"), (6, 6, "car"), (25, 7.7, "level")],
    ids=["losses", "less", "more than the level can mean"],
)
def test_level_and_energy_that_differ(added: float, energy: float, source: str) -> None:
    charge = only(
        memory(told(0, level=50, added=0, cable=1), told(60, level=60, added=added))
    )
    assert (charge.energy, charge.source) == (energy, source)


@pytest.mark.parametrize(
    ("minutes", "added", "is_refused"),
    [(60, 301, True), (5, 40, True), (60, 299, False)],
    ids=["over 300 kWh", "over 400 kW", "at the limit"],
)
def test_impossible_energy(minutes: float, added: float, is_refused: bool) -> None:
    found = memory(told(0, added=0), told(minutes, added=added), capacity=None)
    assert (found.charges() == [], found.refused) == (is_refused, int(is_refused))


def test_a_plug_in_without_energy_is_no_entry() -> None:
    looks = [told(0, cable=0, level=80, added=5), told(10, cable=1, charging=1)]
    assert memory(*looks, told(600, cable=0, level=80, charging=0)).charges() == []


def test_unplugged_for_less_than_45_minutes_is_one_charge() -> None:
    def charge(out: float) -> list[float | None]:
        looks = [told(0, cable=1, added=0), told(60, added=5), told(70, cable=0)]
        looks += [told(70 + out, cable=1), told(80 + out, added=7)]
        return [c.energy for c in memory(*looks).charges()]

    assert charge(44) == [7]
    assert charge(46) == [5, 2]


def test_unplugged_in_the_drive_way_and_plugged_in_again() -> None:
    found = memory(
        told(0, cable=1, added=0),
        told(60, added=5),
        told(65, cable=0),
        told(70, cable=1),
        told(75, added=0.5),
        told(80, added=1.0),
    )
    assert [charge.energy for charge in found.charges()] == [5, 1]


def test_a_store_that_ticks_once_a_day() -> None:
    found = memory(
        told(0, odometer=100, level=80, added=5),
        told(DAY, odometer=130, level=80, added=4),
        told(2 * DAY, odometer=160, level=80, added=4),
        told(3 * DAY, odometer=160, level=60),
        told(4 * DAY, odometer=160, level=80),
        told(5 * DAY, odometer=160, level=80),
    )
    assert [way.distance for way in found.drives()] == [30, 30]
    assert all(way.is_sum for way in found.drives())
    # The fall over a drive is another session; the same figure again shows nothing.
    assert [(c.energy, c.source) for c in found.charges()] == [
        (4, "car"),
        (15.4, "level"),
    ]
    assert [(gap.start, gap.end, gap.reason) for gap in found.gaps()] == [
        (minute(DAY), minute(2 * DAY), "charging_unseen"),
        (minute(2 * DAY), minute(3 * DAY), "level_fell"),
    ]


def test_a_gap_of_a_charge_of_unknown_energy() -> None:
    looks = [told(0, level=50), told(DAY, level=80), told(2 * DAY, level=80)]
    (gap,) = memory(*looks, capacity=None).gaps()
    assert gap.reason == "energy_unknown"


def test_a_hybrid_has_no_gap_by_its_way() -> None:
    looks = [
        told(0, odometer=100, level=80, fuel=50),
        told(DAY, odometer=200, level=80, fuel=40),
        told(2 * DAY, level=79),
    ]
    assert memory(*looks, capacity=18.8).gaps() == []


@pytest.mark.parametrize(
    ("distance", "level", "fuel", "reasons"),
    [
        pytest.param(60, 80, 50, ["charging_unseen"], id="not on fuel"),
        pytest.param(25, 80, 50, [], id="on less than a point of fuel, perhaps"),
        pytest.param(80, 80, 48, [], id="on two points of fuel, perhaps"),
        pytest.param(120, 80, 48, ["charging_unseen"], id="more than they take it"),
        pytest.param(60, 55, 50, [], id="on the battery that was full"),
        pytest.param(60, 80, 90, [], id="refueled"),
        pytest.param(60, 80, None, [], id="fuel is not told again"),
        pytest.param(60, 80, 20, [], id="a fall of fuel that cannot be"),
    ],
)
def test_a_hybrid_has_a_gap_where_fuel_cannot_account_for_its_way(
    distance: float, level: float, fuel: float | None, reasons: list[str]
) -> None:
    fuels = {} if fuel is None else {"fuel": fuel}
    looks = [
        told(0, odometer=100, level=80, fuel=50),
        told(DAY, odometer=100 + distance, level=level, **fuels),
        told(2 * DAY, level=level),
    ]
    found = memory(*looks, capacity=18.8)
    assert [gap.reason for gap in found.gaps()] == reasons


def test_two_looks_far_apart_show_drive_and_charge() -> None:
    found = memory(
        told(0, odometer=100, level=50), told(DAY, odometer=130, level=80, cable=1)
    )
    charge, way = only(found), drive(found)
    assert (charge.energy, charge.is_sum) == (23.1, True)
    assert (charge.start_after, charge.start) == (minute(0), minute(DAY))
    assert (way.distance, way.is_sum, way.start_after) == (30, True, minute(0))


@pytest.mark.parametrize(("stand", "count"), [(44, 1), (45, 2)], ids=str)
def test_drives_join_below_45_minutes(stand: float, count: int) -> None:
    found = memory(
        told(0, odometer=100),
        told(5, odometer=105),
        told(10, odometer=110),
        told(10 + stand, odometer=115),
    )
    assert [way.distance for way in found.drives()] == ([15] if count == 1 else [10, 5])
    assert not found.drives()[0].is_sum


def test_a_charge_ends_a_drive() -> None:
    found = memory(
        told(0, odometer=100, level=60, added=0),
        told(10, odometer=110, level=57),
        told(20, level=67, added=8, charging=1),
        told(30, odometer=120, level=64),
    )
    assert [way.distance for way in found.drives()] == [10, 10]
    assert [way.used for way in found.drives()] == [3, 3]
    assert only(found).energy == 8


@pytest.mark.parametrize(
    ("level", "distance", "expected"),
    [(55, 30, 12.83), (56, 30, None), (55, 9, None)],
    ids=["enough", "4 points", "9 km"],
)
def test_efficiency(level: float, distance: float, expected: float | None) -> None:
    way = drive(
        memory(
            told(0, odometer=100, level=60),
            told(30, odometer=100 + distance, level=level),
        )
    )
    assert way.efficiency(CAPACITY) == pytest.approx(expected, abs=0.01)
    assert way.efficiency(None) is None


def test_an_odometer_that_jumps_and_comes_back() -> None:
    found = memory(
        told(0, odometer=1000),
        told(10, odometer=200),
        told(20, odometer=1008),
        told(25, odometer=9000),
        told(30, odometer=9010),
    )
    assert [way.distance for way in found.drives()] == [18]
    assert (found.distance, found.refused) == (18, 1)


def test_places() -> None:
    def place(north: float, *, home: float | None = None) -> str:
        found = Memory(lambda lat, _: (lat == 52.52, "Home" if lat == 52.52 else None))
        found.capacity = CAPACITY
        at = told(0, odometer=100, level=50)
        if north:
            at.append(Point(minute(1), Kind.POSITION, north, 13.4))
        if home is not None:
            at += told(1, home=home)
        found.add([*at, *told(60, level=60)], minute(60))
        return only(found).where.place

    assert place(52.52) == "home"
    assert place(48.1) == "away"
    assert place(0) == "unknown"
    assert place(0, home=1) == "home"
    assert place(0, home=0) == "away"


def test_the_place_is_that_of_the_odometer() -> None:
    """A position from before the last movement says nothing."""
    found = Memory(lambda *_: (True, "Home"))
    found.capacity = CAPACITY
    looks = [
        *told(0, odometer=100, level=50),
        Point(minute(1), Kind.POSITION, 52.5, 13.4),
    ]
    looks += [*told(60, odometer=130, level=45), *told(120, level=60)]
    found.add(looks, minute(120))
    charge = only(found)
    assert charge.where.place == "unknown"
    assert charge.latitude is None


def test_where_a_drive_began_and_ended() -> None:
    """A position on the way is neither; what is told later while it stands counts."""
    found = Memory()

    def look(at: float, odometer: float, *place: float) -> list[Point]:
        told_place = [Point(minute(at), Kind.POSITION, *place)] if place else []
        return [*told(at, odometer=odometer), *told_place]

    found.add(
        [
            *look(0, 100, 52.5004, 13.4),
            *look(40, 120, 52.6, 13.5),
            *look(60, 130),
            *look(90, 130, 52.7, 13.6),
            *look(300, 150),
        ],
        minute(300),
    )
    first, second = found.drives()
    assert (first.origin, first.destination) == ((52.5, 13.4), (52.7, 13.6))
    assert (second.origin, second.destination) == ((52.7, 13.6), None)


def test_records_of_the_maker_win() -> None:
    found = memory(told(0, level=50, added=0, cable=1), told(120, level=60, added=8))
    change = found.add_records(
        [
            MakerRecord("a", minute(5), minute(60), 5.0),
            MakerRecord("b", minute(70), minute(115), 3.5),
            MakerRecord("c", minute(900), minute(950), 3.5),
        ]
    )
    charge, other = found.charges()
    assert (charge.energy, charge.source) == (8.5, "record")
    assert (other.start, other.energy) == (minute(900), 3.5)
    assert change.since == charge.start
    assert sum(step.amount for step in charge.steps) == pytest.approx(8.5)
    assert not found.add_records([MakerRecord("a", minute(5), minute(60), 5.0)])


def charged_twice() -> Memory:
    """Return a memory with two charges, both still to be refined."""
    return memory(
        told(0, odometer=100, level=50),
        told(60, level=60),
        told(200, odometer=130, level=52),
        told(400, level=70),
    )


def test_corrections_stick_while_news_moves_the_charge() -> None:
    found = charged_twice()
    fix = Correction(0, 0, cost=4.2, place="home")
    assert found.correct(minute(30), fix)
    # Late news: it began earlier, and went on for longer.
    found.add(told(30, level=56), minute(401))
    found.add(told(90, level=63), minute(401))
    first, second = found.charges()
    assert (first.cost, first.where.place, first.corrected) == (
        4.2,
        "home",
        ("cost", "place"),
    )
    assert (first.energy, second.corrected) == (10.01, ())
    found.correct(minute(30), Correction(0, 0, energy=12))
    first = found.charges()[0]
    assert (first.energy, first.corrected) == (12, ("cost", "energy", "place"))
    assert sum(step.amount for step in first.steps) == pytest.approx(12)


def test_a_correction_outlives_the_restart_and_becoming_final() -> None:
    found = charged_twice()
    found.correct(minute(300), Correction(0, 0, remove=True))
    assert [charge.energy for charge in found.charges()] == [7.7]
    found = Memory.from_dict(json.loads(json.dumps(found.as_dict())))
    found.capacity = CAPACITY
    found.add(told(4 * DAY, odometer=200, level=40), minute(4 * DAY))
    assert [(c.energy, c.is_final) for c in found.charges()] == [(7.7, True)]
    found.correct(minute(300), Correction(0, 0, remove=False))
    assert len(found.charges()) == 2


@pytest.mark.parametrize(
    ("correction", "error"),
    [
        (Correction(0, 0), "Nothing"),
        (Correction(0, 0, cost=1, price=1), "together"),
        (Correction(0, 0, energy=-1), "Negative"),
        (Correction(0, 0, place="moon"), "place"),
    ],
)
def test_corrections_that_cannot_be(correction: Correction, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        charged_twice().correct(minute(30), correction)
    with pytest.raises(LookupError):
        charged_twice().correct(minute(9000), Correction(0, 0, cost=1))


def test_the_change_tells_what_changed() -> None:
    found = memory(told(0, odometer=100, level=50))
    change = found.add(told(60, level=60), minute(60))
    # Its energy came at some time since the look before.
    assert (change.since, [c.energy for c in change.charges]) == (minute(0), [7.7])
    assert not found.add(told(60, level=60), minute(61))
    # Late news takes the rise apart: half of it came an hour earlier.
    change = found.add(told(30, level=55), minute(62))
    assert change.since == minute(0)
    # Becoming final is no change by itself.
    late = found.add(told(6 * DAY, level=60), minute(6 * DAY))
    assert [c.is_final for c in late.charges] in ([], [False])


def test_the_hours_of_a_charge_across_a_change_of_clocks_and_a_month() -> None:
    zone = ZoneInfo("Europe/Berlin")
    begin = datetime(2026, 10, 25, 1, 30, tzinfo=zone)
    since = int(begin.timestamp())
    until = since + 4 * 3600
    found = Memory()
    found.capacity = CAPACITY
    found.add([Point(since, Kind.ADDED, 0), Point(until, Kind.ADDED, 8)], until)
    hours = by_hours(only(found).steps)
    local = [datetime.fromtimestamp(hour, UTC).astimezone(zone).hour for hour in hours]
    assert local == [1, 2, 2, 3, 4]
    assert list(hours.values()) == [1, 2, 2, 2, 1]
    month = int((datetime(2026, 11, 1, tzinfo=zone) - timedelta(0)).timestamp())
    assert len(entries_within(found.charges(), since, month)) == 1
    assert entries_within(found.charges(), month, month + 1) == []


def test_a_period_has_entries_across_its_edge_whole() -> None:
    found = charged_twice()
    (charge,) = entries_within(found.charges(), minute(300), minute(500))
    sums = sums_of([(charge, charge.energy)])
    assert sums.by_place == {"home": 0, "away": 0, "unknown": 13.86}
    assert (sums.total, sums.charges, sums.lacking) == (13.86, 1, 0)
    assert entries_within(found.drives(), minute(300), minute(500)) == []
    drives = entries_within(found.drives(), minute(0), minute(500))
    assert sum(drive.distance for drive in drives) == 30


def test_a_record_of_a_charge_that_no_report_shows_is_a_charge() -> None:
    """As from before the car was known; a report of it that comes late takes over."""
    found = memory(told(0, level=50, odometer=100))
    record = MakerRecord("a", minute(60), minute(120), 9.0)
    change = found.add_records([record])
    assert (change.since, len(change.charges)) == (minute(60), 1)
    charge = only(found)
    assert (charge.energy, charge.source, charge.is_final) == (9.0, "record", True)
    assert by_hours(charge.steps) == {minute(60): 9.0}
    assert not found.add_records([record])
    moment = minute(90)
    found.correct(moment, Correction(moment, moment, place="home"))
    assert only(found).where.place == "home"
    found.correct(moment, Correction(moment, moment, remove=True))
    assert found.charges() == []
    found.correct(moment, Correction(moment, moment, remove=False))
    found.add(told(60, cable=1, level=50) + told(120, level=62), minute(130))
    seen = only(found)
    assert (seen.energy, seen.source, seen.where.place) == (9.0, "record", "home")
    assert (seen.level_start, seen.level_end) == (50, 62)


def test_news_more_than_48_hours_late_is_counted_and_left_out() -> None:
    found = memory(told(0, level=50), told(5 * DAY, level=60))
    assert not found.add(told(DAY, level=90), minute(5 * DAY))
    assert (found.late, len(found.charges())) == (1, 1)


def test_a_time_ahead_of_now_counts_as_now() -> None:
    found = memory(told(0, level=50))
    found.add(told(DAY, level=60), minute(60))
    assert only(found).end == minute(60)


@pytest.mark.parametrize(
    "stored",
    [
        {"journal": 5},
        {"journal": {"points": [["a"]]}},
        {"charges": [[1]]},
        {"base": {"drives": {"odometer": [1]}}},
    ],
    ids=["number", "point", "charge", "base"],
)
def test_a_broken_file_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises((AttributeError, LookupError, TypeError, ValueError)):
        Memory.from_dict(stored)


@pytest.mark.parametrize(
    ("code", "body", "unit", "value"),
    [
        ("odometer-traveleddistance", {"value": 10, "unit": "mi"}, None, 16.093),
        ("odometer-traveleddistance", {"value": 10}, "miles", 16.093),
        ("odometer-traveleddistance", {"value": 10}, None, 10),
        ("charge-energyadded", {"value": 1500, "unit": "Wh"}, None, 1.5),
        ("charge-ischarging", {"value": True}, None, 1),
        ("charge-ischarging", {"value": None}, None, None),
        ("charge-detailedchargingstatus", {"value": "FULLY_CHARGED"}, None, 0),
        ("charge-detailedchargingstatus", {"value": "DREAMING"}, None, None),
        (
            "location-preciselocation",
            {"latitude": 1.2345678, "longitude": 2},
            None,
            1.23457,
        ),
        ("location-preciselocation", {"latitude": 1.2}, None, None),
        ("closure-islocked", {"value": True}, None, None),
    ],
)
def test_points(
    code: str, body: dict[str, object], unit: str | None, value: float | None
) -> None:
    found = point(code, body, datetime(2026, 11, 2, tzinfo=UTC), unit)
    assert (found and found.value) == value
    assert found is None or found.at == START


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param(
            [
                told(0, odometer=100, level=83, added=13.8),
                told(2 * DAY, odometer=200, level=80, added=2.7),
                told(3 * DAY, added=0),
            ],
            [(0, 2 * DAY, 2.7)],
            id="a day's way and charge in one look",
        ),
        pytest.param(
            [
                told(0, odometer=100, level=80, added=19.1),
                told(DAY, odometer=200, added=13.8),
            ],
            [(0, DAY, 13.8)],
            id="as much as a day allows",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, level=70, added=0),
                told(180, cable=1, charging=1, level=77, added=5.5),
                told(240, charging=0, level=90, added=0),
                told(540, odometer=111, cable=0, level=87, added=15.7),
                told(600, odometer=115, cable=1, level=90, added=2.7),
            ],
            [(0, 540, 15.7), (540, 600, 2.7)],
            id="the rest of a figure that blinked is told on the way",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, level=70, added=0),
                told(180, cable=1, charging=1, level=77, added=5.5),
                told(240, charging=0, level=90, added=0),
                told(540, odometer=111, cable=0, level=87),
                told(600, odometer=115, cable=1, added=15.7),
            ],
            [(0, 240, 15.4)],
            id="the level has told of it before",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, level=70, added=0),
                told(180, cable=1, charging=1, level=77, added=5.5),
                told(240, charging=0, level=90, added=0),
                told(540, odometer=111, cable=0, level=87),
                told(600, odometer=115, added=4),
            ],
            [(0, 240, 15.4)],
            id="the level has told of a lower one before",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, level=72, added=0),
                told(30, odometer=110, cable=1, charging=1, added=4.4),
                told(90, added=13.8),
                told(120, odometer=112, cable=0, level=90),
            ],
            [(0, 90, 13.8)],
            id="the figure has told of the level before",
        ),
        pytest.param(
            [
                told(0, odometer=100, added=1),
                told(20, odometer=110, cable=0),
                told(60, cable=1, added=0),
                told(90, added=2),
            ],
            [(20, 90, 2)],
            id="a zero after the way may be a blink",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, level=61, added=9),
                told(20, odometer=110, cable=1, added=0),
                told(300, charging=1),
                told(330, charging=1, added=4),
            ],
            [(0, 330, 4)],
            id="a zero from before it charges is where it began",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=1, level=61, added=1),
                told(50, odometer=101, cable=0, level=66, added=4),
            ],
            [(0, 50, 3.85)],
            id="figure and level rose before a way",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, level=68, added=0),
                told(30, cable=1, charging=1, level=69, added=2.2),
                told(60, cable=0, charging=0, level=74, added=5.9),
                told(90, cable=1),
                told(180, cable=0),
                told(240, cable=1),
                told(330, charging=1, level=74, added=0),
                told(360, charging=0, level=80, added=4.8),
                told(400, level=80, added=4.8),
            ],
            [(0, 90, 5.9), (180, 360, 4.8)],
            id="a cable that blinks while it charges",
        ),
        pytest.param(
            [
                told(0, odometer=100, level=87, cable=0, added=13.8),
                told(180, cable=1, level=90, added=2.6),
                told(240, cable=0),
                told(540, odometer=111, level=87, added=2.6),
            ],
            [(0, 180, 2.6)],
            id="a fall that the level shows is believed at the next way",
        ),
        pytest.param(
            [
                told(0, odometer=100, level=90, cable=0, added=15.7),
                told(60, odometer=111, cable=1, level=90, added=0),
                told(180, added=2.7),
            ],
            [(0, 180, 2.7)],
            id="a zero at the arrival may be a blink",
        ),
        pytest.param(
            [
                told(0, odometer=100, cable=0, added=0),
                [*told(5, cable=1, added=0.4), Point(minute(5) + 1, 0, 103.0)],
                told(10, added=1.3),
            ],
            [(0, 5, 0.4), (5, 10, 0.9)],
            id="the odometer comes a second later",
        ),
    ],
)
def test_nothing_counts_twice(
    looks: list[list[Point]], expected: list[tuple[float, float, float]]
) -> None:
    """Each charge: after when it began, its last report (minutes), kWh."""
    assert [
        ((c.start_after or 0) - START, c.end - START, c.energy)
        for c in memory(*looks).charges()
    ] == [(since * 60, until * 60, energy) for since, until, energy in expected]


def test_a_long_charge_by_small_steps_is_put_together() -> None:
    """Ten hours with a look every five minutes; nothing of it is lost."""
    found = memory(
        told(0, cable=1, level=20, added=0),
        *(told(5 * n, level=20 + n // 2, added=n * 0.4) for n in range(1, 121)),
    )
    charge = only(found)
    assert (charge.energy, len(charge.steps)) == (48, 96)
    assert sum(step.amount for step in charge.steps) == pytest.approx(48)


def test_a_position_from_a_second_before_the_odometer_is_of_the_same_look() -> None:
    found = Memory(lambda *_: (True, "Home"))
    found.capacity = CAPACITY
    place = Point(minute(60) - 1, Kind.POSITION, 52.5, 13.4)
    looks = [*told(0, odometer=100, level=50), place, *told(60, odometer=130)]
    found.add([*looks, *told(61, level=45), *told(120, level=60)], minute(120))
    assert only(found).where.place == "home"


def test_the_energy_of_a_car_that_never_tells_it() -> None:
    """It grows when a charge is final, and only without a figure of the car's own."""
    looks = told(0, level=50, odometer=100), told(60, level=60), told(200, odometer=120)
    found = memory(*looks)
    assert found.level_energy == 0
    for day in (1, 4, 5):
        found.add(told(day * DAY, level=60), minute(day * DAY))
    assert (only(found).is_final, found.level_energy) == (True, 7.7)
    assert only(found).is_final
    found = memory(*looks[:2], told(70, added=8), looks[2])
    for day in (1, 4, 5):
        found.add(told(day * DAY, level=60), minute(day * DAY))
    assert (only(found).is_final, found.level_energy) == (True, 0)


def test_all_that_is_told_is_kept() -> None:
    assert {*KINDS, CHARGE_RECORDS} == DIARY_CODES


def test_another_capacity_counts_for_what_is_not_final() -> None:
    found = memory(told(0, level=50), told(60, level=60))
    change = found.use_capacity(50)
    assert (change.since, only(found).energy) == (minute(0), 5)
    assert not found.use_capacity(50)


NIGHT = {"id": "S-1", "startTime": "2026-11-01T20:00:00Z"}
NIGHT |= {"endTime": "2026-11-02T02:30:00Z"}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{**NIGHT, "energyAdded": 38.2}], [("S-1", 23400, 38.2)]),
        (
            [{**NIGHT, "energyAdded": 38.2, "id": None}],
            [(str(START - 14400), 23400, 38.2)],
        ),
        ([NIGHT], []),
        ([{**NIGHT, "energyAdded": 0}], []),
        ([{**NIGHT, "energyAdded": 5, "endTime": None}], []),
        ([{**NIGHT, "energyAdded": 5, "endTime": "2026-11-01T19:00:00Z"}], []),
        ("none", []),
    ],
)
def test_records(records: object, expected: list[tuple[str, int, float]]) -> None:
    found = maker_records({"values": records})
    assert [(one.id, one.end - one.start, one.energy) for one in found] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"capacity": 77, "unit": "kWh"}, 77),
        ({"capacity": 77}, 77),
        ({"capacity": 0}, None),
        (None, None),
    ],
)
def test_capacity(body: dict[str, object] | None, expected: float | None) -> None:
    assert battery_capacity(body) == expected
