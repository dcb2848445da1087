"""The commands: who may give them, what they take, when a car refuses, what it does."""

from dataclasses import dataclass
import re
from typing import TYPE_CHECKING

from simulator.bodies import WEEK
from simulator.call import Answer
from simulator.car import Schedule
from simulator.clock import iso
from simulator.cloud import ulid
from simulator.day import Place
from simulator.errors import (
    INVALID_INPUT_FORMAT,
    MISSING_PARAMETER,
    PARAMETER,
    SIGN_IN_AGAIN,
    UNABLE,
    UNPERMITTED,
    ApiError,
    not_found,
    refused,
    validation,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from simulator.call import Call
    from simulator.car import Car
    from simulator.errors import Json, Value
    from simulator.resources import Connection

LOWEST_LIMIT, HIGHEST_LIMIT = 50, 100
"""Charge limits the API takes, in percent."""

TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
"""Times of day in schedules: ``HH:mm``."""

DAYS = tuple(day.lower() for day in WEEK)


def _bad(detail: str) -> ApiError:
    return validation(PARAMETER, detail)


def _given(attributes: Json, name: str) -> Value:
    if attributes.get(name) is None:
        raise validation(MISSING_PARAMETER, f"{name} is missing.")
    return attributes[name]


def _number(attributes: Json, name: str, largest: float) -> float:
    value = _given(attributes, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        detail = f"{name} is not a number."
        raise _bad(detail)
    if not -largest <= value <= largest:
        detail = f"{name} is out of range."
        raise _bad(detail)
    return float(value)


def _object(attributes: Json, name: str) -> Json:
    value = _given(attributes, name)
    if not isinstance(value, dict):
        detail = f"{name} is not an object."
        raise _bad(detail)
    return value


def _only(part: Json, *names: str) -> None:
    strange = sorted(set(part) - set(names))
    if strange:
        detail = f"Unknown fields: {', '.join(strange)}."
        raise _bad(detail)


# What each command takes.


def take_nothing(call: Call) -> Json:
    """Accept no body or any JSON object."""
    if not isinstance(call.json(), dict | None):
        raise validation(INVALID_INPUT_FORMAT)
    return {}


def take_percent(call: Call) -> Json:
    """Accept a whole number of percent in the published range."""
    percent = _given(call.attributes(), "percent")
    if isinstance(percent, bool) or not isinstance(percent, int):
        detail = "percent is not a whole number."
        raise _bad(detail)
    if not LOWEST_LIMIT <= percent <= HIGHEST_LIMIT:
        detail = "percent is out of range."
        raise _bad(detail)
    return {"percent": percent}


def take_place(call: Call) -> Json:
    """Accept a position."""
    return _position(call.attributes())


def _position(part: Json) -> Json:
    return {
        "latitude": _number(part, "latitude", 90),
        "longitude": _number(part, "longitude", 180),
    }


def _times(part: Json) -> Json:
    times = {}
    for name in ("startTime", "stopTime"):
        text = _given(part, name)
        if not isinstance(text, str) or not TIME.fullmatch(text):
            detail = f"{name} is not a time of day."
            raise _bad(detail)
        times[name] = text
    return times


def _daily(attributes: Json) -> Json:
    _only(attributes, "location", "startTime", "stopTime")
    return _times(attributes)


def _weekly(attributes: Json) -> Json:
    _only(attributes, "location", "days")
    days = _object(attributes, "days")
    _only(days, *DAYS)
    if not days:
        detail = "days is empty."
        raise _bad(detail)
    return {"days": {day: _day(days, day) for day in days}}


def _workweek(attributes: Json) -> Json:
    _only(attributes, "location", "weekdays", "weekends")
    parts = ("weekdays", "weekends")
    return {part: _day(attributes, part) for part in parts}


def _day(part: Json, name: str) -> Json:
    times = _object(part, name)
    _only(times, "startTime", "stopTime")
    return _times(times)


SCHEDULES: dict[str, Callable[[Json], Json]] = {
    "daily": _daily,
    "weekly": _weekly,
    "workweek": _workweek,
}
"""Kinds of charge schedule and the reader of each one's own fields."""


# When a car refuses.


def _moving(car: Car) -> str | None:
    return "IN_MOTION" if car.driving else None


def _closed(car: Car) -> str | None:
    reasons = {
        "IN_MOTION": car.driving,
        "IGNITION_ON": car.ignition,
        "DOOR_OPEN": bool(car.doors_open),
        "TRUNK_OPEN": car.trunk_open,
        "HOOD_OPEN": car.bonnet_open,
    }
    return next((code for code, holds in reasons.items() if holds), None)


def _can_start(car: Car) -> str | None:
    reasons = {
        "CHARGING_PLUG_NOT_CONNECTED": not car.plugged_in,
        "CHARGING_IN_PROGRESS": car.charging,
        "FULLY_CHARGED": car.fully_charged,
    }
    return next((code for code, holds in reasons.items() if holds), None)


def _can_stop(car: Car) -> str | None:
    if not car.plugged_in:
        return "CHARGING_PLUG_NOT_CONNECTED"
    return None if car.charging else "NOT_CHARGING"


def _can_close_port(car: Car) -> str | None:
    return "CHARGING_PLUG_CONNECTED" if car.plugged_in else _moving(car)


def _always(_car: Car) -> str | None:
    return None


# What it does.


def _send(car: Car, place: Json) -> None:
    car.destination = Place(place["latitude"], place["longitude"])


def _port(car: Car, *, is_open: bool) -> None:
    car.port_open = is_open


@dataclass(frozen=True)
class Command:
    """One command of the specification."""

    path: str
    name: str
    """Last part of its operation's name."""
    permission: str
    act: Callable[[Car, Json], None]
    refuses: Callable[[Car], str | None] = _always
    takes: Callable[[Call], Json] = take_nothing


COMMANDS: dict[str, Command] = {
    command.path: command
    for command in (
        Command(
            "charge/start",
            "charge-start",
            "control_charge",
            lambda car, _: car.start_charging(),
            _can_start,
        ),
        Command(
            "charge/stop",
            "charge-stop",
            "control_charge",
            lambda car, _: car.stop_charging(),
            _can_stop,
        ),
        Command(
            "charge/set-limit",
            "set-limit",
            "control_charge",
            lambda car, given: car.set_limit(given["percent"]),
            takes=take_percent,
        ),
        Command(
            "charge-port/open",
            "port-open",
            "control_charge",
            lambda car, _: _port(car, is_open=True),
            _moving,
        ),
        Command(
            "charge-port/close",
            "port-close",
            "control_charge",
            lambda car, _: _port(car, is_open=False),
            _can_close_port,
        ),
        Command(
            "security/lock",
            "lock",
            "control_security",
            lambda car, _: car.lock(),
            _closed,
        ),
        Command(
            "security/unlock",
            "unlock",
            "control_security",
            lambda car, _: car.unlock(),
            _moving,
        ),
        Command(
            "navigation/set-destination",
            "set-destination",
            "control_navigation",
            _send,
            takes=take_place,
        ),
    )
}
"""Every command that is not a schedule, by the end of its path."""


def command_handler(command: Command) -> Callable[[Call], Awaitable[Answer]]:
    """Make the handler of one command."""

    async def handle(call: Call) -> Answer:
        connection = call.connection()
        _permit(connection, command.permission)
        parameters = command.takes(call)
        _enable(connection, command.path)
        started = call.cloud.clock.now()
        await _reach(call, connection, command.refuses)
        car = connection.car
        call.cloud.change(car, lambda: command.act(car, parameters))
        attributes: Json = {
            "commandType": command.path.replace("/", "-"),
            "status": {"value": "SUCCESS"},
            "executionMode": "sync",
        }
        if parameters:
            attributes["parameters"] = parameters
        return _executed(call, "command-execution", attributes, started)

    return handle


def schedule_handler(kind: str) -> Callable[[Call], Awaitable[Answer]]:
    """Make the handler that creates one kind of charge schedule."""
    read = SCHEDULES[kind]

    async def handle(call: Call) -> Answer:
        connection = call.connection()
        _permit(connection, "control_charge")
        attributes = call.attributes()
        place = _position(_object(attributes, "location"))
        parameters = {"location": place, **read(attributes)}
        _enable(connection, f"charge-schedules/{kind}")
        started = call.cloud.clock.now()
        await _reach(call, connection, _always)
        schedule = Schedule(ulid("sched"), kind, parameters)
        _keep(call, connection.car, schedule)
        return _scheduled(call, "create", schedule, started, parameters)

    return handle


def _keep(call: Call, car: Car, schedule: Schedule) -> None:
    def act() -> None:
        car.schedules[schedule.schedule_id] = schedule

    call.cloud.change(car, act)


async def delete_schedule(call: Call) -> Answer:
    """Remove a charge schedule."""
    connection = call.connection()
    _permit(connection, "control_charge")
    car = connection.car
    schedule = car.schedules.get(call.path("schedule_id"))
    if schedule is None:
        raise not_found(detail="No such schedule.")
    started = call.cloud.clock.now()
    await _reach(call, connection, _always)
    call.cloud.change(car, lambda: car.schedules.pop(schedule.schedule_id, None))
    if call.cloud.schedule_delete_status == 204:  # noqa: PLR2004 - HTTP No Content
        return Answer(204)
    return _scheduled(call, "delete", schedule, started, None)


def _scheduled(
    call: Call,
    action: str,
    schedule: Schedule,
    started: datetime,
    parameters: Json | None,
) -> Answer:
    attributes: Json = {
        "action": action,
        "scheduleType": schedule.kind,
        "status": {"value": "SUCCESS"},
        "executionMode": "sync",
        "scheduleId": schedule.schedule_id,
    }
    if parameters:
        attributes["parameters"] = parameters
    answer = _executed(call, "charge-schedule-execution", attributes, started)
    vehicle = f"{call.vehicle_base}/vehicles/{call.vehicle_id}"
    link = f"{vehicle}/charge-schedules/{schedule.schedule_id}"
    answer.body["data"]["links"] = {"schedule": link}
    return answer


def _executed(
    call: Call, resource_type: str, attributes: Json, started: datetime
) -> Answer:
    ended = call.cloud.clock.now()
    return Answer(
        body={
            "data": {
                "id": ulid("exec"),
                "type": resource_type,
                "attributes": attributes,
                "meta": {
                    "executedAt": iso(started),
                    "completedAt": iso(ended),
                    "durationInSeconds": round((ended - started).total_seconds(), 3),
                },
            }
        }
    )


def _permit(connection: Connection, permission: str) -> None:
    if permission not in connection.permissions:
        raise refused(UNPERMITTED)


def _enable(connection: Connection, path: str) -> None:
    if path not in connection.car.commands:
        raise refused(UNABLE)


async def _reach(
    call: Call, connection: Connection, refuses: Callable[[Car], str | None]
) -> None:
    """Wait for the car, then raise what it refuses with, if it does."""
    cloud, car = call.cloud, connection.car
    if connection.store.signed_out:
        raise refused(
            SIGN_IN_AGAIN,
            url=call.reauthenticate_url(),
        )
    if cloud.command_seconds:
        # Real seconds whatever the speed of life: it is the network that is slow.
        await cloud.sleep(cloud.command_seconds * cloud.clock.speed)
    car.live_until(cloud.clock.life())
    refusal = car.refusal or refuses(car)
    if refusal is not None:
        raise refused(("VEHICLE_STATE", refusal))
