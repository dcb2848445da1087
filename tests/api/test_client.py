"""How the client asks: tokens, headers, addresses, and what can go wrong."""

import asyncio
import gzip
import itertools
import json
import logging
import tracemalloc
from typing import override

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection as Wire
from aiohttp.tracing import Trace
import pytest

from custom_components.smartcar.api import (
    AccessDeniedError,
    ApiError,
    AuthenticationError,
    BillingError,
    CannotConnectError,
    Hosts,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    SmartcarClient,
    SmartcarError,
)
from custom_components.smartcar.api.answers import MAX_BYTES
from custom_components.smartcar.api.errors import InvalidResponseError, ServerError
from custom_components.smartcar.api.transport import READ_TIMEOUT
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .conftest import for_ever
from .fixtures import body
from .leaks import shown
from .script import BOMB, Answer, Script
from .table import ROWS, Row, name

CAR = "4a0c51e2-car"
USER = "b81f6d09-user"
UNAUTHORIZED = Answer(
    {"errors": [{"status": "401", "type": "AUTHENTICATION", "code": "UNAUTHORIZED"}]},
    status=401,
)


# The token


async def test_token_is_shared(client: SmartcarClient, cloud: Cloud) -> None:
    """One token serves every user, car and host."""
    await client.signals(fleet.BEV, fleet.USER_1)
    await client.signals(fleet.ICE, fleet.USER_2)
    await client.webhooks()
    assert cloud.count("token") == 1


async def test_expired_token(client: SmartcarClient, cloud: Cloud) -> None:
    """A 401 renews the token once and repeats the request once."""
    await client.vehicle(fleet.BEV)
    cloud.application.expire_tokens()
    cloud.requests.clear()
    vehicle = await client.vehicle(fleet.BEV)
    assert vehicle.id == fleet.BEV
    assert [(asked.operation, asked.status) for asked in cloud.requests] == [
        ("vehicle", 401),
        ("token", 200),
        ("vehicle", 200),
    ]


async def test_expired_token_of_a_command(client: SmartcarClient, cloud: Cloud) -> None:
    """A command refused with 401 was not carried out, so it may be sent again."""
    await client.vehicle(fleet.BEV)
    cloud.application.expire_tokens()
    result = await client.unlock(fleet.BEV, fleet.USER_1)
    assert result.status == "SUCCESS"
    asked = [one.status for one in cloud.requests if one.operation == "command.unlock"]
    assert asked == [401, 200]


async def test_renewed_token_is_refused_too(
    scripted: SmartcarClient, script: Script
) -> None:
    """After the second 401 the credentials are at fault; nothing goes round."""
    script.answers(itertools.repeat(UNAUTHORIZED))
    with pytest.raises(AuthenticationError):
        await scripted.vehicle(CAR)
    assert [asked.headers["authorization"] for asked in script.asked] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    # The refused token is not tried again.
    script.answers([Answer(body("vehicle"))])
    await scripted.vehicle(CAR)
    assert script.asked[-1].headers["authorization"] == "Bearer token-3"


async def test_revoked_secret(client: SmartcarClient, cloud: Cloud) -> None:
    """When the secret was deleted too, the renewal tells."""
    await client.vehicle(fleet.BEV)
    cloud.application.expire_tokens()
    cloud.application.revoke_secret()
    with pytest.raises(AuthenticationError):
        await client.vehicle(fleet.BEV)
    assert cloud.count("vehicle") == 2
    assert cloud.count("token") == 2


async def test_outage_while_renewing(client: SmartcarClient, cloud: Cloud) -> None:
    """An outage of the token host is an outage, not a matter of credentials."""
    await client.vehicle(fleet.BEV)
    cloud.application.expire_tokens()
    cloud.faults.add(Fault("token", type="SERVER", code="INTERNAL"))
    with pytest.raises(ServerError):
        await client.vehicle(fleet.BEV)


