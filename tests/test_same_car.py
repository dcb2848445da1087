"""A car that comes back under another id goes on where it was."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.car import Car
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY, HOUR, reads, repairs, value
from .conftest import ORDINARY_DAY, Travel

NEW = "9b1e5c70-3f42-4d86-a1c9-7e0d52b864f1"
OTHER_VIN = "WVWZZZE1ZNP000099"
ALL = fleet.PERMISSIONS_BEV


def connect_again(
    cloud: Cloud, vin: str, permissions: tuple[str, ...] = ALL, *, keep: bool = False
) -> Car:
    """Connect the electric car under a new id, as a new application does."""
    old = cloud.car(fleet.BEV)
    (connection,) = tuple(cloud.connections_of(old))
    if not keep:
        del cloud.connections[connection.id]
    spec = replace(old.spec, vehicle_id=NEW, vin=vin)
    car = cloud.add_car(fleet.make_bev(spec, 7))
    cloud.connect(connection.user, car, permissions)
    return car


@pytest.fixture
def vin() -> str:
    """Return the VIN of the electric car."""
    return fleet.BEV_SPEC.vin


def rows(hass: HomeAssistant, device: dr.DeviceEntry) -> dict[str, tuple[str, str]]:
    """Return entity id, and unique id without the car's, by registry id."""
    found = er.async_entries_for_device(
        er.async_get(hass), device.id, include_disabled_entities=True
    )
    return {row.id: (row.entity_id, row.unique_id.split("_", 1)[1]) for row in found}


def device_of(hass: HomeAssistant, vehicle_id: str) -> dr.DeviceEntry | None:
    """Return the device of a car."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    registry = dr.async_get(hass)
    return registry.async_get_device_by_identifier((DOMAIN, vehicle_id), entry.entry_id)


@ORDINARY_DAY
async def test_a_car_goes_on_under_a_new_id(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, vin: str
) -> None:
    """With device, entities, calls and last values; its first read is the only one."""
    device = device_of(hass, fleet.BEV)
    before, used = rows(hass, device), loaded.runtime_data.vehicles[fleet.BEV].budget
    assert used.used == 1
    connect_again(cloud, vin)
    await travel(HOUR + 1)
    after = device_of(hass, NEW)
    assert (after.id, device_of(hass, fleet.BEV)) == (device.id, None)
    assert before.items() <= rows(hass, after).items()
    assert loaded.runtime_data.vehicles.keys() == {NEW, fleet.PHEV, fleet.ICE}
    assert loaded.runtime_data.vehicles[NEW].budget.used == 2
    assert reads(cloud)[NEW] == 1
    assert value(hass, BATTERY) == "62.0"
    assert repairs(hass) == []
    # A restart and later listings find nothing to move.
    await hass.config_entries.async_reload(loaded.entry_id)
    await travel(HOUR + 1)
    assert before.items() <= rows(hass, device_of(hass, NEW)).items()
    assert reads(cloud)[NEW] == 1


@pytest.mark.parametrize(
    ("vin_now", "permissions", "keep"),
    [
        (OTHER_VIN, ALL, False),
        (fleet.BEV_SPEC.vin, tuple(p for p in ALL if p != "read_vin"), False),
        (fleet.BEV_SPEC.vin, ALL, True),
    ],
    ids=["another VIN", "an unknown VIN", "both listed"],
)
async def test_no_car_is_taken_for_another_by_guess(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    vin_now: str,
    permissions: tuple[str, ...],
    keep: bool,
) -> None:
    """Of the same make and model it becomes a device of its own, read once."""
    before = rows(hass, device_of(hass, fleet.BEV))
    connect_again(cloud, vin_now, permissions, keep=keep)
    await travel(HOUR + 1)
    await travel(2)
    assert rows(hass, device_of(hass, fleet.BEV)) == before
    assert device_of(hass, NEW) is not None
    assert reads(cloud)[NEW] == 1


@ORDINARY_DAY
async def test_a_new_car_that_cannot_be_read_waits(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, vin: str
) -> None:
    """It is no device of its own before it is known whether it is the one missing."""
    device = device_of(hass, fleet.BEV)
    connect_again(cloud, vin)
    cloud.faults.add(Fault("signals", vehicle_id=NEW, times=1))
    await travel(HOUR + 1)
    assert device_of(hass, NEW) is None
    assert device_of(hass, fleet.BEV) == device
    await travel(HOUR + 1)
    assert device_of(hass, NEW).id == device.id
    assert loaded.runtime_data.vehicles[NEW].budget.used == 2


async def test_what_can_never_be_read_is_a_car_of_its_own(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, vin: str
) -> None:
    """A refusal for good tells no VIN."""
    connect_again(cloud, vin)
    denial = {"type": "PERMISSION", "vehicle_id": NEW}
    cloud.faults.add(Fault("signals", **denial, times=None))
    await travel(HOUR + 1)
    assert device_of(hass, NEW) is not None
    assert device_of(hass, fleet.BEV) is not None
