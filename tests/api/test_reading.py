"""Connections, cars and signals: what is asked, and what comes of it."""

from collections.abc import Iterator
from datetime import timedelta
import itertools
from typing import Any

import pytest

from custom_components.smartcar.api import (
    Connection,
    Listing,
    NotFoundError,
    SmartcarClient,
    SmartcarError,
    Vehicle,
)
from custom_components.smartcar.api.errors import InvalidResponseError
from custom_components.smartcar.api.transport import MAX_PAGES, PAGE_SIZE
from simulator import fleet
from simulator.car import Car, CarSpec
from simulator.cloud import Cloud
from simulator.day import Place
from simulator.resources import User

from .fixtures import body
from .script import Answer, Script

CAR = "4a0c51e2-car"
USER = "b81f6d09-user"


def page(
    items: list[Any], *, total: object = None, following: object = None
) -> dict[str, Any]:
    """Write one page of a list; `following` is its `next` link."""
    answer: dict[str, Any] = {"data": items, "links": {"next": following}}
    if total is not None:
        answer["meta"] = {"totalCount": total}
    return answer


def signal(code: str) -> dict[str, Any]:
    """Write a signal."""
    return {"id": code, "attributes": {"code": code, "body": {"value": 1}}}


def add_cars(cloud: Cloud, number: int, mode: str = "live") -> list[str]:
    """Connect so many more cars, the newest last; return their ids."""
    owner = cloud.add_user(User(f"{mode}-owner", "Somebody"))
    ids = [f"{mode}-car-{index:03}" for index in range(number)]
    for index, vehicle_id in enumerate(ids):
        spec = CarSpec(
            vehicle_id=vehicle_id,
            vin=f"VIN{index:014}",
            make="SKODA",
            model="Enyaq",
            year=2024,
            powertrain="BEV",
            home=Place(52.5, 13.4),
            mode=mode,
        )
        ago = timedelta(days=30, seconds=-index)
        cloud.connect(owner, cloud.add_car(Car(spec)), ["read_vin"], ago=ago)
    return ids


# Connections


async def test_connections(client: SmartcarClient, cloud: Cloud) -> None:
    """Every car of every user, with what its user granted."""
    listing = await client.connections()
    assert listing.complete
    assert [
        (connection.vehicle.name, connection.vehicle.id, connection.user_id)
        for connection in listing.items
    ] == [
        ("Volkswagen ID.4", fleet.BEV, fleet.USER_1),
        ("Nissan Qashqai", fleet.ICE, fleet.USER_2),
        ("Volvo XC60", fleet.PHEV, fleet.USER_1),
    ]
    known = cloud.connection(fleet.USER_2, fleet.ICE)
    assert known is not None
    nissan = listing.items[1]
    assert nissan.id == known.id
    assert nissan.permissions == frozenset(fleet.PERMISSIONS_ICE)
    assert nissan.vehicle.powertrain == "ICE"


async def test_connections_without_user_attributes(
    client: SmartcarClient, cloud: Cloud
) -> None:
    """The documents' sample names the user in the relationship only."""
    cloud.attributes_user = False
    listing = await client.connections()
    assert {item.user_id for item in listing.items} == {fleet.USER_1, fleet.USER_2}


async def test_live_and_simulated_cars(client: SmartcarClient, cloud: Cloud) -> None:
    """Simulated cars are listed only when asked for, so both kinds are."""
    add_cars(cloud, 1, "simulated")
    listing = await client.connections()
    assert listing.complete
    assert [item.vehicle.mode for item in listing.items] == ["live"] * 3 + ["simulated"]
    assert [
        asked.query for asked in cloud.requests if asked.operation == "connections"
    ] == [
        {
            "filter[vehicle.mode]": mode,
            "page[number]": "1",
            "page[size]": str(PAGE_SIZE),
        }
        for mode in ("live", "simulated")
    ]


