"""A demo cloud that stands still, and a client that talks to it."""

from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import fleet
from simulator.clock import ManualClock
from simulator.server import running

from .client import Api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.car import Car
    from simulator.cloud import Cloud


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
