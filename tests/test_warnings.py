"""One entity for all warnings of a car, and what else is off at first."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.binary_sensor import (
    ALL_WARNINGS,
    WARNING_CODES,
    WARNINGS,
    SmartcarWarnings,
)
from custom_components.smartcar.const import DOMAIN
from simulator import fleet
from simulator.car import Car
from simulator.cloud import Cloud
from tools.table import NOW, StandIn, parsed, refresh

from .conftest import Travel
from .consistency.files import texts

TOLD = timedelta(hours=1)
WARNINGS_OF_THE_CAR = "binary_sensor.blauer_blitz_warnings"


@pytest.fixture
def bev(cloud: Cloud) -> Car:
    """Return the simulated ID.4."""
    return cloud.cars[fleet.BEV]


def told(code: str, status: object, description: str | None = None) -> dict[str, Any]:
    """Return a warning as a read answers it."""
    return {
        "code": code,
        "body": {"status": status, "description": description},
        "status": "SUCCESS",
        "meta": {"oemUpdatedAt": int((NOW - TOLD).timestamp() * 1000)},
    }


@pytest.mark.parametrize(
    ("said", "state", "active"),
    [
        ({"abs": "OK", "airbag": "OK"}, False, []),
        ({"abs": "OK", "airbag": "ALERT"}, True, ["airbag"]),
        ({"airbag": "ALERT", "abs": "ALERT"}, True, ["abs", "airbag"]),
        # An unknown word says neither, for one and for all.
        ({"abs": "OK", "airbag": "MAYBE"}, False, []),
        ({"abs": "ALERT", "airbag": "MAYBE"}, True, ["abs"]),
        ({"abs": "MAYBE", "airbag": None}, None, []),
        # One that no table has counts as well.
        ({"abs": "OK", "cabinfilter": "ALERT"}, True, ["cabinfilter"]),
        ({"cabinfilter": "OK"}, False, []),
    ],
)
def test_one_for_all(
    said: dict[str, object], *, state: bool | None, active: list[str]
) -> None:
    """On when any warning is, with a list; unknown when none says anything."""
    car: Any = StandIn(
        parsed(told(f"diagnostics-{name}", status) for name, status in said.items())
    )
    assert ALL_WARNINGS.applies(car)
    entity = SmartcarWarnings(car, ALL_WARNINGS)
    assert entity.is_on is state
    assert entity.extra_state_attributes["active"] == active


@pytest.mark.parametrize("code", ["odometer-traveleddistance", "diagnostics-dtccount"])
def test_none_for_a_car_without_warnings(code: str) -> None:
    """Trouble codes are no warnings."""
    item = {**told(code, "OK"), "body": {"value": 1}}
    assert not ALL_WARNINGS.applies(StandIn(parsed([item])))  # type: ignore[arg-type]


def test_what_the_car_says_of_it() -> None:
    """The car's own words stand beside the list, and go with the warning."""
    car: Any = StandIn(
        parsed(
            [
                told("diagnostics-tirepressure", "ALERT", "Left rear tire is low"),
                told("diagnostics-abs", "ALERT"),
                told("diagnostics-mil", "OK", "No fault"),
            ]
        )
    )
    entity = SmartcarWarnings(car, ALL_WARNINGS)
    assert entity.extra_state_attributes == {
        "active": ["abs", "tirepressure"],
        "descriptions": {"tirepressure": "Left rear tire is low"},
        "updated_at": (NOW - TOLD).isoformat(),
    }
    later = told("diagnostics-tirepressure", "OK", "Left rear tire is low")
    later["meta"]["oemUpdatedAt"] += 1000
    car.take(parsed([later]))
    refresh(entity)
    assert entity.extra_state_attributes["active"] == ["abs"]
    assert entity.extra_state_attributes["descriptions"] == {}


def test_every_warning_has_a_name_in_the_list() -> None:
    """The list holds keys; people read names."""
    names = texts()["entity"]["binary_sensor"]["warnings"]["state_attributes"]
    assert names["active"]["state"].keys() == set(WARNINGS)
    assert len(set(names["active"]["state"].values())) == len(WARNINGS)


