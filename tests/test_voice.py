"""What Assist answers about cars, and what it does with them."""

from collections.abc import Awaitable, Callable

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import fleet
from simulator.cloud import Cloud

from .assistants import ASSISTANT, entities, expose, prepare
from .conftest import Travel
from .spoken import BUILT_IN, Said

LANGUAGES = ("en", "de")

# Says a sentence in a language; what it is answered, and the action that follows.
type Say = Callable[[str, str], Awaitable[Said]]


@pytest.fixture
async def cars(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, travel: Travel
) -> MockConfigEntry:
    """Return the entry with its cars: the electric one at home, plugged in."""
    electric = cloud.cars[fleet.BEV]
    hass.config.latitude = electric.spec.home.latitude
    hass.config.longitude = electric.spec.home.longitude
    electric.plug_in()
    electric.stop_charging()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await travel(2)
    await prepare(hass)
    assert await async_setup_component(hass, ASSISTANT, {})
    return entry


@pytest.fixture
def say(hass: HomeAssistant) -> Say:
    """Return a way to say something to Assist."""

    async def to_assist(sentence: str, language: str) -> Said:
        sent: list[str] = []

        def note(event: Event) -> None:
            # This one only passes on to another.
            if event.data["domain"] != "homeassistant":
                data = event.data["service_data"]
                target = (
                    data.get("entity_id")
                    or data.get("destination")
                    or data.get("percent")
                )
                sent.append(f"{event.data['domain']}.{event.data['service']} {target}")

        remove = hass.bus.async_listen("call_service", note)
        answered = await async_converse(hass, sentence, None, Context(), language)
        await hass.async_block_till_done()
        remove()
        speech: str = answered.response.speech["plain"]["speech"]
        return Said(sentence, speech, ", ".join(sent))

    return to_assist
