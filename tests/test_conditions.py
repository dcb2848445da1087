"""Conditions, loaded from the configuration of an automation and asked about cars."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.condition import (
    async_from_config,
    async_validate_condition_config,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.smartcar.chosen import vehicle_of
from custom_components.smartcar.condition import CONDITIONS
from simulator import fleet
from simulator.cloud import Cloud
from simulator.faults import Fault

from .automations import Automate, asking, device, entity, from_page, holds
from .cars import HOUR, IS_LOCKED, LIMITS, MINUTE, PLUG, value
from .conftest import Tell, Travel
from .deliveries import Post, signal, state

PLUGS = ("is_plugged_in", "is_not_plugged_in")


def of(*keys: str, **target: Any) -> list[dict[str, Any]]:
    """Return an automation for each condition."""
    options = {"is_data_recent": {"within": {"hours": 1}}}
    return [asking(f"smartcar.{key}", target, **options.get(key, {})) for key in keys]


def names(*keys: str) -> list[str]:
    """Return conditions by their keys, sorted."""
    return sorted(f"smartcar.{key}" for key in keys)


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        ({"plug": True, "level": 50}, {"is_plugged_in"}),
        ({"plug": False, "level": 50}, {"is_not_plugged_in"}),
        ({"plug": None, "level": 50}, set()),
        ({"level": 80}, {"is_not_plugged_in", "is_at_charge_limit"}),
        ({"level": None}, {"is_not_plugged_in"}),
    ],
)
async def test_a_condition(
    hass: HomeAssistant,
    tell: Tell,
    automate: Automate,
    travel: Travel,
    facts: dict[str, Any],
    held: set[str],
) -> None:
    """With the car's device as target; what is unknown holds for none."""
    await tell(plug=False, charging=False)
    await travel(MINUTE)
    noted = await automate(*of(*CONDITIONS, device_id=device(hass)))
    await tell(**facts)
    assert await holds(hass, noted) == names("is_data_recent", *held)


async def test_left_open(
    hass: HomeAssistant, tell: Tell, post: Post, automate: Automate, travel: Travel
) -> None:
    """For a time, if one is chosen."""
    target = {"device_id": device(hass)}
    long = asking("smartcar.is_left_open", target, **{"for": {"minutes": 10}})
    noted = await automate(
        *of("is_left_open", **target), {**long, "alias": "For ten minutes"}
    )
    assert await holds(hass, noted) == []
    await post(state(signal(IS_LOCKED, value=False)))
    assert await holds(hass, noted) == names("is_left_open")
    await travel(10 * MINUTE)
    assert await holds(hass, noted) == names("is_left_open", "is_left_open")
    await post(state(signal(IS_LOCKED, value=True)))
    assert await holds(hass, noted) == []


# The charge limit


def limits(percent: float) -> dict[str, Any]:
    """Return a charge limit."""
    found = signal(LIMITS, None)
    found["body"] = {"activeLimit": percent, "unit": "percent"}
    return found


async def test_the_limit_moves(
    hass: HomeAssistant, tell: Tell, post: Post, automate: Automate, travel: Travel
) -> None:
    """The level stays, and is at its limit or not; near is enough."""
    noted = await automate(*of("is_at_charge_limit", device_id=device(hass)))
    await tell(plug=True, charging=False, level=79)
    for percent, held in ((80, True), (81, False), (90, False), (70, True)):
        await travel(1)
        await post(state(limits(percent)))
        assert bool(await holds(hass, noted)) is held, percent


async def test_a_limit_that_is_told_decides(
    hass: HomeAssistant, tell: Tell, post: Post, automate: Automate, travel: Travel
) -> None:
    """A car that was full up to its limit is not at it once the limit is raised."""
    noted = await automate(*of("is_at_charge_limit", device_id=device(hass)))
    await tell(plug=True, charging=False, level=80, status="FULLY_CHARGED")
    assert await holds(hass, noted) == names("is_at_charge_limit")
    await travel(1)
    await post(state(limits(90)))
    assert await holds(hass, noted) == []


