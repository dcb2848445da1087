"""A car that comes back under another id goes on where it was."""

from collections.abc import Callable
from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.moving import _MOVED
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


# Power cuts


def undo_devices(hass: HomeAssistant) -> None:
    """Have the device registry as it was before the car moved."""
    device = device_of(hass, NEW)
    identifiers = {(DOMAIN, fleet.BEV)}
    dr.async_get(hass).async_update_device(device.id, new_identifiers=identifiers)


def undo_entities(hass: HomeAssistant) -> None:
    """Have the entity registry as it was before the car moved."""
    registry = er.async_get(hass)
    for row in tuple(registry.entities.values()):
        if row.unique_id.startswith(NEW):
            unique_id = fleet.BEV + row.unique_id.removeprefix(NEW)
            registry.async_update_entity(row.entity_id, new_unique_id=unique_id)


@pytest.mark.parametrize(
    "undone",
    [(undo_devices, undo_entities), (undo_devices,), (undo_entities,)],
    ids=["both registries", "devices", "entities"],
)
@ORDINARY_DAY
async def test_what_a_power_cut_undoes_is_repeated(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    vin: str,
    undone: tuple[Callable[[HomeAssistant], None], ...],
) -> None:
    """The file is written at once, the registries up to 180 seconds later."""
    device = device_of(hass, fleet.BEV)
    before = rows(hass, device)
    connect_again(cloud, vin)
    await travel(HOUR + 1)
    assert device_of(hass, NEW).id == device.id
    asked = len(cloud.requests)
    for _ in range(2):
        await hass.config_entries.async_unload(loaded.entry_id)
        for undo in undone:
            undo(hass)
        del hass.data[_MOVED]
        cloud.faults.add(Fault("connections", times=1))
        assert await hass.config_entries.async_setup(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert (device_of(hass, NEW).id, device_of(hass, fleet.BEV)) == (
            device.id,
            None,
        )
        assert before.items() <= rows(hass, device_of(hass, NEW)).items()
        assert value(hass, BATTERY) == "62.0"
    assert reads(cloud)[NEW] == 1
    asked_for = {one.operation for one in [*cloud.requests][asked:]}
    assert asked_for <= {"connections", "token"}

    # A reload tells nothing of what is on disk; a start that finds all in place does.
    stored = loaded.runtime_data.context.stored
    assert stored.moved == {fleet.BEV: NEW}
    for expected in ({fleet.BEV: NEW}, {}):
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert loaded.runtime_data.context.stored.moved == expected
        hass.data.pop(_MOVED, None)
    assert before.items() <= rows(hass, device_of(hass, NEW)).items()


@ORDINARY_DAY
async def test_an_id_that_comes_back_is_a_car_of_its_own(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, vin: str
) -> None:
    """A start does not take it for the one that has moved away from it."""
    device = device_of(hass, fleet.BEV)
    connect_again(cloud, vin)
    await travel(HOUR + 1)
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV], ALL)
    await travel(HOUR + 1)
    again = device_of(hass, fleet.BEV)
    assert again.id != device.id
    await hass.config_entries.async_unload(loaded.entry_id)
    del hass.data[_MOVED]
    assert await hass.config_entries.async_setup(loaded.entry_id)
    assert device_of(hass, fleet.BEV).id == again.id
    assert device_of(hass, NEW).id == device.id


# What is no proof


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