async def test_many_refused_at_once(client: SmartcarClient, cloud: Cloud) -> None:
    """Requests whose common token ended share one new one."""
    await client.vehicle(fleet.BEV)
    cloud.application.expire_tokens()
    cloud.requests.clear()
    cars = (fleet.BEV, fleet.PHEV, fleet.ICE)
    vehicles = await asyncio.gather(*(client.vehicle(car) for car in cars))
    assert [vehicle.id for vehicle in vehicles] == list(cars)
    assert cloud.count("token") == 1


async def test_first_requests_share_a_token(
    client: SmartcarClient, cloud: Cloud
) -> None:
    """Requests that start together ask for one token."""
    await asyncio.gather(
        client.connections(), client.webhooks(), client.subscriptions()
    )
    assert cloud.count("token") == 1


async def test_access_denied(client: SmartcarClient, cloud: Cloud) -> None:
    """An application that may not use the API needs no new token."""
    cloud.application_forbidden = True
    with pytest.raises(AccessDeniedError):
        await client.connections()
    assert cloud.count("token") == 1
    assert cloud.count("connections") == 1


# Headers and addresses


async def test_headers_of_a_car(client: SmartcarClient, cloud: Cloud) -> None:
    """A car is asked for in its user's name and in metric units."""
    await client.signals(fleet.PHEV, fleet.USER_1)
    asked = cloud.requests[-1]
    assert asked.user_id == fleet.USER_1
    assert asked.headers["sc-unit-system"] == "metric"


async def test_headers_of_the_application(client: SmartcarClient, cloud: Cloud) -> None:
    """What belongs to the application is asked for in nobody's name."""
    await client.connections()
    await client.webhooks()
    await client.vehicle(fleet.BEV)
    assert {asked.user_id for asked in cloud.requests} == {None}


async def test_another_user(client: SmartcarClient, cloud: Cloud) -> None:
    """The user named decides whose car is seen."""
    with pytest.raises(NotFoundError):
        await client.signals(fleet.BEV, fleet.USER_2)


HOSTILE_ID = "a/b?c=d#e%2Ff g&\u00fc"
# "=" and "&" are plain characters in a path.
QUOTED = "a%2Fb%3Fc=d%23e%252Ff%20g&%C3%BC"


@pytest.mark.parametrize(
    ("method", "arguments", "target"),
    [
        (
            "remove_connection",
            {"connection_id": HOSTILE_ID},
            f"/v3/connections/{QUOTED}",
        ),
        ("remove_user", {"user_id": HOSTILE_ID}, f"/v3/users/{QUOTED}"),
        ("vehicle", {"vehicle_id": HOSTILE_ID}, f"/v3/vehicles/{QUOTED}"),
        (
            "signals",
            {"vehicle_id": HOSTILE_ID, "user_id": USER},
            f"/v3/vehicles/{QUOTED}/signals",
        ),
        (
            "lock",
            {"vehicle_id": HOSTILE_ID, "user_id": USER},
            f"/v3/vehicles/{QUOTED}/commands/security/lock",
        ),
        (
            "delete_charge_schedule",
            {"vehicle_id": CAR, "user_id": USER, "schedule_id": HOSTILE_ID},
            f"/v3/vehicles/{CAR}/charge-schedules/{QUOTED}",
        ),
        (
            "unsubscribe",
            {"subscription_id": HOSTILE_ID},
            f"/management/subscriptions/{QUOTED}",
        ),
    ],
)
async def test_ids_are_quoted(
    scripted: SmartcarClient,
    script: Script,
    method: str,
    arguments: dict[str, str],
    target: str,
) -> None:
    """An id stays one piece of a path, whatever stands in it."""
    script.answers([Answer(status=409)])
    with pytest.raises(ApiError):
        await getattr(scripted, method)(**arguments)
    assert [asked.target for asked in script.asked] == [target]


@pytest.mark.parametrize("id_", ["", ".", ".."])
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("remove_connection", {"connection_id": "{}"}),
        ("remove_user", {"user_id": "{}"}),
        ("lock", {"vehicle_id": "{}", "user_id": USER}),
        (
            "delete_charge_schedule",
            {"vehicle_id": CAR, "user_id": USER, "schedule_id": "{}"},
        ),
        ("unsubscribe", {"subscription_id": "{}"}),
    ],
)
async def test_ids_that_name_a_folder(
    scripted: SmartcarClient,
    script: Script,
    method: str,
    arguments: dict[str, str],
    id_: str,
) -> None:
    """An address that loses its last piece is that of a car: it is never asked."""
    given = {name: value.format(id_) for name, value in arguments.items()}
    with pytest.raises(NotFoundError) as caught:
        await getattr(scripted, method)(**given)
    assert (caught.value.status, caught.value.code) == (404, "PATH")
    assert script.asked == []


