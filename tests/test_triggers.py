"""Triggers, loaded from the configuration of an automation and run by cars' reports."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
import json
from typing import Any

from homeassistant.components.trace.const import DATA_TRACE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.trigger import (
    async_initialize_triggers,
    async_validate_trigger_config,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.smartcar.condition import CONDITIONS
from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.trigger import TRIGGERS
from simulator import fleet
from simulator.clock import ManualClock
from simulator.cloud import Cloud

from .automations import (
    Automate,
    by,
    device,
    entity,
    from_page,
    waiting,
)
from .cars import HOUR, IS_LOCKED, MINUTE, PLUG, reads
from .conftest import Tell, Travel
from .deliveries import Post, battery, reload, signal, state
from .happenings import (
    HAPPENINGS,
    OPTIONS,
    Stage,
    plug_in,
    plugged_in,
    unlock,
    unplugged,
)


@pytest.fixture
def stage(
    hass: HomeAssistant, cloud: Cloud, post: Post, tell: Tell, travel: Travel
) -> Stage:
    """Return the stage, with every car read once and push in order."""
    return Stage(hass, cloud, post, tell, travel)


@pytest.fixture(autouse=True)
def _nothing_else(cloud: Cloud) -> None:
    """Let the car have no schedule, and no charges that its maker lists."""
    for code in ("charge-chargetimers", "charge-chargerecords"):
        cloud.cars[fleet.BEV].override(code, body={"values": []})


def test_every_trigger_is_tested() -> None:
    assert HAPPENINGS.keys() == TRIGGERS.keys()


@pytest.mark.parametrize("key", HAPPENINGS)
async def test_a_trigger(
    hass: HomeAssistant, stage: Stage, automate: Automate, key: str
) -> None:
    """With the car's device as target: once, and not by another car."""
    before, happen, shown, wait = HAPPENINGS[key]
    await before(stage)
    options = OPTIONS.get(key, {})
    own, other = (
        waiting(f"smartcar.{key}", {"device_id": device(hass, car)}, **options)
        for car in (fleet.BEV, fleet.ICE)
    )
    noted = await automate(own, {**other, "alias": "Another car"})
    asked = reads(stage.cloud)
    await happen(stage)
    if wait:
        assert by(noted) == []
        await stage.travel(wait + MINUTE)
    mine = entity(hass, *shown)
    assert [one for one in by(noted) if one == mine] == [mine]
    if key != "data_became_old":
        assert by(noted) == [mine]

        assert reads(stage.cloud) == asked
        # The same report again is nothing new.
        await stage.tell(plug=key in {"plugged_in", "charge_finished"})
        assert by(noted) == [mine]


