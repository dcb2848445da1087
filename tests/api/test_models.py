"""Smartcar's resources as objects, from good JSON and from bad."""

from datetime import UTC, datetime, timedelta
import time
from typing import Any

from hypothesis import given
import pytest

from custom_components.smartcar.api import (
    CommandResult,
    Connection,
    Signal,
    SignalError,
    Subscription,
    Vehicle,
    Webhook,
)
from custom_components.smartcar.api.gate import parse_time

from .fixtures import body
from .hostile import ANY_JSON, bent, hostile

MEASURED = datetime(2026, 10, 5, 14, 2, 11, tzinfo=UTC)
RETRIEVED = datetime(2026, 10, 5, 14, 2, 40, 512000, tzinfo=UTC)
INGESTED = datetime(2026, 10, 5, 14, 2, 41, 87000, tzinfo=UTC)


def signals(name: str) -> dict[str, Signal]:
    """Read all signals of a fixture."""
    found = [Signal.parse(item) for item in body(name)["data"]]
    return {signal.code: signal for signal in found if signal is not None}


# Times


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-10-05T14:02:11.000Z", MEASURED, id="ISO 8601"),
        pytest.param("2026-10-05T16:02:11+02:00", MEASURED, id="another zone"),
        pytest.param("2026-10-05T14:02:11", MEASURED, id="no zone"),
        pytest.param(1791208931000, MEASURED, id="milliseconds"),
        pytest.param(1791208960512, RETRIEVED, id="with a fraction"),
        pytest.param(1791208931000.0, MEASURED, id="floating point"),
        pytest.param(1791208931, MEASURED, id="seconds"),
        pytest.param(
            99_999_999_999, None, id="seconds of the year 5138 are not believed"
        ),
        pytest.param(
            100_000_000_000,
            datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC),
            id="the smallest number taken for milliseconds",
        ),
        pytest.param(4_102_444_800_000, None, id="year 2100"),
        *(
            pytest.param(value, None, id=repr(value)[:30])
            for value in (
                None,
                0,
                0.0,
                -1,
                True,
                False,
                "",
                "0",
                "yesterday",
                "2026-13-40T00:00:00Z",
                "0001-01-01T00:00:00+14:00",
                10**400,
                float("nan"),
                float("inf"),
                float("-inf"),
                [1791208931000],
                {"value": 1791208931000},
                "\ud800",
            )
        ),
    ],
)
def test_times(value: object, expected: datetime | None) -> None:
    """REST writes ISO 8601, webhooks milliseconds; the rest is not known."""
    assert parse_time(value) == expected


def test_times_without_a_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smartcar's times are UTC, wherever Home Assistant runs."""
    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            assert parse_time("2026-10-05T14:02:11") == MEASURED
    finally:
        time.tzset()


@hostile
@given(ANY_JSON)
def test_hostile_times(value: object) -> None:
    """A time is aware and in UTC, or not there."""
    moment = parse_time(value)
    assert moment is None or moment.utcoffset() == timedelta()


# Vehicles


def test_vehicle() -> None:
    """A car as `GET /vehicles/{id}` tells it."""
    data = body("vehicle")["data"]
    assert Vehicle.parse(data["id"], data["attributes"]) == Vehicle(
        id=data["id"],
        make="Tesla",
        model="Model 3",
        year=2021,
        powertrain="BEV",
        mode="live",
    )


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"make": "VOLKSWAGEN", "model": "ID.4"}, "Volkswagen ID.4"),
        ({"make": "LAND ROVER", "model": "Defender"}, "Land Rover Defender"),
        ({"make": "MERCEDES-BENZ", "model": "EQA"}, "Mercedes-Benz EQA"),
        ({"make": "BMW", "model": "i3"}, "BMW i3"),
        ({"make": "Tesla", "model": "Model Y"}, "Tesla Model Y"),
        ({"make": "TESLA"}, "Tesla"),
        ({"model": "Zoe"}, "Zoe"),
        ({}, ""),
        (None, ""),
    ],
)
def test_vehicle_name(attributes: object, name: str) -> None:
    """Makes come in capitals; people write them differently."""
    vehicle = Vehicle.parse("car", attributes)
    assert vehicle is not None
    assert vehicle.name == name


