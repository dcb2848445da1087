"""Every API request's way: recorded, let in, limited, handled, answered."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
import uuid

from aiohttp import web

from simulator.call import Answer, Call
from simulator.errors import ACCESS_DENIED, UNAUTHORIZED, ApiError, OAuthError, refused
from simulator.recording import Recorded, without_secrets
from simulator.wire import Exchange, with_fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.cloud import Cloud
    from simulator.faults import Fault

CLOUD: web.AppKey[Cloud] = web.AppKey("cloud")
"""Where the application keeps its cloud."""

UNDERWAY: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("underway")
"""Tasks of the requests being answered, also of clients that have hung up."""


@dataclass(frozen=True)
class Operation:
    """One call of the API."""

    name: str
    method: str
    path: str
    handler: Callable[[Call], Awaitable[Answer]]
    bearer: bool = True
    """Whether a token is needed, and the application's bucket counts the call."""
    metered: bool = False
    """Whether the call counts against the vehicle's month."""


def endpoint(
    operation: Operation,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make aiohttp's handler of an operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        _keep_track(request)
        cloud = request.app[CLOUD]
        text = (await request.read()).decode(errors="replace")
        call = Call(cloud, request, text, str(uuid.uuid4()))
        recorded = _record(call, operation)
        fault = cloud.faults.take(
            operation.name,
            request.path,
            request.method,
            recorded.vehicle_id,
            recorded.user_id,
        )
        try:
            return await _respond(call, operation, recorded, fault)
        finally:
            if cloud.on_answer is not None:
                cloud.on_answer(recorded)

    return handle


def _keep_track(request: web.Request) -> None:
    underway = request.app[UNDERWAY]
    task = asyncio.current_task()
    if task is not None and task not in underway:
        underway.add(task)
        task.add_done_callback(underway.discard)


async def stop_underway(app: web.Application) -> None:
    """Cancel what is still being answered.

    A request goes on when its client hangs up, and the web server has then
    forgotten it: without this, it would outlive the server.
    """
    underway = app[UNDERWAY]
    tasks = list(underway)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    # Once around the loop, so that the connections' own tasks end as well.
    await asyncio.sleep(0)


def _record(call: Call, operation: Operation) -> Recorded:
    request = call.request
    try:
        body = without_secrets(call.json())
    except ApiError:
        # Forms and broken JSON; a form holds the secret.
        body = None if operation.name == "token" else call.text
    recorded = Recorded(
        operation=operation.name,
        method=request.method,
        path=request.path,
        query=dict(request.query),
        user_id=call.user_id,
        vehicle_id=call.vehicle_id,
        at=call.cloud.clock.now(),
        body=body,
        headers={
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() != "authorization"
        },
    )
    call.cloud.requests.append(recorded)
    return recorded


async def _respond(
    call: Call, operation: Operation, recorded: Recorded, fault: Fault | None
) -> web.StreamResponse:
    exchange = Exchange(call, recorded, partial(_answer, call, operation))
    if fault is None:
        return exchange.write(await exchange.answer())
    return await with_fault(exchange, fault)


async def _answer(call: Call, operation: Operation) -> Answer:
    """Carry an operation out and return what the cloud truly answers."""
    try:
        return await _admitted(call, operation)
    except ApiError as error:
        return _refusal(call, error)
    except OAuthError as error:
        return Answer(error.status, error.body())


async def _admitted(call: Call, operation: Operation) -> Answer:
    cloud = call.cloud
    if not operation.bearer:
        return await operation.handler(call)
    if not cloud.application.accepts(call.request.headers.get("Authorization", "")):
        raise refused(UNAUTHORIZED)
    if cloud.application_forbidden:
        raise refused(ACCESS_DENIED)
    cloud.limits.take()
    if not operation.metered:
        return await operation.handler(call)
    # A request for an unknown user or vehicle gets that error and uses no quota.
    vehicle_id = call.connection().car.vehicle_id
    cloud.limits.admit(vehicle_id)
    answer = await operation.handler(call)
    cloud.limits.count(vehicle_id)
    return answer


def _refusal(call: Call, error: ApiError) -> Answer:
    form = error.flat if call.cloud.error_form == "flat" else error.envelope
    return Answer(error.status, form(call.request_id), error.headers)
