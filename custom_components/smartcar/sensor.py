"""Numbers, enumerations and times of the car, and what its data cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
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

from .car.readings import (
    NO_CONNECTOR,
    Body,
    battery_options,
    charge_details,
    charge_energy,
    charge_limit,
    charge_limits,
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
from .entity import (
    SmartcarEntity,
    SmartcarEntityDescription,
    async_add_described,
    at_positions,
    for_every_car,
    name_of,
    new_codes,
)
from .runtime import PUSH_STATES, SmartcarConfigEntry, runtime_of

PARALLEL_UPDATES = 0

type Value = float | str | datetime


@dataclass(frozen=True, kw_only=True)
class SmartcarSensorDescription(SmartcarEntityDescription, SensorEntityDescription):
    """A value of a body, converted into the row's native unit.

    `read`: how to read what is no number with a unit.
    """

    read: Callable[[Body, SmartcarSensorDescription], Value | None] | None = None


@dataclass(frozen=True, kw_only=True)
class SmartcarOwnSensorDescription(SmartcarEntityDescription, SensorEntityDescription):
    """Something the integration itself tells of a car."""

    read: Callable[[SmartcarVehicle], Value | None]
    tell: Callable[[SmartcarVehicle], Mapping[str, Any]] = lambda _: {}
    reset: Callable[[SmartcarVehicle], datetime | None] = lambda _: None


def read_count(body: Body, row: SmartcarSensorDescription) -> float | None:
    """Read a number of things."""
    return count(body, row.leaf)


def read_angle(body: Body, row: SmartcarSensorDescription) -> float | None:
    """Read degrees, which come without a unit."""
    return number(body, row.leaf, None)


def read_percentage(body: Body, row: SmartcarSensorDescription) -> float | None:
    """Read a share of which an old value could hide a danger."""
    return percentage(body, row.leaf)


def read_text(body: Body, row: SmartcarSensorDescription) -> str | None:
    """Read a text."""
    return text(body, row.leaf)


def read_member(body: Body, row: SmartcarSensorDescription) -> str | None:
    """Read a member of an open enumeration; an unknown one is no state."""
    value = member(body, row.leaf)
    return value if value in (row.options or ()) else None


def read_connector(body: Body, row: SmartcarSensorDescription) -> str | None:
    """Read a plug's kind; `invalid` is what some cars call no plug."""
    if member(body, row.leaf) == NO_CONNECTOR:
        return "none"
    return read_member(body, row)


def read_limit(body: Body, row: SmartcarSensorDescription) -> float | None:
    """Read the charge limit where it cannot be set."""
    return charge_limit(body)


def read_charge_energy(body: Body, row: SmartcarSensorDescription) -> float | None:
    """Read the energy of the newest charging record."""
    return charge_energy(body)


def read_service_time(body: Body, row: SmartcarSensorDescription) -> datetime | None:
    """Read the time of the newest service record."""
    return service_time(body)


def read_trouble_count(body: Body, row: SmartcarSensorDescription) -> float | None:
    """Read how many trouble codes are stored."""
    return trouble_count(body)


def read_scalar(body: Body, row: SmartcarSensorDescription) -> Value | None:
    """Read whatever single value a signal has."""
    return scalar(body, row.leaf)


def raw_value(body: Body) -> Mapping[str, Any]:
    """Keep an enumeration's own text, for a member that has no state."""
    return {"raw_value": text(body, "value")}


def drive_mode(body: Body) -> Mapping[str, Any]:
    """Keep the maker's own name of a drive mode."""
    return {
        "raw_value": text(body, "canonical"),
        "maker_name": text(body, "oemDisplayName"),
    }


def packages(body: Body) -> Mapping[str, Any]:
    """Read which packages a car was ordered with."""
    return {"packages": texts(body)}