@pytest.fixture
async def offered(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> Callable[[str, str], Awaitable[set[str]]]:
    """Return a way to ask what the editor offers for a car."""
    client = await hass_ws_client(hass)

    async def ask(kind: str, car: str) -> set[str]:
        target = {"device_id": [device(hass, car)]}
        await client.send_json_auto_id(
            {"type": f"get_{kind}_for_target", "target": target}
        )
        answer = await client.receive_json()
        assert answer["success"]
        return set(answer["result"])

    return ask


async def test_the_editor_offers_all_for_a_car(
    hass: HomeAssistant, offered: Callable[[str, str], Awaitable[set[str]]]
) -> None:
    """What fits none of its entities is left out."""
    for component in ("automation", "battery"):
        assert await async_setup_component(hass, component, {})
    triggers = await offered("triggers", fleet.BEV)
    assert {f"{DOMAIN}.{key}" for key in TRIGGERS} <= triggers
    assert {f"{DOMAIN}.{key}" for key in CONDITIONS} <= await offered(
        "conditions", fleet.BEV
    )
    # No entity warns of a low battery: core's trigger about the level does that.
    assert "battery.became_low" not in triggers
    assert "battery.level_crossed_threshold" in triggers
    # A car with an engine only.
    triggers = await offered("triggers", fleet.ICE)
    assert {"smartcar.left_open", "smartcar.data_became_old"} <= triggers
    assert not {"smartcar.plugged_in", "smartcar.unplugged"} & triggers
    conditions = await offered("conditions", fleet.ICE)
    assert {"smartcar.is_left_open", "smartcar.is_data_recent"} <= conditions
    assert not {"smartcar.is_plugged_in", "smartcar.is_at_charge_limit"} & conditions


@pytest.fixture
async def foreign(hass: HomeAssistant, stage: Stage) -> dict[str, dict[str, str]]:
    """Return targets that hold the car beside a plug of another integration."""
    area = ar.async_get(hass).async_create("Garage")
    label = lr.async_get(hass).async_create("Power")
    registry = er.async_get(hass)
    other = registry.async_get_or_create(
        *("binary_sensor", "template", "wallbox"),
        suggested_object_id="wallbox",
        original_device_class="plug",
    )
    mine = device(hass)
    dr.async_get(hass).async_update_device(
        mine, area_id=area.id, labels={label.label_id}
    )
    registry.async_update_entity(
        other.entity_id, area_id=area.id, labels={label.label_id}
    )
    hass.states.async_set(other.entity_id, "off", {"device_class": "plug"})
    return {
        "device": {"device_id": mine},
        "area": {"area_id": area.id},
        "label": {"label_id": label.label_id},
    }


@pytest.mark.parametrize("kind", ["device", "area", "label"])
@pytest.mark.usefixtures("everything_on")
async def test_only_the_plug_of_a_car(
    hass: HomeAssistant,
    stage: Stage,
    automate: Automate,
    foreign: dict[str, dict[str, str]],
    kind: str,
    cloud: Cloud,
) -> None:
    """Neither a plug of another integration, nor another plug of the car."""
    await unplugged(stage)
    noted = await automate(waiting("smartcar.plugged_in", foreign[kind]))
    hass.states.async_set("binary_sensor.wallbox", "on", {"device_class": "plug"})
    await stage.post(state(signal("charge-isfastchargerpresent", value=False)))
    await stage.post(state(signal("charge-isfastchargerpresent", value=True)))
    fast = hass.states.get(entity(hass, "binary_sensor", "fast_charger"))
    assert fast is not None
    assert (fast.state, fast.attributes["device_class"]) == ("on", "plug")
    assert by(noted) == []
    await plug_in(stage)
    assert by(noted) == [entity(hass, "binary_sensor", "plug")]


async def test_another_kind_of_entity_never_triggers(
    hass: HomeAssistant, stage: Stage, automate: Automate
) -> None:
    """Not even where it is named itself."""
    await unplugged(stage)
    charging = {"entity_id": entity(hass, "binary_sensor", "charging")}
    noted = await automate(waiting("smartcar.plugged_in", charging))
    await stage.tell(plug=True, charging=True)
    assert by(noted) == []


# How long, and how many


async def test_for(hass: HomeAssistant, stage: Stage, automate: Automate) -> None:
    """It must stay so; what ends before that does not trigger."""
    await unplugged(stage)
    target = {"device_id": device(hass)}
    noted = await automate(
        waiting("smartcar.left_open", target, **{"for": {"minutes": 10}})
    )
    await unlock(stage)
    await stage.travel(9 * MINUTE)
    await stage.post(state(signal(IS_LOCKED, value=True)))
    await stage.travel(2 * MINUTE)
    await unlock(stage)
    await stage.travel(9 * MINUTE)
    assert by(noted) == []
    await stage.travel(MINUTE)
    assert by(noted) == [entity(hass, "binary_sensor", "left_open")]


def _of_phev(plug: bool) -> dict[str, Any]:
    return state(signal(PLUG, plug), vehicle=fleet.PHEV)


@pytest.mark.parametrize(
    ("behavior", "runs"),
    [
        ("each", [fleet.BEV, fleet.PHEV]),
        ("first", [fleet.BEV]),
        ("all", [fleet.PHEV]),
    ],
)
async def test_behaviors(
    hass: HomeAssistant,
    stage: Stage,
    automate: Automate,
    behavior: str,
    runs: list[str],
) -> None:
    """Two cars are plugged in, one after the other."""
    await unplugged(stage)
    await stage.post(_of_phev(plug=False))
    cars = [device(hass, car) for car in (fleet.BEV, fleet.PHEV)]
    noted = await automate(
        waiting("smartcar.plugged_in", {"device_id": cars}, behavior=behavior)
    )
    await plug_in(stage)
    await stage.travel(MINUTE)
    await stage.post(_of_phev(plug=True))
    assert by(noted) == [entity(hass, "binary_sensor", "plug", car) for car in runs]


# What is no news


async def test_a_restart_does_not_plug_in(
    hass: HomeAssistant, stage: Stage, automate: Automate, hearing: MockConfigEntry
) -> None:
    """A state that comes back, or is known for the first time, did not change."""
    await plugged_in(stage)
    target = {"device_id": device(hass)}
    noted = await automate(
        *(
            waiting(f"smartcar.{key}", target, **OPTIONS.get(key, {}))
            for key in TRIGGERS
        )
    )
    plug = entity(hass, "binary_sensor", "plug")
    seen = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: (
            seen.append(event.data["new_state"].state)
            if event.data["entity_id"] == plug
            else None
        ),
    )
    await reload(hass, hearing)
    await stage.travel(MINUTE)
    assert seen == ["unavailable", "on"]
    assert by(noted) == []
    # From unknown, as where a car has lost the value for a while.
    hass.states.async_set(plug, "unknown")
    hass.states.async_set(plug, "on")
    await hass.async_block_till_done()
    assert by(noted) == []


