"""The data signals worth choosing for a webhook, as `docs/webhook.md` lists them.

Every delivery brings all of them, whatever has changed.
"""

from typing import Final

# What the free plan delivers, too.
BASIC: Final = frozenset(
    {
        "closure-islocked",
        "connectivitysoftware-currentfirmwareversion",
        "connectivitystatus-isasleep",
        "connectivitystatus-isdigitalkeypaired",
        "connectivitystatus-isonline",
        "internalcombustionengine-fuellevel",
        "odometer-traveleddistance",
        "tractionbattery-stateofcharge",
        "vehicleidentification-nickname",
        "vehicleidentification-vin",
        "vehicleuseraccount-permissions",
        "vehicleuseraccount-role",
    }
)

# What only paid plans deliver.
EXTRA: Final = frozenset(
    {
        "charge-chargelimits",
        "charge-chargerate",
        "charge-chargetimers",
        "charge-detailedchargingstatus",
        "charge-energyadded",
        "charge-ischarging",
        "charge-ischargingcableconnected",
        "charge-ischargingportflapopen",
        "charge-timetocomplete",
        "charge-wattage",
        "climate-externaltemperature",
        "climate-internaltemperature",
        "closure-doors",
        "closure-enginecover",
        "closure-fronttrunk",
        "closure-reartrunk",
        "closure-sunroof",
        "closure-tailgate",
        "closure-windows",
        "diagnostics-abs",
        "diagnostics-activesafety",
        "diagnostics-airbag",
        "diagnostics-brakefluid",
        "diagnostics-driverassistance",
        "diagnostics-dtccount",
        "diagnostics-dtclist",
        "diagnostics-emissions",
        "diagnostics-evbatteryconditioning",
        "diagnostics-evcharging",
        "diagnostics-evdriveunit",
        "diagnostics-evhvbattery",
        "diagnostics-lighting",
        "diagnostics-mil",
        "diagnostics-oillife",
        "diagnostics-oilpressure",
        "diagnostics-oiltemperature",
        "diagnostics-telematics",
        "diagnostics-tirepressure",
        "diagnostics-tirepressuremonitoring",
        "diagnostics-transmission",
        "diagnostics-washerfluid",
        "diagnostics-waterinfuel",
        "hvac-iscabinhvacactive",
        "internalcombustionengine-oillife",
        "internalcombustionengine-range",
        "location-preciselocation",
        "lowvoltagebattery-stateofcharge",
        "lowvoltagebattery-status",
        "service-isinservice",
        "surveillance-isenabled",
        "tractionbattery-nominalcapacity",
        "tractionbattery-range",
        "transmission-gearstate",
        "vehicleidentification-trim",
        "wheel-tires",
    }
)

# What trips and charges are made of, by the names of Smartcar's dashboard.
DIARY: Final = {
    "charge-energyadded": "EnergyAdded",
    "charge-ischarging": "IsCharging",
    "charge-ischargingcableconnected": "IsChargingCableConnected",
    "closure-islocked": "IsLocked",
    "location-preciselocation": "PreciseLocation",
    "odometer-traveleddistance": "TraveledDistance",
    "tractionbattery-stateofcharge": "StateOfCharge",
}
