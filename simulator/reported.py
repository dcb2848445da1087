"""Cars that tell what a user's report says; their names and places are invented."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
import uuid

from simulator.car import ALL_COMMANDS, Car, CarSpec, Override
from simulator.catalogue import CATALOGUE
from simulator.cleaning import PRIVATE_SIGNALS, REDACTED, TYPES, is_outline
from simulator.cloud import Cloud
from simulator.comparison import body_of
from simulator.errors import SignalError
from simulator.fleet import make_application
from simulator.resources import User
from simulator.units import IMPERIAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.clock import Clock
    from simulator.errors import Json, Value
    from simulator.recording import Recorded
    from simulator.report import Report

USER = "5b1f0c7e-93d2-4a68-b7e4-0d9c2f6a8135"
"""Owner of all the cars."""

IDS = 0x5EA1_0000_0000_0000_0000_0000_0000_0000
"""From here on the cars' vehicle ids are counted."""

INVENTED: Mapping[str, Value] = MappingProxyType(
    {
        "direction": "SW",
        "heading": 210.0,
        "lat": 52.52,
        "latitude": 52.52,
        "lng": 13.405,
        "lon": 13.405,
        "longitude": 13.405,
    }
)
"""What stands in place of a leaf that was blacked out; a text where none is here."""

TEXT = "Invented"

COMMANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "start_charging": ("charge/start",),
        "stop_charging": ("charge/stop",),
        "set_charge_limit": ("charge/set-limit",),
        "open_charge_port": ("charge-port/open",),
        "close_charge_port": ("charge-port/close",),
        "lock": ("security/lock",),
        "unlock": ("security/unlock",),
        "set_destination": ("navigation/set-destination",),
        "create_charge_schedule": (
            "charge-schedules/daily",
            "charge-schedules/weekly",
            "charge-schedules/workweek",
        ),
    }
)
"""A report's commands, by the ends of their paths."""

IMPERIAL_UNITS = frozenset(unit for unit, _ in IMPERIAL.values())


@dataclass
class ReportedCar:
    """A car, and what it tells from its second reading on.

    A value that is older than the error beside it was told first, and the error then.
    """

    car: Car
    later: dict[str, Override] = field(default_factory=dict)

    def go_on(self) -> None:
        """Tell the errors that came after values."""
        self.car.overrides.update(self.later)


def household(report: Report, clock: Clock) -> Cloud:
    """Make the cars of a report, connected, and nothing else."""
    cloud = Cloud(clock, make_application(clock))
    replace_household(cloud, report)
    return cloud


def replace_household(cloud: Cloud, report: Report) -> None:
    """Put the cars of a report in place of those that are there."""
    for part in (cloud.cars, cloud.users, cloud.owners, cloud.connections):
        part.clear()
    cloud.subscriptions.clear()
    owner = cloud.add_user(User(USER, "Owner of a report"))
    cars = {}
    for number, told in enumerate(report.cars, 1):
        one = make_car(told, number, report.made_at)
        cars[one.car.vehicle_id] = one
        cloud.owners[one.car.vehicle_id] = owner.id
        cloud.connect(owner, cloud.add_car(one.car), ago=timedelta(days=number))
    before = cloud.on_answer

    def go_on(recorded: Recorded) -> None:
        """Let what came later be told once the rest has been read."""
        if before is not None:
            before(recorded)
        if recorded.operation == "signals" and recorded.vehicle_id in cars:
            cars[recorded.vehicle_id].go_on()

    cloud.on_answer = go_on


def make_car(told: Json, number: int, made_at: datetime) -> ReportedCar:
    """Make the car that a report tells of, with ids, VIN and place invented."""
    about = told["car"]
    car = Car(
        CarSpec(
            vehicle_id=str(uuid.UUID(int=IDS + number, version=4)),
            vin=f"SMVLATED{number:09}",
            make=about["make"],
            model=about["model"],
            year=about["year"] or 0,
            powertrain=about["powertrain"] or "",
            mode=about["mode"],
            nickname=f"{about['model']} {number}",
        ),
        commands=_commands(told),
        permissions=tuple(told["permissions"]["granted"]),
        # What the report does not name is not there.
        not_stored=frozenset(CATALOGUE.keys() - told["signals"].keys()),
        living=False,
    )
    made = ReportedCar(car)
    for code, signal in told["signals"].items():
        _tell(made, code, signal, made_at)
    return made


def _commands(told: Json) -> frozenset[str]:
    if "commands" not in told:
        return ALL_COMMANDS
    return frozenset(
        path for name in told["commands"] for path in COMMANDS.get(name, ())
    )


def _tell(made: ReportedCar, code: str, signal: Json, made_at: datetime) -> None:
    """Let the car tell one signal as the report has it."""
    body, error = _served(made.car.spec, code, signal), _error(signal)
    measured, asked = _time(signal, "measured"), _time(signal, "asked")
    asked = asked or measured or made_at
    answered = _time(signal, "answered") or asked
    value = Override(
        body=body,
        oem_updated_at=measured if signal.get("dated", True) else None,
        retrieved_at=asked,
        ingested_at=asked,
    )
    if error is None:
        made.car.overrides[code] = value
        return
    bare = Override(
        body=None,
        error=error,
        oem_updated_at=None,
        retrieved_at=None,
        ingested_at=answered,
    )
    if body is None:
        made.car.overrides[code] = bare
    elif asked == answered:
        made.car.overrides[code] = Override(
            body=body,
            error=error,
            oem_updated_at=value.oem_updated_at,
            retrieved_at=asked,
            ingested_at=asked,
        )
    else:
        made.car.overrides[code] = value
        made.later[code] = bare


def _time(signal: Json, name: str) -> datetime | None:
    text = signal.get(name)
    return datetime.fromisoformat(text) if text else None


def _error(signal: Json) -> SignalError | None:
    if signal["error"] is None:
        return None
    type_, _, code = signal["error"].partition("/")
    return SignalError(type_, None if code == "None" else code)


def _served(spec: CarSpec, code: str, signal: Json) -> Value:
    """Return the body that is sent, with what was blacked out invented."""
    body = body_of(signal)
    if body is None:
        return None
    if code in PRIVATE_SIGNALS:
        own = spec.vin if code.endswith("vin") else spec.nickname
        return {"value": own}
    if body == REDACTED:
        return {}
    if is_outline(code, body):
        return {name: TYPES[kind] for name, kind in body.items()}
    served = _invented(body)
    if "unit" not in served and signal.get("unit") in IMPERIAL_UNITS:
        # A delivery told it in the unit that it was told in before.
        served["unit"] = signal["unit"]
    return served


def _invented(part: Value, leaf: str = "") -> Value:
    if isinstance(part, dict):
        return {name: _invented(one, name) for name, one in part.items()}
    if isinstance(part, list):
        return [_invented(one, leaf) for one in part]
    return INVENTED.get(leaf.casefold(), TEXT) if part == REDACTED else part
