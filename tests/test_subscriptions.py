"""Finding our webhook and attaching cars to it, against the simulated cloud."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
import logging
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import aiohttp
from hypothesis import given, strategies as st
import pytest

from custom_components.smartcar.api import (
    Connection,
    Listing,
    SmartcarClient,
    Subscription,
    Webhook,
)
from custom_components.smartcar.push import subscriptions
from custom_components.smartcar.push.subscriptions import (
    POLLS,
    PushReport,
    async_inspect,
    async_subscribe,
    async_unsubscribe,
    find,
)
from simulator import fleet, resources
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import IS_LOCKED, SOC

HOOK_ID = "d3b8c6a1-0f7e-4a52-9c41-7e90b1d2f6a8"
URL = "https://car.example.org/api/webhook/0f7e4a52"
MOVED = "https://old.example.org:8123/api/webhook/0f7e4a52"
ALL_CARS = {fleet.BEV, fleet.PHEV, fleet.ICE}

type Cars = dict[str, Connection]


@pytest.fixture
async def client(cloud: Cloud) -> AsyncGenerator[SmartcarClient]:
    """Return a client of the simulated cloud."""
    async with aiohttp.ClientSession() as session:
        yield SmartcarClient(session, fleet.CLIENT_ID, fleet.CLIENT_SECRET)


@pytest.fixture
async def cars(client: SmartcarClient) -> Cars:
    """Return the connection of each car."""
    return {item.vehicle.id: item for item in (await client.connections()).items}


@pytest.fixture
def ours(cloud: Cloud) -> resources.Webhook:
    """Return our webhook, made in the dashboard just now."""
    return cloud.add_webhook(
        resources.Webhook(
            id=HOOK_ID,
            name="Of the test",
            callback_uri=URL,
            created_at=cloud.clock.now(),
            triggers=(IS_LOCKED,),
            data=(SOC, IS_LOCKED),
        )
    )


@pytest.fixture
def sleeps(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waiting move the cloud's clock only; return how long was waited."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(seconds)

    # Not for all of asyncio: the simulated cloud sleeps, too.
    stand_in = SimpleNamespace(gather=asyncio.gather, sleep=sleep)
    monkeypatch.setattr(subscriptions, "asyncio", stand_in)
    return waited


@dataclass
class Bench:
    """A cloud with our webhook, a client of it, and how long that waited in seconds."""

    cloud: Cloud
    client: SmartcarClient
    ours: resources.Webhook
    cars: Cars
    sleeps: list[float]

    async def inspect(self, url: str = URL) -> PushReport:
        """Look for our webhook."""
        return await async_inspect(self.client, url)

    async def subscribe(
        self, report: PushReport, cars: Cars | None = None
    ) -> PushReport:
        """Attach cars to it; all of them where none are named."""
        return await async_subscribe(self.client, report, cars or self.cars)


@pytest.fixture
def bench(
    cloud: Cloud,
    client: SmartcarClient,
    ours: resources.Webhook,
    cars: Cars,
    sleeps: list[float],
) -> Bench:
    """Return all that attaching takes."""
    return Bench(cloud, client, ours, cars, sleeps)


def attach(cloud: Cloud, webhook: resources.Webhook, *cars: str) -> None:
    """Subscribe cars as the dashboard would, some seconds ago."""
    for car in cars:
        cloud.subscribe(webhook, cloud.users[cloud.owners[car]], cloud.cars[car])
    cloud.clock.advance(cloud.subscription_delay)


def attached(cloud: Cloud, webhook: resources.Webhook) -> set[tuple[str, str]]:
    """Return user and vehicle id of all that is subscribed to a webhook."""
    return {
        (item.user.id, item.car.vehicle_id)
        for item in cloud.subscriptions.values()
        if item.webhook is webhook
    }


def server_error(operation: str, **changes: Any) -> Fault:
    """Return a fault at Smartcar."""
    return Fault(operation, type="SERVER", code="INTERNAL", **changes)


# Finding


def hook(uri: str, id_: str = HOOK_ID, **changes: Any) -> Webhook:
    """Return a webhook as the client reads it."""
    settings: dict[str, Any] = {
        "id": id_,
        "name": "Home",
        "callback_uri": uri,
        "is_enabled": True,
        "auto_subscribe": False,
        "triggers": (IS_LOCKED,),
        "data": (SOC,),
    }
    return Webhook(**settings | changes)


OTHER = hook("https://car.example.org/api/webhook/another", "other")


@pytest.mark.parametrize(
    "uri",
    [
        URL,
        "https://CAR.Example.ORG/api/webhook/0f7e4a52",
        "https://car.example.org:443/api/webhook/0f7e4a52",
        "HTTPS://car.example.org/api/webhook/0f7e4a52",
    ],
)
def test_our_webhook_is_found(uri: str) -> None:
    """However the same address is written."""
    mine = hook(uri)
    assert find([OTHER, mine, hook(MOVED, "old")], URL) == PushReport(webhook=mine)


@pytest.mark.parametrize(
    "uri",
    [
        MOVED,
        "http://car.example.org/api/webhook/0f7e4a52",
        "https://car.example.org:8443/api/webhook/0f7e4a52",
    ],
)
def test_a_webhook_that_calls_where_we_were(uri: str) -> None:
    """Our webhook id at another address; it is not ours until it calls us."""
    old = hook(uri)
    assert find([OTHER, old], URL) == PushReport(moved=old)


@pytest.mark.parametrize(
    "uri",
    [
        OTHER.callback_uri,
        f"{URL}0",
        f"{URL}/",
        "https://car.example.org/",
        "https://car.example.org",
        "https://[car.example.org/api/webhook/0f7e4a52",
        "https://car.example.org:port/api/webhook/0f7e4a52",
        "\ud800",
        "",
    ],
)
def test_what_is_not_ours(uri: str) -> None:
    """Neither another webhook nor what is no address at all."""
    assert find([hook(uri)], URL) == PushReport()
    assert find([hook(uri), hook(URL)], URL).webhook == hook(URL)


@given(st.lists(st.text() | st.builds("https://{}/{}".format, st.text(), st.text())))
def test_no_address_breaks_the_search(uris: list[str]) -> None:
    """The dashboard takes what a person types."""
    webhooks = [hook(uri, str(number)) for number, uri in enumerate(uris)]
    assert find([*webhooks, hook(URL)], URL).webhook == hook(URL)


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_the_enabled_one(turned: bool) -> None:
    """Then the one with the most signals; the order in the list is chance."""
    idle = hook(URL, "idle", is_enabled=False, data=(SOC, IS_LOCKED, "odometer"))
    poor, rich = hook(URL, "poor"), hook(URL, "rich", data=(SOC, IS_LOCKED))
    webhooks = [idle, poor, rich]
    if turned:
        webhooks.reverse()
    assert find(webhooks, URL) == PushReport(webhook=rich)
    webhooks.remove(rich)
    assert find(webhooks, URL) == PushReport(webhook=poor)
    webhooks.remove(poor)
    assert find(webhooks, URL) == PushReport(webhook=idle)


def test_a_report_shows_no_secret() -> None:
    """Whoever knows the address can call it."""
    report = PushReport(hook(URL), hook(MOVED), frozenset({fleet.BEV}))
    for secret in ("0f7e4a52", HOOK_ID, fleet.BEV):
        assert secret not in repr(report)
    assert report.codes == {SOC}
    assert PushReport().codes == frozenset()


# Looking


async def test_inspect(
    cloud: Cloud, client: SmartcarClient, ours: resources.Webhook
) -> None:
    """Our webhook as the dashboard made it, and the cars it carries by now."""
    attach(cloud, ours, fleet.BEV, fleet.ICE)
    attach(cloud, cloud.webhooks[fleet.WEBHOOK], fleet.PHEV)
    cloud.subscribe(ours, cloud.users[fleet.USER_1], cloud.cars[fleet.PHEV])
    report = await async_inspect(client, URL)
    assert report.webhook is not None
    assert report.webhook.id == HOOK_ID
    assert report.codes == {SOC, IS_LOCKED}
    assert report.subscribed == {fleet.BEV, fleet.ICE}
    assert (report.moved, report.failure) == (None, None)


@pytest.mark.parametrize("is_moved", [False, True])
async def test_inspect_without_our_webhook(
    cloud: Cloud, client: SmartcarClient, ours: resources.Webhook, is_moved: bool
) -> None:
    """There is nothing to ask about cars then, and nothing has failed."""
    ours.callback_uri = MOVED if is_moved else "https://car.example.org/elsewhere"
    attach(cloud, ours, fleet.BEV)
    report = await async_inspect(client, URL)
    assert (report.webhook, report.subscribed, report.failure) == (
        None,
        frozenset(),
        None,
    )
    assert (report.moved is not None) is is_moved
    assert cloud.count("subscriptions") == 0


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (server_error("webhooks"), "server"),
        (server_error("subscriptions"), "server"),
        (
            Fault("webhooks", type="AUTHENTICATION", code="ACCESS_DENIED"),
            "authentication_access_denied",
        ),
        (Fault("webhooks", "html"), "upstream"),
        (Fault("subscriptions", "list"), "invalid_response"),
        (Fault("webhooks", "cut_before_headers", times=None), "outcome_unknown"),
    ],
)
async def test_inspect_that_fails(
    cloud: Cloud,
    client: SmartcarClient,
    ours: resources.Webhook,
    fault: Fault,
    failure: str,
) -> None:
    """Nothing is told but the name of the failure; the next look is whole."""
    attach(cloud, ours, fleet.BEV)
    cloud.faults.add(fault)
    report = await async_inspect(client, URL)
    assert report == PushReport(error=report.error)
    assert report.failure == failure
    cloud.faults.clear()
    assert (await async_inspect(client, URL)).subscribed == {fleet.BEV}


async def test_only_our_webhooks_cars_count() -> None:
    """Should the answer hold more than was asked for, or say less than it should."""
    items = (
        Subscription("1", HOOK_ID, "user", "car-1"),
        Subscription("2", "another", "user", "car-2"),
        Subscription("3", None, "user", "car-3"),
        Subscription("4", HOOK_ID, "user", None),
    )
    client: Any = SimpleNamespace(
        webhooks=AsyncMock(return_value=Listing((hook(URL),), complete=True)),
        subscriptions=AsyncMock(return_value=Listing(items, complete=True)),
        unsubscribe=AsyncMock(),
    )
    assert (await async_inspect(client, URL)).subscribed == {"car-1"}
    client.subscriptions.assert_awaited_once_with(HOOK_ID)
    await async_unsubscribe(client, URL, ["car-1", "car-2", "car-3"])
    client.unsubscribe.assert_awaited_once_with("1")


# Attaching


async def test_subscribe(bench: Bench) -> None:
    """Each car by its own user; they appear some seconds later."""
    bench.cloud.subscription_delay = 3
    report = await bench.subscribe(await bench.inspect())
    assert report.subscribed == ALL_CARS
    assert report.failure is None
    assert attached(bench.cloud, bench.ours) == {
        (fleet.USER_1, fleet.BEV),
        (fleet.USER_1, fleet.PHEV),
        (fleet.USER_2, fleet.ICE),
    }
    assert bench.cloud.count("subscription.create") == 3
    assert bench.sleeps == [2, 2]


async def test_only_what_is_missing_is_subscribed(bench: Bench) -> None:
    """What is there already stays as it is."""
    attach(bench.cloud, bench.ours, fleet.BEV, fleet.ICE)
    bench.cloud.subscription_delay = 0
    report = await bench.subscribe(await bench.inspect())
    assert report.subscribed == ALL_CARS
    assert bench.cloud.count("subscription.create") == 1
    assert bench.sleeps == [2]


@pytest.mark.parametrize("has_webhook", [False, True])
async def test_nothing_to_subscribe(bench: Bench, has_webhook: bool) -> None:
    """Without a webhook, or with every car attached, nothing is asked."""
    attach(bench.cloud, bench.ours, *ALL_CARS)
    url = URL if has_webhook else "https://car.example.org/api/webhook/none"
    report = await bench.inspect(url)
    asked = len(bench.cloud.requests)
    assert await bench.subscribe(report) is report
    assert (len(bench.cloud.requests), bench.sleeps) == (asked, [])


async def test_the_list_is_not_asked_for_ever(bench: Bench) -> None:
    """What does not appear is not subscribed; that is no failure."""
    bench.cloud.subscription_delay = 3600
    report = await bench.inspect()
    asked = bench.cloud.count("subscriptions")
    report = await bench.subscribe(report)
    assert (report.subscribed, report.failure) == (frozenset(), None)
    assert report.webhook is not None
    assert bench.cloud.count("subscriptions") - asked == POLLS == 4
    assert sum(bench.sleeps) == 8


async def test_a_car_that_is_subscribed_but_not_listed_yet(bench: Bench) -> None:
    """409 is as good as done."""
    bench.cloud.subscribe(
        bench.ours, bench.cloud.users[fleet.USER_1], bench.cloud.cars[fleet.BEV]
    )
    cars = {fleet.BEV: bench.cars[fleet.BEV]}
    report = await bench.subscribe(await bench.inspect(), cars)
    (answer,) = [
        r for r in bench.cloud.requests if r.operation == "subscription.create"
    ]
    assert answer.status == 409
    assert (report.subscribed, report.failure) == ({fleet.BEV}, None)


async def test_a_car_that_has_gone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """404 for one car is no failure of the others, and names nobody in the log."""
    caplog.set_level(logging.DEBUG, subscriptions.__name__)
    report = await bench.inspect()
    gone = bench.cloud.connection(fleet.USER_2, fleet.ICE)
    assert gone is not None
    bench.cloud.disconnect(gone)
    report = await bench.subscribe(report)
    assert (report.subscribed, report.failure) == (ALL_CARS - {fleet.ICE}, None)
    assert len(bench.sleeps) == POLLS
    lines = [r.message for r in caplog.records if r.name == subscriptions.__name__]
    assert lines == ["A car that is gone could not be subscribed"]


@pytest.mark.parametrize(("times", "attached_cars"), [(None, 1), (1, 2)])
async def test_a_refused_car_keeps_no_other_waiting(
    bench: Bench, times: int | None, attached_cars: int
) -> None:
    """All but what is refused are attached; that, and what was known, is told."""
    attach(bench.cloud, bench.ours, fleet.BEV)
    report = await bench.inspect()
    bench.cloud.faults.add(
        Fault("subscription.create", type="BILLING", code="VEHICLE_LIMIT", times=times)
    )
    after = await bench.subscribe(report)
    assert (after.webhook, after.failure) == (report.webhook, "billing_vehicle_limit")
    assert len(after.subscribed) == attached_cars
    assert fleet.BEV in after.subscribed
    assert len(bench.sleeps) <= (POLLS if times else 0)


async def test_a_list_that_fails_meanwhile(bench: Bench) -> None:
    """The cars have been asked for all the same."""
    report = await bench.inspect()
    bench.cloud.faults.add(server_error("subscriptions"))
    after = await bench.subscribe(report)
    assert (after.webhook, after.failure) == (report.webhook, "server")
    assert {car for _, car in attached(bench.cloud, bench.ours)} == ALL_CARS
    assert bench.sleeps == [2]


# Detaching


@pytest.mark.parametrize("address", [URL, MOVED])
async def test_unsubscribe(
    cloud: Cloud, client: SmartcarClient, ours: resources.Webhook, address: str
) -> None:
    """Only our cars, only from our webhook, also where it has not moved with us."""
    ours.callback_uri = address
    other = cloud.webhooks[fleet.WEBHOOK]
    attach(cloud, ours, *ALL_CARS)
    attach(cloud, other, *ALL_CARS)
    await async_unsubscribe(client, URL, [fleet.BEV, fleet.ICE, "not subscribed"])
    assert attached(cloud, ours) == {(fleet.USER_1, fleet.PHEV)}
    assert {car for _, car in attached(cloud, other)} == ALL_CARS
    assert cloud.count("subscription.delete") == 2


async def test_unsubscribe_without_our_webhook(
    cloud: Cloud, client: SmartcarClient
) -> None:
    """Other people's webhooks are left alone."""
    other = cloud.webhooks[fleet.WEBHOOK]
    attach(cloud, other, *ALL_CARS)
    await async_unsubscribe(client, URL, ALL_CARS)
    assert {car for _, car in attached(cloud, other)} == ALL_CARS
    assert cloud.count("subscriptions") == 0