# Smartcar's refusals


@pytest.mark.parametrize("row", ROWS, ids=name)
async def test_published_errors(client: SmartcarClient, cloud: Cloud, row: Row) -> None:
    """Every published error arrives as what it is, and after one request."""
    times = 2 if row.error is AuthenticationError else 1
    cloud.faults.add(Fault("vehicle", type=row.type_, code=row.code, times=times))
    with pytest.raises(row.error) as caught:
        await client.vehicle(fleet.BEV)
    error = caught.value
    assert (error.type, error.code, error.status) == (row.type_, row.code, row.status)
    assert error.details.resolution == row.resolution
    assert error.details.request_id
    assert cloud.count("vehicle") == times


async def test_flat_errors(client: SmartcarClient, cloud: Cloud) -> None:
    """Should a host still write the older form, it means the same."""
    cloud.error_form = "flat"
    with pytest.raises(NotFoundError) as caught:
        await client.vehicle("nobody's")
    assert caught.value.code == "VEHICLE_NOT_FOUND"
    assert caught.value.details.request_id


@pytest.mark.parametrize("as_date", [False, True])
async def test_car_is_throttled(
    client: SmartcarClient, cloud: Cloud, as_date: bool
) -> None:
    """`Retry-After` says how long a car wants to be left alone."""
    cloud.limits.vehicle_calls = 1
    cloud.limits.retry_after_as_date = as_date
    await client.signals(fleet.BEV, fleet.USER_1)
    with pytest.raises(RateLimitError) as caught:
        await client.signals(fleet.BEV, fleet.USER_1)
    assert caught.value.key == "rate_limit_vehicle"
    wait = caught.value.details.retry_after
    assert wait is not None
    assert 0 < wait <= 120
    assert as_date or wait == 120


async def test_month_is_used_up(client: SmartcarClient, cloud: Cloud) -> None:
    """430 for one car leaves the others alone."""
    cloud.limits.monthly_calls = 1
    await client.signals(fleet.BEV, fleet.USER_1)
    with pytest.raises(BillingError) as caught:
        await client.signals(fleet.BEV, fleet.USER_1)
    assert caught.value.status == 430
    assert caught.value.key == "billing_vehicle_request_limit"
    assert (await client.signals(fleet.PHEV, fleet.USER_1)).items


# What is not Smartcar's


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(), id="nothing"),
        pytest.param(Answer(b"OK"), id="text"),
        pytest.param(Answer(b"<html>Sign in</html>"), id="html"),
        pytest.param(Answer(b'{"data": [{"id":'), id="half of JSON"),
        pytest.param(Answer(b"\xff\xfe\xfa"), id="not UTF-8"),
        pytest.param(Answer(b"[" * 100_000), id="deeply nested"),
        pytest.param(Answer(b"1" * 5000), id="an endless number"),
        pytest.param(Answer(None), id="empty with JSON's name"),
        pytest.param(Answer([]), id="list"),
        pytest.param(Answer(7), id="number"),
        pytest.param(Answer({}), id="object"),
        pytest.param(Answer({"data": None}), id="data is null"),
        pytest.param(Answer({"data": "x"}), id="data is text"),
        pytest.param(Answer({"data": {}}), id="data is empty"),
        pytest.param(Answer(b"null"), id="null"),
        pytest.param(Answer(status=204), id="204"),
    ],
)
@pytest.mark.parametrize("method", ["connections", "vehicle"])
async def test_unreadable_answers(
    scripted: SmartcarClient, script: Script, answer: Answer, method: str
) -> None:
    """An answer that is not the documented one is an error, not an empty list."""
    script.answers([answer])
    with pytest.raises(InvalidResponseError):
        await (
            scripted.connections() if method == "connections" else scripted.vehicle(CAR)
        )
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [200, 202, 404])
async def test_an_answer_without_end(
    scripted: SmartcarClient, script: Script, status: int
) -> None:
    """What a few bytes unpack to is not taken in, and not asked for again."""
    script.answers([Answer(BOMB.body, status=status, headers=BOMB.headers)])
    tracemalloc.start()
    try:
        with pytest.raises(InvalidResponseError, match="Too long an answer"):
            await scripted.lock(CAR, USER)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * MAX_BYTES
    assert len(script.asked) == 1


