"""What the pages tell to copy: entities with units and words, automations, scripts."""

from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.components.script.config import (
    async_validate_config_item as async_validate_script,
)
from homeassistant.const import CONF_OPTIONS, UnitOfEnergy, UnitOfLength, UnitOfRatio
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.template import render_complex
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.smartcar.const import DOMAIN
from custom_components.smartcar.services import SCHEMAS
from simulator import fleet

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = ("automations", "events", "works-with")
BLOCK: Final = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
ENTITY: Final = re.compile(r"\b[a-z_]+\.blauer_blitz_\w+")
# A row of a table: what is asked for, entity, unit or words.
ROW: Final = re.compile(
    r"^\| [^|]+ \| `(\w+\.blauer_blitz_\w+)`[^|]* \| ([^|]+) \|$", re.MULTILINE
)
UNITS: Final = {
    UnitOfRatio.PERCENTAGE,
    UnitOfLength.KILOMETERS,
    UnitOfEnergy.KILO_WATT_HOUR,
}


def page(name: str) -> str:
    """Return a page about the simulator's electric car."""
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    return re.sub("(my|other)_car", "blauer_blitz", text)


def blocks(*pages: str) -> list[Any]:
    """Return the examples of pages."""
    return [
        pytest.param(yaml.safe_load(text), id=f"{name}-{number}")
        for name in pages
        for number, text in enumerate(BLOCK.findall(page(name)), 1)
    ]


def entities(example: object) -> set[str]:
    """Return the car's entities that an example names."""
    return set(ENTITY.findall(str(example)))


def exists(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether the car has an entity.

    Those that are there before the car's first answer have its model's name.
    """
    ids = (entity_id, entity_id.replace("blauer_blitz", "volkswagen_id_4"))
    return any(map(hass.states.get, ids))


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("example", blocks(*PAGES))
async def test_examples_can_be_pasted(
    hass: HomeAssistant, example: dict[str, Any]
) -> None:
    """Home Assistant takes them as they are, and the car has what they name."""
    scripts: dict[str, Any] = example.get("script", {})
    made = {f"script.{name}" for name in scripts}
    for name, script in scripts.items():
        assert await async_validate_script(hass, name, script)
        for step in script["sequence"]:
            assert hass.services.has_service(*step["action"].split("."))
    if not scripts:
        assert await async_setup_component(hass, "calendar", {})
        assert await async_validate_config_item(hass, "example", example)
    named = entities(example)
    assert named
    assert [one for one in named - made if not exists(hass, one)] == []


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", ["works-with"])
def test_units_and_words(hass: HomeAssistant, name: str) -> None:
    """Each entity of the tables has the unit, or only words that are listed."""
    rows = ROW.findall(page(name))
    assert len(rows) > 8
    for entity_id, told in rows:
        state = hass.states.get(entity_id)
        assert state is not None, entity_id
        check(state, told)


def check(state: State, told: str) -> None:
    """Compare a state with the unit or the words that a page gives it."""
    words = re.findall(r"`(\w+)`", told)
    if words:
        options = state.attributes.get(CONF_OPTIONS, ["on", "off"])
        assert sorted(words) == sorted(options), state.entity_id
    elif told == "time":
        assert state.attributes["device_class"] == "timestamp"
    else:
        assert told in UNITS
        assert state.attributes["unit_of_measurement"] == told, state.entity_id


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("example", blocks("actions"))
async def test_examples_of_actions(
    hass: HomeAssistant, example: dict[str, Any]
) -> None:
    """The action exists, finds the car, and takes the data as they are."""
    assert await async_validate_script(hass, "example", {"sequence": [example]})
    domain, name = example["action"].split(".")
    assert domain == DOMAIN
    given = cv.template_complex(example["data"])
    data = render_complex(given, {"made": {"schedule_id": "a"}})
    cars = data["device_id"]
    devices = dr.async_get(hass)
    for car in cars if isinstance(cars, list) else [cars]:
        assert (device := devices.async_get(car)) is not None
        assert (DOMAIN, fleet.BEV) in device.identifiers
    assert SCHEMAS[name](data)


def test_every_action_that_changes_something_has_an_example() -> None:
    """Those that only return what is known have one together."""
    named = {example.values[0]["action"] for example in blocks("actions")}
    alike = {"get_charge_records", "get_service_records"}
    assert {name.removeprefix(f"{DOMAIN}.") for name in named} == SCHEMAS.keys() - alike


@pytest.mark.usefixtures("loaded")
async def test_examples_of_configuration(hass: HomeAssistant) -> None:
    """Cents become the currency, and the car is read at times that a person chooses."""
    template, automation = (each.values[0] for each in blocks("configuration"))
    hass.states.async_set("sensor.price_in_cents", "31.5")
    assert await async_setup_component(hass, "template", template)
    await hass.async_block_till_done()
    state = hass.states.get("sensor.electricity_price")
    assert state is not None
    assert (state.state, state.attributes["unit_of_measurement"]) == (
        "0.315",
        "EUR/kWh",
    )
    assert await async_validate_config_item(hass, "example", automation)
    assert [one for one in entities(automation) if not exists(hass, one)] == []
