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
from homeassistant.setup import async_setup_component
import pytest
import yaml

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = ("automations", "works-with")
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
    return text.replace("my_car", "blauer_blitz")


def blocks() -> list[Any]:
    """Return the pages' examples, each with its alias or what it makes."""
    return [
        pytest.param(yaml.safe_load(text), id=f"{name}-{number}")
        for name in PAGES
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
@pytest.mark.parametrize("example", blocks())
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
