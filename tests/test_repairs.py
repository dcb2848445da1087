"""Repairs that can be looked at again, and go only when all is well."""

from datetime import timedelta
from typing import Any

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar import async_remove_config_entry_device
from custom_components.smartcar.commands import UNLOCK
from custom_components.smartcar.const import (
    CONF_APPLICATION_ID,
    CONF_EXCLUDED,
    DASHBOARD,
    DOMAIN,
    ENTRY_VERSION,
)
from custom_components.smartcar.repairs import _runtime
from custom_components.smartcar.sending import async_send_command
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import BATTERY
from .conftest import Travel
from .deliveries import heard, state
from .flow import TEXTS

ACCOUNT = "CONNECTED_SERVICES_ACCOUNT"


@pytest.fixture(autouse=True)
async def _repairs(hass: HomeAssistant) -> None:
    """Set the repairs up, as Home Assistant always does."""
    assert await async_setup_component(hass, "repairs", {})


def standing(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return our repairs by their texts."""
    return {
        issue.translation_key or "": issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


async def open_repair(hass: HomeAssistant, key: str) -> Any:
    """Click a repair; check that its words name only what is given."""
    issue = standing(hass)[key]
    manager = repairs_flow_manager(hass)
    assert manager is not None
    step = await manager.async_init(DOMAIN, data={"issue_id": issue.issue_id})
    assert step["step_id"] == "recheck"
    words = TEXTS["issues"][key]["fix_flow"]["step"]["recheck"]["description"]
    assert words.format(**step["description_placeholders"])
    return step


async def submit(hass: HomeAssistant, step: Any) -> Any:
    """Say that it is done."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_configure(step["flow_id"], {})
    await hass.async_block_till_done()
    return result


async def test_a_lost_car_is_looked_for_again(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Not well yet, then connected again: the car is back at once."""
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    cloud.disconnect(connection)
    await travel(3601)
    await travel(3601)
    assert hass.states.get(BATTERY).state == "unavailable"
    step = await open_repair(hass, "connection_lost")
    assert fleet.APPLICATION_ID in step["description_placeholders"]["link"]
    step = await submit(hass, step)
    assert step["errors"] == {"base": "still_there"}
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    result = await submit(hass, step)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert standing(hass) == {}
    assert hass.states.get(BATTERY).state == "62.0"


async def test_without_an_application_id_a_lost_car_needs_other_words(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """They say how to come by a Connect link."""
    without = {k: v for k, v in loaded.data.items() if k != CONF_APPLICATION_ID}
    hass.config_entries.async_update_entry(loaded, data=without)
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    assert connection is not None
    cloud.disconnect(connection)
    await travel(3601)
    await travel(3601)
    step = await open_repair(hass, "connection_lost_without_link")
    assert step["description_placeholders"]["link"] == DASHBOARD


@pytest.mark.parametrize(
    ("type_", "code", "key"),
    [
        ("PERMISSION", None, "permission_withdrawn"),
        (ACCOUNT, "AUTHENTICATION_FAILED", "owner_account_login"),
        (ACCOUNT, "PERMISSION", "owner_account_permission"),
        (ACCOUNT, "VIRTUAL_KEY_REQUIRED", "owner_account_virtual_key"),
        (ACCOUNT, "SUBSCRIPTION", "owner_account_subscription"),
    ],
)
@pytest.mark.parametrize("has_application_id", [True, False])
async def test_without_an_application_id_other_words_say_how_to_connect(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    travel: Travel,
    type_: str,
    code: str | None,
    key: str,
    has_application_id: bool,
) -> None:
    """A link to Connect would lead to the start page of the dashboard only."""
    without = {k: v for k, v in entry.data.items() if k != CONF_APPLICATION_ID}
    if not has_application_id:
        hass.config_entries.async_update_entry(entry, data=without)
    fault = Fault("signals", type=type_, code=code, vehicle_id=fleet.BEV, times=None)
    cloud.faults.add(fault)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await travel(2)
    names_connect = code != "SUBSCRIPTION"
    found = key
    if names_connect and not has_application_id:
        found = f"{key}_without_link"
    step = await open_repair(hass, found)
    words = TEXTS["issues"][found]["fix_flow"]["step"]["recheck"]["description"]
    assert ("[Connect]" in words) is (names_connect and has_application_id)
    if names_connect:
        link = step["description_placeholders"]["link"]
        assert (link == DASHBOARD) is not has_application_id


@pytest.mark.parametrize(
    ("type_", "code", "key"),
    [
        ("BILLING", "ACCOUNT_SUSPENDED", "application_suspended"),
        ("PERMISSION", None, "permission_withdrawn"),
        ("CONNECTED_SERVICES_ACCOUNT", "SUBSCRIPTION", "owner_account_subscription"),
    ],
)
async def test_what_a_read_showed_a_read_settles(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    type_: str,
    code: str | None,
    key: str,
) -> None:
    """Only the cars in trouble are read, and refused reads cost nothing."""
    fault = Fault("signals", type=type_, code=code, vehicle_id=fleet.BEV, times=None)
    cloud.faults.add(fault)
    await travel(6 * 3600 + 1)
    used = loaded.runtime_data.vehicles[fleet.BEV].stored.budget.used
    step = await submit(hass, await open_repair(hass, key))
    assert step["errors"] == {"base": "still_there"}
    assert loaded.runtime_data.vehicles[fleet.BEV].stored.budget.used == used
    cloud.faults.clear()
    await travel(5)
    cloud.refresh()
    reads = cloud.count("signals")
    result = await submit(hass, step)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert cloud.count("signals") == reads + 1


@pytest.mark.parametrize(
    ("type_", "code", "key"),
    [
        ("BILLING", "VEHICLE_REQUEST_LIMIT", "quota_spent"),
        ("PERMISSION", None, "permission_withdrawn"),
    ],
)
async def test_looking_again_after_a_reload(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    type_: str,
    code: str | None,
    key: str,
) -> None:
    """What was met before the reload is found mended, or not, at the first look."""
    fault = Fault("signals", type=type_, code=code, vehicle_id=fleet.BEV, times=None)
    cloud.faults.add(fault)
    await travel(6 * 3600 + 1)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    reads = cloud.count("signals")
    step = await open_repair(hass, key)
    step = await submit(hass, step)
    assert step["errors"] == {"base": "still_there"}
    assert cloud.count("signals") == reads + 1
    cloud.faults.clear()
    result = await submit(hass, step)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert standing(hass) == {}
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    assert vehicle.budget.remaining(dt_util.now()) > 400


async def test_an_empty_store_is_told_after_an_hour(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> None:
    """Not at once, for a store fills within minutes; and gone with the first news."""
    cloud.fill_store = "never"
    for connection in cloud.connections.values():
        connection.store.empty()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    assert standing(hass) == {}
    await travel(6 * 3600 + 1)
    assert standing(hass).keys() == {"store_empty"}
    assert len([k for k in ir.async_get(hass).issues if k[0] == DOMAIN]) == 3
    step = await submit(hass, await open_repair(hass, "store_empty"))
    assert step["errors"] == {"base": "still_there"}
    cloud.fill_store = "always"
    cloud.refresh()
    result = await submit(hass, step)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert standing(hass) == {}


async def test_a_delivery_ends_an_empty_store_too(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """Whatever tells anything about the car does."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    vehicle.stored.empty_since = dt_util.utcnow() - timedelta(hours=2)
    vehicle.async_show_issues()
    assert set(standing(hass)) == {"store_empty"}
    vehicle.async_take_delivery(heard(state(user=None)))
    assert standing(hass) == {}


async def test_nothing_is_settled_while_the_entry_does_not_run(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """There is nobody to look; the repair stays."""
    fault = Fault("signals", type="PERMISSION", vehicle_id=fleet.BEV, times=None)
    cloud.faults.add(fault)
    await travel(6 * 3600 + 1)
    step = await open_repair(hass, "permission_withdrawn")
    await hass.config_entries.async_unload(loaded.entry_id)
    step = await submit(hass, step)
    assert step["errors"] == {"base": "still_there"}


async def test_a_repair_that_went_by_itself_meanwhile(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The flow ends well."""
    fault = Fault("signals", type="PERMISSION", vehicle_id=fleet.BEV, times=None)
    cloud.faults.add(fault)
    await travel(6 * 3600 + 1)
    step = await open_repair(hass, "permission_withdrawn")
    cloud.faults.clear()
    await travel(6 * 3600 + 1)
    assert standing(hass) == {}
    result = await submit(hass, step)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("how", ["deleted", "unchecked"])
async def test_a_car_that_goes_takes_its_repairs_along(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    travel: Travel,
    device_registry: dr.DeviceRegistry,
    how: str,
) -> None:
    """Whether its device is deleted or it is unchecked in the settings."""
    for vehicle_id in (fleet.BEV, fleet.ICE):
        refusal = {"type": "PERMISSION", "vehicle_id": vehicle_id}
        cloud.faults.add(Fault("signals", **refusal, times=None))
    await travel(6 * 3600)
    assert len(ir.async_get(hass).issues) == 2
    if how == "deleted":
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, fleet.BEV), loaded.entry_id
        )
        assert await async_remove_config_entry_device(hass, loaded, device)
    else:
        data = {**loaded.data, CONF_EXCLUDED: [fleet.BEV]}
        hass.config_entries.async_update_entry(loaded, data=data)
        assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (issue,) = standing(hass).values()
    assert fleet.ICE in issue.issue_id


async def test_an_applications_repair_goes_with_the_car_that_met_it(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Nobody is left to take it back."""
    suspended = {"type": "BILLING", "code": "ACCOUNT_SUSPENDED"}
    cloud.faults.add(Fault("signals", **suspended, vehicle_id=fleet.BEV, times=None))
    await travel(6 * 3600 + 1)
    assert list(standing(hass)) == ["application_suspended"]
    await loaded.runtime_data.async_drop(fleet.BEV)
    assert standing(hass) == {}


async def test_a_car_that_is_gone_has_one_repair_at_the_most(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """What only a read could settle is settled with the connection."""
    refusal = {"type": "PERMISSION", "vehicle_id": fleet.BEV}
    cloud.faults.add(Fault("signals", **refusal, times=None))
    await travel(6 * 3600 + 1)
    assert list(standing(hass)) == ["permission_withdrawn"]
    cloud.disconnect(cloud.connection(fleet.USER_1, fleet.BEV))
    await travel(3601)
    await travel(3601)
    assert list(standing(hass)) == ["connection_lost"]


async def test_a_look_at_a_virtual_key_costs_nothing(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """No read tells of it; the next command that succeeds does."""
    key = {"type": "CONNECTED_SERVICES_ACCOUNT", "code": "VIRTUAL_KEY_REQUIRED"}
    cloud.faults.add(Fault("command", **key, times=1))
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    with pytest.raises(HomeAssistantError):
        await async_send_command(vehicle, UNLOCK)
    reads = cloud.count("signals")
    step = await submit(hass, await open_repair(hass, "owner_account_virtual_key"))
    assert step["errors"] == {"base": "still_there"}
    assert cloud.count("signals") == reads
    await travel(5)
    await async_send_command(vehicle, UNLOCK)
    assert standing(hass) == {}


async def test_a_repair_is_of_one_of_two_applications(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Looking again asks for the application that the repair names."""
    other = MockConfigEntry(
        domain=DOMAIN,
        version=ENTRY_VERSION,
        unique_id="client_other",
        data={**loaded.data, CONF_CLIENT_ID: "client_other"},
    )
    other.add_to_hass(hass)
    found = [_runtime(hass, {"entry_id": e.entry_id}) for e in (loaded, other)]
    assert found == [loaded.runtime_data, None]
    object.__setattr__(other, "state", ConfigEntryState.LOADED)
    other.runtime_data = "the other"
    found = [_runtime(hass, {"entry_id": e.entry_id}) for e in (loaded, other)]
    assert found == [loaded.runtime_data, "the other"]
    object.__setattr__(other, "state", ConfigEntryState.NOT_LOADED)


async def test_an_entry_that_nears_its_most_entities(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Said from a bound on, at a start and hourly; gone when there are fewer."""
    enabled = [
        row.entity_id
        for row in er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
        if not row.disabled
    ]
    bound = "custom_components.smartcar.connections.MANY_ENTITIES"
    monkeypatch.setattr(bound, len(enabled) + 1)
    await travel(3601)
    assert standing(hass) == {}
    monkeypatch.setattr(bound, len(enabled))
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    issue = standing(hass)["many_entities"]
    count = f"{len(enabled)}"
    assert (issue.translation_placeholders or {})["count"] == count
    step = await submit(hass, await open_repair(hass, "many_entities"))
    assert step["errors"] == {"base": "still_there"}
    entity_registry.async_update_entity(
        enabled[0], disabled_by=er.RegistryEntryDisabler.USER
    )
    result = await submit(hass, step)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert standing(hass) == {}