@pytest.fixture
def no_limit(cloud: Cloud) -> None:
    """Let the car tell no limit, from the first read on."""
    cloud.cars[fleet.BEV].override(LIMITS, body={"values": []})


async def test_a_car_without_a_limit(
    hass: HomeAssistant,
    no_limit: None,
    tell: Tell,
    automate: Automate,
    travel: Travel,
) -> None:
    """Full is the limit then; or the car says so itself, while its cable is in."""
    noted = await automate(*of("is_at_charge_limit", device_id=device(hass)))
    for facts, held in (
        ({"plug": True, "charging": False, "status": "NOT_CHARGING"}, False),
        ({"level": 80}, False),
        ({"level": 99}, True),
        ({"level": 80}, False),
        ({"status": "FULLY_CHARGED"}, True),
        # What it said before it drove away is of the past.
        ({"plug": False}, False),
        ({"level": 40}, False),
    ):
        await travel(1)
        await tell(**facts)
        assert bool(await holds(hass, noted)) is held, facts


async def test_a_level_that_no_car_stands_behind(
    hass: HomeAssistant, tell: Tell, automate: Automate, hearing: MockConfigEntry
) -> None:
    """Without the car, its limit is not known."""
    await tell(level=80)
    noted = await automate(*of("is_at_charge_limit", device_id=device(hass)))
    assert await hass.config_entries.async_unload(hearing.entry_id)
    hass.states.async_set(entity(hass, "sensor", "battery"), "100")
    assert await holds(hass, noted) == []
    assert vehicle_of(hass, "sensor.of_something_else") is None


@pytest.mark.parametrize("key", ["is_at_charge_limit", "is_data_recent"])
async def test_what_depends_on_more_than_the_state(
    hass: HomeAssistant, tell: Tell, key: str
) -> None:
    """Home Assistant must ask again by itself: the time or the limit moves."""
    (automation,) = of(key, device_id=device(hass))
    config = await async_validate_condition_config(hass, automation["conditions"])
    assert (await async_from_config(hass, config)).needs_polling


# Recent data


async def test_recent(
    hass: HomeAssistant, tell: Tell, automate: Automate, travel: Travel
) -> None:
    """By the car's time, to the second, although the sensor moves in steps."""
    noted = await automate(*of("is_data_recent", device_id=device(hass)))
    await tell(level=50)
    await travel(14 * MINUTE)
    await tell(level=51)
    await travel(HOUR)
    assert await holds(hass, noted) == names("is_data_recent")
    await travel(1)
    assert await holds(hass, noted) == []
    # A late report is no newer for that.
    await tell(level=52, ago=HOUR + 1)
    assert await holds(hass, noted) == []
    await tell(level=52, ago=HOUR)
    assert await holds(hass, noted) == names("is_data_recent")


@pytest.fixture
def silent(cloud: Cloud) -> None:
    """Let one of the cars be there, but tell nothing."""
    cloud.faults.add(Fault("signals", vehicle_id=fleet.PHEV, times=None))


async def test_data_of_a_car_that_says_nothing(
    hass: HomeAssistant, silent: None, tell: Tell, automate: Automate
) -> None:
    """They are not recent, also where all cars must have recent ones."""
    everyone = [device(hass, car) for car in (fleet.BEV, fleet.PHEV)]
    within = {"hours": 1}
    noted = await automate(
        *(
            {
                **asking(
                    *("smartcar.is_data_recent", {"device_id": everyone}),
                    behavior=behavior,
                    within=within,
                ),
                "alias": behavior,
                "actions": {"action": "test.note", "data": {"entity_id": behavior}},
            }
            for behavior in ("any", "all")
        )
    )
    await tell(level=50)
    assert value(hass, entity(hass, "sensor", "data_age", fleet.PHEV)) == "unknown"
    assert await holds(hass, noted) == ["any"]


# Several cars


