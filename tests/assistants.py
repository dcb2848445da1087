"""What an assistant may see, and what a car has done that it may ask about."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from homeassistant.components.homeassistant import DOMAIN as HOMEASSISTANT
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.smartcar.const import DOMAIN
from simulator.clock import ManualClock

from .cars import ENERGY_ADDED, HOUR, IS_CHARGING, MINUTE, ODOMETER, PLUG, SOC
from .conftest import Travel
from .deliveries import Post, signal, state

ASSISTANT = "conversation"
LOCATION = "location-preciselocation"


async def prepare(hass: HomeAssistant) -> None:
    """Let entities be exposed; nothing is at first."""
    assert await async_setup_component(hass, HOMEASSISTANT, {})
    expose(hass, entities(hass), is_exposed=False)


def expose(
    hass: HomeAssistant, entity_ids: Iterable[str], *, is_exposed: bool = True
) -> None:
    """Let the assistant see entities, or not."""
    for entity_id in entity_ids:
        async_expose_entity(hass, ASSISTANT, entity_id, is_exposed)


def entities(hass: HomeAssistant, part: str = "") -> list[str]:
    """Return the ids of the cars' entities that are in use and hold a text."""
    found = er.async_get(hass).entities.values()
    return [
        one.entity_id
        for one in found
        if one.platform == DOMAIN and part in one.entity_id and not one.disabled
    ]


async def drive_home_and_charge(
    hass: HomeAssistant, post: Post, travel: Travel, clock: ManualClock
) -> datetime:
    """Drive 40 km home, then charge 12 kWh, in six hours; return when that began."""
    assert await async_setup_component(hass, "zone", {})
    began = clock.now()

    async def tell(north: float | None = None, **facts: object) -> None:
        now = clock.now()
        codes = {
            "added": (ENERGY_ADDED, "kWh"),
            "charging": (IS_CHARGING, None),
            "km": (ODOMETER, "km"),
            "level": (SOC, "percent"),
            "plug": (PLUG, None),
        }
        told = []
        for name, fact in facts.items():
            code, unit = codes[name]
            told.append(signal(code, fact, now))
            told[-1]["body"] |= {"unit": unit} if unit else {}
        if north is not None:
            told.append(signal(LOCATION, None, now))
            told[-1]["body"] = {
                "latitude": hass.config.latitude + north,
                "longitude": hass.config.longitude,
            }
        assert await post(state(*told)) == HTTPStatus.OK

    await tell(0.5, km=20_000, level=62, plug=False, charging=False)
    await travel(30 * MINUTE)
    await tell(km=20_025, level=55)
    await travel(30 * MINUTE)
    await tell(0.0, km=20_040, level=52)
    await travel(HOUR)
    await tell(plug=True, charging=True, added=0, level=52)
    for added in (4, 8, 12):
        await travel(HOUR)
        await tell(charging=True, added=added, level=52 + added)
    await travel(HOUR)
    await tell(charging=False, plug=False)
    return began
