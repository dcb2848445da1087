"""What the diagnostics tell, and what they never tell."""

from collections.abc import Iterator
from itertools import cycle
import json
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.commands import LOCK
from custom_components.smartcar.const import CONF_HOME_PRICE_ENTITY, DOMAIN
from custom_components.smartcar.diagnostics import (
    KNOWN_CODES,
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.smartcar.redaction import Redaction
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.errors import SignalError
from simulator.faults import Fault

from .cars import IS_LOCKED, LOCATION, ODOMETER, SOC
from .conftest import Travel
from .documented import documented


def secrets(cloud: Cloud) -> set[str]:
    """Return every text that no one but the owner may see."""
    found = {
        fleet.CLIENT_ID,
        fleet.CLIENT_SECRET,
        fleet.APPLICATION_ID,
        fleet.USER_1,
        fleet.USER_2,
        fleet.BEV,
        fleet.PHEV,
        fleet.ICE,
        *cloud.connections,
    }
    for car in cloud.cars.values():
        found |= {car.spec.vin, str(car.latitude), str(car.longitude)}
    return found


async def test_an_entry_is_described_without_secrets(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    cloud: Cloud,
    loaded: MockConfigEntry,
) -> None:
    """Enough to solve a problem; no secret, no identifier, no position."""
    told = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    text = json.dumps(told, cls=ExtendedJSONEncoder)
    assert [secret for secret in secrets(cloud) if secret in text] == []
    assert told["account"]["hosts_overridden"] is True
    assert told["account"]["outcomes"] == {"ok": 4}
    bev = next(car for car in told["vehicles"] if car["car"]["model"] == "ID.4")
    assert bev["calls"]["used"] == 1
    assert bev["calls"]["reason"] == "interval"
    assert bev["connections"] == 1
    permissions = bev["permissions"]
    assert permissions["granted"]["control_charge"] == []
    assert permissions["granted"]["read_odometer"] == ["odometer-traveleddistance"]
    # An electric car lacks no permission to read fuel, nor a petrol car its battery.
    assert permissions["missing"] == {}
    assert permissions["refused_although_granted"] == []
    assert bev["incapable"] == []
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    assert bev["newest_data"] == vehicle.data.newest.isoformat()
    assert bev["last_contact"] == vehicle.stored.last_contact.isoformat()
    assert bev["signals"]["tractionbattery-stateofcharge"]["body"] == {
        "value": 62,
        "unit": "percent",
    }
    assert bev["signals"]["vehicleidentification-vin"]["body"] == "**REDACTED**"
    position = bev["signals"]["location-preciselocation"]["body"]
    assert position["latitude"] == "**REDACTED**"
    ice = next(car for car in told["vehicles"] if car["car"]["model"] == "Qashqai")
    assert ice["signals"]["location-preciselocation"]["error"] == "PERMISSION/UNKNOWN"
    missing = ice["permissions"]["missing"]
    assert "read_battery" not in missing
    assert missing["read_location"] == [
        "location-isathome",
        "location-preciselocation",
    ]


async def test_a_device_is_described_alone(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """One car, the same form."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.ICE), loaded.entry_id
    )
    told = await get_diagnostics_for_device(hass, hass_client, loaded, device)
    assert told["car"] == {
        "make": "Nissan",
        "model": "Qashqai",
        "year": 2021,
        "powertrain": "ICE",
        "mode": "live",
    }
    await loaded.runtime_data.async_drop(fleet.ICE)
    told = await async_get_device_diagnostics(hass, loaded, device)
    assert told == {"connected": False}


async def test_a_failure_is_named(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
) -> None:
    """The last error by its name, and how often each outcome came."""
    cloud.cars[fleet.BEV].override(
        "tractionbattery-stateofcharge", body={"value": 7300, "unit": "percent"}
    )
    cloud.cars[fleet.BEV].override(
        "odometer-traveleddistance", body={"value": 7, "unit": "furlongs"}
    )
    cloud.cars[fleet.BEV].override("transmission-gearstate", body={"value": "Hover"})
    cloud.cars[fleet.BEV].override(
        "charge-chargingconnectortype", body={"value": "INVALID"}
    )
    cloud.cars[fleet.BEV].override("climate-humidity", body={"value": 40})
    cloud.cars[fleet.BEV].override(
        "vehicleuseraccount-email", body={"value": "jane@example.org"}
    )
    cloud.faults.add(Fault("signals", vehicle_id=fleet.ICE, times=None))
    await travel(6 * 3600)
    told = await async_get_config_entry_diagnostics(hass, loaded)
    by_model = {car["car"]["model"]: car for car in told["vehicles"]}
    assert by_model["Qashqai"]["last_error"] == "server"
    assert by_model["ID.4"]["rejected_values"] == {"tractionbattery-stateofcharge": 1}
    assert by_model["ID.4"]["unknown_units"] == {
        "odometer-traveleddistance": "furlongs"
    }
    assert by_model["ID.4"]["unknown_members"] == {"transmission-gearstate": "Hover"}
    unknown = ["climate-humidity", "vehicleuseraccount-email"]
    assert by_model["ID.4"]["unknown_codes"] == unknown
    # What an unknown code holds is unknown.
    told_of_it = by_model["ID.4"]["signals"]["vehicleuseraccount-email"]["body"]
    assert told_of_it == {"value": "str"}
    assert by_model["XC60"]["unknown_codes"] == []
    assert by_model["XC60"]["unknown_units"] == {}
    assert by_model["XC60"]["unknown_members"] == {}
    assert told["account"]["outcomes"]["server"] == 1


def test_every_documented_code_is_known() -> None:
    """What is called unknown is so to Smartcar's documents, too."""
    assert documented().keys() <= KNOWN_CODES


async def test_our_log_lines_name_nobody(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Even at debug level, even when things fail."""
    caplog.set_level(logging.DEBUG, logger="custom_components.smartcar")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    cloud.faults.add(Fault("signals", "cut_mid_body", times=3))
    await travel(2)
    cloud.faults.add(Fault("connections", "html"))
    await travel(3601)
    cloud.application.revoke_secret()
    cloud.application.expire_tokens()
    await travel(3601)
    lines = "\n".join(
        record.getMessage() + str(record.exc_text)
        for record in caplog.records
        if record.name.startswith("custom_components.smartcar")
    )
    assert lines
    assert [secret for secret in secrets(cloud) if secret in lines] == []


async def test_free_text_is_outlined(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """What a workshop, a maker or an owner has written is not told, words are."""
    car = cloud.cars[fleet.BEV]
    private = "Jane Doe 5YJ3"
    car.override("vehicleuseraccount-role", body={"value": private})
    record = {
        "tasks": [{"description": private}],
        "time": "2026-10-03T21:10:00Z",
        "cost": {"amount": 5, "currency": private},
        private: [private],
    }
    car.override("service-records", body={"values": [record]})
    car.override(
        "tractionbattery-nominalcapacity",
        body={"capacity": 5, "unit": private, "source": "SMARTCAR"},
    )
    car.override("diagnostics-abs", body={"status": "OK", "description": private})
    car.override("transmission-gearstate", body={"value": private})
    car.override("nobody-knows", body={private: private, "value": private})
    car.override(
        "motion-currentspeed",
        body=None,
        status="ERROR",
        error=SignalError("NEWS", "WVWZZZ1"),
    )
    await travel(6 * 3600)
    told = await async_get_config_entry_diagnostics(hass, loaded)
    assert private not in json.dumps(told, cls=ExtendedJSONEncoder)
    bev = next(car for car in told["vehicles"] if car["car"]["model"] == "ID.4")
    bodies = {code: signal["body"] for code, signal in bev["signals"].items()}
    assert bodies["vehicleuseraccount-role"] == {"value": "str"}
    assert bodies["service-records"] == {
        "values": [
            {
                "tasks": [{"description": "str"}],
                "time": "2026-10-03T21:10:00Z",
                "cost": {"amount": 5, "currency": "str"},
                "str": ["str"],
            }
        ]
    }
    assert bodies["tractionbattery-nominalcapacity"] == {
        "capacity": 5,
        "unit": "str",
        "source": "SMARTCAR",
    }
    assert bodies["diagnostics-abs"] == {"status": "OK", "description": "str"}
    assert bodies["nobody-knows"] == {"str": "str", "value": "str"}
    assert bev["unknown_units"] == {"tractionbattery-nominalcapacity": "str"}
    assert bev["unknown_members"] == {"transmission-gearstate": "str"}
    assert bev["signals"]["motion-currentspeed"]["error"] == "NEWS/str"


# What is private, by what it is.
PRIVATE = {
    "VIN": "5YJ3E1EA7KF000316",
    "VIN of another car": "1HGCM82633A004352",
    "user": "2b9e6f10-84c7-4d35-a1f2-60d3b7c9e518",
    "webhook": "5d0c7f3e91b24a68" * 4,
    "client": fleet.CLIENT_ID,
    "secret": fleet.CLIENT_SECRET,
    "application": fleet.APPLICATION_ID,
    "token": "demo-management-token-91b3e6d8aa17c2",
    "nickname": "Blauer Blitz",
    "name": "Jane Doe",
    "address": "12 Elm Street, Springfield",
    "mail": "jane@example.org",
}
PLACE = (48.137154, 11.576124)


def planted(part: Any, supply: Iterator[str]) -> Any:
    """Return a body with secrets as texts, as names, and in leaves of their own."""
    if isinstance(part, dict):
        found = {leaf: planted(one, supply) for leaf, one in part.items()}
        position = {"latitude": PLACE[0], "longitude": PLACE[1], "note": [*PLACE]}
        own = {"vin": next(supply), "status": next(supply), next(supply): next(supply)}
        return {**found, **position, **own}
    if isinstance(part, list):
        return [*(planted(one, supply) for one in part), next(supply)]
    return next(supply) if isinstance(part, str) else part


@pytest.mark.usefixtures("everything_on")
async def test_a_planted_secret_is_told_nowhere(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Whatever a car, an owner or a person here has written, and wherever."""
    car, supply = cloud.cars[fleet.BEV], cycle(PRIVATE.values())
    car.latitude, car.longitude = PLACE
    for code, item in documented().items():
        car.override(code, body=planted(item["attributes"]["body"] or {}, supply))
    car.override(ODOMETER, error=SignalError(PRIVATE["name"], PRIVATE["VIN"]))
    for number, secret in enumerate(PRIVATE.values()):
        car.override(f"new-value{number}", body={"value": secret, secret: secret})
        body = {"value": secret, "unit": secret}
        car.override(f"new-number{number}", body={**body, "value": number})
    options = {
        **entry.options,
        CONF_HOME_PRICE_ENTITY: "sensor.jane_doe_pays",
        **{secret: secret for secret in PRIVATE.values()},
    }
    title = PRIVATE["mail"]
    hass.config_entries.async_update_entry(entry, title=title, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), entry.entry_id
    )
    assert device is not None
    device_registry.async_update_device(device.id, name_by_user="Jane Doe's car")
    for one in er.async_entries_for_device(entity_registry, device.id):
        entity_registry.async_update_entity(
            one.entity_id,
            name=f"{next(supply)} 1",
            new_entity_id=f"{one.domain}.jane_doe_{one.id}",
        )
    await travel(6 * 3600)
    for told in (
        await async_get_config_entry_diagnostics(hass, entry),
        await async_get_device_diagnostics(hass, entry, device),
    ):
        text = json.dumps(told, cls=ExtendedJSONEncoder).casefold()
        assert "signals" in text
        private = [*PRIVATE.values(), "jane_doe", *map(str, PLACE)]
        assert [one for one in private if one.casefold() in text] == []


SECRETS = st.sampled_from([*PRIVATE.values(), "Bluebird"])
LEAVES = st.sampled_from(
    ["value", "status", "type", "unit", "source", "time", "days", "note", "values"]
)
BODIES = st.recursive(
    SECRETS | st.sampled_from([*PLACE, 7, None, True, "km"]),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(LEAVES | SECRETS, part, max_size=4)
    ),
    max_leaves=15,
)


@given(
    st.dictionaries(LEAVES | SECRETS, BODIES, max_size=5),
    st.sampled_from([SOC, LOCATION, "transmission-gearstate", "service-records"]),
    st.booleans(),
)
def test_no_body_holds_what_is_private(
    body: dict[str, Any], code: str, is_known: bool
) -> None:
    """Wherever in a body it stands; also a name of one plain word."""
    redaction = Redaction([*PRIVATE.values(), "Bluebird", *PLACE, None])
    text = json.dumps(redaction.body(code, body, is_known=is_known))
    for private in (*PRIVATE.values(), "Bluebird", *map(str, PLACE)):
        assert private not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("km/h", "km/h"),
        ("NOT_CHARGING", "NOT_CHARGING"),
        ("2026-10-03T21:10:00.123456+00:00", "2026-10-03T21:10:00.123456+00:00"),
        ("°C", "°C"),
        ("J1772", "J1772"),
        ("WVGZZZE2ZPE000417", "str"),
        ("x-4f8a1c27d", "str"),
        ("two words", "str"),
        ("a" * 33, "str"),
        ("Bluebird", "str"),
        ("my-bluebird.2", "str"),
        ("Ida", "str"),
        ("idaho", "idaho"),
    ],
)
def test_which_words_are_told(text: str, told: str) -> None:
    """Those of a fixed list, units and times; no ids, no names that are known."""
    assert Redaction(["Bluebird", "Ida", " ", 7]).plain(text) == told