async def test_the_longest_answer(scripted: SmartcarClient, script: Script) -> None:
    """All of what is not too long is read, however it is packed."""
    longest = body("vehicle")
    longest["included"] = "x" * (MAX_BYTES - len(json.dumps(longest)) - 20)
    packed = gzip.compress(json.dumps(longest).encode())
    script.answers([Answer(packed, headers=BOMB.headers)])
    assert (await scripted.vehicle(CAR)).name == "Tesla Model 3"


async def test_errors_in_a_good_status(
    scripted: SmartcarClient, script: Script
) -> None:
    """An envelope of errors is an error, whatever the status line says."""
    script.answers([Answer(body("error_envelope")), Answer(body("error_flat"))])
    with pytest.raises(ApiError) as caught:
        await scripted.vehicle(CAR)
    assert caught.value.status == 400
    with pytest.raises(ApiError) as caught:
        await scripted.vehicle(CAR)
    assert caught.value.status == 409


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
async def test_redirects_are_not_followed(
    scripted: SmartcarClient, script: Script, elsewhere: Script, status: int
) -> None:
    """The token goes to no host that an answer names."""
    headers = {"Location": f"{elsewhere.address}/v3/vehicles/{CAR}"}
    script.answers([Answer(body("vehicle"), status=status, headers=headers)])
    with pytest.raises(InvalidResponseError):
        await scripted.vehicle(CAR)
    assert len(script.asked) == 1
    assert elsewhere.asked == []


async def test_html_of_a_proxy(client: SmartcarClient, cloud: Cloud) -> None:
    """A proxy's error page is judged by its status."""
    cloud.faults.add(Fault("connections", "html", status=503))
    with pytest.raises(ServerError) as caught:
        await client.connections()
    assert caught.value.status == 503


async def test_gateway_timeout(client: SmartcarClient, cloud: Cloud) -> None:
    """No answer in time is no answer."""
    cloud.faults.add(Fault("connections", "html", status=504))
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.connections()
    assert caught.value.key == "outcome_unknown"


# The wire


async def test_nobody_there(
    session: aiohttp.ClientSession, script: Script, unused_tcp_port: int
) -> None:
    """Where no connection came about, nothing was carried out."""
    hosts = Hosts(
        token=f"{script.address}/token",
        vehicle=f"http://127.0.0.1:{unused_tcp_port}/v3",
    )
    client = SmartcarClient(session, "client_01TEST", "a-secret", hosts)
    with pytest.raises(CannotConnectError) as caught:
        await client.lock(CAR, USER)
    assert caught.value.key == "cannot_connect"


class Unreachable(aiohttp.TCPConnector):
    """Connects to the token host only; for all others time runs out."""

    @override
    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Wire:
        if req.url.path == "/token":
            return await super().connect(req, traces, timeout)
        raise TimeoutError


async def test_no_connection_in_time(script: Script) -> None:
    """Time that runs out before the request is sent leaves nothing open."""
    hosts = Hosts(token=f"{script.address}/token", vehicle=f"{script.address}/v3")
    async with aiohttp.ClientSession(connector=Unreachable()) as session:
        client = SmartcarClient(session, "client_01TEST", "a-secret", hosts)
        with pytest.raises(CannotConnectError):
            await client.lock(CAR, USER)
    assert script.asked == []


