"""Answers as bytes, whole ones and all the ways in which they go wrong."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
import json
from types import MappingProxyType
from typing import TYPE_CHECKING
import zlib

from aiohttp import web

from simulator.call import Answer
from simulator.errors import SIGN_IN_AGAIN, VIRTUAL_KEY, VIRTUAL_KEY_PAGE, OAuthError
from simulator.faults import ERROR_KINDS, HELD_KINDS, LARGE_KINDS, RAW_KINDS, Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from simulator.call import Call
    from simulator.recording import Recorded

REASONS = {430: "Request Limit Exceeded"}
"""Reason phrases of statuses that are not registered."""

PIECES = 4
"""Parts in which a slow body is sent."""

BLOCK = 1024 * 1024
"""Bytes in which a body that is far too large is made."""

GZIP = 16 + zlib.MAX_WBITS
"""What makes zlib write gzip."""


@dataclass(frozen=True)
class Exchange:
    """A request, its recording, and the way to its true answer."""

    call: Call
    recorded: Recorded
    answer: Callable[[], Awaitable[Answer]]
    """Carries the request out; called at most once."""

    def headers(self, answer: Answer) -> dict[str, str]:
        """Return the headers an answer is sent with."""
        return {**answer.headers, "SC-Request-Id": self.call.request_id}

    def write(self, answer: Answer) -> web.Response:
        """Write a whole answer."""
        self.recorded.status = answer.status
        return web.Response(
            status=answer.status,
            reason=REASONS.get(answer.status),
            body=None if answer.body is None else to_bytes(answer),
            content_type=None if answer.body is None else "application/json",
            headers=self.headers(answer),
        )

    def cut(self) -> web.StreamResponse:
        """Break the connection off; what is returned never reaches the client."""
        if self.call.request.transport is not None:
            self.call.request.transport.abort()
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def begin(
        self, status: int, headers: Mapping[str, str], length: int | None
    ) -> web.StreamResponse:
        """Send the headers of an answer whose body comes later.

        Without a length the body is chunked and no ``Content-Length`` is sent.
        """
        self.recorded.status = status
        response = web.StreamResponse(
            status=status, reason=REASONS.get(status), headers=headers
        )
        response.content_type = "application/json"
        if length is None:
            response.enable_chunked_encoding()
        else:
            response.content_length = length
        await response.prepare(self.call.request)
        return response

    async def wait(self, fault: Fault) -> None:
        """Wait as long as a fault says."""
        if fault.seconds:
            await self.call.cloud.sleep(fault.seconds)


def to_bytes(answer: Answer) -> bytes:
    """Return an answer's body as JSON text, empty without one."""
    return b"" if answer.body is None else json.dumps(answer.body).encode()


def wrong(call: Call, fault: Fault) -> Answer:
    """Make the answer of a fault that is one of Smartcar's own errors."""
    clock = call.cloud.clock
    if fault.kind == "oauth":
        code = "invalid_client" if fault.code == "INTERNAL" else str(fault.code)
        refused = OAuthError(fault.status or 401, code, "The request was refused.")
        headers = fault.answer_headers(clock)
        return Answer(refused.status, refused.body(), headers)
    error = fault.error(clock)
    if (error.type, error.code) == SIGN_IN_AGAIN:
        error.url = error.url or call.reauthenticate_url()
    elif (error.type, error.code) == VIRTUAL_KEY:
        error.url = error.url or VIRTUAL_KEY_PAGE
    form = error.flat if fault.kind == "flat" else error.envelope
    return Answer(error.status, form(call.request_id), error.headers)


async def with_fault(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    """Answer a request in the way a fault says."""
    return await _KINDS[fault.kind](exchange, fault)


async def _error(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    await exchange.wait(fault)
    return exchange.write(wrong(exchange.call, fault))


async def _raw(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    await exchange.wait(fault)
    raw = RAW_KINDS[fault.kind]
    exchange.recorded.status = fault.status or raw.status
    return web.Response(
        status=exchange.recorded.status,
        text=raw.body if fault.body is None else fault.body,
        content_type=fault.content_type or raw.content_type,
        headers=fault.answer_headers(exchange.call.cloud.clock),
    )


async def _late(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    await exchange.wait(fault)
    return exchange.write(await exchange.answer())


async def _cut_before_headers(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    if fault.runs:
        await exchange.answer()
    await exchange.wait(fault)
    return exchange.cut()


async def _cut_mid_body(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    answer = await exchange.answer()
    body = to_bytes(answer)
    response = await exchange.begin(answer.status, exchange.headers(answer), len(body))
    await response.write(body[: len(body) // 2])
    await exchange.wait(fault)
    exchange.cut()
    return response


async def _slow_body(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    answer = await exchange.answer()
    body = to_bytes(answer)
    response = await exchange.begin(answer.status, exchange.headers(answer), len(body))
    size = -(-len(body) // PIECES) or 1
    for begin in range(0, len(body), size):
        await exchange.wait(fault)
        await response.write(body[begin : begin + size])
    await response.write_eof()
    return response


async def _held(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    """Send status 202 and headers, hold on, then end as the fault says."""
    headers = exchange.headers(Answer())
    response = await exchange.begin(HTTPStatus.ACCEPTED, headers, None)
    await exchange.wait(fault)
    if fault.kind == "held_then_error":
        await response.write(to_bytes(wrong(exchange.call, fault)))
    elif fault.kind == "held_then_ok":
        await response.write(to_bytes(await exchange.answer()))
    elif fault.runs:
        await exchange.answer()
    if fault.kind == "held_then_cut":
        exchange.cut()
    else:
        await response.write_eof()
    return response


async def _no_answer(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    """Take the request and say nothing for as long as the server runs."""
    if fault.runs:
        await exchange.answer()
    await asyncio.Event().wait()
    return exchange.cut()


async def _large(exchange: Exchange, fault: Fault) -> web.StreamResponse:
    """Send a JSON text that is far too large, packed if the fault says so."""
    packed = fault.kind == "gzip_bomb"
    headers = exchange.headers(Answer())
    if packed:
        headers["Content-Encoding"] = "gzip"
    response = await exchange.begin(HTTPStatus.OK, headers, None)
    pack = zlib.compressobj(level=9, wbits=GZIP)
    for block in _blocks(fault.size):
        part = pack.compress(block) if packed else block
        if part:
            await response.write(part)
        # Others are answered meanwhile.
        await asyncio.sleep(0)
    if packed:
        await response.write(pack.flush())
    await response.write_eof()
    return response


def _blocks(size: int) -> Iterator[bytes]:
    """Yield a JSON object of one long text in pieces."""
    begin, end = b'{"data": "', b'"}'
    missing = size - len(begin) - len(end)
    yield begin
    while missing > 0:
        yield b"x" * min(missing, BLOCK)
        missing -= BLOCK
    yield end


_KINDS: Mapping[str, Callable[[Exchange, Fault], Awaitable[web.StreamResponse]]] = (
    MappingProxyType(
        {
            **dict.fromkeys(ERROR_KINDS, _error),
            **dict.fromkeys(RAW_KINDS, _raw),
            "latency": _late,
            "cut_before_headers": _cut_before_headers,
            "cut_mid_body": _cut_mid_body,
            "slow_body": _slow_body,
            "no_answer": _no_answer,
            **dict.fromkeys(LARGE_KINDS, _large),
            **dict.fromkeys(HELD_KINDS, _held),
        }
    )
)
