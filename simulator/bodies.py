"""The documented body of every signal, made from a car's present state."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulator.catalogue import CATALOGUE, codes_for
from simulator.errors import NOT_CAPABLE, NOT_CHARGING, SignalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.car import Car, Schedule
    from simulator.errors import Json, Value

SEATS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Rows and columns of doors, windows and wheels; row 0 is in front."""

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
WEEK = (
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
)
WORKWEEK = {"weekdays": WEEK[:5], "weekends": WEEK[5:]}

ONLY_WHILE_CHARGING = frozenset(
    {"charge-chargerate", "charge-timetocomplete", "charge-fastchargertype"}
)
"""Codes that are NOT_CHARGING errors with a null value on a car at rest."""

STATIC_GROUPS = frozenset({"VehicleIdentification", "VehicleUserAccount"})
"""Groups whose values never change and are heard of once."""


def _value(pick: Callable[[Car], Any], unit: str | None = None) -> Body:
    def body(car: Car) -> Json:
        return {"value": pick(car)} if unit is None else _amount(car, pick(car), unit)

    return body


def _amount(car: Car, value: Value, unit: str) -> Json:
    spelt = car.spec.unit_spelling.get(unit, unit)
    return {"value": value} if spelt is None else {"value": value, "unit": spelt}


def _grid(cells: Callable[[Car, tuple[int, int]], Json]) -> Body:
    def body(car: Car) -> Json:
        return {
            "values": [
                {"row": seat[0], "column": seat[1], **cells(car, seat)}
                for seat in SEATS
            ],
            "rowCount": 2,
            "columnCount": 2,
        }

    return body


def _door(car: Car, seat: tuple[int, int]) -> Json:
    is_open = seat in car.doors_open
    return {"isOpen": is_open, "isLocked": car.locked and not is_open}


def _window(car: Car, seat: tuple[int, int]) -> Json:
    return {"isOpen": seat in car.windows_open}


def _tires(car: Car) -> Json:
    pressures = zip(SEATS, car.spec.tyres_kpa, strict=True)
    return {
        "values": [
            {"row": seat[0], "column": seat[1], "tirePressure": pressure}
            for seat, pressure in pressures
        ],
        "rowCount": 2,
        "columnCount": 2,
        "unit": car.spec.tyre_label,
    }


def _diagnostic(code: str) -> Body:
    def body(car: Car) -> Json:
        alert = car.alerts.get(code)
        return {"status": "ALERT" if alert else "OK", "description": alert}

    return body


def _location(car: Car) -> Json:
    return {
        "latitude": round(car.latitude, 6),
        "longitude": round(car.longitude, 6),
        "heading": round(car.heading),
        "direction": COMPASS[round(car.heading / 45) % 8],
        "locationType": "CURRENT" if car.driving else "LAST_PARKED",
    }


def _home(car: Car) -> Json:
    return {
        "name": "Home",
        "address": "1 Sample Street",
        "latitude": car.spec.home.latitude,
        "longitude": car.spec.home.longitude,
    }


def _limits(car: Car) -> Json:
    limit = {"type": "GLOBAL", "limit": car.charge_limit, "condition": None}
    values = [] if car.spec.bare_limits else [limit]
    return {"values": values, "activeLimit": car.charge_limit, "unit": "percent"}


def _records(car: Car) -> Json:
    record = {
        "id": "CR-000117",
        "cost": {"currency": "EUR", "energyAmount": 9.55, "otherAmount": 0},
        "startTime": "2026-10-03T21:10:00Z",
        "endTime": "2026-10-04T03:55:00Z",
        "location": _home(car),
        "energyAdded": 27.4,
        "connectorType": "TYPE_2",
        "chargingType": "AC",
        "isPublicCharger": False,
        "startStateOfCharge": 34,
        "endStateOfCharge": 80,
    }
    return {"values": [record]}


def _window_of(times: Json, days: tuple[str, ...]) -> Json:
    return {
        "start": f"{times['startTime']}:00",
        "end": f"{times['stopTime']}:00",
        "days": list(days),
    }


def _daily(attributes: Json) -> list[Json]:
    return [_window_of(attributes, WEEK)]


def _weekly(attributes: Json) -> list[Json]:
    return [
        _window_of(times, (day.upper(),)) for day, times in attributes["days"].items()
    ]


def _workweek(attributes: Json) -> list[Json]:
    return [
        _window_of(attributes[part], days)
        for part, days in WORKWEEK.items()
        if part in attributes
    ]


_WINDOWS: Mapping[str, Callable[[Json], list[Json]]] = {
    "daily": _daily,
    "weekly": _weekly,
    "workweek": _workweek,
}


