"""Entries of other integrations of the domain, which go on as ours."""

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock, patch

from aiohttp.test_utils import TestClient
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import validate_statistics
from homeassistant.components.recorder.util import session_scope
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.smartcar import (
    binary_sensor,
    device_tracker,
    lock,
    number,
    sensor,
    switch,
)
from custom_components.smartcar.const import DOMAIN, ENTRY_VERSION
from custom_components.smartcar.diagnostics import async_get_config_entry_diagnostics
from custom_components.smartcar.moving import async_move_vehicle
from custom_components.smartcar.repairs import async_create_fix_flow
from custom_components.smartcar.stored import Stored, StoredVehicle
from custom_components.smartcar.takeover.act import _TAKEN_OVER, async_take_over
from custom_components.smartcar.takeover.keys import CHANGED, INSTEAD, KEYS
from custom_components.smartcar.takeover.shapes import Credential, options_of
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import reads, repairs, value
from .conftest import ORDINARY_DAY, Travel
from .deliveries import PATH, WEBHOOK_ID, battery, signature, state, verify, written
from .flow import checked, reauthenticate, submit
from .takeover_entries import (
    BEV_VIN,
    KEPT,
    NEW,
    OLD_CLIENT_ID,
    PUSH,
    ROWS,
    SHAPES,
    TOKEN,
    VEHICLES,
    VINS,
    Shape,
    add_car,
    add_credential,
    add_row,
)

type Start = Callable[[MockConfigEntry], Awaitable[bool]]

INTEGRATION = er.RegistryEntryDisabler.INTEGRATION
PERSON = er.RegistryEntryDisabler.USER
GOOD = {CONF_CLIENT_ID: fleet.CLIENT_ID, CONF_CLIENT_SECRET: fleet.CLIENT_SECRET}
ALLOWED = {
    "application_id",
    "client_id",
    "client_secret",
    "management_token",
    "taken_cars",
    "webhook_id",
}
ASKING = [name for name, shape in SHAPES.items() if shape.asks]
SILENT = [name for name, shape in SHAPES.items() if not shape.asks]


async def settle(hass: HomeAssistant) -> None:
    """Wait until all that was begun has ended."""
    await hass.async_block_till_done(wait_background_tasks=True)


async def there(
    hass: HomeAssistant, name: str, rows: Any = ROWS, **other: Any
) -> tuple[Shape, MockConfigEntry, dr.DeviceEntry]:
    """Have an entry of a shape with the electric car, not set up here yet."""
    shape = SHAPES[name]
    await add_credential(hass, shape)
    entry = shape.entry(**other)
    entry.add_to_hass(hass)
    return shape, entry, add_car(hass, entry, shape.name_of(fleet.BEV), rows)


@pytest.fixture
async def components(hass: HomeAssistant) -> None:
    """Have what adds addresses, before Home Assistant can be called."""
    assert await async_setup_component(hass, "application_credentials", {})


@pytest.fixture
def start(hass: HomeAssistant, travel: Travel) -> Start:
    """Return a way to set an entry up, with every car read once."""

    async def set_up(entry: MockConfigEntry) -> bool:
        done = await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        await travel(2)
        return done

    return set_up


def picture(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return all that another integration would find of an entry."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return (
        (entry.version, entry.minor_version, entry.unique_id, entry.title),
        (dict(entry.data), dict(entry.options)),
        sorted((row.entity_id, row.unique_id, row.disabled_by or "") for row in rows),
        sorted((device.id, sorted(device.identifiers)) for device in devices),
    )


def rows_of(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the registry ids of an entry's entities by their entity ids."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {row.entity_id: row.id for row in rows}


def assert_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: dr.DeviceEntry,
    before: dict[str, str],
    vehicle_id: str = fleet.BEV,
) -> None:
    """All that was in use has its ids still, and shows a value."""
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (ENTRY_VERSION, 1)
    assert entry.unique_id == entry.data["client_id"] == fleet.CLIENT_ID
    assert entry.title == "Smartcar"
    assert entry.data.keys() <= ALLOWED
    after = dr.async_get(hass).async_get(device.id)
    assert after is not None
    assert after.identifiers == {(DOMAIN, vehicle_id)}
    registry = er.async_get(hass)
    for entity_id, key in KEPT.items():
        row = registry.async_get(entity_id)
        assert row is not None, entity_id
        assert (row.id, row.unique_id) == (before[entity_id], f"{vehicle_id}_{key}")
        assert row.device_id == device.id
        assert value(hass, entity_id) not in ("unavailable", "unknown"), entity_id


# Every shape


@pytest.mark.parametrize("name", SILENT)
async def test_present_credentials_need_no_question(
    hass: HomeAssistant, cloud: Cloud, start: Start, name: str
) -> None:
    _, entry, device = await there(hass, name)
    before = rows_of(hass, entry)
    assert await start(entry)
    assert_kept(hass, entry, device, before)
    assert hass.config_entries.flow.async_progress() == []
    assert value(hass, "sensor.my_soc") == "62.0"
    assert value(hass, "sensor.id4_charging") == "not_charging"
    # Nothing is read twice, whether a car had to be found by its VIN or not.
    assert set(reads(cloud).values()) == {1}


