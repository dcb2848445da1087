"""A server that answers word for word what a test tells it."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import gzip
import itertools
import json
from typing import Any, Self

from aiohttp import web

TOKEN_PATH = "/token"


@dataclass(frozen=True)
class Answer:
    """One answer; `body` is bytes to send as they are, or JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Write the answer."""
        content = self.body
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        return web.Response(status=self.status, body=content, headers=self.headers)


# 64 KB on their way, 64 MB when they are unpacked.
BOMB = Answer(gzip.compress(bytes(67_108_864)), headers={"Content-Encoding": "gzip"})


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; `target` is path and query, raw."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Script:
    """Answers in the order given; tokens are given out beside that order."""

    def __init__(self) -> None:
        """Give out good tokens, and have no other answers yet."""
        self.address = ""
        self.asked: list[Asked] = []
        """The requests so far, without those for tokens."""
        self.tokens_asked: list[Asked] = []
        self._answers: Iterator[Answer] = iter(())
        self._tokens: Iterator[Answer] = (
            Answer({"access_token": f"token-{number}", "expires_in": 3600})
            for number in itertools.count(1)
        )

    def answers(self, answers: Iterable[Answer]) -> None:
        """Answer requests like this, in this order."""
        self._answers = iter(answers)

    def tokens(self, answers: Iterable[Answer]) -> None:
        """Answer requests for tokens like this, in this order."""
        self._tokens = iter(answers)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Asked(
            request.method,
            request.raw_path,
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
        )
        if asked.target == TOKEN_PATH:
            self.tokens_asked.append(asked)
            return next(self._tokens).response()
        self.asked.append(asked)
        return next(self._answers).response()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Self]:
        """Listen on this machine while the block runs."""
        runner = web.ServerRunner(web.Server(self._answer, access_log=None))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()