@pytest.mark.parametrize("year", ["2021", True, 2021.5, None])
def test_vehicle_without_a_year(year: object) -> None:
    """A year is a whole number or not known; so is what drives the car."""
    vehicle = Vehicle.parse("car", {"year": year, "powertrainType": None})
    assert vehicle is not None
    assert (vehicle.year, vehicle.powertrain, vehicle.mode) == (None, None, "live")


BAD_IDS = [None, "", 7, ["x"], "line\nbreak", "\ud800", "caf\u00e9"]


@pytest.mark.parametrize("id_", BAD_IDS)
def test_ids(id_: object) -> None:
    """An id goes into addresses and headers; what cannot stand there is no id."""
    assert Vehicle.parse(id_, {}) is None
    assert Webhook.parse({"id": id_}) is None
    assert Subscription.parse({"id": id_}) is None
    for part in ("id", "vehicle", "user"):
        resource = body("connection")["data"]
        del resource["attributes"]["user"]
        if part == "id":
            resource["id"] = id_
        else:
            resource["relationships"][part]["data"]["id"] = id_
        assert Connection.parse(resource) is None


# Connections


def test_connections() -> None:
    """Three cars of two users."""
    resources = body("connections")["data"]
    tesla, ford, volvo = (Connection.parse(resource) for resource in resources)
    assert tesla is not None
    assert ford is not None
    assert volvo is not None
    assert [tesla.vehicle.name, ford.vehicle.name, volvo.vehicle.name] == [
        "Tesla Model 3",
        "Ford F-150",
        "Volvo XC60",
    ]
    assert tesla.user_id == volvo.user_id != ford.user_id
    assert tesla.id == resources[0]["id"]
    assert "control_charge" in tesla.permissions
    assert ford.permissions == {
        "read_engine_oil",
        "read_fuel",
        "read_odometer",
        "read_security",
        "read_tires",
        "read_vehicle_info",
        "read_vin",
    }
    assert tesla.updated_at == datetime(2026, 9, 30, 6, 11, 54, 27000, tzinfo=UTC)


def test_connection_user() -> None:
    """The user stands at two places; the relationship is asked first."""
    resource = body("connection")["data"]
    expected = resource["relationships"]["user"]["data"]["id"]
    resource["attributes"]["user"]["id"] = "another"
    connection = Connection.parse(resource)
    assert connection is not None
    assert connection.user_id == expected

    del resource["relationships"]["user"]
    connection = Connection.parse(resource)
    assert connection is not None
    assert connection.user_id == "another"


def test_connection_with_odd_details() -> None:
    """Permissions and times are read where readable; the connection stays."""
    resource = body("connection")["data"]
    resource["attributes"]["permissions"] = ["read_vin", None, 5]
    del resource["meta"]["updatedAt"]
    connection = Connection.parse(resource)
    assert connection is not None
    assert connection.permissions == {"read_vin"}
    assert connection.updated_at == parse_time(resource["meta"]["createdAt"])

    resource["attributes"]["permissions"] = "all"
    del resource["meta"]
    connection = Connection.parse(resource)
    assert connection is not None
    assert connection.permissions == frozenset()
    assert connection.updated_at is None


# Signals


def test_signal() -> None:
    """A value with its three times."""
    assert Signal.parse(body("signal_single")["data"]) == Signal(
        code="tractionbattery-stateofcharge",
        status="SUCCESS",
        body={"value": 64, "unit": "percent"},
        oem_updated_at=MEASURED,
        retrieved_at=RETRIEVED,
        ingested_at=INGESTED,
    )


def test_every_published_signal() -> None:
    """The store of a well-equipped car holds all 93 codes."""
    found = signals("signals_bev")
    assert len(found) == 93
    assert found["closure-islocked"].body == {"value": True}
    assert found["odometer-traveleddistance"].body == {"value": 41873.6, "unit": "km"}
    assert sum(signal.status == "SUCCESS" for signal in found.values()) == 75