@pytest.mark.parametrize(
    ("plugs", "held"),
    [
        ((True, True), ["all", "any"]),
        ((True, False), ["any"]),
        ((False, False), []),
        # What is unknown is left out, but nothing at all is not all.
        ((True, None), ["all", "any"]),
        ((None, None), []),
    ],
)
async def test_behaviors(
    hass: HomeAssistant,
    tell: Tell,
    post: Post,
    automate: Automate,
    plugs: tuple[bool | None, bool | None],
    held: list[str],
) -> None:
    """Any of the cars, or all of them; chosen by their area."""
    area = ar.async_get(hass).async_create("Garage")
    for car in (fleet.BEV, fleet.PHEV):
        dr.async_get(hass).async_update_device(device(hass, car), area_id=area.id)
    noted = await automate(
        *(
            {
                **asking(
                    *("smartcar.is_plugged_in", {"area_id": area.id}),
                    behavior=behavior,
                ),
                "alias": behavior,
                "actions": {"action": "test.note", "data": {"entity_id": behavior}},
            }
            for behavior in ("any", "all")
        )
    )
    for car, plug in zip((fleet.BEV, fleet.PHEV), plugs, strict=True):
        await post(state(signal(PLUG, plug), vehicle=car))
    assert await holds(hass, noted) == held


@pytest.mark.usefixtures("everything_on")
async def test_only_the_plug_of_a_car(
    hass: HomeAssistant, tell: Tell, post: Post, automate: Automate
) -> None:
    """Another plug of the car says nothing of its cable."""
    noted = await automate(*of(*PLUGS, device_id=device(hass)))
    await tell(plug=False)
    await post(state(signal("charge-isfastchargerpresent", value=True)))
    assert await holds(hass, noted) == names("is_not_plugged_in")


async def test_a_restart(
    hass: HomeAssistant, tell: Tell, automate: Automate, hearing: MockConfigEntry
) -> None:
    """Conditions know what was known before, and hold for none meanwhile."""
    await tell(plug=True, level=80)
    noted = await automate(*of(*CONDITIONS, device_id=device(hass)))
    known = names("is_at_charge_limit", "is_data_recent", "is_plugged_in")
    assert await holds(hass, noted) == known
    assert await hass.config_entries.async_unload(hearing.entry_id)
    await hass.async_block_till_done()
    # Data do not get old by that.
    assert await holds(hass, noted) == []
    assert await hass.config_entries.async_setup(hearing.entry_id)
    await hass.async_block_till_done()
    assert await holds(hass, noted) == known


@pytest.mark.parametrize("within", [{"hours": 0}, None])
async def test_an_age_that_is_none(
    hass: HomeAssistant, tell: Tell, within: dict[str, int] | None
) -> None:
    """An automation with it is not set up."""
    options = {} if within is None else {"within": within}
    config = asking("smartcar.is_data_recent", {"device_id": "1"}, **options)
    await async_setup_component(hass, "automation", {"automation": [config]})
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "unavailable"


# The pages

PASSES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "is_plugged_in": ({"plug": True}, {"plug": False}),
    "is_not_plugged_in": ({"plug": False}, {"plug": True}),
    "is_left_open": ({"locked": False}, {"locked": True}),
    "is_at_charge_limit": ({"level": 80}, {"level": 60}),
    "is_data_recent": ({"ago": 0, "level": 50}, {"ago": 3 * HOUR, "level": 50}),
}


def test_every_condition_has_an_example() -> None:
    assert PASSES.keys() == CONDITIONS.keys()


@pytest.mark.parametrize("key", PASSES)
@pytest.mark.parametrize("passes", [True, False])
async def test_the_example_of_a_page(
    hass: HomeAssistant,
    tell: Tell,
    automate: Automate,
    travel: Travel,
    key: str,
    *,
    passes: bool,
) -> None:
    """It can be copied, and its action runs if the condition passes."""
    told = async_mock_service(hass, "notify", "mobile_app_your_phone")
    await tell(level=50)
    await automate(from_page(hass, "conditions", key))
    await travel(4 * HOUR)
    await tell(**PASSES[key][0 if passes else 1])
    (automation,) = hass.states.async_entity_ids("automation")
    await hass.services.async_call(
        *("automation", "trigger"),
        {"entity_id": automation, "skip_condition": False},
        blocking=True,
    )
    assert len(told) == passes