async def test_no_connections(client: SmartcarClient, cloud: Cloud) -> None:
    """An application to which nobody has connected a car."""
    for connection in list(cloud.connections.values()):
        cloud.disconnect(connection)
    assert await client.connections() == Listing((), complete=True)


async def test_many_connections(client: SmartcarClient, cloud: Cloud) -> None:
    """Long lists come in pages; each car is listed once."""
    live = add_cars(cloud, 2 * PAGE_SIZE)
    simulated = add_cars(cloud, PAGE_SIZE, "simulated")
    listing = await client.connections()
    assert listing.complete
    found = [item.vehicle.id for item in listing.items]
    assert sorted(found) == sorted([*live, *simulated, *cloud_cars()])
    assert [
        (asked.query["filter[vehicle.mode]"], asked.query["page[number]"])
        for asked in cloud.requests
        if asked.operation == "connections"
    ] == [("live", "1"), ("live", "2"), ("live", "3"), ("simulated", "1")]


def cloud_cars() -> tuple[str, ...]:
    """Return the cars that are there from the start."""
    return (fleet.BEV, fleet.PHEV, fleet.ICE)


async def test_remove_connection(client: SmartcarClient, cloud: Cloud) -> None:
    """One grant ends, the others stay."""
    known = cloud.connection(fleet.USER_1, fleet.BEV)
    assert known is not None
    await client.remove_connection(known.id)
    found = {item.vehicle.id for item in (await client.connections()).items}
    assert found == {fleet.PHEV, fleet.ICE}
    with pytest.raises(NotFoundError):
        await client.remove_connection(known.id)


async def test_remove_user(client: SmartcarClient) -> None:
    """A user goes with all cars."""
    await client.remove_user(fleet.USER_1)
    found = {item.vehicle.id for item in (await client.connections()).items}
    assert found == {fleet.ICE}
    with pytest.raises(NotFoundError):
        await client.remove_user(fleet.USER_1)


# Lists that do not end, or not as told


async def connections(
    scripted: SmartcarClient, script: Script, *pages: dict[str, Any]
) -> Listing[Connection]:
    """List live connections of these pages; there are no simulated ones."""
    script.answers(map(Answer, (*pages, page([], total=0))))
    return await scripted.connections()


CONNECTIONS = body("connections")["data"]


async def test_sample_list(scripted: SmartcarClient, script: Script) -> None:
    """The list as Smartcar sends it."""
    listing = await connections(scripted, script, body("connections"))
    assert listing.complete
    assert len(listing.items) == 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(CONNECTIONS, total=5), id="fewer items than told"),
        pytest.param(
            page([*CONNECTIONS, {"id": "odd"}], total=4), id="unreadable item"
        ),
        pytest.param(page([*CONNECTIONS, None], total=4), id="null for an item"),
        pytest.param(page([*CONNECTIONS, None]), id="unreadable, without a total"),
    ],
)
async def test_incomplete_list(
    scripted: SmartcarClient, script: Script, answer: dict[str, Any]
) -> None:
    """What is missing from an incomplete list may exist all the same."""
    listing = await connections(scripted, script, answer)
    assert not listing.complete
    assert len(listing.items) == 3
    # Without a next page, none is asked for.
    assert len(script.asked) == 2