@pytest.mark.parametrize(
    ("fixture", "code", "error"),
    [
        (
            "signals_bev",
            "charge-timetocomplete",
            SignalError("VEHICLE_STATE", "NOT_CHARGING"),
        ),
        (
            "signals_bev",
            "closure-enginecover",
            SignalError("COMPATIBILITY", "VEHICLE_NOT_CAPABLE"),
        ),
        (
            "signals_bev",
            "lowvoltagebattery-stateofcharge",
            SignalError("PERMISSION", "UNKNOWN"),
        ),
        ("signals_bev", "lowvoltagebattery-status", SignalError("PERMISSION", None)),
        (
            "signals_phev_reauth_needed",
            "tractionbattery-stateofcharge",
            SignalError("CONNECTED_SERVICES_ACCOUNT", "AUTHENTICATION_FAILED"),
        ),
    ],
)
def test_signal_errors(fixture: str, code: str, error: SignalError) -> None:
    """An error says why; an old value may stand beside it."""
    signal = signals(fixture)[code]
    assert signal.status == "ERROR"
    assert signal.error == error
    assert not signal.is_good
    assert (signal.body is None) == (error.type != "CONNECTED_SERVICES_ACCOUNT")


def test_unavailable_signal() -> None:
    """`UNAVAILABLE` is no value either, even without an error."""
    unavailable = [
        signal
        for signal in signals("signals_ice").values()
        if signal.status == "UNAVAILABLE"
    ]
    assert len(unavailable) == 1
    assert not unavailable[0].is_good
    assert unavailable[0].error == SignalError("UNKNOWN", None)


def test_webhooks_and_reads_give_the_same_signal() -> None:
    """Webhooks write signals flat and times in milliseconds; the result is equal."""
    read = signals("signals_bev")["tractionbattery-stateofcharge"]
    told = Signal.parse(body("delivery_state")["data"]["signals"][0])
    assert told is not None
    assert told.ingested_at is None
    assert (told.code, told.status, told.body) == (read.code, read.status, read.body)
    assert (told.oem_updated_at, told.retrieved_at) == (MEASURED, RETRIEVED)
    assert (read.oem_updated_at, read.retrieved_at) == (MEASURED, RETRIEVED)


def test_delivery() -> None:
    """Unknown times of a delivery are zero or null."""
    found = [Signal.parse(item) for item in body("delivery_state")["data"]["signals"]]
    by_code = {signal.code: signal for signal in found if signal is not None}
    assert len(by_code) == len(found) == 6
    vin = by_code["vehicleidentification-vin"]
    assert (vin.oem_updated_at, vin.retrieved_at) == (None, None)
    assert by_code["location-preciselocation"].error == SignalError("PERMISSION")


@pytest.mark.parametrize(
    ("status", "expected", "is_good"),
    [
        pytest.param({"value": "SUCCESS"}, "SUCCESS", True, id="success"),
        pytest.param({"value": "success"}, "SUCCESS", True, id="lower case"),
        pytest.param(None, "SUCCESS", True, id="left out, as in autumn 2025"),
        pytest.param({}, "SUCCESS", True, id="empty"),
        pytest.param({"value": 1}, "SUCCESS", True, id="unreadable"),
        pytest.param({"value": "ERROR"}, "ERROR", False, id="error unexplained"),
        pytest.param({"error": {"type": "X"}}, "ERROR", False, id="error unnamed"),
        pytest.param({"value": "STALE"}, "STALE", False, id="a status of the future"),
    ],
)
def test_signal_status(status: object, expected: str, is_good: bool) -> None:
    """Only a success is good and has no error; the body stays in any case."""
    item = {"code": "Charge-Wattage", "status": status, "body": {"value": 1}}
    signal = Signal.parse(item)
    assert signal is not None
    assert signal.code == "charge-wattage"
    assert signal.status == expected
    assert signal.body == {"value": 1}
    assert signal.is_good == is_good
    assert (signal.error is None) == is_good


@pytest.mark.parametrize("type_", ["COMPATIBILITY", "PERMISSION", "vehicle_state"])
def test_no_body_beside_errors_that_say_there_is_none(type_: str) -> None:
    """What may not or cannot be told, or is not so now, is no old value."""
    status = {"value": "ERROR", "error": {"type": type_}}
    item = {"code": "charge-wattage", "status": status, "body": {"value": 1}}
    signal = Signal.parse(item)
    assert signal is not None
    assert signal.body is None
    assert signal.error == SignalError(type_.upper())


