"""Numbers, enumerations and times of the car, and what its data cost."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    DEGREE,
    EntityCategory,
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
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import METRIC_SYSTEM

from . import (
    binary_sensor,
    calendar,
    cover,
    device,
    device_tracker,
    lock,
    number as number_platform,
    switch,
)
from .car.charging import (
    CHARGING_STATUS,
    CONNECTIONS,
    IS_CHARGING,
    IS_PLUGGED_IN,
    connection,
)
from .car.plausible import LEVEL
from .car.readings import (
    Body,
    battery_options,
    charge_limit,
    charge_limits,
    connector,
    count,
    member,
    members,
    number,
    percentage,
    range_kinds,
    scalar,
    service_details,
    service_time,
    text,
    texts,
    tire_pressure,
    trouble_codes,
    trouble_count,
)
from .car.steady import SteadyClock, SteadyFinish
from .commands import CHARGE_LIMITS, CONTROL_CHARGE
from .coordinator import SmartcarVehicle
from .diary import DIARY
from .diary_sensor import (
    COST_DESCRIPTIONS,
    DIARY_DESCRIPTIONS,
    SmartcarDiaryDescription,
)
from .entity import SmartcarEntity, SmartcarEntityDescription
from .entity_loader import (
    async_add_described,
    at_positions,
    for_every_car,
    name_of,
    new_codes,
)
from .memory import BY_LEVEL, CAR, CHARGE_RECORDS
from .runtime import PUSH_STATES, SmartcarConfigEntry, runtime_of

PARALLEL_UPDATES = 0

type Value = float | str | datetime


@dataclass(frozen=True, kw_only=True)
class SmartcarSensorDescription(SmartcarEntityDescription, SensorEntityDescription):
    """A value of a body.

    Without `read` it is a number, converted into the row's native unit; or, where
    the row has `options`, a member of an enumeration.
    """

    read: Callable[[Body, str], Value | None] | None = None


@dataclass(frozen=True, kw_only=True)
class SmartcarIntegrationSensorDescription(
    SmartcarEntityDescription, SensorEntityDescription
):
    """Something the integration itself knows of a car."""

    value_fn: Callable[[SmartcarVehicle], Value | None]
    attributes_fn: Callable[[SmartcarVehicle], Mapping[str, Any]] = lambda _: {}
    last_reset_fn: Callable[[SmartcarVehicle], datetime | None] = lambda _: None


def maker_name(body: Body) -> Mapping[str, Any]:
    """Read the maker's own name of a drive mode."""
    return {"maker_name": text(body, "oemDisplayName")}


def packages(body: Body) -> Mapping[str, Any]:
    """Read which packages a car was ordered with."""
    return {"packages": texts(body)}


def own_unit(body: Body) -> Mapping[str, Any]:
    """Read the unit of a value that is shown as it comes."""
    return {"unit": text(body, "unit")}


def account_permissions(body: Body) -> Mapping[str, Any]:
    """Read what the owner's account at the car maker may do."""
    return {"permissions": texts(body)}


