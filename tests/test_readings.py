"""Each documented form of a body is read; everything else is no value."""

from collections.abc import Callable

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.car import readings
from custom_components.smartcar.car.readings import Body

CELLS = [
    {"row": 1, "column": 1, "isOpen": True},
    {"row": 0, "column": 0, "isOpen": False},
]
BY_POSITION = {(1, 1): CELLS[0], (0, 0): CELLS[1]}


# Doors, windows, tyres


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"values": CELLS}, id="flat list"),
        pytest.param({"values": CELLS[::-1]}, id="other order"),
        pytest.param({"doors": CELLS}, id="doors by name"),
        pytest.param({"windows": CELLS}, id="windows by name"),
        pytest.param({"tires": CELLS}, id="tyres by name"),
        pytest.param({"values": {"values": CELLS, "rowCount": 2}}, id="wrapped"),
        pytest.param({"values": {"doors": CELLS}}, id="wrapped, by name"),
        pytest.param({"values": None, "doors": CELLS}, id="null beside it"),
        pytest.param({"values": CELLS, "rowCount": 0, "columnCount": 9}, id="counts"),
    ],
)
def test_cells_in_every_form(body: Body) -> None:
    """Rows and columns place an entry; order, names and counts do not."""
    assert readings.cells(body) == BY_POSITION


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "front left",
        7,
        [],
        {},
        {"row": 0},
        {"row": None, "column": 0},
        {"row": "0", "column": "0"},
        {"row": True, "column": False},
        {"row": -1, "column": 0},
        {"row": 0, "column": 10},
        {"row": 0.5, "column": 0},
        {"row": float("nan"), "column": float("inf")},
    ],
)
def test_an_unreadable_cell_leaves_the_others(junk: object) -> None:
    """A cell without a place is no door."""
    assert readings.cells({"values": [junk, *CELLS, junk]}) == BY_POSITION


def test_whole_rows_and_columns_may_be_floats() -> None:
    """Some encoders write 1.0 for 1."""
    cell = {"row": 1.0, "column": 0.0}
    assert readings.cells({"values": [cell]}) == {(1, 0): cell}


@pytest.mark.parametrize(
    "body", [{}, {"values": None}, {"values": "open"}, {"values": {}}, {"seats": CELLS}]
)
def test_no_list_no_cells(body: Body) -> None:
    """A body without a list has no positions."""
    assert readings.cells(body) == {}


def test_endless_wrapping_is_no_cells() -> None:
    """However deep an object is wrapped, reading it ends."""
    body: Body = {}
    for _ in range(5_000):
        body = {"values": body}
    assert readings.cells(body) == {}


def test_a_grid_reads_each_body_once() -> None:
    """Entities of one signal share its cells; an equal body may be another one."""
    grid, body = readings.Grid(), {"values": CELLS}
    assert grid.cells(None) == {}
    assert grid.cells(body) == BY_POSITION
    assert grid.cells(body) is grid.cells(body)
    other = {"values": CELLS[:1]}
    assert grid.cells(other) == readings.cells(other)
    assert grid.cells(None) == {}


@pytest.mark.parametrize(
    ("position", "key"),
    [
        ((0, 0), "front_left"),
        ((0, 1), "front_right"),
        ((1, 0), "rear_left"),
        ((1, 1), "rear_right"),
        ((2, 0), "row_3_left"),
        ((0, 2), "front_column_3"),
        ((3, 4), "row_4_column_5"),
    ],
)
def test_position_keys(position: tuple[int, int], key: str) -> None:
    """Keys are part of unique ids and must never change."""
    assert readings.position_key(position) == key


# Tyres


