"""Webhooks, subscriptions and the compatibility list."""

from typing import TYPE_CHECKING

import pytest

from simulator import fleet
from simulator.cloud import Cloud, Event, Subscribed, Unsubscribed

from .client import Api, error_of

if TYPE_CHECKING:
    from simulator.clock import ManualClock
    from simulator.resources import Connection

WEBHOOKS = "/management/v3/webhooks"
SUBSCRIPTIONS = "/management/v3/subscriptions"


def wanted(webhook: str = fleet.WEBHOOK, vehicle: str = fleet.BEV) -> dict[str, object]:
    """Make the body that asks for a subscription."""
    ids = {"webhookId": webhook, "userId": fleet.USER_1, "vehicleId": vehicle}
    return {"data": {"attributes": ids}}


async def test_webhook_shape(api: Api) -> None:
    status, body = await api.call("GET", f"{WEBHOOKS}/{fleet.WEBHOOK}")
    assert status == 200
    data = body["data"]
    assert data.keys() == {"id", "type", "attributes", "links", "meta"}
    assert data["attributes"].keys() == {
        *("name", "callbackUri", "isEnabled", "triggers", "data"),
        *("errorCallbackUri", "autoSubscribe"),
    }
    assert data["attributes"]["triggers"][0] == {
        "group": "TractionBattery",
        "name": "StateOfCharge",
        "code": "tractionbattery-stateofcharge",
    }
    assert data["meta"].keys() == {"createdAt"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Home", "Old test hook"]),
        ("?filter[isEnabled]=true", ["Home"]),
        ("?filter[isEnabled]=false", ["Old test hook"]),
        ("?filter[name]=TEST", ["Old test hook"]),
        ("?filter[callbackUri]=HOME.example", ["Home"]),
        ("?filter[autoSubscribe]=true", []),
        ("?page[size]=1&page[number]=2", ["Old test hook"]),
    ],
)
async def test_webhook_list(api: Api, query: str, names: list[str]) -> None:
    status, body = await api.call("GET", WEBHOOKS + query)
    assert status == 200
    assert [one["attributes"]["name"] for one in body["data"]] == names
    assert body["meta"].keys() == {"pageNumber", "pageSize", "totalCount"}
    assert body["links"].keys() == {"self", "first", "last", "next", "prev"}


async def test_webhooks_are_read_only_and_pages_bounded(api: Api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        path = f"{WEBHOOKS}/{fleet.WEBHOOK}"
        status, body = await api.call(method, path)
        assert (status, error_of(body)[1]) == (404, "INVALID_PATH")
    assert (await api.call("GET", f"{WEBHOOKS}?page[size]=100"))[0] == 200
    assert (await api.call("GET", f"{WEBHOOKS}?page[size]=101"))[0] == 400
    assert (await api.call("GET", f"{WEBHOOKS}?filter[isEnabled]=yes"))[0] == 400
    assert (await api.call("GET", f"{WEBHOOKS}/none"))[0] == 404


async def test_subscription_appears_later_and_once(
    api: Api, clock: ManualClock
) -> None:
    status, body = await api.call("POST", SUBSCRIPTIONS, json=wanted())
    assert status == 202
    assert body == {"meta": {"message": "subscription creation in progress"}}
    assert (await api.call("POST", SUBSCRIPTIONS, json=wanted()))[0] == 409
    _, body = await api.call("GET", SUBSCRIPTIONS)
    assert body["data"] == []
    clock.advance(3)
    _, body = await api.call("GET", SUBSCRIPTIONS)
    (one,) = body["data"]
    assert body["meta"] == {"pageNumber": 1, "pageSize": 25, "totalCount": 1}
    assert one.keys() == {
        *("type", "id", "attributes", "meta", "relationships", "links")
    }
    assert one["attributes"]["vehicle"]["make"] == "VOLKSWAGEN"
    relationships = one["relationships"]
    assert {name: part["data"]["id"] for name, part in relationships.items()} == {
        "webhook": fleet.WEBHOOK,
        "user": fleet.USER_1,
        "vehicle": fleet.BEV,
    }
    path = f"{SUBSCRIPTIONS}/{one['id']}"
    assert (await api.call("GET", path)) == (200, {"data": one})
    assert (await api.call("POST", SUBSCRIPTIONS, json=wanted()))[0] == 409
    assert await api.call("DELETE", path) == (204, "")
    assert (await api.call("GET", path))[0] == 404


async def test_subscription_filters(api: Api, clock: ManualClock) -> None:
    for vehicle in (fleet.BEV, fleet.PHEV):
        await api.call("POST", SUBSCRIPTIONS, json=wanted(vehicle=vehicle))
    clock.advance(3)
    counts = {
        f"filter[vehicleId]={fleet.PHEV}": 1,
        f"filter[userId]={fleet.USER_1}": 2,
        f"filter[webhookId]={fleet.DISABLED_WEBHOOK}": 0,
        "filter[vehicle.mode]=live": 2,
        "filter[vehicle.mode]=simulated": 0,
    }
    for query, count in counts.items():
        _, body = await api.call("GET", f"{SUBSCRIPTIONS}?{query}")
        assert body["meta"]["totalCount"] == count, query


async def test_subscriptions_want_known_things(api: Api) -> None:
    for body, status in (
        ({"data": {"attributes": {"webhookId": fleet.WEBHOOK}}}, 400),
        ({}, 400),
        (wanted(webhook="none"), 404),
        (wanted(vehicle=fleet.ICE), 404),
    ):
        assert (await api.call("POST", SUBSCRIPTIONS, json=body))[0] == status


async def test_events_for_a_sender(
    api: Api, cloud: Cloud, connection: Connection
) -> None:
    events: list[Event] = []
    stop = cloud.listen(events.append)
    await api.call("POST", SUBSCRIPTIONS, json=wanted())
    cloud.disconnect(connection)
    assert [type(event) for event in events] == [Subscribed, Unsubscribed]
    stop()
    cloud.refresh()
    assert len(events) == 2


async def test_auto_subscribe_takes_later_connections(cloud: Cloud) -> None:
    cloud.webhooks[fleet.WEBHOOK].auto_subscribe = True
    assert not cloud.subscriptions
    user = cloud.users[fleet.USER_2]
    cloud.connect(user, cloud.cars[fleet.PHEV])
    (one,) = cloud.subscriptions.values()
    assert one.key == (fleet.WEBHOOK, fleet.USER_2, fleet.PHEV)


async def test_compatible_vehicles(anonymous: Api) -> None:
    path = "/compatibility/v3/compatible-vehicles"
    status, body = await anonymous.call("GET", path)
    assert (status, body["meta"]) == (200, {"totalCount": 3})
    row = body["data"][0]
    assert row.keys() == {"id", "attributes"}
    assert row["attributes"].keys() == {
        *("make", "model", "years", "powertrainType", "region", "capabilities")
    }
    for query, count in (
        ("filter[make]=volvo", 1),
        ("filter[region]=US", 0),
        ("filter[powertrainType]=BEV", 1),
    ):
        _, body = await anonymous.call("GET", f"{path}?{query}")
        assert body["meta"]["totalCount"] == count
    assert (await anonymous.call("GET", f"{path}?filter[region]=MARS"))[0] == 400