def _timer(car: Car, schedule: Schedule) -> Json:
    home = _home(car)
    place = schedule.attributes["location"]
    is_home = (place["latitude"], place["longitude"]) == (
        home["latitude"],
        home["longitude"],
    )
    return {
        "type": "LOCATION",
        "scheduleType": schedule.kind.upper(),
        "scheduleId": schedule.schedule_id,
        "condition": home if is_home else {"name": None, "address": None, **place},
        "schedules": _WINDOWS[schedule.kind](schedule.attributes),
        "departureTimers": [],
        "isOEMOptimizationEnabled": False,
    }


def _timers(car: Car) -> Json:
    departure = {
        "type": "GLOBAL",
        "condition": None,
        "schedules": [],
        "departureTimers": [{"time": "07:15:00", "days": list(WEEK[:5])}],
        "isOEMOptimizationEnabled": None,
    }
    made = [_timer(car, schedule) for schedule in car.schedules.values()]
    return {"values": [*made, departure]}


def _detailed(car: Car) -> str:
    if car.charging:
        return "CHARGING"
    full = car.plugged_in and car.fully_charged
    return "FULLY_CHARGED" if full else "NOT_CHARGING"


def _amperes(car: Car) -> int:
    return car.spec.amperes if car.charging else 0


def _capacity(car: Car) -> Json:
    size = car.spec.battery_kwh
    return {
        "capacity": size,
        "availableCapacities": [
            {"capacity": size, "description": f"{car.spec.powertrain}:Standard"}
        ],
        "source": "SMARTCAR",
        "unit": "kWh",
    }


def _range(car: Car) -> Json:
    distance = round(car.electric_range, 1)
    return {
        **_amount(car, distance, "km"),
        "type": "DEFAULT",
        "additionalValues": [{"type": "ESTIMATED", "value": distance}],
    }


def _service(car: Car) -> Json:
    record = {
        "id": "SR-2026-044",
        "time": "2026-06-12T09:30:00Z",
        "odometer": max(0, int(car.spec.year % 10) * 1000),
        "cost": {"amount": 240, "currency": "EUR"},
        "tasks": [{"id": "T-1", "description": "Cabin filter replaced"}],
        "details": [{"id": "D-1", "description": "Filter type HEPA"}],
    }
    return {"values": [record]}


def _trouble(car: Car) -> Json:
    return {
        "values": [
            {"code": code, "timestamp": "2026-02-11T06:30:00Z"}
            for code in car.trouble_codes
        ]
    }


def _trunk(car: Car) -> Json:
    return {
        "isOpen": car.trunk_open,
        "isLocked": car.locked and not car.trunk_open,
    }


def _drive_mode(car: Car) -> Json:
    sporty = car.driving and car.speed > 80  # noqa: PLR2004 - a taste, not a fact
    return {
        "canonical": "SPORT" if sporty else "NORMAL",
        "oemDisplayName": "Dynamic" if sporty else "Comfort",
    }


type Body = Callable[[Car], Json]
"""Makes the body of one signal from a car."""