@pytest.mark.parametrize("operation", ["webhooks", "subscriptions", "subscription"])
async def test_unsubscribe_that_fails(
    cloud: Cloud,
    client: SmartcarClient,
    ours: resources.Webhook,
    caplog: pytest.LogCaptureFixture,
    operation: str,
) -> None:
    """It is said in a line that gives nothing away, and no more is tried."""
    caplog.set_level(logging.DEBUG, subscriptions.__name__)
    attach(cloud, ours, *ALL_CARS)
    cloud.faults.add(server_error(operation, times=None))
    await async_unsubscribe(client, URL, ALL_CARS)
    assert {car for _, car in attached(cloud, ours)} == ALL_CARS
    lines = [r.message for r in caplog.records if r.name == subscriptions.__name__]
    assert lines == [
        "Cars could not be detached from the webhook: SERVER/INTERNAL (500)"
    ]


async def test_a_car_that_is_detached_already(
    cloud: Cloud, client: SmartcarClient, ours: resources.Webhook
) -> None:
    """The others are detached all the same."""
    attach(cloud, ours, *ALL_CARS)
    cloud.faults.add(
        Fault("subscription.delete", type="RESOURCE_NOT_FOUND", code="PATH")
    )
    await async_unsubscribe(client, URL, ALL_CARS)
    assert cloud.count("subscription.delete") == 3
    assert len(attached(cloud, ours)) == 1
