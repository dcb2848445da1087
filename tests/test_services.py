"""Actions for one car and for several."""

from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.smartcar.const import CONF_READ_ONLY, DOMAIN
from custom_components.smartcar.stored import DISCONNECTED
from simulator import fleet
from simulator.cloud import Cloud
from simulator.day import Place
from simulator.faults import Fault

from .conftest import Travel

type Device = Callable[[str], str]


@pytest.fixture
def device(
    loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> Callable[[str], str]:
    """Return a way from a vehicle id to its device id."""

    def find(vehicle_id: str) -> str:
        found = device_registry.async_get_device_by_identifier(
            (DOMAIN, vehicle_id), loaded.entry_id
        )
        assert found is not None
        return found.id

    return find


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Call an action and wait for its end."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


async def test_charging_starts_and_stops(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """One car, by its device."""
    car = cloud.cars[fleet.BEV]
    cloud.change(car, car.plug_in)
    await act(hass, "stop_charging", device_id=device(fleet.BEV))
    assert not car.charging
    await act(hass, "start_charging", device_id=[device(fleet.BEV)])
    assert car.charging
    assert hass.states.get("switch.blauer_blitz_charge").state == "on"


async def test_the_charge_limit_of_several_cars(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Several cars get the command at once, one request each."""
    both = [device(fleet.BEV), device(fleet.PHEV), device(fleet.BEV)]
    await act(hass, "set_charge_limit", device_id=both, percent=70)
    assert cloud.cars[fleet.BEV].charge_limit == 70
    assert cloud.cars[fleet.PHEV].charge_limit == 70
    assert cloud.count("command") == 2


@pytest.mark.parametrize("percent", [49, 101, 72.5, "nan"])
async def test_a_limit_smartcar_would_not_take_is_refused_before(
    hass: HomeAssistant, cloud: Cloud, device: Device, percent: object
) -> None:
    """Whole numbers from 50 to 100; anything else costs no call."""
    text = f"a whole number from 50 to 100 percent, not {percent}"
    with pytest.raises(ServiceValidationError, match=text):
        await act(
            hass, "set_charge_limit", device_id=device(fleet.BEV), percent=percent
        )
    assert cloud.count("command") == 0


async def test_a_destination_by_coordinates(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Degrees go to the car as they are."""
    await act(
        hass,
        "set_destination",
        device_id=device(fleet.BEV),
        latitude=52.5163,
        longitude=13.3777,
    )
    assert cloud.cars[fleet.BEV].destination == Place(52.5163, 13.3777)


@pytest.mark.parametrize(
    ("entity_id", "place"),
    [
        ("zone.home", (32.87336, -117.22743)),
        ("person.anna", (48.1, 11.5)),
        ("device_tracker.phone", (48.1, 11.5)),
    ],
)
async def test_a_destination_by_entity(
    hass: HomeAssistant,
    cloud: Cloud,
    device: Device,
    entity_id: str,
    place: tuple[float, float],
) -> None:
    """A zone, a person or a tracker gives its present position."""
    if entity_id != "zone.home":
        position = {"latitude": place[0], "longitude": place[1]}
        hass.states.async_set(entity_id, "not_home", position)
    await act(
        hass, "set_destination", device_id=device(fleet.BEV), destination=entity_id
    )
    assert cloud.cars[fleet.BEV].destination == Place(*place)


async def test_a_destination_without_position_is_refused(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """A person whose place is not known is no destination."""
    hass.states.async_set("person.anna", "unknown")
    with pytest.raises(ServiceValidationError, match=r"person\.anna currently has no"):
        await act(
            hass,
            "set_destination",
            device_id=device(fleet.BEV),
            destination="person.anna",
        )
    assert cloud.count("command") == 0


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({}, "no place to send"),
        ({"latitude": 1}, "belong together"),
        ({"longitude": 1}, "belong together"),
        (
            {"destination": "zone.home", "latitude": 1, "longitude": 1},
            "Two places were given",
        ),
        ({"destination": "zone.nowhere"}, r"zone\.nowhere does not exist"),
    ],
)
async def test_a_destination_is_one_place(
    hass: HomeAssistant,
    cloud: Cloud,
    device: Device,
    place: dict[str, Any],
    told: str,
) -> None:
    """Either a destination, or latitude and longitude; else it says what is wrong."""
    with pytest.raises(ServiceValidationError, match=told):
        await act(hass, "set_destination", device_id=device(fleet.BEV), **place)
    assert cloud.count("command") == 0


@pytest.mark.parametrize(
    "place", [{"latitude": 91, "longitude": 0}, {"destination": "light.kitchen"}]
)
async def test_a_destination_is_a_place(
    hass: HomeAssistant, device: Device, place: dict[str, Any]
) -> None:
    """What is none is refused by its form."""
    with pytest.raises(vol.Invalid):
        await act(hass, "set_destination", device_id=device(fleet.BEV), **place)


async def test_one_refusal_is_told_as_it_is(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """One of two cars refuses: the other one has done it, and the text names which."""
    cars = [device(fleet.BEV), device(fleet.PHEV)]
    bev = cloud.cars[fleet.BEV]
    cloud.change(bev, bev.plug_in)
    with pytest.raises(
        HomeAssistantError, match="Familienkutsche is not plugged in"
    ) as error:
        await act(hass, "stop_charging", device_id=cars)
    assert "Blauer Blitz" not in str(error.value)
    assert not bev.charging


async def test_several_refusals_name_every_car(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Each car says why by itself."""
    cars = [device(fleet.BEV), device(fleet.ICE)]
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "start_charging", device_id=cars)
    text = str(error.value)
    assert "Blauer Blitz is not plugged in" in text
    assert "has not granted control_charge for Anna's Nissan" in text
    assert cloud.count("command") == 1


async def test_nothing_is_sent_when_a_device_is_not_ours(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """All cars of a call are found before the first command leaves."""
    with pytest.raises(ServiceValidationError):
        await act(hass, "start_charging", device_id=[device(fleet.BEV), "stranger"])
    assert cloud.count("command") == 0


async def test_a_device_whose_car_is_gone_is_refused_in_words(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device: Device,
) -> None:
    """A device may outlive its car."""
    device_id = device(fleet.BEV)
    await loaded.runtime_data.async_drop(fleet.BEV)
    with pytest.raises(ServiceValidationError, match="no longer connected"):
        await act(hass, "start_charging", device_id=device_id)


async def test_an_unloaded_entry_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, device: Device
) -> None:
    """The actions stay registered; they say that the entry is not loaded."""
    device_id = device(fleet.BEV)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(ServiceValidationError, match="not loaded"):
        await act(hass, "start_charging", device_id=device_id)


LOGS = "charge-chargerecords"


async def ask(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Call an action and return what it answers."""
    answer = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    assert isinstance(answer, dict)
    return answer


TIMES = {"startTime": "23:00", "stopTime": "05:30"}
WINDOW = {"start_time": "23:00:00", "stop_time": "05:30"}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"type": "daily"}, TIMES),
        (
            {"type": "weekly", "days": ["sat", "mon"]},
            {"days": {"monday": TIMES, "saturday": TIMES}},
        ),
        (
            {
                "type": "workweek",
                "weekend_start_time": "01:00",
                "weekend_stop_time": "08:00",
            },
            {
                "weekdays": TIMES,
                "weekends": {"startTime": "01:00", "stopTime": "08:00"},
            },
        ),
    ],
    ids=lambda item: item.get("type", "sent"),
)
async def test_a_charge_schedule_is_made_and_deleted(
    hass: HomeAssistant,
    cloud: Cloud,
    device: Device,
    travel: Travel,
    given: dict[str, Any],
    sent: dict[str, Any],
) -> None:
    """At home where no place is given; the car is looked at a minute later."""
    car = device(fleet.BEV)
    reads = cloud.count("signals")
    answer = await ask(hass, "create_charge_schedule", device_id=car, **given, **WINDOW)
    home = {"latitude": 32.87336, "longitude": -117.22743}
    bodies = [r.body for r in cloud.requests if r.operation.startswith("schedule.")]
    assert bodies == [{"data": {"attributes": {"location": home, **sent}}}]
    schedules = cloud.cars[fleet.BEV].schedules
    assert answer == {"schedule_id": next(iter(schedules))}
    await travel(61)
    assert cloud.count("signals") == reads + 1
    assert await ask(hass, "delete_charge_schedule", device_id=car, **answer) == answer
    assert not schedules


