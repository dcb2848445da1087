"""Commands: what they do and when it shows, what they refuse, held answers."""

import asyncio
import re
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import fleet
from simulator.faults import Fault

from .client import Api, Json, error_of

if TYPE_CHECKING:
    from simulator.car import Car
    from simulator.clock import ManualClock
    from simulator.cloud import Cloud

LOCK = "commands/security/lock"
UNLOCK = "commands/security/unlock"
START = "commands/charge/start"
STOP = "commands/charge/stop"
LIMIT = "commands/charge/set-limit"
HOME = {"latitude": 52.52, "longitude": 13.405}
NIGHT = {"startTime": "23:00", "stopTime": "05:30"}


async def test_execution_has_the_documented_shape(api: Api) -> None:
    status, body = await api.command(fleet.BEV, LIMIT, {"percent": 90})
    assert status == 200
    data = body["data"]
    assert data.keys() == {"id", "type", "attributes", "meta"}
    assert re.fullmatch(r"exec_[0-9A-HJKMNP-TV-Z]{26}", data["id"])
    assert data["type"] == "command-execution"
    assert data["attributes"] == {
        "commandType": "charge-set-limit",
        "status": {"value": "SUCCESS"},
        "executionMode": "sync",
        "parameters": {"percent": 90},
    }
    assert data["meta"].keys() == {"executedAt", "completedAt", "durationInSeconds"}


async def test_change_shows_in_the_store_only_later(
    api: Api, clock: ManualClock, bev: Car
) -> None:
    assert await api.value(fleet.BEV, "closure-islocked") is True
    clock.advance(55)
    assert (await api.command(fleet.BEV, UNLOCK))[0] == 200
    assert bev.locked is False
    # The regular reading five seconds on must not show it early.
    clock.advance(9)
    assert await api.value(fleet.BEV, "closure-islocked") is True
    clock.advance(1)
    element = (await api.signals(fleet.BEV))["closure-islocked"]
    assert element["attributes"]["body"]["value"] is False
    assert element["meta"]["oemUpdatedAt"] == "2026-10-05T08:01:03.000Z"


@pytest.mark.parametrize("body", [None, {}])
async def test_bodiless_commands_take_no_body_or_an_empty_one(
    api: Api, bev: Car, body: Json | None
) -> None:
    path = f"/vehicle/v3/vehicles/{fleet.BEV}/{UNLOCK}"
    status, _ = await api.call("POST", path, user=fleet.USER_1, json=body)
    assert (status, bev.locked) == (200, False)


async def test_charging_from_start_to_stop(api: Api, bev: Car) -> None:
    bev.plug_in()
    status, body = await api.command(fleet.BEV, START)
    assert (status, error_of(body)[1]) == (409, "CHARGING_IN_PROGRESS")
    assert (await api.command(fleet.BEV, STOP))[0] == 200
    assert not bev.charging
    status, body = await api.command(fleet.BEV, STOP)
    assert (status, error_of(body)[1]) == (409, "NOT_CHARGING")
    assert (await api.command(fleet.BEV, START))[0] == 200
    assert bev.charging
    # A limit below the present charge ends the charging.
    assert (await api.command(fleet.BEV, LIMIT, {"percent": 50}))[0] == 200
    assert not bev.charging
    status, body = await api.command(fleet.BEV, START)
    assert (status, error_of(body)[1]) == (409, "FULLY_CHARGED")


async def test_unplugged_car_neither_starts_nor_stops(api: Api) -> None:
    for name in (START, STOP):
        status, body = await api.command(fleet.BEV, name)
        assert (status, error_of(body)) == (
            409,
            ("VEHICLE_STATE", "CHARGING_PLUG_NOT_CONNECTED"),
        )


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("driving", True, "IN_MOTION"),
        ("ignition", True, "IGNITION_ON"),
        ("doors_open", {(0, 0)}, "DOOR_OPEN"),
        ("trunk_open", True, "TRUNK_OPEN"),
        ("bonnet_open", True, "HOOD_OPEN"),
        ("refusal", "ASLEEP", "ASLEEP"),
        ("refusal", "REMOTE_ACCESS_DISABLED", "REMOTE_ACCESS_DISABLED"),
    ],
)
async def test_lock_is_refused(
    api: Api, bev: Car, name: str, value: object, code: str
) -> None:
    bev.locked = False
    setattr(bev, name, value)
    status, body = await api.command(fleet.BEV, LOCK)
    assert (status, error_of(body)) == (409, ("VEHICLE_STATE", code))
    assert bev.locked is False


