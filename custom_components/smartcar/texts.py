"""Texts that Home Assistant does not translate by itself, in its language.

They are kept here: its own cache may lack them after its language has changed, and
while an update waits for the restart.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey

from .api import Vehicle
from .const import DOMAIN

_GROUPS: Final = ("common", "exceptions", "selector")

_TEXTS: Final[HassKey[Mapping[str, str]]] = HassKey(f"{DOMAIN}_texts")


async def async_setup_texts(hass: HomeAssistant) -> None:
    """Load the texts, and load them again when the language changes."""

    async def load(_: Event[Any] | None = None) -> None:
        language = hass.config.language
        found: dict[str, str] = {}
        for group in _GROUPS:
            found |= await async_get_translations(hass, language, group, {DOMAIN})
        hass.data[_TEXTS] = found

    @callback
    def has_language(data: Mapping[str, Any]) -> bool:
        return "language" in data

    await load()
    hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, load, event_filter=has_language)


@callback
def text_of(
    hass: HomeAssistant, key: str, *, group: str = "common", **values: str
) -> str:
    """Return a text with values filled in."""
    return hass.data[_TEXTS][f"component.{DOMAIN}.{group}.{key}"].format_map(values)


@callback
def kind_of(hass: HomeAssistant, vehicle: Vehicle) -> str:
    """Return make and model of a car, or that it is one if Smartcar tells neither."""
    return vehicle.name or text_of(hass, "unnamed_car")


@callback
def error_text(hass: HomeAssistant, error: BaseException) -> str:
    """Return the message of an error; Home Assistant's own text of it is English."""
    if isinstance(error, HomeAssistantError) and error.translation_domain == DOMAIN:
        key = f"component.{DOMAIN}.exceptions.{error.translation_key}.message"
        if (found := hass.data[_TEXTS].get(key)) is not None:
            return found.format_map(error.translation_placeholders or {})
    return str(error)