async def test_a_late_report_of_the_past_does_not_trigger(
    hass: HomeAssistant, stage: Stage, automate: Automate
) -> None:
    """What is older than what is known changes nothing."""
    await unplugged(stage)
    noted = await automate(waiting("smartcar.plugged_in", {"device_id": device(hass)}))
    await stage.tell(plug=True, ago=HOUR)
    assert by(noted) == []


# Old data


@pytest.fixture
async def old(hass: HomeAssistant, stage: Stage, automate: Automate) -> list[Any]:
    """Return what is noted when nothing has come from the car for two hours."""
    await stage.tell(level=50)
    target = {"device_id": device(hass)}
    return await automate(
        waiting("smartcar.data_became_old", target, after={"hours": 2})
    )


async def test_data_become_old_once(
    hass: HomeAssistant, stage: Stage, old: list[Any]
) -> None:
    """Nothing changes then, and it is told again only after newer data."""
    newest = entity(hass, "sensor", "data_age")
    await stage.travel(2 * HOUR - 1)
    assert by(old) == []
    shown = hass.states.get(newest)
    await stage.travel(1)
    assert by(old) == [newest]
    assert hass.states.get(newest) is shown
    await stage.travel(3 * HOUR)
    assert by(old) == [newest]
    await stage.tell(level=51)
    await stage.travel(2 * HOUR)
    assert by(old) == [newest, newest]


async def test_newer_data_put_it_off(stage: Stage, old: list[Any]) -> None:
    """Also those that the sensor does not show yet, as it moves in steps."""
    await stage.travel(HOUR)
    await stage.tell(level=51)
    await stage.travel(10 * MINUTE)
    await stage.tell(level=52)
    await stage.travel(2 * HOUR - 1)
    assert by(old) == []
    await stage.travel(1)
    assert len(old) == 1


async def test_late_data_do_not_put_it_off(
    hass: HomeAssistant, stage: Stage, old: list[Any], clock: ManualClock
) -> None:
    """It is the car's time that counts, not when a report has come."""
    await stage.travel(119 * MINUTE)
    at = clock.now() - timedelta(hours=3)
    await stage.post(state(battery(49, at)))
    await stage.travel(MINUTE)
    assert len(old) == 1


async def test_newer_data_that_are_old_themselves(
    hass: HomeAssistant, stage: Stage, old: list[Any]
) -> None:
    """They have not become old; the automation's trace tells why nothing ran."""
    await stage.travel(5 * HOUR)
    assert len(old) == 1
    await stage.tell(level=49, ago=3 * HOUR)
    await stage.travel(HOUR)
    assert len(old) == 1
    traces = hass.data[DATA_TRACE]["automation.0"]
    (trace,) = traces.not_triggered.values()
    assert "newer_data_already_old" in json.dumps(trace.as_extended_dict(), default=str)
    await stage.tell(level=49, ago=HOUR)
    await stage.travel(HOUR + 1)
    assert len(old) == 2


async def test_a_script_that_waits(hass: HomeAssistant, stage: Stage) -> None:
    """It has no trace of what did not trigger, and goes on by what does."""
    await stage.travel(5 * HOUR)
    options, ran = {"after": {"hours": 2}}, []
    automation = waiting(
        *("smartcar.data_became_old", {"device_id": device(hass)}), **options
    )
    config = await async_validate_trigger_config(
        hass, cv.TRIGGER_SCHEMA([automation["triggers"]])
    )

    async def run(variables: dict[str, Any], _: object = None) -> None:
        ran.append(variables["trigger"]["entity_id"])

    detach = await async_initialize_triggers(
        *(hass, config, run, DOMAIN, "test", lambda *_, **__: None)
    )
    assert detach is not None
    await stage.tell(level=49, ago=3 * HOUR)
    await stage.travel(HOUR)
    await stage.tell(level=50)
    await stage.travel(2 * HOUR)
    assert ran == [entity(hass, "sensor", "data_age")]
    detach()