@pytest.mark.parametrize("kind", ["cut_before_headers", "cut_mid_body"])
async def test_cut(client: SmartcarClient, cloud: Cloud, kind: str) -> None:
    """An answer that breaks off is no answer."""
    cloud.faults.add(Fault("signals", kind, times=2))
    with pytest.raises(OutcomeUnknownError):
        await client.signals(fleet.BEV, fleet.USER_1)
    cloud.faults.clear()
    assert (await client.signals(fleet.BEV, fleet.USER_1)).items


async def test_slow_body(client: SmartcarClient, cloud: Cloud) -> None:
    """An answer that comes in pieces is read to its end."""
    cloud.faults.add(Fault("signals", "slow_body"))
    listing = await client.signals(fleet.BEV, fleet.USER_1)
    assert listing.complete
    assert listing.items


async def test_broken_compression(scripted: SmartcarClient, script: Script) -> None:
    """A body that cannot be unpacked is no answer."""
    script.answers([Answer(b"not packed", headers={"Content-Encoding": "gzip"})])
    with pytest.raises(OutcomeUnknownError) as caught:
        await scripted.vehicle(CAR)
    assert caught.value.key == "outcome_unknown"


async def test_not_http(session: aiohttp.ClientSession, script: Script) -> None:
    """Something else may listen on the port."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        hosts = Hosts(
            token=f"{script.address}/token", vehicle=f"http://127.0.0.1:{port}"
        )
        client = SmartcarClient(session, "client_01TEST", "a-secret", hosts)
        with pytest.raises(OutcomeUnknownError):
            await client.vehicle(CAR)


async def test_no_answer_in_time(
    client: SmartcarClient, cloud: Cloud, impatience: list[aiohttp.ClientTimeout]
) -> None:
    """A read that nobody answers ends, and it was asked for once."""
    cloud.sleep = for_ever
    cloud.faults.add(Fault("vehicle", "latency", seconds=1))
    with pytest.raises(OutcomeUnknownError):
        await client.vehicle(fleet.BEV)
    assert cloud.count("vehicle") == 1
    assert impatience == [READ_TIMEOUT]
    assert READ_TIMEOUT.total == 60
    assert READ_TIMEOUT.connect == 10


# Secrets


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(UNAUTHORIZED, id="refused"),
        pytest.param(
            Answer({"errors": [{"detail": f"{USER} {CAR} a-secret"}]}, status=400),
            id="ids in Smartcar's prose",
        ),
        pytest.param(Answer(f"{USER} {CAR} a-secret".encode()), id="echoed"),
        pytest.param(Answer({"data": {"message": USER}}), id="not a list"),
        pytest.param(
            Answer(b"not packed", headers={"Content-Encoding": "gzip"}),
            id="broken body",
        ),
        pytest.param(Answer(status=504), id="no answer"),
    ],
)
async def test_errors_tell_no_secrets(
    scripted: SmartcarClient,
    script: Script,
    answer: Answer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No credentials, no token, no user and no car in errors and logs."""
    caplog.set_level(logging.DEBUG, logger="custom_components.smartcar")
    script.answers(itertools.repeat(answer))
    with pytest.raises(SmartcarError) as caught:
        await scripted.signals(CAR, USER)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    for private in (CAR, USER, "a-secret", "token-1", "token-2"):
        assert private not in shown(error)
        assert private not in caplog.text


async def test_unreachable_host_tells_no_secrets(
    session: aiohttp.ClientSession, script: Script, unused_tcp_port: int
) -> None:
    """The error of a lost connection would name the address; ours does not."""
    hosts = Hosts(
        token=f"{script.address}/token",
        vehicle=f"http://127.0.0.1:{unused_tcp_port}/v3",
    )
    client = SmartcarClient(session, "client_01TEST", "a-secret", hosts)
    with pytest.raises(CannotConnectError) as caught:
        await client.signals(CAR, USER)
    for private in (CAR, USER, "a-secret", "token-1", str(unused_tcp_port)):
        assert private not in shown(caught.value)


async def test_repr(scripted: SmartcarClient, script: Script) -> None:
    """A client shows where it asks, nothing else."""
    script.answers([Answer(body("vehicle"))])
    await scripted.vehicle(CAR)
    assert repr(scripted) == f"SmartcarClient('{script.address}/v3')"
