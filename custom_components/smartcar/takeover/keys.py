"""Which entity of another integration becomes which of this one.

A unique id is a vehicle id, or a VIN, and one of these keys.
"""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import Platform


def _places(theirs: str, ours: str) -> dict[str, str]:
    """Return the keys of what stands at the four corners of a car."""
    return {
        theirs.format(f"{row}_{side}"): ours.format(f"{our_row}_{side}")
        for row, our_row in (("front", "front"), ("back", "rear"))
        for side in ("left", "right")
    }


# By platform, their key and ours; the first of two that become one wins.
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    Platform.SENSOR: {
        "battery_level": "battery",
        "range": "range",
        "odometer": "odometer",
        "battery_capacity": "battery_capacity",
        "low_voltage_battery_level": "low_voltage_battery",
        "charging_state": "charging_status",
        "charge_chargerate": "charging_speed",
        "charge_energyadded": "energy_added",
        "charge_time_to_complete": "charging_time_left",
        "charge_timetocomplete": "charging_time_left",
        "charge_voltage": "charging_voltage",
        "charge_amperage": "charging_current",
        "charge_wattage": "charging_power",
        "charge_amperage_max": "charging_current_max",
        "engine_oil": "oil_life",
        "fuel": "fuel",
        "fuel_percent": "fuel_level",
        "fuel_range": "fuel_range",
        "gear_state": "gear",
        "firmware_version": "firmware",
        **_places("tire_pressure_{}", "tire_pressure_{}"),
        "last_webhook_received": "last_contact",
        "diag_dtc_count": "trouble_codes",
        "cabin_target_temperature": "target_temperature",
        "api_calls_used": "api_calls",
        "next_scheduled_poll": "next_read",
    },
    Platform.BINARY_SENSOR: {
        "plug_status": "plug",
        "battery_heater_active": "battery_heater",
        **_places("door_{}", "door_{}"),
        **_places("door_{}_lock", "door_lock_{}"),
        **_places("window_{}", "window_{}"),
        "front_trunk": "front_trunk",
        "front_trunk_lock": "front_trunk_lock",
        "rear_trunk": "rear_trunk",
        "rear_trunk_lock": "rear_trunk_lock",
        "sunroof": "sunroof",
        "engine_cover": "hood",
        "online": "online",
        "asleep": "asleep",
        "digital_key_paired": "digital_key",
        "surveillance_enabled": "surveillance",
        "charge_fast_charger_present": "fast_charger",
        "is_cabin_hvac_active": "climate",
        "is_front_defroster_active": "front_defroster",
        "is_rear_defroster_active": "rear_defroster",
        "is_steering_heater_active": "steering_wheel_heater",
    },
    Platform.SWITCH: {"charging": "charging"},
    Platform.NUMBER: {"charge_limit": "charge_limit"},
    Platform.LOCK: {"door_lock": "lock"},
    Platform.DEVICE_TRACKER: {"location": "location"},
}

# What an entity id cannot follow, as the platform differs, or what is an attribute
# here: the platform and key of what shows the same, if anything does.
INSTEAD: Final[Mapping[tuple[str, str], tuple[str, str] | None]] = {
    (Platform.SENSOR, "diag_dtc_list"): (Platform.SENSOR, "trouble_codes"),
    (Platform.SENSOR, "diag_abs"): (Platform.BINARY_SENSOR, "abs"),
    (Platform.SENSOR, "diag_mil"): (Platform.BINARY_SENSOR, "mil"),
    (Platform.SENSOR, "diag_ev_battery_conditioning"): (
        Platform.BINARY_SENSOR,
        "evbatteryconditioning",
    ),
    (Platform.SENSOR, "diag_ev_charging"): (Platform.BINARY_SENSOR, "evcharging"),
    (Platform.SENSOR, "diag_ev_drive_unit"): (Platform.BINARY_SENSOR, "evdriveunit"),
    (Platform.SENSOR, "diag_ev_hv_battery"): (Platform.BINARY_SENSOR, "evhvbattery"),
    (Platform.SENSOR, "api_calls_remaining"): (Platform.SENSOR, "api_calls"),
    (Platform.SWITCH, "climate"): None,
}

# What says something else than before, and which line of the repair tells so.
CHANGED: Final[Mapping[tuple[str, str], str]] = {
    (Platform.SENSOR, "charging_state"): "states",
    (Platform.SENSOR, "gear_state"): "states",
    (Platform.SENSOR, "engine_oil"): "scale",
    (Platform.SENSOR, "charge_energyadded"): "sums",
}