@pytest.mark.parametrize(
    ("value", "unit", "kilopascals"),
    [
        (260, "kPa", 260),
        (0.5, "kPa", 0.5),
        (500, "kPa", 500),
        (500.1, "kPa", None),
        (699.9, "kPa", None),
        (2.6, "bar", 260),
        (9.9, "bar", 990),
        (10, "bar", None),
        (36, "bar", None),
        (99.9, "bar", None),
        (100, "bar", 100),
        (260, "bar", 260),
        (500, "bar", 500),
        (500.1, "bar", None),
        (699.9, "bar", None),
        (36, "psi", 248.211),
        (80, "psi", 551.581),
        (80.1, "psi", None),
        (260, "psi", None),
        (699.9, "psi", None),
        (0, "kPa", None),
        (0, "bar", None),
        (0, "psi", None),
        (-1, "bar", None),
        # No label: the size tells.
        (2.5, None, 250),
        (1, None, 100),
        (5, None, 500),
        (255.1, "", 255.1),
        (100, None, 100),
        (500, None, 500),
        (36, None, 248.211),
        (20, None, 137.895),
        (80, None, 551.581),
        (0, None, None),
        (0.9, None, None),
        (5.1, None, None),
        (19.9, None, None),
        (80.1, None, None),
        (99.9, None, None),
        (500.1, None, None),
        (None, None, None),
        (36, "percent", None),
        (2.6, "km", None),
        (None, "bar", None),
        ("2.6", "bar", None),
        (True, "bar", None),
        (float("nan"), "bar", None),
    ],
)
def test_tire_pressure(value: object, unit: object, kilopascals: float | None) -> None:
    """Label and size must agree; junk is unknown, for a tyre may be flat."""
    pressure = readings.tire_pressure({"tirePressure": value}, unit)
    assert pressure == (
        None if kilopascals is None else pytest.approx(kilopascals, abs=0.001)
    )


def test_a_tire_without_pressure() -> None:
    """The leaf may be missing."""
    assert readings.tire_pressure({}, "bar") is None


# Plain leaves


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"value": 42, "unit": "miles"}, 67.592448),
        ({"value": 42, "unit": "km"}, 42),
        ({"value": 42}, None),
        ({"value": None, "unit": "km"}, None),
        ({"unit": "km"}, None),
        ({}, None),
    ],
)
def test_number(body: Body, expected: float | None) -> None:
    """A number is worth as much as its unit."""
    assert readings.number(body, "value", "km") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("body", "minutes"),
    [
        ({"value": 90}, 90),
        ({"value": 90, "unit": None}, 90),
        ({"value": 2, "unit": "hours"}, 120),
        ({"value": 90, "unit": "km"}, None),
    ],
)
def test_number_with_an_assumed_unit(body: Body, minutes: float | None) -> None:
    """The assumed unit holds only where the wire carries none."""
    assert readings.number(body, "value", "min", "min") == pytest.approx(minutes)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (0, None), (1, None), ("true", None), (None, None)],
)
def test_boolean(value: object, expected: bool | None) -> None:
    """Only JSON's own booleans are booleans."""
    assert readings.boolean({"value": value}, "value") is expected
    assert readings.boolean({}, "value") is None


@pytest.mark.parametrize(
    ("value", "text", "member"),
    [
        ("NOT_CHARGING", "NOT_CHARGING", "not_charging"),
        ("Fully Charged", "Fully Charged", "fully_charged"),
        (" off-road ", "off-road", "off_road"),
        ("x" * 300, "x" * 255, "x" * 255),
        ("", None, None),
        (" \t\n", None, None),
        (None, None, None),
        (7, None, None),
        (["CCS"], None, None),
    ],
)
def test_text_and_member(value: object, text: str | None, member: str | None) -> None:
    """Texts fit into a state; members of enumerations are written one way."""
    assert readings.text({"value": value}, "value") == text
    assert readings.member({"value": value}, "value") == member


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"values": ["Winter", 7, None, "Sport"]}, ["Winter", "Sport"]),
        ({"values": []}, []),
        ({"values": "Winter"}, []),
        ({"values": None}, []),
        ({}, []),
    ],
)
def test_texts(body: Body, expected: list[str]) -> None:
    """What is no text is left out of a list of texts."""
    assert readings.texts(body) == expected


# Charge limits and ranges