def test_signal_by_its_id() -> None:
    """The code is the resource's id as well."""
    signal = Signal.parse({"id": "odometer-traveleddistance", "attributes": {}})
    assert signal is not None
    assert signal.code == "odometer-traveleddistance"
    assert Signal.parse({"attributes": {"name": "Odometer"}}) is None


def test_signal_with_an_odd_body() -> None:
    """A value is always an object."""
    signal = Signal.parse({"code": "charge-wattage", "body": [7]})
    assert signal is not None
    assert signal.body is None


def test_fetched_at() -> None:
    """One page of the documents calls the time of asking by another name."""
    meta = {"fetchedAt": 1791208960512}
    signal = Signal.parse({"code": "charge-wattage", "meta": meta})
    assert signal is not None
    assert signal.retrieved_at == RETRIEVED


# Commands


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (body("command_succeeded"), CommandResult("SUCCESS")),
        (
            body("command_schedule_created"),
            CommandResult("SUCCESS", "sched_01J9EXAMPLE000000000DAILY"),
        ),
        ({}, CommandResult(None)),
        (None, CommandResult(None)),
        ({"data": {"attributes": {"status": "done"}}}, CommandResult(None)),
    ],
)
def test_command_result(answer: object, expected: CommandResult) -> None:
    """All of a command's answer is optional."""
    assert CommandResult.parse(answer) == expected


# Webhooks and subscriptions


def test_webhooks() -> None:
    """What the dashboard made."""
    home, old = (Webhook.parse(item) for item in body("webhooks")["data"])
    assert home is not None
    assert old is not None
    assert (home.name, home.is_enabled, home.auto_subscribe) == ("Home", True, True)
    assert home.callback_uri == "https://home.example.org/api/webhook/6f1c0e"
    assert home.triggers == ("tractionbattery-stateofcharge", "closure-islocked")
    assert home.data == (
        "tractionbattery-stateofcharge",
        "vehicleidentification-vin",
        "closure-islocked",
        "odometer-traveleddistance",
    )
    assert not old.is_enabled


def test_webhook_with_odd_details() -> None:
    """Codes are read where readable; only a true `true` switches on."""
    webhook = Webhook.parse(
        {
            "id": "hook",
            "attributes": {
                "isEnabled": "true",
                "triggers": [{"code": "Closure-IsLocked"}, {"name": "VIN"}, "x"],
                "data": {"code": "closure-islocked"},
            },
        }
    )
    assert webhook == Webhook("hook", "", "", False, False, ("closure-islocked",), ())


def test_subscriptions() -> None:
    """A subscription ties a webhook, a user and a car together."""
    resources = body("subscriptions")["data"]
    found = [Subscription.parse(item) for item in resources]
    assert [one.vehicle_id for one in found if one] == [
        item["relationships"]["vehicle"]["data"]["id"] for item in resources
    ]
    webhook = body("webhooks")["data"][0]["id"]
    assert {one.webhook_id for one in found if one} == {webhook}


def test_subscription_types_are_not_believed() -> None:
    """The documents' sample calls all three relationships webhooks."""
    resource = body("subscriptions")["data"][0]
    expected = Subscription.parse(resource)
    for relationship in resource["relationships"].values():
        relationship["data"]["type"] = "webhook"
    assert Subscription.parse(resource) == expected


def test_subscription_without_relationships() -> None:
    """What a subscription ties may be unreadable; it can still be deleted."""
    resource = {"id": "one", "relationships": {"user": {"data": None}, "vehicle": 3}}
    assert Subscription.parse(resource) == Subscription("one", None, None, None)


# All


def test_frozen() -> None:
    """Nobody changes what Smartcar said."""
    signal = Signal("charge-wattage", "SUCCESS", {"value": 0})
    with pytest.raises(AttributeError):
        signal.status = "ERROR"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("item", "private"),
    [
        (
            Connection.parse(body("connection")["data"]),
            [
                body("connection")["data"]["id"],
                body("connection")["data"]["relationships"]["user"]["data"]["id"],
                body("connection")["data"]["relationships"]["vehicle"]["data"]["id"],
            ],
        ),
        (Webhook.parse(body("webhooks")["data"][0]), ["home.example.org"]),
        (
            Subscription.parse(body("subscriptions")["data"][0]),
            [body("subscriptions")["data"][0]["id"], body("webhooks")["data"][0]["id"]],
        ),
        (signals("signals_bev")["vehicleidentification-vin"], ["5YJ3E1EA2MF000000"]),
        (signals("signals_bev")["location-preciselocation"], ["59.9127", "10.7461"]),
        (CommandResult.parse(body("command_schedule_created")), ["sched_01J9"]),
    ],
    ids=["connection", "webhook", "subscription", "VIN", "position", "schedule"],
)
def test_repr_is_private(item: object, private: list[str]) -> None:
    """Ids, addresses and values stay out of what a log line might show."""
    assert item is not None
    assert [text for text in private if text in repr(item)] == []


