"""The control page and its JSON: watch the cars, act on them, make things fail."""

from collections import Counter
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.clock import iso
from simulator.errors import TABLE
from simulator.faults import KINDS, Fault
from simulator.fleet import (
    MODELS,
    change_application,
    connect_twice,
    join,
    reconnect,
)
from simulator.given import given_object
from simulator.pipeline import CLOUD
from simulator.stories import STORIES
from simulator.traits import ENERGY, LEVEL, ODOMETER, TRAITS, check_names
from simulator.webhook_control import SENDER, deliveries, webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.car import Car
    from simulator.cloud import Cloud
    from simulator.day import Place
    from simulator.errors import Json, Value
    from simulator.resources import Connection

SHOWN = 60
"""Requests shown on the page."""

PAGE = Path(__file__).with_name("control.html")

OPERATION_NAMES: web.AppKey[list[str]] = web.AppKey("operation_names")

FRONT_LEFT = (0, 0)
REAR_RIGHT = (1, 1)


def _drive(car: Car, given: Json) -> None:
    to = given.get("to")
    place: Place | None = getattr(car.spec, to) if to in _PLACES else None
    car.drive(place, float(given.get("minutes", 20)))


_PLACES = ("home", "work", "lake")

ACTIONS: Mapping[str, Callable[[Car, Json], object]] = MappingProxyType(
    {
        "plug_in": lambda car, _: car.plug_in(),
        "unplug": lambda car, _: car.unplug(),
        "start_charging": lambda car, _: car.start_charging(),
        "stop_charging": lambda car, _: car.stop_charging(),
        "set_limit": lambda car, given: car.set_limit(int(given["percent"])),
        "drive": _drive,
        "park": lambda car, _: car.park(),
        "lock": lambda car, _: car.lock(),
        "unlock": lambda car, _: car.unlock(),
        "open_door": lambda car, _: car.doors_open.add(FRONT_LEFT),
        "close_door": lambda car, _: car.doors_open.clear(),
        "open_window": lambda car, _: car.windows_open.add(REAR_RIGHT),
        "close_window": lambda car, _: car.windows_open.clear(),
        "open_trunk": lambda car, _: setattr(car, "trunk_open", True),
        "close_trunk": lambda car, _: setattr(car, "trunk_open", False),
        "hold": lambda car, _: car.hold(),
        "release": lambda car, _: car.release(),
        "refuse": lambda car, given: setattr(car, "refusal", given.get("code")),
        "set_fuel": lambda car, given: setattr(car, "fuel", float(given["percent"])),
        "set_charge": lambda car, given: setattr(
            car, "state_of_charge", float(given["percent"])
        ),
    }
)
"""What ``POST /control/cars/{id}`` can do: a person at the car."""


def _sign(cloud: Cloud, car: Car, *, out: bool) -> None:
    for connection in cloud.connections_of(car):
        connection.store.signed_out = out


def _empty(cloud: Cloud, car: Car) -> None:
    for connection in cloud.connections_of(car):
        connection.store.empty()


def _connect(cloud: Cloud, car: Car) -> None:
    """Let the owner pass through Connect, again if need be."""
    owner = cloud.users.get(cloud.owners.get(car.vehicle_id, ""))
    if owner is None:
        raise ValueError("the car has no owner")
    cloud.connect(owner, car)


def _second_login(cloud: Cloud, car: Car) -> None:
    """Let everybody else who has a login connect the car, too."""
    for user in cloud.users.values():
        if cloud.connection(user.id, car.vehicle_id) is None:
            cloud.connect(user, car)


def _disconnect(cloud: Cloud, car: Car) -> None:
    for connection in tuple(cloud.connections_of(car)):
        cloud.disconnect(connection)


ACCOUNT_ACTIONS: Mapping[str, Callable[[Cloud, Car], object]] = MappingProxyType(
    {
        "sign_out": lambda cloud, car: _sign(cloud, car, out=True),
        "sign_in": lambda cloud, car: _sign(cloud, car, out=False),
        "refresh": lambda cloud, car: cloud.refresh(car),
        "connect": _connect,
        "disconnect": _disconnect,
        "second_login": _second_login,
        "new_id": reconnect,
        "new_id_without_vin": lambda cloud, car: reconnect(
            cloud, car, without="read_vin"
        ),
        "second_id": connect_twice,
        "empty": _empty,
    }
)
"""What happens in the cloud and not at the car."""


def _limit(name: str) -> Callable[[Cloud, Any], object]:
    return lambda cloud, value: setattr(cloud.limits, name, value)


