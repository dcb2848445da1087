"""The demo's household in a real Home Assistant, in this process."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
import os
from pathlib import Path
import shutil
import tempfile
from typing import NamedTuple

import aiohttp
from homeassistant.bootstrap import async_setup_hass
from homeassistant.core import HomeAssistant
from homeassistant.runner import RuntimeConfig

from demo import integration
from demo.client import DemoError, HomeAssistantClient
from demo.folder import HOST, ConfigFolder
from demo.simulator_client import SimulatorClient
from demo.waiting import until
from simulator import fleet
from simulator.clock import Clock
from simulator.cloud import Cloud
from simulator.sender import Sender
from simulator.server import running


class Household(NamedTuple):
    """Home Assistant and Smartcar, and clients that talk to them."""

    hass: HomeAssistant
    cloud: Cloud
    client: HomeAssistantClient
    simulator: SimulatorClient


def _as_it_is(cloud: Cloud) -> None:
    """Leave the cars as they are."""


@asynccontextmanager
async def household(
    port: int, prepare: Callable[[Cloud], None] = _as_it_is
) -> AsyncGenerator[Household]:
    """Start everything, and stop and remove it afterwards.

    `port`: of Home Assistant; `prepare`: what is done to the parked cars before.
    """
    folder = Path(tempfile.mkdtemp(prefix="smartcar-household-"))
    configuration = ConfigFolder(folder)
    configuration.prepare(port)
    cloud = fleet.demo(Clock(1), living=False)
    prepare(cloud)
    sender = Sender(cloud)
    async with AsyncExitStack() as stack:
        # Home Assistant watches the loop for blocking calls.
        remove = partial(shutil.rmtree, folder, ignore_errors=True)
        stack.push_async_callback(asyncio.to_thread, remove)
        smartcar = await stack.enter_async_context(running(cloud, sender=sender))
        await stack.enter_async_context(sender.at_work())
        os.environ["SMARTCAR_ENDPOINT"] = smartcar
        hass = await async_setup_hass(RuntimeConfig(str(folder), skip_pip=True))
        if hass is None:
            msg = "Home Assistant does not start."
            raise DemoError(msg)
        stack.push_async_callback(hass.async_stop, force=True)
        await hass.async_start()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = HomeAssistantClient(session, f"http://{HOST}:{port}")
        simulator = SimulatorClient(session, smartcar)
        await until("it answers", lambda: client.answers("/api/onboarding"))
        await client.onboard()
        await integration.set_up(client, simulator)
        yield Household(hass, cloud, client, simulator)
