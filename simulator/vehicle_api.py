"""The vehicle host without its commands: connections, users, vehicles, signals."""

from typing import TYPE_CHECKING

from simulator.call import Answer
from simulator.errors import (
    PARAMETER,
    SIGNAL_NOT_FOUND,
    VEHICLE_NOT_FOUND,
    Json,
    not_found,
    validation,
)
from simulator.pages import page
from simulator.resources import vehicle_attributes
from simulator.units import imperial

if TYPE_CHECKING:
    from simulator.call import Call
    from simulator.car import Car
    from simulator.resources import Connection
    from simulator.store import Stored

MODES = ("live", "simulated", "test")
CONNECTIONS_PAGE = 10
ORDER = {"orderBy": "createdAt", "orderDirection": "DESC"}


def _connection_fields(connection: Connection) -> dict[str, str | None]:
    return {
        "userId": connection.user.id,
        "vehicleId": connection.car.vehicle_id,
        "user.externalId": connection.user.external_id,
        "vehicle.mode": connection.car.spec.mode,
    }


async def connections(call: Call) -> Answer:
    """List connections: live ones unless asked otherwise, newest first."""
    mode = call.filter("vehicle.mode") or "live"
    if mode not in MODES:
        raise validation(PARAMETER, "No such vehicle mode.")
    filters = {"vehicle.mode": mode}
    for name in ("userId", "vehicleId", "user.externalId"):
        wanted = call.filter(name)
        if wanted is not None:
            filters[name] = wanted
    wanted_fields = dict(filters)
    found = [
        connection
        for connection in call.cloud.connections.values()
        if call.user_id in (None, connection.user.id)
        and wanted_fields.items() <= _connection_fields(connection).items()
    ]
    found.sort(key=lambda connection: connection.created_at, reverse=True)
    return Answer(
        body=page(
            [_written(call, connection) for connection in found],
            f"{call.vehicle_base}/connections",
            call.request.query,
            size=CONNECTIONS_PAGE,
            filters={f"filter[{name}]": value for name, value in filters.items()},
            order=ORDER,
        )
    )


def _written(call: Call, connection: Connection) -> Json:
    return connection.resource(call.vehicle_base, with_user=call.cloud.attributes_user)


def _found(call: Call) -> Connection:
    found = call.cloud.connections.get(call.path("connection_id"))
    if found is None:
        raise not_found()
    return found


async def connection(call: Call) -> Answer:
    """Answer one connection by its own id."""
    return Answer(body={"data": _written(call, _found(call))})


async def delete_connection(call: Call) -> Answer:
    """End a connection."""
    call.cloud.disconnect(_found(call))
    return Answer(204)


async def delete_user(call: Call) -> Answer:
    """Remove a user and all of the user's connections."""
    user = call.cloud.users.get(call.path("user_id"))
    if user is None:
        raise not_found()
    call.cloud.remove_user(user)
    return Answer(204)


def _vehicle(call: Call, car: Car) -> Json:
    return {
        "id": car.vehicle_id,
        "type": "vehicle",
        "attributes": vehicle_attributes(car),
        "links": {"self": _vehicle_url(call, car)},
    }


def _vehicle_url(call: Call, car: Car) -> str:
    return f"{call.vehicle_base}/vehicles/{car.vehicle_id}"


async def vehicle(call: Call) -> Answer:
    """Answer a vehicle that is connected to somebody."""
    car = call.cloud.car(call.path("vehicle_id"))
    if not any(call.cloud.connections_of(car)):
        raise not_found(VEHICLE_NOT_FOUND)
    return Answer(body={"data": _vehicle(call, car)})


def _unit_system(call: Call) -> str:
    return call.request.headers.get("SC-Unit-System", "metric").lower()


def _element(call: Call, car: Car, stored: Stored) -> Json:
    element = stored.element(_vehicle_url(call, car))
    if _unit_system(call) == "imperial" and stored.has_body:
        element["attributes"]["body"] = imperial(stored.body)
    return element


async def signals(call: Call) -> Answer:
    """List every signal the store holds, on one page."""
    connection = call.connection()
    call.cloud.catch_up(connection)
    car = connection.car
    stored = sorted(connection.store.signals(), key=lambda one: one.kind.code)
    if not stored and call.cloud.empty_store == "not_found":
        raise not_found(SIGNAL_NOT_FOUND)
    url = f"{_vehicle_url(call, car)}/signals"
    return Answer(
        body={
            "data": [_element(call, car, one) for one in stored],
            "meta": {
                "pageNumber": 1,
                "pageSize": len(stored),
                "totalCount": len(stored),
            },
            "links": {
                "self": url,
                "first": url,
                "prev": None,
                "next": None,
                "last": url,
            },
            "included": {"vehicle": _vehicle(call, car)},
        },
        headers={"SC-Unit-System": _unit_system(call)},
    )


async def signal(call: Call) -> Answer:
    """Answer one signal, or 404 for one that is not stored or not known."""
    connection = call.connection()
    call.cloud.catch_up(connection)
    stored = connection.store.signal(call.path("code"))
    if stored is None:
        raise not_found(SIGNAL_NOT_FOUND)
    element = _element(call, connection.car, stored)
    headers = {"SC-Unit-System": _unit_system(call)}
    if call.cloud.single_envelope == "bare":
        return Answer(body=element, headers=headers)
    return Answer(
        body={
            "data": element,
            "links": element["links"],
            "included": {"vehicle": _vehicle(call, connection.car)},
        },
        headers=headers,
    )
