"""Automations as a person writes them, and what they have done."""

from collections.abc import Awaitable, Callable
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
import yaml

from custom_components.smartcar.const import DOMAIN
from simulator import fleet

DOCS = Path(__file__).parents[1] / "docs"
NOTE = "test.note"
CHECK = "check_now"
"""The event that lets an automation look at its conditions."""

# Sets automations up, by their configuration; returns what they note.
type Automate = Callable[..., Awaitable[list[ServiceCall]]]


def entity(hass: HomeAssistant, domain: str, key: str, car: str = fleet.BEV) -> str:
    """Return the entity id that shows `key` of a car."""
    found = er.async_get(hass).async_get_entity_id(domain, DOMAIN, f"{car}_{key}")
    assert found is not None, key
    return found


def device(hass: HomeAssistant, car: str = fleet.BEV) -> str:
    """Return the id of a car's device."""
    row = er.async_get(hass).async_get(entity(hass, "sensor", "data_age", car))
    assert row is not None
    assert row.device_id is not None
    return row.device_id


def waiting(trigger: str, target: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return an automation that notes which entity triggers it."""
    return {
        "alias": trigger,
        "triggers": {"trigger": trigger, "target": target, "options": options},
        "actions": {
            "action": NOTE,
            "data": {"entity_id": "{{ trigger.entity_id }}"},
        },
        "mode": "queued",
    }


def asking(condition: str, target: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return an automation that notes that a condition holds, whenever it is asked."""
    return {
        "alias": condition,
        "triggers": {"trigger": "event", "event_type": CHECK},
        "conditions": {"condition": condition, "target": target, "options": options},
        "actions": {"action": NOTE, "data": {"entity_id": condition}},
        "mode": "queued",
    }


def from_page(hass: HomeAssistant, kind: str, key: str) -> dict[str, Any]:
    """Return the example of a trigger's or condition's page, about the electric car.

    `my_car` in it stands for the names of the car's entities.
    """
    text = (DOCS / kind / f"{key}.md").read_text("utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    registry = er.async_get(hass)
    rows = er.async_entries_for_device(registry, device(hass))

    def real(found: re.Match[str]) -> str:
        domain, name = found.groups()
        ids = [
            row.entity_id
            for row in rows
            if row.domain == domain and row.entity_id.endswith(f"_{name}")
        ]
        # The name of an entity may be the end of another's.
        return min(ids, key=len)

    config: dict[str, Any] = yaml.safe_load(
        re.sub(r"\b(\w+)\.my_car_(\w+)", real, example)
    )
    return config


def by(noted: list[ServiceCall]) -> list[str]:
    """Return what triggered each run, or which condition held."""
    return [call.data["entity_id"] for call in noted]


async def holds(hass: HomeAssistant, noted: list[ServiceCall]) -> list[str]:
    """Ask the conditions; return those that hold now."""
    noted.clear()
    hass.bus.async_fire(CHECK)
    await hass.async_block_till_done()
    return sorted(by(noted))
