"""One car with an unclean record must not keep anything off the disk."""

from dataclasses import replace

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import json_bytes
import orjson

from custom_components.smartcar.car.published import PUBLISHED
from custom_components.smartcar.const import CONF_VEHICLES, DOMAIN
from custom_components.smartcar.diagnostics import KNOWN_CODES
from simulator import fleet
from simulator.cloud import Cloud

from .flow import begin, entry_of, offered, submit


async def test_an_unclean_car(hass: HomeAssistant, cloud: Cloud) -> None:
    """Set up with it, every file can be written, and the other cars are there."""
    car = cloud.car(fleet.BEV)
    car.spec = replace(
        car.spec,
        make="TES\ud83dLA\u202e",
        model="Model\r\n3\x1b",
        year=10**30,
        nickname="Bli\ud83dtz\u202e",
        trim="\ud83d",
    )
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    connection.permissions += ["\ud83d", "read_\u202e"]

    form = await begin(hass)
    form = await submit(
        hass,
        form,
        **{CONF_CLIENT_ID: fleet.CLIENT_ID, CONF_CLIENT_SECRET: fleet.CLIENT_SECRET},
    )
    assert offered(form).keys() == cloud.cars.keys()
    result = await submit(hass, form, **{CONF_VEHICLES: list(offered(form))})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY

    entry = entry_of(hass, fleet.CLIENT_ID)
    account = entry.runtime_data
    assert account.vehicles.keys() == cloud.cars.keys()
    assert all(vehicle.data.codes for vehicle in account.vehicles.values())
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), entry.entry_id
    )
    assert device is not None
    assert (device.name, device.manufacturer) == ("Blitz", "Tesla")
    assert (device.model, device.model_id) == ("Model 3", None)
    orjson.dumps(account.context.stored.as_dict())
    json_bytes(entry.as_dict())
    assert all(device.json_repr for device in registry.devices)


def test_published_codes() -> None:
    """The codes that always have room are those that have a home."""
    assert PUBLISHED == KNOWN_CODES
