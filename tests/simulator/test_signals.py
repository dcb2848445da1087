"""Signals: envelopes, every documented body, the store's delays and its errors."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from simulator import fleet
from simulator.bodies import BODIES
from simulator.catalogue import CATALOGUE, codes_for
from simulator.errors import SIGNED_OUT, SignalError
from tests.cars import SOC

from .client import Api, Json, error_of

if TYPE_CHECKING:
    from simulator.car import Car
    from simulator.clock import ManualClock
    from simulator.cloud import Cloud
    from simulator.resources import Connection

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
}
ERROR_FIELDS = {"type", "code", "title", "detail", "description", "resolution"}


def test_catalogue_is_the_published_one() -> None:
    groups: dict[str, int] = {}
    for kind in CATALOGUE.values():
        groups[kind.group] = groups.get(kind.group, 0) + 1
    assert sum(groups.values()) == 93
    assert groups["Charge"] == 21
    assert groups["Diagnostics"] == 23
    assert groups["Closure"] == 8
    assert len(groups) == 19


@pytest.mark.parametrize("vehicle_id", [fleet.BEV, fleet.PHEV, fleet.ICE])
@pytest.mark.parametrize("busy", [False, True])
def test_every_suitable_code_has_a_documented_body(
    cloud: Cloud, vehicle_id: str, *, busy: bool
) -> None:
    car = cloud.cars[vehicle_id]
    if busy:
        car.trouble_codes.append("P0420")
        car.alerts["diagnostics-mil"] = "Engine"
        if car.electric:
            car.plug_in()
    for code in codes_for(car.spec.powertrain):
        documented = CATALOGUE[code].body
        body = BODIES[code](car)
        assert body, code
        assert body.keys() <= documented.keys(), code
        optional = {"unit", "type", "additionalValues"}
        assert documented.keys() - optional <= body.keys(), code
        for name, value in body.items():
            if value is not None:
                kinds = JSON_TYPES[documented[name]]
                assert isinstance(value, kinds), (code, name)
                assert isinstance(value, bool) == (kinds == (bool,)), (code, name)


async def test_list_envelope(api: Api) -> None:
    status, body = await api.get(f"/vehicles/{fleet.BEV}/signals", user=fleet.USER_1)
    assert status == 200
    assert body.keys() == {"data", "meta", "links", "included"}
    assert body["meta"] == {"pageNumber": 1, "pageSize": 93, "totalCount": 93}
    assert body["links"].keys() == {"self", "first", "prev", "next", "last"}
    assert body["links"]["next"] is None
    vehicle = body["included"]["vehicle"]
    assert vehicle.keys() == {"id", "type", "attributes", "links"}
    assert vehicle["id"] == fleet.BEV
    for element in body["data"]:
        assert element.keys() == {"id", "type", "attributes", "meta", "links"}
        attributes = element["attributes"]
        assert element["id"] == attributes["code"]
        assert {"code", "name", "group", "status"} <= attributes.keys()
        if attributes["status"]["value"] == "SUCCESS":
            assert "error" not in attributes["status"]
            assert "body" in attributes
        else:
            assert attributes["status"]["error"].keys() == ERROR_FIELDS
        assert element["meta"]["ingestedAt"] == "2026-10-05T08:00:00.000Z"


async def test_both_single_envelopes(api: Api, cloud: Cloud) -> None:
    path = f"/vehicles/{fleet.BEV}/signals/{SOC}"
    status, body = await api.get(path, user=fleet.USER_1)
    assert status == 200
    assert body.keys() == {"data", "links", "included"}
    attributes = body["data"]["attributes"]
    assert attributes["body"] == {"value": 62, "unit": "percent"}
    assert (attributes["name"], attributes["group"]) == (
        "StateOfCharge",
        "TractionBattery",
    )
    cloud.single_envelope = "bare"
    _, bare = await api.get(path, user=fleet.USER_1)
    assert bare == body["data"]


async def test_user_header_and_ids_are_checked(api: Api) -> None:
    path = f"/vehicles/{fleet.BEV}/signals"
    for each in (path, f"{path}/{SOC}"):
        status, body = await api.get(each)
        assert (status, error_of(body)) == (400, ("VALIDATION", "MISSING_PARAMETER"))
        for wrong in (fleet.USER_2, "nobody"):
            status, body = await api.get(each, user=wrong)
            assert (status, error_of(body)[1]) == (404, "VEHICLE_NOT_FOUND")
    status, body = await api.get("/vehicles/none/signals", user=fleet.USER_1)
    assert (status, error_of(body)[1]) == (404, "VEHICLE_NOT_FOUND")


async def test_unknown_and_absent_codes(api: Api, bev: Car) -> None:
    bev.override("odometer-traveleddistance", absent=True)
    for code in ("charge-nonsense", "odometer-traveleddistance"):
        path = f"/vehicles/{fleet.BEV}/signals/{code}"
        status, body = await api.get(path, user=fleet.USER_1)
        assert (status, error_of(body)) == (
            404,
            ("RESOURCE_NOT_FOUND", "SIGNAL_NOT_FOUND"),
        )
        assert code not in await api.signals(fleet.BEV)


async def test_never_filled_store_in_both_forms(api: Api, cloud: Cloud) -> None:
    cloud.fill_store = "never"
    path = f"/vehicles/{fleet.BEV}/signals"
    status, body = await api.get(path, user=fleet.USER_1)
    assert (status, body["data"]) == (200, [])
    assert body["meta"] == {"pageNumber": 1, "pageSize": 0, "totalCount": 0}
    assert body["included"]["vehicle"]["id"] == fleet.BEV
    assert (await api.get(f"{path}/{SOC}", user=fleet.USER_1))[0] == 404
    cloud.empty_store = "not_found"
    status, body = await api.get(path, user=fleet.USER_1)
    assert (status, error_of(body)[0]) == (404, "RESOURCE_NOT_FOUND")


async def test_store_fills_once_subscribed(
    api: Api, cloud: Cloud, clock: ManualClock, bev: Car
) -> None:
    cloud.fill_store = "subscribed"
    user = cloud.users[fleet.USER_1]
    cloud.subscribe(cloud.webhooks[fleet.DISABLED_WEBHOOK], user, bev)
    clock.advance(60)
    assert await api.signals(fleet.BEV) == {}
    cloud.subscribe(cloud.webhooks[fleet.WEBHOOK], user, bev)
    assert await api.signals(fleet.BEV) == {}
    clock.advance(cloud.subscription_delay)
    # The store gathers all the grant allows, not only the webhook's codes.
    assert len(await api.signals(fleet.BEV)) == 93
    assert await api.signals(fleet.PHEV) == {}


def status_of(element: Json) -> tuple[str, str | None, str | None]:
    """Return status value, error type and error code."""
    status = element["attributes"]["status"]
    error = status.get("error", {})
    return status["value"], error.get("type"), error.get("code")


async def test_not_charging_keeps_the_unit(api: Api) -> None:
    signals = await api.signals(fleet.BEV)
    for code, unit in (
        ("charge-chargerate", "km/h"),
        ("charge-timetocomplete", "minute"),
    ):
        element = signals[code]
        assert status_of(element) == ("ERROR", "VEHICLE_STATE", "NOT_CHARGING")
        assert element["attributes"]["body"] == {"value": None, "unit": unit}
        assert len(element["meta"]) == 3
    assert signals["charge-wattage"]["attributes"]["body"]["value"] == 0


async def test_not_capable_and_not_permitted_come_bare(api: Api) -> None:
    bev, ice = await api.signals(fleet.BEV), await api.signals(fleet.ICE)
    cases = (
        (bev["internalcombustionengine-fuellevel"], "COMPATIBILITY"),
        (bev["wheel-style"], "COMPATIBILITY"),
        (ice["tractionbattery-stateofcharge"], "COMPATIBILITY"),
        (ice["location-preciselocation"], "PERMISSION"),
        (ice["climate-externaltemperature"], "PERMISSION"),
    )
    for element, error_type in cases:
        assert status_of(element)[:2] == ("ERROR", error_type)
        assert "body" not in element["attributes"]
        assert element["meta"].keys() == {"ingestedAt"}
    assert "wheel-style" not in ice
    error = ice["location-preciselocation"]["attributes"]["status"]["error"]
    assert error["code"] == "UNKNOWN"
    assert error["resolution"] == {"type": "REAUTHENTICATE"}


async def test_permissions_come_and_go(
    api: Api, cloud: Cloud, bev: Car, connection: Connection
) -> None:
    connection.permissions.remove("read_odometer")
    code = "odometer-traveleddistance"
    assert status_of((await api.signals(fleet.BEV))[code])[1] == "PERMISSION"
    connection.permissions.append("read_odometer")
    cloud.refresh(bev)
    assert await api.value(fleet.BEV, code) == fleet.BEV_ODOMETER


async def test_dialects(api: Api) -> None:
    bev, phev, ice = [
        await api.signals(one) for one in (fleet.BEV, fleet.PHEV, fleet.ICE)
    ]

    def body(signals: dict[str, Json], code: str) -> Json:
        body: Json = signals[code]["attributes"]["body"]
        return body

    assert body(bev, "wheel-tires")["unit"] == "kPa"
    assert body(phev, "wheel-tires")["unit"] == "bar"
    assert body(phev, "wheel-tires")["values"][0]["tirePressure"] > 200
    assert body(phev, "charge-timetocomplete") == {"value": None}
    assert body(phev, "charge-chargelimits") == {
        "values": [],
        "activeLimit": fleet.BEV_CHARGE_LIMIT,
        "unit": "percent",
    }
    assert body(phev, "charge-wattage")["unit"] == "watt"
    assert body(ice, "odometer-traveleddistance") == {"value": 58210.0, "unit": "km"}
    assert body(bev, "charge-chargingconnectortype") == {"value": "invalid"}
    vin = bev["vehicleidentification-vin"]
    assert vin["meta"].keys() == {"ingestedAt"}


async def test_imperial_changes_what_has_a_counterpart(api: Api) -> None:
    path = f"/vehicles/{fleet.BEV}/signals"
    headers = {"SC-Unit-System": "imperial"}
    _, body = await api.get(path, user=fleet.USER_1, headers=headers)
    bodies = {
        one["id"]: one["attributes"]["body"]
        for one in body["data"]
        if "body" in one["attributes"]
    }
    assert bodies["odometer-traveleddistance"] == {
        "value": pytest.approx(11453.5, abs=0.1),
        "unit": "mi",
    }
    assert bodies["climate-internaltemperature"]["unit"] == "fahrenheit"
    assert bodies["climate-internaltemperature"]["value"] == pytest.approx(66.2)
    assert bodies["wheel-tires"]["unit"] == "psi"
    assert bodies["wheel-tires"]["values"][0]["tirePressure"] == pytest.approx(36.4)
    assert bodies[SOC] == {"value": 62, "unit": "percent"}
    assert bodies["charge-chargerate"] == {"value": None, "unit": "mph"}


async def test_store_reads_at_its_rhythm(
    api: Api, clock: ManualClock, bev: Car
) -> None:
    assert await api.value(fleet.BEV, "closure-islocked") is True
    bev.locked = False
    clock.advance(59)
    assert await api.value(fleet.BEV, "closure-islocked") is True
    clock.advance(1)
    element = (await api.signals(fleet.BEV))["closure-islocked"]
    assert element["attributes"]["body"] == {"value": False}
    assert element["meta"]["ingestedAt"] == "2026-10-05T08:01:00.000Z"
    assert element["meta"]["oemUpdatedAt"] == "2026-10-05T08:00:58.000Z"


async def test_resting_car_ages_though_it_is_asked(
    api: Api, clock: ManualClock, bev: Car
) -> None:
    first = (await api.signals(fleet.BEV))[SOC]["meta"]
    clock.advance(3600)
    await api.sign_in()
    second = (await api.signals(fleet.BEV))[SOC]["meta"]
    assert second["oemUpdatedAt"] == first["oemUpdatedAt"]
    assert second["retrievedAt"] > first["retrievedAt"]
    bev.plug_in()
    clock.advance(3600)
    await api.sign_in()
    third = (await api.signals(fleet.BEV))[SOC]
    assert third["meta"]["oemUpdatedAt"] > first["oemUpdatedAt"]
    assert third["attributes"]["body"]["value"] == 76


async def test_refresh_reads_at_once(api: Api, cloud: Cloud, bev: Car) -> None:
    assert await api.value(fleet.BEV, SOC) == 62
    bev.state_of_charge = 33.3
    cloud.refresh(bev)
    assert await api.value(fleet.BEV, SOC) == 33


async def test_overrides(api: Api, bev: Car) -> None:
    await api.signals(fleet.BEV)
    bev.override("closure-islocked", body={"value": None})
    bev.override(SOC, error=SIGNED_OUT)
    bev.override("closure-reartrunk", status="UNAVAILABLE", body=None)
    bev.override("charge-novelty", body={"value": 3, "unit": "furlongs"})
    bev.override("charge-chargetimers", error=SignalError("SERVER", "INTERNAL"))
    long_ago = datetime(2026, 7, 1, tzinfo=UTC)
    bev.override(
        "odometer-traveleddistance",
        body={"value": 5, "unit": "kilometers"},
        oem_updated_at=long_ago,
        retrieved_at=None,
    )
    signals = await api.signals(fleet.BEV)
    assert signals["closure-islocked"]["attributes"]["body"] == {"value": None}
    stale = signals[SOC]
    assert status_of(stale) == (
        "ERROR",
        "CONNECTED_SERVICES_ACCOUNT",
        "AUTHENTICATION_FAILED",
    )
    assert stale["attributes"]["body"] == {"value": 62, "unit": "percent"}
    assert status_of(signals["closure-reartrunk"]) == ("UNAVAILABLE", None, None)
    assert "body" not in signals["closure-reartrunk"]["attributes"]
    assert signals["charge-novelty"]["attributes"]["body"]["unit"] == "furlongs"
    assert "body" not in signals["charge-chargetimers"]["attributes"]
    meta = signals["odometer-traveleddistance"]["meta"]
    assert meta["oemUpdatedAt"] == "2026-07-01T00:00:00.000Z"
    assert "retrievedAt" not in meta
    bev.clear_overrides()
    assert "charge-novelty" not in await api.signals(fleet.BEV)


async def test_signed_out_owner_leaves_old_values(
    api: Api, cloud: Cloud, clock: ManualClock, bev: Car, connection: Connection
) -> None:
    await api.signals(fleet.BEV)
    connection.store.signed_out = True
    bev.state_of_charge = 10
    clock.advance(60)
    element = (await api.signals(fleet.BEV))[SOC]
    assert status_of(element)[2] == "AUTHENTICATION_FAILED"
    assert element["attributes"]["body"]["value"] == 62
    status, body = await api.command(fleet.BEV, "commands/security/lock")
    assert (status, error_of(body)[1]) == (400, "AUTHENTICATION_FAILED")
    resolution = body["errors"][0]["resolution"]
    assert resolution["type"] == "REAUTHENTICATE"
    assert fleet.APPLICATION_ID in resolution["url"]
    cloud.connect(connection.user, bev)
    clock.advance(60)
    assert await api.value(fleet.BEV, SOC) == 10