async def test_incomplete_simulated_list(
    scripted: SmartcarClient, script: Script
) -> None:
    """Both lists have to be complete."""
    script.answers([Answer(page(CONNECTIONS, total=3)), Answer(page([], total=1))])
    listing = await scripted.connections()
    assert not listing.complete
    assert len(listing.items) == 3


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param(
            [
                page(CONNECTIONS[:2], total=3, following="https://example.org/2"),
                page(CONNECTIONS[2:], total=3),
            ],
            id="total and links",
        ),
        pytest.param(
            [
                {"data": CONNECTIONS[:2], "meta": {"totalCount": 3}},
                {"data": CONNECTIONS[2:], "meta": {"totalCount": 3}},
            ],
            id="total only",
        ),
        pytest.param(
            [
                page(CONNECTIONS[:2], following="https://example.org/2"),
                page(CONNECTIONS[2:]),
            ],
            id="links only",
        ),
        pytest.param(
            [
                page(CONNECTIONS[:2], total="many", following="https://example.org/2"),
                page(CONNECTIONS[2:], total=None),
            ],
            id="an odd total",
        ),
    ],
)
async def test_pages(
    scripted: SmartcarClient, script: Script, pages: list[dict[str, Any]]
) -> None:
    """Either the total or the links tell that there is more."""
    listing = await connections(scripted, script, *pages)
    assert listing.complete
    assert [item.id for item in listing.items] == [item["id"] for item in CONNECTIONS]
    assert len(script.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"data": CONNECTIONS}, id="neither total nor links"),
        pytest.param({"data": CONNECTIONS, "meta": [], "links": "none"}, id="odd ones"),
        pytest.param(
            page(CONNECTIONS, total=3, following="https://example.org/2"),
            id="a link too many",
        ),
    ],
)
async def test_single_page(
    scripted: SmartcarClient, script: Script, answer: dict[str, Any]
) -> None:
    """No page is asked for that is not needed."""
    listing = await connections(scripted, script, answer)
    assert listing.complete
    assert len(listing.items) == 3
    assert len(script.asked) == 2


@pytest.mark.parametrize("total", [None, 10**9])
async def test_endless_list(
    scripted: SmartcarClient, script: Script, total: int | None
) -> None:
    """A list that always has one more page ends, and is not complete."""

    def answers() -> Iterator[Answer]:
        more = page(CONNECTIONS, total=total, following="https://example.org/2")
        yield from itertools.repeat(Answer(more), MAX_PAGES)
        yield Answer(page([], total=0))

    script.answers(answers())
    listing = await scripted.connections()
    assert not listing.complete
    assert len(script.asked) == MAX_PAGES + 1


async def test_list_that_shrinks(scripted: SmartcarClient, script: Script) -> None:
    """An empty page ends a list, whatever its links say."""
    listing = await connections(
        scripted,
        script,
        page(CONNECTIONS, total=4, following="https://example.org/2"),
        page([], total=4, following="https://example.org/3"),
    )
    assert not listing.complete
    assert len(script.asked) == 3


async def test_links_are_not_followed(
    scripted: SmartcarClient, script: Script, elsewhere: Script
) -> None:
    """A next page is asked of our host; the token goes to no host of an answer."""
    link = f"{elsewhere.address}/v3/connections?page[number]=2"
    await connections(
        scripted,
        script,
        page(CONNECTIONS[:2], total=3, following=link),
        page(CONNECTIONS[2:], total=3),
    )
    assert elsewhere.asked == []
    assert "page%5Bnumber%5D=2&" in script.asked[1].target


async def test_failed_page(scripted: SmartcarClient, script: Script) -> None:
    """Half a list is no list."""
    first = page(CONNECTIONS[:2], total=3, following="https://example.org/2")
    script.answers([Answer(first), Answer(status=500)])
    with pytest.raises(SmartcarError):
        await scripted.connections()


# Cars


async def test_vehicle(client: SmartcarClient) -> None:
    """A car's make, model, year and powertrain."""
    assert await client.vehicle(fleet.PHEV) == Vehicle(
        id=fleet.PHEV,
        make="Volvo",
        model="XC60",
        year=2022,
        powertrain="PHEV",
        mode="live",
    )


async def test_unknown_vehicle(client: SmartcarClient) -> None:
    """A car that nobody has connected."""
    with pytest.raises(NotFoundError) as caught:
        await client.vehicle("nobody's")
    assert caught.value.key == "resource_not_found_vehicle_not_found"


async def test_wrapped_and_bare(scripted: SmartcarClient, script: Script) -> None:
    """Older pages of the documents show single resources without `data`."""
    wrapped = body("vehicle")
    script.answers([Answer(wrapped), Answer(wrapped["data"])])
    assert await scripted.vehicle("one") == await scripted.vehicle("one")


