"""What Home Assistant has when all cars are there and every entity is on."""

from collections.abc import Generator
import json
from unittest.mock import PropertyMock, patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smartcar.const import DOMAIN
from simulator import fleet

from .files import actions, icons, texts
from .tables import rows

CARS = (fleet.BEV, fleet.PHEV, fleet.ICE)


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration, here only."""


@pytest.fixture(autouse=True)
def _everything_on() -> Generator[None]:
    """Switch on what is off by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        PropertyMock(return_value=True),
    ):
        yield


@pytest.fixture
def entities(hass: HomeAssistant, loaded: MockConfigEntry) -> list[er.RegistryEntry]:
    """Return every entity of the three cars."""
    found = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)
    assert {entity.unique_id.split("_")[0] for entity in found} == set(CARS)
    return found


async def test_entities(hass: HomeAssistant, entities: list[er.RegistryEntry]) -> None:
    """Every entity has its own name, a unique id by the rule, and an icon."""
    for entity in entities:
        key = entity.translation_key
        assert key is not None, entity.entity_id
        assert entity.entity_id.split(".")[0] == entity.domain
        row = rows()[entity.domain, key]
        assert entity.has_entity_name
        assert entity.original_name == texts()["entity"][entity.domain][key]["name"]
        assert entity.unique_id in {f"{car}_{row.key}" for car in CARS}
        has_icon = key in icons()["entity"].get(entity.domain, {})
        assert entity.original_device_class or has_icon, entity.entity_id
        assert entity.original_icon is None
        assert not entity.disabled


async def test_states(hass: HomeAssistant, entities: list[er.RegistryEntry]) -> None:
    """Every entity has a state, and attributes that plain JSON can carry."""
    for entity in entities:
        state = hass.states.get(entity.entity_id)
        assert state is not None, entity.entity_id
        json.dumps(dict(state.attributes), allow_nan=False)


async def test_names(hass: HomeAssistant, entities: list[er.RegistryEntry]) -> None:
    """No two entities of a car share a name."""
    names = [(entity.device_id, entity.original_name) for entity in entities]
    assert len(names) == len(set(names))


@pytest.mark.usefixtures("loaded")
async def test_actions(hass: HomeAssistant) -> None:
    """What is registered is what is described."""
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert registered.keys() == actions().keys()
    # The descriptions of others may need packages that no test here needs.
    for domain, names in hass.services.async_services().items():
        for name in names if domain != DOMAIN else ():
            hass.services.async_remove(domain, name)
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    for name, action in actions().items():
        assert described[name]["fields"].keys() == action["fields"].keys(), name


@pytest.mark.usefixtures("loaded")
async def test_texts_of_actions(hass: HomeAssistant) -> None:
    """Home Assistant finds name and description of each action and field."""
    found = await async_get_translations(hass, "en", "services", [DOMAIN])
    for name, action in actions().items():
        start = f"component.{DOMAIN}.services.{name}"
        assert found[f"{start}.name"]
        assert found[f"{start}.description"]
        for field in action["fields"]:
            assert found[f"{start}.fields.{field}.name"]
            assert found[f"{start}.fields.{field}.description"]