@pytest.mark.parametrize("name", ASKING)
async def test_credentials_of_the_old_api_need_one_form(
    hass: HomeAssistant, cloud: Cloud, travel: Travel, start: Start, name: str
) -> None:
    _, entry, device = await there(hass, name)
    before, untouched = rows_of(hass, entry), picture(hass, entry)
    assert not await start(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert not cloud.requests
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["step_id"] == "take_over"
    assert picture(hass, entry) == untouched
    result = await submit(hass, flow, **GOOD)
    await travel(2)
    assert result["reason"] == "reauth_successful"
    assert_kept(hass, entry, device, before)
    assert entry.data["application_id"] == OLD_CLIENT_ID
    assert set(reads(cloud).values()) == {1}


@pytest.mark.parametrize("name", ["new API", "old API with webhook"])
async def test_the_webhook_stays(
    hass: HomeAssistant,
    cloud: Cloud,
    travel: Travel,
    start: Start,
    components: None,
    server: TestClient[Any, Any],
    name: str,
) -> None:
    """Deliveries are put off from the first second, and taken at the old address.

    An entry that waits for a person must not put them off for days.
    """
    shape, entry, _ = await there(hass, name)

    async def send(content: Any) -> int:
        body = written(content)
        answer = await server.post(PATH, data=body, headers=signature(body))
        return answer.status

    with patch("custom_components.smartcar.async_setup_entry", return_value=False):
        await start(entry)
        assert await send(state(battery(41))) == (200 if shape.asks else 503)
    if shape.asks:
        assert await hass.config_entries.async_reload(entry.entry_id) is False
        await travel(2)
        (flow,) = hass.config_entries.flow.async_progress()
        await submit(hass, flow, **GOOD)
    else:
        assert await hass.config_entries.async_reload(entry.entry_id)
    await travel(2)
    assert entry.data["webhook_id"] == WEBHOOK_ID
    assert entry.data["management_token"] == fleet.MANAGEMENT_TOKEN
    assert await send(verify("challenge")) == 200
    assert await send(state(battery(41))) == 200
    await travel(2)
    assert value(hass, "sensor.my_soc") == "41.0"


@pytest.mark.parametrize("token", [None, "", 3])
async def test_half_a_webhook_is_none(
    hass: HomeAssistant, cloud: Cloud, start: Start, token: Any
) -> None:
    shape = SHAPES["new API"]
    data = {**shape.data, "application_management_token": token}
    _, entry, _ = await there(hass, "new API", data=data)
    assert await start(entry)
    assert entry.data.keys() == ALLOWED - {"management_token", "webhook_id"}


# Rows


def our_keys() -> set[tuple[str, str]]:
    """Return the platform and key of everything that our tables have."""
    at = ("front_left", "front_right", "rear_left", "rear_right")
    tables: dict[str, Any] = {
        "sensor": (
            *sensor.DESCRIPTIONS,
            *sensor.CLOCKS,
            *sensor.INTEGRATION_DESCRIPTIONS,
            sensor.ENERGY_ADDED,
        ),
        "binary_sensor": binary_sensor.TABLE,
        "switch": switch.DESCRIPTIONS,
        "number": number.DESCRIPTIONS,
        "lock": lock.DESCRIPTIONS,
        "device_tracker": device_tracker.DESCRIPTIONS,
    }
    keys = {(domain, row.key) for domain, rows in tables.items() for row in rows}
    keys |= {("sensor", f"tire_pressure_{place}") for place in at}
    grids = {row.key for row in binary_sensor.GRIDS}
    return keys | {("binary_sensor", f"{key}_{place}") for key in grids for place in at}


MAPPED = [(domain, *pair) for domain, keys in KEYS.items() for pair in keys.items()]


def test_every_counterpart_exists() -> None:
    """No row leads to a key that no table has, and each key leads to one row."""
    targets = {(domain, ours) for domain, _, ours in MAPPED}
    targets |= {target for target in INSTEAD.values() if target}
    assert targets - our_keys() == set()
    assert {kind for kind in CHANGED if kind[1] not in KEYS[kind[0]]} == set()
    assert not INSTEAD.keys() & {(domain, theirs) for domain, theirs, _ in MAPPED}
    # What is done to a key that is ours already changes nothing.
    for domain, keys in KEYS.items():
        assert all(keys.get(ours, ours) == ours for ours in keys.values()), domain


@pytest.mark.parametrize("by", ["vin", "id"])
async def test_every_row_keeps_its_entity(hass: HomeAssistant, by: str) -> None:
    """Whatever its key was, and whether the car was known by its VIN or its id."""
    shape = SHAPES["new API" if by == "id" else "old API"]
    entry = shape.entry()
    entry.add_to_hass(hass)
    twins = {"charge_timetocomplete"}
    rows = [
        (domain, key, f"{domain}.their_{key}", False)
        for domain, key, _ in MAPPED
        if key not in twins
    ]
    add_car(hass, entry, shape.name_of(fleet.BEV), rows)
    before = rows_of(hass, entry)
    async_take_over(
        hass, entry, Credential(*NEW), {shape.name_of(fleet.BEV): fleet.BEV}
    )
    registry = er.async_get(hass)
    assert rows_of(hass, entry) == before
    assert {
        (domain, key): (registry.async_get(f"{domain}.their_{key}") or entry).unique_id
        for domain, key, _ in MAPPED
        if key not in twins
    } == {
        (domain, key): f"{fleet.BEV}_{ours}"
        for domain, key, ours in MAPPED
        if key not in twins
    }


async def test_rows_that_were_never_used_come_fresh(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    """They would hide what is on by default here; Home Assistant remembers them."""
    _, entry, _ = await there(hass, "new API")
    assert await start(entry)
    registry = er.async_get(hass)
    for gone in ("sensor.id4_odometer", "binary_sensor.id4_trunk"):
        assert registry.async_get(gone) is None
    for domain, key in (("sensor", "odometer"), ("binary_sensor", "rear_trunk")):
        entity_id = registry.async_get_entity_id(domain, DOMAIN, f"{fleet.BEV}_{key}")
        assert entity_id is not None
        row = registry.async_get(entity_id)
        assert row is not None
        assert row.disabled_by is None
        assert value(hass, entity_id) not in ("unavailable", "unknown")
    # What no table knows is not ours to remove.
    unheard_of = registry.async_get("sensor.id4_unheard_of")
    assert unheard_of is not None
    assert unheard_of.unique_id == f"{fleet.BEV}_unheard_of"


@pytest.mark.parametrize(
    "touched",
    [
        {"disabled_by": PERSON},
        {"name": "Kilometres"},
        {"icon": "mdi:road"},
        {"name": "Kilometres", "area_id": "garage"},
        {"labels": {"car"}},
    ],
)
async def test_what_a_person_touched_stays(
    hass: HomeAssistant, cloud: Cloud, start: Start, touched: dict[str, Any]
) -> None:
    """Its name, icon, area and labels, and that it is off."""
    _, entry, _ = await there(hass, "new API")
    registry = er.async_get(hass)
    before = registry.async_update_entity("sensor.id4_odometer", **touched)
    assert await start(entry)
    row = registry.async_get("sensor.id4_odometer")
    assert row is not None
    assert (row.id, row.unique_id) == (before.id, f"{fleet.BEV}_odometer")
    assert {name: getattr(row, name) for name in touched} == touched
    assert row.disabled_by is (touched.get("disabled_by") or INTEGRATION)


@pytest.mark.parametrize("in_use", ["charge_time_to_complete", "charge_timetocomplete"])
async def test_of_two_for_one_the_one_in_use_wins(
    hass: HomeAssistant, cloud: Cloud, start: Start, in_use: str
) -> None:
    keys = ("charge_time_to_complete", "charge_timetocomplete")
    rows = [("sensor", key, f"sensor.{key}", key != in_use) for key in keys]
    _, entry, _ = await there(hass, "new API", rows)
    assert await start(entry)
    registry = er.async_get(hass)
    unique_id = f"{fleet.BEV}_charging_time_left"
    assert registry.async_get_entity_id("sensor", DOMAIN, unique_id) == (
        f"sensor.{in_use}"
    )


async def test_of_two_in_use_one_is_left_over(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    keys = ("charge_timetocomplete", "charge_time_to_complete")
    rows = [("sensor", key, f"sensor.{key}", False) for key in keys]
    _, entry, _ = await there(hass, "new API", rows)
    assert await start(entry)
    loser = er.async_get(hass).async_get("sensor.charge_timetocomplete")
    assert loser is not None
    assert loser.unique_id == f"{fleet.BEV}_charge_timetocomplete"
    assert "`sensor.charge_timetocomplete`" in await told(hass, entry)


async def test_of_two_sets_the_live_one_wins(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    """An earlier change to the new API in place left the first set dead."""
    shape = SHAPES["with options"]
    await add_credential(hass, shape)
    entry = shape.entry()
    entry.add_to_hass(hass)
    dead = add_car(hass, entry, BEV_VIN, (("sensor", "range", "sensor.range", False),))
    rows = (("sensor", "range", "sensor.range_2", False),)
    live = add_car(hass, entry, fleet.BEV, rows)
    assert await start(entry)
    devices = dr.async_get(hass)
    after = [devices.async_get(device.id) for device in (dead, live)]
    assert [device and device.identifiers for device in after] == [
        {(DOMAIN, BEV_VIN)},
        {(DOMAIN, fleet.BEV)},
    ]
    row = er.async_get(hass).async_get("sensor.range")
    assert row is not None
    assert row.unique_id == f"{BEV_VIN}_range"
    assert value(hass, "sensor.range_2") not in ("unavailable", "unknown")
    text = await told(hass, entry)
    assert "(1): `sensor.range`" in text
    assert BEV_VIN not in text


async def test_a_row_that_the_car_does_not_answer_stays_unavailable(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    """They enabled a battery for a car with an engine, too; it can be deleted."""
    _, entry, _ = await there(hass, "new API", ())
    add_car(hass, entry, fleet.ICE, (("sensor", "battery_level", "sensor.ice", False),))
    assert await start(entry)
    row = er.async_get(hass).async_get("sensor.ice")
    assert row is not None
    assert row.unique_id == f"{fleet.ICE}_battery"
    assert hass.states.get("sensor.ice") is None


async def test_a_default_of_theirs_does_not_outlive_their_entry(
    hass: HomeAssistant, cloud: Cloud, start: Start, entry: MockConfigEntry
) -> None:
    """Deleted and added: Home Assistant would bring entities back disabled."""
    theirs = SHAPES["new API"].entry()
    theirs.add_to_hass(hass)
    rows = (
        ("binary_sensor", "rear_trunk", "binary_sensor.trunk", True),
        ("sensor", "firmware", "sensor.firmware", True),
        ("sensor", "range", "sensor.my_range", False),
    )
    add_car(hass, theirs, fleet.BEV, rows)
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.my_range", disabled_by=PERSON)
    await hass.config_entries.async_remove(theirs.entry_id)
    assert await start(entry)
    found = {name: registry.async_get(name) for *_, name, _ in rows}
    assert {name: row and row.disabled_by for name, row in found.items()} == {
        "binary_sensor.trunk": None,
        "sensor.firmware": INTEGRATION,  # Off by default here, too.
        "sensor.my_range": PERSON,
    }


# The same application twice


async def test_a_second_entry_of_an_application_stays_as_it_is(
    hass: HomeAssistant, cloud: Cloud, start: Start, issue_registry: ir.IssueRegistry
) -> None:
    _, first, _ = await there(hass, "new API")
    second = SHAPES["new API"].entry(title="Second", unique_id="second")
    second.add_to_hass(hass)
    before = picture(hass, second)
    assert await start(first)
    assert second.state is ConfigEntryState.SETUP_ERROR
    assert picture(hass, second) == before
    issue_id = f"same_application_{second.entry_id}"
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_placeholders == {"title": "Second", "other": "Smartcar"}
    # The first entry goes: the second one's turn.
    await hass.config_entries.async_remove(first.entry_id)
    assert await hass.config_entries.async_reload(second.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


async def test_credentials_of_an_application_that_is_there_are_refused(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    _, entry, _ = await there(hass, "old API")
    before = picture(hass, entry)
    result = await submit(hass, await reauthenticate(hass, entry), **GOOD)
    assert result["reason"] == "already_configured"
    assert picture(hass, entry) == before


# Nothing is touched before Smartcar accepts the credentials


@pytest.mark.parametrize(
    ("given_id", "fault", "error"),
    [
        (fleet.APPLICATION_ID, None, {"client_id": "application_id_given"}),
        ("client_01WRONG", None, {"base": "invalid_auth"}),
        (fleet.CLIENT_ID, Fault("*", "cut_before_headers", times=None), None),
        (fleet.CLIENT_ID, Fault("signals", times=None), None),
    ],
)
async def test_a_refused_form_changes_nothing(
    hass: HomeAssistant,
    cloud: Cloud,
    given_id: str,
    fault: Fault | None,
    error: dict[str, str] | None,
) -> None:
    # The cars have other ids, so that they must be read to be known.
    vehicles = {"another-id": VEHICLES[fleet.BEV]}
    data = {**SHAPES["old API"].data, "vehicles": vehicles}
    _, entry, _ = await there(hass, "old API", data=data)
    before = picture(hass, entry)
    flow = await reauthenticate(hass, entry)
    if fault is not None:
        cloud.faults.add(fault)
    result = await submit(hass, flow, **{**GOOD, CONF_CLIENT_ID: given_id})
    assert result["errors"] == (error or {"base": "cannot_connect"})
    assert picture(hass, entry) == before
    cloud.faults.clear()
    result = await submit(hass, result, **GOOD)
    assert result["reason"] == "reauth_successful"


async def test_credentials_of_other_cars_are_refused(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    vehicles = {"another-id": {"vin": "WBA00000000000001"}}
    data = {**SHAPES["old API"].data, "vehicles": vehicles}
    shape = SHAPES["old API"]
    await add_credential(hass, shape)
    entry = shape.entry(data=data)
    entry.add_to_hass(hass)
    add_car(hass, entry, "WBA00000000000001")
    before = picture(hass, entry)
    result = await submit(hass, await reauthenticate(hass, entry), **GOOD)
    assert result["errors"] == {"client_id": "other_cars"}
    assert picture(hass, entry) == before


@pytest.mark.parametrize("keyed_by", ["vin", "id"])
async def test_another_application_is_matched_by_vin(
    hass: HomeAssistant, cloud: Cloud, travel: Travel, keyed_by: str
) -> None:
    """Each car that is not known by its id is read once, also by the entry."""
    vehicles = {"another-id": VEHICLES[fleet.BEV]}
    shape = SHAPES["old API"]
    await add_credential(hass, shape)
    entry = shape.entry(data={**shape.data, "vehicles": vehicles})
    entry.add_to_hass(hass)
    device = add_car(hass, entry, BEV_VIN if keyed_by == "vin" else "another-id")
    before = rows_of(hass, entry)
    await submit(hass, await reauthenticate(hass, entry), **GOOD)
    await travel(2)
    assert_kept(hass, entry, device, before)
    assert reads(cloud) == {fleet.BEV: 1, fleet.PHEV: 1, fleet.ICE: 1}


async def test_a_car_that_may_not_be_read_stays_unknown(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """The others are found; what cannot be known is left as it is."""
    data = {**SHAPES["old API"].data, "vehicles": {}}
    _, entry, device = await there(hass, "old API", data=data)
    other = add_car(hass, entry, VINS[fleet.PHEV], ())
    before = rows_of(hass, entry)
    cloud.faults.add(
        Fault(
            "signals", type="PERMISSION", code=None, times=None, vehicle_id=fleet.PHEV
        )
    )
    await submit(hass, await reauthenticate(hass, entry), **GOOD)
    await travel(2)
    assert_kept(hass, entry, device, before)
    left = dr.async_get(hass).async_get(other.id)
    assert left is not None
    assert left.identifiers == {(DOMAIN, VINS[fleet.PHEV])}


@pytest.mark.parametrize("body", [None, {"value": "WBA00000000000001"}])
async def test_a_car_that_is_not_theirs_stays_new(
    hass: HomeAssistant, cloud: Cloud, travel: Travel, body: dict[str, str] | None
) -> None:
    """Whether it tells another VIN or none; cars that are known are not read for it."""
    cloud.cars[fleet.ICE].override("vehicleidentification-vin", body=body)
    _, entry, device = await there(hass, "old API")
    before = rows_of(hass, entry)
    left = add_car(hass, entry, "SJN00000000000002", ())
    await submit(hass, await reauthenticate(hass, entry), **GOOD)
    await travel(2)
    assert_kept(hass, entry, device, before)
    after = dr.async_get(hass).async_get(left.id)
    assert after is not None
    assert after.identifiers == {(DOMAIN, "SJN00000000000002")}
    assert set(reads(cloud).values()) == {1}


@pytest.mark.parametrize("why", ["outage", "secret"])
async def test_present_credentials_that_do_not_work_change_nothing(
    hass: HomeAssistant, cloud: Cloud, travel: Travel, start: Start, why: str
) -> None:
    _, entry, device = await there(hass, "new API")
    before, untouched = rows_of(hass, entry), picture(hass, entry)
    if why == "outage":
        cloud.faults.add(Fault("*", "cut_before_headers", times=None))
    else:
        cloud.application.revoke_secret()
    assert not await start(entry)
    assert picture(hass, entry) == untouched
    if why == "outage":
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert "cannot be reached" in str(entry.reason)
        cloud.faults.clear()
        assert await hass.config_entries.async_reload(entry.entry_id)
        await travel(2)
        assert_kept(hass, entry, device, before)
    else:
        assert entry.state is ConfigEntryState.SETUP_ERROR
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["step_id"] == "take_over"


async def test_an_emptied_credential_store_asks(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    entry = SHAPES["new API"].entry()
    entry.add_to_hass(hass)
    before = picture(hass, entry)
    assert not await start(entry)
    assert picture(hass, entry) == before
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "take_over"


async def test_without_the_credential_component_a_person_is_asked(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    entry = SHAPES["new API"].entry()
    entry.add_to_hass(hass)
    name = "custom_components.smartcar.takeover.shapes.async_setup_component"
    with patch(name, return_value=False):
        assert not await start(entry)
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_a_foreign_entry_cannot_be_reconfigured(hass: HomeAssistant) -> None:
    entry = SHAPES["old API"].entry()
    entry.add_to_hass(hass)
    result = checked(await entry.start_reconfigure_flow(hass))
    assert (result["type"], result["reason"]) == (
        FlowResultType.ABORT,
        "not_taken_over",
    )


# Options


@pytest.mark.parametrize(
    ("theirs", "data", "ours"),
    [
        ({}, {}, {}),
        (
            {"monthly_budget": 500, "budget_reserve": 50},
            {},
            {"call_limit": 500, "call_reserve": 50},
        ),
        # Ours leaves some calls for reads.
        ({"monthly_budget": 5}, {}, {"call_limit": 5, "call_reserve": 0}),
        (
            {"monthly_budget": 50, "budget_reserve": 50},
            {},
            {"call_limit": 50, "call_reserve": 0},
        ),
        ({"monthly_budget": -1, "budget_reserve": "many"}, {}, {}),
        (
            {"poll_profile": "interval", "poll_interval_hours": 3},
            {},
            {"pace": "fixed", "read_interval": 3.0},
        ),
        ({"poll_profile": "interval"}, {}, {}),
        ({"poll_profile": "daily"}, {}, {}),
        ({"poll_profile": "webhook_only"}, {}, {"pace": "off"}),
        ({"poll_profile": "on_demand"}, {}, {"pace": "off"}),
        ({}, {"poll_interval": 5}, {"pace": "fixed", "read_interval": 0.25}),
        ({}, {"poll_interval": 90}, {"pace": "fixed", "read_interval": 1.5}),
        ({}, {"poll_interval": True}, {}),
        ({}, {"poll_interval": 90, **PUSH}, {}),
    ],
)
def test_options(
    theirs: dict[str, Any], data: dict[str, Any], ours: dict[str, Any]
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, version=2, data=data, options=theirs)
    assert options_of(entry) == ours


async def test_options_go_along(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    """Those without a counterpart are named, if they did anything."""
    _, entry, _ = await there(hass, "with options")
    assert await start(entry)
    assert entry.options == {
        "call_limit": 500,
        "call_reserve": 50,
        "pace": "fixed",
        "read_interval": 3.0,
    }
    text = await told(hass, entry)
    assert "`poll_on_arrival`, `presence_entities`" in text
    assert "daily_event_cap" not in text


async def test_cars_that_are_not_to_be_read_are_read_once(
    hass: HomeAssistant, cloud: Cloud, start: Start, travel: Travel
) -> None:
    """As a set-up does: else nothing would be shown before someone asks for it."""
    _, entry, _ = await there(hass, "with options")
    options = {"poll_profile": "on_demand"}
    hass.config_entries.async_update_entry(entry, options=options)
    assert await start(entry)
    assert entry.options == {"pace": "off"}
    assert value(hass, "sensor.my_soc") == "62.0"
    await travel(7 * 3600)
    assert set(reads(cloud).values()) == {1}


# What a person is told


async def told(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Open the repair; return what it says."""
    issue_id = f"taken_over_{entry.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    flow = await async_create_fix_flow(hass, issue_id, dict(issue.data or {}))
    flow.hass, flow.issue_id, flow.data = hass, issue_id, dict(issue.data or {})
    form = await flow.async_step_init()
    assert form["type"] is FlowResultType.FORM
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    assert placeholders["title"] == entry.title
    done = await flow.async_step_confirm({})  # type: ignore[attr-defined]
    assert done["type"] is FlowResultType.CREATE_ENTRY
    return placeholders["findings"]


async def test_the_repair_names_what_changed_and_who_uses_it(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    rows = (
        ("sensor", "charging_state", "sensor.charging", False),
        ("sensor", "engine_oil", "sensor.oil", False),
        ("sensor", "charge_energyadded", "sensor.added", False),
        ("sensor", "diag_mil", "sensor.mil", False),
        ("sensor", "diag_dtc_list", "sensor.codes", False),
        ("switch", "climate", "switch.climate", False),
        ("sensor", "gear_state", "sensor.gear", True),
    )
    _, entry, _ = await there(hass, "new API", rows)
    automation = {
        "alias": "Charged",
        "trigger": {"platform": "state", "entity_id": "sensor.charging"},
        "action": {"action": "test.nothing"},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    assert await start(entry)
    assert (await told(hass, entry)).splitlines() == [
        "- States are now in lower case (CHARGING is charging): `sensor.charging`.",
        "  - Used in `automation.charged`.",
        "- Now a percentage instead of a fraction (0.64 is 64 %): `sensor.oil`.",
        (
            "- Energy is now counted as a total, so its earlier hourly averages are no"
            " longer shown: `sensor.added`."
        ),
        (
            "- No longer provided: `sensor.codes`, `sensor.mil`. Use instead:"
            " `sensor.blauer_blitz_trouble_codes`,"
            " `binary_sensor.blauer_blitz_check_engine_light`."
        ),
        "- No longer provided: `switch.climate`.",
        (
            "- The credential under Settings > Devices & services > ⋮ > Application"
            " credentials is no longer used. Delete it when you are sure that you"
            " will not go back."
        ),
    ]


async def test_the_repair_names_only_what_is_there_still(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    """Left-over entities that were deleted since need no look."""
    rows = (
        ("sensor", "diag_mil", "sensor.mil", False),
        ("sensor", "diag_dtc_list", "sensor.codes", False),
        ("switch", "climate", "switch.climate", False),
    )
    _, entry, _ = await there(hass, "new API", rows)
    assert await start(entry)
    er.async_get(hass).async_remove("sensor.mil")
    er.async_get(hass).async_remove("switch.climate")
    (line, _) = (await told(hass, entry)).splitlines()
    instead = "`sensor.blauer_blitz_trouble_codes`"
    assert line == f"- No longer provided: `sensor.codes`. Use instead: {instead}."
    er.async_get(hass).async_remove("sensor.codes")
    (line,) = (await told(hass, entry)).splitlines()
    assert line.startswith("- The credential under Settings")


async def test_nothing_to_tell_is_no_repair(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    rows = (("sensor", "range", "sensor.my_range", False),)
    _, entry, _ = await there(hass, "own credentials", rows)
    assert await start(entry)
    assert repairs(hass) == []


async def test_diagnostics_of_a_taken_over_entry_hold_no_secret(
    hass: HomeAssistant, cloud: Cloud, start: Start
) -> None:
    _, entry, _ = await there(hass, "new API")
    assert await start(entry)
    text = str(await async_get_config_entry_diagnostics(hass, entry))
    secrets = (*TOKEN.values(), fleet.CLIENT_SECRET, fleet.MANAGEMENT_TOKEN)
    for secret in (*map(str, secrets[:2]), *map(str, secrets[3:]), WEBHOOK_ID, BEV_VIN):
        assert secret not in text


# Power cuts


def undo(
    hass: HomeAssistant, entry: MockConfigEntry, device: dr.DeviceEntry, before: Any
) -> None:
    """Have the registries as they were: they are written long after the entry."""
    registry = er.async_get(hass)
    devices = dr.async_get(hass)
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (unique_id := before.get(row.entity_id)) == row.unique_id:
            continue
        if unique_id is not None:
            registry.async_update_entity(row.entity_id, new_unique_id=unique_id)
        else:
            registry.async_remove(row.entity_id)
    devices.async_update_device(device.id, new_identifiers=device.identifiers)
    for other in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if other.id != device.id:
            devices.async_remove_device(other.id)
    ir.async_get(hass).async_delete(DOMAIN, f"taken_over_{entry.entry_id}")
    del hass.data[_TAKEN_OVER]


@pytest.mark.parametrize("name", ["new API", "our version"])
async def test_what_a_power_cut_undoes_is_repeated(
    hass: HomeAssistant, cloud: Cloud, start: Start, name: str
) -> None:
    """The entry is written within a second, the registries up to 180 seconds later."""
    _, entry, device = await there(hass, name)
    before = rows_of(hass, entry)
    theirs = {
        row.entity_id: row.unique_id
        for row in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }
    assert await start(entry)
    for _ in range(2):
        assert await hass.config_entries.async_unload(entry.entry_id)
        undo(hass, entry, device, theirs)
        assert await start(entry)
        assert_kept(hass, entry, device, before)
        assert "taken_over" in repairs(hass)

    # A reload tells nothing of what is on disk; a start that finds all in place does.
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert "taken_cars" in entry.data
    del hass.data[_TAKEN_OVER]
    after = picture(hass, entry)[2:]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert "taken_cars" not in entry.data
    assert picture(hass, entry)[2:] == after
    assert_kept(hass, entry, device, before)


# Files


@pytest.mark.parametrize("left", [True, False])
async def test_a_mixed_folder_is_told_of(
    hass: HomeAssistant, cloud: Cloud, left: bool, monkeypatch: Any, tmp_path: Any
) -> None:
    """Rests of another integration's files, as long as they are there."""
    if left:
        (tmp_path / "application_credentials.py").touch()
    name = "custom_components.smartcar.takeover.folder.FOLDER"
    monkeypatch.setattr(name, tmp_path)
    assert await async_setup_component(hass, DOMAIN, {})
    assert repairs(hass) == (["mixed_folder"] if left else [])


# Removal


@pytest.mark.parametrize(
    ("data", "given_up"), [(PUSH, [WEBHOOK_ID]), ({"token": {}}, [])]
)
@pytest.mark.parametrize("version", [(1, 1), (2, 0), (3, 0)])
async def test_removing_a_foreign_entry_gives_up_its_cloudhook(
    hass: HomeAssistant,
    cloud: Cloud,
    start: Start,
    version: tuple[int, int],
    data: dict[str, Any],
    given_up: list[str],
) -> None:
    entry = Shape(version, data).entry()
    entry.add_to_hass(hass)
    assert not await start(entry)
    name = "custom_components.smartcar.async_give_up"
    with patch(name, AsyncMock()) as delete:
        await hass.config_entries.async_remove(entry.entry_id)
    assert [call.args[1] for call in delete.await_args_list] == given_up
    assert hass.config_entries.async_entries(DOMAIN) == []
    assert not cloud.requests


# A car under another id


async def test_a_car_goes_on_under_another_id(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """Its device, its entities and what is stored."""
    before = rows_of(hass, loaded)
    car = StoredVehicle(last_contact=None, confirmations=2)
    stored = Stored(vehicles={fleet.BEV: car})
    assert async_move_vehicle(hass, loaded, stored, fleet.BEV, "new-id")
    assert stored.vehicles == {"new-id": car}
    assert rows_of(hass, loaded) == before
    rows = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)
    cars = [row.unique_id.partition("_")[0] for row in rows]
    assert fleet.BEV not in cars
    assert cars.count("new-id") > 50
    # Where a car is there already nothing moves.
    assert not async_move_vehicle(hass, loaded, stored, fleet.PHEV, "new-id")
    assert async_move_vehicle(hass, loaded, stored, "unknown", "newer-id")
    assert rows_of(hass, loaded) == before


# Whatever the registries hold

_names = st.sampled_from([fleet.BEV, fleet.PHEV, BEV_VIN, "unknown"])
_keys = st.sampled_from(
    [(domain, key) for domain, theirs, ours in MAPPED for key in (theirs, ours)]
    + [*INSTEAD, ("sensor", "unheard_of"), ("sensor", "")]
)
_rows = st.lists(
    st.tuples(_names, _keys, st.sampled_from([None, INTEGRATION, PERSON])),
    max_size=12,
    unique_by=lambda row: (row[0], row[1]),
)
_vehicles = st.one_of(
    st.dictionaries(
        _names,
        st.one_of(
            st.none(), st.fixed_dictionaries({"vin": st.sampled_from([None, BEV_VIN])})
        ),
    ),
    st.sampled_from([None, "cars", 3, []]),
)


@pytest.fixture
def examine(hass: HomeAssistant) -> Callable[..., None]:
    """Return a way to take an invented entry over, and over again."""

    def forget(entry: MockConfigEntry) -> None:
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        ):
            dr.async_get(hass).async_remove_device(device.id)
        er.async_get(hass).async_clear_config_entry(entry.entry_id)
        er.async_get(hass).deleted_entities.clear()
        hass.config_entries._entries.pop(entry.entry_id)  # noqa: SLF001 - at once

    def take_over(rows: Any, vehicles: Any, cars: dict[str, str]) -> None:
        entry = Shape((2, 0), {"vehicles": vehicles, **PUSH}).entry(unique_id=None)
        entry.add_to_hass(hass)
        for name in {name for name, *_ in rows}:
            add_car(hass, entry, name, ())
        for at, (name, (domain, key), disabled_by) in enumerate(rows):
            add_row(
                hass,
                entry,
                f"{name}_{key}",
                f"{domain}.row_{at}",
                disabled_by=disabled_by,
            )
        in_use = {
            row.entity_id: row.id
            for row in er.async_entries_for_config_entry(
                er.async_get(hass), entry.entry_id
            )
            if row.disabled_by is not INTEGRATION
        }
        try:
            async_take_over(hass, entry, Credential(*NEW), cars)
            once = picture(hass, entry)
            assert in_use.items() <= rows_of(hass, entry).items()
            async_take_over(hass, entry, Credential(*NEW), cars)
            assert picture(hass, entry)[2:] == once[2:]
            assert picture(hass, entry)[0] == once[0]
        finally:
            forget(entry)

    return take_over


@given(data=st.data())
@settings(max_examples=60)
def _examples(examine: Callable[..., None], data: st.DataObject) -> None:
    found = data.draw(st.dictionaries(_names, st.sampled_from([fleet.BEV, fleet.PHEV])))
    # A car of the application is known by its own id.
    cars = found | {id_: id_ for id_ in found.values()}
    examine(data.draw(_rows), data.draw(_vehicles), cars)


async def test_no_registry_is_too_odd(examine: Callable[..., None]) -> None:
    """Nothing raises, what is in use stays, and twice is once."""
    _examples(examine)


# Statistics


@ORDINARY_DAY
async def test_statistics_go_on(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    cloud: Cloud,
    start: Start,
    travel: Travel,
    clock: ManualClock,
) -> None:
    """Under the same id, and Home Assistant finds nothing to complain about."""
    assert await async_setup_component(hass, "sensor", {})
    keys = {
        "battery_level": ("%", "battery", "62"),
        "battery_capacity": ("kWh", "energy_storage", "77"),
        "charge_time_to_complete": ("min", "duration", "30"),
        "charge_amperage_max": ("A", "current", "16"),
        "cabin_target_temperature": ("°C", "temperature", "21"),
        "diag_dtc_count": (None, None, "0"),
    }
    rows = [("sensor", key, f"sensor.{key}", False) for key in keys]
    _, entry, _ = await there(hass, "new API", rows)
    for key, (unit, device_class, state_text) in keys.items():
        attributes = {
            "state_class": "measurement",
            "unit_of_measurement": unit,
            "device_class": device_class,
        }
        hass.states.async_set(
            f"sensor.{key}",
            state_text,
            {name: value for name, value in attributes.items() if value},
        )
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=clock.now())
    await async_wait_recording_done(hass)
    manager = recorder_mock.statistics_meta_manager

    def metadata() -> dict[str, int]:
        with session_scope(hass=hass, read_only=True) as session:
            found = manager.get_many(session)
        return {name: number for name, (number, _) in found.items()}

    before = await recorder_mock.async_add_executor_job(metadata)
    assert before.keys() >= {f"sensor.{key}" for key in keys}
    for key in keys:
        hass.states.async_remove(f"sensor.{key}")
    assert await start(entry)
    await travel(298)
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=clock.now())
    await async_wait_recording_done(hass)
    after = await recorder_mock.async_add_executor_job(metadata)
    assert before.items() <= after.items()
    assert value(hass, "sensor.battery_level") == "62.0"
    problems = await recorder_mock.async_add_executor_job(validate_statistics, hass)
    assert {name for name in problems if name in before} == set()
