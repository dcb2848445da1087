"""Which permission of the owner's each signal needs.

Smartcar's signal reference names one for most signals; the others are taken from
their neighbours. None is published for `transmission-drivemode`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

# By the code's group, which is what stands before its first dash …
_BY_GROUP: Final[Mapping[str, str]] = {
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
# … and for the codes that differ from their group.
_BY_CODE: Final[Mapping[str, str]] = {
    "charge-chargerecords": "read_charge_records",
    "internalcombustionengine-oillife": "read_engine_oil",
    "service-records": "read_service_history",
    "transmission-gearstate": "read_extended_vehicle_info",
    "vehicleidentification-vin": "read_vin",
    "wheel-style": "read_extended_vehicle_info",
}

# How the names of permissions to read begin.
READ: Final = "read_"
CONTROL: Final = "control_"


def permission_for(code: str) -> str | None:
    """Return the permission a signal needs; `None` where none is known."""
    return _BY_CODE.get(code) or _BY_GROUP.get(code.partition("-")[0])


# Every permission that any signal needs.
READ_PERMISSIONS: Final = frozenset({*_BY_GROUP.values(), *_BY_CODE.values()})

# Permissions without any signal for cars of some kinds, by `powertrainType`. For an
# unknown kind everything is expected.
_MEANINGLESS: Final[Mapping[str | None, frozenset[str]]] = {
    "BEV": frozenset({"read_engine_oil", "read_fuel"}),
    "HEV": frozenset({"read_charge", "read_charge_records"}),
    "ICE": frozenset({"read_battery", "read_charge", "read_charge_records"}),
}


def expected_of(powertrain: str | None) -> frozenset[str]:
    """Return the permissions to read that a kind of car has signals for."""
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