async def test_what_the_entities_show_is_told(
    hass: HomeAssistant, loaded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """By the keys of their rows, whatever they are called; no text, place or past."""
    hass.config.language = "de"
    entity_registry.async_update_entity(
        "sensor.blauer_blitz_battery", new_entity_id="sensor.jane"
    )
    hass.states.async_set("sensor.jane", "62", {"unit_of_measurement": "%"})
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    await async_send_command(vehicle, LOCK)
    told = await async_get_config_entry_diagnostics(hass, loaded)
    assert (told["format"], told["units"], told["language"]) == (2, "metric", "de")
    bev = next(car for car in told["vehicles"] if car["car"]["model"] == "ID.4")
    states = bev["states"]
    assert states["sensor.battery"] == {"state": "62", "unit": "%"}
    assert states["lock.lock"] == {"state": "locked", "assumed": True}
    assert states["binary_sensor.plug"] == {"state": "off"}
    assert states["sensor.charging_status"]["state"] == "not_charging"
    shown = {key.partition(".")[0] for key in states}
    assert not shown & {"device_tracker", "event", "calendar", "button"}
    assert not states.keys() & {"sensor.last_charge", "sensor.charged_this_month"}
    signal = bev["signals"][IS_LOCKED]
    assert signal["assumed"] is True
    assert signal["answered"] == signal["asked"] >= signal["measured"]
    assert signal["dated"] is True
    assert "told" not in signal
    assert "unlock" in bev["commands"]
    ice = next(car for car in told["vehicles"] if car["car"]["model"] == "Qashqai")
    assert ice["commands"] == ["lock", "unlock"]


async def test_what_a_car_told_stands_beside_what_is_shown(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Where the two differ; and the unit of what came without one."""
    car = cloud.cars[fleet.BEV]
    car.override("charge-wattage", body={"value": 7000})
    car.override("wheel-tires", error=SignalError("PERMISSION", None))
    hass.config.units = US_CUSTOMARY_SYSTEM
    await travel(6 * 3600)
    told = await async_get_config_entry_diagnostics(hass, loaded)
    assert told["units"] == "us_customary"
    bev = next(one for one in told["vehicles"] if one["car"]["model"] == "ID.4")
    power = bev["signals"]["charge-wattage"]
    assert power["body"] == {"value": 0, "unit": "watts"}
    assert power["told"] == {"value": 7000}
    tires = bev["signals"]["wheel-tires"]
    assert tires["body"] is None
    assert len(tires["told"]["values"]) == 4
    assert tires["error"] == "PERMISSION/None"
    assert tires["answered"] > tires["asked"]
    car.override(SOC, body={"value": 61})
    await travel(6 * 3600)
    told = await async_get_config_entry_diagnostics(hass, loaded)
    bev = next(one for one in told["vehicles"] if one["car"]["model"] == "ID.4")
    assert bev["signals"][SOC]["unit"] == "percent"


async def test_options_and_data_of_the_webhook_are_told(
    hass: HomeAssistant, cloud: Cloud, hearing: MockConfigEntry
) -> None:
    """Of an entity that was chosen its platform; of credentials that they are there."""
    hass.config_entries.async_update_entry(
        hearing,
        options={
            **hearing.options,
            CONF_HOME_PRICE_ENTITY: "sensor.jane",
            "from_later": "Jane",
        },
    )
    await hass.async_block_till_done()
    told = await async_get_config_entry_diagnostics(hass, hearing)
    assert told["entry"]["options"] == {
        "pace": "fixed",
        CONF_HOME_PRICE_ENTITY: "sensor",
    }
    assert set(told["entry"]["data"].values()) == {"**REDACTED**"}
    assert told["push"]["triggers"] == []
    assert told["push"]["data"] == []