WEEKEND = {"weekend_start_time": "01:00", "weekend_stop_time": "02:00"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"type": "daily", "days": ["mon"]}, "Only a weekly schedule has days"),
        ({"type": "weekly"}, "needs days"),
        ({"type": "weekly", "days": []}, "needs days"),
        ({"type": "workweek"}, "start and an end for the weekend"),
        (
            {"type": "workweek", "weekend_start_time": "01:00"},
            "start and an end for the weekend",
        ),
        ({"type": "daily", **WEEKEND}, "Only a work week"),
        ({"type": "daily", "weekend_stop_time": "02:00"}, "Only a work week"),
        ({"type": "daily", "start_time": "05:30"}, r"the same time \(05:30\)"),
        (
            {"type": "workweek", **WEEKEND, "weekend_stop_time": "01:00:20"},
            r"the same time \(01:00\)",
        ),
        ({"type": "daily", "latitude": 52}, "belong together"),
        (
            {"type": "daily", "latitude": 52, "longitude": 13, "zone": "zone.home"},
            "Two places were given",
        ),
        ({"type": "daily", "zone": "zone.gone"}, r"zone\.gone does not exist"),
    ],
)
async def test_a_schedule_that_makes_no_sense_is_refused_before(
    hass: HomeAssistant, cloud: Cloud, device: Device, given: dict[str, Any], told: str
) -> None:
    """Nothing is sent, and the message says what to change."""
    data = {**WINDOW, **given}
    with pytest.raises(ServiceValidationError, match=told):
        await act(hass, "create_charge_schedule", device_id=device(fleet.BEV), **data)
    assert cloud.count("schedule") == 0