async def test_unlock_while_driving(api: Api, bev: Car) -> None:
    bev.drive()
    status, body = await api.command(fleet.BEV, UNLOCK)
    assert (status, error_of(body)[1]) == (409, "IN_MOTION")


async def test_charge_port(api: Api, bev: Car) -> None:
    assert (await api.command(fleet.BEV, "commands/charge-port/open"))[0] == 200
    assert bev.port_open
    bev.plug_in()
    status, body = await api.command(fleet.BEV, "commands/charge-port/close")
    assert (status, error_of(body)[1]) == (409, "CHARGING_PLUG_CONNECTED")


async def test_destination(api: Api, bev: Car) -> None:
    name = "commands/navigation/set-destination"
    assert (await api.command(fleet.BEV, name, HOME))[0] == 200
    assert bev.destination == bev.spec.home
    for wrong in ({"latitude": 91, "longitude": 0}, {"latitude": 1}, {}):
        status, body = await api.command(fleet.BEV, name, wrong)
        assert (status, error_of(body)[0]) == (400, "VALIDATION")


@pytest.mark.parametrize("percent", [50, 100])
async def test_limits_of_the_limit(api: Api, bev: Car, percent: int) -> None:
    assert (await api.command(fleet.BEV, LIMIT, {"percent": percent}))[0] == 200
    assert bev.charge_limit == percent


@pytest.mark.parametrize("percent", [49, 101, 50.5, "80", True, None, [80]])
async def test_senseless_limits(api: Api, bev: Car, percent: object) -> None:
    status, body = await api.command(fleet.BEV, LIMIT, {"percent": percent})
    assert (status, error_of(body)[0]) == (400, "VALIDATION")
    assert bev.charge_limit == fleet.BEV_CHARGE_LIMIT


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"data": {}}', '{"percent": 80}', '{"data": 1}']
)
async def test_malformed_bodies(api: Api, text: str) -> None:
    path = f"/vehicle/v3/vehicles/{fleet.BEV}/{LIMIT}"
    headers = {"Content-Type": "application/json"}
    status, body = await api.call(
        "POST", path, user=fleet.USER_1, data=text, headers=headers
    )
    assert (status, error_of(body)[0]) == (400, "VALIDATION")


async def test_missing_permission_and_missing_ability(api: Api, cloud: Cloud) -> None:
    status, body = await api.command(fleet.ICE, START)
    assert (status, error_of(body)) == (403, ("PERMISSION", None))
    assert body["errors"][0]["resolution"] == {"type": "REAUTHENTICATE"}
    status, body = await api.command(
        fleet.PHEV, "commands/navigation/set-destination", HOME
    )
    assert (status, error_of(body)) == (403, ("PERMISSION", None))
    status, body = await api.command(fleet.PHEV, "commands/charge-port/open")
    assert (status, error_of(body)) == (501, ("COMPATIBILITY", "VEHICLE_NOT_CAPABLE"))
    cloud.cars[fleet.PHEV].commands |= {"charge-port/open"}
    assert (await api.command(fleet.PHEV, "commands/charge-port/open"))[0] == 200


async def test_commands_want_a_user_and_a_known_path(api: Api) -> None:
    path = f"/vehicle/v3/vehicles/{fleet.BEV}/{LOCK}"
    status, body = await api.call("POST", path)
    assert (status, error_of(body)) == (400, ("VALIDATION", "MISSING_PARAMETER"))
    for name in ("commands/climate/start", "security", "commands/security/honk"):
        status, body = await api.command(fleet.BEV, name)
        assert (status, error_of(body)[1]) == (404, "INVALID_PATH")
    status, body = await api.call("GET", path, user=fleet.USER_1)
    assert (status, error_of(body)[1]) == (404, "INVALID_PATH")


SCHEDULES: list[tuple[str, Json, list[int]]] = [
    ("daily", {"location": HOME, **NIGHT}, [7]),
    ("weekly", {"location": HOME, "days": {"monday": NIGHT, "friday": NIGHT}}, [1, 1]),
    ("workweek", {"location": HOME, "weekdays": NIGHT, "weekends": NIGHT}, [5, 2]),
]


