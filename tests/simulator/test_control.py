"""The control page, its JSON, and the process as a whole."""

import asyncio
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from simulator import fleet
from simulator.control import ACTIONS

if TYPE_CHECKING:
    from simulator.car import Car
    from simulator.cloud import Cloud

    from .client import Api

ROOT = Path(__file__).resolve().parents[2]


async def test_state_tells_what_a_person_needs(api: Api) -> None:
    await api.get("/connections")
    status, state = await api.call("GET", "/control/state")
    assert status == 200
    application = state["application"]
    assert application["client_id"] == fleet.CLIENT_ID
    assert application["client_secret"] == fleet.CLIENT_SECRET
    assert application["application_id"] == fleet.APPLICATION_ID
    car = state["cars"][fleet.BEV]
    assert (car["locked"], car["state_of_charge"], car["user"]) == (
        True,
        62.0,
        fleet.USER_1,
    )
    assert state["cars"][fleet.ICE]["state_of_charge"] is None
    assert state["counts"] == {"token": 1, "connections": 1}
    assert state["requests"][0]["path"] == "/vehicle/v3/connections"


async def test_actions_change_the_car_and_later_the_store(
    api: Api, bev: Car, cloud: Cloud
) -> None:
    await api.signals(fleet.BEV)
    path = f"/control/cars/{fleet.BEV}"
    status, car = await api.call("POST", path, json={"action": "plug_in"})
    assert (status, car["charging"], bev.plugged_in) == (200, True, True)
    assert await api.value(fleet.BEV, "charge-ischarging") is False
    cloud.refresh()
    assert await api.value(fleet.BEV, "charge-ischarging") is True


@pytest.mark.parametrize("action", list(ACTIONS))
async def test_every_action_works(api: Api, action: str) -> None:
    given = {"action": action, "percent": 70, "code": None}
    status, _ = await api.call("POST", f"/control/cars/{fleet.PHEV}", json=given)
    assert status == 200


async def test_account_actions(api: Api) -> None:
    path = f"/control/cars/{fleet.BEV}"
    await api.signals(fleet.BEV)
    for action, error in (("sign_out", True), ("refresh", True), ("sign_in", False)):
        _, car = await api.call("POST", path, json={"action": action})
        assert car["signed_out"] is error
    assert (await api.call("POST", path, json={"action": "empty"}))[0] == 200


async def test_senseless_control_is_refused(api: Api) -> None:
    path = f"/control/cars/{fleet.BEV}"
    cases = (
        (path, {"action": "fly"}, 400),
        (path, {"action": "set_limit"}, 400),
        (path, [], 400),
        ("/control/cars/none", {"action": "lock"}, 404),
        ("/control/faults", {"kind": "nonsense"}, 400),
        ("/control/faults", {"sort": "html"}, 400),
        ("/control/application", {"fill_store": "maybe"}, 400),
        ("/control/application", {"nonsense": 1}, 400),
    )
    for each, body, status in cases:
        assert (await api.call("POST", each, json=body))[0] == status, body


async def test_faults_and_application_by_control(api: Api, cloud: Cloud) -> None:
    fault = {"match": "signals", "type": "UPSTREAM", "code": "NO_RESPONSE"}
    assert (await api.call("POST", "/control/faults", json=fault))[0] == 200
    _, state = await api.call("GET", "/control/state")
    assert state["faults"][0]["code"] == "NO_RESPONSE"
    assert (await api.call("DELETE", "/control/faults"))[0] == 204
    assert len(cloud.faults) == 0
    change = {"expire_tokens": True, "fill_store": "never", "bucket_size": 5}
    assert (await api.call("POST", "/control/application", json=change))[0] == 200
    assert (await api.get("/connections"))[0] == 401
    assert (cloud.fill_store, cloud.limits.bucket_size) == ("never", 5)
    change = {"revoke_secret": True}
    _, answer = await api.call("POST", "/control/application", json=change)
    assert answer == {"secret_valid": False}


async def test_page_needs_nothing_from_outside(anonymous: Api) -> None:
    status, text = await anonymous.call("GET", "/control")
    assert status == 200
    for word in ("https://", "http://", "<link", "src="):
        assert word not in text
    assert "/control/state" in text


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_process_tells_when_ready_and_stops_at_once(
    number: signal.Signals,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", "0", "--speed", "60"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        start = "Simulated Smartcar cloud ready on http://127.0.0.1:"
        assert line.startswith(start)
        address = line.split()[5]
        assert line.endswith(f"(control page: {address}/control)\n")
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 5) == 0
    finally:
        if process.returncode is None:
            process.kill()