async def test_a_warning_of_a_car(
    hass: HomeAssistant, bev: Car, loaded: MockConfigEntry, travel: Travel
) -> None:
    """It is there from the first read, and hears of a warning nobody knew."""
    state = hass.states.get(WARNINGS_OF_THE_CAR)
    assert state is not None
    assert state.state == "off"
    assert state.attributes["device_class"] == "problem"
    bev.override("diagnostics-novelty", body={"status": "ALERT", "description": None})
    await travel(6 * 3600 + 1)
    state = hass.states.get(WARNINGS_OF_THE_CAR)
    assert (state.state, state.attributes["active"]) == ("on", ["novelty"])
    bev.override("diagnostics-novelty", body={"status": "OK", "description": None})
    bev.override("diagnostics-washerfluid", body={"status": "ALERT"})
    await travel(6 * 3600 + 1)
    state = hass.states.get(WARNINGS_OF_THE_CAR)
    assert (state.state, state.attributes["active"]) == ("on", ["washerfluid"])


async def test_a_new_code_named_like_the_entity_keeps_apart(
    cloud: Cloud,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    hass: HomeAssistant,
    bev: Car,
    travel: Travel,
) -> None:
    """Unique ids are unique, whatever Smartcar calls its next signal."""
    bev.override("diagnostics-warnings", body={"status": "OK"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    for key in ("warnings", "diagnostics-warnings"):
        unique_id = f"{fleet.BEV}_{key}"
        assert entity_registry.async_get_entity_id("binary_sensor", DOMAIN, unique_id)


# What is off at first


@pytest.mark.parametrize(
    ("key", "code", "better"),
    [
        (
            "sensor.fuel",
            {"code": "internalcombustionengine-amountremaining", "value": 41},
            "internalcombustionengine-fuellevel",
        ),
        (
            "sensor.low_voltage_battery_status",
            {"code": "lowvoltagebattery-status", "value": "GOOD"},
            "lowvoltagebattery-stateofcharge",
        ),
        (
            "sensor.charging_speed",
            {"code": "charge-chargerate", "value": 40},
            "charge-wattage",
        ),
    ],
)
def test_what_tells_the_same_twice_is_off(
    key: str, code: dict[str, Any], better: str
) -> None:
    """Off beside what tells it better, on where it is all that the car tells."""
    body = {name: part for name, part in code.items() if name != "code"}
    one = {**told(code["code"], None), "body": body}
    other = {**told(better, None), "body": {"value": 50}}

    def is_on(*items: dict[str, Any]) -> bool:
        entity = StandIn(parsed(items)).entities("sensor")[key]
        enabled: bool = entity.entity_registry_enabled_default
        return enabled

    assert is_on(one)
    assert not is_on(one, other)


async def test_what_somebody_has_already_stays_as_it_is(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    travel: Travel,
) -> None:
    """An update takes no entity away and renames no entity id.

    Registered by an earlier version: names, some of them now off at first.
    """
    before = {
        ("binary_sensor", "front_defroster"): "car_front_defroster",
        ("binary_sensor", "charging"): "car_charging_state",
        ("binary_sensor", "airbag"): "car_airbag_warning",
        ("sensor", "charging_status"): "car_charging_status",
        ("sensor", "charging_voltage"): "car_charging_voltage",
        ("sensor", "last_contact"): "car_last_contact",
        ("sensor", "low_voltage_battery"): "car_low_voltage_battery",
        ("switch", "charging"): "car_charging",
    }
    for (domain, key), object_id in before.items():
        entity_registry.async_get_or_create(
            domain,
            DOMAIN,
            f"{fleet.BEV}_{key}",
            suggested_object_id=object_id,
            config_entry=entry,
        )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    for (domain, key), object_id in before.items():
        row = entity_registry.async_get(f"{domain}.{object_id}")
        assert row is not None
        assert row.unique_id == f"{fleet.BEV}_{key}"
        assert row.disabled_by is None
        assert hass.states.get(row.entity_id) is not None
    # The same car's other entities are off as for anybody else.
    row = entity_registry.async_get("binary_sensor.blauer_blitz_rear_defroster")
    assert row is not None
    assert row.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_three_words_for_three_things(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """What one can do, what is, and what the car calls it."""
    names = {
        f"{state.domain}": state.name
        for state in map(
            hass.states.get,
            (
                "switch.blauer_blitz_charge",
                "binary_sensor.blauer_blitz_charging",
                "sensor.blauer_blitz_charge_status",
            ),
        )
        if state is not None
    }
    assert names == {
        "switch": "Blauer Blitz Charge",
        "binary_sensor": "Blauer Blitz Charging",
        "sensor": "Blauer Blitz Charge status",
    }


def test_codes_of_warnings_are_those_of_the_rows() -> None:
    """What the one listens to is what the single ones show."""
    assert ALL_WARNINGS.signals == frozenset(WARNING_CODES)
