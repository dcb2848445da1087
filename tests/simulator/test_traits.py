"""Lies: what is told of a car, in answers and deliveries, while it stays true."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from simulator import fleet
from simulator.clock import ManualClock, iso
from simulator.sender import Sender
from simulator.traits import TRAITS
from tests.cars import (
    ENERGY_ADDED,
    IS_CHARGING,
    MINUTE,
    ODOMETER,
    PLUG,
    POWER,
    RANGE,
    SOC,
    STATUS,
    TIME_LEFT,
)

from .client import Api, Json

if TYPE_CHECKING:
    from simulator.car import Car
    from simulator.cloud import Cloud

READINGS = 20

PLACE = "location-preciselocation"

type Told = list[dict[str, Json]]


async def look(api: Api, cloud: Cloud, number: int = READINGS) -> Told:
    """Return what a client is told of the electric car, once a minute."""
    clock = cloud.clock
    assert isinstance(clock, ManualClock)
    told = []
    for _ in range(number):
        clock.advance(MINUTE)
        elements = await api.signals(fleet.BEV)
        told.append({code: one["attributes"] for code, one in elements.items()})
        for code, one in elements.items():
            told[-1][code]["meta"] = one["meta"]
    return told


def values(told: Told, code: str, name: str = "value") -> list[Any]:
    """Return what was told for one code."""
    return [one[code]["body"].get(name) for one in told]


def charge(car: Car) -> None:
    """Charge from low, so that the charge lasts."""
    car.state_of_charge = 10.0
    car.plug_in()


PARKED_TRUTH = {
    ODOMETER: fleet.BEV_ODOMETER,
    SOC: 62,
    RANGE: 265.2,
    IS_CHARGING: False,
}


@pytest.mark.parametrize(
    ("trait", "code", "name", "seen"),
    [
        ("odometer_zero", ODOMETER, "value", {0}),
        ("odometer_old", ODOMETER, "value", {fleet.BEV_ODOMETER - 800}),
        ("place_zero", PLACE, "longitude", {0, 13.405}),
        ("latitude_zero", PLACE, "latitude", {0, 52.52}),
        ("latitude_zero", PLACE, "longitude", {13.405}),
        ("range_zero", RANGE, "value", {0, 265.2}),
        ("range_zero", SOC, "value", {62}),
        ("all_zero", SOC, "value", {0, 62}),
        ("all_zero", ODOMETER, "value", {0, fleet.BEV_ODOMETER}),
        ("no_units", ODOMETER, "unit", {None}),
        ("limit_null", "charge-chargelimits", "activeLimit", {None}),
        ("invalid_words", "charge-chargingconnectortype", "value", {"<invalid>"}),
        ("invalid_words", "charge-fastchargertype", "value", {"<invalid>"}),
        ("invalid_words", "charge-chargeportstatuscolor", "value", {"<invalid>"}),
    ],
)
async def test_what_is_told_of_a_parked_car(
    api: Api, cloud: Cloud, bev: Car, trait: str, code: str, name: str, seen: set[Any]
) -> None:
    bev.lie(trait)
    assert set(values(await look(api, cloud), code, name)) == seen
    # The car itself, which no lie touches.
    assert (bev.odometer, bev.state_of_charge) == (fleet.BEV_ODOMETER, 62)
    assert (bev.latitude, bev.longitude) == (52.52, 13.405)
    bev.tell_truth(trait)
    (told,) = await look(api, cloud, 1)
    for true_code, value in PARKED_TRUTH.items():
        assert told[true_code]["body"]["value"] == value


async def test_trembling_odometer(api: Api, cloud: Cloud, bev: Car) -> None:
    bev.lie("odometer_trembles")
    told = values(await look(api, cloud), ODOMETER)
    assert len(set(told)) == READINGS
    assert all(bev.odometer - 0.4 <= value <= bev.odometer for value in told)


@pytest.mark.parametrize(
    "trait", ["odometer_zero", "odometer_old", "odometer_trembles"]
)
async def test_a_driving_car_tells_its_true_odometer(
    api: Api, cloud: Cloud, bev: Car, trait: str
) -> None:
    await look(api, cloud, 1)
    bev.lie(trait)
    bev.drive(minutes=600)
    for _ in range(3):
        (told,) = await look(api, cloud, 1)
        assert told[ODOMETER]["body"]["value"] == round(bev.odometer, 1)
    bev.park()
    (told,) = await look(api, cloud, 1)
    assert told[ODOMETER]["body"]["value"] < bev.odometer
    assert bev.odometer > fleet.BEV_ODOMETER


@pytest.mark.parametrize(
    ("trait", "code", "lie"),
    [("energy_blinks", ENERGY_ADDED, 0), ("cable_blinks", PLUG, False)],
)
async def test_what_blinks_while_it_charges(
    api: Api, cloud: Cloud, bev: Car, trait: str, code: str, lie: Any
) -> None:
    bev.lie(trait)
    charge(bev)
    told = values(await look(api, cloud), code)
    assert told.count(lie) in range(2, READINGS - 2)
    if code == ENERGY_ADDED:
        grown = [value for value in told if value]
        assert grown == sorted(grown)
        assert bev.energy_added == bev.energy_total > 3
        assert told[-1] in (0, round(bev.energy_added, 1))


@pytest.mark.parametrize(
    ("trait", "witness", "value"),
    [
        ("ends_by_flag", IS_CHARGING, False),
        ("ends_by_not_charging", STATUS, "NOT_CHARGING"),
        ("ends_by_full", STATUS, "FULLY_CHARGED"),
        ("ends_by_cable", PLUG, False),
    ],
)
async def test_end_of_charging_by_one_witness(
    api: Api, cloud: Cloud, bev: Car, trait: str, witness: str, value: Any
) -> None:
    bev.lie(trait)
    charge(bev)
    (before,) = await look(api, cloud, 1)
    if trait == "ends_by_cable":
        bev.stop_charging()
        (told,) = await look(api, cloud, 1)
        assert told[IS_CHARGING]["body"]["value"] is False
        bev.start_charging()
        (before,) = await look(api, cloud, 1)
        bev.unplug()
    else:
        bev.stop_charging()
    for told in await look(api, cloud, 3):
        for code in (IS_CHARGING, PLUG, STATUS, POWER, TIME_LEFT):
            body = told[code]["body"]
            assert body == (
                {"value": value} if code == witness else before[code]["body"]
            )
            assert (
                told[code]["meta"]["retrievedAt"]
                == told[witness]["meta"]["retrievedAt"]
            )
    measured = [told[code]["meta"]["oemUpdatedAt"] for code in (witness, POWER)]
    moments = [datetime.fromisoformat(text) for text in measured]
    if trait == "ends_by_flag":
        assert moments[1] - moments[0] == timedelta(minutes=1)
    else:
        assert moments[1] < moments[0]
    # The next charge is told like the first, and a true end like any other.
    charge(bev)
    await look(api, cloud, 1)
    bev.tell_truth()
    bev.stop_charging()
    (told,) = await look(api, cloud, 1)
    assert (told[IS_CHARGING]["body"]["value"], told[POWER]["body"]["value"]) == (
        False,
        0,
    )


@pytest.mark.parametrize("step", [5, 10])
async def test_coarse_minutes(api: Api, cloud: Cloud, bev: Car, step: int) -> None:
    bev.lie(f"minutes_by_{step}")
    charge(bev)
    told = values(await look(api, cloud), TIME_LEFT)
    assert {minutes % step for minutes in told} == {0}
    assert abs(told[-1] - bev.minutes_to_full) <= step / 2
    assert len(set(told)) > 1


@pytest.mark.parametrize(
    ("trait", "date"),
    [
        ("time_missing", None),
        ("time_future", "2099-01-01T00:00:00.000Z"),
        ("time_1970", "1970-01-01T00:00:00.000Z"),
        ("time_year_1", "0001-01-01T00:00:00.000Z"),
    ],
)
async def test_wrong_times(
    api: Api, cloud: Cloud, bev: Car, trait: str, date: str | None
) -> None:
    bev.lie(trait)
    dates = [one[SOC]["meta"].get("oemUpdatedAt") for one in await look(api, cloud)]
    assert dates.count(date) in range(1, READINGS)
    assert len(set(dates)) == 2


@pytest.mark.parametrize(
    ("trait", "front_left"), [("tires_psi", 36.4), ("tires_bar", 2.51)]
)
async def test_tires_in_a_unit_that_is_not_named(
    api: Api, cloud: Cloud, bev: Car, trait: str, front_left: float
) -> None:
    bev.lie(trait)
    (told,) = await look(api, cloud, 1)
    body = told["wheel-tires"]["body"]
    assert "unit" not in body
    assert body["values"][0]["tirePressure"] == front_left
    assert body["rowCount"] == 2


async def test_good_bodies_beside_errors(api: Api, cloud: Cloud, bev: Car) -> None:
    bev.lie("error_without_reason")
    (told,) = await look(api, cloud, 1)
    assert told[SOC]["status"] == {"value": "ERROR"}
    assert told[SOC]["body"]["value"] == 62
    # A true error keeps its reason.
    assert "error" in told["surveillance-brand"]["status"]
    bev.tell_truth()
    bev.lie("error_login")
    first, *_, last = await look(api, cloud, 5)
    assert last[SOC]["status"]["error"]["code"] == "AUTHENTICATION_FAILED"
    assert last[SOC]["body"]["value"] == 62
    measured = datetime.fromisoformat(last[SOC]["meta"]["oemUpdatedAt"])
    asked = [
        datetime.fromisoformat(one[SOC]["meta"]["retrievedAt"]) for one in (first, last)
    ]
    assert measured + timedelta(hours=3, minutes=-1) < asked[0] < asked[1]


@pytest.mark.parametrize("trait", ["login_empty", "login_old"])
async def test_one_of_two_logins_is_not_served(
    api: Api, cloud: Cloud, bev: Car, clock: ManualClock, trait: str
) -> None:
    cloud.connect(cloud.users[fleet.USER_2], bev)
    bev.lie(trait)
    cloud.tick()
    bev.state_of_charge = 55
    bev.odometer += 9
    clock.advance(MINUTE)
    path = f"/vehicles/{fleet.BEV}/signals"
    served = await api.signals(fleet.BEV)
    assert served[SOC]["attributes"]["body"]["value"] == 55
    status, answer = await api.get(path, user=fleet.USER_2)
    assert status == 200
    told = {one["id"]: one for one in answer["data"]}
    if trait == "login_empty":
        assert told == {}
        return
    assert told[SOC]["attributes"]["body"]["value"] == 62
    measured = datetime.fromisoformat(told[SOC]["meta"]["oemUpdatedAt"])
    age = clock.now() - measured
    assert timedelta(days=9) <= age <= timedelta(days=9, minutes=5)


async def test_deliveries_tell_the_same_lies(api: Api, cloud: Cloud, bev: Car) -> None:
    bev.lie("odometer_zero", "no_units", "time_year_1")
    webhook = cloud.webhooks[fleet.WEBHOOK]
    subscription = cloud.subscribe(webhook, cloud.users[fleet.USER_1], bev)
    (read,) = await look(api, cloud, 1)
    async with Sender(cloud) as sender:
        frame = sender.state(subscription).frame
    told = {one["code"]: one for one in frame["data"]["signals"]}
    for code in (ODOMETER, SOC):
        assert told[code]["body"] == read[code]["body"]
        assert "unit" not in told[code]["body"]
        measured = told[code]["meta"]["oemUpdatedAt"]
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=measured)
        assert iso(when) == read[code]["meta"]["oemUpdatedAt"]


async def test_a_lie_is_news_when_it_changes(api: Api, cloud: Cloud, bev: Car) -> None:
    """A maker that tells another value dates it; one that repeats itself does not."""
    (true,) = await look(api, cloud, 1)
    bev.lie("odometer_zero")
    first, second = await look(api, cloud, 2)
    bev.tell_truth()
    (again,) = await look(api, cloud, 1)
    dates = [
        one[ODOMETER]["meta"]["oemUpdatedAt"] for one in (true, first, second, again)
    ]
    assert dates[0] < dates[1] == dates[2] < dates[3]


def test_lives_of_liars_repeat_themselves() -> None:
    def live() -> list[Any]:
        clock = ManualClock(speed=60)
        cloud = fleet.demo(clock)
        bev = cloud.cars[fleet.BEV]
        bev.lie(*TRAITS.keys() - {"login_empty"})
        told = []
        for _ in range(60):
            clock.advance(MINUTE)
            cloud.tick()
            (connection,) = cloud.connections_of(bev)
            told += [stored.element("") for stored in connection.store.signals()]
        return told

    assert live() == live()


def test_traits_that_do_not_exist_are_refused(bev: Car) -> None:
    lies: list[Callable[..., None]] = [bev.lie, bev.tell_truth]
    for lie in lies:
        with pytest.raises(ValueError, match="no such traits: honesty"):
            lie("odometer_zero", "honesty")
    assert bev.traits == set()


async def test_traits_by_control(api: Api, bev: Car) -> None:
    path = f"/control/cars/{fleet.BEV}/traits"
    status, car = await api.call(
        "POST", path, json={"odometer_zero": True, "no_units": True}
    )
    assert (status, car["traits"]) == (200, ["no_units", "odometer_zero"])
    # At once, and with what is told beside what is true.
    assert (car["odometer"], car["told"]["odometer"]) == (bev.odometer, 0)
    assert await api.value(fleet.BEV, ODOMETER) == 0
    _, state = await api.call("GET", "/control/state")
    assert [one["name"] for one in state["traits"]] == list(TRAITS)
    assert all(one["topic"] and one["text"] for one in state["traits"])
    status, car = await api.call("POST", path, json={"no_units": False})
    assert (status, car["traits"]) == (200, ["odometer_zero"])
    for body in ({"honesty": True}, {"no_units": "yes"}, []):
        assert (await api.call("POST", path, json=body))[0] == 400
    assert bev.traits == {"odometer_zero"}
    assert (await api.call("POST", "/control/cars/none/traits", json={}))[0] == 404
