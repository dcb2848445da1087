"""What a person tells a car: lock, switch, number, button."""

import asyncio
from datetime import timedelta
from typing import Any, TypeIs

from homeassistant.components.lock import LockState
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.data_entry_flow import FlowResult, FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.smartcar import commands
from custom_components.smartcar.car_issues import INCAPABLE
from custom_components.smartcar.commands import STOP_CHARGING, UNLOCK
from custom_components.smartcar.const import CONF_READ_ONLY, DOMAIN
from custom_components.smartcar.sending import async_choose_control, async_send_command
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud
from simulator.faults import Fault

from .cars import LIMIT, LOCK, shown
from .conftest import ORDINARY_DAY, Travel
from .deliveries import heard, state

SWITCH = "switch.blauer_blitz_charge"
CALLS = "sensor.volkswagen_id_4_api_calls"

pytestmark = pytest.mark.usefixtures("loaded")


async def call(
    hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: Any
) -> None:
    """Call an action on one entity and wait for its end."""
    await hass.services.async_call(
        domain, action, {"entity_id": entity_id, **data}, blocking=True
    )


async def test_unlocking_shows_the_way_there(hass: HomeAssistant, cloud: Cloud) -> None:
    """Locked, unlocking, unlocked: each is written once."""
    events = async_capture_events(hass, "state_changed")
    await call(hass, "lock", "unlock", LOCK)
    await hass.async_block_till_done()
    states: list[State] = [
        event.data["new_state"] for event in events if event.data["entity_id"] == LOCK
    ]
    assert [state.state for state in states] == [
        LockState.UNLOCKING,
        LockState.UNLOCKED,
    ]
    assert shown(hass, LOCK) == (LockState.UNLOCKED, True)
    assert not cloud.cars[fleet.BEV].locked
    assert cloud.count("command") == 1


async def test_locking_an_unlocked_car(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """The way back works the same."""
    cloud.cars[fleet.BEV].locked = False
    await travel(6 * 3600 + 1)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, False)
    await call(hass, "lock", "lock", LOCK)
    assert shown(hass, LOCK) == (LockState.LOCKED, True)
    assert cloud.cars[fleet.BEV].locked


async def test_the_car_confirms_after_a_minute(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """One confirming read ends the assumption, and no second one follows."""
    reads = cloud.count("signals")
    await call(hass, "lock", "unlock", LOCK)
    await travel(30)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, True)
    await travel(31)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, False)
    assert cloud.count("signals") == reads + 1
    await travel(3600)
    assert cloud.count("signals") == reads + 1


async def test_the_car_contradicts(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """A different value measured after the command wins over the assumed one."""
    car = cloud.cars[fleet.BEV]
    cloud.change(car, car.plug_in)
    await call(hass, "switch", "turn_off", SWITCH)
    assert shown(hass, SWITCH) == (STATE_OFF, True)
    cloud.clock.advance(1)
    cloud.change(car, car.start_charging)
    await travel(61)
    assert shown(hass, SWITCH) == (STATE_ON, False)


async def test_without_word_from_the_car_nothing_is_known(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """After 15 minutes the state is unknown, never the one from before."""
    await call(hass, "lock", "unlock", LOCK)
    cloud.faults.add(Fault("signals", times=None))
    await travel(61)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, True)
    await travel(15 * 60)
    assert shown(hass, LOCK) == (STATE_UNKNOWN, False)
    cloud.faults.clear()
    await travel(45 * 60)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, False)


