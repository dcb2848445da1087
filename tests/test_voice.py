"""What Assist answers about cars, and what it does with them."""

from collections.abc import Awaitable, Callable

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import fleet
from simulator.cloud import Cloud

from .assistants import ASSISTANT, entities, expose, prepare
from .conftest import ORDINARY_DAY, Travel
from .flow import configure
from .spoken import (
    CARS,
    LANGUAGES,
    LOCK,
    NAME,
    PLACE,
    SETTINGS,
    Said,
    action_of,
    park,
    rows,
)

# Says a sentence in a language; what it is answered, and the action that follows.
type Say = Callable[..., Awaitable[Said]]


@pytest.fixture
async def cars(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry with its cars: the electric one at home, plugged in."""
    electric = cloud.cars[fleet.BEV]
    hass.config.location_name = PLACE
    hass.config.latitude = electric.spec.home.latitude
    hass.config.longitude = electric.spec.home.longitude
    park(cloud)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await prepare(hass)
    assert await async_setup_component(hass, ASSISTANT, {})
    return entry


@pytest.fixture
async def speaking(hass: HomeAssistant, cars: MockConfigEntry) -> MockConfigEntry:
    """Return the entry with the option on and all of two cars exposed."""
    expose_cars(hass)
    await configure(hass, cars, voice_sentences=True)
    await hass.async_block_till_done()
    return cars


def expose_cars(hass: HomeAssistant) -> None:
    """Let Assist see everything of two cars."""
    for car in CARS:
        expose(hass, entities(hass, car))


def expose_as_usual(hass: HomeAssistant) -> None:
    """Let Assist see what Home Assistant exposes by default."""
    registry = er.async_get(hass)
    for entity_id in entities(hass):
        registry.async_update_entity_options(entity_id, ASSISTANT, None)


@pytest.fixture
def say(hass: HomeAssistant) -> Say:
    """Return a way to say something to Assist."""

    async def to_assist(
        sentence: str, language: str = "en", context: Context | None = None
    ) -> Said:
        done: list[str] = []

        def note(event: Event) -> None:
            # That domain only passes on to another.
            if event.data["domain"] != "homeassistant":
                done.append(action_of(event.data))

        remove = hass.bus.async_listen("call_service", note)
        answered = await async_converse(
            hass, sentence, None, context or Context(), language
        )
        await hass.async_block_till_done()
        remove()
        speech: str = answered.response.speech["plain"]["speech"]
        return Said(sentence, speech, "; ".join(done))

    return to_assist


@ORDINARY_DAY
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", SETTINGS)
async def test_the_table(
    hass: HomeAssistant, cars: MockConfigEntry, say: Say, table: str, language: str
) -> None:
    """Every sentence is answered as the table says, and does what stands there."""
    setting = SETTINGS[table]
    if setting.is_exposed:
        expose_cars(hass)
    else:
        expose_as_usual(hass)
    if setting.with_alias:
        er.async_get(hass).async_update_entity(LOCK, aliases=[NAME])
    if setting.with_sentences:
        await configure(hass, cars, voice_sentences=True)
        await hass.async_block_till_done()
    wanted = rows(table, language)
    assert [await say(row.say, language) for row in wanted] == wanted