def is_text(value: object) -> bool:
    """Return whether a value is text with something in it."""
    return isinstance(value, str) and value != ""


@hostile
@given(bent(body("signal_single")["data"]))
def test_hostile_signals(resource: Any) -> None:
    """A signal is typed or not there."""
    signal = Signal.parse(resource)
    if signal is None:
        return
    assert is_text(signal.code)
    assert is_text(signal.status)
    assert (signal.error is None) == (signal.status == "SUCCESS")
    assert signal.body is None or isinstance(signal.body, dict)
    for moment in (signal.oem_updated_at, signal.retrieved_at, signal.ingested_at):
        assert moment is None or moment.utcoffset() == timedelta()
    if signal.error is not None:
        assert not signal.is_good
        assert is_text(signal.error.type)
        assert signal.error.code is None or is_text(signal.error.code)


@hostile
@given(bent(body("delivery_state")["data"]["signals"][-1]))
def test_hostile_deliveries(resource: Any) -> None:
    """So is a signal from a webhook."""
    signal = Signal.parse(resource)
    assert signal is None or is_text(signal.code)


@hostile
@given(bent(body("connection")["data"]))
def test_hostile_connections(resource: Any) -> None:
    """A connection has a user and a vehicle or is not there."""
    connection = Connection.parse(resource)
    if connection is None:
        return
    for id_ in (connection.id, connection.user_id, connection.vehicle.id):
        assert is_text(id_)
        assert id_.isascii()
    assert all(isinstance(name, str) for name in connection.permissions)
    assert connection.updated_at is None or isinstance(connection.updated_at, datetime)


@hostile
@given(ANY_JSON, bent(body("vehicle")["data"]["attributes"]))
def test_hostile_vehicles(id_: Any, attributes: Any) -> None:
    """A car's name is one that can be shown, or there is none."""
    vehicle = Vehicle.parse(id_, attributes)
    assert (vehicle is not None) or not (
        is_text(id_) and id_.isalnum() and id_.isascii()
    )
    vehicle = Vehicle.parse("car", attributes)
    assert vehicle is not None
    assert not vehicle.name or is_text(vehicle.name)
    assert isinstance(vehicle.make, str)
    assert isinstance(vehicle.model, str)
    assert vehicle.year is None or type(vehicle.year) is int
    assert vehicle.powertrain is None or is_text(vehicle.powertrain)
    assert is_text(vehicle.mode)


@hostile
@given(bent(body("webhooks")["data"][0]))
def test_hostile_webhooks(resource: Any) -> None:
    """A webhook's switches are booleans, its codes are text."""
    webhook = Webhook.parse(resource)
    if webhook is None:
        return
    assert isinstance(webhook.is_enabled, bool)
    assert isinstance(webhook.auto_subscribe, bool)
    assert isinstance(webhook.name, str)
    assert isinstance(webhook.callback_uri, str)
    assert all(is_text(code) for code in (*webhook.triggers, *webhook.data))


@hostile
@given(bent(body("subscriptions")["data"][0]))
def test_hostile_subscriptions(resource: Any) -> None:
    """A subscription's ids are text or not known."""
    found = Subscription.parse(resource)
    if found is None:
        return
    assert is_text(found.id)
    for id_ in (found.webhook_id, found.user_id, found.vehicle_id):
        assert id_ is None or is_text(id_)


@hostile
@given(bent(body("command_schedule_created")))
def test_hostile_command_results(answer: Any) -> None:
    """A command's answer can always be read."""
    result = CommandResult.parse(answer)
    assert result.status is None or is_text(result.status)
    assert result.schedule_id is None or is_text(result.schedule_id)
