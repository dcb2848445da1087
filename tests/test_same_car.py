"""A car that comes back under another id goes on where it was."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar import async_remove_config_entry_device, same_car
from custom_components.smartcar.const import DOMAIN, ENTRY_VERSION
from custom_components.smartcar.moving import _MOVED
from simulator import fleet
from simulator.car import Car
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY, HOUR, reads, repairs, value
from .conftest import ORDINARY_DAY, Travel
from .flow import TEXTS

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


# What a person is asked

NO_VIN = tuple(name for name in ALL if name != "read_vin")
BOTH_LISTED = {"permissions": ALL, "keep": True}
GONE = {"permissions": NO_VIN, "keep": False}
FIRST = "Blauer Blitz, Volkswagen ID.4 (2023)"


@pytest.fixture(autouse=True)
async def _repairs(hass: HomeAssistant) -> None:
    """Set the repairs up, as Home Assistant always does."""
    assert await async_setup_component(hass, "repairs", {})


async def open_question(hass: HomeAssistant, key: str) -> Any:
    """Click the question; check its id and that its words name what is given."""
    (issue,) = [
        one for one in ir.async_get(hass).issues.values() if one.translation_key == key
    ]
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert issue.issue_id == f"same_car_{entry.entry_id}_{NEW}"
    manager = repairs_flow_manager(hass)
    step = await manager.async_init(DOMAIN, data={"issue_id": issue.issue_id})
    words = TEXTS["issues"][key]["fix_flow"]["step"]["choose"]["description"]
    assert words.format(**step["description_placeholders"])
    return step


def offered(step: Any) -> dict[str, str]:
    """Return the answers that are offered, by their value."""
    options = step["data_schema"].schema["car"].config["options"]
    return {one["value"]: one["label"] for one in options}


async def answer(hass: HomeAssistant, step: Any, car: str) -> Any:
    """Submit nothing, which is no answer; then choose one and submit it."""
    manager = repairs_flow_manager(hass)
    result = await manager.async_configure(step["flow_id"], {})
    if result["type"] is not FlowResultType.FORM:
        return result
    assert result["errors"] == {"base": "no_answer"}
    result = await manager.async_configure(step["flow_id"], {"car": car})
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


@pytest.mark.parametrize(
    ("how", "key", "excluded"),
    [(BOTH_LISTED, "same_vin", [fleet.BEV]), (GONE, "same_car", None)],
    ids=["both listed", "an unknown VIN"],
)
@ORDINARY_DAY
async def test_a_person_says_that_it_is_the_same_car(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    vin: str,
    how: dict[str, Any],
    key: str,
    excluded: list[str] | None,
) -> None:
    """Its device goes on; what the new id has of its own gives way, at no call."""
    device = device_of(hass, fleet.BEV)
    before = rows(hass, device)
    connect_again(cloud, vin, **how)
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    fresh = device_of(hass, NEW)
    assert fresh.id != device.id
    vehicles = loaded.runtime_data.vehicles
    used = {id_: vehicles[id_].budget.used for id_ in (fleet.BEV, NEW)}
    asked = reads(cloud)
    step = await open_question(hass, key)
    assert offered(step) == {fleet.BEV: FIRST, "other": "other"}

    result = await answer(hass, step, fleet.BEV)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (device_of(hass, NEW).id, device_of(hass, fleet.BEV)) == (device.id, None)
    assert before.items() <= rows(hass, device_of(hass, NEW)).items()
    assert dr.async_get(hass).async_get(fresh.id) is None
    vehicles = loaded.runtime_data.vehicles
    assert vehicles.keys() == {NEW, fleet.PHEV, fleet.ICE}
    assert vehicles[NEW].budget.used == sum(used.values())
    assert value(hass, BATTERY) == "62.0"
    assert loaded.data.get("excluded") == excluded
    assert reads(cloud) == asked
    assert repairs(hass) == []

    # A power cut is mended, and later listings ask no more.
    await hass.config_entries.async_unload(loaded.entry_id)
    undo_devices(hass)
    undo_entities(hass)
    add_anew(hass, loaded)
    del hass.data[_MOVED]
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    assert (device_of(hass, NEW).id, device_of(hass, fleet.BEV)) == (device.id, None)
    after = rows(hass, device_of(hass, NEW))
    assert before.items() <= after.items()
    assert "sensor.only_the_new_one" in {entity_id for entity_id, _ in after.values()}
    assert repairs(hass) == []


def add_anew(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have a device of the new id, with an entity of both and one of its own."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, NEW)}
    )
    for key, name in (("battery", "battery_2"), ("made_up", "only_the_new_one")):
        er.async_get(hass).async_get_or_create(
            "sensor",
            DOMAIN,
            f"{NEW}_{key}",
            config_entry=entry,
            device_id=device.id,
            suggested_object_id=name,
        )


@pytest.mark.parametrize(
    ("how", "key"),
    [(BOTH_LISTED, "same_vin"), (GONE, "same_car")],
    ids=["both listed", "an unknown VIN"],
)
@ORDINARY_DAY
async def test_a_person_says_that_it_is_another_car(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    vin: str,
    how: dict[str, Any],
    key: str,
) -> None:
    """Nothing changes, and it is not asked again: not after a restart, nor later."""
    connect_again(cloud, vin, **how)
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    before = [rows(hass, device_of(hass, id_)) for id_ in (fleet.BEV, NEW)]
    step = await open_question(hass, key)
    result = await answer(hass, step, "other")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert key not in repairs(hass)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await travel(HOUR + 1)
    assert key not in repairs(hass)
    assert [rows(hass, device_of(hass, id_)) for id_ in (fleet.BEV, NEW)] == before


@ORDINARY_DAY
async def test_every_car_that_may_be_meant_is_offered(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, vin: str
) -> None:
    """By the names that a person gave; none of another make."""
    other = cloud.cars[fleet.PHEV]
    other.spec = replace(other.spec, make="VOLKSWAGEN", model="Golf", year=2022)
    await travel(HOUR + 1)
    device = device_of(hass, fleet.PHEV)
    dr.async_get(hass).async_update_device(device.id, name_by_user="Ours")
    for id_ in (fleet.PHEV, fleet.ICE):
        for connection in tuple(cloud.connections_of(cloud.cars[id_])):
            cloud.disconnect(connection)
    connect_again(cloud, vin, NO_VIN)
    await travel(HOUR + 1)
    assert "same_car" not in repairs(hass)  # not before they are gone for sure
    await travel(HOUR + 1)
    step = await open_question(hass, "same_car")
    assert offered(step) == {
        fleet.BEV: FIRST,
        fleet.PHEV: "Ours, Volkswagen Golf (2022)",
        "other": "other",
    }
    assert step["description_placeholders"] == {
        "car": "Blauer Blitz",
        "known": f"{FIRST}; Ours, Volkswagen Golf (2022)",
    }
    # One that comes back is not meant.
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV], ALL)
    await travel(HOUR + 1)
    step = await open_question(hass, "same_car")
    assert offered(step).keys() == {fleet.PHEV, "other"}
    await loaded.runtime_data.async_drop(fleet.PHEV)
    assert "same_car" not in repairs(hass)
    # The form that is still open has nothing to ask.
    result = await answer(hass, step, fleet.PHEV)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert device_of(hass, fleet.PHEV) is not None


@ORDINARY_DAY
async def test_a_car_that_goes_is_not_asked_about(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, vin: str
) -> None:
    """The new one has gone as well; nor can it be joined while nothing runs."""
    new = connect_again(cloud, vin, NO_VIN)
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    step = await open_question(hass, "same_car")
    for connection in tuple(cloud.connections_of(new)):
        cloud.disconnect(connection)
    await travel(HOUR + 1)
    await travel(HOUR + 1)
    assert "same_car" not in repairs(hass)
    await hass.config_entries.async_unload(loaded.entry_id)
    result = await answer(hass, step, fleet.BEV)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_running")


# Two entries


@pytest.fixture
def second(hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry) -> Any:
    """Return the entry of another application, which is the one that answers now."""
    cloud.application.client_id = SECOND_CLIENT_ID
    cloud.application.expire_tokens()
    data = {**loaded.data, CONF_CLIENT_ID: SECOND_CLIENT_ID}
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id=SECOND_CLIENT_ID,
        title="Second",
        data=data,
    )
    entry.add_to_hass(hass)
    return entry


SECOND_CLIENT_ID = "client_01ANOTHERAPPLICATION0000000"


async def disable(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Disable an entry."""
    user = ConfigEntryDisabler.USER
    await hass.config_entries.async_set_disabled_by(entry.entry_id, user)