def _switch(name: str, *choices: object) -> Callable[[Cloud, Any], object]:
    def change(cloud: Cloud, value: Value) -> None:
        if choices and value not in choices:
            message = f"{name} must be one of {choices}"
            raise ValueError(message)
        setattr(cloud, name, value)

    return change


YES_OR_NO = (True, False)

SWITCHES: Mapping[str, Callable[[Cloud, Any], object]] = MappingProxyType(
    {
        "revoke_secret": lambda cloud, _: cloud.application.revoke_secret(),
        "restore_secret": lambda cloud, _: cloud.application.restore_secret(),
        "expire_tokens": lambda cloud, _: cloud.application.expire_tokens(),
        "new_application": lambda cloud, _: change_application(cloud),
        "fill_store": _switch("fill_store", "always", "subscribed", "never"),
        "empty_store": _switch("empty_store", "list", "not_found"),
        "single_envelope": _switch("single_envelope", "wrapped", "bare"),
        "error_form": _switch("error_form", "v3", "flat"),
        "attributes_user": _switch("attributes_user", *YES_OR_NO),
        "application_forbidden": _switch("application_forbidden", *YES_OR_NO),
        "schedule_delete_status": _switch("schedule_delete_status", 200, 204),
        "command_seconds": _switch("command_seconds"),
        "store_delay": _switch("store_delay"),
        "subscription_delay": _switch("subscription_delay"),
        "bucket_size": _limit("bucket_size"),
        "refill_per_minute": _limit("refill_per_minute"),
        "vehicle_calls": _limit("vehicle_calls"),
        "vehicle_window": _limit("vehicle_window"),
        "monthly_calls": _limit("monthly_calls"),
        "retry_after_as_date": _limit("retry_after_as_date"),
    }
)
"""What ``POST /control/application`` can set, by the fields of its body."""


def add_routes(app: web.Application, operations: Sequence[str]) -> None:
    """Add the control page and its calls."""
    app[OPERATION_NAMES] = list(operations)
    app.router.add_get("/", _to_page)
    app.router.add_get("/favicon.ico", _no_icon)
    app.router.add_get("/control", _page)
    app.router.add_get("/control/state", _state)
    app.router.add_post("/control/cars", _join)
    app.router.add_post("/control/cars/{vehicle_id}", _act)
    app.router.add_post("/control/cars/{vehicle_id}/traits", _change_traits)
    app.router.add_post("/control/faults", _add_fault)
    app.router.add_delete("/control/faults", _clear_faults)
    app.router.add_post("/control/application", _change_application)
    app.router.add_post("/control/stories/{name}", _play)


async def _to_page(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/control"})


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text=PAGE.read_text("utf-8"), content_type="text/html")


async def _no_icon(_request: web.Request) -> web.Response:
    return web.Response(status=204)


async def _state(request: web.Request) -> web.Response:
    cloud = request.app[CLOUD]
    cloud.tick()
    application, limits = cloud.application, cloud.limits
    return web.json_response(
        {
            "application": {
                "client_id": application.client_id,
                "client_secret": application.client_secret,
                "application_id": application.application_id,
                "management_token": application.management_token,
                "secret_valid": application.secret_valid,
            },
            "now": iso(cloud.clock.now()),
            "life": cloud.clock.life(),
            "speed": cloud.clock.speed,
            "cars": {key: _car(cloud, car) for key, car in cloud.cars.items()},
            "connections": len(cloud.connections),
            "subscriptions": len(cloud.subscriptions),
            "fill_store": cloud.fill_store,
            "store_delay": cloud.store_delay,
            "limits": {
                "bucket_size": limits.bucket_size,
                "vehicle_calls": limits.vehicle_calls,
                "monthly_calls": limits.monthly_calls,
            },
            "faults": [fault.describe() for fault in cloud.faults],
            "traits": [
                {"name": name, "topic": trait.topic, "text": trait.text}
                for name, trait in TRAITS.items()
            ],
            "stories": [
                {"name": name, "title": story.title, "text": story.text}
                for name, story in STORIES.items()
            ],
            "powertrains": list(MODELS),
            "fault_kinds": sorted(KINDS),
            "errors": [[kind, code] for kind, code in TABLE],
            "operations": request.app[OPERATION_NAMES],
            "counts": Counter(recorded.operation for recorded in cloud.requests),
            "requests": _recent(cloud),
            **webhooks(cloud),
            **deliveries(request.app[SENDER]),
        }
    )


