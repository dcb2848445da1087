"""Faults on demand and limits."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import gzip
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import fleet
from simulator.clock import ManualClock
from simulator.errors import TABLE
from simulator.faults import Fault

from .client import CREDENTIALS, Api, error_of

if TYPE_CHECKING:
    from simulator.cloud import Cloud

SIGNALS = f"/vehicles/{fleet.BEV}/signals"
PUBLISHED = {
    "AUTHENTICATION": 2,
    "BILLING": 4,
    "COMPATIBILITY": 4,
    "CONNECTED_SERVICES_ACCOUNT": 7,
    "PERMISSION": 1,
    "RATE_LIMIT": 2,
    "RESOURCE_NOT_FOUND": 5,
    "SERVER": 3,
    "UPSTREAM": 5,
    "VALIDATION": 4,
    "VEHICLE_STATE": 17,
}
# Published nowhere, but met.
UNLISTED = ("VEHICLE_STATE", "DEVICE_PAIRING_REQUIRED")


def test_table_has_every_published_error() -> None:
    counts: dict[str, int] = {}
    assert UNLISTED in TABLE
    for error_type, _ in TABLE.keys() - {UNLISTED}:
        counts[error_type] = counts.get(error_type, 0) + 1
    assert counts == PUBLISHED


@pytest.mark.parametrize(("error_type", "code"), list(TABLE))
async def test_every_error_comes_as_its_row_says(
    api: Api, cloud: Cloud, error_type: str, code: str | None
) -> None:
    kind = TABLE[error_type, code]
    cloud.faults.add(Fault("signals", type=error_type, code=code))
    status, body = await api.get(SIGNALS, user=fleet.USER_1)
    assert status == kind.status
    assert error_of(body) == (error_type, code)
    (error,) = body["errors"]
    assert error["status"] == str(kind.status)
    resolution = error.get("resolution", {"type": None})
    assert resolution["type"] == kind.resolution
    assert (await api.get(SIGNALS, user=fleet.USER_1))[0] == 200


async def test_account_errors_say_where_to_go(api: Api, cloud: Cloud) -> None:
    kind = "CONNECTED_SERVICES_ACCOUNT"
    places = {
        "AUTHENTICATION_FAILED": f"vehicle_id={fleet.BEV}",
        "VIRTUAL_KEY_REQUIRED": "https://www.tesla.com/",
    }
    for code, part in places.items():
        cloud.faults.add(Fault("command", type=kind, code=code))
        _, body = await api.command(fleet.BEV, "commands/security/lock")
        assert part in body["errors"][0]["resolution"]["url"]


async def test_flat_and_oauth_forms(api: Api, cloud: Cloud) -> None:
    cloud.faults.add(Fault("command", "flat", type="VEHICLE_STATE", code="IN_MOTION"))
    status, body = await api.command(fleet.BEV, "commands/security/lock")
    assert status == 409
    assert body.keys() == {
        *("type", "code", "description", "docURL", "statusCode", "requestId"),
        *("resolution", "suggestedUserMessage"),
    }
    cloud.faults.add(Fault("token", "oauth"))
    path = "/iam/oauth2/token"
    status, body = await api.call("POST", path, data=CREDENTIALS)
    assert (status, body["error"]) == (401, "invalid_client")


async def test_faults_match_operations_paths_cars_and_times(
    api: Api, cloud: Cloud
) -> None:
    cloud.faults.add(Fault("signals", times=2, vehicle_id=fleet.PHEV))
    cloud.faults.add(Fault("/management", times=None))
    phev = f"/vehicles/{fleet.PHEV}/signals"
    got = [(await api.get(path, user=fleet.USER_1))[0] for path in (SIGNALS, phev)]
    assert got == [200, 500]
    assert (await api.get(f"{phev}/odometer-traveleddistance", user=fleet.USER_1))[
        0
    ] == 200
    got = [(await api.get(phev, user=fleet.USER_1))[0] for _ in range(2)]
    assert got == [500, 200]
    for _ in range(3):
        assert (await api.call("GET", "/management/v3/webhooks"))[0] == 500
    cloud.faults.clear()
    assert (await api.call("GET", "/management/v3/webhooks"))[0] == 200


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("html", 502, "text/html"),
        ("invalid_json", 200, "application/json"),
        ("empty", 200, "application/json"),
        ("list", 200, "application/json"),
        ("text", 200, "text/plain"),
    ],
)
async def test_answers_that_are_not_the_apis(
    api: Api, cloud: Cloud, kind: str, status: int, content_type: str
) -> None:
    cloud.faults.add(Fault("connections", kind))
    headers = {"Authorization": f"Bearer {api.token}"}
    url = f"{api.address}/vehicle/v3/connections"
    async with api.session.get(url, headers=headers) as response:
        text = await response.text()
        assert (response.status, response.content_type) == (status, content_type)
    if kind == "list":
        assert json.loads(text) == []
    else:
        with pytest.raises(ValueError, match="Exp"):
            json.loads(text)


async def test_raw_fault_says_what_it_is_told(api: Api, cloud: Cloud) -> None:
    cloud.faults.add(
        Fault("connections", "raw", status=418, body="tea", content_type="text/tea")
    )
    assert await api.get("/connections") == (418, "tea")


@pytest.mark.parametrize("kind", ["cut_before_headers", "cut_mid_body"])
async def test_cut_connections(api: Api, cloud: Cloud, kind: str) -> None:
    # aiohttp quietly repeats a GET once when a kept connection breaks.
    cloud.faults.add(Fault("signals", kind, times=None))
    with pytest.raises(aiohttp.ClientError):
        await api.get(SIGNALS, user=fleet.USER_1)
    cloud.faults.clear()
    assert (await api.get(SIGNALS, user=fleet.USER_1))[0] == 200


async def test_slow_body_and_latency(api: Api, cloud: Cloud) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    cloud.sleep = sleep
    cloud.faults.add(Fault("signals", "slow_body", seconds=2))
    assert len(await api.signals(fleet.BEV)) == 93
    cloud.faults.add(Fault("signals", "latency", seconds=9))
    assert len(await api.signals(fleet.BEV)) == 93
    assert waits == [2, 2, 2, 2, 9]


async def test_client_that_gives_up_is_still_recorded(api: Api, cloud: Cloud) -> None:
    cloud.faults.add(Fault("signals", "latency", seconds=5))
    limit = aiohttp.ClientTimeout(total=0.05)
    with pytest.raises(asyncio.TimeoutError):
        await api.get(SIGNALS, user=fleet.USER_1, timeout=limit)
    assert cloud.requests[-1].operation == "signals"


@pytest.mark.parametrize(
    ("match", "path"),
    [("connections", "/vehicle/v3/connections"), ("token", "/iam/oauth2/token")],
)
async def test_a_request_is_taken_and_never_answered(
    api: Api, cloud: Cloud, match: str, path: str
) -> None:
    cloud.faults.add(Fault(match, "no_answer"))
    method = "POST" if match == "token" else "GET"
    limit = aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(asyncio.TimeoutError):
        await api.call(method, path, timeout=limit)
    assert (cloud.requests[-1].operation, cloud.requests[-1].status) == (match, 0)
    assert (await api.get("/connections"))[0] == 200


@pytest.mark.parametrize(("kind", "most"), [("large", 3_000_000), ("gzip_bomb", 9_000)])
async def test_answers_that_are_far_too_large(
    api: Api, cloud: Cloud, kind: str, most: int
) -> None:
    cloud.faults.add(Fault("connections", kind, size=3_000_000))
    headers = {"Authorization": f"Bearer {api.token}", "Accept-Encoding": "gzip"}
    url = f"{api.address}/vehicle/v3/connections"
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(url, headers=headers) as response,
    ):
        sent = await response.read()
        packed = response.headers.get("Content-Encoding") == "gzip"
    assert len(sent) <= most
    text = gzip.decompress(sent) if packed else sent
    assert len(text) == 3_000_000
    assert json.loads(text).keys() == {"data"}


async def test_code_that_is_published_nowhere_has_the_status_of_its_type(
    api: Api, cloud: Cloud
) -> None:
    code = "SEAT_BELT_OPEN"
    cloud.faults.add(Fault("command", type="VEHICLE_STATE", code=code))
    status, body = await api.command(fleet.BEV, "commands/security/lock")
    assert (status, error_of(body)) == (409, ("VEHICLE_STATE", code))
    cloud.cars[fleet.BEV].refusal = code
    status, body = await api.command(fleet.BEV, "commands/security/lock")
    assert (status, error_of(body)) == (409, ("VEHICLE_STATE", code))
    cloud.faults.add(Fault("command", type="NOVELTY", code="NEW"))
    assert (await api.command(fleet.BEV, "commands/security/lock"))[0] == 500


async def test_retry_after_in_both_forms(
    api: Api, cloud: Cloud, clock: ManualClock
) -> None:
    for retry_after in (120, "date:90"):
        cloud.faults.add(
            Fault("*", type="RATE_LIMIT", code="VEHICLE", retry_after=retry_after)
        )
    assert (await api.get("/connections"))[0] == 429
    assert api.headers["Retry-After"] == "120"
    assert (await api.get("/connections"))[0] == 429
    when = parsedate_to_datetime(api.headers["Retry-After"])
    assert when == clock.now() + timedelta(seconds=90)


def test_unknown_kind_of_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Fault("*", "nonsense")


async def test_application_bucket(api: Api, cloud: Cloud, clock: ManualClock) -> None:
    cloud.limits.bucket_size = 3
    got = [(await api.get("/connections"))[0] for _ in range(4)]
    assert got == [200, 200, 200, 429]
    clock.advance(30)
    assert (await api.get("/connections"))[0] == 200
    status, body = await api.get("/connections")
    assert (status, error_of(body)) == (429, ("RATE_LIMIT", "SMARTCAR_API"))
    clock.advance(3000)
    got = [(await api.get("/connections"))[0] for _ in range(4)]
    assert got == [200, 200, 200, 429]
    # Asking for a token costs nothing.
    await api.sign_in()


def test_documented_limits(cloud: Cloud) -> None:
    cloud.limits.document()
    assert cloud.limits.bucket_size == 120
    assert cloud.limits.refill_per_minute == 2
    assert cloud.limits.monthly_calls == 500


async def test_vehicle_throttle(api: Api, cloud: Cloud, clock: ManualClock) -> None:
    cloud.limits.vehicle_calls = 2
    for _ in range(2):
        assert (await api.get(SIGNALS, user=fleet.USER_1))[0] == 200
        clock.advance(10)
    status, body = await api.get(SIGNALS, user=fleet.USER_1)
    assert (status, error_of(body)) == (429, ("RATE_LIMIT", "VEHICLE"))
    assert api.headers["Retry-After"] == "100"
    # Another car is not concerned.
    assert (await api.signals(fleet.PHEV)) != {}
    clock.advance(100)
    assert (await api.get(SIGNALS, user=fleet.USER_1))[0] == 200


async def test_monthly_quota_ends_with_the_month(api: Api, cloud: Cloud) -> None:
    clock = cloud.clock
    assert isinstance(clock, ManualClock)
    cloud.limits.monthly_calls = 2
    assert (await api.command(fleet.BEV, "commands/charge/start"))[0] == 409
    for name in ("unlock", "lock"):
        assert (await api.command(fleet.BEV, f"commands/security/{name}"))[0] == 200
    status, body = await api.get(SIGNALS, user=fleet.USER_1)
    assert (status, error_of(body)) == (430, ("BILLING", "VEHICLE_REQUEST_LIMIT"))
    assert (await api.get("/connections"))[0] == 200
    wait = datetime(2026, 11, 1, tzinfo=UTC) - clock.now()
    clock.advance(wait.total_seconds())
    await api.sign_in()
    assert (await api.get(SIGNALS, user=fleet.USER_1))[0] == 200


async def test_forbidden_application(api: Api, cloud: Cloud) -> None:
    cloud.application_forbidden = True
    status, body = await api.get("/connections")
    assert (status, error_of(body)) == (403, ("AUTHENTICATION", "ACCESS_DENIED"))


async def test_requests_are_recorded(api: Api, cloud: Cloud) -> None:
    await api.command(fleet.BEV, "commands/charge/set-limit", {"percent": 70})
    await api.get("/connections?page[size]=5")
    command, connections = list(cloud.requests)[-2:]
    assert command.operation == "command.set-limit"
    assert (command.method, command.status) == ("POST", 200)
    assert (command.user_id, command.vehicle_id) == (fleet.USER_1, fleet.BEV)
    assert command.body == {"data": {"attributes": {"percent": 70}}}
    assert connections.query == {"page[size]": "5"}
    assert "authorization" not in connections.headers
    assert cloud.count("command") == 1
