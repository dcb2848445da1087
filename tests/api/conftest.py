"""What the client's tests start from: a session, and something that answers it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from custom_components.smartcar.api import Hosts, SmartcarClient
from simulator import fleet
from simulator.cloud import Cloud

from .script import Script


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Start no Home Assistant: the client knows nothing of it."""


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Return a session as Home Assistant shares one."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(cloud: Cloud, session: aiohttp.ClientSession) -> SmartcarClient:
    """Return a client of the simulated cloud."""
    return SmartcarClient(session, fleet.CLIENT_ID, fleet.CLIENT_SECRET)


@pytest.fixture
async def script(socket_enabled: None) -> AsyncGenerator[Script]:
    """Run a server that answers word for word what a test tells it."""
    async with Script().running() as script:
        yield script


@pytest.fixture
async def elsewhere(socket_enabled: None) -> AsyncGenerator[Script]:
    """Run another server, which no request should ever reach."""
    async with Script().running() as script:
        yield script


@pytest.fixture
def scripted(script: Script, session: aiohttp.ClientSession) -> SmartcarClient:
    """Return a client of the scripted server."""
    hosts = Hosts(
        token=f"{script.address}/token",
        vehicle=f"{script.address}/v3",
        management=f"{script.address}/management",
    )
    return SmartcarClient(session, "client_01TEST", "a-secret", hosts)


async def for_ever(seconds: float) -> None:
    """Hold a request for as long as the client likes."""
    await asyncio.Event().wait()


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> list[aiohttp.ClientTimeout]:
    """Let time run out at once; return the time that requests would have had."""
    given: list[aiohttp.ClientTimeout] = []
    original = aiohttp.ClientSession.request

    def request(
        session: aiohttp.ClientSession,
        method: str,
        url: str,
        *,
        timeout: aiohttp.ClientTimeout,
        **kwargs: Any,
    ) -> Any:
        given.append(timeout)
        short = aiohttp.ClientTimeout(total=0.2)
        return original(session, method, url, timeout=short, **kwargs)

    monkeypatch.setattr(aiohttp.ClientSession, "request", request)
    return given
