"""Texts that Home Assistant does not translate by itself, in its language.

They are read from its cache, which it fills before an integration is set up and again
when its language changes.
"""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations

from .api import Vehicle
from .const import DOMAIN

COMMON: Final = "common"
_ENGLISH: Final = "en"


@callback
def text_of(hass: HomeAssistant, key: str, **values: str) -> str:
    """Return a text of the group `common` with values filled in."""
    found = _find(hass, DOMAIN, COMMON, key) or key
    return found.format_map(values)


@callback
def kind_of(hass: HomeAssistant, vehicle: Vehicle) -> str:
    """Return make and model of a car, or that it is one if Smartcar tells neither."""
    return vehicle.name or text_of(hass, "unnamed_car")


@callback
def error_text(hass: HomeAssistant, error: BaseException) -> str:
    """Return the message of an error; its own text is English."""
    if isinstance(error, HomeAssistantError) and error.translation_key:
        domain = error.translation_domain or DOMAIN
        key = f"{error.translation_key}.message"
        if found := _find(hass, domain, "exceptions", key):
            return found.format_map(error.translation_placeholders or {})
    return str(error)


def _find(hass: HomeAssistant, domain: str, group: str, key: str) -> str | None:
    """Return a text; while its language is being loaded, the English one."""
    for language in (hass.config.language, _ENGLISH):
        texts = async_get_cached_translations(hass, language, group, domain)
        if found := texts.get(f"component.{domain}.{group}.{key}"):
            return found
    return None
