"""From the units Smartcar writes to the units Home Assistant shows.

The documents, live payloads and clients disagree about spellings, so all of
them are read. A spelling that is not here stays unknown: no unit, no number.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from homeassistant.const import (
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfPower,
    UnitOfPressure,
    UnitOfRatio,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfTime,
    UnitOfVolume,
)
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    DistanceConverter,
    DurationConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    PowerConverter,
    PressureConverter,
    SpeedConverter,
    TemperatureConverter,
    VolumeConverter,
)

# Lower case, without spaces, hyphens and underscores.
SPELLINGS: Final[Mapping[str, str]] = {
    "percent": UnitOfRatio.PERCENTAGE,
    "percentage": UnitOfRatio.PERCENTAGE,
    "%": UnitOfRatio.PERCENTAGE,
    "km": UnitOfLength.KILOMETERS,
    "kilometer": UnitOfLength.KILOMETERS,
    "kilometers": UnitOfLength.KILOMETERS,
    "kilometres": UnitOfLength.KILOMETERS,
    "mi": UnitOfLength.MILES,
    "mile": UnitOfLength.MILES,
    "miles": UnitOfLength.MILES,
    "km/h": UnitOfSpeed.KILOMETERS_PER_HOUR,
    "kmh": UnitOfSpeed.KILOMETERS_PER_HOUR,
    "kph": UnitOfSpeed.KILOMETERS_PER_HOUR,
    "kilometersperhour": UnitOfSpeed.KILOMETERS_PER_HOUR,
    "mph": UnitOfSpeed.MILES_PER_HOUR,
    "mi/h": UnitOfSpeed.MILES_PER_HOUR,
    "milesperhour": UnitOfSpeed.MILES_PER_HOUR,
    "kwh": UnitOfEnergy.KILO_WATT_HOUR,
    "kwhr": UnitOfEnergy.KILO_WATT_HOUR,
    "kilowatthour": UnitOfEnergy.KILO_WATT_HOUR,
    "kilowatthours": UnitOfEnergy.KILO_WATT_HOUR,
    "wh": UnitOfEnergy.WATT_HOUR,
    "watthours": UnitOfEnergy.WATT_HOUR,
    "w": UnitOfPower.WATT,
    "watt": UnitOfPower.WATT,
    "watts": UnitOfPower.WATT,
    "kw": UnitOfPower.KILO_WATT,
    "kilowatt": UnitOfPower.KILO_WATT,
    "kilowatts": UnitOfPower.KILO_WATT,
    "v": UnitOfElectricPotential.VOLT,
    "volt": UnitOfElectricPotential.VOLT,
    "volts": UnitOfElectricPotential.VOLT,
    "a": UnitOfElectricCurrent.AMPERE,
    "amp": UnitOfElectricCurrent.AMPERE,
    "amps": UnitOfElectricCurrent.AMPERE,
    "ampere": UnitOfElectricCurrent.AMPERE,
    "amperes": UnitOfElectricCurrent.AMPERE,
    "kpa": UnitOfPressure.KPA,
    "kilopascal": UnitOfPressure.KPA,
    "kilopascals": UnitOfPressure.KPA,
    "bar": UnitOfPressure.BAR,
    "bars": UnitOfPressure.BAR,
    "psi": UnitOfPressure.PSI,
    "c": UnitOfTemperature.CELSIUS,
    "°c": UnitOfTemperature.CELSIUS,
    "celsius": UnitOfTemperature.CELSIUS,
    "degreescelsius": UnitOfTemperature.CELSIUS,
    "f": UnitOfTemperature.FAHRENHEIT,
    "°f": UnitOfTemperature.FAHRENHEIT,
    "fahrenheit": UnitOfTemperature.FAHRENHEIT,
    "degreesfahrenheit": UnitOfTemperature.FAHRENHEIT,
    "l": UnitOfVolume.LITERS,
    "liter": UnitOfVolume.LITERS,
    "liters": UnitOfVolume.LITERS,
    "litre": UnitOfVolume.LITERS,
    "litres": UnitOfVolume.LITERS,
    "gal": UnitOfVolume.GALLONS,
    "gallon": UnitOfVolume.GALLONS,
    "gallons": UnitOfVolume.GALLONS,
    "s": UnitOfTime.SECONDS,
    "second": UnitOfTime.SECONDS,
    "seconds": UnitOfTime.SECONDS,
    "min": UnitOfTime.MINUTES,
    "minute": UnitOfTime.MINUTES,
    "minutes": UnitOfTime.MINUTES,
    "h": UnitOfTime.HOURS,
    "hour": UnitOfTime.HOURS,
    "hours": UnitOfTime.HOURS,
}

_WITHOUT_GAPS: Final = str.maketrans("", "", " -_")

# The unit of a signal where the wire carries none: that of the metric system, for
# which reads ask.
METRIC: Final[Mapping[str, str]] = {
    "charge-amperage": "ampere",
    "charge-amperagemax": "ampere",
    "charge-amperagerequested": "ampere",
    "charge-chargelimits": "percent",
    "charge-chargerate": "km/h",
    "charge-energyadded": "kWh",
    # No capture carries a unit; the documents' prose says minutes.
    "charge-timetocomplete": "min",
    "charge-voltage": "volts",
    "charge-wattage": "watts",
    "climate-externaltemperature": "celsius",
    "climate-internaltemperature": "celsius",
    "hvac-cabintargettemperature": "celsius",
    "internalcombustionengine-amountremaining": "liters",
    "internalcombustionengine-fuellevel": "percent",
    "internalcombustionengine-oillife": "percent",
    "internalcombustionengine-range": "km",
    "lowvoltagebattery-stateofcharge": "percent",
    "motion-currentspeed": "km/h",
    "odometer-traveleddistance": "km",
    "tractionbattery-nominalcapacity": "kWh",
    "tractionbattery-range": "km",
    "tractionbattery-stateofcharge": "percent",
}

_CONVERTERS: Final[tuple[type[BaseUnitConverter], ...]] = (
    DistanceConverter,
    DurationConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    PowerConverter,
    PressureConverter,
    SpeedConverter,
    TemperatureConverter,
    VolumeConverter,
)

# The one converter that knows a unit; no two of these share one.
_CONVERTER_BY_UNIT: Final[Mapping[str | None, type[BaseUnitConverter]]] = {
    unit: converter for converter in _CONVERTERS for unit in converter.VALID_UNITS
}


def unit_of(spelling: object) -> str | None:
    """Return Home Assistant's unit for a spelling of Smartcar's."""
    if not isinstance(spelling, str):
        return None
    return SPELLINGS.get(spelling) or SPELLINGS.get(
        spelling.lower().translate(_WITHOUT_GAPS)
    )


def convert(value: object, spelling: object, native: str | None) -> float | None:
    """Convert a number with Smartcar's unit to a native unit of Home Assistant.

    Without a `native` unit the number is a plain count and its spelling is not
    read. `None` for what is no finite number, and for an unknown unit or one of
    another quantity.
    """
    number = _finite(value)
    if number is None or native is None:
        return number
    unit = unit_of(spelling)
    if unit == native:
        return number
    converter = _CONVERTER_BY_UNIT.get(unit)
    if converter is None or native not in converter.VALID_UNITS:
        return None
    return _finite(converter.convert(number, unit, native))


def _finite(value: object) -> float | None:
    """Read a real number; booleans are none, and neither is infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None
