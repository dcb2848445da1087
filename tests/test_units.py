"""Every unit Smartcar writes becomes the native unit, or no number at all."""

from collections.abc import Mapping
from math import inf, isfinite, nan

from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.car.units import SPELLINGS, convert, unit_of

# native unit: {what 10 of a unit is in it: its spellings}
TABLE: Mapping[str, Mapping[float, tuple[str, ...]]] = {
    "%": {10: ("percent", "percentage", "%")},
    "km": {
        10: ("km", "kilometer", "kilometers", "kilometres"),
        16.09344: ("mi", "mile", "miles"),
    },
    "km/h": {
        10: ("km/h", "kmh", "kph", "kilometersperhour"),
        16.09344: ("mph", "mi/h", "milesperhour"),
    },
    "kWh": {
        10: ("kwh", "kwhr", "kilowatthour", "kilowatthours"),
        0.01: ("wh", "watthours"),
    },
    "W": {
        10: ("w", "watt", "watts"),
        10_000: ("kw", "kilowatt", "kilowatts"),
    },
    "V": {10: ("v", "volt", "volts")},
    "A": {10: ("a", "amp", "amps", "ampere", "amperes")},
    "kPa": {
        10: ("kpa", "kilopascal", "kilopascals"),
        1_000: ("bar", "bars"),
        68.9475729: ("psi",),
    },
    "°C": {
        10: ("c", "°c", "celsius", "degreescelsius"),
        -12.2222222: ("f", "°f", "fahrenheit", "degreesfahrenheit"),
    },
    "L": {
        10: ("l", "liter", "liters", "litre", "litres"),
        37.8541178: ("gal", "gallon", "gallons"),
    },
    "min": {
        10: ("min", "minute", "minutes"),
        1 / 6: ("s", "second", "seconds"),
        600: ("h", "hour", "hours"),
    },
}
ROWS = [
    (spelling, native, expected)
    for native, numbers in TABLE.items()
    for expected, spellings in numbers.items()
    for spelling in spellings
]


def test_the_table_holds_every_spelling_that_is_read() -> None:
    """A spelling added to the code is a row to be added here."""
    assert {spelling for spelling, _, _ in ROWS} == SPELLINGS.keys()


@pytest.mark.parametrize(("spelling", "native", "expected"), ROWS)
def test_ten_of_a_unit_in_the_native_unit(
    spelling: str, native: str, expected: float
) -> None:
    """Metric numbers stay as they are, imperial ones are converted."""
    assert convert(10, spelling, native) == pytest.approx(expected)


@pytest.mark.parametrize(("spelling", "native", "_expected"), ROWS)
def test_a_unit_of_another_quantity_gives_no_number(
    spelling: str, native: str, _expected: float
) -> None:
    """Bars are no kilometres, and percent are nothing but percent."""
    others = TABLE.keys() - {native}
    assert [convert(10, spelling, other) for other in others] == [None] * len(others)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("kWh", "kWh"),
        ("KPA", "kPa"),
        ("Kilowatt-Hours", "kWh"),
        ("degrees-celsius", "°C"),
        ("degrees Fahrenheit", "°F"),
        ("miles_per_hour", "mph"),
        ("kilometers per hour", "km/h"),
    ],
)
def test_case_and_separators_do_not_matter(spelling: str, unit: str) -> None:
    """Documents and clients write one unit in many ways."""
    assert unit_of(spelling) == unit


@pytest.mark.parametrize(
    "spelling", ["furlongs", "count", "", "kilo", "%%", None, 7, True, ["km"], {}]
)
def test_no_known_unit_no_number(spelling: object) -> None:
    """Nothing is guessed: 0.77 without a unit is not 77 % and not 0.77 %."""
    assert unit_of(spelling) is None
    assert [convert(0.77, spelling, native) for native in TABLE] == [None] * len(TABLE)


@pytest.mark.parametrize("spelling", [None, "count", "km", 7])
def test_a_count_has_no_unit(spelling: object) -> None:
    """Without a native unit the number stands, whatever the wire calls it."""
    assert convert(3, spelling, None) == 3


@pytest.mark.parametrize(
    "value",
    [True, False, nan, inf, -inf, 10**400, -(10**400), "10", "", None, [10], {"v": 1}],
)
@pytest.mark.parametrize(
    ("spelling", "native"), [("km", "km"), ("mi", "km"), ("", None)]
)
def test_what_is_no_finite_number_is_no_value(
    value: object, spelling: str, native: str | None
) -> None:
    """Booleans are Python's integers, but nobody's kilometres."""
    assert convert(value, spelling, native) is None


def test_a_number_too_large_to_convert_is_no_value() -> None:
    """The largest number of miles is more than any number of kilometres."""
    assert convert(1.7e308, "miles", "km") is None
    assert convert(1.7e308, "km", "km") == 1.7e308


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**320),
    st.floats(),
    st.text(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(), st.integers(), max_size=2),
)


@given(
    value=JUNK,
    spelling=st.one_of(st.sampled_from(sorted(SPELLINGS)), JUNK),
    native=st.one_of(st.none(), st.sampled_from(sorted(TABLE))),
)
def test_anything_gives_nothing_or_a_finite_number(
    value: object, spelling: object, native: str | None
) -> None:
    """Whatever comes over the wire, nothing raises and nothing is infinite."""
    number = convert(value, spelling, native)
    assert number is None or (isinstance(number, float) and isfinite(number))