async def test_data_that_are_old_already_do_not_become_so(
    hass: HomeAssistant, stage: Stage, automate: Automate
) -> None:
    """Neither when an automation is loaded, nor when a car comes back."""
    await stage.travel(3 * HOUR)
    target = {"device_id": device(hass)}
    noted = await automate(
        waiting("smartcar.data_became_old", target, after={"hours": 2})
    )
    await stage.travel(HOUR)
    assert by(noted) == []
    await stage.tell(level=51)
    await stage.travel(2 * HOUR)
    assert len(noted) == 1


async def test_a_reload_neither_ends_the_wait_nor_tells_again(
    hass: HomeAssistant, stage: Stage, old: list[Any], hearing: MockConfigEntry
) -> None:
    """Data grow old while the sensor is unavailable, too."""
    await stage.travel(HOUR)
    await reload(hass, hearing)
    await stage.travel(59 * MINUTE)
    assert by(old) == []
    assert await hass.config_entries.async_unload(hearing.entry_id)
    await hass.async_block_till_done()
    newest = entity(hass, "sensor", "data_age")
    state_ = hass.states.get(newest)
    assert state_ is not None
    assert state_.state == "unavailable"
    await stage.travel(MINUTE)
    assert by(old) == [newest]
    assert await hass.config_entries.async_setup(hearing.entry_id)
    await stage.travel(MINUTE)
    assert by(old) == [newest]


async def test_an_entity_that_is_renamed_or_removed(
    hass: HomeAssistant, stage: Stage, old: list[Any]
) -> None:
    """The wait goes on under the new name, and ends with the entity."""
    registry = er.async_get(hass)
    registry.async_update_entity(
        entity(hass, "sensor", "data_age"), new_entity_id="sensor.news"
    )
    await hass.async_block_till_done()
    await stage.travel(2 * HOUR)
    assert by(old) == ["sensor.news"]
    await stage.tell(level=51)
    registry.async_remove("sensor.news")
    await hass.async_block_till_done()
    await stage.travel(3 * HOUR)
    assert by(old) == ["sensor.news"]


async def test_an_entity_that_is_disabled(
    hass: HomeAssistant, stage: Stage, automate: Automate
) -> None:
    """It is named itself, and shows nothing that could become old."""
    newest = entity(hass, "sensor", "data_age")
    noted = await automate(
        waiting(
            *("smartcar.data_became_old", {"entity_id": newest}),
            after={"hours": 2},
        )
    )
    er.async_get(hass).async_update_entity(
        newest, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert hass.states.get(newest) is None
    await stage.travel(3 * HOUR)
    assert by(noted) == []


async def test_an_automation_that_is_turned_off(
    hass: HomeAssistant, stage: Stage, old: list[ServiceCall]
) -> None:
    """It waits no more."""
    (automation,) = hass.states.async_entity_ids("automation")
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": automation}, blocking=True
    )
    await stage.travel(3 * HOUR)
    assert old == []


@pytest.mark.parametrize("after", [{"hours": 0}, {"hours": -1}, None])
async def test_an_age_that_is_none(
    hass: HomeAssistant, stage: Stage, after: dict[str, int] | None
) -> None:
    """An automation with it is not set up."""
    options = {} if after is None else {"after": after}
    config = waiting("smartcar.data_became_old", {"device_id": "1"}, **options)
    await async_setup_component(hass, "automation", {"automation": [config]})
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "unavailable"


# The pages


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("plugged_in", "The car is plugged in."),
        ("unplugged", "The car is unplugged."),
        ("left_open", "The car has been unlocked or open for ten minutes."),
        ("charge_finished", "Charged up to 80 %."),
        ("charge_interrupted", "Charging interrupted at 70 %."),
        ("charge_not_started", "The car is plugged in at 50 %, but does not charge."),
        ("drive_finished", "The car has driven 25 km."),
        ("command_failed", "Blauer Blitz is asleep"),
        ("data_became_old", "Nothing new has come from the car for a day."),
    ],
)
async def test_the_example_of_a_page(
    hass: HomeAssistant, stage: Stage, automate: Automate, key: str, message: str
) -> None:
    """It can be copied, and says what has happened."""
    before, happen, _, wait = HAPPENINGS[key]
    await before(stage)
    told = async_mock_service(hass, "notify", "mobile_app_your_phone")
    await automate(from_page(hass, "triggers", key))
    await happen(stage)
    assert told == [] or not wait
    await stage.travel(max(wait, 10 * MINUTE) + MINUTE)
    (call,) = told
    assert message in call.data["message"]