@pytest.mark.parametrize(("kind", "attributes", "days"), SCHEDULES)
async def test_schedules_are_read_back_and_removed(
    api: Api, cloud: Cloud, kind: str, attributes: Json, days: list[int]
) -> None:
    bev = cloud.cars[fleet.BEV]
    name = f"charge-schedules/{kind}"
    status, body = await api.command(fleet.BEV, name, attributes)
    assert status == 200
    data = body["data"]
    assert data["type"] == "charge-schedule-execution"
    assert data["attributes"]["action"] == "create"
    assert data["attributes"]["scheduleType"] == kind
    schedule_id = data["attributes"]["scheduleId"]
    assert data["links"]["schedule"].endswith(f"/charge-schedules/{schedule_id}")
    cloud.refresh(bev)
    timers = (await api.signals(fleet.BEV))["charge-chargetimers"]["attributes"]["body"]
    timer = timers["values"][0]
    named = (timer["type"], timer["scheduleType"], timer["scheduleId"])
    assert named == ("LOCATION", kind.upper(), schedule_id)
    assert timer["condition"]["name"] == "Home"
    assert [len(one["days"]) for one in timer["schedules"]] == days
    assert timer["schedules"][0]["start"] == "23:00:00"
    path = f"/vehicle/v3/vehicles/{fleet.BEV}/charge-schedules/{schedule_id}"
    status, body = await api.call("DELETE", path, user=fleet.USER_1)
    assert (status, body["data"]["attributes"]["action"]) == (200, "delete")
    assert not bev.schedules
    assert (await api.call("DELETE", path, user=fleet.USER_1))[0] == 404


@pytest.mark.parametrize(
    "attributes",
    [
        {"location": HOME},
        NIGHT,
        {"location": HOME, "startTime": "25:00", "stopTime": "05:30"},
        {"location": HOME, "startTime": "23:00:00", "stopTime": "05:30"},
        {"location": HOME, "startTime": "23:00", "endTime": "05:30"},
        {"location": HOME, **NIGHT, "targetSoc": 80},
        {"location": {"latitude": 52}, **NIGHT},
        {"schedules": [NIGHT]},
    ],
)
async def test_other_schedule_forms_are_refused(
    api: Api, bev: Car, attributes: Json
) -> None:
    status, body = await api.command(fleet.BEV, "charge-schedules/daily", attributes)
    assert (status, error_of(body)[0]) == (400, "VALIDATION")
    assert not bev.schedules


async def test_command_takes_its_time(api: Api, cloud: Cloud, bev: Car) -> None:
    waits: list[float] = []
    reached = asyncio.Event()
    go = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        reached.set()
        await go.wait()

    cloud.sleep = sleep
    cloud.command_seconds = 1.5
    asked = asyncio.ensure_future(api.command(fleet.BEV, UNLOCK))
    await reached.wait()
    assert bev.locked
    go.set()
    assert (await asked)[0] == 200
    assert (bev.locked, waits) == (False, [1.5])


async def _held(api: Api, cloud: Cloud, fault: Fault) -> aiohttp.ClientResponse:
    cloud.faults.add(fault)
    url = f"{api.address}/vehicle/v3/vehicles/{fleet.BEV}/{UNLOCK}"
    headers = {"Authorization": f"Bearer {api.token}", "sc-user-id": fleet.USER_1}
    return await api.session.post(url, headers=headers)


async def test_held_answers_start_with_bare_202(api: Api, cloud: Cloud) -> None:
    go = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await go.wait()

    cloud.sleep = sleep
    fault = Fault("command", "held_then_ok", seconds=46)
    response = await _held(api, cloud, fault)
    # The headers are here while the body is not.
    assert response.status == 202
    assert "Content-Length" not in response.headers
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.content_type == "application/json"
    go.set()
    body = await response.json()
    assert body["data"]["attributes"]["commandType"] == "security-unlock"


async def test_held_then_error(api: Api, cloud: Cloud, bev: Car) -> None:
    fault = Fault(
        "command", "held_then_error", type="VEHICLE_STATE", code="UNREACHABLE"
    )
    response = await _held(api, cloud, fault)
    body = await response.json()
    assert response.status == 202
    assert error_of(body) == ("VEHICLE_STATE", "UNREACHABLE")
    assert body["errors"][0]["status"] == "409"
    assert bev.locked


async def test_held_then_nothing_runs_all_the_same(
    api: Api, cloud: Cloud, bev: Car
) -> None:
    response = await _held(api, cloud, Fault("command", "held_then_nothing"))
    assert (response.status, await response.read()) == (202, b"")
    assert not bev.locked


@pytest.mark.parametrize("runs", [True, False])
async def test_held_then_cut(api: Api, cloud: Cloud, bev: Car, *, runs: bool) -> None:
    fault = Fault("command.unlock", "held_then_cut", runs=runs)
    with pytest.raises(aiohttp.ClientError):
        await (await _held(api, cloud, fault)).read()
    assert bev.locked is not runs