def own_unit(body: Body) -> Mapping[str, Any]:
    """Keep the unit of a value that nobody can convert."""
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
        read=read_count,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="charging_status",
        signal="charge-detailedchargingstatus",
        read=read_member,
        attributes=raw_value,
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-detailedchargingstatus"),
    ),
    SmartcarSensorDescription(
        key="fast_charger_type",
        signal="charge-fastchargertype",
        read=read_member,
        attributes=raw_value,
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-fastchargertype"),
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="connector_type",
        signal="charge-chargingconnectortype",
        read=read_connector,
        attributes=raw_value,
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-chargingconnectortype"),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="charge_port_light",
        signal="charge-chargeportstatuscolor",
        read=read_member,
        attributes=raw_value,
        device_class=SensorDeviceClass.ENUM,
        options=members("charge-chargeportstatuscolor"),
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="charger_phases",
        signal="charge-chargerphases",
        read=read_count,
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
        unless=CONTROL_CHARGE,
        read=read_limit,
        attributes=charge_limits,
        # No class: BATTERY would fire the battery triggers.
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="last_charge",
        signal="charge-chargerecords",
        beside="charge-energyadded",
        read=read_charge_energy,
        attributes=charge_details,
        # No state class: each record stands for itself.
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
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
        read=read_angle,
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
        read=read_member,
        attributes=raw_value,
        device_class=SensorDeviceClass.ENUM,
        options=members("transmission-gearstate"),
    ),
    SmartcarSensorDescription(
        key="drive_mode",
        signal="transmission-drivemode",
        leaf="canonical",
        read=read_member,
        attributes=drive_mode,
        device_class=SensorDeviceClass.ENUM,
        options=members("transmission-drivemode"),
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="wheel_style",
        signal="wheel-style",
        read=read_text,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="exterior_color",
        signal="vehicleidentification-exteriorcolor",
        read=read_text,
        companion="vehicleidentification-packages",
        attributes=packages,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="low_voltage_battery",
        signal="lowvoltagebattery-stateofcharge",
        read=read_percentage,
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
        read=read_member,
        attributes=raw_value,
        device_class=SensorDeviceClass.ENUM,
        options=members("lowvoltagebattery-status"),
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarSensorDescription(
        key="trouble_codes",
        signal="diagnostics-dtccount",
        fallback="diagnostics-dtclist",
        read=read_trouble_count,
        companion="diagnostics-dtclist",
        attributes=trouble_codes,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=0,
    ),
    SmartcarSensorDescription(
        key="last_service",
        signal="service-records",
        read=read_service_time,
        attributes=service_details,
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    SmartcarSensorDescription(
        key="firmware",
        signal="connectivitysoftware-currentfirmwareversion",
        read=read_text,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SmartcarSensorDescription(
        key="account_role",
        signal="vehicleuseraccount-role",
        read=read_text,
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
    device_class=SensorDeviceClass.ENERGY,
    state_class=SensorStateClass.TOTAL_INCREASING,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    suggested_display_precision=1,
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
    read=read_scalar,
    attributes=own_unit,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)

# Codes of which another platform, or the car's device, shows the value.
SHOWN_ELSEWHERE: Final = frozenset(
    {
        "charge-chargetimers",
        "charge-ischarging",
        "charge-ischargingcableconnected",
        "charge-ischargingcablelatched",
        "charge-ischargingportflapopen",
        "charge-isfastchargerpresent",
        "closure-doors",
        "closure-enginecover",
        "closure-fronttrunk",
        "closure-islocked",
        "closure-reartrunk",
        "closure-sunroof",
        "closure-tailgate",
        "closure-windows",
        "connectivitystatus-isasleep",
        "connectivitystatus-isdigitalkeypaired",
        "connectivitystatus-isonline",
        "hvac-iscabinhvacactive",
        "hvac-isfrontdefrosteractive",
        "hvac-isreardefrosteractive",
        "hvac-issteeringheateractive",
        "location-isathome",
        "service-isinservice",
        "surveillance-brand",
        "surveillance-isenabled",
        "tractionbattery-isheateractive",
        "vehicleidentification-nickname",
        "vehicleidentification-trim",
        "vehicleidentification-vin",
    }
)

KNOWN_CODES: Final = SHOWN_ELSEWHERE.union(
    *(row.signals or () for row in (*DESCRIPTIONS, ENERGY_ADDED, TIRE_PRESSURE))
)


def is_other(code: str, body: Body) -> bool:
    """Tell whether a code has no home, and a single value to show.

    Diagnostics without a home are warnings, if they have a status.
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
    SmartcarOwnSensorDescription(
        key="data_age",
        read=lambda vehicle: vehicle.data.newest,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarOwnSensorDescription(
        key="last_contact",
        read=lambda vehicle: vehicle.stored.last_contact,
        tell=lambda vehicle: {"contact_by": vehicle.contact_by},
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)

OWN_DESCRIPTIONS: Final = (
    SmartcarOwnSensorDescription(
        key="api_calls",
        read=lambda vehicle: vehicle.budget.used,
        tell=_calls,
        reset=lambda vehicle: vehicle.budget.counted_since(dt_util.now()),
        state_class=SensorStateClass.TOTAL,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarOwnSensorDescription(
        key="webhook",
        read=lambda vehicle: runtime_of(vehicle).push_state,
        tell=lambda vehicle: {"next_step": runtime_of(vehicle).push_next_step},
        device_class=SensorDeviceClass.ENUM,
        options=list(PUSH_STATES),
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    SmartcarOwnSensorDescription(
        key="next_read",
        read=lambda vehicle: vehicle.next_read.due,
        tell=lambda vehicle: {"reason": vehicle.next_read.reason},
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmartcarConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of all cars."""
    async_add_described(
        entry, async_add_entities, for_every_car(*DESCRIPTIONS), SmartcarSensor
    )
    async_add_described(
        entry,
        async_add_entities,
        for_every_car(ENERGY_ADDED),
        SmartcarEnergyAddedSensor,
    )
    async_add_described(
        entry,
        async_add_entities,
        for_every_car(ENERGY_CHARGED),
        SmartcarEnergyChargedSensor,
    )
    async_add_described(
        entry, async_add_entities, for_every_car(FINISH), SmartcarFinishSensor
    )
    async_add_described(
        entry,
        async_add_entities,
        lambda vehicle: at_positions(vehicle, TIRE_PRESSURE),
        SmartcarTirePressureSensor,
    )
    others = new_codes(is_other)
    async_add_described(
        entry,
        async_add_entities,
        lambda vehicle: (
            replace(OTHER, key=code, signal=code, placeholders={"name": name_of(code)})
            for code in others(vehicle)
        ),
        SmartcarSensor,
    )
    async_add_described(
        entry, async_add_entities, for_every_car(*CLOCKS), SmartcarClockSensor
    )
    async_add_described(
        entry, async_add_entities, for_every_car(*OWN_DESCRIPTIONS), SmartcarOwnSensor
    )


class SmartcarSensorBase(SmartcarEntity[Value], SensorEntity):
    """A sensor that shows what it read."""

    entity_description: SmartcarSensorDescription | SmartcarOwnSensorDescription
    # Lists, records and addresses.
    _unrecorded_attributes = frozenset(
        {
            "available_capacities",
            "charging_type",
            "codes",
            "connector_type",
            "cost",
            "details",
            "end_state_of_charge",
            "end_time",
            "is_public_charger",
            "limits",
            "location",
            "odometer",
            "packages",
            "permissions",
            "record_id",
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
    def read(self) -> Value | None:
        row = self.entity_description
        if row.read is not None:
            return row.read(self.body, row)
        return number(self.body, row.leaf, row.native_unit_of_measurement)


class SmartcarEnergyAddedSensor(SmartcarSensor):
    """The energy of the charging session that runs or ran last."""

    @property
    @override
    def last_reset(self) -> datetime | None:
        return self.coordinator.data.energy.session_start


class SmartcarEnergyChargedSensor(SmartcarSensorBase):
    """The energy of all charging sessions since the car was first seen."""

    entity_description: SmartcarSensorDescription

    @override
    def read(self) -> float:
        return self.coordinator.data.energy.total


class SmartcarFinishSensor(SmartcarSensorBase):
    """When charging will be done: the car's time plus the minutes it gives."""

    entity_description: SmartcarSensorDescription

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarSensorDescription
    ) -> None:
        """Begin without a finish: the first one told is shown."""
        self._finish = SteadyFinish()
        super().__init__(vehicle, description)

    @override
    def read(self) -> datetime | None:
        vehicle = self.coordinator
        row = self.entity_description
        minutes = number(self.body, row.leaf, UnitOfTime.MINUTES)
        measured = vehicle.data.measured("charge-timetocomplete")
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
    def read(self) -> float | None:
        whole = self.coordinator.data.body("wheel-tires") or {}
        return tire_pressure(self.body, whole.get("unit"))


class SmartcarOwnSensor(SmartcarSensorBase):
    """Something the integration itself tells of a car."""

    entity_description: SmartcarOwnSensorDescription
    # What is known of a car's data stands even when the car is gone.
    _outlasts_car = True

    @override
    def read(self) -> Value | None:
        # First, as it begins a new count when the month has turned; and kept, as
        # Home Assistant may write the old count after that.
        self._attr_last_reset = self.entity_description.reset(self.coordinator)
        return self.entity_description.read(self.coordinator)

    @override
    def read_attributes(self) -> Mapping[str, Any]:
        return self.entity_description.tell(self.coordinator)


class SmartcarClockSensor(SmartcarOwnSensor):
    """A time that moves with the data, shown in steps; its attributes with it."""

    def __init__(
        self, vehicle: SmartcarVehicle, description: SmartcarOwnSensorDescription
    ) -> None:
        """Begin with the exact time."""
        self._clock = SteadyClock()
        self._told: Mapping[str, Any] | None = None
        super().__init__(vehicle, description)

    @override
    def read(self) -> datetime | None:
        row, vehicle = self.entity_description, self.coordinator
        before = self._clock.shown
        exact = row.read(vehicle)
        shown = self._clock.show(
            exact if isinstance(exact, datetime) else None, vehicle.stored.last_contact
        )
        if self._told is None or shown != before:
            self._told = row.tell(vehicle)
        return shown

    @override
    def read_attributes(self) -> Mapping[str, Any]:
        return self._told or {}
