"""A receiver of deliveries on this machine, written apart from the sender."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.fleet import MANAGEMENT_TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


def code_of(message: bytes, key: str = MANAGEMENT_TOKEN) -> str:
    """Return the hex HMAC-SHA256 of a message."""
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


@dataclass
class Received:
    """One POST as it arrived."""

    raw: bytes
    signature: str | None
    content_type: str
    agent: str
    path: str

    @property
    def body(self) -> dict[str, Any]:
        """Return the parsed body."""
        return json.loads(self.raw)

    @property
    def is_signed(self) -> bool:
        """Return whether the signature is the right one for these bytes."""
        return self.signature == code_of(self.raw)


@dataclass
class Receiver:
    """Takes what comes, and answers as it is told."""

    uri: str = ""
    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 when there are none."""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[str], object] = lambda challenge: {
        "challenge": code_of(challenge.encode())
    }
    """Makes the answer to a challenge."""
    gate: asyncio.Event | None = None
    """Holds every answer until it is set."""
    most_at_once: int = 0
    at_once: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Return all parsed bodies."""
        return [one.body for one in self.received]

    async def crowd(self, number: int) -> None:
        """Wait until so many are being answered at the same time."""
        while self.at_once < number:
            self.came.clear()
            await self.came.wait()

    async def take(self, request: web.Request) -> web.Response:
        """Take one POST."""
        raw = await request.read()
        headers = request.headers
        self.received.append(
            Received(
                raw,
                headers.get("SC-Signature"),
                request.content_type,
                headers.get("User-Agent", ""),
                request.path,
            )
        )
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.came.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.at_once -= 1
        status = self.statuses.pop(0) if self.statuses else 200
        if status in (301, 302, 307, 308):
            return web.Response(status=status, headers={"Location": f"{self.uri}/to"})
        body = json.loads(raw)
        if "payload" in body:
            body = {"eventType": "VERIFY", "data": body["payload"]}
        if body["eventType"] == "VERIFY":
            challenge = body["data"]["challenge"]
            return web.json_response(self.answer(challenge), status=status)
        return web.Response(status=status)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Receive on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.uri = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield receiver
    finally:
        await runner.cleanup()