DESCRIPTIONS: Final = (
    SmartcarSensorDescription(
        key="battery",
        signal="tractionbattery-stateofcharge",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="range",
        signal="tractionbattery-range",
        attributes=range_kinds,
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="battery_capacity",
        signal="tractionbattery-nominalcapacity",
        leaf="capacity",
        attributes=battery_options,
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    SmartcarSensorDescription(
        key="max_range_charges",
        signal="tractionbattery-maxrangechargecounter",
        read=count,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_status",
        signal="charge-detailedchargingstatus",
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-detailedchargingstatus"),
    ),
    SmartcarSensorDescription(
        key="fast_charger_type",
        signal="charge-fastchargertype",
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-fastchargertype"),
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="connector_type",
        signal="charge-chargingconnectortype",
        read=connector,
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-chargingconnectortype"),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="charge_port_light",
        signal="charge-chargeportstatuscolor",
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-chargeportstatuscolor"),
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="charger_phases",
        signal="charge-chargerphases",
        read=count,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_power",
        signal="charge-wattage",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
        suggested_display_precision=1,
    ),
    SmartcarSensorDescription(
        key="charging_voltage",
        signal="charge-voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_current",
        signal="charge-amperage",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_current_max",
        signal="charge-amperagemax",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_current_requested",
        signal="charge-amperagerequested",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_speed",
        signal="charge-chargerate",
        beside="charge-wattage",
        device_class=SensorDeviceClass.SPEED,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_time_left",
        signal="charge-timetocomplete",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charge_limit",
        signal=CHARGE_LIMITS,
        hidden_by_permission=CONTROL_CHARGE,
        leaf="activeLimit",
        read=charge_limit,
        attributes=charge_limits,
        # No class: BATTERY would fire the battery triggers.
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="outside_temperature",
        signal="climate-externaltemperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=1,
    ),
    SmartcarSensorDescription(
        key="inside_temperature",
        signal="climate-internaltemperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=1,
    ),
    SmartcarSensorDescription(
        key="target_temperature",
        signal="hvac-cabintargettemperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
    ),
    SmartcarSensorDescription(
        key="fuel_level",
        signal="internalcombustionengine-fuellevel",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="fuel",
        signal="internalcombustionengine-amountremaining",
        beside="internalcombustionengine-fuellevel",
        device_class=SensorDeviceClass.VOLUME_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="fuel_range",
        signal="internalcombustionengine-range",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="oil_life",
        signal="internalcombustionengine-oillife",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="odometer",
        signal="odometer-traveleddistance",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="heading",
        signal="location-preciselocation",
        leaf="heading",
        read=number,
        state_class=SensorStateClass.MEASUREMENT_ANGLE,
        native_unit_of_measurement=DEGREE,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="speed",
        signal="motion-currentspeed",
        device_class=SensorDeviceClass.SPEED,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="gear",
        signal="transmission-gearstate",
        device_class=SensorDeviceClass.ENUM,
        options=members("transmission-gearstate"),
    ),
    SmartcarSensorDescription(
        key="drive_mode",
        signal="transmission-drivemode",
        leaf="canonical",
        attributes=maker_name,
        device_class=SensorDeviceClass.ENUM,
        options=members("transmission-drivemode"),
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="wheel_style",
        signal="wheel-style",
        read=text,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="exterior_color",
        signal="vehicleidentification-exteriorcolor",
        read=text,
        companion="vehicleidentification-packages",
        attributes=packages,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="low_voltage_battery",
        signal="lowvoltagebattery-stateofcharge",
        read=percentage,
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="low_voltage_battery_status",
        signal="lowvoltagebattery-status",
        beside="lowvoltagebattery-stateofcharge",
        device_class=SensorDeviceClass.ENUM,
        options=members("lowvoltagebattery-status"),
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarSensorDescription(
        key="trouble_codes",
        signal="diagnostics-dtccount",
        fallback="diagnostics-dtclist",
        read=trouble_count,
        companion="diagnostics-dtclist",
        attributes=trouble_codes,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="last_service",
        signal="service-records",
        leaf="time",
        read=service_time,
        attributes=service_details,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    SmartcarSensorDescription(
        key="firmware",
        signal="connectivitysoftware-currentfirmwareversion",
        read=text,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="account_role",
        signal="vehicleuseraccount-role",
        read=text,
        companion="vehicleuseraccount-permissions",
        attributes=account_permissions,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

ENERGY_ADDED: Final = SmartcarSensorDescription(
    key="energy_added",
    signal="charge-energyadded",
    device_class=SensorDeviceClass.ENERGY,
    state_class=SensorStateClass.TOTAL,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    suggested_display_precision=1,
)

ENERGY_CHARGED: Final = SmartcarSensorDescription(
    key="energy_charged",
    signal="charge-energyadded",
    followed=frozenset({DIARY}),
    exists=lambda car: (
        car.data.has("charge-energyadded") or car.diary.memory.level_energy > 0
    ),
    device_class=SensorDeviceClass.ENERGY,
    state_class=SensorStateClass.TOTAL_INCREASING,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    suggested_display_precision=1,
)

# For evcc, and for people: whether it is plugged in, and what that does.
CONNECTION: Final = SmartcarSensorDescription(
    key="charging_connection",
    signal=IS_PLUGGED_IN,
    followed=frozenset({IS_CHARGING, CHARGING_STATUS, CHARGE_LIMITS, LEVEL}),
    device_class=SensorDeviceClass.ENUM,
    options=list(CONNECTIONS),
)

FINISH: Final = SmartcarSensorDescription(
    key="charging_finish",
    signal="charge-timetocomplete",
    device_class=SensorDeviceClass.TIMESTAMP,
)

TIRE_PRESSURE: Final = SmartcarSensorDescription(
    key="tire_pressure",
    signal="wheel-tires",
    leaf="tirePressure",
    device_class=SensorDeviceClass.PRESSURE,
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfPressure.KPA,
    suggested_display_precision=1,
)


# Whatever Smartcar comes to deliver before this integration knows it.
OTHER: Final = SmartcarSensorDescription(
    key="other",
    translation_key="other",
    read=scalar,
    attributes=own_unit,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)


def codes_of(*rows: SmartcarEntityDescription) -> frozenset[str]:
    """Return the codes that some rows show."""
    return frozenset().union(*(row.signals or () for row in rows))


# Codes of which another platform, or the car's device, shows the value. Each single
# warning has a form of its own, by which `is_other` knows it.
SHOWN_ELSEWHERE: Final = device.FIELDS | codes_of(
    *binary_sensor.DESCRIPTIONS,
    *binary_sensor.GRIDS,
    *calendar.DESCRIPTIONS,
    *cover.DESCRIPTIONS,
    *device_tracker.DESCRIPTIONS,
    *lock.DESCRIPTIONS,
    *number_platform.DESCRIPTIONS,
    *switch.DESCRIPTIONS,
)
KNOWN_CODES: Final = (
    SHOWN_ELSEWHERE
    | codes_of(*DESCRIPTIONS, ENERGY_ADDED, TIRE_PRESSURE)
    | {CHARGE_RECORDS}
)


def is_other(code: str, body: Body) -> bool:
    """Return whether no row shows a code, and its body has a single value.

    Diagnostics that no row shows are warnings, if they have a status.
    """
    is_warning = code.startswith("diagnostics-") and "status" in body
    return (
        code not in KNOWN_CODES and not is_warning and scalar(body, "value") is not None
    )


def _calls(vehicle: SmartcarVehicle) -> Mapping[str, Any]:
    budget, now = vehicle.budget, dt_util.now()
    return {
        "limit": budget.limit,
        "reserve": budget.reserve,
        "remaining": budget.remaining(now),
        "refused_at": budget.refused(now),
    }


# How new the data are: shown in steps, as they move with every delivery.
CLOCKS: Final = (
    SmartcarIntegrationSensorDescription(
        key="data_age",
        value_fn=lambda vehicle: vehicle.data.newest,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarIntegrationSensorDescription(
        key="last_contact",
        value_fn=lambda vehicle: vehicle.stored.last_contact,
        attributes_fn=lambda vehicle: {"contact_by": vehicle.contact_by},
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

INTEGRATION_DESCRIPTIONS: Final = (
    SmartcarIntegrationSensorDescription(
        key="api_calls",
        value_fn=lambda vehicle: vehicle.budget.used,
        attributes_fn=_calls,
        last_reset_fn=lambda vehicle: vehicle.budget.counted_since(dt_util.now()),
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarIntegrationSensorDescription(
        key="webhook",
        value_fn=lambda vehicle: runtime_of(vehicle).shown_push.state,
        attributes_fn=lambda vehicle: {
            "next_step": runtime_of(vehicle).shown_push.next_step
        },
        device_class=SensorDeviceClass.ENUM,
        options=list(PUSH_STATES),
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarIntegrationSensorDescription(
        key="next_read",
        value_fn=lambda vehicle: vehicle.next_read.due,
        attributes_fn=lambda vehicle: {"reason": vehicle.next_read.reason},
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)


def tire_rows(vehicle: SmartcarVehicle) -> Iterable[SmartcarSensorDescription]:
    """Return a row for every tyre of a car."""
    return at_positions(vehicle, TIRE_PRESSURE)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of all cars."""
    others = new_codes(is_other)

    def other_rows(vehicle: SmartcarVehicle) -> Iterable[SmartcarSensorDescription]:
        for code in others(vehicle):
            placeholders = {"name": name_of(code)}
            yield replace(OTHER, key=code, signal=code, placeholders=placeholders)

    add = partial(async_add_described, entry, async_add_entities)
    add(for_every_car(*DESCRIPTIONS), SmartcarSensor)
    add(for_every_car(ENERGY_ADDED), SmartcarEnergyAddedSensor)
    add(for_every_car(ENERGY_CHARGED), SmartcarEnergyChargedSensor)
    add(for_every_car(CONNECTION), SmartcarConnectionSensor)
    add(for_every_car(*DIARY_DESCRIPTIONS), SmartcarDiarySensor)
    add(for_every_car(*COST_DESCRIPTIONS), SmartcarCostSensor)
    add(for_every_car(FINISH), SmartcarFinishSensor)
    add(tire_rows, SmartcarTirePressureSensor)
    add(other_rows, SmartcarSensor)
    add(for_every_car(*CLOCKS), SmartcarClockSensor)
    add(for_every_car(*INTEGRATION_DESCRIPTIONS), SmartcarIntegrationSensor)


class SmartcarSensorBase(SmartcarEntity[Value], SensorEntity):
    """A sensor that shows what it read."""

    entity_description: (
        SmartcarSensorDescription
        | SmartcarDiaryDescription
        | SmartcarIntegrationSensorDescription
    )
    # Lists, records and addresses.
    _unrecorded_attributes = frozenset(
        {
            "available_capacities",
            "charging_type",
            "codes",
            "connector_type",
            "corrected",
            "cost",
            "details",
            "end_before",
            "end_state_of_charge",
            "end_time",
            "is_public_charger",
            "limits",
            "location",
            "odometer",
            "packages",
            "permissions",
            "record_id",
            "start_after",
            "start_state_of_charge",
            "start_time",
            "tasks",
        }
    )

    @property
    @override
    def native_value(self) -> Value | None:
        return self._value


class SmartcarSensor(SmartcarSensorBase):
    """A value the car reports."""

    entity_description: SmartcarSensorDescription

    @override
    def read(self, body: Body) -> Value | None:
        row = self.entity_description
        if row.options is not None:
            # Enumerations are open; an unknown member is no state.
            value = (row.read or member)(body, row.leaf)
            return value if value in row.options else None
        if row.read is not None:
            return row.read(body, row.leaf)
        return number(body, row.leaf, row.native_unit_of_measurement)

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        row, attributes = self.entity_description, super().read_attributes(body)
        if row.options is not None:
            # The text of a member that has no state.
            return {"raw_value": text(body, row.leaf), **attributes}
        return attributes


class SmartcarEnergyAddedSensor(SmartcarSensor):
    """The energy of the charging session that runs or ran last."""

    @property
    @override
    def last_reset(self) -> datetime | None:
        return self.coordinator.data.meters.energy.session_start


class SmartcarEnergyChargedSensor(SmartcarSensorBase):
    """The energy of all charging sessions since the car was first seen.

    Of a car that does not tell it, what the level proves: only of charges that no
    late news can change any more.
    """

    entity_description: SmartcarSensorDescription

    @override
    def read(self, body: Body) -> float:
        vehicle = self.coordinator
        by_level = vehicle.diary.memory.level_energy
        return round(vehicle.data.meters.energy.total + by_level, 3)

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        is_told = self.entity_description.is_answered(self.coordinator)
        return {"source": CAR if is_told else BY_LEVEL}


class SmartcarConnectionSensor(SmartcarSensorBase):
    """Whether the car is plugged in, charges, or has charged what it should."""

    entity_description: SmartcarSensorDescription

    @override
    def read(self, body: Body) -> str | None:
        data = self.coordinator.data
        limit = charge_limit(data.body(CHARGE_LIMITS) or {})
        level = number(data.body(LEVEL) or {}, "value", UnitOfRatio.PERCENTAGE)
        is_full = level is not None and level >= (100 if limit is None else limit)
        return connection(data.body, is_charging=data.is_charging, is_full=is_full)


class SmartcarFinishSensor(SmartcarSensorBase):
    """When charging will be done: the car's time plus the minutes it gives."""

    entity_description: SmartcarSensorDescription

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarSensorDescription
    ) -> None:
        """Begin without a finish: the first report is shown."""
        self._finish = SteadyFinish()
        super().__init__(vehicle, description)

    @override
    def read(self, body: Body) -> datetime | None:
        minutes = number(body, self.entity_description.leaf, UnitOfTime.MINUTES)
        measured = self.coordinator.data.measured("charge-timetocomplete")
        if not minutes or measured is None:
            self._finish.forget()
            return None
        return self._finish.show(measured, minutes, dt_util.utcnow())


class SmartcarTirePressureSensor(SmartcarSensorBase):
    """The pressure of one tyre; its unit stands on the whole set."""

    entity_description: SmartcarSensorDescription

    @property
    @override
    def suggested_unit_of_measurement(self) -> str | None:
        """Return bar where pumps show bar; elsewhere Home Assistant knows best."""
        is_metric = self.coordinator.hass.config.units is METRIC_SYSTEM
        return UnitOfPressure.BAR if is_metric else None

    @override
    def read(self, body: Body) -> float | None:
        whole = self.coordinator.data.body("wheel-tires") or {}
        return tire_pressure(body, whole.get("unit"))


class SmartcarDiarySensor(SmartcarSensorBase):
    """Something that follows from the diary; it stands when the car is gone, too."""

    entity_description: SmartcarDiaryDescription
    _outlasts_car = True

    @override
    def read(self, body: Body) -> float | None:
        return self.entity_description.value_fn(self.coordinator, body)

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        return self.entity_description.attributes_fn(self.coordinator, body)


class SmartcarCostSensor(SmartcarDiarySensor):
    """Money that charges have cost."""

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Return the currency that Home Assistant is set to."""
        return self.coordinator.hass.config.currency


class SmartcarIntegrationSensor(SmartcarSensorBase):
    """Something the integration itself knows of a car."""

    entity_description: SmartcarIntegrationSensorDescription
    # What is known of a car's data stands even when the car is gone.
    _outlasts_car = True

    @override
    def read(self, body: Body) -> Value | None:
        row = self.entity_description
        # First, as it begins a new count when the month has turned; and kept, as
        # Home Assistant may write the old count after that.
        self._attr_last_reset = row.last_reset_fn(self.coordinator)
        return row.value_fn(self.coordinator)

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        return self.entity_description.attributes_fn(self.coordinator)


class SmartcarClockSensor(SmartcarIntegrationSensor):
    """A time that moves with the data, shown in steps; its attributes with it."""

    def __init__(
        self,
        vehicle: SmartcarVehicle,
        description: SmartcarIntegrationSensorDescription,
    ) -> None:
        """Begin with the exact time."""
        self._clock = SteadyClock()
        self._held: Mapping[str, Any] | None = None
        super().__init__(vehicle, description)

    @override
    def read(self, body: Body) -> datetime | None:
        row, vehicle = self.entity_description, self.coordinator
        before = self._clock.shown
        exact = row.value_fn(vehicle)
        shown = self._clock.show(
            exact if isinstance(exact, datetime) else None, vehicle.stored.last_contact
        )
        if self._held is None or shown != before:
            self._held = row.attributes_fn(vehicle)
        return shown

    @override
    def read_attributes(self, body: Body) -> Mapping[str, Any]:
        return self._held or {}