@pytest.mark.parametrize(
    "given",
    [
        {"type": "hourly"},
        {"type": "weekly", "days": ["someday"]},
        {"type": "daily", "start_time": "soon"},
        {"type": "daily", "zone": "person.anna"},
    ],
)
async def test_a_schedule_has_a_form(
    hass: HomeAssistant, device: Device, given: dict[str, Any]
) -> None:
    """Kinds, days, times and zones are what they are called."""
    data = {**WINDOW, **given}
    with pytest.raises(vol.Invalid):
        await act(hass, "create_charge_schedule", device_id=device(fleet.BEV), **data)


async def test_seconds_of_a_schedule_are_dropped(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Home Assistant's time field asks for them; Smartcar takes none."""
    data = {"start_time": "23:00:45", "stop_time": "05:30:59", "type": "daily"}
    await act(hass, "create_charge_schedule", device_id=device(fleet.BEV), **data)
    (sent,) = [r.body for r in cloud.requests if r.operation.startswith("schedule.")]
    assert sent["data"]["attributes"]["startTime"] == "23:00"
    assert sent["data"]["attributes"]["stopTime"] == "05:30"


async def test_a_car_without_schedules_refuses_in_words(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Coordinates in place of a zone; the second car keeps daily ones only."""
    place = {"latitude": 52.5163, "longitude": 13.3777}
    car = device(fleet.PHEV)
    data = {"device_id": car, **WINDOW, **place}
    await act(hass, "create_charge_schedule", type="daily", **data)
    assert len(cloud.cars[fleet.PHEV].schedules) == 1
    with pytest.raises(HomeAssistantError, match="Familienkutsche cannot do this"):
        await act(hass, "create_charge_schedule", type="weekly", days=["mon"], **data)


@pytest.mark.parametrize("schedule_id", ["", "..", "a/b", "a?b", "ü", "a" * 129])
async def test_a_schedule_id_is_a_plain_token(
    hass: HomeAssistant, cloud: Cloud, device: Device, schedule_id: str
) -> None:
    """It becomes part of an address, so no other is ever sent."""
    data = {"device_id": device(fleet.BEV), "schedule_id": schedule_id}
    with pytest.raises(ServiceValidationError, match="no schedule with this ID"):
        await act(hass, "delete_charge_schedule", **data)
    assert cloud.count("schedule") == 0


async def test_a_schedule_that_is_not_there_is_told_in_words(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Smartcar knows no schedule of the id; the car itself is known."""
    data = {"device_id": device(fleet.BEV), "schedule_id": "gone"}
    with pytest.raises(HomeAssistantError, match="Blauer Blitz has no schedule"):
        await act(hass, "delete_charge_schedule", **data)
    assert cloud.count("schedule.delete") == 1
    cloud.faults.add(
        Fault("schedule.delete", type="RESOURCE_NOT_FOUND", code="VEHICLE_NOT_FOUND")
    )
    with pytest.raises(HomeAssistantError, match="no longer connected"):
        await act(hass, "delete_charge_schedule", **data)


COMMANDS = {
    "start_charging": {},
    "stop_charging": {},
    "set_charge_limit": {"percent": 70},
    "set_destination": {"destination": "zone.home"},
    "create_charge_schedule": {"type": "daily", **WINDOW},
    "delete_charge_schedule": {"schedule_id": "gone"},
    "disconnect_vehicle": {"confirm": True},
    "get_signals": {"refresh": True},
}
LOOKS = ("get_charge_records", "get_service_records", "get_signals")


@pytest.mark.parametrize("action", COMMANDS)
@pytest.mark.parametrize("policy", [{}, {"entities": {"all": {"read": True}}}])
async def test_who_may_not_control_a_car_sends_it_nothing(
    hass: HomeAssistant,
    cloud: Cloud,
    device: Device,
    hass_read_only_user: MockUser,
    action: str,
    policy: dict[str, Any],
) -> None:
    """Commands and reads that cost a call need the right to control the car."""
    hass_read_only_user.mock_policy(policy)
    requests = len(cloud.requests)
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": device(fleet.BEV), **COMMANDS[action]},
            blocking=True,
            return_response=action == "get_signals",
            context=Context(user_id=hass_read_only_user.id),
        )
    assert len(cloud.requests) == requests


@pytest.mark.parametrize("action", LOOKS)
async def test_who_may_not_read_a_car_learns_nothing(
    hass: HomeAssistant, device: Device, hass_read_only_user: MockUser, action: str
) -> None:
    """What is known of a car holds its position."""
    call = partial(
        hass.services.async_call,
        DOMAIN,
        action,
        {"device_id": device(fleet.BEV)},
        blocking=True,
        return_response=True,
        context=Context(user_id=hass_read_only_user.id),
    )
    assert await call()
    hass_read_only_user.mock_policy({})
    with pytest.raises(Unauthorized):
        await call()
    with pytest.raises(UnknownUser):
        await call(context=Context(user_id="nobody"))


async def test_the_right_to_one_entity_is_enough(
    hass: HomeAssistant, cloud: Cloud, device: Device, hass_read_only_user: MockUser
) -> None:
    """A person who may switch the charging of one car may not touch the other."""
    hass_read_only_user.mock_policy(
        {"entities": {"entity_ids": {"lock.blauer_blitz_lock": {"control": True}}}}
    )
    car = cloud.cars[fleet.BEV]
    cloud.change(car, car.plug_in)
    context = Context(user_id=hass_read_only_user.id)
    stop = partial(
        hass.services.async_call,
        DOMAIN,
        "stop_charging",
        blocking=True,
        context=context,
    )
    await stop({"device_id": device(fleet.BEV)})
    assert not car.charging
    with pytest.raises(Unauthorized):
        await stop({"device_id": [device(fleet.BEV), device(fleet.PHEV)]})


async def test_records_and_signals_cost_no_call(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, device: Device
) -> None:
    """What is known is answered; a read is made when it is asked for."""
    car = device(fleet.BEV)
    reads = cloud.count("signals")
    charges = await ask(hass, "get_charge_records", device_id=car)
    services = await ask(hass, "get_service_records", device_id=car)
    told = await ask(hass, "get_signals", device_id=car)
    assert told.keys() == {"newest_data", "last_contact", "signals"}
    signals = told["signals"]
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    assert told["newest_data"] == vehicle.data.newest.isoformat()
    assert told["last_contact"] == vehicle.stored.last_contact.isoformat()
    assert cloud.count("signals") == reads
    for answer, code in ((charges, LOGS), (services, "service-records")):
        assert answer.keys() == {"records", "updated_at", "error"}
        assert signals[code]["error"] == answer["error"]
        assert signals[code]["updated_at"] == answer["updated_at"]
    assert signals["tractionbattery-stateofcharge"]["value"] == 62
    assert signals["tractionbattery-stateofcharge"]["unit"] == "percent"
    assert signals["vehicleidentification-vin"]["value"]
    assert "latitude" in signals["location-preciselocation"]["body"]
    await ask(hass, "get_signals", device_id=car, refresh=True)
    assert cloud.count("signals") == reads + 1


async def test_records_that_were_never_there(
    hass: HomeAssistant, device: Device
) -> None:
    """An empty list, not an error."""
    answer = await ask(hass, "get_charge_records", device_id=device(fleet.ICE))
    assert answer["records"] == []


async def test_disconnecting_wants_a_yes(
    hass: HomeAssistant, cloud: Cloud, device: Device
) -> None:
    """Without it nothing happens."""
    data = {"device_id": device(fleet.BEV)}
    with pytest.raises(vol.Invalid):
        await act(hass, "disconnect_vehicle", **data)
    with pytest.raises(ServiceValidationError, match="cannot be undone"):
        await act(hass, "disconnect_vehicle", **data, confirm=False)
    assert cloud.count("connection.delete") == 0


@pytest.mark.parametrize(
    ("whole_user", "gone"),
    [(False, {fleet.BEV}), (True, {fleet.BEV, fleet.PHEV})],
)
async def test_disconnecting(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device: Device,
    travel: Travel,
    hass_storage: dict[str, Any],
    *,
    whole_user: bool,
    gone: set[str],
) -> None:
    """One car, or with its owner all of the owner's cars."""
    await act(
        hass,
        "disconnect_vehicle",
        device_id=device(fleet.BEV),
        confirm=True,
        whole_user=whole_user,
    )
    vehicles = loaded.runtime_data.vehicles
    assert {id_ for id_, car in vehicles.items() if car.grants.is_gone} == gone
    assert cloud.count("user.delete") == whole_user
    assert cloud.count("connection.delete") == (not whole_user)
    assert hass.states.get("lock.blauer_blitz_lock").state == "unavailable"
    vehicle = vehicles[fleet.BEV]
    await travel(31)
    stored = hass_storage[f"{DOMAIN}.{loaded.entry_id}"]["data"]["vehicles"]
    assert stored[fleet.BEV]["absence"] == vehicle.stored.absence == DISCONNECTED
    # Who asked for it is not asked to mend it, not even after a restart.
    issues = ir.async_get(hass).issues
    assert [key for key in issues if key[0] == DOMAIN] == []
    await hass.config_entries.async_reload(loaded.entry_id)
    await travel(3600)
    await travel(3600)
    assert all(loaded.runtime_data.vehicles[id_].grants.is_gone for id_ in gone)
    assert [key for key in issues if key[0] == DOMAIN] == []


async def test_a_read_only_entry_disconnects_nothing(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, device: Device
) -> None:
    """To end a connection is more than to read."""
    hass.config_entries.async_update_entry(loaded, options={CONF_READ_ONLY: True})
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    with pytest.raises(ServiceValidationError, match="read only"):
        await act(hass, "disconnect_vehicle", device_id=device(fleet.BEV), confirm=True)
    assert cloud.count("connection.delete") == 0


async def test_a_failed_disconnection_says_why(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, device: Device
) -> None:
    """The car stays; what Smartcar no longer knows has ended, though."""
    data = {"device_id": device(fleet.BEV), "confirm": True}
    cloud.faults.add(Fault("connection.delete"))
    with pytest.raises(HomeAssistantError, match="handle the request for Blauer Blitz"):
        await act(hass, "disconnect_vehicle", **data)
    car = loaded.runtime_data.vehicles[fleet.BEV]
    assert not car.grants.is_gone
    cloud.faults.add(Fault("connection.delete", type="RESOURCE_NOT_FOUND", code="PATH"))
    await act(hass, "disconnect_vehicle", **data)
    assert car.grants.is_gone
