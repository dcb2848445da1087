"""Connections, users and vehicles."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from simulator import fleet
from simulator.car import Car
from simulator.resources import User

from .client import Api, error_of

if TYPE_CHECKING:
    from simulator.cloud import Cloud
    from simulator.resources import Connection


async def test_connection_has_the_documented_shape(api: Api) -> None:
    _, body = await api.get("/connections")
    assert body.keys() == {"data", "meta", "links"}
    assert body["meta"] == {
        "pageNumber": 1,
        "pageSize": 10,
        "totalCount": 3,
        "orderBy": "createdAt",
        "orderDirection": "DESC",
    }
    first = body["data"][0]
    assert first.keys() == {
        *("id", "type", "attributes", "relationships", "meta", "links")
    }
    assert first["attributes"].keys() == {"permissions", "vehicle", "user"}
    assert first["attributes"]["vehicle"] == {
        "make": "VOLKSWAGEN",
        "model": "ID.4",
        "year": 2023,
        "mode": "live",
        "powertrainType": "BEV",
    }
    assert first["attributes"]["user"] == {
        "id": fleet.USER_1,
        "externalId": "household-1",
    }
    assert first["relationships"]["user"] == {
        "data": {"id": fleet.USER_1, "type": "user"}
    }
    related = f"{api.address}/vehicle/v3/vehicles/{fleet.BEV}"
    assert first["relationships"]["vehicle"] == {
        "data": {"id": fleet.BEV, "type": "vehicle"},
        "links": {"related": related},
    }
    assert first["meta"].keys() == {"createdAt", "updatedAt"}
    assert first["meta"]["createdAt"] == "2026-09-28T08:00:00.000Z"


async def test_no_vin_in_a_connection(api: Api, cloud: Cloud) -> None:
    _, body = await api.get("/connections")
    for car in cloud.cars.values():
        assert car.spec.vin not in repr(body)


async def test_newest_first(api: Api) -> None:
    _, body = await api.get("/connections")
    times = [one["meta"]["createdAt"] for one in body["data"]]
    assert times == sorted(times, reverse=True)


async def test_attributes_user_can_be_left_out(api: Api, cloud: Cloud) -> None:
    cloud.attributes_user = False
    _, body = await api.get("/connections")
    assert "user" not in body["data"][0]["attributes"]
    assert body["data"][0]["relationships"]["user"]["data"]["id"] == fleet.USER_1


async def test_pages_follow_their_links(api: Api, cloud: Cloud) -> None:
    user = cloud.users[fleet.USER_1]
    for number in range(9):
        spec = replace(fleet.BEV_SPEC, vehicle_id=f"car-{number}")
        car = cloud.add_car(Car(spec))
        cloud.connect(user, car, ago=timedelta(days=30 + number))
    seen: list[str] = []
    link: str | None = "/connections?" + quote("page[size]", safe="") + "=5"
    sizes = []
    while link is not None:
        _, body = await api.get(link)
        seen += [one["id"] for one in body["data"]]
        sizes.append(len(body["data"]))
        assert body["meta"]["totalCount"] == 12
        link = body["links"]["next"]
        if link is not None:
            assert "filter%5Bvehicle.mode%5D=live" in link
            assert "[" not in link
            link = link.removeprefix(f"{api.address}/vehicle/v3")
    assert sizes == [5, 5, 2]
    assert len(set(seen)) == 12
    assert body["links"]["prev"] is not None
    assert body["links"]["last"] == body["links"]["self"]


async def test_default_page_holds_ten(api: Api, cloud: Cloud) -> None:
    for number in range(9):
        spec = replace(fleet.ICE_SPEC, vehicle_id=f"car-{number}")
        cloud.connect(cloud.users[fleet.USER_2], cloud.add_car(Car(spec)))
    _, body = await api.get("/connections")
    assert len(body["data"]) == 10
    assert body["links"]["next"].endswith("page%5Bnumber%5D=2&page%5Bsize%5D=10")


async def test_simulated_cars_must_be_asked_for(api: Api, cloud: Cloud) -> None:
    car = cloud.add_car(
        Car(replace(fleet.ICE_SPEC, vehicle_id="sim-1", mode="simulated"))
    )
    cloud.connect(cloud.users[fleet.USER_1], car)
    _, live = await api.get("/connections")
    assert live["meta"]["totalCount"] == 3
    _, simulated = await api.get("/connections?filter[vehicle.mode]=simulated")
    (one,) = simulated["data"]
    assert one["attributes"]["vehicle"]["mode"] == "simulated"


@pytest.mark.parametrize(
    ("query", "user", "count"),
    [
        (f"filter[userId]={fleet.USER_1}", None, 2),
        (f"filter[vehicleId]={fleet.ICE}", None, 1),
        ("filter[user.externalId]=household-1", None, 2),
        (f"filter[userId]={fleet.USER_1}&filter[vehicleId]={fleet.ICE}", None, 0),
        ("filter[userId]=nobody", None, 0),
        ("", fleet.USER_2, 1),
    ],
)
async def test_filters_match_exactly(
    api: Api, query: str, user: str | None, count: int
) -> None:
    _, body = await api.get(f"/connections?{query}", user=user)
    assert body["meta"]["totalCount"] == len(body["data"]) == count


@pytest.mark.parametrize(
    "query", ["page[number]=0", "page[size]=x", "filter[vehicle.mode]=fast"]
)
async def test_senseless_parameters_are_refused(api: Api, query: str) -> None:
    status, body = await api.get(f"/connections?{query}")
    assert (status, error_of(body)) == (400, ("VALIDATION", "PARAMETER"))


async def test_empty_list_is_no_error(api: Api, cloud: Cloud) -> None:
    cloud.connections.clear()
    status, body = await api.get("/connections")
    assert status == 200
    assert body["data"] == []
    assert body["links"]["next"] is body["links"]["prev"] is None


async def test_one_connection_by_its_own_id_and_its_end(
    api: Api, connection: Connection
) -> None:
    status, body = await api.get(f"/connections/{connection.id}")
    assert status == 200
    assert body["data"]["id"] == connection.id
    assert (await api.get(f"/connections/{fleet.BEV}"))[0] == 404
    path = f"/vehicle/v3/connections/{connection.id}"
    assert await api.call("DELETE", path) == (204, "")
    assert (await api.call("DELETE", path))[0] == 404
    assert (await api.get(f"/vehicles/{fleet.BEV}"))[0] == 404


async def test_deleting_a_user_ends_its_connections(api: Api) -> None:
    path = f"/vehicle/v3/users/{fleet.USER_1}"
    assert await api.call("DELETE", path) == (204, "")
    _, body = await api.get("/connections")
    assert [one["attributes"]["user"]["id"] for one in body["data"]] == [fleet.USER_2]
    assert (await api.get(path.removeprefix("/vehicle/v3")))[0] == 404


async def test_reconnecting_keeps_the_vehicle_and_changes_the_connection(
    api: Api, cloud: Cloud, bev: Car, connection: Connection
) -> None:
    after = cloud.connect(cloud.users[fleet.USER_1], bev)
    assert connection.id != after.id
    _, body = await api.get(f"/connections?filter[vehicleId]={fleet.BEV}")
    assert [one["id"] for one in body["data"]] == [after.id]


async def test_two_users_may_hold_one_car(api: Api, cloud: Cloud, bev: Car) -> None:
    cloud.connect(cloud.add_user(User("user-3", "Third")), bev)
    _, body = await api.get(f"/connections?filter[vehicleId]={fleet.BEV}")
    assert body["meta"]["totalCount"] == 2


async def test_vehicle_needs_no_user(api: Api) -> None:
    status, body = await api.get(f"/vehicles/{fleet.PHEV}")
    assert status == 200
    assert body["data"].keys() == {"id", "type", "attributes", "links"}
    assert body["data"]["attributes"]["powertrainType"] == "PHEV"


async def test_unknown_vehicle_and_paths(api: Api) -> None:
    status, body = await api.get("/vehicles/nothing")
    assert (status, error_of(body)) == (
        404,
        ("RESOURCE_NOT_FOUND", "VEHICLE_NOT_FOUND"),
    )
    paths = (
        "/vehicles",
        f"/vehicles/{fleet.BEV}/battery",
        f"/vehicles/{fleet.BEV}/vin",
        "/users",
    )
    for path in paths:
        status, body = await api.get(path, user=fleet.USER_1)
        assert (status, error_of(body)) == (
            404,
            ("RESOURCE_NOT_FOUND", "INVALID_PATH"),
        )
        assert "resolution" not in body["errors"][0]