# Signals


async def test_signals(client: SmartcarClient, cloud: Cloud) -> None:
    """All that the store holds, with one call."""
    listing = await client.signals(fleet.BEV, fleet.USER_1)
    assert listing.complete
    found = {item.code: item for item in listing.items}
    assert len(found) == len(listing.items) > 50
    assert found["tractionbattery-stateofcharge"].body == {
        "value": 62,
        "unit": "percent",
    }
    assert found["closure-islocked"].body == {"value": True}
    assert found["closure-tailgate"].error is not None
    assert cloud.count("signals") == 1
    assert cloud.requests[-1].query == {}


@pytest.mark.parametrize("empty", ["list", "not_found"])
async def test_empty_store(client: SmartcarClient, cloud: Cloud, empty: Any) -> None:
    """A car whose store was never filled is no failure, in either form."""
    cloud.fill_store = "never"
    cloud.empty_store = empty
    assert await client.signals(fleet.BEV, fleet.USER_1) == Listing((), complete=True)
    assert cloud.count("signals") == 1


async def test_empty_sample(scripted: SmartcarClient, script: Script) -> None:
    """The empty list as Smartcar sends it."""
    script.answers([Answer(body("signals_empty"))])
    assert await scripted.signals(CAR, USER) == Listing((), complete=True)


async def test_signals_of_an_unknown_car(client: SmartcarClient) -> None:
    """A car that is no longer connected is not a car without data."""
    with pytest.raises(NotFoundError) as caught:
        await client.signals("nobody's", fleet.USER_1)
    assert caught.value.code == "VEHICLE_NOT_FOUND"


@pytest.mark.parametrize(
    ("fixture", "number"),
    [("signals_bev", 93), ("signals_ice", 16), ("signals_phev_reauth_needed", 4)],
)
async def test_sample_signals(
    scripted: SmartcarClient, script: Script, fixture: str, number: int
) -> None:
    """Stores as Smartcar sends them."""
    script.answers([Answer(body(fixture))])
    listing = await scripted.signals(CAR, USER)
    assert listing.complete
    assert len(listing.items) == number


async def test_signal_pages(scripted: SmartcarClient, script: Script) -> None:
    """One page is the rule; should there be a next one, it is asked for."""
    codes = ["charge-wattage", "charge-voltage", "charge-amperage"]
    script.answers(
        Answer(page([signal(code)], total=3, following=link))
        for code, link in zip(codes, ["https://x/2", "https://x/3", None], strict=True)
    )
    listing = await scripted.signals(CAR, USER)
    assert listing.complete
    assert [item.code for item in listing.items] == codes
    path = f"/v3/vehicles/{CAR}/signals"
    assert [asked.target for asked in script.asked] == [
        path,
        f"{path}?page%5Bnumber%5D=2",
        f"{path}?page%5Bnumber%5D=3",
    ]
    for asked in script.asked:
        assert asked.headers["authorization"] == "Bearer token-1"
        assert asked.headers["sc-user-id"] == USER
        assert asked.headers["sc-unit-system"] == "metric"


async def test_unreadable_signal(scripted: SmartcarClient, script: Script) -> None:
    """One signal nobody can read does not hide the others."""
    items = [signal("charge-wattage"), {"attributes": {"body": {}}}, "x"]
    script.answers([Answer(page(items, total=3))])
    listing = await scripted.signals(CAR, USER)
    assert not listing.complete
    assert [item.code for item in listing.items] == ["charge-wattage"]


async def test_signals_that_are_no_list(
    scripted: SmartcarClient, script: Script
) -> None:
    """A car must not lose its signals because a proxy answered."""
    script.answers([Answer({"data": {"signals": []}})])
    with pytest.raises(InvalidResponseError):
        await scripted.signals(CAR, USER)