async def test_a_restart_in_between_leaves_the_doubt(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The value from before the command does not come back with a reload."""
    await call(hass, "lock", "unlock", LOCK)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(hass, LOCK) == (STATE_UNKNOWN, False)
    await travel(61)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, False)


async def test_a_doubt_costs_one_read_however_often_it_starts_anew(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """A car that confirms nothing is asked once."""
    cloud.cars[fleet.BEV].override("closure-islocked", absent=True)
    await call(hass, "lock", "unlock", LOCK)
    reads = cloud.count("signals")
    for _ in range(3):
        await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await travel(61)
    assert cloud.count("signals") == reads + 1


async def test_a_delivery_does_not_tell_what_came_of_a_lost_answer(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Only a read made afterwards does."""
    cloud.faults.add(Fault("command.unlock", "cut_before_headers"))
    with pytest.raises(HomeAssistantError):
        await call(hass, "lock", "unlock", LOCK)
    loaded.runtime_data.vehicles[fleet.BEV].async_take_delivery(heard(state(user=None)))
    reads = cloud.count("signals")
    await travel(61)
    assert cloud.count("signals") == reads + 1


async def test_charging_starts_and_the_limit_moves(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """Switch and number send what they show."""
    car = cloud.cars[fleet.BEV]
    cloud.change(car, car.plug_in)
    cloud.change(car, car.stop_charging)
    await call(hass, "number", "set_value", LIMIT, value=90)
    await call(hass, "switch", "turn_on", SWITCH)
    assert (car.charge_limit, car.charging) == (90, True)
    assert shown(hass, LIMIT) == ("90.0", True)
    assert shown(hass, SWITCH) == (STATE_ON, True)
    await travel(61)
    assert shown(hass, LIMIT) == ("90.0", False)
    assert shown(hass, SWITCH) == (STATE_ON, False)
    bodies = [r.body for r in cloud.requests if r.operation == "command.set-limit"]
    assert bodies == [{"data": {"attributes": {"percent": 90}}}]


async def test_a_refusal_names_cause_and_next_step(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """The state goes back to the car's; the command is not repeated."""
    with pytest.raises(
        HomeAssistantError, match=r"Blauer Blitz is not plugged in\. Plug it"
    ):
        await call(hass, "switch", "turn_on", SWITCH)
    assert shown(hass, SWITCH) == (STATE_OFF, False)
    assert cloud.count("command") == 1


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("held_then_error", "maker's service for Blauer Blitz did not answer"),
        ("held_then_nothing", "may have carried out the request"),
        ("held_then_cut", "may have carried out the request"),
    ],
)
async def test_an_accepted_command_that_ends_badly_is_not_reported_as_done(
    hass: HomeAssistant, cloud: Cloud, kind: str, message: str
) -> None:
    """What follows a 202 decides, and nothing is sent twice."""
    cloud.faults.add(Fault("command.unlock", kind, type="UPSTREAM", code="NO_RESPONSE"))
    with pytest.raises(HomeAssistantError, match=message):
        await call(hass, "lock", "unlock", LOCK)
    assert shown(hass, LOCK) == (LockState.LOCKED, False)
    assert cloud.count("command") == 1


@ORDINARY_DAY
async def test_an_unknown_outcome_is_looked_at_once(
    hass: HomeAssistant, cloud: Cloud, travel: Travel
) -> None:
    """A command that may have run makes the one confirming read."""
    cloud.faults.add(Fault("command.unlock", "held_then_cut"))
    with pytest.raises(HomeAssistantError):
        await call(hass, "lock", "unlock", LOCK)
    await travel(61)
    assert shown(hass, LOCK) == (LockState.UNLOCKED, False)
    # Three reads at the start, and one for this car.
    assert cloud.count("signals") == 4
    assert hass.states.get(CALLS).state == "3"


async def test_an_expired_token_does_not_repeat_the_command(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """A 401 carried nothing out, so one new token and one new request are right."""
    cloud.application.expire_tokens()
    await call(hass, "lock", "unlock", LOCK)
    answers = [r.status for r in cloud.requests if r.operation == "command.unlock"]
    assert answers == [401, 200]


async def test_a_command_with_refused_credentials_starts_reauthentication(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """The person is asked once, by the command that met the refusal."""
    cloud.application.revoke_secret()
    cloud.application.expire_tokens()
    with pytest.raises(HomeAssistantError, match="refuses the API credentials"):
        await call(hass, "lock", "unlock", LOCK)
    assert len(hass.config_entries.flow.async_progress()) == 1


class MinutesLong:
    """Holds a request until the simulated clock has passed its end."""

    def __init__(self, cloud: Cloud, clock: ManualClock) -> None:
        """Take over the cloud's waiting."""
        self.clock = clock
        self.arrived, self._over = asyncio.Event(), asyncio.Event()
        self._until = clock.now()
        cloud.sleep = self._hold

    async def _hold(self, seconds: float) -> None:
        if seconds:
            self._until = self.clock.now() + timedelta(seconds=seconds)
            self.arrived.set()
            await self._over.wait()

    def pass_time(self, seconds: float) -> None:
        """Let time pass for what is held."""
        self.clock.advance(seconds)
        if self.clock.now() >= self._until:
            self._over.set()


async def test_a_busy_car_refuses_in_words_and_others_do_not_wait(
    hass: HomeAssistant,
    cloud: Cloud,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One command at a time for a car, though it take minutes; others go on."""
    monkeypatch.setattr("custom_components.smartcar.command_line.BUSY_AFTER", 0)
    held = MinutesLong(cloud, clock)
    cloud.faults.add(Fault("command.unlock", "held_then_ok", seconds=240))
    first = hass.async_create_task(call(hass, "lock", "unlock", LOCK))
    await held.arrived.wait()
    held.pass_time(200)
    assert shown(hass, LOCK) == (LockState.UNLOCKING, False)
    with pytest.raises(ServiceValidationError, match="still busy"):
        await call(hass, "number", "set_value", LIMIT, value=70)
    await call(hass, "lock", "unlock", "lock.familienkutsche_lock")
    assert shown(hass, "lock.familienkutsche_lock") == (LockState.UNLOCKED, True)
    assert not first.done()
    held.pass_time(41)
    await first
    assert shown(hass, LOCK) == (LockState.UNLOCKED, True)
    assert cloud.count("command.set-limit") == 0
    assert cloud.count("command.unlock") == 2


async def test_a_permission_that_goes_and_comes_reshapes_the_car(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """Without a restart: a sensor for the lock and back, with the same ids."""
    connection = cloud.connection(fleet.USER_1, fleet.BEV)
    granted = connection.permissions
    connection.permissions = tuple(
        name for name in granted if name != "control_security"
    )
    await travel(3601)
    assert hass.states.get(LOCK) is None
    assert hass.states.get("binary_sensor.blauer_blitz_doors_locked").state == STATE_OFF
    with pytest.raises(
        ServiceValidationError, match="has not granted control_security"
    ):
        await async_send_command(loaded.runtime_data.vehicles[fleet.BEV], UNLOCK)
    assert cloud.count("command") == 0
    connection.permissions = granted
    await travel(3601)
    assert shown(hass, LOCK) == (LockState.LOCKED, False)
    assert hass.states.get("binary_sensor.blauer_blitz_doors_locked") is None


DOORS = "binary_sensor.blauer_blitz_doors_locked"


async def refuse_for_good(hass: HomeAssistant, cloud: Cloud, code: str) -> None:
    """Let the car answer to an unlocking that it cannot do it."""
    fault = Fault("command.unlock", type="COMPATIBILITY", code=code)
    cloud.faults.add(fault)
    with pytest.raises(HomeAssistantError, match=r"cannot|does not support"):
        await call(hass, "lock", "unlock", LOCK)
    await hass.async_block_till_done()


async def choose(hass: HomeAssistant, option: str) -> FlowResult[Any, str]:
    """Open the repair about the lock, and choose."""
    assert await async_setup_component(hass, "repairs", {})
    (issue_id,) = asking(hass)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    menu = await manager.async_init(DOMAIN, data={"issue_id": issue_id})
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["remove", "keep"]
    assert menu["description_placeholders"] == {"car": "Blauer Blitz"}
    return await manager.async_configure(menu["flow_id"], {"next_step_id": option})


def asking(hass: HomeAssistant) -> list[str]:
    """Return the repairs that ask about a control."""
    issues = ir.async_get(hass).issues.values()
    return [i.issue_id for i in issues if i.translation_key == "incapable_lock"]


@pytest.mark.parametrize("code", ["VEHICLE_NOT_CAPABLE", "SMARTCAR_NOT_CAPABLE"])
async def test_a_car_that_cannot_do_it_keeps_its_control_and_asks(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, code: str
) -> None:
    """The control answers with the error each time; the question outlives a restart."""
    for _ in range(2):
        await refuse_for_good(hass, cloud, code)
        assert shown(hass, LOCK) == (LockState.LOCKED, False)
        assert hass.states.get(DOORS) is None
        assert len(asking(hass)) == 1
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert len(asking(hass)) == 1
    assert cloud.count("command") == 2
    cloud.faults.clear()
    await call(hass, "lock", "unlock", LOCK)
    assert asking(hass) == []


async def test_a_removed_control_gives_way_until_the_car_is_connected_again(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """It is remembered over restarts, for the one signal it is about."""
    await refuse_for_good(hass, cloud, "VEHICLE_NOT_CAPABLE")
    result = await choose(hass, "remove")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    for _ in range(2):
        assert asking(hass) == []
        assert hass.states.get(LOCK) is None
        assert hass.states.get(DOORS).state == STATE_OFF
        assert shown(hass, LIMIT) == ("80.0", False)
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(3601)
    assert shown(hass, LOCK) == (LockState.LOCKED, False)
    assert hass.states.get(DOORS) is None


async def test_a_kept_control_asks_no_more_until_the_car_is_connected_again(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The next refusal is told by the action alone."""
    await refuse_for_good(hass, cloud, "VEHICLE_NOT_CAPABLE")
    await choose(hass, "keep")
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await refuse_for_good(hass, cloud, "VEHICLE_NOT_CAPABLE")
    assert asking(hass) == []
    assert shown(hass, LOCK) == (LockState.LOCKED, False)
    cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
    await travel(3601)
    await refuse_for_good(hass, cloud, "VEHICLE_NOT_CAPABLE")
    assert len(asking(hass)) == 1


@pytest.mark.parametrize("how", ["connected", "gone", "read_only", "dropped"])
async def test_a_question_about_a_control_goes_with_its_cause(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel, how: str
) -> None:
    """With a new connection, with the car, and where nothing is commanded."""
    await refuse_for_good(hass, cloud, "VEHICLE_NOT_CAPABLE")
    if how == "connected":
        cloud.connect(cloud.users[fleet.USER_1], cloud.cars[fleet.BEV])
        await travel(3601)
    elif how == "gone":
        vehicle = loaded.runtime_data.vehicles[fleet.BEV]
        await loaded.runtime_data.async_disconnect(vehicle, whole_user=False)
    elif how == "read_only":
        options = {**loaded.options, CONF_READ_ONLY: True}
        hass.config_entries.async_update_entry(loaded, options=options)
        await hass.config_entries.async_reload(loaded.entry_id)
    else:
        await loaded.runtime_data.async_drop(fleet.BEV)
    assert asking(hass) == []


async def test_a_choice_needs_an_entry_that_runs(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """The question stays."""
    await refuse_for_good(hass, cloud, "VEHICLE_NOT_CAPABLE")
    await hass.config_entries.async_unload(loaded.entry_id)
    result = await choose(hass, "remove")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_running")
    assert len(asking(hass)) == 1


async def test_a_choice_about_what_is_settled_changes_nothing(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """A success may come while the dialog is open."""
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    async_choose_control(vehicle, "closure-islocked", remove=True)
    await hass.async_block_till_done()
    assert shown(hass, LOCK) == (LockState.LOCKED, False)


async def test_a_car_that_can_after_all_gets_its_control_back(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry
) -> None:
    """The action is still there to try; its success brings the switch back."""
    cloud.change(cloud.cars[fleet.BEV], cloud.cars[fleet.BEV].plug_in)
    cloud.faults.add(
        Fault("command.charge-stop", type="COMPATIBILITY", code="SMARTCAR_NOT_CAPABLE")
    )
    with pytest.raises(HomeAssistantError):
        await call(hass, "switch", "turn_off", SWITCH)
    vehicle = loaded.runtime_data.vehicles[fleet.BEV]
    async_choose_control(vehicle, "charge-ischarging", remove=True)
    await hass.async_block_till_done()
    assert hass.states.get(SWITCH) is None
    await async_send_command(vehicle, STOP_CHARGING)
    await hass.async_block_till_done()
    assert shown(hass, SWITCH) == (STATE_OFF, True)


def test_every_control_can_be_asked_about() -> None:
    """A command that a signal shows has a repair for the car that cannot do it."""
    shown_by = {row.signal for row in vars(commands).values() if is_command(row)}
    assert shown_by - {None} == INCAPABLE.keys()


def is_command(row: object) -> TypeIs[commands.Command]:
    """Return whether something is a row of the table of commands."""
    return isinstance(row, commands.Command)


async def test_controls_without_their_signals_are_assumed(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    travel: Travel,
) -> None:
    """A free plan may grant control and tell nothing: the lock works all the same.

    Switch and limit of charging are there, too, but off by default.
    """
    car = cloud.cars[fleet.ICE]
    car.override("closure-islocked", absent=True)
    cloud.connection(fleet.USER_2, fleet.ICE).permissions = (
        "read_odometer",
        "control_charge",
        "control_security",
    )
    await hass.config_entries.async_remove(loaded.entry_id)
    again = MockConfigEntry(
        domain=DOMAIN, version=3, unique_id=fleet.CLIENT_ID, data=loaded.data
    )
    again.add_to_hass(hass)
    assert await hass.config_entries.async_setup(again.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    lock = "lock.anna_s_nissan_lock"
    assert shown(hass, lock) == (STATE_UNKNOWN, True)
    await call(hass, "lock", "lock", lock)
    assert shown(hass, lock) == (LockState.LOCKED, True)
    for entity_id in (
        "switch.anna_s_nissan_charge",
        "number.anna_s_nissan_charge_limit",
    ):
        row = entity_registry.async_get(entity_id)
        assert row.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_refresh_reads_now(hass: HomeAssistant, cloud: Cloud) -> None:
    """The button makes one read of its car only."""
    await call(hass, "button", "press", "button.volkswagen_id_4_refresh")
    reads = [r.vehicle_id for r in cloud.requests if r.operation == "signals"]
    assert sorted(reads) == sorted([fleet.BEV, fleet.BEV, fleet.PHEV, fleet.ICE])


async def test_a_failed_refresh_says_why(hass: HomeAssistant, cloud: Cloud) -> None:
    """The person who pressed learns what went wrong."""
    cloud.faults.add(Fault("signals", type="RATE_LIMIT", code="VEHICLE"))
    with pytest.raises(HomeAssistantError, match="Too many requests for Blauer Blitz"):
        await call(hass, "button", "press", "button.volkswagen_id_4_refresh")


async def test_refresh_is_refused_when_the_calls_are_spent(
    hass: HomeAssistant, cloud: Cloud
) -> None:
    """Smartcar's word that the month is used up is taken; no call is tried again."""
    cloud.faults.add(Fault("signals", type="BILLING", code="VEHICLE_REQUEST_LIMIT"))
    with pytest.raises(HomeAssistantError, match="calls for Blauer Blitz are used up"):
        await call(hass, "button", "press", "button.volkswagen_id_4_refresh")
    calls = hass.states.get(CALLS)
    assert (calls.state, calls.attributes["remaining"]) == ("1", 0)
    reads = cloud.count("signals")
    with pytest.raises(
        ServiceValidationError, match="calls for Blauer Blitz are used up"
    ):
        await call(hass, "button", "press", "button.volkswagen_id_4_refresh")
    assert cloud.count("signals") == reads


@ORDINARY_DAY
async def test_no_confirming_read_without_calls_left(
    hass: HomeAssistant, cloud: Cloud, loaded: MockConfigEntry, travel: Travel
) -> None:
    """The last call of a month may be the command itself."""
    loaded.runtime_data.vehicles[fleet.BEV].stored.budget.used = 499
    reads = cloud.count("signals")
    await call(hass, "lock", "unlock", LOCK)
    await travel(61)
    assert cloud.count("signals") == reads
    assert shown(hass, LOCK) == (LockState.UNLOCKED, True)


async def test_a_read_only_entry_has_no_controls_and_refuses_the_actions(
    hass: HomeAssistant,
    cloud: Cloud,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """What could be commanded is shown by sensors, and no command leaves."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, fleet.BEV), loaded.entry_id
    )
    hass.config_entries.async_update_entry(loaded, options={CONF_READ_ONLY: True})
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("binary_sensor.blauer_blitz_doors_locked").state == STATE_OFF
    assert hass.states.get("sensor.blauer_blitz_charge_limit").state == "80.0"
    with pytest.raises(
        ServiceValidationError, match="Blauer Blitz is set to read only"
    ):
        await hass.services.async_call(
            DOMAIN, "start_charging", {"device_id": device.id}, blocking=True
        )
    assert cloud.count("command") == 0
    for entity_id in (LOCK, SWITCH, LIMIT):
        assert hass.states.get(entity_id) is None
