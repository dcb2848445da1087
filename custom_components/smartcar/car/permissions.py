"""Which permission of the owner's each signal needs.

Smartcar's signal reference names one for most signals; the others are taken from
their neighbours. `transmission-drivemode` has none that anybody wrote down.
"""

from collections.abc import Iterable, Mapping
from typing import Final

# By the code's group, which is what stands before its first dash …
_OF_GROUPS: Final[Mapping[str, str]] = {
    "charge": "read_charge",
    "climate": "read_thermometer",
    "closure": "read_security",
    "connectivitysoftware": "read_vehicle_info",
    "connectivitystatus": "read_vehicle_info",
    "diagnostics": "read_diagnostics",
    "hvac": "read_climate",
    "internalcombustionengine": "read_fuel",
    "location": "read_location",
    "lowvoltagebattery": "read_battery",
    "motion": "read_speedometer",
    "odometer": "read_odometer",
    "service": "read_extended_vehicle_info",
    "surveillance": "read_extended_vehicle_info",
    "tractionbattery": "read_battery",
    "vehicleidentification": "read_vehicle_info",
    "vehicleuseraccount": "read_user_profile",
    "wheel": "read_tires",
}
# … and for the codes that go their own way.
_OF_CODES: Final[Mapping[str, str]] = {
    "charge-chargerecords": "read_charge_records",
    "internalcombustionengine-oillife": "read_engine_oil",
    "service-records": "read_service_history",
    "transmission-gearstate": "read_extended_vehicle_info",
    "vehicleidentification-vin": "read_vin",
    "wheel-style": "read_extended_vehicle_info",
}

# Every signal that Smartcar publishes, by group.
_NAMES: Final[Mapping[str, str]] = {
    "charge": (
        "amperage amperagemax amperagerequested chargelimits chargeportstatuscolor "
        "chargerate chargerecords chargerphases chargetimers chargingconnectortype "
        "detailedchargingstatus energyadded fastchargertype ischarging "
        "ischargingcableconnected ischargingcablelatched ischargingportflapopen "
        "isfastchargerpresent timetocomplete voltage wattage"
    ),
    "climate": "externaltemperature internaltemperature",
    "closure": (
        "doors enginecover fronttrunk islocked reartrunk sunroof tailgate windows"
    ),
    "connectivitysoftware": "currentfirmwareversion",
    "connectivitystatus": "isasleep isdigitalkeypaired isonline",
    "diagnostics": (
        "abs activesafety airbag brakefluid driverassistance dtccount dtclist "
        "emissions evbatteryconditioning evcharging evdriveunit evhvbattery "
        "lighting mil oillife oilpressure oiltemperature telematics tirepressure "
        "tirepressuremonitoring transmission washerfluid waterinfuel"
    ),
    "hvac": (
        "cabintargettemperature iscabinhvacactive isfrontdefrosteractive "
        "isreardefrosteractive issteeringheateractive"
    ),
    "internalcombustionengine": "amountremaining fuellevel oillife range",
    "location": "isathome preciselocation",
    "lowvoltagebattery": "stateofcharge status",
    "motion": "currentspeed",
    "odometer": "traveleddistance",
    "service": "isinservice records",
    "surveillance": "brand isenabled",
    "tractionbattery": (
        "isheateractive maxrangechargecounter nominalcapacity range stateofcharge"
    ),
    "transmission": "drivemode gearstate",
    "vehicleidentification": "exteriorcolor nickname packages trim vin",
    "vehicleuseraccount": "permissions role",
    "wheel": "style tires",
}
PUBLISHED: Final = frozenset(
    f"{group}-{name}" for group, names in _NAMES.items() for name in names.split()
)

# How the names of permissions to read begin.
READ: Final = "read_"
CONTROL: Final = "control_"


def permission_for(code: str) -> str | None:
    """Return the permission a signal needs; `None` where nobody says."""
    return _OF_CODES.get(code) or _OF_GROUPS.get(code.partition("-")[0])


# Every permission that any signal needs.
READ_PERMISSIONS: Final = frozenset({*_OF_GROUPS.values(), *_OF_CODES.values()})

# What cars of some kinds have nothing to tell for, by `powertrainType`. For an
# unknown kind everything is expected.
_MEANINGLESS: Final[Mapping[str | None, frozenset[str]]] = {
    "BEV": frozenset({"read_engine_oil", "read_fuel"}),
    "HEV": frozenset({"read_charge", "read_charge_records"}),
    "ICE": frozenset({"read_battery", "read_charge", "read_charge_records"}),
}


def expected_of(powertrain: str | None) -> frozenset[str]:
    """Return the permissions to read that a kind of car has anything to tell for."""
    return READ_PERMISSIONS - _MEANINGLESS.get(powertrain, frozenset())


def by_permission(
    permissions: Iterable[str], codes: Iterable[str]
) -> dict[str, list[str]]:
    """Return which of some signals hang on each of some permissions."""
    needed = [(code, permission_for(code)) for code in sorted(codes)]
    return {
        permission: [code for code, needs in needed if needs == permission]
        for permission in sorted(permissions)
    }