@pytest.mark.parametrize(
    ("body", "percent"),
    [
        pytest.param({"activeLimit": 80, "unit": "percent"}, 80, id="active"),
        pytest.param({"activeLimit": 80}, 80, id="active, no unit"),
        pytest.param(
            {"activeLimit": 80, "values": [{"type": "GLOBAL", "limit": 90}]},
            80,
            id="active before global",
        ),
        pytest.param({"activeLimit": 80, "values": []}, 80, id="empty list"),
        pytest.param(
            {"activeLimit": None, "values": [{"type": "GLOBAL", "limit": 90}]},
            90,
            id="active is null",
        ),
        pytest.param({"values": [{"type": "GLOBAL", "limit": 90}]}, 90, id="GLOBAL"),
        pytest.param({"values": [{"type": "global", "limit": 90}]}, 90, id="global"),
        pytest.param({"values": [{"type": "Global", "limit": 90}]}, 90, id="Global"),
        pytest.param(
            {
                "values": [
                    None,
                    "GLOBAL",
                    {"limit": 60},
                    {"type": "LOCATION", "limit": 70, "condition": None},
                    {"type": "GLOBAL", "limit": 90},
                ]
            },
            90,
            id="among others",
        ),
        pytest.param({"values": [{"type": "GLOBAL"}]}, None, id="no number"),
        pytest.param({"values": [{"type": "LOCATION", "limit": 70}]}, None, id="place"),
        pytest.param({"activeLimit": 80, "unit": "kWh"}, None, id="no percent"),
        pytest.param({"values": {"type": "GLOBAL", "limit": 90}}, None, id="no list"),
        pytest.param({"values": []}, None, id="nothing"),
        pytest.param({}, None, id="empty"),
    ],
)
def test_charge_limit(body: Body, percent: float | None) -> None:
    """The active limit holds; a car that names none has its global one."""
    assert readings.charge_limit(body) == percent


def test_charge_limits() -> None:
    """All limits are told, also those without a type or a number."""
    body = {
        "values": [
            {"type": "GLOBAL", "limit": 80},
            {"type": "Charging Type", "limit": 90.0},
            {"limit": "80"},
            "junk",
        ]
    }
    assert readings.charge_limits(body) == {
        "limits": [
            {"type": "global", "limit": 80},
            {"type": "charging_type", "limit": 90},
            {"type": None, "limit": None},
        ]
    }


def test_range_kinds() -> None:
    """Other ranges have the unit of the first, and a kind each."""
    body = {
        "value": 100,
        "unit": "miles",
        "additionalValues": [
            {"type": "RATED", "value": 100},
            {"type": "ideal", "value": 110},
            {"type": "ESTIMATED", "value": None},
            {"value": 90},
            None,
        ],
    }
    assert readings.range_kinds(body) == {
        "rated": pytest.approx(160.9344),
        "ideal": pytest.approx(177.02784),
    }
    assert readings.range_kinds({"additionalValues": [{"type": "A", "value": 1}]}) == {}
    assert readings.range_kinds({"additionalValues": []}) == {}
    assert readings.range_kinds({}) == {}


def test_battery_options() -> None:
    """The capacities a model may have share the body's unit."""
    body = {
        "capacity": 77,
        "unit": "kWh",
        "availableCapacities": [
            {"capacity": 77, "description": "Pro"},
            {"capacity": "52", "description": None},
            77,
        ],
    }
    assert readings.battery_options(body) == {
        "available_capacities": [
            {"capacity": 77, "description": "Pro"},
            {"capacity": None, "description": None},
        ]
    }
    assert readings.battery_options({}) == {"available_capacities": []}


# Any body

LEAVES = (
    "activeLimit",
    "additionalValues",
    "availableCapacities",
    "capacity",
    "column",
    "doors",
    "isOpen",
    "limit",
    "row",
    "tirePressure",
    "type",
    "unit",
    "value",
    "values",
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.just(10**400),
        st.floats(),
        st.text(),
        st.sampled_from(["GLOBAL", "bar", "kPa", "percent", "km"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(LEAVES) | st.text(), inner, max_size=4),
    ),
)
BODIES = st.dictionaries(st.sampled_from(LEAVES) | st.text(), JSON, max_size=6)

READERS: tuple[Callable[[Body], object], ...] = (
    readings.battery_options,
    readings.cells,
    readings.charge_details,
    readings.charge_energy,
    readings.charge_limit,
    readings.charge_limits,
    readings.range_kinds,
    readings.service_details,
    readings.service_time,
    readings.texts,
    readings.trouble_codes,
    readings.trouble_count,
    readings.warning,
    lambda body: readings.boolean(body, "value"),
    lambda body: readings.count(body, "value"),
    lambda body: readings.member(body, "value"),
    lambda body: readings.number(body, "value", "km", "miles"),
    lambda body: readings.percentage(body, "value", "percent"),
    lambda body: readings.scalar(body, "value"),
    lambda body: readings.text(body, "value"),
    lambda body: readings.tire_pressure(body, body.get("unit")),
)


@given(body=BODIES)
def test_no_body_raises(body: Body) -> None:
    """A body of any form is read or is not; it never breaks an entity."""
    for read in READERS:
        read(body)
