"""The control page, its JSON, and the process as a whole."""

import asyncio
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from simulator import fleet
from simulator.control import ACTIONS
from simulator.stories import STORIES

if TYPE_CHECKING:
    from collections.abc import Callable

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


async def test_connections_by_control(api: Api, cloud: Cloud, bev: Car) -> None:
    path = f"/control/cars/{fleet.BEV}"
    for action, logins in (
        ("second_login", 2),
        ("disconnect", 0),
        ("connect", 1),
        ("connect", 1),
    ):
        status, car = await api.call("POST", path, json={"action": action})
        assert (status, car["logins"]) == (200, logins)
        assert len(list(cloud.connections_of(bev))) == logins
    cloud.owners.clear()
    assert (await api.call("POST", path, json={"action": "connect"}))[0] == 400


@pytest.mark.parametrize("powertrain", ["BEV", "PHEV", "ICE"])
async def test_another_car_joins(api: Api, cloud: Cloud, powertrain: str) -> None:
    alike = {car.spec.powertrain: car for car in cloud.cars.values()}[powertrain]
    given = {"powertrain": powertrain}
    cars = [(await api.call("POST", "/control/cars", json=given)) for _ in range(2)]
    assert [status for status, _ in cars] == [200, 200]
    _, listed = await api.get("/connections")
    assert listed["meta"]["totalCount"] == 5
    new = [cloud.cars[car["id"]] for _, car in cars]
    assert len({car.spec.vin for car in cloud.cars.values()}) == 5
    for car in new:
        assert len(car.spec.vin) == 17
        assert (car.spec.model, car.permissions) == (
            alike.spec.model,
            alike.permissions,
        )
        (connection,) = cloud.connections_of(car)
        assert connection.user.id == cloud.owners[alike.vehicle_id]
        path = f"/vehicles/{car.vehicle_id}/signals"
        status, body = await api.get(path, user=connection.user.id)
        assert (status, len(body["data"]) > 30) == (200, True)
    answer = await api.call("POST", "/control/cars", json={"powertrain": "steam"})
    assert answer[0] == 400


async def test_stories(api: Api, cloud: Cloud, bev: Car) -> None:
    """Each leaves what it tells of, and all is well again at the end."""

    def faults() -> list[tuple[str, str | None]]:
        return [(fault.match, fault.code) for fault in cloud.faults]

    expected: dict[str, tuple[Callable[[], object], object]] = {
        "charge": (lambda: (bev.charging, bev.state_of_charge), (True, 20.0)),
        # No webhook is subscribed to it; see test_sender.
        "yesterday": (lambda: bev.odometer, fleet.BEV_ODOMETER),
        "left_open": (lambda: (bev.locked, bev.trunk_open), (False, True)),
        "new_car": (lambda: (len(cloud.cars), len(cloud.connections)), (4, 4)),
        "lies": (lambda: len(bev.traits), 4),
        "signed_out": (
            lambda: [one.store.signed_out for one in cloud.connections_of(bev)],
            [True],
        ),
        "withdrawn": (lambda: list(cloud.connections_of(bev)), []),
        "key": (faults, [("command", "VIRTUAL_KEY_REQUIRED")]),
        "used_up": (lambda: faults()[-1], ("signals", "VEHICLE_REQUEST_LIMIT")),
        "down": (lambda: faults()[-1], ("*", "INTERNAL")),
        "secret": (lambda: cloud.application.secret_valid, False),
        "all_well": (
            lambda: (faults(), cloud.application.secret_valid, bev.traits),
            ([], True, set()),
        ),
    }
    assert list(expected) == list(STORIES)
    for name, (look, seen) in expected.items():
        status, _ = await api.call("POST", f"/control/stories/{name}")
        assert (status, look()) == (204, seen), name
    (connection,) = cloud.connections_of(bev)
    assert connection.user.id == fleet.USER_1
    assert await api.value(fleet.BEV, "tractionbattery-stateofcharge") == 20
    assert (await api.call("POST", "/control/stories/none"))[0] == 404


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


@pytest.mark.parametrize(
    ("action", "tells_vin"), [("new_id", True), ("new_id_without_vin", False)]
)
async def test_a_car_is_connected_again_under_a_new_id(
    api: Api, cloud: Cloud, bev: Car, action: str, tells_vin: bool
) -> None:
    path = f"/control/cars/{fleet.BEV}"
    before = [*cloud.cars]
    assert (await api.call("POST", path, json={"action": action}))[0] == 200
    assert fleet.BEV not in cloud.cars
    assert [*cloud.cars][1:] == before[1:]
    assert (cloud.cars[bev.vehicle_id], len(cloud.cars)) == (bev, 3)
    (connection,) = cloud.connections_of(bev)
    assert connection.user.id == fleet.USER_1
    assert ("read_vin" in connection.permissions) is tells_vin
    # Its owner finds it in Connect as before.
    path = f"/control/cars/{bev.vehicle_id}"
    assert (await api.call("POST", path, json={"action": "connect"}))[0] == 200


async def test_a_second_user_has_an_id_of_their_own(
    api: Api, cloud: Cloud, bev: Car
) -> None:
    path = f"/control/cars/{fleet.BEV}"
    act = {"action": "second_id"}
    assert (await api.call("POST", path, json=act))[0] == 200
    twin = [*cloud.cars.values()][-1]
    assert (twin.spec.vin, len(cloud.cars)) == (bev.spec.vin, 4)
    (connection,) = cloud.connections_of(twin)
    assert connection.user.id == fleet.USER_2
    await api.call("POST", path, json={"action": "second_login"})
    assert (await api.call("POST", path, json=act))[0] == 400


async def test_a_new_application_knows_the_cars_by_new_ids(
    api: Api, cloud: Cloud
) -> None:
    before = (fleet.CLIENT_ID, fleet.CLIENT_SECRET, fleet.APPLICATION_ID)
    change = {"new_application": True}
    assert (await api.call("POST", "/control/application", json=change))[0] == 200
    _, state = await api.call("GET", "/control/state")
    names = ("client_id", "client_secret", "application_id")
    assert not {state["application"][name] for name in names} & {*before}
    assert not state["cars"].keys() & {fleet.BEV, fleet.PHEV, fleet.ICE}
    assert (state["connections"], state["webhooks"]) == (3, {})
    assert (await api.get("/connections"))[0] == 401


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