async def remove(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Delete an entry."""
    await hass.config_entries.async_remove(entry.entry_id)


async def delete_car(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Delete the car's device in an entry."""
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if device.serial_number == fleet.BEV_SPEC.vin:
            assert await async_remove_config_entry_device(hass, entry, device)
            devices.async_remove_device(device.id)


@pytest.mark.parametrize(
    ("go", "of_first"),
    [
        (disable, True),
        (disable, False),
        (remove, True),
        (remove, False),
        (delete_car, True),
        (delete_car, False),
    ],
)
async def test_a_car_in_two_entries_is_told_of(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    second: MockConfigEntry,
    travel: Travel,
    vin: str,
    go: Callable[..., Any],
    of_first: bool,
) -> None:
    """Once, as long as there are two; each keeps its device."""
    connect_again(cloud, vin)
    assert await hass.config_entries.async_setup(second.entry_id)
    await travel(2)
    assert repairs(hass) == ["two_entries"]
    (issue,) = [one for one in ir.async_get(hass).issues.values() if one.data]
    assert issue.issue_id == f"two_entries_{second.entry_id}_{NEW}"
    assert not issue.is_fixable
    assert issue.translation_placeholders == {
        "car": "Blauer Blitz",
        "title": "Second",
        "other": "Simulated cars",
    }
    cars = [len(entry.runtime_data.vehicles) for entry in (loaded, second)]
    assert cars == [3, 1]

    await go(hass, loaded if of_first else second)
    await hass.async_block_till_done()
    assert repairs(hass) == []


async def test_cars_of_two_entries_that_differ_are_no_matter(
    hass: HomeAssistant,
    cloud: Cloud,
    second: MockConfigEntry,
    travel: Travel,
) -> None:
    """Make and model prove nothing."""
    connect_again(cloud, OTHER_VIN)
    assert await hass.config_entries.async_setup(second.entry_id)
    await travel(2)
    assert repairs(hass) == []


async def test_many_devices_of_one_moment_are_compared_once(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """A set-up makes a device for each car."""
    registry = dr.async_get(hass)
    devices = dr.async_entries_for_config_entry(registry, loaded.entry_id)
    assert len(devices) > 1
    with patch(f"{same_car.__name__}.questions", wraps=same_car.questions) as asked:
        for device in devices:
            registry.async_update_device(device.id, name_by_user="Rennsemmel")
        await hass.async_block_till_done()
    assert asked.call_count == 1
