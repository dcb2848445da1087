"""What a person should look at once an entry was taken over."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from .keys import INSTEAD

# The lines of the repair, in the order in which they are shown.
LINES: Final = ("states", "scale", "sums", "gone", "unused", "second_set", "options")


async def async_findings(hass: HomeAssistant, found: Mapping[str, Any]) -> str:
    """Return the lines of the repair in the language of Home Assistant, as Markdown.

    `found`: what the repair keeps. Who uses an entity is looked up now.
    """
    texts = await async_get_translations(
        hass, hass.config.language, "selector", {DOMAIN}
    )

    def line(name: str, **named: str) -> str:
        said = texts.get(f"component.{DOMAIN}.selector.taken_over.options.{name}", "")
        return f"- {said.format_map(named)}"

    lines = []
    registry = er.async_get(hass)
    for name in LINES:
        items = _split(found.get(name))
        if name != "options":
            # What was deleted meanwhile needs no look.
            items = [item for item in items if registry.async_get(item)]
        if items:
            shown, users = _quoted(items), _users(hass, items)
            count = str(len(items))
            instead = _quoted(_instead(hass, items)) if name == "gone" else ""
            lines.append(line(name, items=shown, count=count, instead=instead))
            if users and name != "options":
                lines.append("  " + line("used_in", items=_quoted(users)))
    if found.get("credential"):
        lines.append(line("credential"))
    return "\n".join(lines)


def _split(value: object) -> list[str]:
    return value.split(", ") if isinstance(value, str) and value else []


def _quoted(items: Sequence[str]) -> str:
    return ", ".join(f"`{item}`" for item in items)


@callback
def _instead(hass: HomeAssistant, entity_ids: Sequence[str]) -> list[str]:
    """Return which entities show what some others have shown."""
    registry = er.async_get(hass)
    found: dict[str, None] = {}
    for entity_id in entity_ids:
        row = registry.async_get(entity_id)
        for (domain, key), target in INSTEAD.items():
            if row is None or target is None or row.domain != domain:
                continue
            if row.unique_id.endswith(f"_{key}"):
                car = _vehicle_id(hass, row)
                other = registry.async_get_entity_id(
                    target[0], DOMAIN, f"{car}_{target[1]}"
                )
                found[other or f"{target[0]}.…_{target[1]}"] = None
    return list(found)


@callback
def _vehicle_id(hass: HomeAssistant, row: er.RegistryEntry) -> str:
    device = dr.async_get(hass).async_get(row.device_id or "")
    identifiers = device.identifiers if device else ()
    return next((one[1] for one in identifiers if one[0] == DOMAIN), "")


@callback
def _users(hass: HomeAssistant, entity_ids: Sequence[str]) -> list[str]:
    """Return the automations and scripts that name any of some entities."""
    # Both are loaded once somebody has any.
    from homeassistant.components.automation import (  # noqa: PLC0415 - see above
        automations_with_entity,
    )
    from homeassistant.components.script import (  # noqa: PLC0415 - see above
        scripts_with_entity,
    )

    found: dict[str, None] = {}
    for entity_id in entity_ids:
        found |= dict.fromkeys(automations_with_entity(hass, entity_id))
        found |= dict.fromkeys(scripts_with_entity(hass, entity_id))
    return list(found)
