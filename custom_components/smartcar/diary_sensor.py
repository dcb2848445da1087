"""Sensors of what a car remembers: charges, drives and what they add up to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfEnergyDistance,
    UnitOfLength,
)
from homeassistant.util import dt as dt_util

from .api import parse_time
from .car.plausible import FUEL, LEVEL
from .car.readings import Body, charge_details, charge_energy, charge_record
from .coordinator import SmartcarVehicle
from .diary import DIARY, iso
from .entity import SmartcarEntityDescription
from .memory import (
    CHARGE_RECORDS,
    Charge,
    Drive,
    FuelConsumption,
    PlaceSums,
    cost_since,
    energy_per_full_charge,
    energy_since,
    fuel_consumption,
)

type Attributes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SmartcarDiaryDescription(SmartcarEntityDescription, SensorEntityDescription):
    """Something that follows from a car's diary.

    What changes with the time alone, as a month ends, follows nothing but the car as
    a whole.
    """

    value_fn: Callable[[SmartcarVehicle, Body], float | None]
    attributes_fn: Callable[[SmartcarVehicle, Body], Attributes]


def has_charges(vehicle: SmartcarVehicle) -> bool:
    """Return whether the diary has any charge."""
    return bool(vehicle.diary.charges())


def has_drives(vehicle: SmartcarVehicle) -> bool:
    """Return whether the diary has any drive."""
    return bool(vehicle.diary.drives())


# The newest charge: by the diary, or by a record that the diary does not know.


def _newest_charge(vehicle: SmartcarVehicle, body: Body) -> Charge | None:
    """Return the newest charge, unless the car maker lists a later one."""
    if not (charges := vehicle.diary.charges()):
        return None
    record = charge_record(body)
    began = parse_time(record.get("startTime"))
    is_later = began is not None and began.timestamp() > charges[-1].end
    return None if is_later and charge_energy(body) is not None else charges[-1]


def _is_of(body: Body, charge: Charge) -> bool:
    """Return whether the newest record and a charge are of one time."""
    record = charge_record(body)
    start, end = (parse_time(record.get(leaf)) for leaf in ("startTime", "endTime"))
    if start is None or end is None:
        return False
    return charge.overlap((int(start.timestamp()), int(end.timestamp()))) > 0


def _charged(vehicle: SmartcarVehicle, body: Body) -> float | None:
    charge = _newest_charge(vehicle, body)
    return charge.energy if charge else charge_energy(body)


def _charge_attributes(vehicle: SmartcarVehicle, body: Body) -> Attributes:
    charge = _newest_charge(vehicle, body)
    if charge is None:
        return charge_details(body)
    details = charge_details(body) if _is_of(body, charge) else {}
    return {
        **details,
        "start_time": iso(charge.start),
        "end_time": None if charge.is_open else iso(charge.end),
        "start_after": iso(charge.start_after),
        "end_before": iso(charge.end_before),
        "start_state_of_charge": charge.level_start,
        "end_state_of_charge": charge.level_end,
        "place": charge.where.place,
        "zone": charge.where.zone,
        "source": charge.source,
        "charging_cost": None if charge.cost is None else round(charge.cost, 2),
        "corrected": list(charge.corrected),
    }


# The newest drive


def _newest_drive(vehicle: SmartcarVehicle) -> Drive | None:
    drives = vehicle.diary.drives()
    return drives[-1] if drives else None


def _driven(vehicle: SmartcarVehicle, _: Body) -> float | None:
    drive = _newest_drive(vehicle)
    return drive.distance if drive else None


def _drive_attributes(vehicle: SmartcarVehicle, _: Body) -> Attributes:
    if (drive := _newest_drive(vehicle)) is None:
        return {}
    capacity, used = vehicle.diary.memory.capacity, drive.used
    efficiency = drive.efficiency(capacity)
    return {
        "start_time": iso(drive.start),
        "end_time": None if drive.is_open else iso(drive.end),
        "start_after": iso(drive.start_after),
        "end_before": iso(drive.end_before),
        "from": vehicle.diary.name_of(drive.origin),
        "to": vehicle.diary.name_of(drive.destination),
        "level_used": used,
        "energy": round(used * capacity / 100, 2) if used and capacity else None,
        "efficiency": round(efficiency, 1) if efficiency is not None else None,
        "is_sum": drive.is_sum,
    }


# Sums of the month, and consumption


def _month() -> int:
    """Return when the month began here, in seconds."""
    return int(dt_util.start_of_local_day().replace(day=1).timestamp())


def _energy_this_month(vehicle: SmartcarVehicle, _: Body) -> float:
    return round(energy_since(vehicle.diary.charges(), _month()).total, 3)


def _by_place(sums: PlaceSums, digits: int) -> Attributes:
    return {place: round(part, digits) for place, part in sums.by_place.items()}


def _energy_attributes(vehicle: SmartcarVehicle, _: Body) -> Attributes:
    sums = energy_since(vehicle.diary.charges(), _month())
    return {
        **_by_place(sums, 3),
        "charges": sums.charges,
        "without_energy": sums.lacking,
    }


def _cost_this_month(vehicle: SmartcarVehicle, _: Body) -> float:
    return round(cost_since(vehicle.diary.charges(), _month()).total, 2)


def _cost_attributes(vehicle: SmartcarVehicle, _: Body) -> Attributes:
    sums = cost_since(vehicle.diary.charges(), _month())
    return {
        **_by_place(sums, 2),
        "charges": sums.charges,
        "without_cost": sums.lacking,
    }


def _consumption(vehicle: SmartcarVehicle, _: Body) -> float | None:
    return vehicle.diary.consumption().average


def _consumption_attributes(vehicle: SmartcarVehicle, _: Body) -> Attributes:
    found = vehicle.diary.consumption()
    return {
        "distance": found.distance,
        "left_out": found.left_out,
        "capacity": found.capacity,
    }


def _fuel(vehicle: SmartcarVehicle) -> FuelConsumption:
    memory = vehicle.diary.memory
    now = int(dt_util.utcnow().timestamp())
    return fuel_consumption(memory.refuels(), memory.fuel_burnt, now)


def _fuel_attributes(vehicle: SmartcarVehicle, _: Body) -> Attributes:
    found = _fuel(vehicle)
    return {"distance": found.distance, "left_out": found.left_out}


def _burns_only(vehicle: SmartcarVehicle) -> bool:
    """Return whether all of a way is driven on fuel, and its litres are told."""
    data = vehicle.data
    return data.has(FUEL) and not data.has(LEVEL) and has_drives(vehicle)


# Stands without charging, and what a full charge takes


def _standing_loss(vehicle: SmartcarVehicle, _: Body) -> float | None:
    stands = vehicle.diary.memory.stands()
    return round(stands[-1].loss, 2) if stands else None


def _stand_attributes(vehicle: SmartcarVehicle, _: Body) -> Attributes:
    if not (stands := vehicle.diary.memory.stands()):
        return {}
    return {
        "start_time": iso(stands[-1].start),
        "end_time": iso(stands[-1].end),
        "start_state_of_charge": stands[-1].level_start,
        "end_state_of_charge": stands[-1].level_end,
    }


def _is_electric(vehicle: SmartcarVehicle) -> bool:
    """Return whether all of a way is driven on the battery, and its size is known."""
    memory = vehicle.diary.memory
    return not memory.burns and memory.capacity is not None and has_drives(vehicle)


def _has_costs(vehicle: SmartcarVehicle) -> bool:
    """Return whether a charge has a cost, or prices are there for the next."""
    diary = vehicle.diary
    return diary.has_costs or (diary.costs.is_on and has_charges(vehicle))


# In the currency of the instance.
COST_DESCRIPTIONS: Final = (
    SmartcarDiaryDescription(
        key="charging_cost",
        followed=frozenset({DIARY}),
        exists=_has_costs,
        value_fn=lambda car, _: round(car.diary.total_cost, 2),
        attributes_fn=lambda *_: {},
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
    ),
    SmartcarDiaryDescription(
        key="charging_cost_this_month",
        exists=_has_costs,
        value_fn=_cost_this_month,
        attributes_fn=_cost_attributes,
        # No state class: it begins again each month.
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
    ),
)

DIARY_DESCRIPTIONS: Final = (
    SmartcarDiaryDescription(
        key="last_charge",
        signal=CHARGE_RECORDS,
        followed=frozenset({DIARY}),
        exists=lambda car: has_charges(car) or car.data.has(CHARGE_RECORDS),
        value_fn=_charged,
        attributes_fn=_charge_attributes,
        # No state class: each charge stands for itself.
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
    ),
    SmartcarDiaryDescription(
        key="last_drive",
        followed=frozenset({DIARY}),
        exists=has_drives,
        value_fn=_driven,
        attributes_fn=_drive_attributes,
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
    ),
    SmartcarDiaryDescription(
        key="charged_this_month",
        exists=has_charges,
        value_fn=_energy_this_month,
        attributes_fn=_energy_attributes,
        # No state class: it begins again each month, and corrections lower it.
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
    ),
    SmartcarDiaryDescription(
        key="consumption",
        followed=frozenset({DIARY}),
        exists=_is_electric,
        value_fn=_consumption,
        attributes_fn=_consumption_attributes,
        device_class=SensorDeviceClass.ENERGY_DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergyDistance.KILO_WATT_HOUR_PER_100_KM,
        suggested_display_precision=1,
    ),
    SmartcarDiaryDescription(
        key="fuel_consumption",
        followed=frozenset({DIARY, FUEL}),
        exists=_burns_only,
        value_fn=lambda car, _: _fuel(car).average,
        attributes_fn=_fuel_attributes,
        # Home Assistant has no class for it.
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="L/100 km",
        suggested_display_precision=1,
    ),
    SmartcarDiaryDescription(
        key="energy_per_full_charge",
        followed=frozenset({DIARY}),
        exists=has_charges,
        value_fn=lambda car, _: energy_per_full_charge(car.diary.charges()).energy,
        attributes_fn=lambda car, _: {
            "charges": energy_per_full_charge(car.diary.charges()).charges
        },
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    SmartcarDiaryDescription(
        key="standing_loss",
        followed=frozenset({DIARY}),
        exists=lambda car: bool(car.diary.memory.stands()),
        value_fn=_standing_loss,
        attributes_fn=_stand_attributes,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=f"{PERCENTAGE}/d",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
)