BODIES: Mapping[str, Body] = MappingProxyType(
    {
        "charge-amperage": _value(_amperes, "ampere"),
        "charge-amperagemax": _value(lambda car: car.spec.amperes, "ampere"),
        "charge-amperagerequested": _value(lambda car: car.spec.amperes, "ampere"),
        "charge-chargelimits": _limits,
        "charge-chargeportstatuscolor": _value(
            lambda car: "GREEN" if car.charging else "BLUE"
        ),
        "charge-chargerate": _value(
            lambda car: round(car.charge_power / car.spec.kwh_per_km), "km/h"
        ),
        "charge-chargerecords": _records,
        "charge-chargerphases": _value(lambda car: car.spec.phases, "count"),
        "charge-chargetimers": _timers,
        "charge-chargingconnectortype": _value(
            # The literal text "invalid" is what some cars send without a cable.
            lambda car: "CCS" if car.plugged_in else "invalid"
        ),
        "charge-detailedchargingstatus": _value(_detailed),
        "charge-energyadded": _value(lambda car: round(car.energy_added, 1), "kWh"),
        "charge-fastchargertype": _value(
            lambda car: "CCS" if car.fast_charger else None
        ),
        "charge-ischarging": _value(lambda car: car.charging),
        "charge-ischargingcableconnected": _value(lambda car: car.plugged_in),
        "charge-ischargingcablelatched": _value(
            lambda car: car.plugged_in and car.locked
        ),
        "charge-ischargingportflapopen": _value(lambda car: car.port_open),
        "charge-isfastchargerpresent": _value(lambda car: car.fast_charger),
        "charge-timetocomplete": _value(
            lambda car: round(car.minutes_to_full), "minute"
        ),
        "charge-voltage": _value(lambda car: 231 if car.plugged_in else 0, "volts"),
        "charge-wattage": _value(lambda car: round(car.charge_power * 1000), "watts"),
        "climate-externaltemperature": _value(
            lambda car: round(car.outside_temperature * 2) / 2, "celsius"
        ),
        "climate-internaltemperature": _value(
            lambda car: round(car.inside_temperature * 2) / 2, "celsius"
        ),
        "closure-doors": _grid(_door),
        "closure-enginecover": lambda car: {"isOpen": car.bonnet_open},
        "closure-fronttrunk": lambda car: {"isOpen": car.bonnet_open, "isLocked": None},
        "closure-islocked": _value(lambda car: car.locked),
        "closure-reartrunk": _trunk,
        "closure-sunroof": lambda car: {"isOpen": car.sunroof_open},
        "closure-tailgate": _trunk,
        "closure-windows": _grid(_window),
        "connectivitysoftware-currentfirmwareversion": _value(
            lambda car: car.spec.firmware
        ),
        "connectivitystatus-isasleep": _value(lambda car: car.asleep),
        "connectivitystatus-isdigitalkeypaired": _value(lambda _car: True),
        "connectivitystatus-isonline": _value(lambda car: car.online),
        **{
            code: _diagnostic(code)
            for code, kind in CATALOGUE.items()
            if "status" in kind.body
        },
        "diagnostics-dtccount": _value(lambda car: len(car.trouble_codes), "count"),
        "diagnostics-dtclist": _trouble,
        "hvac-cabintargettemperature": _value(lambda _car: 20.5, "celsius"),
        "hvac-iscabinhvacactive": _value(lambda car: car.climate),
        "hvac-isfrontdefrosteractive": _value(lambda _car: False),
        "hvac-isreardefrosteractive": _value(lambda _car: False),
        "hvac-issteeringheateractive": _value(lambda _car: False),
        "internalcombustionengine-amountremaining": _value(
            lambda car: round(car.fuel / 100 * car.spec.tank_litres, 1), "liters"
        ),
        "internalcombustionengine-fuellevel": _value(
            lambda car: round(car.fuel), "percent"
        ),
        "internalcombustionengine-oillife": _value(
            lambda car: round(car.oil_life), "percent"
        ),
        "internalcombustionengine-range": _value(
            lambda car: round(car.fuel_range, 1), "km"
        ),
        "location-isathome": _value(lambda car: car.at_home),
        "location-preciselocation": _location,
        "lowvoltagebattery-stateofcharge": _value(
            lambda car: round(car.low_voltage), "percent"
        ),
        "lowvoltagebattery-status": _value(lambda _car: "GOOD"),
        "motion-currentspeed": _value(lambda car: round(car.speed), "km/h"),
        "odometer-traveleddistance": _value(lambda car: round(car.odometer, 1), "km"),
        "service-isinservice": _value(lambda _car: False),
        "service-records": _service,
        "surveillance-brand": _value(lambda _car: "Guard"),
        "surveillance-isenabled": _value(lambda car: car.locked),
        "tractionbattery-isheateractive": _value(lambda _car: False),
        "tractionbattery-maxrangechargecounter": _value(lambda _car: 4, "count"),
        "tractionbattery-nominalcapacity": _capacity,
        "tractionbattery-range": _range,
        "tractionbattery-stateofcharge": _value(
            lambda car: round(car.state_of_charge), "percent"
        ),
        "transmission-drivemode": _drive_mode,
        "transmission-gearstate": _value(
            lambda car: "DRIVE" if car.driving else "PARK"
        ),
        "vehicleidentification-exteriorcolor": _value(lambda car: car.spec.colour),
        "vehicleidentification-nickname": _value(lambda car: car.spec.nickname),
        "vehicleidentification-packages": lambda car: {
            "values": list(car.spec.packages)
        },
        "vehicleidentification-trim": _value(lambda car: car.spec.trim),
        "vehicleidentification-vin": _value(lambda car: car.spec.vin),
        "vehicleuseraccount-permissions": lambda _car: {
            "values": ["vehicle_device_data", "vehicle_cmds"]
        },
        "vehicleuseraccount-role": _value(lambda _car: "Owner"),
        "wheel-style": _value(lambda _car: "Aero18"),
        "wheel-tires": _tires,
    }
)
"""Body maker of each of the 93 codes."""


def reading(car: Car, code: str) -> tuple[Json | None, SignalError | None]:
    """Return what the car maker would answer for a code: body and error."""
    if code in car.not_capable or code not in codes_for(car.spec.powertrain):
        return None, NOT_CAPABLE
    body = BODIES[code](car)
    if code in ONLY_WHILE_CHARGING and not car.charging:
        return {**body, "value": None}, NOT_CHARGING
    return body, None
