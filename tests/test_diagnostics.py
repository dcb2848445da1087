"""What the diagnostics tell, and what they never tell."""

import json
import logging

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import ExtendedJSONEncoder
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.diagnostics import (
    KNOWN_CODES,
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from simulator import fleet
from simulator.cloud import Cloud
from simulator.errors import SignalError
from simulator.faults import Fault

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
