"""A demo cloud that stands still, and a client that talks to it."""

from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import fleet
from simulator.clock import ManualClock
from simulator.sender import Sender
from simulator.server import running

from .client import Api
from .push import Push
from .receiver import receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.car import Car
    from simulator.cloud import Cloud
    from simulator.resources import Connection


@pytest.fixture
def clock() -> ManualClock:
    """Stand at a fixed moment."""
    return ManualClock()


@pytest.fixture
def cloud(clock: ManualClock) -> Cloud:
    """Make the demo household with parked cars."""
    return fleet.demo(clock, living=False)


@pytest.fixture
def bev(cloud: Cloud) -> Car:
    """Return the ID.4."""
    return cloud.cars[fleet.BEV]


@pytest.fixture
def connection(cloud: Cloud) -> Connection:
    """Return the ID.4's connection."""
    found = cloud.connection(fleet.USER_1, fleet.BEV)
    assert found is not None
    return found


@pytest.fixture
async def anonymous(
    cloud: Cloud,
    socket_enabled: None,
) -> AsyncIterator[Api]:
    """Return a client without a token."""
    async with running(cloud) as address, aiohttp.ClientSession() as session:
        yield Api(session, address)


@pytest.fixture
async def api(anonymous: Api) -> Api:
    """Return a client with a token."""
    await anonymous.sign_in()
    return anonymous


@pytest.fixture
async def fresh(
    cloud: Cloud, clock: ManualClock, socket_enabled: None
) -> AsyncIterator[Push]:
    """Return a sender whose webhook ends at a receiver."""
    async with receiving() as receiver, Sender(cloud) as sender:
        cloud.webhooks[fleet.WEBHOOK].callback_uri = receiver.uri
        cloud.webhooks[fleet.WEBHOOK].error_callback_uri = f"{receiver.uri}/errors"
        yield Push(cloud, clock, sender, receiver)


@pytest.fixture
async def push(fresh: Push) -> Push:
    """Return the same after the first delivery of a subscription to the ID.4."""
    fresh.subscribe()
    (first,) = await fresh.due()
    assert first.accepted
    return fresh