def _car(cloud: Cloud, car: Car) -> Json:
    connections = list(cloud.connections_of(car))
    owner = cloud.users.get(cloud.owners.get(car.vehicle_id, ""))
    return {
        **car.summary(),
        "user": owner.id if owner else None,
        "user_name": owner.name if owner else None,
        "connected": bool(connections),
        "logins": len(connections),
        "signed_out": any(one.store.signed_out for one in connections),
        "calls": cloud.limits.used(car.vehicle_id),
        "told": {name: _told(connections, code) for name, code in TOLD.items()},
    }


TOLD = {"odometer": ODOMETER, "energy_added": ENERGY, "state_of_charge": LEVEL}
"""What the page shows beside the truth: names of the summary to codes."""


def _told(connections: Sequence[Connection], code: str) -> Value:
    """Return what the newest login is told, as it is told; None for nothing."""
    if not connections:
        return None
    stored = connections[-1].store.signal(code)
    body = stored.body if stored else None
    return body.get("value") if isinstance(body, dict) else None


def _recent(cloud: Cloud) -> list[Json]:
    newest = list(cloud.requests)[-SHOWN:]
    return [
        {
            "at": iso(recorded.at),
            "operation": recorded.operation,
            "method": recorded.method,
            "path": recorded.path,
            "status": recorded.status,
        }
        for recorded in reversed(newest)
    ]


def _car_of(request: web.Request) -> Car:
    car = request.app[CLOUD].cars.get(request.match_info["vehicle_id"])
    if car is None:
        raise web.HTTPNotFound(text="No such car.")
    return car


async def _change_traits(request: web.Request) -> web.Response:
    """Switch traits of a car on and off, and read it at once."""
    cloud, car = request.app[CLOUD], _car_of(request)
    given = await given_object(request)
    try:
        check_names(*given)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"Bad value: {error}") from error
    if not all(isinstance(on, bool) for on in given.values()):
        raise web.HTTPBadRequest(text="Bad value: true or false for each trait")
    for name, on in given.items():
        (car.lie if on else car.tell_truth)(name)
    cloud.refresh(car)
    return web.json_response(_car(cloud, car))


async def _act(request: web.Request) -> web.Response:
    cloud, car = request.app[CLOUD], _car_of(request)
    given = await given_object(request)
    name = str(given.get("action"))
    if name not in ACTIONS.keys() | ACCOUNT_ACTIONS.keys():
        known = ", ".join(sorted([*ACTIONS, *ACCOUNT_ACTIONS]))
        raise web.HTTPBadRequest(text=f"Unknown action; known are: {known}")
    try:
        if name in ACCOUNT_ACTIONS:
            ACCOUNT_ACTIONS[name](cloud, car)
        else:
            cloud.change(car, lambda: ACTIONS[name](car, given))
    except (KeyError, TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=f"Bad value: {error}") from error
    return web.json_response(_car(cloud, car))


async def _join(request: web.Request) -> web.Response:
    """Add a car like one of the three, and connect it."""
    cloud = request.app[CLOUD]
    given = await given_object(request)
    try:
        car = join(cloud, str(given.get("powertrain")))
    except KeyError as error:
        known = ", ".join(MODELS)
        raise web.HTTPBadRequest(text=f"powertrain must be one of {known}") from error
    return web.json_response({"id": car.vehicle_id, **_car(cloud, car)})


async def _play(request: web.Request) -> web.Response:
    story = STORIES.get(request.match_info["name"])
    if story is None:
        raise web.HTTPNotFound(text=f"No such story; known are: {', '.join(STORIES)}")
    story.play(request.app[CLOUD])
    return web.Response(status=204)


async def _add_fault(request: web.Request) -> web.Response:
    given = await given_object(request)
    known = {field.name for field in fields(Fault)}
    if not given.keys() <= known:
        strange = ", ".join(sorted(given.keys() - known))
        raise web.HTTPBadRequest(text=f"Unknown fields: {strange}")
    try:
        fault = Fault(**given)
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    request.app[CLOUD].faults.add(fault)
    return web.json_response(fault.describe())


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[CLOUD].faults.clear()
    return web.Response(status=204)


async def _change_application(request: web.Request) -> web.Response:
    cloud = request.app[CLOUD]
    for name, value in (await given_object(request)).items():
        if name not in SWITCHES:
            raise web.HTTPBadRequest(text=f"Unknown field: {name}")
        try:
            SWITCHES[name](cloud, value)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
    return web.json_response({"secret_valid": cloud.application.secret_valid})
